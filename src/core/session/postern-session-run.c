/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session-private.h"

#include "model/postern-enum-types.h"
#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <string.h>

#define FAREWELL_MS 1000
#define CLOSE_MS 1000
#define TOTAL_MS 60000 /* a total_timeout of 0 */

PosternRun *
postern_run_new (PosternMachine *machine,
                 PosternTranscript *transcript,
                 PosternResults *results,
                 PosternStepFunc step_func,
                 gpointer step_data)
{
  PosternRun *self = g_new0 (PosternRun, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->machine = g_object_ref (machine);
  self->transcript = g_object_ref (transcript);
  self->plan = postern_plan_ref (postern_machine_get_plan (machine));
  self->results = results;
  self->step_func = step_func;
  self->step_data = step_data;
  self->stop = g_cancellable_new ();
  self->command_event = -1;
  self->reply_event = -1;

  return self;
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

PosternRun *
postern_run_ref (PosternRun *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
postern_run_unref (PosternRun *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  clear_source (&self->cancelled);
  clear_source (&self->total);
  clear_source (&self->deadline);
  g_clear_object (&self->machine);
  g_clear_object (&self->transcript);
  g_clear_pointer (&self->plan, postern_plan_unref);
  g_clear_object (&self->stop);
  g_clear_object (&self->connector);
  g_clear_object (&self->reader);
  g_clear_object (&self->stream);
  g_clear_object (&self->handshake);
  g_clear_object (&self->trust);
  g_clear_object (&self->socket);
  g_clear_error (&self->error);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self);
}

/* Why this mechanism and no other. */
static void
note_choice (PosternRun *self)
{
  const char *choice = postern_machine_get_choice (self->machine);

  if (choice != NULL)
    postern_transcript_append_note (self->transcript, self->channel, POSTERN_STEP_AUTHENTICATE,
                                    "%s", choice);
}

/* Every step goes through here, so that the one that runs at the end is known. */
void
postern_run_step (PosternStepId step,
                  PosternStepState state,
                  const char *summary,
                  gpointer user_data)
{
  PosternRun *self = user_data;

  if (self->ended)
    return;

  if (state == POSTERN_STATE_RUNNING)
    self->step = step;
  if (state == POSTERN_STATE_RUNNING && step == POSTERN_STEP_AUTHENTICATE)
    note_choice (self);
  if (state == POSTERN_STATE_RUNNING || step == self->step)
    self->step_running = state == POSTERN_STATE_RUNNING;
  if (self->step_func != NULL)
    self->step_func (step, state, summary, self->step_data);
}

/* The end */

typedef struct
{
  GIOStream *stream;
  GSocketConnection *socket;
  GCancellable *cancellable;
  GSource *timer;
} Closing;

static gboolean
closing_timer_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_REMOVE;
}

static void
closing_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Closing *closing = user_data;

  g_io_stream_close_finish (G_IO_STREAM (source), result, NULL);
  g_io_stream_close (G_IO_STREAM (closing->socket), NULL, NULL); /* a socket: does not wait */
  clear_source (&closing->timer);
  g_object_unref (closing->cancellable);
  g_object_unref (closing->stream);
  g_object_unref (closing->socket);
  g_free (closing);
}

/* Nothing is under way on the stream. TLS says goodbye if the peer takes it; nobody waits for
 * that. Where something is under way, letting go of the streams closes them. */
void
postern_run_close (PosternRun *self)
{
  Closing *closing;

  if (self->stream == NULL)
    return;

  closing = g_new0 (Closing, 1);
  closing->stream = g_steal_pointer (&self->stream);
  closing->socket = g_object_ref (self->socket);
  closing->cancellable = g_cancellable_new ();
  closing->timer = g_timeout_source_new (CLOSE_MS);
  g_source_set_callback (closing->timer, closing_timer_cb, g_object_ref (closing->cancellable),
                         g_object_unref);
  g_source_attach (closing->timer, self->context);
  g_io_stream_close_async (closing->stream, G_PRIORITY_DEFAULT, closing->cancellable, closing_cb,
                           closing);
}

void
postern_run_clear_limits (PosternRun *self)
{
  clear_source (&self->cancelled);
  clear_source (&self->total);
  clear_source (&self->deadline);
}

/* The one way out. @error is taken; NULL means that all went well. The run lives on: whatever was
 * under way holds the task, and comes back later to let it go. */
void
postern_run_end (PosternRun *self, GError *error)
{
  g_autoptr(GTask) task = self->task != NULL ? g_object_ref (self->task) : NULL;

  if (self->ended)
    {
      g_clear_error (&error);
      return;
    }

  self->ended = TRUE;
  self->task = NULL;
  postern_run_clear_limits (self);
  postern_machine_set_step_func (self->machine, NULL, NULL);
  /* Of a handshake that was cut off, the certificates may be there. */
  if (self->handshake != NULL && self->results->tls_info == NULL)
    self->results->tls_info = postern_handshake_dup_info (self->handshake);
  if (self->connector != NULL)
    postern_connector_stop (self->connector, self->timed_out);
  g_cancellable_cancel (self->stop);

  g_clear_object (&self->reader);
  g_clear_object (&self->stream);
  g_clear_object (&self->handshake);
  g_clear_object (&self->socket);
  if (self->trust != NULL) /* which lives on in the report */
    postern_trust_drop_secrets (self->trust);

  if (task == NULL)
    g_clear_error (&error);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

void
postern_run_take_failure (PosternRun *self, PosternFailure *failure)
{
  guint n_events = postern_transcript_get_n_events (self->transcript);

  if (failure->first_event < 0 && (self->command_event >= 0 || self->reply_event >= 0))
    {
      failure->first_event = self->command_event >= 0 ? self->command_event : self->reply_event;
      failure->last_event = (int) n_events - 1;
    }

  g_clear_pointer (&self->results->failure, postern_failure_free);
  self->results->failure = failure;
}

/* @summary goes to the step, if it still runs. */
void
postern_run_fail (PosternRun *self, PosternFailure *failure, GError *error, const char *summary)
{
  postern_run_take_failure (self, failure);
  if (self->step_running && self->step == failure->step)
    postern_run_step (failure->step, POSTERN_STATE_FAILED, summary, self);
  else if (self->step_running)
    {
      postern_run_step (self->step, POSTERN_STATE_NOT_REACHED, NULL, self);
      postern_run_step (failure->step, POSTERN_STATE_FAILED, summary, self);
    }
  postern_run_end (self, error);
}

/* Limits and cancelling */

static gboolean
run_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  PosternRun *self = user_data;

  if (self->step_running)
    postern_run_step (self->step, POSTERN_STATE_FAILED, _ ("Cancelled"), self);
  g_clear_pointer (&self->results->failure, postern_failure_free);
  postern_run_end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled")));

  return G_SOURCE_REMOVE;
}

/* What came of a line that never ended is shown: the peer was not silent. */
static void
show_unfinished_line (PosternRun *self, PosternFailure *failure)
{
  gsize length = 0;
  const char *bytes =
    self->reader != NULL ? postern_line_reader_peek (self->reader, &length) : NULL;

  if (length == 0)
    return;
  failure->first_event = (int) postern_run_append_server (self, bytes, length);
  failure->last_event = failure->first_event;
}

static void
run_timed_out (PosternRun *self, const char *code, guint ms)
{
  g_autofree char *text = NULL;
  PosternFailure *failure;

  /* What was said before a farewell that is not taken is the cause. */
  if (self->results->failure != NULL)
    {
      postern_run_end (self, g_steal_pointer (&self->error));
      return;
    }

  text = g_strdup_printf (_ ("Not done within %g seconds"), ms / 1000.0);
  self->timed_out = TRUE;
  failure = postern_failure_new (code, self->step);
  show_unfinished_line (self, failure);
  failure->detail = g_strdup_printf ("%g s", ms / 1000.0);
  postern_run_fail (self, failure, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, text),
                    text);
}

static gboolean
run_deadline_cb (gpointer user_data)
{
  PosternRun *self = user_data;

  run_timed_out (self, self->deadline_code, self->deadline_ms);

  return G_SOURCE_REMOVE;
}

static gboolean
run_total_cb (gpointer user_data)
{
  PosternRun *self = user_data;
  guint ms = self->plan->total_timeout != 0 ? self->plan->total_timeout : TOTAL_MS;

  run_timed_out (self, "timeout.total", ms);

  return G_SOURCE_REMOVE;
}

static GSource *
run_add_timer (PosternRun *self, guint ms, GSourceFunc func)
{
  GSource *timer = g_timeout_source_new (ms);

  g_source_set_callback (timer, func, self, NULL);
  g_source_attach (timer, self->context);

  return timer;
}

/* A limit for a whole step, not for each reading. */
void
postern_run_set_deadline (PosternRun *self, const char *code, guint ms, guint default_ms)
{
  clear_source (&self->deadline);
  self->deadline_code = code;
  self->deadline_ms = ms != 0 ? ms : default_ms;
  self->deadline = run_add_timer (self, self->deadline_ms, run_deadline_cb);
}

/* Sees to the caller's cancellable and the limit for all. FALSE: it is over already. */
gboolean
postern_run_watch (PosternRun *self)
{
  GCancellable *cancellable = g_task_get_cancellable (self->task);
  guint total = self->plan->total_timeout != 0 ? self->plan->total_timeout : TOTAL_MS;

  if (g_cancellable_is_cancelled (cancellable))
    {
      postern_run_end (self,
                       g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled")));
      return FALSE;
    }

  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (run_cancelled_cb), self, NULL);
      g_source_attach (self->cancelled, self->context);
    }
  self->total = run_add_timer (self, total - MIN (self->elapsed_ms, total), run_total_cb);

  return TRUE;
}

/* Lines */

/* The connection is gone, or cannot be used; @error is taken and may be NULL. */
static void
run_peer_gone (GTask *task, GError *error)
{
  PosternRun *self = g_task_get_task_data (task);
  g_autoptr(GError) cause = error;
  const char *code = NULL;

  if (cause != NULL && self->trust != NULL)
    code = postern_tls_judge_late_error (cause, postern_trust_has_client_certificate (self->trust));
  if (code != NULL)
    {
      PosternFailure *failure = postern_failure_new (code, POSTERN_STEP_TLS);

      /* So the handshake was not over, and nothing after it was reached. */
      postern_run_step (POSTERN_STEP_CERTIFICATE, POSTERN_STATE_NOT_REACHED, NULL, self);
      failure->detail = g_strdup (cause->message);
      postern_run_fail (self, failure, g_error_copy (cause), cause->message);
      g_object_unref (task);
      return;
    }

  postern_run_do (task, postern_machine_closed (self->machine));
}

static void
run_too_long (GTask *task, GError *error)
{
  PosternRun *self = g_task_get_task_data (task);
  PosternFailure *failure;

  /* The logon is done by then: how the peer says goodbye does not undo it. */
  if (postern_machine_get_step (self->machine) == POSTERN_STEP_LOGOFF)
    {
      run_peer_gone (task, error);
      return;
    }

  failure = postern_failure_new ("protocol.too-long", self->step);
  failure->detail = g_strdup (error->message);
  postern_run_fail (self, failure, error, error->message);
  g_object_unref (task);
}

guint
postern_run_append_server (PosternRun *self, const char *bytes, gsize length)
{
  return postern_transcript_append_server (self->transcript, self->channel, self->step,
                                           postern_machine_get_redactor (self->machine), bytes,
                                           length);
}

/* A line, or the bytes that the machine asked for. */
PosternAction
postern_run_feed (PosternRun *self, const char *line, gsize length)
{
  guint event;

  self->step = postern_machine_get_step (self->machine);
  event = postern_run_append_server (self, line, length);
  if (self->reply_event < 0)
    self->reply_event = (int) event;

  if (self->octets)
    {
      self->octets = FALSE;
      return postern_machine_feed_octets (self->machine, line, length);
    }
  return postern_machine_feed (self->machine, line, length);
}

/* The end of the line that @task waits for: the line, or why there is none. */
static void
run_take_line (GTask *task, const char *line, gsize length, GError *error)
{
  PosternRun *self = g_task_get_task_data (task);

  if (line != NULL)
    {
      postern_run_do (g_object_ref (task), postern_run_feed (self, line, length));
    }
  else if (g_error_matches (error, POSTERN_ERROR, POSTERN_ERROR_TOO_LONG))
    {
      line = postern_line_reader_peek (self->reader, &length);
      postern_run_append_server (self, line, length);
      run_too_long (g_object_ref (task), error);
    }
  else
    {
      /* A last line without an end is shown, and not used. */
      line = postern_line_reader_peek (self->reader, &length);
      if (length > 0)
        postern_run_append_server (self, line, length);
      run_peer_gone (g_object_ref (task), error);
    }
}

static void
run_line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PosternRun *self = user_data;
  g_autoptr(GTask) task = NULL;
  GError *error = NULL;
  gsize length = 0;
  const char *line;

  if (!self->ended && self->task != NULL && self->waiting == NULL)
    {
      /* It came while the command was still being written, and waits in the reader. */
      self->reading = FALSE;
      postern_run_unref (self);
      return;
    }

  task = g_steal_pointer (&self->waiting);
  line = postern_line_reader_read_finish (POSTERN_LINE_READER (source), result, &length, &error);
  self->reading = FALSE;
  if (self->ended)
    {
      g_clear_error (&error);
    }
  else if (task != NULL)
    {
      run_take_line (task, line, length, error);
    }
  else
    {
      g_clear_error (&error);
      postern_run_lost (self, line, length);
    }
  postern_run_unref (self);
}

void
postern_run_listen (PosternRun *self)
{
  if (self->reading)
    return;

  self->reading = TRUE;
  postern_line_reader_read_async (self->reader, self->stop, run_line_cb, postern_run_ref (self));
}

void
postern_run_read (GTask *task)
{
  PosternRun *self = g_task_get_task_data (task);

  self->waiting = task;
  postern_run_listen (self);
}

static void
run_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternRun *self = g_task_get_task_data (task);
  GError *error = NULL;
  gboolean written =
    g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error);

  postern_output_clear (postern_machine_get_output (self->machine));

  if (self->ended)
    g_clear_error (&error);
  else if (written)
    postern_run_do (g_object_ref (task), POSTERN_ACTION_READ);
  else if (error->domain == G_TLS_ERROR || error->domain == G_IO_ERROR)
    {
      /* What the peer said before it hung up is in the socket still. */
      g_clear_error (&error);
      postern_run_do (g_object_ref (task), POSTERN_ACTION_READ);
    }
  else
    run_peer_gone (g_object_ref (task), error);
}

/* The bytes stay in the machine's output until they are written: no copy of a secret is made. */
static void
run_write (GTask *task, GAsyncReadyCallback callback)
{
  PosternRun *self = g_task_get_task_data (task);
  PosternOutput *output = postern_machine_get_output (self->machine);
  gsize length = 0;
  const char *bytes = postern_output_get_bytes (output, &length);

  self->step = postern_machine_get_step (self->machine);
  self->command_event =
    (int) postern_transcript_append_client (self->transcript, self->channel, self->step, output);
  self->reply_event = -1;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream), bytes, length,
                                   G_PRIORITY_DEFAULT, self->stop, callback, task);
}

static GError *
make_error (const PosternFailure *failure)
{
  gboolean refused = failure->refused || g_str_has_prefix (failure->code, "auth.");

  return g_error_new (POSTERN_ERROR, refused ? POSTERN_ERROR_REFUSED : POSTERN_ERROR_PROTOCOL,
                      "%s: %s", failure->code,
                      failure->text != NULL ? failure->text
                      : failure->detail != NULL
                        ? failure->detail
                        : postern_enum_to_nick (POSTERN_TYPE_STEP_ID, (int) failure->step));
}

static void
run_farewell_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternRun *self = g_task_get_task_data (task);

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  postern_output_clear (postern_machine_get_output (self->machine));

  if (self->ended)
    return;

  postern_run_close (self);
  postern_run_end (self, g_steal_pointer (&self->error));
}

/* To talk on to something that does not speak the protocol, or that is gone, makes no sense. */
static gboolean
deserves_farewell (const PosternFailure *failure)
{
  static const char *const codes[] = {
    "greeting.other-protocol", "greeting.closed",           "greeting.silent",
    "protocol.malformed",      "protocol.unexpected-reply", "protocol.too-long",
    "protocol.closed",         "starttls.injected",         "middlebox.mangled",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (strcmp (failure->code, codes[i]) == 0)
      return FALSE;

  return TRUE;
}

static void
run_machine_failed (GTask *task)
{
  PosternRun *self = g_task_get_task_data (task);
  const PosternFailure *failure = postern_machine_get_failure (self->machine);

  postern_run_take_failure (self, failure != NULL
                                    ? postern_failure_copy (failure)
                                    : postern_failure_new ("protocol.closed", self->step));
  self->error = make_error (self->results->failure);

  if (deserves_farewell (self->results->failure) && postern_machine_farewell (self->machine))
    {
      postern_run_set_deadline (self, "timeout.reply", FAREWELL_MS, FAREWELL_MS);
      run_write (task, run_farewell_cb);
      return;
    }

  postern_run_close (self);
  postern_run_end (self, g_steal_pointer (&self->error));
  g_object_unref (task);
}

static gboolean
run_wants_input (PosternRun *self, PosternAction action)
{
  if (action == POSTERN_ACTION_READ_OCTETS && !self->octets)
    {
      self->octets = TRUE;
      postern_line_reader_want_octets (self->reader, postern_machine_get_n_octets (self->machine));
    }
  return action == POSTERN_ACTION_READ || action == POSTERN_ACTION_READ_OCTETS;
}

static void
run_preparation (GTask *thread_task, gpointer source, gpointer data, GCancellable *cancellable)
{
  postern_preparation_run (data);
  g_task_return_boolean (thread_task, TRUE);
}

static void
run_prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternRun *self = g_task_get_task_data (task);

  if (!self->ended)
    postern_run_do (g_object_ref (task), postern_machine_prepared (self->machine));
}

/* In a thread, which goes on alone if the run ends before. Takes @task. */
static void
run_prepare (GTask *task)
{
  PosternRun *self = g_task_get_task_data (task);
  g_autoptr(GTask) thread_task = g_task_new (NULL, NULL, run_prepared_cb, task);

  postern_run_set_deadline (self, "timeout.reply", self->plan->reply_timeout, POSTERN_REPLY_MS);
  g_task_set_task_data (thread_task, postern_machine_dup_preparation (self->machine),
                        (GDestroyNotify) postern_preparation_free);
  g_task_run_in_thread (thread_task, run_preparation);
}

/* What the machine wants. Takes @task. */
void
postern_run_do (GTask *task, PosternAction action)
{
  PosternRun *self = g_task_get_task_data (task);
  const char *line;
  gsize length;

  while (run_wants_input (self, action) && postern_line_reader_take (self->reader, &line, &length))
    action = postern_run_feed (self, line, length);

  switch (action)
    {
    case POSTERN_ACTION_READ:
    case POSTERN_ACTION_READ_OCTETS:
      postern_run_read (task);
      break;

    case POSTERN_ACTION_SEND:
      if (postern_run_is_answered_early (self))
        {
          g_object_unref (task);
          break;
        }
      postern_run_set_deadline (self, "timeout.reply", self->plan->reply_timeout, POSTERN_REPLY_MS);
      run_write (task, run_written_cb);
      break;

    case POSTERN_ACTION_PREPARE:
      run_prepare (task);
      break;

    case POSTERN_ACTION_START_TLS:
      postern_run_upgrade (task);
      break;

    case POSTERN_ACTION_PAUSE:
      postern_run_pause (task);
      break;

    case POSTERN_ACTION_DONE:
      postern_run_close (self);
      postern_run_end (self, NULL);
      g_object_unref (task);
      break;

    case POSTERN_ACTION_FAILED:
    default:
      run_machine_failed (task);
      break;
    }
}
