/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-pin-dialog.h"

#include "postern-trust-dialog.h"

#include <glib/gi18n.h>

/* Long enough to have the certificate mended. */
#define USUAL_DAYS 30

typedef struct
{
  PosternPinnedFunc pinned;
  GWeakRef owner;
  PosternCertificate *certificate;
  char *host;
  AdwMessageDialog *dialog;
  AdwBin *fingerprint;
  AdwComboRow *kind_row;
  GtkEditable *day_row;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;

  g_weak_ref_clear (&question->owner);
  g_object_unref (question->certificate);
  g_free (question->host);
  g_free (question);
}

static PosternPinKind
get_kind (Question *question)
{
  return adw_combo_row_get_selected (question->kind_row) == 0 ? POSTERN_PIN_CERTIFICATE
                                                              : POSTERN_PIN_KEY;
}

static const char *
get_sha256 (Question *question)
{
  return get_kind (question) == POSTERN_PIN_CERTIFICATE
           ? postern_certificate_get_sha256 (question->certificate)
           : postern_certificate_get_spki_sha256 (question->certificate);
}

/* NULL where the day is none, or over. */
static PosternTlsPin *
create_pin (Question *question)
{
  g_autoptr(PosternTlsPin) pin =
               postern_tls_pin_new (get_kind (question), get_sha256 (question), question->host,
                                    gtk_editable_get_text (question->day_row), NULL);

  if (pin == NULL || pin->until < g_get_real_time () / G_USEC_PER_SEC)
    return NULL;
  return g_steal_pointer (&pin);
}

static void
update (Question *question)
{
  g_autoptr(PosternTlsPin) pin = create_pin (question);
  GtkWidget *row = GTK_WIDGET (question->day_row);

  adw_bin_set_child (question->fingerprint,
                     postern_trust_dialog_create_fingerprint (get_sha256 (question)));
  adw_message_dialog_set_response_enabled (question->dialog, "pin", pin != NULL);
  if (pin != NULL)
    gtk_widget_remove_css_class (row, "error");
  else
    gtk_widget_add_css_class (row, "error");
  gtk_accessible_update_state (
    GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
    pin != NULL ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE, -1);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr(GObject) owner = g_weak_ref_get (&question->owner);
  g_autoptr(PosternTlsPin) pin = create_pin (question);

  if (owner != NULL && pin != NULL && g_str_equal (response, "pin"))
    question->pinned (owner, pin);
}

static void
changed_cb (Question *question)
{
  update (question);
}

static GtkWidget *
create_rows (Question *question)
{
  const char *const kinds[] = { _ ("This certificate"), _ ("Any certificate with its key"), NULL };
  g_autoptr(GtkStringList) model = gtk_string_list_new (kinds);
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr(GDateTime) day = g_date_time_add_days (now, USUAL_DAYS);
  g_autofree char *day_text = g_date_time_format (day, "%Y-%m-%d");
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *kind = adw_combo_row_new ();
  GtkWidget *entry = adw_entry_row_new ();

  question->kind_row = ADW_COMBO_ROW (kind);
  question->day_row = GTK_EDITABLE (entry);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (kind), _ ("Exception for"));
  adw_combo_row_set_model (question->kind_row, G_LIST_MODEL (model));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), _ ("Last day, as 2030-12-31"));
  gtk_editable_set_text (question->day_row, day_text);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), kind);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), entry);
  g_signal_connect_swapped (kind, "notify::selected", G_CALLBACK (changed_cb), question);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (changed_cb), question);
  return group;
}

void
postern_pin_dialog_ask (GtkWindow *parent,
                        PosternCertificate *certificate,
                        const char *host,
                        PosternPinnedFunc pinned,
                        GObject *owner)
{
  Question *question = g_new0 (Question, 1);
  GtkWidget *dialog = adw_message_dialog_new (parent, _ ("Make an Exception?"), NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *fingerprint = adw_bin_new ();

  question->pinned = pinned;
  question->certificate = g_object_ref (certificate);
  question->host = g_strdup (host);
  question->dialog = ADW_MESSAGE_DIALOG (dialog);
  question->fingerprint = ADW_BIN (fingerprint);
  g_weak_ref_init (&question->owner, owner);

  adw_message_dialog_set_body (
    question->dialog,
    _ ("This account then accepts the certificate although it does not verify, at this server and "
       "up to the last day. Compare the SHA-256 fingerprint with the one that the administrator of "
       "the server tells you. The exception holds in Postern alone."));
  gtk_box_append (GTK_BOX (box), fingerprint);
  gtk_box_append (GTK_BOX (box), create_rows (question));
  adw_message_dialog_set_extra_child (question->dialog, box);
  adw_message_dialog_add_responses (question->dialog, "cancel", _ ("_Cancel"), "pin",
                                    _ ("_Make an Exception"), NULL);
  adw_message_dialog_set_response_appearance (question->dialog, "pin", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (question->dialog, "cancel");
  adw_message_dialog_set_close_response (question->dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), question, question_free, 0);
  update (question);
  gtk_window_present (GTK_WINDOW (dialog));
}
