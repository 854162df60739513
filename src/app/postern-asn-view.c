/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-asn-view.h"

#include "document/postern-text-diff.h"
#include "postern-asn-options.h"
#include "postern-texts.h"

#include <glib/gi18n.h>
#include <string.h>

#define DEFAULT_SECTION "DRIVER_SETTINGS"
#define DEFAULT_NAME "USYS$TLS_PARAMS"
#define PROFILES "NET_SETTINGS"
#define NEW_PROFILE "verify_server=yes"
#define CONTEXT 3 /* lines around a change */

struct _PosternAsnView
{
  AdwBin parent_instance;

  AdwLeaflet *leaflet;
  GtkWidget *problems_group;
  GtkListBox *problems_list;
  GtkPopover *add_popover;
  GtkEditable *add_entry;
  GtkWidget *remove_button;
  AdwComboRow *profile_row;
  AdwEntryRow *usys_row;
  PosternAsnOptions *options;
  GtkStack *text_stack;
  GtkTextView *text_view;
  GtkTextView *changes_view;

  PosternAsnItem *item;
  GBinding *usys_binding;
  GSignalGroup *document_signals;
  GSignalGroup *findings_signals;
  char *profile; /* the one that is shown */
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (PosternAsnView, postern_asn_view, ADW_TYPE_BIN)

static PosternAsnDocument *
get_document (PosternAsnView *self)
{
  return postern_asn_item_get_document (self->item);
}

static gboolean
is_default (const char *profile)
{
  return g_ascii_strcasecmp (profile, DEFAULT_NAME) == 0;
}

/* --- The text --- */

/* Replaces what differs, as one step that can be undone; cursor and view stay where they are. */
static void
fill_text (PosternAsnView *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text_view);
  const char *wanted = postern_asn_document_get_text (get_document (self));
  g_autofree char *now = NULL;
  GtkTextIter start;
  GtkTextIter end;
  gsize same = 0;
  gsize now_length;
  gsize wanted_length = strlen (wanted);

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  now = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  now_length = strlen (now);
  while (now[same] != '\0' && now[same] == wanted[same])
    same++;
  if (now[same] == '\0' && wanted[same] == '\0')
    return;
  /* Not into the middle of a character or of a line end. */
  while (same > 0 && (((guchar) now[same] & 0xc0) == 0x80 ||
                      ((guchar) wanted[same] & 0xc0) == 0x80 || now[same - 1] == '\r'))
    same--;
  while (now_length > same && wanted_length > same &&
         now[now_length - 1] == wanted[wanted_length - 1])
    {
      now_length--;
      wanted_length--;
    }
  while (((guchar) now[now_length] & 0xc0) == 0x80 || now[now_length] == '\n')
    {
      now_length++;
      wanted_length++;
    }

  gtk_text_buffer_get_iter_at_offset (buffer, &start,
                                      (int) g_utf8_pointer_to_offset (now, now + same));
  gtk_text_buffer_get_iter_at_offset (buffer, &end,
                                      (int) g_utf8_pointer_to_offset (now, now + now_length));
  self->filling = TRUE;
  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete (buffer, &start, &end);
  gtk_text_buffer_insert (buffer, &start, wanted + same, (int) (wanted_length - same));
  gtk_text_buffer_end_user_action (buffer);
  self->filling = FALSE;
}

static void
text_changed_cb (PosternAsnView *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text_view);
  g_autofree char *text = NULL;
  GtkTextIter start;
  GtkTextIter end;

  if (self->filling || self->item == NULL)
    return;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  postern_asn_document_set_text (get_document (self), text, NULL);
}

/* Return makes the line end that the file has. */
static void
insert_cb (GtkTextBuffer *buffer, GtkTextIter *place, char *text, int length, PosternAsnView *self)
{
  if (self->filling || self->item == NULL || length != 1 || *text != '\n' ||
      strstr (postern_asn_document_get_text (get_document (self)), "\r\n") == NULL)
    return;

  g_signal_stop_emission_by_name (buffer, "insert-text");
  gtk_text_buffer_insert (buffer, place, "\r\n", 2);
}

static void
fill_changes (PosternAsnView *self)
{
  static const char *const tags[] = {
    [POSTERN_DIFF_SAME] = "same",
    [POSTERN_DIFF_REMOVED] = "removed",
    [POSTERN_DIFF_ADDED] = "added",
    [POSTERN_DIFF_GAP] = "same",
  };
  static const char *const marks[] = {
    [POSTERN_DIFF_SAME] = "  ",
    [POSTERN_DIFF_REMOVED] = "− ",
    [POSTERN_DIFF_ADDED] = "+ ",
    [POSTERN_DIFF_GAP] = "⋯ ",
  };
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->changes_view);
  PosternAsnDocument *document = get_document (self);
  g_autoptr(GPtrArray) lines =
               postern_text_diff (postern_asn_document_get_saved_text (document),
                                  postern_asn_document_get_text (document), CONTEXT);
  GtkTextIter end;

  gtk_text_buffer_set_text (buffer, "", 0);
  gtk_text_buffer_get_end_iter (buffer, &end);
  if (lines->len == 0)
    gtk_text_buffer_insert (buffer, &end, _ ("The file on the disk has this text."), -1);
  for (guint i = 0; i < lines->len; i++)
    {
      const PosternDiffLine *line = lines->pdata[i];
      g_autofree char *text =
        line->kind == POSTERN_DIFF_GAP
          ? g_strdup_printf ("%s\n", marks[line->kind])
          : g_strdup_printf ("%s%4u  %s\n", marks[line->kind], line->line, line->text);

      gtk_text_buffer_insert_with_tags_by_name (buffer, &end, text, -1, tags[line->kind], NULL);
    }
}

/* It is costly: only while it is seen. */
static void
update_changes (PosternAsnView *self)
{
  if (self->item != NULL &&
      g_strcmp0 (gtk_stack_get_visible_child_name (self->text_stack), "changes") == 0)
    fill_changes (self);
}

static void
go_to_line (PosternAsnView *self, guint line, guint column)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text_view);
  GtkTextIter place;

  adw_leaflet_set_visible_child_name (self->leaflet, "text");
  gtk_stack_set_visible_child_name (self->text_stack, "text");
  gtk_text_buffer_get_iter_at_line (buffer, &place, (int) line - 1);
  for (guint i = 1; i < column && !gtk_text_iter_ends_line (&place); i++)
    gtk_text_iter_forward_char (&place);
  gtk_text_buffer_place_cursor (buffer, &place);
  gtk_text_view_scroll_to_mark (self->text_view, gtk_text_buffer_get_insert (buffer), 0.2, FALSE, 0,
                                0);
  gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
}

/* --- Problems --- */

static GtkWidget *
create_problem (gpointer item, gpointer user_data)
{
  PosternFinding *finding = item;
  GtkWidget *row = adw_action_row_new ();
  PosternVerdictTexts severity =
    postern_texts_for_severity (postern_finding_get_severity (finding));
  GtkWidget *icon = gtk_image_new_from_icon_name (severity.icon);
  g_autofree char *title = g_markup_printf_escaped (
    _ ("Line %u: %s"), postern_finding_get_line (finding), postern_finding_get_title (finding));
  g_autofree char *subtitle = g_markup_escape_text (postern_finding_get_explanation (finding), -1);

  gtk_widget_add_css_class (icon, severity.css_class);
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  severity.word, -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "finding", g_object_ref (finding), g_object_unref);
  return row;
}

static void
on_problem_cb (PosternAsnView *self, GtkListBoxRow *row)
{
  PosternFinding *finding = g_object_get_data (G_OBJECT (row), "finding");

  if (postern_finding_get_line (finding) > 0)
    go_to_line (self, postern_finding_get_line (finding), postern_finding_get_column (finding));
}

static void
findings_cb (PosternAsnView *self)
{
  GListModel *findings = self->item != NULL ? postern_asn_item_get_findings (self->item) : NULL;

  gtk_widget_set_visible (self->problems_group,
                          findings != NULL && g_list_model_get_n_items (findings) > 0);
}

/* --- Profiles --- */

static void
show_profile (PosternAsnView *self, const char *profile)
{
  char *old = self->profile;

  self->profile = g_strdup (profile); /* it may be the old one */
  g_free (old);
  gtk_widget_set_sensitive (self->remove_button, profile != NULL);
  postern_asn_options_set_profile (self->options, self->item,
                                   profile == NULL        ? NULL
                                   : is_default (profile) ? DEFAULT_SECTION
                                                          : PROFILES,
                                   profile);
}

static void
append_once (GtkStringList *list, const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    if (g_ascii_strcasecmp (gtk_string_list_get_string (list, i), name) == 0)
      return;
  gtk_string_list_append (list, name);
}

/* The default profile is always there to be chosen, for it is what STARTTLS uses. */
static GtkStringList *
list_profiles (PosternAsnView *self)
{
  g_autoptr(GPtrArray) entries = postern_asn_document_list (get_document (self), PROFILES);
  GtkStringList *list = gtk_string_list_new (NULL);

  gtk_string_list_append (list, DEFAULT_NAME);
  for (guint i = 0; i < entries->len; i++)
    append_once (list, ((PosternAsnEntry *) entries->pdata[i])->name);

  return list;
}

static gboolean
same_strings (GListModel *a, GtkStringList *b)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (b));

  if (a == NULL || g_list_model_get_n_items (a) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (strcmp (gtk_string_list_get_string (GTK_STRING_LIST (a), i),
                gtk_string_list_get_string (b, i)) != 0)
      return FALSE;
  return TRUE;
}

static void
fill_profiles (PosternAsnView *self)
{
  g_autoptr(GtkStringList) list = list_profiles (self);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (list));
  guint selected = GTK_INVALID_LIST_POSITION;

  if (self->profile != NULL && same_strings (adw_combo_row_get_model (self->profile_row), list))
    return;

  for (guint i = 0; i < n && self->profile != NULL; i++)
    if (g_ascii_strcasecmp (gtk_string_list_get_string (list, i), self->profile) == 0)
      selected = i;
  /* At first, what a reader looks for: a profile where there is one. */
  if (selected == GTK_INVALID_LIST_POSITION)
    selected = n > 1 ? 1 : 0;

  self->filling = TRUE;
  adw_combo_row_set_model (self->profile_row, G_LIST_MODEL (list));
  adw_combo_row_set_selected (self->profile_row, selected);
  self->filling = FALSE;
  show_profile (self, gtk_string_list_get_string (list, selected));
}

static void
on_profile_cb (PosternAsnView *self)
{
  GtkStringObject *chosen = adw_combo_row_get_selected_item (self->profile_row);

  if (!self->filling && self->item != NULL && chosen != NULL)
    show_profile (self, gtk_string_object_get_string (chosen));
}

static void
say (PosternAsnView *self, const GError *error)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", error->message);
}

static void
on_add_cb (PosternAsnView *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->add_entry)));
  g_autofree char *there = NULL;
  const char *section = is_default (name) ? DEFAULT_SECTION : PROFILES;
  g_autoptr(GError) error = NULL;

  if (*name == '\0')
    return;

  there = postern_asn_document_dup_setting (get_document (self), section, name);
  if (there == NULL &&
      !postern_asn_document_set_setting (get_document (self), section, name, NEW_PROFILE, &error))
    {
      say (self, error);
      return;
    }
  gtk_editable_set_text (self->add_entry, "");
  gtk_popover_popdown (self->add_popover);
  g_free (self->profile);
  self->profile = g_steal_pointer (&name);
  adw_combo_row_set_model (self->profile_row, NULL);
  fill_profiles (self);
}

static void
on_add_icon_cb (PosternAsnView *self)
{
  on_add_cb (self);
}

/* Undo in the text brings it back. */
static void
on_remove_cb (PosternAsnView *self)
{
  g_autoptr(GError) error = NULL;

  if (!postern_asn_document_remove_setting (get_document (self),
                                            is_default (self->profile) ? DEFAULT_SECTION : PROFILES,
                                            self->profile, &error))
    say (self, error);
}

static void
document_cb (PosternAsnView *self)
{
  fill_text (self);
  fill_profiles (self);
  update_changes (self);
}

static void
on_show_text_cb (PosternAsnView *self)
{
  adw_leaflet_set_visible_child_name (self->leaflet, "text");
}

static void
on_show_options_cb (PosternAsnView *self)
{
  adw_leaflet_set_visible_child_name (self->leaflet, "options");
}

static void
postern_asn_view_dispose (GObject *object)
{
  PosternAsnView *self = POSTERN_ASN_VIEW (object);

  g_clear_object (&self->document_signals);
  g_clear_object (&self->findings_signals);
  g_clear_object (&self->item);
  g_clear_pointer (&self->profile, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_ASN_VIEW);

  G_OBJECT_CLASS (postern_asn_view_parent_class)->dispose (object);
}

static void
postern_asn_view_class_init (PosternAsnViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = postern_asn_view_dispose;

  g_type_ensure (POSTERN_TYPE_ASN_OPTIONS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-asn-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, leaflet);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, problems_group);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, problems_list);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, add_popover);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, add_entry);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, remove_button);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, profile_row);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, usys_row);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, options);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, text_stack);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, text_view);
  gtk_widget_class_bind_template_child (widget_class, PosternAsnView, changes_view);
  gtk_widget_class_bind_template_callback (widget_class, on_problem_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_profile_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_add_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_add_icon_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_remove_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_show_text_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_show_options_cb);
}

static void
postern_asn_view_init (PosternAsnView *self)
{
  GtkTextBuffer *changes;

  gtk_widget_init_template (GTK_WIDGET (self));

  changes = gtk_text_view_get_buffer (self->changes_view);
  gtk_text_buffer_create_tag (changes, "same", NULL);
  gtk_text_buffer_create_tag (changes, "removed", "paragraph-background", "#e01b2433", NULL);
  gtk_text_buffer_create_tag (changes, "added", "paragraph-background", "#2ec27e44", NULL);

  self->document_signals = g_signal_group_new (POSTERN_TYPE_ASN_DOCUMENT);
  g_signal_group_connect_swapped (self->document_signals, "changed", G_CALLBACK (document_cb),
                                  self);
  g_signal_group_connect_swapped (self->document_signals, "notify::modified",
                                  G_CALLBACK (update_changes), self);
  self->findings_signals = g_signal_group_new (G_TYPE_LIST_MODEL);
  g_signal_group_connect_swapped (self->findings_signals, "items-changed", G_CALLBACK (findings_cb),
                                  self);
  g_signal_connect_object (gtk_text_view_get_buffer (self->text_view), "changed",
                           G_CALLBACK (text_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_text_view_get_buffer (self->text_view), "insert-text",
                           G_CALLBACK (insert_cb), self, 0);
  g_signal_connect_object (self->text_stack, "notify::visible-child", G_CALLBACK (update_changes),
                           self, G_CONNECT_SWAPPED);
}

void
postern_asn_view_set_item (PosternAsnView *self, PosternAsnItem *item)
{
  GtkTextBuffer *buffer;

  g_return_if_fail (POSTERN_IS_ASN_VIEW (self));

  if (self->item == item)
    return;

  g_clear_pointer (&self->usys_binding, g_binding_unbind);
  g_set_object (&self->item, item);
  g_signal_group_set_target (self->document_signals, item != NULL ? get_document (self) : NULL);
  g_signal_group_set_target (self->findings_signals,
                             item != NULL ? postern_asn_item_get_findings (item) : NULL);
  gtk_list_box_bind_model (self->problems_list,
                           item != NULL ? postern_asn_item_get_findings (item) : NULL,
                           create_problem, NULL, NULL);
  findings_cb (self);
  show_profile (self, NULL);
  if (item == NULL)
    return;

  self->usys_binding = g_object_bind_property (item, "usys-dir", self->usys_row, "text",
                                               G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  buffer = gtk_text_view_get_buffer (self->text_view);
  self->filling = TRUE;
  gtk_text_buffer_begin_irreversible_action (buffer);
  gtk_text_buffer_set_text (buffer, postern_asn_document_get_text (get_document (self)), -1);
  gtk_text_buffer_end_irreversible_action (buffer);
  self->filling = FALSE;
  adw_combo_row_set_model (self->profile_row, NULL);
  fill_profiles (self);
  update_changes (self);
}
