/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-driver-row.h"

#include "runtime/postern-uniface-drivers.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PosternDriverRow
{
  AdwExpanderRow parent_instance;

  PosternDriver *driver;
  gboolean filling;
  GtkWidget *handle;
  AdwComboRow *entry_row;
  AdwComboRow *use_row;
  AdwEntryRow *parameters_row;
};

enum
{
  EDITED,
  MOVED,
  DROPPED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternDriverRow, postern_driver_row, ADW_TYPE_EXPANDER_ROW)

/* "SMTP=Entry;USE=OPT" to its parts, for showing; what is wrong with the text the runtime says. */
static char *
get_entry_point (const char *driver_properties, gboolean *optional)
{
  const char *equals = strchr (driver_properties, '=');
  const char *start = equals != NULL ? equals + 1 : driver_properties;
  gsize length = strcspn (start, "\x1b;\xc2");
  g_autofree char *upper = g_ascii_strup (start + length, -1);

  *optional = strstr (upper, "OPT") != NULL;
  return g_strstrip (g_strndup (start, length));
}

static void
update_title (PosternDriverRow *self)
{
  gboolean optional;
  g_autofree char *entry =
    get_entry_point (postern_driver_get_properties (self->driver), &optional);
  g_autoptr(GString) subtitle = g_string_new (optional ? _ ("optional") : _ ("mandatory"));
  g_autofree char *escaped = NULL;

  if (*postern_driver_get_parameters (self->driver) != '\0')
    g_string_append_printf (subtitle, " · %s", postern_driver_get_parameters (self->driver));
  if (postern_driver_get_password (self->driver) != NULL)
    g_string_append_printf (subtitle, " · %s", _ ("with a password, not saved"));
  if (postern_driver_get_token (self->driver) != NULL)
    g_string_append_printf (subtitle, " · %s", _ ("with a token, not saved"));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), entry);
  escaped = g_markup_escape_text (subtitle->str, -1);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), escaped);
}

static void
fill (PosternDriverRow *self)
{
  const char *const *known = postern_uniface_list_drivers ();
  GtkStringList *entries = gtk_string_list_new (known);
  gboolean optional;
  g_autofree char *entry =
    get_entry_point (postern_driver_get_properties (self->driver), &optional);
  guint selected = 0;

  while (known[selected] != NULL && !g_str_equal (known[selected], entry))
    selected++;
  if (known[selected] == NULL)
    gtk_string_list_append (entries, entry);

  self->filling = TRUE;
  adw_combo_row_set_model (self->entry_row, G_LIST_MODEL (entries));
  adw_combo_row_set_selected (self->entry_row, selected);
  adw_combo_row_set_selected (self->use_row, optional ? 1 : 0);
  gtk_editable_set_text (GTK_EDITABLE (self->parameters_row),
                         postern_driver_get_parameters (self->driver));
  self->filling = FALSE;
  g_object_unref (entries);
  update_title (self);
}

static void
rebuild (PosternDriverRow *self, const char *parameters)
{
  GtkStringObject *object = adw_combo_row_get_selected_item (self->entry_row);
  g_autofree char *driver_properties = NULL;
  const char *entry;

  if (self->filling || object == NULL)
    return;

  entry = gtk_string_object_get_string (object);
  driver_properties =
    g_strdup_printf ("%s=%s%s", postern_uniface_get_server (entry), entry,
                     adw_combo_row_get_selected (self->use_row) == 1 ? ";USE=OPT" : "");
  postern_driver_unref (self->driver);
  self->driver = postern_driver_new (driver_properties, parameters);
  update_title (self);
  g_signal_emit (self, signals[EDITED], 0);
}

static void
on_changed_cb (PosternDriverRow *self)
{
  g_autofree char *parameters = NULL;

  if (self->driver == NULL)
    return;
  parameters = g_strdup (postern_driver_get_parameters (self->driver));
  rebuild (self, parameters);
}

static void
on_apply_cb (PosternDriverRow *self)
{
  rebuild (self, gtk_editable_get_text (GTK_EDITABLE (self->parameters_row)));

  /* A password that stood there is with the driver now, and out of sight. */
  self->filling = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->parameters_row),
                         postern_driver_get_parameters (self->driver));
  self->filling = FALSE;
}

static void
move_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  guint move = g_str_equal (action_name, "driver.up")     ? POSTERN_DRIVER_MOVE_UP
               : g_str_equal (action_name, "driver.down") ? POSTERN_DRIVER_MOVE_DOWN
                                                          : POSTERN_DRIVER_REMOVE;

  g_signal_emit (widget, signals[MOVED], 0, move);
}

static GdkContentProvider *
drag_prepare_cb (GtkDragSource *source, double x, double y, PosternDriverRow *self)
{
  GdkPaintable *picture = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_source_set_icon (source, picture, 24, 24);
  g_object_unref (picture);
  return gdk_content_provider_new_typed (POSTERN_TYPE_DRIVER_ROW, self);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, PosternDriverRow *self)
{
  PosternDriverRow *dragged = g_value_get_object (value);

  if (dragged == self)
    return FALSE;
  g_signal_emit (self, signals[DROPPED], 0, dragged);
  return TRUE;
}

static void
postern_driver_row_finalize (GObject *object)
{
  PosternDriverRow *self = POSTERN_DRIVER_ROW (object);

  g_clear_pointer (&self->driver, postern_driver_unref);

  G_OBJECT_CLASS (postern_driver_row_parent_class)->finalize (object);
}

static void
postern_driver_row_class_init (PosternDriverRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = postern_driver_row_finalize;

  signals[EDITED] = g_signal_new ("edited", POSTERN_TYPE_DRIVER_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  signals[MOVED] = g_signal_new ("moved", POSTERN_TYPE_DRIVER_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[DROPPED] = g_signal_new ("dropped", POSTERN_TYPE_DRIVER_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, POSTERN_TYPE_DRIVER_ROW);
  gtk_widget_class_install_action (widget_class, "driver.up", NULL, move_action);
  gtk_widget_class_install_action (widget_class, "driver.down", NULL, move_action);
  gtk_widget_class_install_action (widget_class, "driver.remove", NULL, move_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Up, GDK_ALT_MASK, "driver.up", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Down, GDK_ALT_MASK, "driver.down",
                                       NULL);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-driver-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternDriverRow, handle);
  gtk_widget_class_bind_template_child (widget_class, PosternDriverRow, entry_row);
  gtk_widget_class_bind_template_child (widget_class, PosternDriverRow, use_row);
  gtk_widget_class_bind_template_child (widget_class, PosternDriverRow, parameters_row);
  gtk_widget_class_bind_template_callback (widget_class, on_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_apply_cb);
}

static void
postern_driver_row_init (PosternDriverRow *self)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (POSTERN_TYPE_DRIVER_ROW, GDK_ACTION_MOVE);

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (drag_prepare_cb), self);
  gtk_widget_add_controller (self->handle, GTK_EVENT_CONTROLLER (source));
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->parameters_row), FALSE);
}

GtkWidget *
postern_driver_row_new (PosternDriver *driver, guint position, guint n_drivers)
{
  PosternDriverRow *self = g_object_new (POSTERN_TYPE_DRIVER_ROW, NULL);

  self->driver = postern_driver_ref (driver);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "driver.up", position > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "driver.down", position + 1 < n_drivers);
  fill (self);
  return GTK_WIDGET (self);
}

PosternDriver *
postern_driver_row_get_driver (PosternDriverRow *self)
{
  g_return_val_if_fail (POSTERN_IS_DRIVER_ROW (self), NULL);

  return self->driver;
}
