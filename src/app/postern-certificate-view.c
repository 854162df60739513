/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-certificate-view.h"

#include "postern-save.h"
#include "postern-texts.h"
#include "model/postern-finding.h"
#include "tls/postern-certificate-fields.h"

#include <glib/gi18n.h>

struct _PosternCertificateView
{
  AdwBin parent_instance;

  GtkWidget *box;
  PosternChainNode *node;
};

G_DEFINE_FINAL_TYPE (PosternCertificateView, postern_certificate_view, ADW_TYPE_BIN)

static GtkWidget *
create_caption (const char *name, gboolean critical)
{
  GtkWidget *label = gtk_label_new (name);

  if (critical)
    {
      /* Translators: the name of an extension of a certificate, that has to be understood */
      g_autofree char *text = g_strdup_printf (_ ("%s, critical"), name);

      gtk_label_set_label (GTK_LABEL (label), text);
    }
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "dim-label");
  return label;
}

static GtkWidget *
create_value (const char *value, gboolean code)
{
  GtkWidget *label = gtk_label_new (value);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  if (code)
    gtk_widget_add_css_class (label, "said");
  return label;
}

static GtkWidget *
create_field (PosternCertificateField *field)
{
  const char *name = postern_certificate_field_get_name (field);
  GtkWidget *row = adw_preferences_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  gtk_box_append (GTK_BOX (box),
                  create_caption (name, postern_certificate_field_is_critical (field)));
  gtk_box_append (GTK_BOX (box), create_value (postern_certificate_field_get_value (field),
                                               postern_certificate_field_is_code (field)));
  gtk_widget_add_css_class (box, "field");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return row;
}

/* What decides about @fault, in the words of the account's system. */
static char *
dup_governing (const PosternCertFault *fault, GListModel *findings)
{
  for (guint i = 0; i < g_list_model_get_n_items (findings); i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);
      const PosternGoverning *governing = postern_finding_get_governing (finding);

      if (governing != NULL && g_str_equal (postern_finding_get_code (finding), fault->code) &&
          postern_finding_get_certificate (finding) == (int) fault->certificate)
        return g_strdup (governing->text);
    }
  if (fault->governed_by == NULL)
    return NULL;
  /* Translators: the name of a TLS option, such as verify_server */
  return g_strdup_printf (
    fault->hidden ? _ ("Not refused, since %s says so") : _ ("Governed by %s"), fault->governed_by);
}

static GtkWidget *
create_fault (const PosternCertFault *fault, GListModel *findings)
{
  PosternVerdictTexts texts = postern_texts_for_fault (fault);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *image = gtk_image_new_from_icon_name (texts.icon);
  g_autofree char *title = g_markup_escape_text (fault->text, -1);
  g_autofree char *governing = dup_governing (fault, findings);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (governing != NULL)
    {
      g_autofree char *subtitle = g_markup_escape_text (governing, -1);

      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
    }
  gtk_widget_add_css_class (image, texts.css_class);
  gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL, texts.word,
                                  -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  return row;
}

static void
copy_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternCertificateView *self = POSTERN_CERTIFICATE_VIEW (widget);
  PosternCertificate *certificate = postern_chain_node_get_certificate (self->node);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                          postern_certificate_get_pem (certificate));
  gtk_widget_activate_action (widget, "win.say", "s", _ ("Certificate copied as PEM"));
}

static void
save_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternCertificateView *self = POSTERN_CERTIFICATE_VIEW (widget);
  PosternCertificate *certificate = postern_chain_node_get_certificate (self->node);
  g_autofree char *name = postern_save_dup_name (postern_chain_node_get_label (self->node), ".pem");

  postern_save_text (widget, _ ("Save the Certificate"), name,
                     postern_certificate_get_pem (certificate));
}

static GtkWidget *
create_button (const char *icon, const char *label, const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static const char *
describe (PosternChainNode *node)
{
  switch (postern_chain_node_get_kind (node))
    {
    case POSTERN_NODE_MISSING:
      return _ ("The certificate below it is signed by this one, which the server has to send");

    case POSTERN_NODE_STORE:
      return _ ("Trusted; the server does not have to send it");

    case POSTERN_NODE_BESIDE:
      return _ ("Sent along by the server, and not needed to verify its own certificate");

    case POSTERN_NODE_SENT:
    default:
      if (postern_chain_node_get_position (node) == 1)
        return _ ("The server’s own certificate");
      return postern_certificate_is_ca (postern_chain_node_get_certificate (node))
               ? _ ("An authority, sent along by the server")
               : _ ("Sent along by the server");
    }
}

static AdwPreferencesGroup *
add_group (PosternCertificateView *self, const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();
  g_autofree char *markup = g_markup_escape_text (title, -1);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), markup);
  gtk_box_append (GTK_BOX (self->box), group);
  return ADW_PREFERENCES_GROUP (group);
}

static void
add_head (PosternCertificateView *self, GListModel *findings)
{
  AdwPreferencesGroup *group = add_group (self, postern_chain_node_get_label (self->node));
  GPtrArray *faults = postern_chain_node_get_faults (self->node);

  adw_preferences_group_set_description (group, describe (self->node));
  for (guint i = 0; i < faults->len; i++)
    adw_preferences_group_add (group, create_fault (g_ptr_array_index (faults, i), findings));
  if (postern_chain_node_get_certificate (self->node) != NULL)
    {
      GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

      gtk_box_append (GTK_BOX (buttons),
                      create_button ("edit-copy-symbolic", _ ("Copy as PEM"), "certificate.copy"));
      gtk_box_append (GTK_BOX (buttons), create_button ("document-save-symbolic",
                                                        _ ("Export as PEM…"), "certificate.save"));
      adw_preferences_group_set_header_suffix (group, buttons);
    }
}

static void
add_fields (PosternCertificateView *self, gint64 now)
{
  g_autoptr(GListModel) fields = postern_certificate_list_fields (
    postern_chain_node_get_certificate (self->node), now);
  AdwPreferencesGroup *group = NULL;
  int section = -1;

  for (guint i = 0; i < g_list_model_get_n_items (fields); i++)
    {
      g_autoptr(PosternCertificateField) field = g_list_model_get_item (fields, i);

      if (section != (int) postern_certificate_field_get_section (field))
        {
          section = (int) postern_certificate_field_get_section (field);
          group = add_group (self, postern_field_section_get_title ((PosternFieldSection) section));
        }
      adw_preferences_group_add (group, create_field (field));
    }
}

static void
postern_certificate_view_dispose (GObject *object)
{
  PosternCertificateView *self = POSTERN_CERTIFICATE_VIEW (object);

  g_clear_object (&self->node);

  G_OBJECT_CLASS (postern_certificate_view_parent_class)->dispose (object);
}

static void
postern_certificate_view_class_init (PosternCertificateViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = postern_certificate_view_dispose;

  gtk_widget_class_install_action (widget_class, "certificate.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "certificate.save", NULL, save_action);
}

static void
postern_certificate_view_init (PosternCertificateView *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 24);
  adw_bin_set_child (ADW_BIN (self), self->box);
}

GtkWidget *
postern_certificate_view_new (void)
{
  return g_object_new (POSTERN_TYPE_CERTIFICATE_VIEW, NULL);
}

void
postern_certificate_view_set_node (PosternCertificateView *self,
                                   PosternChainNode *node,
                                   GListModel *findings,
                                   gint64 now)
{
  GtkWidget *child;

  g_return_if_fail (POSTERN_IS_CERTIFICATE_VIEW (self));

  g_set_object (&self->node, node);
  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_box_remove (GTK_BOX (self->box), child);
  if (node == NULL)
    return;

  add_head (self, findings);
  if (postern_chain_node_get_certificate (node) != NULL)
    add_fields (self, now);
}
