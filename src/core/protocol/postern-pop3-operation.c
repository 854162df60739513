/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-pop3-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* What is done in a session that stays open after the logon. Nothing is deleted. */

/* Without TOP a message is read whole for its headers, if it is no larger than this. Bytes. */
#define MAX_RETRIEVED (512 * 1024)

/* More of its headers is not kept. Bytes. */
#define MAX_HEADERS (64 * 1024)

static PosternOperation *
get_operation (PosternPop3 *self)
{
  return postern_machine_get_operation (POSTERN_MACHINE (self));
}

/* Keeps the reply at hand with the operation, where there is one. */
void
postern_pop3_note_reply (PosternPop3 *self)
{
  PosternOperation *operation = get_operation (self);

  if (operation != NULL)
    postern_operation_take_reply (operation, 0, g_strdup (self->text),
                                  self->status == POSTERN_POP3_ERR);
}

static PosternAction
end_operation (PosternPop3 *self, PosternStepState state, const char *summary)
{
  PosternOperation *operation = get_operation (self);

  if (operation->kind == POSTERN_OPERATION_LIST || operation->kind == POSTERN_OPERATION_HEADERS)
    postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_USABLE, state, summary);
  self->state = POSTERN_POP3_IDLE;
  return postern_machine_pause (POSTERN_MACHINE (self));
}

static PosternAction
send_top (PosternPop3 *self, const PosternOperation *operation)
{
  g_autofree char *command = g_strdup_printf ("TOP %u 0", operation->number);

  return postern_pop3_send (self, POSTERN_POP3_OPERATION_TOP, command);
}

static PosternAction
send_retr (PosternPop3 *self, const PosternOperation *operation)
{
  g_autofree char *command = g_strdup_printf ("RETR %u", operation->number);

  return postern_pop3_send (self, POSTERN_POP3_OPERATION_RETR, command);
}

PosternAction
postern_pop3_operate (PosternMachine *machine, PosternOperation *operation)
{
  PosternPop3 *self = POSTERN_POP3 (machine);

  switch (operation->kind)
    {
    case POSTERN_OPERATION_LIST:
      postern_machine_begin_step (machine, POSTERN_STEP_USABLE);
      return postern_pop3_send (self, POSTERN_POP3_OPERATION, "STAT");

    case POSTERN_OPERATION_HEADERS:
      postern_machine_begin_step (machine, POSTERN_STEP_USABLE);
      return send_top (self, operation);

    case POSTERN_OPERATION_RESET:
      return postern_pop3_send (self, POSTERN_POP3_OPERATION, "RSET");

    case POSTERN_OPERATION_QUIT:
      return postern_pop3_quit (self);

    case POSTERN_OPERATION_NOOP:
    case POSTERN_OPERATION_ENVELOPE:
    case POSTERN_OPERATION_MESSAGE:
    default:
      return postern_pop3_send (self, POSTERN_POP3_OPERATION, "NOOP");
    }
}

/* "1 320", or "1 whqtswO00WBw418f9t5JxYwZ"; what is neither is passed over. */
static const char *
read_number (const char *line, guint *number)
{
  const char *blank = strchr (line, ' ');
  g_autofree char *digits = blank != NULL ? g_strndup (line, (gsize) (blank - line)) : NULL;
  guint64 value;

  if (digits == NULL || !g_ascii_string_to_unsigned (digits, 10, 1, G_MAXUINT, &value, NULL))
    return NULL;
  *number = (guint) value;
  return blank + 1;
}

static void
read_list (PosternPop3 *self, PosternOperation *operation)
{
  for (guint i = 0; i < self->lines->len; i++)
    {
      PosternListed *listed;
      guint number = 0;
      const char *rest = read_number (self->lines->pdata[i], &number);

      if (rest == NULL)
        continue;
      listed = g_new0 (PosternListed, 1);
      listed->number = number;
      listed->size = g_ascii_strtoull (rest, NULL, 10);
      g_ptr_array_add (operation->listed, listed);
    }
}

/* Both lists are in the order of the numbers; one that is not loses its ids. */
static void
read_ids (PosternPop3 *self, PosternOperation *operation)
{
  guint at = 0;

  for (guint i = 0; i < self->lines->len; i++)
    {
      guint number = 0;
      const char *id = read_number (self->lines->pdata[i], &number);

      while (at < operation->listed->len &&
             ((PosternListed *) operation->listed->pdata[at])->number < number)
        at++;
      if (id == NULL || at == operation->listed->len)
        continue;
      if (((PosternListed *) operation->listed->pdata[at])->number == number)
        ((PosternListed *) operation->listed->pdata[at++])->id = g_strdup (id);
    }
}

static PosternAction
list_reply (PosternPop3 *self, PosternOperation *operation)
{
  g_autofree char *summary = NULL;
  gboolean refused = operation->refused;

  if (self->state == POSTERN_POP3_OPERATION_UIDL)
    {
      operation->refused = FALSE; /* UIDL is optional (RFC 1939 section 7) */
      if (!refused)
        read_ids (self, operation);
    }
  else if (refused)
    return end_operation (self, POSTERN_STATE_FAILED, self->text);
  else if (self->state == POSTERN_POP3_OPERATION)
    return postern_pop3_send (self, POSTERN_POP3_OPERATION_LIST, "LIST");
  else
    {
      read_list (self, operation);
      return postern_pop3_send (self, POSTERN_POP3_OPERATION_UIDL, "UIDL");
    }

  summary = g_strdup_printf (ngettext ("%u message", "%u messages", operation->listed->len),
                             operation->listed->len);
  return end_operation (self, POSTERN_STATE_PASSED, summary);
}

static PosternAction
headers_reply (PosternPop3 *self, PosternOperation *operation)
{
  if (operation->refused && self->state == POSTERN_POP3_OPERATION_TOP &&
      operation->size <= MAX_RETRIEVED)
    return send_retr (self, operation);

  return end_operation (self, operation->refused ? POSTERN_STATE_FAILED : POSTERN_STATE_PASSED,
                        operation->refused ? self->text : NULL);
}

/**
 * postern_pop3_collect_header:
 * @self: a machine that reads a message for its headers
 * @line: (transfer full): of the message
 *
 * Keeps the headers, and nothing of the body.
 */
void
postern_pop3_collect_header (PosternPop3 *self, char *line)
{
  PosternOperation *operation = get_operation (self);

  if (*line == '\0')
    self->in_body = TRUE;
  if (!self->in_body && operation->headers->len + strlen (line) < MAX_HEADERS)
    g_string_append_printf (operation->headers, "%s\n", line);
  g_free (line);
}

/**
 * postern_pop3_operation_reply:
 * @self: a machine with a reply while it does an operation, or has nothing to do
 *
 * Returns: what to do
 */
PosternAction
postern_pop3_operation_reply (PosternPop3 *self)
{
  PosternOperation *operation = get_operation (self);

  if (operation == NULL)
    return postern_logon_interrupted (POSTERN_LOGON (self), self->status == POSTERN_POP3_ERR);

  postern_pop3_note_reply (self);
  switch (operation->kind)
    {
    case POSTERN_OPERATION_LIST:
      return list_reply (self, operation);

    case POSTERN_OPERATION_HEADERS:
      return headers_reply (self, operation);

    case POSTERN_OPERATION_NOOP:
    case POSTERN_OPERATION_ENVELOPE:
    case POSTERN_OPERATION_MESSAGE:
    case POSTERN_OPERATION_RESET:
    case POSTERN_OPERATION_QUIT:
    default:
      return end_operation (self, POSTERN_STATE_PASSED, NULL);
    }
}
