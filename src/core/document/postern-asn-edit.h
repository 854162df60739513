/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Changes of the text of one assignment file, spec/uniface.md section 9, that leave every byte
 * alone which the change is not about. No file is read, and #FILE is not followed. */

/**
 * PosternAsnEntry:
 *
 * One setting as it stands in the file. Name and value are without escapes, with continued lines
 * joined. What is `encrypted` is never changed.
 */
typedef struct
{
  char     *section;
  char     *name;
  char     *value;
  guint     line;                       /* its first, from 1 */
  guint     n_lines;
  gboolean  encrypted;
} PosternAsnEntry;

/**
 * PosternAsnPair:
 *
 * One option of a list such as those of [NET_SETTINGS], as it is written.
 */
typedef struct
{
  char     *name;
  char     *value;                      /* "" where there is none */
} PosternAsnPair;

void       postern_asn_entry_free         (PosternAsnEntry  *self);
void       postern_asn_pair_free          (PosternAsnPair   *self);

GPtrArray *postern_asn_edit_list          (const GString    *text,
                                           const char       *section);
GPtrArray *postern_asn_edit_list_options  (const GString    *text,
                                           const char       *section,
                                           const char       *name);
char      *postern_asn_edit_dup           (const GString    *text,
                                           const char       *section,
                                           const char       *name);

/* FALSE with @error and an unchanged @text. */
gboolean   postern_asn_edit_set           (GString          *text,
                                           const char       *section,
                                           const char       *name,
                                           const char       *value,
                                           GError          **error);
gboolean   postern_asn_edit_remove        (GString          *text,
                                           const char       *section,
                                           const char       *name,
                                           GError          **error);
gboolean   postern_asn_edit_set_option    (GString          *text,
                                           const char       *section,
                                           const char       *name,
                                           const char       *option,
                                           const char       *value,
                                           GError          **error);
gboolean   postern_asn_edit_remove_option (GString          *text,
                                           const char       *section,
                                           const char       *name,
                                           const char       *option,
                                           GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternAsnEntry, postern_asn_entry_free)

G_END_DECLS
