/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-probe.h"
#include "probe/postern-trial.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SWEEP (postern_sweep_get_type ())
G_DECLARE_FINAL_TYPE (PosternSweep, postern_sweep, POSTERN, SWEEP, GObject)

/**
 * PosternSweep:
 *
 * Every mechanism that a server offers, tried once each with the credentials of an account, each
 * on a connection of its own. First it looks, without logging on; then the number of attempts is
 * known and can be shown; then it runs. No secret is tried twice against one mechanism, and the
 * first sign of a lock-out ends the sweep.
 */
PosternSweep  *postern_sweep_new             (PosternAccount           *account,
                                              const PosternCredentials *credentials);
void           postern_sweep_look_async      (PosternSweep             *self,
                                              GCancellable             *cancellable,
                                              GAsyncReadyCallback       callback,
                                              gpointer                  user_data);
gboolean       postern_sweep_look_finish     (PosternSweep             *self,
                                              GAsyncResult             *result,
                                              GError                  **error);
void           postern_sweep_run_async       (PosternSweep             *self,
                                              GCancellable             *cancellable,
                                              GAsyncReadyCallback       callback,
                                              gpointer                  user_data);
gboolean       postern_sweep_run_finish      (PosternSweep             *self,
                                              GAsyncResult             *result,
                                              GError                  **error);
GListModel    *postern_sweep_get_trials      (PosternSweep             *self); /* PosternTrial */
guint          postern_sweep_get_n_attempts  (PosternSweep             *self);
PosternReport *postern_sweep_get_look        (PosternSweep             *self);
const char    *postern_sweep_get_end_reason  (PosternSweep             *self);
int            postern_sweep_get_exit_status (PosternSweep             *self);
/* "postern-sweep/1", pretty-printed, ends with a newline. */
char          *postern_sweep_to_json         (PosternSweep             *self);

G_END_DECLS
