/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "tls/postern-chain.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_CERTIFICATE_VIEW (postern_certificate_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternCertificateView, postern_certificate_view, POSTERN, CERTIFICATE_VIEW, AdwBin)

/* All that one certificate of the chain says, below what is wrong with it. @findings (element-type
 * PosternFinding) say what decides about each fault. @now in seconds since the epoch. */
GtkWidget *postern_certificate_view_new      (void);
void       postern_certificate_view_set_node (PosternCertificateView *self,
                                              PosternChainNode       *node,
                                              GListModel             *findings,
                                              gint64                  now);

G_END_DECLS
