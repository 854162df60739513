/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-driver-list.h"

#include "postern-driver-row.h"
#include "postern-hint-row.h"
#include "runtime/postern-uniface-drivers.h"

struct _PosternDriverList
{
  AdwPreferencesGroup parent_instance;

  GtkMenuButton *add_button;
  PosternHintRow *hint; /* what is wrong with all of them */

  PosternAccountItem *item;
  GSignalGroup *account_signals;
  GPtrArray *rows;
  GPtrArray *hints; /* one a row */
  gboolean editing;
};

G_DEFINE_FINAL_TYPE (PosternDriverList, postern_driver_list, ADW_TYPE_PREFERENCES_GROUP)

static PosternAccount *
get_account (PosternDriverList *self)
{
  return postern_account_item_get_account (self->item);
}

static void
set_drivers (PosternDriverList *self, GPtrArray *drivers)
{
  g_object_set (get_account (self), "drivers", drivers, NULL);
}

static GPtrArray *
copy_drivers (PosternDriverList *self)
{
  GPtrArray *now = postern_account_get_drivers (get_account (self));
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);

  for (guint i = 0; i < now->len; i++)
    g_ptr_array_add (copy, postern_driver_ref (g_ptr_array_index (now, i)));
  return copy;
}

static void
edited_cb (PosternDriverList *self, PosternDriverRow *row)
{
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);

  for (guint i = 0; i < self->rows->len; i++)
    g_ptr_array_add (drivers, postern_driver_ref (
                                postern_driver_row_get_driver (g_ptr_array_index (self->rows, i))));

  /* The rows show it already; making them anew would take the focus away. */
  self->editing = TRUE;
  set_drivers (self, drivers);
  self->editing = FALSE;
}

/* The row of the driver keeps the focus, where it is now. */
static void
move (PosternDriverList *self, guint from, int to)
{
  g_autoptr(GPtrArray) drivers = copy_drivers (self);
  PosternDriver *driver;

  to = CLAMP (to, 0, (int) drivers->len - 1);
  if (to == (int) from)
    return;

  driver = g_ptr_array_steal_index (drivers, from);
  g_ptr_array_insert (drivers, to, driver);
  set_drivers (self, drivers);
  gtk_widget_grab_focus (g_ptr_array_index (self->rows, (guint) to));
}

static void
moved_cb (PosternDriverList *self, guint direction, PosternDriverRow *row)
{
  guint index;

  if (!g_ptr_array_find (self->rows, row, &index))
    return;

  if (direction == POSTERN_DRIVER_REMOVE)
    {
      g_autoptr(GPtrArray) drivers = copy_drivers (self);

      g_ptr_array_remove_index (drivers, index);
      set_drivers (self, drivers);
      return;
    }
  move (self, index, (int) index + (direction == POSTERN_DRIVER_MOVE_UP ? -1 : 1));
}

static void
dropped_cb (PosternDriverList *self, PosternDriverRow *dragged, PosternDriverRow *row)
{
  guint from;
  guint to;

  if (g_ptr_array_find (self->rows, dragged, &from) && g_ptr_array_find (self->rows, row, &to))
    move (self, from, (int) to);
}

static void
clear_rows (PosternDriverList *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self),
                                    g_ptr_array_index (self->rows, i));
      adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self),
                                    g_ptr_array_index (self->hints, i));
    }
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->hints, 0);
}

static void
add_row (PosternDriverList *self, PosternDriver *driver, guint index, guint n_drivers)
{
  GtkWidget *row = postern_driver_row_new (driver, index, n_drivers);
  g_autofree char *field = postern_uniface_driver_field (index + 1);
  GtkWidget *hint = g_object_new (POSTERN_TYPE_HINT_ROW, "field", field, "subject", row, NULL);

  postern_hint_row_set_findings (POSTERN_HINT_ROW (hint),
                                 postern_account_item_get_findings (self->item));
  g_signal_connect_object (row, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "moved", G_CALLBACK (moved_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "dropped", G_CALLBACK (dropped_cb), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->rows, row);
  g_ptr_array_add (self->hints, hint);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), hint);
}

static void
fill (PosternDriverList *self)
{
  GPtrArray *drivers;

  if (self->editing)
    return;

  clear_rows (self);
  if (self->item == NULL)
    return;

  /* The hint stays last. */
  g_object_ref (self->hint);
  adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->hint));
  drivers = postern_account_get_drivers (get_account (self));
  for (guint i = 0; i < drivers->len; i++)
    add_row (self, g_ptr_array_index (drivers, i), i, drivers->len);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->hint));
  g_object_unref (self->hint);
}

static void
add_driver_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternDriverList *self = POSTERN_DRIVER_LIST (widget);
  const char *entry = g_variant_get_string (parameter, NULL);
  g_autofree char *driver_properties =
    g_strdup_printf ("%s=%s", postern_uniface_get_server (entry), entry);
  g_autofree char *parameters = NULL;
  g_autoptr(GPtrArray) drivers = NULL;
  const char *user;

  if (self->item == NULL)
    return;

  drivers = copy_drivers (self);
  user = postern_account_get_user (get_account (self));
  if (g_str_equal (entry, "UStartTLSSMTP"))
    {
      /* It has to be the first. */
      g_ptr_array_insert (drivers, 0, postern_driver_new (driver_properties, ""));
      set_drivers (self, drivers);
      return;
    }
  parameters = *user != '\0' ? g_strdup_printf ("USER=%s", user) : g_strdup ("");
  g_ptr_array_add (drivers, postern_driver_new (driver_properties, parameters));
  set_drivers (self, drivers);
}

static void
fill_menu (PosternDriverList *self)
{
  g_autoptr(GMenu) menu = g_menu_new ();
  const char *const *known = postern_uniface_list_drivers ();

  for (guint i = 0; known[i] != NULL; i++)
    {
      g_autofree char *action = g_strdup_printf ("drivers.add('%s')", known[i]);

      g_menu_append (menu, known[i], action);
    }
  gtk_menu_button_set_menu_model (self->add_button, G_MENU_MODEL (menu));
}

static void
postern_driver_list_dispose (GObject *object)
{
  PosternDriverList *self = POSTERN_DRIVER_LIST (object);

  g_clear_object (&self->account_signals);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->hints, g_ptr_array_unref);
  g_clear_object (&self->item);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_DRIVER_LIST);

  G_OBJECT_CLASS (postern_driver_list_parent_class)->dispose (object);
}

static void
postern_driver_list_class_init (PosternDriverListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = postern_driver_list_dispose;

  g_type_ensure (POSTERN_TYPE_HINT_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-driver-list.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternDriverList, add_button);
  gtk_widget_class_bind_template_child (widget_class, PosternDriverList, hint);
  gtk_widget_class_install_action (widget_class, "drivers.add", "s", add_driver_action);
}

static void
postern_driver_list_init (PosternDriverList *self)
{
  self->rows = g_ptr_array_new ();
  self->hints = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_menu (self);
  self->account_signals = g_signal_group_new (POSTERN_TYPE_ACCOUNT);
  g_signal_group_connect_swapped (self->account_signals, "notify::drivers", G_CALLBACK (fill),
                                  self);
}

void
postern_driver_list_set_item (PosternDriverList *self, PosternAccountItem *item)
{
  g_return_if_fail (POSTERN_IS_DRIVER_LIST (self));

  g_set_object (&self->item, item);
  g_signal_group_set_target (self->account_signals, item != NULL ? get_account (self) : NULL);
  postern_hint_row_set_findings (self->hint,
                                 item != NULL ? postern_account_item_get_findings (item) : NULL);
  fill (self);
}
