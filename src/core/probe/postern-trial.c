/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-trial.h"

#include "postern-probe-enum-types.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PosternTrial
{
  GObject parent_instance;

  char *mechanism;
  PosternTrialState state;
  char *summary;
  char *code;
  PosternReport *report;
};

enum
{
  PROP_0,
  PROP_MECHANISM,
  PROP_STATE,
  PROP_STATE_TEXT,
  PROP_SUMMARY,
  PROP_CODE,
  PROP_REPORT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternTrial, postern_trial, G_TYPE_OBJECT)

static void
postern_trial_finalize (GObject *object)
{
  PosternTrial *self = POSTERN_TRIAL (object);

  g_free (self->mechanism);
  g_free (self->summary);
  g_free (self->code);
  g_clear_object (&self->report);

  G_OBJECT_CLASS (postern_trial_parent_class)->finalize (object);
}

static void
postern_trial_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternTrial *self = POSTERN_TRIAL (object);

  switch (prop_id)
    {
    case PROP_MECHANISM:
      g_value_set_string (value, self->mechanism);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_STATE_TEXT:
      g_value_set_string (value, postern_trial_get_state_text (self));
      break;
    case PROP_SUMMARY:
      g_value_set_string (value, self->summary);
      break;
    case PROP_CODE:
      g_value_set_string (value, self->code);
      break;
    case PROP_REPORT:
      g_value_set_object (value, self->report);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_trial_class_init (PosternTrialClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = postern_trial_finalize;
  object_class->get_property = postern_trial_get_property;

  properties[PROP_MECHANISM] = g_param_spec_string ("mechanism", NULL, NULL, NULL, flags);
  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, POSTERN_TYPE_TRIAL_STATE, POSTERN_TRIAL_PLANNED, flags);
  properties[PROP_STATE_TEXT] = g_param_spec_string ("state-text", NULL, NULL, NULL, flags);
  properties[PROP_SUMMARY] = g_param_spec_string ("summary", NULL, NULL, NULL, flags);
  properties[PROP_CODE] = g_param_spec_string ("code", NULL, NULL, NULL, flags);
  properties[PROP_REPORT] = g_param_spec_object ("report", NULL, NULL, POSTERN_TYPE_REPORT, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_trial_init (PosternTrial *self)
{
}

PosternTrial *
postern_trial_new (const char *mechanism)
{
  PosternTrial *self = g_object_new (POSTERN_TYPE_TRIAL, NULL);

  self->mechanism = g_strdup (mechanism);
  return self;
}

const char *
postern_trial_get_mechanism (PosternTrial *self)
{
  g_return_val_if_fail (POSTERN_IS_TRIAL (self), NULL);

  return self->mechanism;
}

PosternTrialState
postern_trial_get_state (PosternTrial *self)
{
  g_return_val_if_fail (POSTERN_IS_TRIAL (self), POSTERN_TRIAL_PLANNED);

  return self->state;
}

const char *
postern_trial_get_state_text (PosternTrial *self)
{
  static const char *const texts[] = {
    [POSTERN_TRIAL_PLANNED] = N_ ("planned"),
    [POSTERN_TRIAL_NOT_POSSIBLE] = N_ ("not possible"),
    [POSTERN_TRIAL_RUNNING] = N_ ("running"),
    [POSTERN_TRIAL_ACCEPTED] = N_ ("accepted"),
    [POSTERN_TRIAL_REFUSED] = N_ ("refused"),
    [POSTERN_TRIAL_FAILED] = N_ ("failed"),
    [POSTERN_TRIAL_NOT_TRIED] = N_ ("not tried"),
  };

  g_return_val_if_fail (POSTERN_IS_TRIAL (self), NULL);

  return _ (texts[self->state]);
}

const char *
postern_trial_get_summary (PosternTrial *self)
{
  g_return_val_if_fail (POSTERN_IS_TRIAL (self), NULL);

  return self->summary;
}

const char *
postern_trial_get_code (PosternTrial *self)
{
  g_return_val_if_fail (POSTERN_IS_TRIAL (self), NULL);

  return self->code;
}

PosternReport *
postern_trial_get_report (PosternTrial *self)
{
  g_return_val_if_fail (POSTERN_IS_TRIAL (self), NULL);

  return self->report;
}

void
postern_trial_update (PosternTrial *self, PosternTrialState state, const char *summary)
{
  self->state = state;
  g_free (self->summary);
  self->summary = g_strdup (summary);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE_TEXT]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUMMARY]);
}

/* The report of its run: the verdict is read from it. */
void
postern_trial_set_report (PosternTrial *self, PosternReport *report)
{
  const PosternFailure *failure = postern_report_get_failure (report);
  PosternTrialState state = POSTERN_TRIAL_ACCEPTED;
  const char *summary = postern_report_get_mechanism (report) != NULL
                          ? _ ("The server accepted the credentials")
                          : postern_report_get_headline (report);

  self->report = g_object_ref (report);
  if (failure != NULL)
    {
      state = postern_report_get_exit_status (report) == 16 ? POSTERN_TRIAL_REFUSED
                                                            : POSTERN_TRIAL_FAILED;
      summary = postern_report_get_headline (report);
      self->code = g_strdup (failure->code);
    }
  else if (postern_report_get_outcome (report) != POSTERN_OUTCOME_PASSED)
    state = POSTERN_TRIAL_NOT_TRIED;

  postern_trial_update (self, state, summary);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CODE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REPORT]);
}
