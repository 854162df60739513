/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PosternOperationKind:
 * @POSTERN_OPERATION_NOOP: is anybody there?
 * @POSTERN_OPERATION_ENVELOPE: SMTP: MAIL and a RCPT for each recipient; nothing is sent yet
 * @POSTERN_OPERATION_MESSAGE: SMTP: DATA and the message, after an envelope
 * @POSTERN_OPERATION_RESET: RSET: forget the envelope
 * @POSTERN_OPERATION_LIST: POP3: STAT, LIST and UIDL
 * @POSTERN_OPERATION_HEADERS: POP3: the headers of one message, by TOP, or RETR without it
 * @POSTERN_OPERATION_QUIT: the end of the session
 */
typedef enum
{
  POSTERN_OPERATION_NOOP,
  POSTERN_OPERATION_ENVELOPE,
  POSTERN_OPERATION_MESSAGE,
  POSTERN_OPERATION_RESET,
  POSTERN_OPERATION_LIST,
  POSTERN_OPERATION_HEADERS,
  POSTERN_OPERATION_QUIT,
} PosternOperationKind;

/* Whom a message is for, and what the server said to that. */
typedef struct
{
  char *address;
  int   reply_code;                     /* 0: not asked */
  char *text;                           /* the reply, to be shown; or NULL */
} PosternRecipient;

typedef struct
{
  guint    number;
  guint64  size;
  char    *id;                          /* of UIDL; or NULL */
} PosternListed;

/**
 * PosternOperation:
 *
 * What a machine is to do in a session that stays open after the logon, and what came of it. A
 * server that refuses has answered: the operation is `refused`, and the session goes on.
 */
typedef struct
{
  gatomicrefcount       ref_count;
  PosternOperationKind  kind;

  char                 *sender;         /* ENVELOPE */
  GPtrArray            *recipients;     /* element-type PosternRecipient, never NULL */
  gboolean              ignore_refused; /* go on when a recipient is refused */
  GBytes               *message;        /* MESSAGE, with CRLF line ends; not stuffed */
  guint                 number;         /* HEADERS */
  guint64               size;           /* HEADERS: of the message; without TOP it is read whole */

  gboolean              answered;       /* the server said something */
  gboolean              refused;
  int                   reply_code;     /* of the last reply; SMTP */
  char                 *text;           /* the last reply, to be shown; or NULL */
  guint                 n_refused;      /* recipients */
  GPtrArray            *listed;         /* element-type PosternListed, never NULL */
  GString              *headers;        /* to be shown, "\n" line ends; never NULL */
} PosternOperation;

PosternOperation *postern_operation_new           (PosternOperationKind  kind);
PosternOperation *postern_operation_ref           (PosternOperation     *self);
void              postern_operation_unref         (PosternOperation     *self);
void              postern_operation_add_recipient (PosternOperation     *self,
                                                   const char           *address);
/* For the machines. */
void              postern_operation_take_reply    (PosternOperation     *self,
                                                   int                   code,
                                                   char                 *text,
                                                   gboolean              refused);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternOperation, postern_operation_unref)

G_END_DECLS
