/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

/* A fault that is about who vouches for the chain: what the CA file holds and what is needed, a
 * sentence or NULL; and what mends it. Both are silent without advice. */
char *postern_trust_remedies_explain (const PosternFacts     *facts,
                                      const PosternCertFault *fault);
void  postern_trust_remedies_add     (const PosternFacts     *facts,
                                      PosternFinding         *finding,
                                      const PosternCertFault *fault);
/* How to go on where @faults (element-type PosternCertFault) say that the name alone stands in the
 * way of a repair; else NULL. */
char *postern_trust_remedies_name_first (PosternCertificate   *own,
                                         GPtrArray            *faults);

G_END_DECLS
