/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-probe.h"
#include "upopmail/postern-upopmail-call.h"

G_BEGIN_DECLS

/* What came of one operation. */
typedef struct
{
  const PosternUpopmailOperation *operation;
  int                             status;       /* $status */
  char                           *text;         /* one translated sentence, or NULL */
  GPtrArray                      *findings;     /* element-type PosternFinding */
  GStrv                           outputs;      /* one each that the operation has, in order */
  GPtrArray                      *transcripts;  /* element-type PosternTranscript, in order */
  PosternReport                  *report;       /* of its logon; or NULL */
  int                             exit_status;  /* of spec/cli.md */
} PosternUpopmailResult;

void postern_upopmail_result_free (PosternUpopmailResult *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternUpopmailResult, postern_upopmail_result_free)

#define POSTERN_TYPE_UPOPMAIL (postern_upopmail_get_type ())
G_DECLARE_FINAL_TYPE (PosternUpopmail, postern_upopmail, POSTERN, UPOPMAIL, GObject)

/**
 * PosternUpopmail:
 *
 * An instance of Uniface's UPOPMAIL (spec/uniface.md sections 4 and 5): two security contexts, a
 * connection to an SMTP and one to a POP server that stay open between operations, and the message
 * that is being composed. Operations are asynchronous, one at a time.
 *
 * A connection that is lost between two operations is noticed at once (the signal `lost`); as in
 * Uniface, the next operation that needs it returns -9, and the one after that -8.
 *
 * Properties, read-only, with notify: `smtp-logged-on`, `mail-logged-on`, `running` (boolean).
 * Signals: lost (PosternProtocol as int); warning (PosternFinding), before a logon that may send a
 * password in clear text sends anything.
 */
PosternUpopmail       *postern_upopmail_new         (PosternAccount             *settings,
                                                     const PosternCredentials   *credentials,
                                                     GError                    **error);
int                    postern_upopmail_set_drivers (PosternUpopmail            *self,
                                                     GPtrArray                  *drivers,
                                                     GPtrArray                  *findings);
PosternUpopmail       *postern_upopmail_new_logged_on (PosternAccount           *account,
                                                     PosternProbe               *probe);
void                   postern_upopmail_call_async  (PosternUpopmail            *self,
                                                     const PosternUpopmailCall  *call,
                                                     GCancellable               *cancellable,
                                                     GAsyncReadyCallback         callback,
                                                     gpointer                    user_data);
PosternUpopmailResult *postern_upopmail_call_finish (PosternUpopmail            *self,
                                                     GAsyncResult               *result,
                                                     GError                    **error);
gboolean               postern_upopmail_is_logged_on (PosternUpopmail           *self,
                                                     PosternProtocol             protocol);

G_END_DECLS
