/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  POSTERN_PIN_CERTIFICATE,              /* this very certificate */
  POSTERN_PIN_KEY,                      /* any certificate of this key */
} PosternPinKind;

/**
 * PosternTlsPin:
 *
 * An exception that a user made for one certificate or one key, at one host, until a day. It is no
 * secret. As a text it is `[HOST=]cert:SHA256@YYYY-MM-DD` or `[HOST=]key:SHA256@YYYY-MM-DD`; without
 * a host it is for the one of the account that it belongs to. It holds up to the end of that day,
 * in UTC.
 */
typedef struct
{
  PosternPinKind  kind;
  char           *sha256;               /* hexadecimal, lower case; of the key: of its SPKI */
  char           *host;                 /* or NULL */
  gint64          until;                /* the last second of it, since the epoch */
} PosternTlsPin;

/* @host may be NULL. NULL with @error where there is no such day. */
PosternTlsPin *postern_tls_pin_new      (PosternPinKind        kind,
                                         const char           *sha256,
                                         const char           *host,
                                         const char           *day,
                                         GError              **error);
PosternTlsPin *postern_tls_pin_parse    (const char           *text,
                                         GError              **error);
char          *postern_tls_pin_to_text  (const PosternTlsPin  *self);
/* "2026-12-31" */
char          *postern_tls_pin_dup_day  (const PosternTlsPin  *self);
/* Whether it is for @host. */
gboolean       postern_tls_pin_is_for   (const PosternTlsPin  *self,
                                         const char           *host);
PosternTlsPin *postern_tls_pin_copy     (const PosternTlsPin  *self);
void           postern_tls_pin_free     (PosternTlsPin        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTlsPin, postern_tls_pin_free)

G_END_DECLS
