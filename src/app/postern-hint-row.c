/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-hint-row.h"

#include "postern-texts.h"

#include <glib/gi18n.h>

struct _PosternHintRow
{
  AdwPreferencesRow parent_instance;

  char *field;
  char *text;
  GtkWidget *subject;
  GtkBox *box;
  GListModel *findings;
};

enum
{
  PROP_0,
  PROP_FIELD,
  PROP_TEXT,
  PROP_SUBJECT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternHintRow, postern_hint_row, ADW_TYPE_PREFERENCES_ROW)

static GtkWidget *
new_label (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), FALSE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, "caption");
  return label;
}

static void
add_finding (PosternHintRow *self, PosternFinding *finding)
{
  PosternVerdictTexts severity =
    postern_texts_for_severity (postern_finding_get_severity (finding));
  g_autofree char *text = postern_texts_for_place (finding);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *image = gtk_image_new_from_icon_name (severity.icon);

  gtk_widget_set_valign (image, GTK_ALIGN_START);
  gtk_widget_add_css_class (image, severity.css_class);
  gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  severity.word, -1);
  gtk_box_append (GTK_BOX (line), image);
  gtk_box_append (GTK_BOX (line), new_label (text));
  gtk_box_append (self->box, line);
}

static void
mark_subject (PosternHintRow *self, gboolean error, gboolean warning, const char *description)
{
  GtkEditable *delegate;

  if (self->subject == NULL)
    return;

  if (error)
    gtk_widget_add_css_class (self->subject, "error");
  else
    gtk_widget_remove_css_class (self->subject, "error");
  if (warning && !error)
    gtk_widget_add_css_class (self->subject, "warning");
  else
    gtk_widget_remove_css_class (self->subject, "warning");

  delegate = GTK_IS_EDITABLE (self->subject)
               ? gtk_editable_get_delegate (GTK_EDITABLE (self->subject))
               : NULL;
  if (delegate == NULL)
    return;
  if (*description != '\0')
    gtk_accessible_update_property (GTK_ACCESSIBLE (delegate), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    description, -1);
  else
    gtk_accessible_reset_property (GTK_ACCESSIBLE (delegate), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
}

static void
update (PosternHintRow *self)
{
  g_autoptr(GString) description = g_string_new (NULL);
  gboolean error = FALSE;
  gboolean warning = FALSE;
  GtkWidget *child;
  guint n_findings = self->findings != NULL ? g_list_model_get_n_items (self->findings) : 0;
  guint n_shown = 0;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->box))) != NULL)
    gtk_box_remove (self->box, child);

  for (guint i = 0; i < n_findings; i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (self->findings, i);

      if (g_strcmp0 (postern_finding_get_field (finding), self->field) != 0)
        continue;
      add_finding (self, finding);
      error = error || postern_finding_get_severity (finding) == POSTERN_SEVERITY_ERROR;
      warning = warning || postern_finding_get_severity (finding) == POSTERN_SEVERITY_WARNING;
      g_string_append_printf (description, "%s ", postern_finding_get_title (finding));
      n_shown++;
    }

  if (!error && self->text != NULL && *self->text != '\0')
    {
      GtkWidget *label = new_label (self->text);

      gtk_widget_add_css_class (label, "dim-label");
      gtk_box_prepend (self->box, label);
      g_string_append (description, self->text);
      n_shown++;
    }
  mark_subject (self, error, warning, description->str);
  gtk_widget_set_visible (GTK_WIDGET (self), n_shown > 0);
}

static void
postern_hint_row_dispose (GObject *object)
{
  PosternHintRow *self = POSTERN_HINT_ROW (object);

  postern_hint_row_set_findings (self, NULL);
  g_clear_weak_pointer (&self->subject);

  G_OBJECT_CLASS (postern_hint_row_parent_class)->dispose (object);
}

static void
postern_hint_row_finalize (GObject *object)
{
  PosternHintRow *self = POSTERN_HINT_ROW (object);

  g_free (self->field);
  g_free (self->text);

  G_OBJECT_CLASS (postern_hint_row_parent_class)->finalize (object);
}

static void
postern_hint_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternHintRow *self = POSTERN_HINT_ROW (object);

  switch (prop_id)
    {
    case PROP_FIELD:
      g_value_set_string (value, self->field);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_SUBJECT:
      g_value_set_object (value, self->subject);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_hint_row_set_property (GObject *object,
                               guint prop_id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  PosternHintRow *self = POSTERN_HINT_ROW (object);

  switch (prop_id)
    {
    case PROP_FIELD:
      g_free (self->field);
      self->field = g_value_dup_string (value);
      break;
    case PROP_TEXT:
      g_free (self->text);
      self->text = g_value_dup_string (value);
      break;
    case PROP_SUBJECT:
      g_set_weak_pointer (&self->subject, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  update (self);
}

static void
postern_hint_row_class_init (PosternHintRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = postern_hint_row_dispose;
  object_class->finalize = postern_hint_row_finalize;
  object_class->get_property = postern_hint_row_get_property;
  object_class->set_property = postern_hint_row_set_property;

  properties[PROP_FIELD] = g_param_spec_string ("field", NULL, NULL, NULL, flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  properties[PROP_SUBJECT] = g_param_spec_object ("subject", NULL, NULL, GTK_TYPE_WIDGET, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_hint_row_init (PosternHintRow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->box = GTK_BOX (box);
  gtk_widget_add_css_class (box, "hint");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
items_changed_cb (PosternHintRow *self)
{
  update (self);
}

void
postern_hint_row_set_findings (PosternHintRow *self, GListModel *findings)
{
  g_return_if_fail (POSTERN_IS_HINT_ROW (self));

  if (self->findings == findings)
    return;
  if (self->findings != NULL)
    g_signal_handlers_disconnect_by_data (self->findings, self);
  g_set_object (&self->findings, findings);
  if (findings == NULL)
    return;
  g_signal_connect_object (findings, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
  update (self);
}
