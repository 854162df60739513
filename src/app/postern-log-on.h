/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "postern-account-item.h"
#include "postern-vault.h"

G_BEGIN_DECLS

/* Starts a run of @item, or a sweep: with the credentials that were just typed, else with those in the vault,
 * else with those that the user gives when asked. @typed may hold NULLs. The answer is whether the
 * run was started: FALSE when the user did not want to give a credential. */
void     postern_log_on_async  (PosternAccountItem       *item,
                                PosternVault             *vault,
                                const PosternCredentials *typed,
                                gboolean                  remember,
                                gboolean                  sweep,
                                GtkWindow                *parent,
                                GCancellable             *cancellable,
                                GAsyncReadyCallback       callback,
                                gpointer                  user_data);
gboolean postern_log_on_finish (GAsyncResult             *result);

G_END_DECLS
