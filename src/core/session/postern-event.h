/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "model/postern-enums.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_DIRECTION_CLIENT,
  POSTERN_DIRECTION_SERVER,
  POSTERN_DIRECTION_NOTE,
} PosternDirection;

typedef enum
{
  POSTERN_CHANNEL_CLEAR,
  POSTERN_CHANNEL_TLS,
} PosternChannel;

#define POSTERN_TYPE_EVENT (postern_event_get_type ())
G_DECLARE_FINAL_TYPE (PosternEvent, postern_event, POSTERN, EVENT, GObject)

/* One line of a session. Immutable; properties index (uint), time (int64, µs since the start),
 * direction, channel, step, text. The text is UTF-8 that can be shown as it is: what was secret
 * is not in it, control characters and bytes that are not UTF-8 are written \xNN. */
guint            postern_event_get_index     (PosternEvent *self);
gint64           postern_event_get_time      (PosternEvent *self);
PosternDirection postern_event_get_direction (PosternEvent *self);
PosternChannel   postern_event_get_channel   (PosternEvent *self);
PosternStepId    postern_event_get_step      (PosternEvent *self);
const char      *postern_event_get_text      (PosternEvent *self);

G_END_DECLS
