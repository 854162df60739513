/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes of a peer as text that can be shown as it is: UTF-8; control and format characters (those
 * that turn the direction of text too) and bytes that are not UTF-8 are written \xNN. */
char *postern_printable (const char *bytes,
                         gsize       length);

G_END_DECLS
