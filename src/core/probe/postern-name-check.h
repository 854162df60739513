/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

#define POSTERN_MAX_NAME_CHECKS 8

/* Another name for the same server may be all that is needed. @tls may be NULL. */
gboolean   postern_name_check_is_wanted  (const PosternTlsInfo *tls);
GStrv      postern_name_check_candidates (PosternPlan          *plan,
                                          const PosternTlsInfo *tls);
void       postern_name_check_async      (PosternPlan          *plan,
                                          const PosternTlsInfo *tls,
                                          GInetAddress         *connected,
                                          guint                 timeout_ms,
                                          GCancellable         *cancellable,
                                          GAsyncReadyCallback   callback,
                                          gpointer              user_data);
GPtrArray *postern_name_check_finish     (GAsyncResult         *result);

G_END_DECLS
