/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-secret.h"

G_BEGIN_DECLS

/**
 * PosternRedactor:
 *
 * Knows the secrets of one run, and finds their forms in bytes that a peer sent: raw, Base64 at
 * each of the three alignments (standard and URL alphabet), hexadecimal in either case, and
 * percent-coded. What it finds becomes `<hidden, N bytes>` before the bytes become text of ours.
 */
typedef struct _PosternRedactor PosternRedactor;

PosternRedactor *postern_redactor_new        (void);
PosternRedactor *postern_redactor_ref        (PosternRedactor *self);
void             postern_redactor_unref      (PosternRedactor *self);
void             postern_redactor_add        (PosternRedactor *self,
                                              PosternSecret   *secret);
void             postern_redactor_add_bytes  (PosternRedactor *self,
                                              const char      *bytes,
                                              gsize            length);
char            *postern_redactor_apply      (PosternRedactor *self,
                                              const char      *bytes,
                                              gsize            length,
                                              gsize           *length_out);
gboolean         postern_redactor_matches    (PosternRedactor *self,
                                              const char      *bytes,
                                              gsize            length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternRedactor, postern_redactor_unref)

G_END_DECLS
