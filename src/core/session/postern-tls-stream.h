/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "session/postern-tls-engine.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_TLS_STREAM (postern_tls_stream_get_type ())
G_DECLARE_FINAL_TYPE (PosternTlsStream, postern_tls_stream, POSTERN, TLS_STREAM, GIOStream)

/**
 * PosternTlsStream:
 *
 * A [struct@TlsEngine] over two pollable streams, in the main loop of its caller, without a
 * thread. It never waits: a synchronous reading or writing that would have to answers
 * %G_IO_ERROR_WOULD_BLOCK. Closing it says goodbye and leaves the streams below open.
 */
PosternTlsStream *postern_tls_stream_new              (GInputStream         *input,
                                                       GOutputStream        *output,
                                                       PosternTrust         *trust,
                                                       const char           *host);
void              postern_tls_stream_handshake_async  (PosternTlsStream     *self,
                                                       GCancellable         *cancellable,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
gboolean          postern_tls_stream_handshake_finish (PosternTlsStream     *self,
                                                       GAsyncResult         *result,
                                                       GError              **error);
PosternTlsEngine *postern_tls_stream_get_engine       (PosternTlsStream     *self);

G_END_DECLS
