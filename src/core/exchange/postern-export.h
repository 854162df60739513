/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-runtime.h"

G_BEGIN_DECLS

/* An account written for another program. */
typedef struct
{
  const char *name;                     /* of the target, "uniface-asn" */
  const char *title;                    /* not translated yet */
  const char *file_name;                /* what a file of it could be called */
} PosternExportTarget;

/* The targets, @n of them. */
const PosternExportTarget *postern_export_list   (gsize                    *n);
/* Whether this account can be written for that target at all. */
gboolean                   postern_export_suits  (const char               *target,
                                                  PosternAccount           *account);

/**
 * postern_export:
 * @target: the name of a target
 * @credentials: (nullable): secrets for what is written @with_secrets
 * @with_secrets: whether secrets are written; else there are placeholders, such as `<password>`
 *
 * Writes a snippet. What is read from it again is the same account: tests do so. The command line
 * has no secrets in any case: it asks for them.
 *
 * Returns: (transfer full) (nullable): %NULL with @error, where the target does not exist, or
 *   cannot say what the account says
 */
char                      *postern_export        (const char               *target,
                                                  PosternAccount           *account,
                                                  const PosternCredentials *credentials,
                                                  gboolean                  with_secrets,
                                                  GError                  **error);

G_END_DECLS
