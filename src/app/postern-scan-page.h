/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "model/postern-plan.h"
#include "scan/postern-scan.h"

G_BEGIN_DECLS

/* What a scan found, on a page: versions, the table of suites (@table, see postern-scan-table.h),
 * what is weak, certificates, and what the settings of @plan come to with it. */
GtkWidget *postern_scan_page_new (const PosternScanResult *result,
                                  GListModel              *table,
                                  const PosternPlan       *plan);

G_END_DECLS
