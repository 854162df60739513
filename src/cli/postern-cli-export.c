/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli.h"

#include "postern-cli-drivers.h"
#include "postern-cli-options.h"
#include "postern-cli-secret.h"
#include "postern-cli-usage.h"

#include "exchange/postern-export.h"
#include "model/postern-error.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

static gboolean
print (const char *text, GError **error)
{
  gsize length = strlen (text);

  if (fwrite (text, 1, length, stdout) == length && fflush (stdout) == 0)
    return TRUE;

  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
               _ ("the result cannot be written: %s"), g_strerror (errno));
  return FALSE;
}

static gboolean
print_list (GError **error)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gsize n;
  const PosternExportTarget *targets = postern_export_list (&n);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%-20s %s\n", targets[i].name, _ (targets[i].title));

  return print (text->str, error);
}

/* Secrets are asked for only where they are written. */
static gboolean
write_account (const PosternCliOptions *o, GPtrArray *drivers, GError **error)
{
  g_autoptr(PosternAccount) account = postern_cli_options_make_account (o, drivers, error);
  g_autoptr(PosternSecret) password = NULL;
  g_autoptr(PosternSecret) token = NULL;
  g_autoptr(PosternSecret) key_password = NULL;
  PosternCredentials credentials = { NULL };
  char *text;
  gboolean written;

  if (account == NULL)
    return FALSE;
  if (o->with_secrets &&
      (!postern_cli_secret_read_for (o->password_from, _ ("Password:"), "password", account,
                                     &password, error) ||
       !postern_cli_secret_read_for (o->token_from, _ ("Access token:"), "token", account, &token,
                                     error) ||
       !postern_cli_secret_read_for (o->key_password_from, _ ("Password of the private key:"),
                                     "key-password", account, &key_password, error)))
    return FALSE;

  credentials.password = password;
  credentials.token = token;
  credentials.key_password = key_password;
  text = postern_export (o->to, account, &credentials, o->with_secrets, error);
  if (text == NULL)
    return FALSE;
  written = print (text, error);
  postern_wipe_free (text);

  return written;
}

static gboolean
run (const PosternCliOptions *o, GPtrArray *drivers, GError **error)
{
  if (o->to == NULL)
    {
      g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                           _ ("Name a target with --to; “--to list” names them all."));
      return FALSE;
    }
  if (strcmp (o->to, "list") == 0)
    return print_list (error);

  return write_account (o, drivers, error);
}

/**
 * postern_cli_export:
 *
 * The command `export`.
 *
 * Returns: the exit status of spec/cli.md
 */
int
postern_cli_export (int argc, char **argv)
{
  g_auto (PosternCliOptions) options = { NULL };
  g_autoptr(GPtrArray) drivers = NULL;
  g_autoptr(GError) error = NULL;
  gboolean secret_seen = FALSE;

  g_set_prgname ("postern-cli export");
  postern_cli_secret_guard ();
  drivers = postern_cli_drivers_take (&argc, argv, &secret_seen, &error);
  if (drivers == NULL || !postern_cli_options_parse_export (&options, &argc, &argv, &error) ||
      !run (&options, drivers, &error))
    {
      g_printerr ("postern-cli export: %s\n", error->message);
      postern_cli_secret_unguard ();
      return 1;
    }
  postern_cli_warn_of_secrets (secret_seen, NULL);
  postern_cli_secret_unguard ();

  return 0;
}
