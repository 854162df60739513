/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-global.h"

#include "model/postern-error.h"
#include "runtime/postern-asn.h"
#include "runtime/postern-file.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

char *
postern_asn_find_global (const char *usys_dir)
{
  static const char *const names[] = { "USYS:usys.asn", "USYSADM:usys.asn" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = postern_file_resolve (names[i], NULL, usys_dir, NULL);

      if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }

  return NULL;
}

char *
postern_asn_choose_file (const char *local, const char *usys_dir)
{
  return *local != '\0' ? g_strdup (local) : postern_asn_find_global (usys_dir);
}

char *
postern_asn_find_place (
  const char *local, const char *usys_dir, const char *section, const char *name, GError **error)
{
  g_autofree char *path = postern_asn_choose_file (local, usys_dir);
  g_autoptr(PosternAsn) asn = path != NULL ? postern_asn_load (path, usys_dir, error) : NULL;
  const PosternAsnSetting *setting = NULL;
  g_autofree char *base = NULL;
  const char *file;

  if (path != NULL && asn == NULL)
    return NULL;
  if (asn != NULL)
    setting = postern_asn_lookup (asn, section, name);
  if (setting == NULL)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   /* Translators: a setting, and the section of a file that it was in */
                   _ ("%s is not in [%s] any more."), name, section);
      return NULL;
    }

  file = setting->global ? postern_asn_get_global_path (asn) : postern_asn_get_path (asn);
  base = g_path_get_basename (file);
  if (strcmp (base, setting->file) == 0)
    return g_strdup (file);

  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
               /* Translators: a setting, the file it is in, and the file that includes that one */
               _ ("%s stands in %s, which %s includes. Change it there."), name, setting->file,
               file);
  return NULL;
}

gboolean
postern_asn_is_same_file (const char *path, const char *other)
{
  GStatBuf one;
  GStatBuf two;

  if (strcmp (path, other) == 0)
    return TRUE;

  return g_stat (path, &one) == 0 && g_stat (other, &two) == 0 && one.st_dev == two.st_dev &&
         one.st_ino == two.st_ino;
}
