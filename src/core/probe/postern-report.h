/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-account.h"
#include "model/postern-driver-use.h"
#include "model/postern-finding.h"
#include "probe/postern-step.h"
#include "runtime/postern-runtime.h"
#include "session/postern-session.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_OUTCOME_NONE,                 /* the run goes on */
  POSTERN_OUTCOME_PASSED,
  POSTERN_OUTCOME_FAILED,
  POSTERN_OUTCOME_CANCELLED,
} PosternOutcome;

#define POSTERN_TYPE_REPORT (postern_report_get_type ())
G_DECLARE_FINAL_TYPE (PosternReport, postern_report, POSTERN, REPORT, GObject)

/**
 * PosternReport:
 *
 * The whole truth of one run. It fills while the run goes (the lists are live) and never changes
 * after `outcome` was notified. Nothing in it is a secret.
 *
 * Properties: outcome ([enum@Outcome], notify), headline (string, notify: one translated line such
 * as "Logged on" or the title of the first cause), native-text (string or NULL, notify).
 */
PosternOutcome        postern_report_get_outcome       (PosternReport *self);
int                   postern_report_get_exit_status   (PosternReport *self);
const char           *postern_report_get_headline      (PosternReport *self);
GListModel           *postern_report_get_steps         (PosternReport *self); /* PosternStep */
GListModel           *postern_report_get_findings      (PosternReport *self); /* PosternFinding */
PosternTranscript    *postern_report_get_transcript    (PosternReport *self);
const PosternNative  *postern_report_get_native        (PosternReport *self);
const char           *postern_report_get_native_text   (PosternReport *self);
PosternPlan          *postern_report_get_plan          (PosternReport *self);
const PosternFailure *postern_report_get_failure       (PosternReport *self);
const PosternTlsInfo *postern_report_get_tls_info      (PosternReport *self);
GPtrArray            *postern_report_get_addresses     (PosternReport *self);
const char *const    *postern_report_get_clear_capabilities (PosternReport *self);
const char *const    *postern_report_get_tls_capabilities (PosternReport *self);
GStrv                 postern_report_dup_all_capabilities (PosternReport *self);
const char *const    *postern_report_get_offered       (PosternReport *self);
const char           *postern_report_get_mechanism     (PosternReport *self);
const char           *postern_report_get_choice        (PosternReport *self);
/* Element-type PosternDriverUse, one for each step of the plan; empty before the session ended. */
GPtrArray            *postern_report_get_uses          (PosternReport *self);
/* The contract's JSON ("postern-report/1"), pretty-printed, ends with a newline. */
char                 *postern_report_to_json           (PosternReport *self);

G_END_DECLS
