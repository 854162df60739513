/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-catalogue.h"
#include "diagnosis/postern-diagnosis.h"
#include "diagnosis/postern-token.h"

#include <string.h>

static void
test_exit_statuses (void)
{
  static const struct
  {
    const char *code;
    const char *driver;
    int status;
  } rows[] = {
    { "settings.file-missing", NULL, 1 },
    { "settings.driver-order", NULL, 1 },
    { "dns.not-found", NULL, 10 },
    { "connect.refused", NULL, 11 },
    { "greeting.closed", NULL, 12 },
    { "protocol.too-long", NULL, 12 },
    { "greeting.silent", NULL, 19 },
    { "timeout.total", NULL, 19 },
    { "tls.plain-first", NULL, 13 },
    { "starttls.not-offered", NULL, 13 },
    { "starttls.not-offered", "UStartTLSSMTP", 15 },
    { "starttls.refused", "UStartTLSSMTP", 15 },
    { "cert.expired", NULL, 14 },
    { "auth.mechanism-not-offered", NULL, 15 },
    { "auth.credentials", NULL, 16 },
    { "auth.temporary", NULL, 17 },
    { "starttls.preauth", NULL, 13 },
    { "auth.mailbox-in-use", NULL, 17 },
    { "auth.protocol-off", NULL, 16 },
    { "auth.needs-tls", NULL, 15 },
    { "auth.server-not-authentic", NULL, 17 },
    { "sender.refused", NULL, 18 },
    { "recipient.refused", NULL, 18 },
    { "sender.needs-auth", NULL, 18 },
    { "message.refused", NULL, 18 },
    { "message.too-large", NULL, 18 },
    { "usable.mailbox", NULL, 18 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternFailure) failure =
                   postern_failure_new (rows[i].code, POSTERN_STEP_SETTINGS);

      failure->driver = g_strdup (rows[i].driver);
      g_assert_nonnull (postern_catalogue_find (rows[i].code));
      g_assert_cmpint (postern_catalogue_exit_status (failure), ==, rows[i].status);
    }
  g_assert_cmpint (postern_catalogue_exit_status (NULL), ==, 0);
}

static void
test_refining (void)
{
  static const struct
  {
    PosternTlsStart tls;
    const char *code;
    PosternStepId step;
    PosternCounterResult counter;
    const char *refined;
    const char *protocol; /* that the counter-test heard */
    const char *heard;
  } rows[] = {
    { POSTERN_TLS_START_STARTTLS, "timeout.greeting", POSTERN_STEP_GREETING, POSTERN_COUNTER_TLS,
      "tls.implicit-expected" },
    { POSTERN_TLS_START_NONE, "greeting.closed", POSTERN_STEP_GREETING, POSTERN_COUNTER_TLS,
      "tls.implicit-expected" },
    { POSTERN_TLS_START_NONE, "greeting.closed", POSTERN_STEP_GREETING, POSTERN_COUNTER_NOT_TLS,
      "greeting.closed" },
    { POSTERN_TLS_START_STARTTLS, "timeout.greeting", POSTERN_STEP_GREETING,
      POSTERN_COUNTER_NOT_TLS, "greeting.silent" },
    { POSTERN_TLS_START_STARTTLS, "timeout.greeting", POSTERN_STEP_GREETING, POSTERN_COUNTER_NONE,
      "timeout.greeting" },
    { POSTERN_TLS_START_IMPLICIT, "timeout.greeting", POSTERN_STEP_GREETING, POSTERN_COUNTER_TLS,
      "timeout.greeting" },
    { POSTERN_TLS_START_STARTTLS, "timeout.reply", POSTERN_STEP_CAPABILITIES, POSTERN_COUNTER_TLS,
      "timeout.reply" },
    { POSTERN_TLS_START_STARTTLS, "tls.plain-first", POSTERN_STEP_TLS, POSTERN_COUNTER_NONE,
      "tls.handshake" },
    { POSTERN_TLS_START_IMPLICIT, "tls.plain-first", POSTERN_STEP_TLS, POSTERN_COUNTER_PLAIN,
      "tls.plain-first" },
    { POSTERN_TLS_START_IMPLICIT, "tls.closed", POSTERN_STEP_TLS, POSTERN_COUNTER_PLAIN,
      "tls.plain-first", "IMAP" },
    { POSTERN_TLS_START_IMPLICIT, "timeout.tls", POSTERN_STEP_TLS, POSTERN_COUNTER_SILENT,
      "timeout.tls" },
    { POSTERN_TLS_START_IMPLICIT, "tls.closed", POSTERN_STEP_TLS, POSTERN_COUNTER_TLS,
      "tls.closed" },
    { POSTERN_TLS_START_NONE, "greeting.closed", POSTERN_STEP_GREETING, POSTERN_COUNTER_NOT_TLS,
      "greeting.other-protocol", "HTTP" },
    { POSTERN_TLS_START_NONE, "protocol.malformed", POSTERN_STEP_GREETING, POSTERN_COUNTER_NOT_TLS,
      "protocol.malformed", "SMTP" },
    { POSTERN_TLS_START_NONE, "greeting.closed", POSTERN_STEP_GREETING, POSTERN_COUNTER_NOT_TLS,
      "greeting.closed", NULL, "22" },
    { POSTERN_TLS_START_STARTTLS, "timeout.greeting", POSTERN_STEP_GREETING,
      POSTERN_COUNTER_NOT_TLS, "greeting.other-protocol", NULL, "-ERR unknown command" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = postern_plan_new ();
      g_autoptr(PosternFailure) failure = postern_failure_new (rows[i].code, rows[i].step);
      g_autoptr(PosternFailure) refined = NULL;
      PosternFacts facts = {
        .plan = plan,
        .failure = failure,
        .counter = rows[i].counter,
        .counter_protocol = rows[i].protocol,
        .counter_heard = rows[i].heard,
      };

      plan->tls = rows[i].tls;
      refined = postern_diagnosis_refine (&facts);
      g_assert_cmpstr (refined->code, ==, rows[i].refined);
    }
}

/* What a run can end with, whatever the protocol. */
static const char *const codes[] = {
  "dns.not-found",
  "connect.refused",
  "greeting.silent",
  "tls.implicit-expected",
  "tls.plain-first",
  "greeting.other-protocol",
  "greeting.closed",
  "greeting.refused",
  "protocol.unexpected-reply",
  "protocol.malformed",
  "protocol.too-long",
  "protocol.closed",
  "timeout.greeting",
  "timeout.reply",
  "timeout.total",
  "middlebox.mangled",
  "starttls.not-offered",
  "starttls.refused",
  "starttls.injected",
  "starttls.preauth",
  "auth.not-offered",
  "auth.mechanism-not-offered",
  "auth.needs-tls",
  "auth.credentials",
  "auth.app-password",
  "auth.method-disabled",
  "auth.protocol-off",
  "auth.needs-token",
  "auth.token-expired",
  "auth.token-refused",
  "auth.web-login",
  "auth.locked",
  "auth.too-many-attempts",
  "auth.mailbox-in-use",
  "auth.temporary",
  "auth.refused-unexplained",
  "usable.mailbox",
  "sender.refused",
  "recipient.refused",
  "sender.needs-auth",
  "message.refused",
  "message.too-large",
};

static PosternPlan *
plan_new (PosternProtocol protocol, guint16 port)
{
  PosternPlan *plan = postern_plan_new ();

  plan->protocol = protocol;
  plan->host = g_strdup ("mail.example.org");
  plan->port = port;
  return plan;
}

static GPtrArray *
diagnose (PosternFacts *facts)
{
  static GPtrArray *no_addresses;
  GPtrArray *findings = g_ptr_array_new_with_free_func (g_object_unref);

  if (no_addresses == NULL)
    no_addresses = g_ptr_array_new ();
  facts->addresses = no_addresses;
  postern_diagnosis_run (facts, findings);
  return findings;
}

/* Every code gives a finding with a title and an explanation in words, and these are words of the
 * protocol that was spoken. */
static void
test_every_code_explains (void)
{
  static const char *const foreign[][4] = {
    [POSTERN_PROTOCOL_SMTP] = { "IMAP", "POP", "STLS", NULL },
    [POSTERN_PROTOCOL_POP3] = { "EHLO", "SMTP", " AUTH", "IMAP" },
    [POSTERN_PROTOCOL_IMAP] = { "EHLO", "SMTP", " AUTH", "POP" },
  };
  const PosternProtocol protocols[] = { POSTERN_PROTOCOL_SMTP, POSTERN_PROTOCOL_POP3,
                                        POSTERN_PROTOCOL_IMAP };

  for (gsize i = 0; i < G_N_ELEMENTS (codes) * G_N_ELEMENTS (protocols); i++)
    {
      PosternProtocol protocol = protocols[i % G_N_ELEMENTS (protocols)];
      const char *code = codes[i / G_N_ELEMENTS (protocols)];
      g_autoptr(PosternPlan) plan = plan_new (protocol, 2525);
      g_autoptr(PosternFailure) failure = postern_failure_new (code, POSTERN_STEP_CONNECT);
      PosternFacts facts = { .plan = plan, .failure = failure };
      g_autoptr(GPtrArray) findings = diagnose (&facts);
      PosternFinding *first;

      g_test_message ("%s", code);
      g_assert_cmpuint (findings->len, ==, 1);
      first = findings->pdata[0];
      g_assert_cmpstr (postern_finding_get_code (first), ==, code);
      g_assert_cmpint (postern_finding_get_severity (first), ==, POSTERN_SEVERITY_ERROR);
      g_assert_cmpstr (postern_finding_get_title (first), !=, code);
      g_assert_cmpuint (strlen (postern_finding_get_explanation (first)), >, 20);
      for (gsize j = 0; j < G_N_ELEMENTS (foreign[protocol]); j++)
        {
          const char *word = foreign[protocol][j];

          if (word == NULL || strcmp (code, "greeting.other-protocol") == 0)
            continue;
          g_assert_null (strstr (postern_finding_get_explanation (first), word));
          g_assert_null (strstr (postern_finding_get_title (first), word));
        }
    }
}

static char *
explain (PosternProtocol protocol, const char *code, const char *response_code, const char *text)
{
  g_autoptr(PosternPlan) plan = plan_new (protocol, 993);
  g_autoptr(PosternFailure) failure = postern_failure_new (code, POSTERN_STEP_AUTHENTICATE);
  PosternFacts facts = { .plan = plan, .failure = failure };
  g_autoptr(GPtrArray) findings = NULL;

  failure->response_code = g_strdup (response_code);
  failure->text = g_strdup (text);
  findings = diagnose (&facts);
  return g_strdup (postern_finding_get_explanation (findings->pdata[0]));
}

/* What the server said makes a difference to the explanation. */
static void
test_explanations (void)
{
  static const struct
  {
    const char *code;
    const char *response_code;
    const char *text;
    const char *words;
  } rows[] = {
    { "auth.refused-unexplained", "SYS/PERM", "-ERR [SYS/PERM] no", "administrator" },
    { "auth.refused-unexplained", "CONTACTADMIN", "A1 NO no", "administrator" },
    { "auth.refused-unexplained", "AUTHORIZATIONFAILED", "A1 NO no", "knows who logs on" },
    { "auth.refused-unexplained", NULL, "A1 NO no", "did not say" },
    { "auth.temporary", "LIMIT", "A1 NO Too many Connections", "sessions" },
    { "auth.temporary", "UNAVAILABLE", "A1 NO later", "later" },
    { "usable.mailbox", NULL, "A3 BAD User is authenticated but not connected.", "Exchange" },
    { "usable.mailbox", NULL, "A3 NO no such mailbox", "no such mailbox" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
        explain (POSTERN_PROTOCOL_IMAP, rows[i].code, rows[i].response_code, rows[i].text);

      g_assert_nonnull (strstr (text, rows[i].words));
      g_assert_nonnull (strstr (text, rows[i].text));
    }
}

static char *
print_remedies (GPtrArray *findings)
{
  GPtrArray *remedies = postern_finding_get_remedies (findings->pdata[0]);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < remedies->len; i++)
    {
      const PosternRemedy *remedy = remedies->pdata[i];
      g_autofree char *change =
        remedy->change != NULL ? g_variant_print (remedy->change, FALSE) : NULL;

      if (change != NULL)
        g_string_append (text, change);
    }
  return g_string_free (text, FALSE);
}

static void
test_remedies (void)
{
  static const struct
  {
    PosternProtocol protocol;
    guint16 port;
    const char *code;
    const char *detail;
    gboolean starttls;    /* the counter-test saw it */
    const char *words[3]; /* of the change; none: there is none */
  } rows[] = {
    { POSTERN_PROTOCOL_SMTP,
      143,
      "greeting.other-protocol",
      "IMAP",
      FALSE,
      { "'protocol': <'imap'>" } },
    { POSTERN_PROTOCOL_IMAP,
      143,
      "greeting.other-protocol",
      "POP3",
      FALSE,
      { "'protocol': <'pop3'>" } },
    { POSTERN_PROTOCOL_POP3,
      143,
      "greeting.other-protocol",
      "SMTP",
      FALSE,
      { "'protocol': <'smtp'>" } },
    { POSTERN_PROTOCOL_POP3,
      22,
      "greeting.other-protocol",
      "SSH",
      FALSE,
      { "'tls': <'starttls'>", "'port': <uint16 110>" } },
    { POSTERN_PROTOCOL_POP3, 110, "greeting.other-protocol", "SSH", FALSE, { NULL } },
    { POSTERN_PROTOCOL_POP3, 110, "greeting.other-protocol", NULL, FALSE, { NULL } },
    { POSTERN_PROTOCOL_SMTP,
      25,
      "middlebox.mangled",
      NULL,
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 465>" } },
    { POSTERN_PROTOCOL_IMAP,
      143,
      "starttls.injected",
      NULL,
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 993>" } },
    { POSTERN_PROTOCOL_IMAP,
      143,
      "tls.plain-first",
      "IMAP",
      TRUE,
      { "'tls': <'starttls'>", "'port': <uint16 143>" } },
    { POSTERN_PROTOCOL_IMAP,
      110,
      "tls.plain-first",
      "POP3",
      TRUE,
      { "'tls': <'starttls'>", "'protocol': <'pop3'>", "'port': <uint16 110>" } },
    { POSTERN_PROTOCOL_IMAP,
      143,
      "tls.plain-first",
      "IMAP",
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 993>" } },
    { POSTERN_PROTOCOL_SMTP,
      143,
      "tls.plain-first",
      "IMAP",
      FALSE,
      { "'tls': <'implicit'>", "'protocol': <'imap'>", "'port': <uint16 993>" } },
    { POSTERN_PROTOCOL_POP3,
      110,
      "tls.plain-first",
      NULL,
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 995>" } },
    { POSTERN_PROTOCOL_SMTP,
      587,
      "tls.plain-first",
      "SMTP",
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 465>" } },
    { POSTERN_PROTOCOL_IMAP,
      143,
      "starttls.preauth",
      NULL,
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 993>" } },
    { POSTERN_PROTOCOL_POP3,
      110,
      "starttls.not-offered",
      NULL,
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 995>" } },
    { POSTERN_PROTOCOL_POP3, 995, "starttls.not-offered", NULL, FALSE, { NULL } },
    { POSTERN_PROTOCOL_IMAP,
      143,
      "tls.implicit-expected",
      NULL,
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 143>" } },
    { POSTERN_PROTOCOL_IMAP,
      143,
      "auth.needs-tls",
      NULL,
      FALSE,
      { "'tls': <'implicit'>", "'port': <uint16 993>" } },
    { POSTERN_PROTOCOL_IMAP, 143, "auth.credentials", NULL, FALSE, { NULL } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new (rows[i].protocol, rows[i].port);
      g_autoptr(PosternFailure) failure =
                   postern_failure_new (rows[i].code, POSTERN_STEP_GREETING);
      PosternFacts facts = { .plan = plan,
                             .failure = failure,
                             .counter_starttls = rows[i].starttls };
      g_autoptr(GPtrArray) findings = NULL;
      g_autofree char *changes = NULL;

      failure->detail = g_strdup (rows[i].detail);
      findings = diagnose (&facts);
      changes = print_remedies (findings);
      g_test_message ("%s: %s", rows[i].code, changes);
      if (rows[i].words[0] == NULL)
        g_assert_cmpstr (changes, ==, "");
      for (gsize j = 0; j < G_N_ELEMENTS (rows[i].words) && rows[i].words[j] != NULL; j++)
        g_assert_nonnull (strstr (changes, rows[i].words[j]));
    }
}

/* A port that refuses is answered with the ports of that protocol. */
static void
test_port_advice (void)
{
  static const char *const ports[][2] = {
    [POSTERN_PROTOCOL_SMTP] = { "587", "465" },
    [POSTERN_PROTOCOL_POP3] = { "110", "995" },
    [POSTERN_PROTOCOL_IMAP] = { "143", "993" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new ((PosternProtocol) i, 1);
      g_autoptr(PosternFailure) failure =
                   postern_failure_new ("connect.refused", POSTERN_STEP_CONNECT);
      PosternFacts facts = { .plan = plan, .failure = failure };
      g_autoptr(GPtrArray) findings = diagnose (&facts);
      const PosternRemedy *remedy = postern_finding_get_remedies (findings->pdata[0])->pdata[0];

      g_assert_nonnull (strstr (remedy->text, ports[i][0]));
      g_assert_nonnull (strstr (remedy->text, ports[i][1]));
    }
}

/* What a server that greets in plain text offers is said where it was learnt. */
static void
test_plain_first (void)
{
  static const struct
  {
    const char *protocol;
    const char *heard;
    gboolean listed;
    gboolean starttls;
    const char *words;
  } rows[] = {
    { "SMTP", "220 mx", TRUE, TRUE, "and offers STARTTLS" },
    { "SMTP", "220 mx", TRUE, FALSE, "It does not offer STARTTLS" },
    { "SMTP", "220 mx", FALSE, FALSE, "did not say whether it offers STARTTLS" },
    { "SMTP", "421 too many connections", FALSE, FALSE, "It said: “421 too many connections”" },
    { "SMTP", "554 go away", FALSE, FALSE, "It said: “554 go away”" },
    { "POP3", "-ERR busy", FALSE, FALSE, "It said: “-ERR busy”" },
    { "IMAP", "* BYE busy", FALSE, FALSE, "It said: “* BYE busy”" },
    { "HTTP", "HTTP/1.1 400", FALSE, FALSE, "no protocol of mail" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new (POSTERN_PROTOCOL_SMTP, 465);
      g_autoptr(PosternFailure) failure =
                   postern_failure_new ("tls.plain-first", POSTERN_STEP_TLS);
      PosternFacts facts = { .plan = plan,
                             .failure = failure,
                             .counter = POSTERN_COUNTER_PLAIN,
                             .counter_protocol = rows[i].protocol,
                             .counter_heard = rows[i].heard,
                             .counter_listed = rows[i].listed,
                             .counter_starttls = rows[i].starttls };
      g_autoptr(GPtrArray) findings = NULL;

      plan->tls = POSTERN_TLS_START_IMPLICIT;
      findings = diagnose (&facts);
      g_test_message ("%s", postern_finding_get_explanation (findings->pdata[0]));
      g_assert_nonnull (
        strstr (postern_finding_get_explanation (findings->pdata[0]), rows[i].words));
    }
}

static char *
print_texts (PosternFinding *finding)
{
  GPtrArray *remedies = postern_finding_get_remedies (finding);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < remedies->len; i++)
    g_string_append_printf (text, "%s\n", ((const PosternRemedy *) remedies->pdata[i])->text);
  g_test_message ("%s", text->str);
  return g_string_free (text, FALSE);
}

/* A server that takes tokens alone is told from one that lacks a mechanism. */
static void
test_tokens_only (void)
{
  static const struct
  {
    PosternSystem system;
    const char *wanted;
    const char *offered;
    const char *words; /* of the remedy; NULL: there is none */
  } rows[] = {
    { POSTERN_SYSTEM_GENERIC, "PLAIN LOGIN", "XOAUTH2 OAUTHBEARER", "--token-from" },
    { POSTERN_SYSTEM_GENERIC, "PLAIN LOGIN", "XOAUTH2", "--token-from" },
    { POSTERN_SYSTEM_UNIFACE, "LOGIN", "XOAUTH2", "UAuthXOAUTH2SMTP" },
    { POSTERN_SYSTEM_GENERIC, "PLAIN LOGIN", "XOAUTH2 CRAM-MD5", NULL },
    { POSTERN_SYSTEM_GENERIC, "OAUTHBEARER", "XOAUTH2", NULL },
    { POSTERN_SYSTEM_GENERIC, "PLAIN", "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new (POSTERN_PROTOCOL_SMTP, 587);
      g_autoptr(PosternFailure) failure =
                   postern_failure_new ("auth.mechanism-not-offered", POSTERN_STEP_AUTHENTICATE);
      PosternFacts facts = { .plan = plan,
                             .failure = failure,
                             .runtime = postern_runtime_get (rows[i].system) };
      g_autoptr(GPtrArray) findings = NULL;
      g_autofree char *texts = NULL;

      failure->wanted = g_strsplit (rows[i].wanted, " ", -1);
      failure->offered = g_strsplit (rows[i].offered, " ", -1);
      findings = diagnose (&facts);
      texts = print_texts (findings->pdata[0]);
      if (rows[i].words == NULL)
        g_assert_cmpstr (texts, ==, "");
      else
        g_assert_nonnull (strstr (texts, rows[i].words));
    }
}

/* What Uniface was given is used only where it is told to. */
static void
test_client_certificate (void)
{
  static const struct
  {
    PosternSystem system;
    gboolean given;
    const char *words;
  } rows[] = {
    { POSTERN_SYSTEM_GENERIC, FALSE, "client_certificate and client_key." },
    { POSTERN_SYSTEM_UNIFACE, FALSE, "client_certificate, client_key and verify_client=yes." },
    { POSTERN_SYSTEM_UNIFACE, TRUE, "Add verify_client=yes" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new (POSTERN_PROTOCOL_SMTP, 465);
      g_autoptr(PosternFailure) failure =
                   postern_failure_new ("tls.client-certificate-wanted", POSTERN_STEP_TLS);
      PosternFacts facts = { .plan = plan,
                             .failure = failure,
                             .runtime = postern_runtime_get (rows[i].system) };
      g_autoptr(GPtrArray) findings = NULL;
      g_autofree char *texts = NULL;

      if (rows[i].given)
        g_hash_table_insert (plan->tls_options, g_strdup ("client_certificate"),
                             g_strdup ("client.pem"));
      findings = diagnose (&facts);
      texts = print_texts (findings->pdata[0]);
      g_assert_nonnull (strstr (texts, rows[i].words));
    }
}

/* Uniface has its own words for the start of TLS. */
static void
test_uniface_words (void)
{
  static const struct
  {
    PosternProtocol protocol;
    PosternTlsStart tls;
    gboolean driver;
    const char *code;
    gboolean starttls;
    const char *words;
  } rows[] = {
    { POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_IMPLICIT, FALSE, "tls.plain-first", TRUE,
      "“mail.example.org+2525”, and put the driver SMTP=UStartTLSSMTP first" },
    { POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_NONE, TRUE, "tls.implicit-expected", FALSE,
      "“TLS:mail.example.org+2525”, and take the driver SMTP=UStartTLSSMTP out" },
    { POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_NONE, FALSE, "tls.implicit-expected", FALSE,
      "“TLS:mail.example.org+2525”." },
    { POSTERN_PROTOCOL_POP3, POSTERN_TLS_START_IMPLICIT, FALSE, "tls.plain-first", TRUE,
      "LogonMail cannot begin TLS later" },
    { POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_IMPLICIT, TRUE, "starttls.not-offered", FALSE,
      "Take UStartTLSSMTP out" },
    { POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_NONE, TRUE, "starttls.not-offered", FALSE,
      "“TLS:mail.example.org+465”, and take" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new (rows[i].protocol, 2525);
      g_autoptr(PosternFailure) failure = postern_failure_new (rows[i].code, POSTERN_STEP_TLS);
      PosternFacts facts = { .plan = plan,
                             .failure = failure,
                             .runtime = postern_runtime_get (POSTERN_SYSTEM_UNIFACE),
                             .counter_starttls = rows[i].starttls };
      g_autoptr(GPtrArray) findings = NULL;
      g_autofree char *texts = NULL;

      plan->tls = rows[i].tls;
      if (rows[i].driver)
        postern_plan_add_step (plan, POSTERN_PLAN_STARTTLS, TRUE);
      findings = diagnose (&facts);
      texts = print_texts (findings->pdata[0]);
      g_assert_nonnull (strstr (texts, rows[i].words));
      if (rows[i].tls == POSTERN_TLS_START_IMPLICIT &&
          strcmp (rows[i].code, "starttls.not-offered") == 0)
        g_assert_nonnull (
          strstr (postern_finding_get_explanation (findings->pdata[0]), "exclude each other"));
    }
}

/* What was asked is the port that the account sends the run to; what is changed is not its own. */
static void
test_connect_to (void)
{
  g_autoptr(PosternPlan) plan = plan_new (POSTERN_PROTOCOL_SMTP, 465);
  g_autoptr(PosternFailure) failure = postern_failure_new ("tls.plain-first", POSTERN_STEP_TLS);
  PosternFacts facts = { .plan = plan,
                         .failure = failure,
                         .counter = POSTERN_COUNTER_PLAIN,
                         .counter_protocol = "SMTP",
                         .counter_starttls = TRUE };
  g_autoptr(GPtrArray) findings = NULL;
  g_autofree char *changes = NULL;

  plan->tls = POSTERN_TLS_START_IMPLICIT;
  plan->connect_host = g_strdup ("127.0.0.1");
  plan->connect_port = 2525;
  findings = diagnose (&facts);
  changes = print_remedies (findings);
  g_assert_nonnull (strstr (postern_finding_get_explanation (findings->pdata[0]), "Port 2525 was"));
  g_assert_cmpstr (changes, ==, "{'tls': <'starttls'>}");
}

/* The address is said once, whatever the reason has of it. */
static void
test_refused_address (void)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new ();
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternPlan) plan = plan_new (POSTERN_PROTOCOL_SMTP, 465);
  g_autoptr(PosternFailure) failure =
               postern_failure_new ("connect.refused", POSTERN_STEP_CONNECT);
  PosternAddress six = { .address = (char *) "::1",
                         .port = 465,
                         .state = POSTERN_ADDRESS_REFUSED,
                         .message = (char *) "Could not connect to ::1: Connection refused" };
  PosternAddress four = { .address = (char *) "127.0.0.1",
                          .port = 465,
                          .state = POSTERN_ADDRESS_REFUSED,
                          .message = (char *) "Proxy said: no" };
  PosternFacts facts = { .plan = plan, .failure = failure, .addresses = addresses };

  g_ptr_array_add (addresses, &six);
  g_ptr_array_add (addresses, &four);
  postern_diagnosis_run (&facts, findings);
  g_assert_cmpstr (postern_finding_get_explanation (findings->pdata[0]), ==,
                   "::1, port 465: Connection refused. 127.0.0.1, port 465: Proxy said: no.");
}

static gboolean
has_finding (GPtrArray *findings, const char *code, PosternSeverity severity)
{
  for (guint i = 0; i < findings->len; i++)
    if (strcmp (postern_finding_get_code (findings->pdata[i]), code) == 0)
      {
        g_assert_cmpint (postern_finding_get_severity (findings->pdata[i]), ==, severity);
        g_assert_cmpstr (postern_finding_get_title (findings->pdata[i]), !=, code);
        return TRUE;
      }
  return FALSE;
}

static void
test_clear_text_offered (void)
{
  static const struct
  {
    PosternProtocol protocol;
    const char *clear[4];
    gboolean offered;
  } rows[] = {
    { POSTERN_PROTOCOL_SMTP, { "STARTTLS", "AUTH PLAIN LOGIN" }, TRUE },
    { POSTERN_PROTOCOL_SMTP, { "STARTTLS", "AUTH CRAM-MD5" }, FALSE },
    { POSTERN_PROTOCOL_SMTP, { "STARTTLS", "AUTH" }, FALSE },
    { POSTERN_PROTOCOL_SMTP, { "STARTTLS", "" }, FALSE },
    { POSTERN_PROTOCOL_SMTP, { NULL }, FALSE },
    { POSTERN_PROTOCOL_POP3, { "STLS", "USER" }, TRUE },
    { POSTERN_PROTOCOL_POP3, { "STLS", "SASL CRAM-MD5 plain" }, TRUE },
    { POSTERN_PROTOCOL_POP3, { "STLS", "SASL", "UIDL" }, FALSE },
    { POSTERN_PROTOCOL_IMAP, { "IMAP4rev1", "STARTTLS", "AUTH=PLAIN" }, TRUE },
    { POSTERN_PROTOCOL_IMAP, { "IMAP4rev1", "STARTTLS" }, TRUE },
    { POSTERN_PROTOCOL_IMAP, { "IMAP4rev1", "STARTTLS", "LOGINDISABLED" }, FALSE },
    { POSTERN_PROTOCOL_IMAP, { NULL }, FALSE },
  };
  const char *const tls[] = { "X", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new (rows[i].protocol, 1);
      PosternFacts facts = { .plan = plan,
                             .clear_capabilities = rows[i].clear,
                             .tls_capabilities = tls,
                             .authenticated = TRUE };
      g_autoptr(GPtrArray) findings = diagnose (&facts);

      g_assert_cmpint (has_finding (findings, "auth.clear-text-offered", POSTERN_SEVERITY_INFO), ==,
                       rows[i].offered);
      g_assert_cmpuint (findings->len, ==, rows[i].offered ? 1 : 0);
    }
}

/* What is only good to know never comes before what is wrong. */
static void
test_notes (void)
{
  g_autoptr(PosternPlan) plan = plan_new (POSTERN_PROTOCOL_IMAP, 143);
  g_autoptr(PosternFailure) failure =
               postern_failure_new ("auth.credentials", POSTERN_STEP_AUTHENTICATE);
  PosternFacts facts = { .plan = plan, .failure = failure, .password_note = "It is UTF-8." };
  g_autoptr(GPtrArray) refused = diagnose (&facts);
  g_autoptr(GPtrArray) passed = NULL;
  g_autoptr(GPtrArray) preauthenticated = NULL;

  g_assert_cmpuint (refused->len, ==, 2);
  g_assert_cmpstr (postern_finding_get_code (refused->pdata[0]), ==, "auth.credentials");
  g_assert_true (has_finding (refused, "auth.password-encoding", POSTERN_SEVERITY_INFO));
  g_assert_cmpstr (postern_finding_get_explanation (refused->pdata[1]), ==, "It is UTF-8.");

  facts.failure = NULL;
  facts.authenticated = TRUE;
  passed = diagnose (&facts);
  g_assert_cmpuint (passed->len, ==, 1);
  g_assert_true (has_finding (passed, "auth.password-encoding", POSTERN_SEVERITY_INFO));

  facts.password_note = NULL;
  facts.authenticated = FALSE;
  facts.preauthenticated = TRUE;
  preauthenticated = diagnose (&facts);
  g_assert_cmpuint (preauthenticated->len, ==, 1);
  g_assert_true (has_finding (preauthenticated, "auth.unchecked", POSTERN_SEVERITY_WARNING));
}

/* The server's words are quoted, but no form of the secret comes through with them. */
static void
test_no_secret_in_explanation (void)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new ();
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternPlan) plan = postern_plan_new ();
  g_autoptr(PosternFailure) failure =
               postern_failure_new ("auth.credentials", POSTERN_STEP_AUTHENTICATE);
  PosternFacts facts = {
    .plan = plan, .failure = failure, .addresses = addresses, .redactor = redactor
  };
  const char *explanation;

  failure->text = g_strdup ("no such password: hunter22");
  plan->host = g_strdup ("mail.example.org");
  postern_redactor_add_bytes (redactor, "hunter22", 8);
  postern_diagnosis_run (&facts, findings);
  explanation = postern_finding_get_explanation (findings->pdata[0]);
  g_assert_nonnull (strstr (explanation, "no such password"));
  g_assert_null (strstr (explanation, "hunter22"));
}

/* A logon that was optional and not offered is worth a word where there was somebody to log on. */
static void
test_unchecked (void)
{
  static const struct
  {
    const char *user;
    const char *driver;
    gboolean unchecked;
  } rows[] = {
    { "me", NULL, TRUE },
    { NULL, "UAuthLoginSMTP", TRUE },
    { NULL, NULL, FALSE }, /* a client certificate alone */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = plan_new (POSTERN_PROTOCOL_IMAP, 993);
      PosternPlanStep *step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, FALSE);
      PosternFacts facts = { .plan = plan };
      g_autoptr(GPtrArray) findings = NULL;

      step->user = g_strdup (rows[i].user);
      step->driver = g_strdup (rows[i].driver);
      findings = diagnose (&facts);
      g_assert_cmpint (has_finding (findings, "auth.unchecked", POSTERN_SEVERITY_WARNING), ==,
                       rows[i].unchecked);
    }
}

static PosternSecret *
jwt_new (const char *claims)
{
  g_autofree char *middle = g_base64_encode ((const guchar *) claims, strlen (claims));
  char *text;

  g_strdelimit (middle, "+", '-');
  g_strdelimit (middle, "/", '_');
  g_strdelimit (middle, "=", '\0');
  text = g_strdup_printf ("eyJhbGciOiJub25lIn0.%s.c2lnbmF0dXJl", middle);
  return postern_secret_new_take (text);
}

static void
test_token_claims (void)
{
  static const struct
  {
    const char *claims;
    const char *code;
  } rows[] = {
    { "{\"exp\": 999}", "auth.token-expired" },
    { "{\"exp\": 1000}", "auth.token-expired" },
    { "{\"exp\": 1001}", NULL },
    { "{\"exp\": 998.5, \"aud\": \"https://graph.microsoft.com\"}", "auth.token-expired" },
    { "{\"exp\": 5000, \"aud\": \"https://graph.microsoft.com\"}", "auth.token-audience" },
    { "{\"aud\": \"https://outlook.office365.com\", \"scp\": \"IMAP.AccessAsUser.All\"}",
      "auth.token-scope" },
    { "{\"aud\": \"https://outlook.office365.com\", \"scp\": \"SMTP.Send\"}", NULL },
    { "{\"upn\": \"you@example.org\"}", "auth.token-user" },
    { "{\"upn\": \"ME@example.org\"}", NULL },
    { "{\"sub\": \"you@example.org\"}", "auth.token-user" },
    { "{\"sub\": \"248289761001\"}", NULL },
    { "{\"email\": \"me@example.org\", \"sub\": \"you@example.org\"}", NULL },
    { "{\"exp\": \"soon\", \"aud\": [1, null], \"scp\": {}, \"upn\": null}", NULL },
    { "[]", NULL },
    { "nonsense \xff", NULL },
    { "{\"exp\": -99999999999999999999}", "auth.token-expired" },
  };
  static const char *const opaque[] = { "", ".", "..", "a.b", "a.b.c", "a.!!!!.c", "ya29.abc-def" };
  g_autofree char *huge = g_strnfill (100000, 'A');
  g_autofree char *huge_token = g_strdup_printf ("a.%s.c", huge);
  char *reason = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternSecret) token = jwt_new (rows[i].claims);

      g_assert_cmpstr (
        postern_token_examine (token, POSTERN_PROTOCOL_SMTP, "me@example.org", 1000, &reason), ==,
        rows[i].code);
      g_assert_true ((reason != NULL) == (rows[i].code != NULL));
      g_clear_pointer (&reason, g_free);
    }
  for (gsize i = 0; i <= G_N_ELEMENTS (opaque); i++)
    {
      g_autoptr(PosternSecret) token =
                   postern_secret_new (i < G_N_ELEMENTS (opaque) ? opaque[i] : huge_token, -1);

      g_assert_null (postern_token_examine (token, POSTERN_PROTOCOL_IMAP, NULL, 1000, &reason));
      g_assert_null (reason);
    }
}

/* Microsoft has a permission for each protocol. */
static void
test_token_scopes (void)
{
  static const struct
  {
    PosternProtocol protocol;
    const char *scopes;
    const char *missing;
  } rows[] = {
    { POSTERN_PROTOCOL_SMTP, "IMAP.AccessAsUser.All POP.AccessAsUser.All", "SMTP.Send" },
    { POSTERN_PROTOCOL_POP3, "IMAP.AccessAsUser.All SMTP.Send", "POP.AccessAsUser.All" },
    { POSTERN_PROTOCOL_IMAP, "POP.AccessAsUser.All SMTP.Send", "IMAP.AccessAsUser.All" },
    { POSTERN_PROTOCOL_SMTP, "SMTP.Send", NULL },
    { POSTERN_PROTOCOL_POP3, "POP.AccessAsUser.All", NULL },
    { POSTERN_PROTOCOL_IMAP, "offline_access IMAP.AccessAsUser.All", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *claims = g_strdup_printf (
        "{\"aud\": \"https://outlook.office.com\", \"scp\": \"%s\"}", rows[i].scopes);
      g_autoptr(PosternSecret) token = jwt_new (claims);
      g_autofree char *reason = NULL;

      g_assert_cmpstr (postern_token_examine (token, rows[i].protocol, NULL, 1000, &reason), ==,
                       rows[i].missing != NULL ? "auth.token-scope" : NULL);
      if (rows[i].missing != NULL)
        g_assert_nonnull (strstr (reason, rows[i].missing));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/diagnosis/token-scopes", test_token_scopes);
  g_test_add_func ("/diagnosis/token-claims", test_token_claims);
  g_test_add_func ("/diagnosis/exit-statuses", test_exit_statuses);
  g_test_add_func ("/diagnosis/refining", test_refining);
  g_test_add_func ("/diagnosis/every-code-explains", test_every_code_explains);
  g_test_add_func ("/diagnosis/explanations", test_explanations);
  g_test_add_func ("/diagnosis/remedies", test_remedies);
  g_test_add_func ("/diagnosis/port-advice", test_port_advice);
  g_test_add_func ("/diagnosis/plain-first", test_plain_first);
  g_test_add_func ("/diagnosis/tokens-only", test_tokens_only);
  g_test_add_func ("/diagnosis/client-certificate", test_client_certificate);
  g_test_add_func ("/diagnosis/uniface-words", test_uniface_words);
  g_test_add_func ("/diagnosis/connect-to", test_connect_to);
  g_test_add_func ("/diagnosis/refused-address", test_refused_address);
  g_test_add_func ("/diagnosis/clear-text-offered", test_clear_text_offered);
  g_test_add_func ("/diagnosis/notes", test_notes);
  g_test_add_func ("/diagnosis/unchecked", test_unchecked);
  g_test_add_func ("/diagnosis/no-secret", test_no_secret_in_explanation);

  return g_test_run ();
}
