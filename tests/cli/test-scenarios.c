/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-report.h"
#include "cli-run.h"
#include "practice/postern-practice.h"

/* A run of every scenario of the practice server, as another program would make it. */

typedef enum
{
  SYSTEM_GENERIC,
  SYSTEM_UNIFACE,
} System;

typedef struct
{
  const PosternPracticeScenario *scenario;
  PosternProtocol protocol;
  System system;
  gboolean implicit;
} Case;

/* spec/findings.md; 0 ends a list. A security driver that wanted STARTTLS makes it 15. */
static const struct
{
  const char *code;
  int generic[3];
  int uniface[3];
} exit_statuses[] = {
  { "cert.expired", { 14 }, { 14 } },         { "cert.name-mismatch", { 14 }, { 14 } },
  { "cert.untrusted-root", { 14 }, { 14 } },  { "cert.revoked", { 14 }, { 14 } },
  { "starttls.not-offered", { 13 }, { 15 } }, { "starttls.refused", { 13 }, { 15 } },
  { "starttls.injected", { 13 }, { 13 } },    { "tls.implicit-expected", { 13 }, { 13 } },
  { "tls.plain-first", { 13 }, { 13 } },      { "auth.credentials", { 16 }, { 16 } },
  { "auth.method-disabled", { 16 }, { 16 } }, { "auth.app-password", { 16 }, { 16 } },
  { "auth.token-refused", { 16 }, { 16 } },   { "greeting.silent", { 12, 19 }, { 12, 19 } },
  { "greeting.closed", { 12 }, { 12 } },      { "auth.mailbox-in-use", { 17 }, { 17 } },
  { "starttls.preauth", { 13 }, { 13 } },     { "auth.needs-tls", { 15 }, { 15 } },
  { "usable.mailbox", { 18 }, { 18 } },
};

/* LogonSMTP, spec/uniface.md sections 4.1 and 6.1. */
static const struct
{
  const char *code;
  int starttls;
  int implicit;
} natives[] = {
  { "cert.expired", -8, -9 },         { "cert.name-mismatch", -8, -9 },
  { "cert.untrusted-root", -8, -9 },  { "cert.revoked", -8, -9 },
  { "starttls.not-offered", -7, -7 }, { "starttls.refused", -8, -8 },
  { "starttls.injected", -8, -8 },    { "tls.implicit-expected", -9, -9 },
  { "tls.plain-first", -9, -9 },      { "auth.credentials", -8, -8 },
  { "auth.method-disabled", -8, -8 }, { "auth.app-password", -8, -8 },
  { "auth.token-refused", -8, -8 },   { "greeting.silent", -9, -9 },
  { "greeting.closed", -9, -9 },
};

static PosternPractice *
start_practice (PosternProtocol protocol, const char *scenario)
{
  g_autoptr(GError) error = NULL;
  PosternPractice *practice = postern_practice_new_for (protocol, scenario, &error);

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

static const char *const protocols[] = { "smtp", "pop3", "imap" };

static void
add (GPtrArray *args, const char *arg)
{
  g_ptr_array_add (args, g_strdup (arg));
}

/* The first argument after the options is the connection. */
static void
add_generic (GPtrArray *args, const Case *test, guint16 port)
{
  add (args, "--system");
  add (args, "generic");
  add (args, "--protocol");
  add (args, protocols[test->protocol]);
  add (args, "--tls");
  add (args, test->implicit                ? "implicit"
             : test->scenario->tls != NULL ? test->scenario->tls
                                           : "starttls");
  if (test->scenario->check_usable)
    add (args, "--check-usable");
  if (test->scenario->mechanism != NULL)
    {
      add (args, "--mechanism");
      add (args, test->scenario->mechanism);
    }
  add (args, "--user");
  add (args, POSTERN_PRACTICE_USER);
  g_ptr_array_add (args, g_strdup_printf ("127.0.0.1:%u", port));
}

static void
add_uniface (GPtrArray *args, const Case *test, guint16 port)
{
  gboolean token = g_strcmp0 (test->scenario->mechanism, "XOAUTH2") == 0;

  add (args, "--system");
  add (args, "uniface");
  if (!test->implicit)
    {
      add (args, "--driver");
      add (args, "SMTP=UStartTLSSMTP");
    }
  add (args, "--driver");
  add (args, token ? "SMTP=UAuthXOAUTH2SMTP;USE=MAND" : "SMTP=UAuthLoginSMTP;USE=MAND");
  add (args, "--parameters");
  add (args, "USER=" POSTERN_PRACTICE_USER);
  g_ptr_array_add (args, g_strdup_printf ("%s127.0.0.1+%u", test->implicit ? "TLS:" : "", port));
}

static CliResult *
run_scenario (const Case *test, PosternPractice *practice)
{
  g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *options = make_tls_options (practice);
  gboolean token = g_strcmp0 (test->scenario->mechanism, "XOAUTH2") == 0;
  CliSetup setup = { .input =
                       token ? POSTERN_PRACTICE_TOKEN "\n" : POSTERN_PRACTICE_PASSWORD "\n" };
  guint16 port = test->implicit ? postern_practice_get_tls_port (practice)
                                : postern_practice_get_port (practice);

  add (args, "probe");
  add (args, "--format");
  add (args, "json");
  add (args, "--tls-options");
  add (args, options);
  add (args, token ? "--token-from" : "--password-from");
  add (args, "fd:3");
  if (g_str_equal (test->scenario->name, "silent"))
    {
      add (args, "--step-timeout=2");
      add (args, "--timeout=6");
    }
  if (test->system == SYSTEM_GENERIC)
    add_generic (args, test, port);
  else
    add_uniface (args, test, port);
  g_ptr_array_add (args, NULL);
  return cli_run ((const char *const *) args->pdata, &setup);
}

static void
check_exit_status (const Case *test, const char *code, const CliResult *result)
{
  for (gsize i = 0; i < G_N_ELEMENTS (exit_statuses); i++)
    if (g_str_equal (exit_statuses[i].code, code))
      {
        const int *wanted =
          test->system == SYSTEM_UNIFACE ? exit_statuses[i].uniface : exit_statuses[i].generic;

        if (wanted[1] == 0 || result->status != wanted[1])
          cli_assert_status (result, wanted[0]);
        return;
      }
  g_error ("The test knows no exit status for “%s”", code);
}

static int
get_native (JsonNode *report)
{
  JsonObject *native = json_object_get_object_member (json_node_get_object (report), "native");

  g_assert_nonnull (native);
  g_assert_cmpstr (json_object_get_string_member (native, "call"), ==, "LogonSMTP");
  return (int) json_object_get_int_member (native, "result");
}

static void
check_native (const Case *test, const char *code, JsonNode *report)
{
  for (gsize i = 0; i < G_N_ELEMENTS (natives); i++)
    if (g_strcmp0 (natives[i].code, code) == 0)
      {
        g_assert_cmpint (get_native (report), ==,
                         test->implicit ? natives[i].implicit : natives[i].starttls);
        return;
      }
  g_assert_null (code);
  g_assert_cmpint (get_native (report), ==, 0);
}

static void
check_passed_ladder (const Case *test, JsonNode *report)
{
  static const char *const passed[] = {
    "settings",    "resolve",          "connect",      "greeting", "tls",
    "certificate", "capabilities-tls", "authenticate", "logoff",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (passed); i++)
    {
      const char *state = cli_report_step_state (report, passed[i]);

      /* The ports of the practice server are unusual, which settings may warn about. */
      if (g_strcmp0 (state, "passed") != 0 && (i != 0 || g_strcmp0 (state, "warning") != 0))
        g_error ("“%s” is “%s”", passed[i], state);
    }
  g_assert_cmpstr (cli_report_step_state (report, "starttls"), ==,
                   test->implicit ? "skipped" : "passed");
  g_assert_cmpstr (cli_report_step_state (report, "capabilities"), ==,
                   test->implicit ? "skipped" : "passed");
  g_assert_cmpstr (cli_report_step_state (report, "usable"), ==, "skipped");
  g_assert_cmpstr (cli_report_step_state (report, "sender"), ==, "skipped");
  g_assert_cmpstr (cli_report_get_string (report, "authentication", "outcome"), ==, "accepted");
  g_assert_true (json_object_get_boolean_member (
    json_object_get_object_member (json_node_get_object (report), "tls"), "verified"));
}

static void
test_scenario (gconstpointer data)
{
  const Case *test = data;
  g_autoptr(PosternPractice) practice = start_practice (test->protocol, test->scenario->name);
  g_autoptr(CliResult) result = run_scenario (test, practice);
  g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
  const char *code = cli_report_first_code (report);

  if (test->scenario->first_finding == NULL)
    {
      cli_assert_status (result, 0);
      g_assert_cmpstr (cli_report_get_string (report, NULL, "outcome"), ==, "passed");
      if (code != NULL)
        g_test_message ("first finding of a run that passed: %s", code);
      g_assert_null (code);
      check_passed_ladder (test, report);
    }
  else
    {
      if (g_strcmp0 (code, test->scenario->first_finding) != 0)
        g_error ("Wanted %s, got %s\n%s", test->scenario->first_finding, code, result->out);
      check_exit_status (test, code, result);
      g_assert_cmpstr (cli_report_get_string (report, NULL, "outcome"), ==, "failed");
    }
  if (test->system == SYSTEM_UNIFACE)
    check_native (test, code, report);
  if (g_str_equal (test->scenario->name, "silent"))
    g_assert_cmpint (result->duration, <, 7 * G_USEC_PER_SEC);
}

static void
add_case (const PosternPracticeScenario *scenario,
          PosternProtocol protocol,
          System system,
          gboolean implicit)
{
  Case *test = g_new0 (Case, 1);
  g_autofree char *path = g_strdup_printf (
    "/scenarios/%s/%s/%s/%s", protocols[protocol], scenario->name,
    system == SYSTEM_UNIFACE ? "uniface" : "generic", implicit ? "implicit" : "starttls");

  test->protocol = protocol;
  test->scenario = scenario;
  test->system = system;
  test->implicit = implicit;
  g_test_add_data_func_full (path, test, test_scenario, g_free);
}

/* What does not hang on STARTTLS is the same with TLS from the first byte. */
static gboolean
is_the_same_with_implicit_tls (const char *code)
{
  return code == NULL || g_str_has_prefix (code, "cert.") || g_str_has_prefix (code, "auth.");
}

/* Uniface logs on over SMTP alone, in this version. */
static void
add_cases (const PosternPracticeScenario *scenario, PosternProtocol protocol)
{
  System last = protocol == POSTERN_PROTOCOL_SMTP ? SYSTEM_UNIFACE : SYSTEM_GENERIC;

  for (int system = SYSTEM_GENERIC; system <= (int) last; system++)
    {
      add_case (scenario, protocol, (System) system, scenario->implicit);
      if (!scenario->implicit && scenario->tls == NULL &&
          is_the_same_with_implicit_tls (scenario->first_finding))
        add_case (scenario, protocol, (System) system, TRUE);
    }
}

/* The settings of an assignment file, in place of --tls-options. */
static void
test_assignment_file (void)
{
  g_autoptr(PosternPractice) practice = start_practice (POSTERN_PROTOCOL_SMTP, "good");
  g_autofree char *options = make_tls_options (practice);
  g_autofree char *content = g_strdup_printf ("[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS %s\n"
                                              "[NET_SETTINGS]\nours = %s\n",
                                              options, options);
  g_autofree char *asn = cli_make_file (content, -1);
  g_autofree char *name = g_path_get_basename (asn);
  g_autofree char *with_profile =
    g_strdup_printf ("tls:127.0.0.1+%u:OURS", postern_practice_get_tls_port (practice));
  g_autofree char *without_profile =
    g_strdup_printf ("127.0.0.1+%u", postern_practice_get_port (practice));
  const char *const implicit[] = {
    "probe",
    "--format",
    "json",
    "--system",
    "uniface",
    "--asn",
    asn,
    "--driver",
    "SMTP=UAuthLoginSMTP",
    "--parameters",
    "USER=" POSTERN_PRACTICE_USER,
    "--password-from",
    "fd:3",
    with_profile,
    NULL,
  };
  const char *const starttls[] = {
    "probe",
    "--format",
    "json",
    "--system",
    "uniface",
    "--asn",
    asn,
    "--driver",
    "smtp=UStartTLSSMTP",
    "--driver",
    "SMTP=UAuthLoginSMTP",
    "--parameters",
    "user=" POSTERN_PRACTICE_USER,
    "--password-from",
    "fd:3",
    without_profile,
    NULL,
  };
  const char *const *const runs[] = { implicit, starttls };

  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      const CliSetup setup = { .input = POSTERN_PRACTICE_PASSWORD "\n" };
      g_autoptr(CliResult) result = cli_run (runs[i], &setup);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
      g_autofree char *line = g_strdup_printf ("%s:%d", name, i == 0 ? 4 : 2);
      JsonObject *settings;

      cli_assert_status (result, 0);
      g_assert_cmpint (get_native (report), ==, 0);
      settings = json_object_get_object_member (json_node_get_object (report), "settings");
      g_assert_cmpstr (json_object_get_string_member (
                         json_object_get_object_member (settings, "sources"), "tls_options"),
                       ==, line);
    }
}

int
main (int argc, char **argv)
{
  gsize n_scenarios;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n_scenarios);

  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < n_scenarios; i++)
    for (int protocol = POSTERN_PROTOCOL_SMTP; protocol <= POSTERN_PROTOCOL_IMAP; protocol++)
      if ((scenarios[i].protocols & 1u << protocol) != 0)
        add_cases (&scenarios[i], (PosternProtocol) protocol);
  g_test_add_func ("/scenarios/assignment-file", test_assignment_file);

  return g_test_run ();
}
