/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-application.h"

#include "postern-window.h"
#include "store/postern-account-store.h"

#include <glib/gi18n.h>

#define SAVE_DELAY_MS 500

struct _PosternApplication
{
  AdwApplication parent_instance;

  PosternAccountStore *store;
  GListStore *transient;    /* PosternAccount: what is never saved */
  GtkFlattenListModel *all; /* both of them, as accounts */
  GtkMapListModel *items;   /* as items */
  GHashTable *items_by_id;  /* an item outlives its place in the lists: it has the last report */
  PosternVault *vault;
  GSettings *settings;
  PosternPracticeAccount *practice;
  gboolean start_practice;
  char *scenario; /* asked for on the command line */
  GError *load_error;
  guint save_id;
};

G_DEFINE_FINAL_TYPE (PosternApplication, postern_application, ADW_TYPE_APPLICATION)

static gboolean
is_practice (PosternApplication *self, PosternAccount *account)
{
  return self->practice != NULL && postern_practice_account_get_account (self->practice) == account;
}

static gpointer
account_to_item (gpointer account, gpointer user_data)
{
  PosternApplication *self = user_data;
  g_autoptr(PosternAccount) owned = account;
  const char *id = postern_account_get_id (owned);
  PosternAccountItem *item = g_hash_table_lookup (self->items_by_id, id);

  if (item == NULL)
    {
      item = postern_account_item_new (owned, is_practice (self, owned));
      g_hash_table_insert (self->items_by_id, g_strdup (id), item);
    }
  return g_object_ref (item);
}

static PosternAccountItem *
lend_item (PosternApplication *self, PosternAccount *account)
{
  g_autoptr(PosternAccountItem) item = account_to_item (g_object_ref (account), self);

  return item;
}

/* The active one may be another, such as that of a scan. */
static PosternWindow *
get_window (PosternApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (POSTERN_IS_WINDOW (l->data))
      return l->data;
  return NULL;
}

static void
save (PosternApplication *self)
{
  g_autoptr(GError) error = NULL;
  PosternWindow *window;

  g_clear_handle_id (&self->save_id, g_source_remove);
  if (postern_account_store_save (self->store, &error))
    return;

  window = get_window (self);
  if (window != NULL)
    postern_window_say (window, error->message);
  else
    g_printerr ("%s\n", error->message);
}

static gboolean
save_cb (gpointer user_data)
{
  PosternApplication *self = user_data;

  self->save_id = 0;
  save (self);
  return G_SOURCE_REMOVE;
}

static void
store_changed_cb (PosternApplication *self)
{
  g_clear_handle_id (&self->save_id, g_source_remove);
  self->save_id = g_timeout_add (SAVE_DELAY_MS, save_cb, self);
}

static void
set_aside_response_cb (AdwMessageDialog *dialog, const char *response, PosternApplication *self)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *aside = NULL;
  PosternWindow *window = get_window (self);

  if (!g_str_equal (response, "set-aside"))
    return;

  aside = postern_account_store_set_aside (self->store, &error);
  if (window != NULL)
    postern_window_say (window, aside != NULL ? aside : error->message);
  if (aside != NULL)
    save (self);
}

static void
tell_load_error (PosternApplication *self, GtkWindow *window)
{
  GtkWidget *dialog = adw_message_dialog_new (window, _ ("The Accounts Cannot Be Read"), NULL);

  adw_message_dialog_format_body (
    ADW_MESSAGE_DIALOG (dialog),
    _ ("%s\n\nNothing is saved until the file can be read again or is set aside."),
    self->load_error->message);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "leave", _ ("_Leave It"),
                                    "set-aside", _ ("_Set Aside"), NULL);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "leave");
  g_signal_connect_object (dialog, "response", G_CALLBACK (set_aside_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  g_clear_error (&self->load_error);
}

/* The index of the scenario of that name; the first where there is none. */
static guint
find_scenario (const char *name)
{
  gsize n_scenarios;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n_scenarios);

  for (gsize i = 0; i < n_scenarios; i++)
    if (g_str_equal (scenarios[i].name, name))
      return (guint) i;
  return 0;
}

/* What cannot be started is said by the action of the window that follows. */
static void
start_scenario (PosternApplication *self)
{
  if (self->scenario != NULL && postern_application_get_practice_item (self, NULL) != NULL)
    postern_application_set_scenario (self, find_scenario (self->scenario), NULL);
  g_clear_pointer (&self->scenario, g_free);
}

static void
postern_application_activate (GApplication *application)
{
  PosternApplication *self = POSTERN_APPLICATION (application);
  PosternWindow *window = get_window (self);

  if (window == NULL)
    window = postern_window_new (self);
  gtk_window_present (GTK_WINDOW (window));

  if (self->load_error != NULL)
    tell_load_error (self, GTK_WINDOW (window));
  if (self->start_practice)
    {
      self->start_practice = FALSE;
      start_scenario (self);
      gtk_widget_activate_action (GTK_WIDGET (window), "win.practice", NULL);
    }
}

static int
postern_application_command_line (GApplication *application, GApplicationCommandLine *command_line)
{
  PosternApplication *self = POSTERN_APPLICATION (application);
  GVariantDict *options = g_application_command_line_get_options_dict (command_line);
  g_autofree const char **files = NULL;

  g_clear_pointer (&self->scenario, g_free);
  if (g_variant_dict_lookup (options, "scenario", "s", &self->scenario) ||
      g_variant_dict_contains (options, "practice"))
    self->start_practice = TRUE;
  g_application_activate (application);
  g_variant_dict_lookup (options, G_OPTION_REMAINING, "^a&ay", &files);
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      g_autoptr(GFile) file =
                   g_application_command_line_create_file_for_arg (command_line, files[i]);
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL)
        postern_window_open_file (get_window (self), path);
    }
  return 0;
}

static int
postern_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  if (!g_variant_dict_contains (options, "version"))
    return -1;

  g_print ("Postern %s\n", PACKAGE_VERSION);
  return 0;
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  static const char *const developers[] = { "The Postern contributors", NULL };
  GtkWindow *window = gtk_application_get_active_window (user_data);

  adw_show_about_window (window, "application-name", _ ("Postern"), "application-icon",
                         APPLICATION_ID, "version", PACKAGE_VERSION, "developer-name",
                         _ ("The Postern contributors"), "developers", developers, "comments",
                         _ ("Tests mail accounts the way the account's own system logs on, says "
                            "what is wrong and how to mend it."),
                         "license-type", GTK_LICENSE_GPL_3_0,
                         /* Translators: your own names, one on each line */
                         "translator-credits", _ ("translator-credits"), NULL);
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_application_quit (user_data);
}

static void
set_accels (GtkApplication *application, const char *action, const char *accel)
{
  const char *const accels[] = { accel, NULL };

  gtk_application_set_accels_for_action (application, action, accels);
}

static GSettings *
find_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr(GSettingsSchema) schema = NULL;

  /* Started from the build tree there is no schema: then nothing is remembered. */
  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, APPLICATION_ID, TRUE);
  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

static void
postern_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { "about", about_action, NULL, NULL, NULL, { 0 } },
    { "quit", quit_action, NULL, NULL, NULL, { 0 } },
  };
  static const char *const accels[][2] = {
    { "app.quit", "<Control>q" },
    { "window.close", "<Control>w" },
    { "win.new-account", "<Control>n" },
    { "win.open-file", "<Control>o" },
    { "win.save-file", "<Control>s" },
    { "win.log-on", "<Control>Return" },
    { "win.sweep", "<Control><Shift>Return" },
    { "win.scan", "<Control><Shift>t" },
    { "win.cancel", "Escape" },
    { "win.find", "<Control>f" },
    { "win.filter", "<Control><Shift>f" },
    { "win.page('settings')", "<Alt>1" },
    { "win.page('test')", "<Alt>2" },
    { "win.page('certificates')", "<Alt>3" },
    { "win.page('export')", "<Alt>4" },
    { "win.menu", "F10" },
  };
  PosternApplication *self = POSTERN_APPLICATION (application);

  G_APPLICATION_CLASS (postern_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (APPLICATION_ID);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    set_accels (GTK_APPLICATION (application), accels[i][0], accels[i][1]);

  self->settings = find_settings ();
  self->vault = postern_vault_new ();
  postern_account_store_load (self->store, &self->load_error);
  g_signal_connect_object (self->store, "changed", G_CALLBACK (store_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
postern_application_shutdown (GApplication *application)
{
  PosternApplication *self = POSTERN_APPLICATION (application);

  if (self->save_id != 0)
    save (self);
  g_clear_object (&self->practice);

  G_APPLICATION_CLASS (postern_application_parent_class)->shutdown (application);
}

static void
postern_application_finalize (GObject *object)
{
  PosternApplication *self = POSTERN_APPLICATION (object);

  g_clear_handle_id (&self->save_id, g_source_remove);
  g_clear_error (&self->load_error);
  g_free (self->scenario);
  g_clear_object (&self->items);
  g_clear_object (&self->all);
  g_clear_object (&self->transient);
  g_clear_object (&self->store);
  g_clear_pointer (&self->items_by_id, g_hash_table_unref);
  g_clear_object (&self->vault);
  g_clear_object (&self->settings);
  g_clear_object (&self->practice);

  G_OBJECT_CLASS (postern_application_parent_class)->finalize (object);
}

static void
postern_application_class_init (PosternApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->finalize = postern_application_finalize;
  application_class->startup = postern_application_startup;
  application_class->shutdown = postern_application_shutdown;
  application_class->activate = postern_application_activate;
  application_class->command_line = postern_application_command_line;
  application_class->handle_local_options = postern_application_handle_local_options;
}

static void
postern_application_init (PosternApplication *self)
{
  static const GOptionEntry options[] = {
    { "practice", 0, 0, G_OPTION_ARG_NONE, NULL,
      N_ ("Start a practice server on this computer, with an account for it"), NULL },
    { "scenario", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("What is wrong with the practice server"),
      N_ ("NAME") },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL,
      N_ ("[ASSIGNMENT-FILE…]") },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  GListStore *lists = g_list_store_new (G_TYPE_LIST_MODEL);

  g_application_add_main_option_entries (G_APPLICATION (self), options);

  self->store = postern_account_store_new (NULL);
  self->transient = g_list_store_new (POSTERN_TYPE_ACCOUNT);
  self->items_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_list_store_append (lists, self->store);
  g_list_store_append (lists, self->transient);
  self->all = gtk_flatten_list_model_new (G_LIST_MODEL (lists));
  self->items =
    gtk_map_list_model_new (G_LIST_MODEL (g_object_ref (self->all)), account_to_item, self, NULL);
}

PosternApplication *
postern_application_new (void)
{
  return g_object_new (POSTERN_TYPE_APPLICATION, "application-id", APPLICATION_ID,
                       "resource-base-path", "/io/github/postern/Postern", "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE, NULL);
}

GListModel *
postern_application_get_items (PosternApplication *self)
{
  g_return_val_if_fail (POSTERN_IS_APPLICATION (self), NULL);

  return G_LIST_MODEL (self->items);
}

PosternVault *
postern_application_get_vault (PosternApplication *self)
{
  g_return_val_if_fail (POSTERN_IS_APPLICATION (self), NULL);

  return self->vault;
}

GSettings *
postern_application_get_settings (PosternApplication *self)
{
  g_return_val_if_fail (POSTERN_IS_APPLICATION (self), NULL);

  return self->settings;
}

PosternPracticeAccount *
postern_application_get_practice (PosternApplication *self)
{
  g_return_val_if_fail (POSTERN_IS_APPLICATION (self), NULL);

  return self->practice;
}

PosternAccountItem *
postern_application_add_account (PosternApplication *self, PosternAccount *account, guint position)
{
  g_return_val_if_fail (POSTERN_IS_APPLICATION (self), NULL);

  if (is_practice (self, account))
    g_list_store_append (self->transient, account);
  else
    postern_account_store_insert (self->store, position, account);
  return lend_item (self, account);
}

void
postern_application_remove_account (PosternApplication *self,
                                    PosternAccountItem *item,
                                    guint *position)
{
  PosternAccount *account;

  g_return_if_fail (POSTERN_IS_APPLICATION (self));

  account = postern_account_item_get_account (item);
  *position = 0;
  if (is_practice (self, account))
    g_list_store_remove_all (self->transient);
  else
    postern_account_store_remove (self->store, account, position);
}

/* The password and token of the practice server are public, and are known without asking. */
static void
keep_practice_credentials (PosternApplication *self, PosternAccountItem *item)
{
  g_autoptr(PosternSecret) password = postern_secret_new (POSTERN_PRACTICE_PASSWORD, -1);
  g_autoptr(PosternSecret) token = postern_secret_new (POSTERN_PRACTICE_TOKEN, -1);
  PosternAccount *account = postern_account_item_get_account (item);
  const char *destination;

  postern_account_item_check (item);
  destination = postern_account_item_get_destination (item);
  if (destination == NULL)
    return;
  postern_vault_keep (self->vault, account, "password", destination, password, FALSE);
  postern_vault_keep (self->vault, account, "token", destination, token, FALSE);
}

PosternAccountItem *
postern_application_get_practice_item (PosternApplication *self, GError **error)
{
  PosternAccountItem *item;
  PosternAccount *account;

  g_return_val_if_fail (POSTERN_IS_APPLICATION (self), NULL);

  if (self->practice == NULL)
    self->practice = postern_practice_account_new (error);
  if (self->practice == NULL)
    return NULL;

  account = postern_practice_account_get_account (self->practice);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->transient)) == 0)
    g_list_store_append (self->transient, account);
  item = lend_item (self, account);
  keep_practice_credentials (self, item);
  return item;
}

gboolean
postern_application_set_scenario (PosternApplication *self, guint scenario, GError **error)
{
  g_return_val_if_fail (POSTERN_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (self->practice != NULL, FALSE);

  if (!postern_practice_account_set_scenario (self->practice, scenario, error))
    return FALSE;
  return postern_application_get_practice_item (self, error) != NULL;
}
