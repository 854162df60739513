/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-bundle-file.h"

#include "model/postern-error.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

static char *
get_folder (void)
{
  return g_build_filename (g_get_user_config_dir (), "postern", "trust", NULL);
}

/* A comma cannot be part of a TLS option, nor a slash of a name. */
static char *
to_name (const char *host)
{
  char *name = g_strdup (host);

  for (char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '.' && *p != '-')
      *p = '_';

  return name;
}

char *
postern_bundle_file_path (const char *host, const char *pem)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, pem, -1);
  g_autofree char *name = to_name (host);
  g_autofree char *file = g_strdup_printf ("%.64s-%.8s.pem", name, sum);
  g_autofree char *folder = get_folder ();

  return g_build_filename (folder, file, NULL);
}

gboolean
postern_bundle_file_write (const char *path, const char *pem, GError **error)
{
  g_autofree char *folder = get_folder ();
  g_autofree char *given = g_path_get_dirname (path);

  if (strcmp (folder, given) != 0)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("%s is not in the folder of Postern’s certificates."), path);
      return FALSE;
    }
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      int number = errno;

      g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (number),
                   _ ("The folder “%s” cannot be made: %s"), folder, g_strerror (number));
      return FALSE;
    }

  return g_file_set_contents_full (
    path, pem, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, error);
}
