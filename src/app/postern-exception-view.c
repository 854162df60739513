/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-exception-view.h"

#include "model/postern-fingerprint.h"
#include "postern-pin-dialog.h"
#include "tls/postern-cert-fault.h"

#include <glib/gi18n.h>

struct _PosternExceptionView
{
  AdwBin parent_instance;

  PosternAccountItem *item;
};

enum
{
  APPLY_CHANGE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternExceptionView, postern_exception_view, ADW_TYPE_BIN)

static void
apply (PosternExceptionView *self, const char *pin, const char *said)
{
  g_autoptr(GVariant) change = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "pin", "s", pin);
  change = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_signal_emit (self, signals[APPLY_CHANGE], 0, said, change);
}

static void
pinned_cb (GObject *owner, const PosternTlsPin *pin)
{
  g_autofree char *text = postern_tls_pin_to_text (pin);

  apply (POSTERN_EXCEPTION_VIEW (owner), text, _ ("Exception made; log on again"));
}

static const PosternTlsInfo *
get_info (PosternExceptionView *self)
{
  return postern_report_get_tls_info (postern_account_item_get_report (self->item));
}

static void
make_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  PosternExceptionView *self = POSTERN_EXCEPTION_VIEW (widget);

  postern_pin_dialog_ask (
    GTK_WINDOW (gtk_widget_get_root (widget)), g_ptr_array_index (get_info (self)->chain, 0),
    postern_report_get_plan (postern_account_item_get_report (self->item))->host, pinned_cb,
    G_OBJECT (self));
}

static void
remove_action (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  apply (POSTERN_EXCEPTION_VIEW (widget), "", _ ("Exception removed"));
}

static void
fill (PosternExceptionView *self,
      const char *title,
      const char *subtitle,
      const char *label,
      const char *action)
{
  GtkWidget *group = adw_preferences_group_new ();
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
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Exception"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  adw_bin_set_child (ADW_BIN (self), group);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

/* FALSE where the account has none that can be read; what is wrong with it stands in its settings.
 */
static gboolean
show_pin (PosternExceptionView *self)
{
  const char *text = postern_account_get_pin (postern_account_item_get_account (self->item));
  g_autoptr(PosternTlsPin) pin = text != NULL ? postern_tls_pin_parse (text, NULL) : NULL;
  g_autofree char *day = NULL;
  g_autofree char *title = NULL;
  g_autofree char *fingerprint = NULL;

  if (pin == NULL)
    return FALSE;
  day = postern_tls_pin_dup_day (pin);
  fingerprint = postern_fingerprint_format (pin->sha256);
  title =
    g_strdup_printf (pin->kind == POSTERN_PIN_KEY ? _ ("One key is accepted until %s")
                                                  : _ ("One certificate is accepted until %s"),
                     day);
  fill (self, title, fingerprint, _ ("Remove"), "exception.remove");
  return TRUE;
}

/* An exception that does not cover all that refuses would help nobody. */
static gboolean
can_pin (const PosternTlsInfo *info)
{
  for (guint i = 0; i < info->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (info->faults, i);

      if (!fault->warning && !fault->hidden && !postern_cert_fault_is_coverable (fault))
        return FALSE;
    }
  return !info->accepted;
}

static void
show_state (PosternExceptionView *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  if (postern_account_get_system (postern_account_item_get_account (self->item)) !=
        POSTERN_SYSTEM_GENERIC ||
      show_pin (self) || !can_pin (get_info (self)))
    return;
  fill (self, _ ("Accept this one certificate all the same"),
        _ ("For this account, and up to a day that you choose"), _ ("Make…"), "exception.make");
}

static void
postern_exception_view_dispose (GObject *object)
{
  PosternExceptionView *self = POSTERN_EXCEPTION_VIEW (object);

  g_clear_object (&self->item);

  G_OBJECT_CLASS (postern_exception_view_parent_class)->dispose (object);
}

static void
postern_exception_view_class_init (PosternExceptionViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = postern_exception_view_dispose;

  signals[APPLY_CHANGE] =
    g_signal_new ("apply-change", POSTERN_TYPE_EXCEPTION_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);

  gtk_widget_class_install_action (widget_class, "exception.make", NULL, make_action);
  gtk_widget_class_install_action (widget_class, "exception.remove", NULL, remove_action);
}

static void
postern_exception_view_init (PosternExceptionView *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
postern_exception_view_new (PosternAccountItem *item)
{
  PosternExceptionView *self = g_object_new (POSTERN_TYPE_EXCEPTION_VIEW, NULL);

  self->item = g_object_ref (item);
  g_signal_connect_object (postern_account_item_get_account (item), "notify::pin",
                           G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  show_state (self);
  return GTK_WIDGET (self);
}
