/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "model/postern-account.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_VAULT (postern_vault_get_type ())
G_DECLARE_FINAL_TYPE (PosternVault, postern_vault, POSTERN, VAULT, GObject)

/* The credentials of accounts: in memory while the program runs, and in the keyring where there
 * is a secret service and the user wants that. @kind is "password" or "token"; a credential is
 * found for the destination only that it was given for.
 *
 * Property has-keyring (boolean, notify). */
PosternVault  *postern_vault_new           (void);
gboolean       postern_vault_has_keyring   (PosternVault         *self);
void           postern_vault_keep          (PosternVault         *self,
                                            PosternAccount       *account,
                                            const char           *kind,
                                            const char           *destination,
                                            PosternSecret        *secret,
                                            gboolean              in_keyring);
/* Out of memory and keyring. */
void           postern_vault_forget        (PosternVault         *self,
                                            PosternAccount       *account);
void           postern_vault_lookup_async  (PosternVault         *self,
                                            PosternAccount       *account,
                                            const char           *kind,
                                            const char           *destination,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
/* NULL when there is none; why the keyring gave none is of no use to the caller, who asks. */
PosternSecret *postern_vault_lookup_finish (PosternVault         *self,
                                            GAsyncResult         *result);

G_END_DECLS
