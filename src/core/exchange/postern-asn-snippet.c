/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "exchange/postern-uniface-export.h"

#include "document/postern-asn-edit.h"
#include "model/postern-error.h"
#include "runtime/postern-asn.h"
#include "runtime/postern-asn-global.h"
#include "runtime/postern-connection-string.h"
#include "runtime/postern-tls-options.h"
#include "runtime/postern-uniface-drivers.h"

#include <glib/gi18n.h>
#include <string.h>

#define TLS_PARAMS "USYS$TLS_PARAMS"
#define HIDDEN "<hidden>"
#define TCP_PARAMS "USYS$TCP_PARAMS"

/* Section 7.1. A path logical here is an assumption: the manual shows whole paths. */
static const struct
{
  const char *entry_point;
  const char *library;
} libraries[] = {
  { "UStartTLSSMTP", "usysbin:ustarttls" },
  { "UAuthLoginSMTP", "usysbin:uauthlogin" },
  { "UAuthNTLMSMTP", "usysbin:uauthntlm" },
  { "UAuthSSPISMTP", "usysbin:uauthsspi" },
  { "UAuthXOAUTH2SMTP", "usysbin:libuauthxoauth2" },
  { "UAuthXOAUTH2POP", "usysbin:libuauthxoauth2" },
};

typedef struct
{
  PosternAccount *account;
  PosternSecret *key_password; /* or NULL */
  gboolean with_secrets;
  PosternConnectionString *connection;
  PosternAsn *asn; /* or NULL */
  GString *text;
} Writing;

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

static gboolean
begin (Writing *self, GError **error)
{
  const char *usys_dir = postern_account_get_usys_dir (self->account);
  g_autofree char *path =
    postern_asn_choose_file (postern_account_get_asn_file (self->account), usys_dir);
  guint column;

  self->connection =
    postern_connection_string_parse (postern_account_get_connection (self->account),
                                     postern_account_get_protocol (self->account), &column, error);
  if (self->connection == NULL)
    return FALSE;
  if (path == NULL)
    return TRUE;
  self->asn = postern_asn_load (path, usys_dir, error);

  return self->asn != NULL;
}

/* What the file of the account has, or NULL with an error for what only Uniface can read. */
static gboolean
look_up (Writing *self, const char *section, const char *name, const char **value, GError **error)
{
  const PosternAsnSetting *setting =
    self->asn != NULL ? postern_asn_lookup (self->asn, section, name) : NULL;

  *value = setting != NULL ? setting->value : NULL;
  if (setting != NULL && (setting->encrypted || setting->expression))
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("%s line %u holds encrypted text or an expression, which cannot be written "
                      "anew."),
                   setting->file, setting->line);
      return FALSE;
    }

  return TRUE;
}

static gboolean
add_options (
  Writing *self, const char *section, const char *name, const char *options, GError **error)
{
  g_autofree char *line = g_strdelimit (g_strdup (options), "\r\n\t", ' ');
  g_autofree char *shown =
    self->with_secrets ? g_strdup (line) : postern_tls_options_hide_secrets (line);

  return postern_asn_edit_set (self->text, section, name, shown, error) &&
         (self->key_password == NULL ||
          postern_asn_edit_set_option (
            self->text, section, name, "client_key_password",
            self->with_secrets ? postern_secret_peek (self->key_password, NULL) : HIDDEN, error));
}

/* Section 7.3: which options the connection uses. */
static gboolean
add_tls (Writing *self, gboolean starttls, GError **error)
{
  const char *own = postern_account_get_tls_options (self->account);
  gboolean direct = self->connection->connector == POSTERN_CONNECTOR_TLS;
  const char *profile = direct ? self->connection->profile : NULL;
  const char *section = profile != NULL ? "NET_SETTINGS" : "DRIVER_SETTINGS";
  const char *name = profile != NULL ? profile : TLS_PARAMS;
  const char *value = NULL;

  if (!direct && !starttls)
    return TRUE;
  if (profile == NULL && own[strspn (own, " \t\r\n")] != '\0')
    value = own;
  else if (!look_up (self, section, name, &value, error))
    return FALSE;
  if (value == NULL && own[strspn (own, " \t\r\n")] != '\0')
    value = own; /* a profile that is nowhere yet */
  if (value == NULL)
    return fail (error, _ ("The account has no TLS options: neither of its own, nor in an "
                           "assignment file."));

  return add_options (self, section, name, value, error);
}

static gboolean
add_tcp (Writing *self, GError **error)
{
  const char *value;

  return look_up (self, "DRIVER_SETTINGS", TCP_PARAMS, &value, error) &&
         (value == NULL ||
          postern_asn_edit_set (self->text, "DRIVER_SETTINGS", TCP_PARAMS, value, error));
}

static const char *
find_library (Writing *self, const char *entry_point)
{
  const PosternAsnSetting *entry =
    self->asn != NULL ? postern_asn_lookup_entry (self->asn, entry_point) : NULL;

  if (entry != NULL)
    return entry->value;
  for (guint i = 0; i < G_N_ELEMENTS (libraries); i++)
    {
      if (strcmp (libraries[i].entry_point, entry_point) == 0)
        return libraries[i].library;
    }

  return NULL;
}

/* The entry points that the drivers name, in order, each once. */
static GPtrArray *
list_entries (PosternAccount *account)
{
  GPtrArray *drivers = postern_account_get_drivers (account);
  GPtrArray *entries = g_ptr_array_new ();
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < drivers->len; i++)
    {
      const char *entry = NULL;
      gboolean known = FALSE;

      if (postern_uniface_drivers_set (drivers->pdata[i], i + 1, findings, &entry) != 0 ||
          entry == NULL)
        continue;
      for (guint k = 0; k < entries->len; k++)
        known = known || strcmp (entries->pdata[k], entry) == 0;
      if (!known)
        g_ptr_array_add (entries, (char *) entry);
    }

  return entries;
}

/* A line for each library, with the functions that are used of it. */
static void
add_drivers (Writing *self, GPtrArray *entries)
{
  if (entries->len == 0)
    return;

  g_string_append_printf (self->text, "%s[USER_3GL]\n", self->text->len > 0 ? "\n" : "");
  for (guint i = 0; i < entries->len; i++)
    {
      const char *library = find_library (self, entries->pdata[i]);
      gboolean written = FALSE;

      if (library == NULL)
        continue;
      for (guint k = 0; k < i; k++)
        written = written || g_strcmp0 (find_library (self, entries->pdata[k]), library) == 0;
      if (written)
        continue;
      g_string_append_printf (self->text, "%s(%s", library, (char *) entries->pdata[i]);
      for (guint k = i + 1; k < entries->len; k++)
        {
          if (g_strcmp0 (find_library (self, entries->pdata[k]), library) == 0)
            g_string_append_printf (self->text, ",%s", (char *) entries->pdata[k]);
        }
      g_string_append (self->text, ")\n");
    }
}

static gboolean
has_starttls (GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      if (strcmp (entries->pdata[i], "UStartTLSSMTP") == 0)
        return TRUE;
    }

  return FALSE;
}

/* Section 9.1: only ASCII goes without a mark. */
static void
add_head (Writing *self)
{
  g_autoptr(GString) head = g_string_new ("; for LogonSMTP or LogonMail with ");

  g_string_append (head, postern_account_get_connection (self->account));
  g_strdelimit (head->str, "\r\n", ' ');
  if (g_str_has_suffix (head->str, "\\"))
    g_string_append_c (head, '.'); /* no continuation of it */
  g_string_append_c (head, '\n');
  if (!g_str_is_ascii (self->text->str) || !g_str_is_ascii (head->str))
    g_string_append (head, "; save this file as UTF-8 with a byte order mark\n");
  if (strstr (self->text->str, "=" HIDDEN) != NULL)
    g_string_append (head, "; replace each " HIDDEN " by the secret that it stands for\n");
  g_string_prepend (self->text, head->str);
}

char *
postern_asn_snippet_new (PosternAccount *account,
                         const PosternCredentials *credentials,
                         gboolean with_secrets,
                         GError **error)
{
  Writing self = { .account = account, .with_secrets = with_secrets };
  g_autoptr(GPtrArray) entries = list_entries (account);
  gboolean done;

  if (credentials != NULL)
    self.key_password = credentials->key_password;
  self.text = g_string_new (NULL);
  done = begin (&self, error) && add_tls (&self, has_starttls (entries), error) &&
         add_tcp (&self, error);
  if (done)
    {
      add_drivers (&self, entries);
      add_head (&self);
    }
  g_clear_pointer (&self.connection, postern_connection_string_free);
  g_clear_pointer (&self.asn, postern_asn_free);

  return g_string_free (self.text, !done);
}
