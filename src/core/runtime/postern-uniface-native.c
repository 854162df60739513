/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-runtime-uniface.h"

#include <glib/gi18n.h>
#include <string.h>

/* Each verdict is one sentence; "(inferred)" stands where the vendor's pages do not say it. */

/* One run that is judged. */
typedef struct
{
  const char *call; /* "LogonSMTP", "LogonMail" */
  gboolean mail;    /* LogonMail */
  PosternPlan *plan;
  const PosternFailure *failure;
} Judging;

/* @text has one %s, for the name of the operation. */
static PosternNative *
logon (const Judging *self, int result, const char *text)
{
  g_autofree char *sentence = g_strdup_printf (text, self->call);

  return postern_native_new (self->call, result, sentence);
}

static gboolean
has_authentication (PosternPlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = plan->steps->pdata[i];

      if (step->kind == POSTERN_PLAN_AUTHENTICATE)
        return TRUE;
    }

  return FALSE;
}

static PosternNative *
judge_success (const Judging *self)
{
  if (self->plan != NULL && !has_authentication (self->plan))
    return logon (self, 0,
                  _ ("%s would return 0, without having authenticated: no driver does so."));

  return logon (self, 0, _ ("%s would return 0."));
}

/* Whether a fault is of the TLS options or a file that they name. With a plan it was found when the
 * files were read. */
static gboolean
is_tls_setting (const Judging *self)
{
  static const char *const files[] = {
    "settings.file-missing",
    "settings.file-not-pem",
    "settings.key-mismatch",
    "settings.key-password",
    NULL,
  };
  const PosternFailure *failure = self->failure;

  if (g_str_has_prefix (failure->code, "settings.option-") ||
      strcmp (failure->code, "settings.no-verification") == 0)
    return TRUE;

  return g_strv_contains (files, failure->code) &&
         (self->plan != NULL || failure->driver != NULL ||
          g_strcmp0 (failure->detail, "tls-options") == 0);
}

/* What the system reads when it begins TLS. */
static PosternNative *
judge_tls_settings (const Judging *self)
{
  const char *code = self->failure->code;
  gboolean direct = self->plan != NULL ? self->plan->tls == POSTERN_TLS_START_IMPLICIT
                                       : g_strcmp0 (self->failure->driver, "UStartTLSSMTP") != 0;

  if (direct)
    return logon (self, -9,
                  _ ("%s would return -9, because the TLS settings cannot be used (inferred)."));
  if (strcmp (code, "settings.file-missing") == 0 || strcmp (code, "settings.file-not-pem") == 0)
    return logon (
      self, -8, _ ("%s would return -8, because a file that STARTTLS needs is missing or wrong."));

  return logon (self, -8,
                _ ("%s would return -8, because the TLS settings cannot be used (inferred)."));
}

static PosternNative *
judge_settings (const Judging *self)
{
  const char *code = self->failure->code;

  if (strcmp (code, "settings.driver-unknown") == 0)
    return postern_native_new ("SetSecurity", -5,
                               _ ("SetSecurity would return -5: the driver is not found "
                                  "(inferred)."));
  if (strcmp (code, "settings.driver-parameters") == 0)
    return postern_native_new ("SetSecurity", -2,
                               _ ("SetSecurity would return -2: a keyword or value in the driver "
                                  "properties is not known."));
  if (strcmp (code, "settings.connection-string") == 0 &&
      g_strcmp0 (self->failure->detail, "connect-to") != 0)
    return logon (self, -9, _ ("%s would return -9: the server name cannot be used (inferred)."));
  if (strcmp (code, "settings.profile-undefined") == 0)
    return logon (self, -9,
                  _ ("%s would return -9: the TLS profile is not in [NET_SETTINGS] (inferred)."));
  if (is_tls_setting (self))
    return judge_tls_settings (self);

  return NULL; /* what this program refuses, the system may do */
}

/* While the drivers are opened: section 6.1, step 4. */
static PosternNative *
judge_context (const Judging *self)
{
  static const char *const not_offered[] = {
    "starttls.not-offered",
    "auth.not-offered",
    "auth.mechanism-not-offered",
    NULL,
  };
  const char *code = self->failure->code;

  if (g_strv_contains (not_offered, code))
    return logon (self, -7,
                  _ ("%s would return -7: the server does not offer what a mandatory driver "
                     "needs."));

  switch (self->failure->step)
    {
    case POSTERN_STEP_AUTHENTICATE:
      return logon (self, -8,
                    _ ("%s would return -8: the security context was not established, because "
                       "authentication failed."));
    case POSTERN_STEP_TLS:
    case POSTERN_STEP_CERTIFICATE:
      if (strcmp (code, "cert.untrusted-root") == 0 || strcmp (code, "cert.self-signed") == 0 ||
          strcmp (code, "cert.incomplete-chain") == 0 || strcmp (code, "cert.intercepted") == 0)
        return logon (self, -8,
                      _ ("%s would return -8: the certificate needed by STARTTLS was not found "
                         "among the CA certificates."));
      return logon (self, -8,
                    _ ("%s would return -8: TLS could not be established after STARTTLS "
                       "(inferred)."));
    case POSTERN_STEP_STARTTLS:
    case POSTERN_STEP_CAPABILITIES_TLS:
    case POSTERN_STEP_SETTINGS:
    case POSTERN_STEP_RESOLVE:
    case POSTERN_STEP_CONNECT:
    case POSTERN_STEP_GREETING:
    case POSTERN_STEP_CAPABILITIES:
    case POSTERN_STEP_USABLE:
    case POSTERN_STEP_SENDER:
    case POSTERN_STEP_LOGOFF:
    default:
      return logon (self, -8,
                    _ ("%s would return -8: the security context was not established, because the "
                       "server broke off or refused."));
    }
}

static PosternNative *
judge_network (const Judging *self)
{
  switch (self->failure->step)
    {
    case POSTERN_STEP_RESOLVE:
      return logon (self, -9, _ ("%s would return -9: the server name was not found."));
    case POSTERN_STEP_CONNECT:
      return logon (self, -9, _ ("%s would return -9: the network connection failed."));
    case POSTERN_STEP_TLS:
    case POSTERN_STEP_CERTIFICATE:
      return logon (self, -9, _ ("%s would return -9: TLS could not be established (inferred)."));
    case POSTERN_STEP_SETTINGS:
    case POSTERN_STEP_GREETING:
    case POSTERN_STEP_CAPABILITIES:
    case POSTERN_STEP_STARTTLS:
    case POSTERN_STEP_CAPABILITIES_TLS:
    case POSTERN_STEP_AUTHENTICATE:
    case POSTERN_STEP_USABLE:
    case POSTERN_STEP_SENDER:
    case POSTERN_STEP_LOGOFF:
    default:
      return logon (self, -9,
                    self->mail ? _ ("%s would return -9: the server did not answer as a POP3 "
                                    "server should (inferred).")
                               : _ ("%s would return -9: the server did not answer as an SMTP "
                                    "server should (inferred)."));
    }
}

/* LogonMail with its own user name and password, for which no driver is to blame: section 6.2. */
static gboolean
is_own_logon (const Judging *self)
{
  if (!self->mail || self->failure->driver != NULL ||
      self->failure->step != POSTERN_STEP_AUTHENTICATE)
    return FALSE;

  for (guint i = 0; i < self->plan->steps->len; i++)
    {
      const PosternPlanStep *step = self->plan->steps->pdata[i];

      if (step->driver == NULL && step->kind == POSTERN_PLAN_AUTHENTICATE)
        return TRUE;
    }

  return FALSE;
}

static PosternNative *
judge_own_logon (const Judging *self)
{
  const char *code = self->failure->code;

  if (strcmp (code, "auth.local") == 0)
    return logon (self, -2,
                  _ ("%s would return -2: its user name or password cannot be used (inferred)."));
  if (strcmp (code, "auth.mailbox-in-use") == 0)
    return logon (self, -2, _ ("%s would return -2: another session has locked the mailbox."));
  if (strcmp (code, "auth.temporary") == 0 || strcmp (code, "auth.needs-tls") == 0)
    return logon (self, -2,
                  _ ("%s would return -2: the server refused the logon, though not for its "
                     "credentials (inferred)."));
  if (self->failure->refused)
    return logon (self, -2, _ ("%s would return -2: the server refused the user or the password."));

  return judge_network (self);
}

static PosternNative *
judge_failure (const Judging *self)
{
  const char *code = self->failure->code;
  gboolean direct = self->plan->tls == POSTERN_TLS_START_IMPLICIT;
  /* A driver that is not offered is found out before anything was sent for it. */
  gboolean driver = strcmp (code, "starttls.not-offered") == 0 || g_str_has_prefix (code, "auth.");

  switch (self->failure->step)
    {
    case POSTERN_STEP_RESOLVE:
    case POSTERN_STEP_CONNECT:
    case POSTERN_STEP_GREETING:
      return judge_network (self);

    case POSTERN_STEP_CAPABILITIES:
      return driver ? judge_context (self) : judge_network (self);

    case POSTERN_STEP_TLS:
    case POSTERN_STEP_CERTIFICATE:
      return direct ? judge_network (self) : judge_context (self);

    case POSTERN_STEP_CAPABILITIES_TLS:
      return direct && !driver ? judge_network (self) : judge_context (self);

    case POSTERN_STEP_STARTTLS:
      return judge_context (self);

    case POSTERN_STEP_AUTHENTICATE:
      return is_own_logon (self) ? judge_own_logon (self) : judge_context (self);

    case POSTERN_STEP_SETTINGS:
    case POSTERN_STEP_USABLE:
    case POSTERN_STEP_SENDER:
    case POSTERN_STEP_LOGOFF:
    default:
      return logon (self, 0, _ ("%s would return 0; what failed came after the logon."));
    }
}

/**
 * postern_uniface_judge:
 * @protocol: of the account
 * @plan: (nullable): %NULL when the settings were at fault
 * @failure: (nullable): %NULL when the run passed
 *
 * Returns: (transfer full) (nullable): %NULL where what the system would do is not known
 */
PosternNative *
postern_uniface_judge (PosternProtocol protocol, PosternPlan *plan, const PosternFailure *failure)
{
  gboolean mail = protocol == POSTERN_PROTOCOL_POP3;
  Judging self = {
    .call = mail ? "LogonMail" : "LogonSMTP",
    .mail = mail,
    .plan = plan,
    .failure = failure,
  };

  if (protocol == POSTERN_PROTOCOL_IMAP)
    return NULL;
  if (failure == NULL)
    return judge_success (&self);
  if (plan == NULL || failure->step == POSTERN_STEP_SETTINGS)
    return judge_settings (&self);

  return judge_failure (&self);
}
