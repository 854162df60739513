/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-operation.h"

static void
recipient_free (PosternRecipient *recipient)
{
  g_free (recipient->address);
  g_free (recipient->text);
  g_free (recipient);
}

static void
listed_free (PosternListed *listed)
{
  g_free (listed->id);
  g_free (listed);
}

PosternOperation *
postern_operation_new (PosternOperationKind kind)
{
  PosternOperation *self = g_new0 (PosternOperation, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->kind = kind;
  self->recipients = g_ptr_array_new_with_free_func ((GDestroyNotify) recipient_free);
  self->listed = g_ptr_array_new_with_free_func ((GDestroyNotify) listed_free);
  self->headers = g_string_new (NULL);
  return self;
}

PosternOperation *
postern_operation_ref (PosternOperation *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
postern_operation_unref (PosternOperation *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->sender);
  g_ptr_array_unref (self->recipients);
  g_clear_pointer (&self->message, g_bytes_unref);
  g_free (self->text);
  g_ptr_array_unref (self->listed);
  g_string_free (self->headers, TRUE);
  g_free (self);
}

void
postern_operation_add_recipient (PosternOperation *self, const char *address)
{
  PosternRecipient *recipient = g_new0 (PosternRecipient, 1);

  recipient->address = g_strdup (address);
  g_ptr_array_add (self->recipients, recipient);
}

/**
 * postern_operation_take_reply:
 * @self: an operation that is being done
 * @code: of SMTP; 0 where there is none
 * @text: (transfer full) (nullable): to be shown
 * @refused: whether the server said no
 */
void
postern_operation_take_reply (PosternOperation *self, int code, char *text, gboolean refused)
{
  self->answered = TRUE;
  self->reply_code = code;
  self->refused = refused;
  g_free (self->text);
  self->text = text;
}
