/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-peer.h"

#include <string.h>
#include <sys/socket.h>

#include "cli-run.h"
#include "practice/postern-practice-ca.h"

#define PATIENCE_S 20

struct _CliPeer
{
  CliPeerFunc func;
  gpointer user_data;
  GSocketListener *listener;
  GCancellable *stop;
  GThread *thread;
  guint16 port;

  GMutex lock;
  GCond changed;
  guint n_connections;
  GPtrArray *threads;
  GByteArray *received[2]; /* in clear text, within TLS */
};

struct _CliTalk
{
  CliPeer *peer;
  guint index;
  GSocketConnection *connection;
  GIOStream *stream;
  GDataInputStream *input;
  gboolean reset;
};

/* --- The certificate --- */

static GTlsCertificate *certificate;
static char *ca_file;

static void
make_certificate (void)
{
  g_autofree char *pem = NULL;
  g_autoptr(GError) error = NULL;

  if (certificate != NULL)
    return;
  certificate = postern_practice_ca_make (PRACTICE_CERTIFICATE_GOOD, &pem, &error);
  g_assert_no_error (error);
  ca_file = cli_make_file (pem, -1);
}

const char *
cli_peer_get_ca_file (void)
{
  make_certificate ();
  return ca_file;
}

/* --- One connection --- */

static void
record (CliTalk *talk, gboolean tls, const void *bytes, gsize length)
{
  g_mutex_lock (&talk->peer->lock);
  g_byte_array_append (talk->peer->received[tls ? 1 : 0], bytes, (guint) length);
  g_mutex_unlock (&talk->peer->lock);
}

static void
set_stream (CliTalk *talk, GIOStream *stream)
{
  g_set_object (&talk->stream, stream);
  g_clear_object (&talk->input);
  talk->input = g_data_input_stream_new (g_io_stream_get_input_stream (stream));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (talk->input), FALSE);
  g_data_input_stream_set_newline_type (talk->input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
}

guint
cli_talk_get_index (CliTalk *talk)
{
  return talk->index;
}

gboolean
cli_talk_send_bytes (CliTalk *talk, const void *bytes, gsize length)
{
  return g_output_stream_write_all (g_io_stream_get_output_stream (talk->stream), bytes, length,
                                    NULL, talk->peer->stop, NULL);
}

gboolean
cli_talk_send (CliTalk *talk, const char *text)
{
  return cli_talk_send_bytes (talk, text, strlen (text));
}

gboolean
cli_talk_sendf (CliTalk *talk, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return cli_talk_send (talk, text);
}

gsize
cli_talk_read_bytes (CliTalk *talk, void *buffer, gsize size)
{
  gssize n =
    g_input_stream_read (G_INPUT_STREAM (talk->input), buffer, size, talk->peer->stop, NULL);

  if (n <= 0)
    return 0;
  record (talk, cli_talk_is_tls (talk), buffer, (gsize) n);
  return (gsize) n;
}

char *
cli_talk_read_line (CliTalk *talk)
{
  gsize length = 0;
  char *line = g_data_input_stream_read_line (talk->input, &length, talk->peer->stop, NULL);

  if (line == NULL)
    return NULL;
  record (talk, cli_talk_is_tls (talk), line, length);
  record (talk, cli_talk_is_tls (talk), "\r\n", 2);
  return line;
}

/* What a client sends where a hello of TLS belongs is recorded as it comes, and left where it
 * is. */
static void
record_hello (CliTalk *talk)
{
  GSocket *socket = g_socket_connection_get_socket (talk->connection);
  char buffer[4096];
  gsize n_buffered;
  const void *buffered =
    g_buffered_input_stream_peek_buffer (G_BUFFERED_INPUT_STREAM (talk->input), &n_buffered);
  gssize n = -1;

  record (talk, FALSE, buffered, n_buffered);
  if (g_socket_condition_wait (socket, G_IO_IN, talk->peer->stop, NULL))
    n = recv (g_socket_get_fd (socket), buffer, sizeof buffer, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0)
    record (talk, FALSE, buffer, (gsize) n);
}

gboolean
cli_talk_start_tls (CliTalk *talk)
{
  g_autoptr(GIOStream) tls =
               g_tls_server_connection_new (G_IO_STREAM (talk->connection), certificate, NULL);

  record_hello (talk);
  if (tls == NULL || !g_tls_connection_handshake (G_TLS_CONNECTION (tls), talk->peer->stop, NULL))
    return FALSE;
  set_stream (talk, tls);
  return TRUE;
}

gboolean
cli_talk_is_tls (CliTalk *talk)
{
  return G_IS_TLS_CONNECTION (talk->stream);
}

gboolean
cli_talk_pause (CliTalk *talk, guint milliseconds)
{
  GPollFD fd;

  if (!g_cancellable_make_pollfd (talk->peer->stop, &fd))
    return FALSE;
  g_poll (&fd, 1, (int) milliseconds);
  g_cancellable_release_fd (talk->peer->stop);
  return !g_cancellable_is_cancelled (talk->peer->stop);
}

void
cli_talk_wait_for_end (CliTalk *talk)
{
  char buffer[4096];

  while (cli_talk_read_bytes (talk, buffer, sizeof buffer) > 0)
    ;
}

void
cli_talk_reset (CliTalk *talk)
{
  const struct linger now = { 1, 0 };

  talk->reset = TRUE;
  setsockopt (g_socket_get_fd (g_socket_connection_get_socket (talk->connection)), SOL_SOCKET,
              SO_LINGER, &now, sizeof now);
}

/* What the client may still have to say is read: unread bytes would turn the end into a reset,
 * which can overtake what was sent last. */
static void
end_talk (CliTalk *talk)
{
  GSocket *socket = g_socket_connection_get_socket (talk->connection);
  char buffer[4096];

  g_socket_shutdown (socket, FALSE, TRUE, NULL);
  cli_talk_wait_for_end (talk);
  while (g_socket_receive (socket, buffer, sizeof buffer, talk->peer->stop, NULL) > 0)
    ;
}

static gpointer
talk_thread (gpointer data)
{
  CliTalk *talk = data;

  talk->peer->func (talk, talk->peer->user_data);
  if (!talk->reset)
    end_talk (talk);
  g_object_unref (talk->input);
  g_object_unref (talk->stream);
  g_io_stream_close (G_IO_STREAM (talk->connection), NULL, NULL);
  g_object_unref (talk->connection);
  g_free (talk);
  return NULL;
}

/* --- The server --- */

static gpointer
accept_thread (gpointer data)
{
  CliPeer *peer = data;

  while (TRUE)
    {
      GSocketConnection *connection =
        g_socket_listener_accept (peer->listener, NULL, peer->stop, NULL);
      CliTalk *talk;

      if (connection == NULL)
        return NULL;
      talk = g_new0 (CliTalk, 1);
      talk->peer = peer;
      talk->connection = connection;
      set_stream (talk, G_IO_STREAM (connection));

      g_mutex_lock (&peer->lock);
      talk->index = peer->n_connections++;
      g_ptr_array_add (peer->threads, g_thread_new ("talk", talk_thread, talk));
      g_cond_broadcast (&peer->changed);
      g_mutex_unlock (&peer->lock);
    }
}

CliPeer *
cli_peer_new (CliPeerFunc func, gpointer user_data)
{
  CliPeer *peer = g_new0 (CliPeer, 1);
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any_port = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GError) error = NULL;

  make_certificate ();
  peer->func = func;
  peer->user_data = user_data;
  peer->stop = g_cancellable_new ();
  peer->threads = g_ptr_array_new ();
  peer->listener = g_socket_listener_new ();
  for (guint i = 0; i < G_N_ELEMENTS (peer->received); i++)
    peer->received[i] = g_byte_array_new ();
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->changed);
  g_socket_listener_add_address (peer->listener, any_port, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &address, &error);
  g_assert_no_error (error);
  peer->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  peer->thread = g_thread_new ("accept", accept_thread, peer);
  return peer;
}

/* There may be one more by the time that one has ended. */
static void
join_threads (CliPeer *peer)
{
  while (TRUE)
    {
      GThread *thread;

      g_mutex_lock (&peer->lock);
      thread = peer->threads->len > 0 ? g_ptr_array_steal_index (peer->threads, 0) : NULL;
      g_mutex_unlock (&peer->lock);
      if (thread == NULL)
        return;
      g_thread_join (thread);
    }
}

void
cli_peer_free (CliPeer *peer)
{
  g_cancellable_cancel (peer->stop);
  g_thread_join (peer->thread);
  join_threads (peer);
  g_ptr_array_unref (peer->threads);
  g_socket_listener_close (peer->listener);
  g_object_unref (peer->listener);
  g_object_unref (peer->stop);
  for (guint i = 0; i < G_N_ELEMENTS (peer->received); i++)
    g_byte_array_unref (peer->received[i]);
  g_mutex_clear (&peer->lock);
  g_cond_clear (&peer->changed);
  g_free (peer);
}

guint16
cli_peer_get_port (CliPeer *peer)
{
  return peer->port;
}

guint
cli_peer_get_n_connections (CliPeer *peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->n_connections;
  g_mutex_unlock (&peer->lock);
  return n;
}

GBytes *
cli_peer_dup_received (CliPeer *peer, gboolean tls)
{
  GByteArray *received = peer->received[tls ? 1 : 0];
  GBytes *bytes;

  join_threads (peer);
  g_mutex_lock (&peer->lock);
  bytes = g_bytes_new (received->data, received->len);
  g_mutex_unlock (&peer->lock);
  return bytes;
}

gboolean
cli_peer_wait_for_clients (CliPeer *peer, guint n_clients)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  gboolean there;

  g_mutex_lock (&peer->lock);
  while (peer->n_connections < n_clients && g_cond_wait_until (&peer->changed, &peer->lock, end))
    ;
  there = peer->n_connections >= n_clients;
  g_mutex_unlock (&peer->lock);
  return there;
}
