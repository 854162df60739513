/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-step-row.h"

#include "postern-texts.h"

#include <glib/gi18n.h>

/* A step with more lines shows the first of them; all are in the transcript. */
#define MAX_LINES 40

struct _PosternStepRow
{
  AdwExpanderRow parent_instance;

  PosternStep *step;
  PosternTranscript *transcript;
  GtkImage *state_image;
  GtkLabel *state_label;
  GtkLabel *duration_label;
  GtkListBoxRow *lines_row;
};

G_DEFINE_FINAL_TYPE (PosternStepRow, postern_step_row, ADW_TYPE_EXPANDER_ROW)

static char *
collect_lines (PosternStepRow *self)
{
  int first = postern_step_get_first_event (self->step);
  int last = postern_step_get_last_event (self->step);
  guint n_events = postern_transcript_get_n_events (self->transcript);
  GString *text;

  if (first < 0 || (guint) first >= n_events)
    return NULL;

  text = g_string_new (NULL);
  for (int i = first; i <= last && (guint) i < n_events && i - first < MAX_LINES; i++)
    {
      PosternEvent *event = postern_transcript_get_event (self->transcript, (guint) i);

      g_string_append_printf (text, "%s%s  %s", text->len > 0 ? "\n" : "",
                              postern_texts_for_direction (postern_event_get_direction (event)),
                              postern_event_get_text (event));
    }
  return g_string_free (text, FALSE);
}

/* The lines are looked up when they are to be seen. */
static void
fill_lines (PosternStepRow *self)
{
  g_autofree char *text = collect_lines (self);
  gboolean expanded = adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self));

  /* Enabling would expand the row as well. What failed shows why without being asked. */
  if (postern_step_get_state (self->step) == POSTERN_STATE_FAILED)
    expanded = TRUE;
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), text != NULL);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), expanded && text != NULL);
  gtk_label_set_label (GTK_LABEL (gtk_list_box_row_get_child (self->lines_row)),
                       text != NULL ? text : "");
}

static void
add_lines_row (PosternStepRow *self)
{
  GtkWidget *label = gtk_label_new (NULL);
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "evidence");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  self->lines_row = GTK_LIST_BOX_ROW (row);
}

static void
update (PosternStepRow *self)
{
  PosternStepState state = postern_step_get_state (self->step);
  PosternVerdictTexts texts = postern_texts_for_state (state);
  const char *classes[] = { texts.css_class, NULL };
  const char *state_text = postern_step_get_state_text (self->step);
  const char *summary = postern_step_get_summary (self->step);
  g_autofree char *escaped = g_markup_escape_text (summary != NULL ? summary : "", -1);
  g_autofree char *duration = NULL;
  g_autofree char *label = NULL;

  g_object_get (self->step, "duration-text", &duration, NULL);
  gtk_image_set_from_icon_name (self->state_image, texts.icon);
  gtk_widget_set_css_classes (GTK_WIDGET (self->state_image), classes);
  gtk_label_set_label (self->state_label, state_text);
  gtk_label_set_label (self->duration_label, duration != NULL ? duration : "");
  gtk_widget_set_visible (GTK_WIDGET (self->duration_label), duration != NULL && *duration != '\0');
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), escaped);
  if (state == POSTERN_STATE_NOT_REACHED || state == POSTERN_STATE_SKIPPED)
    gtk_widget_add_css_class (GTK_WIDGET (self), "idle");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "idle");
  fill_lines (self);

  label = g_strjoin (", ", postern_step_get_title (self->step), state_text,
                     summary != NULL && *summary != '\0' ? summary : duration, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
postern_step_row_finalize (GObject *object)
{
  PosternStepRow *self = POSTERN_STEP_ROW (object);

  g_clear_object (&self->step);
  g_clear_object (&self->transcript);

  G_OBJECT_CLASS (postern_step_row_parent_class)->finalize (object);
}

static void
postern_step_row_class_init (PosternStepRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = postern_step_row_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-step-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternStepRow, state_image);
  gtk_widget_class_bind_template_child (widget_class, PosternStepRow, state_label);
  gtk_widget_class_bind_template_child (widget_class, PosternStepRow, duration_label);
}

static void
postern_step_row_init (PosternStepRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_lines_row (self);
}

GtkWidget *
postern_step_row_new (PosternStep *step, PosternTranscript *transcript)
{
  PosternStepRow *self = g_object_new (POSTERN_TYPE_STEP_ROW, NULL);

  self->step = g_object_ref (step);
  self->transcript = g_object_ref (transcript);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), postern_step_get_title (step));
  g_signal_connect_object (step, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
