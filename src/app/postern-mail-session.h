/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "upopmail/postern-upopmail.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_OPERATION_ITEM (postern_operation_item_get_type ())
G_DECLARE_FINAL_TYPE (PosternOperationItem, postern_operation_item, POSTERN, OPERATION_ITEM, GObject)

/* One operation that was done: its name, $status, a sentence or NULL, and what was said. */
const char *postern_operation_item_get_name   (PosternOperationItem *self);
int         postern_operation_item_get_status (PosternOperationItem *self);
const char *postern_operation_item_get_text   (PosternOperationItem *self);
const char *postern_operation_item_get_said   (PosternOperationItem *self);

#define POSTERN_TYPE_MAIL_SESSION (postern_mail_session_get_type ())
G_DECLARE_FINAL_TYPE (PosternMailSession, postern_mail_session, POSTERN, MAIL_SESSION, GObject)

/* The session of a Uniface account that stays open after Log On, as it does in the program: the
 * operations that were done with it, and those that can be.
 *
 * Properties: open (boolean), running (boolean), protocol (int). Signal `ended`: logged off, or
 * the connection was lost. */
PosternMailSession *postern_mail_session_new            (PosternUpopmail    *upopmail,
                                                         PosternProtocol     protocol,
                                                         PosternReport      *report);
/* PosternOperationItem, the logon first. */
GListModel         *postern_mail_session_get_operations (PosternMailSession *self);
gboolean            postern_mail_session_is_open        (PosternMailSession *self);
PosternProtocol     postern_mail_session_get_protocol   (PosternMailSession *self);
/* SMTP: SetFrom, SetToList, SetSubject, SetMessage and Send, one after the other until one fails. */
void                postern_mail_session_send           (PosternMailSession *self,
                                                         const char         *from,
                                                         const char         *to,
                                                         const char         *subject,
                                                         const char         *text);
/* POP3: ListMail. */
void                postern_mail_session_list           (PosternMailSession *self);
void                postern_mail_session_log_off        (PosternMailSession *self);

G_END_DECLS
