/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-version-test.h"

#include "probe/postern-probe-plan.h"
#include "session/postern-session.h"

#include <glib/gi18n.h>
#include <string.h>

/* On the wire. */
#define TLS_1_0 0x0301

static PosternPlan *
make_plan (PosternPlan *plan, guint timeout_ms)
{
  PosternPlan *copy = postern_plan_new ();

  copy->protocol = plan->protocol;
  copy->host = g_strdup (plan->host);
  copy->port = plan->port;
  copy->tls = plan->tls;
  copy->connect_host = g_strdup (plan->connect_host);
  copy->connect_port = plan->connect_port;
  copy->family = plan->family;
  copy->prefer_ipv4 = plan->prefer_ipv4;
  copy->ehlo_name = g_strdup (plan->ehlo_name);
  copy->helo_fallback = plan->helo_fallback;
  copy->connect_timeout = plan->connect_timeout;
  copy->greeting_timeout = plan->greeting_timeout;
  copy->reply_timeout = plan->reply_timeout;
  copy->handshake_timeout = plan->handshake_timeout;
  copy->total_timeout = timeout_ms;
  copy->tls_policy->verify = POSTERN_VERIFY_IGNORE;
  copy->tls_policy->system_store = FALSE;
  copy->tls_policy->min_version = TLS_1_0;
  for (guint i = 0; i < plan->steps->len; i++)
    if (((PosternPlanStep *) plan->steps->pdata[i])->kind == POSTERN_PLAN_STARTTLS)
      postern_plan_add_step (copy, POSTERN_PLAN_STARTTLS, TRUE);

  return copy;
}

gboolean
postern_version_test_is_due (const PosternFailure *failure)
{
  return strcmp (failure->code, "tls.version-too-old") == 0 &&
         (failure->offered == NULL || failure->offered[0] == NULL);
}

static void
session_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternSession *session = POSTERN_SESSION (source);
  const PosternTlsInfo *tls;

  postern_session_run_finish (session, result, NULL);
  tls = postern_session_get_tls_info (session);
  g_task_return_pointer (task, tls != NULL ? g_strdup (tls->version) : NULL, g_free);
}

void
postern_version_test_async (PosternPlan *plan,
                            guint timeout_ms,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr(PosternPlan) copy = make_plan (plan, timeout_ms);
  g_autoptr(PosternTranscript) transcript = postern_transcript_new ();
  g_autoptr(PosternMachine) machine = postern_probe_plan_make_machine (copy);
  g_autoptr(PosternSession) session = postern_session_new (machine, transcript);

  g_task_set_check_cancellable (task, FALSE);
  postern_session_run_async (session, cancellable, session_cb, task);
}

PosternFailure *
postern_version_test_finish (GAsyncResult *result, const PosternFailure *failure)
{
  g_autofree char *version = g_task_propagate_pointer (G_TASK (result), NULL);
  PosternFailure *told = postern_failure_copy (failure);
  const char *offered[] = { version, NULL };

  if (version == NULL || failure->wanted == NULL || failure->wanted[0] == NULL)
    return told;

  g_strfreev (told->offered);
  told->offered = g_strdupv ((GStrv) offered);
  g_free (told->detail);
  told->detail = g_strdup_printf (_ ("The server speaks %s at most, as a second connection without "
                                     "credentials showed; at least %s is wanted."),
                                  version, failure->wanted[0]);
  return told;
}
