/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-asn-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_ASN_VIEW (postern_asn_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternAsnView, postern_asn_view, POSTERN, ASN_VIEW, AdwBin)

/* An assignment file in the window: its profiles as controls, the text beside them, what is wrong
 * with it, and what saving would change on the disk. All of them show the one document. */
void postern_asn_view_set_item (PosternAsnView *self,
                                PosternAsnItem *item);

G_END_DECLS
