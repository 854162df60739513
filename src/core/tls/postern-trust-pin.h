/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-trust-private.h"

G_BEGIN_DECLS

/* Makes the exception of @policy, if there is one, count in a verdict that is there already. What
 * it covers of the faults that refuse becomes hidden, governed by "pin": who vouches for the
 * server's certificate, its names and its dates, and whatever the other certificates of the chain
 * are. It never covers what was revoked, nor what the certificate may be used for, nor weakness. */
void postern_trust_pin_apply (PosternVerdict         *verdict,
                              const PosternTlsPolicy *policy,
                              const char             *host,
                              gint64                  now);

G_END_DECLS
