/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "postern-application.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_WINDOW (postern_window_get_type ())
G_DECLARE_FINAL_TYPE (PosternWindow, postern_window, POSTERN, WINDOW, AdwApplicationWindow)

PosternWindow *postern_window_new (PosternApplication *application);
/* Says it in a toast. */
void           postern_window_say (PosternWindow      *self,
                                   const char         *text);
/* Shows an assignment file; says so where it cannot be opened. */
void           postern_window_open_file (PosternWindow *self,
                                         const char    *path);

G_END_DECLS
