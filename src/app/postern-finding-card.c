/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-finding-card.h"

#include "postern-texts.h"

#include <glib/gi18n.h>

struct _PosternFindingCard
{
  AdwBin parent_instance;

  PosternFinding *finding;
  GtkImage *severity_image;
  GtkBox *box;
  GtkLabel *title_label;
  GtkLabel *explanation_label;
};

enum
{
  APPLY_REMEDY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternFindingCard, postern_finding_card, ADW_TYPE_BIN)

static void
postern_finding_card_finalize (GObject *object)
{
  PosternFindingCard *self = POSTERN_FINDING_CARD (object);

  g_clear_object (&self->finding);

  G_OBJECT_CLASS (postern_finding_card_parent_class)->finalize (object);
}

static void
postern_finding_card_class_init (PosternFindingCardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = postern_finding_card_finalize;

  signals[APPLY_REMEDY] =
    g_signal_new ("apply-remedy", POSTERN_TYPE_FINDING_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/postern/Postern/postern-finding-card.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternFindingCard, severity_image);
  gtk_widget_class_bind_template_child (widget_class, PosternFindingCard, box);
  gtk_widget_class_bind_template_child (widget_class, PosternFindingCard, title_label);
  gtk_widget_class_bind_template_child (widget_class, PosternFindingCard, explanation_label);
}

static void
postern_finding_card_init (PosternFindingCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static GtkWidget *
new_wrapped_label (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  return label;
}

static void
on_remedy_cb (GtkButton *button, PosternFindingCard *self)
{
  PosternRemedy *remedy = g_object_get_data (G_OBJECT (button), "remedy");

  g_signal_emit (self, signals[APPLY_REMEDY], 0, remedy->text, remedy->change);
}

static void
add_remedy (PosternFindingCard *self, PosternRemedy *remedy)
{
  GtkWidget *label = new_wrapped_label (remedy->text);
  g_autofree char *name = NULL;
  GtkWidget *button;
  GtkWidget *line;

  if (remedy->change == NULL)
    {
      gtk_widget_add_css_class (label, "remedy");
      gtk_box_append (self->box, label);
      return;
    }

  button = gtk_button_new ();
  gtk_button_set_child (GTK_BUTTON (button), gtk_label_new (_ ("Apply")));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (label, TRUE);
  /* Translators: the text of a remedy, such as "Use port 465." */
  name = g_strdup_printf (_ ("Apply: %s"), remedy->text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_tooltip_text (button, _ ("Change the Settings Like This"));
  /* The finding owns the remedy, and the card the finding. */
  g_object_set_data (G_OBJECT (button), "remedy", remedy);
  g_signal_connect (button, "clicked", G_CALLBACK (on_remedy_cb), self);
  line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  gtk_widget_add_css_class (line, "remedy");
  gtk_box_append (GTK_BOX (line), label);
  gtk_box_append (GTK_BOX (line), button);
  gtk_box_append (self->box, line);
}

/* @first: the first cause, which is shown in its colour; the others stand back. */
GtkWidget *
postern_finding_card_new (PosternFinding *finding, gboolean first)
{
  PosternFindingCard *self = g_object_new (POSTERN_TYPE_FINDING_CARD, NULL);
  PosternVerdictTexts texts = postern_texts_for_severity (postern_finding_get_severity (finding));
  const char *explanation = postern_finding_get_explanation (finding);
  GPtrArray *remedies = postern_finding_get_remedies (finding);

  self->finding = g_object_ref (finding);
  gtk_image_set_from_icon_name (self->severity_image, texts.icon);
  gtk_widget_add_css_class (GTK_WIDGET (self->severity_image), texts.css_class);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->severity_image),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, texts.word, -1);
  if (first)
    gtk_widget_add_css_class (GTK_WIDGET (self), texts.css_class);
  gtk_label_set_label (self->title_label, postern_finding_get_title (finding));
  gtk_label_set_label (self->explanation_label, explanation != NULL ? explanation : "");
  gtk_widget_set_visible (GTK_WIDGET (self->explanation_label),
                          explanation != NULL && *explanation != '\0');
  for (guint i = 0; i < remedies->len; i++)
    add_remedy (self, g_ptr_array_index (remedies, i));
  return GTK_WIDGET (self);
}
