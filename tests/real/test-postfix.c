/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "dovecot-rows.h"
#include "real-credentials.h"
#include "real-main.h"
#include "real-matrix.h"
#include "real-run.h"
#include "site-postfix.h"
#include "test-postfix.h"

#include <gio/gio.h>
#include <string.h>

#define LOG_LIMIT 20000

/* It does not offer EXTERNAL, whatever Dovecot says. */
static const RealRow certificate_rows[] = {
  { "EXTERNAL", &certificate, REAL_ALL ("15 auth.mechanism-not-offered") },
  { NULL },
};

static const RealTable smtp = {
  .protocol = "smtp",
  .clear = "SMTP",
  .implicit = "SMTPS",
  .options = "",
  .ahead = 8,
  .rows = { dovecot_rows, certificate_rows },
};

static RealValues *values;

static char *
read_log (void)
{
  g_autofree char *path =
    g_build_filename (real_values_get (values, "FOLDER"), "postfix.log", NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text != NULL ? text : g_strdup ("");
}

static gboolean
expired_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* The end of the line of the log that says how the @nth session at the watched doors ended. */
static const char *
find_session (const char *log, guint nth)
{
  const char *found = log;

  while ((found = strstr (found, " watched/smtpd[")) != NULL)
    {
      const char *end = strchr (found, '\n');
      const char *words = strstr (found, "]: disconnect from ");

      if (end == NULL)
        return NULL;
      if (words != NULL && words < end && --nth == 0)
        return strstr (words, "127.0.0.1]");
      found = end;
    }
  return NULL;
}

/* Postfix writes its log after the client has gone. */
static char *
wait_for_session (guint nth)
{
  g_autofree char *path =
    g_build_filename (real_values_get (values, "FOLDER"), "postfix.log", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileMonitor) monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  gboolean expired = FALSE;
  guint timeout = g_timeout_add (LOG_LIMIT, expired_cb, &expired);

  g_file_monitor_set_rate_limit (monitor, 10);
  for (;;)
    {
      g_autofree char *log = read_log ();
      const char *found = find_session (log, nth);

      if (found != NULL)
        {
          g_source_remove (timeout);
          found += strlen ("127.0.0.1] ");
          return g_strndup (found, strcspn (found, "\n"));
        }
      if (expired)
        return g_strdup ("(not in the log)");
      g_main_context_iteration (NULL, TRUE);
    }
}

/* What the server says of a session: how many of each command it took. */
static void
check_server_side (guint nth, const char *arguments, const char *secret, const char *commands)
{
  g_autofree char *all = g_strdup_printf ("--ipv4 --user @USER@ --password-from fd:0 --tls-options "
                                          "verify_server=yes,ca_certificate=@CA@ %s",
                                          arguments);
  g_autoptr(RealRun) run = real_run_new (values, all, secret, NULL);
  g_autofree char *session = NULL;

  g_assert_nonnull (run->report);
  session = wait_for_session (nth);
  g_assert_cmpstr (session, ==, commands);
}

/* Nothing beyond what the steps need is sent, one AUTH only, and the client says goodbye. */
static void
test_server_side (void)
{
  guint nth = 2;
  /* One at each door, when it was tried whether they are open. */
  g_autofree char *first = wait_for_session (nth);

  g_assert_cmpstr (first, ==, "commands=0/0");
  check_server_side (++nth, "localhost:@WATCHED@", "@PASSWORD@",
                     "ehlo=2 starttls=1 auth=1 quit=1 commands=5");
  check_server_side (++nth, "localhost:@WATCHED@", "@WRONG_PASSWORD@",
                     "ehlo=2 starttls=1 auth=0/1 quit=1 commands=4/5");
  check_server_side (++nth, "--tls implicit localhost:@WATCHED_TLS@", "@PASSWORD@",
                     "ehlo=1 auth=1 quit=1 commands=3");
  check_server_side (++nth, "--tls implicit localhost:@WATCHED_TLS@", "@WRONG_PASSWORD@",
                     "ehlo=1 auth=0/1 quit=1 commands=2/3");
  check_server_side (++nth,
                     "--check-sender a@postern.test --check-recipient b@postern.test "
                     "localhost:@WATCHED@",
                     "@PASSWORD@",
                     "ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 rset=1 quit=1 commands=8");
}

static void
add_tests (RealValues *site_values)
{
  values = site_values;
  real_cells_add ("/postfix/generic", generic_cells, values);
  real_cells_add ("/postfix/uniface", uniface_cells, values);
  g_test_add_func ("/postfix/server-side", test_server_side);
  upopmail_add (values);
  real_matrix_add ("postfix", &smtp, values);
}

int
main (int argc, char **argv)
{
  return real_main (&site_postfix, add_tests, argc, argv);
}
