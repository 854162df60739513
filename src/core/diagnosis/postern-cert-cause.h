/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

/* What may be behind the faults of a chain: somebody between here and the server (cert.intercepted),
 * or the clock of this computer (cert.clock). */
const char     *postern_cert_cause_refine  (const PosternFacts *facts);
char           *postern_cert_cause_explain (const PosternFacts *facts,
                                            const char         *code);
void            postern_cert_cause_add     (const PosternFacts *facts,
                                            GPtrArray          *findings);

G_END_DECLS
