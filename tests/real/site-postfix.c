/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "site-postfix.h"

#include "postfix-folders.h"
#include "real-files.h"
#include "real-tokens.h"
#include "site-dovecot.h"

static const char main_cf[] =
  "compatibility_level = 3.6\n"
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
  "mydomain = postern.test\n"
  "mydestination = postern.test\n"
  "mynetworks =\n"
  "local_recipient_maps =\n"
  "alias_maps =\n"
  "alias_database =\n"
  "in_flow_delay = 0\n"
  "disable_dns_lookups = yes\n"
  "smtpd_peername_lookup = no\n"
  "smtpd_client_connection_count_limit = 0\n"
  "smtpd_error_sleep_time = 0\n"
  "smtpd_delay_reject = no\n"
  "smtpd_sasl_auth_enable = yes\n"
  "smtpd_sasl_type = dovecot\n"
  "smtpd_sasl_path = private/auth\n"
  "smtpd_sasl_security_options = noanonymous\n"
  "smtpd_tls_chain_files = @FOLDER@/server.pem\n"
  "smtpd_sender_restrictions = check_sender_access inline:{{refused@postern.test=REJECT}}\n"
  "smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination\n"
  "smtpd_recipient_restrictions =\n"
  "  check_recipient_access inline:{{refused@postern.test=REJECT}}\n";

/* The doors: clear text with the passwords in the open, without the tokens; STARTTLS, before
 * which nobody logs on; the same with an expired certificate, and with a certificate of the chain
 * left out; TLS from the first byte; two of which the log is read; and two with every mechanism. */
static const char master_cf[] =
  "127.0.0.1:@CLEAR@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_security_level=none\n"
  "  -o smtpd_sasl_mechanism_filter=plain,login\n"
  "127.0.0.1:@STARTTLS@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_security_level=may -o smtpd_tls_auth_only=yes\n"
  "127.0.0.1:@EXPIRED@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_security_level=may -o smtpd_tls_auth_only=yes\n"
  "  -o smtpd_tls_chain_files=@FOLDER@/expired.pem\n"
  "127.0.0.1:@INCOMPLETE@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_security_level=may -o smtpd_tls_auth_only=yes\n"
  "  -o smtpd_tls_chain_files=@FOLDER@/incomplete.pem\n"
  "127.0.0.1:@IMPLICIT@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_wrappermode=yes\n"
  "127.0.0.1:@WATCHED@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_security_level=may -o smtpd_tls_auth_only=yes -o syslog_name=watched\n"
  "127.0.0.1:@WATCHED_TLS@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_wrappermode=yes -o syslog_name=watched\n"
  "127.0.0.1:@SMTP@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_security_level=may -o smtpd_tls_ask_ccert=yes\n"
  "  -o smtpd_tls_CAfile=@FOLDER@/ca.pem -o smtpd_sasl_path=@HOME@/auth\n"
  "  -o smtpd_sasl_security_options=\n"
  "127.0.0.1:@SMTPS@ inet n - n - - smtpd\n"
  "  -o smtpd_tls_wrappermode=yes -o smtpd_tls_ask_ccert=yes\n"
  "  -o smtpd_tls_CAfile=@FOLDER@/ca.pem -o smtpd_sasl_path=@HOME@/auth\n"
  "  -o smtpd_sasl_security_options=\n"
  "tlsmgr unix - - n 1000? 1 tlsmgr\n"
  "rewrite unix - - n - - trivial-rewrite\n"
  "cleanup unix n - n - 0 cleanup\n"
  "anvil unix - - n - 1 anvil\n"
  "proxymap unix - - n - - proxymap\n"
  "bounce unix - - n - 0 bounce\n"
  "defer unix - - n - 0 bounce\n"
  "postlog unix-dgram n - n - 1 postlogd\n";

/* The penalty for failed logons would make each slower than the one before. */
static const char dovecot_conf[] = "base_dir = @FOLDER@/dovecot\n"
                                   "state_dir = @FOLDER@/state\n"
                                   "log_path = @FOLDER@/dovecot.log\n"
                                   "protocols =\n"
                                   "ssl = no\n"
                                   "auth_mechanisms = plain login xoauth2 oauthbearer\n"
                                   "auth_failure_delay = 0\n"
                                   "auth_verbose = yes\n"
                                   "disable_plaintext_auth = no\n"
                                   "passdb {\n"
                                   "  driver = passwd-file\n"
                                   "  mechanisms = plain login\n"
                                   "  args = scheme=PLAIN username_format=%u @FOLDER@/users\n"
                                   "}\n"
                                   "passdb {\n"
                                   "  driver = oauth2\n"
                                   "  mechanisms = xoauth2 oauthbearer\n"
                                   "  args = @FOLDER@/oauth2.conf\n"
                                   "}\n"
                                   "userdb {\n"
                                   "  driver = static\n"
                                   "  args = uid=65534 gid=65534 home=/nonexistent\n"
                                   "}\n"
                                   "service auth {\n"
                                   "  user = root\n"
                                   "  unix_listener @FOLDER@/queue/private/auth {\n"
                                   "    mode = 0600\n"
                                   "    user = postfix\n"
                                   "  }\n"
                                   "}\n"
                                   "service anvil {\n"
                                   "  unix_listener anvil-auth-penalty {\n"
                                   "    mode = 0\n"
                                   "  }\n"
                                   "}\n";

/* Line 2 and what follows are asked for by number in the tests. */
static const char mail_asn[] =
  "[DRIVER_SETTINGS]\n"
  "USYS$TLS_PARAMS verify_server=yes, ca_certificate=@CA@\n"
  "\n"
  "[NET_SETTINGS]\n"
  "right_profile = verify_server=yes, ca_cert=@CA@\n"
  "other_profile = verify_server=yes, ca_cert=@OTHER_CA@\n"
  "missing_profile = verify_server=yes, ca_cert=@FOLDER@/missing.pem\n"
  "unnamed_profile = verify_server=yes, ca_cert=@CA@, verify_server_name=no\n";

/* STARTTLS reads USYS$TLS_PARAMS and no profile. */
static const char other_asn[] = "[DRIVER_SETTINGS]\n"
                                "USYS$TLS_PARAMS verify_server=yes, ca_certificate=@OTHER_CA@\n"
                                "\n"
                                "[NET_SETTINGS]\n"
                                "right_profile = verify_server=yes, ca_cert=@CA@\n";

static gboolean
prepare (RealValues *values, GError **error)
{
  return site_dovecot.prepare (values, error) && postfix_folders_make (values, error) &&
         real_tokens_write_keys (values, "", error) &&
         real_files_write (values, "users", "@USER@:{PLAIN}@PASSWORD@\n", error) &&
         real_files_write (values, "password", "@PASSWORD@\n", error) &&
         real_files_write (values, "etc/main.cf", main_cf, error) &&
         real_files_write (values, "etc/master.cf", master_cf, error) &&
         real_files_write (values, "dovecot.conf", dovecot_conf, error) &&
         real_files_write (values, "mail.asn", mail_asn, error) &&
         real_files_write (values, "other.asn", other_asn, error);
}

static const RealServer dovecot = {
  .name = "the Dovecot with few mechanisms",
  .argv = { "dovecot", "-F", "-c", "@FOLDER@/dovecot.conf" },
  .root = TRUE,
  .doors = { { .path = "@FOLDER@/queue/private/auth", .says = "VERSION" } },
};

static const RealServer postfix = {
  .name = "Postfix",
  .argv = { "@POSTFIX@/master", "-d", "-c", "@FOLDER@/etc" },
  .root = TRUE,
  .doors = {
    { .port = "CLEAR", .says = "220" },
    { .port = "STARTTLS", .says = "220" },
    { .port = "EXPIRED", .says = "220" },
    { .port = "INCOMPLETE", .says = "220" },
    { .port = "IMPLICIT" },
    { .port = "WATCHED", .says = "220" },
    { .port = "WATCHED_TLS" },
    { .port = "SMTP", .says = "220" },
    { .port = "SMTPS" },
  },
};

const RealSite site_postfix = {
  .user = "anna@postern.test",
  .root = "a Postfix of their own",
  .prepare = prepare,
  .servers = { &server_kerberos, &server_dovecot, &dovecot, &postfix },
  .logs = { "dovecot.log", "postfix.log", "home/dovecot.log" },
};
