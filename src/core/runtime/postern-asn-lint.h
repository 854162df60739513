/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-asn-text.h"
#include "runtime/postern-asn.h"

G_BEGIN_DECLS

/* What is wrong with the settings of an assignment file, each for itself and all of them together:
 * spec/uniface.md sections 8 to 10. How lines are read is postern-asn.c's. */

/* One setting with the places of its bytes. */
typedef struct _PosternAsnLintLine PosternAsnLintLine;

/* Keeps a copy of what the walk has of this line; the text that is walked has to outlive it. */
PosternAsnLintLine *postern_asn_lint_line_new  (const char             *path,
                                                const PosternAsnWalk   *walk,
                                                const PosternAsnLine   *line,
                                                const char             *section);
void                postern_asn_lint_line_free (PosternAsnLintLine     *self);

/* @lines: element-type PosternAsnLintLine. Adds to @findings until there are @limit of them. */
void                postern_asn_lint           (PosternAsn             *asn,
                                                GPtrArray              *lines,
                                                const char             *usys_dir,
                                                GPtrArray              *findings,
                                                guint                   limit);
/* Sorts findings by place, those of the file itself first, and gives each a remedy. */
void                postern_asn_lint_sort      (PosternAsn             *asn,
                                                GPtrArray              *findings);

G_END_DECLS
