/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-global.h"

#include "runtime/postern-file.h"

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
