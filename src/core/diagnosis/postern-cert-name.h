/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

/* What a certificate for another name is told of besides: what was sent as the server's name, which
 * of its names is nearest, and where they lead. */
char       *postern_cert_name_explain  (const PosternFacts   *facts);
void        postern_cert_name_remedies (const PosternFacts   *facts,
                                        PosternFinding       *finding);
/* The name of the certificate that is nearest to what was asked for, or NULL. */
char       *postern_cert_name_nearest  (const PosternPlan    *plan,
                                        const PosternTlsInfo *tls);

G_END_DECLS
