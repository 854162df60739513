/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Replacing a file so that it is whole at every moment, and nobody else's work is lost. */

/* What was read of a file, to know it again. Empty for a file that is not there. */
typedef struct
{
  gboolean  exists;
  gsize     length;
  guint8    sum[32];                    /* SHA-256 */
} PosternFileState;

void      postern_file_state_take  (PosternFileState        *state,
                                    gconstpointer            bytes,
                                    gsize                    length);
/* Whether the file at @path is still what it was. FALSE with @error where it cannot be read. */
gboolean  postern_file_state_check (const PosternFileState  *state,
                                    const char              *path,
                                    gboolean                *same,
                                    GError                 **error);

gboolean  postern_safe_file_write  (const char              *path,
                                    gconstpointer            bytes,
                                    gsize                    length,
                                    const PosternFileState  *expected,
                                    GError                 **error);

G_END_DECLS
