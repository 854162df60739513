/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli.h"

#include "session/postern-session.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct
{
  const char *name;
  const char *description;
  int (*run) (int argc, char **argv);
} commands[] = {
  { "probe", N_ ("Test a mail account, and say what is wrong"), postern_cli_probe },
  { "asn", N_ ("Read and change assignment files of Uniface"), postern_cli_asn },
  { "export", N_ ("Write a mail account for another program"), postern_cli_export },
  { "upopmail", N_ ("Run the UPOPMAIL operations of a ProcScript file"), postern_cli_upopmail },
  { "scan", N_ ("Find what a mail server does in TLS"), postern_cli_scan },
  { "trust", N_ ("Say what a CA file holds, and mend a chain"), postern_cli_trust },
  { "practice", N_ ("Run a mail server to practise on, on this computer alone"),
    postern_cli_practice },
};

static void
print_help (void)
{
  g_print ("%s\n  postern-cli %s\n\n%s\n", _ ("Usage:"), _ ("COMMAND [OPTION…]"),
           _ ("Tests the logon of a mail account as the account's own system would do it."));
  g_print ("\n%s\n", _ ("Commands:"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-10s %s\n", commands[i].name, _ (commands[i].description));
  g_print ("\n%s\n", _ ("Options:"));
  g_print ("  %-10s %s\n", "--help", _ ("Show this help; “COMMAND --help” tells more"));
  g_print ("  %-10s %s\n", "--version", _ ("Show the version"));
  g_print (
    "\n%s\n  postern-cli probe --user me --password-from prompt submission://mail.example.org\n",
    _ ("Example:"));
}

/* The command that the user named, or what is to be said without one. */
static int
run (int argc, char **argv)
{
  const char *command = argc > 1 ? argv[1] : NULL;

  if (command == NULL)
    {
      g_printerr ("%s\n", _ ("postern-cli: a command is missing; see “postern-cli --help”."));
      return 1;
    }
  if (strcmp (command, "--help") == 0 || strcmp (command, "-h") == 0 ||
      strcmp (command, "help") == 0)
    {
      print_help ();
      return 0;
    }
  if (strcmp (command, "--version") == 0)
    {
      g_print ("Postern %s\n", PACKAGE_VERSION);
      return 0;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (command, commands[i].name) == 0)
      return commands[i].run (argc - 1, argv + 1);

  g_printerr (_ ("postern-cli: there is no command “%s”; see “postern-cli --help”.\n"), command);
  return 1;
}

/* A result that nobody could read is no success. */
static int
check_output (int status)
{
  if (status != 0 || (fflush (stdout) == 0 && !ferror (stdout)))
    return status;

  g_printerr ("%s\n", _ ("postern-cli: the result cannot be written"));
  return 1;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  postern_session_init_process ();

  postern_session_end_process (check_output (run (argc, argv)));
}
