/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What firewalls leave of a session of mail that they inspect: they overwrite what they do not
 * know, with "X" or with "*". */

/* Most of @text is asterisks, as in "220 ****************2***". */
gboolean postern_mangling_of_text    (const char *text);
/* @word is a keyword that was overwritten: "XXXA", "XXXXXXXA", "********". */
gboolean postern_mangling_of_word    (const char *word);
/* A server quotes a command that it did not understand, and what reached it was overwritten. */
gboolean postern_mangling_of_command (const char *reply);

G_END_DECLS
