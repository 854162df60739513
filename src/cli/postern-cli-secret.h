/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-account.h"
#include "model/postern-secret.h"

G_BEGIN_DECLS

PosternSecret *postern_cli_secret_read  (const char      *source,
                                         const char      *label,
                                         PosternAccount  *account,
                                         const char      *kind,
                                         const char      *server,
                                         GError         **error);
gboolean       postern_cli_secret_read_for (const char   *source,
                                         const char      *label,
                                         const char      *kind,
                                         PosternAccount  *account,
                                         PosternSecret  **secret,
                                         GError         **error);
void           postern_cli_secret_guard (void);
void           postern_cli_secret_unguard (void);

G_END_DECLS
