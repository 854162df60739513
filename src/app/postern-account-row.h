/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_ACCOUNT_ROW (postern_account_row_get_type ())
G_DECLARE_FINAL_TYPE (PosternAccountRow, postern_account_row, POSTERN, ACCOUNT_ROW, GtkListBoxRow)

/* An account in the sidebar. Property item. */
GtkWidget          *postern_account_row_new      (PosternAccountItem *item);
PosternAccountItem *postern_account_row_get_item (PosternAccountRow  *self);

G_END_DECLS
