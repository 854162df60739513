/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "practice/postern-practice-peer.h"
#include "practice/postern-practice-scenario.h"

G_BEGIN_DECLS

typedef enum
{
  PRACTICE_AUTH_ACCEPTED,
  PRACTICE_AUTH_REFUSED,
  PRACTICE_AUTH_LOST,           /* the client is gone */
} PracticeAuth;

/* How a protocol words an exchange: what stands before a challenge and before a reply that ends it,
 * and the replies themselves, with their line ends. */
typedef struct
{
  const char      *challenge;           /* "334 ", "+ " */
  const char      *tag;                 /* IMAP's, with its blank; else "" */
  const char      *accepted;
  const char      *cancelled;
  const char      *not_base64;
  const char      *too_long;
  const char      *unknown;             /* mechanism */
  const char      *no_initial;          /* response is taken by this mechanism */
  PosternProtocol  protocol;            /* for refusals, and for what is offered */
} PracticeDialect;

/* The mechanisms, with a blank between them. */
const char   *practice_auth_get_mechanisms (const PracticeBehaviour *behaviour,
                                            PosternProtocol          protocol);
/* "<...>", never the same twice: what APOP and CRAM-MD5 have the client digest. */
char         *practice_auth_make_stamp     (void);
/* The reply for the password or token of this scenario, without a tag; NULL for yes. */
const char   *practice_auth_judge_password (const PracticeBehaviour *behaviour,
                                            PosternProtocol          protocol,
                                            gboolean                 right);
/* One exchange, its last reply included; @arguments is what stands after AUTH, in the buffer of
 * the peer. */
PracticeAuth  practice_auth_run       (PracticePeer            *peer,
                                       const PracticeBehaviour *behaviour,
                                       const PracticeDialect   *dialect,
                                       char                    *arguments);

G_END_DECLS
