/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-redactor.h"
#include "probe/postern-report.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* For the probe, which fills a report while it runs. */
PosternReport *postern_report_new            (PosternAccount        *account);
PosternStep   *postern_report_get_step       (PosternReport         *self,
                                              PosternStepId          step);
void           postern_report_set_plan       (PosternReport         *self,
                                              PosternPlan           *plan);
void           postern_report_set_failure    (PosternReport         *self,
                                              const PosternFailure  *failure);
void           postern_report_add_finding    (PosternReport         *self,
                                              PosternFinding        *finding);
void           postern_report_set_session    (PosternReport         *self,
                                              PosternSession        *session,
                                              PosternMachine        *machine);
void           postern_report_set_native     (PosternReport         *self,
                                              PosternNative         *native);
void           postern_report_finish         (PosternReport         *self,
                                              PosternOutcome         outcome,
                                              int                    exit_status);

/* For the writer of its JSON. */
PosternAccount    *postern_report_get_account            (PosternReport *self);
GDateTime         *postern_report_get_started            (PosternReport *self);
gint64             postern_report_get_duration           (PosternReport *self);
guint              postern_report_get_attempts           (PosternReport *self);
gboolean           postern_report_is_authenticated       (PosternReport *self);
void               postern_report_add_json               (PosternReport *self,
                                                          JsonBuilder   *builder);

G_END_DECLS
