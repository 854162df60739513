/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-runtime-uniface.h"

#include <glib/gi18n.h>
#include <string.h>

/* Each returns one sentence; "(inferred)" stands where the vendor's pages do not say it. */

static PosternNative *
logon (int result, const char *text)
{
  return postern_native_new ("LogonSMTP", result, text);
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
judge_success (PosternPlan *plan)
{
  if (plan != NULL && !has_authentication (plan))
    return logon (0,
                  _ ("LogonSMTP would return 0, without having authenticated: no driver does so."));

  return logon (0, _ ("LogonSMTP would return 0."));
}

/* TLS options and files, which the system reads when it begins TLS. */
static PosternNative *
judge_tls_settings (const PosternFailure *failure)
{
  if (g_strcmp0 (failure->driver, "UStartTLSSMTP") != 0)
    return logon (-9, _ ("LogonSMTP would return -9, because the TLS settings cannot be used "
                         "(inferred)."));
  if (strcmp (failure->code, "settings.file-missing") == 0 ||
      strcmp (failure->code, "settings.file-not-pem") == 0)
    return logon (-8,
                  _ ("LogonSMTP would return -8, because a file that STARTTLS needs is missing or "
                     "wrong."));

  return logon (-8, _ ("LogonSMTP would return -8, because the TLS settings cannot be used "
                       "(inferred)."));
}

static PosternNative *
judge_settings (const PosternFailure *failure)
{
  const char *code = failure->code;

  if (strcmp (code, "settings.driver-unknown") == 0)
    return postern_native_new ("SetSecurity", -5,
                               _ ("SetSecurity would return -5: the driver is not found "
                                  "(inferred)."));
  if (strcmp (code, "settings.driver-parameters") == 0)
    return postern_native_new ("SetSecurity", -2,
                               _ ("SetSecurity would return -2: a keyword or value in the driver "
                                  "properties is not known."));
  if (strcmp (code, "settings.connection-string") == 0 &&
      g_strcmp0 (failure->detail, "connect-to") != 0)
    return logon (-9, _ ("LogonSMTP would return -9: the server name cannot be used (inferred)."));
  if (strcmp (code, "settings.profile-undefined") == 0)
    return logon (-9, _ ("LogonSMTP would return -9: the TLS profile is not in [NET_SETTINGS] "
                         "(inferred)."));
  if (g_str_has_prefix (code, "settings.option-") || strcmp (code, "settings.no-verification") == 0)
    return judge_tls_settings (failure);
  if ((strcmp (code, "settings.file-missing") == 0 ||
       strcmp (code, "settings.file-not-pem") == 0) &&
      (failure->driver != NULL || g_strcmp0 (failure->detail, "tls-options") == 0))
    return judge_tls_settings (failure);

  return NULL; /* what this program refuses, the system may do */
}

/* While the drivers are opened: section 6.1, step 4. */
static PosternNative *
judge_context (const PosternFailure *failure)
{
  static const char *const not_offered[] = {
    "starttls.not-offered",
    "auth.not-offered",
    "auth.mechanism-not-offered",
    NULL,
  };

  if (g_strv_contains (not_offered, failure->code))
    return logon (-7, _ ("LogonSMTP would return -7: the server does not offer what a mandatory "
                         "driver needs."));

  switch (failure->step)
    {
    case POSTERN_STEP_AUTHENTICATE:
      return logon (-8, _ ("LogonSMTP would return -8: the security context was not established, "
                           "because authentication failed."));
    case POSTERN_STEP_TLS:
    case POSTERN_STEP_CERTIFICATE:
      if (strcmp (failure->code, "cert.untrusted-root") == 0 ||
          strcmp (failure->code, "cert.self-signed") == 0 ||
          strcmp (failure->code, "cert.incomplete-chain") == 0)
        return logon (-8,
                      _ ("LogonSMTP would return -8: the certificate needed by STARTTLS was not "
                         "found among the CA certificates."));
      return logon (-8, _ ("LogonSMTP would return -8: TLS could not be established after STARTTLS "
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
      return logon (-8, _ ("LogonSMTP would return -8: the security context was not established, "
                           "because the server broke off or refused."));
    }
}

static PosternNative *
judge_network (const PosternFailure *failure)
{
  switch (failure->step)
    {
    case POSTERN_STEP_RESOLVE:
      return logon (-9, _ ("LogonSMTP would return -9: the server name was not found."));
    case POSTERN_STEP_CONNECT:
      return logon (-9, _ ("LogonSMTP would return -9: the network connection failed."));
    case POSTERN_STEP_TLS:
    case POSTERN_STEP_CERTIFICATE:
      return logon (-9, _ ("LogonSMTP would return -9: TLS could not be established (inferred)."));
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
      return logon (-9, _ ("LogonSMTP would return -9: the server did not answer as an SMTP server "
                           "should (inferred)."));
    }
}

/**
 * postern_uniface_judge:
 * @plan: (nullable): %NULL when the settings were at fault
 * @failure: (nullable): %NULL when the run passed
 *
 * Returns: (transfer full) (nullable): %NULL where what the system would do is not known
 */
PosternNative *
postern_uniface_judge (PosternPlan *plan, const PosternFailure *failure)
{
  gboolean direct = plan != NULL && plan->tls == POSTERN_TLS_START_IMPLICIT;

  if (failure == NULL)
    return judge_success (plan);
  if (plan == NULL || failure->step == POSTERN_STEP_SETTINGS)
    return judge_settings (failure);

  switch (failure->step)
    {
    case POSTERN_STEP_RESOLVE:
    case POSTERN_STEP_CONNECT:
    case POSTERN_STEP_GREETING:
      return judge_network (failure);

    case POSTERN_STEP_CAPABILITIES:
      /* A driver that is not offered is found out here, before anything was sent for it. */
      return strcmp (failure->code, "starttls.not-offered") == 0 ||
                 g_str_has_prefix (failure->code, "auth.")
               ? judge_context (failure)
               : judge_network (failure);

    case POSTERN_STEP_TLS:
    case POSTERN_STEP_CERTIFICATE:
      return direct ? judge_network (failure) : judge_context (failure);

    case POSTERN_STEP_CAPABILITIES_TLS:
      return direct && !g_str_has_prefix (failure->code, "auth.") &&
                 strcmp (failure->code, "starttls.not-offered") != 0
               ? judge_network (failure)
               : judge_context (failure);

    case POSTERN_STEP_STARTTLS:
    case POSTERN_STEP_AUTHENTICATE:
      return judge_context (failure);

    case POSTERN_STEP_SETTINGS:
    case POSTERN_STEP_USABLE:
    case POSTERN_STEP_SENDER:
    case POSTERN_STEP_LOGOFF:
    default:
      return logon (0, _ ("LogonSMTP would return 0; what failed came after the logon."));
    }
}
