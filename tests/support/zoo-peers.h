/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What another library says of a chain (element-type GBytes) that a server of this name sent,
 * with the certificates of @trusted (PEM) trusted: NULL when it accepts it. */
char *zoo_ask_openssl (GPtrArray  *ders,
                       const char *trusted,
                       const char *host);
char *zoo_ask_gnutls  (GPtrArray  *ders,
                       const char *trusted,
                       const char *host);

G_END_DECLS
