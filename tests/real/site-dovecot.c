/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "site-dovecot.h"

#include "real-files.h"
#include "real-tokens.h"

const RealServer server_kerberos = {
  .name = "The KDC",
  .before = "kerberos.sh",
  .argv = { "krb5kdc", "-n" },
  .environment = { "KRB5_CONFIG=@HOME@/krb5.conf", "KRB5_KDC_PROFILE=@HOME@/kdc.conf" },
  .doors = { { .port = "KDC" } },
  .after = "tickets.sh",
};

const RealServer server_dovecot = {
  .name = "Dovecot",
  .argv = { "dovecot", "-F", "-c", "@HOME@/dovecot.conf" },
  .environment = { "KRB5_CONFIG=@HOME@/krb5.conf" },
  .doors = {
    { .path = "@HOME@/auth", .says = "VERSION" },
    { .port = "IMAP", .says = "* OK" },
    { .port = "IMAP_STRICT", .address = "127.0.0.2", .says = "* OK" },
    { .port = "IMAP_BARE", .address = "127.0.0.3", .says = "* OK" },
    { .port = "IMAPS" },
    { .port = "POP3", .says = "+OK" },
    { .port = "POP3_STRICT", .address = "127.0.0.2", .says = "+OK" },
    { .port = "POP3_BARE", .address = "127.0.0.3", .says = "+OK" },
    { .port = "POP3S" },
  },
};

gboolean
site_kerberos_prepare (RealValues *values, GError **error)
{
  static const char *const names[][2] = {
    { "KRB5_CONFIG", "@HOME@/krb5.conf" },
    { "TICKET", "FILE:@HOME@/anna.ticket" },
    { "OTHER_TICKET", "FILE:@HOME@/bert.ticket" },
    { "NO_TICKET", "FILE:@HOME@/no.ticket" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *value = real_values_expand (values, names[i][1]);

      real_values_set (values, names[i][0], value);
    }
  return real_files_install (values, "krb5.conf", error) &&
         real_files_install (values, "kdc.conf", error);
}

static gboolean
prepare (RealValues *values, GError **error)
{
  static const char *const folders[] = { "home/run", "home/state", "home/mail" };
  uid_t user;
  gid_t group;

  real_files_get_user (&user, &group);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    if (!real_files_make_folder (values, folders[i], user, group, 0755, error))
      return FALSE;
  return site_kerberos_prepare (values, error) && real_tokens_write_keys (values, "home", error) &&
         real_files_install (values, "users", error) &&
         real_files_install (values, "dovecot.conf", error);
}

const RealSite site_dovecot = {
  .user = "anna@postern.test",
  .prepare = prepare,
  .servers = { &server_kerberos, &server_dovecot },
  .logs = { "home/dovecot.log" },
};
