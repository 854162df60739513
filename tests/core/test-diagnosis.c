/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-catalogue.h"
#include "diagnosis/postern-diagnosis.h"
#include "diagnosis/postern-refusal.h"
#include "diagnosis/postern-token.h"

#include <string.h>

static PosternFailure *
refusal_new (int reply_code, const char *enhanced, const char *text, const char *mechanism)
{
  PosternFailure *failure =
    postern_failure_new ("auth.refused-unexplained", POSTERN_STEP_AUTHENTICATE);

  failure->reply_code = reply_code;
  failure->enhanced = g_strdup (enhanced);
  failure->text = g_strdup (text);
  failure->mechanism = g_strdup (mechanism);
  return failure;
}

/* What servers are known to say; the last rows are of no provider and must stay unexplained. */
static void
test_refusals (void)
{
  static const struct
  {
    int reply_code;
    const char *enhanced;
    const char *text;
    const char *mechanism;
    const char *code;
  } rows[] = {
    { 535, "5.7.8", "Error: authentication failed: UGFzc3dvcmQ6", "LOGIN", "auth.credentials" },
    { 535, "5.7.8", "Username and Password not accepted. Learn more at", "PLAIN",
      "auth.credentials" },
    { 535, NULL, "Incorrect authentication data", "PLAIN", "auth.credentials" },
    { 535, "5.7.3", "Authentication unsuccessful", "LOGIN", "auth.refused-unexplained" },
    { 535, "5.7.139",
      "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", "LOGIN",
      "auth.method-disabled" },
    { 535, "5.7.139",
      "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.", "LOGIN",
      "auth.method-disabled" },
    { 535, "5.7.139", "Authentication unsuccessful, basic authentication is disabled.", "LOGIN",
      "auth.method-disabled" },
    { 535, "5.7.139", "Authentication unsuccessful, the user credentials were incorrect.", "LOGIN",
      "auth.credentials" },
    { 534, "5.7.9", "Application-specific password required. Learn more at", "PLAIN",
      "auth.app-password" },
    { 534, "5.7.14", "Please log in via your web browser and then try again.", "PLAIN",
      "auth.web-login" },
    { 535, NULL, "Too many failed login attempts", "PLAIN", "auth.too-many-attempts" },
    { 535, "5.7.0", "Account temporarily locked", "PLAIN", "auth.locked" },
    { 538, "5.7.11", "Encryption required for requested authentication mechanism", "PLAIN",
      "auth.needs-tls" },
    { 530, "5.7.0", "Must issue a STARTTLS command first", "PLAIN", "auth.needs-tls" },
    { 535, "5.7.8", "Error: authentication failed", "XOAUTH2", "auth.token-refused" },
    { 503, "5.5.1", "Bad sequence of commands", "LOGIN", "auth.refused-unexplained" },
    { 535, NULL, NULL, "LOGIN", "auth.refused-unexplained" },
    { 554, NULL, "no", "PLAIN", "auth.refused-unexplained" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternFailure) failure = refusal_new (rows[i].reply_code, rows[i].enhanced,
                                                        rows[i].text, rows[i].mechanism);

      g_assert_cmpstr (postern_refusal_classify (failure), ==, rows[i].code);
    }
}

static void
test_token_refusals (void)
{
  g_autoptr(PosternFailure) failure =
               postern_failure_new ("auth.token-refused", POSTERN_STEP_AUTHENTICATE);

  failure->detail = g_strdup ("status 401");
  g_assert_cmpstr (postern_refusal_classify (failure), ==, "auth.token-refused");
  g_free (failure->detail);
  failure->detail = g_strdup ("status 400, error token expired");
  g_assert_cmpstr (postern_refusal_classify (failure), ==, "auth.token-expired");
  g_free (failure->detail);
  failure->detail = g_strdup ("status insufficient_scope");
  g_assert_cmpstr (postern_refusal_classify (failure), ==, "auth.token-scope");
}

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
    { "sender.refused", NULL, 18 },
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
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = postern_plan_new ();
      g_autoptr(PosternFailure) failure = postern_failure_new (rows[i].code, rows[i].step);
      g_autoptr(PosternFailure) refined = NULL;
      PosternFacts facts = { .plan = plan, .failure = failure, .counter = rows[i].counter };

      plan->tls = rows[i].tls;
      refined = postern_diagnosis_refine (&facts);
      g_assert_cmpstr (refined->code, ==, rows[i].refined);
    }
}

/* Every code of the catalogue gives a finding with a title and an explanation in words. */
static void
test_every_code_explains (void)
{
  static const char *const codes[] = {
    "dns.not-found",
    "connect.refused",
    "greeting.silent",
    "tls.implicit-expected",
    "tls.plain-first",
    "greeting.other-protocol",
    "greeting.closed",
    "timeout.total",
    "middlebox.mangled",
    "starttls.not-offered",
    "starttls.refused",
    "starttls.injected",
    "auth.not-offered",
    "auth.mechanism-not-offered",
    "auth.needs-tls",
    "auth.credentials",
    "auth.app-password",
    "auth.method-disabled",
    "auth.token-refused",
    "auth.temporary",
    "auth.refused-unexplained",
  };
  g_autoptr(GPtrArray) addresses = g_ptr_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr(PosternPlan) plan = postern_plan_new ();
      g_autoptr(PosternFailure) failure = postern_failure_new (codes[i], POSTERN_STEP_CONNECT);
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      PosternFacts facts = { .plan = plan, .failure = failure, .addresses = addresses };
      PosternFinding *first;

      plan->host = g_strdup ("mail.example.org");
      plan->port = 25;
      postern_diagnosis_run (&facts, findings);
      g_assert_cmpuint (findings->len, ==, 1);
      first = findings->pdata[0];
      g_assert_cmpstr (postern_finding_get_code (first), ==, codes[i]);
      g_assert_cmpint (postern_finding_get_severity (first), ==, POSTERN_SEVERITY_ERROR);
      g_assert_cmpstr (postern_finding_get_title (first), !=, codes[i]);
      g_assert_cmpuint (strlen (postern_finding_get_explanation (first)), >, 20);
    }
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
               refusal_new (535, "5.7.8", "no such password: hunter22", "PLAIN");
  PosternFacts facts = {
    .plan = plan, .failure = failure, .addresses = addresses, .redactor = redactor
  };
  const char *explanation;

  plan->host = g_strdup ("mail.example.org");
  postern_redactor_add_bytes (redactor, "hunter22", 8);
  postern_diagnosis_run (&facts, findings);
  explanation = postern_finding_get_explanation (findings->pdata[0]);
  g_assert_nonnull (strstr (explanation, "no such password"));
  g_assert_null (strstr (explanation, "hunter22"));
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

      g_assert_cmpstr (postern_token_examine (token, "me@example.org", 1000, &reason), ==,
                       rows[i].code);
      g_assert_true ((reason != NULL) == (rows[i].code != NULL));
      g_clear_pointer (&reason, g_free);
    }
  for (gsize i = 0; i <= G_N_ELEMENTS (opaque); i++)
    {
      g_autoptr(PosternSecret) token =
                   postern_secret_new (i < G_N_ELEMENTS (opaque) ? opaque[i] : huge_token, -1);

      g_assert_null (postern_token_examine (token, NULL, 1000, &reason));
      g_assert_null (reason);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/diagnosis/refusals", test_refusals);
  g_test_add_func ("/diagnosis/token-refusals", test_token_refusals);
  g_test_add_func ("/diagnosis/token-claims", test_token_claims);
  g_test_add_func ("/diagnosis/exit-statuses", test_exit_statuses);
  g_test_add_func ("/diagnosis/refining", test_refining);
  g_test_add_func ("/diagnosis/every-code-explains", test_every_code_explains);
  g_test_add_func ("/diagnosis/no-secret", test_no_secret_in_explanation);

  return g_test_run ();
}
