/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-report.h"

G_BEGIN_DECLS

char     *postern_cli_text_report       (PosternReport *report,
                                         gboolean       verbose,
                                         gboolean       transcript,
                                         gboolean       colour);
gboolean  postern_cli_text_wants_colour (int            fd);

G_END_DECLS
