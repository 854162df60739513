/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session.h"

#include "model/postern-error.h"
#include "protocol/postern-pop3.h"
#include "protocol/postern-smtp.h"
#include "scripted-peer.h"

#include <string.h>

/* A session that stays open after the logon: each operation against a scripted peer. */

#define SMTP_LOGON "S 220 mail.example.org", "C EHLO", "S 250 mail.example.org"
#define POP3_LOGON "S +OK ready", "C CAPA", "S -ERR what?"

typedef struct
{
  ScriptedPeer *peer;
  PosternPlan *plan;
  PosternTranscript *transcript;
  PosternSession *session;
  GCancellable *cancellable;
  gboolean done;
  gboolean passed;
  gboolean lost;
  GError *error;
} Run;

static void
lost_cb (gpointer user_data)
{
  Run *run = user_data;

  run->lost = TRUE;
}

static void
run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;

  run->passed = postern_session_run_finish (POSTERN_SESSION (source), result, &run->error);
  run->done = TRUE;
}

static void
operate_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;

  run->passed = postern_session_operate_finish (POSTERN_SESSION (source), result, &run->error);
  run->done = TRUE;
}

static void
wait_for (gboolean *flag)
{
  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
}

static Run *
run_new (PosternProtocol protocol, const char *const *script)
{
  Run *run = g_new0 (Run, 1);
  g_autoptr(PosternMachine) machine = NULL;

  run->peer = scripted_peer_new (script);
  run->plan = postern_plan_new ();
  run->plan->protocol = protocol;
  run->plan->stay = TRUE;
  run->plan->host = g_strdup ("127.0.0.1");
  run->plan->port = scripted_peer_get_port (run->peer);
  run->plan->ehlo_name = g_strdup ("client.test");
  run->transcript = postern_transcript_new ();
  run->cancellable = g_cancellable_new ();
  machine =
    protocol == POSTERN_PROTOCOL_SMTP ? postern_smtp_new (run->plan) : postern_pop3_new (run->plan);
  run->session = postern_session_new (machine, run->transcript);
  postern_session_set_lost_func (run->session, lost_cb, run);
  postern_session_run_async (run->session, NULL, run_cb, run);
  wait_for (&run->done);
  g_assert_no_error (run->error);
  g_assert_true (run->passed);
  return run;
}

static void
run_free (Run *run)
{
  g_autofree char *wrong = NULL;
  gpointer session = run->session;

  /* What was under way when it ended comes back to let it go. */
  g_object_add_weak_pointer (G_OBJECT (run->session), &session);
  g_clear_object (&run->session);
  while (session != NULL)
    g_main_context_iteration (NULL, TRUE);
  wrong = scripted_peer_finish (run->peer);
  g_assert_cmpstr (wrong, ==, NULL);
  g_clear_error (&run->error);
  postern_plan_unref (run->plan);
  g_object_unref (run->transcript);
  g_object_unref (run->cancellable);
  g_free (run);
}

static gboolean
operate (Run *run, PosternOperation *operation)
{
  run->done = FALSE;
  g_clear_error (&run->error);
  postern_session_operate_async (run->session, operation, run->cancellable, operate_cb, run);
  wait_for (&run->done);
  return run->passed;
}

static PosternOperation *
envelope_new (const char *sender, const char *recipients, gboolean ignore)
{
  PosternOperation *operation = postern_operation_new (POSTERN_OPERATION_ENVELOPE);
  g_auto (GStrv) list = g_strsplit (recipients, " ", -1);

  operation->sender = g_strdup (sender);
  operation->ignore_refused = ignore;
  for (guint i = 0; list[i] != NULL; i++)
    postern_operation_add_recipient (operation, list[i]);
  return operation;
}

static void
quit (Run *run)
{
  g_autoptr(PosternOperation) operation = postern_operation_new (POSTERN_OPERATION_QUIT);

  g_assert_true (operate (run, operation));
  g_assert_true (operation->answered);
  g_assert_false (postern_session_is_ready (run->session));
  g_assert_false (run->lost);
}

/* Two messages, each with an envelope of its own, then the rest. */
static void
test_smtp (void)
{
  static const char *const script[] = {
    SMTP_LOGON,
    "C MAIL FROM:<a@x.test>",
    "S 250 ok",
    "C RCPT TO:<b@x.test>",
    "S 250 ok",
    "C RCPT TO:<c@x.test>",
    "S 550-5.1.1 nobody",
    "S 550 5.1.1 here",
    "C RCPT TO:<d@x.test>",
    "S 251 ok",
    "C DATA",
    "S 354 go on",
    "C Subject: x",
    "C ",
    "C ..dot",
    "C .",
    "S 250 2.0.0 queued",
    "C NOOP",
    "S 250 ok",
    "C MAIL FROM:<a@x.test>",
    "S 250 ok",
    "C RCPT TO:<c@x.test>",
    "S 452 full",
    "C RSET",
    "S 250 ok",
    "C QUIT",
    "S 221 bye",
    NULL,
  };
  Run *run = run_new (POSTERN_PROTOCOL_SMTP, script);
  g_autoptr(PosternOperation) first =
               envelope_new ("a@x.test", "b@x.test c@x.test d@x.test", TRUE);
  g_autoptr(PosternOperation) message = postern_operation_new (POSTERN_OPERATION_MESSAGE);
  g_autoptr(PosternOperation) noop = postern_operation_new (POSTERN_OPERATION_NOOP);
  g_autoptr(PosternOperation) second = envelope_new ("a@x.test", "c@x.test d@x.test", FALSE);
  g_autoptr(PosternOperation) reset = postern_operation_new (POSTERN_OPERATION_RESET);
  g_autoptr(PosternTranscript) other = postern_transcript_new ();
  guint n_events;

  g_assert_true (operate (run, first));
  g_assert_false (first->refused);
  g_assert_cmpuint (first->n_refused, ==, 1);
  g_assert_cmpint (((PosternRecipient *) first->recipients->pdata[0])->reply_code, ==, 250);
  g_assert_cmpint (((PosternRecipient *) first->recipients->pdata[1])->reply_code, ==, 550);
  g_assert_cmpstr (((PosternRecipient *) first->recipients->pdata[1])->text, ==,
                   "550-5.1.1 nobody\n550 5.1.1 here");
  g_assert_cmpint (((PosternRecipient *) first->recipients->pdata[2])->reply_code, ==, 251);
  g_assert_true (postern_session_is_ready (run->session));

  message->message = g_bytes_new_static ("Subject: x\r\n\r\n.dot\r\n", 20);
  g_assert_true (operate (run, message));
  g_assert_cmpint (message->reply_code, ==, 250);
  g_assert_cmpstr (message->text, ==, "250 2.0.0 queued");

  n_events = postern_transcript_get_n_events (run->transcript);
  postern_session_set_transcript (run->session, other);
  g_assert_true (operate (run, noop));
  g_assert_cmpuint (postern_transcript_get_n_events (run->transcript), ==, n_events);
  g_assert_cmpuint (postern_transcript_get_n_events (other), ==, 2);

  g_assert_true (operate (run, second));
  g_assert_true (second->refused);
  g_assert_cmpint (second->reply_code, ==, 452);
  g_assert_cmpint (((PosternRecipient *) second->recipients->pdata[1])->reply_code, ==, 0);
  g_assert_true (operate (run, reset));
  quit (run);
  run_free (run);
}

static void
test_unsafe_address (void)
{
  static const char *const script[] = { SMTP_LOGON, "C QUIT", "S 221 bye", NULL };
  Run *run = run_new (POSTERN_PROTOCOL_SMTP, script);
  g_autoptr(PosternOperation) first = envelope_new ("a@x.test>\r\nDATA", "b@x.test", FALSE);
  g_autoptr(PosternOperation) second = envelope_new ("a@x.test", "b@x.test>", FALSE);

  g_assert_true (operate (run, first));
  g_assert_true (first->refused);
  g_assert_false (first->answered);
  g_assert_true (operate (run, second));
  g_assert_true (second->refused);
  quit (run);
  run_free (run);
}

/* A large message: the beginning is shown, all of it is sent. */
static void
test_large_message (void)
{
  g_autoptr(GPtrArray) script = g_ptr_array_new ();
  const char *const begin[] = { SMTP_LOGON, "C DATA", "S 354 go on" };
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(PosternOperation) message = postern_operation_new (POSTERN_OPERATION_MESSAGE);
  Run *run;

  for (guint i = 0; i < G_N_ELEMENTS (begin); i++)
    g_ptr_array_add (script, (gpointer) begin[i]);
  for (guint i = 0; i < 5000; i++)
    {
      g_string_append (text, ".12345678901234567890123456789012345678901234567890\r\n");
      g_ptr_array_add (script, (gpointer) "C ..1234567890");
    }
  g_ptr_array_add (script, (gpointer) "C .");
  g_ptr_array_add (script, (gpointer) "S 250 queued");
  g_ptr_array_add (script, (gpointer) "C QUIT");
  g_ptr_array_add (script, (gpointer) "S 221 bye");
  g_ptr_array_add (script, NULL);

  run = run_new (POSTERN_PROTOCOL_SMTP, (const char *const *) script->pdata);
  message->message = g_bytes_new (text->str, text->len);
  g_assert_true (operate (run, message));
  g_assert_cmpuint (postern_transcript_get_n_events (run->transcript), <, 230);
  quit (run);
  run_free (run);
}

static void
test_pop3 (void)
{
  static const char *const script[] = {
    POP3_LOGON,  "C STAT",     "S +OK 2 700",
    "C LIST",    "S +OK",      "S 1 320",
    "S 2 380",   "S .",        "C UIDL",
    "S +OK",     "S 1 abc",    "S 2 def",
    "S .",       "C TOP 1 0",  "S +OK",
    "S From: a", "S ..dot: b", "S ",
    "S .",       "C TOP 2 0",  "S -ERR no TOP",
    "C RETR 2",  "S +OK",      "S Subject: two",
    "S ",        "S body",     "S ",
    "S .",       "C TOP 9 0",  "S -ERR no such message",
    "C QUIT",    "S +OK bye",  NULL,
  };
  Run *run = run_new (POSTERN_PROTOCOL_POP3, script);
  g_autoptr(PosternOperation) list = postern_operation_new (POSTERN_OPERATION_LIST);
  g_autoptr(PosternOperation) first = postern_operation_new (POSTERN_OPERATION_HEADERS);
  g_autoptr(PosternOperation) second = postern_operation_new (POSTERN_OPERATION_HEADERS);
  g_autoptr(PosternOperation) third = postern_operation_new (POSTERN_OPERATION_HEADERS);

  g_assert_true (operate (run, list));
  g_assert_cmpuint (list->listed->len, ==, 2);
  g_assert_cmpuint (((PosternListed *) list->listed->pdata[1])->size, ==, 380);
  g_assert_cmpstr (((PosternListed *) list->listed->pdata[1])->id, ==, "def");

  first->number = 1;
  g_assert_true (operate (run, first));
  g_assert_cmpstr (first->headers->str, ==, "From: a\n.dot: b\n");
  second->number = 2;
  g_assert_true (operate (run, second));
  g_assert_cmpstr (second->headers->str, ==, "Subject: two\n");
  third->number = 9;
  third->size = 1024 * 1024;
  g_assert_true (operate (run, third));
  g_assert_true (third->refused);
  quit (run);
  run_free (run);
}

/* A mailbox without UIDL, and lists that lie. */
static void
test_pop3_lies (void)
{
  static const char *const script[] = {
    POP3_LOGON,
    "C STAT",
    "S +OK",
    "C LIST",
    "S +OK",
    "S x y",
    "S 0 1",
    "S -1 5",
    "S 7",
    "S 3 9",
    "S .",
    "C UIDL",
    "S +OK",
    "S 2 no",
    "S 3 yes",
    "S 3 again",
    "S 99999999999999999999 z",
    "S .",
    "C QUIT",
    "S +OK",
    NULL,
  };
  Run *run = run_new (POSTERN_PROTOCOL_POP3, script);
  g_autoptr(PosternOperation) list = postern_operation_new (POSTERN_OPERATION_LIST);

  g_assert_true (operate (run, list));
  g_assert_cmpuint (list->listed->len, ==, 1);
  g_assert_cmpuint (((PosternListed *) list->listed->pdata[0])->number, ==, 3);
  g_assert_cmpstr (((PosternListed *) list->listed->pdata[0])->id, ==, "yes");
  quit (run);
  run_free (run);
}

/* Between two operations: what the server does, and the failure that it is. */
typedef struct
{
  const char *name;
  PosternProtocol protocol;
  const char *says[3];
  const char *code;
} LostCase;

static const LostCase lost_cases[] = {
  { "closes", POSTERN_PROTOCOL_SMTP, { NULL }, "protocol.closed" },
  { "resets", POSTERN_PROTOCOL_SMTP, { "RESET" }, "protocol.closed" },
  { "421", POSTERN_PROTOCOL_SMTP, { "S 421 idle for too long", "EOF" }, "protocol.closed" },
  { "421-in-lines",
    POSTERN_PROTOCOL_SMTP,
    { "S 421-idle for", "S 421 too long", "EOF" },
    "protocol.closed" },
  { "unasked", POSTERN_PROTOCOL_SMTP, { "S 250 ok", "EOF" }, "protocol.unexpected-reply" },
  { "noise", POSTERN_PROTOCOL_SMTP, { "S hello", "EOF" }, "protocol.malformed" },
  { "pop3-closes", POSTERN_PROTOCOL_POP3, { NULL }, "protocol.closed" },
  { "pop3-err", POSTERN_PROTOCOL_POP3, { "S -ERR idle", "EOF" }, "protocol.closed" },
  { "pop3-ok", POSTERN_PROTOCOL_POP3, { "S +OK", "EOF" }, "protocol.unexpected-reply" },
};

static void
test_lost (gconstpointer data)
{
  const LostCase *test = data;
  const char *script[12] = { NULL };
  const char *const smtp[] = { SMTP_LOGON, "C NOOP", "S 250 ok" };
  const char *const pop3[] = { POP3_LOGON, "C NOOP", "S +OK" };
  g_autoptr(PosternOperation) noop = postern_operation_new (POSTERN_OPERATION_NOOP);
  Run *run;

  for (guint i = 0; i < 5; i++)
    script[i] = test->protocol == POSTERN_PROTOCOL_SMTP ? smtp[i] : pop3[i];
  for (guint i = 0; i < 3 && test->says[i] != NULL; i++)
    script[5 + i] = test->says[i];
  run = run_new (test->protocol, script);

  g_assert_true (operate (run, noop) || run->lost || run->error != NULL);
  if (run->passed)
    wait_for (&run->lost);
  g_assert_false (postern_session_is_ready (run->session));
  g_assert_cmpstr (postern_session_get_failure (run->session)->code, ==, test->code);

  g_assert_false (operate (run, noop));
  g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  run_free (run);
}

/* During an operation: the connection is closed, and the error says why. */
static void
test_closed_midway (void)
{
  static const char *const script[] = { SMTP_LOGON, "C DATA", "S 354 go on", "C x", "C .", NULL };
  Run *run = run_new (POSTERN_PROTOCOL_SMTP, script);
  g_autoptr(PosternOperation) message = postern_operation_new (POSTERN_OPERATION_MESSAGE);

  message->message = g_bytes_new_static ("x\r\n", 3);
  g_assert_false (operate (run, message));
  g_assert_error (run->error, POSTERN_ERROR, POSTERN_ERROR_PROTOCOL);
  g_assert_cmpstr (postern_session_get_failure (run->session)->code, ==, "protocol.closed");
  g_assert_false (postern_session_is_ready (run->session));
  g_assert_false (run->lost);
  run_free (run);
}

/* A server that does not stop: the session ends, and what was read is bounded. */
static void
test_floods (gconstpointer data)
{
  const char *flood = data;
  const char *const script[] = {
    POP3_LOGON, "C STAT", "S +OK 1 1", "C LIST", "S +OK", flood, NULL
  };
  Run *run = run_new (POSTERN_PROTOCOL_POP3, script);
  g_autoptr(PosternOperation) list = postern_operation_new (POSTERN_OPERATION_LIST);

  g_assert_false (operate (run, list));
  g_assert_cmpstr (postern_session_get_failure (run->session)->code, ==, "protocol.too-long");
  g_assert_cmpuint (list->listed->len, ==, 0);
  g_assert_cmpuint (postern_transcript_get_n_events (run->transcript), <=, 5000);
  run_free (run);
}

static void
test_timed_out (void)
{
  static const char *const script[] = { SMTP_LOGON, "C NOOP", "HANG", NULL };
  Run *run = run_new (POSTERN_PROTOCOL_SMTP, script);
  g_autoptr(PosternOperation) noop = postern_operation_new (POSTERN_OPERATION_NOOP);

  run->plan->reply_timeout = 100;
  g_assert_false (operate (run, noop));
  g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (postern_session_get_failure (run->session)->code, ==, "timeout.reply");
  run_free (run);
}

static gboolean
cancel_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
test_cancelled (void)
{
  static const char *const script[] = { SMTP_LOGON, "C NOOP", "HANG", NULL };
  Run *run = run_new (POSTERN_PROTOCOL_SMTP, script);
  g_autoptr(PosternOperation) noop = postern_operation_new (POSTERN_OPERATION_NOOP);

  g_timeout_add (50, cancel_cb, run->cancellable);
  g_assert_false (operate (run, noop));
  g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (postern_session_is_ready (run->session));
  run_free (run);
}

/* Closing, and letting go, while nothing is being done. */
static void
test_dropped (gconstpointer data)
{
  static const char *const script[] = { SMTP_LOGON, "EOF", NULL };
  Run *run = run_new (POSTERN_PROTOCOL_SMTP, script);

  if (GPOINTER_TO_INT (data))
    postern_session_close (run->session);
  run_free (run);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  postern_session_init_process ();

  g_test_add_func ("/operations/smtp", test_smtp);
  g_test_add_func ("/operations/unsafe-address", test_unsafe_address);
  g_test_add_func ("/operations/large-message", test_large_message);
  g_test_add_func ("/operations/pop3", test_pop3);
  g_test_add_func ("/operations/pop3-lies", test_pop3_lies);
  g_test_add_func ("/operations/closed-midway", test_closed_midway);
  g_test_add_data_func ("/operations/floods/lines", "FLOOD 1 2\\r\\n", test_floods);
  g_test_add_data_func ("/operations/floods/line", "FLOOD 1 2", test_floods);
  g_test_add_func ("/operations/timed-out", test_timed_out);
  g_test_add_func ("/operations/cancelled", test_cancelled);
  g_test_add_data_func ("/operations/let-go", GINT_TO_POINTER (FALSE), test_dropped);
  g_test_add_data_func ("/operations/closed", GINT_TO_POINTER (TRUE), test_dropped);
  for (gsize i = 0; i < G_N_ELEMENTS (lost_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/operations/lost/", lost_cases[i].name, NULL);

      g_test_add_data_func (path, &lost_cases[i], test_lost);
    }
  return g_test_run ();
}
