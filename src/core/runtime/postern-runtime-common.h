/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-runtime-generic.h"
#include "runtime/postern-runtime-uniface.h"
#include "runtime/postern-tls-options.h"

G_BEGIN_DECLS

/* What every runtime does in the same way; for runtimes. */

/* host, port and tls of a change: what a system writes in a grammar of its own. */
typedef struct
{
  char            *host;                /* owned, or NULL */
  guint16          port;                /* or 0 */
  PosternTlsStart  tls;                 /* or DEFAULT */
} PosternEndpointChange;

/* Limits, names and addresses that do not depend on the system. */
void     postern_runtime_fill_plan       (PosternPlan            *plan,
                                          PosternAccount         *account,
                                          GPtrArray              *findings);
void     postern_runtime_fill_tls        (PosternPlan            *plan,
                                          GPtrArray              *options,
                                          PosternTlsPolicy       *policy,
                                          PosternAccount         *account,
                                          const char             *source,
                                          GPtrArray              *findings);
void     postern_runtime_lint_port       (GPtrArray              *findings,
                                          guint                   column,
                                          PosternProtocol         protocol,
                                          guint16                 port,
                                          PosternTlsStart         tls,
                                          gboolean                has_starttls);

void     postern_runtime_lint_clear_text (GPtrArray              *findings,
                                          const char             *tls,
                                          const char             *explanation);
/* Whether @change can be made at all; fills @endpoint. */
gboolean postern_runtime_read_change     (PosternAccount         *account,
                                          GVariant               *change,
                                          PosternEndpointChange  *endpoint);
/* Sets the properties in @change that are no part of the endpoint. */
void     postern_runtime_set_properties  (PosternAccount         *account,
                                          GVariant               *change);
/* postern_runtime_govern() for who has the TLS options. */
PosternGoverning *postern_tls_options_govern (PosternPlan        *plan,
                                              PosternGoverned     governed,
                                              gboolean            hidden);

G_END_DECLS
