/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-profile.h"

#include "runtime/postern-asn-files.h"
#include "runtime/postern-file.h"
#include "runtime/postern-lint.h"
#include "runtime/postern-tls-options.h"

#include <string.h>

/* Section 8.4. */
static const struct
{
  PosternTlsOptionId id;
  const char *value;
  PosternTlsOptionId unless; /* another option that stands in for it, or the option itself */
} defaults[] = {
  { POSTERN_TLS_OPTION_VERIFY_SERVER, "no", POSTERN_TLS_OPTION_SHARED_KEY },
  { POSTERN_TLS_OPTION_VERIFY_SERVER_NAME, "host", POSTERN_TLS_OPTION_SHARED_KEY },
  { POSTERN_TLS_OPTION_CA_CERTIFICATE, "usys:ca-bundle.crt", POSTERN_TLS_OPTION_CA_LOCATION },
  { POSTERN_TLS_OPTION_VERIFY_CLIENT, "no", POSTERN_TLS_OPTION_SHARED_KEY },
  { POSTERN_TLS_OPTION_CLIENT_CERTIFICATE, "personal.crt", POSTERN_TLS_OPTION_CLIENT_KEY },
  { POSTERN_TLS_OPTION_CLIENT_KEY, "personal.key", POSTERN_TLS_OPTION_CLIENT_CERTIFICATE },
  { POSTERN_TLS_OPTION_CIPHER_LIST, "HIGH", POSTERN_TLS_OPTION_CIPHER_LIST },
  { POSTERN_TLS_OPTION_MIN_TLS_VERSION, "1.2", POSTERN_TLS_OPTION_MIN_TLS_VERSION },
  { POSTERN_TLS_OPTION_RENEGOTIATION, "yes", POSTERN_TLS_OPTION_RENEGOTIATION },
};

void
postern_asn_option_free (PosternAsnOption *self)
{
  g_free (self->value);
  g_free (self->effective);
  g_free (self->source);
  g_free (self->path);
  g_free (self);
}

static gboolean
is_file (PosternTlsOptionId id)
{
  return id == POSTERN_TLS_OPTION_CA_CERTIFICATE || id == POSTERN_TLS_OPTION_CA_LOCATION ||
         id == POSTERN_TLS_OPTION_CLIENT_CERTIFICATE || id == POSTERN_TLS_OPTION_CLIENT_KEY ||
         id == POSTERN_TLS_OPTION_SERVER_CERTIFICATE || id == POSTERN_TLS_OPTION_SERVER_KEY;
}

static void
add (GPtrArray *list,
     PosternAsn *asn,
     const char *usys_dir,
     PosternTlsOptionId id,
     const char *value,
     const char *effective,
     char *source)
{
  PosternAsnOption *option = g_new0 (PosternAsnOption, 1);

  option->name = postern_tls_option_get_name (id);
  option->value = g_strdup (value);
  option->effective = g_strdup (effective);
  option->source = source;
  if (is_file (id))
    {
      g_autofree char *elsewhere = postern_asn_redirect (asn, effective);

      option->path =
        postern_file_resolve (elsewhere != NULL ? elsewhere : effective, NULL, usys_dir, NULL);
      option->missing = option->path == NULL || !g_file_test (option->path, G_FILE_TEST_EXISTS);
    }
  g_ptr_array_add (list, option);
}

static gboolean
wants_client_certificate (GPtrArray *options)
{
  const PosternTlsOption *option =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_VERIFY_CLIENT);

  return option != NULL && strcmp (option->word, "yes") == 0;
}

static gboolean
has_default (GPtrArray *options, guint i)
{
  PosternTlsOptionId id = defaults[i].id;

  if ((id == POSTERN_TLS_OPTION_CLIENT_CERTIFICATE || id == POSTERN_TLS_OPTION_CLIENT_KEY) &&
      !wants_client_certificate (options))
    return FALSE;
  if (id == POSTERN_TLS_OPTION_CA_CERTIFICATE &&
      postern_tls_options_find (options, POSTERN_TLS_OPTION_SHARED_KEY) != NULL)
    return FALSE;

  return postern_tls_options_find (options, id) == NULL &&
         postern_tls_options_find (options, defaults[i].unless) == NULL;
}

static gboolean
has_error (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    if (postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_ERROR)
      return TRUE;

  return FALSE;
}

GPtrArray *
postern_asn_list_options (PosternAsn *asn,
                          const PosternAsnSetting *setting,
                          const char *usys_dir,
                          GPtrArray *findings)
{
  const PosternTlsOptionsPlace place = { .mode = POSTERN_TLS_OPTIONS_UNIFACE };
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_asn_option_free);
  g_autoptr(GPtrArray) options = NULL;

  if (setting->encrypted || setting->expression)
    return list;

  options = postern_tls_options_parse (setting->value, &place, findings);
  for (guint i = 0; i < options->len; i++)
    {
      const PosternTlsOption *option = options->pdata[i];

      add (list, asn, usys_dir, option->id, option->value, option->word,
           postern_asn_setting_dup_place (setting));
    }
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    {
      if (!has_error (findings) && has_default (options, i))
        add (list, asn, usys_dir, defaults[i].id, NULL, defaults[i].value, g_strdup ("default"));
    }

  return list;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
postern_asn_list_names (PosternAsn *self, const char *section, guint limit)
{
  g_autoptr(GPtrArray) settings = postern_asn_list_settings (self, section);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < settings->len; i++)
    g_ptr_array_add (names, (char *) ((const PosternAsnSetting *) settings->pdata[i])->name);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len && i < limit; i++)
    {
      g_autofree char *quoted = postern_lint_quote (names->pdata[i]);

      g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", quoted);
    }
  if (names->len > limit)
    g_string_append (list, ", …");

  return g_string_free (list, FALSE);
}
