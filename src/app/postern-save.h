/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Asks for a file and writes @text to it; what came of it is said in a toast of the window that
 * @near is in. @name: what the file is called unless the user says otherwise. */
void postern_save_text (GtkWidget  *near,
                        const char *title,
                        const char *name,
                        const char *text);
/* A name for a file of @label, which a peer chose. */
char *postern_save_dup_name (const char *label,
                             const char *suffix);

G_END_DECLS
