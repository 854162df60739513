/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "model/postern-enums.h"

G_BEGIN_DECLS

/* Where to look, and how TLS is started there. */
typedef struct
{
  GSocketAddress *address;
  PosternProtocol protocol;
  gboolean        starttls;
  const char     *ehlo_name;            /* for SMTP; NULL: our address */
  guint           timeout_ms;           /* of what is done there, dialling included */
} PosternDialPlace;

/**
 * postern_dial_async:
 * @place: copied
 *
 * Connects and, where that is asked for, has the server start TLS in the protocol's way: what is
 * sent next is a ClientHello. No credentials are sent. The time limit is the caller's affair.
 */
void               postern_dial_async  (const PosternDialPlace  *place,
                                        GCancellable            *cancellable,
                                        GAsyncReadyCallback      callback,
                                        gpointer                 user_data);
GSocketConnection *postern_dial_finish (GAsyncResult            *result,
                                        GError                 **error);

G_END_DECLS
