/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-file-kind.h"

G_BEGIN_DECLS

/* Files that settings name: reading them within a bound, and what a PEM file holds. */

typedef enum
{
  POSTERN_PEM_NONE        = 0,
  POSTERN_PEM_CERTIFICATE = 1 << 0,
  POSTERN_PEM_KEY         = 1 << 1,
  POSTERN_PEM_ENCRYPTED   = 1 << 2,     /* the key needs a password */
  POSTERN_PEM_OTHER       = 1 << 3,     /* PEM, but neither */
  POSTERN_PEM_DER         = 1 << 4,     /* looks like DER */
} PosternPemContents;

char     *postern_file_read     (const char          *path,
                                 gsize                limit,
                                 gboolean             whole,
                                 gsize               *length,
                                 GError             **error);
/* @kind may be NULL. */
gboolean  postern_file_look     (const char          *path,
                                 PosternPemContents  *contents,
                                 PosternFileKind     *kind,
                                 GError             **error);
/* The absolute path of a file as an assignment file or an option names it; see
 * spec/uniface.md section 9.6. */
char     *postern_file_resolve  (const char          *name,
                                 const char          *base_dir,
                                 const char          *usys_dir,
                                 GError             **error);

G_END_DECLS
