/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-driver.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_UPOPMAIL_SET_SECURITY,
  POSTERN_UPOPMAIL_GET_SECURITY,
  POSTERN_UPOPMAIL_LOGON_SMTP,
  POSTERN_UPOPMAIL_LOGOFF_SMTP,
  POSTERN_UPOPMAIL_LOGON_MAIL,
  POSTERN_UPOPMAIL_LOGOFF_MAIL,
  POSTERN_UPOPMAIL_SET_FROM,
  POSTERN_UPOPMAIL_SET_REPLY_TO,
  POSTERN_UPOPMAIL_SET_TO_LIST,
  POSTERN_UPOPMAIL_SET_CC_LIST,
  POSTERN_UPOPMAIL_SET_BCC_LIST,
  POSTERN_UPOPMAIL_SET_SUBJECT,
  POSTERN_UPOPMAIL_SET_PRIORITY,
  POSTERN_UPOPMAIL_SET_MESSAGE_ID,
  POSTERN_UPOPMAIL_SET_MESSAGE,
  POSTERN_UPOPMAIL_ADD_ATTACHMENT,
  POSTERN_UPOPMAIL_ADD_INLINE,
  POSTERN_UPOPMAIL_CLEAR_MAIL,
  POSTERN_UPOPMAIL_SEND,
  POSTERN_UPOPMAIL_SEND_MAIL,
  POSTERN_UPOPMAIL_GET_SMTP_RESPONSE,
  POSTERN_UPOPMAIL_GET_RECIPIENT_DETAILS,
  POSTERN_UPOPMAIL_LIST_MAIL,
} PosternUpopmailId;

/* An operation of UPOPMAIL. `directions` has a letter for each argument: "i" in, "o" out, "b"
 * both. `outputs` names those that are not "i", in order. */
typedef struct
{
  PosternUpopmailId  id;
  const char        *name;
  const char        *directions;
  guint              n_needed;          /* arguments that may not be left out */
  const char        *outputs[3];
} PosternUpopmailOperation;

/* By its name, in any case; NULL where there is none. */
const PosternUpopmailOperation *postern_upopmail_operation_find (const char *name);
/* Operations that UPOPMAIL has and this version has not, for lack of a need: they read, keep or
 * delete what is in a mailbox. */
gboolean                        postern_upopmail_operation_is_left_out (const char *name);

/**
 * PosternUpopmailCall:
 *
 * One activation of an operation. Passwords and tokens are kept apart from the other arguments:
 * those in DriverParameters in `driver`, that of a logon in `password`.
 */
typedef struct
{
  const PosternUpopmailOperation *operation;
  GStrv                           arguments;    /* one each; "" for those that are out or secret */
  PosternDriver                  *driver;       /* SetSecurity; or NULL */
  PosternSecret                  *password;     /* LogonSMTP, LogonMail; NULL where empty */
} PosternUpopmailCall;

/* @arguments may be fewer than the operation has; the caller wipes them. */
PosternUpopmailCall *postern_upopmail_call_new  (const PosternUpopmailOperation *operation,
                                                 const char *const              *arguments);
void                 postern_upopmail_call_free (PosternUpopmailCall            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternUpopmailCall, postern_upopmail_call_free)

G_END_DECLS
