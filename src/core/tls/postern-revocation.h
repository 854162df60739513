/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"
#include "tls/postern-trust-path.h"

G_BEGIN_DECLS

/* What is known of revocation: of the server's own certificate by a stapled response, and of its
 * path by lists. */
typedef struct
{
  PosternStapleState staple;
  PosternCrlState    crl;
} PosternRevocation;

/* Looks for who is revoked on @path, by the lists of @store and by what the server stapled, and
 * adds to @faults (element-type PosternCertFault). Asks nobody over the network.
 * @staples: the responses, in the order of @chain and no longer (element-type GBytes, NULL for
 * none); NULL where none was asked for. */
void postern_revocation_judge (PosternRevocation *self,
                               const PosternPath *path,
                               GPtrArray         *chain,
                               PosternTrustStore *store,
                               GPtrArray         *staples,
                               gint64             now,
                               GPtrArray         *faults);

G_END_DECLS
