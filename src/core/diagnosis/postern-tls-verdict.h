/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-plan.h"
#include "session/postern-session.h"

G_BEGIN_DECLS

/* The better one first. */
typedef enum
{
  POSTERN_VERDICT_NOT_CHECKED,
  POSTERN_VERDICT_PASSED,
  POSTERN_VERDICT_WARNING,
  POSTERN_VERDICT_HIDDEN,               /* it would fail, but for a setting */
  POSTERN_VERDICT_FAILED,
} PosternVerdictState;

/**
 * PosternTlsVerdict:
 *
 * The verdict on a certificate, split by what was asked.
 */
typedef struct
{
  PosternVerdictState states[POSTERN_N_CERT_ASPECTS];
} PosternTlsVerdict;

void              postern_tls_verdict_fill       (PosternTlsVerdict      *self,
                                                  const PosternTlsInfo   *info);
/* The words of the report, and the same for people. */
const char       *postern_cert_aspect_to_word    (PosternCertAspect       aspect);
const char       *postern_cert_aspect_get_title  (PosternCertAspect       aspect);
const char       *postern_verdict_state_to_word  (PosternVerdictState     state);
const char       *postern_verdict_state_get_title(PosternVerdictState     state);

G_END_DECLS
