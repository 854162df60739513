/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-sweep-dialog.h"

#include <glib/gi18n.h>

static void
sweep_response_cb (AdwMessageDialog *dialog, const char *response, PosternAccountItem *item)
{
  if (g_str_equal (response, "try"))
    postern_account_item_sweep_go_on (item);
  else
    postern_account_item_sweep_drop (item);
}

void
postern_sweep_dialog_ask (GtkWindow *parent, PosternAccountItem *item)
{
  PosternSweep *sweep = postern_account_item_get_sweep (item);
  guint n_attempts = postern_sweep_get_n_attempts (sweep);
  g_autofree char *heading =
    g_strdup_printf (ngettext ("Make %u Attempt?", "Make %u Attempts?", n_attempts), n_attempts);
  g_autofree char *body = g_strdup_printf (
    ngettext ("The server offers %u way to log on.", "The server offers %u ways to log on.",
              g_list_model_get_n_items (postern_sweep_get_trials (sweep))),
    g_list_model_get_n_items (postern_sweep_get_trials (sweep)));
  GtkWidget *dialog;

  if (n_attempts == 0)
    return;

  dialog = adw_message_dialog_new (parent, heading, NULL);
  adw_message_dialog_format_body (
    ADW_MESSAGE_DIALOG (dialog),
    _ (
      "%s Each that these credentials allow is tried once, on a connection of its own. A server "
      "that counts wrong passwords may lock the account; the test ends at the first sign of that."),
    body);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "try",
                                    _ ("_Try"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "try",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (sweep_response_cb), item, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
