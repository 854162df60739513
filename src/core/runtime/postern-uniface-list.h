/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PosternUnifaceItem:
 *
 * One item of a Uniface list, spec/uniface.md section 2. `id` has no blanks at its ends; `value`
 * is as written, except that "!;" is a semicolon. Percent escapes are kept: whether the drivers
 * undo them is not documented. Without an equals sign both are the same text.
 */
typedef struct
{
  char     *id;
  char     *value;
  gboolean  has_value;                  /* there is an equals sign */
  gsize     offset;                     /* in bytes, where the item begins */
} PosternUnifaceItem;

GPtrArray *postern_uniface_list_parse (const char *text);

G_END_DECLS
