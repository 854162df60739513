/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "exchange/postern-command-line.h"

#include "runtime/postern-runtime.h"
#include "runtime/postern-tls-options.h"

#include "postern-enum-types.h"

#include <string.h>

static void
add_word (GString *command, const char *word)
{
  g_autofree char *quoted = NULL;

  if (command->len > 0)
    g_string_append_c (command, ' ');
  if (*word != '\0' && g_regex_match_simple ("^[A-Za-z0-9_@%+=:,./-]+$", word, 0, 0))
    {
      g_string_append (command, word);
      return;
    }
  quoted = g_shell_quote (word);
  g_string_append (command, quoted);
}

static void
add_option (GString *command, const char *option, const char *value)
{
  if (value == NULL || *value == '\0')
    return;

  g_string_append (command, " \\\n ");
  add_word (command, option);
  add_word (command, value);
}

static void
add_seconds (GString *command, const char *option, guint milliseconds)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (milliseconds == 0)
    return;

  g_ascii_formatd (text, sizeof text, "%.3g", milliseconds / 1000.0);
  add_option (command, option, text);
}

static void
add_drivers (GString *command, PosternAccount *account)
{
  GPtrArray *drivers = postern_account_get_drivers (account);

  for (guint i = 0; i < drivers->len; i++)
    {
      PosternDriver *driver = drivers->pdata[i];

      add_option (command, "--driver", postern_driver_get_properties (driver));
      add_option (command, "--parameters", postern_driver_get_parameters (driver));
    }
}

/* The scheme of a URL says the protocol, and SMTP is what nobody says. */
static void
add_protocol (GString *command, PosternAccount *account)
{
  PosternProtocol protocol = postern_account_get_protocol (account);
  const char *nick = postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, (int) protocol);
  const char *connection = postern_account_get_connection (account);
  gsize length = strlen (nick);

  connection += strspn (connection, " \t");
  if (protocol == POSTERN_PROTOCOL_SMTP)
    return;
  if (postern_account_get_system (account) == POSTERN_SYSTEM_GENERIC &&
      g_ascii_strncasecmp (connection, nick, length) == 0 &&
      (g_str_has_prefix (connection + length, "://") ||
       g_ascii_strncasecmp (connection + length, "s://", 4) == 0))
    return;
  add_option (command, "--protocol", nick);
}

static gboolean
has_option (PosternAccount *account, PosternTlsOptionId id)
{
  g_auto (GStrv) pairs = g_strsplit (postern_account_get_tls_options (account), ",", -1);

  for (gsize i = 0; pairs[i] != NULL; i++)
    {
      const char *name = pairs[i] + strspn (pairs[i], " \t\r\n");

      if (postern_tls_option_find_id (name, strcspn (name, "= \t")) == (int) id)
        return TRUE;
    }

  return FALSE;
}

/**
 * postern_command_line_hides_shared_key:
 *
 * Whether `<hidden>` stands in the command for a shared key. No option takes one: it has to stand
 * in an assignment file.
 */
gboolean
postern_command_line_hides_shared_key (PosternAccount *account)
{
  return has_option (account, POSTERN_TLS_OPTION_SHARED_KEY);
}

/* Where the secrets come from that the logon needs: of a user, and of the drivers of Uniface. */
static void
add_sources (GString *command, PosternAccount *account)
{
  GPtrArray *drivers = postern_account_get_drivers (account);
  gboolean password = *postern_account_get_user (account) != '\0';
  gboolean token = FALSE;

  for (guint i = 0;
       postern_account_get_system (account) == POSTERN_SYSTEM_UNIFACE && i < drivers->len; i++)
    {
      const char *properties = postern_driver_get_properties (drivers->pdata[i]);

      token |= strstr (properties, "UAuthXOAUTH2") != NULL;
      password |= strstr (properties, "UAuthLogin") != NULL ||
                  strstr (properties, "UAuthNTLM") != NULL ||
                  strstr (properties, "UAuthSSPI") != NULL;
    }

  if (password)
    add_option (command, "--password-from", "prompt");
  if (token)
    add_option (command, "--token-from", "prompt");
  if (has_option (account, POSTERN_TLS_OPTION_CLIENT_KEY_PASSWORD))
    add_option (command, "--key-password-from", "prompt");
}

/**
 * postern_command_line_new:
 * @account: an account
 *
 * Writes the command that tests the account in a terminal as the window would, see spec/cli.md.
 * There is no secret in it: it asks for the password.
 *
 * Returns: (transfer full): a command for a POSIX shell, on several lines
 */
char *
postern_command_line_new (PosternAccount *account)
{
  PosternSystem system;
  GString *command = g_string_new (NULL);
  const char *const *mechanisms;
  g_autofree char *connection = NULL;
  g_autofree char *options = NULL;

  g_return_val_if_fail (POSTERN_IS_ACCOUNT (account), NULL);

  system = postern_account_get_system (account);
  g_string_append (command, "postern-cli probe");
  add_option (command, "--system", postern_enum_to_nick (POSTERN_TYPE_SYSTEM, (int) system));
  add_protocol (command, account);
  if (system == POSTERN_SYSTEM_GENERIC &&
      postern_account_get_tls (account) != POSTERN_TLS_START_DEFAULT)
    add_option (
      command, "--tls",
      postern_enum_to_nick (POSTERN_TYPE_TLS_START, (int) postern_account_get_tls (account)));
  options = postern_tls_options_hide_secrets (postern_account_get_tls_options (account));
  add_option (command, "--tls-options", options);
  if (system == POSTERN_SYSTEM_UNIFACE)
    {
      add_option (command, "--asn", postern_account_get_asn_file (account));
      add_option (command, "--usys", postern_account_get_usys_dir (account));
      add_drivers (command, account);
    }
  mechanisms = postern_account_get_mechanisms (account);
  for (gsize i = 0; system == POSTERN_SYSTEM_GENERIC && mechanisms[i] != NULL; i++)
    add_option (command, "--mechanism", mechanisms[i]);
  add_option (command, "--ehlo", postern_account_get_ehlo_name (account));
  add_option (command, "--connect-to", postern_account_get_connect_to (account));
  add_option (command, "--crl", postern_account_get_crl_file (account));
  add_option (command, "--pin", postern_account_get_pin (account));
  if (postern_account_get_family (account) != POSTERN_FAMILY_ANY)
    g_string_append_printf (
      command, " \\\n --%s",
      postern_enum_to_nick (POSTERN_TYPE_FAMILY, (int) postern_account_get_family (account)));
  add_seconds (command, "--timeout", postern_account_get_total_timeout (account));
  add_seconds (command, "--connect-timeout", postern_account_get_connect_timeout (account));
  add_seconds (command, "--step-timeout", postern_account_get_step_timeout (account));
  add_option (command, "--user", postern_account_get_user (account));
  add_sources (command, account);
  g_string_append (command, " \\\n ");
  connection = postern_runtime_hide_password (postern_account_get_connection (account));
  if (*connection == '-')
    add_word (command, "--");
  add_word (command, connection);
  return g_string_free (command, FALSE);
}
