/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "session/postern-session.h"

G_BEGIN_DECLS

/* The product that a name of an authority (RFC 4514) is of, or NULL. */
const char *postern_interceptor_find_issuer (const char           *issuer);
/* The product that issued a certificate of the chain in place of the server's own authority, or
 * NULL; and which certificate that was. */
const char *postern_interceptor_find        (const PosternTlsInfo *tls,
                                             guint                *certificate);

G_END_DECLS
