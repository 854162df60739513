/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-security-context.h"
#include "upopmail/postern-mail.h"
#include "upopmail/postern-upopmail.h"

G_BEGIN_DECLS

/* The connection to one type of server. It is there, if only to fail, while the context is
 * locked. */
typedef struct
{
  PosternUpopmail        *owner;
  PosternProtocol         protocol;
  PosternSecurityContext *context;
  PosternSession         *session;      /* or NULL */
  PosternTranscript      *transcript;   /* of the operation that is next */
} PosternUpopmailLine;

struct _PosternUpopmail
{
  GObject              parent_instance;

  PosternAccount      *settings;
  PosternSecret       *password;
  PosternSecret       *token;
  PosternSecret       *key_password;
  PosternAsn          *asn;             /* or NULL */
  PosternUpopmailLine  smtp;
  PosternUpopmailLine  pop;
  gboolean             running;

  PosternMail         *mail;
  int                  reply_code;      /* of the last SMTP reply; 0: none */
  char                *reply_text;
  GString             *details[3];      /* of the recipients in To, Cc, Bcc */
};

typedef void (*PosternThen) (GTask *task);

/* One operation: the data of its GTask. */
typedef struct
{
  const PosternUpopmailCall *call;
  PosternUpopmailResult     *result;
  PosternUpopmailLine       *line;      /* or NULL */
  PosternProbe              *probe;     /* while it logs on */
  PosternThen                then;      /* … and what is next */

  /* Send, SendMail. */
  PosternMail               *mail;      /* what is sent: the instance's, or own_mail */
  PosternMail               *own_mail;
  gboolean                   own_logon;
  int                        status;    /* what came of it, while it logs off */
  int                        exit_status;
  const char                *text;
  guint64                    max_size;
  gboolean                   ignore_refused;
  PosternOperation          *envelope;
  PosternOperation          *message;

  /* ListMail. */
  PosternOperation          *list;
  guint                      next;
  GString                   *entries;
} PosternDoing;

#define POSTERN_DOING(task) ((PosternDoing *) g_task_get_task_data (task))

/* What takes a task takes it over. End: the operation returns @status; @text may be NULL. */
void     postern_upopmail_end           (GTask               *task,
                                         int                  status,
                                         int                  exit_status,
                                         const char          *text);
/* Not logged on: ends the operation with -8 and returns FALSE. */
gboolean postern_upopmail_use_line      (GTask               *task,
                                         PosternUpopmailLine *line);
void     postern_upopmail_operate       (GTask               *task,
                                         PosternOperation    *operation,
                                         GAsyncReadyCallback  callback);
/* FALSE: the connection is gone, and the operation has ended; @task was taken over. */
gboolean postern_upopmail_operated      (GTask               *task,
                                         GAsyncResult        *result);
void     postern_upopmail_keep_reply    (PosternUpopmail     *self,
                                         PosternTranscript   *transcript);
void     postern_upopmail_set_reply     (PosternUpopmail     *self,
                                         int                  code,
                                         const char          *text);
void     postern_upopmail_set_outputs   (GTask               *task,
                                         const char          *first,
                                         const char          *second,
                                         const char          *third);
/* The session that is open from now on; taken over. */
void     postern_upopmail_adopt         (PosternUpopmailLine *line,
                                         PosternSession      *session);
void     postern_upopmail_warn          (PosternUpopmail     *self,
                                         PosternFinding      *finding);
void     postern_upopmail_drop_line     (PosternUpopmailLine *line);

/* postern-upopmail-logon.c. log_on: @then takes the task; where the logon fails, the operation
 * ends. */
void     postern_upopmail_logon         (GTask               *task,
                                         PosternProtocol      protocol);
void     postern_upopmail_log_on        (GTask               *task,
                                         PosternUpopmailLine *line,
                                         const char          *connection,
                                         PosternThen          then);
void     postern_upopmail_logoff        (GTask               *task,
                                         PosternUpopmailLine *line);

/* postern-upopmail-send.c */
void     postern_upopmail_send          (GTask               *task);
void     postern_upopmail_send_mail     (GTask               *task);

/* postern-upopmail-list.c */
void     postern_upopmail_list          (GTask               *task);

G_END_DECLS
