/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "scan/postern-scan.h"

G_BEGIN_DECLS

/* Reads the dates of an OCSP response, where it has some. Never NULL. */
PosternScanStaple *postern_scan_staple_new   (GBytes                 *response);
void               postern_scan_staple_free  (PosternScanStaple      *self);
/* What is stapled to a chain says of its first certificate at @now, seconds since the epoch.
 * @reason: (out): one translated sentence, NULL for one that is good */
PosternStapleState postern_scan_staple_judge (const PosternScanChain *chain,
                                              gint64                  now,
                                              char                  **reason);

G_END_DECLS
