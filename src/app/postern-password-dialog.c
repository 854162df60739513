/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-password-dialog.h"

#include "postern-secret-row.h"

#include <glib/gi18n.h>

typedef struct
{
  AdwMessageDialog *dialog;
  PosternSecretRow *entry;
  GtkSwitch *remember_switch;
  gboolean remember;
} Question;

static void
answered_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  GTask *task = user_data;
  Question *question = g_task_get_task_data (task);
  PosternSecret *secret = NULL;

  if (g_str_equal (response, "log-on"))
    {
      secret = postern_secret_row_dup_secret (question->entry);
      if (question->remember_switch != NULL)
        question->remember = gtk_switch_get_active (question->remember_switch);
    }
  postern_secret_row_clear (question->entry);
  g_task_return_pointer (task, secret, (GDestroyNotify) postern_secret_unref);
  g_object_unref (task);
}

static void
entry_changed_cb (PosternSecretRow *entry, AdwMessageDialog *dialog)
{
  adw_message_dialog_set_response_enabled (dialog, "log-on", !postern_secret_row_is_empty (entry));
}

static GtkSwitch *
add_remember_row (AdwPreferencesGroup *group)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *toggle = gtk_switch_new ();

  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("_Remember in the keyring"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  adw_preferences_group_add (group, row);
  return GTK_SWITCH (toggle);
}

void
postern_password_dialog_ask_async (GtkWindow *parent,
                                   const char *kind,
                                   const char *destination,
                                   gboolean can_remember,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);
  gboolean token = g_str_equal (kind, "token");
  gboolean key = g_str_equal (kind, "key-password");
  GtkWidget *dialog = adw_message_dialog_new (parent,
                                              token ? _ ("Access Token Needed")
                                              : key ? _ ("Password of the Private Key Needed")
                                                    : _ ("Password Needed"),
                                              NULL);
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *entry = postern_secret_row_new ();

  g_task_set_task_data (task, question, g_free);
  question->dialog = ADW_MESSAGE_DIALOG (dialog);
  question->entry = POSTERN_SECRET_ROW (entry);

  if (key)
    adw_message_dialog_set_body (question->dialog,
                                 _ ("It opens a file on this computer, and is sent to nobody."));
  else
    adw_message_dialog_format_body (question->dialog,
                                    /* Translators: user, host and port */
                                    _ ("It is sent to %s and to nobody else."), destination);
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (entry), TRUE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry),
                                 token ? _ ("Access _token") : _ ("_Password"));
  g_object_set (entry, "activates-default", TRUE, NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), entry);
  if (can_remember)
    question->remember_switch = add_remember_row (ADW_PREFERENCES_GROUP (group));
  adw_message_dialog_set_extra_child (question->dialog, group);

  adw_message_dialog_add_responses (question->dialog, "cancel", _ ("_Cancel"), "log-on",
                                    _ ("_Log On"), NULL);
  adw_message_dialog_set_response_appearance (question->dialog, "log-on", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (question->dialog, "log-on");
  adw_message_dialog_set_close_response (question->dialog, "cancel");
  adw_message_dialog_set_response_enabled (question->dialog, "log-on", FALSE);

  g_signal_connect (entry, "changed", G_CALLBACK (entry_changed_cb), dialog);
  g_signal_connect (dialog, "response", G_CALLBACK (answered_cb), task);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (entry);
}

PosternSecret *
postern_password_dialog_ask_finish (GAsyncResult *result, gboolean *remember)
{
  Question *question = g_task_get_task_data (G_TASK (result));

  *remember = question->remember;
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
