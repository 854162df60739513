/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-probe-plan.h"

#include "diagnosis/postern-token.h"
#include "protocol/postern-imap.h"
#include "protocol/postern-pop3.h"
#include "protocol/postern-sasl.h"
#include "protocol/postern-smtp.h"

#include <glib/gi18n.h>

static gboolean
has_step (PosternPlan *plan, PosternPlanKind kind)
{
  for (guint i = 0; i < plan->steps->len; i++)
    if (((PosternPlanStep *) plan->steps->pdata[i])->kind == kind)
      return TRUE;
  return FALSE;
}

gboolean
postern_probe_plan_skips (PosternPlan *plan, PosternStepId step)
{
  gboolean starttls = has_step (plan, POSTERN_PLAN_STARTTLS);
  gboolean implicit = plan->tls == POSTERN_TLS_START_IMPLICIT;
  const gboolean skipped[POSTERN_N_STEPS] = {
    [POSTERN_STEP_CAPABILITIES] = implicit,
    [POSTERN_STEP_STARTTLS] = !starttls,
    [POSTERN_STEP_TLS] = !starttls && !implicit,
    [POSTERN_STEP_CERTIFICATE] = !starttls && !implicit,
    [POSTERN_STEP_CAPABILITIES_TLS] = !starttls && !implicit,
    [POSTERN_STEP_AUTHENTICATE] = !has_step (plan, POSTERN_PLAN_AUTHENTICATE),
    [POSTERN_STEP_USABLE] = !plan->check_usable || plan->protocol == POSTERN_PROTOCOL_SMTP,
    [POSTERN_STEP_SENDER] = plan->check_sender == NULL && plan->message == NULL,
    [POSTERN_STEP_LOGOFF] = plan->stay,
  };

  return skipped[step];
}

char *
postern_probe_plan_describe (PosternPlan *plan)
{
  static const char *const starts[] = {
    [POSTERN_TLS_START_DEFAULT] = "",
    [POSTERN_TLS_START_NONE] = N_ ("without TLS"),
    [POSTERN_TLS_START_STARTTLS] = N_ ("STARTTLS"),
    [POSTERN_TLS_START_STARTTLS_IF_OFFERED] = N_ ("STARTTLS if offered"),
    [POSTERN_TLS_START_IMPLICIT] = N_ ("TLS from the first byte"),
  };

  /* Translators: host name, port number, how TLS starts */
  return g_strdup_printf (_ ("%s, port %u, %s"), plan->host, plan->port, _ (starts[plan->tls]));
}

/**
 * postern_probe_plan_look_at_token:
 * @plan: with the secrets in it
 * @reason: (out) (nullable): what the token says of itself, in a sentence
 *
 * Returns: (nullable): the finding that explains why a server would refuse it
 */
const char *
postern_probe_plan_look_at_token (PosternPlan *plan, char **reason)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = plan->steps->pdata[i];

      if (step->token != NULL)
        return postern_token_examine (step->token, plan->protocol, step->user,
                                      g_get_real_time () / G_USEC_PER_SEC, reason);
    }
  return NULL;
}

/* How the password was coded by the mechanism that was tried, if that needs words. */
char *
postern_probe_plan_explain_encoding (PosternPlan *plan, const char *mechanism)
{
  for (guint i = 0; mechanism != NULL && i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = plan->steps->pdata[i];

      if (step->password != NULL)
        return postern_sasl_explain_encoding (mechanism, step->password);
    }
  return NULL;
}

/* For a look at what is offered no step logs on; for one mechanism, exactly one does. */
void
postern_probe_plan_replace_log_on (PosternPlan *plan,
                                   const char *user,
                                   PosternSecret *password,
                                   PosternSecret *token,
                                   const char *mechanism)
{
  PosternPlanStep *step;

  for (guint i = plan->steps->len; i > 0; i--)
    if (((PosternPlanStep *) plan->steps->pdata[i - 1])->kind == POSTERN_PLAN_AUTHENTICATE)
      g_ptr_array_remove_index (plan->steps, i - 1);
  if (mechanism == NULL)
    return;

  step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
  step->user = g_strdup (user);
  step->password = password != NULL ? postern_secret_ref (password) : NULL;
  step->token = token != NULL ? postern_secret_ref (token) : NULL;
  g_strfreev (step->mechanisms);
  step->mechanisms = g_new0 (char *, 2);
  step->mechanisms[0] = g_strdup (mechanism);
}

void
postern_probe_plan_drop_secrets (PosternPlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      PosternPlanStep *step = plan->steps->pdata[i];

      g_clear_pointer (&step->password, postern_secret_unref);
      g_clear_pointer (&step->token, postern_secret_unref);
    }
  g_clear_pointer (&plan->tls_policy->client_key_password, postern_secret_unref);
  g_clear_pointer (&plan->tls_policy->shared_key, postern_secret_unref);
}

PosternMachine *
postern_probe_plan_make_machine (PosternPlan *plan)
{
  switch (plan->protocol)
    {
    case POSTERN_PROTOCOL_POP3:
      return postern_pop3_new (plan);
    case POSTERN_PROTOCOL_IMAP:
      return postern_imap_new (plan);
    case POSTERN_PROTOCOL_SMTP:
    default:
      return postern_smtp_new (plan);
    }
}
