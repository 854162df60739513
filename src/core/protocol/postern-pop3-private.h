/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-pop3.h"

G_BEGIN_DECLS

/* What the machine waits for: the answer to … */
typedef enum
{
  POSTERN_POP3_GREETING,
  POSTERN_POP3_CAPA,
  POSTERN_POP3_STLS,
  POSTERN_POP3_USER,
  POSTERN_POP3_PASS,
  POSTERN_POP3_APOP,
  POSTERN_POP3_AUTH,
  POSTERN_POP3_AUTH_CANCEL,
  POSTERN_POP3_STAT,
  POSTERN_POP3_LIST,
  POSTERN_POP3_UIDL,
  POSTERN_POP3_IDLE,                    /* nothing: the session stays open */
  POSTERN_POP3_OPERATION,
  POSTERN_POP3_OPERATION_LIST,
  POSTERN_POP3_OPERATION_UIDL,
  POSTERN_POP3_OPERATION_TOP,
  POSTERN_POP3_OPERATION_RETR,
  POSTERN_POP3_QUIT,
} PosternPop3State;

#define POSTERN_POP3_N_STATES (POSTERN_POP3_QUIT + 1)

typedef enum
{
  POSTERN_POP3_OK,
  POSTERN_POP3_ERR,
  POSTERN_POP3_CHALLENGE,               /* "+ …" */
  POSTERN_POP3_NEITHER,
} PosternPop3Status;

struct _PosternPop3
{
  PosternLogon       parent_instance;

  PosternPop3State   state;
  PosternPop3Status  status;            /* of the reply at hand */
  char              *text;              /* its first line, to be shown */
  gboolean           collecting;        /* the lines of a multi-line reply come */
  GPtrArray         *lines;             /* those that came, to be shown */
  gsize              n_bytes;           /* of them */
  gboolean           in_body;           /* past the headers of the message that comes */
  gboolean           drop;              /* there is nobody to say QUIT to */

  char              *stamp;             /* of the greeting, for APOP; or NULL */
  gboolean           has_uidl;
  guint64            n_messages;
  guint64            n_octets;
};

PosternAction  postern_pop3_send               (PosternPop3       *self,
                                                PosternPop3State   state,
                                                const char        *command);
char          *postern_pop3_dup_response_code  (const char        *text);
PosternAction  postern_pop3_quit               (PosternPop3       *self);

/* postern-pop3-capabilities.c */
char          *postern_pop3_find_stamp         (const char        *line,
                                                gsize              length);
void           postern_pop3_read_capabilities  (PosternPop3       *self);

/* postern-pop3-auth.c */
void           postern_pop3_auth_class_init    (PosternLogonClass *klass);
PosternAction  postern_pop3_user_reply         (PosternPop3       *self);
PosternAction  postern_pop3_auth_reply         (PosternPop3       *self,
                                                const char        *challenge,
                                                gsize              length);

/* postern-pop3-usable.c */
PosternAction  postern_pop3_usable_start       (PosternPop3       *self);
PosternAction  postern_pop3_usable_reply       (PosternPop3       *self);

/* postern-pop3-operation.c */
PosternAction  postern_pop3_operate            (PosternMachine    *machine,
                                                PosternOperation  *operation);
PosternAction  postern_pop3_operation_reply    (PosternPop3       *self);
void           postern_pop3_note_reply         (PosternPop3       *self);
void           postern_pop3_collect_header     (PosternPop3       *self,
                                                char              *line);

PosternAction  postern_pop3_leave              (PosternPop3       *self);

G_END_DECLS
