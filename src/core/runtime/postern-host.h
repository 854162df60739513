/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Host names, ports and the text around them: what the grammars of all systems share. Positions
 * are byte offsets; postern_text_column() makes a column of one. */

gboolean    postern_text_check    (const char  *text,
                                   gsize        limit,
                                   gsize       *offset,
                                   GError     **error);
guint       postern_text_column   (const char  *text,
                                   gsize        offset);
gboolean    postern_host_is_ipv6  (const char  *host);
char       *postern_host_to_ascii (const char  *host,
                                   gsize       *offset,
                                   GError     **error);
gboolean    postern_port_parse    (const char  *digits,
                                   guint16     *port,
                                   gsize       *offset,
                                   GError     **error);

G_END_DECLS
