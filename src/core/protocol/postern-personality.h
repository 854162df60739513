/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What kind of server it is that speaks, as far as its first bytes tell. */
typedef enum
{
  POSTERN_PERSONALITY_SILENT,           /* there are no bytes */
  POSTERN_PERSONALITY_TLS,
  POSTERN_PERSONALITY_SMTP,
  POSTERN_PERSONALITY_POP3,
  POSTERN_PERSONALITY_IMAP,
  POSTERN_PERSONALITY_HTTP,
  POSTERN_PERSONALITY_SSH,
  POSTERN_PERSONALITY_FTP,
  POSTERN_PERSONALITY_LMTP,
  POSTERN_PERSONALITY_NNTP,
  POSTERN_PERSONALITY_SIEVE,
  POSTERN_PERSONALITY_MYSQL,
  POSTERN_PERSONALITY_VNC,
  POSTERN_PERSONALITY_TELNET,
  POSTERN_PERSONALITY_XMPP,
  POSTERN_PERSONALITY_OTHER,            /* none of these */
} PosternPersonality;

/* @bytes: the first that a server sent, as many as there are; lines, if they are lines */
PosternPersonality  postern_personality_of      (const char         *bytes,
                                                 gsize               length);
/* As people call it: "HTTP"; NULL for silence, and for what is none of these. */
const char         *postern_personality_name    (PosternPersonality  self);
/* SMTP, POP3 or IMAP */
gboolean            postern_personality_is_mail (PosternPersonality  self);

G_END_DECLS
