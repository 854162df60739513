/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "session/postern-event.h"

G_BEGIN_DECLS

/* Takes @text, which is already fit to be shown. */
PosternEvent *postern_event_new_take (guint             index,
                                      gint64            time,
                                      PosternDirection  direction,
                                      PosternChannel    channel,
                                      PosternStepId     step,
                                      char             *text);

G_END_DECLS
