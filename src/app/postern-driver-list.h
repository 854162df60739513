/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_DRIVER_LIST (postern_driver_list_get_type ())
G_DECLARE_FINAL_TYPE (PosternDriverList, postern_driver_list, POSTERN, DRIVER_LIST,
                      AdwPreferencesGroup)

/* The security drivers of an account as a group of rows, in the order of their SetSecurity calls:
 * added, edited, moved by dragging, buttons or Alt and an arrow key, and removed. What is wrong with
 * one stands below its row, what is wrong with all of them at the end. */
void postern_driver_list_set_item (PosternDriverList  *self,
                                   PosternAccountItem *item);

G_END_DECLS
