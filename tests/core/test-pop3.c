/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-pop3.h"

#define MACHINE_NEW postern_pop3_new
#include "machine-dialogue.h"

#define STAMP "<1896.697170952@dbc.mtview.ca.us>"
#define HELLO "S: +OK ready\nC: CAPA\n"
#define HELLO_STAMP "S: +OK ready " STAMP "\nC: CAPA\n"
#define OFFER "S: +OK\nS: TOP\nS: UIDL\nS: USER\nS: SASL PLAIN LOGIN\nS: .\n"
#define OFFER_STLS "S: +OK\nS: STLS\nS: .\n"
#define UPGRADE OFFER_STLS "C: STLS\nS: +OK go\nTLS\nC: CAPA\n"
#define PLAIN "C: AUTH PLAIN <hidden, 28 bytes>\n"
#define BYE "C: QUIT\nS: +OK bye\n"
#define USER_PASS "C: USER user\nS: +OK\nC: PASS <hidden, 15 bytes>\n"

static const DialogueCase cases[] = {
  /* The way it should go. */
  { "nothing", "", HELLO OFFER BYE },
  { "plain", "implicit auth", HELLO OFFER PLAIN "S: +OK\n" BYE },
  { "stls", "starttls auth", HELLO UPGRADE OFFER PLAIN "S: +OK in\n" BYE },
  { "stls-optional", "starttls? auth", HELLO UPGRADE OFFER PLAIN "S: +OK in\n" BYE },
  { "stls-skipped", "clear starttls? auth", HELLO OFFER PLAIN "S: +OK in\n" BYE },
  { "login", "implicit auth=LOGIN",
    HELLO OFFER "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: <hidden, 8 bytes>\nS: + UGFzc3dvcmQ6\n"
                "C: <hidden, 20 bytes>\nS: +OK\n" BYE },
  { "bare-plus", "implicit auth=LOGIN",
    HELLO OFFER
    "C: AUTH LOGIN\nS: +\nC: <hidden, 8 bytes>\nS: +\nC: <hidden, 20 bytes>\nS: +OK\n" BYE },
  { "user", "implicit auth=USER", HELLO OFFER USER_PASS "S: +OK\n" BYE },
  { "user-alone", "implicit auth", HELLO "S: +OK\nS: USER\nS: .\n" USER_PASS "S: +OK\n" BYE },
  { "no-capa", "implicit auth", HELLO "S: -ERR what\n" USER_PASS "S: +OK\n" BYE },
  { "no-capa-stls", "starttls auth",
    HELLO "S: -ERR what\nC: STLS\nS: +OK\nTLS\nC: CAPA\nS: -ERR what\n" USER_PASS "S: +OK\n" BYE },
  { "no-capa-stls-optional", "clear starttls? auth",
    HELLO "S: -ERR what\n" USER_PASS "S: +OK\n" BYE },
  /* RFC 1939 section 7 has this stamp; its digest there is that of "tanstaaf". */
  { "apop", "clear auth=APOP user=mrose password=tanstaaf",
    HELLO_STAMP "S: -ERR\nC: APOP mrose <hidden, 32 bytes>\nS: +OK maildrop has 1 message\n" BYE },
  { "stuffed-capability", "implicit auth",
    HELLO "S: +OK\nS: ..odd\nS: USER\nS: .\n" USER_PASS "S: +OK\n" BYE },
  { "lower-case", "implicit auth",
    "S: +ok\nC: CAPA\nS: +ok\nS: sasl plain\nS: .\n" PLAIN "S: +ok\n" BYE },
  { "response-asked-again", "implicit auth=PLAIN",
    HELLO OFFER PLAIN "S: + \nC: <hidden, 28 bytes>\nS: +OK\n" BYE },
  { "usable", "implicit auth usable",
    HELLO OFFER PLAIN "S: +OK\nC: STAT\nS: +OK 2 320\nC: LIST\nS: +OK\nS: 1 120\nS: 2 200\nS: .\n"
                      "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: .\n" BYE },
  { "usable-many", "implicit auth usable",
    HELLO OFFER PLAIN "S: +OK\nC: STAT\nS: +OK 501 320\n" BYE },
  { "usable-no-uidl", "implicit auth usable",
    HELLO "S: +OK\nS: USER\nS: .\n" USER_PASS
          "S: +OK\nC: STAT\nS: +OK 0 0\nC: LIST\nS: +OK\nS: .\n" BYE },
  { "usable-uidl-refused", "implicit auth usable",
    HELLO OFFER PLAIN
    "S: +OK\nC: STAT\nS: +OK 0 0\nC: LIST\nS: +OK\nS: .\nC: UIDL\nS: -ERR\n" BYE },
  { "quit-closed", "", HELLO OFFER "C: QUIT\nEOF\n" },
  { "quit-refused", "", HELLO OFFER "C: QUIT\nS: -ERR\n" },
  { "quit-malformed", "", HELLO OFFER "C: QUIT\nS: 221 bye\n" },
  { "auth-optional", "auth?=NTLM", HELLO OFFER BYE },
  /* Uniface's LogonMail, spec/uniface.md section 6.2. */
  { "own", "clear auth=USER own", HELLO "S: +OK\nS: TOP\nS: .\n" USER_PASS "S: +OK\n" BYE },
  { "own-after-skipped", "clear oauth?=XOAUTH2 auth=USER own",
    HELLO OFFER USER_PASS "S: +OK\n" BYE },
  { "own-not-needed", "clear oauth?=XOAUTH2 auth=USER own",
    HELLO "S: +OK\nS: SASL XOAUTH2\nS: .\nC: AUTH XOAUTH2 <hidden, 76 bytes>\nS: +OK\n" BYE },
  { "own-not-after-refused", "clear oauth?=XOAUTH2 auth=USER own",
    HELLO "S: +OK\nS: SASL XOAUTH2\nS: .\nC: AUTH XOAUTH2 <hidden, 76 bytes>\nS: -ERR\n",
    "auth.refused-unexplained", NULL, "QUIT" },

  /* Greeting */
  { "greeting-err", "", "S: -ERR busy\n", "greeting.refused", NULL, "QUIT" },
  { "greeting-closed", "", "EOF\n", "greeting.closed" },
  { "greeting-smtp", "", "S: 220 x ESMTP\n", "greeting.other-protocol", "SMTP" },
  { "greeting-imap", "", "S: * OK hi\n", "greeting.other-protocol", "IMAP" },
  { "greeting-http", "", "S: HTTP/1.1 400\n", "greeting.other-protocol", "HTTP" },
  { "greeting-noise", "", "S: hello\n", "protocol.malformed" },
  { "greeting-glued", "", "S: +OKAY\n", "protocol.malformed" },
  { "greeting-plus", "", "S: + go\n", "protocol.unexpected-reply" },

  /* STLS */
  { "stls-missing", "starttls auth", HELLO OFFER, "starttls.not-offered", NULL, "QUIT" },
  { "mangled-greeting", "starttls", "S: +OK ********************\nC: CAPA\nS: +OK\nS: USER\nS: .\n",
    "middlebox.mangled", NULL, "QUIT" },
  { "mangled-keyword", "starttls", HELLO "S: +OK\nS: USER\nS: XXXX\nS: .\n", "middlebox.mangled",
    NULL, "QUIT" },
  { "mangled-command", "starttls", HELLO OFFER_STLS "C: STLS\nS: -ERR unknown command XXXX\n",
    "middlebox.mangled", NULL, "QUIT" },
  { "mangled-but-works", "clear auth",
    "S: +OK ****************\nC: CAPA\n" OFFER PLAIN "S: +OK\n" BYE },
  { "stls-refused", "starttls auth", HELLO OFFER_STLS "C: STLS\nS: -ERR no\n", "starttls.refused",
    NULL, "QUIT" },
  { "stls-odd", "starttls", HELLO OFFER_STLS "C: STLS\nS: + go\n", "protocol.unexpected-reply",
    NULL, "QUIT" },
  { "stls-forgets", "starttls auth",
    HELLO "S: +OK\nS: STLS\nS: USER\nS: SASL PLAIN\nS: .\nC: STLS\nS: +OK\nTLS\nC: CAPA\nS: +OK\n"
          "S: .\n",
    "auth.not-offered", NULL, "QUIT" },
  { "stls-forgets-stamp", "starttls auth=APOP",
    HELLO_STAMP OFFER_STLS "C: STLS\nS: +OK\nTLS\nC: CAPA\n" OFFER, "auth.mechanism-not-offered",
    NULL, "QUIT" },

  /* Logging on */
  { "needs-tls-here", "auth", HELLO OFFER, "auth.needs-tls", "local", "QUIT" },
  { "needs-tls-apop", "auth=APOP", HELLO_STAMP OFFER, "auth.needs-tls", "local", "QUIT" },
  { "needs-tls-there", "clear auth=USER",
    HELLO OFFER "C: USER user\nS: -ERR Plaintext authentication disallowed on non-secure (SSL/TLS) "
                "connections.\n",
    "auth.needs-tls", NULL, "QUIT" },
  { "not-offered", "implicit auth", HELLO "S: +OK\nS: TOP\nS: .\n", "auth.not-offered", NULL,
    "QUIT" },
  { "mechanism-not-offered", "implicit auth=CRAM-MD5", HELLO OFFER, "auth.mechanism-not-offered",
    NULL, "QUIT" },
  { "credentials", "implicit auth", HELLO OFFER PLAIN "S: -ERR [AUTH] no\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "user-refused", "implicit auth=USER", HELLO OFFER "C: USER user\nS: -ERR never heard\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "pass-refused", "implicit auth=USER", HELLO OFFER USER_PASS "S: -ERR no\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "in-use", "implicit auth=USER", HELLO OFFER USER_PASS "S: -ERR [IN-USE] busy\n",
    "auth.mailbox-in-use", NULL, "QUIT" },
  { "sys-temp", "implicit auth=USER", HELLO OFFER USER_PASS "S: -ERR [SYS/TEMP] later\n",
    "auth.temporary", NULL, "QUIT" },
  { "sys-perm", "implicit auth=USER", HELLO OFFER USER_PASS "S: -ERR [SYS/PERM] never\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "login-delay", "implicit auth=USER", HELLO OFFER USER_PASS "S: -ERR [LOGIN-DELAY] wait\n",
    "auth.temporary", NULL, "QUIT" },
  { "pass-challenged", "implicit auth=USER", HELLO OFFER USER_PASS "S: + what\n",
    "protocol.unexpected-reply", NULL, "QUIT" },
  { "challenge-not-base64", "implicit auth=LOGIN",
    HELLO OFFER "C: AUTH LOGIN\nS: + Username:\nC: *\nS: -ERR cancelled\n", "auth.protocol", NULL,
    "QUIT" },
  { "cancel-accepted", "implicit auth=LOGIN",
    HELLO OFFER "C: AUTH LOGIN\nS: + Username:\nC: *\nS: +OK welcome\n", "auth.protocol", NULL,
    "QUIT" },
  { "early-success", "implicit auth=LOGIN", HELLO OFFER "C: AUTH LOGIN\nS: +OK\n", "auth.protocol",
    NULL, "QUIT" },
  { "auth-closed", "implicit auth", HELLO OFFER PLAIN "EOF\n", "protocol.closed" },
  { "nobody", "implicit nobody", HELLO OFFER, "auth.local", NULL, "QUIT" },
  { "password-with-line-end", "implicit auth=USER password=a\rb", HELLO OFFER, "auth.local", NULL,
    "QUIT" },

  /* The mailbox */
  { "stat-refused", "implicit auth usable", HELLO OFFER PLAIN "S: +OK\nC: STAT\nS: -ERR gone\n",
    "usable.mailbox", NULL, "QUIT" },
  { "stat-in-use", "implicit auth usable",
    HELLO OFFER PLAIN "S: +OK\nC: STAT\nS: -ERR [IN-USE] gone\n", "auth.mailbox-in-use", NULL,
    "QUIT" },
  { "stat-junk", "implicit auth usable", HELLO OFFER PLAIN "S: +OK\nC: STAT\nS: +OK many\n",
    "protocol.malformed", NULL, "QUIT" },
  { "stat-huge", "implicit auth usable",
    HELLO OFFER PLAIN "S: +OK\nC: STAT\nS: +OK 99999999999999999999 1\n", "protocol.malformed",
    NULL, "QUIT" },
  { "list-refused", "implicit auth usable",
    HELLO OFFER PLAIN "S: +OK\nC: STAT\nS: +OK 1 1\nC: LIST\nS: -ERR\n", "usable.mailbox", NULL,
    "QUIT" },
};

/* RFC 1939 section 7, the example. */
static void
test_apop_digest (void)
{
  g_autoptr(PosternMachine) machine =
               make_machine ("clear auth=APOP user=mrose password=tanstaaf", NULL);
  gsize length;

  play (machine, HELLO_STAMP "S: -ERR\n");
  g_assert_cmpstr (postern_output_get_bytes (postern_machine_get_output (machine), &length), ==,
                   "APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n");
}

static void
test_user_pass_bytes (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth=USER", NULL);

  play (machine, HELLO OFFER "C: USER user\nS: +OK\n");
  g_assert_cmpstr (postern_output_get_bytes (postern_machine_get_output (machine), NULL), ==,
                   "PASS " PASSWORD "\r\n");
}

static void
test_stamps (void)
{
  static const struct
  {
    const char *greeting;
    gboolean apop;
  } rows[] = {
    { "S: +OK ready\n", FALSE },   { "S: +OK " STAMP "\n", TRUE },
    { "S: +OK <a@b> hi\n", TRUE }, { "S: +OK <nothing>\n", FALSE },
    { "S: +OK <a b@c>\n", FALSE }, { "S: +OK <a@b\n", FALSE },
    { "S: +OK <<a@b>\n", FALSE },  { "S: +OK <a\xc3\xa4@b>\n", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternMachine) machine = make_machine ("implicit", NULL);
      g_autofree char *dialogue =
        g_strconcat (rows[i].greeting, "C: CAPA\nS: +OK\nS: .\nC: QUIT\nS: +OK\n", NULL);

      g_assert_cmpint (play (machine, dialogue), ==, POSTERN_ACTION_DONE);
      g_assert_cmpint (g_strv_contains (postern_machine_get_mechanisms (machine), "APOP"), ==,
                       rows[i].apop);
    }
}

static void
test_failure_facts (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth=USER", NULL);
  const PosternFailure *failure;

  play (machine, HELLO OFFER USER_PASS "S: -ERR [AUTH] Tr0ub4dor-and-3 is wrong\n");
  failure = postern_machine_get_failure (machine);
  g_assert_cmpint (failure->step, ==, POSTERN_STEP_AUTHENTICATE);
  g_assert_cmpstr (failure->response_code, ==, "AUTH");
  g_assert_cmpstr (failure->mechanism, ==, "USER");
  g_assert_true (failure->refused);
  g_assert_cmpint (failure->reply_code, ==, 0);
  g_assert_cmpstr (failure->text, ==, "-ERR [AUTH] <hidden, 15 bytes> is wrong");
}

static void
test_ladder (void)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine ("starttls auth usable", &ladder);

  g_assert_cmpint (play (machine, HELLO UPGRADE OFFER PLAIN
                         "S: +OK\nC: STAT\nS: +OK 2 320\nC: LIST\nS: +OK\nS: .\nC: UIDL\nS: +OK\n"
                         "S: .\n" BYE),
                   ==, POSTERN_ACTION_DONE);
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_GREETING], ==, "+OK ready");
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_CAPABILITIES], ==,
                   "1 capability, no way to log on");
  g_assert_cmpstr (ladder.summaries[POSTERN_STEP_CAPABILITIES_TLS], ==,
                   "4 capabilities, USER PLAIN LOGIN");
  g_assert_cmpint (ladder.states[POSTERN_STEP_USABLE], ==, POSTERN_STATE_PASSED);
  g_assert_true (g_str_has_prefix (ladder.summaries[POSTERN_STEP_USABLE], "2 messages, 320"));
  g_assert_cmpint (ladder.states[POSTERN_STEP_SENDER], ==, POSTERN_STATE_SKIPPED);
  g_assert_true (postern_machine_is_authenticated (machine));
  ladder_clear (&ladder);
}

/* --- Bounds and noise --- */

static void
test_endless_list (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("", NULL);
  PosternAction action = play (machine, HELLO "S: +OK\n");
  guint n = 0;

  for (; action == POSTERN_ACTION_READ; n++)
    action = postern_machine_feed (machine, "X", 1);
  g_assert_cmpuint (n, ==, 1001);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
  g_assert_false (postern_machine_farewell (machine));
}

static void
test_noise (void)
{
  try_noises ("starttls auth usable",
              HELLO UPGRADE OFFER PLAIN "S: +OK\nC: STAT\nS: +OK 2 320\nC: LIST\nS: +OK\nS: .\n"
                                        "C: UIDL\nS: +OK\nS: .\n" BYE);
  try_noises ("implicit auth=USER", HELLO OFFER USER_PASS "S: +OK\n" BYE);
  try_noises ("implicit auth=LOGIN",
              HELLO OFFER "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: <hidden, 8 bytes>\n"
                          "S: + UGFzc3dvcmQ6\nC: <hidden, 20 bytes>\nS: +OK\n" BYE);
}

static void
test_injected (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("starttls auth", NULL);

  g_assert_cmpint (play (machine, HELLO OFFER_STLS "C: STLS\nS: +OK\n"), ==,
                   POSTERN_ACTION_START_TLS);
  g_assert_cmpint (postern_machine_feed (machine, "+OK", 3), ==, POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "starttls.injected");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_cases ("/pop3/dialogue/", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/pop3/apop-digest", test_apop_digest);
  g_test_add_func ("/pop3/user-pass-bytes", test_user_pass_bytes);
  g_test_add_func ("/pop3/stamps", test_stamps);
  g_test_add_func ("/pop3/failure-facts", test_failure_facts);
  g_test_add_func ("/pop3/ladder", test_ladder);
  g_test_add_func ("/pop3/endless-list", test_endless_list);
  g_test_add_func ("/pop3/noise", test_noise);
  g_test_add_func ("/pop3/injected", test_injected);

  return g_test_run ();
}
