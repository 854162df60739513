/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A server of TLS by GnuTLS, on 127.0.0.1 and a free port, from the first byte; after the handshake
 * it waits for the client to hang up. One connection after the other, in a thread of its own. */
typedef struct _GnutlsPeer GnutlsPeer;

/* @chain, @key: in PEM; @priority: in GnuTLS's words */
GnutlsPeer *gnutls_peer_new      (const char *chain,
                                  const char *key,
                                  const char *priority);
guint16     gnutls_peer_get_port (GnutlsPeer *self);
void        gnutls_peer_free     (GnutlsPeer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GnutlsPeer, gnutls_peer_free)

G_END_DECLS
