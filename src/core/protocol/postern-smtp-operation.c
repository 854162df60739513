/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* What is done in a session that stays open after the logon. */

/* Of a message so much is shown; the rest is the sender's own, and too much for a transcript. */
#define MAX_SHOWN_LINES 200

static PosternOperation *
get_operation (PosternSmtp *self)
{
  return postern_machine_get_operation (POSTERN_MACHINE (self));
}

static PosternAction
pause_session (PosternSmtp *self)
{
  self->state = POSTERN_SMTP_IDLE;
  return postern_machine_pause (POSTERN_MACHINE (self));
}

/* Keeps the reply at hand with the operation, where there is one. */
void
postern_smtp_note_reply (PosternSmtp *self)
{
  PosternOperation *operation = get_operation (self);
  int code = postern_smtp_reply_get_code (self->reply);

  if (operation != NULL)
    postern_operation_take_reply (operation, code, postern_smtp_reply_dup_text (self->reply),
                                  code >= 400);
}

static PosternAction
end_operation (PosternSmtp *self, PosternStepState state)
{
  PosternMachine *machine = POSTERN_MACHINE (self);
  PosternOperation *operation = get_operation (self);
  g_autofree char *line = postern_smtp_reply_dup_line (self->reply, 0);
  g_autofree char *summary = g_strdup_printf ("%d %s", operation->reply_code, line);

  if (operation->kind == POSTERN_OPERATION_ENVELOPE || operation->kind == POSTERN_OPERATION_MESSAGE)
    postern_machine_end_step (machine, POSTERN_STEP_SENDER, state, summary);
  return pause_session (self);
}

/**
 * postern_smtp_append_message:
 * @output: where it goes
 * @message: with CRLF line ends
 *
 * RFC 5321 section 4.5.2: a line that begins with a dot gets another one, and a dot alone ends the
 * message.
 */
void
postern_smtp_append_message (PosternOutput *output, GBytes *message)
{
  gsize length;
  const char *line = g_bytes_get_data (message, &length);
  const char *end = line + length;
  g_autoptr(GString) rest = g_string_new (NULL);

  for (guint n = 0; line < end; n++)
    {
      const char *lf = memchr (line, '\n', (gsize) (end - line));
      gsize n_line = lf != NULL ? (gsize) (lf + 1 - line) : (gsize) (end - line);

      if (*line == '.')
        g_string_append_c (rest, '.');
      g_string_append_len (rest, line, (gssize) n_line);
      if (lf == NULL)
        g_string_append (rest, "\r\n");
      line += n_line;
      if (n < MAX_SHOWN_LINES)
        {
          postern_output_append (output, rest->str);
          g_string_truncate (rest, 0);
        }
    }
  if (rest->len > 0)
    {
      /* Translators: stands for the end of a long message */
      g_autofree char *shown =
        g_strdup_printf (_ ("… (%" G_GSIZE_FORMAT " bytes more)"), rest->len);

      postern_output_append_as (output, rest->str, rest->len, shown);
    }
  postern_output_append (output, ".\r\n");
}

static PosternAction
start_envelope (PosternSmtp *self, PosternOperation *operation)
{
  gboolean safe = postern_smtp_sender_is_safe (operation->sender);

  for (guint i = 0; i < operation->recipients->len; i++)
    {
      const PosternRecipient *recipient = operation->recipients->pdata[i];

      safe = safe && postern_smtp_sender_is_safe (recipient->address);
    }
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_SENDER);
  if (!safe)
    {
      operation->refused = TRUE;
      postern_machine_end_step (
        POSTERN_MACHINE (self), POSTERN_STEP_SENDER, POSTERN_STATE_FAILED,
        _ ("The address holds a character that cannot be sent. Nothing was sent."));
      return pause_session (self);
    }
  self->next_recipient = 0;
  return postern_smtp_send (self, POSTERN_SMTP_OPERATION, "MAIL FROM:<%s>", operation->sender);
}

PosternAction
postern_smtp_operate (PosternMachine *machine, PosternOperation *operation)
{
  PosternSmtp *self = POSTERN_SMTP (machine);

  switch (operation->kind)
    {
    case POSTERN_OPERATION_ENVELOPE:
      return start_envelope (self, operation);

    case POSTERN_OPERATION_MESSAGE:
      postern_machine_begin_step (machine, POSTERN_STEP_SENDER);
      return postern_smtp_send (self, POSTERN_SMTP_OPERATION_DATA, "DATA");

    case POSTERN_OPERATION_RESET:
      return postern_smtp_send (self, POSTERN_SMTP_OPERATION, "RSET");

    case POSTERN_OPERATION_QUIT:
      return postern_smtp_quit (self);

    case POSTERN_OPERATION_NOOP:
    case POSTERN_OPERATION_LIST:
    case POSTERN_OPERATION_HEADERS:
    default:
      return postern_smtp_send (self, POSTERN_SMTP_OPERATION, "NOOP");
    }
}

/* The reply at hand is to the RCPT that was sent last. */
static void
note_recipient (PosternSmtp *self, PosternOperation *operation)
{
  PosternRecipient *recipient = operation->recipients->pdata[self->next_recipient++];

  recipient->reply_code = operation->reply_code;
  recipient->text = g_strdup (operation->text);
  if (operation->refused)
    operation->n_refused++;
}

static PosternAction
envelope_reply (PosternSmtp *self, PosternOperation *operation)
{
  gboolean stop = operation->refused;

  if (postern_smtp_reply_get_code (self->reply) / 100 == 3)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");
  if (self->state == POSTERN_SMTP_OPERATION_RCPT)
    {
      note_recipient (self, operation);
      stop = operation->refused && !operation->ignore_refused;
    }
  if (stop)
    return end_operation (self, POSTERN_STATE_FAILED);

  if (self->next_recipient < operation->recipients->len)
    {
      const PosternRecipient *next = operation->recipients->pdata[self->next_recipient];

      return postern_smtp_send (self, POSTERN_SMTP_OPERATION_RCPT, "RCPT TO:<%s>", next->address);
    }
  return end_operation (self,
                        operation->n_refused > 0 ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED);
}

static PosternAction
data_reply (PosternSmtp *self, PosternOperation *operation)
{
  if (operation->refused)
    return end_operation (self, POSTERN_STATE_FAILED);
  if (operation->reply_code != 354)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");

  self->state = POSTERN_SMTP_OPERATION;
  postern_smtp_append_message (postern_logon_output (POSTERN_LOGON (self)), operation->message);
  return POSTERN_ACTION_SEND;
}

/**
 * postern_smtp_operation_reply:
 * @self: a machine with a reply while it does an operation, or has nothing to do
 *
 * Returns: what to do
 */
PosternAction
postern_smtp_operation_reply (PosternSmtp *self)
{
  PosternOperation *operation = get_operation (self);
  int code = postern_smtp_reply_get_code (self->reply);

  postern_smtp_note_reply (self);
  if (operation == NULL || code == 421)
    return postern_logon_interrupted (POSTERN_LOGON (self), code == 421);

  switch (operation->kind)
    {
    case POSTERN_OPERATION_ENVELOPE:
      return envelope_reply (self, operation);

    case POSTERN_OPERATION_MESSAGE:
      if (self->state == POSTERN_SMTP_OPERATION_DATA)
        return data_reply (self, operation);
      return end_operation (self, operation->refused ? POSTERN_STATE_FAILED : POSTERN_STATE_PASSED);

    case POSTERN_OPERATION_NOOP:
    case POSTERN_OPERATION_RESET:
    case POSTERN_OPERATION_LIST:
    case POSTERN_OPERATION_HEADERS:
    case POSTERN_OPERATION_QUIT:
    default:
      return end_operation (self, POSTERN_STATE_PASSED);
    }
}
