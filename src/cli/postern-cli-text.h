/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-report.h"

G_BEGIN_DECLS

/* What is printed only when it is asked for. */
typedef enum
{
  POSTERN_CLI_TEXT_VERBOSE = 1 << 0,    /* every finding in full, not only the first cause */
  POSTERN_CLI_TEXT_TRANSCRIPT = 1 << 1,
  POSTERN_CLI_TEXT_CAPABILITIES = 1 << 2,
} PosternCliTextParts;

char     *postern_cli_text_report       (PosternReport       *report,
                                         PosternCliTextParts  parts,
                                         gboolean             colour);

G_END_DECLS
