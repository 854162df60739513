/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session.h"

#include "session/postern-session-private.h"
#include "tls/postern-tls-context.h"

#include <glib/gi18n.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct _PosternSession
{
  GObject parent_instance;

  PosternMachine *machine;
  PosternTranscript *transcript;
  PosternStepFunc step_func;
  gpointer step_data;
  PosternLostFunc lost_func;
  gpointer lost_data;
  gboolean started;
  guint elapsed_ms;
  PosternRun *run; /* or NULL */
  PosternResults results;
};

G_DEFINE_FINAL_TYPE (PosternSession, postern_session, G_TYPE_OBJECT)

static void
postern_session_finalize (GObject *object)
{
  PosternSession *self = POSTERN_SESSION (object);

  postern_session_close (self);
  g_clear_pointer (&self->run, postern_run_unref);
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

#ifdef __SANITIZE_ADDRESS__
void
__lsan_do_leak_check (void);

/* GLib lets go of its table of quarks when that grows, and never frees it. A copy of GLib's
 * variables as they are at the start keeps LeakSanitizer from telling of it. */
static int
keep_variables_cb (struct dl_phdr_info *info, size_t size, void *user_data)
{
  static gpointer copies[8];
  static guint n_copies;

  if (strstr (info->dlpi_name, "libglib-2.0") == NULL)
    return 0;

  for (guint i = 0; i < info->dlpi_phnum && n_copies < G_N_ELEMENTS (copies); i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_W) != 0)
      copies[n_copies++] = g_memdup2 (
        (gconstpointer) (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr), info->dlpi_phdr[i].p_memsz);

  return 1;
}
#endif

void
postern_session_init_process (void)
{
#ifdef __SANITIZE_ADDRESS__
  dl_iterate_phdr (keep_variables_cb, NULL);
#endif
  g_unsetenv ("G_TLS_GNUTLS_PRIORITY");
  g_unsetenv ("SSLKEYLOGFILE");
  postern_tls_context_init_process ();
  signal (SIGPIPE, SIG_IGN);
}

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
  if (self->run != NULL)
    {
      self->run->step_func = func;
      self->run->step_data = user_data;
    }
}

void
postern_session_set_elapsed (PosternSession *self, guint ms)
{
  g_return_if_fail (POSTERN_IS_SESSION (self));

  self->elapsed_ms = ms;
}

/**
 * postern_session_run_async:
 *
 * Runs the machine against its plan's host. A session runs once; where the plan says `stay`, until
 * it has logged on.
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
  run->lost_func = self->lost_func;
  run->lost_data = self->lost_data;
  run->elapsed_ms = self->elapsed_ms;
  self->run = postern_run_ref (run);
  g_task_set_task_data (task, run, (GDestroyNotify) postern_run_unref);
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

GBytes *
postern_session_dup_heard (PosternSession *self)
{
  const char *bytes = NULL;
  gsize length = 0;

  g_return_val_if_fail (POSTERN_IS_SESSION (self), NULL);

  if (self->run != NULL && self->run->handshake != NULL &&
      self->run->channel == POSTERN_CHANNEL_CLEAR)
    return postern_handshake_dup_heard (self->run->handshake);
  if (self->run != NULL && self->run->reader != NULL)
    bytes = postern_line_reader_peek (self->run->reader, &length);
  return g_bytes_new (bytes, length);
}

gboolean
postern_session_is_ready (PosternSession *self)
{
  g_return_val_if_fail (POSTERN_IS_SESSION (self), FALSE);

  return self->run != NULL && !self->run->ended && self->run->task == NULL;
}

/**
 * postern_session_set_lost_func:
 * @func: (nullable): told when the connection is lost between two operations; it may close and
 *   free the session
 */
void
postern_session_set_lost_func (PosternSession *self, PosternLostFunc func, gpointer user_data)
{
  g_return_if_fail (POSTERN_IS_SESSION (self));

  self->lost_func = func;
  self->lost_data = user_data;
  if (self->run != NULL)
    {
      self->run->lost_func = func;
      self->run->lost_data = user_data;
    }
}

void
postern_session_set_transcript (PosternSession *self, PosternTranscript *transcript)
{
  g_return_if_fail (POSTERN_IS_SESSION (self));
  g_return_if_fail (POSTERN_IS_TRANSCRIPT (transcript));

  g_set_object (&self->transcript, transcript);
  if (self->run != NULL)
    g_set_object (&self->run->transcript, transcript);
}

/**
 * postern_session_operate_async:
 * @operation: what to do; what came of it is in there when it returns
 * @cancellable: (nullable): ends the operation at once, and with it the session
 *
 * One operation at a time, of a session that is ready. Where the connection was lost in the
 * meantime, that is the error.
 */
void
postern_session_operate_async (PosternSession *self,
                               PosternOperation *operation,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (POSTERN_IS_SESSION (self));
  g_return_if_fail (operation != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_check_cancellable (task, FALSE);
  if (!postern_session_is_ready (self))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                               _ ("There is no connection"));
      return;
    }

  g_task_set_task_data (task, postern_run_ref (self->run), (GDestroyNotify) postern_run_unref);
  postern_run_operate (g_steal_pointer (&task), operation);
}

/**
 * postern_session_operate_finish:
 *
 * Returns: %TRUE when the server answered, whatever it said; after %FALSE the connection is closed
 */
gboolean
postern_session_operate_finish (PosternSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
postern_session_close (PosternSession *self)
{
  g_return_if_fail (POSTERN_IS_SESSION (self));

  if (self->run != NULL)
    postern_run_drop (self->run);
}

PosternMachine *
postern_session_get_machine (PosternSession *self)
{
  g_return_val_if_fail (POSTERN_IS_SESSION (self), NULL);

  return self->machine;
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
