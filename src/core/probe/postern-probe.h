/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-report.h"

G_BEGIN_DECLS

/* What is asked for besides logging on. */
typedef struct
{
  gboolean           check_usable;
  const char        *check_sender;      /* or NULL */
  const char *const *check_recipients;  /* or NULL */
  const char        *send_from;         /* one test message is sent; or NULL */
  const char        *send_to;
  gboolean           only_look;         /* don't log on: find out what is offered */
  const char        *only_mechanism;    /* log on with this one, whatever the account says; or NULL */
  gboolean           stay;              /* logged on, keep the session open */
} PosternChecks;

#define POSTERN_TYPE_PROBE (postern_probe_get_type ())
G_DECLARE_FINAL_TYPE (PosternProbe, postern_probe, POSTERN, PROBE, GObject)

/**
 * PosternProbe:
 *
 * One test of one account: plans the logon as the account's system would do it, runs it, and
 * says what came of it. Property `running` (boolean, notify).
 *
 * The report is there from the start and fills as the run goes. A run always ends with a report;
 * postern_probe_run_finish() fails only when it was cancelled, and then too the report is whole.
 */
PosternProbe  *postern_probe_new         (PosternAccount           *account,
                                          const PosternCredentials *credentials,
                                          const PosternChecks      *checks);
PosternReport *postern_probe_get_report  (PosternProbe             *self);
gboolean       postern_probe_get_running (PosternProbe             *self);
void           postern_probe_run_async   (PosternProbe             *self,
                                          GCancellable             *cancellable,
                                          GAsyncReadyCallback       callback,
                                          gpointer                  user_data);
gboolean       postern_probe_run_finish  (PosternProbe             *self,
                                          GAsyncResult             *result,
                                          GError                  **error);
/* With `stay`, after the run: the session that is open, once; the caller's from then on. */
PosternSession *postern_probe_take_session (PosternProbe           *self);

G_END_DECLS
