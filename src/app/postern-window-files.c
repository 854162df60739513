/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-window-private.h"

#include "postern-undo.h"

#include <glib/gi18n.h>

static const char *
get_usys_dir (PosternWindow *self)
{
  return self->item != NULL
           ? postern_account_get_usys_dir (postern_account_item_get_account (self->item))
           : NULL;
}

void
postern_window_show_file (PosternWindow *self, PosternAsnItem *file)
{
  postern_window_set_file (self, file);
  adw_leaflet_set_visible_child_name (self->leaflet, "account");
}

/* What comes in its place is the account that was there before. */
static void
on_file_closed_cb (PosternWindow *self, PosternAsnItem *file)
{
  if (self->file != file)
    return;
  postern_window_set_file (self, NULL);
  if (self->item != NULL)
    postern_window_select_item (self, self->item);
}

void
postern_window_open_file (PosternWindow *self, const char *path)
{
  g_autoptr(GError) error = NULL;
  PosternAsnItem *file;

  g_return_if_fail (POSTERN_IS_WINDOW (self));

  file = postern_file_list_open (self->file_list, path, get_usys_dir (self), &error);
  if (file != NULL)
    postern_window_show_file (self, file);
  else
    postern_window_say (self, error->message);
}

static void
open_file_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;

  postern_file_list_choose (self->file_list, get_usys_dir (self));
}

static void
edit_file_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  postern_window_open_file (user_data, g_variant_get_string (parameter, NULL));
}

static void
save_file_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;

  postern_file_list_save (self->file_list, self->file);
}

static void
close_file_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;

  postern_file_list_ask_close (self->file_list, self->file);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, PosternWindow *self)
{
  GSList *files = g_value_get_boxed (value);

  for (GSList *l = files; l != NULL; l = l->next)
    {
      g_autofree char *path = g_file_get_path (l->data);

      if (path != NULL)
        postern_window_open_file (self, path);
    }
  return files != NULL;
}

static void
active_cb (PosternWindow *self)
{
  if (gtk_window_is_active (GTK_WINDOW (self)))
    postern_file_list_refresh (self->file_list);
}

typedef struct
{
  PosternAsnDocument *document;
  char *section;
  char *name;
  char *option;
  char *before; /* NULL: there was none */
} OptionUndo;

static void
option_undo_free (gpointer data, GClosure *closure)
{
  OptionUndo *undo = data;

  g_object_unref (undo->document);
  g_free (undo->section);
  g_free (undo->name);
  g_free (undo->option);
  g_free (undo->before);
  g_free (undo);
}

static void
option_undo_cb (AdwToast *toast, gpointer user_data)
{
  OptionUndo *undo = user_data;

  if (undo->before != NULL)
    postern_asn_document_set_option (undo->document, undo->section, undo->name, undo->option,
                                     undo->before, NULL);
  else
    postern_asn_document_remove_option (undo->document, undo->section, undo->name, undo->option,
                                        NULL);
}

static void
offer_option_undo (PosternWindow *self, OptionUndo *undo)
{
  g_autofree char *title = NULL;
  AdwToast *toast;

  /* Translators: a TLS option, and the profile that it stands in */
  title = g_markup_printf_escaped (_ ("%s of %s changed: save the file"), undo->option, undo->name);
  toast = adw_toast_new (title);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, POSTERN_UNDO_LIMIT_S);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (option_undo_cb), undo,
                         option_undo_free, 0);
  adw_toast_overlay_add_toast (self->toast_overlay, toast);
}

/* File, section, setting, option and its value. The file is not saved: the user sees the change
 * first. */
static void
set_profile_option_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  g_autoptr(GError) error = NULL;
  const char *path, *section, *name, *option, *value;
  PosternAsnItem *file;
  PosternAsnDocument *document;
  g_autofree char *before = NULL;
  OptionUndo *undo;

  g_variant_get (parameter, "(&s&s&s&s&s)", &path, &section, &name, &option, &value);
  file = postern_file_list_open (self->file_list, path, get_usys_dir (self), &error);
  if (file == NULL)
    {
      postern_window_say (self, error->message);
      return;
    }

  document = postern_asn_item_get_document (file);
  before = postern_asn_document_dup_option (document, section, name, option);
  postern_window_show_file (self, file);
  if (!postern_asn_document_set_option (document, section, name, option, value, &error))
    {
      postern_window_say (self, error->message);
      return;
    }

  undo = g_new0 (OptionUndo, 1);
  undo->document = g_object_ref (document);
  undo->section = g_strdup (section);
  undo->name = g_strdup (name);
  undo->option = g_strdup (option);
  undo->before = g_steal_pointer (&before);
  offer_option_undo (self, undo);
}

void
postern_window_files_init (PosternWindow *self)
{
  static const GActionEntry actions[] = {
    { "open-file", open_file_action, NULL, NULL, NULL, { 0 } },
    { "edit-file", edit_file_action, "s", NULL, NULL, { 0 } },
    { "save-file", save_file_action, NULL, NULL, NULL, { 0 } },
    { "close-file", close_file_action, NULL, NULL, NULL, { 0 } },
    { "set-profile-option", set_profile_option_action, "(sssss)", NULL, NULL, { 0 } },
  };
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
  g_signal_connect_swapped (self->file_list, "chosen", G_CALLBACK (postern_window_show_file), self);
  g_signal_connect_swapped (self->file_list, "closed", G_CALLBACK (on_file_closed_cb), self);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
}
