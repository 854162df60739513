/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-report.h"
#include "cli-run.h"
#include "practice/postern-practice.h"
#include "store/postern-account-store.h"

#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The command "scan" against the server to practise on: each protocol, both ways to start TLS; an
 * account held against it; what is shown meanwhile; and interrupted. */

static const char *const protocols[] = { "smtp", "pop3", "imap" };

/* Whether this list of a version has anything in it; @at: 0 is TLS 1.3. */
static gboolean
has_items (JsonNode *report, guint at, const char *list)
{
  JsonArray *versions = json_object_get_array_member (json_node_get_object (report), "versions");
  JsonObject *version = json_array_get_object_element (versions, at);

  g_assert_true (json_object_get_boolean_member (version, "spoken"));
  return json_array_get_length (json_object_get_array_member (version, list)) > 0;
}

static void
test_protocol (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  gboolean starttls = n % 2 == 1;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice =
               postern_practice_new_for ((PosternProtocol) (n / 2), "good", &error);
  g_autofree char *place = NULL;
  g_autofree char *protocol = g_strdup_printf ("--protocol=%s", protocols[n / 2]);
  const char *args[] = { "scan", "--format=json", protocol, NULL, NULL, NULL };
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonParser) parser = json_parser_new ();
  JsonNode *report;

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  place = g_strdup_printf ("127.0.0.1:%u", starttls ? postern_practice_get_port (practice)
                                                    : postern_practice_get_tls_port (practice));
  args[3] = place;
  args[4] = starttls ? "--starttls" : NULL;

  result = cli_run (args, NULL);
  cli_assert_status (result, 0);
  json_parser_load_from_data (parser, result->out, -1, &error);
  g_assert_no_error (error);
  report = json_parser_get_root (parser);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (has_items (report, i, "suites"));
      g_assert_true (has_items (report, i, "groups"));
      g_assert_true (has_items (report, i, "signatures"));
    }
  postern_practice_stop (practice);
}

static void
test_wrong_start (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice = postern_practice_new ("good", &error);
  g_autofree char *place = NULL;
  const char *args[] = { "scan", NULL, NULL };
  g_autoptr(CliResult) result = NULL;
  g_autoptr(CliResult) other = NULL;

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  place = g_strdup_printf ("127.0.0.1:%u", postern_practice_get_port (practice));
  args[1] = place;
  result = cli_run (args, NULL);
  cli_assert_status (result, 13);
  g_assert_nonnull (strstr (result->out, "--starttls asks for it"));

  /* A greeting of another protocol. */
  other =
    cli_run ((const char *const[]){ "scan", "--starttls", "--protocol=imap", place, NULL }, NULL);
  cli_assert_status (other, 13);
  g_assert_nonnull (strstr (other->out, "leave --starttls out"));
  postern_practice_stop (practice);
}

#define PIN "--pin=cert:" SIXTEEN SIXTEEN SIXTEEN SIXTEEN "@2026-01-01"
#define SIXTEEN "0123456789abcdef"

static void
test_usage (void)
{
  static const char *const wrong[][5] = {
    { "scan" },
    { "scan", "a", "b" },
    { "scan", "smtp://a" },
    { "scan", "me@a" },
    { "scan", "a:0" },
    { "scan", "a", "--protocol=ftp" },
    { "scan", "a", "--format=xml" },
    { "scan", "a", "--parallel=33" },
    { "scan", "a", "--timeout=-1" },
    { "scan", "a", "--step-timeout=nan" },
    { "scan", "--account=Nobody" },
    { "scan", "a", "--asn=none.asn" },
    { "scan", "a", "--tls-options=nonsense=1" },
    { "scan", "a", "--tls-options=ca_certificate=/nonexistent.pem" },
    { "scan", "a", "--tls-options=cipher_list=NONSENSE" },
    { "scan", "a", "--connect-to=127.0.0.1" },
    { "scan", "a", PIN },
    { "scan", "a", "--ipv4", "--ipv6" },
    { "scan", "--starttls", "--tls-options=verify_server=yes", "smtps://a" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(CliResult) result = cli_run (wrong[i], NULL);

      cli_assert_status (result, 1);
      g_assert_cmpstr (result->out, ==, "");
      g_assert_cmpstr (result->err, !=, "");
    }
}

/* --- An account --- */

typedef struct
{
  const char *name;
  const char *options; /* "@": the file of the authority */
  int status;
  const char *option; /* that fails; NULL: none */
  const char *code;
} Account;

static const Account accounts[] = {
  { "good", "--tls-options=verify_server=yes,ca_certificate=@", 0, NULL, NULL },
  { "authority", "--tls-options=verify_server=yes", 14, "verify_server", "cert.untrusted-root" },
  { "ignored", "--tls-options=verify_server=ignore", 0, NULL, NULL },
  { "cipher", "--tls-options=verify_server=yes,ca_certificate=@,cipher_list=AES128-SHA", 0, NULL,
    NULL },
};

static CliResult *
scan_account (const char *options, const char *ca_file, const char *format, guint16 port)
{
  g_autoptr(GString) expanded = g_string_new (options);
  g_autofree char *place = g_strdup_printf ("localhost:%u", port);

  g_string_replace (expanded, "@", ca_file, 0);
  return cli_run ((const char *const[]){ "scan", "--ipv4", expanded->str, format, place, NULL },
                  NULL);
}

static void
test_account (gconstpointer data)
{
  const Account *account = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice = postern_practice_new ("good", &error);
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonNode) report = NULL;
  JsonArray *settings;
  gboolean found = account->option == NULL;

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  result = scan_account (account->options, postern_practice_write_ca_file (practice, &error),
                         "--format=json", postern_practice_get_tls_port (practice));
  cli_assert_status (result, account->status);
  report = json_from_string (result->out, &error);
  g_assert_no_error (error);
  settings = json_object_get_array_member (json_node_get_object (report), "settings");
  for (guint i = 0; i < json_array_get_length (settings); i++)
    {
      JsonObject *setting = json_array_get_object_element (settings, i);

      if (g_str_equal (json_object_get_string_member (setting, "verdict"), "fails"))
        {
          g_assert_cmpstr (json_object_get_string_member (setting, "option"), ==, account->option);
          g_assert_cmpstr (json_object_get_string_member (setting, "code"), ==, account->code);
          found = TRUE;
        }
    }
  g_assert_true (found);
  postern_practice_stop (practice);
}

/* A saved account says where to look, and how TLS starts there. */
static void
test_saved (void)
{
  static const char *const args[] = { "scan", "--account=Saved", "--format=json", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice =
               postern_practice_new_for (POSTERN_PROTOCOL_IMAP, "good", &error);
  g_autofree char *home = cli_make_folder ();
  g_autofree char *path = g_build_filename (home, "postern", "accounts.ini", NULL);
  g_autoptr(PosternAccountStore) store = postern_account_store_new (path);
  g_autoptr(PosternAccount) account = postern_account_new ("Saved");
  const CliSetup setup = { .home = home };
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonNode) report = NULL;
  g_autofree char *url = NULL;
  g_autofree char *options = NULL;
  JsonObject *object;

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  url = g_strdup_printf ("imap://me@127.0.0.1:%u", postern_practice_get_port (practice));
  options = g_strconcat ("verify_server=yes,verify_server_name=dns:localhost,ca_certificate=",
                         postern_practice_write_ca_file (practice, &error), NULL);
  g_object_set (account, "connection", url, "tls-options", options, NULL);
  postern_account_store_add (store, account);
  postern_account_store_save (store, &error);
  g_assert_no_error (error);

  result = cli_run (args, &setup);
  cli_assert_status (result, 0);
  report = json_from_string (result->out, &error);
  g_assert_no_error (error);
  object = json_node_get_object (report);
  g_assert_cmpstr (json_object_get_string_member (object, "protocol"), ==, "imap");
  g_assert_true (json_object_get_boolean_member (object, "starttls"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "settings")), >=,
                    3);
  cli_remove_folder (home);
  postern_practice_stop (practice);
}

/* The keys that are always there, with or without a server. */
static void
test_keys (void)
{
  static const char *const keys[] = {
    "schema",
    "postern",
    "exit_status",
    "host",
    "port",
    "protocol",
    "starttls",
    "duration_ms",
    "error",
    "findings",
    "settings",
    "address",
    "connections",
    "limited",
    "timed_out",
    "cancelled",
    "versions",
    "chains",
    "server_name_matters",
    "client_certificate_asked",
    "client_certificate_required",
    "troubles",
  };
  static const char *const args[] = { "scan", "--format=json", "127.0.0.1:1", NULL };
  g_autoptr(CliResult) result = cli_run (args, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) report = json_from_string (result->out, &error);

  g_assert_no_error (error);
  cli_assert_status (result, 11);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_true (json_object_has_member (json_node_get_object (report), keys[i]));
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (report), "schema"), ==,
                   "postern-scan/1");
  g_assert_true (g_str_has_prefix (
    json_object_get_string_member (json_node_get_object (report), "error"), "Port 1: "));
}

/* --- What is shown meanwhile --- */

static void
test_progress (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice = postern_practice_new ("good", &error);
  g_autoptr(CliResult) silent = NULL;
  g_autoptr(CliResult) asked = NULL;
  g_autoptr(GString) seen = g_string_new (NULL);
  g_autofree char *place = NULL;
  char buffer[4096];
  gssize got;
  int terminal;
  pid_t program;

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  place = g_strdup_printf ("127.0.0.1:%u", postern_practice_get_tls_port (practice));

  silent = cli_run ((const char *const[]){ "scan", place, NULL }, NULL);
  cli_assert_status (silent, 0);
  g_assert_cmpstr (silent->err, ==, "");
  g_assert_nonnull (strstr (silent->out, "TLS 1.3"));
  asked =
    cli_run ((const char *const[]){ "scan", "--progress", "--format=json", place, NULL }, NULL);
  cli_assert_status (asked, 0);
  g_assert_nonnull (strstr (asked->err, "Connections: "));
  g_assert_null (strchr (asked->err, '\r'));

  program = forkpty (&terminal, NULL, NULL, NULL);
  g_assert_cmpint (program, >=, 0);
  if (program == 0)
    {
      execl (g_getenv ("POSTERN_CLI"), "postern-cli", "scan", place, NULL);
      _exit (127);
    }
  while ((got = read (terminal, buffer, sizeof buffer)) > 0)
    g_string_append_len (seen, buffer, got);
  waitpid (program, NULL, 0);
  close (terminal);
  g_assert_nonnull (strstr (seen->str, "\rConnections: "));
  g_assert_nonnull (strstr (seen->str, "\r\033[K127.0.0.1 at "));
  postern_practice_stop (practice);
}

/* --- Interrupted --- */

/* It listens and says nothing; the program is interrupted once it has connected. */
static void
test_interrupt (gconstpointer data)
{
  int number = GPOINTER_TO_INT (data);
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  g_autoptr(GSocketConnection) first = NULL;
  g_autoptr(GSocketConnection) second = NULL;
  g_autoptr(GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, &error);
  g_autofree char *place = g_strdup_printf ("127.0.0.1:%u", port);
  const char *const args[] = { "scan", "--format=json", place, NULL };
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonNode) report = NULL;
  CliRun *run;

  g_assert_no_error (error);
  run = cli_run_start (args, NULL);
  first = g_socket_listener_accept (listener, NULL, NULL, &error);
  g_assert_no_error (error);
  second = g_socket_listener_accept (listener, NULL, NULL, &error);
  g_assert_no_error (error);
  kill (cli_run_get_pid (run), number);
  result = cli_run_wait (run);
  cli_assert_status (result, 130);
  g_assert_cmpint (result->duration, <, 4 * G_USEC_PER_SEC);
  report = json_from_string (result->out, &error);
  g_assert_no_error (error);
  g_assert_true (json_object_get_boolean_member (json_node_get_object (report), "cancelled"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/scan/usage", test_usage);
  g_test_add_func ("/cli/scan/wrong-start", test_wrong_start);
  g_test_add_func ("/cli/scan/keys", test_keys);
  g_test_add_func ("/cli/scan/saved", test_saved);
  g_test_add_func ("/cli/scan/progress", test_progress);
  g_test_add_data_func ("/cli/scan/interrupt", GINT_TO_POINTER (SIGINT), test_interrupt);
  g_test_add_data_func ("/cli/scan/terminate", GINT_TO_POINTER (SIGTERM), test_interrupt);
  for (gsize i = 0; i < G_N_ELEMENTS (accounts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/scan/account/%s", accounts[i].name);

      g_test_add_data_func (path, &accounts[i], test_account);
    }
  for (guint i = 0; i < 2 * G_N_ELEMENTS (protocols); i++)
    {
      g_autofree char *path =
        g_strdup_printf ("/cli/scan/%s/%s", protocols[i / 2], i % 2 == 1 ? "starttls" : "implicit");

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_protocol);
    }
  return g_test_run ();
}
