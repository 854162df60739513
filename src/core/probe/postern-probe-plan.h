/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-plan.h"

G_BEGIN_DECLS

/* What can be told of a plan before it is run: a line for the ladder, and which of its steps a run
 * leaves out by choice. */
char     *postern_probe_plan_describe (PosternPlan   *plan);
gboolean  postern_probe_plan_skips    (PosternPlan   *plan,
                                       PosternStepId  step);

G_END_DECLS
