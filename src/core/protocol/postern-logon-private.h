/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-logon.h"

G_BEGIN_DECLS

/* Between the two files of a logon: the steps of the plan, and the exchange. */
typedef struct
{
  PosternOffer            offer;
  char                   *mangled;      /* what something on the way has overwritten, or NULL */
  guint                   next;
  guint                   segment_end;
  GArray                 *skip;         /* gboolean, one a step */
  const PosternPlanStep  *current;      /* or NULL */

  /* The exchange that runs, or the last one. */
  char                   *mechanism;
  PosternSasl            *sasl;         /* NULL for the protocol's own ways to log on */
  gboolean                response_sent;
  PosternFailure         *cancelled;    /* why "*" was sent */
} PosternLogonPrivate;

PosternLogonPrivate *postern_logon_get_private   (PosternLogon          *self);
PosternDriverUse    *postern_logon_get_use       (PosternLogon          *self);
PosternFailure      *postern_logon_verify_auth   (PosternLogon          *self,
                                                  const PosternPlanStep *step);
PosternAction        postern_logon_start_auth    (PosternLogon          *self);
PosternAction        postern_logon_continue_auth (PosternLogon          *self);

G_END_DECLS
