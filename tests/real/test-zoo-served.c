/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-main.h"
#include "site-zoo.h"
#include "zoo-check.h"
#include "zoo-tools.h"

#include <gio/gio.h>
#include <string.h>

#define LOG_LIMIT 20000 /* milliseconds */

static const ZooDoor doors[] = {
  { "Postfix", "SMTP", "smtp", "starttls", 587 }, { "Postfix", "SMTPS", "smtp", "implicit", 465 },
  { "Dovecot", "IMAP", "imap", "starttls", 143 }, { "Dovecot", "IMAPS", "imap", "implicit", 993 },
  { "Dovecot", "POP3", "pop3", "starttls", 110 }, { "Dovecot", "POP3S", "pop3", "implicit", 995 },
};

/* Programs with sanitizers start slowly: they get a part of the doors, others with each chain. */
#ifdef __SANITIZE_ADDRESS__
#define EVERY 3
#else
#define EVERY 1
#endif

#define N_DOORS G_N_ELEMENTS (doors)
#define N_OF_POSTFIX 2 /* which are first */

static RealValues *values;

/* For what the servers say at the end: runs that sent a logon, and those that did not. */
typedef struct
{
  guint n_with;
  guint n_without;
} Logons;

static Logons at_postfix;
static Logons at_dovecot;

static void
check (const ZooChain *chain, guint door, ZooPolicy policy, RealRun *run)
{
  Logons *logons = door < N_OF_POSTFIX ? &at_postfix : &at_dovecot;

  real_run_wait (run);
  zoo_run_check (run, values, chain, &doors[door], policy, 0);
  if (zoo_run_logged_on (run))
    logons->n_with++;
  else
    logons->n_without++;
  real_run_free (run);
}

/* Doors with the policy that looks; those that do not look at a door each in turn. */
static void
test_chain (gconstpointer data)
{
  static guint turn;
  const ZooChain *chain = data;
  const char *address = site_zoo_address (chain);
  gboolean all = chain->not_by == NULL || strstr (chain->not_by, "Dovecot") == NULL;
  guint n_doors = all ? N_DOORS : N_OF_POSTFIX;
  RealRun *looking[N_DOORS], *others[ZOO_N_POLICIES];

  turn++;
  for (guint i = turn % EVERY; i < n_doors; i += EVERY)
    looking[i] = zoo_run_start (values, chain, &doors[i], address, ZOO_VERIFY, "");
  for (ZooPolicy policy = ZOO_IGNORE; policy < ZOO_N_POLICIES; policy++)
    others[policy] =
      zoo_run_start (values, chain, &doors[(turn + policy) % n_doors], address, policy, "");

  for (guint i = turn % EVERY; i < n_doors; i += EVERY)
    check (chain, i, ZOO_VERIFY, looking[i]);
  for (ZooPolicy policy = ZOO_IGNORE; policy < ZOO_N_POLICIES; policy++)
    check (chain, (turn + policy) % n_doors, policy, others[policy]);
}

static guint
count (const char *text, const char *words)
{
  guint n = 0;

  for (const char *found = text; (found = strstr (found, words)) != NULL; found++)
    n++;

  return n;
}

static gboolean
expired_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* The log, once it has these words often enough: the servers write after the client has gone. */
static char *
wait_for_log (const char *name, const char *words, guint n)
{
  g_autofree char *path = g_build_filename (real_values_get (values, "FOLDER"), name, NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileMonitor) monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  gboolean expired = FALSE;
  guint timeout = g_timeout_add (LOG_LIMIT, expired_cb, &expired);

  g_file_monitor_set_rate_limit (monitor, 10);
  for (;;)
    {
      g_autofree char *text = NULL;

      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      if (expired || count (text, words) >= n)
        {
          if (!expired)
            g_source_remove (timeout);
          return g_steal_pointer (&text);
        }
      g_main_context_iteration (NULL, TRUE);
    }
}

/* What arrived: no attempt to log on in a session that was refused. */
static void
test_server_side (void)
{
  g_autofree char *postfix = wait_for_log ("postfix.log", "]: disconnect from ",
                                           at_postfix.n_with + at_postfix.n_without + N_OF_POSTFIX);
  g_autofree char *dovecot =
    wait_for_log ("home/dovecot.log", "(no auth attempts", at_dovecot.n_without);

  g_test_message ("Postfix: %u with a logon, %u without; Dovecot: %u and %u", at_postfix.n_with,
                  at_postfix.n_without, at_dovecot.n_with, at_dovecot.n_without);
  g_assert_cmpuint (count (postfix, " auth=1 "), ==, at_postfix.n_with);
  g_assert_cmpuint (count (postfix, " auth="), ==, at_postfix.n_with);
  g_assert_cmpuint (count (dovecot, "-login: Info: Login: "), ==, at_dovecot.n_with);
  g_assert_cmpuint (count (dovecot, "(no auth attempts"), >=, at_dovecot.n_without);
  g_assert_cmpuint (count (dovecot, " attempts in "), ==, count (dovecot, "(no auth attempts"));
}

static void
add_tests (RealValues *site_values)
{
  values = site_values;
  for (const ZooChain *chain = zoo_chains; chain->name != NULL; chain++)
    if (site_zoo_has (chain))
      {
        g_autofree char *path = g_strconcat ("/zoo-served/mail/", chain->name, NULL);

        g_test_add_data_func (path, chain, test_chain);
      }
  g_test_add_func ("/zoo-served/logs/mail", test_server_side);
  zoo_tools_add (values);
}

int
main (int argc, char **argv)
{
  return real_main (&site_zoo, add_tests, argc, argv);
}
