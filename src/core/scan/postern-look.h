/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "scan/postern-dial.h"
#include "scan/postern-hello.h"

G_BEGIN_DECLS

/**
 * postern_look_async:
 * @place: copied
 * @hello: what is sent once TLS may begin
 *
 * Makes one connection, starts TLS in the protocol's way where that is asked for, sends the
 * ClientHello and reads the server's first flight. No handshake is finished. At most `timeout_ms`
 * from connecting to the answer.
 */
void     postern_look_async  (const PosternDialPlace  *place,
                              GBytes                  *hello,
                              GCancellable            *cancellable,
                              GAsyncReadyCallback      callback,
                              gpointer                 user_data);
/* TRUE with @flight filled where the server answered in TLS, or hung up on the ClientHello: then
 * nothing in it is set. @chain: (out) (optional): the certificates in it, as sent; never NULL */
gboolean postern_look_finish (GAsyncResult            *result,
                              PosternServerFlight     *flight,
                              GPtrArray              **chain,
                              GError                 **error);

G_END_DECLS
