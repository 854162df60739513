/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_CERTIFICATES_VIEW (postern_certificates_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternCertificatesView, postern_certificates_view, POSTERN, CERTIFICATES_VIEW, AdwBin)

/* The verdict, what would mend the chain, the chain itself with each fault on the certificate that
 * has it, and all that the chosen one says.
 *
 * Signal apply-change: see #PosternRepairView. */
void postern_certificates_view_set_item (PosternCertificatesView *self,
                                         PosternAccountItem      *item);

G_END_DECLS
