/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-sweep-view.h"

#include <glib/gi18n.h>

#define N_COLUMNS 3

struct _PosternSweepView
{
  AdwBin parent_instance;

  GtkGrid *grid;
  GtkLabel *end_label;

  PosternSweep *sweep;
};

G_DEFINE_FINAL_TYPE (PosternSweepView, postern_sweep_view, ADW_TYPE_BIN)

static GtkWidget *
add_label (PosternSweepView *self, const char *text, int column, int row)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_valign (label, GTK_ALIGN_START);
  /* A sentence may be longer than the window is wide. */
  if (column == N_COLUMNS - 1)
    {
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_width_chars (GTK_LABEL (label), 10);
      gtk_widget_set_hexpand (label, TRUE);
    }
  gtk_grid_attach (self->grid, label, column, row, 1, 1);
  return label;
}

static void
update_class (PosternTrial *trial, GParamSpec *pspec, GtkWidget *label)
{
  PosternTrialState state = postern_trial_get_state (trial);
  const char *classes[] = { state == POSTERN_TRIAL_ACCEPTED ? "success"
                            : state == POSTERN_TRIAL_REFUSED || state == POSTERN_TRIAL_FAILED
                              ? "error"
                              : "dim-label",
                            NULL };

  gtk_widget_set_css_classes (label, classes);
}

static void
add_trial (PosternSweepView *self, PosternTrial *trial, int row)
{
  static const char *const columns[N_COLUMNS] = { "mechanism", "state-text", "summary" };

  for (int i = 0; i < N_COLUMNS; i++)
    {
      GtkWidget *label = add_label (self, NULL, i, row);

      g_object_bind_property (trial, columns[i], label, "label", G_BINDING_SYNC_CREATE);
      if (i != 1)
        continue;
      g_signal_connect_object (trial, "notify::state", G_CALLBACK (update_class), label, 0);
      update_class (trial, NULL, label);
    }
}

static void
fill (PosternSweepView *self)
{
  const char *const titles[N_COLUMNS] = { _ ("Mechanism"), _ ("Result"), _ ("Why") };
  GListModel *trials = self->sweep != NULL ? postern_sweep_get_trials (self->sweep) : NULL;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);
  for (int i = 0; i < N_COLUMNS; i++)
    gtk_widget_add_css_class (add_label (self, titles[i], i, 0), "caption-heading");
  for (guint i = 0; trials != NULL && i < g_list_model_get_n_items (trials); i++)
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (trials, i);

      add_trial (self, trial, (int) i + 1);
    }
}

static void
postern_sweep_view_dispose (GObject *object)
{
  PosternSweepView *self = POSTERN_SWEEP_VIEW (object);

  g_clear_object (&self->sweep);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_SWEEP_VIEW);

  G_OBJECT_CLASS (postern_sweep_view_parent_class)->dispose (object);
}

static void
postern_sweep_view_class_init (PosternSweepViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = postern_sweep_view_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-sweep-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternSweepView, grid);
  gtk_widget_class_bind_template_child (widget_class, PosternSweepView, end_label);
}

static void
postern_sweep_view_init (PosternSweepView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
update_end (PosternSweepView *self)
{
  const char *reason = self->sweep != NULL ? postern_sweep_get_end_reason (self->sweep) : NULL;

  gtk_label_set_label (self->end_label, reason != NULL ? reason : "");
  gtk_widget_set_visible (GTK_WIDGET (self->end_label), reason != NULL);
}

void
postern_sweep_view_set_sweep (PosternSweepView *self, PosternSweep *sweep)
{
  g_return_if_fail (POSTERN_IS_SWEEP_VIEW (self));

  if (g_set_object (&self->sweep, sweep) && sweep != NULL)
    g_signal_connect_object (postern_sweep_get_trials (sweep), "items-changed", G_CALLBACK (fill),
                             self, G_CONNECT_SWAPPED);
  fill (self);
  update_end (self);
}
