/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "scan/postern-dial.h"

G_BEGIN_DECLS

/* What is asked of a server. */
typedef struct
{
  const char *priority;                 /* in GnuTLS's words */
  const char *server_name;              /* or NULL */
  const char *alpn;                     /* one protocol, or NULL */
  gboolean    no_tickets;
  gboolean    stay;                     /* until a ticket of TLS 1.3 came, or it is clear that none will */
  GBytes     *session;                  /* to resume, or NULL */
} PosternFullLookWish;

/* What came of it. */
typedef struct
{
  gboolean   finished;                  /* the handshake */
  gboolean   hung_up;                   /* without an alert */
  guint      alert;                     /* that ended it, or 0 */
  char      *fault;                     /* why it could not be finished here, or NULL */
  gboolean   resumed;
  gboolean   ticket;
  gboolean   certificate_asked;         /* of the client */
  char       alpn[32];                  /* empty: none chosen */
  GPtrArray *chain;                     /* element-type GBytes, as sent; never NULL */
  GBytes    *staple;                    /* the OCSP response of the first, or NULL */
  GBytes    *session;                   /* or NULL */
} PosternFullLook;

/**
 * postern_full_look_async:
 * @place: copied
 * @wish: copied
 *
 * Makes one connection and finishes the handshake, by GnuTLS, without blocking; then hangs up. No
 * credentials are sent, and nobody is trusted: the certificates are what is looked for.
 */
void             postern_full_look_async  (const PosternDialPlace     *place,
                                           const PosternFullLookWish  *wish,
                                           GCancellable               *cancellable,
                                           GAsyncReadyCallback         callback,
                                           gpointer                    user_data);
/* NULL where no connection was made, or TLS did not begin. */
PosternFullLook *postern_full_look_finish (GAsyncResult               *result,
                                           GError                    **error);
/* One that tells nothing. */
PosternFullLook *postern_full_look_new    (void);
void             postern_full_look_free   (PosternFullLook            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternFullLook, postern_full_look_free)

G_END_DECLS
