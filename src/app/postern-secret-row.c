/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-secret-row.h"

#include <glib/gi18n.h>

struct _PosternSecretRow
{
  AdwPreferencesRow parent_instance;

  GtkText *typed; /* the secret; not GtkEditable's delegate, and not on the accessibility bus */
  GtkText *shown; /* as many bullets, never to be seen; the delegate */
  GtkToggleButton *peek_button;
};

enum
{
  PROP_0,
  PROP_ACTIVATES_DEFAULT,
  N_PROPS
};

static void
editable_iface_init (GtkEditableInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternSecretRow,
                               postern_secret_row,
                               ADW_TYPE_PREFERENCES_ROW,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_EDITABLE, editable_iface_init))

static void
editable_insert (GtkEditable *editable, const char *text, int length, int *position)
{
  gtk_editable_insert_text (GTK_EDITABLE (POSTERN_SECRET_ROW (editable)->typed), text, length,
                            position);
}

static void
editable_delete (GtkEditable *editable, int start, int end)
{
  gtk_editable_delete_text (GTK_EDITABLE (POSTERN_SECRET_ROW (editable)->typed), start, end);
}

static gboolean
editable_get_selection (GtkEditable *editable, int *start, int *end)
{
  return gtk_editable_get_selection_bounds (GTK_EDITABLE (POSTERN_SECRET_ROW (editable)->typed),
                                            start, end);
}

static void
editable_set_selection (GtkEditable *editable, int start, int end)
{
  gtk_editable_select_region (GTK_EDITABLE (POSTERN_SECRET_ROW (editable)->typed), start, end);
}

static GtkEditable *
editable_get_delegate (GtkEditable *editable)
{
  return GTK_EDITABLE (POSTERN_SECRET_ROW (editable)->shown);
}

static void
editable_iface_init (GtkEditableInterface *iface)
{
  iface->do_insert_text = editable_insert;
  iface->do_delete_text = editable_delete;
  iface->get_selection_bounds = editable_get_selection;
  iface->set_selection_bounds = editable_set_selection;
  iface->get_delegate = editable_get_delegate;
}

static void
on_moved_cb (PosternSecretRow *self)
{
  gtk_editable_set_position (GTK_EDITABLE (self->shown),
                             gtk_editable_get_position (GTK_EDITABLE (self->typed)));
}

static void
on_changed_cb (PosternSecretRow *self)
{
  guint n_characters = gtk_text_get_text_length (self->typed);
  g_autoptr(GString) bullets = g_string_new (NULL);

  for (guint i = 0; i < n_characters; i++)
    g_string_append (bullets, "●");
  gtk_editable_set_text (GTK_EDITABLE (self->shown), bullets->str);
  on_moved_cb (self);
  g_signal_emit_by_name (self, "changed");
}

static gboolean
postern_secret_row_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (POSTERN_SECRET_ROW (widget)->typed));
}

static void
on_pressed_cb (PosternSecretRow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->typed));
}

static void
update_label (PosternSecretRow *self)
{
  const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self));
  g_auto (GStrv) parts = g_strsplit (title, "_", -1);
  g_autofree char *label = g_strjoinv (NULL, parts);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
postern_secret_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternSecretRow *self = POSTERN_SECRET_ROW (object);

  if (prop_id == PROP_ACTIVATES_DEFAULT)
    g_value_set_boolean (value, gtk_text_get_activates_default (self->typed));
  else if (!gtk_editable_delegate_get_property (object, prop_id, value, pspec))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
postern_secret_row_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  PosternSecretRow *self = POSTERN_SECRET_ROW (object);

  if (prop_id == PROP_ACTIVATES_DEFAULT)
    gtk_text_set_activates_default (self->typed, g_value_get_boolean (value));
  else if (!gtk_editable_delegate_set_property (object, prop_id, value, pspec))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
postern_secret_row_class_init (PosternSecretRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = postern_secret_row_get_property;
  object_class->set_property = postern_secret_row_set_property;
  widget_class->grab_focus = postern_secret_row_grab_focus;

  g_object_class_install_property (
    object_class, PROP_ACTIVATES_DEFAULT,
    g_param_spec_boolean ("activates-default", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  gtk_editable_install_properties (object_class, N_PROPS);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TEXT_BOX);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-secret-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternSecretRow, typed);
  gtk_widget_class_bind_template_child (widget_class, PosternSecretRow, shown);
  gtk_widget_class_bind_template_child (widget_class, PosternSecretRow, peek_button);
  gtk_widget_class_bind_template_callback (widget_class, on_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_moved_cb);
}

static void
postern_secret_row_init (PosternSecretRow *self)
{
  g_autoptr(GtkEntryBuffer) buffer = gtk_password_entry_buffer_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_text_set_buffer (self->typed, buffer);
  g_object_bind_property (self->peek_button, "active", self->typed, "visibility", 0);
  g_signal_connect (self, "notify::title", G_CALLBACK (update_label), NULL);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
postern_secret_row_new (void)
{
  return g_object_new (POSTERN_TYPE_SECRET_ROW, NULL);
}

PosternSecret *
postern_secret_row_dup_secret (PosternSecretRow *self)
{
  g_return_val_if_fail (POSTERN_IS_SECRET_ROW (self), NULL);

  if (postern_secret_row_is_empty (self))
    return NULL;
  /* The buffer's own bytes: no copy is made on the way. */
  return postern_secret_new (gtk_entry_buffer_get_text (gtk_text_get_buffer (self->typed)), -1);
}

gboolean
postern_secret_row_is_empty (PosternSecretRow *self)
{
  g_return_val_if_fail (POSTERN_IS_SECRET_ROW (self), TRUE);

  return gtk_text_get_text_length (self->typed) == 0;
}

void
postern_secret_row_clear (PosternSecretRow *self)
{
  g_return_if_fail (POSTERN_IS_SECRET_ROW (self));

  gtk_editable_set_text (GTK_EDITABLE (self->typed), "");
}
