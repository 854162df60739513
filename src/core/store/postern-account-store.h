/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "model/postern-account.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_ACCOUNT_STORE (postern_account_store_get_type ())
G_DECLARE_FINAL_TYPE (PosternAccountStore, postern_account_store, POSTERN, ACCOUNT_STORE, GObject)

/**
 * PosternAccountStore:
 *
 * The accounts of the user: a GListModel of PosternAccount over one GKeyFile, by default
 * `$XDG_DATA_HOME/postern/accounts.ini`, written atomically with mode 0600. Keys and groups that
 * this version does not know are kept. No secret is ever in it.
 *
 * Saving reads the file again first: what another process wrote into it since stays. A file that
 * cannot be read as a key file is left alone, by loading and by saving, until the user has it set
 * aside.
 *
 * Signal `changed`: an account came, went, or changed; time to save.
 */
PosternAccountStore *postern_account_store_new    (const char           *path);
gboolean             postern_account_store_load   (PosternAccountStore  *self,
                                                   GError              **error);
gboolean             postern_account_store_save   (PosternAccountStore  *self,
                                                   GError              **error);
void                 postern_account_store_add    (PosternAccountStore  *self,
                                                   PosternAccount       *account);
void                 postern_account_store_insert (PosternAccountStore  *self,
                                                   guint                 position,
                                                   PosternAccount       *account);
gboolean             postern_account_store_remove (PosternAccountStore  *self,
                                                   PosternAccount       *account,
                                                   guint                *position);
PosternAccount      *postern_account_store_find   (PosternAccountStore  *self,
                                                   const char           *name);
const char          *postern_account_store_get_path (PosternAccountStore *self);
/* Renames the file, so that a new one can be written. Returns the new path. */
char                *postern_account_store_set_aside (PosternAccountStore *self,
                                                      GError             **error);

G_END_DECLS
