/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-upopmail.h"

#include "practice/postern-practice.h"
#include "scripted-peer.h"

#include <glib/gstdio.h>
#include <string.h>

/* Whole sequences of operations: against the practice server, and against a peer that keeps to a
 * script. */

#define SECRET "USER=" POSTERN_PRACTICE_USER ";PASSWORD=" POSTERN_PRACTICE_PASSWORD
#define LOGIN "SMTP=UAuthLoginSMTP"
#define STARTTLS "SMTP=UStartTLSSMTP"

typedef struct
{
  PosternPractice *practice;
  PosternPractice *mail;
  PosternAccount *settings;
  PosternUpopmail *upopmail;
  PosternUpopmailResult *last;
  char *clear;
  char *tls;
  char *pop;
  guint n_warnings;
} Fixture;

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

static void
set_up_instance (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;

  fixture->upopmail = postern_upopmail_new (fixture->settings, NULL, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *options = NULL;

  fixture->practice = start_practice (POSTERN_PROTOCOL_SMTP, scenario);
  options = g_strdup_printf ("verify_server=yes, ca_certificate=%s",
                             postern_practice_write_ca_file (fixture->practice, &error));
  g_assert_no_error (error);
  fixture->clear = g_strdup_printf ("localhost+%u", postern_practice_get_port (fixture->practice));
  fixture->tls =
    g_strdup_printf ("TLS:localhost+%u", postern_practice_get_tls_port (fixture->practice));
  fixture->settings = postern_account_new (NULL);
  g_object_set (fixture->settings, "tls-options", options, NULL);
  set_up_instance (fixture);
}

static void
set_up_pop (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *options = NULL;

  fixture->mail = start_practice (POSTERN_PROTOCOL_POP3, scenario);
  options = g_strdup_printf ("verify_server=yes, ca_certificate=%s",
                             postern_practice_write_ca_file (fixture->mail, &error));
  g_assert_no_error (error);
  fixture->pop =
    g_strdup_printf ("TLS:localhost+%u", postern_practice_get_tls_port (fixture->mail));
  fixture->settings = postern_account_new (NULL);
  g_object_set (fixture->settings, "tls-options", options, NULL);
  set_up_instance (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer scenario)
{
  g_clear_pointer (&fixture->last, postern_upopmail_result_free);
  g_assert_finalize_object (fixture->upopmail);
  if (fixture->practice != NULL)
    {
      postern_practice_stop (fixture->practice);
      g_object_unref (fixture->practice);
    }
  if (fixture->mail != NULL)
    {
      postern_practice_stop (fixture->mail);
      g_object_unref (fixture->mail);
    }
  g_object_unref (fixture->settings);
  g_free (fixture->clear);
  g_free (fixture->tls);
  g_free (fixture->pop);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
call_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static int G_GNUC_NULL_TERMINATED
call (Fixture *fixture, const char *operation, ...)
{
  const char *arguments[8] = { NULL };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(PosternUpopmailCall) prepared = NULL;
  g_autoptr(GError) error = NULL;
  va_list args;
  guint n = 0;

  va_start (args, operation);
  while (n < 7 && (arguments[n] = va_arg (args, const char *)) != NULL)
    n++;
  va_end (args);

  prepared = postern_upopmail_call_new (postern_upopmail_operation_find (operation), arguments);
  postern_upopmail_call_async (fixture->upopmail, prepared, NULL, call_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_clear_pointer (&fixture->last, postern_upopmail_result_free);
  fixture->last = postern_upopmail_call_finish (fixture->upopmail, result, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %d %s", operation, fixture->last->status, fixture->last->text);
  return fixture->last->status;
}

static int
set_security (Fixture *fixture, const char *properties, const char *parameters)
{
  return call (fixture, "SetSecurity", properties, parameters, NULL);
}

static int
logon (Fixture *fixture, const char *connection)
{
  return call (fixture, "LogonSMTP", connection, "", "", NULL);
}

#define assert_queue(fixture, ...)                                                                 \
  assert_queue_is (fixture, (const char *const[]){ __VA_ARGS__, NULL })

static void
assert_queue_is (Fixture *fixture, const char *const *drivers)
{
  guint n = g_strv_length ((GStrv) drivers);

  for (guint i = 0; i <= n; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i + 1);

      g_assert_cmpint (call (fixture, "GetSecurity", number, "SMTP=", "", NULL), ==,
                       i < n ? 0 : -1);
      g_assert_cmpstr (fixture->last->outputs[0], ==, i < n ? drivers[i] : "");
    }
}

/* --- Section 12, "Security sequences" --- */

static void
test_locked (Fixture *fixture, gconstpointer scenario)
{
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (logon (fixture, fixture->tls), ==, 0);
  g_assert_true (postern_upopmail_is_logged_on (fixture->upopmail, POSTERN_PROTOCOL_SMTP));
  g_assert_cmpint (set_security (fixture, STARTTLS, ""), ==, -3);
  g_assert_cmpint (set_security (fixture, "SMTP=", ""), ==, -3);
  g_assert_cmpint (logon (fixture, fixture->tls), ==, -3);
  assert_queue (fixture, LOGIN);
  g_assert_cmpint (call (fixture, "GetSecurity", "1", "smtp=", "", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[1], ==, "INUSE=TRUE");

  g_assert_cmpint (call (fixture, "LogoffSMTP", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "GetSMTPResponse", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[0], ==, "221");
  g_assert_cmpint (call (fixture, "LogoffSMTP", NULL), ==, -8);
  g_assert_cmpint (call (fixture, "GetSecurity", "1", "SMTP=", "", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[1], ==, "INUSE=FALSE");
  g_assert_cmpint (logon (fixture, fixture->tls), ==, 0); /* uses it again */
  g_assert_cmpint (call (fixture, "LogoffSMTP", NULL), ==, 0);
  g_assert_cmpint (set_security (fixture, STARTTLS, ""), ==, 0);
  assert_queue (fixture, STARTTLS);
}

static void
test_failed_8 (Fixture *fixture, gconstpointer scenario)
{
  g_assert_cmpint (set_security (fixture, LOGIN, "USER=practice;PASSWORD=wrong"), ==, 0);
  g_assert_cmpint (logon (fixture, fixture->tls), ==, -8);
  g_assert_cmpint (fixture->last->exit_status, ==, 16);
  g_assert_cmpint (call (fixture, "GetSMTPResponse", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[0], ==, "535");
  g_assert_cmpint (set_security (fixture, STARTTLS, ""), ==, 0);
  assert_queue (fixture, STARTTLS);
}

/* -7 on one server, used on another. */
static void
test_failed_7 (Fixture *fixture, gconstpointer scenario)
{
  static const char *const script[] = { "S 220 x", "C EHLO", "S 250 x", "C QUIT", "S 221", NULL };
  ScriptedPeer *peer = scripted_peer_new (script);
  g_autofree char *other = g_strdup_printf ("127.0.0.1+%u", scripted_peer_get_port (peer));

  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (logon (fixture, other), ==, -7);
  g_assert_cmpint (logon (fixture, fixture->tls), ==, 0);
  assert_queue (fixture, LOGIN);
  g_free (scripted_peer_finish (peer));
}

static void
test_failed_9 (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *dead = g_strdup_printf ("127.0.0.1+%u", scripted_peer_dead_port ());

  g_assert_cmpint (set_security (fixture, STARTTLS, ""), ==, 0);
  g_assert_cmpint (logon (fixture, dead), ==, -9);
  g_assert_cmpint (fixture->last->exit_status, ==, 11);
  g_assert_cmpint (logon (fixture, "SSL:nonsense"), ==, -9);
  g_assert_cmpint (call (fixture, "LogonSMTP", fixture->clear, "user", "", NULL), ==, -2);
  g_assert_cmpint (call (fixture, "LogonSMTP", fixture->clear, "", "secret", NULL), ==, -2);
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  assert_queue (fixture, STARTTLS, LOGIN);
  g_assert_cmpint (logon (fixture, fixture->clear), ==, 0);
}

static void
test_send_mail_alone (Fixture *fixture, gconstpointer scenario)
{
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (call (fixture, "SendMail", fixture->tls,
                         "FROM=a@practice.test\x1bTO=b@practice.test\x1bSUBJECT=Hi", "Text", "",
                         "0", NULL),
                   ==, 0);
  g_assert_cmpuint (fixture->last->transcripts->len, ==, 2);
  g_assert_false (postern_upopmail_is_logged_on (fixture->upopmail, POSTERN_PROTOCOL_SMTP));
  g_assert_cmpint (call (fixture, "GetSecurity", "1", "SMTP=", "", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[0], ==, LOGIN);
  g_assert_cmpstr (fixture->last->outputs[1], ==, "INUSE=FALSE");
  g_assert_cmpint (set_security (fixture, STARTTLS, ""), ==, 0);
  assert_queue (fixture, STARTTLS);
}

static void
test_statuses (Fixture *fixture, gconstpointer scenario)
{
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (set_security (fixture, "SMTP=UAuthLoginSMTP;USE=PERHAPS", ""), ==, -2);
  assert_queue (fixture, LOGIN);
  g_assert_cmpint (set_security (fixture, "IMAP=x", ""), ==, -2);
  g_assert_cmpint (set_security (fixture, "POP=UAuthLoginSMTP", ""), ==, -5);
  g_assert_cmpint (set_security (fixture, "smtp=UAuthLoginSMTP;use=opt", ""), ==, 0);
  g_assert_cmpint (set_security (fixture, "SMTP=uauthloginsmtp", ""), ==, -5);
  g_assert_cmpint (set_security (fixture, "SMTP=", ""), ==, 0);
  g_assert_cmpint (call (fixture, "GetSecurity", "1", "SMTP=", "", NULL), ==, -1);
  g_assert_cmpint (call (fixture, "GetSecurity", "1", "IMAP=", "", NULL), ==, -2);

  g_assert_cmpint (set_security (fixture, LOGIN, "USER=practice"), ==, 0);
  g_assert_cmpint (logon (fixture, fixture->tls), ==, -8);
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (logon (fixture, fixture->tls), ==, -8);
  g_assert_cmpint (set_security (fixture, STARTTLS, ""), ==, 0);
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (logon (fixture, fixture->clear), ==, 0);
}

static void
warning_cb (PosternUpopmail *upopmail, PosternFinding *finding, Fixture *fixture)
{
  g_assert_cmpstr (postern_finding_get_code (finding), ==, "settings.clear-text-password");
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->practice), ==, 0);
  fixture->n_warnings++;
}

/* Passed over, and the password in clear text: said before it happens. */
static void
test_clear_text (Fixture *fixture, gconstpointer scenario)
{
  gboolean warned = FALSE;

  g_signal_connect (fixture->upopmail, "warning", G_CALLBACK (warning_cb), fixture);

  g_assert_cmpint (set_security (fixture, STARTTLS ";USE=OPT", ""), ==, 0);
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (logon (fixture, fixture->clear), ==, 0);
  for (guint i = 0; i < fixture->last->findings->len; i++)
    warned |= strcmp (postern_finding_get_code (fixture->last->findings->pdata[i]),
                      "settings.driver-order") == 0;
  g_assert_true (warned);
  g_assert_cmpuint (fixture->n_warnings, ==, 1);
  g_assert_cmpint (call (fixture, "GetSecurity", "1", "SMTP=", "", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[1], ==, "INUSE=FALSE");
  g_assert_cmpint (call (fixture, "GetSecurity", "2", "SMTP=", "", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[1], ==, "INUSE=TRUE");
}

/* --- Sending --- */

static void
test_send (Fixture *fixture, gconstpointer scenario)
{
  g_assert_cmpint (call (fixture, "Send", "", NULL), ==, -8);
  g_assert_cmpint (set_security (fixture, LOGIN, SECRET), ==, 0);
  g_assert_cmpint (logon (fixture, fixture->tls), ==, 0);
  g_assert_cmpint (call (fixture, "Send", "", NULL), ==, -12);
  g_assert_cmpint (call (fixture, "SetFrom", "Ä B <a@practice.test>", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "Send", "", NULL), ==, -12);
  g_assert_cmpint (call (fixture, "SetToList", "b@practice.test;c@practice.test", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "SetSubject", "Grüße", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "SetPriority", "1", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "SetPriority", "6", NULL), <, 0);
  g_assert_cmpint (call (fixture, "SetMessage", "Hallo", "", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "SetMessage", "<b>Hallo</b>", "MIMEType=text/html", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "SetMessage", "x", "MIMEType=text/rtf", NULL), <, 0);
  g_assert_cmpint (call (fixture, "AddAttachmentFromFile", "/nonexistent/x", "", NULL), ==, -13);
  g_assert_cmpint (call (fixture, "Send", "MaxSize=10", NULL), ==, -6);
  g_assert_cmpint (call (fixture, "Send", "", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "Send", "MaxSize=100000", NULL), ==, 0); /* it is still there */
  g_assert_cmpint (call (fixture, "GetRecipientDetails", "", "", "", NULL), ==, 0);
  g_assert_nonnull (strstr (fixture->last->outputs[0], "b@practice.test=250;"));
  g_assert_nonnull (strstr (fixture->last->outputs[0], "\x1b"
                                                       "c@practice.test=250;"));
  g_assert_cmpstr (fixture->last->outputs[1], ==, "");
  g_assert_cmpint (call (fixture, "SetCCList", "no address at all@@", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "Send", "", NULL), ==, -2);
  g_assert_cmpint (call (fixture, "ClearMail", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "Send", "", NULL), ==, -12);

  /* With a connection, SendMail uses it and keeps it. */
  g_assert_cmpint (
    call (fixture, "SendMail", "nowhere", "FROM=a@x.test;TO=b@x.test", "x", "", "0", NULL), ==, 0);
  g_assert_true (postern_upopmail_is_logged_on (fixture->upopmail, POSTERN_PROTOCOL_SMTP));
  g_assert_cmpint (
    call (fixture, "SendMail", "nowhere", "from=a@x.test;TO=b@x.test", "x", "", "0", NULL), ==,
    -12);
  g_assert_cmpint (call (fixture, "SendMail", "nowhere", "FROM=a@x.test;TO=b@x.test", "x",
                         "/nonexistent", "0", NULL),
                   ==, -13);
  g_assert_cmpint (
    call (fixture, "SendMail", "nowhere", "FROM=a@x.test;TO=b@x.test", "x", "", "5", NULL), ==, -6);
  g_assert_cmpint (call (fixture, "LogoffSMTP", NULL), ==, 0);
}

/* What a scripted server says to Send, and the status that it is. */
typedef struct
{
  const char *name;
  const char *script; /* after the EHLO; lines */
  const char *options;
  int status;
  int exit_status;
  const char *code;
} SendCase;

#define MAIL_OK "C MAIL FROM:<a@x.test>\nS 250 ok\n"
#define RCPT "C RCPT TO:<b@x.test>\n"
#define RCPT_2 "C RCPT TO:<c@x.test>\n"
#define RSET "C RSET\nS 250 ok\n"

static const SendCase send_cases[] = {
  { "sender-refused", "C MAIL\nS 553 5.7.1 not you\n" RSET, "", -2, 18, "553" },
  { "needs-auth", "C MAIL\nS 530 5.7.0 log on\n" RSET, "", -2, 18, "530" },
  { "sender-quota", "C MAIL\nS 552 full\n" RSET, "", -15, 18, "552" },
  { "recipient-refused", MAIL_OK RCPT "S 550 nobody\n" RSET, "", -2, 18, "550" },
  { "recipient-quota", MAIL_OK RCPT "S 452 full\n" RSET, "", -15, 18, "452" },
  { "all-refused", MAIL_OK RCPT "S 550 no\n" RCPT_2 "S 550 no\n" RSET, "IgnoreRcptError=True", -2,
    18, "550" },
  { "data-refused", MAIL_OK RCPT "S 250 ok\n" RCPT_2 "S 250 ok\nC DATA\nS 554 no\n", "", -10, 18,
    "554" },
  { "data-quota", MAIL_OK RCPT "S 250 ok\n" RCPT_2 "S 250 ok\nC DATA\nS 452 full\n", "", -15, 18,
    "452" },
  { "421", MAIL_OK RCPT "S 421 going down\nEOF\n", "", -9, 12, "421" },
  { "closed", MAIL_OK RCPT, "", -9, 12, "250" },
};

static void
compose (Fixture *fixture)
{
  g_assert_cmpint (call (fixture, "SetFrom", "a@x.test", NULL), ==, 0);
  g_assert_cmpint (call (fixture, "SetToList",
                         "b@x.test\x1b"
                         "c@x.test",
                         NULL),
                   ==, 0);
  g_assert_cmpint (call (fixture, "SetMessage", "x", "", NULL), ==, 0);
}

static ScriptedPeer *
start_peer (const char *lines, GStrv *script)
{
  g_autofree char *all = g_strconcat ("S 220 x\nC EHLO\nS 250 x\n", lines, NULL);

  *script = g_strsplit (g_strchomp (all), "\n", -1);
  return scripted_peer_new ((const char *const *) *script);
}

static void
test_send_case (gconstpointer data)
{
  const SendCase *test = data;
  Fixture fixture = { 0 };
  g_auto (GStrv) script = NULL;
  ScriptedPeer *peer = start_peer (test->script, &script);
  g_autofree char *connection = g_strdup_printf ("127.0.0.1+%u", scripted_peer_get_port (peer));
  g_autofree char *wrong = NULL;
  gboolean gone = test->status == -9;

  fixture.settings = postern_account_new (NULL);
  set_up_instance (&fixture);
  g_assert_cmpint (logon (&fixture, connection), ==, 0);
  compose (&fixture);
  g_assert_cmpint (call (&fixture, "Send", test->options, NULL), ==, test->status);
  g_assert_cmpint (fixture.last->exit_status, ==, test->exit_status);
  g_assert_cmpint (postern_upopmail_is_logged_on (fixture.upopmail, POSTERN_PROTOCOL_SMTP), ==,
                   !gone);
  g_assert_cmpint (call (&fixture, "GetSMTPResponse", NULL), ==, 0);
  g_assert_cmpstr (fixture.last->outputs[0], ==, test->code);
  if (gone)
    {
      g_assert_cmpint (call (&fixture, "Send", "", NULL), ==, -8);
      g_assert_cmpint (set_security (&fixture, LOGIN, ""), ==, 0);
    }
  tear_down (&fixture, NULL);
  wrong = scripted_peer_finish (peer);
  g_assert_cmpstr (wrong, ==, NULL);
}

/* One refused, and told; its address is not in the headers. */
static void
test_partly (void)
{
  Fixture fixture = { 0 };
  g_auto (GStrv) script = NULL;
  ScriptedPeer *peer = start_peer (
    MAIL_OK RCPT
    "S 550-5.1.1 no\nS 550 5.1.1 body\n" RCPT_2 "S 250 ok\nC DATA\nS 354 go\nC Date: \n"
    "C From: a@x.test\nC To: c@x.test\nC Message-ID: <\nC MIME-Version: 1.0\n"
    "C Content-Type: text/plain; charset=utf-8\nC Content-Transfer-Encoding: base64\nC \n"
    "C eA==\nC .\nS 250 ok\n",
    &script);
  g_autofree char *connection = g_strdup_printf ("127.0.0.1+%u", scripted_peer_get_port (peer));
  g_autofree char *wrong = NULL;

  fixture.settings = postern_account_new (NULL);
  set_up_instance (&fixture);
  g_assert_cmpint (logon (&fixture, connection), ==, 0);
  compose (&fixture);
  g_assert_cmpint (call (&fixture, "Send", "IgnoreRcptError=True", NULL), ==, 1);
  g_assert_cmpint (call (&fixture, "GetRecipientDetails", NULL), ==, 0);
  g_assert_nonnull (strstr (fixture.last->outputs[0], "b@x.test=550;5.1.1 no"));
  tear_down (&fixture, NULL);
  wrong = scripted_peer_finish (peer);
  g_assert_cmpstr (wrong, ==, NULL);
}

static void
lost_cb (PosternUpopmail *upopmail, int protocol, gboolean *lost)
{
  *lost = TRUE;
}

/* Lost while nothing was done: noticed at once, told with the next operation. */
static void
test_lost (void)
{
  Fixture fixture = { 0 };
  g_auto (GStrv) script = NULL;
  ScriptedPeer *peer = start_peer ("S 421 idle\n", &script);
  g_autofree char *connection = g_strdup_printf ("127.0.0.1+%u", scripted_peer_get_port (peer));
  gboolean lost = FALSE;

  fixture.settings = postern_account_new (NULL);
  set_up_instance (&fixture);
  g_signal_connect (fixture.upopmail, "lost", G_CALLBACK (lost_cb), &lost);
  g_assert_cmpint (logon (&fixture, connection), ==, 0);
  while (!lost)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (set_security (&fixture, LOGIN, ""), ==, -3);
  g_assert_cmpint (call (&fixture, "LogoffSMTP", NULL), ==, -9);
  g_assert_cmpint (fixture.last->exit_status, ==, 12);
  g_assert_cmpuint (postern_transcript_get_n_events (fixture.last->transcripts->pdata[0]), ==, 1);
  g_assert_cmpint (call (&fixture, "GetSMTPResponse", NULL), ==, 0);
  g_assert_cmpstr (fixture.last->outputs[0], ==, "421");
  g_assert_cmpint (call (&fixture, "LogoffSMTP", NULL), ==, -8);
  tear_down (&fixture, NULL);
  g_free (scripted_peer_finish (peer));
}

/* --- Reading --- */

static void
test_list (Fixture *fixture, gconstpointer scenario)
{
  g_assert_cmpint (call (fixture, "ListMail", NULL), ==, -8);
  g_assert_cmpint (call (fixture, "LogoffMail", NULL), ==, -8);
  g_assert_cmpint (call (fixture, "LogonMail", fixture->pop, POSTERN_PRACTICE_USER, "wrong", NULL),
                   ==, -2);
  g_assert_cmpint (call (fixture, "LogonMail", fixture->pop, POSTERN_PRACTICE_USER,
                         POSTERN_PRACTICE_PASSWORD, NULL),
                   ==, 0);
  g_assert_true (postern_upopmail_is_logged_on (fixture->upopmail, POSTERN_PROTOCOL_POP3));
  g_assert_cmpint (call (fixture, "LogonMail", fixture->pop, "", "", NULL), ==, -3);
  g_assert_cmpint (call (fixture, "ListMail", NULL), >, 0);
  g_test_message ("%s", fixture->last->outputs[0]);
  g_assert_true (g_str_has_prefix (fixture->last->outputs[0], "NMB=1!\x1b"
                                                              "ID="));
  g_assert_nonnull (strstr (fixture->last->outputs[0], "!\x1b"
                                                       "SUBJECT="));
  g_assert_cmpint (call (fixture, "LogoffMail", NULL), ==, 0);

  /* The driver's user and token, whatever the operation is given. */
  g_assert_cmpint (
    set_security (fixture, "POP=UAuthXOAUTH2POP", "USER=practice;TOKEN=" POSTERN_PRACTICE_TOKEN),
    ==, 0);
  g_assert_cmpint (call (fixture, "LogonMail", fixture->pop, "", "", NULL), ==, 0);
  g_assert_cmpint (set_security (fixture, "POP=", ""), ==, -3);
  g_assert_cmpint (set_security (fixture, LOGIN, ""), ==, 0); /* the contexts are two */
  g_assert_cmpint (call (fixture, "GetSecurity", "1", "POP=", "", NULL), ==, 0);
  g_assert_cmpstr (fixture->last->outputs[1], ==, "INUSE=TRUE");
  g_assert_cmpint (call (fixture, "ListMail", NULL), >, 0);
  g_assert_cmpint (call (fixture, "LogoffMail", NULL), ==, 0);
  g_assert_cmpint (set_security (fixture, "POP=UAuthXOAUTH2POP", "USER=practice;TOKEN=x"), ==, 0);
  g_assert_cmpint (call (fixture, "LogonMail", fixture->pop, "", "", NULL), ==, -8);
}

/* The drivers of an account in one go, as the window does it. */
static void
test_drivers (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);

  g_assert_cmpint (set_security (fixture, "SMTP=UAuthXOAUTH2SMTP", ""), ==, 0);
  g_ptr_array_add (drivers, postern_driver_new (STARTTLS, ""));
  g_ptr_array_add (drivers, postern_driver_new (LOGIN, SECRET));
  g_assert_cmpint (postern_upopmail_set_drivers (fixture->upopmail, drivers, findings), ==, 0);
  assert_queue (fixture, STARTTLS, LOGIN);
  g_assert_cmpint (logon (fixture, fixture->clear), ==, 0);
  g_assert_cmpint (postern_upopmail_set_drivers (fixture->upopmail, drivers, findings), ==, -3);
  g_assert_cmpint (call (fixture, "LogoffSMTP", NULL), ==, 0);
  g_assert_cmpuint (findings->len, ==, 0);
  g_ptr_array_add (drivers, postern_driver_new ("nonsense", ""));
  g_assert_cmpint (postern_upopmail_set_drivers (fixture->upopmail, drivers, findings), ==, -2);
}

static void
test_limits (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *long_text = g_strnfill (10241, 'x');
  g_autofree char *long_address = g_strnfill (1025, 'x');

  g_assert_cmpint (call (fixture, "SetSubject", long_text, NULL), ==, -18);
  g_assert_cmpint (call (fixture, "SetToList", long_text, NULL), ==, -18);
  g_assert_cmpint (call (fixture, "SetFrom", long_address, NULL), ==, -18);
  g_assert_cmpint (call (fixture, "SetMessage", "x", long_text, NULL), ==, -18);
  g_assert_cmpint (call (fixture, "SetFrom", "a\r\nDATA@x.test", NULL), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  postern_session_init_process ();

  g_test_add ("/upopmail/locked", Fixture, "good", set_up, test_locked, tear_down);
  g_test_add ("/upopmail/failed-8", Fixture, "good", set_up, test_failed_8, tear_down);
  g_test_add ("/upopmail/failed-7", Fixture, "good", set_up, test_failed_7, tear_down);
  g_test_add ("/upopmail/failed-9", Fixture, "good", set_up, test_failed_9, tear_down);
  g_test_add ("/upopmail/send-mail-alone", Fixture, "good", set_up, test_send_mail_alone,
              tear_down);
  g_test_add ("/upopmail/statuses", Fixture, "good", set_up, test_statuses, tear_down);
  g_test_add ("/upopmail/clear-text", Fixture, "no-starttls", set_up, test_clear_text, tear_down);
  g_test_add ("/upopmail/send", Fixture, "good", set_up, test_send, tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS (send_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/upopmail/send/", send_cases[i].name, NULL);

      g_test_add_data_func (path, &send_cases[i], test_send_case);
    }
  g_test_add_func ("/upopmail/send/partly", test_partly);
  g_test_add_func ("/upopmail/lost", test_lost);
  g_test_add ("/upopmail/list", Fixture, "good", set_up_pop, test_list, tear_down);
  g_test_add ("/upopmail/drivers", Fixture, "good", set_up, test_drivers, tear_down);
  g_test_add ("/upopmail/limits", Fixture, "good", set_up, test_limits, tear_down);
  return g_test_run ();
}
