/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-bundle-file.h"

#include "model/postern-error.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

/* A host name is at most 253 bytes, and a file name 255 with what comes after it. */
#define MAX_HOST 100
#define N_DIGITS 16

char *
postern_bundle_file_name (const char *host, const char *pem)
{
  g_autofree char *name = g_strndup (host, MAX_HOST);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, pem, -1);

  /* An IPv6 address has colons, and what is no name of a host does not get into that of a file. */
  g_strcanon (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-.", '-');
  if (*name == '.')
    *name = '-';
  sum[N_DIGITS] = '\0';

  return g_strdup_printf ("%s-%s.pem", name, sum);
}

char *
postern_bundle_file_folder (void)
{
  return g_build_filename (g_get_user_config_dir (), "postern", "trusted", NULL);
}

char *
postern_bundle_file_path (const char *host, const char *pem)
{
  g_autofree char *folder = postern_bundle_file_folder ();
  g_autofree char *name = postern_bundle_file_name (host, pem);

  return g_build_filename (folder, name, NULL);
}

gboolean
postern_bundle_file_write (const char *path, const char *pem, GError **error)
{
  g_autofree char *folder = postern_bundle_file_folder ();
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
