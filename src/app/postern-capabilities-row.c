/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-capabilities-row.h"

#include <glib/gi18n.h>

struct _PosternCapabilitiesRow
{
  AdwExpanderRow parent_instance;

  GtkGrid *grid;
};

G_DEFINE_FINAL_TYPE (PosternCapabilitiesRow, postern_capabilities_row, ADW_TYPE_EXPANDER_ROW)

static GtkWidget *
add_label (PosternCapabilitiesRow *self, const char *text, int column, int row)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (GTK_LABEL (label), 10);
  gtk_widget_set_valign (label, GTK_ALIGN_START);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_grid_attach (self->grid, label, column, row, 1, 1);
  return label;
}

static gboolean
add_side (
  PosternCapabilitiesRow *self, const char *const *offered, const char *word, int column, int row)
{
  gboolean there = g_strv_contains (offered, word);
  GtkWidget *label = add_label (self, there ? word : _ ("not offered"), column, row);

  gtk_widget_add_css_class (label, there ? "said" : "dim-label");
  return there;
}

static char *
describe (guint n_clear, guint n_tls)
{
  g_autofree char *clear =
    g_strdup_printf (ngettext ("%u only in clear text", "%u only in clear text", n_clear), n_clear);
  g_autofree char *tls =
    g_strdup_printf (ngettext ("%u only under TLS", "%u only under TLS", n_tls), n_tls);

  if (n_clear == 0 && n_tls == 0)
    return g_strdup (_ ("The same in clear text and under TLS"));
  return g_strconcat (clear, ", ", tls, NULL);
}

void
postern_capabilities_row_set_report (PosternCapabilitiesRow *self, PosternReport *report)
{
  const char *const *clear = report != NULL ? postern_report_get_clear_capabilities (report) : NULL;
  const char *const *tls = report != NULL ? postern_report_get_tls_capabilities (report) : NULL;
  g_auto (GStrv) all = report != NULL ? postern_report_dup_all_capabilities (report) : NULL;
  g_autofree char *summary = NULL;
  guint n_clear = 0;
  guint n_tls = 0;
  GtkWidget *child;

  g_return_if_fail (POSTERN_IS_CAPABILITIES_ROW (self));

  gtk_widget_set_visible (GTK_WIDGET (self), clear != NULL && tls != NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);
  if (clear == NULL || tls == NULL)
    return;

  gtk_widget_add_css_class (add_label (self, _ ("In clear text"), 0, 0), "caption-heading");
  gtk_widget_add_css_class (add_label (self, _ ("Under TLS"), 1, 0), "caption-heading");
  for (guint i = 0; all[i] != NULL; i++)
    {
      gboolean in_clear = add_side (self, clear, all[i], 0, (int) i + 1);
      gboolean under_tls = add_side (self, tls, all[i], 1, (int) i + 1);

      n_clear += in_clear && !under_tls;
      n_tls += under_tls && !in_clear;
    }
  summary = describe (n_clear, n_tls);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), summary);
}

static void
postern_capabilities_row_class_init (PosternCapabilitiesRowClass *klass)
{
}

static void
postern_capabilities_row_init (PosternCapabilitiesRow *self)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *grid = gtk_grid_new ();

  self->grid = GTK_GRID (grid);
  gtk_grid_set_column_spacing (self->grid, 18);
  gtk_grid_set_row_spacing (self->grid, 9);
  gtk_widget_add_css_class (grid, "table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Capabilities"), -1);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), grid);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), _ ("Capabilities, side by side"));
}
