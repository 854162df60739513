/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scripted-peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GRACE (5 * G_TIME_SPAN_SECOND)
#define MAX_LINE 8192
#define DRIP_US 20000
#define MAX_CERTIFICATES 64

struct _ScriptedPeer
{
  char **script;
  char *chain;
  char *key;
  guint16 port;
  GThread *thread;

  /* Only the thread's */
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;

  GMutex mutex;
  GCond cond;
  GBytes *staple;
  int listener;
  int fd;
  guint16 wake_port; /* from where finish() connects, so that nobody is waited for in vain */
  gboolean finishing;
  gboolean done;
  char *problem;
};

static gboolean
is_finishing (ScriptedPeer *self)
{
  gboolean finishing;

  g_mutex_lock (&self->mutex);
  finishing = self->finishing;
  g_mutex_unlock (&self->mutex);

  return finishing;
}

static gboolean
peer_send (ScriptedPeer *self, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = self->session != NULL ? gnutls_record_send (self->session, bytes, length)
                                       : send (self->fd, bytes, length, MSG_NOSIGNAL);

      if (n < 0 && (self->session != NULL ? !gnutls_error_is_fatal ((int) n) : errno == EINTR))
        continue;
      if (n <= 0)
        return FALSE;
      bytes += n;
      length -= (gsize) n;
    }

  return TRUE;
}

/* The next byte, or -1 at the end. */
static int
peer_read (ScriptedPeer *self)
{
  for (;;)
    {
      guchar byte;
      gssize n = self->session != NULL ? gnutls_record_recv (self->session, &byte, 1)
                                       : recv (self->fd, &byte, 1, 0);

      if (n == 1)
        return byte;
      if (n < 0 && (self->session != NULL ? !gnutls_error_is_fatal ((int) n) : errno == EINTR))
        continue;

      return -1;
    }
}

static char *
peer_expect (ScriptedPeer *self, const char *prefix)
{
  g_autoptr(GString) line = g_string_new (NULL);
  int byte;

  while ((byte = peer_read (self)) >= 0 && byte != '\n' && line->len < MAX_LINE)
    g_string_append_c (line, (char) byte);
  if (byte < 0)
    return g_strdup_printf ("wanted “%s”, the client hung up after “%s”", prefix, line->str);
  if (line->len > 0 && line->str[line->len - 1] == '\r')
    g_string_truncate (line, line->len - 1);
  if (!g_str_has_prefix (line->str, prefix))
    return g_strdup_printf ("wanted “%s”, got “%s”", prefix, line->str);

  return NULL;
}

/* GnuTLS would put certificates in order that come with the key in one go. */
static int
peer_set_certificates (ScriptedPeer *self)
{
  gnutls_datum_t chain = { (unsigned char *) self->chain, (unsigned int) strlen (self->chain) };
  gnutls_datum_t pem = { (unsigned char *) self->key, (unsigned int) strlen (self->key) };
  gnutls_pcert_st certificates[MAX_CERTIFICATES];
  unsigned int n = MAX_CERTIFICATES;
  gnutls_privkey_t key = NULL;
  int result = gnutls_pcert_list_import_x509_raw (certificates, &n, &chain, GNUTLS_X509_FMT_PEM, 0);

  if (result < 0)
    return result;

  gnutls_privkey_init (&key);
  result = gnutls_privkey_import_x509_raw (key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
  if (result >= 0)
    result = gnutls_certificate_set_key (self->credentials, NULL, 0, certificates, (int) n, key);
  if (result >= 0)
    return result; /* all of it is the credentials' */

  for (unsigned int i = 0; i < n; i++)
    gnutls_pcert_deinit (&certificates[i]);
  gnutls_privkey_deinit (key);

  return result;
}

static int
staple_cb (gnutls_session_t session, void *staple, gnutls_datum_t *response)
{
  gsize length = 0;
  gconstpointer bytes = g_bytes_get_data (staple, &length);

  response->data = gnutls_malloc (length);
  response->size = (unsigned int) length;
  memcpy (response->data, bytes, length);

  return 0;
}

static void
peer_set_staple (ScriptedPeer *self)
{
  g_mutex_lock (&self->mutex);
  if (self->staple != NULL)
    gnutls_certificate_set_ocsp_status_request_function (self->credentials, staple_cb,
                                                         self->staple);
  g_mutex_unlock (&self->mutex);
}

static char *
peer_handshake (ScriptedPeer *self, const char *priorities, gboolean authenticate)
{
  int result;

  gnutls_certificate_allocate_credentials (&self->credentials);
  result = peer_set_certificates (self);
  if (result < 0)
    return g_strdup_printf ("certificate: %s", gnutls_strerror (result));
  peer_set_staple (self);

  gnutls_init (&self->session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
  gnutls_priority_set_direct (self->session, *priorities != '\0' ? priorities : "NORMAL", NULL);
  gnutls_credentials_set (self->session, GNUTLS_CRD_CERTIFICATE, self->credentials);
  gnutls_certificate_server_set_request (self->session,
                                         authenticate ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
  gnutls_transport_set_int (self->session, self->fd);
  do
    result = gnutls_handshake (self->session);
  while (result < 0 && !gnutls_error_is_fatal (result));
  if (result < 0)
    {
      gnutls_alert_send_appropriate (self->session, result);
      return g_strdup_printf ("handshake: %s", gnutls_strerror (result));
    }

  return NULL;
}

static void
peer_repeat (ScriptedPeer *self, const char *text, gsize length, gboolean slowly)
{
  while (!is_finishing (self))
    {
      for (gsize i = 0; slowly && i < length; i++)
        {
          if (is_finishing (self) || !peer_send (self, text + i, 1))
            return;
          g_usleep (DRIP_US);
        }
      if (!slowly && !peer_send (self, text, length))
        return;
    }
}

static char *
peer_eof (ScriptedPeer *self)
{
  int byte = peer_read (self);

  return byte < 0 ? NULL : g_strdup_printf ("wanted the end, got byte %d", byte);
}

static void
peer_reset (ScriptedPeer *self)
{
  struct linger linger = { 1, 0 };

  setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static const char *
after_word (const char *step)
{
  const char *blank = strchr (step, ' ');

  return blank != NULL ? blank + 1 : "";
}

/* As g_strcompress(), with NUL bytes. */
static char *
unescape (const char *text, gsize *length)
{
  g_auto (GStrv) pieces = g_strsplit (text, "\\000", -1);
  GString *bytes = g_string_new (NULL);

  for (guint i = 0; pieces[i] != NULL; i++)
    {
      g_autofree char *piece = g_strcompress (pieces[i]);

      if (i > 0)
        g_string_append_c (bytes, '\0');
      g_string_append (bytes, piece);
    }
  *length = bytes->len;

  return g_string_free (bytes, FALSE);
}

static char *
peer_play (ScriptedPeer *self, const char *step)
{
  const char *argument = after_word (step);
  gsize length = 0;
  g_autofree char *raw = unescape (argument, &length);
  g_autofree char *problem = NULL;
  gboolean sent = TRUE;

  if (g_str_has_prefix (step, "S "))
    {
      g_autofree char *line = g_strconcat (argument, "\r\n", NULL);

      sent = peer_send (self, line, strlen (line));
    }
  else if (g_str_has_prefix (step, "s "))
    sent = peer_send (self, raw, length);
  else if (g_str_has_prefix (step, "B "))
    for (gsize i = 0; i < length && sent; i++)
      sent = peer_send (self, raw + i, 1);
  else if (g_str_has_prefix (step, "C "))
    return peer_expect (self, argument);
  else if (g_str_has_prefix (step, "DRIP "))
    peer_repeat (self, raw, length, TRUE);
  else if (g_str_has_prefix (step, "FLOOD "))
    peer_repeat (self, raw, length, FALSE);
  else if (g_str_has_prefix (step, "TLS-FAIL"))
    {
      problem = peer_handshake (self, argument, FALSE);
      return problem != NULL ? NULL : g_strdup ("the handshake went well");
    }
  else if (g_str_has_prefix (step, "TLS"))
    return peer_handshake (self, argument, g_str_has_prefix (step, "TLS-AUTH"));
  else if (g_str_equal (step, "EOF"))
    return peer_eof (self);
  else if (g_str_equal (step, "HANG"))
    while (!is_finishing (self) && peer_read (self) >= 0)
      ;
  else if (g_str_equal (step, "BYTE"))
    return peer_read (self) >= 0 ? NULL : g_strdup ("the client hung up");
  else if (g_str_equal (step, "RESET"))
    peer_reset (self);
  else
    return g_strdup ("no such step");

  return sent ? NULL : g_strdup ("the client hung up");
}

static char *
peer_run (ScriptedPeer *self)
{
  struct sockaddr_in client = { 0 };
  socklen_t length = sizeof client;
  int one = 1;
  int fd = accept (self->listener, (struct sockaddr *) &client, &length);
  gboolean woken;

  if (fd < 0)
    return g_strdup ("nobody connected");

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  g_mutex_lock (&self->mutex);
  self->fd = fd;
  woken = self->wake_port == ntohs (client.sin_port);
  g_mutex_unlock (&self->mutex);
  if (woken)
    return g_strdup ("nobody connected");

  for (guint i = 0; self->script[i] != NULL; i++)
    {
      g_autofree char *problem = peer_play (self, self->script[i]);

      if (problem != NULL)
        return g_strdup_printf ("line %u, “%s”: %s", i + 1, self->script[i], problem);
    }

  return NULL;
}

static gpointer
peer_thread (gpointer data)
{
  ScriptedPeer *self = data;
  char *problem = peer_run (self);

  if (self->session != NULL)
    {
      gnutls_bye (self->session, GNUTLS_SHUT_WR);
      gnutls_deinit (self->session);
    }
  if (self->credentials != NULL)
    gnutls_certificate_free_credentials (self->credentials);

  g_mutex_lock (&self->mutex);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->problem = problem;
  self->done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);

  return NULL;
}

static int
bind_to_loopback (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    g_error ("No port on 127.0.0.1: %s", g_strerror (errno));
  *port = ntohs (address.sin_port);

  return fd;
}

ScriptedPeer *
scripted_peer_new_tls (const char *const *script, const char *chain, const char *key)
{
  ScriptedPeer *self = g_new0 (ScriptedPeer, 1);

  self->script = g_strdupv ((char **) script);
  self->chain = g_strdup (chain != NULL ? chain : "");
  self->key = g_strdup (key != NULL ? key : "");
  self->fd = -1;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->listener = bind_to_loopback (&self->port);
  if (listen (self->listener, 4) != 0)
    g_error ("Cannot listen: %s", g_strerror (errno));
  self->thread = g_thread_new ("scripted-peer", peer_thread, self);

  return self;
}

ScriptedPeer *
scripted_peer_new (const char *const *script)
{
  return scripted_peer_new_tls (script, NULL, NULL);
}

void
scripted_peer_set_staple (ScriptedPeer *self, GBytes *staple)
{
  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->staple, g_bytes_unref);
  self->staple = g_bytes_ref (staple);
  g_mutex_unlock (&self->mutex);
}

guint16
scripted_peer_get_port (ScriptedPeer *self)
{
  return self->port;
}

static gboolean
is_waiting_step (ScriptedPeer *self)
{
  guint n = g_strv_length (self->script);
  const char *last = n > 0 ? self->script[n - 1] : "";

  return g_str_equal (last, "HANG") || g_str_has_prefix (last, "FLOOD") ||
         g_str_has_prefix (last, "DRIP");
}

/* The last in the queue: a client that came before is served first. */
static int
connect_to_self (ScriptedPeer *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->port) };
  int fd = bind_to_loopback (&self->wake_port);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    g_error ("Cannot connect: %s", g_strerror (errno));

  return fd;
}

char *
scripted_peer_finish (ScriptedPeer *self)
{
  gint64 until = g_get_monotonic_time () + GRACE;
  int wake = -1;
  char *problem;

  g_mutex_lock (&self->mutex);
  self->finishing = TRUE;
  /* A client that hung up ends a HANG; one that is still there would never. */
  if (self->fd >= 0 && is_waiting_step (self))
    shutdown (self->fd, SHUT_RDWR);
  if (self->fd < 0 && !self->done)
    wake = connect_to_self (self);
  while (!self->done && g_cond_wait_until (&self->cond, &self->mutex, until))
    ;
  if (self->fd >= 0)
    shutdown (self->fd, SHUT_RDWR);
  g_mutex_unlock (&self->mutex);

  g_thread_join (self->thread);
  if (wake >= 0)
    close (wake);
  close (self->listener);
  problem = g_steal_pointer (&self->problem);
  g_strfreev (self->script);
  g_free (self->chain);
  g_free (self->key);
  g_clear_pointer (&self->staple, g_bytes_unref);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);

  return problem;
}

guint16
scripted_peer_dead_port (void)
{
  guint16 port = 0;
  int fd = bind_to_loopback (&port);

  close (fd);

  return port;
}
