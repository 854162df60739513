/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-sasl.h"
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
  POSTERN_SMTP_QUIT,
} PosternSmtpState;

#define POSTERN_SMTP_N_STATES (POSTERN_SMTP_QUIT + 1)

struct _PosternSmtp
{
  PosternMachine          parent_instance;

  PosternSmtpState        state;
  PosternSmtpReply       *reply;
  gboolean                drop;         /* there is nobody to say QUIT to */

  /* What the server offers now. */
  GStrv                   mechanisms;
  gboolean                has_auth;
  gboolean                has_starttls;
  gboolean                mangled;      /* something on the way overwrites what is said */

  /* The steps of the plan. */
  guint                   next;
  guint                   segment_end;
  GArray                 *skip;         /* gboolean, one a step */
  const PosternPlanStep  *current;      /* or NULL */

  /* The exchange that runs, or the last one. */
  PosternSasl            *sasl;
  gboolean                response_sent;
  PosternFailure         *cancelled;    /* why "*" was sent */

  guint                   next_recipient;
};

/* Three ways to fail: by the reply at hand, by something of our own, by what is missing. */
PosternFailure *postern_smtp_failure_new   (PosternSmtp *self,
                                            const char  *code);
PosternAction   postern_smtp_fail_by_reply (PosternSmtp *self,
                                            const char  *code);
PosternAction   postern_smtp_fail_locally  (PosternSmtp *self,
                                            const char  *code,
                                            const char  *detail);
PosternOutput  *postern_smtp_output        (PosternSmtp *self);
PosternPlan    *postern_smtp_plan          (PosternSmtp *self);
PosternAction   postern_smtp_send          (PosternSmtp      *self,
                                            PosternSmtpState  state,
                                            const char       *format,
                                            ...) G_GNUC_PRINTF (3, 4);
PosternAction   postern_smtp_next_step     (PosternSmtp *self);

/* postern-smtp-capabilities.c */
gboolean        postern_smtp_is_other_protocol   (const char  *line,
                                                  gsize        length,
                                                  const char **protocol);
gboolean        postern_smtp_is_ftp              (PosternSmtpReply *reply);
gboolean        postern_smtp_is_mangled_greeting (PosternSmtpReply *reply);
void            postern_smtp_read_capabilities   (PosternSmtp *self);
void            postern_smtp_forget_capabilities (PosternSmtp *self);

/* postern-smtp-auth.c */
PosternFailure *postern_smtp_auth_verify  (PosternSmtp           *self,
                                           const PosternPlanStep *step);
PosternAction   postern_smtp_auth_start   (PosternSmtp           *self);
PosternAction   postern_smtp_auth_reply   (PosternSmtp           *self);
PosternAction   postern_smtp_auth_cancel_reply (PosternSmtp      *self);

/* postern-smtp-sender.c */
gboolean        postern_smtp_sender_is_safe (const char *address);
PosternAction   postern_smtp_sender_start (PosternSmtp *self);
PosternAction   postern_smtp_sender_reply (PosternSmtp *self);
PosternAction   postern_smtp_quit         (PosternSmtp *self);

G_END_DECLS
