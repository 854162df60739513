/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session-private.h"

#include <glib/gi18n.h>

/* A session that stays open: what comes between its operations, and how they begin. */

/* Nobody asked for anything: the connection is gone, or cannot be trusted to answer what is asked
 * next. @line is NULL where it is gone. */
void
postern_run_lost (PosternRun *self, const char *line, gsize length)
{
  PosternAction action =
    line != NULL ? postern_run_feed (self, line, length) : postern_machine_closed (self->machine);
  const PosternFailure *failure = postern_machine_get_failure (self->machine);

  if (action == POSTERN_ACTION_READ)
    {
      postern_run_listen (self);
      return;
    }

  postern_run_take_failure (self, failure != NULL
                                    ? postern_failure_copy (failure)
                                    : postern_failure_new ("protocol.closed", self->step));
  postern_run_close (self);
  postern_run_end (self, NULL);
  if (self->lost_func != NULL)
    self->lost_func (self->lost_data);
}

/* The logon, or an operation, is done, and the connection stays. Takes @task. */
void
postern_run_pause (GTask *task)
{
  PosternRun *self = g_task_get_task_data (task);

  postern_run_clear_limits (self);
  self->task = NULL;
  self->step_running = FALSE;
  self->command_event = self->reply_event = -1;
  postern_run_listen (self);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* What came while nothing was asked for is fed first, and fails the operation: it would be taken
 * for the answer. */
void
postern_run_operate (GTask *task, PosternOperation *operation)
{
  PosternRun *self = g_task_get_task_data (task);

  self->task = task;
  if (!postern_run_watch (self))
    {
      g_object_unref (task);
      return;
    }

  postern_line_reader_allow (self->reader, POSTERN_MAX_SESSION);
  postern_run_set_deadline (self, "timeout.reply", self->plan->reply_timeout, POSTERN_REPLY_MS);
  if (postern_line_reader_get_available (self->reader) > 0)
    postern_run_read (task);
  else
    postern_run_do (task, postern_machine_operate (self->machine, operation));
}

void
postern_run_drop (PosternRun *self)
{
  if (self->ended)
    return;

  /* At once: what is under way comes back only in the main loop, and there may be none any more. */
  if (self->socket != NULL)
    g_socket_shutdown (g_socket_connection_get_socket (self->socket), TRUE, TRUE, NULL);
  postern_run_end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled")));
}
