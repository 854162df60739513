/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <openssl/types.h>

#include "model/postern-tls-policy.h"
#include "tls/postern-cert-fault.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_TRUST (postern_trust_get_type ())
G_DECLARE_FINAL_TYPE (PosternTrust, postern_trust, POSTERN, TRUST, GTlsDatabase)

/**
 * PosternTrust:
 *
 * What a policy trusts, in the shape that GIO asks for (a #GTlsDatabase given when the connection
 * is constructed): so the chain reaches our own look at it, with a bound on every walk, before
 * any code of GIO walks it. GIO's verdict is a floor that this one stands on: a chain is good
 * when GnuTLS says so and purpose, strength, names and dates hold as well.
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
 * the client has a certificate to show; and either the certificate with its key, for GIO, or where
 * the policy is exact all that OpenSSL is told. */
const char      *postern_trust_get_load_code          (PosternTrust *self);
gboolean         postern_trust_has_client_certificate (PosternTrust *self);
GTlsCertificate *postern_trust_get_client_certificate (PosternTrust *self);
SSL_CTX         *postern_trust_get_context            (PosternTrust *self);
/* After a handshake: what was sent, what is wrong with it, and whether the policy accepts it. */
GPtrArray    *postern_trust_get_chain       (PosternTrust            *self);
GPtrArray    *postern_trust_get_path        (PosternTrust            *self);
GPtrArray    *postern_trust_get_faults      (PosternTrust            *self);
const char   *postern_trust_get_matched_name(PosternTrust            *self);
gboolean      postern_trust_is_verified     (PosternTrust            *self);
gboolean      postern_trust_is_accepted     (PosternTrust            *self);

/* The look itself, a pure function of its arguments: the chain as sent (element-type GBytes,
 * DER), and @now in seconds since the epoch. */
void          postern_trust_analyse         (PosternTrust            *self,
                                             GPtrArray               *chain,
                                             gint64                   now);

G_END_DECLS
