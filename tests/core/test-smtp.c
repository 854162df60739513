/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "smtp-dialogue.h"

static const DialogueCase cases[] = {
  /* The way it should go. */
  { "nothing", "", HELLO "S: 250 mail.example.org\n" BYE },
  { "plain", "implicit auth", HELLO OFFER_AUTH PLAIN "S: 235 2.7.0 ok\n" BYE },
  { "plain-clear", "clear auth", HELLO OFFER_AUTH PLAIN "S: 235 2.7.0 ok\n" BYE },
  { "starttls", "starttls auth", HELLO UPGRADE OFFER_AUTH PLAIN "S: 235 ok\n" BYE },
  { "starttls-optional", "starttls? auth", HELLO UPGRADE OFFER_AUTH PLAIN "S: 235 ok\n" BYE },
  { "starttls-skipped", "clear starttls? auth", HELLO OFFER_AUTH PLAIN "S: 235 ok\n" BYE },
  { "login", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: <hidden, 8 bytes>\n"
                     "S: 334 UGFzc3dvcmQ6\nC: <hidden, 20 bytes>\nS: 235 ok\n" BYE },
  { "auth-equals", "implicit auth", HELLO "S: 250-x\nS: 250 AUTH=PLAIN\n" PLAIN "S: 235 ok\n" BYE },
  { "lower-case", "implicit auth=plain",
    HELLO "S: 250-x\nS: 250 auth plain\n" PLAIN "S: 235 ok\n" BYE },
  { "list", "implicit auth=CRAM-MD5,LOGIN,PLAIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 \nC: <hidden, 8 bytes>\nS: 334\n"
                     "C: <hidden, 20 bytes>\nS: 235 ok\n" BYE },
  { "ehlo-name", "ehlo=client.example.org",
    "S: 220 x\nC: EHLO client.example.org\nS: 250 x\n" BYE },
  { "long-greeting", "", "S: 220-x\nS: 220-y\nS: 220 z\nC: EHLO [127.0.0.1]\nS: 250 x\n" BYE },
  { "bare-codes", "", "S: 220\nC: EHLO [127.0.0.1]\nS: 250-\nS: 250\nC: QUIT\nS: 221\n" },
  { "helo", "helo", HELLO "S: 502 what\nC: HELO [127.0.0.1]\nS: 250 x\n" BYE },
  { "auth-optional", "auth?=NTLM", HELLO OFFER_AUTH BYE },
  { "auth-optional-none", "auth?", HELLO "S: 250 x\n" BYE },
  { "sender", "from=a@example.org to=b@example.org to=c@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: RCPT TO:<c@example.org>\nS: 251 forwarded\nC: RSET\nS: 250 ok\n" BYE },
  { "null-sender",
    "from=", HELLO "S: 250 x\nC: MAIL FROM:<>\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE },
  { "quit-closed", "", HELLO "S: 250 x\nC: QUIT\nEOF\n" },
  { "quit-odd", "", HELLO "S: 250 x\nC: QUIT\nS: 500 what\n" },
  { "quit-malformed", "", HELLO "S: 250 x\nC: QUIT\nS: +OK bye\n" },
  { "response-asked-again", "implicit auth=PLAIN",
    HELLO OFFER_AUTH PLAIN "S: 334 \nC: <hidden, 28 bytes>\nS: 235 ok\n" BYE },
  { "auth-before-starttls", "clear auth starttls",
    HELLO "S: 250-x\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\n" PLAIN
          "S: 235 ok\nC: STARTTLS\nS: 220 go\nTLS\nC: EHLO [127.0.0.1]\nS: 250 x\n" BYE },
  { "mangled-but-works", "", "S: 220 **********0*0*2***\nC: EHLO [127.0.0.1]\nS: 250 x\n" BYE },

  /* Greeting */
  { "greeting-4xx", "", "S: 421 busy\n", "greeting.refused" },
  { "greeting-5xx", "", "S: 554 no\n", "greeting.refused", NULL, "QUIT" },
  { "greeting-closed", "", "EOF\n", "greeting.closed" },
  { "greeting-half", "", "S: 220-x\nEOF\n", "greeting.closed" },
  { "greeting-odd", "", "S: 250 hello\n", "protocol.unexpected-reply", NULL, "QUIT" },
  { "greeting-http", "", "S: HTTP/1.1 400 Bad Request\n", "greeting.other-protocol", "HTTP" },
  { "greeting-ssh", "", "S: SSH-2.0-OpenSSH_9.2\n", "greeting.other-protocol", "SSH" },
  { "greeting-pop3", "", "S: +OK POP3 ready\n", "greeting.other-protocol", "POP3" },
  { "greeting-pop3-err", "", "S: -ERR busy\n", "greeting.other-protocol", "POP3" },
  { "greeting-imap", "", "S: * OK IMAP4rev1\n", "greeting.other-protocol", "IMAP" },
  { "greeting-imap-bye", "", "S: * BYE no\n", "greeting.other-protocol", "IMAP" },
  { "greeting-imap-preauth", "", "S: * PREAUTH hi\n", "greeting.other-protocol", "IMAP" },
  { "greeting-ftp", "", "S: 220 (vsFTPd 3.0.3)\n", "greeting.other-protocol", "FTP" },
  { "greeting-ftp-lines", "", "S: 220-Welcome\nS: 220 ftp.example.org FTP server\n",
    "greeting.other-protocol", "FTP" },
  { "greeting-ftp-host", "", "S: 220 ftp.example.org ready\nC: EHLO [127.0.0.1]\nS: 250 x\n" BYE },
  { "greeting-ftp-esmtp", "", "S: 220 ftp.example.org ESMTP\nC: EHLO [127.0.0.1]\nS: 250 x\n" BYE },
  { "greeting-lmtp", "", "S: 220 mx.example.org LMTP ready\n", "greeting.other-protocol", "LMTP" },
  { "greeting-lmtp-host", "",
    "S: 220 lmtp.example.org ready\nC: EHLO [127.0.0.1]\nS: 250 x\n" BYE },
  { "greeting-nntp", "", "S: 200 mx InterNetNews NNRP server\n", "greeting.other-protocol",
    "NNTP" },
  { "greeting-sieve", "", "S: \"IMPLEMENTATION\" \"Pigeonhole\"\n", "greeting.other-protocol",
    "ManageSieve" },
  { "greeting-noise", "", "S: hello\n", "protocol.malformed" },
  { "greeting-empty", "", "S: \n", "protocol.malformed" },
  { "greeting-1xx", "", "S: 120 wait\n", "protocol.malformed" },
  { "greeting-6xx", "", "S: 620 what\n", "protocol.malformed" },
  { "greeting-glued", "", "S: 220mail\n", "protocol.malformed" },
  { "greeting-short", "", "S: 22\n", "protocol.malformed" },
  { "greeting-codes", "", "S: 220-x\nS: 221 y\n", "protocol.malformed" },

  /* Capabilities */
  { "ehlo-refused", "", HELLO "S: 502 what\n", "protocol.ehlo-refused", NULL, "QUIT" },
  { "ehlo-refused-421", "helo", HELLO "S: 421 later\n", "protocol.ehlo-refused" },
  { "helo-refused", "helo", HELLO "S: 502 what\nC: HELO [127.0.0.1]\nS: 502 what\n",
    "protocol.ehlo-refused", NULL, "QUIT" },
  { "ehlo-odd", "", HELLO "S: 354 go on\n", "protocol.unexpected-reply", NULL, "QUIT" },
  { "ehlo-imap", "", HELLO "S: * OK hi\n", "protocol.malformed" },
  { "ehlo-closed", "", HELLO "EOF\n", "protocol.closed" },
  { "ehlo-half", "", HELLO "S: 250-x\nEOF\n", "protocol.closed" },
  { "ehlo-name-injected", "ehlo=a\r\nQUIT", "", "protocol.ehlo-refused" },

  /* STARTTLS */
  { "starttls-missing", "starttls auth", HELLO OFFER_AUTH, "starttls.not-offered", NULL, "QUIT" },
  { "starttls-missing-helo", "helo starttls", HELLO "S: 502 what\nC: HELO [127.0.0.1]\nS: 250 x\n",
    "starttls.not-offered", NULL, "QUIT" },
  { "starttls-in-tls", "implicit starttls", HELLO OFFER_STARTTLS, "starttls.not-offered", NULL,
    "QUIT" },
  { "starttls-in-tls-optional", "implicit starttls?", HELLO OFFER_STARTTLS BYE },
  { "starttls-refused", "starttls auth", HELLO OFFER_STARTTLS "C: STARTTLS\nS: 454 4.7.0 no\n",
    "starttls.refused", NULL, "QUIT" },
  { "starttls-refused-optional", "clear starttls? auth",
    HELLO OFFER_STARTTLS "C: STARTTLS\nS: 502 no\n", "starttls.refused", NULL, "QUIT" },
  { "starttls-odd", "starttls", HELLO OFFER_STARTTLS "C: STARTTLS\nS: 250 ok\n",
    "protocol.unexpected-reply", NULL, "QUIT" },
  { "starttls-closed", "starttls", HELLO OFFER_STARTTLS "C: STARTTLS\nEOF\n", "protocol.closed" },
  { "starttls-forgets", "starttls auth",
    HELLO "S: 250-x\nS: 250-AUTH PLAIN\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\n"
          "C: EHLO [127.0.0.1]\nS: 250 x\n",
    "auth.not-offered", NULL, "QUIT" },
  { "starttls-forgets-helo", "helo starttls auth",
    HELLO "S: 250-x\nS: 250-AUTH PLAIN\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\n"
          "C: EHLO [127.0.0.1]\nS: 500 no\nC: HELO [127.0.0.1]\nS: 250 x\n",
    "auth.not-offered", NULL, "QUIT" },
  { "mangled-greeting", "starttls",
    "S: 220 ****************************2****0*0*\nC: EHLO [127.0.0.1]\nS: 250 x\n",
    "middlebox.mangled", NULL, "QUIT" },
  { "mangled-keyword", "starttls", HELLO "S: 250-x\nS: 250 XXXXXXXA\n", "middlebox.mangled", NULL,
    "QUIT" },
  { "mangled-keyword-short", "starttls auth", HELLO "S: 250-x\nS: 250-XXXA\nS: 250 AUTH PLAIN\n",
    "middlebox.mangled", NULL, "QUIT" },
  { "mangled-command", "starttls",
    HELLO OFFER_STARTTLS "C: STARTTLS\nS: 500 5.5.1 Command unrecognized: \"XXXXXXXX\"\n",
    "middlebox.mangled", NULL, "QUIT" },
  { "mangled-stars", "starttls", HELLO "S: 250-x\nS: 250-********\nS: 250 SIZE\n",
    "middlebox.mangled", NULL, "QUIT" },
  { "mangled-command-stars", "starttls",
    HELLO OFFER_STARTTLS "C: STARTTLS\nS: 502 5.5.2 ******** not implemented\n",
    "middlebox.mangled", NULL, "QUIT" },
  { "mangled-not-under-tls", "starttls auth", HELLO UPGRADE "S: 250-x\nS: 250 XXXXXXXA\n",
    "auth.not-offered", NULL, "QUIT" },
  { "x-is-not-mangled", "starttls", HELLO "S: 250-x\nS: 250-XEXCH50\nS: 250 XCLIENT\n",
    "starttls.not-offered", NULL, "QUIT" },

  /* AUTH: offered or not */
  { "auth-missing", "implicit auth", HELLO "S: 250 x\n", "auth.not-offered", NULL, "QUIT" },
  { "auth-missing-starttls", "clear auth", HELLO OFFER_STARTTLS, "auth.not-offered", "starttls",
    "QUIT" },
  { "mechanism-missing", "implicit auth=NTLM", HELLO OFFER_AUTH, "auth.mechanism-not-offered", NULL,
    "QUIT" },
  { "mechanism-missing-any", "implicit oauth", HELLO "S: 250-x\nS: 250 AUTH PLAIN\n",
    "auth.mechanism-not-offered", NULL, "QUIT" },
  { "mechanism-missing-empty", "implicit auth", HELLO "S: 250-x\nS: 250 AUTH\n",
    "auth.mechanism-not-offered", NULL, "QUIT" },
  { "second-missing", "implicit auth=PLAIN auth=NTLM", HELLO OFFER_AUTH,
    "auth.mechanism-not-offered", NULL, "QUIT" },
  { "needs-tls-local", "auth=PLAIN", HELLO OFFER_AUTH, "auth.needs-tls", "local", "QUIT" },
  { "needs-tls-local-any", "auth", HELLO OFFER_AUTH, "auth.needs-tls", "local", "QUIT" },
  { "needs-tls-local-token", "oauth", HELLO OFFER_AUTH, "auth.needs-tls", "local", "QUIT" },
  { "needs-tls-local-skipped", "starttls? auth=LOGIN", HELLO OFFER_AUTH, "auth.needs-tls", "local",
    "QUIT" },

  /* AUTH: local */
  { "nobody", "implicit nobody", HELLO OFFER_AUTH, "auth.local", NULL, "QUIT" },
  { "fault", "implicit auth fault driver=UAuthLoginSMTP", HELLO OFFER_AUTH, "auth.local",
    "The parameters lack PASSWORD.", "QUIT" },
  { "fault-starttls", "starttls fault", HELLO OFFER_STARTTLS, "auth.local",
    "The parameters lack PASSWORD.", "QUIT" },
  { "token-missing", "implicit auth=XOAUTH2", HELLO OFFER_AUTH, "auth.local", NULL, "QUIT" },
  { "no-channel-binding", "implicit auth=SCRAM-SHA-1-PLUS",
    HELLO "S: 250-x\nS: 250 AUTH SCRAM-SHA-1-PLUS\n", "auth.local", NULL, "QUIT" },
  { "unknown-mechanism", "implicit auth=FANCY", HELLO "S: 250-x\nS: 250 AUTH FANCY\n", "auth.local",
    NULL, "QUIT" },

  /* AUTH: refused */
  { "refused", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 535 5.7.8 wrong\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "refused-lines", "implicit auth=PLAIN",
    HELLO OFFER_AUTH PLAIN "S: 534-5.7.9 Application-specific\nS: 534 5.7.9 password\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "refused-user", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: <hidden, 8 bytes>\nS: 535 no\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "refused-twice", "implicit auth=PLAIN auth=PLAIN",
    HELLO OFFER_AUTH PLAIN "S: 235 ok\n" PLAIN "S: 503 5.5.1 already\n", "auth.protocol", NULL,
    "QUIT" },
  { "temporary", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 454 4.7.0 later\n",
    "auth.temporary", NULL, "QUIT" },
  { "temporary-421", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 421 4.7.0 bye\n",
    "auth.temporary" },
  { "needs-tls-530", "clear auth=PLAIN",
    HELLO OFFER_AUTH PLAIN "S: 530 5.7.0 Must issue a STARTTLS command first\n", "auth.needs-tls",
    NULL, "QUIT" },
  { "needs-tls-538", "clear auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 538 encrypt\n",
    "auth.needs-tls", NULL, "QUIT" },
  { "needs-tls-enhanced", "clear auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 535 5.7.11 encrypt\n",
    "auth.needs-tls", NULL, "QUIT" },
  { "not-needs-tls", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 530 5.7.0 no\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "xoauth2-refused", "implicit oauth=XOAUTH2",
    HELLO OFFER_AUTH "C: AUTH XOAUTH2 <hidden, 76 bytes>\n" REFUSAL "C: \nS: 535 5.7.8 no\n",
    "auth.token-refused", "status 401", "QUIT" },
  { "oauthbearer-refused", "implicit oauth",
    HELLO OFFER_AUTH "C: AUTH OAUTHBEARER <hidden, 116 bytes>\n" REFUSAL
                     "C: <hidden, 4 bytes>\nS: 535 5.7.8 no\n",
    "auth.token-refused", "status 401", "QUIT" },
  { "xoauth2-temporary", "implicit oauth=XOAUTH2",
    HELLO OFFER_AUTH "C: AUTH XOAUTH2 <hidden, 76 bytes>\n" REFUSAL "C: \nS: 454 4.7.0 later\n",
    "auth.temporary", "status 401", "QUIT" },
  { "xoauth2-5xx", "implicit oauth=XOAUTH2",
    HELLO OFFER_AUTH "C: AUTH XOAUTH2 <hidden, 76 bytes>\nS: 535 5.7.139 disabled\n",
    "auth.refused-unexplained", NULL, "QUIT" },
  { "xoauth2-refused-accepted", "implicit oauth=XOAUTH2",
    HELLO OFFER_AUTH "C: AUTH XOAUTH2 <hidden, 76 bytes>\n" REFUSAL "C: \nS: 235 ok\n",
    "auth.protocol", NULL, "QUIT" },

  /* AUTH: broken */
  { "challenge-not-base64", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 Username:\nC: *\nS: 501 cancelled\n", "auth.protocol",
    NULL, "QUIT" },
  { "challenge-after-all", "implicit auth=PLAIN",
    HELLO OFFER_AUTH PLAIN "S: 334 UGFzc3dvcmQ6\nC: *\nS: 501 cancelled\n", "auth.protocol", NULL,
    "QUIT" },
  { "challenge-lines", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334-VXNl\nS: 334 cm5h\nC: *\nS: 501 x\n", "auth.protocol",
    NULL, "QUIT" },
  { "challenge-without-end", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: <hidden, 8 bytes>\nS: 334 VXNl\n"
                     "C: <hidden, 20 bytes>\nS: 334 VXNl\nC: *\nS: 334 VXNl\n",
    "auth.protocol", NULL, "QUIT" },
  { "cancel-accepted", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 Username:\nC: *\nS: 235 welcome\n", "auth.protocol",
    NULL, "QUIT" },
  { "cancel-closed", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 Username:\nC: *\nEOF\n", "auth.protocol" },
  { "early-success", "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: <hidden, 8 bytes>\nS: 235 ok\n",
    "auth.protocol", NULL, "QUIT" },
  { "auth-odd", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 250 ok\n",
    "protocol.unexpected-reply", NULL, "QUIT" },
  { "auth-354", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: 354 ok\n",
    "protocol.unexpected-reply", NULL, "QUIT" },
  { "auth-pop3", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: +OK\n", "protocol.malformed" },
  { "auth-continuation", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "S: + \n",
    "protocol.malformed" },
  { "auth-closed", "implicit auth=PLAIN", HELLO OFFER_AUTH PLAIN "EOF\n", "protocol.closed" },

  /* Sender */
  { "sender-refused", "from=a@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 550 5.7.1 no\n", "sender.refused",
    "a@example.org", "QUIT" },
  { "sender-needs-auth", "from=a@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 530 5.7.0 Authentication required\n",
    "sender.needs-auth", NULL, "QUIT" },
  { "recipient-refused", "from=a@example.org to=b@example.org to=c@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: RCPT TO:<c@example.org>\nS: 554 5.7.1 relay\n",
    "recipient.refused", "c@example.org", "QUIT" },
  { "sender-odd", "from=a@example.org", HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 354 go\n",
    "protocol.unexpected-reply", NULL, "QUIT" },
  { "rset-refused", "from=a@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RSET\nS: 500 no\n",
    "protocol.unexpected-reply", NULL, "QUIT" },
  /* A message */
  { "send", "send=b@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: DATA\nS: 354 go\n" SENT "S: 250 queued\n" BYE },
  { "send-after-check", "from=a@example.org send=b@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RSET\nS: 250 ok\n"
          "C: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: DATA\nS: 354 go\n" SENT "S: 250 queued\n" BYE },
  { "send-recipient-refused", "send=b@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 550 no\n",
    "recipient.refused", "b@example.org", "QUIT" },
  { "send-data-refused", "send=b@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: DATA\nS: 554 no\n",
    "message.refused", NULL, "QUIT" },
  { "send-data-odd", "send=b@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: DATA\nS: 250 ok\n",
    "protocol.unexpected-reply", NULL, "QUIT" },
  { "send-refused", "send=b@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: DATA\nS: 354 go\n" SENT "S: 554 5.7.1 spam\n",
    "message.refused", NULL, "QUIT" },
  { "send-too-large", "send=b@example.org",
    HELLO "S: 250 x\nC: MAIL FROM:<a@example.org>\nS: 250 ok\nC: RCPT TO:<b@example.org>\n"
          "S: 250 ok\nC: DATA\nS: 354 go\n" SENT "S: 552 5.3.4 large\n",
    "message.too-large", NULL, "QUIT" },

  { "sender-injected", "from=a>\r\nDATA", "", "sender.refused" },
  { "recipient-injected", "from=a to=b>\r\nDATA", "", "recipient.refused" },
};

/* --- Facts --- */

static void
assert_step (Ladder *ladder, PosternStepId step, PosternStepState state, const char *summary)
{
  g_assert_cmpint (ladder->states[step], ==, state);
  g_assert_cmpstr (ladder->summaries[step], ==, summary);
}

static void
test_ladder_starttls (void)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine (
    "starttls auth from=a@example.org to=b@example.org to=c@example.org", &ladder);
  const char *const *capabilities;

  g_assert_cmpint (play (machine, HELLO UPGRADE OFFER_AUTH PLAIN
                         "S: 235 ok\nC: MAIL FROM:<a@example.org>\nS: 250 ok\n"
                         "C: RCPT TO:<b@example.org>\nS: 250 ok\nC: RCPT TO:<c@example.org>\n"
                         "S: 250 ok\nC: RSET\nS: 250 ok\n" BYE),
                   ==, POSTERN_ACTION_DONE);
  assert_step (&ladder, POSTERN_STEP_GREETING, POSTERN_STATE_PASSED, "220 mail.example.org");
  assert_step (&ladder, POSTERN_STEP_CAPABILITIES, POSTERN_STATE_PASSED, "1 capability, no AUTH");
  assert_step (&ladder, POSTERN_STEP_STARTTLS, POSTERN_STATE_PASSED, "220 2.0.0");
  assert_step (&ladder, POSTERN_STEP_CAPABILITIES_TLS, POSTERN_STATE_PASSED,
               "2 capabilities, AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER");
  assert_step (&ladder, POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_PASSED, "PLAIN, accepted");
  assert_step (&ladder, POSTERN_STEP_USABLE, POSTERN_STATE_SKIPPED, NULL);
  assert_step (&ladder, POSTERN_STEP_SENDER, POSTERN_STATE_PASSED,
               "MAIL FROM and 2 recipients accepted");
  assert_step (&ladder, POSTERN_STEP_LOGOFF, POSTERN_STATE_PASSED, "221 2.0.0");
  assert_step (&ladder, POSTERN_STEP_TLS, POSTERN_STATE_NOT_REACHED, NULL);

  g_assert_true (postern_machine_get_tls (machine));
  g_assert_true (postern_machine_is_authenticated (machine));
  g_assert_false (postern_machine_starttls_was_skipped (machine));
  g_assert_cmpuint (postern_machine_get_attempts (machine), ==, 1);
  g_assert_cmpstr (postern_machine_get_mechanism (machine), ==, "PLAIN");
  capabilities = postern_machine_get_clear_capabilities (machine);
  g_assert_cmpstr (capabilities[0], ==, "STARTTLS");
  g_assert_null (capabilities[1]);
  capabilities = postern_machine_get_tls_capabilities (machine);
  g_assert_cmpstr (capabilities[0], ==, "SIZE 1000");
  g_assert_cmpstr (capabilities[1], ==, "AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER");
  g_assert_null (capabilities[2]);
  ladder_clear (&ladder);
}

static void
test_ladder_implicit (void)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine ("implicit", &ladder);

  g_assert_cmpint (play (machine, HELLO "S: 250 x\n" BYE), ==, POSTERN_ACTION_DONE);
  assert_step (&ladder, POSTERN_STEP_CAPABILITIES, POSTERN_STATE_SKIPPED, NULL);
  assert_step (&ladder, POSTERN_STEP_STARTTLS, POSTERN_STATE_SKIPPED, NULL);
  assert_step (&ladder, POSTERN_STEP_CAPABILITIES_TLS, POSTERN_STATE_PASSED,
               "0 capabilities, no AUTH");
  assert_step (&ladder, POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_SKIPPED, NULL);
  assert_step (&ladder, POSTERN_STEP_SENDER, POSTERN_STATE_SKIPPED, NULL);
  g_assert_null (postern_machine_get_clear_capabilities (machine));
  ladder_clear (&ladder);
}

static void
test_ladder_skipped (void)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine ("clear starttls? auth?=NTLM", &ladder);

  g_assert_cmpint (play (machine, HELLO OFFER_AUTH BYE), ==, POSTERN_ACTION_DONE);
  assert_step (&ladder, POSTERN_STEP_STARTTLS, POSTERN_STATE_WARNING,
               "Not offered, going on in clear text");
  assert_step (&ladder, POSTERN_STEP_CAPABILITIES_TLS, POSTERN_STATE_SKIPPED, NULL);
  assert_step (&ladder, POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_WARNING,
               "Not offered, going on without logging on");
  g_assert_true (postern_machine_starttls_was_skipped (machine));
  g_assert_false (postern_machine_is_authenticated (machine));
  g_assert_cmpuint (postern_machine_get_attempts (machine), ==, 0);
  ladder_clear (&ladder);
}

static void
test_failure_facts (void)
{
  g_autoptr(PosternMachine) refused = make_machine ("implicit auth=PLAIN driver=UAuthPlain", NULL);
  g_autoptr(PosternMachine) missing =
               make_machine ("implicit auth=NTLM,GSSAPI driver=UAuthNTLMSMTP", NULL);
  const PosternFailure *failure;

  play (refused, HELLO OFFER_AUTH PLAIN "S: 534-5.7.9 Need an\nS: 534 5.7.9 app \x01 password\n");
  failure = postern_machine_get_failure (refused);
  g_assert_cmpint (failure->reply_code, ==, 534);
  g_assert_cmpstr (failure->enhanced, ==, "5.7.9");
  g_assert_cmpstr (failure->text, ==, "534-5.7.9 Need an\n534 5.7.9 app \\x01 password");
  g_assert_cmpstr (failure->mechanism, ==, "PLAIN");
  g_assert_cmpstr (failure->driver, ==, "UAuthPlain");
  g_assert_cmpint (failure->step, ==, POSTERN_STEP_AUTHENTICATE);

  play (missing, HELLO OFFER_AUTH);
  failure = postern_machine_get_failure (missing);
  g_assert_cmpstr (failure->wanted[0], ==, "NTLM");
  g_assert_cmpstr (failure->wanted[1], ==, "GSSAPI");
  g_assert_cmpstr (failure->offered[0], ==, "PLAIN");
  g_assert_cmpuint (g_strv_length (failure->offered), ==, 4);
  g_assert_cmpstr (failure->driver, ==, "UAuthNTLMSMTP");
  g_assert_cmpint (failure->step, ==, POSTERN_STEP_AUTHENTICATE);
  g_assert_null (failure->text);
}

static void
test_local_address (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("", NULL);

  postern_machine_set_local_address (machine, "[IPv6:::1]");
  g_assert_cmpint (play (machine, "S: 220 x\nC: EHLO [IPv6:::1]\n"), ==, POSTERN_ACTION_READ);
}

/* After the go-ahead a line in clear text is an attack. */
static void
test_injected (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("starttls auth", NULL);

  g_assert_cmpint (play (machine, HELLO OFFER_STARTTLS "C: STARTTLS\nS: 220 go\n"), ==,
                   POSTERN_ACTION_START_TLS);
  g_assert_false (postern_machine_farewell (machine));
  g_assert_cmpint (postern_machine_feed (machine, "250 AUTH PLAIN", 14), ==, POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "starttls.injected");
  g_assert_cmpint (postern_machine_tls_started (machine), ==, POSTERN_ACTION_FAILED);
}

/* The session gave up (a time limit) in the midst of an exchange. */
static void
test_farewell_in_auth (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth=PLAIN", NULL);
  g_autoptr(PosternMachine) silent = make_machine ("", NULL);

  play (machine, HELLO OFFER_AUTH PLAIN);
  g_assert_true (postern_machine_farewell (machine));
  g_assert_cmpstr (postern_output_get_bytes (postern_machine_get_output (machine), NULL), ==,
                   "*\r\nQUIT\r\n");

  play (silent, "");
  g_assert_false (postern_machine_farewell (silent));
}

/* RFC 4954 section 4: what does not fit into a command line waits for the challenge. */
static void
test_long_token (void)
{
  g_autoptr(PosternPlan) plan = make_plan ("implicit oauth=XOAUTH2");
  g_autofree char *token = g_strnfill (2000, 't');
  g_autoptr(PosternMachine) machine = NULL;
  PosternPlanStep *step = plan->steps->pdata[0];

  postern_secret_unref (step->token);
  step->token = postern_secret_new (token, -1);
  machine = postern_smtp_new (plan);
  g_assert_cmpint (play (machine,
                         HELLO OFFER_AUTH "C: AUTH XOAUTH2\nS: 334 \nC: <hidden, 2700 bytes>\n"
                                          "S: 235 ok\n" BYE),
                   ==, POSTERN_ACTION_DONE);
}

/* Accepted before the token was sent at all. */
static void
test_long_token_early (void)
{
  g_autoptr(PosternPlan) plan = make_plan ("implicit oauth=XOAUTH2");
  g_autofree char *token = g_strnfill (2000, 't');
  g_autoptr(PosternMachine) machine = NULL;
  PosternPlanStep *step = plan->steps->pdata[0];

  postern_secret_unref (step->token);
  step->token = postern_secret_new (token, -1);
  machine = postern_smtp_new (plan);
  g_assert_cmpint (play (machine, HELLO OFFER_AUTH "C: AUTH XOAUTH2\nS: 235 ok\n"), ==,
                   POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "auth.protocol");
}

static void
test_exact_bytes (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit oauth=XOAUTH2", NULL);
  const char raw[] = "user=" USER "\x01"
                     "auth=Bearer " TOKEN "\x01\x01";
  g_autofree char *encoded = g_base64_encode ((const guchar *) raw, strlen (raw));
  g_autofree char *expected = g_strdup_printf ("AUTH XOAUTH2 %s\r\n", encoded);

  play (machine, HELLO OFFER_AUTH);
  g_assert_cmpstr (postern_output_get_bytes (postern_machine_get_output (machine), NULL), ==,
                   expected);
}

/* SCRAM: 235 without the server's proof. */
static void
test_scram_unproven (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("auth", NULL);

  start (machine);
  postern_machine_feed (machine, "220 x", 5);
  postern_machine_feed (machine, "250-x", 5);
  g_assert_cmpint (postern_machine_feed (machine, "250 AUTH PLAIN SCRAM-SHA-256", 28), ==,
                   POSTERN_ACTION_SEND);
  g_assert_cmpint (postern_machine_feed (machine, "235 ok", 6), ==, POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "auth.server-not-authentic");
  g_assert_false (postern_machine_is_authenticated (machine));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_cases ("/smtp/dialogue/", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/smtp/ladder/starttls", test_ladder_starttls);
  g_test_add_func ("/smtp/ladder/implicit", test_ladder_implicit);
  g_test_add_func ("/smtp/ladder/skipped", test_ladder_skipped);
  g_test_add_func ("/smtp/failure-facts", test_failure_facts);
  g_test_add_func ("/smtp/local-address", test_local_address);
  g_test_add_func ("/smtp/injected", test_injected);
  g_test_add_func ("/smtp/farewell-in-auth", test_farewell_in_auth);
  g_test_add_func ("/smtp/long-token", test_long_token);
  g_test_add_func ("/smtp/long-token-early", test_long_token_early);
  g_test_add_func ("/smtp/exact-bytes", test_exact_bytes);
  g_test_add_func ("/smtp/scram-unproven", test_scram_unproven);

  return g_test_run ();
}
