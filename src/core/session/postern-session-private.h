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
 * after the end finds `ended` and lets go. */
typedef struct
{
  GTask             *task;              /* not owned */
  PosternMachine    *machine;
  PosternTranscript *transcript;
  PosternPlan       *plan;
  PosternStepFunc    step_func;         /* of the session */
  gpointer           step_data;
  gboolean           ended;
  gboolean timed_out;

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
void        postern_run_free  (PosternRun        *self);
/* Starts the run that is the data of @task, and keeps the task until it returns. */
void        postern_run_start (GTask             *task);

/* Between the two files of a run: the beginning (connection, TLS), and the rest (lines, limits,
 * the end). What takes a task takes it over. */
#define POSTERN_REPLY_MS 30000          /* a reply_timeout of 0 */

gboolean    postern_run_watch         (PosternRun        *self);
void        postern_run_start_tls     (GTask             *task,
                                       gboolean           starttls);
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
void        postern_run_end           (PosternRun        *self,
                                       GError            *error);

G_END_DECLS
