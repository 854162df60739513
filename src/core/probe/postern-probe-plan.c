/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-probe-plan.h"

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
