/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "model/postern-driver.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_DRIVER_ROW (postern_driver_row_get_type ())
G_DECLARE_FINAL_TYPE (PosternDriverRow, postern_driver_row, POSTERN, DRIVER_ROW, AdwExpanderRow)

typedef enum
{
  POSTERN_DRIVER_MOVE_UP,
  POSTERN_DRIVER_MOVE_DOWN,
  POSTERN_DRIVER_REMOVE,
} PosternDriverMove;

/* One SetSecurity call. Signals: `edited` (the driver is another one now), `moved` (a
 * PosternDriverMove as guint), `dropped` (the row that was dragged onto it). */
GtkWidget         *postern_driver_row_new            (PosternDriver    *driver,
                                                      guint             position,
                                                      guint             n_drivers);
PosternDriver     *postern_driver_row_get_driver     (PosternDriverRow *self);

G_END_DECLS
