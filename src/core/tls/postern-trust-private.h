/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-trust.h"
#include "tls/postern-trust-store.h"

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *chain;                     /* element-type PosternCertificate */
  GPtrArray *path;                      /* the same, leaf first; what was not sent is of the store */
  GPtrArray *faults;                    /* element-type PosternCertFault, the first cause first */
  GPtrArray *staples;                   /* that came with the chain, in its order; element-type
                                           GBytes, NULL for none. NULL: none were asked for */
  PosternRevocation revocation;
  char      *matched_name;
  gboolean   verified;
  gboolean   accepted;
} PosternVerdict;

/* Looks at @ders (element-type GBytes, as sent) and fills @verdict, which is all zero before but for `staples`.
 * @store may be NULL: then nothing is trusted. */
void postern_trust_judge   (PosternVerdict         *verdict,
                            PosternTrustStore      *store,
                            const PosternTlsPolicy *policy,
                            const char             *host,
                            GPtrArray              *ders,
                            gint64                  now);
void postern_verdict_clear (PosternVerdict         *self);

G_END_DECLS
