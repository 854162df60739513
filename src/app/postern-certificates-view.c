/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-certificates-view.h"

#include "postern-certificate-view.h"
#include "postern-chain-row.h"
#include "postern-exception-view.h"
#include "postern-repair-view.h"
#include "postern-save.h"
#include "postern-texts.h"
#include "postern-verdict-row.h"

#include <glib/gi18n.h>

struct _PosternCertificatesView
{
  AdwBin parent_instance;

  GtkStack *stack;
  AdwPreferencesPage *page;
  GPtrArray *groups;
  PosternCertificateView *certificate_view;
  gint64 now; /* when the chain was shown */
  PosternAccountItem *item;
  GSignalGroup *item_signals;
  GSignalGroup *report_signals;
};

enum
{
  APPLY_CHANGE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternCertificatesView, postern_certificates_view, ADW_TYPE_BIN)

static AdwPreferencesGroup *
add_group (PosternCertificatesView *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_page_add (self->page, group);
  g_ptr_array_add (self->groups, group);
  return group;
}

/* TLS version and cipher, and the name in the certificate that matched. */
static char *
dup_session (const PosternTlsInfo *info)
{
  g_autoptr(GString) text = g_string_new (info->version);

  if (info->version != NULL && info->cipher != NULL)
    g_string_append_printf (text, " · %s", info->cipher);
  if (info->matched_name != NULL)
    {
      if (text->len > 0)
        g_string_append (text, " · ");
      /* Translators: the name in the certificate that matched */
      g_string_append_printf (text, _ ("name %s"), info->matched_name);
    }
  return g_markup_escape_text (text->str, -1);
}

static void
add_verdict (PosternCertificatesView *self,
             const PosternTlsInfo *info,
             const PosternTlsVerdict *verdict)
{
  AdwPreferencesGroup *group = add_group (self);
  PosternVerdictTexts texts =
    info->verified ? postern_texts_for_state (POSTERN_STATE_PASSED)
                   : postern_texts_for_severity (info->accepted ? POSTERN_SEVERITY_WARNING
                                                                : POSTERN_SEVERITY_ERROR);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *image = gtk_image_new_from_icon_name (texts.icon);
  g_autofree char *subtitle = dup_session (info);

  gtk_widget_add_css_class (image, texts.css_class);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 info->verified   ? _ ("The chain was verified")
                                 : info->accepted ? _ ("Accepted without being verified")
                                                  : _ ("The chain was refused"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  gtk_widget_set_focusable (row, FALSE);
  adw_preferences_group_add (group, row);
  adw_preferences_group_add (group, postern_verdict_row_new (verdict));
}

static void
change_cb (PosternCertificatesView *self, const char *text, GVariant *change)
{
  g_signal_emit (self, signals[APPLY_CHANGE], 0, text, change);
}

/* @view is there where it has something to offer. */
static void
add_offer (PosternCertificatesView *self, GtkWidget *view)
{
  AdwPreferencesGroup *group = add_group (self);

  g_signal_connect_object (view, "apply-change", G_CALLBACK (change_cb), self, G_CONNECT_SWAPPED);
  g_object_bind_property (view, "visible", group, "visible", G_BINDING_SYNC_CREATE);
  adw_preferences_group_add (group, view);
}

/* As the server sent them, in this order. */
static char *
dup_chain_pem (PosternCertificatesView *self)
{
  PosternReport *report = postern_account_item_get_report (self->item);
  const PosternTlsInfo *info = postern_report_get_tls_info (report);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < info->chain->len; i++)
    g_string_append (text, postern_certificate_get_pem (g_ptr_array_index (info->chain, i)));
  return g_string_free (text, FALSE);
}

static void
save_chain_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternCertificatesView *self = POSTERN_CERTIFICATES_VIEW (widget);
  PosternReport *report = postern_account_item_get_report (self->item);
  g_autofree char *name =
    postern_save_dup_name (postern_report_get_plan (report)->host, "-chain.pem");
  g_autofree char *pem = dup_chain_pem (self);

  postern_save_text (widget, _ ("Save the Chain"), name, pem);
}

static void
row_selected_cb (PosternCertificatesView *self, PosternChainRow *row)
{
  PosternReport *report = postern_account_item_get_report (self->item);

  if (row != NULL)
    postern_certificate_view_set_node (self->certificate_view, postern_chain_row_get_node (row),
                                       postern_report_get_findings (report), self->now);
}

static GtkWidget *
create_list (PosternCertificatesView *self)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_BROWSE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Chain of certificates"), -1);
  g_signal_connect_object (list, "row-selected", G_CALLBACK (row_selected_cb), self,
                           G_CONNECT_SWAPPED);
  return list;
}

/* The one with the first cause, else the server's own. */
static guint
find_first (GListModel *nodes, const PosternTlsInfo *info)
{
  guint found = 0;

  for (guint i = 0; i < g_list_model_get_n_items (nodes); i++)
    {
      g_autoptr(PosternChainNode) node = g_list_model_get_item (nodes, i);
      GPtrArray *faults = postern_chain_node_get_faults (node);

      if (faults->len > 0 && g_ptr_array_index (faults, 0) == g_ptr_array_index (info->faults, 0))
        return i;
      if (postern_chain_node_get_position (node) == 1)
        found = i;
    }
  return found;
}

static char *
dup_count (GListModel *nodes, const PosternTlsInfo *info)
{
  guint n_sent = info->chain->len;
  guint n_other = g_list_model_get_n_items (nodes) - n_sent;
  g_autofree char *sent = g_strdup_printf (
    ngettext ("The server sent %u certificate", "The server sent %u certificates", n_sent), n_sent);

  /* Translators: "The server sent 2 certificates" */
  return n_other > 0 ? g_strdup_printf (_ ("%s; above them is who signed the last one"), sent)
                     : g_steal_pointer (&sent);
}

static void
add_chain (PosternCertificatesView *self, const PosternTlsInfo *info, gboolean trusted)
{
  AdwPreferencesGroup *group = add_group (self);
  g_autoptr(GListModel) nodes = postern_chain_list_nodes (info->chain, info->path, info->faults);
  GtkWidget *list = create_list (self);
  GtkWidget *button = gtk_button_new_from_icon_name ("document-save-symbolic");
  g_autofree char *description = dup_count (nodes, info);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "certificates.save-chain");
  gtk_widget_set_tooltip_text (button, _ ("Export the Chain…"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Export the Chain…"), -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  adw_preferences_group_set_title (group, _ ("Chain"));
  adw_preferences_group_set_description (group, description);
  adw_preferences_group_set_header_suffix (group, button);
  adw_preferences_group_add (group, list);

  group = add_group (self);
  self->certificate_view = POSTERN_CERTIFICATE_VIEW (postern_certificate_view_new ());
  adw_preferences_group_add (group, GTK_WIDGET (self->certificate_view));

  for (guint i = 0; i < g_list_model_get_n_items (nodes); i++)
    {
      g_autoptr(PosternChainNode) node = g_list_model_get_item (nodes, i);

      gtk_list_box_append (GTK_LIST_BOX (list), postern_chain_row_new (node, trusted, self->now));
    }
  gtk_list_box_select_row (
    GTK_LIST_BOX (list),
    gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), (int) find_first (nodes, info)));
}

static void
update (PosternCertificatesView *self)
{
  PosternReport *report = self->item != NULL ? postern_account_item_get_report (self->item) : NULL;
  const PosternTlsInfo *info = NULL;
  PosternTlsVerdict verdict;

  self->certificate_view = NULL;
  for (guint i = 0; i < self->groups->len; i++)
    adw_preferences_page_remove (self->page, g_ptr_array_index (self->groups, i));
  g_ptr_array_set_size (self->groups, 0);

  g_signal_group_set_target (self->report_signals, report);
  if (report != NULL && postern_report_get_outcome (report) != POSTERN_OUTCOME_NONE)
    info = postern_report_get_tls_info (report);
  if (info == NULL || info->chain == NULL || info->chain->len == 0)
    {
      gtk_stack_set_visible_child_name (self->stack, "empty");
      return;
    }

  self->now = g_get_real_time () / G_USEC_PER_SEC;
  postern_tls_verdict_fill (&verdict, info);
  add_verdict (self, info, &verdict);
  add_offer (self, postern_repair_view_new (self->item));
  add_offer (self, postern_exception_view_new (self->item));
  add_chain (self, info, verdict.states[POSTERN_CERT_ASPECT_TRUST] == POSTERN_VERDICT_PASSED);
  gtk_stack_set_visible_child_name (self->stack, "chain");
}

static void
postern_certificates_view_dispose (GObject *object)
{
  PosternCertificatesView *self = POSTERN_CERTIFICATES_VIEW (object);

  g_clear_object (&self->item_signals);
  g_clear_object (&self->report_signals);
  g_clear_object (&self->item);
  g_clear_pointer (&self->groups, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_CERTIFICATES_VIEW);

  G_OBJECT_CLASS (postern_certificates_view_parent_class)->dispose (object);
}

static void
postern_certificates_view_class_init (PosternCertificatesViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_certificates_view_dispose;

  signals[APPLY_CHANGE] =
    g_signal_new ("apply-change", POSTERN_TYPE_CERTIFICATES_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/postern/Postern/postern-certificates-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternCertificatesView, stack);
  gtk_widget_class_bind_template_child (widget_class, PosternCertificatesView, page);

  gtk_widget_class_install_action (widget_class, "certificates.save-chain", NULL,
                                   save_chain_action);
}

static void
postern_certificates_view_init (PosternCertificatesView *self)
{
  self->groups = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));

  self->item_signals = g_signal_group_new (POSTERN_TYPE_ACCOUNT_ITEM);
  g_signal_group_connect_swapped (self->item_signals, "notify::report", G_CALLBACK (update), self);
  self->report_signals = g_signal_group_new (POSTERN_TYPE_REPORT);
  g_signal_group_connect_swapped (self->report_signals, "notify::outcome", G_CALLBACK (update),
                                  self);
}

void
postern_certificates_view_set_item (PosternCertificatesView *self, PosternAccountItem *item)
{
  g_return_if_fail (POSTERN_IS_CERTIFICATES_VIEW (self));

  g_set_object (&self->item, item);
  g_signal_group_set_target (self->item_signals, item);
  update (self);
}
