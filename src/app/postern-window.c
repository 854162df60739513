/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-window-private.h"

#include "postern-account-row.h"
#include "postern-log-on.h"
#include "postern-scan-window.h"
#include "postern-sweep-dialog.h"
#include "postern-undo.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (PosternWindow, postern_window, ADW_TYPE_APPLICATION_WINDOW)

static PosternApplication *
get_application (PosternWindow *self)
{
  return POSTERN_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
}

static void
set_enabled (PosternWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
update_actions (PosternWindow *self)
{
  gboolean have_item = self->item != NULL && self->file == NULL;
  gboolean running = have_item && postern_account_item_get_running (self->item);
  gboolean saved = have_item && !postern_account_item_is_practice (self->item);

  set_enabled (self, "log-on", have_item && !running && self->log_on_cancellable == NULL);
  set_enabled (self, "log-off", have_item && !running);
  set_enabled (self, "sweep", have_item && !running && self->log_on_cancellable == NULL);
  set_enabled (self, "scan", have_item);
  set_enabled (self, "cancel", running);
  set_enabled (self, "duplicate", saved);
  set_enabled (self, "delete", have_item);
  set_enabled (self, "page", have_item);
  set_enabled (self, "save-file",
               self->file != NULL &&
                 postern_asn_document_is_modified (postern_asn_item_get_document (self->file)));
  set_enabled (self, "close-file", self->file != NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->run_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_label_get_label (self->run_label), -1);
  if (running)
    gtk_widget_remove_css_class (self->run_button, "suggested-action");
  else
    gtk_widget_add_css_class (self->run_button, "suggested-action");
}

static void
item_running_cb (PosternWindow *self)
{
  update_actions (self);
}

static void
remember_account (PosternWindow *self)
{
  GSettings *settings = postern_application_get_settings (get_application (self));
  PosternAccount *account = postern_account_item_get_account (self->item);

  if (settings != NULL && !postern_account_item_is_practice (self->item))
    g_settings_set_string (settings, "last-account", postern_account_get_id (account));
}

/* The file where one is chosen, else the account. */
static void
show_content (PosternWindow *self)
{
  gboolean account = self->item != NULL && self->file == NULL;

  gtk_stack_set_visible_child_name (self->content_stack, self->file != NULL ? "file"
                                                         : account          ? "account"
                                                                            : "empty");
  gtk_widget_set_visible (self->run_button, account);
  gtk_widget_set_visible (GTK_WIDGET (self->account_button), account);
  gtk_widget_set_visible (self->save_button, self->file != NULL);
  adw_view_switcher_title_set_view_switcher_enabled (self->switcher_title, account);
  gtk_window_set_title (GTK_WINDOW (self), self->file != NULL
                                             ? postern_asn_item_get_title (self->file)
                                           : account ? postern_account_item_get_title (self->item)
                                                     : _ ("Postern"));
  update_actions (self);
}

void
postern_window_set_file (PosternWindow *self, PosternAsnItem *file)
{
  if (self->file == file)
    return;

  g_set_object (&self->file, file);
  g_signal_group_set_target (self->file_signals, file);
  postern_asn_view_set_item (self->asn_view, file);
  postern_file_list_select (self->file_list, file);
  if (file != NULL)
    gtk_list_box_select_row (self->account_list, NULL);
  show_content (self);
}

static void
set_item (PosternWindow *self, PosternAccountItem *item)
{
  postern_window_set_file (self, NULL);
  if (self->item == item)
    return;

  postern_settings_view_set_item (self->settings_view, item);
  g_set_object (&self->item, item);
  g_binding_group_set_source (self->item_bindings, item);
  g_signal_group_set_target (self->item_signals, item);
  postern_test_view_set_item (self->test_view, item);
  postern_certificates_view_set_item (self->certificates_view, item);
  postern_export_view_set_item (self->export_view, item);

  if (item != NULL)
    remember_account (self);
  show_content (self);
}

static GtkListBoxRow *
find_row (PosternWindow *self, PosternAccountItem *item)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->account_list, i)) != NULL; i++)
    if (postern_account_row_get_item (POSTERN_ACCOUNT_ROW (row)) == item)
      return row;
  return NULL;
}

void
postern_window_select_item (PosternWindow *self, PosternAccountItem *item)
{
  GtkListBoxRow *row = find_row (self, item);

  if (row == NULL)
    {
      gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
      gtk_string_filter_set_search (self->filter, NULL);
      row = find_row (self, item);
    }
  gtk_list_box_select_row (self->account_list, row);
  set_item (self, item);
}

static void
show_page (PosternWindow *self, const char *page)
{
  adw_view_stack_set_visible_child_name (self->view_stack, page);
  adw_leaflet_set_visible_child_name (self->leaflet, "account");
}

static void
on_row_selected_cb (PosternWindow *self, GtkListBoxRow *row)
{
  /* The row may only be hidden by the search: then the account stays where it is. */
  if (row != NULL)
    set_item (self, postern_account_row_get_item (POSTERN_ACCOUNT_ROW (row)));
}

static void
on_row_activated_cb (PosternWindow *self, GtkListBoxRow *row)
{
  set_item (self, postern_account_row_get_item (POSTERN_ACCOUNT_ROW (row)));
  adw_leaflet_set_visible_child_name (self->leaflet, "account");
}

static void
update_switcher_bar (PosternWindow *self)
{
  adw_view_switcher_bar_set_reveal (
    self->switcher_bar, self->item != NULL && self->file == NULL &&
                          adw_view_switcher_title_get_title_visible (self->switcher_title));
}

static void
on_leaflet_notify_cb (PosternWindow *self)
{
  if (adw_leaflet_get_folded (self->leaflet) && self->item == NULL && self->file == NULL)
    adw_leaflet_set_visible_child_name (self->leaflet, "accounts");
}

static void
restored_cb (PosternAccountItem *item, gpointer user_data)
{
  postern_window_select_item (user_data, item);
}

/* @said: what it came to */
static void
apply_change (PosternWindow *self, const char *said, GVariant *change)
{
  PosternAccount *account = postern_account_item_get_account (self->item);
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (account));
  g_autoptr(PosternAccount) before = postern_account_duplicate (account, NULL);
  g_autoptr(GError) error = NULL;

  if (!postern_runtime_apply (runtime, account, change, &error))
    {
      postern_window_say (self, error->message);
      return;
    }

  postern_undo_offer (self->toast_overlay, get_application (self), self->item, before, 0, said,
                      restored_cb, self);
}

static void
on_apply_remedy_cb (PosternWindow *self, const char *text, GVariant *change)
{
  apply_change (self, _ ("Settings changed"), change);
}

static void
log_on_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternWindow) self = user_data;
  gboolean started = postern_log_on_finish (result);

  g_clear_object (&self->log_on_cancellable);
  if (self->toast_overlay == NULL)
    return; /* closed meanwhile */
  update_actions (self);
  if (!started)
    return;
  show_page (self, "test");
  postern_test_view_focus_ladder (self->test_view);
}

static void
start (PosternWindow *self, gboolean sweep)
{
  g_autoptr(PosternSecret) password = postern_settings_view_dup_password (self->settings_view);
  g_autoptr(PosternSecret) token = postern_settings_view_dup_token (self->settings_view);
  const PosternCredentials typed = { password, token };

  self->log_on_cancellable = g_cancellable_new ();
  update_actions (self);
  postern_log_on_async (self->item, postern_application_get_vault (get_application (self)), &typed,
                        postern_settings_view_get_remember (self->settings_view), sweep,
                        GTK_WINDOW (self), self->log_on_cancellable, log_on_cb,
                        g_object_ref (self));
}

static void
log_on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  start (user_data, FALSE);
}

static void
sweep_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  start (user_data, TRUE);
}

static void
sweep_planned_cb (PosternWindow *self)
{
  postern_sweep_dialog_ask (GTK_WINDOW (self), self->item);
}

static void
scan_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  g_autoptr(GError) error = NULL;
  GtkWidget *window = postern_scan_window_new (GTK_WINDOW (self), self->item, &error);

  if (window != NULL)
    gtk_window_present (GTK_WINDOW (window));
  else
    postern_window_say (self, error->message);
}

static void
cancel_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;

  postern_account_item_cancel (self->item);
}

static void
log_off_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  PosternMailSession *session = postern_account_item_get_session (self->item);

  if (session != NULL)
    postern_mail_session_log_off (session);
}

static void
new_account_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  g_autoptr(PosternAccount) account = postern_account_new (NULL);

  /* Who tests accounts of one system goes on with that system. */
  if (self->item != NULL)
    g_object_set (account, "system",
                  postern_account_get_system (postern_account_item_get_account (self->item)), NULL);
  postern_window_select_item (
    self, postern_application_add_account (get_application (self), account, G_MAXUINT));
  show_page (self, "settings");
  postern_settings_view_focus_connection (self->settings_view);
}

static void
practice_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  g_autoptr(GError) error = NULL;
  PosternAccountItem *item = postern_application_get_practice_item (get_application (self), &error);

  if (item == NULL)
    {
      postern_window_say (self, error->message);
      return;
    }
  postern_settings_view_set_practice (self->settings_view,
                                      postern_application_get_practice (get_application (self)));
  postern_window_select_item (self, item);
  show_page (self, postern_account_item_get_report (item) != NULL ? "test" : "settings");
}

static void
on_scenario_cb (PosternWindow *self, guint scenario)
{
  g_autoptr(GError) error = NULL;

  if (!postern_application_set_scenario (get_application (self), scenario, &error))
    postern_window_say (self, error->message);
}

static void
duplicate_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  g_autoptr(PosternAccount) copy =
               postern_account_duplicate (postern_account_item_get_account (self->item), NULL);
  g_autofree char *name = NULL;

  /* Translators: the name of an account that was duplicated */
  name = g_strdup_printf (_ ("%s (copy)"), postern_account_item_get_title (self->item));
  g_object_set (copy, "name", name, NULL);
  postern_window_select_item (
    self, postern_application_add_account (get_application (self), copy, G_MAXUINT));
  show_page (self, "settings");
}

/* What is selected after a deletion: the account that took its place, or the one before it. */
static void
select_neighbour (PosternWindow *self, int index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->account_list, index);

  if (row == NULL && index > 0)
    row = gtk_list_box_get_row_at_index (self->account_list, index - 1);
  if (row != NULL)
    {
      gtk_list_box_select_row (self->account_list, row);
      return;
    }
  set_item (self, NULL);
  adw_leaflet_set_visible_child_name (self->leaflet, "accounts");
}

static void
delete_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  GtkListBoxRow *row = find_row (self, self->item);
  int index = row != NULL ? gtk_list_box_row_get_index (row) : 0;
  g_autoptr(PosternAccountItem) item = g_object_ref (self->item);
  g_autofree char *text = NULL;
  guint position;

  /* Translators: the name of an account */
  text = g_markup_printf_escaped (_ ("“%s” deleted"), postern_account_item_get_title (self->item));
  postern_account_item_cancel (item);
  postern_application_remove_account (get_application (self), item, &position);
  select_neighbour (self, index);
  postern_undo_offer (self->toast_overlay, get_application (self), item, NULL, position, text,
                      restored_cb, self);
}

static void
find_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;

  adw_leaflet_set_visible_child_name (self->leaflet, "accounts");
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
filter_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;

  if (self->item == NULL)
    return;
  show_page (self, "test");
  postern_test_view_focus_filter (self->test_view);
}

static void
page_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  show_page (user_data, g_variant_get_string (parameter, NULL));
}

static void
back_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;

  adw_leaflet_set_visible_child_name (self->leaflet, "accounts");
}

static void
menu_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PosternWindow *self = user_data;
  gboolean sidebar =
    !adw_leaflet_get_folded (self->leaflet) ||
    g_strcmp0 (adw_leaflet_get_visible_child_name (self->leaflet), "accounts") == 0;

  gtk_menu_button_popup (sidebar ? self->main_button : self->account_button);
}

static void
say_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  postern_window_say (user_data, g_variant_get_string (parameter, NULL));
}

static gboolean
postern_window_close_request (GtkWindow *window)
{
  PosternWindow *self = POSTERN_WINDOW (window);
  PosternApplication *application = get_application (self);
  GSettings *settings = application != NULL ? postern_application_get_settings (application) : NULL;
  PosternAsnItem *unsaved = postern_file_list_get_unsaved (self->file_list);

  if (unsaved != NULL)
    {
      postern_window_show_file (self, unsaved);
      postern_file_list_ask_close (self->file_list, unsaved);
      return TRUE;
    }

  if (settings != NULL)
    {
      int width;
      int height;

      gtk_window_get_default_size (window, &width, &height);
      g_settings_set_int (settings, "window-width", width);
      g_settings_set_int (settings, "window-height", height);
      g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (window));
    }
  if (self->log_on_cancellable != NULL)
    g_cancellable_cancel (self->log_on_cancellable);
  if (self->item != NULL)
    postern_account_item_cancel (self->item);

  return GTK_WINDOW_CLASS (postern_window_parent_class)->close_request (window);
}

static void
postern_window_dispose (GObject *object)
{
  PosternWindow *self = POSTERN_WINDOW (object);

  g_clear_object (&self->item_bindings);
  g_clear_object (&self->item_signals);
  g_clear_object (&self->file_signals);
  g_clear_object (&self->file);
  g_clear_object (&self->filter);
  g_clear_object (&self->item);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_WINDOW);

  G_OBJECT_CLASS (postern_window_parent_class)->dispose (object);
}

static void
postern_window_class_init (PosternWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = postern_window_close_request;

  g_type_ensure (POSTERN_TYPE_SETTINGS_VIEW);
  g_type_ensure (POSTERN_TYPE_TEST_VIEW);
  g_type_ensure (POSTERN_TYPE_CERTIFICATES_VIEW);
  g_type_ensure (POSTERN_TYPE_EXPORT_VIEW);
  g_type_ensure (POSTERN_TYPE_FILE_LIST);
  g_type_ensure (POSTERN_TYPE_ASN_VIEW);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-window.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, main_button);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, account_button);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, account_list);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, switcher_title);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, switcher_bar);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, content_stack);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, view_stack);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, run_button);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, run_label);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, settings_view);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, test_view);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, certificates_view);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, export_view);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, file_list);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, asn_view);
  gtk_widget_class_bind_template_child (widget_class, PosternWindow, save_button);
  gtk_widget_class_bind_template_callback (widget_class, on_row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_leaflet_notify_cb);
}

static void
postern_window_init (PosternWindow *self)
{
  static const GActionEntry actions[] = {
    { "log-on", log_on_action, NULL, NULL, NULL, { 0 } },
    { "sweep", sweep_action, NULL, NULL, NULL, { 0 } },
    { "scan", scan_action, NULL, NULL, NULL, { 0 } },
    { "log-off", log_off_action, NULL, NULL, NULL, { 0 } },
    { "cancel", cancel_action, NULL, NULL, NULL, { 0 } },
    { "new-account", new_account_action, NULL, NULL, NULL, { 0 } },
    { "practice", practice_action, NULL, NULL, NULL, { 0 } },
    { "duplicate", duplicate_action, NULL, NULL, NULL, { 0 } },
    { "delete", delete_action, NULL, NULL, NULL, { 0 } },
    { "find", find_action, NULL, NULL, NULL, { 0 } },
    { "filter", filter_action, NULL, NULL, NULL, { 0 } },
    { "page", page_action, "s", NULL, NULL, { 0 } },
    { "back", back_action, NULL, NULL, NULL, { 0 } },
    { "menu", menu_action, NULL, NULL, NULL, { 0 } },
    { "say", say_action, "s", NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  postern_window_files_init (self);

  self->file_signals = g_signal_group_new (POSTERN_TYPE_ASN_ITEM);
  g_signal_group_connect_swapped (self->file_signals, "notify::modified",
                                  G_CALLBACK (update_actions), self);

  self->item_bindings = g_binding_group_new ();
  g_binding_group_bind (self->item_bindings, "title", self, "title", G_BINDING_SYNC_CREATE);
  g_binding_group_bind (self->item_bindings, "run-label", self->run_label, "label",
                        G_BINDING_SYNC_CREATE);
  g_binding_group_bind (self->item_bindings, "run-action", self->run_button, "action-name",
                        G_BINDING_SYNC_CREATE);
  g_binding_group_bind (self->item_bindings, "run-tooltip", self->run_button, "tooltip-text",
                        G_BINDING_SYNC_CREATE);

  self->item_signals = g_signal_group_new (POSTERN_TYPE_ACCOUNT_ITEM);
  g_signal_group_connect_swapped (self->item_signals, "notify::run-tooltip",
                                  G_CALLBACK (item_running_cb), self);
  g_signal_group_connect_swapped (self->item_signals, "sweep-planned",
                                  G_CALLBACK (sweep_planned_cb), self);

  g_signal_connect_swapped (self->switcher_title, "notify::title-visible",
                            G_CALLBACK (update_switcher_bar), self);
  g_signal_connect_swapped (self->content_stack, "notify::visible-child",
                            G_CALLBACK (update_switcher_bar), self);
  g_signal_connect_swapped (self->test_view, "apply-remedy", G_CALLBACK (on_apply_remedy_cb), self);
  g_signal_connect_swapped (self->certificates_view, "apply-change", G_CALLBACK (apply_change),
                            self);
  g_signal_connect_swapped (self->settings_view, "scenario", G_CALLBACK (on_scenario_cb), self);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  return postern_account_row_new (item);
}

static void
fill_list (PosternWindow *self, PosternApplication *application)
{
  GtkExpression *title = gtk_property_expression_new (POSTERN_TYPE_ACCOUNT_ITEM, NULL, "title");
  g_autoptr(GtkFilterListModel) filtered = NULL;

  self->filter = gtk_string_filter_new (title);
  g_object_bind_property (self->search_entry, "text", self->filter, "search",
                          G_BINDING_SYNC_CREATE);
  filtered = gtk_filter_list_model_new (g_object_ref (postern_application_get_items (application)),
                                        GTK_FILTER (g_object_ref (self->filter)));
  gtk_list_box_bind_model (self->account_list, G_LIST_MODEL (filtered), create_row, NULL, NULL);
}

static void
restore_state (PosternWindow *self, GSettings *settings)
{
  g_autofree char *last =
    settings != NULL ? g_settings_get_string (settings, "last-account") : NULL;
  GtkListBoxRow *row;

  if (settings != NULL)
    {
      gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                                   g_settings_get_int (settings, "window-height"));
      if (g_settings_get_boolean (settings, "window-maximized"))
        gtk_window_maximize (GTK_WINDOW (self));
    }

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->account_list, i)) != NULL; i++)
    {
      PosternAccountItem *item = postern_account_row_get_item (POSTERN_ACCOUNT_ROW (row));
      PosternAccount *account = postern_account_item_get_account (item);

      if (self->item == NULL || g_strcmp0 (postern_account_get_id (account), last) == 0)
        postern_window_select_item (self, item);
    }
}

PosternWindow *
postern_window_new (PosternApplication *application)
{
  PosternWindow *self = g_object_new (POSTERN_TYPE_WINDOW, "application", application, NULL);

  postern_settings_view_set_vault (self->settings_view,
                                   postern_application_get_vault (application));
  fill_list (self, application);
  show_content (self);
  restore_state (self, postern_application_get_settings (application));
  update_actions (self);
  return self;
}

void
postern_window_say (PosternWindow *self, const char *text)
{
  g_autofree char *escaped = NULL;

  g_return_if_fail (POSTERN_IS_WINDOW (self));

  /* The title of a toast is markup. */
  escaped = g_markup_escape_text (text, -1);
  adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (escaped));
}
