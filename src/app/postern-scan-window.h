/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SCAN_WINDOW (postern_scan_window_get_type ())
G_DECLARE_FINAL_TYPE (PosternScanWindow, postern_scan_window, POSTERN, SCAN_WINDOW, AdwWindow)

/* What the server of an account does in TLS, as a table, and which settings of the account would
 * fail with it. No credentials are sent. Scans at once; closing it cancels. NULL with @error where
 * the settings name no server. */
GtkWidget *postern_scan_window_new (GtkWindow           *parent,
                                    PosternAccountItem  *item,
                                    GError             **error);

G_END_DECLS
