/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_REPAIR_VIEW (postern_repair_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternRepairView, postern_repair_view, POSTERN, REPAIR_VIEW, AdwBin)

/* What would mend the chain of the last report of @item, proven; with buttons that do it. Hidden
 * where there is nothing to mend.
 *
 * Signal apply-change (text, GVariant): a change of the account is to be made, see [struct@Remedy];
 * the text says what it came to. */
GtkWidget *postern_repair_view_new (PosternAccountItem *item);

G_END_DECLS
