/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-event-line.h"

#include "postern-texts.h"

#include <glib/gi18n.h>

struct _PosternEventLine
{
  AdwBin parent_instance;

  GtkLabel *time_label;
  GtkLabel *direction_label;
  GtkLabel *text_label;
  GtkImage *channel_image;
};

G_DEFINE_FINAL_TYPE (PosternEventLine, postern_event_line, ADW_TYPE_BIN)

static void
postern_event_line_class_init (PosternEventLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-event-line.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternEventLine, time_label);
  gtk_widget_class_bind_template_child (widget_class, PosternEventLine, direction_label);
  gtk_widget_class_bind_template_child (widget_class, PosternEventLine, text_label);
  gtk_widget_class_bind_template_child (widget_class, PosternEventLine, channel_image);
}

static void
postern_event_line_init (PosternEventLine *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
postern_event_line_new (void)
{
  return g_object_new (POSTERN_TYPE_EVENT_LINE, NULL);
}

void
postern_event_line_set_event (PosternEventLine *self, PosternEvent *event)
{
  gboolean tls = postern_event_get_channel (event) == POSTERN_CHANNEL_TLS;
  const char *channel = tls ? _ ("over TLS") : _ ("in clear text");
  PosternDirection direction = postern_event_get_direction (event);
  g_autofree char *time = NULL;

  g_return_if_fail (POSTERN_IS_EVENT_LINE (self));

  time = g_strdup_printf ("%.3f", (double) postern_event_get_time (event) / G_USEC_PER_SEC);
  gtk_label_set_label (self->time_label, time);
  gtk_label_set_label (self->direction_label, postern_texts_for_direction (direction));
  gtk_label_set_label (self->text_label, postern_event_get_text (event));
  gtk_image_set_from_icon_name (self->channel_image,
                                tls ? "postern-locked-symbolic" : "postern-unlocked-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->channel_image), channel);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->channel_image),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, channel, -1);
  gtk_widget_set_css_classes (GTK_WIDGET (self),
                              (const char *[]){ direction == POSTERN_DIRECTION_CLIENT   ? "client"
                                                : direction == POSTERN_DIRECTION_SERVER ? "server"
                                                                                        : "note",
                                                tls ? "tls" : "clear", NULL });
}
