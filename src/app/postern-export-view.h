/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_EXPORT_VIEW (postern_export_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternExportView, postern_export_view, POSTERN, EXPORT_VIEW, AdwBin)

/* The account in other forms, each to copy: the command that runs the same test, and what Uniface
 * reads. Property item. */
void postern_export_view_set_item (PosternExportView  *self,
                                   PosternAccountItem *item);

G_END_DECLS
