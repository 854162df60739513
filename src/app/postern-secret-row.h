/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "model/postern-secret.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SECRET_ROW (postern_secret_row_get_type ())
G_DECLARE_FINAL_TYPE (PosternSecretRow, postern_secret_row, POSTERN, SECRET_ROW, AdwPreferencesRow)

/* A row to type a password or token into. GTK gives the text of whatever is GtkEditable to the
 * accessibility bus, passwords too; to the outside this row is one whose text is bullets. What is
 * typed stays in memory that is locked and wiped, and leaves as a secret only.
 *
 * Properties: activates-default (boolean), and those of GtkEditable. */
GtkWidget     *postern_secret_row_new        (void);
/* NULL when nothing is typed. */
PosternSecret *postern_secret_row_dup_secret (PosternSecretRow *self);
gboolean       postern_secret_row_is_empty   (PosternSecretRow *self);
void           postern_secret_row_clear      (PosternSecretRow *self);

G_END_DECLS
