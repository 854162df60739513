/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"

G_BEGIN_DECLS

/**
 * PosternFailure:
 *
 * Why a run ended where it did, as the machine or the session saw it: a code of
 * spec/findings.md and the facts behind it. The diagnosis may replace the code by a more exact
 * one (`auth.refused-unexplained` by `auth.app-password`); it never has to guess at facts.
 *
 * `code` is a static string. `text` is what the peer said, already without secrets, lines joined
 * by "\n". `wanted` and `offered` list mechanisms. `detail` is one fact that the code needs: the
 * protocol a greeting belongs to, the name of a limit, a local reason.
 * `first_event` and `last_event` point into the transcript, -1 for nowhere.
 */
typedef struct
{
  const char    *code;
  PosternStepId  step;
  int            reply_code;            /* 535; 0 when there was none */
  char          *enhanced;              /* "5.7.8", or NULL */
  char          *response_code;         /* of POP3 and IMAP, "AUTH", "IN-USE"; or NULL */
  gboolean       refused;               /* the server said no, in a reply of its protocol */
  char          *text;                  /* or NULL */
  char          *mechanism;             /* the mechanism in use, or NULL */
  char          *driver;                /* the driver at fault, or NULL */
  GStrv          wanted;                /* or NULL */
  GStrv          offered;               /* or NULL */
  char          *detail;                /* or NULL */
  int            first_event;
  int            last_event;
} PosternFailure;

PosternFailure *postern_failure_new  (const char           *code,
                                      PosternStepId         step);
PosternFailure *postern_failure_copy (const PosternFailure *self);
void            postern_failure_free (PosternFailure       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternFailure, postern_failure_free)

G_END_DECLS
