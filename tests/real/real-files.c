/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-files.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOME "home"

static gboolean
fail (const char *path, GError **error)
{
  int code = errno;

  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), "%s: %s", path,
               g_strerror (code));
  return FALSE;
}

void
real_files_get_user (uid_t *user, gid_t *group)
{
  const struct passwd *nobody = geteuid () == 0 ? getpwnam ("nobody") : NULL;

  *user = nobody != NULL ? nobody->pw_uid : geteuid ();
  *group = nobody != NULL ? nobody->pw_gid : getegid ();
}

gboolean
real_files_make_folder (
  RealValues *values, const char *name, uid_t user, gid_t group, mode_t mode, GError **error)
{
  g_autofree char *path = g_build_filename (real_values_get (values, "FOLDER"), name, NULL);

  if (g_mkdir (path, 0700) == 0 && chown (path, user, group) == 0 && g_chmod (path, mode) == 0)
    return TRUE;
  return fail (path, error);
}

gboolean
real_files_init (RealValues *values, GError **error)
{
  const struct passwd *passwd;
  const struct group *entry;
  g_autofree char *home = g_build_filename (real_values_get (values, "FOLDER"), HOME, NULL);
  uid_t user;
  gid_t group;

  real_files_get_user (&user, &group);
  passwd = getpwuid (user);
  if (passwd == NULL)
    return fail ("the user of the servers", error);
  real_values_set (values, "SERVER_USER", passwd->pw_name);
  entry = getgrgid (group);
  if (entry == NULL)
    return fail ("the group of the servers", error);
  real_values_set (values, "SERVER_GROUP", entry->gr_name);
  real_values_set_port (values, "SERVER_UID", user);
  real_values_set_port (values, "SERVER_GID", group);
  real_values_set (values, "HOME", home);
  return real_files_make_folder (values, HOME, user, group, 0711, error);
}

gboolean
real_files_write (RealValues *values, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (real_values_get (values, "FOLDER"), name, NULL);
  g_autofree char *expanded = real_values_expand (values, text);
  uid_t user;
  gid_t group;

  if (!g_file_set_contents_full (path, expanded, -1, G_FILE_SET_CONTENTS_NONE, 0600, error))
    return FALSE;
  real_files_get_user (&user, &group);
  if (!g_str_has_prefix (name, HOME "/") || chown (path, user, group) == 0)
    return TRUE;
  return fail (path, error);
}

gboolean
real_files_install (RealValues *values, const char *name, GError **error)
{
  g_autofree char *source = g_build_filename (g_getenv ("POSTERN_REAL_DATA"), name, NULL);
  g_autofree char *target = g_build_filename (HOME, name, NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (source, &text, NULL, error) &&
         real_files_write (values, target, text, error);
}
