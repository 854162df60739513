/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "probe/postern-step.h"
#include "session/postern-transcript.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_STEP_ROW (postern_step_row_get_type ())
G_DECLARE_FINAL_TYPE (PosternStepRow, postern_step_row, POSTERN, STEP_ROW, AdwExpanderRow)

/* One rung of the ladder, live. It opens onto the lines of the transcript that belong to it. */
GtkWidget *postern_step_row_new (PosternStep       *step,
                                 PosternTranscript *transcript);

G_END_DECLS
