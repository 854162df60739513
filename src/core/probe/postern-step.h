/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "model/postern-enums.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_STEP (postern_step_get_type ())
G_DECLARE_FINAL_TYPE (PosternStep, postern_step, POSTERN, STEP, GObject)

/* One rung of the ladder. Properties, with notify: step ([enum@StepId]), title (translated),
 * state ([enum@StepState]), state-text (translated: "passed", "not reached"), summary (string or
 * NULL), start, duration (int64 µs; 0 while not known), duration-text ("12 ms", or ""),
 * first-event, last-event (int, -1 none). */
PosternStep      *postern_step_new             (PosternStepId     step);
PosternStepId     postern_step_get_step        (PosternStep      *self);
const char       *postern_step_get_title       (PosternStep      *self);
PosternStepState  postern_step_get_state       (PosternStep      *self);
const char       *postern_step_get_state_text  (PosternStep      *self);
const char       *postern_step_get_summary     (PosternStep      *self);
gint64            postern_step_get_start       (PosternStep      *self);
gint64            postern_step_get_duration    (PosternStep      *self);
int               postern_step_get_first_event (PosternStep      *self);
int               postern_step_get_last_event  (PosternStep      *self);

/* For the probe. */
void              postern_step_update          (PosternStep      *self,
                                                PosternStepState  state,
                                                const char       *summary,
                                                gint64            now,
                                                int               next_event);

G_END_DECLS
