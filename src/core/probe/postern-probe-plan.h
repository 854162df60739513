/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-machine.h"

G_BEGIN_DECLS

/* What can be told of a plan before it is run: a line for the ladder, and which of its steps a run
 * leaves out by choice. */
char     *postern_probe_plan_describe (PosternPlan   *plan);
gboolean  postern_probe_plan_skips    (PosternPlan   *plan,
                                       PosternStepId  step);
/* The machine of its protocol. */
PosternMachine *postern_probe_plan_make_machine (PosternPlan   *plan);
/* For the probe, which runs it: what its secrets tell, another way to log on, and no secrets. */
const char *postern_probe_plan_look_at_token    (PosternPlan   *plan,
                                                 char         **reason);
char       *postern_probe_plan_explain_encoding (PosternPlan   *plan,
                                                 const char    *mechanism);
void        postern_probe_plan_replace_log_on   (PosternPlan   *plan,
                                                 const char    *user,
                                                 PosternSecret *password,
                                                 PosternSecret *token,
                                                 const char    *mechanism);
void        postern_probe_plan_drop_secrets     (PosternPlan   *plan);

G_END_DECLS
