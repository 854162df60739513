/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-upopmail-call.h"

#include <string.h>

static const PosternUpopmailOperation operations[] = {
  { POSTERN_UPOPMAIL_SET_SECURITY, "SetSecurity", "ii", 2, { NULL } },
  { POSTERN_UPOPMAIL_GET_SECURITY, "GetSecurity", "ibo", 3, { "DriverProperties", "RuntimeInfo" } },
  { POSTERN_UPOPMAIL_LOGON_SMTP, "LogonSMTP", "iii", 3, { NULL } },
  { POSTERN_UPOPMAIL_LOGOFF_SMTP, "LogoffSMTP", "", 0, { NULL } },
  { POSTERN_UPOPMAIL_LOGON_MAIL, "LogonMail", "iii", 3, { NULL } },
  { POSTERN_UPOPMAIL_LOGOFF_MAIL, "LogoffMail", "", 0, { NULL } },
  { POSTERN_UPOPMAIL_SET_FROM, "SetFrom", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SET_REPLY_TO, "SetReplyTo", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SET_TO_LIST, "SetToList", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SET_CC_LIST, "SetCCList", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SET_BCC_LIST, "SetBCCList", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SET_SUBJECT, "SetSubject", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SET_PRIORITY, "SetPriority", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SET_MESSAGE_ID, "SetMessageId", "i", 0, { NULL } },
  { POSTERN_UPOPMAIL_SET_MESSAGE, "SetMessage", "ii", 2, { NULL } },
  { POSTERN_UPOPMAIL_ADD_ATTACHMENT, "AddAttachmentFromFile", "ii", 2, { NULL } },
  { POSTERN_UPOPMAIL_ADD_INLINE, "AddInlineFromFile", "ii", 2, { NULL } },
  { POSTERN_UPOPMAIL_CLEAR_MAIL, "ClearMail", "", 0, { NULL } },
  { POSTERN_UPOPMAIL_SEND, "Send", "i", 1, { NULL } },
  { POSTERN_UPOPMAIL_SEND_MAIL, "SendMail", "iiiii", 5, { NULL } },
  { POSTERN_UPOPMAIL_GET_SMTP_RESPONSE,
    "GetSMTPResponse",
    "oo",
    2,
    { "ReplyCode", "ReplyMessage" } },
  { POSTERN_UPOPMAIL_GET_RECIPIENT_DETAILS,
    "GetRecipientDetails",
    "ooo",
    3,
    { "To", "Cc", "Bcc" } },
  { POSTERN_UPOPMAIL_LIST_MAIL, "ListMail", "o", 1, { "List" } },
};

const PosternUpopmailOperation *
postern_upopmail_operation_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_ascii_strcasecmp (operations[i].name, name) == 0)
      return &operations[i];
  return NULL;
}

gboolean
postern_upopmail_operation_is_left_out (const char *name)
{
  static const char *const names[] = {
    "ListMailX", "GetMail", "GetMailX", "GetRawMail", "GetRawMailX", "DeleteMail",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (names[i], name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_secret (const PosternUpopmailOperation *operation, guint index)
{
  if (operation->id == POSTERN_UPOPMAIL_SET_SECURITY)
    return index == 1;
  return index == 2 && (operation->id == POSTERN_UPOPMAIL_LOGON_SMTP ||
                        operation->id == POSTERN_UPOPMAIL_LOGON_MAIL);
}

/**
 * postern_upopmail_call_new:
 * @arguments: the values, in order; %NULL-terminated
 *
 * Returns: (transfer full): a call of @operation
 */
PosternUpopmailCall *
postern_upopmail_call_new (const PosternUpopmailOperation *operation, const char *const *arguments)
{
  PosternUpopmailCall *self = g_new0 (PosternUpopmailCall, 1);
  gsize n = strlen (operation->directions);
  gboolean more = TRUE;

  self->operation = operation;
  self->arguments = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      const char *value = more ? arguments[i] : NULL;

      more = value != NULL;
      if (more && is_secret (operation, i) && operation->id == POSTERN_UPOPMAIL_SET_SECURITY)
        self->driver = postern_driver_new (arguments[0], value);
      else if (more && is_secret (operation, i))
        self->password = *value != '\0' ? postern_secret_new (value, -1) : NULL;
      self->arguments[i] = g_strdup (more && !is_secret (operation, i) ? value : "");
    }
  return self;
}

void
postern_upopmail_call_free (PosternUpopmailCall *self)
{
  g_strfreev (self->arguments);
  g_clear_pointer (&self->driver, postern_driver_unref);
  g_clear_pointer (&self->password, postern_secret_unref);
  g_free (self);
}
