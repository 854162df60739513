/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session-private.h"

#include "model/postern-error.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <string.h>

/* From clear text to TLS, and what may not stand between them. */

#define MAX_INJECTED 4096

/* @bytes came in clear text where only TLS may come: shown, never used. */
void
postern_run_injected (PosternRun *self, const char *bytes, gsize length)
{
  PosternFailure *failure = postern_failure_new ("starttls.injected", POSTERN_STEP_STARTTLS);
  gsize n_clean = 0;
  g_autofree char *clean = NULL;
  guint event;

  length = MIN (length, MAX_INJECTED);
  clean =
    postern_redactor_apply (postern_machine_get_redactor (self->machine), bytes, length, &n_clean);
  failure->text = postern_printable (clean, n_clean);
  self->step = POSTERN_STEP_STARTTLS;
  event = postern_run_append_server (self, bytes, length);
  failure->first_event = (int) event;
  failure->last_event = (int) postern_transcript_get_n_events (self->transcript) - 1;

  self->step_running = TRUE;
  postern_run_fail (
    self, failure,
    g_error_new_literal (POSTERN_ERROR, POSTERN_ERROR_PROTOCOL,
                         _ ("Bytes in clear text came with the answer to STARTTLS.")),
    _ ("Bytes in clear text came with the answer to STARTTLS"));
}

/* What an IMAP server says without being asked begins so; no other server may say anything. */
static gboolean
is_unasked (const char *bytes, gsize length)
{
  const char *end = bytes + length;

  for (const char *line = bytes; line != NULL && line < end;)
    {
      gsize left = (gsize) (end - line);

      if (memcmp (line, "* ", MIN (left, 2)) != 0)
        return FALSE;
      line = memchr (line, '\n', left);
      line = line != NULL ? line + 1 : NULL;
    }
  return TRUE;
}

/* An answer to STARTTLS that is there before STARTTLS was sent is not the server's: whoever sends
 * it wants to be taken for the one who agreed. */
gboolean
postern_run_is_answered_early (PosternRun *self)
{
  gsize length = 0;
  const char *bytes;

  if (postern_machine_get_step (self->machine) != POSTERN_STEP_STARTTLS ||
      self->channel == POSTERN_CHANNEL_TLS || self->results->failure != NULL)
    return FALSE;

  bytes = postern_line_reader_peek (self->reader, &length);
  if (is_unasked (bytes, length))
    return FALSE;

  postern_run_injected (self, bytes, length);
  return TRUE;
}

/* Replies that came in one segment with the go-ahead would be read as if they came under TLS. */
void
postern_run_upgrade (GTask *task)
{
  PosternRun *self = g_task_get_task_data (task);
  GInputStream *input = g_io_stream_get_input_stream (self->stream);
  gsize n_buffered = 0;
  const char *buffered = postern_line_reader_peek (self->reader, &n_buffered);
  g_autofree char *bytes = g_malloc (MAX_INJECTED);
  gsize length = MIN (n_buffered, MAX_INJECTED);
  gssize n = 0;

  if (self->channel == POSTERN_CHANNEL_TLS)
    {
      PosternFailure *failure = postern_failure_new ("protocol.unexpected-reply", self->step);

      failure->detail = g_strdup (_ ("The server agreed to STARTTLS within TLS."));
      postern_run_fail (
        self, failure, g_error_new_literal (POSTERN_ERROR, POSTERN_ERROR_PROTOCOL, failure->detail),
        failure->detail);
      g_object_unref (task);
      return;
    }

  memcpy (bytes, buffered, length);
  if (length < MAX_INJECTED)
    n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (input), bytes + length,
                                                  MAX_INJECTED - length, NULL, NULL);
  if (n > 0)
    length += (gsize) n;

  if (length > 0)
    {
      postern_run_injected (self, bytes, length);
      postern_wipe (bytes, length);
      g_object_unref (task);
      return;
    }

  postern_run_start_tls (task, TRUE);
}
