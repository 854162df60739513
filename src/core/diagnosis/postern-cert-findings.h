/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

/* The fault of the chain that the failure of a run is, or NULL. */
const PosternCertFault *postern_cert_findings_first    (const PosternFacts     *facts);
/* All that there is to say about it, with what decides about it. */
char                   *postern_cert_findings_explain  (const PosternFacts     *facts,
                                                        const PosternCertFault *fault);
void                    postern_cert_findings_complete (const PosternFacts     *facts,
                                                        PosternFinding         *first_cause);
void                    postern_cert_findings_add      (const PosternFacts     *facts,
                                                        GPtrArray              *findings);

G_END_DECLS
