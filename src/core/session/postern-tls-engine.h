/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-trust.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_TLS_WANTS_INPUT,
  POSTERN_TLS_DONE,
  POSTERN_TLS_FAILED,
} PosternTlsState;

/**
 * PosternTlsEngine:
 *
 * The client's side of TLS by OpenSSL, without input or output: it is fed what the peer sent, and
 * what is to be sent is taken out of it. The chain goes to the trust as the peer sent it, in the
 * middle of the handshake, and nothing of the application is ever sent before it is accepted.
 *
 * What it keeps is bounded: the largest record, the largest message of a handshake, and so many
 * bytes in a row that bring no data.
 */
typedef struct _PosternTlsEngine PosternTlsEngine;

/* @trust: loaded; @host: asked for by name, unless an address. */
PosternTlsEngine *postern_tls_engine_new         (PosternTrust      *trust,
                                                  const char        *host);
void              postern_tls_engine_free        (PosternTlsEngine  *self);
/* Goes on with the handshake as far as the input allows. After a failure an alert may have to be
 * sent. */
PosternTlsState   postern_tls_engine_handshake   (PosternTlsEngine  *self,
                                                  GError           **error);
void              postern_tls_engine_feed        (PosternTlsEngine  *self,
                                                  gconstpointer      bytes,
                                                  gsize              length);
void              postern_tls_engine_feed_end    (PosternTlsEngine  *self);
/* Data of the application. G_IO_ERROR_WOULD_BLOCK: there has to be input first. 0 is the end. */
gssize            postern_tls_engine_read        (PosternTlsEngine  *self,
                                                  gpointer           buffer,
                                                  gsize              size,
                                                  GError           **error);
gssize            postern_tls_engine_write       (PosternTlsEngine  *self,
                                                  gconstpointer      bytes,
                                                  gsize              length,
                                                  GError           **error);
/* Whether a reading may succeed without more input. */
gboolean          postern_tls_engine_has_input   (PosternTlsEngine  *self);
/* Says goodbye, if the handshake was done. */
void              postern_tls_engine_close       (PosternTlsEngine  *self);
/* What is to be sent, and letting go of what was sent. */
const guint8     *postern_tls_engine_peek_output (PosternTlsEngine  *self,
                                                  gsize             *length);
void              postern_tls_engine_drop_output (PosternTlsEngine  *self,
                                                  gsize              length);

/* As on the wire; 0 before the end of the handshake. */
guint16           postern_tls_engine_get_version (PosternTlsEngine  *self);
/* OpenSSL's name, as in a cipher list; or NULL. */
const char       *postern_tls_engine_get_cipher  (PosternTlsEngine  *self);
/* The description of an alert that ended it (RFC 8446, 6), or -1. */
int               postern_tls_engine_get_alert   (PosternTlsEngine  *self);
/* Whether the server asked for a certificate. */
gboolean          postern_tls_engine_is_requested(PosternTlsEngine  *self);
/* Whether the server's certificates were too many bytes even to be read. */
gboolean          postern_tls_engine_is_chain_too_long (PosternTlsEngine *self);
/* The name that the server was asked for (SNI), "" for none. */
const char       *postern_tls_engine_get_server_name (PosternTlsEngine *self);
/* What an exchange can be tied to, or NULL. */
GBytes           *postern_tls_engine_dup_binding (PosternTlsEngine  *self,
                                                  GTlsChannelBindingType type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTlsEngine, postern_tls_engine_free)

G_END_DECLS
