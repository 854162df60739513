/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-probe-private.h"

#include "probe/postern-probe-plan.h"
#include "probe/postern-version-test.h"

#include <glib/gi18n.h>

/* A counter-test is given this long, and never more than the run has left. Milliseconds. */
#define COUNTER_LIMIT 2000

/* As long as the names of a certificate are looked up, all together. Milliseconds. */
#define NAMES_LIMIT 3000

/* A session that only looks which version of TLS the server has. Milliseconds. */
#define VERSION_LIMIT 4000

/* What a limit of 0 means (spec/hostile-peers.md, "Time and memory"). Milliseconds. */
#define GREETING_LIMIT 30000
#define HANDSHAKE_LIMIT 15000

static void
last_counter_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternProbe *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  postern_counter_clear (&self->counter);
  postern_counter_test_finish (result, &self->counter);
  postern_port_watch_note_found (postern_report_get_transcript (self->report), self->watched,
                                 &self->counter);
  postern_probe_conclude (task, postern_session_get_failure (self->session),
                          g_cancellable_is_cancelled (cancellable));
}

static void
name_check_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternProbe *self = g_task_get_source_object (task);

  self->names = postern_name_check_finish (result);
  postern_probe_conclude (task, postern_session_get_failure (self->session),
                          g_cancellable_is_cancelled (g_task_get_cancellable (task)));
}

static void
check_names (GTask *task, GSocketAddress *address)
{
  PosternProbe *self = g_task_get_source_object (task);

  postern_transcript_append_note (
    postern_report_get_transcript (self->report), POSTERN_CHANNEL_TLS, POSTERN_STEP_CERTIFICATE,
    "%s", _ ("Looking up the names of the certificate: does one of them lead to this server?"));
  postern_name_check_async (self->plan, postern_session_get_tls_info (self->session),
                            g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)),
                            MIN (NAMES_LIMIT, postern_probe_time_left (self)),
                            g_task_get_cancellable (task), name_check_cb, task);
}

static void
version_test_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternProbe *self = g_task_get_source_object (task);
  g_autoptr(PosternFailure) told =
               postern_version_test_finish (result, postern_session_get_failure (self->session));

  postern_probe_conclude (task, told, g_cancellable_is_cancelled (g_task_get_cancellable (task)));
}

/* Takes @task. */
static void
test_version (GTask *task)
{
  PosternProbe *self = g_task_get_source_object (task);

  postern_transcript_append_note (
    postern_report_get_transcript (self->report), POSTERN_CHANNEL_CLEAR, POSTERN_STEP_TLS, "%s",
    _ ("Connecting once more, without credentials: which version of TLS does the server have?"));
  postern_version_test_async (self->plan, MIN (VERSION_LIMIT, postern_probe_time_left (self)),
                              g_task_get_cancellable (task), version_test_cb, task);
}

static void
conclude_proved (GTask *task)
{
  PosternProbe *self = g_task_get_source_object (task);
  g_autoptr(PosternFailure) proved =
               postern_port_watch_make_failure (self->plan, self->watched, &self->counter);

  postern_probe_conclude (task, proved, FALSE);
}

static GTask *
steal_waiting (PosternProbe *self)
{
  g_source_destroy (self->waiting_source);
  g_clear_pointer (&self->waiting_source, g_source_unref);
  return g_steal_pointer (&self->waiting);
}

static gboolean
waiting_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  PosternProbe *self = user_data;
  g_autoptr(GTask) task = steal_waiting (self);

  postern_probe_clear_watch (self);
  postern_probe_conclude (task, NULL, TRUE);
  return G_SOURCE_REMOVE;
}

/* The session has let go of its connection; the watch goes on. Takes @task. */
static void
wait_for_news (GTask *task)
{
  PosternProbe *self = g_task_get_source_object (task);

  self->waiting = task;
  self->waiting_source = g_cancellable_source_new (g_task_get_cancellable (task));
  g_source_set_callback (self->waiting_source, G_SOURCE_FUNC (waiting_cancelled_cb), self, NULL);
  g_source_attach (self->waiting_source, g_task_get_context (task));
  if (self->unwatched) /* the news were faster */
    postern_probe_begin_session (steal_waiting (self));
}

static void
session_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternProbe *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  gboolean passed = postern_session_run_finish (self->session, result, NULL);
  const PosternFailure *failure = postern_session_get_failure (self->session);
  g_autoptr(GSocketAddress) address = postern_counter_test_find_address (self->session);
  PosternCounterQuestion question = POSTERN_COUNTER_ASK_TLS;

  if (!passed && failure == NULL && self->let_go && !self->proved &&
      !g_cancellable_is_cancelled (cancellable))
    {
      wait_for_news (g_steal_pointer (&task));
      return;
    }
  postern_probe_clear_watch (self);
  if (!passed && g_cancellable_is_cancelled (cancellable))
    {
      postern_probe_conclude (task, NULL, TRUE);
      return;
    }
  if (!passed && self->proved)
    {
      conclude_proved (task);
      return;
    }

  if (address != NULL && postern_probe_time_left (self) > 0 && failure != NULL &&
      self->counter.result == POSTERN_COUNTER_NONE &&
      postern_counter_test_is_due (self->plan, failure,
                                   postern_session_get_tls_info (self->session), &question))
    {
      self->watched = failure->step;
      postern_port_watch_note (postern_report_get_transcript (self->report), self->watched,
                               question);
      postern_counter_test_async (self->plan, address, question,
                                  postern_counter_test_get_patience (failure),
                                  MIN (COUNTER_LIMIT, postern_probe_time_left (self)), cancellable,
                                  last_counter_cb, g_steal_pointer (&task));
      return;
    }
  if (address != NULL && postern_probe_time_left (self) > 0 &&
      postern_name_check_is_wanted (postern_session_get_tls_info (self->session)))
    {
      check_names (g_steal_pointer (&task), address);
      return;
    }
  if (failure != NULL && postern_probe_time_left (self) > 0 &&
      postern_version_test_is_due (failure))
    {
      test_version (g_steal_pointer (&task));
      return;
    }
  postern_probe_conclude (task, failure, FALSE);
}

static void
keep_counter (PosternProbe *self, const PosternCounter *counter)
{
  postern_counter_clear (&self->counter);
  self->counter = *counter;
  self->counter.heard = g_strdup (counter->heard);
}

static void
news_cb (PosternPortNews news, const PosternCounter *counter, gpointer user_data)
{
  PosternProbe *self = user_data;

  switch (news)
    {
    case POSTERN_PORT_LET_GO:
      self->let_go = TRUE;
      g_cancellable_cancel (self->stop);
      break;

    case POSTERN_PORT_PROVED:
      keep_counter (self, counter);
      self->proved = TRUE;
      g_cancellable_cancel (self->stop);
      if (self->waiting != NULL)
        {
          g_autoptr(GTask) task = steal_waiting (self);

          postern_probe_clear_watch (self);
          conclude_proved (task);
        }
      break;

    case POSTERN_PORT_UNKNOWN:
    default:
      keep_counter (self, counter);
      self->unwatched = TRUE;
      if (self->waiting != NULL)
        postern_probe_begin_session (steal_waiting (self));
    }
}

/* The first bytes of the server are waited for: one that waits itself says nothing either. */
static void
start_watch (PosternProbe *self, PosternStepId step)
{
  guint limit =
    step == POSTERN_STEP_TLS ? self->plan->handshake_timeout : self->plan->greeting_timeout;

  if (self->unwatched)
    return;
  if (limit == 0)
    limit = step == POSTERN_STEP_TLS ? HANDSHAKE_LIMIT : GREETING_LIMIT;
  self->watched = step;
  self->watch = postern_port_watch_new (
    self->plan, self->session, postern_report_get_transcript (self->report), step,
    MIN (limit, postern_probe_time_left (self) + POSTERN_PROBE_MARGIN),
    postern_probe_time_left (self) + POSTERN_PROBE_MARGIN, news_cb, self);
}

/* What the watch came to know stays known. */
static void
end_watch (PosternProbe *self)
{
  if (self->watch == NULL)
    return;

  if (!self->proved)
    keep_counter (self, postern_port_watch_get_known (self->watch));
  postern_probe_clear_watch (self);
}

static void
step_cb (PosternStepId step, PosternStepState state, const char *summary, gpointer user_data)
{
  PosternProbe *self = user_data;

  if (!self->running || self->let_go)
    return;

  postern_probe_update_step (self, step, state, summary);
  if (step != POSTERN_STEP_GREETING &&
      (step != POSTERN_STEP_TLS || self->plan->tls != POSTERN_TLS_START_IMPLICIT))
    return;

  end_watch (self);
  if (state == POSTERN_STATE_RUNNING)
    start_watch (self, step);
}

static void
cancelled_cb (GCancellable *cancellable, GCancellable *stop)
{
  g_cancellable_cancel (stop);
}

/* The first one, or the one after the counter-tests had their turn. Takes @task. */
void
postern_probe_begin_session (GTask *task)
{
  PosternProbe *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  PosternTranscript *transcript = postern_report_get_transcript (self->report);

  if (self->let_go)
    postern_transcript_append_note (transcript, POSTERN_CHANNEL_CLEAR, self->watched, "%s",
                                    _ ("No answer either. The session begins anew: the server may "
                                       "only be slow."));
  self->let_go = FALSE;
  postern_probe_clear_watch (self);
  g_clear_object (&self->stop);
  self->stop = g_cancellable_new ();
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (cancelled_cb), self->stop, 0);
  if (g_cancellable_is_cancelled (cancellable))
    g_cancellable_cancel (self->stop);

  g_clear_object (&self->machine);
  g_clear_object (&self->session);
  self->machine = postern_probe_plan_make_machine (self->plan);
  self->session = postern_session_new (self->machine, transcript);
  postern_session_set_step_func (self->session, step_cb, self);
  postern_session_set_elapsed (self->session,
                               (guint) ((g_get_monotonic_time () - self->begun) / 1000));
  postern_session_run_async (self->session, self->stop, session_cb, task);
}
