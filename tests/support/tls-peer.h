/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <openssl/ssl.h>

G_BEGIN_DECLS

/* A server of TLS in memory, by OpenSSL: it is fed what a client sent, byte by byte if need be,
 * and what it sends is taken out of it. @context may be changed before the first feeding. */
typedef struct
{
  SSL_CTX *context;
  SSL     *ssl;                         /* from the first feeding on */
  BIO     *input;
  BIO     *output;
  GString *received;                    /* data of the client */
  gboolean done;                        /* the handshake */
  gboolean failed;
  int      alert;                       /* that the client sent, or -1 */
} TlsPeer;

/* @chain: certificates in PEM, the server's own first, sent as they are; @key: its key. Speaks
 * TLS 1.0 to 1.3, and anything that OpenSSL can do. */
TlsPeer *tls_peer_new  (const char    *chain,
                        const char    *key);
void     tls_peer_free (TlsPeer       *self);
void     tls_peer_set_versions (TlsPeer *self,
                                guint16  lowest,
                                guint16  highest);
void     tls_peer_start(TlsPeer       *self);
void     tls_peer_feed (TlsPeer       *self,
                        gconstpointer  bytes,
                        gsize          length);
void     tls_peer_write(TlsPeer       *self,
                        const char    *text);
/* All that it has to send by now. */
GBytes  *tls_peer_take (TlsPeer       *self);

/* What a ClientHello offers. */
typedef struct
{
  guint16  legacy_version;
  GArray  *suites;                      /* of guint16, in order, without the SCSV 0x00ff */
  GArray  *versions;                    /* of guint16, in order */
  GArray  *extensions;
  char    *server_name;                 /* or NULL */
} ClientHello;

/* @bytes: the first record of a client */
ClientHello *client_hello_parse (const guint8 *bytes,
                                 gsize         length);
void         client_hello_free  (ClientHello  *self);
gboolean     client_hello_has   (GArray       *numbers,
                                 guint16       number);
/* "0304 0303" */
char        *client_hello_list  (GArray       *numbers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlsPeer, tls_peer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClientHello, client_hello_free)

G_END_DECLS
