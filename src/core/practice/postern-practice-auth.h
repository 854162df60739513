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

/* The AUTH line of an EHLO reply after its code: "AUTH PLAIN …". */
const char   *practice_auth_get_offer (const PracticeBehaviour *behaviour);
/* One exchange, its last reply included; @arguments is what stands after AUTH, in the buffer of
 * the peer. */
PracticeAuth  practice_auth_run       (PracticePeer            *peer,
                                       const PracticeBehaviour *behaviour,
                                       char                    *arguments);

G_END_DECLS
