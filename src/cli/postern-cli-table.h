/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-sweep.h"

#include "postern-cli-page.h"

G_BEGIN_DECLS

void  postern_cli_table_add_capabilities (PosternCliPage *page,
                                          PosternReport  *report);
char *postern_cli_table_sweep            (PosternSweep   *sweep,
                                          gboolean        colour);

G_END_DECLS
