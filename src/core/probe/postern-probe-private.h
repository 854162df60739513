/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"
#include "probe/postern-name-check.h"
#include "probe/postern-port-watch.h"
#include "probe/postern-probe.h"
#include "probe/postern-report-private.h"

G_BEGIN_DECLS

/* What the time limits leave for ending the run properly. Milliseconds. */
#define POSTERN_PROBE_MARGIN 250

struct _PosternProbe
{
  GObject parent_instance;

  PosternAccount *account;
  PosternSecret *password;
  PosternSecret *token;
  PosternSecret *key_password;
  gboolean check_usable;
  char *check_sender;
  GStrv check_recipients;
  char *send_from;
  char *send_to;
  gboolean only_look;
  char *only_mechanism;
  gboolean stay;

  PosternReport *report;
  gboolean running;

  /* While it runs. */
  GPtrArray *settings_findings;
  GPtrArray *notes; /* findings that only inform */
  PosternPlan *plan;
  PosternMachine *machine;
  PosternSession *session;
  GCancellable *stop; /* ours: ends the session, for the caller or because the cause is known */
  PosternPortWatch *watch; /* or NULL */
  PosternStepId watched;   /* its step */
  gboolean proved;         /* the watch ended the session */
  gboolean let_go;         /* the session ends, so that counter-tests have their turn */
  gboolean unwatched;      /* they had it, and all is asked */
  GTask *waiting;          /* while they have it, or NULL */
  GSource *waiting_source; /* for the caller, who may cancel */
  PosternCounter counter;
  GPtrArray *names; /* element-type PosternNameCheck, or NULL */
  PosternTrustAdvice *advice;
  PosternFailure *seen; /* while that is waited for */
  gint64 begun;
};

/* Between the two files of a probe: its beginning and end, and its session with the counter-tests.
 * What takes a task takes it over, except the conclusion. */
void   postern_probe_begin_session (GTask                 *task);
void   postern_probe_clear_watch   (PosternProbe          *self);
void   postern_probe_conclude      (GTask                 *task,
                                    const PosternFailure  *seen,
                                    gboolean               cancelled);
void   postern_probe_update_step   (PosternProbe          *self,
                                    PosternStepId          id,
                                    PosternStepState       state,
                                    const char            *summary);
/* What is left of the limit for the whole run, in milliseconds. */
guint  postern_probe_time_left     (PosternProbe          *self);

G_END_DECLS
