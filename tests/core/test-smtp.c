/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-enum-types.h"
#include "protocol/postern-sasl.h"
#include "protocol/postern-smtp.h"

#include <string.h>

#define USER "user"
#define PASSWORD "Tr0ub4dor-and-3"
#define TOKEN "ya29.a0ARrdaM-very-secret-token"

/* --- A plan from a line of words --- */

static PosternPlanStep *
add_auth (PosternPlan *plan, const char *word, gboolean token)
{
  gboolean optional = strstr (word, "auth?") != NULL;
  const char *list = strchr (word, '=');
  PosternPlanStep *step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, !optional);

  step->user = g_strdup (USER);
  if (token)
    step->token = postern_secret_new (TOKEN, -1);
  else
    step->password = postern_secret_new (PASSWORD, -1);
  if (list != NULL)
    {
      g_strfreev (step->mechanisms);
      step->mechanisms = g_strsplit (list + 1, ",", -1);
    }
  return step;
}

static void
add_recipient (PosternPlan *plan, const char *address)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_addv (builder, (const char **) plan->check_recipients);
  g_strv_builder_add (builder, address);
  g_strfreev (plan->check_recipients);
  plan->check_recipients = g_strv_builder_end (builder);
}

/* implicit, helo, clear, starttls, starttls?, auth[?][=LIST], oauth[?][=LIST], nobody (a step
 * without credentials), fault (with a local fault), driver=NAME (of the last step), from=, to=,
 * ehlo= */
static PosternPlan *
make_plan (const char *text)
{
  PosternPlan *plan = postern_plan_new ();
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  PosternPlanStep *step = NULL;

  plan->host = g_strdup ("mail.example.org");
  plan->port = 587;
  for (gsize i = 0; words[i] != NULL; i++)
    {
      const char *word = words[i];

      if (strcmp (word, "implicit") == 0)
        plan->tls = POSTERN_TLS_START_IMPLICIT;
      else if (strcmp (word, "helo") == 0)
        plan->helo_fallback = TRUE;
      else if (strcmp (word, "clear") == 0)
        plan->clear_text_allowed = TRUE;
      else if (g_str_has_prefix (word, "starttls"))
        step = postern_plan_add_step (plan, POSTERN_PLAN_STARTTLS, word[8] == '\0');
      else if (g_str_has_prefix (word, "auth"))
        step = add_auth (plan, word, FALSE);
      else if (g_str_has_prefix (word, "oauth"))
        step = add_auth (plan, word, TRUE);
      else if (strcmp (word, "nobody") == 0)
        step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
      else if (strcmp (word, "fault") == 0)
        step->local_fault = g_strdup ("The parameters lack PASSWORD.");
      else if (g_str_has_prefix (word, "driver="))
        step->driver = g_strdup (word + 7);
      else if (g_str_has_prefix (word, "from="))
        plan->check_sender = g_strdup (word + 5);
      else if (g_str_has_prefix (word, "to="))
        add_recipient (plan, word + 3);
      else if (g_str_has_prefix (word, "ehlo="))
        plan->ehlo_name = g_strdup (word + 5);
      else
        g_assert_cmpstr (word, ==, "");
    }
  return plan;
}

/* --- A dialogue --- */

/* What was told of the steps: the last state of each, and every summary. */
typedef struct
{
  PosternStepState states[POSTERN_N_STEPS];
  char *summaries[POSTERN_N_STEPS];
} Ladder;

static void
step_cb (PosternStepId step, PosternStepState state, const char *summary, gpointer user_data)
{
  Ladder *ladder = user_data;

  g_assert_cmpint (step, <, POSTERN_N_STEPS);
  ladder->states[step] = state;
  g_free (ladder->summaries[step]);
  ladder->summaries[step] = g_strdup (summary);
  g_assert_true (summary == NULL || g_utf8_validate (summary, -1, NULL));
}

static void
ladder_clear (Ladder *ladder)
{
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    g_clear_pointer (&ladder->summaries[i], g_free);
}

static PosternMachine *
make_machine (const char *plan_text, Ladder *ladder)
{
  g_autoptr(PosternPlan) plan = make_plan (plan_text);
  PosternMachine *machine = postern_smtp_new (plan);

  if (ladder != NULL)
    postern_machine_set_step_func (machine, step_cb, ladder);
  return machine;
}

static PosternAction
start (PosternMachine *machine)
{
  return postern_machine_start (machine, postern_machine_get_plan (machine)->tls ==
                                           POSTERN_TLS_START_IMPLICIT);
}

/* Lines "S: …" are fed, "C: …" is what is shown of the output, "TLS" a handshake, "EOF" the end of
 * the connection. Everything has to come in this order, nothing may be left. */
static PosternAction
play (PosternMachine *machine, const char *dialogue)
{
  g_auto (GStrv) lines = g_strsplit (dialogue, "\n", -1);
  PosternAction action = start (machine);

  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      const char *line = lines[i];

      g_test_message ("%s", line);
      if (g_str_has_prefix (line, "S: "))
        {
          g_assert_cmpint (action, ==, POSTERN_ACTION_READ);
          action = postern_machine_feed (machine, line + 3, strlen (line + 3));
        }
      else if (g_str_has_prefix (line, "C: "))
        {
          g_autofree char *end = NULL;
          gsize length;
          const char *bytes =
            postern_output_get_bytes (postern_machine_get_output (machine), &length);

          g_assert_cmpint (action, ==, POSTERN_ACTION_SEND);
          g_assert_cmpuint (length, >=, 2);
          end = g_strndup (bytes + length - 2, 2);
          g_assert_cmpstr (end, ==, "\r\n");
          g_assert_cmpstr (postern_output_get_display (postern_machine_get_output (machine)), ==,
                           line + 3);
          action = POSTERN_ACTION_READ;
        }
      else if (strcmp (line, "TLS") == 0)
        {
          g_assert_cmpint (action, ==, POSTERN_ACTION_START_TLS);
          action = postern_machine_tls_started (machine);
        }
      else
        {
          g_assert_cmpstr (line, ==, "EOF");
          g_assert_cmpint (action, ==, POSTERN_ACTION_READ);
          action = postern_machine_closed (machine);
        }
    }
  return action;
}

typedef struct
{
  const char *name;
  const char *plan;
  const char *dialogue;
  const char *code;     /* NULL: DONE */
  const char *detail;   /* NULL: not looked at */
  const char *farewell; /* NULL: none is due */
} Case;

#define HELLO                                                                                      \
  "S: 220 mail.example.org ESMTP\n"                                                                \
  "C: EHLO [127.0.0.1]\n"
#define OFFER_STARTTLS                                                                             \
  "S: 250-mail.example.org\n"                                                                      \
  "S: 250 STARTTLS\n"
#define OFFER_AUTH                                                                                 \
  "S: 250-mail.example.org\n"                                                                      \
  "S: 250-SIZE 1000\n"                                                                             \
  "S: 250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\n"
#define UPGRADE                                                                                    \
  OFFER_STARTTLS                                                                                   \
  "C: STARTTLS\n"                                                                                  \
  "S: 220 2.0.0 Ready\n"                                                                           \
  "TLS\n"                                                                                          \
  "C: EHLO [127.0.0.1]\n"
#define BYE                                                                                        \
  "C: QUIT\n"                                                                                      \
  "S: 221 2.0.0 Bye\n"
#define PLAIN "C: AUTH PLAIN <hidden, 28 bytes>\n"

/* "{"status":"401"}" in Base64 */
#define REFUSAL "S: 334 eyJzdGF0dXMiOiI0MDEifQ==\n"

static const Case cases[] = {
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
    HELLO OFFER_AUTH PLAIN "S: 235 ok\n" PLAIN "S: 503 5.5.1 already\n", "auth.refused-unexplained",
    NULL, "QUIT" },
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
  { "sender-injected", "from=a>\r\nDATA", "", "sender.refused" },
  { "recipient-injected", "from=a to=b>\r\nDATA", "", "recipient.refused" },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine (test->plan, &ladder);
  PosternAction action = play (machine, test->dialogue);
  const PosternFailure *failure = postern_machine_get_failure (machine);
  PosternAction expected = test->code != NULL ? POSTERN_ACTION_FAILED : POSTERN_ACTION_DONE;

  g_assert_cmpint (action, ==, expected);
  g_assert_cmpstr (failure != NULL ? failure->code : NULL, ==, test->code);
  if (test->detail != NULL)
    g_assert_cmpstr (failure->detail, ==, test->detail);
  if (failure != NULL)
    g_assert_cmpint (ladder.states[failure->step], ==, POSTERN_STATE_FAILED);
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    {
      g_assert_cmpint (ladder.states[i], !=, POSTERN_STATE_RUNNING);
      g_assert_cmpint (ladder.states[i], ==, postern_machine_get_step_state (machine, i));
    }

  /* The end is the end. */
  g_assert_cmpint (postern_machine_feed (machine, "250 more", 8), ==, expected);
  g_assert_cmpint (postern_machine_closed (machine), ==, expected);
  g_assert_cmpint (postern_machine_tls_started (machine), ==, expected);

  g_assert_cmpint (postern_machine_farewell (machine), ==, test->farewell != NULL);
  if (test->farewell != NULL)
    g_assert_cmpstr (postern_output_get_display (postern_machine_get_output (machine)), ==,
                     test->farewell);
  g_assert_false (postern_machine_farewell (machine));

  ladder_clear (&ladder);
  g_assert_finalize_object (g_steal_pointer (&machine));
}

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

/* --- Bounds --- */

static void
test_too_many_lines (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("", NULL);
  PosternAction action = start (machine);
  guint n = 0;

  while (action == POSTERN_ACTION_READ)
    {
      action = postern_machine_feed (machine, "220-x", 5);
      n++;
    }
  g_assert_cmpuint (n, ==, 1001);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
  g_assert_false (postern_machine_farewell (machine));
}

static void
test_too_many_bytes (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("", NULL);
  PosternAction action = start (machine);
  g_autofree char *line = g_strnfill (65536, '-');
  guint n = 0;

  memcpy (line, "220", 3);
  while (action == POSTERN_ACTION_READ)
    {
      action = postern_machine_feed (machine, line, 65536);
      n++;
    }
  g_assert_cmpuint (n, ==, 17);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
}

static void
test_too_many_lines_in_session (void)
{
  g_autoptr(GString) recipients = g_string_new ("from=a");
  g_autoptr(PosternMachine) machine = NULL;
  guint n = 3;

  for (int i = 0; i < 40; i++)
    g_string_append (recipients, " to=b");
  machine = make_machine (recipients->str, NULL);
  start (machine);
  postern_machine_feed (machine, "220 x", 5);
  postern_machine_feed (machine, "250 x", 5);
  postern_machine_feed (machine, "250 x", 5);
  for (int i = 0; i < 40 && postern_machine_get_failure (machine) == NULL; i++)
    {
      for (int j = 0; j < 899 && postern_machine_get_failure (machine) == NULL; j++, n++)
        postern_machine_feed (machine, "250-x", 5);
      postern_machine_feed (machine, "250 x", 5);
      n++;
    }
  g_assert_cmpuint (n, >=, 10000);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
}

/* A challenge of more than 64 KiB. */
static void
test_long_challenge (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth=LOGIN", NULL);
  g_autofree char *line = g_strnfill (70000, 'A');

  play (machine, HELLO OFFER_AUTH "C: AUTH LOGIN\n");
  memcpy (line, "334 ", 4);
  g_assert_cmpint (postern_machine_feed (machine, line, 70000), ==, POSTERN_ACTION_SEND);
  g_assert_cmpstr (postern_output_get_display (postern_machine_get_output (machine)), ==, "*");
  g_assert_cmpint (postern_machine_feed (machine, "501 ok", 6), ==, POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "auth.protocol");
}

static void
test_nul (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth=LOGIN", NULL);

  start (machine);
  g_assert_cmpint (postern_machine_feed (machine, "220 a\0b", 7), ==, POSTERN_ACTION_SEND);
  g_assert_cmpint (postern_machine_feed (machine, "250-x", 5), ==, POSTERN_ACTION_READ);
  g_assert_cmpint (postern_machine_feed (machine, "250-\0", 5), ==, POSTERN_ACTION_READ);
  g_assert_cmpint (postern_machine_feed (machine, "250 AUTH LOGIN\0 PLAIN", 21), ==,
                   POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_tls_capabilities (machine)[0], ==, "\\x00");
  g_assert_cmpstr (postern_machine_get_tls_capabilities (machine)[1], ==, "AUTH LOGIN\\x00 PLAIN");
  g_assert_cmpint (postern_machine_feed (machine, NULL, 0), ==, POSTERN_ACTION_FAILED);
}

/* --- Secrets --- */

static char *
make_secret (GRand *random)
{
  const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$%&/()=?+*#-_";
  char *secret = g_malloc0 (25);

  for (int i = 0; i < 24; i++)
    secret[i] = letters[g_rand_int_range (random, 0, sizeof letters - 1)];
  return secret;
}

static void
assert_clean (PosternRedactor *redactor, const char *text)
{
  if (text != NULL)
    g_assert_false (postern_redactor_matches (redactor, text, strlen (text)));
}

static void
assert_machine_clean (PosternMachine *machine, Ladder *ladder, PosternRedactor *redactor)
{
  const PosternFailure *failure = postern_machine_get_failure (machine);
  const char *const *capabilities = postern_machine_get_tls_capabilities (machine);

  assert_clean (redactor, postern_output_get_display (postern_machine_get_output (machine)));
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    assert_clean (redactor, ladder->summaries[i]);
  for (gsize i = 0; capabilities != NULL && capabilities[i] != NULL; i++)
    assert_clean (redactor, capabilities[i]);
  if (failure == NULL)
    return;
  assert_clean (redactor, failure->text);
  assert_clean (redactor, failure->detail);
  assert_clean (redactor, failure->enhanced);
  for (gsize i = 0; failure->offered != NULL && failure->offered[i] != NULL; i++)
    assert_clean (redactor, failure->offered[i]);
}

/* A server that answers with everything the client said: plainly, and in a challenge. */
static void
echo_session (const char *mechanism, const char *secret, guint echo_from)
{
  g_autofree char *words = g_strdup_printf ("implicit auth=%s", mechanism);
  g_autoptr(PosternPlan) plan = make_plan (words);
  PosternPlanStep *step = plan->steps->pdata[0];
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternMachine) machine = NULL;
  Ladder ladder = { 0 };
  g_autofree char *offer = g_strdup_printf ("250 AUTH %s %s", mechanism, secret);
  g_autofree char *hello = g_strdup_printf ("250-x %s", secret);
  PosternAction action;

  g_clear_pointer (&step->password, postern_secret_unref);
  step->password = postern_secret_new (secret, -1);
  step->token = postern_secret_new (secret, -1);
  postern_redactor_add (redactor, step->password);
  machine = postern_smtp_new (plan);
  postern_machine_set_step_func (machine, step_cb, &ladder);
  start (machine);
  g_assert_cmpint (postern_machine_feed (machine, "220 x", 5), ==, POSTERN_ACTION_SEND);
  postern_machine_feed (machine, hello, strlen (hello));
  action = postern_machine_feed (machine, offer, strlen (offer));

  for (guint i = 0; action == POSTERN_ACTION_SEND && i < 10; i++)
    {
      gsize length;
      const char *bytes = postern_output_get_bytes (postern_machine_get_output (machine), &length);
      g_autofree char *sent = g_strndup (bytes, length - 2);
      g_autofree char *json = g_strdup_printf ("{\"status\":\"400\",\"why\":\"%s\"}", secret);
      g_autofree char *encoded = g_base64_encode ((const guchar *) json, strlen (json));
      g_autofree char *line = i < echo_from ? g_strdup_printf ("334 %s", encoded)
                                            : g_strdup_printf ("535 5.7.8 %s is %s", sent, secret);

      assert_machine_clean (machine, &ladder, redactor);
      action = postern_machine_feed (machine, line, strlen (line));
    }
  g_assert_cmpint (action, ==, POSTERN_ACTION_FAILED);
  assert_machine_clean (machine, &ladder, redactor);
  ladder_clear (&ladder);
}

static void
test_secrets (void)
{
  const char *const mechanisms[] = { "PLAIN",    "LOGIN",      "XOAUTH2",      "OAUTHBEARER",
                                     "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-256" };
  g_autoptr(GRand) random = g_rand_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    for (int round = 0; round < 20; round++)
      {
        g_autofree char *secret = make_secret (random);

        for (guint echo_from = 0; echo_from < 4; echo_from++)
          echo_session (mechanisms[i], secret, echo_from);
      }
}

/* --- Noise --- */

static const char *const stock[] = {
  /* SMTP */
  "220 mail.example.org ESMTP",
  "220-x",
  "250-x",
  "250 x",
  "250 STARTTLS",
  "250-STARTTLS",
  "250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER SCRAM-SHA-256 CRAM-MD5 DIGEST-MD5",
  "250-AUTH=LOGIN",
  "334 ",
  "334",
  "334 VXNlcm5hbWU6",
  "334 eyJzdGF0dXMiOiI0MDEifQ==",
  "334 =",
  "334-x",
  "235 ok",
  "354 go",
  "221 bye",
  "421 busy",
  "454 later",
  "500 what",
  "501 no",
  "502 no",
  "503 no",
  "530 no",
  "534-5.7.9 x",
  "534 5.7.9 x",
  "535 5.7.8 wrong",
  "538 no",
  "550 no",
  "251 x",
  "250",
  "5",
  "",
  "220 ********",
  "250-XXXXXXXA",
  "199 x",
  "600 x",
  "25O x",
  "250\tx",
  "9999999999999999999999",
  /* POP3 */
  "+OK",
  "+OK POP3 <1.2@x>",
  "-ERR",
  "-ERR [AUTH] no",
  "+ ",
  "+",
  ".",
  "STLS",
  "SASL PLAIN",
  /* IMAP */
  "* OK IMAP4rev1",
  "* PREAUTH hi",
  "* BYE",
  "* CAPABILITY IMAP4rev1 AUTH=PLAIN",
  "a1 OK done",
  "a1 NO",
  "a1 BAD",
  "* LIST () \"/\" INBOX",
  "* 1 FETCH {99999999999999999999}",
  "{0}",
  "\"\\",
};

static void
append_noise (GRand *random, GString *line)
{
  for (int n = g_rand_int_range (random, 0, 4); n > 0 && line->len > 0; n--)
    {
      gsize at = (gsize) g_rand_int_range (random, 0, (int) line->len);

      switch (g_rand_int_range (random, 0, 4))
        {
        case 0:
          line->str[at] = (char) g_rand_int_range (random, 0, 256);
          break;
        case 1:
          g_string_insert_c (line, (gssize) at, (char) g_rand_int_range (random, 0, 256));
          break;
        case 2:
          g_string_truncate (line, at);
          break;
        default:
          g_string_append (line, stock[g_rand_int_range (random, 0, G_N_ELEMENTS (stock))]);
          break;
        }
    }
}

/* Answers that keep a session going, so that noise meets every state. */
static const char *
sensible_answer (PosternMachine *machine)
{
  const char *shown = postern_output_get_display (postern_machine_get_output (machine));

  if (g_str_has_prefix (shown, "EHLO"))
    return "250-x\n250-STARTTLS\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER SCRAM-SHA-256 CRAM-MD5";
  if (g_str_has_prefix (shown, "STARTTLS"))
    return "220 go";
  if (g_str_has_prefix (shown, "AUTH LOGIN") || g_str_has_prefix (shown, "AUTH CRAM"))
    return "334 VXNlcm5hbWU6";
  if (g_str_has_prefix (shown, "AUTH") || g_str_has_prefix (shown, "<hidden"))
    return "235 ok";
  if (g_str_has_prefix (shown, "QUIT"))
    return "221 bye";
  return "250 ok";
}

static PosternAction
feed_answer (PosternMachine *machine, GRand *random, const char *answer)
{
  g_auto (GStrv) lines = g_strsplit (answer, "\n", -1);
  PosternAction action = POSTERN_ACTION_READ;

  for (gsize i = 0; lines[i] != NULL && action <= POSTERN_ACTION_READ; i++)
    {
      g_autoptr(GString) line = g_string_new (lines[i]);

      if (g_rand_int_range (random, 0, 8) == 0)
        append_noise (random, line);
      if (g_rand_int_range (random, 0, 16) == 0)
        g_string_assign (line, stock[g_rand_int_range (random, 0, G_N_ELEMENTS (stock))]);
      action = postern_machine_feed (machine, line->str, line->len);
    }
  return action;
}

static void
noise_session (GRand *random, const char *plan, guint *n_done, guint *n_failed)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine (plan, &ladder);
  PosternAction action = start (machine);
  int n = 0;

  if (action == POSTERN_ACTION_READ)
    action = feed_answer (machine, random, "220 mail.example.org ESMTP");
  while (action != POSTERN_ACTION_DONE && action != POSTERN_ACTION_FAILED)
    {
      g_assert_cmpint (++n, <, 2000);
      if (action == POSTERN_ACTION_START_TLS)
        action = postern_machine_tls_started (machine);
      else if (g_rand_int_range (random, 0, 100) == 0)
        action = postern_machine_closed (machine);
      else
        {
          g_autofree char *answer = g_strdup (sensible_answer (machine));

          action = feed_answer (machine, random, answer);
        }
    }
  if (action == POSTERN_ACTION_FAILED)
    {
      g_assert_nonnull (postern_machine_get_failure (machine));
      (*n_failed)++;
    }
  else
    (*n_done)++;
  postern_machine_farewell (machine);
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    g_assert_cmpint (ladder.states[i], !=, POSTERN_STATE_RUNNING);
  ladder_clear (&ladder);
}

static void
test_noise (void)
{
  const char *const plans[] = {
    "helo starttls auth",
    "starttls? auth=LOGIN clear from=a to=b",
    "implicit oauth helo",
    "clear oauth=XOAUTH2 starttls auth=CRAM-MD5 from=a",
    "implicit auth? auth=SCRAM-SHA-256",
    "clear auth=DIGEST-MD5,PLAIN helo to=x from=y",
    "implicit from=a to=b to=c",
  };
  g_autoptr(GRand) random = g_rand_new_with_seed (20261120);
  guint n_done = 0;
  guint n_failed = 0;

  for (guint i = 0; i < 20000; i++)
    noise_session (random, plans[i % G_N_ELEMENTS (plans)], &n_done, &n_failed);

  /* Both ends were reached often enough for the noise to have met every state. */
  g_test_message ("%u done, %u failed", n_done, n_failed);
  g_assert_cmpuint (n_done, >, 1000);
  g_assert_cmpuint (n_failed, >, 1000);
}

/* Each line of the stock in each state that a dialogue comes through. */
static void
test_every_reply_everywhere (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) lines = g_strsplit (cases[i].dialogue, "\n", -1);
      guint n_lines = g_strv_length (lines);

      for (guint stop = 0; stop < n_lines; stop++)
        for (gsize j = 0; j < G_N_ELEMENTS (stock); j++)
          {
            g_autoptr(PosternMachine) machine = make_machine (cases[i].plan, NULL);
            PosternAction action = start (machine);

            for (guint k = 0; k < stop; k++)
              {
                if (g_str_has_prefix (lines[k], "S: "))
                  action = postern_machine_feed (machine, lines[k] + 3, strlen (lines[k] + 3));
                else if (strcmp (lines[k], "TLS") == 0)
                  action = postern_machine_tls_started (machine);
              }
            action = postern_machine_feed (machine, stock[j], strlen (stock[j]));
            g_assert_cmpint (action, <=, POSTERN_ACTION_FAILED);
            g_assert_true ((action == POSTERN_ACTION_FAILED) ==
                           (postern_machine_get_failure (machine) != NULL));
          }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/smtp/dialogue/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
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
  g_test_add_func ("/smtp/bounds/lines", test_too_many_lines);
  g_test_add_func ("/smtp/bounds/bytes", test_too_many_bytes);
  g_test_add_func ("/smtp/bounds/session", test_too_many_lines_in_session);
  g_test_add_func ("/smtp/bounds/challenge", test_long_challenge);
  g_test_add_func ("/smtp/nul", test_nul);
  g_test_add_func ("/smtp/secrets", test_secrets);
  g_test_add_func ("/smtp/noise", test_noise);
  g_test_add_func ("/smtp/every-reply-everywhere", test_every_reply_everywhere);

  return g_test_run ();
}
