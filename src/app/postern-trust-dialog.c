/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-trust-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

/* Digits; two make a byte. */
#define PER_GROUP 4
#define PER_LINE 16

typedef struct
{
  PosternTrustedFunc trusted;
  GWeakRef owner;
  char *sha256;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;

  g_weak_ref_clear (&question->owner);
  g_free (question->sha256);
  g_free (question);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr(GObject) owner = g_weak_ref_get (&question->owner);

  if (owner != NULL && g_str_equal (response, "trust"))
    question->trusted (owner, question->sha256);
}

static char *
dup_groups (const char *hexadecimal)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; hexadecimal[i] != '\0'; i++)
    {
      if (i > 0 && i % PER_GROUP == 0)
        g_string_append_c (text, i % PER_LINE == 0 ? '\n' : ' ');
      g_string_append_c (text, g_ascii_toupper (hexadecimal[i]));
    }
  return g_string_free (text, FALSE);
}

GtkWidget *
postern_trust_dialog_create_fingerprint (const char *hexadecimal)
{
  g_autofree char *text = dup_groups (hexadecimal);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (label, "said");
  gtk_widget_add_css_class (label, "card");
  gtk_widget_add_css_class (label, "table");
  return label;
}

void
postern_trust_dialog_ask (GtkWindow *parent,
                          PosternCertificate *root,
                          PosternTrustedFunc trusted,
                          GObject *owner)
{
  Question *question = g_new0 (Question, 1);
  GtkWidget *dialog = adw_message_dialog_new (parent, NULL, NULL);
  const char *name = postern_certificate_get_common_name (root);

  question->trusted = trusted;
  question->sha256 = g_strdup (postern_certificate_get_sha256 (root));
  g_weak_ref_init (&question->owner, owner);

  adw_message_dialog_format_heading (
    ADW_MESSAGE_DIALOG (dialog), _ ("Trust “%s”?"),
    name != NULL && *name != '\0' ? name : postern_certificate_get_subject (root));
  adw_message_dialog_set_body (
    ADW_MESSAGE_DIALOG (dialog),
    _ ("Whoever has its key can then pass for the server of this account. Compare its SHA-256 "
       "fingerprint with the one that the administrator of the server tells you, in another way "
       "than over this connection."));
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog),
                                      postern_trust_dialog_create_fingerprint (question->sha256));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "trust",
                                    _ ("_Trust for This Account"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "trust",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
