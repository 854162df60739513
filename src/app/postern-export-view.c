/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-export-view.h"

#include <glib/gi18n.h>

struct _PosternExportView
{
  AdwBin parent_instance;

  PosternAccountItem *item;
};

enum
{
  PROP_0,
  PROP_ITEM,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternExportView, postern_export_view, ADW_TYPE_BIN)

static void
on_copy_cb (GtkWidget *button, GtkLabel *label)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (button), gtk_label_get_label (label));
  gtk_widget_activate_action (button, "win.say", "s", _ ("Copied"));
}

static void
postern_export_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternExportView *self = POSTERN_EXPORT_VIEW (object);

  switch (prop_id)
    {
    case PROP_ITEM:
      g_value_set_object (value, self->item);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_export_view_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_ITEM:
      postern_export_view_set_item (POSTERN_EXPORT_VIEW (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_export_view_dispose (GObject *object)
{
  PosternExportView *self = POSTERN_EXPORT_VIEW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_EXPORT_VIEW);
  g_clear_object (&self->item);

  G_OBJECT_CLASS (postern_export_view_parent_class)->dispose (object);
}

static void
postern_export_view_class_init (PosternExportViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_export_view_dispose;
  object_class->get_property = postern_export_view_get_property;
  object_class->set_property = postern_export_view_set_property;

  properties[PROP_ITEM] =
    g_param_spec_object ("item", NULL, NULL, POSTERN_TYPE_ACCOUNT_ITEM,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-export-view.ui");
  gtk_widget_class_bind_template_callback (widget_class, on_copy_cb);
}

static void
postern_export_view_init (PosternExportView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
postern_export_view_set_item (PosternExportView *self, PosternAccountItem *item)
{
  g_return_if_fail (POSTERN_IS_EXPORT_VIEW (self));

  if (g_set_object (&self->item, item))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ITEM]);
}
