/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-refusal.h"

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

/* The same for POP3 and IMAP, where words and response codes are all there is. */
static void
test_mail_refusals (void)
{
  static const struct
  {
    const char *response_code;
    const char *text;
    const char *mechanism;
    const char *code;
  } rows[] = {
    /* Google */
    { "ALERT",
      "A1 NO [ALERT] Application-specific password required: https://support.google.com/ (Failure)",
      "PLAIN", "auth.app-password" },
    { "AUTH", "-ERR [AUTH] Application-specific password required: https://support.google.com/",
      "USER", "auth.app-password" },
    { "AUTH", "-ERR [AUTH] Web login required: https://support.google.com/", "USER",
      "auth.web-login" },
    { "WEBALERT https://accounts.google.com/", "A1 NO Web login required.", "PLAIN",
      "auth.web-login" },
    { "WEBALERT", "A1 NO [WEBALERT https://accounts.google.com/] Once more.", "PLAIN",
      "auth.web-login" },
    { "ALERT", "A1 NO [ALERT] Please log in via your web browser: https://support.google.com/",
      "LOGIN-COMMAND", "auth.web-login" },
    { "AUTH", "-ERR [AUTH] Username and password not accepted.", "PLAIN", "auth.credentials" },
    { "ALERT", "A1 NO [ALERT] Invalid credentials (Failure)", "PLAIN", "auth.credentials" },
    { "ALERT", "A1 NO [ALERT] Too many simultaneous connections. (Failure)", "PLAIN",
      "auth.temporary" },
    { NULL, "A1 NO Account exceeded command or bandwidth limits. (Failure)", "PLAIN",
      "auth.temporary" },
    { "ALERT", "A1 NO [ALERT] Your account is not enabled for IMAP use. (Failure)", "PLAIN",
      "auth.protocol-off" },
    { "SYS/PERM", "-ERR [SYS/PERM] Your account is not enabled for POP access.", "USER",
      "auth.protocol-off" },
    /* Microsoft does not say why, but where it does */
    { NULL, "A1 NO AUTHENTICATE failed.", "PLAIN", "auth.refused-unexplained" },
    { NULL, "A1 NO LOGIN failed.", "LOGIN-COMMAND", "auth.refused-unexplained" },
    { NULL, "A1 NO AUTHENTICATE failed.", "XOAUTH2", "auth.token-refused" },
    { NULL, "-ERR Logon failure: unknown user name or bad password.", "USER", "auth.credentials" },
    { NULL, "-ERR Authentication failure: unknown user name or bad password", "PLAIN",
      "auth.credentials" },
    { NULL, "-ERR Authentication failure: unknown user name or bad password", "XOAUTH2",
      "auth.token-refused" },
    { NULL, "A1 NO LOGIN failed, basic authentication is disabled.", "LOGIN-COMMAND",
      "auth.method-disabled" },
    { NULL, "A1 NO IMAP is disabled for this mailbox", "PLAIN", "auth.protocol-off" },
    { NULL, "-ERR POP disabled", "USER", "auth.protocol-off" },
    { NULL, "A1 NO IMAP access is disabled", "PLAIN", "auth.protocol-off" },
    /* Yahoo, AOL, Apple */
    { "AUTHENTICATIONFAILED", "A1 NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials",
      "LOGIN-COMMAND", "auth.credentials" },
    { "AUTHENTICATIONFAILED", "A1 NO [AUTHENTICATIONFAILED] Authentication Failed", "PLAIN",
      "auth.credentials" },
    { "AUTH", "-ERR [AUTH] (#AUTH005) Incorrect username or password.", "USER",
      "auth.credentials" },
    /* Yandex, Mail.ru, Zoho, Tencent */
    { "AUTHENTICATIONFAILED",
      "A1 NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials or IMAP is disabled sc=x", "PLAIN",
      "auth.refused-unexplained" },
    { "AUTH", "-ERR [AUTH] login failure or POP3 disabled, try later. sc=x", "USER",
      "auth.refused-unexplained" },
    { "AUTHENTICATIONFAILED",
      "A1 NO [AUTHENTICATIONFAILED] LOGIN This user does not have access rights to this service",
      "PLAIN", "auth.protocol-off" },
    { "AUTHENTICATIONFAILED",
      "A1 NO [AUTHENTICATIONFAILED] Application password is REQUIRED, see help", "PLAIN",
      "auth.app-password" },
    { "ALERT", "A1 NO [ALERT] You are yet to enable IMAP for your account.", "PLAIN",
      "auth.protocol-off" },
    { NULL,
      "A1 NO Login fail. Account is abnormal, service is not open, password is incorrect, login "
      "frequency limited, or system is busy.",
      "PLAIN", "auth.refused-unexplained" },
    /* Dovecot */
    { "AUTHENTICATIONFAILED", "A1 NO [AUTHENTICATIONFAILED] Authentication failed.", "PLAIN",
      "auth.credentials" },
    { "AUTH", "-ERR [AUTH] Authentication failed.", "APOP", "auth.credentials" },
    { "AUTHENTICATIONFAILED", "A1 NO [AUTHENTICATIONFAILED] Authentication failed.", "OAUTHBEARER",
      "auth.token-refused" },
    { "AUTH",
      "-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
      "USER", "auth.needs-tls" },
    { NULL,
      "A1 NO [ALERT] Cleartext authentication disallowed on non-secure (SSL/TLS) connections.",
      "PLAIN", "auth.needs-tls" },
    { NULL, "-ERR Temporary authentication failure. [mail:2026-01-01]", "USER", "auth.temporary" },
    { NULL, "* BYE Maximum number of connections from user+IP exceeded", "PLAIN",
      "auth.temporary" },
    { "AUTHORIZATIONFAILED", "A1 NO [AUTHORIZATIONFAILED] No.", "PLAIN",
      "auth.refused-unexplained" },
    { "EXPIRED", "A1 NO [EXPIRED] Password expired.", "PLAIN", "auth.credentials" },
    /* Courier */
    { NULL, "A1 NO Login failed.", "LOGIN-COMMAND", "auth.refused-unexplained" },
    { NULL, "-ERR Login failed.", "USER", "auth.refused-unexplained" },
    /* Cyrus */
    { NULL, "A1 NO Login failed: authentication failure", "LOGIN-COMMAND", "auth.credentials" },
    { NULL, "A1 NO Login failed: generic failure", "LOGIN-COMMAND", "auth.refused-unexplained" },
    { "AUTH", "-ERR [AUTH] Invalid login", "USER", "auth.credentials" },
    { "PRIVACYREQUIRED", "A1 NO [PRIVACYREQUIRED] Login only available under a layer", "PLAIN",
      "auth.needs-tls" },
    /* Nobody in particular */
    { NULL, "-ERR maildrop already locked", "USER", "auth.mailbox-in-use" },
    { NULL, "-ERR Too many failed login attempts", "USER", "auth.too-many-attempts" },
    { NULL, "A1 NO account locked", "PLAIN", "auth.locked" },
    { "SYS/PERM", "-ERR [SYS/PERM] no", "USER", "auth.refused-unexplained" },
    { NULL, "-ERR", "USER", "auth.refused-unexplained" },
    { NULL, "A1 NO", "PLAIN", "auth.refused-unexplained" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternFailure) failure = refusal_new (0, NULL, rows[i].text, rows[i].mechanism);

      failure->refused = TRUE;
      failure->response_code = g_strdup (rows[i].response_code);
      g_test_message ("%s", rows[i].text);
      g_assert_cmpstr (postern_refusal_classify (failure), ==, rows[i].code);
    }
}

/* What a machine knows already is left alone, with two exceptions. */
static void
test_known_causes (void)
{
  static const struct
  {
    const char *seen;
    PosternStepId step;
    gboolean refused;
    const char *response_code;
    const char *text;
    const char *code;
  } rows[] = {
    { "auth.temporary", POSTERN_STEP_AUTHENTICATE, TRUE, "UNAVAILABLE", "A1 NO wrong password",
      "auth.temporary" },
    { "auth.temporary", POSTERN_STEP_AUTHENTICATE, TRUE, "LIMIT", "A1 NO [LIMIT] Rate limit hit",
      "auth.too-many-attempts" },
    { "auth.temporary", POSTERN_STEP_AUTHENTICATE, TRUE, "LIMIT",
      "A1 NO [LIMIT] Too many connections", "auth.temporary" },
    { "auth.temporary", POSTERN_STEP_AUTHENTICATE, TRUE, "LIMIT", "A1 NO [LIMIT]",
      "auth.temporary" },
    { "auth.protocol", POSTERN_STEP_AUTHENTICATE, TRUE, NULL, "A1 NO invalid credentials",
      "auth.protocol" },
    { "usable.mailbox", POSTERN_STEP_USABLE, TRUE, NULL,
      "A3 BAD User is authenticated but not connected.", "usable.mailbox" },
    { "auth.protocol", POSTERN_STEP_AUTHENTICATE, TRUE, NULL,
      "A1 BAD User is authenticated but not connected.", "usable.mailbox" },
    { "protocol.unexpected-reply", POSTERN_STEP_USABLE, TRUE, NULL,
      "A2 BAD User is authenticated but not connected.", "usable.mailbox" },
    { "auth.temporary", POSTERN_STEP_AUTHENTICATE, TRUE, "SYS/TEMP",
      "-ERR [SYS/TEMP] Unable to open maildrop: Mailbox does not exist", "usable.mailbox" },
    { "protocol.malformed", POSTERN_STEP_USABLE, FALSE, NULL,
      "User is authenticated but not connected.", "protocol.malformed" },
    { "greeting.refused", POSTERN_STEP_GREETING, TRUE, NULL,
      "* BYE authenticated but not connected", "greeting.refused" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternFailure) failure = postern_failure_new (rows[i].seen, rows[i].step);

      failure->refused = rows[i].refused;
      failure->response_code = g_strdup (rows[i].response_code);
      failure->text = g_strdup (rows[i].text);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/refusal/smtp", test_refusals);
  g_test_add_func ("/refusal/pop3-imap", test_mail_refusals);
  g_test_add_func ("/refusal/known-causes", test_known_causes);
  g_test_add_func ("/refusal/tokens", test_token_refusals);

  return g_test_run ();
}
