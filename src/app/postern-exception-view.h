/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_EXCEPTION_VIEW (postern_exception_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternExceptionView, postern_exception_view, POSTERN, EXCEPTION_VIEW, AdwBin)

/* The exception of the account that is shown, with its last day, to be removed; or a button that
 * makes one for the server's certificate, where that was refused. Hidden where there is neither, and
 * for systems that have no such thing.
 *
 * Signal apply-change (text, GVariant): see #PosternRepairView. */
GtkWidget *postern_exception_view_new (PosternAccountItem *item);

G_END_DECLS
