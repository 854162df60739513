/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "gnutls-peer.h"

#include <gnutls/gnutls.h>
#include <string.h>

struct _GnutlsPeer
{
  GSocketListener *listener;
  guint16 port;
  GCancellable *stop;
  GThread *thread;
  gnutls_certificate_credentials_t credentials;
  gnutls_priority_t priority;
  gnutls_datum_t ticket_key;
};

static void
serve (GnutlsPeer *self, GSocket *socket)
{
  gnutls_session_t session;
  char byte;
  int code;

  g_assert_cmpint (gnutls_init (&session, GNUTLS_SERVER), ==, 0);
  gnutls_priority_set (session, self->priority);
  gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, self->credentials);
  gnutls_session_ticket_enable_server (session, &self->ticket_key);
  g_socket_set_blocking (socket, TRUE);
  gnutls_transport_set_int (session, g_socket_get_fd (socket));
  do
    code = gnutls_handshake (session);
  while (code < 0 && !gnutls_error_is_fatal (code));
  if (code >= 0)
    while (gnutls_record_recv (session, &byte, 1) > 0)
      continue;
  else
    gnutls_alert_send_appropriate (session, code);
  gnutls_deinit (session);
}

static gpointer
run (gpointer data)
{
  GnutlsPeer *self = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (self->listener, NULL, self->stop, NULL)) != NULL)
    {
      serve (self, g_socket_connection_get_socket (connection));
      g_object_unref (connection);
    }
  return NULL;
}

static void
listen_at_loopback (GnutlsPeer *self)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) bound = NULL;
  g_autoptr(GError) error = NULL;

  self->listener = g_socket_listener_new ();
  g_socket_listener_set_backlog (self->listener, 64);
  g_socket_listener_add_address (self->listener, any, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                 NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

GnutlsPeer *
gnutls_peer_new (const char *chain, const char *key, const char *priority)
{
  GnutlsPeer *self = g_new0 (GnutlsPeer, 1);
  const gnutls_datum_t chain_pem = { (unsigned char *) chain, (unsigned int) strlen (chain) };
  const gnutls_datum_t key_pem = { (unsigned char *) key, (unsigned int) strlen (key) };

  g_assert_cmpint (gnutls_certificate_allocate_credentials (&self->credentials), ==, 0);
  g_assert_cmpint (gnutls_certificate_set_x509_key_mem (self->credentials, &chain_pem, &key_pem,
                                                        GNUTLS_X509_FMT_PEM),
                   >=, 0);
  g_assert_cmpint (gnutls_priority_init (&self->priority, priority, NULL), ==, 0);
  g_assert_cmpint (gnutls_session_ticket_key_generate (&self->ticket_key), ==, 0);
  gnutls_certificate_set_known_dh_params (self->credentials, GNUTLS_SEC_PARAM_MEDIUM);
  self->stop = g_cancellable_new ();
  listen_at_loopback (self);
  self->thread = g_thread_new ("gnutls-peer", run, self);
  return self;
}

guint16
gnutls_peer_get_port (GnutlsPeer *self)
{
  return self->port;
}

void
gnutls_peer_free (GnutlsPeer *self)
{
  g_cancellable_cancel (self->stop);
  g_thread_join (self->thread);
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_object_unref (self->stop);
  gnutls_certificate_free_credentials (self->credentials);
  gnutls_priority_deinit (self->priority);
  gnutls_free (self->ticket_key.data);
  g_free (self);
}
