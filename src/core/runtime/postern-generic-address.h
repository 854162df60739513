/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"

G_BEGIN_DECLS

/**
 * PosternGenericAddress:
 *
 * The connection of a mail program of no special system: a URL (`smtp://`, `smtps://`,
 * `submission://`, `imap://`, `imaps://`, `pop3://`, `pop3s://`, with `user@` if wanted), or `host[:port]`, `[IPv6]:port`, a bare IPv6 address.
 * Columns are 1-based characters in the text as written.
 */
typedef struct
{
  char     *scheme;                     /* lower case, or NULL */
  char     *user;                       /* percent-decoded, or NULL */
  char     *host;                       /* without brackets */
  char     *ascii_host;
  guint16   port;                       /* 0: not given */
  guint     host_column;
  guint     port_column;
} PosternGenericAddress;

PosternGenericAddress *postern_generic_address_parse   (const char  *text,
                                                        guint       *column,
                                                        GError     **error);
void                   postern_generic_address_free    (PosternGenericAddress *self);
char                  *postern_generic_address_to_text (const PosternGenericAddress *self);
/* @text without the password that somebody may have put into it. */
char                  *postern_generic_address_hide_password (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternGenericAddress, postern_generic_address_free)

G_END_DECLS
