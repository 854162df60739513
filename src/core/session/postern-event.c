/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-event.h"

#include "session/postern-event-private.h"

#include "model/postern-enum-types.h"
#include "session/postern-session-enum-types.h"

struct _PosternEvent
{
  GObject parent_instance;

  guint index;
  gint64 time;
  PosternDirection direction;
  PosternChannel channel;
  PosternStepId step;
  char *text;
};

enum
{
  PROP_0,
  PROP_INDEX,
  PROP_TIME,
  PROP_DIRECTION,
  PROP_CHANNEL,
  PROP_STEP,
  PROP_TEXT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternEvent, postern_event, G_TYPE_OBJECT)

static void
postern_event_finalize (GObject *object)
{
  PosternEvent *self = POSTERN_EVENT (object);

  g_clear_pointer (&self->text, g_free);

  G_OBJECT_CLASS (postern_event_parent_class)->finalize (object);
}

static void
postern_event_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternEvent *self = POSTERN_EVENT (object);

  switch (prop_id)
    {
    case PROP_INDEX:
      g_value_set_uint (value, self->index);
      break;
    case PROP_TIME:
      g_value_set_int64 (value, self->time);
      break;
    case PROP_DIRECTION:
      g_value_set_enum (value, self->direction);
      break;
    case PROP_CHANNEL:
      g_value_set_enum (value, self->channel);
      break;
    case PROP_STEP:
      g_value_set_enum (value, self->step);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_event_class_init (PosternEventClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = postern_event_finalize;
  object_class->get_property = postern_event_get_property;

  properties[PROP_INDEX] = g_param_spec_uint ("index", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_TIME] = g_param_spec_int64 ("time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_DIRECTION] = g_param_spec_enum ("direction", NULL, NULL, POSTERN_TYPE_DIRECTION,
                                                  POSTERN_DIRECTION_CLIENT, flags);
  properties[PROP_CHANNEL] =
    g_param_spec_enum ("channel", NULL, NULL, POSTERN_TYPE_CHANNEL, POSTERN_CHANNEL_CLEAR, flags);
  properties[PROP_STEP] =
    g_param_spec_enum ("step", NULL, NULL, POSTERN_TYPE_STEP_ID, POSTERN_STEP_SETTINGS, flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_event_init (PosternEvent *self)
{
}

PosternEvent *
postern_event_new_take (guint index,
                        gint64 time,
                        PosternDirection direction,
                        PosternChannel channel,
                        PosternStepId step,
                        char *text)
{
  PosternEvent *self = g_object_new (POSTERN_TYPE_EVENT, NULL);

  self->index = index;
  self->time = time;
  self->direction = direction;
  self->channel = channel;
  self->step = step;
  self->text = text;

  return self;
}

guint
postern_event_get_index (PosternEvent *self)
{
  g_return_val_if_fail (POSTERN_IS_EVENT (self), 0);

  return self->index;
}

gint64
postern_event_get_time (PosternEvent *self)
{
  g_return_val_if_fail (POSTERN_IS_EVENT (self), 0);

  return self->time;
}

PosternDirection
postern_event_get_direction (PosternEvent *self)
{
  g_return_val_if_fail (POSTERN_IS_EVENT (self), POSTERN_DIRECTION_NOTE);

  return self->direction;
}

PosternChannel
postern_event_get_channel (PosternEvent *self)
{
  g_return_val_if_fail (POSTERN_IS_EVENT (self), POSTERN_CHANNEL_CLEAR);

  return self->channel;
}

PosternStepId
postern_event_get_step (PosternEvent *self)
{
  g_return_val_if_fail (POSTERN_IS_EVENT (self), POSTERN_STEP_SETTINGS);

  return self->step;
}

const char *
postern_event_get_text (PosternEvent *self)
{
  g_return_val_if_fail (POSTERN_IS_EVENT (self), NULL);

  return self->text;
}
