/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-file-list.h"

#include <glib/gi18n.h>

struct _PosternFileList
{
  AdwBin parent_instance;

  GtkListBox *list;
  GListStore *items;
};

enum
{
  CHOSEN,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternFileList, postern_file_list, ADW_TYPE_BIN)

static PosternAsnItem *
get_item (PosternFileList *self, guint index)
{
  g_autoptr(PosternAsnItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), index);

  return item;
}

static guint
get_n_items (PosternFileList *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->items));
}

static gboolean
mark_modified (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  PosternAsnItem *item = user_data;

  /* Translators: an assignment file with changes that are not saved */
  g_value_take_string (to,
                       g_value_get_boolean (from)
                         ? g_strdup_printf (_ ("%s, not saved"), postern_asn_item_get_title (item))
                         : g_strdup (postern_asn_item_get_title (item)));
  return TRUE;
}

static void
close_clicked_cb (GtkWidget *button, PosternAsnItem *item)
{
  postern_file_list_ask_close (
    POSTERN_FILE_LIST (gtk_widget_get_ancestor (button, POSTERN_TYPE_FILE_LIST)), item);
}

static GtkWidget *
create_close_button (PosternAsnItem *item)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("window-close-symbolic");
  g_autofree char *label = g_strdup_printf (_ ("Close %s"), postern_asn_item_get_title (item));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (close_clicked_cb), item, 0);
  return button;
}

static GtkWidget *
create_row (gpointer data, gpointer user_data)
{
  PosternAsnItem *item = data;
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = gtk_label_new (NULL);
  GtkWidget *subtitle = gtk_label_new (NULL);
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (subtitle), 0);
  gtk_label_set_ellipsize (GTK_LABEL (subtitle), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (subtitle, "caption");
  gtk_widget_add_css_class (subtitle, "dim-label");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), subtitle);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_widget_set_hexpand (box, TRUE);
  gtk_box_append (GTK_BOX (line), box);
  gtk_box_append (GTK_BOX (line), create_close_button (item));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), line);
  gtk_widget_set_tooltip_text (
    row, postern_asn_document_get_path (postern_asn_item_get_document (item)));
  gtk_accessible_update_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_LABELLED_BY, title,
                                  subtitle, NULL, -1);
  g_object_bind_property_full (item, "modified", title, "label", G_BINDING_SYNC_CREATE,
                               mark_modified, NULL, item, NULL);
  g_object_bind_property (item, "subtitle", subtitle, "label", G_BINDING_SYNC_CREATE);
  return row;
}

static void
on_row_activated_cb (PosternFileList *self, GtkListBoxRow *row)
{
  g_signal_emit (self, signals[CHOSEN], 0,
                 get_item (self, (guint) gtk_list_box_row_get_index (row)));
}

static void
items_changed_cb (PosternFileList *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), get_n_items (self) > 0);
}

static void
postern_file_list_dispose (GObject *object)
{
  PosternFileList *self = POSTERN_FILE_LIST (object);

  g_clear_object (&self->items);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_FILE_LIST);

  G_OBJECT_CLASS (postern_file_list_parent_class)->dispose (object);
}

static void
postern_file_list_class_init (PosternFileListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = postern_file_list_dispose;

  signals[CHOSEN] = g_signal_new ("chosen", POSTERN_TYPE_FILE_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, POSTERN_TYPE_ASN_ITEM);

  signals[CLOSED] = g_signal_new ("closed", POSTERN_TYPE_FILE_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, POSTERN_TYPE_ASN_ITEM);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-file-list.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternFileList, list);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
}

static void
postern_file_list_init (PosternFileList *self)
{
  self->items = g_list_store_new (POSTERN_TYPE_ASN_ITEM);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->items), create_row, NULL, NULL);
  g_signal_connect_object (self->items, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

PosternAsnItem *
postern_file_list_open (PosternFileList *self,
                        const char *path,
                        const char *usys_dir,
                        GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autoptr(PosternAsnItem) item = NULL;

  g_return_val_if_fail (POSTERN_IS_FILE_LIST (self), NULL);

  for (guint i = 0; i < get_n_items (self); i++)
    {
      PosternAsnItem *open = get_item (self, i);

      if (g_strcmp0 (postern_asn_document_get_path (postern_asn_item_get_document (open)),
                     absolute) == 0)
        return open;
    }

  item = postern_asn_item_new (absolute, error);
  if (item == NULL)
    return NULL;
  if (usys_dir != NULL)
    g_object_set (item, "usys-dir", usys_dir, NULL);
  g_list_store_append (self->items, item);
  return item;
}

static void
close_item (PosternFileList *self, PosternAsnItem *item)
{
  g_autoptr(PosternAsnItem) kept = g_object_ref (item);
  guint index;

  if (!g_list_store_find (self->items, item, &index))
    return;
  g_list_store_remove (self->items, index);
  g_signal_emit (self, signals[CLOSED], 0, kept);
}

static GtkWindow *
get_window (PosternFileList *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
say (PosternFileList *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", text);
}

static void
file_chosen_cb (GtkNativeDialog *dialog, int response, PosternFileList *self)
{
  g_autoptr(GFile) file = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  PosternAsnItem *item;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    path = g_file_get_path (file);
  if (path != NULL)
    {
      item = postern_file_list_open (self, path, g_object_get_data (G_OBJECT (dialog), "usys-dir"),
                                     &error);
      if (item != NULL)
        g_signal_emit (self, signals[CHOSEN], 0, item);
      else
        say (self, error->message);
    }
  g_object_unref (dialog);
}

void
postern_file_list_choose (PosternFileList *self, const char *usys_dir)
{
  GtkFileChooserNative *dialog;
  GtkFileFilter *filter;

  g_return_if_fail (POSTERN_IS_FILE_LIST (self));

  dialog = gtk_file_chooser_native_new (_ ("Open an Assignment File"), get_window (self),
                                        GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _ ("Assignment files"));
  gtk_file_filter_add_suffix (filter, "asn");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _ ("All files"));
  gtk_file_filter_add_pattern (filter, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  g_object_set_data_full (G_OBJECT (dialog), "usys-dir", g_strdup (usys_dir), g_free);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (file_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
conflict_response_cb (AdwMessageDialog *dialog, const char *response, PosternFileList *self)
{
  PosternAsnItem *item = g_object_get_data (G_OBJECT (dialog), "item");
  PosternAsnDocument *document = postern_asn_item_get_document (item);
  g_autofree char *path = g_strdup (postern_asn_document_get_path (document));
  g_autoptr(GError) error = NULL;
  gboolean done = TRUE;

  if (g_str_equal (response, "reload"))
    done = postern_asn_document_reload (document, &error);
  else if (g_str_equal (response, "replace"))
    done = postern_asn_document_save_as (document, path, TRUE, &error);
  if (!done)
    say (self, error->message);
}

static void
ask_conflict (PosternFileList *self, PosternAsnItem *item)
{
  GtkWidget *dialog = adw_message_dialog_new (get_window (self), _ ("The File Was Changed"), NULL);

  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  _ ("Another program changed %s since it was opened here. Replace "
                                     "its changes, or give up yours and read the file anew?"),
                                  postern_asn_item_get_title (item));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "reload",
                                    _ ("Read _Anew"), "replace", _ ("_Replace"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "reload",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "replace",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "item", g_object_ref (item), g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (conflict_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

typedef struct
{
  PosternFileList *self;
  PosternAsnItem *item;
  gboolean close;
} Saving;

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Saving *saving = user_data;
  g_autoptr(PosternFileList) self = saving->self;
  g_autoptr(PosternAsnItem) item = saving->item;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  if (postern_asn_document_save_finish (POSTERN_ASN_DOCUMENT (source), result, &error))
    {
      text = g_strdup_printf (_ ("%s saved"), postern_asn_item_get_title (item));
      say (self, text);
      if (saving->close)
        close_item (self, item);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG))
    ask_conflict (self, item);
  else
    say (self, error->message);
}

static void
save (PosternFileList *self, PosternAsnItem *item, gboolean close)
{
  Saving *saving = g_new0 (Saving, 1);

  saving->self = g_object_ref (self);
  saving->item = g_object_ref (item);
  saving->close = close;
  postern_asn_document_save_async (postern_asn_item_get_document (item), NULL, saved_cb, saving);
}

void
postern_file_list_save (PosternFileList *self, PosternAsnItem *item)
{
  g_return_if_fail (POSTERN_IS_FILE_LIST (self));

  save (self, item, FALSE);
}

static void
close_response_cb (AdwMessageDialog *dialog, const char *response, PosternFileList *self)
{
  PosternAsnItem *item = g_object_get_data (G_OBJECT (dialog), "item");

  if (g_str_equal (response, "discard"))
    close_item (self, item);
  else if (g_str_equal (response, "save"))
    save (self, item, TRUE);
}

void
postern_file_list_ask_close (PosternFileList *self, PosternAsnItem *item)
{
  GtkWidget *dialog;

  g_return_if_fail (POSTERN_IS_FILE_LIST (self));

  if (!postern_asn_document_is_modified (postern_asn_item_get_document (item)))
    {
      close_item (self, item);
      return;
    }

  dialog = adw_message_dialog_new (get_window (self), _ ("Save Changes?"), NULL);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  _ ("%s has changes that are not saved. Without saving they are "
                                     "lost."),
                                  postern_asn_item_get_title (item));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "discard",
                                    _ ("_Discard"), "save", _ ("_Save"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "discard",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "save",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "save");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "item", g_object_ref (item), g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (close_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
postern_file_list_select (PosternFileList *self, PosternAsnItem *item)
{
  GtkListBoxRow *row = NULL;
  guint index;

  g_return_if_fail (POSTERN_IS_FILE_LIST (self));

  if (item != NULL && g_list_store_find (self->items, item, &index))
    row = gtk_list_box_get_row_at_index (self->list, (int) index);
  gtk_list_box_select_row (self->list, row);
}

PosternAsnItem *
postern_file_list_get_unsaved (PosternFileList *self)
{
  g_return_val_if_fail (POSTERN_IS_FILE_LIST (self), NULL);

  for (guint i = 0; i < get_n_items (self); i++)
    if (postern_asn_document_is_modified (postern_asn_item_get_document (get_item (self, i))))
      return get_item (self, i);
  return NULL;
}

void
postern_file_list_refresh (PosternFileList *self)
{
  g_return_if_fail (POSTERN_IS_FILE_LIST (self));

  for (guint i = 0; i < get_n_items (self); i++)
    {
      PosternAsnDocument *document = postern_asn_item_get_document (get_item (self, i));
      g_autofree char *text = NULL;

      if (!postern_asn_document_is_stale (document))
        continue;
      if (!postern_asn_document_is_modified (document) &&
          postern_asn_document_reload (document, NULL))
        continue;
      text = g_strdup_printf (_ ("%s was changed by another program"),
                              postern_asn_item_get_title (get_item (self, i)));
      gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", text);
    }
}
