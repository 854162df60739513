/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-driver-use.h"
#include "model/postern-failure.h"
#include "model/postern-plan.h"
#include "model/postern-redactor.h"
#include "protocol/postern-operation.h"
#include "protocol/postern-output.h"
#include "protocol/postern-preparation.h"

G_BEGIN_DECLS

/**
 * PosternAction:
 * @POSTERN_ACTION_READ: feed the next line
 * @POSTERN_ACTION_READ_OCTETS: feed the next postern_machine_get_n_octets() bytes as they are, all
 *   at once, with postern_machine_feed_octets() (an IMAP literal)
 * @POSTERN_ACTION_SEND: write the output, then feed the next line
 * @POSTERN_ACTION_PREPARE: something takes long that is not the peer's (a Kerberos ticket): run
 *   postern_machine_dup_preparation() in a thread, then call postern_machine_prepared()
 * @POSTERN_ACTION_START_TLS: the peer agreed; do the handshake, then call
 *   postern_machine_tls_started(). Nothing may be left unread.
 * @POSTERN_ACTION_PAUSE: logged on, and nothing to do: keep the connection, and call
 *   postern_machine_operate() when there is. A line that comes before that is fed all the same
 * @POSTERN_ACTION_DONE: the session is over, and went as the plan wanted
 * @POSTERN_ACTION_FAILED: postern_machine_get_failure() tells why
 */
typedef enum
{
  POSTERN_ACTION_READ,
  POSTERN_ACTION_READ_OCTETS,
  POSTERN_ACTION_SEND,
  POSTERN_ACTION_PREPARE,
  POSTERN_ACTION_START_TLS,
  POSTERN_ACTION_PAUSE,
  POSTERN_ACTION_DONE,
  POSTERN_ACTION_FAILED,
} PosternAction;

#define POSTERN_TYPE_MACHINE (postern_machine_get_type ())
G_DECLARE_DERIVABLE_TYPE (PosternMachine, postern_machine, POSTERN, MACHINE, GObject)

/**
 * PosternMachine:
 *
 * The client's side of one protocol, without input or output: it is fed what the peer said, a
 * line at a time, and answers with what to do next. It reads, writes and waits for nothing.
 *
 * Lines come without their line end and may hold any bytes, NUL too. The machine's memory is
 * bounded whatever it is fed: a reply may have 1,000 lines and 1 MiB, a session 10,000 lines, and
 * each operation after the logon 50,000, a literal 32 KiB.
 *
 * After FAILED with an open connection the machine may still have a last word to say ("QUIT",
 * or "*" and then "QUIT"): postern_machine_farewell() gives it.
 */
struct _PosternMachineClass
{
  GObjectClass parent_class;

  PosternAction (*start)       (PosternMachine *self);
  PosternAction (*feed)        (PosternMachine *self,
                                const char     *line,
                                gsize           length);
  PosternAction (*feed_octets) (PosternMachine *self,
                                const char     *bytes,
                                gsize           length);
  PosternPreparation *
                (*dup_preparation) (PosternMachine *self);
  PosternAction (*prepared)    (PosternMachine *self);
  PosternAction (*tls_started) (PosternMachine *self);
  PosternAction (*closed)      (PosternMachine *self);
  gboolean      (*farewell)    (PosternMachine *self);
  PosternAction (*operate)     (PosternMachine *self,
                                PosternOperation *operation);
};

/* The longest literal that a machine wants to have: it fits into the buffer of a line reader. */
#define POSTERN_MAX_LITERAL (32 * 1024)

/**
 * PosternStepFunc:
 * @state: RUNNING when a step begins, then the state in which it ended; steps that end without
 *   having begun are legal (SKIPPED)
 * @summary: (nullable): a translated line without secrets, e.g. "PLAIN, accepted"
 */
typedef void (*PosternStepFunc) (PosternStepId     step,
                                 PosternStepState  state,
                                 const char       *summary,
                                 gpointer          user_data);

/* For the driver of the session. */
void                   postern_machine_set_step_func     (PosternMachine  *self,
                                                          PosternStepFunc  func,
                                                          gpointer         user_data);
void                   postern_machine_set_local_address (PosternMachine  *self,
                                                          const char      *literal);
PosternAction          postern_machine_start             (PosternMachine  *self,
                                                          gboolean         tls);
PosternAction          postern_machine_feed              (PosternMachine  *self,
                                                          const char      *line,
                                                          gsize            length);
gsize                  postern_machine_get_n_octets      (PosternMachine  *self);
PosternAction          postern_machine_feed_octets       (PosternMachine  *self,
                                                          const char      *bytes,
                                                          gsize            length);
PosternPreparation    *postern_machine_dup_preparation   (PosternMachine  *self);
PosternAction          postern_machine_prepared          (PosternMachine  *self);
/* Before start() or tls_started(), when there is TLS; copied. */
void                   postern_machine_set_bindings      (PosternMachine        *self,
                                                          const PosternBindings *bindings);
PosternAction          postern_machine_tls_started       (PosternMachine  *self);
PosternAction          postern_machine_closed            (PosternMachine  *self);
PosternAction          postern_machine_operate           (PosternMachine  *self,
                                                          PosternOperation *operation);
gboolean               postern_machine_farewell          (PosternMachine  *self);
PosternOutput         *postern_machine_get_output        (PosternMachine  *self);
PosternStepId          postern_machine_get_step          (PosternMachine  *self);
PosternStepState       postern_machine_get_step_state    (PosternMachine  *self,
                                                          PosternStepId    step);

/* For the report. */
PosternPlan           *postern_machine_get_plan          (PosternMachine  *self);
PosternRedactor       *postern_machine_get_redactor      (PosternMachine  *self);
gboolean               postern_machine_get_tls           (PosternMachine  *self);
const PosternFailure  *postern_machine_get_failure       (PosternMachine  *self);
const char *const     *postern_machine_get_clear_capabilities (PosternMachine *self);
const char *const     *postern_machine_get_tls_capabilities   (PosternMachine *self);
const char            *postern_machine_get_mechanism     (PosternMachine  *self);
const char            *postern_machine_get_choice        (PosternMachine  *self);
guint                  postern_machine_get_attempts      (PosternMachine  *self);
const char *const     *postern_machine_get_mechanisms    (PosternMachine  *self);
gboolean               postern_machine_is_authenticated  (PosternMachine  *self);
gboolean               postern_machine_starttls_was_skipped (PosternMachine *self);
gboolean               postern_machine_was_preauthenticated (PosternMachine *self);

/* Element-type PosternDriverUse, one for each step of the plan. */
GPtrArray             *postern_machine_get_uses          (PosternMachine  *self);

/* For the machines. Each sets state and returns the action to answer with. */
PosternAction          postern_machine_fail              (PosternMachine  *self,
                                                          PosternFailure  *failure);
void                   postern_machine_begin_step        (PosternMachine  *self,
                                                          PosternStepId    step);
void                   postern_machine_end_step          (PosternMachine  *self,
                                                          PosternStepId    step,
                                                          PosternStepState state,
                                                          const char      *summary);
void                   postern_machine_set_capabilities  (PosternMachine  *self,
                                                          GStrv            capabilities);
void                   postern_machine_note_attempt      (PosternMachine  *self,
                                                          const char      *mechanism);
void                   postern_machine_set_mechanisms    (PosternMachine  *self,
                                                          GStrv            mechanisms);
void                   postern_machine_set_choice        (PosternMachine  *self,
                                                          const char      *reason);
PosternAction          postern_machine_want_octets       (PosternMachine  *self,
                                                          gsize            n_octets);
const PosternBindings *postern_machine_get_bindings      (PosternMachine  *self);
void                   postern_machine_note_preauthenticated (PosternMachine *self);
void                   postern_machine_set_authenticated (PosternMachine  *self);
void                   postern_machine_note_starttls_skipped (PosternMachine *self);
const char            *postern_machine_get_local_address (PosternMachine  *self);
/* The operation that is being done, or NULL: then a line is nothing that was asked for. */
PosternOperation      *postern_machine_get_operation     (PosternMachine  *self);
PosternAction          postern_machine_pause             (PosternMachine  *self);

G_END_DECLS
