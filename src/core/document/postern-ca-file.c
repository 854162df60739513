/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-ca-file.h"

#include "document/postern-safe-file.h"
#include "runtime/postern-bundle-file.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static gboolean
make_folder (const char *folder, GError **error)
{
  int number;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;
  number = errno;
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), _ ("%s: %s"), folder,
               g_strerror (number));
  return FALSE;
}

char *
postern_ca_file_write (const char *folder, const char *host, const char *pem, GError **error)
{
  const PosternFileState nothing = { 0 };
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autofree char *there = NULL;

  g_return_val_if_fail (folder != NULL && host != NULL && pem != NULL, NULL);

  name = postern_bundle_file_name (host, pem);
  path = g_build_filename (folder, name, NULL);
  if (!make_folder (folder, error))
    return NULL;
  if (g_file_get_contents (path, &there, NULL, NULL) && strcmp (there, pem) == 0)
    return g_steal_pointer (&path);
  if (!postern_safe_file_write (path, pem, strlen (pem), &nothing, error))
    return NULL;

  return g_steal_pointer (&path);
}
