/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_TEST_VIEW (postern_test_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternTestView, postern_test_view, POSTERN, TEST_VIEW, AdwBin)

/* The latest run: verdict, ladder, transcript. Signal: `apply-remedy`, as in PosternFindingCard. */
void postern_test_view_set_item     (PosternTestView    *self,
                                     PosternAccountItem *item);
void postern_test_view_focus_ladder (PosternTestView    *self);
void postern_test_view_focus_filter (PosternTestView    *self);

G_END_DECLS
