/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_CERTIFICATES_VIEW (postern_certificates_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternCertificatesView, postern_certificates_view, POSTERN, CERTIFICATES_VIEW, AdwBin)

/* The chain as the server sent it, each fault on the certificate that has it. */
void postern_certificates_view_set_item (PosternCertificatesView *self,
                                         PosternAccountItem      *item);

G_END_DECLS
