/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-step.h"

#include "postern-enum-types.h"

#include <glib/gi18n.h>

struct _PosternStep
{
  GObject parent_instance;

  PosternStepId step;
  PosternStepState state;
  char *summary;
  gint64 start;
  gint64 duration;
  int first_event;
  int last_event;
};

enum
{
  PROP_0,
  PROP_STEP,
  PROP_TITLE,
  PROP_STATE,
  PROP_STATE_TEXT,
  PROP_SUMMARY,
  PROP_START,
  PROP_DURATION,
  PROP_DURATION_TEXT,
  PROP_FIRST_EVENT,
  PROP_LAST_EVENT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternStep, postern_step, G_TYPE_OBJECT)

static char *
dup_duration_text (PosternStep *self)
{
  if (self->duration < 50) /* less than 0.05 ms is nothing to show */
    return g_strdup ("");
  if (self->duration < 10000)
    /* Translators: milliseconds */
    return g_strdup_printf (_ ("%.1f ms"), (double) self->duration / 1000.0);
  if (self->duration < 10 * G_USEC_PER_SEC)
    return g_strdup_printf (_ ("%d ms"), (int) (self->duration / 1000));
  /* Translators: seconds */
  return g_strdup_printf (_ ("%.1f s"), (double) self->duration / G_USEC_PER_SEC);
}

static void
postern_step_finalize (GObject *object)
{
  PosternStep *self = POSTERN_STEP (object);

  g_free (self->summary);

  G_OBJECT_CLASS (postern_step_parent_class)->finalize (object);
}

static void
postern_step_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternStep *self = POSTERN_STEP (object);

  switch (prop_id)
    {
    case PROP_STEP:
      g_value_set_enum (value, (int) self->step);
      break;
    case PROP_TITLE:
      g_value_set_string (value, postern_step_get_title (self));
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_STATE_TEXT:
      g_value_set_string (value, postern_step_get_state_text (self));
      break;
    case PROP_SUMMARY:
      g_value_set_string (value, self->summary);
      break;
    case PROP_START:
      g_value_set_int64 (value, self->start);
      break;
    case PROP_DURATION:
      g_value_set_int64 (value, self->duration);
      break;
    case PROP_DURATION_TEXT:
      g_value_take_string (value, dup_duration_text (self));
      break;
    case PROP_FIRST_EVENT:
      g_value_set_int (value, self->first_event);
      break;
    case PROP_LAST_EVENT:
      g_value_set_int (value, self->last_event);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_step_class_init (PosternStepClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = postern_step_finalize;
  object_class->get_property = postern_step_get_property;

  properties[PROP_STEP] =
    g_param_spec_enum ("step", NULL, NULL, POSTERN_TYPE_STEP_ID, POSTERN_STEP_SETTINGS, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, POSTERN_TYPE_STEP_STATE,
                                              POSTERN_STATE_NOT_REACHED, flags);
  properties[PROP_STATE_TEXT] = g_param_spec_string ("state-text", NULL, NULL, NULL, flags);
  properties[PROP_SUMMARY] = g_param_spec_string ("summary", NULL, NULL, NULL, flags);
  properties[PROP_START] = g_param_spec_int64 ("start", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_DURATION] = g_param_spec_int64 ("duration", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_DURATION_TEXT] = g_param_spec_string ("duration-text", NULL, NULL, NULL, flags);
  properties[PROP_FIRST_EVENT] =
    g_param_spec_int ("first-event", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_LAST_EVENT] =
    g_param_spec_int ("last-event", NULL, NULL, -1, G_MAXINT, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_step_init (PosternStep *self)
{
  self->first_event = -1;
  self->last_event = -1;
}

PosternStep *
postern_step_new (PosternStepId step)
{
  PosternStep *self = g_object_new (POSTERN_TYPE_STEP, NULL);

  self->step = step;
  return self;
}

PosternStepId
postern_step_get_step (PosternStep *self)
{
  g_return_val_if_fail (POSTERN_IS_STEP (self), POSTERN_STEP_SETTINGS);

  return self->step;
}

const char *
postern_step_get_title (PosternStep *self)
{
  static const char *const titles[POSTERN_N_STEPS] = {
    [POSTERN_STEP_SETTINGS] = N_ ("Settings"),
    [POSTERN_STEP_RESOLVE] = N_ ("Name"),
    [POSTERN_STEP_CONNECT] = N_ ("Connect"),
    [POSTERN_STEP_GREETING] = N_ ("Greeting"),
    [POSTERN_STEP_CAPABILITIES] = N_ ("Capabilities"),
    [POSTERN_STEP_STARTTLS] = N_ ("STARTTLS"),
    [POSTERN_STEP_TLS] = N_ ("TLS"),
    [POSTERN_STEP_CERTIFICATE] = N_ ("Certificate"),
    [POSTERN_STEP_CAPABILITIES_TLS] = N_ ("Capabilities under TLS"),
    [POSTERN_STEP_AUTHENTICATE] = N_ ("Authenticate"),
    [POSTERN_STEP_USABLE] = N_ ("Mailbox"),
    [POSTERN_STEP_SENDER] = N_ ("Sender"),
    [POSTERN_STEP_LOGOFF] = N_ ("Log off"),
  };

  g_return_val_if_fail (POSTERN_IS_STEP (self), NULL);

  return _ (titles[self->step]);
}

PosternStepState
postern_step_get_state (PosternStep *self)
{
  g_return_val_if_fail (POSTERN_IS_STEP (self), POSTERN_STATE_NOT_REACHED);

  return self->state;
}

const char *
postern_step_get_state_text (PosternStep *self)
{
  static const char *const words[] = {
    [POSTERN_STATE_NOT_REACHED] = N_ ("not reached"), [POSTERN_STATE_RUNNING] = N_ ("running"),
    [POSTERN_STATE_PASSED] = N_ ("passed"),           [POSTERN_STATE_WARNING] = N_ ("warning"),
    [POSTERN_STATE_FAILED] = N_ ("failed"),           [POSTERN_STATE_SKIPPED] = N_ ("skipped"),
  };

  g_return_val_if_fail (POSTERN_IS_STEP (self), NULL);

  return _ (words[self->state]);
}

const char *
postern_step_get_summary (PosternStep *self)
{
  g_return_val_if_fail (POSTERN_IS_STEP (self), NULL);

  return self->summary;
}

gint64
postern_step_get_start (PosternStep *self)
{
  g_return_val_if_fail (POSTERN_IS_STEP (self), 0);

  return self->start;
}

gint64
postern_step_get_duration (PosternStep *self)
{
  g_return_val_if_fail (POSTERN_IS_STEP (self), 0);

  return self->duration;
}

int
postern_step_get_first_event (PosternStep *self)
{
  g_return_val_if_fail (POSTERN_IS_STEP (self), -1);

  return self->first_event;
}

int
postern_step_get_last_event (PosternStep *self)
{
  g_return_val_if_fail (POSTERN_IS_STEP (self), -1);

  return self->last_event;
}

/**
 * postern_step_update:
 * @self: a step
 * @state: what it is now
 * @summary: (nullable): one translated line; NULL leaves the last one
 * @now: µs since the run began
 * @next_event: the index that the next line of the transcript will have
 *
 * A step begins when it becomes RUNNING and ends with the first other state; what was written to
 * the transcript in between is its evidence.
 */
void
postern_step_update (
  PosternStep *self, PosternStepState state, const char *summary, gint64 now, int next_event)
{
  g_return_if_fail (POSTERN_IS_STEP (self));

  g_object_freeze_notify (G_OBJECT (self));
  if (state == POSTERN_STATE_RUNNING && self->state != POSTERN_STATE_RUNNING)
    {
      self->start = now;
      self->first_event = next_event;
    }
  else if (self->state == POSTERN_STATE_RUNNING && state != POSTERN_STATE_RUNNING)
    {
      self->duration = MAX (now - self->start, 0);
      self->last_event = next_event - 1;
      if (self->last_event < self->first_event)
        self->first_event = self->last_event = -1;
    }
  self->state = state;
  if (summary != NULL)
    {
      g_free (self->summary);
      self->summary = g_strdup (summary);
    }

  for (guint i = PROP_STATE; i < N_PROPS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
  g_object_thaw_notify (G_OBJECT (self));
}
