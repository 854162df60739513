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

G_END_DECLS
