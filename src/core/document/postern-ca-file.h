/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes @pem, certificates to trust for @host, as a file of its own into @folder, which is made
 * where it is not there. What is in it decides its name too, so that one is never written over
 * another. Returns its path; NULL with @error: the file and the reason. */
char *postern_ca_file_write (const char  *folder,
                             const char  *host,
                             const char  *pem,
                             GError     **error);

G_END_DECLS
