/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "session/postern-connector.h"
#include "session/postern-handshake.h"
#include "session/postern-line-reader.h"
#include "session/postern-session.h"

G_BEGIN_DECLS

/* What is left of a run; the session owns it. */
typedef struct
{
  PosternFailure *failure;
  GPtrArray      *addresses;
  PosternTlsInfo *tls_info;
} PosternResults;

/* One run: the data of its GTask. Every pending operation holds the task; whoever comes back
 * after the end finds `ended` and lets go. Where the session stays open after the logon there is
 * a task for each operation, and none between them: the next line is waited for all the same. */
typedef struct
{
  gatomicrefcount    ref_count;
  GTask             *task;              /* not owned; NULL while nothing is to be done */
  GMainContext      *context;
  PosternMachine    *machine;
  PosternTranscript *transcript;
  PosternPlan       *plan;
  PosternStepFunc    step_func;         /* of the session */
  gpointer           step_data;
  PosternLostFunc    lost_func;
  gpointer           lost_data;
  gboolean           ended;
  gboolean           timed_out;
  guint              elapsed_ms;        /* of the limit for all, before this run */

  GCancellable      *stop;              /* ours: fired at the end, whatever it was */
  GSource           *cancelled;
  GSource           *total;
  GSource           *deadline;          /* of the step */
  const char        *deadline_code;
  guint              deadline_ms;

  PosternConnector  *connector;
  GSocketConnection *socket;
  PosternTrust      *trust;
  PosternHandshake  *handshake;
  GIOStream         *stream;            /* the socket, or TLS over it */
  PosternLineReader *reader;
  gboolean           reading;           /* a line is waited for */
  GTask             *waiting;           /* for that line, or NULL */
  PosternChannel     channel;
  gboolean           octets;            /* the reader was told to read some as they are */

  PosternStepId      step;              /* the one that runs, or ran last */
  gboolean           step_running;
  int                command_event;     /* the first of the last command, -1: none */
  int                reply_event;       /* the first after it, -1: none */
  GError            *error;             /* with results->failure, while a farewell is said */
  PosternResults    *results;           /* of the session */
} PosternRun;

PosternRun *postern_run_new   (PosternMachine    *machine,
                               PosternTranscript *transcript,
                               PosternResults    *results,
                               PosternStepFunc    step_func,
                               gpointer           step_data);
PosternRun *postern_run_ref   (PosternRun        *self);
void        postern_run_unref (PosternRun        *self);
/* Starts the run that is the data of @task, and keeps the task until it returns. */
void        postern_run_start (GTask             *task);
/* The same for what is done after the logon. */
void        postern_run_operate (GTask            *task,
                                 PosternOperation *operation);
/* Hangs up; whoever waits is told that it was cancelled. */
void        postern_run_drop  (PosternRun        *self);

/* Between the files of a run: the beginning (connection, TLS), what is done after the logon, and
 * the rest (lines, limits, the end). What takes a task takes it over. */
#define POSTERN_REPLY_MS 30000          /* a reply_timeout of 0 */
#define POSTERN_MAX_SESSION (16 * 1024 * 1024)

gboolean    postern_run_watch         (PosternRun        *self);
void        postern_run_start_tls     (GTask             *task,
                                       gboolean           starttls);
void        postern_run_upgrade       (GTask             *task);
gboolean    postern_run_is_answered_early (PosternRun    *self);
void        postern_run_do            (GTask             *task,
                                       PosternAction      action);
void        postern_run_step          (PosternStepId      step,
                                       PosternStepState   state,
                                       const char        *summary,
                                       gpointer           user_data);
void        postern_run_set_deadline  (PosternRun        *self,
                                       const char        *code,
                                       guint              ms,
                                       guint              default_ms);
guint       postern_run_append_server (PosternRun        *self,
                                       const char        *bytes,
                                       gsize              length);
void        postern_run_injected      (PosternRun        *self,
                                       const char        *bytes,
                                       gsize              length);
void        postern_run_fail          (PosternRun        *self,
                                       PosternFailure    *failure,
                                       GError            *error,
                                       const char        *summary);
void        postern_run_take_failure  (PosternRun        *self,
                                       PosternFailure    *failure);
void        postern_run_end           (PosternRun        *self,
                                       GError            *error);
void        postern_run_close         (PosternRun        *self);
void        postern_run_clear_limits  (PosternRun        *self);
void        postern_run_listen        (PosternRun        *self);
PosternAction postern_run_feed        (PosternRun        *self,
                                       const char        *line,
                                       gsize              length);
void        postern_run_read          (GTask             *task);
void        postern_run_pause         (GTask             *task);
void        postern_run_lost          (PosternRun        *self,
                                       const char        *line,
                                       gsize              length);

G_END_DECLS
