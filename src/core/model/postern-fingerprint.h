/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A SHA-256 as people compare it, "AB:CD:…", and back from what they type: in any case, with or
 * without colons and blanks; NULL where it is none. */
char *postern_fingerprint_format (const char *hex);
char *postern_fingerprint_parse  (const char *text);

G_END_DECLS
