/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

char *postern_explanation_for      (const PosternFacts *facts);
void  postern_explanation_remedies (const PosternFacts *facts,
                                    PosternFinding     *finding);
void  postern_explanation_advise   (PosternFinding     *finding);

G_END_DECLS
