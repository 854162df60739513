/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-counter-test.h"

G_BEGIN_DECLS

/**
 * PosternPortWatch:
 *
 * Watches a session that waits for the first bytes of a server. A server that waits itself, for
 * TLS or for a request of another protocol, says nothing for ever: after a while, further
 * connections without credentials ask what the port is. Some servers have one connection at a time:
 * where there is time enough to begin anew, the session has to let go of its own, so that the others
 * have their turn. A server that is only slow has all the time that the account gives it.
 */
typedef struct _PosternPortWatch PosternPortWatch;

typedef enum
{
  POSTERN_PORT_PROVED,                  /* what the port is; the watch is over */
  POSTERN_PORT_LET_GO,                  /* the session has to end; the watch goes on */
  POSTERN_PORT_UNKNOWN,                 /* after that: nothing came of it; the watch is over */
} PosternPortNews;

/* @counter: what proves it, or all that is known. The watch may be freed. */
typedef void (*PosternPortWatchFunc) (PosternPortNews       news,
                                      const PosternCounter *counter,
                                      gpointer              user_data);

/* @step: GREETING or TLS, where the session waits; @limit_ms: as long as it waits at most, and the
 * whole run, @total_ms */
PosternPortWatch     *postern_port_watch_new        (PosternPlan          *plan,
                                                     PosternSession       *session,
                                                     PosternTranscript    *transcript,
                                                     PosternStepId         step,
                                                     guint                 limit_ms,
                                                     guint                 total_ms,
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
