/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-redactor.h"

G_BEGIN_DECLS

/**
 * PosternSmtpReply:
 *
 * Puts the lines of one reply together (RFC 5321 section 4.2). The lines are kept as they came;
 * what it lends as text is without secrets and can be shown.
 */
typedef struct _PosternSmtpReply PosternSmtpReply;

typedef enum
{
  POSTERN_SMTP_REPLY_MORE,
  POSTERN_SMTP_REPLY_COMPLETE,
  POSTERN_SMTP_REPLY_MALFORMED,
  POSTERN_SMTP_REPLY_TOO_LONG,
} PosternSmtpReplyState;

PosternSmtpReply      *postern_smtp_reply_new        (PosternRedactor  *redactor);
void                   postern_smtp_reply_free       (PosternSmtpReply *self);
void                   postern_smtp_reply_clear      (PosternSmtpReply *self);
PosternSmtpReplyState  postern_smtp_reply_feed       (PosternSmtpReply *self,
                                                      const char       *line,
                                                      gsize             length);
guint                  postern_smtp_reply_get_n_lines (PosternSmtpReply *self);
int                    postern_smtp_reply_get_code   (PosternSmtpReply *self);
/* What follows the code in a line, as it came. */
const char            *postern_smtp_reply_peek_line  (PosternSmtpReply *self,
                                                      guint             index,
                                                      gsize            *length);
char                  *postern_smtp_reply_dup_line   (PosternSmtpReply *self,
                                                      guint             index);
char                  *postern_smtp_reply_dup_text   (PosternSmtpReply *self);
char                  *postern_smtp_reply_dup_enhanced (PosternSmtpReply *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternSmtpReply, postern_smtp_reply_free)

G_END_DECLS
