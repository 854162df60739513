/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <openssl/types.h>

#include "model/postern-enums.h"

G_BEGIN_DECLS

/* What an OCSP response (RFC 6960) that a server staples says of @certificate at @now, seconds
 * since the epoch. @reason: (out): one translated sentence, NULL for one that is good. */
PosternStapleState  postern_staple_judge (GBytes   *response,
                                          X509     *certificate,
                                          X509     *issuer,
                                          gint64    now,
                                          char    **reason);

/* Of certificates and lists: seconds since the epoch, and as people write it. */
gint64              postern_time_of_asn1 (const ASN1_TIME *when);
char               *postern_time_format  (gint64           when);

G_END_DECLS
