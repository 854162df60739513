/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PosternPreparation:
 *
 * What a mechanism needs and a library fetches by itself, blocking: the Kerberos ticket for a
 * service. It holds no secret and belongs to nobody, so that a thread may go on with it after
 * the run has ended.
 */
typedef struct _PosternPreparation PosternPreparation;

PosternPreparation *postern_preparation_new  (const char         *mechanism,
                                              const char         *service,
                                              const char         *host);
/* The Kerberos name of a service, and whose tickets are used, or NULL. */
PosternPreparation *postern_preparation_new_for_service (const char  *service,
                                              const char         *user);
/* In any thread; may take as long as the library's own limits. What goes wrong shows again, and
 * at once, when the mechanism is used. */
void                postern_preparation_run  (PosternPreparation *self);
void                postern_preparation_free (PosternPreparation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternPreparation, postern_preparation_free)

/**
 * PosternBindings:
 *
 * What ties an exchange to the TLS connection that it runs in (RFC 5056). Each is NULL where the
 * connection has none: `tls_unique` with TLS 1.2 (RFC 5929), `tls_exporter` with TLS 1.3 (RFC
 * 9266), `tls_server_end_point` with a certificate whose hash is known (RFC 5929).
 */
typedef struct
{
  GBytes *tls_unique;
  GBytes *tls_exporter;
  GBytes *tls_server_end_point;
} PosternBindings;

void                postern_bindings_copy    (PosternBindings       *self,
                                              const PosternBindings *other);
void                postern_bindings_clear   (PosternBindings       *self);

G_END_DECLS
