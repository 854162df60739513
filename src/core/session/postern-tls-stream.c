/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-tls-stream.h"

#include <glib/gi18n.h>

#define CHUNK (16 * 1024)
#define MAX_CHUNKS 16          /* at a time; then the main loop has its turn */
#define MAX_UNSENT (64 * 1024) /* of answers that TLS gives by itself */

struct _PosternTlsStream
{
  GIOStream parent_instance;

  GPollableInputStream *base_input;
  GPollableOutputStream *base_output;
  PosternTlsEngine *engine;
  GInputStream *input;
  GOutputStream *output;
  gsize accepted;       /* bytes of the writer's that are on their way; told when they are gone */
  gboolean write_reads; /* the writer waits for the peer */
};

G_DEFINE_FINAL_TYPE (PosternTlsStream, postern_tls_stream, G_TYPE_IO_STREAM)

/* Both sides belong to the stream, and know it without holding it; without it they are closed. */
#define POSTERN_TYPE_TLS_INPUT (postern_tls_input_get_type ())
G_DECLARE_FINAL_TYPE (PosternTlsInput, postern_tls_input, POSTERN, TLS_INPUT, GInputStream)
#define POSTERN_TYPE_TLS_OUTPUT (postern_tls_output_get_type ())
G_DECLARE_FINAL_TYPE (PosternTlsOutput, postern_tls_output, POSTERN, TLS_OUTPUT, GOutputStream)

struct _PosternTlsInput
{
  GInputStream parent_instance;

  GWeakRef stream;
};

struct _PosternTlsOutput
{
  GOutputStream parent_instance;

  GWeakRef stream;
};

static gboolean
would_block (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gssize
fail_closed (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("The connection is closed."));

  return -1;
}

/* TRUE: everything is gone. */
static gboolean
flush (PosternTlsStream *self, GError **error)
{
  gsize length = 0;
  const guint8 *bytes = postern_tls_engine_peek_output (self->engine, &length);

  while (length > 0)
    {
      gssize n =
        g_pollable_output_stream_write_nonblocking (self->base_output, bytes, length, NULL, error);

      if (n < 0)
        return FALSE;
      postern_tls_engine_drop_output (self->engine, (gsize) n);
      bytes = postern_tls_engine_peek_output (self->engine, &length);
    }

  return TRUE;
}

/* What TLS has to say while somebody reads is sent when there is room, but not kept for ever. */
static gboolean
flush_answers (PosternTlsStream *self, GError **error)
{
  gsize length = 0;

  flush (self, NULL);
  postern_tls_engine_peek_output (self->engine, &length);
  if (length <= MAX_UNSENT + self->accepted)
    return TRUE;

  g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_MISC,
                       _ ("The server asks without end, and takes no answer."));

  return FALSE;
}

/* One chunk from the peer to the engine. */
static gboolean
pull (PosternTlsStream *self, GError **error)
{
  guint8 chunk[CHUNK];
  gssize n =
    g_pollable_input_stream_read_nonblocking (self->base_input, chunk, sizeof chunk, NULL, error);

  if (n < 0)
    return FALSE;
  if (n == 0)
    postern_tls_engine_feed_end (self->engine);
  else
    postern_tls_engine_feed (self->engine, chunk, (gsize) n);

  return TRUE;
}

static gssize
stream_read (PosternTlsStream *self, void *buffer, gsize size, GError **error)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(GError) own = NULL;
      gssize n = postern_tls_engine_read (self->engine, buffer, size, &own);

      if (n >= 0 || !would_block (own))
        {
          flush (self, NULL);
          if (n < 0)
            g_propagate_error (error, g_steal_pointer (&own));
          return n;
        }
      if (!flush_answers (self, error))
        return -1;
      if (i == MAX_CHUNKS)
        {
          g_propagate_error (error, g_steal_pointer (&own));
          return -1;
        }
      if (!pull (self, error))
        return -1;
    }
}

/* Bytes count as written when they are gone, so that nothing stays behind for which nobody waits;
 * until then the writer comes back with the same bytes. */
static gssize
stream_write (PosternTlsStream *self, const void *bytes, gsize length, GError **error)
{
  gssize n;

  if (!flush (self, error))
    return -1;

  self->write_reads = FALSE;
  for (guint i = 0; self->accepted == 0; i++)
    {
      g_autoptr(GError) own = NULL;

      n = postern_tls_engine_write (self->engine, bytes, MIN (length, CHUNK), &own);
      if (n >= 0)
        {
          self->accepted = (gsize) n;
          break;
        }
      flush (self, NULL);
      self->write_reads = would_block (own);
      if (!self->write_reads || i == MAX_CHUNKS)
        {
          g_propagate_error (error, g_steal_pointer (&own));
          return -1;
        }
      if (!pull (self, error))
        return -1;
    }

  self->write_reads = FALSE;
  if (!flush (self, error))
    return -1;
  n = (gssize) MIN (self->accepted, length);
  self->accepted = 0;

  return n;
}

/* The side that is read */

static gssize
postern_tls_input_read_now (GInputStream *stream, void *buffer, gsize size, GError **error)
{
  g_autoptr(PosternTlsStream) owner = g_weak_ref_get (&POSTERN_TLS_INPUT (stream)->stream);

  return owner != NULL ? stream_read (owner, buffer, size, error) : fail_closed (error);
}

static gssize
postern_tls_input_read (
  GInputStream *stream, void *buffer, gsize size, GCancellable *cancellable, GError **error)
{
  return postern_tls_input_read_now (stream, buffer, size, error);
}

static gssize
postern_tls_input_read_nonblocking (GPollableInputStream *stream,
                                    void *buffer,
                                    gsize size,
                                    GError **error)
{
  return postern_tls_input_read_now (G_INPUT_STREAM (stream), buffer, size, error);
}

static gboolean
postern_tls_input_is_readable (GPollableInputStream *stream)
{
  g_autoptr(PosternTlsStream) owner = g_weak_ref_get (&POSTERN_TLS_INPUT (stream)->stream);

  return owner == NULL || postern_tls_engine_has_input (owner->engine) ||
         g_pollable_input_stream_is_readable (owner->base_input);
}

static GSource *
postern_tls_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  g_autoptr(PosternTlsStream) owner = g_weak_ref_get (&POSTERN_TLS_INPUT (stream)->stream);
  g_autoptr(GSource) base = NULL;

  if (owner == NULL || postern_tls_engine_has_input (owner->engine))
    base = g_timeout_source_new (0);
  else
    base = g_pollable_input_stream_create_source (owner->base_input, NULL);

  return g_pollable_source_new_full (stream, base, cancellable);
}

static void
input_iface_init (GPollableInputStreamInterface *iface)
{
  iface->read_nonblocking = postern_tls_input_read_nonblocking;
  iface->is_readable = postern_tls_input_is_readable;
  iface->create_source = postern_tls_input_create_source;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternTlsInput,
                               postern_tls_input,
                               G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      input_iface_init))

static void
postern_tls_input_finalize (GObject *object)
{
  g_weak_ref_clear (&POSTERN_TLS_INPUT (object)->stream);

  G_OBJECT_CLASS (postern_tls_input_parent_class)->finalize (object);
}

static void
postern_tls_input_class_init (PosternTlsInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_tls_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = postern_tls_input_read;
}

static void
postern_tls_input_init (PosternTlsInput *self)
{
  g_weak_ref_init (&self->stream, NULL);
}

/* The side that is written */

static gssize
postern_tls_output_write_now (GOutputStream *stream, const void *bytes, gsize size, GError **error)
{
  g_autoptr(PosternTlsStream) owner = g_weak_ref_get (&POSTERN_TLS_OUTPUT (stream)->stream);

  return owner != NULL ? stream_write (owner, bytes, size, error) : fail_closed (error);
}

static gssize
postern_tls_output_write (
  GOutputStream *stream, const void *bytes, gsize size, GCancellable *cancellable, GError **error)
{
  return postern_tls_output_write_now (stream, bytes, size, error);
}

static gssize
postern_tls_output_write_nonblocking (GPollableOutputStream *stream,
                                      const void *bytes,
                                      gsize size,
                                      GError **error)
{
  return postern_tls_output_write_now (G_OUTPUT_STREAM (stream), bytes, size, error);
}

static gboolean
postern_tls_output_is_writable (GPollableOutputStream *stream)
{
  g_autoptr(PosternTlsStream) owner = g_weak_ref_get (&POSTERN_TLS_OUTPUT (stream)->stream);

  if (owner != NULL && owner->write_reads)
    return g_pollable_input_stream_is_readable (owner->base_input);

  return owner == NULL || g_pollable_output_stream_is_writable (owner->base_output);
}

static GSource *
postern_tls_output_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  g_autoptr(PosternTlsStream) owner = g_weak_ref_get (&POSTERN_TLS_OUTPUT (stream)->stream);
  g_autoptr(GSource) base = NULL;

  if (owner == NULL)
    base = g_timeout_source_new (0);
  else if (owner->write_reads)
    base = g_pollable_input_stream_create_source (owner->base_input, NULL);
  else
    base = g_pollable_output_stream_create_source (owner->base_output, NULL);

  return g_pollable_source_new_full (stream, base, cancellable);
}

static void
output_iface_init (GPollableOutputStreamInterface *iface)
{
  iface->write_nonblocking = postern_tls_output_write_nonblocking;
  iface->is_writable = postern_tls_output_is_writable;
  iface->create_source = postern_tls_output_create_source;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternTlsOutput,
                               postern_tls_output,
                               G_TYPE_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      output_iface_init))

static void
postern_tls_output_finalize (GObject *object)
{
  g_weak_ref_clear (&POSTERN_TLS_OUTPUT (object)->stream);

  G_OBJECT_CLASS (postern_tls_output_parent_class)->finalize (object);
}

static void
postern_tls_output_class_init (PosternTlsOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_tls_output_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = postern_tls_output_write;
}

static void
postern_tls_output_init (PosternTlsOutput *self)
{
  g_weak_ref_init (&self->stream, NULL);
}

/* Both */

static GInputStream *
postern_tls_stream_get_input (GIOStream *stream)
{
  return POSTERN_TLS_STREAM (stream)->input;
}

static GOutputStream *
postern_tls_stream_get_output (GIOStream *stream)
{
  return POSTERN_TLS_STREAM (stream)->output;
}

static gboolean
postern_tls_stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  PosternTlsStream *self = POSTERN_TLS_STREAM (stream);

  postern_tls_engine_close (self->engine);
  flush (self, NULL);

  return TRUE;
}

static void
attach (GTask *task, GSource *source, GSourceFunc func)
{
  g_task_attach_source (task, source, func);
  g_source_unref (source);
}

static gboolean
close_ready_cb (GObject *pollable, gpointer user_data)
{
  GTask *task = user_data;
  PosternTlsStream *self = g_task_get_source_object (task);
  g_autoptr(GError) error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return G_SOURCE_REMOVE;
  if (!flush (self, &error) && would_block (error))
    return G_SOURCE_CONTINUE;
  g_task_return_boolean (task, TRUE); /* who hung up before needs no goodbye */

  return G_SOURCE_REMOVE;
}

static void
postern_tls_stream_close_async (GIOStream *stream,
                                int priority,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  PosternTlsStream *self = POSTERN_TLS_STREAM (stream);
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr(GError) error = NULL;

  g_task_set_priority (task, priority);

  postern_tls_engine_close (self->engine);
  if (!flush (self, &error) && would_block (error))
    attach (task, g_pollable_output_stream_create_source (self->base_output, cancellable),
            G_SOURCE_FUNC (close_ready_cb));
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
postern_tls_stream_close_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
postern_tls_stream_finalize (GObject *object)
{
  PosternTlsStream *self = POSTERN_TLS_STREAM (object);

  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_clear_pointer (&self->engine, postern_tls_engine_free);
  g_clear_object (&self->base_input);
  g_clear_object (&self->base_output);

  G_OBJECT_CLASS (postern_tls_stream_parent_class)->finalize (object);
}

static void
postern_tls_stream_class_init (PosternTlsStreamClass *klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = postern_tls_stream_finalize;
  stream_class->get_input_stream = postern_tls_stream_get_input;
  stream_class->get_output_stream = postern_tls_stream_get_output;
  stream_class->close_fn = postern_tls_stream_close;
  stream_class->close_async = postern_tls_stream_close_async;
  stream_class->close_finish = postern_tls_stream_close_finish;
}

static void
postern_tls_stream_init (PosternTlsStream *self)
{
  self->input = g_object_new (POSTERN_TYPE_TLS_INPUT, NULL);
  self->output = g_object_new (POSTERN_TYPE_TLS_OUTPUT, NULL);
  g_weak_ref_set (&POSTERN_TLS_INPUT (self->input)->stream, self);
  g_weak_ref_set (&POSTERN_TLS_OUTPUT (self->output)->stream, self);
}

/**
 * postern_tls_stream_new:
 * @input: a pollable stream in which nothing is left to read, as @output
 * @trust: see postern_tls_engine_new(), as @host
 */
PosternTlsStream *
postern_tls_stream_new (GInputStream *input,
                        GOutputStream *output,
                        PosternTrust *trust,
                        const char *host)
{
  PosternTlsStream *self;

  g_return_val_if_fail (G_IS_POLLABLE_INPUT_STREAM (input), NULL);
  g_return_val_if_fail (G_IS_POLLABLE_OUTPUT_STREAM (output), NULL);

  self = g_object_new (POSTERN_TYPE_TLS_STREAM, NULL);
  self->base_input = G_POLLABLE_INPUT_STREAM (g_object_ref (input));
  self->base_output = G_POLLABLE_OUTPUT_STREAM (g_object_ref (output));
  self->engine = postern_tls_engine_new (trust, host);

  return self;
}

/* The handshake */

static void
handshake_step (GTask *task);

static gboolean
handshake_readable_cb (GObject *pollable, gpointer user_data)
{
  GTask *task = user_data;
  PosternTlsStream *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return G_SOURCE_REMOVE;

  if (pull (self, &error) || would_block (error))
    {
      g_clear_error (&error);
      handshake_step (task);
    }
  else
    g_task_return_error (task, error);

  return G_SOURCE_REMOVE;
}

static gboolean
handshake_writable_cb (GObject *pollable, gpointer user_data)
{
  if (!g_task_return_error_if_cancelled (user_data))
    handshake_step (user_data);

  return G_SOURCE_REMOVE;
}

/* FALSE: there is more to send, and a source waits for that. */
static gboolean
handshake_flush (GTask *task)
{
  PosternTlsStream *self = g_task_get_source_object (task);
  g_autoptr(GError) error = NULL;

  if (flush (self, &error))
    return TRUE;

  if (would_block (error))
    {
      attach (
        task,
        g_pollable_output_stream_create_source (self->base_output, g_task_get_cancellable (task)),
        G_SOURCE_FUNC (handshake_writable_cb));
      return FALSE;
    }

  /* What the peer said before it hung up may be there to read: an alert that says why. */
  postern_tls_engine_drop_output (self->engine, G_MAXSIZE);

  return TRUE;
}

static void
handshake_step (GTask *task)
{
  PosternTlsStream *self = g_task_get_source_object (task);
  GError *error = NULL;
  PosternTlsState state = postern_tls_engine_handshake (self->engine, &error);

  if (state == POSTERN_TLS_FAILED)
    {
      flush (self, NULL); /* an alert, if it can be had */
      g_task_return_error (task, error);
      return;
    }
  if (!handshake_flush (task))
    return;

  if (state == POSTERN_TLS_DONE)
    g_task_return_boolean (task, TRUE);
  else
    attach (task,
            g_pollable_input_stream_create_source (self->base_input, g_task_get_cancellable (task)),
            G_SOURCE_FUNC (handshake_readable_cb));
}

void
postern_tls_stream_handshake_async (PosternTlsStream *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);

  if (!g_task_return_error_if_cancelled (task))
    handshake_step (task);
}

gboolean
postern_tls_stream_handshake_finish (PosternTlsStream *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

PosternTlsEngine *
postern_tls_stream_get_engine (PosternTlsStream *self)
{
  return self->engine;
}
