/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "session/postern-event.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_EVENT_LINE (postern_event_line_get_type ())
G_DECLARE_FINAL_TYPE (PosternEventLine, postern_event_line, POSTERN, EVENT_LINE, AdwBin)

/* One line of the transcript. */
GtkWidget *postern_event_line_new       (void);
void       postern_event_line_set_event (PosternEventLine *self,
                                         PosternEvent     *event);

G_END_DECLS
