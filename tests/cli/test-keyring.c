/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-report.h"
#include "cli-run.h"
#include "practice/postern-practice.h"
#include "store/postern-account-store.h"
#include "store/postern-keyring.h"

/* A real secret service, on a bus of its own: what the keyring is given it gives back, to whom it
 * belongs alone, and the command line logs on with it. */

#define NAME "org.freedesktop.secrets"
#define LIMIT_S 20

static char *home;

typedef struct
{
  GSubprocess *daemon;
  guint watch;
  guint limit;
  gboolean is_there;
} Service;

static gboolean
too_late_cb (gpointer user_data)
{
  g_error ("The secret service did not come");
  return G_SOURCE_REMOVE;
}

static void
appeared_cb (GDBusConnection *bus, const char *name, const char *owner, gpointer user_data)
{
  ((Service *) user_data)->is_there = TRUE;
}

/* The daemon takes the password of its keyring from its standard input, to the end of it. */
static void
service_start (Service *service)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
    G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  GOutputStream *input;
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_setenv (launcher, "HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", home, TRUE);
  /* Its warnings are no faults of ours. */
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  service->daemon =
    g_subprocess_launcher_spawn (launcher, &error, "gnome-keyring-daemon", "--foreground",
                                 "--unlock", "--components=secrets", NULL);
  g_assert_no_error (error);

  input = g_subprocess_get_stdin_pipe (service->daemon);
  g_output_stream_write_all (input, "keyring", 7, NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (input, NULL, &error);
  g_assert_no_error (error);

  service->watch = g_bus_watch_name (G_BUS_TYPE_SESSION, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                     appeared_cb, NULL, service, NULL);
  service->limit = g_timeout_add_seconds (LIMIT_S, too_late_cb, NULL);
  while (!service->is_there)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (service->limit);
}

static void
service_stop (Service *service)
{
  g_bus_unwatch_name (service->watch);
  g_subprocess_force_exit (service->daemon);
  g_subprocess_wait (service->daemon, NULL, NULL);
  g_clear_object (&service->daemon);
}

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static gboolean
check (GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  postern_keyring_check_async (NULL, ready_cb, &result);
  return postern_keyring_check_finish (wait_for (&result), error);
}

static void
store (PosternAccount *account, const char *kind, const char *server, const char *text)
{
  g_autoptr(PosternSecret) secret = postern_secret_new (text, -1);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  postern_keyring_store_async (account, kind, server, secret, NULL, ready_cb, &result);
  g_assert_true (postern_keyring_store_finish (wait_for (&result), &error));
  g_assert_no_error (error);
}

static void
assert_kept (PosternAccount *account, const char *kind, const char *server, const char *text)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(PosternSecret) secret = NULL;
  g_autoptr(GError) error = NULL;
  const char *bytes;
  gsize length;

  postern_keyring_lookup_async (account, kind, server, NULL, ready_cb, &result);
  secret = postern_keyring_lookup_finish (wait_for (&result), &error);
  g_assert_no_error (error);
  if (text == NULL)
    {
      g_assert_null (secret);
      return;
    }
  g_assert_nonnull (secret);
  bytes = postern_secret_peek (secret, &length);
  g_assert_cmpmem (bytes, length, text, strlen (text));
}

static PosternAccount *
make_account (const char *name, const char *user)
{
  PosternAccount *account = postern_account_new (NULL);

  g_object_set (account, "name", name, "user", user, NULL);
  return account;
}

static void
test_absent (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (check (&error));
  g_assert_nonnull (error);
}

static void
test_kept (void)
{
  g_autoptr(PosternAccount) account = make_account ("One", "me");
  g_autoptr(PosternAccount) other = make_account ("Two", "me");
  g_autoptr(GAsyncResult) result = NULL;
  Service service = { 0 };
  g_autoptr(GError) error = NULL;

  service_start (&service);
  g_assert_true (check (&error));
  g_assert_no_error (error);

  assert_kept (account, "password", "a.test:587", NULL);
  store (account, "password", "a.test:587", "pässwörd 1");
  store (account, "token", "a.test:587", "ya29.token");
  store (other, "password", "a.test:587", "of the other");
  assert_kept (account, "password", "a.test:587", "pässwörd 1");
  assert_kept (account, "token", "a.test:587", "ya29.token");
  store (account, "password", "a.test:587", "a newer one");
  assert_kept (account, "password", "a.test:587", "a newer one");

  /* It belongs to the server and the user, too. */
  assert_kept (account, "password", "b.test:587", NULL);
  assert_kept (account, "password", "a.test:465", NULL);
  g_object_set (account, "user", "you", NULL);
  assert_kept (account, "password", "a.test:587", NULL);
  g_object_set (account, "user", "me", NULL);

  postern_keyring_clear_async (account, NULL, ready_cb, &result);
  g_assert_true (postern_keyring_clear_finish (wait_for (&result), &error));
  g_assert_no_error (error);
  assert_kept (account, "password", "a.test:587", NULL);
  assert_kept (account, "token", "a.test:587", NULL);
  assert_kept (other, "password", "a.test:587", "of the other");

  service_stop (&service);
}

static PosternAccount *
save_account (PosternPractice *practice)
{
  g_autofree char *path = g_build_filename (home, "postern", "accounts.ini", NULL);
  g_autoptr(PosternAccountStore) accounts = postern_account_store_new (path);
  PosternAccount *account = make_account ("Practice", POSTERN_PRACTICE_USER);
  g_autoptr(GError) error = NULL;
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));
  g_autofree char *options = g_strconcat (
    "verify_server=yes,ca_certificate=", postern_practice_write_ca_file (practice, &error), NULL);

  g_assert_no_error (error);
  g_object_set (account, "connection", url, "tls-options", options, NULL);
  postern_account_store_add (accounts, account);
  postern_account_store_save (accounts, &error);
  g_assert_no_error (error);
  return account;
}

static CliResult *
probe (void)
{
  static const char *const args[] = {
    "probe", "--account", "Practice", "--password-from", "keyring", "--format", "json", NULL,
  };
  g_autofree char *bus =
    g_strconcat ("DBUS_SESSION_BUS_ADDRESS=", g_getenv ("DBUS_SESSION_BUS_ADDRESS"), NULL);
  const char *const environment[] = { bus, NULL };
  const CliSetup setup = { .environment = environment, .home = home };

  return cli_run (args, &setup);
}

static void
test_command_line (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice = postern_practice_new ("good", &error);
  g_autoptr(PosternAccount) account = NULL;
  g_autoptr(CliResult) without = NULL;
  g_autoptr(CliResult) missing = NULL;
  g_autoptr(CliResult) passed = NULL;
  g_autoptr(CliResult) refused = NULL;
  g_autofree char *server = NULL;
  g_autoptr(JsonNode) report = NULL;
  Service service = { 0 };

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  account = save_account (practice);
  server = g_strdup_printf ("127.0.0.1:%u", postern_practice_get_port (practice));

  without = probe ();
  cli_assert_status (without, 1);
  g_assert_nonnull (strstr (without->err, "The keyring cannot be read"));

  service_start (&service);
  missing = probe ();
  cli_assert_status (missing, 1);
  g_assert_nonnull (strstr (missing->err, "no secret for this account"));
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 0);

  store (account, "password", server, POSTERN_PRACTICE_PASSWORD);
  passed = probe ();
  cli_assert_status (passed, 0);
  g_assert_null (strstr (passed->out, POSTERN_PRACTICE_PASSWORD));

  store (account, "password", server, "another");
  refused = probe ();
  cli_assert_status (refused, 16);
  report = cli_report_parse (refused->out, refused);
  g_assert_cmpstr (cli_report_first_code (report), ==, "auth.credentials");

  service_stop (&service);
  postern_practice_stop (practice);
}

int
main (int argc, char *argv[])
{
  static GTestDBus *bus; /* to be rid of it would be to wait for all that libsecret keeps of it */
  int status;

  g_test_init (&argc, &argv, NULL);
  home = cli_make_folder ();
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);

  g_test_add_func ("/keyring/absent", test_absent);
  g_test_add_func ("/keyring/kept", test_kept);
  g_test_add_func ("/keyring/command-line", test_command_line);
  status = g_test_run ();

  g_test_dbus_stop (bus);
  return status;
}
