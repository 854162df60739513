/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Files with trusted certificates that Postern made, in the user's folder of settings. Their names
 * come from what is in them, so that none is ever written over another. */
char     *postern_bundle_file_name   (const char  *host,
                                      const char  *pem);
char     *postern_bundle_file_folder (void);
/* Its place in that folder. */
char     *postern_bundle_file_path   (const char  *host,
                                      const char  *pem);
/* @path as above; refused elsewhere. */
gboolean  postern_bundle_file_write  (const char  *path,
                                      const char  *pem,
                                      GError     **error);

G_END_DECLS
