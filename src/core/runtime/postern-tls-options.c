/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-tls-options.h"

#include "runtime/postern-host.h"
#include "runtime/postern-lint.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_LENGTH (64 * 1024)
#define MAX_FAULTS 32
#define HIDDEN "<hidden>"

typedef enum
{
  KIND_SWITCH,        /* yes, no */
  KIND_VERIFY_SERVER, /* and ignore */
  KIND_NAMES,
  KIND_FILE,
  KIND_FOLDER,
  KIND_SECRET,
  KIND_CIPHERS,
  KIND_VERSION,
} Kind;

static const struct
{
  const char *name;
  const char *short_name;
  Kind kind;
} table[POSTERN_N_TLS_OPTIONS] = {
  { "verify_server", "vfy_srv", KIND_VERIFY_SERVER },
  { "verify_server_name", "vfy_srv_nm", KIND_NAMES },
  { "ca_certificate", "ca_cert", KIND_FILE },
  { "ca_location", "ca_loc", KIND_FOLDER },
  { "client_certificate", "clt_cert", KIND_FILE },
  { "client_key", "clt_key", KIND_FILE },
  { "client_key_password", "clt_key_pwd", KIND_SECRET },
  { "verify_client", "vfy_clt", KIND_SWITCH },
  { "verify_client_name", "vfy_clt_nm", KIND_NAMES },
  { "server_certificate", "srv_cert", KIND_FILE },
  { "server_key", "srv_key", KIND_FILE },
  { "server_key_password", "srv_key_pwd", KIND_SECRET },
  { "shared_key", "sh_key", KIND_SECRET },
  { "cipher_list", "cpr_lst", KIND_CIPHERS },
  { "min_tls_version", "min_tls_v", KIND_VERSION },
  { "renegotiation", "reneg", KIND_SWITCH },
};

/* One reading of a list. */
typedef struct
{
  const char *text;
  const PosternTlsOptionsPlace *place;
  GPtrArray *findings;
  GPtrArray *options;
  gboolean after_secret; /* a comma within a secret may have brought us here: quote nothing */
  guint n_faults;
} Reader;

const char *
postern_tls_option_get_name (PosternTlsOptionId id)
{
  return table[id].name;
}

void
postern_tls_option_free (PosternTlsOption *self)
{
  g_free (self->value);
  g_free (self->word);
  g_clear_pointer (&self->secret, postern_secret_unref);
  g_free (self);
}

PosternTlsOption *
postern_tls_options_find (GPtrArray *options, PosternTlsOptionId id)
{
  for (guint i = 0; i < options->len; i++)
    {
      PosternTlsOption *option = options->pdata[i];

      if (option->id == id)
        return option;
    }

  return NULL;
}

/* A finding about the list at @place. */
PosternFinding *
postern_tls_options_fault (const PosternTlsOptionsPlace *place,
                           GPtrArray *findings,
                           const char *code,
                           PosternSeverity severity,
                           guint column,
                           const char *title,
                           char *explanation)
{
  if (place->source != NULL)
    {
      char *placed = g_strdup_printf ("%s: %s", place->source, explanation);

      g_free (explanation);
      return postern_lint_add (findings, code, severity, place->field, 0, title, placed);
    }

  return postern_lint_add (findings, code, severity, place->field, column, title, explanation);
}

static void
add_fault (Reader *reader, const char *code, const char *at, const char *title, char *explanation)
{
  reader->n_faults++;
  postern_tls_options_fault (reader->place, reader->findings, code, POSTERN_SEVERITY_ERROR,
                             postern_text_column (reader->text, (gsize) (at - reader->text)), title,
                             explanation);
}

int
postern_tls_option_find_id (const char *name, gsize length)
{
  for (int i = 0; i < POSTERN_N_TLS_OPTIONS; i++)
    {
      if ((strlen (table[i].name) == length &&
           g_ascii_strncasecmp (name, table[i].name, length) == 0) ||
          (strlen (table[i].short_name) == length &&
           g_ascii_strncasecmp (name, table[i].short_name, length) == 0))
        return i;
    }

  return -1;
}

/* "shared_key:abc": a secret whose equals sign was mistyped. */
static gboolean
holds_secret (const char *text)
{
  int id = postern_tls_option_find_id (text, strspn (text, G_CSET_A_2_Z G_CSET_a_2_z "_"));

  return id >= 0 && table[id].kind == KIND_SECRET;
}

static void
add_unknown (Reader *reader, const char *at, const char *name)
{
  g_autofree char *quoted = postern_lint_quote (name);
  char *text;

  if (g_ascii_strcasecmp (name, "verify_url_name") == 0 ||
      g_ascii_strcasecmp (name, "http_followlocation") == 0)
    text =
      g_strdup_printf (_ ("“%s” is an option of UHTTP. A profile that mail uses cannot hold it; "
                          "take it out."),
                       quoted);
  else if (g_ascii_strcasecmp (name, "max_tls_version") == 0)
    text = g_strdup (_ ("There is no option “max_tls_version”; take it out."));
  else if (holds_secret (name))
    text = g_strdup (_ ("An equals sign belongs between the name of this option and its value."));
  else if (reader->after_secret)
    text = g_strdup (_ ("What follows the comma after the secret is no option. "
                        "A value cannot hold a comma."));
  else
    text = g_strdup_printf (_ ("“%s” is not an option of the TLS connector. "
                               "Look at its spelling, or take it out."),
                            quoted);
  add_fault (reader, "settings.option-unknown", at, _ ("Unknown TLS option"), text);
}

/* What goes wrong when somebody writes a comment after a setting, CONFLICT 3. */
static const char *
comment_hint (const char *value)
{
  if (strstr (value, " ;") == NULL)
    return "";

  return _ (" A comment cannot stand after a setting.");
}

static void
add_illegal (
  Reader *reader, PosternTlsOptionId id, const char *at, const char *value, const char *allowed)
{
  g_autofree char *quoted = postern_lint_quote (value);

  add_fault (reader, "settings.option-illegal", at, _ ("Value not allowed for a TLS option"),
             /* Translators: option, its value, the values that it can have, perhaps a hint. */
             g_strdup_printf (_ ("%s cannot be “%s”. It can be %s.%s"), table[id].name, quoted,
                              allowed, comment_hint (value)));
}

static const char *
switch_word (const char *value)
{
  static const char *const yes[] = { "yes", "y", "1" };
  static const char *const no[] = { "no", "n", "0" };

  for (guint i = 0; i < G_N_ELEMENTS (yes); i++)
    {
      if (g_ascii_strcasecmp (value, yes[i]) == 0)
        return "yes";
      if (g_ascii_strcasecmp (value, no[i]) == 0)
        return "no";
    }

  return NULL;
}

static gboolean
has_control (const char *value)
{
  for (const char *p = value; *p != '\0'; p++)
    {
      if (g_ascii_iscntrl (*p) && *p != '\t')
        return TRUE;
    }

  return FALSE;
}

/* The plain form of a value, or NULL when it is outside its set. */
static const char *
check_switch (Reader *reader, int id, const char *value, const char *at)
{
  const char *word = switch_word (value);

  if (word != NULL)
    return word;
  if (table[id].kind == KIND_VERIFY_SERVER && g_ascii_strcasecmp (value, "ignore") == 0)
    return "ignore";
  add_illegal (reader, (PosternTlsOptionId) id, at, value,
               table[id].kind == KIND_VERIFY_SERVER ? _ ("yes, no or ignore") : _ ("yes or no"));

  return NULL;
}

static const char *
check_names (Reader *reader, int id, const char *value, const char *at)
{
  g_autoptr(GPtrArray) names = NULL;
  g_autoptr(GError) error = NULL;
  const char *word = switch_word (value);
  gsize offset = 0;

  if (word != NULL && strcmp (word, "no") == 0)
    return word;
  names = postern_tls_names_parse (value, &offset, &error);
  if (names != NULL)
    return value;

  add_fault (reader, "settings.option-illegal", at + MIN (offset, strlen (value)),
             _ ("Value not allowed for a TLS option"),
             g_strdup_printf ("%s: %s", table[id].name, error->message));

  return NULL;
}

static const char *
check_ciphers (Reader *reader, int id, const char *value, const char *at)
{
  for (const char *p = value; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr (":!+-_@=. ", *p) == NULL)
        {
          add_illegal (reader, (PosternTlsOptionId) id, at, value,
                       _ ("a list of OpenSSL cipher names set apart by colons"));
          return NULL;
        }
    }

  return value;
}

static const char *
check_value (Reader *reader, int id, const char *value, const char *at)
{
  static const char *const versions[] = { "1.0", "1.1", "1.2", "1.3", NULL };

  if (has_control (value))
    {
      add_fault (reader, "settings.option-illegal", at, _ ("Value not allowed for a TLS option"),
                 g_strdup_printf (_ ("The value of %s holds a control character or a line break. "
                                     "Remove it."),
                                  table[id].name));
      return NULL;
    }

  switch (table[id].kind)
    {
    case KIND_SWITCH:
    case KIND_VERIFY_SERVER:
      return check_switch (reader, id, value, at);
    case KIND_NAMES:
      return check_names (reader, id, value, at);
    case KIND_CIPHERS:
      return check_ciphers (reader, id, value, at);
    case KIND_VERSION:
      if (g_strv_contains (versions, value))
        return value;
      add_illegal (reader, (PosternTlsOptionId) id, at, value, _ ("1.0, 1.1, 1.2 or 1.3"));
      return NULL;
    case KIND_SECRET:
      return HIDDEN;
    case KIND_FILE:
    case KIND_FOLDER:
    default:
      return value;
    }
}

static void
add_option (Reader *reader, int id, const char *name_at, const char *value_at, const char *value)
{
  const char *word;
  PosternTlsOption *option;

  if (postern_tls_options_find (reader->options, (PosternTlsOptionId) id) != NULL)
    {
      add_fault (reader, "settings.option-duplicate", name_at, _ ("TLS option given twice"),
                 g_strdup_printf (_ ("%s is given twice; the short and the long name are the same "
                                     "option. Keep one."),
                                  table[id].name));
      return;
    }
  word = check_value (reader, id, value, value_at);
  if (word == NULL)
    return;

  option = g_new0 (PosternTlsOption, 1);
  option->id = (PosternTlsOptionId) id;
  option->name = table[id].name;
  option->word = g_strdup (word);
  option->value = g_strdup (table[id].kind == KIND_SECRET ? HIDDEN : value);
  if (table[id].kind == KIND_SECRET)
    option->secret = postern_secret_new (value, -1);
  option->column = postern_text_column (reader->text, (gsize) (name_at - reader->text));
  option->value_column = postern_text_column (reader->text, (gsize) (value_at - reader->text));
  g_ptr_array_add (reader->options, option);
}

static void
warn_spacing (Reader *reader, const char *at)
{
  if (reader->place->mode != POSTERN_TLS_OPTIONS_UNIFACE)
    return;

  postern_tls_options_fault (reader->place, reader->findings, "settings.option-spacing",
                             POSTERN_SEVERITY_WARNING,
                             postern_text_column (reader->text, (gsize) (at - reader->text)),
                             _ ("Blanks around an equals sign"),
                             g_strdup (_ ("The vendor's pages disagree whether blanks may stand "
                                          "around “=” in TLS options. Leave them out.")));
}

static void
add_incomplete (Reader *reader, const char *at, const char *element)
{
  g_autofree char *quoted = postern_lint_quote (element);
  char *text;

  if (*element == '\0')
    text = g_strdup (_ ("An option is missing before, between or after commas. "
                        "Take the spare comma out."));
  else if (holds_secret (element))
    text = g_strdup (_ ("Name, equals sign and value must all be there: name=value."));
  else if (reader->after_secret)
    text = g_strdup (_ ("What follows the comma after the secret is no option. "
                        "A value cannot hold a comma."));
  else if (strchr (element, '=') != NULL)
    text = g_strdup (_ ("Name, equals sign and value must all be there: name=value."));
  else if (strcmp (element, "%/") == 0)
    text = g_strdup (_ ("“%/” is a misprint for “%\\”, which continues a line."));
  else
    text = g_strdup_printf (_ ("“%s” is no option: name, equals sign and value must all be there."),
                            quoted);
  add_fault (reader, "settings.option-incomplete", at, _ ("Incomplete TLS option"), text);
}

/* One element between commas, blanks at its ends gone; @at is where it begins in the list. */
static void
read_element (Reader *reader, char *element, const char *at)
{
  char *equals = strchr (element, '=');
  char *value;
  gsize name_length;
  int id;

  if (equals == NULL || equals == element || equals[1] == '\0')
    {
      add_incomplete (reader, at, element);
      return;
    }

  name_length = (gsize) (equals - element);
  while (name_length > 0 && g_ascii_isspace (element[name_length - 1]))
    name_length--;
  value = equals + 1;
  while (g_ascii_isspace (*value))
    value++;

  id = postern_tls_option_find_id (element, name_length);
  if (id < 0)
    {
      element[name_length] = '\0';
      add_unknown (reader, at, element);
      return;
    }
  if (element + name_length < equals || value > equals + 1)
    warn_spacing (reader, at + name_length);
  reader->after_secret = table[id].kind == KIND_SECRET;
  add_option (reader, id, at, at + (value - element), value);
}

static gboolean
check_text (Reader *reader)
{
  const char *end;

  if (strnlen (reader->text, MAX_LENGTH + 1) > MAX_LENGTH)
    {
      add_fault (
        reader, "settings.option-illegal", reader->text, _ ("TLS options too long"),
        g_strdup_printf (_ ("The list of TLS options has more than %d bytes."), MAX_LENGTH));
      return FALSE;
    }
  if (!g_utf8_validate (reader->text, -1, &end))
    {
      add_fault (reader, "settings.option-illegal", end, _ ("TLS options not in UTF-8"),
                 g_strdup (_ ("The list of TLS options holds bytes that are not UTF-8.")));
      return FALSE;
    }

  return TRUE;
}

/**
 * postern_tls_options_parse:
 * @text: the list; blanks alone are an empty list
 *
 * Reads a list by section 8.1: names, values each for itself. What is at fault is left out and
 * becomes a finding. Reads no file.
 *
 * Returns: (transfer full) (element-type PosternTlsOption)
 */
GPtrArray *
postern_tls_options_parse (const char *text,
                           const PosternTlsOptionsPlace *place,
                           GPtrArray *findings)
{
  GPtrArray *options = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_tls_option_free);
  Reader reader = { .text = text, .place = place, .findings = findings, .options = options };
  const char *p = text;

  if (!check_text (&reader) || text[strspn (text, " \t\r\n")] == '\0')
    return options;

  while (reader.n_faults < MAX_FAULTS)
    {
      gsize length = strcspn (p, ",");
      gsize indent = MIN (strspn (p, " \t\r\n"), length);
      char *element = g_strndup (p + indent, length - indent);

      /* g_strchomp() would leave the end of a secret behind the new end; it is wiped whole. */
      for (gsize n = length - indent; n > 0 && g_ascii_isspace (element[n - 1]); n--)
        element[n - 1] = '\0';
      read_element (&reader, element, p + indent);
      postern_wipe (element, length - indent);
      g_free (element);
      if (p[length] == '\0')
        break;
      p += length + 1;
    }

  return options;
}

/* The list as written, without secrets and without blanks around the equals signs. */
char *
postern_tls_options_to_text (GPtrArray *options)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < options->len; i++)
    {
      const PosternTlsOption *option = options->pdata[i];

      g_string_append_printf (text, "%s%s=%s", i > 0 ? ", " : "", option->name, option->value);
    }

  return g_string_free (text, FALSE);
}

/**
 * postern_tls_options_hide_secrets:
 *
 * A list that somebody wrote, whole or at fault, with `<hidden>` for each secret in it: from the
 * equals sign to the next option that is known, for a secret with a comma in it is a fault too.
 */
char *
postern_tls_options_hide_secrets (const char *text)
{
  GString *shown = g_string_new (NULL);
  gboolean in_secret = FALSE;
  const char *p = text;

  for (;;)
    {
      gsize length = strcspn (p, ",");
      gsize indent = MIN (strspn (p, " \t\r\n"), length);
      gsize name = 0;
      int id;

      while (indent + name < length && p[indent + name] != '=' &&
             !g_ascii_isspace (p[indent + name]))
        name++;
      id = postern_tls_option_find_id (p + indent, name);
      if (id >= 0 || !in_secret)
        {
          in_secret = id >= 0 && table[id].kind == KIND_SECRET;
          if (shown->len > 0)
            g_string_append_c (shown, ',');
          if (in_secret)
            {
              g_string_append_len (shown, p, (gssize) (indent + name));
              g_string_append (shown, "=" HIDDEN);
            }
          else
            g_string_append_len (shown, p, (gssize) length);
        }
      if (p[length] == '\0')
        break;
      p += length + 1;
    }

  return g_string_free (shown, FALSE);
}

/**
 * postern_tls_options_find_secret:
 * @text: (nullable): a list that somebody wrote
 *
 * Returns: (nullable): the long name of the first option in it that is a secret
 */
const char *
postern_tls_options_find_secret (const char *text)
{
  g_auto (GStrv) elements = text != NULL ? g_strsplit (text, ",", -1) : NULL;

  for (gsize i = 0; elements != NULL && elements[i] != NULL; i++)
    {
      const char *name = g_strstrip (elements[i]);
      int id = postern_tls_option_find_id (name, strcspn (name, "= \t\r\n"));
      const char *equals = strchr (name, '=');

      if (id >= 0 && table[id].kind == KIND_SECRET &&
          (equals == NULL || strcmp (equals + 1, HIDDEN) != 0))
        return table[id].name;
    }

  return NULL;
}
