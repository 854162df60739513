/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "model/postern-secret.h"

G_BEGIN_DECLS

/* Asks for a password or token (@kind) that goes to @destination. The answer is NULL when the user
 * gives none. @can_remember offers the keyring. */
void           postern_password_dialog_ask_async  (GtkWindow            *parent,
                                                   const char           *kind,
                                                   const char           *destination,
                                                   gboolean              can_remember,
                                                   GCancellable         *cancellable,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
PosternSecret *postern_password_dialog_ask_finish (GAsyncResult         *result,
                                                   gboolean             *remember);

/* The text of an entry as a secret, NULL when there is none. No copy is made on the way. */
PosternSecret *postern_secret_from_editable       (GtkEditable          *editable);
/* Makes sure that what is typed there stays in memory that is locked and wiped. */
void           postern_protect_editable           (GtkEditable          *editable);

G_END_DECLS
