/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-account-row.h"

#include <glib/gi18n.h>

struct _PosternAccountRow
{
  GtkListBoxRow parent_instance;

  PosternAccountItem *item;
  GtkWidget *verdict_image;
};

enum
{
  PROP_0,
  PROP_ITEM,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternAccountRow, postern_account_row, GTK_TYPE_LIST_BOX_ROW)

/* What the row shows by place, colour and icon, in one sentence for those who do not see it. */
static void
update (PosternAccountRow *self)
{
  g_autofree char *title = NULL;
  g_autofree char *subtitle = NULL;
  g_autofree char *word = NULL;
  g_autofree char *css_class = NULL;
  g_autofree char *label = NULL;
  const char *classes[] = { NULL, NULL };

  g_object_get (self->item, "title", &title, "subtitle", &subtitle, "verdict-word", &word,
                "verdict-class", &css_class, NULL);
  classes[0] = css_class;
  gtk_widget_set_css_classes (self->verdict_image, classes);
  label = g_strdup_printf ("%s, %s, %s", title, subtitle, word);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
item_notify_cb (PosternAccountRow *self, GParamSpec *pspec)
{
  if (g_str_equal (pspec->name, "title") || g_str_equal (pspec->name, "subtitle") ||
      g_str_equal (pspec->name, "verdict-word"))
    update (self);
}

static void
postern_account_row_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  PosternAccountRow *self = POSTERN_ACCOUNT_ROW (object);

  switch (prop_id)
    {
    case PROP_ITEM:
      self->item = g_value_dup_object (value);
      g_signal_connect_object (self->item, "notify", G_CALLBACK (item_notify_cb), self,
                               G_CONNECT_SWAPPED);
      update (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_account_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternAccountRow *self = POSTERN_ACCOUNT_ROW (object);

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
postern_account_row_finalize (GObject *object)
{
  PosternAccountRow *self = POSTERN_ACCOUNT_ROW (object);

  g_clear_object (&self->item);

  G_OBJECT_CLASS (postern_account_row_parent_class)->finalize (object);
}

static void
postern_account_row_class_init (PosternAccountRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = postern_account_row_finalize;
  object_class->get_property = postern_account_row_get_property;
  object_class->set_property = postern_account_row_set_property;

  properties[PROP_ITEM] =
    g_param_spec_object ("item", NULL, NULL, POSTERN_TYPE_ACCOUNT_ITEM,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-account-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternAccountRow, verdict_image);
}

static void
postern_account_row_init (PosternAccountRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
postern_account_row_new (PosternAccountItem *item)
{
  return g_object_new (POSTERN_TYPE_ACCOUNT_ROW, "item", item, NULL);
}

PosternAccountItem *
postern_account_row_get_item (PosternAccountRow *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ROW (self), NULL);

  return self->item;
}
