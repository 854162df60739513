/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postfix-folders.h"

#include "real-files.h"

#include <gio/gio.h>
#include <grp.h>
#include <pwd.h>

/* The folders, with the owners that Postfix asks for. */
static gboolean
make_folders (RealValues *values, GError **error)
{
  static const char *const queues[] = {
    "active", "bounce", "corrupt", "defer",   "deferred", "flush",
    "hold",   "saved",  "trace",   "private", "incoming",
  };
  static const char *const plain[] = {
    "etc", "queue", "queue/pid", "dovecot", "state",
  };
  const struct passwd *owner = getpwnam ("postfix");
  uid_t user = owner != NULL ? owner->pw_uid : 0;
  const struct group *postdrop = getgrnam ("postdrop");
  gid_t drop = postdrop != NULL ? postdrop->gr_gid : 0;

  if (owner == NULL || postdrop == NULL)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                           "there is no user “postfix” or no group “postdrop”");
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    if (!real_files_make_folder (values, plain[i], 0, 0, 0755, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (queues); i++)
    {
      g_autofree char *name = g_build_filename ("queue", queues[i], NULL);

      if (!real_files_make_folder (values, name, user, 0, 0700, error))
        return FALSE;
    }
  return real_files_make_folder (values, "data", user, 0, 0700, error) &&
         real_files_make_folder (values, "queue/maildrop", user, drop, 0730, error) &&
         real_files_make_folder (values, "queue/public", user, drop, 02710, error);
}

static char *
find_postfix (void)
{
  static const char *const folders[] = { "/usr/lib/postfix/sbin", "/usr/libexec/postfix",
                                         "/usr/lib/postfix/bin", "/usr/lib/postfix" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *master = g_build_filename (folders[i], "master", NULL);

      if (g_file_test (master, G_FILE_TEST_IS_EXECUTABLE))
        return g_strdup (folders[i]);
    }
  return NULL;
}

gboolean
postfix_folders_make (RealValues *values, GError **error)
{
  g_autofree char *postfix = find_postfix ();

  if (postfix == NULL)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "Postfix is not installed");
      return FALSE;
    }
  real_values_set (values, "POSTFIX", postfix);

  return make_folders (values, error);
}
