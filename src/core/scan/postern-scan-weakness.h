/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "scan/postern-scan.h"

G_BEGIN_DECLS

/**
 * postern_scan_find_weaknesses:
 *
 * What of a result is known to be weak. A pure function of it and the time, in seconds since the
 * epoch.
 *
 * Returns: (transfer full) (element-type PosternFinding): warnings, with codes `scan.…`
 */
GPtrArray  *postern_scan_find_weaknesses     (const PosternScanResult *result,
                                              gint64                   now);
/* What is weak about one suite, in a few words, or NULL; a suite without forward secrecy is not
 * weak for that alone. */
const char *postern_scan_suite_weakness      (guint16                  suite);
gboolean    postern_scan_suite_keeps_secrets (guint16                  suite);

G_END_DECLS
