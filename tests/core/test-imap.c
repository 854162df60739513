/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap.h"

#define MACHINE_NEW postern_imap_new
#include "machine-dialogue.h"

#define ALL "IMAP4rev1 SASL-IR ID NAMESPACE AUTH=PLAIN AUTH=LOGIN"
#define HELLO "S: * OK [CAPABILITY " ALL "] ready\n"
#define HELLO_BARE "S: * OK ready\nC: A001 CAPABILITY\n"
#define HELLO_STARTTLS "S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\n"
#define UPGRADE HELLO_STARTTLS "C: A001 STARTTLS\nS: A001 OK go\nTLS\nC: A002 CAPABILITY\n"
#define UPGRADED UPGRADE "S: * CAPABILITY " ALL "\nS: A002 OK done\n"
#define PLAIN(tag) "C: " tag " AUTHENTICATE PLAIN <hidden, 28 bytes>\n"
#define BYE(tag) "C: " tag " LOGOUT\nS: * BYE bye\nS: " tag " OK out\n"
#define LOGIN_ONLY "S: * OK [CAPABILITY IMAP4rev1] ready\n"

static const DialogueCase cases[] = {
  /* The way it should go. */
  { "nothing", "implicit", HELLO BYE ("A001") },
  { "asked", "implicit", HELLO_BARE "S: * CAPABILITY IMAP4rev1\nS: A001 OK done\n" BYE ("A002") },
  { "asked-in-code", "implicit",
    HELLO_BARE "S: A001 OK [CAPABILITY IMAP4rev1] done\n" BYE ("A002") },
  { "plain", "implicit auth", HELLO PLAIN ("A001") "S: A001 OK in\n" BYE ("A002") },
  { "starttls", "starttls auth", UPGRADED PLAIN ("A003") "S: A003 OK in\n" BYE ("A004") },
  { "starttls-optional", "starttls? auth", UPGRADED PLAIN ("A003") "S: A003 OK in\n" BYE ("A004") },
  { "starttls-skipped", "clear starttls? auth",
    HELLO PLAIN ("A001") "S: A001 OK in\n" BYE ("A002") },
  { "no-sasl-ir", "implicit auth=PLAIN",
    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\nC: A001 AUTHENTICATE PLAIN\nS: + \n"
    "C: <hidden, 28 bytes>\nS: A001 OK in\n" BYE ("A002") },
  { "bare-plus", "implicit auth=PLAIN",
    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\nC: A001 AUTHENTICATE PLAIN\nS: +\n"
    "C: <hidden, 28 bytes>\nS: A001 OK in\n" BYE ("A002") },
  { "login-mechanism", "implicit auth=LOGIN",
    HELLO "C: A001 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: <hidden, 8 bytes>\n"
          "S: + UGFzc3dvcmQ6\nC: <hidden, 20 bytes>\nS: A001 OK in\n" BYE ("A002") },
  { "login-command", "implicit auth",
    LOGIN_ONLY "C: A001 LOGIN \"user\" \"<hidden, 15 bytes>\"\nS: A001 OK in\n" BYE ("A002") },
  { "login-quoted", "implicit auth password=a\"b\\c",
    LOGIN_ONLY
    "B: A001 LOGIN \\\"user\\\" \\\"a\\\\\\\"b\\\\\\\\c\\\"\\r\\n\nS: A001 OK in\n" BYE ("A002") },
  { "login-literal", "implicit auth user=\xc3\xa4nna password=p\xc3\xa4ss",
    LOGIN_ONLY "B: A001 LOGIN {5}\\r\\n\nS: + go\nB: \\303\\244nna {5}\\r\\n\nS: + go\n"
               "B: p\\303\\244ss\\r\\n\nS: A001 OK in\n" BYE ("A002") },
  { "login-literal-plus", "implicit auth password=p\xc3\xa4ss",
    "S: * OK [CAPABILITY IMAP4rev1 LITERAL+] x\n"
    "B: A001 LOGIN \\\"user\\\" {5+}\\r\\np\\303\\244ss\\r\\n\nS: A001 OK in\n" BYE ("A002") },
  { "login-literal-minus", "implicit auth password=p\xc3\xa4ss",
    "S: * OK [CAPABILITY IMAP4rev1 LITERAL-] x\n"
    "B: A001 LOGIN \\\"user\\\" {5+}\\r\\np\\303\\244ss\\r\\n\nS: A001 OK in\n" BYE ("A002") },
  { "noise-between", "implicit auth",
    HELLO PLAIN ("A001") "S: * FLAGS (\\Seen)\nS: * 3 EXISTS\nS: * OK hello\nS: * LIST () \"/\" x\n"
                         "S: A001 OK in\n" BYE ("A002") },
  { "literal-between", "implicit auth",
    HELLO PLAIN ("A001") "S: * LIST () \"/\" {5}\nO: a\"b]c\nS: \nS: * LIST () \"/\" {3}\nO: xyz\n"
                         "S:  {0}\nS:  rest\nS: A001 OK in\n" BYE ("A002") },
  { "no-literal-in-text", "implicit auth",
    HELLO PLAIN ("A001") "S: * OK you have {5}\nS: A001 OK in {7}\n" BYE ("A002") },
  { "lower-case", "implicit auth",
    "S: * ok [capability imap4rev1 sasl-ir auth=plain] x\n" PLAIN ("A001") "S: A001 ok in\n" BYE (
      "A002") },
  { "usable", "implicit auth usable",
    HELLO PLAIN ("A001") "S: A001 OK in\nC: A002 ID NIL\nS: * ID NIL\nS: A002 OK x\n"
                         "C: A003 NAMESPACE\nS: * NAMESPACE NIL NIL NIL\nS: A003 OK x\n"
                         "C: A004 EXAMINE INBOX\nS: * 12 EXISTS\nS: A004 OK [READ-ONLY] x\n" BYE (
                           "A005") },
  { "usable-new-capabilities", "implicit auth usable",
    HELLO PLAIN ("A001") "S: A001 OK [CAPABILITY IMAP4rev1] in\nC: A002 EXAMINE INBOX\n"
                         "S: A002 OK x\n" BYE ("A003") },
  { "usable-id-refused", "implicit auth usable",
    HELLO PLAIN ("A001") "S: A001 OK in\nC: A002 ID NIL\nS: A002 NO x\nC: A003 NAMESPACE\n"
                         "S: A003 BAD x\nC: A004 EXAMINE INBOX\nS: A004 OK x\n" BYE ("A005") },
  { "preauth", "implicit auth", "S: * PREAUTH [CAPABILITY " ALL "] hi\n" BYE ("A001") },
  { "preauth-bare", "clear auth", "S: * PREAUTH hi\n" BYE ("A001") },
  { "preauth-optional", "clear starttls? auth", "S: * PREAUTH hi\n" BYE ("A001") },
  { "logout-closed", "implicit", HELLO "C: A001 LOGOUT\nEOF\n" },
  { "logout-bye-closed", "implicit", HELLO "C: A001 LOGOUT\nS: * BYE x\nEOF\n" },
  { "logout-refused", "implicit", HELLO "C: A001 LOGOUT\nS: A001 BAD x\n" },
  { "logout-malformed", "implicit", HELLO "C: A001 LOGOUT\nS: 221 bye\n" },
  { "auth-optional", "implicit auth?=NTLM", HELLO BYE ("A001") },

  /* Greeting */
  { "greeting-bye", "", "S: * BYE busy\n", "greeting.refused" },
  { "greeting-closed", "", "EOF\n", "greeting.closed" },
  { "greeting-smtp", "", "S: 220 x ESMTP\n", "greeting.other-protocol", "SMTP" },
  { "greeting-ftp", "", "S: 220 (vsFTPd 3.0.3)\n", "greeting.other-protocol", "FTP" },
  { "greeting-pop3", "", "S: +OK hi\n", "greeting.other-protocol", "POP3" },
  { "greeting-http", "", "S: HTTP/1.1 400\n", "greeting.other-protocol", "HTTP" },
  { "greeting-noise", "", "S: hello\n", "protocol.malformed" },
  { "greeting-no", "", "S: * NO way\n", "protocol.unexpected-reply" },
  { "greeting-data", "", "S: * CAPABILITY IMAP4rev1\n", "protocol.malformed" },
  { "greeting-tagged", "", "S: A001 OK hi\n", "protocol.malformed" },
  { "greeting-plus", "", "S: + hi\n", "protocol.malformed" },

  /* Capabilities */
  { "mangled-greeting", "starttls",
    "S: * OK ****\nC: A001 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A001 OK x\n",
    "middlebox.mangled", NULL, "A002 LOGOUT" },
  { "mangled-list", "starttls", "S: * OK ************\nC: A001 CAPABILITY\nS: A001 BAD what\n",
    "middlebox.mangled", NULL, "A002 LOGOUT" },
  { "mangled-keyword", "starttls", "S: * OK [CAPABILITY IMAP4rev1 XXXXXXXX AUTH=PLAIN] ready\n",
    "middlebox.mangled", NULL, "A001 LOGOUT" },
  { "mangled-command", "starttls",
    HELLO_STARTTLS "C: A001 STARTTLS\nS: A001 BAD Unknown command XXXXXXXX\n", "middlebox.mangled",
    NULL, "A002 LOGOUT" },
  { "capability-refused", "", HELLO_BARE "S: A001 NO x\n", "protocol.unexpected-reply", NULL,
    "A002 LOGOUT" },
  { "capability-without-list", "", HELLO_BARE "S: A001 OK x\n", "protocol.unexpected-reply", NULL,
    "A002 LOGOUT" },
  { "capability-other-tag", "", HELLO_BARE "S: A009 OK x\n", "protocol.malformed" },
  { "capability-continued", "", HELLO_BARE "S: + x\n", "protocol.unexpected-reply", NULL,
    "A002 LOGOUT" },
  { "capability-bye", "", HELLO_BARE "S: * BYE shutting down\n", "protocol.closed" },

  /* STARTTLS */
  { "starttls-missing", "starttls auth", HELLO, "starttls.not-offered", NULL, "A001 LOGOUT" },
  { "starttls-no", "starttls auth", HELLO_STARTTLS "C: A001 STARTTLS\nS: A001 NO x\n",
    "starttls.refused", NULL, "A002 LOGOUT" },
  { "starttls-bad", "starttls auth", HELLO_STARTTLS "C: A001 STARTTLS\nS: A001 BAD x\n",
    "starttls.refused", NULL, "A002 LOGOUT" },
  { "starttls-preauth", "starttls auth", "S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi\n",
    "starttls.preauth", NULL, "A001 LOGOUT" },
  { "starttls-forgets", "starttls auth",
    "S: * OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] x\nC: A001 STARTTLS\nS: A001 OK go\nTLS\n"
    "C: A002 CAPABILITY\nS: * CAPABILITY IMAP4rev1 LOGINDISABLED\nS: A002 OK x\n",
    "auth.not-offered", NULL, "A003 LOGOUT" },
  { "starttls-and-list", "starttls auth",
    HELLO_STARTTLS "C: A001 STARTTLS\nS: A001 OK [CAPABILITY " ALL "] go\nTLS\n"
                   "C: A002 CAPABILITY\nS: A002 OK x\n",
    "protocol.unexpected-reply", NULL, "A003 LOGOUT" },

  /* Logging on */
  { "login-disabled", "clear auth", "S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] x\n",
    "auth.needs-tls", "starttls", "A001 LOGOUT" },
  { "needs-tls-here", "auth", HELLO, "auth.needs-tls", "local", "A001 LOGOUT" },
  { "privacy-required", "clear auth", HELLO PLAIN ("A001") "S: A001 NO [PRIVACYREQUIRED] no\n",
    "auth.needs-tls", NULL, "A002 LOGOUT" },
  { "mechanism-not-offered", "implicit auth=CRAM-MD5", HELLO, "auth.mechanism-not-offered", NULL,
    "A001 LOGOUT" },
  { "credentials", "implicit auth", HELLO PLAIN ("A001") "S: A001 NO [AUTHENTICATIONFAILED] no\n",
    "auth.refused-unexplained", NULL, "A002 LOGOUT" },
  { "no-text", "implicit auth", HELLO PLAIN ("A001") "S: A001 NO\n", "auth.refused-unexplained",
    NULL, "A002 LOGOUT" },
  { "unavailable", "implicit auth", HELLO PLAIN ("A001") "S: A001 NO [UNAVAILABLE] later\n",
    "auth.temporary", NULL, "A002 LOGOUT" },
  { "in-use", "implicit auth", HELLO PLAIN ("A001") "S: A001 NO [INUSE] busy\n",
    "auth.mailbox-in-use", NULL, "A002 LOGOUT" },
  { "bad", "implicit auth", HELLO PLAIN ("A001") "S: A001 BAD what\n", "auth.protocol", NULL,
    "A002 LOGOUT" },
  { "bye-in-exchange", "implicit auth", HELLO PLAIN ("A001") "S: * BYE too many\n",
    "auth.refused-unexplained" },
  { "challenge-not-base64", "implicit auth=LOGIN",
    HELLO "C: A001 AUTHENTICATE LOGIN\nS: + Username:\nC: *\nS: A001 BAD cancelled\n",
    "auth.protocol", NULL, "A002 LOGOUT" },
  { "cancel-accepted", "implicit auth=LOGIN",
    HELLO "C: A001 AUTHENTICATE LOGIN\nS: + Username:\nC: *\nS: A001 OK welcome\n", "auth.protocol",
    NULL, "A002 LOGOUT" },
  { "cancel-continued", "implicit auth=LOGIN",
    HELLO "C: A001 AUTHENTICATE LOGIN\nS: + Username:\nC: *\nS: + again\n", "auth.protocol", NULL,
    "A002 LOGOUT" },
  { "early-success", "implicit auth=LOGIN", HELLO "C: A001 AUTHENTICATE LOGIN\nS: A001 OK in\n",
    "auth.protocol", NULL, "A002 LOGOUT" },
  { "login-refused", "implicit auth",
    LOGIN_ONLY "C: A001 LOGIN \"user\" \"<hidden, 15 bytes>\"\nS: A001 NO no\n",
    "auth.refused-unexplained", NULL, "A002 LOGOUT" },
  { "login-literal-refused", "implicit auth password=p\xc3\xa4ss",
    LOGIN_ONLY "C: A001 LOGIN \"user\" {5}\nS: A001 NO no literals\n", "auth.refused-unexplained",
    NULL, "A002 LOGOUT" },
  { "login-continued", "implicit auth",
    LOGIN_ONLY "C: A001 LOGIN \"user\" \"<hidden, 15 bytes>\"\nS: + what\n",
    "protocol.unexpected-reply", NULL, "A002 LOGOUT" },
  { "login-closed", "implicit auth password=p\xc3\xa4ss",
    LOGIN_ONLY "C: A001 LOGIN \"user\" {5}\nEOF\n", "protocol.closed" },
  { "other-tag", "implicit auth", HELLO PLAIN ("A001") "S: A002 OK in\n", "protocol.malformed" },
  { "wrong-protocol", "implicit auth", HELLO PLAIN ("A001") "S: 235 ok\n", "protocol.malformed" },
  { "nobody", "implicit nobody", HELLO, "auth.local", NULL, "A001 LOGOUT" },
  { "password-with-line-end", "implicit auth=LOGIN-COMMAND password=a\rb", HELLO, "auth.local",
    NULL, "A001 LOGOUT" },

  /* Literals */
  { "literal-4gib", "implicit auth", HELLO PLAIN ("A001") "S: * LIST () \"/\" {4294967296}\n",
    "protocol.too-long" },
  { "literal-uncountable", "implicit auth",
    HELLO PLAIN ("A001") "S: * LIST () \"/\" {99999999999999999999999999}\n", "protocol.too-long" },
  { "literal-too-long", "implicit auth", HELLO PLAIN ("A001") "S: * X {32769}\n",
    "protocol.too-long" },
  { "literal-second-too-long", "implicit auth",
    HELLO PLAIN ("A001") "S: * X {1}\nO: x\nS:  {99999}\n", "protocol.too-long" },

  /* The mailbox */
  { "examine-no", "implicit auth usable",
    LOGIN_ONLY "C: A001 LOGIN \"user\" \"<hidden, 15 bytes>\"\nS: A001 OK in\n"
               "C: A002 EXAMINE INBOX\nS: A002 NO User is authenticated but not connected.\n",
    "usable.mailbox", NULL, "A003 LOGOUT" },
  { "examine-in-use", "implicit auth usable",
    LOGIN_ONLY "C: A001 LOGIN \"user\" \"<hidden, 15 bytes>\"\nS: A001 OK in\n"
               "C: A002 EXAMINE INBOX\nS: A002 NO [INUSE] x\n",
    "auth.mailbox-in-use", NULL, "A003 LOGOUT" },
  { "examine-bye", "implicit auth usable",
    LOGIN_ONLY "C: A001 LOGIN \"user\" \"<hidden, 15 bytes>\"\nS: A001 OK in\n"
               "C: A002 EXAMINE INBOX\nS: * BYE gone\n",
    "protocol.closed" },
};

static void
test_failure_facts (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth", NULL);
  const PosternFailure *failure;

  play (machine, HELLO PLAIN ("A001") "S: * NO [ALERT] Tr0ub4dor-and-3 expires\n"
                                      "S: A001 NO [AUTHENTICATIONFAILED] no\n");
  failure = postern_machine_get_failure (machine);
  g_assert_cmpint (failure->step, ==, POSTERN_STEP_AUTHENTICATE);
  g_assert_cmpstr (failure->response_code, ==, "AUTHENTICATIONFAILED");
  g_assert_cmpstr (failure->mechanism, ==, "PLAIN");
  g_assert_true (failure->refused);
  g_assert_cmpstr (failure->text, ==,
                   "* NO [ALERT] <hidden, 15 bytes> expires\nA001 NO [AUTHENTICATIONFAILED] no");
}

static void
test_preauth (void)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine ("clear auth usable", &ladder);

  g_assert_cmpint (
    play (machine, "S: * PREAUTH hi\nC: A001 EXAMINE INBOX\nS: A001 OK x\n" BYE ("A002")), ==,
    POSTERN_ACTION_DONE);
  g_assert_true (postern_machine_was_preauthenticated (machine));
  g_assert_false (postern_machine_is_authenticated (machine));
  g_assert_cmpuint (postern_machine_get_attempts (machine), ==, 0);
  g_assert_cmpint (ladder.states[POSTERN_STEP_GREETING], ==, POSTERN_STATE_WARNING);
  g_assert_cmpint (ladder.states[POSTERN_STEP_AUTHENTICATE], ==, POSTERN_STATE_WARNING);
  ladder_clear (&ladder);
}

static void
test_ladder (void)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine ("starttls auth usable", &ladder);

  g_assert_cmpint (
    play (machine,
          UPGRADED PLAIN ("A003") "S: A003 OK [CAPABILITY IMAP4rev1] in\nC: A004 EXAMINE INBOX\n"
                                  "S: * 1 EXISTS\nS: A004 OK x\n" BYE ("A005")),
    ==, POSTERN_ACTION_DONE);
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_CAPABILITIES], ==,
                   "3 capabilities, no way to log on");
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_CAPABILITIES_TLS], ==,
                   "6 capabilities, PLAIN LOGIN LOGIN-COMMAND");
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_STARTTLS], ==, "OK go");
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_AUTHENTICATE], ==, "PLAIN, accepted");
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_USABLE], ==, "INBOX, 1 message");
  /* What comes after the logon is not what was offered before it. */
  g_assert_cmpuint (g_strv_length ((GStrv) postern_machine_get_tls_capabilities (machine)), ==, 6);
  g_assert_cmpuint (g_strv_length ((GStrv) postern_machine_get_clear_capabilities (machine)), ==,
                    3);
  ladder_clear (&ladder);
}

/* --- Bounds and noise --- */

static void
test_endless_untagged (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth", NULL);
  PosternAction action = play (machine, HELLO PLAIN ("A001"));
  guint n = 0;

  for (; action == POSTERN_ACTION_READ; n++)
    action = postern_machine_feed (machine, "* 1 EXISTS", 10);
  g_assert_cmpuint (n, ==, 1001);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
  g_assert_false (postern_machine_farewell (machine));
}

static void
test_endless_literals (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth", NULL);
  PosternAction action = play (machine, HELLO PLAIN ("A001"));
  static const char zeros[POSTERN_MAX_LITERAL];
  gsize n_bytes = 0;

  while (action == POSTERN_ACTION_READ || action == POSTERN_ACTION_READ_OCTETS)
    if (action == POSTERN_ACTION_READ_OCTETS)
      {
        n_bytes += postern_machine_get_n_octets (machine);
        action =
          postern_machine_feed_octets (machine, zeros, postern_machine_get_n_octets (machine));
      }
    else
      action = postern_machine_feed (machine, "* X {32768}", 11);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
  g_assert_cmpuint (n_bytes, <=, 1024 * 1024);
}

static void
test_noise (void)
{
  try_noises ("starttls auth usable",
              UPGRADED PLAIN ("A003") "S: A003 OK in\nC: A004 ID NIL\nS: A004 OK x\n"
                                      "C: A005 NAMESPACE\nS: A005 OK x\nC: A006 EXAMINE INBOX\n"
                                      "S: A006 OK x\n" BYE ("A007"));
  try_noises ("implicit auth user=\xc3\xa4 password=\xc3\xa4",
              LOGIN_ONLY "B: A001 LOGIN {2}\\r\\n\nS: + go\nB: \\303\\244 {2}\\r\\n\nS: + go\n"
                         "B: \\303\\244\\r\\n\nS: A001 OK in\n" BYE ("A002"));
  try_noises ("implicit auth=LOGIN",
              HELLO "C: A001 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: <hidden, 8 bytes>\n"
                    "S: + UGFzc3dvcmQ6\nC: <hidden, 20 bytes>\nS: A001 OK in\n" BYE ("A002"));
}

static void
test_injected (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("starttls auth", NULL);

  g_assert_cmpint (play (machine, HELLO_STARTTLS "C: A001 STARTTLS\nS: A001 OK\n"), ==,
                   POSTERN_ACTION_START_TLS);
  g_assert_cmpint (postern_machine_feed (machine, "* CAPABILITY AUTH=PLAIN", 23), ==,
                   POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "starttls.injected");
}

/* A limit ran out in the middle of LOGIN: a command would be taken for the password. */
static void
test_farewell_in_literal (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth password=p\xc3\xa4ss", NULL);

  play (machine, LOGIN_ONLY "C: A001 LOGIN \"user\" {5}\n");
  g_assert_false (postern_machine_farewell (machine));
}

static void
test_farewell_in_exchange (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth", NULL);

  play (machine, HELLO PLAIN ("A001"));
  g_assert_true (postern_machine_farewell (machine));
  g_assert_cmpstr (postern_output_get_bytes (postern_machine_get_output (machine), NULL), ==,
                   "*\r\nA002 LOGOUT\r\n");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_cases ("/imap/dialogue/", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/imap/failure-facts", test_failure_facts);
  g_test_add_func ("/imap/preauth", test_preauth);
  g_test_add_func ("/imap/ladder", test_ladder);
  g_test_add_func ("/imap/endless-untagged", test_endless_untagged);
  g_test_add_func ("/imap/endless-literals", test_endless_literals);
  g_test_add_func ("/imap/noise", test_noise);
  g_test_add_func ("/imap/injected", test_injected);
  g_test_add_func ("/imap/farewell-in-literal", test_farewell_in_literal);
  g_test_add_func ("/imap/farewell-in-exchange", test_farewell_in_exchange);

  return g_test_run ();
}
