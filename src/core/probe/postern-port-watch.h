/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-counter-test.h"

G_BEGIN_DECLS

/**
 * PosternPortWatch:
 *
 * Watches a session that waits for the first bytes of a server. A server that waits itself, for
 * TLS or for a request of another protocol, says nothing for ever: after a while, further
 * connections without credentials ask what the port is. A server that is only slow goes on having
 * all the time that the account gives it.
 */
typedef struct _PosternPortWatch PosternPortWatch;

/* What the port is has been proved; the watch is over. */
typedef void (*PosternPortWatchFunc) (const PosternCounter *proof,
                                      gpointer              user_data);

/* @step: GREETING or TLS, where the session waits; @limit_ms: as long as it waits at most */
PosternPortWatch     *postern_port_watch_new        (PosternPlan          *plan,
                                                     PosternSession       *session,
                                                     PosternTranscript    *transcript,
                                                     PosternStepId         step,
                                                     guint                 limit_ms,
                                                     PosternPortWatchFunc  func,
                                                     gpointer              user_data);
/* Nobody is told anything any more. */
void                  postern_port_watch_free       (PosternPortWatch     *self);
/* What is known by now, without being a proof. */
const PosternCounter *postern_port_watch_get_known  (PosternPortWatch     *self);

/* Why a run ended whose watch at @step had a proof. */
PosternFailure       *postern_port_watch_make_failure (PosternPlan        *plan,
                                                     PosternStepId         step,
                                                     const PosternCounter *proof);

/* In the transcript: that a counter-test is made. */
void                  postern_port_watch_note       (PosternTranscript    *transcript,
                                                     PosternStepId         step,
                                                     PosternCounterQuestion question);
/* … and what it found. */
void                  postern_port_watch_note_found (PosternTranscript    *transcript,
                                                     PosternStepId         step,
                                                     const PosternCounter *counter);

G_END_DECLS
