/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "scan/postern-scan.h"

G_BEGIN_DECLS

/* Reads an OCSP response; @ders: the chain it came with. Never NULL. */
PosternScanStaple *postern_staple_read (GBytes            *response,
                                        GPtrArray         *ders);
void               postern_staple_free (PosternScanStaple *self);

G_END_DECLS
