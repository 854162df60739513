/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "cli-run.h"

/* The command `export` of spec/cli.md. What is written is read again by tests/core/test-export.c.
 */

static char *home;

/* The words of a command, set apart by "|". */
static CliResult *
run (const char *command, int status)
{
  static const char *const environment[] = { "SECRET=hunter2", NULL };
  g_auto (GStrv) args = g_strsplit (command, "|", -1);
  const CliSetup setup = { .home = home, .environment = environment };
  CliResult *result = cli_run ((const char *const *) args, &setup);

  g_test_message ("%s", command);
  cli_assert_status (result, status);

  return result;
}

#define UNIFACE "|--system|uniface|--tls-options|verify_server=yes,ca_certificate=ca.pem"
#define DRIVERS "|--driver|SMTP=UStartTLSSMTP|--driver|SMTP=UAuthLoginSMTP|--user|me"

static void
test_written (void)
{
  static const struct
  {
    const char *command;
    const char *out;
    gboolean secret;
  } rows[] = {
    { "export|--to|list", "uniface-procscript ", FALSE },
    { "export|--to|command-line|--user|me|imaps://a.example", "imaps://a.example\n", FALSE },
    { "export|--to=uniface-asn" UNIFACE DRIVERS "|a.example+587",
      "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS = verify_server=yes,ca_certificate=ca.pem\n\n"
      "[USER_3GL]\nusysbin:ustarttls(UStartTLSSMTP)\nusysbin:uauthlogin(UAuthLoginSMTP)\n",
      FALSE },
    { "export|--to=uniface-procscript" UNIFACE DRIVERS "|a.example+587",
      "(\"SMTP=UAuthLoginSMTP\", \"USER=me\xc2\xb7;PASSWORD=<password>\")\n", FALSE },
    { "export|--to=uniface-procscript" UNIFACE DRIVERS "|--password-from|env:SECRET|a.example+587",
      "PASSWORD=<password>", FALSE },
    { "export|--to=uniface-procscript|--with-secrets" UNIFACE DRIVERS
      "|--password-from|env:SECRET|a.example+587",
      "PASSWORD=hunter2\")\n", TRUE },
    { "export|--to=uniface-procscript|--protocol|pop3|--user|me" UNIFACE "|TLS:a.example",
      "LogonMail(\"TLS:a.example\", \"me\", \"<password>\")\n", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result = run (rows[i].command, 0);

      if (strstr (result->out, rows[i].out) == NULL)
        g_error ("“%s” is not in: %s", rows[i].out, result->out);
      g_assert_cmpstr (result->err, ==, "");
      if (!rows[i].secret)
        g_assert_null (strstr (result->out, "hunter2"));
    }
}

static void
test_refused (void)
{
  static const char *const commands[] = {
    "export",
    "export|a.example",
    "export|--to|nosuch|a.example",
    "export|--to|uniface-asn|a.example",
    "export|--to|uniface-asn|--system|uniface|TLS:a.example",
    "export|--to|command-line",
    "export|--to|command-line|a|b",
    "export|--to|command-line|--account|nosuch",
    "export|--to|command-line|--sweep|a",
  };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr(CliResult) result = run (commands[i], 1);

      g_assert_cmpstr (result->out, ==, "");
      g_assert_true (g_str_has_prefix (result->err, "postern-cli export: "));
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  home = cli_make_folder ();
  g_test_add_func ("/export/written", test_written);
  g_test_add_func ("/export/refused", test_refused);
  status = g_test_run ();
  cli_remove_folder (home);
  g_free (home);

  return status;
}
