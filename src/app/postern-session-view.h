/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-mail-session.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SESSION_VIEW (postern_session_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternSessionView, postern_session_view, POSTERN, SESSION_VIEW, AdwBin)

/* The operations of a session that stays open, each with its $status, and what can be done next.
 * Not to be seen without a session. */
void postern_session_view_set_session (PosternSessionView *self,
                                       PosternMailSession *session);

G_END_DECLS
