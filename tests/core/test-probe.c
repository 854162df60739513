/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice.h"
#include "probe/postern-probe.h"

#include <string.h>

/* Far more than a run needs on a busy machine, and far less than its limits. Milliseconds. */
#define PROMPT 2000

typedef struct
{
  PosternPractice *practice;
  PosternAccount *account;
  PosternSecret *password;
} Fixture;

static void
set_up_for (Fixture *fixture, PosternProtocol protocol, const char *scenario)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *connection = NULL;
  g_autofree char *options = NULL;

  fixture->practice = postern_practice_new_for (protocol, scenario, &error);
  g_assert_no_error (error);
  postern_practice_start (fixture->practice, 0, 0, &error);
  g_assert_no_error (error);
  options = g_strdup_printf ("verify_server=yes, ca_certificate=%s",
                             postern_practice_write_ca_file (fixture->practice, &error));
  g_assert_no_error (error);

  connection = g_strdup_printf ("localhost:%u", postern_practice_get_port (fixture->practice));
  fixture->password = postern_secret_new (POSTERN_PRACTICE_PASSWORD, -1);
  fixture->account = postern_account_new (NULL);
  g_object_set (fixture->account, "connection", connection, "protocol", protocol, "user",
                POSTERN_PRACTICE_USER, "tls-options", options, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer scenario)
{
  set_up_for (fixture, POSTERN_PROTOCOL_SMTP, scenario);
}

static void
set_up_pop3 (Fixture *fixture, gconstpointer scenario)
{
  set_up_for (fixture, POSTERN_PROTOCOL_POP3, scenario);
}

static void
set_up_imap (Fixture *fixture, gconstpointer scenario)
{
  set_up_for (fixture, POSTERN_PROTOCOL_IMAP, scenario);
}

static void
tear_down (Fixture *fixture, gconstpointer scenario)
{
  postern_practice_stop (fixture->practice);
  g_object_unref (fixture->practice);
  g_object_unref (fixture->account);
  postern_secret_unref (fixture->password);
}

typedef struct
{
  gboolean ended;
  gboolean finished;
  GError *error;
} Result;

static void
probe_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *r = user_data;

  r->finished = postern_probe_run_finish (POSTERN_PROBE (source), result, &r->error);
  r->ended = TRUE;
}

static void
wait_for (Result *result)
{
  while (!result->ended)
    g_main_context_iteration (NULL, TRUE);
}

static PosternProbe *
probe_new (Fixture *fixture)
{
  const PosternCredentials credentials = { fixture->password, NULL };

  return postern_probe_new (fixture->account, &credentials, NULL);
}

static PosternStepState
state_of (PosternReport *report, PosternStepId id)
{
  GListModel *steps = postern_report_get_steps (report);

  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) step = g_list_model_get_item (steps, i);

      if (postern_step_get_step (step) == id)
        return postern_step_get_state (step);
    }
  g_assert_not_reached ();
}

static void
operate_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *r = user_data;

  r->finished = postern_session_operate_finish (POSTERN_SESSION (source), result, &r->error);
  r->ended = TRUE;
}

/* The report is finished, and the session goes on without it. */
static void
test_stays (Fixture *fixture, gconstpointer scenario)
{
  const PosternCredentials credentials = { fixture->password, NULL };
  const PosternChecks checks = { .stay = TRUE };
  g_autoptr(PosternProbe) probe = postern_probe_new (fixture->account, &credentials, &checks);
  PosternReport *report = postern_probe_get_report (probe);
  g_autoptr(PosternSession) session = NULL;
  g_autoptr(PosternTranscript) transcript = postern_transcript_new ();
  g_autoptr(PosternOperation) quit = postern_operation_new (POSTERN_OPERATION_QUIT);
  Result result = { 0 };
  Result left = { 0 };
  guint n_events;

  postern_probe_run_async (probe, NULL, probe_cb, &result);
  wait_for (&result);
  g_assert_no_error (result.error);
  g_assert_cmpint (postern_report_get_outcome (report), ==, POSTERN_OUTCOME_PASSED);
  g_assert_cmpint (state_of (report, POSTERN_STEP_LOGOFF), ==, POSTERN_STATE_SKIPPED);
  n_events = postern_transcript_get_n_events (postern_report_get_transcript (report));

  session = postern_probe_take_session (probe);
  g_assert_nonnull (session);
  g_assert_null (postern_probe_take_session (probe));
  postern_session_set_transcript (session, transcript);
  postern_session_operate_async (session, quit, NULL, operate_cb, &left);
  wait_for (&left);
  g_assert_no_error (left.error);
  g_assert_true (left.finished);
  g_assert_cmpuint (postern_transcript_get_n_events (transcript), ==, 2);
  g_assert_cmpuint (postern_transcript_get_n_events (postern_report_get_transcript (report)), ==,
                    n_events);
}

static void
test_passes (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(PosternProbe) probe = probe_new (fixture);
  PosternReport *report = postern_probe_get_report (probe);
  g_autofree char *json = NULL;
  Result result = { 0 };

  postern_probe_run_async (probe, NULL, probe_cb, &result);
  g_assert_true (postern_probe_get_running (probe));
  wait_for (&result);

  g_assert_true (result.finished);
  g_assert_false (postern_probe_get_running (probe));
  g_assert_cmpint (postern_report_get_outcome (report), ==, POSTERN_OUTCOME_PASSED);
  g_assert_cmpint (postern_report_get_exit_status (report), ==, 0);
  g_assert_null (postern_report_get_failure (report));
  g_assert_cmpint (state_of (report, POSTERN_STEP_AUTHENTICATE), ==, POSTERN_STATE_PASSED);
  g_assert_cmpint (state_of (report, POSTERN_STEP_LOGOFF), ==, POSTERN_STATE_PASSED);
  json = postern_report_to_json (report);
  g_assert_null (strstr (json, POSTERN_PRACTICE_PASSWORD));
}

/* The report stays, the secrets do not. */
static void
test_drops_secrets (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(PosternProbe) probe = probe_new (fixture);
  PosternPlan *plan;
  Result result = { 0 };

  postern_probe_run_async (probe, NULL, probe_cb, &result);
  wait_for (&result);

  plan = postern_report_get_plan (postern_probe_get_report (probe));
  g_assert_cmpuint (plan->steps->len, >, 0);
  for (guint i = 0; i < plan->steps->len; i++)
    g_assert_null (((PosternPlanStep *) plan->steps->pdata[i])->password);
}

static void
test_settings_at_fault (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(PosternProbe) probe = NULL;
  PosternReport *report;
  g_autoptr(PosternFinding) first = NULL;
  Result result = { 0 };

  g_object_set (fixture->account, "tls-options", "verify_server=yes, ca_certificate=/nowhere.pem",
                NULL);
  probe = probe_new (fixture);
  report = postern_probe_get_report (probe);
  postern_probe_run_async (probe, NULL, probe_cb, &result);
  wait_for (&result);

  g_assert_true (result.finished);
  g_assert_cmpint (postern_report_get_exit_status (report), ==, 1);
  first = g_list_model_get_item (postern_report_get_findings (report), 0);
  g_assert_cmpstr (postern_finding_get_code (first), ==, "settings.file-missing");
  g_assert_nonnull (strstr (postern_finding_get_explanation (first), "/nowhere.pem"));
  g_assert_cmpint (state_of (report, POSTERN_STEP_SETTINGS), ==, POSTERN_STATE_FAILED);
  g_assert_cmpint (state_of (report, POSTERN_STEP_RESOLVE), ==, POSTERN_STATE_NOT_REACHED);
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->practice), ==, 0);
}

static void
test_address_at_fault (Fixture *fixture, gconstpointer scenario)
{
  const PosternChecks checks = { FALSE, "me@example.org>\r\nRCPT TO:<you@example.org", NULL };
  g_autoptr(PosternProbe) probe = postern_probe_new (fixture->account, NULL, &checks);
  PosternReport *report = postern_probe_get_report (probe);
  Result result = { 0 };

  postern_probe_run_async (probe, NULL, probe_cb, &result);
  wait_for (&result);
  g_assert_cmpint (postern_report_get_exit_status (report), ==, 1);
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->practice), ==, 0);
}

static gboolean
cancel_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
run_cancelled (Fixture *fixture, guint after_ms)
{
  g_autoptr(PosternProbe) probe = probe_new (fixture);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  PosternReport *report = postern_probe_get_report (probe);
  Result result = { 0 };
  gint64 begun = g_get_monotonic_time ();

  if (after_ms == 0)
    g_cancellable_cancel (cancellable);
  else
    g_timeout_add (after_ms, cancel_cb, cancellable);
  postern_probe_run_async (probe, cancellable, probe_cb, &result);
  wait_for (&result);

  g_assert_cmpint (g_get_monotonic_time () - begun, <, (after_ms + PROMPT) * 1000);
  g_assert_error (result.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (postern_report_get_outcome (report), ==, POSTERN_OUTCOME_CANCELLED);
  g_assert_cmpint (postern_report_get_exit_status (report), ==, 130);
  g_assert_null (postern_report_get_failure (report));
  g_error_free (result.error);
}

static void
test_cancelled (Fixture *fixture, gconstpointer scenario)
{
  run_cancelled (fixture, 0);
  run_cancelled (fixture, 150);
}

/* The watch on a silent greeting must not outlive the time limit. */
static void
test_silent (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(PosternProbe) probe = NULL;
  PosternReport *report;
  Result result = { 0 };
  gint64 begun = g_get_monotonic_time ();

  g_object_set (fixture->account, "total-timeout", 1500, NULL);
  probe = probe_new (fixture);
  report = postern_probe_get_report (probe);
  postern_probe_run_async (probe, NULL, probe_cb, &result);
  wait_for (&result);

  g_assert_cmpint (g_get_monotonic_time () - begun, <, (1500 + PROMPT) * 1000);
  g_assert_cmpint (postern_report_get_exit_status (report), ==, 19);
  g_assert_cmpstr (postern_report_get_failure (report)->code, ==, "greeting.silent");
}

/* Runs the account, and says what came of it. */
static PosternReport *
run (Fixture *fixture, const PosternChecks *checks)
{
  const PosternCredentials credentials = { fixture->password, NULL };
  g_autoptr(PosternProbe) probe = postern_probe_new (fixture->account, &credentials, checks);
  Result result = { 0 };

  postern_probe_run_async (probe, NULL, probe_cb, &result);
  wait_for (&result);
  g_assert_true (result.finished);
  return g_object_ref (postern_probe_get_report (probe));
}

static const char *
nick_of (Fixture *fixture)
{
  static const char *const nicks[] = { "smtp", "pop3", "imap" };

  return nicks[postern_practice_get_protocol (fixture->practice)];
}

/* The report names the protocol that was spoken, which need not be the account's. */
static void
test_protocol (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(PosternReport) report = NULL;
  g_autofree char *connection = g_strdup_printf ("%s://localhost:%u", nick_of (fixture),
                                                 postern_practice_get_port (fixture->practice));
  g_autofree char *json = NULL;
  g_autofree char *line = g_strdup_printf ("\"protocol\" : \"%s\"", nick_of (fixture));

  g_object_set (fixture->account, "connection", connection, "protocol", POSTERN_PROTOCOL_SMTP,
                NULL);
  report = run (fixture, NULL);
  g_assert_cmpint (postern_report_get_exit_status (report), ==, 0);
  json = postern_report_to_json (report);
  g_assert_nonnull (strstr (json, line));
  g_assert_null (strstr (json, POSTERN_PRACTICE_PASSWORD));
}

/* Senders and messages are SMTP's: asking for them with another protocol sends nothing. */
static void
test_no_sender (Fixture *fixture, gconstpointer scenario)
{
  const PosternChecks checks[] = {
    { .check_sender = "me@example.org" },
    { .send_from = "me@example.org", .send_to = "you@example.org" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_autoptr(PosternReport) report = run (fixture, &checks[i]);
      g_autoptr(PosternFinding) first =
                   g_list_model_get_item (postern_report_get_findings (report), 0);

      g_assert_cmpint (postern_report_get_exit_status (report), ==, 1);
      g_assert_cmpstr (postern_finding_get_code (first), ==, "settings.not-supported");
    }
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->practice), ==, 0);
}

/* Takes the first remedy that is a change. */
static void
apply_remedy (PosternFinding *finding, PosternAccount *account)
{
  GPtrArray *remedies = postern_finding_get_remedies (finding);

  for (guint i = 0; i < remedies->len; i++)
    {
      const PosternRemedy *remedy = remedies->pdata[i];

      if (remedy->change == NULL)
        continue;
      g_assert_true (postern_runtime_apply (postern_runtime_get (POSTERN_SYSTEM_GENERIC), account,
                                            remedy->change, NULL));
      return;
    }
  g_assert_not_reached ();
}

/* Wrong about the protocol, or wrong about the start of TLS, or about both: the finding says so,
 * and what it offers mends it. */
static void
assert_mended (Fixture *fixture, const char *connection, const char *code)
{
  g_autoptr(PosternReport) before = NULL;
  g_autoptr(PosternReport) after = NULL;
  g_autoptr(PosternFinding) first = NULL;

  g_test_message ("%s", connection);
  g_object_set (fixture->account, "connection", connection, "tls", POSTERN_TLS_START_DEFAULT, NULL);
  before = run (fixture, NULL);
  first = g_list_model_get_item (postern_report_get_findings (before), 0);
  g_assert_cmpstr (postern_finding_get_code (first), ==, code);
  apply_remedy (first, fixture->account);
  after = run (fixture, NULL);
  g_assert_cmpint (postern_report_get_exit_status (after), ==, 0);
}

static void
test_other_protocol (Fixture *fixture, gconstpointer scenario)
{
  static const char *const schemes[] = { "smtp", "pop3", "imap" };
  guint port = postern_practice_get_port (fixture->practice);

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      g_autofree char *connection = g_strdup_printf ("%s://localhost:%u", schemes[i], port);

      if (strcmp (schemes[i], nick_of (fixture)) == 0)
        continue;
      g_object_set (fixture->account, "protocol", POSTERN_PROTOCOL_SMTP, NULL);
      assert_mended (fixture, connection, "greeting.other-protocol");
    }
}

/* The counter-test asks each protocol in its own words whether TLS can be started. */
static void
test_plain_first (Fixture *fixture, gconstpointer scenario)
{
  static const char *const schemes[] = { "smtps", "pop3s", "imaps" };
  guint port = postern_practice_get_port (fixture->practice);

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      g_autofree char *connection = g_strdup_printf ("%s://localhost:%u", schemes[i], port);

      g_object_set (fixture->account, "protocol", POSTERN_PROTOCOL_SMTP, NULL);
      assert_mended (fixture, connection, "tls.plain-first");
    }
}

static void
test_implicit_expected (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *connection = g_strdup_printf ("%s://localhost:%u", nick_of (fixture),
                                                 postern_practice_get_tls_port (fixture->practice));

  g_object_set (fixture->account, "protocol", POSTERN_PROTOCOL_SMTP, NULL);
  assert_mended (fixture, connection, "tls.implicit-expected");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/probe/passes", Fixture, "good", set_up, test_passes, tear_down);
  g_test_add ("/probe/stays", Fixture, "good", set_up, test_stays, tear_down);
  g_test_add ("/probe/stays/pop3", Fixture, "good", set_up_pop3, test_stays, tear_down);
  g_test_add ("/probe/drops-secrets", Fixture, "good", set_up, test_drops_secrets, tear_down);
  g_test_add ("/probe/settings", Fixture, "good", set_up, test_settings_at_fault, tear_down);
  g_test_add ("/probe/address", Fixture, "good", set_up, test_address_at_fault, tear_down);
  g_test_add ("/probe/cancelled", Fixture, "slow", set_up, test_cancelled, tear_down);
  g_test_add ("/probe/cancelled-silent", Fixture, "silent", set_up, test_cancelled, tear_down);
  g_test_add ("/probe/silent", Fixture, "silent", set_up, test_silent, tear_down);

  g_test_add ("/probe/pop3", Fixture, "good", set_up_pop3, test_protocol, tear_down);
  g_test_add ("/probe/imap", Fixture, "good", set_up_imap, test_protocol, tear_down);
  g_test_add ("/probe/pop3-sender", Fixture, "good", set_up_pop3, test_no_sender, tear_down);
  g_test_add ("/probe/imap-sender", Fixture, "good", set_up_imap, test_no_sender, tear_down);
  g_test_add ("/probe/smtp-other", Fixture, "good", set_up, test_other_protocol, tear_down);
  g_test_add ("/probe/pop3-other", Fixture, "good", set_up_pop3, test_other_protocol, tear_down);
  g_test_add ("/probe/imap-other", Fixture, "good", set_up_imap, test_other_protocol, tear_down);
  g_test_add ("/probe/smtp-plain", Fixture, "good", set_up, test_plain_first, tear_down);
  g_test_add ("/probe/pop3-plain", Fixture, "good", set_up_pop3, test_plain_first, tear_down);
  g_test_add ("/probe/imap-plain", Fixture, "good", set_up_imap, test_plain_first, tear_down);
  g_test_add ("/probe/pop3-tls", Fixture, "good", set_up_pop3, test_implicit_expected, tear_down);
  g_test_add ("/probe/imap-tls", Fixture, "good", set_up_imap, test_implicit_expected, tear_down);

  return g_test_run ();
}
