/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-secret.h"

G_BEGIN_DECLS

/**
 * PosternOutput:
 *
 * Bytes for the peer, and which of them are secret. Whoever writes a secret marks it then and
 * there; what may be shown is built alongside and never holds the secret. The memory is wiped
 * when it is cleared.
 */
typedef struct _PosternOutput PosternOutput;

PosternOutput *postern_output_new           (void);
void           postern_output_free          (PosternOutput *self);
void           postern_output_clear         (PosternOutput *self);
void           postern_output_append        (PosternOutput *self,
                                             const char    *text);
void           postern_output_append_hidden (PosternOutput *self,
                                             const char    *bytes,
                                             gsize          length);
/* Bytes of which only a word is shown; they end a line. */
void           postern_output_append_as     (PosternOutput *self,
                                             const char    *bytes,
                                             gsize          length,
                                             const char    *shown);
const char    *postern_output_get_bytes     (PosternOutput *self,
                                             gsize         *length);
/* As shown: hidden spans are "<hidden, N bytes>"; no line end. */
const char    *postern_output_get_display   (PosternOutput *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternOutput, postern_output_free)

G_END_DECLS
