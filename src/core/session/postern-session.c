/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session.h"

#include "session/postern-session-private.h"
#include "tls/postern-tls-context.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct _PosternSession
{
  GObject parent_instance;

  PosternMachine *machine;
  PosternTranscript *transcript;
  PosternStepFunc step_func;
  gpointer step_data;
  gboolean started;
  PosternResults results;
};

G_DEFINE_FINAL_TYPE (PosternSession, postern_session, G_TYPE_OBJECT)

static void
postern_session_finalize (GObject *object)
{
  PosternSession *self = POSTERN_SESSION (object);

  g_clear_object (&self->machine);
  g_clear_object (&self->transcript);
  g_clear_pointer (&self->results.failure, postern_failure_free);
  g_clear_pointer (&self->results.addresses, g_ptr_array_unref);
  g_clear_pointer (&self->results.tls_info, postern_tls_info_free);

  G_OBJECT_CLASS (postern_session_parent_class)->finalize (object);
}

static void
postern_session_class_init (PosternSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_session_finalize;
}

static void
postern_session_init (PosternSession *self)
{
  self->results.addresses = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_address_free);
}

void
postern_session_init_process (void)
{
  g_unsetenv ("G_TLS_GNUTLS_PRIORITY");
  g_unsetenv ("SSLKEYLOGFILE");
  postern_tls_context_init_process ();
  signal (SIGPIPE, SIG_IGN);
}

#ifdef __SANITIZE_ADDRESS__
void
__lsan_do_leak_check (void);
#endif

void
postern_session_end_process (int status)
{
  fflush (NULL);
#ifdef __SANITIZE_ADDRESS__
  __lsan_do_leak_check (); /* what exit() would have done */
#endif
  _exit (status);
}

/**
 * postern_session_new:
 * @machine: a machine that was not started; its plan is what the session does
 * @transcript: where the session is written down
 */
PosternSession *
postern_session_new (PosternMachine *machine, PosternTranscript *transcript)
{
  PosternSession *self;

  g_return_val_if_fail (POSTERN_IS_MACHINE (machine), NULL);
  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (transcript), NULL);

  self = g_object_new (POSTERN_TYPE_SESSION, NULL);
  self->machine = g_object_ref (machine);
  self->transcript = g_object_ref (transcript);

  return self;
}

/**
 * postern_session_set_step_func:
 * @func: (nullable): told of each step that begins or ends, those of the machine too; @user_data
 *   must live until the run has returned. It is not called after that
 */
void
postern_session_set_step_func (PosternSession *self, PosternStepFunc func, gpointer user_data)
{
  g_return_if_fail (POSTERN_IS_SESSION (self));

  self->step_func = func;
  self->step_data = user_data;
}

/**
 * postern_session_run_async:
 *
 * Runs the machine against its plan's host. A session runs once.
 */
void
postern_session_run_async (PosternSession *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task;
  PosternRun *run;

  g_return_if_fail (POSTERN_IS_SESSION (self));
  g_return_if_fail (!self->started);

  self->started = TRUE;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_check_cancellable (task, FALSE); /* the run sees to it, and says so */
  run = postern_run_new (self->machine, self->transcript, &self->results, self->step_func,
                         self->step_data);
  g_task_set_task_data (task, run, (GDestroyNotify) postern_run_free);
  postern_run_start (task);
}

/**
 * postern_session_run_finish:
 * @error: (nullable): `G_IO_ERROR_CANCELLED`, `G_IO_ERROR_TIMED_OUT`, what GIO reported, or
 *   `POSTERN_ERROR`; it holds no secret
 *
 * Returns: %TRUE when the run went as the plan wanted; else postern_session_get_failure() tells
 *   more, except after a cancel
 */
gboolean
postern_session_run_finish (PosternSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * postern_session_get_failure:
 *
 * Returns: (nullable): why the run ended where it did; %NULL when it passed or was cancelled
 */
const PosternFailure *
postern_session_get_failure (PosternSession *self)
{
  g_return_val_if_fail (POSTERN_IS_SESSION (self), NULL);

  return self->results.failure;
}

/**
 * postern_session_get_addresses:
 *
 * Returns: (element-type PosternAddress): filled as the run goes, in the order of trying
 */
GPtrArray *
postern_session_get_addresses (PosternSession *self)
{
  g_return_val_if_fail (POSTERN_IS_SESSION (self), NULL);

  return self->results.addresses;
}

/**
 * postern_session_get_tls_info:
 *
 * Returns: (nullable): what TLS came to, also where the certificate was refused; %NULL before
 *   the handshake, and when the peer never spoke TLS
 */
const PosternTlsInfo *
postern_session_get_tls_info (PosternSession *self)
{
  g_return_val_if_fail (POSTERN_IS_SESSION (self), NULL);

  return self->results.tls_info;
}
