/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-undo.h"

#include <glib/gi18n.h>

typedef struct
{
  PosternApplication *application;
  PosternAccountItem *item;
  PosternAccount *before;
  guint position;
  gboolean undone;
  PosternRestoredFunc restored;
  gpointer user_data;
} Undo;

static void
undo_free (gpointer data, GClosure *closure)
{
  Undo *undo = data;

  g_object_unref (undo->application);
  g_object_unref (undo->item);
  g_clear_object (&undo->before);
  g_free (undo);
}

static void
clicked_cb (AdwToast *toast, Undo *undo)
{
  PosternAccount *account = postern_account_item_get_account (undo->item);

  undo->undone = TRUE;
  if (undo->before != NULL)
    postern_account_assign (account, undo->before);
  else
    undo->restored (postern_application_add_account (undo->application, account, undo->position),
                    undo->user_data);
}

static void
dismissed_cb (AdwToast *toast, Undo *undo)
{
  /* Deleted for good: so are its credentials. */
  if (!undo->undone && undo->before == NULL)
    postern_vault_forget (postern_application_get_vault (undo->application),
                          postern_account_item_get_account (undo->item));
}

void
postern_undo_offer (AdwToastOverlay *overlay,
                    PosternApplication *application,
                    PosternAccountItem *item,
                    PosternAccount *before,
                    guint position,
                    const char *text,
                    PosternRestoredFunc restored,
                    gpointer user_data)
{
  AdwToast *toast = adw_toast_new (text);
  Undo *undo = g_new0 (Undo, 1);

  undo->application = g_object_ref (application);
  undo->item = g_object_ref (item);
  g_set_object (&undo->before, before);
  undo->position = position;
  undo->restored = restored;
  undo->user_data = user_data;

  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, POSTERN_UNDO_LIMIT_S);
  g_signal_connect (toast, "dismissed", G_CALLBACK (dismissed_cb), undo);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (clicked_cb), undo, undo_free, 0);
  adw_toast_overlay_add_toast (overlay, toast);
}
