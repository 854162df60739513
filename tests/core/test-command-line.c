/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "exchange/postern-command-line.h"

#include <string.h>

/* A command says the protocol where nothing else in it does. */
static void
test_protocols (void)
{
  static const struct
  {
    PosternSystem system;
    PosternProtocol protocol;
    const char *connection;
    const char *option; /* or NULL: --protocol is not there */
  } rows[] = {
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_SMTP, "a.example:993", NULL },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_SMTP, "imap://a.example", NULL },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_IMAP, "imap://a.example", NULL },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_IMAP, " IMAPS://a.example", NULL },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_POP3, "pop3s://a.example", NULL },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_IMAP, "a.example", "--protocol imap " },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_POP3, "a.example:110", "--protocol pop3 " },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_IMAP, "imap.example", "--protocol imap " },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_POP3, "imap://a.example", "--protocol pop3 " },
    { POSTERN_SYSTEM_GENERIC, POSTERN_PROTOCOL_POP3, "", "--protocol pop3 " },
    { POSTERN_SYSTEM_UNIFACE, POSTERN_PROTOCOL_POP3, "TLS:a.example", "--protocol pop3 " },
    { POSTERN_SYSTEM_UNIFACE, POSTERN_PROTOCOL_SMTP, "TLS:a.example", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAccount) account = postern_account_new (NULL);
      g_autofree char *command = NULL;

      g_object_set (account, "system", rows[i].system, "protocol", rows[i].protocol, "connection",
                    rows[i].connection, NULL);
      command = postern_command_line_new (account);
      g_test_message ("%s", command);
      g_assert_true (g_str_has_prefix (command, "postern-cli probe "));
      if (rows[i].option != NULL)
        g_assert_nonnull (strstr (command, rows[i].option));
      else
        g_assert_null (strstr (command, "--protocol"));
    }
}

/* The command asks for what the drivers of Uniface need. */
static void
test_sources (void)
{
  static const struct
  {
    const char *driver;
    const char *wanted;
    const char *other;
  } rows[] = {
    { "SMTP=UAuthLoginSMTP", "--password-from prompt", "--token-from" },
    { "SMTP=UAuthNTLMSMTP;USE=OPT", "--password-from prompt", "--token-from" },
    { "SMTP=UAuthXOAUTH2SMTP", "--token-from prompt", "--password-from" },
    { "SMTP=UStartTLSSMTP", "a.example", "prompt" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAccount) account = postern_account_new (NULL);
      g_autoptr(GPtrArray) drivers =
                   g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
      g_autofree char *command = NULL;

      g_ptr_array_add (drivers, postern_driver_new (rows[i].driver, "USER=me"));
      g_object_set (account, "system", POSTERN_SYSTEM_UNIFACE, "connection", "a.example", "drivers",
                    drivers, NULL);
      command = postern_command_line_new (account);
      g_assert_nonnull (strstr (command, rows[i].wanted));
      g_assert_null (strstr (command, rows[i].other));
    }
}

/* A shell reads each word as it was, and no secret is among them. */
static void
test_words (void)
{
  const char *const mechanisms[] = { "USER", "APOP", NULL };
  g_autoptr(PosternAccount) account = postern_account_new (NULL);
  g_autofree char *command = NULL;
  g_auto (GStrv) words = NULL;

  g_object_set (account, "protocol", POSTERN_PROTOCOL_POP3, "connection", "pop3://me:hunter2@a.b",
                "user", "it's me; $HOME", "mechanisms", mechanisms, "tls-options",
                "client_key_password=hunter2", NULL);
  command = postern_command_line_new (account);
  g_assert_true (g_shell_parse_argv (command, NULL, &words, NULL));
  g_assert_null (strstr (command, "hunter2"));
  g_assert_true (g_strv_contains ((const char *const *) words, "it's me; $HOME"));
  g_assert_true (g_strv_contains ((const char *const *) words, "APOP"));
  g_assert_false (g_strv_contains ((const char *const *) words, "--protocol"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/command-line/protocols", test_protocols);
  g_test_add_func ("/command-line/sources", test_sources);
  g_test_add_func ("/command-line/words", test_words);

  return g_test_run ();
}
