/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-repair-view.h"

#include "postern-mending.h"
#include "postern-save.h"
#include "postern-trust-dialog.h"
#include "runtime/postern-tls-options.h"

#include <glib/gi18n.h>

struct _PosternRepairView
{
  AdwBin parent_instance;

  PosternAccountItem *item;
  PosternReport *report; /* the one that the buttons are about */
  PosternTrustRepair *repair;
  GCancellable *cancellable;
};

enum
{
  APPLY_CHANGE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternRepairView, postern_repair_view, ADW_TYPE_BIN)

static void
say (PosternRepairView *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", text);
}

static void
set_in_file (PosternRepairView *self,
             const PosternMendingPlace *place,
             PosternTlsOptionId option,
             const char *value)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.set-profile-option", "(sssss)", place->file,
                              place->section, place->name, postern_tls_option_get_name (option),
                              value);
}

/* Names @path as the CA file, where the account has its TLS options. What does not verify the
 * server is changed as well: the file would be of no use. */
static void
name_file (PosternRepairView *self, const PosternMendingPlace *place, const char *path)
{
  PosternAccount *account = postern_account_item_get_account (self->item);
  const PosternPlan *plan = postern_report_get_plan (self->report);
  gboolean verifies = plan->tls_policy->verify == POSTERN_VERIFY_YES;
  g_autoptr(GVariant) change = NULL;
  g_autofree char *options = NULL;
  GVariantDict dict;

  if (place->file != NULL)
    {
      if (!verifies)
        set_in_file (self, place, POSTERN_TLS_OPTION_VERIFY_SERVER, "yes");
      set_in_file (self, place, POSTERN_TLS_OPTION_CA_CERTIFICATE, path);
      return;
    }
  options = postern_tls_options_set (postern_account_get_tls_options (account),
                                     POSTERN_TLS_OPTION_CA_CERTIFICATE, path);
  if (!verifies)
    {
      g_autofree char *before = g_steal_pointer (&options);

      options = postern_tls_options_set (before, POSTERN_TLS_OPTION_VERIFY_SERVER, "yes");
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "tls-options", "s", options);
  change = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_signal_emit (self, signals[APPLY_CHANGE], 0,
                 _ ("The chain verifies with these settings; log on again"), change);
}

static void
use (PosternRepairView *self, const char *pem)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternMendingPlace) place = postern_mending_place_new (self->item, &error);
  g_autofree char *path =
    place != NULL ? postern_mending_write (self->item, place, pem, &error) : NULL;

  if (path != NULL)
    name_file (self, place, path);
  else
    say (self, error->message);
}

static void
wished_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternRepairView) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternTrustRepair) repair = postern_mending_find_finish (result, &error);

  if (repair == NULL || self->report == NULL ||
      postern_account_item_get_report (self->item) != self->report)
    return; /* another run, or none, is shown by now */

  if (repair->client_pem != NULL)
    use (self, repair->client_pem);
  else
    {
      g_autofree char *text = postern_trust_repair_describe (repair);

      say (self, text);
    }
}

static void
trusted_cb (GObject *owner, const char *sha256)
{
  PosternRepairView *self = POSTERN_REPAIR_VIEW (owner);

  if (self->report != NULL)
    postern_mending_find_async (self->report, sha256, self->cancellable, wished_cb,
                                g_object_ref (self));
}

static void
trust_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternRepairView *self = POSTERN_REPAIR_VIEW (widget);

  postern_trust_dialog_ask (GTK_WINDOW (gtk_widget_get_root (widget)),
                            self->repair->root->certificate, trusted_cb, G_OBJECT (self));
}

static void
use_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternRepairView *self = POSTERN_REPAIR_VIEW (widget);

  use (self, self->repair->client_pem);
}

static void
export_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternRepairView *self = POSTERN_REPAIR_VIEW (widget);
  const char *host = postern_report_get_plan (self->report)->host;
  gboolean client = g_str_has_suffix (action_name, "client");
  g_autofree char *name = postern_save_dup_name (host, client ? "-ca.pem" : "-server.pem");

  postern_save_text (widget,
                     client ? _ ("Export the Bundle to Trust") : _ ("Export the Chain to Send"),
                     name, client ? self->repair->client_pem : self->repair->server_pem);
}

static void
add_button (AdwPreferencesGroup *group,
            const char *title,
            const char *subtitle,
            const char *label,
            const char *action)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new ();
  g_autofree char *markup = g_markup_escape_text (title, -1);

  gtk_button_set_child (GTK_BUTTON (button), gtk_label_new (label));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), markup);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (group, row);
}

static void
add_trust (PosternRepairView *self, AdwPreferencesGroup *group)
{
  PosternCertificate *root = self->repair->root->certificate;
  const char *name = postern_certificate_get_common_name (root);
  g_autofree char *title = NULL;

  if (name == NULL || *name == '\0')
    name = postern_certificate_get_subject (root);
  /* Translators: the name of an authority */
  title = g_strdup_printf (_ ("Trust “%s” for this account"), name);
  add_button (group, title, _ ("Its fingerprint has to be compared first"), _ ("Trust…"),
              "repair.trust");
}

/* Whether it sends too little, too much, or in the wrong order. */
static gboolean
is_badly_sent (PosternRepairView *self)
{
  const PosternTlsInfo *info = postern_report_get_tls_info (self->report);

  for (guint i = 0; i < info->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (info->faults, i);

      if (fault->aspect == POSTERN_CERT_ASPECT_ORDER || fault->missing_subject != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
fill (PosternRepairView *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  g_autofree char *text = postern_trust_repair_describe (self->repair);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_preferences_group_set_title (group, _ ("Repair"));
  adw_preferences_group_set_description (group, markup);
  /* Where trusting it would not be enough, the text says what else is wrong. */
  if (self->repair->state == POSTERN_REPAIR_UNTRUSTED && self->repair->root != NULL &&
      self->repair->faults->len == 0)
    add_trust (self, group);
  if (self->repair->client_pem != NULL)
    {
      add_button (group, _ ("Name a CA file that makes it verify"),
                  _ ("It is written, and ca_certificate names it"), _ ("Use"), "repair.use");
      add_button (group, _ ("The same file, for another place"),
                  _ ("The root, and what the server does not send"), _ ("Export…"),
                  "repair.export-client");
    }
  if (self->repair->server_pem != NULL && is_badly_sent (self))
    add_button (group, _ ("The chain that the server should send"),
                _ ("For its administrator: its own certificate first, without the root"),
                _ ("Export…"), "repair.export-server");
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (group));
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternRepairView) self = user_data;
  g_autoptr(GError) error = NULL;
  PosternTrustRepair *repair = postern_mending_find_finish (result, &error);

  if (repair == NULL)
    return;
  g_clear_pointer (&self->repair, postern_trust_repair_free);
  self->repair = repair;
  fill (self);
}

static void
postern_repair_view_dispose (GObject *object)
{
  PosternRepairView *self = POSTERN_REPAIR_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->report);
  g_clear_object (&self->item);
  g_clear_pointer (&self->repair, postern_trust_repair_free);

  G_OBJECT_CLASS (postern_repair_view_parent_class)->dispose (object);
}

static void
postern_repair_view_finalize (GObject *object)
{
  PosternRepairView *self = POSTERN_REPAIR_VIEW (object);

  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (postern_repair_view_parent_class)->finalize (object);
}

static void
postern_repair_view_class_init (PosternRepairViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_repair_view_dispose;
  object_class->finalize = postern_repair_view_finalize;

  signals[APPLY_CHANGE] =
    g_signal_new ("apply-change", POSTERN_TYPE_REPAIR_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);

  gtk_widget_class_install_action (widget_class, "repair.trust", NULL, trust_action);
  gtk_widget_class_install_action (widget_class, "repair.use", NULL, use_action);
  gtk_widget_class_install_action (widget_class, "repair.export-client", NULL, export_action);
  gtk_widget_class_install_action (widget_class, "repair.export-server", NULL, export_action);
}

static void
postern_repair_view_init (PosternRepairView *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/* Whether a certificate more, or another order, could help. */
static gboolean
is_mendable (const PosternTlsInfo *info)
{
  for (guint i = 0; i < info->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (info->faults, i);

      if (fault->aspect == POSTERN_CERT_ASPECT_TRUST || fault->aspect == POSTERN_CERT_ASPECT_ORDER)
        return TRUE;
    }
  return FALSE;
}

GtkWidget *
postern_repair_view_new (PosternAccountItem *item)
{
  PosternRepairView *self = g_object_new (POSTERN_TYPE_REPAIR_VIEW, NULL);

  self->item = g_object_ref (item);
  self->report = g_object_ref (postern_account_item_get_report (item));
  if (is_mendable (postern_report_get_tls_info (self->report)))
    postern_mending_find_async (self->report, NULL, self->cancellable, found_cb,
                                g_object_ref (self));
  return GTK_WIDGET (self);
}
