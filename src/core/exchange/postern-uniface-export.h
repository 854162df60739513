/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-runtime.h"

G_BEGIN_DECLS

/* The lines of an assignment file that an account of Uniface needs. */
char *postern_asn_snippet_new (PosternAccount           *account,
                               const PosternCredentials *credentials,
                               gboolean                  with_secrets,
                               GError                  **error);
/* ProcScript that logs on as the account does, sends or lists, and logs off. */
char *postern_procscript_new  (PosternAccount           *account,
                               const PosternCredentials *credentials,
                               gboolean                  with_secrets,
                               GError                  **error);

G_END_DECLS
