/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-chain-row.h"

#include "diagnosis/postern-catalogue.h"
#include "postern-texts.h"
#include "tls/postern-certificate-fields.h"

#include <glib/gi18n.h>

/* A hostile chain is deeper than a narrow window is wide. */
#define MAX_LEVEL 6
#define LEVEL_WIDTH 14

struct _PosternChainRow
{
  GtkListBoxRow parent_instance;

  PosternChainNode *node;
};

G_DEFINE_FINAL_TYPE (PosternChainRow, postern_chain_row, GTK_TYPE_LIST_BOX_ROW)

static void
postern_chain_row_dispose (GObject *object)
{
  PosternChainRow *self = POSTERN_CHAIN_ROW (object);

  g_clear_object (&self->node);

  G_OBJECT_CLASS (postern_chain_row_parent_class)->dispose (object);
}

static void
postern_chain_row_class_init (PosternChainRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = postern_chain_row_dispose;
}

static void
postern_chain_row_init (PosternChainRow *self)
{
}

static PosternVerdictTexts
get_texts (PosternChainNode *node, gboolean trusted)
{
  GPtrArray *faults = postern_chain_node_get_faults (node);

  /* The worst one is the first. */
  if (faults->len > 0)
    return postern_texts_for_fault (g_ptr_array_index (faults, 0));
  if (postern_chain_node_get_kind (node) == POSTERN_NODE_MISSING)
    return postern_texts_for_severity (POSTERN_SEVERITY_ERROR);
  if (trusted && postern_chain_node_get_kind (node) != POSTERN_NODE_BESIDE)
    return postern_texts_for_state (POSTERN_STATE_PASSED);
  return (PosternVerdictTexts){ NULL, "postern-certificate-symbolic", "dim-label" };
}

static char *
dup_caption (PosternChainNode *node, gboolean trusted, gint64 now)
{
  PosternCertificate *certificate = postern_chain_node_get_certificate (node);
  g_autofree char *left =
    certificate != NULL ? postern_certificate_dup_time_left (certificate, now) : NULL;

  switch (postern_chain_node_get_kind (node))
    {
    case POSTERN_NODE_STORE:
      /* Translators: of a certificate; then how long it is valid, such as "89 days left" */
      return g_strdup_printf (_ ("Trusted, not sent · %s"), left);

    case POSTERN_NODE_MISSING:
      return g_strdup (_ ("Missing: neither sent nor found"));

    case POSTERN_NODE_BESIDE:
      /* Translators: the place of a certificate among those sent; then how long it is valid */
      return g_strdup_printf (_ ("Sent as number %u, of no use · %s"),
                              postern_chain_node_get_position (node), left);

    case POSTERN_NODE_SENT:
    default:
      return g_strdup_printf (trusted && postern_chain_node_get_level (node) == 0
                                ? _ ("Trusted, sent as number %u · %s")
                                : _ ("Sent as number %u · %s"),
                              postern_chain_node_get_position (node), left);
    }
}

static GtkWidget *
add_line (GtkWidget *box, const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static GtkWidget *
create_texts (PosternChainRow *self, gboolean trusted, gint64 now, GString *spoken)
{
  GPtrArray *faults = postern_chain_node_get_faults (self->node);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  g_autofree char *caption = dup_caption (self->node, trusted, now);

  add_line (box, postern_chain_node_get_label (self->node), "title");
  gtk_widget_add_css_class (add_line (box, caption, "caption"), "dim-label");
  g_string_append_printf (spoken, "%s, %s", postern_chain_node_get_label (self->node), caption);
  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);
      PosternVerdictTexts texts = postern_texts_for_fault (fault);
      const char *title = postern_catalogue_get_title (fault->code);

      gtk_widget_add_css_class (add_line (box, title, "caption"), texts.css_class);
      g_string_append_printf (spoken, ", %s: %s", texts.word, title);
    }
  return box;
}

static GtkWidget *
create_branch (guint level)
{
  GtkWidget *label = gtk_label_new ("└");

  gtk_widget_set_valign (label, GTK_ALIGN_START);
  gtk_widget_set_margin_start (label, (int) MIN (level - 1, MAX_LEVEL) * LEVEL_WIDTH);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_accessible_update_state (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  return label;
}

GtkWidget *
postern_chain_row_new (PosternChainNode *node, gboolean trusted, gint64 now)
{
  PosternChainRow *self = g_object_new (POSTERN_TYPE_CHAIN_ROW, NULL);
  PosternVerdictTexts texts = get_texts (node, trusted);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *image = gtk_image_new_from_icon_name (texts.icon);
  guint level = postern_chain_node_get_level (node);
  g_autoptr(GString) spoken = g_string_new (NULL);

  self->node = g_object_ref (node);
  gtk_widget_add_css_class (box, "field");
  if (level > 0)
    gtk_box_append (GTK_BOX (box), create_branch (level));
  gtk_widget_set_valign (image, GTK_ALIGN_START);
  gtk_widget_add_css_class (image, texts.css_class);
  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), create_texts (self, trusted, now, spoken));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken->str,
                                  GTK_ACCESSIBLE_PROPERTY_LEVEL, (int) level + 1, -1);
  return GTK_WIDGET (self);
}

PosternChainNode *
postern_chain_row_get_node (PosternChainRow *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_ROW (self), NULL);

  return self->node;
}
