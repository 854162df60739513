/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

/* What the counter-test found, apart from the verdict itself. */
typedef struct
{
  PosternCounterResult  result;
  char                 *protocol;       /* "SMTP", "POP3", "IMAP", "HTTP", "SSH", "FTP" or NULL */
  gboolean              starttls;       /* plain: STARTTLS was offered */
} PosternCounter;

void     postern_counter_test_async  (PosternPlan          *plan,
                                      GSocketAddress       *address,
                                      gboolean              tls,
                                      guint                 timeout_ms,
                                      GCancellable         *cancellable,
                                      GAsyncReadyCallback   callback,
                                      gpointer              user_data);
void     postern_counter_test_finish (GAsyncResult         *result,
                                      PosternCounter       *counter);

G_END_DECLS
