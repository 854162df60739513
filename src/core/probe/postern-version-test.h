/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-failure.h"
#include "model/postern-plan.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether a server was too old, and has not said how old. */
gboolean        postern_version_test_is_due (const PosternFailure *failure);

/**
 * postern_version_test_async:
 * @plan: the run that failed
 * @timeout_ms: for all of it
 *
 * One more session without credentials, which allows TLS 1.0 and all above it: a server that has no
 * version in common ends the handshake with an alert, which does not say what it would speak
 * (RFC 8446, section 4.1.3). It begins as the run did, looks, and leaves.
 */
void            postern_version_test_async  (PosternPlan          *plan,
                                             guint                 timeout_ms,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
/* Returns: (transfer full): @failure, with the version where the server told it */
PosternFailure *postern_version_test_finish (GAsyncResult         *result,
                                             const PosternFailure *failure);

G_END_DECLS
