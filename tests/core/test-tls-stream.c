/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-tls-stream.h"

#include "test-pki.h"
#include "tls-peer.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The stream in the main loop, against a server of OpenSSL in a thread, over a pair of sockets. */

#define MANY (100 * 1024 * 1024)
#define AT_ONCE_MS 500

static struct
{
  TestCert *root;
  TestCert *own;
  char *chain;
  char *key;
  char *ca_file;
} pki;

typedef enum
{
  SENDS,    /* MANY bytes, and hangs up without goodbye */
  TAKES,    /* all there is, once it may */
  SILENT,   /* takes nothing and says nothing, not even of TLS */
  HALF,     /* hangs up in the middle of a record */
  SAYS_BYE, /* after a line, and waits for the other's goodbye */
} Part;

typedef struct
{
  Part part;
  int fd;
  GThread *thread;
  GMutex mutex;
  GCond cond;
  gboolean may_go; /* the part of TAKES, the end of SILENT */
  gsize n_taken;
  gboolean in_order;
  gboolean heard_bye;
} Server;

static void
server_wait (Server *self)
{
  g_mutex_lock (&self->mutex);
  while (!self->may_go)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static void
server_let_go (Server *self)
{
  g_mutex_lock (&self->mutex);
  self->may_go = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* What stands at a place of the endless text that is sent. */
static char
byte_at (gsize place)
{
  return (char) ('!' + place % 89);
}

static void
fill (char *bytes, gsize length, gsize place)
{
  for (gsize i = 0; i < length; i++)
    bytes[i] = byte_at (place + i);
}

static gboolean
is_filled (const char *bytes, gsize length, gsize place)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != byte_at (place + i))
      return FALSE;

  return TRUE;
}

static void
server_send_all (SSL *ssl)
{
  char bytes[16000];

  for (gsize place = 0; place < MANY;)
    {
      gsize n = MIN (sizeof bytes, MANY - place);

      fill (bytes, n, place);
      if (SSL_write (ssl, bytes, (int) n) <= 0)
        return;
      place += n;
    }
}

static void
server_take_all (Server *self, SSL *ssl)
{
  char bytes[16000];
  int n;

  self->in_order = TRUE;
  while ((n = SSL_read (ssl, bytes, sizeof bytes)) > 0)
    {
      self->in_order &= is_filled (bytes, (gsize) n, self->n_taken);
      self->n_taken += (gsize) n;
    }
  self->heard_bye = SSL_get_error (ssl, n) == SSL_ERROR_ZERO_RETURN;
}

static gpointer
server_thread (gpointer data)
{
  Server *self = data;
  g_autoptr(TlsPeer) peer = tls_peer_new (pki.chain, pki.key);
  SSL *ssl = SSL_new (peer->context);
  char byte;

  SSL_set_fd (ssl, self->fd);
  if (self->part == SILENT)
    server_wait (self);
  else if (SSL_accept (ssl) == 1)
    {
      if (self->part == SENDS)
        server_send_all (ssl);
      if (self->part == TAKES)
        {
          server_wait (self);
          server_take_all (self, ssl);
        }
      if (self->part == HALF && SSL_write (ssl, "220 x\r\n", 7) == 7)
        g_assert_cmpint (write (self->fd, "\x17\x03\x03\x01", 4), ==, 4);
      if (self->part == SAYS_BYE && SSL_write (ssl, "221 x\r\n", 7) == 7)
        {
          SSL_shutdown (ssl);
          self->heard_bye =
            SSL_read (ssl, &byte, 1) == 0 && (SSL_get_shutdown (ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
        }
    }
  SSL_free (ssl);
  shutdown (self->fd, SHUT_RDWR);
  close (self->fd);

  return NULL;
}

static void
server_join (Server *self)
{
  if (self->thread != NULL)
    g_thread_join (g_steal_pointer (&self->thread));
}

/* A connection in TLS, its server, and what came of the last operation. */
typedef struct
{
  Server server;
  GSocketConnection *socket;
  PosternTlsStream *stream;
  GCancellable *cancellable;
  gboolean done;
  gssize n;
  GError *error;
  char buffer[64 * 1024];
} Line;

static Line *
line_new (Part part, int buffer_size)
{
  Line *self = g_new0 (Line, 1);
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autoptr(PosternTrust) trust = NULL;
  g_autoptr(GSocket) socket = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  if (buffer_size > 0)
    for (guint i = 0; i < 2; i++)
      g_assert_cmpint (setsockopt (fds[i], SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size),
                       ==, 0);
  self->server.part = part;
  self->server.fd = fds[1];
  g_mutex_init (&self->server.mutex);
  g_cond_init (&self->server.cond);
  self->server.thread = g_thread_new ("server", server_thread, &self->server);

  policy->system_store = FALSE;
  policy->ca_file = g_strdup (pki.ca_file);
  trust = postern_trust_new (policy, "mail.test");
  g_assert_true (postern_trust_load (trust, NULL));
  socket = g_socket_new_from_fd (fds[0], NULL);
  self->socket = g_socket_connection_factory_create_connection (socket);
  self->stream = postern_tls_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (self->socket)),
                                         g_io_stream_get_output_stream (G_IO_STREAM (self->socket)),
                                         trust, "mail.test");
  self->cancellable = g_cancellable_new ();

  return self;
}

static void
line_free (Line *self)
{
  g_clear_object (&self->stream);
  server_let_go (&self->server);
  g_io_stream_close (G_IO_STREAM (self->socket), NULL, NULL);
  server_join (&self->server);
  g_object_unref (self->socket);
  g_object_unref (self->cancellable);
  g_clear_error (&self->error);
  g_mutex_clear (&self->server.mutex);
  g_cond_clear (&self->server.cond);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Line, line_free)

static void
line_wait (Line *self)
{
  while (!self->done)
    g_main_context_iteration (NULL, TRUE);
  self->done = FALSE;
}

static void
handshake_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Line *self = user_data;

  g_clear_error (&self->error);
  postern_tls_stream_handshake_finish (POSTERN_TLS_STREAM (source), result, &self->error);
  self->done = TRUE;
}

static void
line_begin (Line *self)
{
  postern_tls_stream_handshake_async (self->stream, self->cancellable, handshake_cb, self);
}

static void
line_shake_hands (Line *self)
{
  line_begin (self);
  line_wait (self);
  g_assert_no_error (self->error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Line *self = user_data;

  g_clear_error (&self->error);
  self->n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &self->error);
  self->done = TRUE;
}

static void
line_read (Line *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->stream)),
                             self->buffer, sizeof self->buffer, G_PRIORITY_DEFAULT,
                             self->cancellable, read_cb, self);
}

static void
write_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Line *self = user_data;

  g_clear_error (&self->error);
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &self->error);
  self->done = TRUE;
}

static void
line_write (Line *self, const char *bytes, gsize length)
{
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->stream)),
                                   bytes, length, G_PRIORITY_DEFAULT, self->cancellable, write_cb,
                                   self);
}

static void
close_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Line *self = user_data;

  g_clear_error (&self->error);
  g_io_stream_close_finish (G_IO_STREAM (source), result, &self->error);
  self->done = TRUE;
}

static gsize
peak_kib (void)
{
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, "VmHWM:");
  g_assert_nonnull (line);

  return (gsize) g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10);
}

static void
test_many_in (void)
{
  g_autoptr(Line) line = line_new (SENDS, 0);
  gsize before, place = 0;

  line_shake_hands (line);
  before = peak_kib ();
  for (;;)
    {
      line_read (line);
      line_wait (line);
      g_assert_no_error (line->error);
      if (line->n == 0) /* no goodbye, and no error */
        break;
      g_assert_true (is_filled (line->buffer, (gsize) line->n, place));
      place += (gsize) line->n;
    }
  g_assert_cmpuint (place, ==, MANY);
  g_assert_cmpuint (peak_kib () - before, <, 16 * 1024);
}

static void
test_many_out (void)
{
  g_autoptr(Line) line = line_new (TAKES, 0);
  gsize before;

  line_shake_hands (line);
  server_let_go (&line->server);
  before = peak_kib ();
  for (gsize place = 0; place < MANY;)
    {
      gsize n = MIN (sizeof line->buffer, MANY - place);

      fill (line->buffer, n, place);
      line_write (line, line->buffer, n);
      line_wait (line);
      g_assert_no_error (line->error);
      place += n;
    }
  g_io_stream_close_async (G_IO_STREAM (line->stream), 0, NULL, close_cb, line);
  line_wait (line);
  g_assert_no_error (line->error);
  server_join (&line->server);
  g_assert_cmpuint (line->server.n_taken, ==, MANY);
  g_assert_true (line->server.in_order);
  g_assert_true (line->server.heard_bye);
  g_assert_cmpuint (peak_kib () - before, <, 16 * 1024);
}

/* A peer that takes nothing blocks nobody; and then every byte arrives, through a small hole. */
static void
test_slow_peer (void)
{
  g_autoptr(Line) line = line_new (TAKES, 4096);
  gsize length = 3 * 1024 * 1024;
  g_autofree char *bytes = g_malloc (length);

  fill (bytes, length, 0);
  line_shake_hands (line);
  line_write (line, bytes, length);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (line->done);
  g_assert_false (g_pollable_output_stream_is_writable (
    G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (G_IO_STREAM (line->stream)))));
  server_let_go (&line->server);
  line_wait (line);
  g_assert_no_error (line->error);
  g_io_stream_close_async (G_IO_STREAM (line->stream), 0, NULL, close_cb, line);
  line_wait (line);
  server_join (&line->server);
  g_assert_cmpuint (line->server.n_taken, ==, length);
  g_assert_true (line->server.in_order);
  g_assert_true (line->server.heard_bye);
}

static void
test_half (void)
{
  g_autoptr(Line) line = line_new (HALF, 0);

  line_shake_hands (line);
  line_read (line);
  line_wait (line);
  g_assert_no_error (line->error);
  g_assert_cmpint (line->n, ==, 7);
  line_read (line);
  line_wait (line);
  g_assert_no_error (line->error);
  g_assert_cmpint (line->n, ==, 0);
}

static void
test_goodbye (void)
{
  g_autoptr(Line) line = line_new (SAYS_BYE, 0);

  line_shake_hands (line);
  line_read (line);
  line_wait (line);
  g_assert_cmpint (line->n, ==, 7);
  line_read (line);
  line_wait (line);
  g_assert_no_error (line->error);
  g_assert_cmpint (line->n, ==, 0);
  g_assert_true (g_io_stream_close (G_IO_STREAM (line->stream), NULL, NULL));
  server_join (&line->server);
  g_assert_true (line->server.heard_bye);
}

static gboolean
cancel_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);

  return G_SOURCE_REMOVE;
}

static void
assert_cancelled (Line *line)
{
  gint64 begun = g_get_monotonic_time ();

  g_idle_add (cancel_cb, line->cancellable);
  line_wait (line);
  g_assert_error (line->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint ((g_get_monotonic_time () - begun) / 1000, <, AT_ONCE_MS);
}

static void
test_cancel (void)
{
  g_autoptr(Line) silent = line_new (SILENT, 0);
  g_autoptr(Line) before = line_new (SILENT, 0);
  g_autoptr(Line) reading = line_new (TAKES, 0);
  g_autoptr(Line) writing = line_new (TAKES, 4096);
  g_autofree char *bytes = g_malloc0 (MANY / 10);

  line_begin (silent);
  assert_cancelled (silent);

  g_cancellable_cancel (before->cancellable);
  line_begin (before);
  assert_cancelled (before);

  line_shake_hands (reading);
  line_read (reading);
  assert_cancelled (reading);

  line_shake_hands (writing);
  line_write (writing, bytes, MANY / 10);
  assert_cancelled (writing);
}

/* Whoever lets go of the stream leaves its sides closed, and nobody waiting for ever. */
static void
test_let_go (void)
{
  g_autoptr(Line) line = line_new (TAKES, 0);
  g_autoptr(GInputStream) input = NULL;
  g_autoptr(GOutputStream) output = NULL;
  g_autoptr(GError) error = NULL;
  char byte;

  line_shake_hands (line);
  input = g_object_ref (g_io_stream_get_input_stream (G_IO_STREAM (line->stream)));
  output = g_object_ref (g_io_stream_get_output_stream (G_IO_STREAM (line->stream)));
  g_assert_cmpint (g_input_stream_read (input, &byte, 1, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
  g_clear_object (&line->stream);
  g_assert_cmpint (g_input_stream_read (input, &byte, 1, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_cmpint (g_output_stream_write (output, "x", 1, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

int
main (int argc, char *argv[])
{
  const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec own_spec = { .cn = "mail.test", .dns = "mail.test" };
  g_autofree char *ca = NULL;
  int result;

  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  pki.root = test_cert_new (&root_spec, NULL, NULL);
  pki.own = test_cert_new (&own_spec, pki.root, NULL);
  pki.chain = test_cert_pem (pki.own, NULL);
  pki.key = test_cert_key_pem (pki.own);
  ca = test_cert_pem (pki.root, NULL);
  pki.ca_file = test_write_file (ca);

  g_test_add_func ("/tls-stream/many-in", test_many_in);
  g_test_add_func ("/tls-stream/many-out", test_many_out);
  g_test_add_func ("/tls-stream/slow-peer", test_slow_peer);
  g_test_add_func ("/tls-stream/half", test_half);
  g_test_add_func ("/tls-stream/goodbye", test_goodbye);
  g_test_add_func ("/tls-stream/cancel", test_cancel);
  g_test_add_func ("/tls-stream/let-go", test_let_go);
  result = g_test_run ();

  g_unlink (pki.ca_file);
  g_free (pki.ca_file);
  g_free (pki.chain);
  g_free (pki.key);
  test_cert_free (pki.own);
  test_cert_free (pki.root);

  return result;
}
