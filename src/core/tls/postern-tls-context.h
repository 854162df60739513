/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <openssl/types.h>

#include "model/postern-tls-policy.h"

G_BEGIN_DECLS

/* What OpenSSL is told of a policy: versions, cipher suites, the client's
 * certificate. Nothing of the computer's own configuration of OpenSSL has a say. */

/* Keeps OpenSSL from reading its configuration, if it has not done so. */
void      postern_tls_context_init_process  (void);
/* @policy: has to live until what is returned forgets its shared key, or is gone; @code: (out): the finding that an error is, `settings.option-illegal` for one */
SSL_CTX  *postern_tls_context_new           (const PosternTlsPolicy  *policy,
                                             const char             **code,
                                             GError                 **error);
/* A handshake that still goes on has no shared key after it. */
void      postern_tls_context_forget        (SSL_CTX                 *context);
/* The numbers (guint16) of the suites that a client with this policy offers, in its order; its own
 * certificate has no say. */
GArray   *postern_tls_context_list_suites   (const PosternTlsPolicy  *policy,
                                             GError                 **error);
/* postern-tls-client.c: the client's certificate, and its key, which a password may protect. */
gboolean  postern_tls_context_load_client   (SSL_CTX                 *context,
                                             const PosternTlsPolicy  *policy,
                                             const char             **code,
                                             GError                 **error);
/* OpenSSL's words for what went wrong last in this thread; forgets it. */
const char *postern_tls_context_take_reason (void);

G_END_DECLS
