/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "diagnosis/postern-diagnosis.h"
#include "protocol/postern-personality.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_COUNTER_ASK_TLS,              /* does it speak TLS from the first byte? */
  POSTERN_COUNTER_ASK_PLAIN,            /* what does it say in plain text? */
} PosternCounterQuestion;

/* What a counter-test found. */
typedef struct
{
  PosternCounterResult  result;
  PosternPersonality    personality;    /* of what it said: within TLS where there is TLS */
  gboolean              listed;         /* plain: it said what it offers */
  gboolean              starttls;       /* plain: STARTTLS was offered */
  char                 *heard;          /* the first of it, that can be shown; or NULL */
} PosternCounter;

/* Where the session of a run has connected, or NULL. */
GSocketAddress *postern_counter_test_find_address (PosternSession         *session);

/* Whether one would tell more about a failure, what it would ask, and for how long it listens
 * first. */
gboolean        postern_counter_test_is_due (PosternPlan                  *plan,
                                             const PosternFailure         *failure,
                                             const PosternTlsInfo         *tls,
                                             PosternCounterQuestion       *question);
guint           postern_counter_test_get_patience (const PosternFailure   *failure);

void            postern_counter_test_async  (PosternPlan                  *plan,
                                             GSocketAddress               *address,
                                             PosternCounterQuestion        question,
                                             guint                         patience_ms,
                                             guint                         timeout_ms,
                                             GCancellable                 *cancellable,
                                             GAsyncReadyCallback           callback,
                                             gpointer                      user_data);
void            postern_counter_test_finish (GAsyncResult                 *result,
                                             PosternCounter               *counter);
void            postern_counter_clear       (PosternCounter               *counter);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternCounter, postern_counter_clear)

G_END_DECLS
