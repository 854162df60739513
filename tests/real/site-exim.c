/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "site-exim.h"

#include "real-files.h"
#include "site-dovecot.h"

/* It asks for its user by name before it reads anything: nss_wrapper knows him without a word to
 * the system. */
static const RealServer exim = {
  .name = "Exim",
  .before = "sasldb.sh",
  .argv = { "@HOME@/root/usr/sbin/exim4", "-C", "@HOME@/exim4.conf", "-bdf" },
  .environment = {
    "LD_PRELOAD=libnss_wrapper.so",
    "NSS_WRAPPER_PASSWD=@HOME@/passwd",
    "NSS_WRAPPER_GROUP=@HOME@/group",
    "SASL_CONF_PATH=@HOME@",
    "KRB5_CONFIG=@HOME@/krb5.conf",
    "KRB5_KTNAME=@HOME@/services.keytab",
  },
  .doors = {
    { .port = "SMTP", .says = "220" },
    { .port = "SMTP_STRICT", .says = "220" },
    { .port = "SMTPS" },
  },
};

static gboolean
prepare (RealValues *values, GError **error)
{
  static const char *const files[] = { "exim.conf", "exim4.conf", "exim-users", "passwd", "group" };
  uid_t user;
  gid_t group;

  real_files_get_user (&user, &group);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (!real_files_install (values, files[i], error))
      return FALSE;
  return real_files_make_folder (values, "home/spool", user, group, 0755, error) &&
         site_kerberos_prepare (values, error);
}

const RealSite site_exim = {
  .user = "anna",
  .packages = { "exim4-daemon-heavy" },
  .prepare = prepare,
  .servers = { &server_kerberos, &exim },
  .logs = { "home/exim-main.log", "home/exim-panic.log" },
};
