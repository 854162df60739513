/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  POSTERN_DIFF_SAME,
  POSTERN_DIFF_REMOVED,
  POSTERN_DIFF_ADDED,
  POSTERN_DIFF_GAP,                     /* lines that are the same and were left out */
} PosternDiffKind;

/**
 * PosternDiffLine:
 *
 * One line of a comparison, without its line end. `line` is its number, from 1, in the old text
 * where it was removed, else in the new one.
 */
typedef struct
{
  PosternDiffKind  kind;
  guint            line;
  char            *text;                /* NULL for a gap */
} PosternDiffLine;

void       postern_diff_line_free (PosternDiffLine *self);
/* What became of @old_text in @new_text, with @context lines around each change; element-type
 * PosternDiffLine, empty where nothing changed. The fewest changes, unless the part that differs is
 * so large that finding them would take long: then all of it is removed and added. */
GPtrArray *postern_text_diff      (const char      *old_text,
                                   const char      *new_text,
                                   guint            context);

G_END_DECLS
