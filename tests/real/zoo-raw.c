/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-raw.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define MAX_CHAIN 8

struct _ZooRaw
{
  int listener;
  guint port;
  GThread *thread;
  gnutls_certificate_credentials_t credentials;
  gnutls_privkey_t key;
  gnutls_pcert_st chain[MAX_CHAIN];
  guint n_chain;
};

static void
ok (int result)
{
  if (result < 0)
    g_error ("GnuTLS: %s", gnutls_strerror (result));
}

static int
retrieve_cb (gnutls_session_t session,
             const gnutls_datum_t *authorities,
             int n_authorities,
             const gnutls_pk_algorithm_t *algorithms,
             int n_algorithms,
             gnutls_pcert_st **chain,
             unsigned int *n_chain,
             gnutls_privkey_t *key)
{
  ZooRaw *self = gnutls_session_get_ptr (session);

  *chain = self->chain;
  *n_chain = self->n_chain;
  *key = self->key;

  return 0;
}

static gpointer
serve (gpointer data)
{
  ZooRaw *self = data;
  int fd = accept (self->listener, NULL, NULL);
  gnutls_session_t session;
  int result;

  if (fd < 0)
    return NULL;

  ok (gnutls_init (&session, GNUTLS_SERVER));
  ok (gnutls_set_default_priority (session));
  ok (gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, self->credentials));
  gnutls_session_set_ptr (session, self);
  gnutls_transport_set_int (session, fd);
  do
    result = gnutls_handshake (session);
  while (result < 0 && !gnutls_error_is_fatal (result));
  gnutls_deinit (session);
  close (fd);

  return NULL;
}

static void
listen_somewhere (ZooRaw *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, length), ==, 0);
  g_assert_cmpint (listen (self->listener, 1), ==, 0);
  g_assert_cmpint (getsockname (self->listener, (struct sockaddr *) &address, &length), ==, 0);
  self->port = ntohs (address.sin_port);
}

/* What it is for is told from the key alone. */
static void
add_certificate (ZooRaw *self, const char *pem)
{
  const gnutls_datum_t text = { (unsigned char *) pem, (unsigned int) strlen (pem) };
  gnutls_pcert_st *pcert = &self->chain[self->n_chain++];

  g_assert_cmpuint (self->n_chain, <=, MAX_CHAIN);
  ok (gnutls_pem_base64_decode2 ("CERTIFICATE", &text, &pcert->cert));
  pcert->type = GNUTLS_CRT_X509;
  ok (gnutls_pubkey_init (&pcert->pubkey));
  ok (gnutls_pubkey_import_privkey (pcert->pubkey, self->key, 0, 0));
}

ZooRaw *
zoo_raw_new (const char *chain, const char *key)
{
  ZooRaw *self = g_new0 (ZooRaw, 1);
  const gnutls_datum_t key_text = { (unsigned char *) key, (unsigned int) strlen (key) };

  ok (gnutls_privkey_init (&self->key));
  ok (gnutls_privkey_import_x509_raw (self->key, &key_text, GNUTLS_X509_FMT_PEM, NULL, 0));
  for (const char *next = strstr (chain, BEGIN); next != NULL; next = strstr (next + 1, BEGIN))
    add_certificate (self, next);
  ok (gnutls_certificate_allocate_credentials (&self->credentials));
  gnutls_certificate_set_retrieve_function2 (self->credentials, retrieve_cb);
  listen_somewhere (self);
  self->thread = g_thread_new ("raw", serve, self);

  return self;
}

guint
zoo_raw_get_port (ZooRaw *self)
{
  return self->port;
}

void
zoo_raw_free (ZooRaw *self)
{
  shutdown (self->listener, SHUT_RDWR); /* nobody may have come */
  g_thread_join (self->thread);
  close (self->listener);
  gnutls_certificate_free_credentials (self->credentials);
  for (guint i = 0; i < self->n_chain; i++)
    gnutls_pcert_deinit (&self->chain[i]);
  gnutls_privkey_deinit (self->key);
  g_free (self);
}
