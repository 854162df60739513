/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The time that a server tells in its greeting, in seconds since the epoch; 0 for none. */
gint64 postern_server_date_find (const char *greeting);

G_END_DECLS
