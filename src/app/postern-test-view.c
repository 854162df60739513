/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-test-view.h"

#include "postern-capabilities-row.h"
#include "postern-finding-card.h"
#include "postern-step-row.h"
#include "postern-session-view.h"
#include "postern-sweep-view.h"
#include "postern-texts.h"
#include "postern-transcript-view.h"

#include <glib/gi18n.h>

struct _PosternTestView
{
  AdwBin parent_instance;

  GtkStack *stack;
  GtkScrolledWindow *scrolled;
  GtkWidget *verdict_box;
  GtkImage *verdict_image;
  GtkLabel *headline_label;
  GtkLabel *native_label;
  GtkBox *findings_box;
  GtkListBox *ladder;
  PosternCapabilitiesRow *capabilities_row;
  PosternSessionView *session_view;
  PosternSweepView *sweep_view;
  PosternTranscriptView *transcript_view;

  PosternAccountItem *item;
  PosternReport *report;
  GSignalGroup *item_signals;
  GSignalGroup *report_signals;
};

enum
{
  APPLY_REMEDY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternTestView, postern_test_view, ADW_TYPE_BIN)

static void
on_apply_remedy_cb (PosternTestView *self, const char *text, GVariant *change)
{
  g_signal_emit (self, signals[APPLY_REMEDY], 0, text, change);
}

static void
add_finding (PosternTestView *self, PosternFinding *finding, gboolean first)
{
  GtkWidget *card = postern_finding_card_new (finding, first);

  g_signal_connect_object (card, "apply-remedy", G_CALLBACK (on_apply_remedy_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_box_append (self->findings_box, card);
}

static void
fill_findings (PosternTestView *self, gboolean failed)
{
  GListModel *findings = postern_report_get_findings (self->report);
  guint n_findings = g_list_model_get_n_items (findings);

  for (guint i = 0; i < n_findings; i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);

      if (i == 1 && failed)
        {
          GtkWidget *label = gtk_label_new (_ ("Also seen"));

          gtk_label_set_xalign (GTK_LABEL (label), 0);
          gtk_widget_add_css_class (label, "heading");
          gtk_box_append (self->findings_box, label);
        }
      add_finding (self, finding, i == 0);
    }
}

static void
update_verdict (PosternTestView *self)
{
  PosternOutcome outcome = postern_report_get_outcome (self->report);
  PosternVerdictTexts texts =
    postern_texts_for_verdict (self->report, outcome == POSTERN_OUTCOME_NONE);
  const char *classes[] = { texts.css_class, NULL };
  const char *headline = postern_report_get_headline (self->report);
  const char *native = postern_report_get_native_text (self->report);
  GtkWidget *child;
  gboolean card_says_it;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->findings_box))) != NULL)
    gtk_box_remove (self->findings_box, child);
  if (outcome != POSTERN_OUTCOME_NONE)
    fill_findings (self, outcome == POSTERN_OUTCOME_FAILED);

  /* Where a card says what is wrong there is no need to say that something is. */
  card_says_it = outcome == POSTERN_OUTCOME_FAILED &&
                 gtk_widget_get_first_child (GTK_WIDGET (self->findings_box)) != NULL;
  gtk_widget_set_visible (GTK_WIDGET (self->findings_box),
                          gtk_widget_get_first_child (GTK_WIDGET (self->findings_box)) != NULL);
  gtk_image_set_from_icon_name (self->verdict_image, texts.icon);
  gtk_widget_set_css_classes (GTK_WIDGET (self->verdict_image), classes);
  gtk_label_set_label (self->headline_label, outcome == POSTERN_OUTCOME_NONE ? _ ("Logging on…")
                                             : headline != NULL              ? headline
                                                                             : "");
  gtk_widget_set_visible (self->verdict_box, !card_says_it);
  gtk_label_set_label (self->native_label, native != NULL ? native : "");
  gtk_widget_set_visible (GTK_WIDGET (self->native_label), native != NULL && *native != '\0');
}

/* The report changes its outcome last: everything else is there. */
static void
update_outcome (PosternTestView *self)
{
  gboolean ended = postern_report_get_outcome (self->report) != POSTERN_OUTCOME_NONE;

  postern_capabilities_row_set_report (self->capabilities_row, ended ? self->report : NULL);
  update_verdict (self);
}

static GtkWidget *
create_step_row (gpointer step, gpointer user_data)
{
  PosternTestView *self = user_data;

  return postern_step_row_new (step, postern_report_get_transcript (self->report));
}

static void
take_report (PosternTestView *self)
{
  PosternReport *report = self->item != NULL ? postern_account_item_get_report (self->item) : NULL;

  if (self->report == report && report != NULL)
    return;

  gtk_list_box_bind_model (self->ladder, NULL, NULL, NULL, NULL);
  g_set_object (&self->report, report);
  g_signal_group_set_target (self->report_signals, report);
  postern_transcript_view_set_transcript (
    self->transcript_view, report != NULL ? postern_report_get_transcript (report) : NULL);
  gtk_stack_set_visible_child_name (self->stack, report != NULL ? "report" : "empty");
  if (report == NULL)
    return;

  gtk_list_box_bind_model (self->ladder, postern_report_get_steps (report), create_step_row, self,
                           NULL);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scrolled), 0);
  update_outcome (self);
}

static void
take_session (PosternTestView *self)
{
  postern_session_view_set_session (
    self->session_view, self->item != NULL ? postern_account_item_get_session (self->item) : NULL);
}

/* The end of a sweep may have a reason: it is looked for whenever something has ended. */
static void
take_sweep (PosternTestView *self)
{
  PosternSweep *sweep = self->item != NULL ? postern_account_item_get_sweep (self->item) : NULL;

  postern_sweep_view_set_sweep (self->sweep_view, sweep);
  gtk_widget_set_visible (GTK_WIDGET (self->sweep_view), sweep != NULL);
}

static void
postern_test_view_dispose (GObject *object)
{
  PosternTestView *self = POSTERN_TEST_VIEW (object);

  g_clear_object (&self->item_signals);
  g_clear_object (&self->report_signals);
  g_clear_object (&self->item);
  g_clear_object (&self->report);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_TEST_VIEW);

  G_OBJECT_CLASS (postern_test_view_parent_class)->dispose (object);
}

static void
postern_test_view_class_init (PosternTestViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_test_view_dispose;

  signals[APPLY_REMEDY] =
    g_signal_new ("apply-remedy", POSTERN_TYPE_TEST_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);

  g_type_ensure (POSTERN_TYPE_SESSION_VIEW);
  g_type_ensure (POSTERN_TYPE_CAPABILITIES_ROW);
  g_type_ensure (POSTERN_TYPE_SWEEP_VIEW);
  g_type_ensure (POSTERN_TYPE_TRANSCRIPT_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-test-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, stack);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, scrolled);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, verdict_box);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, verdict_image);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, headline_label);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, native_label);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, findings_box);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, ladder);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, capabilities_row);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, session_view);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, sweep_view);
  gtk_widget_class_bind_template_child (widget_class, PosternTestView, transcript_view);
}

static void
postern_test_view_init (PosternTestView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->item_signals = g_signal_group_new (POSTERN_TYPE_ACCOUNT_ITEM);
  g_signal_group_connect_swapped (self->item_signals, "notify::report", G_CALLBACK (take_report),
                                  self);
  g_signal_group_connect_swapped (self->item_signals, "notify::session", G_CALLBACK (take_session),
                                  self);
  g_signal_group_connect_swapped (self->item_signals, "notify::sweep", G_CALLBACK (take_sweep),
                                  self);
  g_signal_group_connect_swapped (self->item_signals, "notify::running", G_CALLBACK (take_sweep),
                                  self);
  self->report_signals = g_signal_group_new (POSTERN_TYPE_REPORT);
  g_signal_group_connect_swapped (self->report_signals, "notify::outcome",
                                  G_CALLBACK (update_outcome), self);
}

void
postern_test_view_set_item (PosternTestView *self, PosternAccountItem *item)
{
  g_return_if_fail (POSTERN_IS_TEST_VIEW (self));

  g_set_object (&self->item, item);
  g_signal_group_set_target (self->item_signals, item);
  take_report (self);
  take_session (self);
  take_sweep (self);
}

void
postern_test_view_focus_ladder (PosternTestView *self)
{
  g_return_if_fail (POSTERN_IS_TEST_VIEW (self));

  gtk_widget_child_focus (GTK_WIDGET (self->ladder), GTK_DIR_TAB_FORWARD);
}

void
postern_test_view_focus_filter (PosternTestView *self)
{
  g_return_if_fail (POSTERN_IS_TEST_VIEW (self));

  postern_transcript_view_focus_filter (self->transcript_view);
}
