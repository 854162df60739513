/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-verdict-row.h"

#include "postern-texts.h"

#include <glib/gi18n.h>

static GtkWidget *
create_aspect (PosternCertAspect aspect, PosternVerdictState state)
{
  PosternVerdictTexts texts = postern_texts_for_verdict_state (state);
  GtkWidget *child = gtk_flow_box_child_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *image = gtk_image_new_from_icon_name (texts.icon);
  GtkWidget *label = gtk_label_new (postern_cert_aspect_get_title (aspect));
  g_autofree char *spoken =
    g_strdup_printf ("%s: %s", postern_cert_aspect_get_title (aspect), texts.word);

  gtk_widget_add_css_class (image, texts.css_class);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (state == POSTERN_VERDICT_NOT_CHECKED)
    gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), label);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), box);
  gtk_widget_set_focusable (child, FALSE);
  gtk_widget_set_tooltip_text (child, spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  return child;
}

GtkWidget *
postern_verdict_row_new (const PosternTlsVerdict *verdict)
{
  GtkWidget *row = adw_preferences_row_new ();
  GtkWidget *flow = gtk_flow_box_new ();

  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (flow), FALSE);
  gtk_flow_box_set_min_children_per_line (GTK_FLOW_BOX (flow), 2);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (flow), POSTERN_N_CERT_ASPECTS);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (flow), 6);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (flow), 3);
  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    gtk_flow_box_append (GTK_FLOW_BOX (flow),
                         create_aspect ((PosternCertAspect) i, verdict->states[i]));
  gtk_widget_add_css_class (flow, "field");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), flow);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Verdict by aspect"), -1);
  return row;
}
