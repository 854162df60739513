/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "exchange/postern-uniface-export.h"

#include "model/postern-error.h"
#include "runtime/postern-uniface-drivers.h"
#include "runtime/postern-uniface-list.h"

#include <glib/gi18n.h>
#include <string.h>

/* GOLD ;, as listings print it. */
#define SEPARATOR "\xc2\xb7;"

#define PASSWORD "<password>"
#define TOKEN "<token>"

typedef struct
{
  PosternAccount *account;
  const PosternCredentials *credentials;
  gboolean with_secrets;
  GString *text;
  GString *list;      /* the argument that is being made */
  gboolean semicolon; /* a value has one */
} Writing;

static gboolean
is_smtp (Writing *self)
{
  return postern_account_get_protocol (self->account) == POSTERN_PROTOCOL_SMTP;
}

/* One item of the list. */
static void
add_item (Writing *self, const char *id, const char *value, gssize length)
{
  gsize n = length < 0 ? strlen (value) : (gsize) length;

  if (self->list->len > 0)
    g_string_append (self->list, SEPARATOR);
  g_string_append (self->list, id);
  if (id[0] != '\0')
    g_string_append_c (self->list, '=');
  g_string_append_len (self->list, value, (gssize) n);
  self->semicolon = self->semicolon || memchr (value, ';', n) != NULL;
}

/* A string of ProcScript. FALSE for what would be read otherwise: "%%" begins a substitution. */
static gboolean
add_string (Writing *self, const char *value, GError **error)
{
  if (strstr (value, "%%") != NULL || strpbrk (value, "\r\n") != NULL)
    {
      g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                           _ ("A value holds “%%” or a line break, which a string of ProcScript "
                              "cannot hold as it is."));
      return FALSE;
    }
  /* Uniface takes it as it is, and what reads pasted listings takes it for GOLD ;. */
  if (self->semicolon)
    {
      g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                           _ ("A value in a list holds “;”, which is not read alike everywhere. "
                              "Write it into the script by hand."));
      return FALSE;
    }

  g_string_append_c (self->text, '"');
  for (const char *p = value; *p != '\0'; p++)
    g_string_append_printf (self->text, *p == '"' ? "%%%%%c" : "%c", *p);
  g_string_append_c (self->text, '"');

  return TRUE;
}

/* What follows each operation, and names it. */
static void
add_check (Writing *self, const char *operation, gboolean response)
{
  g_string_append (self->text, "if ($status < 0)\n");
  if (response)
    g_string_append (self->text,
                     "  vStatus = $status\n"
                     "  activate \"UPOPMAIL\".GetSMTPResponse(vReplyCode, vReplyText)\n");
  g_string_append_printf (self->text, "  putmess \"%s: %%%%%s%%%%%%%s\"\n", operation,
                          response ? "vStatus" : "$status",
                          response ? " (%%vReplyCode%%% %%vReplyText%%%)" : "");
  g_string_append_printf (self->text, "  return %s\nendif\n\n", response ? "vStatus" : "$status");
}

static gboolean
has_item (GPtrArray *items, const char *id)
{
  for (guint i = 0; i < items->len; i++)
    {
      if (g_ascii_strcasecmp (((PosternUnifaceItem *) items->pdata[i])->id, id) == 0)
        return TRUE;
    }

  return FALSE;
}

static void
add_secret (Writing *self, const char *keyword, PosternSecret *secret, const char *placeholder)
{
  gsize length = 0;
  const char *bytes = secret != NULL ? postern_secret_peek (secret, &length) : NULL;

  if (self->with_secrets && bytes != NULL)
    add_item (self, keyword, bytes, (gssize) length);
  else
    add_item (self, keyword, placeholder, -1);
}

/* DriverParameters with everything that the driver takes from elsewhere here. */
static void
make_parameters (Writing *self, PosternDriver *driver, const char *entry)
{
  g_autoptr(GPtrArray) items = postern_uniface_list_parse (postern_driver_get_parameters (driver));
  const char *user = postern_account_get_user (self->account);
  PosternSecret *password = postern_driver_get_password (driver);
  PosternSecret *token = postern_driver_get_token (driver);
  gboolean oauth = g_str_has_prefix (entry, "UAuthXOAUTH2");
  gboolean plain = strcmp (entry, "UAuthLoginSMTP") == 0 || strcmp (entry, "UAuthNTLMSMTP") == 0;

  if (password == NULL && self->credentials != NULL)
    password = self->credentials->password;
  if (token == NULL && self->credentials != NULL)
    token = self->credentials->token;
  g_string_truncate (self->list, 0);
  for (guint i = 0; i < items->len; i++)
    {
      const PosternUnifaceItem *item = items->pdata[i];

      add_item (self, item->has_value ? item->id : "", item->value, -1);
    }
  if ((oauth || plain) && !has_item (items, "USER") && *user != '\0')
    add_item (self, "USER", user, -1);
  if (plain || postern_driver_get_password (driver) != NULL)
    add_secret (self, "PASSWORD", password, PASSWORD);
  if (oauth || postern_driver_get_token (driver) != NULL)
    add_secret (self, "TOKEN", token, TOKEN);
}

static gboolean
add_drivers (Writing *self, gboolean *authenticates, GError **error)
{
  GPtrArray *drivers = postern_account_get_drivers (self->account);

  *authenticates = FALSE;
  for (guint i = 0; i < drivers->len; i++)
    {
      PosternDriver *driver = drivers->pdata[i];
      g_autoptr(GPtrArray) items =
                   postern_uniface_list_parse (postern_driver_get_properties (driver));
      const char *entry = NULL;

      g_string_truncate (self->list, 0);
      for (guint k = 0; k < items->len; k++)
        {
          const PosternUnifaceItem *item = items->pdata[k];

          add_item (self, item->has_value ? item->id : "", item->value, -1);
        }
      g_string_append (self->text, "activate \"UPOPMAIL\".SetSecurity(");
      if (!add_string (self, self->list->str, error))
        return FALSE;
      if (items->len > 0)
        entry = ((PosternUnifaceItem *) items->pdata[0])->value;
      if (entry != NULL && postern_uniface_get_server (entry) != NULL &&
          strcmp (postern_uniface_get_server (entry), "POP") == 0)
        *authenticates = TRUE;
      make_parameters (self, driver, entry != NULL ? entry : "");
      g_string_append (self->text, ", ");
      if (!add_string (self, self->list->str, error))
        return FALSE;
      g_string_append (self->text, ")\n");
      add_check (self, "SetSecurity", FALSE);
    }

  return TRUE;
}

static gboolean
add_smtp (Writing *self, GError **error)
{
  const char *user = postern_account_get_user (self->account);
  const char *address = strchr (user, '@') != NULL ? user : "me@example.org";

  g_string_append (
    self->text,
    "; -7: the server lacks what a driver needs   -8: the security context was not established\n"
    "; -9: network, TLS or name of the server\n"
    "activate \"UPOPMAIL\".LogonSMTP(");
  if (!add_string (self, postern_account_get_connection (self->account), error))
    return FALSE;
  g_string_append (self->text, ", \"\", \"\")\n");
  add_check (self, "LogonSMTP", TRUE);

  g_string_truncate (self->list, 0);
  add_item (self, "FROM", address, -1);
  add_item (self, "TO", address, -1);
  add_item (self, "SUBJECT", "Test", -1);
  g_string_append (self->text, "; while logged on, the server is that of LogonSMTP\n"
                               "activate \"UPOPMAIL\".SendMail(\"\", ");
  if (!add_string (self, self->list->str, error))
    return FALSE;
  g_string_append (self->text, ", \"Test\", \"\", 0)\n");
  add_check (self, "SendMail", TRUE);
  g_string_append (self->text, "activate \"UPOPMAIL\".LogoffSMTP()\n");
  add_check (self, "LogoffSMTP", FALSE);

  return TRUE;
}

static gboolean
add_pop (Writing *self, gboolean authenticates, GError **error)
{
  const char *user = authenticates ? "" : postern_account_get_user (self->account);
  PosternSecret *secret = self->credentials != NULL ? self->credentials->password : NULL;
  const char *password = authenticates ? "" : PASSWORD;

  if (!authenticates && self->with_secrets && secret != NULL)
    password = postern_secret_peek (secret, NULL);
  g_string_append (
    self->text,
    "; -2: user or password   -7: the server lacks what a driver needs\n"
    "; -8: the security context was not established   -9: network, TLS or name of the server\n"
    "activate \"UPOPMAIL\".LogonMail(");
  if (!add_string (self, postern_account_get_connection (self->account), error))
    return FALSE;
  g_string_append (self->text, ", ");
  if (!add_string (self, user, error))
    return FALSE;
  g_string_append (self->text, ", ");
  if (!add_string (self, password, error))
    return FALSE;
  g_string_append (self->text, ")\n");
  add_check (self, "LogonMail", FALSE);

  g_string_append (self->text, "; $status is the number of messages\n"
                               "activate \"UPOPMAIL\".ListMail(vList)\n");
  add_check (self, "ListMail", FALSE);
  g_string_append (self->text, "activate \"UPOPMAIL\".LogoffMail()\n");
  add_check (self, "LogoffMail", FALSE);

  return TRUE;
}

static void
add_head (Writing *self)
{
  g_string_append (self->text,
                   "; In lists, \"" SEPARATOR "\" stands for GOLD ; (one character).\n");
  if (!self->with_secrets)
    g_string_append (self->text, "; Put your own in place of " PASSWORD " and " TOKEN ".\n");
  g_string_append (self->text, is_smtp (self) ? "\nvariables\n"
                                                "  numeric vStatus\n"
                                                "  string vReplyCode, vReplyText\n"
                                                "endvariables\n\n"
                                              : "\nvariables\n"
                                                "  string vList\n"
                                                "endvariables\n\n");
}

char *
postern_procscript_new (PosternAccount *account,
                        const PosternCredentials *credentials,
                        gboolean with_secrets,
                        GError **error)
{
  Writing self = { .account = account, .credentials = credentials, .with_secrets = with_secrets };
  gboolean authenticates = FALSE;
  gboolean done;

  if (postern_account_get_protocol (account) == POSTERN_PROTOCOL_IMAP)
    {
      g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                           _ ("UPOPMAIL has no operation for IMAP."));
      return NULL;
    }

  self.text = g_string_new (NULL);
  self.list = g_string_new (NULL);
  add_head (&self);
  done = add_drivers (&self, &authenticates, error) &&
         (is_smtp (&self) ? add_smtp (&self, error) : add_pop (&self, authenticates, error));
  if (done)
    g_string_append (self.text, "return 0\n");
  postern_wipe (self.list->str, self.list->len);
  g_string_free (self.list, TRUE);

  return g_string_free (self.text, !done);
}
