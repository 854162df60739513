/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-asn-options.h"

#include "postern-hint-row.h"
#include "runtime/postern-tls-options.h"

#include <glib/gi18n.h>

typedef enum
{
  KIND_CHOICE,
  KIND_TEXT,
  KIND_FILE,
  KIND_FOLDER,
  KIND_SECRET,
} Kind;

typedef enum
{
  GROUP_SERVER,
  GROUP_VERSIONS,
  GROUP_CLIENT,
  GROUP_OTHER,
  N_GROUPS
} Group;

static const char *const yes_no_ignore[] = { "yes", "no", "ignore", NULL };
static const char *const yes_no[] = { "yes", "no", NULL };
static const char *const versions[] = { "1.0", "1.1", "1.2", "1.3", NULL };

/* spec/uniface.md section 8.4. */
static const struct
{
  PosternTlsOptionId id;
  Kind kind;
  Group group;
  const char *title;
  const char *const *words; /* of a choice */
} table[] = {
  { POSTERN_TLS_OPTION_VERIFY_SERVER, KIND_CHOICE, GROUP_SERVER, N_ ("Verify the server"),
    yes_no_ignore },
  { POSTERN_TLS_OPTION_CA_CERTIFICATE, KIND_FILE, GROUP_SERVER, N_ ("CA certificates"), NULL },
  { POSTERN_TLS_OPTION_CA_LOCATION, KIND_FOLDER, GROUP_SERVER, N_ ("Folder of CA certificates"),
    NULL },
  { POSTERN_TLS_OPTION_VERIFY_SERVER_NAME, KIND_TEXT, GROUP_SERVER,
    N_ ("Names to accept, instead of the host"), NULL },
  { POSTERN_TLS_OPTION_MIN_TLS_VERSION, KIND_CHOICE, GROUP_VERSIONS, N_ ("Lowest TLS version"),
    versions },
  { POSTERN_TLS_OPTION_CIPHER_LIST, KIND_TEXT, GROUP_VERSIONS,
    N_ ("Cipher list, in OpenSSL’s names"), NULL },
  { POSTERN_TLS_OPTION_RENEGOTIATION, KIND_CHOICE, GROUP_VERSIONS, N_ ("Renegotiation"), yes_no },
  { POSTERN_TLS_OPTION_VERIFY_CLIENT, KIND_CHOICE, GROUP_CLIENT,
    N_ ("Present a certificate when asked"), yes_no },
  { POSTERN_TLS_OPTION_CLIENT_CERTIFICATE, KIND_FILE, GROUP_CLIENT, N_ ("Certificate"), NULL },
  { POSTERN_TLS_OPTION_CLIENT_KEY, KIND_FILE, GROUP_CLIENT, N_ ("Key"), NULL },
  { POSTERN_TLS_OPTION_CLIENT_KEY_PASSWORD, KIND_SECRET, GROUP_CLIENT, N_ ("Key password"), NULL },
  { POSTERN_TLS_OPTION_SHARED_KEY, KIND_SECRET, GROUP_OTHER, N_ ("Shared key"), NULL },
  { POSTERN_TLS_OPTION_VERIFY_CLIENT_NAME, KIND_TEXT, GROUP_OTHER,
    N_ ("For servers: names of clients"), NULL },
  { POSTERN_TLS_OPTION_SERVER_CERTIFICATE, KIND_FILE, GROUP_OTHER, N_ ("For servers: certificate"),
    NULL },
  { POSTERN_TLS_OPTION_SERVER_KEY, KIND_FILE, GROUP_OTHER, N_ ("For servers: key"), NULL },
  { POSTERN_TLS_OPTION_SERVER_KEY_PASSWORD, KIND_SECRET, GROUP_OTHER,
    N_ ("For servers: key password"), NULL },
};

G_STATIC_ASSERT (G_N_ELEMENTS (table) == POSTERN_N_TLS_OPTIONS);

struct _PosternAsnOptions
{
  AdwBin parent_instance;

  PosternAsnItem *item;
  char *section;
  char *name;
  GSignalGroup *document_signals;
  GListStore *findings; /* with the option's name as their field */
  AdwPreferencesRow *rows[G_N_ELEMENTS (table)];
  PosternHintRow *hints[G_N_ELEMENTS (table)];
  PosternHintRow *hint; /* what is wrong with all of them */
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (PosternAsnOptions, postern_asn_options, ADW_TYPE_BIN)

static PosternAsnDocument *
get_document (PosternAsnOptions *self)
{
  return postern_asn_item_get_document (self->item);
}

static const char *
get_option (guint index)
{
  return postern_tls_option_get_name (table[index].id);
}

/* The option that stands at a column of the list; "" for what concerns all of them. */
static const char *
find_field (GPtrArray *options, guint column)
{
  const PosternTlsOption *found = NULL;

  for (guint i = 0; column > 0 && i < options->len; i++)
    {
      const PosternTlsOption *option = options->pdata[i];

      if (option->column <= column && (found == NULL || option->column > found->column))
        found = option;
    }

  return found != NULL ? found->name : "";
}

static void
check (PosternAsnOptions *self, const char *value)
{
  const char *usys_dir = postern_asn_item_get_usys_dir (self->item);
  const PosternTlsOptionsPlace place = {
    .mode = POSTERN_TLS_OPTIONS_UNIFACE,
    .usys_dir = *usys_dir != '\0' ? usys_dir : NULL,
    .field = "",
  };
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GPtrArray) options = postern_tls_options_parse (value, &place, found);

  postern_tls_options_check (options, &place, found);
  for (guint i = 0; i < found->len; i++)
    {
      guint column = postern_finding_get_column (found->pdata[i]);

      postern_finding_set_place (found->pdata[i], find_field (options, column), 0);
    }
  g_list_store_splice (self->findings, 0, g_list_model_get_n_items (G_LIST_MODEL (self->findings)),
                       found->pdata, found->len);
}

/* What the choice of this value is; a word that is none of the list's is added to it. */
static void
fill_choice (AdwComboRow *row, const char *const *words, const char *value)
{
  g_autoptr(GtkStringList) model = gtk_string_list_new (NULL);
  guint selected = 0;

  gtk_string_list_append (model, _ ("Not set"));
  for (guint i = 0; words[i] != NULL; i++)
    {
      gtk_string_list_append (model, words[i]);
      if (value != NULL && g_ascii_strcasecmp (words[i], value) == 0)
        selected = i + 1;
    }
  if (value != NULL && selected == 0)
    {
      gtk_string_list_append (model, value);
      selected = g_list_model_get_n_items (G_LIST_MODEL (model)) - 1;
    }
  adw_combo_row_set_model (row, G_LIST_MODEL (model));
  adw_combo_row_set_selected (row, selected);
}

static void
fill_row (PosternAsnOptions *self, guint index)
{
  g_autofree char *value = postern_asn_document_dup_option (get_document (self), self->section,
                                                            self->name, get_option (index));
  GtkEditable *editable;

  if (table[index].kind == KIND_CHOICE)
    {
      fill_choice (ADW_COMBO_ROW (self->rows[index]), table[index].words, value);
      return;
    }
  editable = GTK_EDITABLE (self->rows[index]);
  /* The text that the user types into comes back here: it keeps its cursor. */
  if (g_strcmp0 (gtk_editable_get_text (editable), value != NULL ? value : "") != 0)
    gtk_editable_set_text (editable, value != NULL ? value : "");
}

static void
fill (PosternAsnOptions *self)
{
  g_autofree char *value = NULL;

  if (self->item == NULL || self->name == NULL || self->filling)
    return;

  value = postern_asn_document_dup_setting (get_document (self), self->section, self->name);
  gtk_widget_set_sensitive (GTK_WIDGET (self), value != NULL);
  self->filling = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    fill_row (self, i);
  self->filling = FALSE;
  check (self, value != NULL ? value : "");
}

/* The value as the controls have it, or NULL for an option that is not set. */
static char *
dup_value (PosternAsnOptions *self, guint index)
{
  const char *text;

  if (table[index].kind == KIND_CHOICE)
    {
      AdwComboRow *row = ADW_COMBO_ROW (self->rows[index]);

      return adw_combo_row_get_selected (row) > 0
               ? g_strdup (gtk_string_object_get_string (adw_combo_row_get_selected_item (row)))
               : NULL;
    }
  text = gtk_editable_get_text (GTK_EDITABLE (self->rows[index]));
  return *text != '\0' ? g_strdup (text) : NULL;
}

static void
changed_cb (PosternAsnOptions *self, GParamSpec *pspec, AdwPreferencesRow *row)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *value = NULL;
  PosternAsnDocument *document;
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "option"));
  gboolean done;

  if (self->filling || self->name == NULL)
    return;

  document = get_document (self);
  value = dup_value (self, index);
  /* What the user types is what the row shows already. */
  self->filling = TRUE;
  done = value != NULL ? postern_asn_document_set_option (document, self->section, self->name,
                                                          get_option (index), value, &error)
                       : postern_asn_document_remove_option (document, self->section, self->name,
                                                             get_option (index), &error);
  self->filling = FALSE;
  g_object_set (self->hints[index], "text", done ? NULL : error->message, NULL);
  if (done)
    {
      g_autofree char *list =
        postern_asn_document_dup_setting (document, self->section, self->name);

      check (self, list != NULL ? list : "");
    }
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, GtkEditable *row)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL)
        gtk_editable_set_text (row, path);
    }
  g_object_unref (dialog);
}

static void
choose_cb (GtkButton *button, AdwPreferencesRow *row)
{
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "option"));
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
    _ (table[index].title), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (row))),
    table[index].kind == KIND_FOLDER ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                     : GTK_FILE_CHOOSER_ACTION_OPEN,
    _ ("_Choose"), _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (chosen_cb), row, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
add_choose_button (GtkWidget *row, Kind kind)
{
  GtkWidget *button = gtk_button_new_from_icon_name (
    kind == KIND_FOLDER ? "folder-open-symbolic" : "document-open-symbolic");
  const char *text = kind == KIND_FOLDER ? _ ("Choose a folder") : _ ("Choose a file");

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, text);
  gtk_widget_add_css_class (button, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (choose_cb), row, 0);
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (row), button);
}

static GtkWidget *
create_row (PosternAsnOptions *self, guint index)
{
  const Kind kind = table[index].kind;
  GtkWidget *row = kind == KIND_CHOICE   ? adw_combo_row_new ()
                   : kind == KIND_SECRET ? adw_password_entry_row_new ()
                                         : adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (table[index].title));
  gtk_widget_set_tooltip_text (row, get_option (index));
  g_object_set_data (G_OBJECT (row), "option", GUINT_TO_POINTER (index));
  if (kind == KIND_CHOICE)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), get_option (index));
  if (kind == KIND_FILE || kind == KIND_FOLDER)
    add_choose_button (row, kind);
  g_signal_connect_object (row, kind == KIND_CHOICE ? "notify::selected" : "notify::text",
                           G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  return row;
}

static void
build (PosternAsnOptions *self)
{
  static const char *const titles[N_GROUPS] = {
    [GROUP_SERVER] = N_ ("Server certificate"),
    [GROUP_VERSIONS] = N_ ("Versions and ciphers"),
    [GROUP_CLIENT] = N_ ("Client certificate"),
    [GROUP_OTHER] = N_ ("Not for mail"),
  };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 24);
  GtkWidget *groups[N_GROUPS];

  for (guint i = 0; i < N_GROUPS; i++)
    {
      groups[i] = adw_preferences_group_new ();
      adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (groups[i]), _ (titles[i]));
      gtk_box_append (GTK_BOX (box), groups[i]);
    }
  self->hint = g_object_new (POSTERN_TYPE_HINT_ROW, "field", "", NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (groups[0]), GTK_WIDGET (self->hint));
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (groups[table[i].group]);
      GtkWidget *row = create_row (self, i);

      self->rows[i] = ADW_PREFERENCES_ROW (row);
      self->hints[i] =
        g_object_new (POSTERN_TYPE_HINT_ROW, "field", get_option (i), "subject", row, NULL);
      adw_preferences_group_add (group, row);
      adw_preferences_group_add (group, GTK_WIDGET (self->hints[i]));
      postern_hint_row_set_findings (self->hints[i], G_LIST_MODEL (self->findings));
    }
  postern_hint_row_set_findings (self->hint, G_LIST_MODEL (self->findings));
  adw_bin_set_child (ADW_BIN (self), box);
}

static void
postern_asn_options_dispose (GObject *object)
{
  PosternAsnOptions *self = POSTERN_ASN_OPTIONS (object);

  g_clear_object (&self->document_signals);
  g_clear_object (&self->findings);
  g_clear_object (&self->item);
  g_clear_pointer (&self->section, g_free);
  g_clear_pointer (&self->name, g_free);

  G_OBJECT_CLASS (postern_asn_options_parent_class)->dispose (object);
}

static void
postern_asn_options_class_init (PosternAsnOptionsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = postern_asn_options_dispose;
}

static void
postern_asn_options_init (PosternAsnOptions *self)
{
  self->findings = g_list_store_new (POSTERN_TYPE_FINDING);
  self->document_signals = g_signal_group_new (POSTERN_TYPE_ASN_DOCUMENT);
  g_signal_group_connect_swapped (self->document_signals, "changed", G_CALLBACK (fill), self);
  build (self);
}

void
postern_asn_options_set_profile (PosternAsnOptions *self,
                                 PosternAsnItem *item,
                                 const char *section,
                                 const char *name)
{
  g_return_if_fail (POSTERN_IS_ASN_OPTIONS (self));

  g_free (self->section);
  self->section = g_strdup (section);
  g_free (self->name);
  self->name = g_strdup (name);
  g_set_object (&self->item, item);
  g_signal_group_set_target (self->document_signals, item != NULL ? get_document (self) : NULL);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_object_set (self->hints[i], "text", NULL, NULL);
  fill (self);
}
