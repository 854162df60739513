/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"
#include "practice/postern-practice.h"
#include "runtime/postern-runtime.h"

/* What the command line does with what it is given: help, errors, files, signals, limits. */

#define N_RANDOM_RUNS 250
#define N_RANDOM_PLANS 4000
#define SLACK_US (3 * G_USEC_PER_SEC) /* for a slow machine */

static PosternPractice *
start_practice (const char *scenario)
{
  g_autoptr(GError) error = NULL;
  PosternPractice *practice = postern_practice_new (scenario, &error);

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  return practice;
}

static char *
make_tls_options (PosternPractice *practice)
{
  g_autoptr(GError) error = NULL;
  const char *ca_file = postern_practice_write_ca_file (practice, &error);

  g_assert_no_error (error);
  return g_strdup_printf ("verify_server=yes,ca_certificate=%s", ca_file);
}

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in: %s", part, text);
}

static void
assert_plain (const CliResult *result)
{
  g_assert_null (strchr (result->out, '\033'));
  g_assert_null (strchr (result->err, '\033'));
}

/* --- Help and usage --- */

static void
test_help (void)
{
  static const char *const helps[][4] = {
    { "--help" },           { "-h" },
    { "probe", "--help" },  { "asn", "--help" },
    { "export", "--help" }, { "practice", "--help" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (helps); i++)
    {
      g_autoptr(CliResult) result = cli_run (helps[i], NULL);

      cli_assert_status (result, 0);
      assert_contains (result->out, "postern-cli");
      g_assert_cmpstr (result->err, ==, "");
      assert_plain (result);
    }
}

static void
test_help_options (void)
{
  static const char *const args[] = { "probe", "--help", NULL };
  static const char *const options[] = {
    "--system",
    "--protocol",
    "--ehlo",
    "--ipv4",
    "--ipv6",
    "--timeout",
    "--connect-to",
    "--crl",
    "--step-timeout",
    "--user",
    "--connect-timeout",
    "--token-from",
    "--format",
    "--transcript",
    "--save-report",
    "--password-from",
    "--tls",
    "--mechanism",
    "--tls-options",
    "--asn",
    "--usys",
    "--driver",
    "--check-sender",
    "--parameters",
    "--account",
    "--check-usable",
    "--check-recipient",
  };
  g_autoptr(CliResult) result = cli_run (args, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    assert_contains (result->out, options[i]);
}

static void
test_version (void)
{
  static const char *const args[] = { "--version", NULL };
  g_autoptr(CliResult) result = cli_run (args, NULL);

  cli_assert_status (result, 0);
  assert_contains (result->out, PACKAGE_VERSION);
  g_assert_cmpstr (result->err, ==, "");
}

/* Exit status 1, nothing on standard output, one message that names the thing. */
static void
test_wrong_usage (void)
{
  static const struct
  {
    const char *args[8];
    const char *named;
  } wrong[] = {
    { { NULL }, "command" },
    { { "nonsense" }, "nonsense" },
    { { "--nonsense" }, "nonsense" },
    { { "probe" }, "CONNECTION" },
    { { "probe", "--nonsense", "localhost" }, "nonsense" },
    { { "probe", "--system", "cobol", "localhost" }, "cobol" },
    { { "probe", "--system", "", "localhost" }, "--system" },
    { { "probe", "--protocol", "gopher", "localhost" }, "gopher" },
    { { "probe", "--protocol", "smtp", "imap://localhost" }, "imap://" },
    { { "probe", "--protocol", "smtp", "pop3s://localhost:1" }, "--protocol smtp" },
    { { "probe", "--tls", "perhaps", "localhost" }, "perhaps" },
    { { "probe", "--tls", "default", "localhost" }, "default" },
    { { "probe", "--format", "xml", "localhost" }, "--format" },
    { { "probe", "localhost", "--format" }, "--format" },
    { { "probe", "localhost", "--user" }, "--user" },
    { { "probe", "--system", "uniface", "localhost", "--driver" }, "--driver" },
    { { "probe", "--system", "uniface", "localhost", "--parameters" }, "--parameters" },
    { { "probe", "--system", "uniface", "--parameters", "USER=me", "localhost" }, "--driver" },
    { { "probe", "localhost", "example.org" }, "example.org" },
    { { "probe", "localhost", "--timeout", "soon" }, "soon" },
    { { "probe", "localhost", "--timeout", "-1" }, "--timeout" },
    { { "probe", "localhost", "--timeout", "nan" }, "--timeout" },
    { { "probe", "localhost", "--timeout", "0" }, "--timeout" },
    { { "probe", "localhost", "--timeout=0.0" }, "--timeout" },
    { { "probe", "localhost", "--connect-timeout", "0" }, "--connect-timeout" },
    { { "probe", "localhost", "--step-timeout", "-0" }, "--step-timeout" },
    { { "scan", "localhost", "--timeout", "0" }, "--timeout" },
    { { "upopmail", "/dev/null", "--step-timeout", "0" }, "--step-timeout" },
    { { "probe", "localhost", "--timeout", "1e300" }, "--timeout" },
    { { "probe", "localhost", "--step-timeout", "inf" }, "--step-timeout" },
    { { "probe", "localhost", "--ipv4", "--ipv6" }, "--ipv" },
    { { "probe", "localhost", "--check-recipient", "a@b.example" }, "--check-sender" },
    { { "probe", "--account", "nobody" }, "nobody" },
    { { "probe", "--system", "uniface", "--tls", "implicit", "localhost" }, "--tls" },
    { { "probe", "--system", "uniface", "--mechanism", "PLAIN", "localhost" }, "--mechanism" },
    { { "probe", "--asn", "mail.asn", "localhost" }, "--asn" },
    { { "probe", "--driver", "SMTP=UAuthLoginSMTP", "localhost" }, "--driver" },
    { { "upopmail", "--password-from", "fd:0", "-" }, "standard input" },
    { { "practice", "--scenario", "nonsense" }, "nonsense" },
    { { "practice", "--port", "70000" }, "port" },
    { { "practice", "nonsense" }, "nonsense" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(CliResult) result = cli_run (wrong[i].args, NULL);

      cli_assert_status (result, 1);
      g_assert_cmpstr (result->out, ==, "");
      assert_contains (result->err, wrong[i].named);
    }
}

/* What is said counts for more than what a port is usual for. */
static void
test_protocol_before_port (void)
{
  static const struct
  {
    const char *args[3];
    const char *protocol;
    gint64 port;
  } rows[] = {
    { { "--protocol=smtp", "mail.test:143" }, "smtp", 143 },
    { { "--protocol=smtp", "mail.test:995" }, "smtp", 995 },
    { { "--protocol=imap", "mail.test:110" }, "imap", 110 },
    { { "--protocol=smtp", "submission://mail.test" }, "smtp", 587 },
    { { "mail.test:143" }, "imap", 143 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      /* An address that nothing is at: it is about the settings. */
      const char *const args[] = { "probe",         "--format=json", "--connect-to=127.0.0.1:1",
                                   rows[i].args[0], rows[i].args[1], NULL };
      g_autoptr(CliResult) result = cli_run (args, NULL);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
      JsonObject *object = json_node_get_object (report);

      g_assert_cmpstr (json_object_get_string_member (object, "protocol"), ==, rows[i].protocol);
      g_assert_cmpint (
        json_object_get_int_member (json_object_get_object_member (object, "settings"), "port"), ==,
        rows[i].port);
    }
}

/* --- Secrets that cannot be had --- */

static void
test_secret_sources (void)
{
  static const struct
  {
    const char *source;
    const char *named;
  } sources[] = {
    { "file:/nonexistent/password", "/nonexistent/password" },
    { "file:/", "/" },
    { "fd:77", "fd:77" },
    { "fd:-1", "fd:" },
    { "fd:", "fd:" },
    { "env:POSTERN_NOT_THERE", "POSTERN_NOT_THERE" },
    { "hunter2-hunter2", "prompt" },
    { "", "prompt" },
  };
  g_autoptr(PosternPractice) practice = start_practice ("good");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      const char *const args[] = {
        "probe",           "--user", "practice", "--tls-options", options, "--password-from",
        sources[i].source, url,      NULL,
      };
      g_autoptr(CliResult) result = cli_run (args, NULL);

      cli_assert_status (result, 1);
      g_assert_cmpstr (result->out, ==, "");
      assert_contains (result->err, sources[i].named);
      g_assert_null (strstr (result->err, "hunter2"));
    }
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 0);
}

/* --- Settings that cannot be used --- */

/* A report, exit status 1, the expected code, the file's name in it; nothing is sent. */
static void
check_settings_fault (const char *const *args, const char *code, const char *named)
{
  g_autoptr(CliResult) result = cli_run (args, NULL);
  g_autoptr(JsonNode) report = NULL;

  cli_assert_status (result, 1);
  report = cli_report_parse (result->out, result);
  g_assert_cmpstr (cli_report_get_string (report, NULL, "outcome"), ==, "failed");
  g_assert_cmpstr (cli_report_step_state (report, "settings"), ==, "failed");
  g_assert_cmpstr (cli_report_step_state (report, "resolve"), !=, "passed");
  g_assert_cmpstr (cli_report_first_code (report), ==, code);
  g_assert_cmpuint (json_array_get_length (cli_report_transcript (report)), ==, 0);
  if (named != NULL)
    assert_contains (result->out, named);
}

static void
test_unreadable_files (void)
{
  g_autoptr(PosternPractice) practice = start_practice ("good");
  g_autofree char *host = g_strdup_printf ("127.0.0.1+%u", postern_practice_get_port (practice));
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));
  g_autofree char *not_pem = cli_make_file ("This is no certificate.\n", -1);
  g_autofree char *empty = cli_make_file ("", 0);
  g_autofree char *folder = cli_make_folder ();
  const struct
  {
    const char *file;
    const char *code;
  } authorities[] = {
    { "/nonexistent/ca.pem", "settings.file-missing" },
    { folder, "settings.file-missing" },
    { not_pem, "settings.file-not-pem" },
    { empty, "settings.file-not-pem" },
  };
  const char *const asn[] = {
    "probe", "--format", "json", "--system", "uniface", "--asn", "/nonexistent/mail.asn",
    host,    NULL,
  };
  const char *const crl[] = {
    "probe", "--format", "json", "--user", "practice", "--crl", "/nonexistent/list.crl", url, NULL,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (authorities); i++)
    {
      g_autofree char *options =
        g_strdup_printf ("verify_server=yes,ca_certificate=%s", authorities[i].file);
      const char *const generic[] = {
        "probe", "--format", "json", "--tls-options", options, "--user", "practice", url, NULL,
      };
      const char *const uniface[] = {
        "probe",    "--format",           "json", "--system", "uniface", "--tls-options", options,
        "--driver", "SMTP=UStartTLSSMTP", host,   NULL,
      };

      check_settings_fault (generic, authorities[i].code, authorities[i].file);
      check_settings_fault (uniface, authorities[i].code, authorities[i].file);
    }
  check_settings_fault (asn, "settings.file-missing", "/nonexistent/mail.asn");
  check_settings_fault (crl, "settings.file-missing", "/nonexistent/list.crl");
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 0);
}

static void
test_bad_settings (void)
{
  static const struct
  {
    const char *args[8];
    const char *code;
  } bad[] = {
    { { "SSL:host" }, "settings.connection-string" },
    { { "host+" }, "settings.connection-string" },
    { { "host+0" }, "settings.connection-string" },
    { { "host+70000" }, "settings.connection-string" },
    { { "host+2x" }, "settings.connection-string" },
    { { "TLS:" }, "settings.connection-string" },
    { { "" }, "settings.connection-string" },
    { { "TLS:::1" }, "settings.connection-string" },
    { { "TLS:127.0.0.1+1:nosuch" }, "settings.profile-undefined" },
    { { "--tls-options", "verify_server=true", "TLS:127.0.0.1+1" }, "settings.option-illegal" },
    { { "--tls-options", "verify_server", "TLS:127.0.0.1+1" }, "settings.option-incomplete" },
    { { "--tls-options", "verify_server=yes,", "TLS:127.0.0.1+1" }, "settings.option-incomplete" },
    { { "--tls-options", "verify_server=yes, vfy_srv=no", "TLS:127.0.0.1+1" },
      "settings.option-duplicate" },
    { { "--tls-options", "verify_server=yes, verify_url_name=yes", "TLS:127.0.0.1+1" },
      "settings.option-unknown" },
    { { "--tls-options", "verify_server=no", "TLS:127.0.0.1+1" }, "settings.no-verification" },
    { { "--driver", "SMTP=NoSuchDriver", "127.0.0.1+1" }, "settings.driver-unknown" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GPtrArray) args = g_ptr_array_new ();

      g_ptr_array_add (args, (char *) "probe");
      g_ptr_array_add (args, (char *) "--format=json");
      g_ptr_array_add (args, (char *) "--system=uniface");
      for (gsize j = 0; bad[i].args[j] != NULL; j++)
        g_ptr_array_add (args, (char *) bad[i].args[j]);
      g_ptr_array_add (args, NULL);
      check_settings_fault ((const char *const *) args->pdata, bad[i].code, NULL);
    }
}

static void
test_bad_settings_generic (void)
{
  static const char *const connections[] = {
    "",      "smtp://", "smtp://host:0", "smtp://host:70000", "gopher://host",     "host:2x",
    "[::1",  "[::1]:x", "ho st",         "host\nQUIT",        "smtp://us er@host", "smtp://@",
    "host:", "://host",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (connections); i++)
    {
      const char *const args[] = { "probe", "--format=json", "--timeout=2", connections[i], NULL };

      check_settings_fault (args, "settings.connection-string", NULL);
    }
}

/* CR, LF and NUL in host, user, password or address are refused before any byte is sent. */
static void
test_line_ends_in_settings (void)
{
  g_autoptr(PosternPractice) practice = start_practice ("good");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));
  static const char *const extra[][2] = {
    { "--user", "me\r\nQUIT" },
    { "--user", "me\nQUIT" },
    { "--ehlo", "me\r\nQUIT" },
    { "--check-sender", "me@example.org>\r\nQUIT" },
    { "--connect-to", "127.0.0.1\r\nQUIT" },
    { "--mechanism", "PLAIN\r\nQUIT" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (extra); i++)
    {
      const char *const args[] = {
        "probe",           "--format=json", "--tls-options", options,     "--user", "practice",
        "--password-from", "env:SECRET",    extra[i][0],     extra[i][1], url,      NULL,
      };
      static const char *const environment[] = { "SECRET=open sesame", NULL };
      const CliSetup setup = { .environment = environment };
      g_autoptr(CliResult) result = cli_run (args, &setup);

      cli_assert_status (result, 1);
    }
  {
    const char *const args[] = {
      "probe",    "--format=json",   "--tls-options", options, "--user",
      "practice", "--password-from", "env:SECRET",    url,     NULL,
    };
    static const char *const environment[] = { "SECRET=open\r\nsesame", NULL };
    const CliSetup setup = { .environment = environment };
    g_autoptr(CliResult) result = cli_run (args, &setup);

    cli_assert_status (result, 1);
    g_assert_null (strstr (result->out, "sesame"));
  }
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 0);
}

/* --- Output --- */

/* Text: the ladder, the first cause, a remedy; the report: the same run as JSON. */
static void
test_text (void)
{
  g_autoptr(PosternPractice) practice = start_practice ("expired");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *folder = cli_make_folder ();
  g_autofree char *saved = g_build_filename (folder, "report.json", NULL);
  g_autofree char *content = NULL;
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));
  const char *const args[] = {
    "probe",           "--tls-options", options, "--save-report", saved, "--user", "practice",
    "--password-from", "fd:3",          url,     "--transcript",  NULL,
  };
  static const char *const colours[] = { "NO_COLOR=1", "TERM=xterm-256color", NULL };
  const CliSetup setup = { .input = POSTERN_PRACTICE_PASSWORD, .environment = colours };
  g_autoptr(CliResult) result = cli_run (args, &setup);
  g_autoptr(JsonNode) report = NULL;
  JsonArray *steps;
  g_auto (GStrv) lines = NULL;

  cli_assert_status (result, 14);
  assert_plain (result);
  g_assert_cmpstr (result->err, ==, "");
  assert_contains (result->out, "cert.expired");
  assert_contains (result->out, "STARTTLS");

  g_assert_true (g_file_get_contents (saved, &content, NULL, NULL));
  report = cli_report_parse (content, result);
  g_assert_cmpstr (cli_report_first_code (report), ==, "cert.expired");

  /* A line for each step. */
  steps = json_object_get_array_member (json_node_get_object (report), "steps");
  lines = g_strsplit (result->out, "\n", -1);
  for (guint i = 0, from = 0; i < json_array_get_length (steps); i++)
    {
      const char *summary =
        json_object_get_string_member (json_array_get_object_element (steps, i), "summary");
      const char *state =
        json_object_get_string_member (json_array_get_object_element (steps, i), "state");
      guint j = from;

      if (g_str_equal (state, "not-reached") || g_str_equal (state, "skipped"))
        summary = g_str_equal (state, "skipped") ? "skipped" : "not reached";
      while (lines[j] != NULL && strstr (lines[j], summary) == NULL)
        j++;
      if (lines[j] == NULL)
        g_error ("Step %u (“%s”) is not in the ladder: %s", i, summary, result->out);
      from = j + 1;
    }
}

/* Neither a pipe nor a terminal without colours gets any; and messages are no results. */
static void
test_streams (void)
{
  g_autoptr(PosternPractice) practice = start_practice ("good");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *host = g_strdup_printf ("127.0.0.1+%u", postern_practice_get_port (practice));
  const char *const args[] = {
    "probe",
    "--format=json",
    "--system=uniface",
    "--tls-options",
    options,
    "--driver",
    "SMTP=UStartTLSSMTP",
    "--driver",
    "SMTP=UAuthLoginSMTP",
    "--parameters",
    "USER=practice;PASSWORD=" POSTERN_PRACTICE_PASSWORD,
    host,
    NULL,
  };
  g_autoptr(CliResult) result = cli_run (args, NULL);
  g_autoptr(JsonNode) report = NULL;

  cli_assert_status (result, 0);
  assert_plain (result);
  report = cli_report_parse (result->out, result); /* so nothing else is on standard output */
  assert_contains (result->err, "--parameters");   /* the warning */
  g_assert_null (strstr (result->err, POSTERN_PRACTICE_PASSWORD));
}

/* Status 1 says that nothing was sent. */
static void
test_report_cannot_be_saved (void)
{
  g_autoptr(PosternPractice) practice = start_practice ("good");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));
  const char *const args[] = {
    "probe",  "--tls-options", options,           "--save-report", "/nonexistent/report.json",
    "--user", "practice",      "--password-from", "fd:3",          url,
    NULL,
  };
  const CliSetup setup = { .input = POSTERN_PRACTICE_PASSWORD };
  g_autoptr(CliResult) result = cli_run (args, &setup);

  cli_assert_status (result, 1);
  assert_contains (result->err, "/nonexistent/report.json");
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 0);
}

/* A pipe that nobody reads would be waited for; a device is no such thing. */
static void
test_report_into_pipe (void)
{
  g_autoptr(PosternPractice) practice = start_practice ("good");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *folder = cli_make_folder ();
  g_autofree char *pipe = g_build_filename (folder, "report.json", NULL);
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));
  const char *paths[] = { pipe, "/dev/null" };

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      const char *const args[] = {
        "probe",  "--tls-options", options,           "--save-report", paths[i],
        "--user", "practice",      "--password-from", "fd:3",          url,
        NULL,
      };
      const CliSetup setup = { .input = POSTERN_PRACTICE_PASSWORD };
      g_autoptr(CliResult) result = cli_run (args, &setup);

      cli_assert_status (result, i == 0 ? 1 : 0);
      if (i == 0)
        {
          assert_contains (result->err, pipe);
          g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 0);
        }
    }
  cli_remove_folder (folder);
}

static void
test_full_disk (void)
{
  g_autoptr(PosternPractice) practice = start_practice ("good");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *url =
    g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (practice));
  const char *const args[] = {
    "probe", "--tls-options", options, "--user", "practice", "--password-from", "fd:3", url, NULL,
  };
  static const char *const list[] = { "practice", "--scenario", "list", NULL };
  static const char *const targets[] = { "export", "--to", "list", NULL };
  const char *const *runs[] = { args, list, targets };
  const CliSetup setup = { .input = POSTERN_PRACTICE_PASSWORD, .output = "/dev/full" };

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("There is no /dev/full");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autoptr(CliResult) result = cli_run (runs[i], &setup);

      g_assert_cmpint (result->signal, ==, 0);
      g_assert_cmpint (result->status, !=, 0);
      g_assert_cmpstr (result->err, !=, "");
    }
}

/* --- Time --- */

static void
be_silent (CliTalk *talk, gpointer user_data)
{
  cli_talk_wait_for_end (talk);
}

static void
be_silent_after_starttls (CliTalk *talk, gpointer user_data)
{
  g_autofree char *ehlo = NULL;
  g_autofree char *starttls = NULL;

  cli_talk_send (talk, "220 mx.example ESMTP\r\n");
  ehlo = cli_talk_read_line (talk);
  cli_talk_send (talk, "250-mx.example\r\n250 STARTTLS\r\n");
  starttls = cli_talk_read_line (talk);
  cli_talk_send (talk, "220 go ahead\r\n");
  cli_talk_wait_for_end (talk);
}

static void
be_silent_under_tls (CliTalk *talk, gpointer user_data)
{
  if (cli_talk_start_tls (talk))
    cli_talk_wait_for_end (talk);
}

typedef struct
{
  const char *path;
  CliPeerFunc func;
  gboolean implicit;
  gboolean json;
  int signal;
} Interruption;

static const Interruption interruptions[] = {
  { "/usage/interrupt/greeting", be_silent, FALSE, TRUE, SIGINT },
  { "/usage/interrupt/handshake", be_silent, TRUE, TRUE, SIGINT },
  { "/usage/interrupt/starttls-handshake", be_silent_after_starttls, FALSE, TRUE, SIGINT },
  { "/usage/interrupt/greeting-tls", be_silent_under_tls, TRUE, TRUE, SIGINT },
  { "/usage/interrupt/text", be_silent, FALSE, FALSE, SIGINT },
  { "/usage/interrupt/terminate", be_silent, FALSE, TRUE, SIGTERM },
};

static void
test_interrupt (gconstpointer data)
{
  const Interruption *test = data;
  g_autoptr(CliPeer) peer = cli_peer_new (test->func, NULL);
  g_autofree char *options =
    g_strdup_printf ("verify_server=yes,ca_certificate=%s", cli_peer_get_ca_file ());
  g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", cli_peer_get_port (peer));
  const char *const args[] = {
    "probe",
    test->json ? "--format=json" : "--format=text",
    "--tls",
    test->implicit ? "implicit" : "starttls",
    "--tls-options",
    options,
    host,
    NULL,
  };
  CliRun *run = cli_run_start (args, NULL);
  g_autoptr(CliResult) result = NULL;
  gint64 interrupted;

  g_assert_true (cli_peer_wait_for_clients (peer, 1));
  interrupted = g_get_monotonic_time ();
  kill (cli_run_get_pid (run), test->signal);
  result = cli_run_wait (run);

  cli_assert_status (result, 130);
  g_test_message ("ended %.1f ms after the signal", (double) (result->ended - interrupted) / 1000);
  g_assert_cmpint (result->ended - interrupted, <, G_USEC_PER_SEC);
  if (test->json)
    {
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

      g_assert_cmpstr (cli_report_get_string (report, NULL, "outcome"), ==, "cancelled");
    }
  else
    assert_contains (result->out, "Cancelled");
}

static void
test_time_limits (void)
{
  g_autoptr(CliPeer) silent = cli_peer_new (be_silent, NULL);
  g_autoptr(CliPeer) mute = cli_peer_new (be_silent_after_starttls, NULL);
  g_autofree char *options =
    g_strdup_printf ("verify_server=yes,ca_certificate=%s", cli_peer_get_ca_file ());
  const struct
  {
    CliPeer *peer;
    const char *tls;
    const char *code; /* its beginning */
  } cases[] = {
    { silent, "starttls", "greeting.silent" },
    { silent, "implicit", "timeout." },
    { mute, "starttls", "timeout." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", cli_peer_get_port (cases[i].peer));
      const char *const args[] = {
        "probe",      "--format=json", "--timeout", "2",  "--tls",
        cases[i].tls, "--tls-options", options,     host, NULL,
      };
      g_autoptr(CliResult) result = cli_run (args, NULL);
      g_autoptr(JsonNode) report = NULL;

      cli_assert_status (result, 19);
      g_assert_cmpint (result->duration, <, 3 * G_USEC_PER_SEC + SLACK_US);
      g_assert_cmpint (result->duration, >, G_USEC_PER_SEC);
      report = cli_report_parse (result->out, result);
      if (!g_str_has_prefix (cli_report_first_code (report), cases[i].code))
        g_error ("Wanted %s, got %s", cases[i].code, cli_report_first_code (report));
      /* The time that the report gives is that of the contract, without a slow machine's start. */
      g_assert_cmpint (json_object_get_int_member (json_node_get_object (report), "duration_ms"), <,
                       3000);
    }
}

/* --- Anything at all as input --- */

static const char *const fragments[] = {
  "TLS:",
  "tcp:",
  "smtp://",
  "smtps://",
  "host",
  "127.0.0.1",
  "::1",
  "[::1]",
  "+",
  ":",
  "+465",
  ":profile",
  "@",
  "%00",
  "%41",
  "/",
  "=",
  ",",
  ";",
  "\x1b",
  "\xc2\xb7;",
  "!",
  "%",
  "\\",
  "yes",
  "no",
  "ignore",
  "1.3",
  "verify_server",
  "vfy_srv",
  " ",
  "\t",
  "SMTP=",
  "USE=",
  "MAND",
  "OPT",
  "UStartTLSSMTP",
  "USER=",
  "PASSWORD=",
  "TOKEN=",
  "user",
  "DNS:",
  "ip:",
  "*.",
  "usys:",
  "\xc3\xa9",
  "\xf0\x9f\x90\x8c",
  "\r\n",
  "\n",
  "[NET_SETTINGS]",
  "[DRIVER_SETTINGS]",
  "USYS$TLS_PARAMS",
  "%\\\n",
  "#FILE ",
  "%%(",
  "$ENV",
  ")",
  "[?x]",
  "(!",
  "!)",
  "((",
  "))",
  "99999999999999999999",
  "-1",
  "0",
  "ca_certificate",
  "/dev/null",
  "../",
  "^",
  "\"",
  "'",
  "UAuthLoginSMTP",
  "UAuthXOAUTH2SMTP",
  "min_tls_version",
  "cipher_list",
  "HIGH:!aNULL",
  "shared_key",
  "client_key",
  "client_certificate",
  "verify_server_name",
  "\xe2\x80\xae",
  "\xef\xbb\xbf",
  "{",
  "}",
  "<",
  ">",
  "|",
  "é",
  "xn--",
  ".",
  "..",
  "%s%n",
  "localhost",
};

static char *
make_random (GRand *random, gboolean bytes, gsize *length)
{
  GString *text = g_string_new (NULL);
  int n = g_rand_int_range (random, 0, g_rand_int_range (random, 1, 24));

  for (int i = 0; i < n; i++)
    switch (g_rand_int_range (random, 0, bytes ? 8 : 6))
      {
      case 0:
        g_string_append_c (text, (char) g_rand_int_range (random, 1, 128));
        break;
      case 1:
        g_string_append_unichar (text, (gunichar) g_rand_int_range (random, 0xa0, 0xd7ff));
        break;
      case 6:
        g_string_append_c (text, (char) g_rand_int_range (random, length != NULL ? 0 : 1, 256));
        break;
      default:
        g_string_append (text, fragments[g_rand_int_range (random, 0, G_N_ELEMENTS (fragments))]);
      }
  if (g_rand_int_range (random, 0, 40) == 0)
    for (int i = 0; i < 20000; i++)
      g_string_append (text, "xy=");
  if (length != NULL)
    *length = text->len;
  return g_string_free (text, FALSE);
}

/* One more argument, at random: an option of the set with a random value. */
static void
add_random (GPtrArray *args, GRand *random, gboolean uniface)
{
  static const char *const generic[] = {
    "--tls-options", "--user", "--mechanism", "--ehlo", "--connect-to", "--tls", "--crl",
  };
  static const char *const others[] = {
    "--tls-options", "--driver", "--parameters", "--usys", "--user", "--connect-to", "--ehlo",
  };
  const char *option = uniface ? others[g_rand_int_range (random, 0, G_N_ELEMENTS (others))]
                               : generic[g_rand_int_range (random, 0, G_N_ELEMENTS (generic))];

  if (g_str_equal (option, "--parameters"))
    {
      g_ptr_array_add (args, g_strdup ("--driver"));
      g_ptr_array_add (args, g_strdup ("SMTP=UAuthLoginSMTP"));
    }
  g_ptr_array_add (args, g_strdup (option));
  g_ptr_array_add (args, make_random (random, TRUE, NULL));
}

/* The whole program, whatever it is told: some exit status, and no signal. Where it comes to
 * connecting, it does so to a port of ours, or not at all. */
static void
test_random_runs (void)
{
  static const int statuses[] = { 0, 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 };
  g_autoptr(GRand) random = g_rand_new_with_seed (20251);
  g_autoptr(PosternPractice) practice = start_practice ("closes-early");
  g_autofree char *here = g_strdup_printf ("127.0.0.1:%u", postern_practice_get_port (practice));

  for (int i = 0; i < N_RANDOM_RUNS; i++)
    {
      g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
      g_autoptr(CliResult) result = NULL;
      gboolean uniface = g_rand_boolean (random);
      gsize length;
      gsize known = 0;

      g_ptr_array_add (args, g_strdup ("probe"));
      g_ptr_array_add (args, g_strdup ("--format=json"));
      g_ptr_array_add (args, g_strdup ("--timeout=1"));
      g_ptr_array_add (args, g_strdup ("--connect-to"));
      g_ptr_array_add (args, g_strdup (here));
      g_ptr_array_add (args, g_strdup (uniface ? "--system=uniface" : "--system=generic"));
      for (int j = g_rand_int_range (random, 0, 3); j > 0; j--)
        add_random (args, random, uniface);
      if (uniface && g_rand_boolean (random))
        {
          g_autofree char *content = make_random (random, TRUE, &length);

          g_ptr_array_add (args, g_strdup ("--asn"));
          g_ptr_array_add (args, cli_make_file (content, (gssize) length));
        }
      g_ptr_array_add (args, g_strdup ("--"));
      g_ptr_array_add (args, g_rand_boolean (random) ? make_random (random, TRUE, NULL)
                                                     : g_strdup ("localhost"));
      g_ptr_array_add (args, NULL);
      result = cli_run ((const char *const *) args->pdata, NULL);

      while (known < G_N_ELEMENTS (statuses) && statuses[known] != result->status)
        known++;
      if (result->signal != 0 || result->killed || known == G_N_ELEMENTS (statuses))
        {
          g_autofree char *line = g_strjoinv ("» «", (GStrv) args->pdata);
          g_autofree char *shown = g_strescape (line, NULL);

          g_test_message ("run %d: «%s»", i, shown);
          cli_assert_status (result, 1);
        }
      if (result->n_out > 0)
        json_node_unref (cli_report_parse (result->out, result));
      else
        g_assert_cmpint (result->status, ==, 1);
    }
}

static void
plan_random (GRand *random, const PosternCredentials *credentials)
{
  g_autoptr(PosternAccount) account = postern_account_new (NULL);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  PosternSystem system = g_rand_boolean (random) ? POSTERN_SYSTEM_UNIFACE : POSTERN_SYSTEM_GENERIC;
  g_autofree char *connection = make_random (random, FALSE, NULL);
  g_autofree char *options = make_random (random, FALSE, NULL);
  g_autofree char *user = make_random (random, FALSE, NULL);
  g_autofree char *connect_to = g_rand_boolean (random) ? make_random (random, FALSE, NULL) : NULL;
  g_autofree char *asn = NULL;
  g_autoptr(PosternPlan) plan = NULL;

  if (system == POSTERN_SYSTEM_UNIFACE && g_rand_int_range (random, 0, 4) == 0)
    {
      gsize length;
      g_autofree char *content = make_random (random, TRUE, &length);

      asn = cli_make_file (content, (gssize) length);
    }
  for (int i = g_rand_int_range (random, 0, 4); i > 0; i--)
    {
      g_autofree char *properties = g_rand_boolean (random) ? make_random (random, FALSE, NULL)
                                                            : g_strdup ("SMTP=UAuthLoginSMTP");
      g_autofree char *parameters = make_random (random, FALSE, NULL);

      g_ptr_array_add (drivers, postern_driver_new (properties, parameters));
    }
  g_object_set (account, "system", system, "connection",
                g_rand_boolean (random) ? connection : "localhost", "tls-options",
                g_rand_boolean (random) ? options : "verify_server=yes", "user", user, "connect-to",
                connect_to, "asn-file", asn, "drivers", drivers, NULL);

  plan = postern_runtime_plan (postern_runtime_get (system), account, credentials, findings);
  if (plan == NULL)
    {
      gboolean error = FALSE;

      for (guint i = 0; i < findings->len; i++)
        error |= postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_ERROR;
      g_assert_true (error);
    }
  else
    {
      g_assert_cmpint ((int) plan->tls, !=, POSTERN_TLS_START_DEFAULT);
      g_assert_cmpuint (plan->port, !=, 0);
      g_assert_null (strpbrk (plan->host, "\r\n"));
    }
  if (asn != NULL)
    g_remove (asn);
}

static void
test_random_plans (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (417);
  g_autoptr(PosternSecret) secret = postern_secret_new ("open sesame", -1);
  const PosternCredentials credentials = { secret, secret };

  for (int i = 0; i < N_RANDOM_PLANS; i++)
    plan_random (random, i % 2 == 0 ? &credentials : NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/usage/help", test_help);
  g_test_add_func ("/usage/help-options", test_help_options);
  g_test_add_func ("/usage/version", test_version);
  g_test_add_func ("/usage/wrong", test_wrong_usage);
  g_test_add_func ("/usage/protocol-before-port", test_protocol_before_port);
  g_test_add_func ("/usage/secret-sources", test_secret_sources);
  g_test_add_func ("/usage/unreadable-files", test_unreadable_files);
  g_test_add_func ("/usage/bad-settings", test_bad_settings);
  g_test_add_func ("/usage/bad-settings-generic", test_bad_settings_generic);
  g_test_add_func ("/usage/line-ends-in-settings", test_line_ends_in_settings);
  g_test_add_func ("/usage/text", test_text);
  g_test_add_func ("/usage/streams", test_streams);
  g_test_add_func ("/usage/report-cannot-be-saved", test_report_cannot_be_saved);
  g_test_add_func ("/usage/report-into-pipe", test_report_into_pipe);
  g_test_add_func ("/usage/full-disk", test_full_disk);
  for (gsize i = 0; i < G_N_ELEMENTS (interruptions); i++)
    g_test_add_data_func (interruptions[i].path, &interruptions[i], test_interrupt);
  g_test_add_func ("/usage/time-limits", test_time_limits);
  g_test_add_func ("/usage/random-plans", test_random_plans);
  g_test_add_func ("/usage/random-runs", test_random_runs);

  return g_test_run ();
}
