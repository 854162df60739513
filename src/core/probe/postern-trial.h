/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "probe/postern-report.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_TRIAL_PLANNED,
  POSTERN_TRIAL_NOT_POSSIBLE,           /* the credentials or GNU SASL do not allow it */
  POSTERN_TRIAL_RUNNING,
  POSTERN_TRIAL_ACCEPTED,
  POSTERN_TRIAL_REFUSED,                /* the server refused the credentials */
  POSTERN_TRIAL_FAILED,                 /* it did not come to a verdict on them */
  POSTERN_TRIAL_NOT_TRIED,              /* the sweep ended before */
} PosternTrialState;

#define POSTERN_TYPE_TRIAL (postern_trial_get_type ())
G_DECLARE_FINAL_TYPE (PosternTrial, postern_trial, POSTERN, TRIAL, GObject)

/**
 * PosternTrial:
 *
 * One mechanism of a sweep, tried on a connection of its own. Properties, with notify: mechanism
 * (string), state ([enum@TrialState]), state-text (translated), summary (string or NULL: the title
 * of the first finding, or why it was not tried), code (string or NULL), report
 * ([class@Report] or NULL).
 */
PosternTrial      *postern_trial_new            (const char        *mechanism);
const char        *postern_trial_get_mechanism  (PosternTrial      *self);
PosternTrialState  postern_trial_get_state      (PosternTrial      *self);
const char        *postern_trial_get_state_text (PosternTrial      *self);
const char        *postern_trial_get_summary    (PosternTrial      *self);
const char        *postern_trial_get_code       (PosternTrial      *self);
PosternReport     *postern_trial_get_report     (PosternTrial      *self);

/* For the sweep. */
void               postern_trial_update         (PosternTrial      *self,
                                                 PosternTrialState  state,
                                                 const char        *summary);
void               postern_trial_set_report     (PosternTrial      *self,
                                                 PosternReport     *report);

G_END_DECLS
