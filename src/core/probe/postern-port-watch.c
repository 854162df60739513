/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-port-watch.h"

#include "runtime/postern-runtime.h"

#include <glib/gi18n.h>

/* How long a server may keep silent before a second connection asks what the port is: where that is
 * usual for TLS at once, and elsewhere, where a server may have reasons to wait. Milliseconds. */
#define WATCH_LIKELY 700
#define WATCH_UNLIKELY 2000

/* So long after that, another one asks in another way, or the session lets go of its connection. */
#define SECOND_QUESTION 1000

/* How long a counter-test listens before it speaks to a server that waits to be spoken to. */
#define PATIENCE 800

/* How long a counter-test is waited for that has the server for itself. */
#define ALONE 800

/* What has to be left where the session is to begin anew, of the limit for the step and of that for
 * all: more than servers usually have reasons to wait. */
#define STEP_TO_BEGIN_ANEW 10000
#define TOTAL_TO_BEGIN_ANEW 15000

/* What is left, when the session gives up, for ending the counter-tests properly. */
#define MARGIN 250

struct _PosternPortWatch
{
  gatomicrefcount ref_count; /* each counter-test has one */
  PosternPlan *plan;
  PosternSession *session; /* not owned, gone when it has let go */
  GSocketAddress *address; /* where it has connected, or NULL */
  PosternTranscript *transcript;
  PosternStepId step;
  guint limit_ms;
  guint total_ms;
  gint64 begun;
  PosternPortWatchFunc func; /* NULL: over */
  gpointer user_data;
  GCancellable *stop; /* of the counter-tests that are under way */
  GSource *timer;
  guint n_pending;
  gboolean last; /* after those that are pending there are no more */
  PosternCounter known;
};

static void
clear_timer (PosternPortWatch *self)
{
  if (self->timer == NULL)
    return;

  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
watch_unref (PosternPortWatch *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  postern_plan_unref (self->plan);
  g_object_unref (self->transcript);
  g_object_unref (self->stop);
  g_clear_object (&self->address);
  postern_counter_clear (&self->known);
  g_free (self);
}

static void
set_timer (PosternPortWatch *self, guint ms, GSourceFunc func)
{
  clear_timer (self);
  self->timer = g_timeout_source_new (ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

/* The last news. */
static void
end (PosternPortWatch *self, PosternPortNews news, const PosternCounter *counter)
{
  PosternPortWatchFunc func = self->func;

  self->func = NULL;
  clear_timer (self);
  g_cancellable_cancel (self->stop);
  func (news, counter, self->user_data);
}

/* Milliseconds that are left of a limit. */
static guint
left_of (PosternPortWatch *self, guint limit_ms)
{
  gint64 gone = (g_get_monotonic_time () - self->begun) / 1000 + MARGIN;

  return gone >= (gint64) limit_ms ? 0 : limit_ms - (guint) gone;
}

/* Until the session gives up. */
static guint
time_left (PosternPortWatch *self)
{
  return left_of (self, self->limit_ms);
}

static gboolean
is_implicit (PosternPortWatch *self)
{
  return self->plan->tls == POSTERN_TLS_START_IMPLICIT;
}

/* A mail server whose greeting has come on the other connection is about to greet on this one. */
static gboolean
is_proof (PosternPortWatch *self, const PosternCounter *counter)
{
  if (counter->result == POSTERN_COUNTER_TLS && !is_implicit (self))
    return TRUE;
  return counter->personality != POSTERN_PERSONALITY_SILENT &&
         !postern_personality_is_mail (counter->personality);
}

/* Silence says less than words, and nothing is less than silence. */
static void
keep (PosternPortWatch *self, PosternCounter *counter)
{
  if (self->known.result == POSTERN_COUNTER_NONE || counter->result == POSTERN_COUNTER_NOT_TLS)
    {
      postern_counter_clear (&self->known);
      self->known = *counter;
      counter->heard = NULL;
    }
}

static void
counter_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PosternPortWatch *self = user_data;
  g_auto (PosternCounter) counter = { 0 };

  postern_counter_test_finish (result, &counter);
  if (self->func != NULL && is_proof (self, &counter))
    {
      postern_port_watch_note_found (self->transcript, self->step, &counter);
      end (self, POSTERN_PORT_PROVED, &counter);
    }
  else if (self->func != NULL)
    {
      keep (self, &counter);
      if (--self->n_pending == 0 && self->last)
        end (self, POSTERN_PORT_UNKNOWN, &self->known);
    }
  watch_unref (self);
}

static void
ask (PosternPortWatch *self, PosternCounterQuestion question, guint patience_ms, guint limit_ms)
{
  postern_port_watch_note (self->transcript, self->step, question);
  self->n_pending++;
  g_atomic_ref_count_inc (&self->ref_count);
  postern_counter_test_async (self->plan, self->address, question, patience_ms, limit_ms,
                              self->stop, counter_cb, self);
}

/* The first question had the server for itself, and no answer. The other one is asked alone. */
static gboolean
third_cb (gpointer user_data)
{
  PosternPortWatch *self = user_data;

  clear_timer (self);
  g_cancellable_cancel (self->stop);
  g_clear_object (&self->stop);
  self->stop = g_cancellable_new ();
  self->last = TRUE;
  if (self->step == POSTERN_STEP_GREETING && !is_implicit (self))
    ask (self, POSTERN_COUNTER_ASK_PLAIN, 0, MIN (ALONE, time_left (self)));
  else if (self->n_pending == 0)
    end (self, POSTERN_PORT_UNKNOWN, &self->known);
  return G_SOURCE_REMOVE;
}

/* The first question is not answered yet, and may still be. */
static gboolean
second_cb (gpointer user_data)
{
  PosternPortWatch *self = user_data;
  guint left = time_left (self);

  clear_timer (self);
  if (left >= STEP_TO_BEGIN_ANEW && left_of (self, self->total_ms) >= TOTAL_TO_BEGIN_ANEW)
    {
      set_timer (self, is_implicit (self) ? PATIENCE + ALONE : ALONE, third_cb);
      self->func (POSTERN_PORT_LET_GO, &self->known, self->user_data);
    }
  else if (left > 0 && !is_implicit (self))
    ask (self, POSTERN_COUNTER_ASK_PLAIN, 0, left);
  return G_SOURCE_REMOVE;
}

/* Bytes without a line end can be proof enough. FALSE: nothing has come, not even a line. */
static gboolean
has_heard (PosternPortWatch *self)
{
  g_autoptr(GBytes) heard = postern_session_dup_heard (self->session);
  gsize length = 0;
  const char *bytes = g_bytes_get_data (heard, &length);
  guint n_events = postern_transcript_get_n_events (self->transcript);
  PosternPersonality personality = postern_personality_of (bytes, length);
  const PosternCounter proof = {
    .result = personality == POSTERN_PERSONALITY_TLS ? POSTERN_COUNTER_TLS : POSTERN_COUNTER_PLAIN,
    .personality =
      personality == POSTERN_PERSONALITY_TLS ? POSTERN_PERSONALITY_SILENT : personality,
  };

  if (personality != POSTERN_PERSONALITY_SILENT)
    {
      /* What is no protocol that we know may become one yet. */
      if (personality != POSTERN_PERSONALITY_OTHER && is_proof (self, &proof))
        end (self, POSTERN_PORT_PROVED, &proof);
      return TRUE;
    }
  for (guint i = 0; i < n_events; i++)
    {
      PosternEvent *event = postern_transcript_get_event (self->transcript, i);

      if (postern_event_get_direction (event) == POSTERN_DIRECTION_SERVER)
        return TRUE;
    }
  return FALSE;
}

static gboolean
first_cb (gpointer user_data)
{
  PosternPortWatch *self = user_data;

  clear_timer (self);
  if (has_heard (self))
    return G_SOURCE_REMOVE;

  self->address = postern_counter_test_find_address (self->session);
  if (self->address == NULL || time_left (self) == 0)
    return G_SOURCE_REMOVE;

  ask (self, self->step == POSTERN_STEP_TLS ? POSTERN_COUNTER_ASK_PLAIN : POSTERN_COUNTER_ASK_TLS,
       PATIENCE, time_left (self));
  set_timer (self, MIN (SECOND_QUESTION, self->limit_ms / 4), second_cb);
  return G_SOURCE_REMOVE;
}

static gboolean
is_usual_for_implicit_tls (guint port)
{
  return port == 465 || port == 993 || port == 995;
}

PosternPortWatch *
postern_port_watch_new (PosternPlan *plan,
                        PosternSession *session,
                        PosternTranscript *transcript,
                        PosternStepId step,
                        guint limit_ms,
                        guint total_ms,
                        PosternPortWatchFunc func,
                        gpointer user_data)
{
  PosternPortWatch *self = g_new0 (PosternPortWatch, 1);
  gboolean likely =
    is_usual_for_implicit_tls (plan->port) && plan->tls != POSTERN_TLS_START_IMPLICIT;

  g_atomic_ref_count_init (&self->ref_count);
  self->plan = postern_plan_ref (plan);
  self->session = session;
  self->transcript = g_object_ref (transcript);
  self->step = step;
  self->limit_ms = limit_ms;
  self->total_ms = total_ms;
  self->begun = g_get_monotonic_time ();
  self->func = func;
  self->user_data = user_data;
  self->stop = g_cancellable_new ();
  set_timer (self, MIN (likely ? WATCH_LIKELY : WATCH_UNLIKELY, limit_ms / 4), first_cb);
  return self;
}

void
postern_port_watch_free (PosternPortWatch *self)
{
  self->func = NULL;
  clear_timer (self);
  g_cancellable_cancel (self->stop);
  watch_unref (self);
}

const PosternCounter *
postern_port_watch_get_known (PosternPortWatch *self)
{
  return &self->known;
}

PosternFailure *
postern_port_watch_make_failure (PosternPlan *plan, PosternStepId step, const PosternCounter *proof)
{
  const char *code = "greeting.other-protocol";

  if (step == POSTERN_STEP_TLS)
    code = "tls.plain-first";
  else if (proof->result == POSTERN_COUNTER_TLS && plan->tls != POSTERN_TLS_START_IMPLICIT)
    code = "tls.implicit-expected";
  return postern_failure_new (code, step);
}

void
postern_port_watch_note (PosternTranscript *transcript,
                         PosternStepId step,
                         PosternCounterQuestion question)
{
  postern_transcript_append_note (
    transcript, POSTERN_CHANNEL_CLEAR, step, "%s",
    question == POSTERN_COUNTER_ASK_TLS
      ? _ ("Counter-test on a connection of its own, without credentials: does this port speak TLS "
           "from the first byte?")
      : _ ("Counter-test on a connection of its own, without credentials: what does this port say "
           "in plain text?"));
}

void
postern_port_watch_note_found (PosternTranscript *transcript,
                               PosternStepId step,
                               const PosternCounter *counter)
{
  const char *name = postern_personality_name (counter->personality);

  if (counter->result == POSTERN_COUNTER_TLS)
    postern_transcript_append_note (transcript, POSTERN_CHANNEL_CLEAR, step, "%s",
                                    _ ("The counter-test was answered by TLS."));
  if (counter->heard != NULL && name != NULL)
    /* Translators: what a server said, word for word, and the name of a protocol */
    postern_transcript_append_note (transcript, POSTERN_CHANNEL_CLEAR, step,
                                    _ ("The counter-test heard “%s”: %s."), counter->heard, name);
  else if (counter->heard != NULL)
    postern_transcript_append_note (transcript, POSTERN_CHANNEL_CLEAR, step,
                                    _ ("The counter-test heard “%s”."), counter->heard);
}
