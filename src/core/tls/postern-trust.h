/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <openssl/types.h>

#include "model/postern-tls-policy.h"
#include "tls/postern-cert-fault.h"
#include "tls/postern-revocation.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_TRUST (postern_trust_get_type ())
G_DECLARE_FINAL_TYPE (PosternTrust, postern_trust, POSTERN, TRUST, GObject)

/**
 * PosternTrust:
 *
 * What a policy trusts, and what it says to the chain of a server: a chain is good when GnuTLS says
 * so and purpose, strength, names and dates hold as well. It has what OpenSSL is told for the
 * handshake, too.
 */
PosternTrust *postern_trust_new             (const PosternTlsPolicy  *policy,
                                             const char              *host);
/* Reads the CA files, or the system's store; in a thread, so that the network is not waited for
 * twice. Verifying waits for it. */
void          postern_trust_load_in_thread  (PosternTrust            *self);
gboolean      postern_trust_load            (PosternTrust            *self,
                                             GError                 **error);
/* Waits for the loading, which it starts if need be, without blocking. */
void          postern_trust_load_async      (PosternTrust            *self,
                                             GCancellable            *cancellable,
                                             GAsyncReadyCallback      callback,
                                             gpointer                 user_data);
gboolean      postern_trust_load_finish     (PosternTrust            *self,
                                             GAsyncResult            *result,
                                             GError                 **error);
/* Once loaded: the finding that a failed load is (`settings.file-missing`, …), or NULL; whether
 * the client has a certificate to show; and all that OpenSSL is told. */
const char      *postern_trust_get_load_code          (PosternTrust *self);
gboolean         postern_trust_has_client_certificate (PosternTrust *self);
SSL_CTX         *postern_trust_get_context            (PosternTrust *self);
/* When the session is over: the client's key, its password and the shared key. */
void             postern_trust_drop_secrets           (PosternTrust *self);
/* After a handshake: what was sent, what is wrong with it, and whether the policy accepts it. */
GPtrArray    *postern_trust_get_chain       (PosternTrust            *self);
GPtrArray    *postern_trust_get_path        (PosternTrust            *self);
GPtrArray    *postern_trust_get_faults      (PosternTrust            *self);
PosternRevocation postern_trust_get_revocation (PosternTrust         *self);
const char   *postern_trust_get_matched_name(PosternTrust            *self);
gboolean      postern_trust_is_verified     (PosternTrust            *self);
gboolean      postern_trust_is_accepted     (PosternTrust            *self);
/* Whether the same chain would be verified, were it for this name or address. */
gboolean      postern_trust_would_verify    (PosternTrust            *self,
                                             const char              *name);

/* The look itself, a pure function of its arguments: the chain as sent (element-type GBytes,
 * DER), the responses stapled to it (the same, NULL for none; NULL where none was asked for), and
 * @now in seconds since the epoch. */
void          postern_trust_analyse         (PosternTrust            *self,
                                             GPtrArray               *chain,
                                             gint64                   now);
void          postern_trust_analyse_stapled (PosternTrust            *self,
                                             GPtrArray               *chain,
                                             GPtrArray               *staples,
                                             gint64                   now);

G_END_DECLS
