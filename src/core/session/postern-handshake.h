/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "session/postern-session.h"
#include "tls/postern-trust.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_HANDSHAKE (postern_handshake_get_type ())
G_DECLARE_FINAL_TYPE (PosternHandshake, postern_handshake, POSTERN, HANDSHAKE, GObject)

/**
 * PosternHandshake:
 *
 * One TLS handshake over a connection in which nothing is left to read, with what a report wants
 * to know of it. It succeeds only when the policy accepts the certificate and the version.
 *
 * A #PosternTlsStream does it. GIO's own TLS hides what a report has to tell: it puts the
 * certificates into order, leaves out those that it cannot link, and says nothing of versions,
 * stapled responses and alerts.
 *
 * A session of TLS is never resumed: a certificate that was changed on the server a minute ago
 * must show.
 */
PosternHandshake *postern_handshake_new       (GIOStream            *base,
                                               PosternPlan          *plan,
                                               PosternTrust         *trust,
                                               gboolean              starttls);
void              postern_handshake_run_async (PosternHandshake     *self,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
GIOStream        *postern_handshake_run_finish(PosternHandshake     *self,
                                               GAsyncResult         *result,
                                               GError              **error);
/* After a failure: why (owned by the handshake); its step is TLS or CERTIFICATE. */
const PosternFailure *postern_handshake_get_failure (PosternHandshake *self);
/* What the peer sent instead of TLS, at most 1 KiB, or NULL. */
GBytes           *postern_handshake_dup_clear (PosternHandshake     *self);
/* The first bytes that the peer sent by now, TLS or not, at most 1 KiB. */
GBytes           *postern_handshake_dup_heard (PosternHandshake     *self);
/* What came of it, also where it was refused; NULL when the peer never spoke TLS. */
PosternTlsInfo   *postern_handshake_dup_info  (PosternHandshake     *self);
/* After a success: what an exchange can be tied to, into what is all zero. */
void              postern_handshake_fill_bindings (PosternHandshake *self,
                                                   PosternBindings  *bindings);

void              postern_tls_info_free       (PosternTlsInfo       *self);
/* The finding that an error of a later reading or writing is, or NULL. */
const char       *postern_tls_judge_late_error(const GError         *error,
                                               gboolean              has_certificate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTlsInfo, postern_tls_info_free)

G_END_DECLS
