/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "site-scan.h"

#include "postfix-folders.h"
#include "real-files.h"

#include <gio/gio.h>

/* 127.0.0.1: TLS 1.2 and 1.3 in the server's order, two suites, two groups. 127.0.0.2: TLS 1.3
 * alone. 127.0.0.3: TLS 1.0 to 1.2 in the client's order, and the client is asked for a
 * certificate. */
static const char dovecot_conf[] =
  "base_dir = @HOME@/run\n"
  "state_dir = @HOME@/state\n"
  "log_path = @HOME@/dovecot.log\n"
  "protocols = imap pop3\n"
  "default_internal_user = @SERVER_USER@\n"
  "default_internal_group = @SERVER_GROUP@\n"
  "default_login_user = @SERVER_USER@\n"
  "first_valid_uid = 1\n"
  "mail_location = maildir:@HOME@/mail/%Lu\n"
  "ssl = required\n"
  "ssl_cert = <@HOME@/server.pem\n"
  "ssl_key = <@HOME@/server.pem\n"
  "ssl_ca = <@HOME@/ca.pem\n"
  "ssl_require_crl = no\n"
  "ssl_min_protocol = TLSv1.2\n"
  "ssl_cipher_list = ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384\n"
  "ssl_prefer_server_ciphers = yes\n"
  "ssl_curve_list = P-384:X25519\n"
  "local 127.0.0.2 {\n"
  "  ssl_min_protocol = TLSv1.3\n"
  "  ssl_prefer_server_ciphers = no\n"
  "}\n"
  "local 127.0.0.3 {\n"
  "  ssl_min_protocol = TLSv1\n"
  "  ssl_cipher_list = ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0\n"
  "  ssl_prefer_server_ciphers = no\n"
  "  ssl_verify_client_cert = yes\n"
  "}\n"
  "auth_mechanisms = plain\n"
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
  "  process_limit = 1\n"
  "  inet_listener imap {\n"
  "    address = 127.0.0.1 127.0.0.3\n"
  "    port = @IMAP@\n"
  "  }\n"
  "  inet_listener imaps {\n"
  "    address = 127.0.0.1 127.0.0.2\n"
  "    port = @IMAPS@\n"
  "  }\n"
  "}\n"
  "service pop3-login {\n"
  "  chroot =\n"
  "  service_count = 0\n"
  "  process_min_avail = 1\n"
  "  process_limit = 1\n"
  "  inet_listener pop3 {\n"
  "    address = 127.0.0.1 127.0.0.2\n"
  "    port = @POP3@\n"
  "  }\n"
  "  inet_listener pop3s {\n"
  "    address = 127.0.0.1 127.0.0.3\n"
  "    port = @POP3S@\n"
  "  }\n"
  "}\n"
  "service auth {\n"
  "  user = @SERVER_USER@\n"
  "  chroot =\n"
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
                              "anvil_rate_time_unit = 5s\n"
                              "smtpd_tls_security_level = may\n"
                              "smtpd_tls_chain_files = @FOLDER@/server.pem\n"
                              "smtpd_tls_protocols = >=TLSv1.2\n"
                              "smtpd_tls_mandatory_protocols = >=TLSv1.2\n"
                              "smtpd_tls_ciphers = high\n"
                              "smtpd_tls_mandatory_ciphers = high\n"
                              "tls_high_cipherlist = ECDHE-ECDSA-CHACHA20-POLY1305:"
                              "ECDHE-ECDSA-AES256-GCM-SHA384\n"
                              "tls_preempt_cipherlist = yes\n"
                              "tls_eecdh_auto_curves = X25519, prime256v1\n"
                              "smtpd_relay_restrictions = reject\n";

/* STARTTLS; TLS 1.2 alone from the first byte; one connection of a client at a time; so many
 * handshakes of a client in five seconds. */
static const char master_cf[] =
  "127.0.0.1:@SMTP@ inet n - n - - smtpd\n"
  "127.0.0.1:@SMTPS@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_wrappermode=yes -o smtpd_tls_mandatory_protocols=TLSv1.2\n"
  "127.0.0.1:@ONE@ inet n - n - - smtpd\n"
  "  -o smtpd_client_connection_count_limit=1\n"
  "127.0.0.1:@RATED@ inet n - n - - smtpd\n"
  "  -o smtpd_client_new_tls_session_rate_limit=25\n"
  "127.0.0.1:@RATED_TLS@ inet n - n - - smtpd\n"
  "  -o smtpd_client_new_tls_session_rate_limit=25 -o smtpd_tls_wrappermode=yes\n"
  "tlsmgr unix - - n 1000? 1 tlsmgr\n"
  "rewrite unix - - n - - trivial-rewrite\n"
  "cleanup unix n - n - 0 cleanup\n"
  "anvil unix - - n - 1 anvil\n"
  "proxymap unix - - n - - proxymap\n"
  "postlog unix-dgram n - n - 1 postlogd\n";

/* STARTTLS reads USYS$TLS_PARAMS. */
static const char mail_asn[] =
  "[DRIVER_SETTINGS]\n"
  "USYS$TLS_PARAMS verify_server=yes, ca_certificate=@OTHER_CA@\n"
  "\n"
  "[NET_SETTINGS]\n"
  "good = verify_server=yes, ca_cert=@CA@, cipher_list=ECDHE-ECDSA-AES256-GCM-SHA384\n"
  "new = verify_server=yes, ca_cert=@CA@, min_tls_version=1.3\n"
  "rsa = verify_server=yes, ca_cert=@CA@, cipher_list=AES256-SHA\n";

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
  return postfix_folders_make (values, error) &&
         real_files_write (values, "home/dovecot.conf", dovecot_conf, error) &&
         real_files_write (values, "home/users", "@USER@:{PLAIN}@PASSWORD@\n", error) &&
         real_files_write (values, "etc/main.cf", main_cf, error) &&
         real_files_write (values, "etc/master.cf", master_cf, error) &&
         real_files_write (values, "mail.asn", mail_asn, error);
}

static const RealServer dovecot = {
  .name = "Dovecot",
  .argv = { "dovecot", "-F", "-c", "@HOME@/dovecot.conf" },
  .doors = {
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
    { .port = "ONE", .says = "220" },
    { .port = "RATED", .says = "220" },
    { .port = "RATED_TLS" },
  },
};

const RealSite site_scan = {
  .user = "anna@postern.test",
  .root = "a Postfix of their own",
  .prepare = prepare,
  .servers = { &dovecot, &postfix },
  .logs = { "postfix.log", "home/dovecot.log" },
};
