/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "site-zoo.h"

#include "postfix-folders.h"
#include "real-files.h"

#include <gio/gio.h>
#include <string.h>

#define LOCAL "127.0.0.1"
#define ADDRESS_OF_V6 "127.0.0.12" /* where chains for such addresses are served */

/* Weak keys and signatures as well: the client is to say what it thinks of them. */
static const char dovecot_conf[] = "base_dir = @HOME@/run\n"
                                   "state_dir = @HOME@/state\n"
                                   "log_path = @HOME@/dovecot.log\n"
                                   "protocols = imap pop3\n"
                                   "default_internal_user = @SERVER_USER@\n"
                                   "default_internal_group = @SERVER_GROUP@\n"
                                   "default_login_user = @SERVER_USER@\n"
                                   "default_process_limit = 200\n"
                                   "first_valid_uid = 1\n"
                                   "mail_location = maildir:@HOME@/mail/%Lu\n"
                                   "ssl = required\n"
                                   "ssl_cipher_list = ALL:@SECLEVEL=0\n"
                                   "auth_mechanisms = plain\n"
                                   "auth_failure_delay = 0\n"
                                   "passdb {\n"
                                   "  driver = passwd-file\n"
                                   "  args = scheme=PLAIN username_format=%u @HOME@/users\n"
                                   "}\n"
                                   "userdb {\n"
                                   "  driver = static\n"
                                   "  args = uid=@SERVER_UID@ gid=@SERVER_GID@ home=@HOME@/mail\n"
                                   "}\n"
                                   "service imap-login {\n"
                                   "  chroot =\n"
                                   "  service_count = 0\n"
                                   "  process_min_avail = 1\n"
                                   "  inet_listener imap {\n"
                                   "    address = @ADDRESSES@\n"
                                   "    port = @IMAP@\n"
                                   "  }\n"
                                   "  inet_listener imaps {\n"
                                   "    address = @ADDRESSES@\n"
                                   "    port = @IMAPS@\n"
                                   "  }\n"
                                   "}\n"
                                   "service pop3-login {\n"
                                   "  chroot =\n"
                                   "  service_count = 0\n"
                                   "  process_min_avail = 1\n"
                                   "  inet_listener pop3 {\n"
                                   "    address = @ADDRESSES@\n"
                                   "    port = @POP3@\n"
                                   "  }\n"
                                   "  inet_listener pop3s {\n"
                                   "    address = @ADDRESSES@\n"
                                   "    port = @POP3S@\n"
                                   "  }\n"
                                   "}\n"
                                   "service auth {\n"
                                   "  user = @SERVER_USER@\n"
                                   "  chroot =\n"
                                   "  unix_listener @HOME@/auth {\n"
                                   "    mode = 0666\n"
                                   "  }\n"
                                   "}\n"
                                   "service auth-worker {\n"
                                   "  user = @SERVER_USER@\n"
                                   "  chroot =\n"
                                   "}\n"
                                   "service anvil {\n"
                                   "  chroot =\n"
                                   "}\n"
                                   "service stats {\n"
                                   "  chroot =\n"
                                   "}\n";

static const char main_cf[] = "compatibility_level = 3.6\n"
                              "queue_directory = @FOLDER@/queue\n"
                              "data_directory = @FOLDER@/data\n"
                              "daemon_directory = @POSTFIX@\n"
                              "mail_owner = postfix\n"
                              "setgid_group = postdrop\n"
                              "maillog_file = @FOLDER@/postfix.log\n"
                              "maillog_file_prefixes = @FOLDER@\n"
                              "inet_interfaces = 127.0.0.1\n"
                              "inet_protocols = ipv4\n"
                              "myhostname = mail.postern.test\n"
                              "mydestination = postern.test\n"
                              "mynetworks =\n"
                              "local_recipient_maps =\n"
                              "alias_maps =\n"
                              "alias_database =\n"
                              "disable_dns_lookups = yes\n"
                              "smtpd_peername_lookup = no\n"
                              "smtpd_client_connection_count_limit = 0\n"
                              "smtpd_sasl_auth_enable = yes\n"
                              "smtpd_sasl_type = dovecot\n"
                              "smtpd_sasl_path = @HOME@/auth\n"
                              "smtpd_sasl_security_options = noanonymous\n"
                              "smtpd_tls_auth_only = yes\n"
                              "smtpd_tls_security_level = may\n"
                              "tls_server_sni_maps = texthash:@FOLDER@/etc/sni\n"
                              "smtpd_relay_restrictions = permit_sasl_authenticated, reject\n";

static const char master_cf[] = "tlsmgr unix - - n 1000? 1 tlsmgr\n"
                                "rewrite unix - - n - - trivial-rewrite\n"
                                "cleanup unix n - n - 0 cleanup\n"
                                "anvil unix - - n - 1 anvil\n"
                                "proxymap unix - - n - - proxymap\n"
                                "postlog unix-dgram n - n - 1 postlogd\n";

const char *
site_zoo_address (const ZooChain *chain)
{
  if (chain->host == NULL || !g_hostname_is_ip_address (chain->host))
    return LOCAL;

  return strchr (chain->host, ':') != NULL ? ADDRESS_OF_V6 : chain->host;
}

char *
site_zoo_path (RealValues *values, const ZooChain *chain, const char *suffix)
{
  return g_strdup_printf ("%s/zoo/%s.%s", real_values_get (values, "FOLDER"), chain->name, suffix);
}

gboolean
site_zoo_has (const ZooChain *chain)
{
  return chain->not_served == NULL && !chain->raw && chain->staple == NULL &&
         (chain->not_by == NULL || strstr (chain->not_by, "Postfix") == NULL);
}

static gboolean
has_address (const ZooChain *chain)
{
  return strcmp (site_zoo_address (chain), LOCAL) != 0;
}

static gboolean
write_text (RealValues *values,
            const char *folder,
            const ZooChain *chain,
            const char *suffix,
            char *text,
            GError **error)
{
  g_autofree char *taken = text;
  g_autofree char *name = g_strdup_printf ("%s/%s.%s", folder, chain->name, suffix);

  return taken == NULL || real_files_write (values, name, taken, error);
}

static gboolean
write_staple (RealValues *values, const ZooChain *chain, GBytes *staple, GError **error)
{
  g_autoptr(GBytes) taken = staple;
  g_autofree char *path = site_zoo_path (values, chain, "ocsp");
  gsize length = 0;
  const char *bytes = taken != NULL ? g_bytes_get_data (taken, &length) : NULL;

  return bytes == NULL || g_file_set_contents (path, bytes, (gssize) length, error);
}

/* All but the server's own, or NULL. */
static char *
dup_rest (const char *pem)
{
  static const char end[] = "-----END CERTIFICATE-----\n";
  const char *rest = strstr (pem, end);

  if (rest == NULL || rest[sizeof end - 1] == '\0')
    return NULL;

  return g_strdup (rest + sizeof end - 1);
}

/* Dovecot reads its own as the user it runs as. */
static gboolean
write_chain (RealValues *values, ZooPki *pki, const ZooChain *chain, GError **error)
{
  g_autofree char *key = zoo_pki_key_pem (pki, chain);
  g_autofree char *pem = zoo_pki_chain_pem (pki, chain);

  return write_text (values, "zoo", chain, "ca.pem", zoo_pki_trust_pem (pki, chain), error) &&
         write_text (values, "zoo", chain, "crl.pem", zoo_pki_crl_pem (pki, chain), error) &&
         write_text (values, "zoo", chain, "key.pem", g_strdup (key), error) &&
         write_text (values, "zoo", chain, "chain.pem", g_strdup (pem), error) &&
         write_staple (values, chain, zoo_pki_staple (pki, chain), error) &&
         write_text (values, "zoo", chain, "rest.pem", dup_rest (pem), error) &&
         write_text (values, "zoo", chain, "pem", g_strconcat (key, pem, NULL), error) &&
         write_text (values, "home/zoo", chain, "pem", g_strconcat (key, pem, NULL), error);
}

static char *
dup_sni (const ZooChain *chain)
{
  g_autofree char *host = zoo_chain_host (chain);
  char *name = g_hostname_is_non_ascii (host) ? g_hostname_to_ascii (host) : g_strdup (host);

  if (g_str_has_suffix (name, "."))
    name[strlen (name) - 1] = '\0';

  return name;
}

static void
add_to_dovecot (GString *conf, const ZooChain *chain)
{
  g_autofree char *sni = dup_sni (chain);

  g_string_append_printf (conf,
                          "%s %s {\n"
                          "  ssl_cert = <@HOME@/zoo/%s.pem\n"
                          "  ssl_key = <@HOME@/zoo/%s.pem\n"
                          "}\n",
                          has_address (chain) ? "local" : "local_name",
                          has_address (chain) ? site_zoo_address (chain) : sni, chain->name,
                          chain->name);
}

static void
add_to_postfix (GString *master, GString *sni_map, const ZooChain *chain)
{
  g_autofree char *sni = dup_sni (chain);

  if (!has_address (chain))
    {
      g_string_append_printf (sni_map, "%s @FOLDER@/zoo/%s.pem\n", sni, chain->name);
      return;
    }

  for (guint implicit = 0; implicit < 2; implicit++)
    g_string_append_printf (master,
                            "%s:@%s@ inet n - n - - smtpd\n"
                            "  -o smtpd_tls_chain_files=@FOLDER@/zoo/%s.pem%s\n",
                            site_zoo_address (chain), implicit ? "SMTPS" : "SMTP", chain->name,
                            implicit ? " -o smtpd_tls_wrappermode=yes" : "");
}

static void
set_addresses (RealValues *values)
{
  g_autoptr(GString) addresses = g_string_new (LOCAL);

  for (const ZooChain *chain = zoo_chains; chain->name != NULL; chain++)
    if (has_address (chain))
      g_string_append_printf (addresses, ", %s", site_zoo_address (chain));
  real_values_set (values, "ADDRESSES", addresses->str);
}

static gboolean
write_zoo (RealValues *values, GError **error)
{
  g_autoptr(ZooPki) pki = zoo_pki_new ();
  g_autoptr(GString) dovecot = g_string_new (dovecot_conf);
  g_autoptr(GString) master = g_string_new (master_cf);
  g_autoptr(GString) sni_map = g_string_new (NULL);
  g_autoptr(GString) main = g_string_new (main_cf);

  g_string_append (dovecot, "ssl_cert = <@HOME@/zoo/good.pem\nssl_key = <@HOME@/zoo/good.pem\n");
  g_string_append (main, "smtpd_tls_chain_files = @FOLDER@/zoo/good.pem\n");
  g_string_append (master, "127.0.0.1:@SMTP@ inet n - n - - smtpd\n"
                           "127.0.0.1:@SMTPS@ inet n - n - - smtpd\n"
                           "  -o smtpd_tls_wrappermode=yes\n");
  for (const ZooChain *chain = zoo_chains; chain->name != NULL; chain++)
    {
      if (chain->not_served == NULL && !write_chain (values, pki, chain, error))
        return FALSE;
      if (!site_zoo_has (chain))
        continue;
      add_to_dovecot (dovecot, chain);
      add_to_postfix (master, sni_map, chain);
    }

  return real_files_write (values, "home/dovecot.conf", dovecot->str, error) &&
         real_files_write (values, "home/users", "@USER@:{PLAIN}@PASSWORD@\n", error) &&
         real_files_write (values, "etc/main.cf", main->str, error) &&
         real_files_write (values, "etc/master.cf", master->str, error) &&
         real_files_write (values, "etc/sni", sni_map->str, error);
}

static gboolean
prepare (RealValues *values, GError **error)
{
  static const char *const folders[] = { "home/run", "home/state", "home/mail", "home/zoo" };
  uid_t user;
  gid_t group;

  real_files_get_user (&user, &group);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    if (!real_files_make_folder (values, folders[i], user, group, 0755, error))
      return FALSE;
  set_addresses (values);

  return real_files_make_folder (values, "zoo", 0, 0, 0755, error) &&
         postfix_folders_make (values, error) && write_zoo (values, error);
}

static const RealServer dovecot = {
  .name = "Dovecot",
  .argv = { "dovecot", "-F", "-c", "@HOME@/dovecot.conf" },
  .doors = {
    { .path = "@HOME@/auth", .says = "VERSION" },
    { .port = "IMAP", .says = "* OK" },
    { .port = "IMAPS" },
    { .port = "POP3", .says = "+OK" },
    { .port = "POP3S" },
  },
};

static const RealServer postfix = {
  .name = "Postfix",
  .argv = { "@POSTFIX@/master", "-d", "-c", "@FOLDER@/etc" },
  .root = TRUE,
  .doors = {
    { .port = "SMTP", .says = "220" },
    { .port = "SMTPS" },
  },
};

const RealSite site_zoo = {
  .user = "anna@postern.test",
  .root = "a Postfix of their own",
  .prepare = prepare,
  .servers = { &dovecot, &postfix },
  .logs = { "postfix.log", "home/dovecot.log" },
};
