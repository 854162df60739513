/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session.h"

#include "model/postern-error.h"
#include "protocol/postern-smtp.h"
#include "scripted-peer.h"
#include "test-pki.h"

#include <glib/gstdio.h>
#include <string.h>

/* Generous, for machines that do ten things at a time. */
#define AT_ONCE_MS 500

typedef struct
{
  TestCert *root;
  TestCert *own;
  char *chain;
  char *key;
  char *ca_file;
} Pki;

static Pki pki;

static void
pki_init (void)
{
  const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec own_spec = { .cn = "localhost", .dns = "localhost", .ip = "127.0.0.1" };
  g_autofree char *ca = NULL;

  pki.root = test_cert_new (&root_spec, NULL, NULL);
  pki.own = test_cert_new (&own_spec, pki.root, NULL);
  pki.chain = test_cert_pem (pki.own, NULL);
  pki.key = test_cert_key_pem (pki.own);
  ca = test_cert_pem (pki.root, NULL);
  pki.ca_file = test_write_file (ca);
}

static void
pki_clear (void)
{
  g_unlink (pki.ca_file);
  g_free (pki.ca_file);
  g_free (pki.chain);
  g_free (pki.key);
  test_cert_free (pki.own);
  test_cert_free (pki.root);
}

/* One run, and what is left of it */
typedef struct
{
  ScriptedPeer *peer;
  PosternPlan *plan;
  PosternTranscript *transcript;
  PosternSession *session;
  GCancellable *cancellable;
  PosternStepId cancel_at; /* 0: never */
  PosternStepState states[POSTERN_N_STEPS];
  char *summaries[POSTERN_N_STEPS];
  gboolean done;
  gboolean passed;
  GError *error;
  gint64 cancelled_at;
  gint64 duration;
} Run;

static Run *
run_new_tls (const char *const *script, const char *chain, const char *key)
{
  Run *run = g_new0 (Run, 1);

  run->peer = script != NULL ? scripted_peer_new_tls (script, chain, key) : NULL;
  run->transcript = postern_transcript_new ();
  run->cancellable = g_cancellable_new ();
  run->plan = postern_plan_new ();
  run->plan->host = g_strdup ("127.0.0.1");
  run->plan->port =
    run->peer != NULL ? scripted_peer_get_port (run->peer) : scripted_peer_dead_port ();
  run->plan->ehlo_name = g_strdup ("client.test");
  run->plan->tls_policy->system_store = FALSE;
  run->plan->tls_policy->ca_file = g_strdup (pki.ca_file);

  return run;
}

static Run *
run_new (const char *const *script)
{
  return run_new_tls (script, pki.chain, pki.key);
}

static void
want_starttls (Run *run)
{
  run->plan->tls = POSTERN_TLS_START_STARTTLS;
  postern_plan_add_step (run->plan, POSTERN_PLAN_STARTTLS, TRUE);
}

static void
step_cb (PosternStepId step, PosternStepState state, const char *summary, gpointer user_data)
{
  Run *run = user_data;

  g_assert_false (run->done);
  run->states[step] = state;
  g_free (run->summaries[step]);
  run->summaries[step] = g_strdup (summary);
  if (run->cancel_at != 0 && step == run->cancel_at && state == POSTERN_STATE_RUNNING)
    {
      run->cancelled_at = g_get_monotonic_time ();
      g_cancellable_cancel (run->cancellable);
    }
}

static void
run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;

  run->passed = postern_session_run_finish (POSTERN_SESSION (source), result, &run->error);
  run->done = TRUE;
}

static void
run_begin (Run *run)
{
  g_autoptr(PosternMachine) machine = postern_smtp_new (run->plan);

  run->session = postern_session_new (machine, run->transcript);
  postern_session_set_step_func (run->session, step_cb, run);
  postern_session_run_async (run->session, run->cancellable, run_cb, run);
}

static void
run_wait (Run *run)
{
  gint64 start = g_get_monotonic_time ();

  while (!run->done)
    g_main_context_iteration (NULL, TRUE);
  run->duration = (g_get_monotonic_time () - start) / 1000;

  if (run->error != NULL)
    g_test_message ("%s", run->error->message);
  if (postern_session_get_failure (run->session) != NULL)
    g_test_message ("%s in step %d, %s", postern_session_get_failure (run->session)->code,
                    (int) postern_session_get_failure (run->session)->step,
                    postern_session_get_failure (run->session)->detail);
}

static void
run_all (Run *run)
{
  run_begin (run);
  run_wait (run);
}

/* Nothing of a session is left once its operations have come back. */
static void
run_free (Run *run)
{
  gpointer session = run->session;
  g_autofree char *problem = NULL;

  g_object_add_weak_pointer (G_OBJECT (run->session), &session);
  g_clear_object (&run->session);
  while (session != NULL)
    g_main_context_iteration (NULL, TRUE);

  if (run->peer != NULL)
    problem = scripted_peer_finish (run->peer);
  g_assert_cmpstr (problem, ==, NULL);

  for (guint i = 0; i < POSTERN_N_STEPS; i++)
    g_free (run->summaries[i]);
  postern_plan_unref (run->plan);
  g_object_unref (run->transcript);
  g_object_unref (run->cancellable);
  g_clear_error (&run->error);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

static void
assert_failed (Run *run, const char *code, PosternStepId step)
{
  const PosternFailure *failure = postern_session_get_failure (run->session);

  g_assert_false (run->passed);
  g_assert_nonnull (run->error);
  g_assert_nonnull (failure);
  g_assert_cmpstr (failure->code, ==, code);
  g_assert_cmpint (failure->step, ==, step);
}

static void
assert_passed (Run *run)
{
  g_assert_no_error (run->error);
  g_assert_true (run->passed);
  g_assert_null (postern_session_get_failure (run->session));
}

static char *
transcript_text (Run *run)
{
  return postern_transcript_to_text (run->transcript);
}

static void
test_plain (void)
{
  static const char *const script[] = { "S 220 mail.test ESMTP",
                                        "C EHLO client.test",
                                        "S 250-mail.test",
                                        "S 250 SIZE 1000",
                                        "C QUIT",
                                        "S 221 bye",
                                        "EOF",
                                        NULL };
  g_autoptr(Run) run = run_new (script);
  const PosternAddress *address;
  g_autofree char *text = NULL;

  run_all (run);
  assert_passed (run);
  g_assert_cmpint (run->states[POSTERN_STEP_RESOLVE], ==, POSTERN_STATE_PASSED);
  g_assert_cmpstr (run->summaries[POSTERN_STEP_RESOLVE], ==, "127.0.0.1, no look-up needed");
  g_assert_cmpint (run->states[POSTERN_STEP_CONNECT], ==, POSTERN_STATE_PASSED);
  g_assert_cmpint (run->states[POSTERN_STEP_GREETING], ==, POSTERN_STATE_PASSED);
  g_assert_cmpuint (postern_session_get_addresses (run->session)->len, ==, 1);
  address = postern_session_get_addresses (run->session)->pdata[0];
  g_assert_cmpint (address->state, ==, POSTERN_ADDRESS_CONNECTED);
  g_assert_cmpstr (address->address, ==, "127.0.0.1");
  g_assert_cmpuint (address->port, ==, run->plan->port);
  g_assert_null (postern_session_get_tls_info (run->session));
  text = transcript_text (run);
  g_assert_nonnull (strstr (text, "S  [clear]  220 mail.test ESMTP"));
  g_assert_nonnull (strstr (text, "C  [clear]  EHLO client.test"));
}

static void
assert_tls (Run *run)
{
  const PosternTlsInfo *info = postern_session_get_tls_info (run->session);

  assert_passed (run);
  g_assert_nonnull (info);
  g_assert_cmpstr (info->version, ==, "TLS 1.3");
  g_assert_nonnull (info->cipher);
  g_assert_true (info->verified);
  g_assert_true (info->accepted);
  g_assert_cmpuint (info->chain->len, ==, 1);
  g_assert_cmpuint (info->faults->len, ==, 0);
  g_assert_cmpstr (info->matched_name, ==, "127.0.0.1");
  g_assert_cmpint (run->states[POSTERN_STEP_TLS], ==, POSTERN_STATE_PASSED);
  g_assert_true (g_str_has_prefix (run->summaries[POSTERN_STEP_TLS], "TLS 1.3, "));
  g_assert_cmpint (run->states[POSTERN_STEP_CERTIFICATE], ==, POSTERN_STATE_PASSED);
  g_assert_nonnull (strstr (run->summaries[POSTERN_STEP_CERTIFICATE], "localhost, valid until "));
}

static void
test_starttls (void)
{
  static const char *const script[] = { "S 220 mail.test ESMTP",
                                        "C EHLO",
                                        "s 250-x\\r\\n250 STARTTLS\\r\\n",
                                        "C STARTTLS",
                                        "S 220 go ahead",
                                        "TLS",
                                        "C EHLO",
                                        "S 250 x",
                                        "C QUIT",
                                        "S 221 bye",
                                        "EOF",
                                        NULL };
  g_autoptr(Run) run = run_new (script);
  g_autofree char *text = NULL;

  want_starttls (run);
  run_all (run);
  assert_tls (run);
  text = transcript_text (run);
  g_assert_nonnull (strstr (text, "C  [clear]  STARTTLS"));
  g_assert_nonnull (strstr (text, "C  [tls]    EHLO client.test"));
}

static void
test_implicit (void)
{
  static const char *const script[] = { "TLS",    "S 220 mail.test", "C EHLO", "S 250 x",
                                        "C QUIT", "S 221 bye",       "EOF",    NULL };
  g_autoptr(Run) run = run_new (script);

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_all (run);
  assert_tls (run);
}

static void
test_tls_1_2 (void)
{
  static const char *const script[] = { "TLS NORMAL:-VERS-TLS1.3",
                                        "S 220 mail.test",
                                        "C EHLO",
                                        "S 250 x",
                                        "C QUIT",
                                        "S 221 x",
                                        "EOF",
                                        NULL };
  g_autoptr(Run) run = run_new (script);

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_all (run);
  assert_passed (run);
  g_assert_cmpstr (postern_session_get_tls_info (run->session)->version, ==, "TLS 1.2");
}

static void
test_refused (void)
{
  static const char *const script[] = { "S 554 go away", "C QUIT", "EOF", NULL };
  g_autoptr(Run) run = run_new (script);

  run_all (run);
  assert_failed (run, "greeting.refused", POSTERN_STEP_GREETING);
  g_assert_error (run->error, POSTERN_ERROR, POSTERN_ERROR_REFUSED);
  g_assert_cmpint (postern_session_get_failure (run->session)->first_event, ==, 0);
  g_assert_cmpint (postern_session_get_failure (run->session)->last_event, ==, 0);
}

static void
test_silent (void)
{
  static const char *const script[] = { "HANG", NULL };
  g_autoptr(Run) run = run_new (script);

  run->plan->greeting_timeout = 100;
  run_all (run);
  assert_failed (run, "timeout.greeting", POSTERN_STEP_GREETING);
  g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (run->states[POSTERN_STEP_GREETING], ==, POSTERN_STATE_FAILED);
  g_assert_cmpint (run->duration, <, 100 + AT_ONCE_MS);
}

static void
test_total (void)
{
  static const char *const script[] = { "S 220 x", "C EHLO", "HANG", NULL };
  g_autoptr(Run) run = run_new (script);

  run->plan->total_timeout = 100;
  run_all (run);
  assert_failed (run, "timeout.total", POSTERN_STEP_CAPABILITIES);
  g_assert_cmpint (run->duration, <, 100 + AT_ONCE_MS);
}

/* It hangs up after each byte of what it has to say. */
static void
test_hangs_up (void)
{
  static const char session[] = "220 mail.test\r\n250 x\r\n";

  for (gsize n = 0; n < sizeof session - 1; n++)
    {
      g_autofree char *bytes = g_strndup (session, n);
      g_autofree char *escaped = g_strescape (bytes, NULL);
      g_autofree char *step = g_strconcat ("s ", escaped, NULL);
      const char *script[] = { n > 0 ? step : NULL, NULL };
      g_autoptr(Run) run = run_new (script);

      run_all (run);
      g_assert_false (run->passed);
      g_assert_nonnull (postern_session_get_failure (run->session));
      g_assert_true (
        g_str_has_suffix (postern_session_get_failure (run->session)->code, ".closed"));
    }
}

static void
test_reset (void)
{
  static const char *const script[] = { "S 220 x", "C EHLO", "RESET", NULL };
  g_autoptr(Run) run = run_new (script);

  run_all (run);
  assert_failed (run, "protocol.closed", POSTERN_STEP_CAPABILITIES);
}

static void
test_endless_line (void)
{
  static const char *const script[] = { "FLOOD 220 and on and on and on", NULL };
  g_autoptr(Run) run = run_new (script);

  run_all (run);
  assert_failed (run, "protocol.too-long", POSTERN_STEP_GREETING);
  g_assert_cmpuint (postern_transcript_get_n_events (run->transcript), ==, 1);
}

static void
test_endless_reply (void)
{
  static const char *const script[] = { "FLOOD 220-and on\\r\\n", NULL };
  g_autoptr(Run) run = run_new (script);

  run_all (run);
  assert_failed (run, "protocol.too-long", POSTERN_STEP_GREETING);
}

/* A byte now and then does not keep a step alive. */
static void
test_drip (void)
{
  static const char *const greeting[] = { "DRIP 220-x\\r\\n", NULL };
  static const char *const reply[] = { "S 220 x", "C EHLO", "DRIP 250-x\\r\\n", NULL };
  g_autoptr(Run) at_greeting = run_new (greeting);
  g_autoptr(Run) at_reply = run_new (reply);

  at_greeting->plan->greeting_timeout = 250;
  run_all (at_greeting);
  assert_failed (at_greeting, "timeout.greeting", POSTERN_STEP_GREETING);
  g_assert_cmpint (at_greeting->duration, <, 250 + AT_ONCE_MS);

  at_reply->plan->reply_timeout = 250;
  run_all (at_reply);
  assert_failed (at_reply, "timeout.reply", POSTERN_STEP_CAPABILITIES);
  g_assert_cmpint (at_reply->duration, <, 250 + AT_ONCE_MS);
}

static void
test_byte_by_byte (void)
{
  static const char *const script[] = { "B 220-mail.test\\r\\n220 ready\\r\\n",
                                        "C EHLO",
                                        "B 250-x\\r\\n250 SIZE\\r\\n",
                                        "C QUIT",
                                        "B 221 bye\\r\\n",
                                        "EOF",
                                        NULL };
  g_autoptr(Run) run = run_new (script);

  run_all (run);
  assert_passed (run);
}

static void
test_nobody_listens (void)
{
  g_autoptr(Run) run = run_new (NULL);
  const PosternAddress *address;

  run_all (run);
  assert_failed (run, "connect.refused", POSTERN_STEP_CONNECT);
  g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  address = postern_session_get_addresses (run->session)->pdata[0];
  g_assert_cmpint (address->state, ==, POSTERN_ADDRESS_REFUSED);
  g_assert_nonnull (address->message);
}

/* ::1 is refused, 127.0.0.1 answers. */
static void
test_two_addresses (void)
{
  static const char *const script[] = { "S 220 x", "C EHLO", "S 250 x", "C QUIT",
                                        "S 221 x", "EOF",    NULL };
  g_autoptr(Run) run = run_new (script);
  GPtrArray *addresses;
  guint n_connected = 0;

  g_free (run->plan->host);
  run->plan->host = g_strdup ("localhost");
  run_all (run);
  assert_passed (run);
  addresses = postern_session_get_addresses (run->session);
  g_assert_cmpuint (addresses->len, >=, 1);
  for (guint i = 0; i < addresses->len; i++)
    {
      const PosternAddress *address = addresses->pdata[i];

      n_connected += address->state == POSTERN_ADDRESS_CONNECTED;
      if (address->family == G_SOCKET_FAMILY_IPV6)
        g_assert_cmpint (address->state, !=, POSTERN_ADDRESS_CONNECTED);
    }
  g_assert_cmpuint (n_connected, ==, 1);
}

static void
test_family (void)
{
  g_autoptr(Run) run = run_new (NULL);

  run->plan->family = POSTERN_FAMILY_IPV6;
  run_all (run);
  assert_failed (run, "dns.no-address", POSTERN_STEP_RESOLVE);
}

static void
assert_cancelled (Run *run)
{
  gint64 took = (g_get_monotonic_time () - run->cancelled_at) / 1000;

  g_assert_false (run->passed);
  g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (postern_session_get_failure (run->session));
  g_assert_cmpint (took, <, AT_ONCE_MS);
}

static void
test_cancelled_before (void)
{
  g_autoptr(Run) run = run_new (NULL);

  run->cancelled_at = g_get_monotonic_time ();
  g_cancellable_cancel (run->cancellable);
  run_all (run);
  assert_cancelled (run);
  g_assert_cmpuint (postern_transcript_get_n_events (run->transcript), ==, 0);
}

static void
test_cancelled_midway (void)
{
  static const char *const quiet[] = { "HANG", NULL };
  static const char *const later[] = { "S 220 x", "HANG", NULL };
  static const char *const starttls[] = {
    "S 220 x", "C EHLO", "s 250-x\\r\\n250 STARTTLS\\r\\n", "C STARTTLS", "S 220 x", "HANG", NULL
  };
  const struct
  {
    const char *const *script;
    PosternStepId step;
  } cases[] = {
    { quiet, POSTERN_STEP_CONNECT },
    { quiet, POSTERN_STEP_GREETING },
    { later, POSTERN_STEP_CAPABILITIES },
    { starttls, POSTERN_STEP_TLS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Run) run = run_new (cases[i].script);

      if (cases[i].script == starttls)
        want_starttls (run);
      run->cancel_at = cases[i].step;
      run_all (run);
      assert_cancelled (run);
      g_assert_cmpint (run->states[cases[i].step], ==, POSTERN_STATE_FAILED);
      if (i == 0) /* perhaps nobody ever came */
        g_free (scripted_peer_finish (g_steal_pointer (&run->peer)));
    }
}

static gboolean
cancel_cb (gpointer user_data)
{
  Run *run = user_data;

  run->cancelled_at = g_get_monotonic_time ();
  g_cancellable_cancel (run->cancellable);

  return G_SOURCE_REMOVE;
}

/* While the handshake's thread waits for the server. */
static void
test_cancelled_in_handshake (void)
{
  static const char *const script[] = { "HANG", NULL };
  g_autoptr(Run) run = run_new (script);

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_begin (run);
  while (run->states[POSTERN_STEP_TLS] != POSTERN_STATE_RUNNING)
    g_main_context_iteration (NULL, TRUE);
  g_timeout_add (50, cancel_cb, run);
  run_wait (run);
  assert_cancelled (run);
}

static void
test_handshake_silent (void)
{
  static const char *const script[] = { "HANG", NULL };
  g_autoptr(Run) run = run_new (script);

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run->plan->handshake_timeout = 100;
  run_all (run);
  assert_failed (run, "timeout.tls", POSTERN_STEP_TLS);
  g_assert_cmpint (run->duration, <, 100 + AT_ONCE_MS);
}

/* Bytes that come with the answer to STARTTLS, in one segment or in the next. */
static void
test_injected (void)
{
  static const char *const one[] = { "S 220 x",
                                     "C EHLO",
                                     "s 250-x\\r\\n250 STARTTLS\\r\\n",
                                     "C STARTTLS",
                                     "s 220 go\\r\\n250 AUTH PLAIN\\r\\n",
                                     "EOF",
                                     NULL };
  static const char *const part[] = {
    "S 220 x", "C EHLO", "s 250-x\\r\\n250 STARTTLS\\r\\n", "C STARTTLS", "s 220 go\\r\\n250",
    "EOF",     NULL
  };
  static const char *const next[] = { "S 220 x",
                                      "C EHLO",
                                      "s 250-x\\r\\n250 STARTTLS\\r\\n",
                                      "C STARTTLS",
                                      "s 220 go\\r\\n",
                                      "s 250 AUTH PLAIN\\r\\n",
                                      "HANG",
                                      NULL };
  const char *const *const scripts[] = { one, part, next };

  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr(Run) run = run_new (scripts[i]);
      PosternEvent *event;
      const PosternFailure *failure;

      want_starttls (run);
      run_all (run);
      assert_failed (run, "starttls.injected", POSTERN_STEP_STARTTLS);
      g_assert_cmpint (run->states[POSTERN_STEP_STARTTLS], ==, POSTERN_STATE_FAILED);
      g_assert_cmpint (run->states[POSTERN_STEP_TLS], ==, POSTERN_STATE_NOT_REACHED);
      failure = postern_session_get_failure (run->session);
      g_assert_true (g_str_has_prefix (failure->text, "250"));
      event = postern_transcript_get_event (run->transcript, (guint) failure->first_event);
      g_assert_true (g_str_has_prefix (postern_event_get_text (event), "250"));
      g_assert_cmpint (postern_event_get_channel (event), ==, POSTERN_CHANNEL_CLEAR);
      g_assert_cmpint (postern_event_get_direction (event), ==, POSTERN_DIRECTION_SERVER);
      g_assert_null (postern_session_get_tls_info (run->session));
    }
}

static void
test_plain_first (void)
{
  static const char *const script[] = { "S 220 mail.test ESMTP", "HANG", NULL };
  g_autoptr(Run) run = run_new (script);
  const PosternFailure *failure;

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_all (run);
  assert_failed (run, "tls.plain-first", POSTERN_STEP_TLS);
  failure = postern_session_get_failure (run->session);
  g_assert_null (failure->detail);
  g_assert_cmpstr (failure->text, ==, "220 mail.test ESMTP");
  g_assert_cmpint (run->states[POSTERN_STEP_TLS], ==, POSTERN_STATE_FAILED);
  g_assert_null (postern_session_get_tls_info (run->session));
}

static void
test_tls_failures (void)
{
  static const char *const closed[] = { NULL };
  static const char *const reset[] = { "BYTE", "RESET", NULL };
  static const char *const old_alert[] = { "s \\025\\003\\001\\000\\002\\002\\106", "HANG", NULL };
  static const char *const old[] = { "TLS-FAIL"
                                     " NORMAL:-VERS-ALL:+VERS-TLS1.0",
                                     "EOF", NULL };
  static const char *const cipher[] = { "TLS-FAIL NORMAL:-KX-ALL:+RSA:-VERS-TLS1.3", NULL };
  static const char *const alert[] = { "s \\025\\003\\003\\000\\002\\002\\050", "HANG", NULL };
  static const char *const name[] = { "s \\025\\003\\003\\000\\002\\001\\160", NULL };
  static const char *const bye[] = { "s \\025\\003\\003\\000\\002\\001\\000", NULL };
  static const char *const warning[] = { "s \\025\\003\\003\\000\\002\\001\\050", NULL };
  static const char *const junk[] = { "s \\026\\003\\003\\000\\004\\024\\000\\000\\000", "HANG",
                                      NULL };
  static const char *const not_below_1_3[] = { "TLS-FAIL"
                                               " NORMAL:-VERS-TLS1.3",
                                               "EOF", NULL };
  const struct
  {
    const char *const *script;
    const char *code;
    guint16 min_version;
  } cases[] = {
    { closed, "tls.closed", 0 },
    { reset, "tls.closed", 0 },
    { old_alert, "tls.version-too-old", 0 },
    { old, "tls.version-too-old", 0 },
    { cipher, "tls.no-common-cipher", 0 },
    { alert, "tls.no-common-cipher", 0 },
    { name, "tls.closed", 0 },
    { bye, "tls.closed", 0 },
    { warning, "tls.no-common-cipher", 0 },
    { junk, "tls.handshake", 0 },
    { not_below_1_3, "tls.version-too-old", 0x0304 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Run) run = run_new (cases[i].script);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      run->plan->tls = POSTERN_TLS_START_IMPLICIT;
      run->plan->handshake_timeout = 2000;
      run->plan->tls_policy->min_version = cases[i].min_version;
      run_all (run);
      assert_failed (run, cases[i].code, POSTERN_STEP_TLS);
      g_assert_cmpint (run->states[POSTERN_STEP_TLS], ==, POSTERN_STATE_FAILED);
      if (cases[i].min_version != 0)
        g_assert_cmpstr (postern_session_get_failure (run->session)->wanted[0], ==, "TLS 1.3");
    }
}

/* The certificates are told as the server sent them: out of order, doubled, unrelated. */
static void
test_chain_as_sent (void)
{
  static const char *const script[] = { "TLS",    "S 220 mail.test", "C EHLO", "S 250 x",
                                        "C QUIT", "S 221 bye",       "EOF",    NULL };
  const TestCertSpec spec = { .cn = "Stranger" };
  g_autoptr(TestCert) stranger = test_cert_new (&spec, NULL, NULL);
  TestCert *const sent[] = { pki.own, stranger, pki.root, stranger };
  g_autofree char *chain = test_cert_pem (sent[0], sent[1], sent[2], sent[3], NULL);
  g_autoptr(Run) run = run_new_tls (script, chain, pki.key);
  const PosternTlsInfo *info;

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_all (run);
  g_assert_no_error (run->error);
  info = postern_session_get_tls_info (run->session);
  g_assert_cmpuint (info->chain->len, ==, G_N_ELEMENTS (sent));
  for (guint i = 0; i < G_N_ELEMENTS (sent); i++)
    {
      g_autoptr(GBytes) der = test_cert_der (sent[i]);

      g_assert_true (g_bytes_equal (postern_certificate_get_der (info->chain->pdata[i]), der));
    }
}

static void
test_certificate_refused (void)
{
  static const char *const script[] = { "TLS-FAIL", NULL };
  const TestCertSpec spec = { .cn = "other.test", .dns = "other.test" };
  g_autoptr(TestCert) own = test_cert_new (&spec, pki.root, NULL);
  g_autofree char *chain = test_cert_pem (own, pki.root, NULL);
  g_autofree char *key = test_cert_key_pem (own);
  g_autoptr(Run) run = run_new_tls (script, chain, key);
  const PosternTlsInfo *info;

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_all (run);
  assert_failed (run, "cert.name-mismatch", POSTERN_STEP_CERTIFICATE);
  g_assert_cmpint (run->states[POSTERN_STEP_TLS], ==, POSTERN_STATE_PASSED);
  g_assert_cmpint (run->states[POSTERN_STEP_CERTIFICATE], ==, POSTERN_STATE_FAILED);
  info = postern_session_get_tls_info (run->session);
  g_assert_nonnull (info);
  g_assert_false (info->accepted);
  g_assert_cmpstr (info->version, ==, "TLS 1.3");
  g_assert_cmpuint (info->chain->len, ==, 2);
  g_assert_cmpuint (info->faults->len, ==, 1);
}

static void
test_certificate_ignored (void)
{
  static const char *const script[] = { "TLS",    "S 220 x", "C EHLO", "S 250 x",
                                        "C QUIT", "S 221 x", "EOF",    NULL };
  const TestCertSpec spec = { .cn = "other.test", .dns = "other.test" };
  g_autoptr(TestCert) own = test_cert_new (&spec, NULL, NULL);
  g_autofree char *chain = test_cert_pem (own, NULL);
  g_autofree char *key = test_cert_key_pem (own);
  g_autoptr(Run) run = run_new_tls (script, chain, key);

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run->plan->tls_policy->verify = POSTERN_VERIFY_IGNORE;
  run_all (run);
  assert_passed (run);
  g_assert_cmpint (run->states[POSTERN_STEP_CERTIFICATE], ==, POSTERN_STATE_WARNING);
  g_assert_false (postern_session_get_tls_info (run->session)->verified);
  g_assert_true (postern_session_get_tls_info (run->session)->accepted);
  g_assert_cmpuint (postern_session_get_tls_info (run->session)->faults->len, ==, 2);
}

/* Two authorities that certify each other, sent by a server (CVE-2026-10028). */
static void
test_ring (void)
{
  static const char *const script[] = { "TLS-FAIL", NULL };
  const TestCertSpec a_spec = { .cn = "A", .ca = TRUE };
  const TestCertSpec b_spec = { .cn = "B", .ca = TRUE };
  const TestCertSpec own_spec = { .cn = "localhost", .ip = "127.0.0.1" };
  g_autoptr(TestCert) a_self = test_cert_new (&a_spec, NULL, NULL);
  g_autoptr(TestCert) b = test_cert_new (&b_spec, a_self, NULL);
  g_autoptr(TestCert) a = test_cert_new (&a_spec, b, a_self);
  g_autoptr(TestCert) own = test_cert_new (&own_spec, a, NULL);
  g_autofree char *chain = test_cert_pem (own, a, b, NULL);
  g_autofree char *key = test_cert_key_pem (own);
  g_autoptr(Run) run = run_new_tls (script, chain, key);

  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_all (run);
  assert_failed (run, "cert.untrusted-root", POSTERN_STEP_CERTIFICATE);
  g_assert_cmpuint (postern_session_get_tls_info (run->session)->chain->len, ==, 3);
}

static void
test_client_certificate (void)
{
  static const char *const wanted[] = { "TLS-AUTH", NULL };
  static const char *const wanted_1_2[] = { "TLS-AUTH NORMAL:-VERS-TLS1.3", NULL };
  static const char *const given[] = { "TLS-AUTH", "S 220 x", "C EHLO", "S 250 x",
                                       "C QUIT",   "S 221 x", "EOF",    NULL };
  g_autofree char *certificate = test_write_file (pki.chain);
  g_autofree char *key = test_write_file (pki.key);
  const char *const *const scripts[] = { wanted, wanted_1_2 };

  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr(Run) run = run_new (scripts[i]);
      g_autofree char *problem = NULL;

      run->plan->tls = POSTERN_TLS_START_IMPLICIT;
      run_all (run);
      assert_failed (run, "tls.client-certificate-wanted", POSTERN_STEP_TLS);
      g_assert_cmpint (run->states[POSTERN_STEP_TLS], ==, POSTERN_STATE_FAILED);
      g_assert_cmpint (run->states[POSTERN_STEP_CERTIFICATE], ==, POSTERN_STATE_NOT_REACHED);
      problem = scripted_peer_finish (g_steal_pointer (&run->peer));
      g_assert_nonnull (problem);
    }

  {
    g_autoptr(Run) run = run_new (given);

    run->plan->tls = POSTERN_TLS_START_IMPLICIT;
    run->plan->tls_policy->client_certificate = g_strdup (certificate);
    run->plan->tls_policy->client_key = g_strdup (key);
    run_all (run);
    assert_passed (run);
  }

  g_unlink (certificate);
  g_unlink (key);
}

static void
test_bad_file (void)
{
  g_autoptr(Run) run = run_new (NULL);

  g_free (run->plan->tls_policy->ca_file);
  run->plan->tls_policy->ca_file = g_strdup ("/nowhere/ca.pem");
  run->plan->tls = POSTERN_TLS_START_IMPLICIT;
  run_all (run);
  assert_failed (run, "settings.file-missing", POSTERN_STEP_SETTINGS);
  g_assert_cmpuint (postern_session_get_addresses (run->session)->len, ==, 0);
}

/* Neither what is sent nor what a server repeats of it is in the transcript. */
static void
test_secret_is_hidden (void)
{
  static const char *const script[] = { "S 220 x",
                                        "C EHLO",
                                        "s 250-x\\r\\n250 AUTH PLAIN\\r\\n",
                                        "C AUTH PLAIN AGFubmEAb3BlbiBzZXNhbWU=",
                                        "S 535 5.7.8 AGFubmEAb3BlbiBzZXNhbWU= open sesame",
                                        "C QUIT",
                                        "EOF",
                                        NULL };
  g_autoptr(Run) run = run_new (script);
  g_autofree char *text = NULL;
  PosternPlanStep *step;

  run->plan->clear_text_allowed = TRUE;
  step = postern_plan_add_step (run->plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
  step->user = g_strdup ("anna");
  step->password = postern_secret_new ("open sesame", -1);
  run_all (run);
  g_assert_false (run->passed);
  text = transcript_text (run);
  g_assert_null (strstr (text, "sesame"));
  g_assert_null (strstr (text, "b3BlbiBzZXNhb"));
  g_assert_null (strstr (run->error->message, "sesame"));
  g_assert_nonnull (strstr (text, "C  [clear]  AUTH PLAIN <hidden"));
  g_assert_nonnull (strstr (text, "C  [clear]  QUIT"));
}

int
main (int argc, char *argv[])
{
  int result;

  g_setenv ("G_TLS_GNUTLS_PRIORITY", "NONE", TRUE);
  postern_session_init_process ();
  g_assert_null (g_getenv ("G_TLS_GNUTLS_PRIORITY"));
  g_test_init (&argc, &argv, NULL);
  pki_init ();

  g_test_add_func ("/session/plain", test_plain);
  g_test_add_func ("/session/starttls", test_starttls);
  g_test_add_func ("/session/implicit", test_implicit);
  g_test_add_func ("/session/tls-1.2", test_tls_1_2);
  g_test_add_func ("/session/refused", test_refused);
  g_test_add_func ("/session/silent", test_silent);
  g_test_add_func ("/session/total", test_total);
  g_test_add_func ("/session/hangs-up", test_hangs_up);
  g_test_add_func ("/session/reset", test_reset);
  g_test_add_func ("/session/endless-line", test_endless_line);
  g_test_add_func ("/session/endless-reply", test_endless_reply);
  g_test_add_func ("/session/drip", test_drip);
  g_test_add_func ("/session/byte-by-byte", test_byte_by_byte);
  g_test_add_func ("/session/nobody-listens", test_nobody_listens);
  g_test_add_func ("/session/two-addresses", test_two_addresses);
  g_test_add_func ("/session/family", test_family);
  g_test_add_func ("/session/cancelled-before", test_cancelled_before);
  g_test_add_func ("/session/cancelled-midway", test_cancelled_midway);
  g_test_add_func ("/session/cancelled-in-handshake", test_cancelled_in_handshake);
  g_test_add_func ("/session/handshake-silent", test_handshake_silent);
  g_test_add_func ("/session/injected", test_injected);
  g_test_add_func ("/session/plain-first", test_plain_first);
  g_test_add_func ("/session/tls-failures", test_tls_failures);
  g_test_add_func ("/session/chain-as-sent", test_chain_as_sent);
  g_test_add_func ("/session/certificate-refused", test_certificate_refused);
  g_test_add_func ("/session/certificate-ignored", test_certificate_ignored);
  g_test_add_func ("/session/ring", test_ring);
  g_test_add_func ("/session/client-certificate", test_client_certificate);
  g_test_add_func ("/session/bad-file", test_bad_file);
  g_test_add_func ("/session/secret-is-hidden", test_secret_is_hidden);

  result = g_test_run ();
  pki_clear ();

  return result;
}
