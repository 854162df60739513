/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "postern-application.h"

G_BEGIN_DECLS

/* How long a change can be taken back. */
#define POSTERN_UNDO_LIMIT_S 10

typedef void (*PosternRestoredFunc) (PosternAccountItem *item,
                                     gpointer            user_data);

/* Offers in a toast to take back what was done with @item: that its account was changed from
 * @before, or, where that is NULL, that it was deleted from @position. @restored is called when it is
 * back in the list. A deletion that stays takes the credentials along. @text is markup. */
void postern_undo_offer (AdwToastOverlay     *overlay,
                         PosternApplication  *application,
                         PosternAccountItem  *item,
                         PosternAccount      *before,
                         guint                position,
                         const char          *text,
                         PosternRestoredFunc  restored,
                         gpointer             user_data);

G_END_DECLS
