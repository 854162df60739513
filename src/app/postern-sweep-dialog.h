/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

/* Says how many attempts the planned sweep of @item takes before the first is made, for some servers
 * count them; the sweep goes on or is dropped as the user answers. */
void postern_sweep_dialog_ask (GtkWindow          *parent,
                               PosternAccountItem *item);

G_END_DECLS
