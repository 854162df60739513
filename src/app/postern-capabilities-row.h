/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "probe/postern-report.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_CAPABILITIES_ROW (postern_capabilities_row_get_type ())
G_DECLARE_FINAL_TYPE (PosternCapabilitiesRow,
                      postern_capabilities_row,
                      POSTERN,
                      CAPABILITIES_ROW,
                      AdwExpanderRow)

/* What was offered in clear text and under TLS, side by side. Hidden where there are not two
 * sides. */
void postern_capabilities_row_set_report (PosternCapabilitiesRow *self,
                                          PosternReport          *report);

G_END_DECLS
