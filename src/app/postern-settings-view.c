/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-settings-view.h"

#include "postern-driver-list.h"
#include "postern-hint-row.h"
#include "postern-secret-row.h"

#include <glib/gi18n.h>

/* The choices of the mechanism row; the first leaves it to the server. */
static const char *const mechanisms[] = {
  "PLAIN",
  "LOGIN",
  "SCRAM-SHA-256-PLUS",
  "SCRAM-SHA-256",
  "SCRAM-SHA-1-PLUS",
  "SCRAM-SHA-1",
  "CRAM-MD5",
  "DIGEST-MD5",
  "XOAUTH2",
  "OAUTHBEARER",
  "GSSAPI",
  "NTLM",
  "EXTERNAL",
  "ANONYMOUS",
  "USER",
  "APOP",
  "LOGIN-COMMAND",
  NULL,
};

struct _PosternSettingsView
{
  AdwBin parent_instance;

  GtkWidget *practice_group;
  AdwComboRow *scenario_row;
  AdwEntryRow *connection_row;
  PosternHintRow *connection_hint;
  AdwComboRow *system_row;
  AdwComboRow *protocol_row;
  PosternHintRow *protocol_hint;
  AdwEntryRow *name_row;
  AdwComboRow *tls_row;
  PosternHintRow *tls_hint;
  AdwEntryRow *tls_options_row;
  PosternHintRow *tls_options_hint;
  AdwEntryRow *asn_row;
  PosternHintRow *asn_file_hint;
  AdwEntryRow *usys_row;
  PosternHintRow *usys_dir_hint;
  AdwComboRow *mechanism_row;
  PosternHintRow *mechanisms_hint;
  AdwEntryRow *user_row;
  PosternHintRow *user_hint;
  PosternSecretRow *password_row;
  PosternSecretRow *token_row;
  GtkWidget *remember_row;
  GtkSwitch *remember_switch;
  AdwPreferencesGroup *log_on_group;
  PosternDriverList *driver_list;
  GtkWidget *connect_spin;
  GtkWidget *step_spin;
  GtkWidget *total_spin;
  AdwComboRow *family_row;
  AdwEntryRow *connect_to_row;
  PosternHintRow *connect_to_hint;
  AdwEntryRow *ehlo_row;
  PosternHintRow *ehlo_name_hint;
  AdwEntryRow *crl_row;
  PosternHintRow *crl_file_hint;

  PosternVault *vault;
  PosternAccountItem *item;
  PosternPracticeAccount *practice;
  GBindingGroup *account_bindings;
  GBindingGroup *item_bindings;
  GSignalGroup *account_signals;
  GSignalGroup *item_signals;
  gboolean filling;
  char *used_destination; /* where the typed credentials went, once they were used */
};

enum
{
  SCENARIO,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternSettingsView, postern_settings_view, ADW_TYPE_BIN)

static PosternAccount *
get_account (PosternSettingsView *self)
{
  return self->item != NULL ? postern_account_item_get_account (self->item) : NULL;
}

static gboolean
enum_to_index (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_uint (to, (guint) g_value_get_enum (from));
  return TRUE;
}

static gboolean
index_to_enum (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  guint index = g_value_get_uint (from);

  if (index == GTK_INVALID_LIST_POSITION)
    return FALSE;
  g_value_set_enum (to, (int) index);
  return TRUE;
}

static gboolean
ms_to_seconds (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_double (to, g_value_get_uint (from) / 1000.0);
  return TRUE;
}

static gboolean
seconds_to_ms (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_uint (to, (guint) (g_value_get_double (from) * 1000.0));
  return TRUE;
}

static gboolean
text_or_empty (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  const char *text = g_value_get_string (from);

  g_value_set_string (to, text != NULL ? text : "");
  return TRUE;
}

static gboolean
invert (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_boolean (to, !g_value_get_boolean (from));
  return TRUE;
}

static void
forget_typed (PosternSettingsView *self)
{
  postern_secret_row_clear (self->password_row);
  postern_secret_row_clear (self->token_row);
  g_clear_pointer (&self->used_destination, g_free);
}

/* A credential belongs to host, port and user: one that was used for these is not offered to
 * others. */
static void
destination_cb (PosternSettingsView *self)
{
  const char *destination = postern_account_item_get_destination (self->item);

  if (self->used_destination != NULL && destination != NULL &&
      !g_str_equal (self->used_destination, destination))
    forget_typed (self);
}

static void
running_cb (PosternSettingsView *self)
{
  if (!postern_account_item_get_running (self->item))
    return;
  g_free (self->used_destination);
  self->used_destination = g_strdup (postern_account_item_get_destination (self->item));
}

static void
update_remember (PosternSettingsView *self)
{
  gboolean keyring = self->vault != NULL && postern_vault_has_keyring (self->vault);

  gtk_widget_set_visible (self->remember_row, keyring && self->item != NULL &&
                                                !postern_account_item_is_practice (self->item));
  adw_preferences_group_set_description (
    self->log_on_group,
    self->item != NULL && postern_account_item_is_practice (self->item)
      ? _ ("The practice server takes one password, which Postern knows. It is used when the "
           "row is left empty.")
    : keyring ? _ ("Never saved in a file.")
              : _ ("Kept until Postern closes, and never saved in a file. This computer has no "
                   "keyring service."));
}

/* What the row says of a mechanism: those that only one protocol has are told apart. */
static const char *
describe_mechanism (const char *mechanism)
{
  if (g_str_equal (mechanism, "USER"))
    return _ ("USER and PASS, of POP3");
  if (g_str_equal (mechanism, "APOP"))
    return _ ("APOP, of POP3");
  if (g_str_equal (mechanism, "LOGIN-COMMAND"))
    return _ ("The command LOGIN, of IMAP");
  return mechanism;
}

static void
fill_mechanism (PosternSettingsView *self)
{
  g_autoptr(GtkStringList) choices = gtk_string_list_new (NULL);
  const char *const *wanted;
  guint selected = 0;

  if (self->item == NULL)
    return;

  wanted = postern_account_get_mechanisms (get_account (self));
  gtk_string_list_append (choices, _ ("Strongest offered"));
  for (guint i = 0; mechanisms[i] != NULL; i++)
    {
      gtk_string_list_append (choices, describe_mechanism (mechanisms[i]));
      if (wanted[0] != NULL && wanted[1] == NULL && g_str_equal (mechanisms[i], wanted[0]))
        selected = i + 1;
    }
  if (wanted[0] != NULL && selected == 0)
    {
      g_autofree char *list = g_strjoinv (", ", (GStrv) wanted);

      gtk_string_list_append (choices, list);
      selected = g_list_model_get_n_items (G_LIST_MODEL (choices)) - 1;
    }

  self->filling = TRUE;
  adw_combo_row_set_model (self->mechanism_row, G_LIST_MODEL (choices));
  adw_combo_row_set_selected (self->mechanism_row, selected);
  self->filling = FALSE;
}

static void
on_mechanism_cb (PosternSettingsView *self)
{
  guint selected = adw_combo_row_get_selected (self->mechanism_row);
  const char *chosen[] = { NULL, NULL };

  if (self->filling || self->item == NULL || selected >= G_N_ELEMENTS (mechanisms))
    return;

  if (selected > 0)
    chosen[0] = mechanisms[selected - 1];
  self->filling = TRUE;
  g_object_set (get_account (self), "mechanisms", chosen, NULL);
  self->filling = FALSE;
}

static void
mechanisms_cb (PosternSettingsView *self)
{
  if (!self->filling)
    fill_mechanism (self);
}

static void
file_chosen_cb (GtkNativeDialog *dialog, int response, AdwEntryRow *row)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL)
        gtk_editable_set_text (GTK_EDITABLE (row), path);
    }
  g_object_unref (dialog);
}

static void
choose (PosternSettingsView *self, AdwEntryRow *row, const char *title, GtkFileChooserAction action)
{
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                 action, _ ("_Choose"), _ ("_Cancel"));
  const char *now = gtk_editable_get_text (GTK_EDITABLE (row));

  if (g_path_is_absolute (now))
    {
      g_autoptr(GFile) file = g_file_new_for_path (now);

      gtk_file_chooser_set_file (GTK_FILE_CHOOSER (dialog), file, NULL);
    }
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (file_chosen_cb), row, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_choose_asn_cb (PosternSettingsView *self)
{
  choose (self, self->asn_row, _ ("Choose an Assignment File"), GTK_FILE_CHOOSER_ACTION_OPEN);
}

static void
on_edit_asn_cb (PosternSettingsView *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.edit-file", "s",
                              gtk_editable_get_text (GTK_EDITABLE (self->asn_row)));
}

static void
on_choose_usys_cb (PosternSettingsView *self)
{
  choose (self, self->usys_row, _ ("Choose the USYS Folder"),
          GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
}

static void
on_choose_crl_cb (PosternSettingsView *self)
{
  choose (self, self->crl_row, _ ("Choose a Revocation List"), GTK_FILE_CHOOSER_ACTION_OPEN);
}

static void
on_scenario_cb (PosternSettingsView *self)
{
  guint selected = adw_combo_row_get_selected (self->scenario_row);

  if (self->filling || self->practice == NULL || selected == GTK_INVALID_LIST_POSITION ||
      selected == postern_practice_account_get_scenario (self->practice))
    return;
  g_signal_emit (self, signals[SCENARIO], 0, selected);
}

static void
bind_text (PosternSettingsView *self, const char *property, AdwEntryRow *row)
{
  g_binding_group_bind_full (self->account_bindings, property, row, "text",
                             G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL, text_or_empty,
                             text_or_empty, NULL, NULL);
}

static void
bind_choice (PosternSettingsView *self, const char *property, AdwComboRow *row)
{
  g_binding_group_bind_full (self->account_bindings, property, row, "selected",
                             G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL, enum_to_index,
                             index_to_enum, NULL, NULL);
}

static void
bind_limit (PosternSettingsView *self, const char *property, GtkWidget *spin)
{
  g_binding_group_bind_full (self->account_bindings, property, spin, "value",
                             G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL, ms_to_seconds,
                             seconds_to_ms, NULL, NULL);
}

static void
bind_visible (PosternSettingsView *self, const char *property, gpointer widget, gboolean inverted)
{
  g_binding_group_bind_full (self->item_bindings, property, widget, "visible",
                             G_BINDING_SYNC_CREATE, inverted ? invert : NULL, NULL, NULL, NULL);
}

static void
bind_all (PosternSettingsView *self)
{
  self->account_bindings = g_binding_group_new ();
  bind_text (self, "connection", self->connection_row);
  bind_choice (self, "system", self->system_row);
  bind_choice (self, "protocol", self->protocol_row);
  bind_text (self, "name", self->name_row);
  bind_choice (self, "tls", self->tls_row);
  bind_text (self, "tls-options", self->tls_options_row);
  bind_text (self, "asn-file", self->asn_row);
  bind_text (self, "usys-dir", self->usys_row);
  bind_text (self, "user", self->user_row);
  bind_limit (self, "connect-timeout", self->connect_spin);
  bind_limit (self, "step-timeout", self->step_spin);
  bind_limit (self, "total-timeout", self->total_spin);
  bind_choice (self, "family", self->family_row);
  bind_text (self, "connect-to", self->connect_to_row);
  bind_text (self, "ehlo-name", self->ehlo_row);
  bind_text (self, "crl-file", self->crl_row);

  self->item_bindings = g_binding_group_new ();
  g_binding_group_bind (self->item_bindings, "connection-title", self->connection_row, "title",
                        G_BINDING_SYNC_CREATE);
  g_binding_group_bind (self->item_bindings, "explained", self->connection_hint, "text",
                        G_BINDING_SYNC_CREATE);
  bind_visible (self, "practice", self->practice_group, FALSE);
  bind_visible (self, "is-uniface", self->asn_row, FALSE);
  bind_visible (self, "is-uniface", self->usys_row, FALSE);
  bind_visible (self, "is-uniface", self->driver_list, FALSE);
  bind_visible (self, "is-uniface", self->tls_row, TRUE);
  bind_visible (self, "is-uniface", self->mechanism_row, TRUE);
  bind_visible (self, "takes-user", self->user_row, FALSE);
  bind_visible (self, "takes-password", self->password_row, FALSE);
  bind_visible (self, "takes-token", self->token_row, FALSE);

  self->account_signals = g_signal_group_new (POSTERN_TYPE_ACCOUNT);
  g_signal_group_connect_swapped (self->account_signals, "notify::mechanisms",
                                  G_CALLBACK (mechanisms_cb), self);
  self->item_signals = g_signal_group_new (POSTERN_TYPE_ACCOUNT_ITEM);
  g_signal_group_connect_swapped (self->item_signals, "notify::destination",
                                  G_CALLBACK (destination_cb), self);
  g_signal_group_connect_swapped (self->item_signals, "notify::running", G_CALLBACK (running_cb),
                                  self);
}

static void
fill_scenarios (PosternSettingsView *self)
{
  g_autoptr(GtkStringList) choices = gtk_string_list_new (NULL);
  gsize n_scenarios;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n_scenarios);

  /* Those of other protocols come last. */
  for (gsize i = 0; i < n_scenarios; i++)
    if ((scenarios[i].protocols & 1u << POSTERN_PROTOCOL_SMTP) != 0)
      gtk_string_list_append (choices, scenarios[i].description);
  self->filling = TRUE;
  adw_combo_row_set_model (self->scenario_row, G_LIST_MODEL (choices));
  self->filling = FALSE;
}

static void
postern_settings_view_dispose (GObject *object)
{
  PosternSettingsView *self = POSTERN_SETTINGS_VIEW (object);

  g_clear_object (&self->account_bindings);
  g_clear_object (&self->item_bindings);
  g_clear_object (&self->account_signals);
  g_clear_object (&self->item_signals);
  g_clear_pointer (&self->used_destination, g_free);
  g_clear_object (&self->item);
  g_clear_object (&self->practice);
  g_clear_object (&self->vault);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_SETTINGS_VIEW);

  G_OBJECT_CLASS (postern_settings_view_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, PosternSettingsView, name)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (practice_group);
  BIND (scenario_row);
  BIND (connection_row);
  BIND (connection_hint);
  BIND (system_row);
  BIND (name_row);
  BIND (tls_row);
  BIND (tls_hint);
  BIND (protocol_row);
  BIND (protocol_hint);
  BIND (tls_options_row);
  BIND (tls_options_hint);
  BIND (asn_row);
  BIND (asn_file_hint);
  BIND (usys_row);
  BIND (usys_dir_hint);
  BIND (mechanism_row);
  BIND (mechanisms_hint);
  BIND (user_row);
  BIND (user_hint);
  BIND (password_row);
  BIND (token_row);
  BIND (remember_row);
  BIND (remember_switch);
  BIND (log_on_group);
  BIND (driver_list);
  BIND (connect_spin);
  BIND (step_spin);
  BIND (total_spin);
  BIND (family_row);
  BIND (connect_to_row);
  BIND (connect_to_hint);
  BIND (ehlo_row);
  BIND (ehlo_name_hint);
  BIND (crl_row);
  BIND (crl_file_hint);
}

#undef BIND

static void
postern_settings_view_class_init (PosternSettingsViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_settings_view_dispose;

  signals[SCENARIO] = g_signal_new ("scenario", POSTERN_TYPE_SETTINGS_VIEW, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);

  g_type_ensure (POSTERN_TYPE_DRIVER_LIST);
  g_type_ensure (POSTERN_TYPE_HINT_ROW);
  g_type_ensure (POSTERN_TYPE_SECRET_ROW);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/postern/Postern/postern-settings-view.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_mechanism_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_asn_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_edit_asn_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_usys_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_crl_cb);
}

static void
postern_settings_view_init (PosternSettingsView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_scenarios (self);
  g_signal_connect_swapped (self->scenario_row, "notify::selected", G_CALLBACK (on_scenario_cb),
                            self);
  bind_all (self);
}

void
postern_settings_view_set_vault (PosternSettingsView *self, PosternVault *vault)
{
  g_return_if_fail (POSTERN_IS_SETTINGS_VIEW (self));

  if (!g_set_object (&self->vault, vault))
    return;
  g_signal_connect_object (vault, "notify::has-keyring", G_CALLBACK (update_remember), self,
                           G_CONNECT_SWAPPED);
  update_remember (self);
}

/* What was typed for an account that is left stays with it, if it is known whom it is for. */
static void
stash_typed (PosternSettingsView *self)
{
  const char *destination =
    self->item != NULL ? postern_account_item_get_destination (self->item) : NULL;
  g_autoptr(PosternSecret) password = postern_settings_view_dup_password (self);
  g_autoptr(PosternSecret) token = postern_settings_view_dup_token (self);

  if (destination != NULL && password != NULL)
    postern_vault_keep (self->vault, get_account (self), "password", destination, password, FALSE);
  if (destination != NULL && token != NULL)
    postern_vault_keep (self->vault, get_account (self), "token", destination, token, FALSE);
}

void
postern_settings_view_set_item (PosternSettingsView *self, PosternAccountItem *item)
{
  PosternHintRow *const hints[] = {
    self->connection_hint, self->protocol_hint,  self->tls_hint,        self->tls_options_hint,
    self->asn_file_hint,   self->usys_dir_hint,  self->mechanisms_hint, self->user_hint,
    self->connect_to_hint, self->ehlo_name_hint, self->crl_file_hint
  };

  g_return_if_fail (POSTERN_IS_SETTINGS_VIEW (self));

  stash_typed (self);
  forget_typed (self);
  g_set_object (&self->item, item);
  g_binding_group_set_source (self->account_bindings, get_account (self));
  g_binding_group_set_source (self->item_bindings, item);
  g_signal_group_set_target (self->account_signals, get_account (self));
  g_signal_group_set_target (self->item_signals, item);
  for (guint i = 0; i < G_N_ELEMENTS (hints); i++)
    postern_hint_row_set_findings (hints[i],
                                   item != NULL ? postern_account_item_get_findings (item) : NULL);
  postern_driver_list_set_item (self->driver_list, item);
  fill_mechanism (self);
  update_remember (self);
}

void
postern_settings_view_set_practice (PosternSettingsView *self, PosternPracticeAccount *practice)
{
  g_return_if_fail (POSTERN_IS_SETTINGS_VIEW (self));

  g_set_object (&self->practice, practice);
  self->filling = TRUE;
  adw_combo_row_set_selected (self->scenario_row, postern_practice_account_get_scenario (practice));
  self->filling = FALSE;
}

void
postern_settings_view_focus_connection (PosternSettingsView *self)
{
  g_return_if_fail (POSTERN_IS_SETTINGS_VIEW (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->connection_row));
}

PosternSecret *
postern_settings_view_dup_password (PosternSettingsView *self)
{
  g_return_val_if_fail (POSTERN_IS_SETTINGS_VIEW (self), NULL);

  return postern_secret_row_dup_secret (self->password_row);
}

PosternSecret *
postern_settings_view_dup_token (PosternSettingsView *self)
{
  g_return_val_if_fail (POSTERN_IS_SETTINGS_VIEW (self), NULL);

  return postern_secret_row_dup_secret (self->token_row);
}

gboolean
postern_settings_view_get_remember (PosternSettingsView *self)
{
  g_return_val_if_fail (POSTERN_IS_SETTINGS_VIEW (self), FALSE);

  return gtk_widget_get_visible (self->remember_row) &&
         gtk_switch_get_active (self->remember_switch);
}
