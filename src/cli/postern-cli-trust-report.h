/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-tls-policy.h"

G_BEGIN_DECLS

/* What a saved report tells of a chain: for whom it was, what was trusted, and what came. */
typedef struct
{
  char             *host;
  PosternTlsPolicy *policy;             /* its files are those of the computer of the report */
  GPtrArray        *chain;              /* element-type GBytes, DER, as sent */
  GPtrArray        *faults;             /* element-type PosternCertFault: who was revoked */
} PosternCliTrustReport;

PosternCliTrustReport *postern_cli_trust_report_read (const char             *path,
                                                      GError                **error);
void                   postern_cli_trust_report_free (PosternCliTrustReport  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternCliTrustReport, postern_cli_trust_report_free)

G_END_DECLS
