/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define POSTERN_TYPE_HINT_ROW (postern_hint_row_get_type ())
G_DECLARE_FINAL_TYPE (PosternHintRow, postern_hint_row, POSTERN, HINT_ROW, AdwPreferencesRow)

/* What is to be said about the row above it: the findings about one property of the account, or
 * else a plain text. Not there when there is nothing to say. Properties: field (the property),
 * text, subject (the row above, which is marked and described). */
void postern_hint_row_set_findings (PosternHintRow *self,
                                    GListModel     *findings);

G_END_DECLS
