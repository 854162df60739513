/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-save.h"

#include <glib/gi18n.h>

#define MAX_NAME 60

typedef struct
{
  GWeakRef near;
  GBytes *text;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  g_weak_ref_clear (&save->near);
  g_bytes_unref (save->text);
  g_free (save);
}

static void
say (Save *save, const char *text)
{
  g_autoptr(GtkWidget) near = g_weak_ref_get (&save->near);

  if (near != NULL)
    gtk_widget_activate_action (near, "win.say", "s", text);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Save *save = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_file_get_basename (G_FILE (source));
  g_autofree char *text = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    text = g_strdup_printf (_ ("Saved as %s"), name);
  say (save, text != NULL ? text : error->message);
  save_free (save);
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  Save *save = user_data;
  g_autoptr(GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    g_file_replace_contents_bytes_async (file, save->text, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                         saved_cb, save);
  else
    save_free (save);
  g_object_unref (dialog);
}

void
postern_save_text (GtkWidget *near, const char *title, const char *name, const char *text)
{
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (near)),
                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  Save *save = g_new0 (Save, 1);

  g_weak_ref_init (&save->near, near);
  save->text = g_bytes_new (text, strlen (text));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (chosen_cb), save);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

char *
postern_save_dup_name (const char *label, const char *suffix)
{
  g_autofree char *name = g_strndup (label, MAX_NAME);

  g_strcanon (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-.", '-');
  /* Neither a hidden file nor the folder above. */
  if (*name == '.' || *name == '\0')
    return g_strdup_printf ("certificate%s", suffix);
  return g_strdup_printf ("%s%s", name, suffix);
}
