/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "model/postern-account.h"

G_BEGIN_DECLS

/* Whether there is a secret service at all: FALSE with the reason where not. */
void           postern_keyring_check_async   (GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
gboolean       postern_keyring_check_finish  (GAsyncResult         *result,
                                              GError              **error);

/* Passwords and tokens of accounts, kept by the secret service (libsecret). Every function fails
 * with libsecret's or GDBus's own error where there is no service; the caller then asks each
 * time. @kind is "password" or "token". The secret belongs to host, port and user as well: it is
 * found only while these are the same. */
void           postern_keyring_lookup_async  (PosternAccount       *account,
                                              const char           *kind,
                                              const char           *server,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
PosternSecret *postern_keyring_lookup_finish (GAsyncResult         *result,
                                              GError              **error);
void           postern_keyring_store_async   (PosternAccount       *account,
                                              const char           *kind,
                                              const char           *server,
                                              PosternSecret        *secret,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
gboolean       postern_keyring_store_finish  (GAsyncResult         *result,
                                              GError              **error);
void           postern_keyring_clear_async   (PosternAccount       *account,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
gboolean       postern_keyring_clear_finish  (GAsyncResult         *result,
                                              GError              **error);

G_END_DECLS
