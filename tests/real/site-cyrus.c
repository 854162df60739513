/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "site-cyrus.h"

#include "real-files.h"
#include "site-dovecot.h"

static const RealServer cyrus = {
  .name = "Cyrus",
  .before = "sasldb.sh",
  .argv = { "@HOME@/root/usr/lib/cyrus/bin/master", "-D", "-C", "@HOME@/imapd.conf", "-M",
            "@HOME@/cyrus.conf", "-p", "@HOME@/cyrus.pid" },
  .environment = {
    "LD_LIBRARY_PATH=@LIBRARIES@",
    "KRB5_CONFIG=@HOME@/krb5.conf",
    "KRB5_KTNAME=@HOME@/services.keytab",
  },
  .doors = {
    { .port = "IMAP", .says = "* OK" },
    { .port = "IMAP_STRICT", .says = "* OK" },
    { .port = "IMAP_NEW", .says = "* OK" },
    { .port = "IMAPS" },
    { .port = "POP3", .says = "+OK" },
    { .port = "POP3_STRICT", .says = "+OK" },
    { .port = "POP3_NEW", .says = "+OK" },
    { .port = "POP3_SLOW", .says = "+OK" },
    { .port = "POP3S" },
  },
};

/* The folder of its libraries is called after the architecture. */
static gboolean
find_libraries (RealValues *values, GError **error)
{
  g_autofree char *lib = g_build_filename (real_values_get (values, "HOME"), "root/usr/lib", NULL);
  g_autoptr(GDir) dir = g_dir_open (lib, 0, error);
  const char *name;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *folder = g_build_filename (lib, name, NULL);
      g_autofree char *library = g_build_filename (folder, "libcyrus.so.0", NULL);

      if (!g_file_test (library, G_FILE_TEST_EXISTS))
        continue;
      real_values_set (values, "LIBRARIES", folder);
      return TRUE;
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "libcyrus.so.0 is not in %s", lib);
  return FALSE;
}

static gboolean
prepare (RealValues *values, GError **error)
{
  static const char *const folders[] = {
    "home/cyrus",       "home/cyrus/db",   "home/cyrus/lock",  "home/cyrus/log",
    "home/cyrus/mail",  "home/cyrus/msg",  "home/cyrus/proc",  "home/cyrus/ptclient",
    "home/cyrus/quota", "home/cyrus/user", "home/cyrus/sieve", "home/cyrus/socket",
  };
  uid_t user;
  gid_t group;

  real_files_get_user (&user, &group);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    if (!real_files_make_folder (values, folders[i], user, group, 0755, error))
      return FALSE;
  return find_libraries (values, error) && site_kerberos_prepare (values, error) &&
         real_files_install (values, "imapd.conf", error) &&
         real_files_install (values, "cyrus.conf", error);
}

const RealSite site_cyrus = {
  .user = "anna",
  .packages = { "cyrus-common", "cyrus-imapd", "cyrus-pop3d" },
  .prepare = prepare,
  .servers = { &server_kerberos, &cyrus },
};
