/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-main.h"

#include <locale.h>
#include <signal.h>

/* The first process starts the servers; the second, of the same program, runs the tests. */
int
real_main (const RealSite *site, void (*add) (RealValues *values), int argc, char **argv)
{
  const char *folder = g_getenv (REAL_FOLDER_VARIABLE);
  g_autoptr(RealValues) values = NULL;
  g_autoptr(GError) error = NULL;

  if (folder == NULL)
    return real_servers_supervise (site, argv);

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  values = real_values_load (folder, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_getenv ("POSTERN_CLI"));

  add (values);
  return g_test_run ();
}
