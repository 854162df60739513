/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice-peer.h"

#include <stdarg.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "model/postern-secret.h"

#define IDLE_LIMIT_S 60
#define TOTAL_LIMIT_US (10 * 60 * G_USEC_PER_SEC)
#define READ_LIMIT (8 * 1024 * 1024) /* bytes in one connection */

struct _PracticePeer
{
  GSocket *socket;
  GIOStream *stream; /* the socket's, or TLS over it */
  GIOStream *base;
  GCancellable *cancellable;
  guint delay_ms;
  gint64 deadline;
  guint64 n_read;

  char buffer[PRACTICE_LINE_MAX + 1];
  gsize start; /* of what has not been handed out */
  gsize end;
};

PracticePeer *
practice_peer_new (GSocket *socket, guint delay_ms, GCancellable *cancellable)
{
  PracticePeer *self = g_new0 (PracticePeer, 1);

  g_socket_set_timeout (socket, IDLE_LIMIT_S);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  self->socket = g_object_ref (socket);
  self->base = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
  self->stream = g_object_ref (self->base);
  self->cancellable = g_object_ref (cancellable);
  self->delay_ms = delay_ms;
  self->deadline = g_get_monotonic_time () + TOTAL_LIMIT_US;
  return self;
}

/* Says goodbye in TLS, unless the server is being stopped. */
void
practice_peer_free (PracticePeer *self)
{
  if (!g_cancellable_is_cancelled (self->cancellable))
    g_io_stream_close (self->stream, self->cancellable, NULL);
  g_socket_close (self->socket, NULL);

  g_object_unref (self->stream);
  g_object_unref (self->base);
  g_object_unref (self->socket);
  g_object_unref (self->cancellable);
  postern_wipe (self, sizeof *self);
  g_free (self);
}

static PracticeRead
read_some (PracticePeer *self)
{
  GInputStream *input = g_io_stream_get_input_stream (self->stream);
  g_autoptr(GError) error = NULL;
  gssize n;

  if (g_get_monotonic_time () > self->deadline || self->n_read > READ_LIMIT)
    return PRACTICE_READ_END;

  n = g_input_stream_read (input, self->buffer + self->end, PRACTICE_LINE_MAX - self->end,
                           self->cancellable, &error);
  if (n <= 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ? PRACTICE_READ_IDLE
                                                                     : PRACTICE_READ_END;

  self->n_read += (guint64) n;
  self->end += (gsize) n;
  return PRACTICE_READ_LINE;
}

/* Wipes what was handed out and moves the rest to the front. */
static void
drop_old (PracticePeer *self)
{
  gsize n_rest = self->end - self->start;

  if (self->start == 0)
    return;

  memmove (self->buffer, self->buffer + self->start, n_rest);
  postern_wipe (self->buffer + n_rest, self->end - n_rest);
  self->start = 0;
  self->end = n_rest;
}

PracticeRead
practice_peer_read_past (PracticePeer *self, gsize n_literal, char **line, gsize *length)
{
  gboolean too_long = FALSE;
  gsize n_searched = n_literal;

  g_assert (n_literal < PRACTICE_LINE_MAX);

  drop_old (self);
  while (TRUE)
    {
      char *newline = NULL;
      PracticeRead result;

      if (self->end > n_searched)
        newline = memchr (self->buffer + n_searched, '\n', self->end - n_searched);

      if (newline != NULL)
        {
          *line = self->buffer;
          *length = (gsize) (newline - self->buffer);
          self->start = *length + 1;
          if (*length > n_literal && newline[-1] == '\r')
            (*length)--;
          self->buffer[*length] = '\0';
          return too_long ? PRACTICE_READ_TOO_LONG : PRACTICE_READ_LINE;
        }

      n_searched = MAX (n_searched, self->end);
      if (self->end == PRACTICE_LINE_MAX)
        {
          too_long = TRUE;
          n_literal = 0;
          postern_wipe (self->buffer, self->end);
          self->end = 0;
          n_searched = 0;
        }

      result = read_some (self);
      if (result != PRACTICE_READ_LINE)
        return result;
    }
}

PracticeRead
practice_peer_read_line (PracticePeer *self, char **line, gsize *length)
{
  return practice_peer_read_past (self, 0, line, length);
}

guint64
practice_peer_get_n_read (PracticePeer *self)
{
  return self->n_read;
}

gboolean
practice_peer_has_unread (PracticePeer *self)
{
  return self->start < self->end;
}

static void
wait_for_delay (PracticePeer *self)
{
  GPollFD fd;

  if (self->delay_ms == 0 || !g_cancellable_make_pollfd (self->cancellable, &fd))
    return;

  g_poll (&fd, 1, (int) self->delay_ms);
  g_cancellable_release_fd (self->cancellable);
}

gboolean
practice_peer_reply (PracticePeer *self, const char *reply)
{
  GOutputStream *output = g_io_stream_get_output_stream (self->stream);

  wait_for_delay (self);
  return g_output_stream_write_all (output, reply, strlen (reply), NULL, self->cancellable, NULL);
}

gboolean
practice_peer_replyf (PracticePeer *self, const char *format, ...)
{
  g_autofree char *reply = NULL;
  va_list args;

  va_start (args, format);
  reply = g_strdup_vprintf (format, args);
  va_end (args);
  return practice_peer_reply (self, reply);
}

/* Over the socket's own stream, so that no byte read in clear is ever taken for one of TLS: the
 * caller has seen to it that there is none (practice_peer_has_unread()). */
gboolean
practice_peer_start_tls (PracticePeer *self, GTlsCertificate *certificate)
{
  g_autoptr(GIOStream) tls = NULL;

  /* No client is asked for a certificate. Without "no database" at construction, the system's
   * store would be read for each of them all the same. */
  tls = g_initable_new (g_tls_backend_get_server_connection_type (g_tls_backend_get_default ()),
                        self->cancellable, NULL, "base-io-stream", self->base, "certificate",
                        certificate, "database", NULL, "require-close-notify", FALSE, NULL);
  if (tls == NULL)
    return FALSE;

  if (!g_tls_connection_handshake (G_TLS_CONNECTION (tls), self->cancellable, NULL))
    return FALSE;

  g_set_object (&self->stream, tls);
  return TRUE;
}

gboolean
practice_peer_is_tls (PracticePeer *self)
{
  return G_IS_TLS_CONNECTION (self->stream);
}

void
practice_peer_wait_for_end (PracticePeer *self)
{
  PracticeRead result;

  do
    {
      self->start = self->end;
      drop_old (self);
      result = read_some (self);
    }
  while (result == PRACTICE_READ_LINE ||
         (result == PRACTICE_READ_IDLE && !g_cancellable_is_cancelled (self->cancellable)));
}
