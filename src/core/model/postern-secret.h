/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * PosternSecret:
 *
 * A password or token: one owner of the bytes, in memory of its own that is locked, kept out of
 * core dumps and wiped with the last reference. Reference counting is atomic.
 *
 * Nothing that is shown, stored or logged ever takes a `PosternSecret`.
 */
typedef struct _PosternSecret PosternSecret;

#define POSTERN_TYPE_SECRET (postern_secret_get_type ())

GType          postern_secret_get_type     (void);
PosternSecret *postern_secret_new          (const char    *bytes,
                                            gssize         length);
PosternSecret *postern_secret_new_take     (char          *text);
PosternSecret *postern_secret_ref          (PosternSecret *self);
void           postern_secret_unref        (PosternSecret *self);
const char    *postern_secret_peek         (PosternSecret *self,
                                            gsize         *length);
gsize          postern_secret_get_length   (PosternSecret *self);
gboolean       postern_secret_is_empty     (PosternSecret *self);

/* Wiping what had to be an ordinary copy. */
void           postern_wipe                (gpointer       bytes,
                                            gsize          length);
void           postern_wipe_free           (char          *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternSecret, postern_secret_unref)

G_END_DECLS
