/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-logon.h"
#include "protocol/postern-smtp-reply.h"
#include "protocol/postern-smtp.h"

G_BEGIN_DECLS

/* What the machine waits for: the reply to … */
typedef enum
{
  POSTERN_SMTP_GREETING,
  POSTERN_SMTP_EHLO,
  POSTERN_SMTP_HELO,
  POSTERN_SMTP_STARTTLS,
  POSTERN_SMTP_AUTH,
  POSTERN_SMTP_AUTH_CANCEL,
  POSTERN_SMTP_MAIL,
  POSTERN_SMTP_RCPT,
  POSTERN_SMTP_RSET,
  POSTERN_SMTP_SEND_MAIL,
  POSTERN_SMTP_SEND_RCPT,
  POSTERN_SMTP_DATA,
  POSTERN_SMTP_MESSAGE,
  POSTERN_SMTP_IDLE,                    /* nothing: the session stays open */
  POSTERN_SMTP_OPERATION,
  POSTERN_SMTP_OPERATION_RCPT,
  POSTERN_SMTP_OPERATION_DATA,
  POSTERN_SMTP_QUIT,
} PosternSmtpState;

#define POSTERN_SMTP_N_STATES (POSTERN_SMTP_QUIT + 1)

struct _PosternSmtp
{
  PosternLogon            parent_instance;

  PosternSmtpState        state;
  PosternSmtpReply       *reply;
  gboolean                drop;         /* there is nobody to say QUIT to */
  guint                   next_recipient;
};

PosternAction   postern_smtp_send          (PosternSmtp      *self,
                                            PosternSmtpState  state,
                                            const char       *format,
                                            ...) G_GNUC_PRINTF (3, 4);

/* postern-smtp-capabilities.c */
const char     *postern_smtp_guess_other        (PosternSmtpReply *reply);
void            postern_smtp_read_capabilities  (PosternSmtp *self);

/* postern-smtp-auth.c */
void            postern_smtp_auth_class_init     (PosternLogonClass *klass);
PosternAction   postern_smtp_auth_reply          (PosternSmtp *self);
PosternAction   postern_smtp_auth_cancel_reply   (PosternSmtp *self);

/* postern-smtp-sender.c */
gboolean        postern_smtp_sender_is_safe      (const char *address);
PosternAction   postern_smtp_sender_start        (PosternSmtp *self);
PosternAction   postern_smtp_sender_reply        (PosternSmtp *self);
PosternAction   postern_smtp_fail_address        (PosternSmtp *self,
                                                  const char  *code,
                                                  const char  *address);

/* postern-smtp-message.c */
PosternAction   postern_smtp_message_start       (PosternSmtp *self);
PosternAction   postern_smtp_message_reply       (PosternSmtp *self);

/* postern-smtp-operation.c */
PosternAction   postern_smtp_operate             (PosternMachine   *machine,
                                                  PosternOperation *operation);
PosternAction   postern_smtp_operation_reply     (PosternSmtp      *self);
void            postern_smtp_note_reply          (PosternSmtp      *self);
void            postern_smtp_append_message      (PosternOutput    *output,
                                                  GBytes           *message);

PosternAction   postern_smtp_leave               (PosternSmtp *self);
PosternAction   postern_smtp_quit                (PosternSmtp *self);

G_END_DECLS
