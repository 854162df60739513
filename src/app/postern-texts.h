/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-tls-verdict.h"
#include "probe/postern-report.h"

G_BEGIN_DECLS

/* What core objects say, in the words and icons of the window. Static strings where const. */
typedef struct
{
  const char *word;                     /* "passed" */
  const char *icon;                     /* name of a symbolic icon */
  const char *css_class;                /* "success", or "dim-label" */
} PosternVerdictTexts;

PosternVerdictTexts  postern_texts_for_verdict        (PosternReport     *report,
                                                       gboolean           running);
PosternVerdictTexts  postern_texts_for_state          (PosternStepState   state);
PosternVerdictTexts  postern_texts_for_severity       (PosternSeverity    severity);
PosternVerdictTexts  postern_texts_for_fault          (const PosternCertFault *fault);
/* Of one aspect of the verdict on a certificate. */
PosternVerdictTexts  postern_texts_for_verdict_state  (PosternVerdictState state);
const char          *postern_texts_for_direction      (PosternDirection   direction);
const char          *postern_texts_for_tls_start      (PosternTlsStart    tls);
const char          *postern_texts_system_name        (PosternSystem      system);
const char          *postern_texts_connection_title   (PosternSystem      system);
const char          *postern_texts_connection_hint    (PosternSystem      system);
/* Free these with g_free(). */
char                *postern_texts_for_account        (PosternAccount    *account);
char                *postern_texts_for_system         (PosternAccount    *account,
                                                       PosternProtocol    protocol,
                                                       gboolean           practice);
char                *postern_texts_for_plan           (PosternPlan       *plan);
char                *postern_texts_for_place          (PosternFinding    *finding);

gboolean             postern_texts_mechanisms_want_token (const char *const *mechanisms);
/* Mechanisms that need neither password nor token. */
gboolean             postern_texts_mechanisms_want_nothing (const char *const *mechanisms);

G_END_DECLS
