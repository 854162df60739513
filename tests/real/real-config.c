/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-config.h"

#include "test-pki.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
 * left out; TLS from the first byte; and two of which the log is read. */
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

static const char oauth2_conf[] = "introspection_mode = local\n"
                                  "local_validation_key_dict = fs:posix:prefix=@FOLDER@/keys/\n"
                                  "username_attribute = sub\n";

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
write_file (RealValues *values, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (real_values_get (values, "FOLDER"), name, NULL);
  g_autofree char *expanded = real_values_expand (values, text);

  return g_file_set_contents_full (path, expanded, -1, G_FILE_SET_CONTENTS_NONE, 0600, error);
}

static gboolean
make_folder (
  RealValues *values, const char *name, uid_t user, gid_t group, mode_t mode, GError **error)
{
  g_autofree char *path = g_build_filename (real_values_get (values, "FOLDER"), name, NULL);

  if (g_mkdir (path, 0700) == 0 && chown (path, user, group) == 0 && g_chmod (path, mode) == 0)
    return TRUE;

  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
               g_strerror (errno));
  return FALSE;
}

/* The folders, with the owners that Postfix asks for. */
static gboolean
make_folders (RealValues *values, GError **error)
{
  static const char *const queues[] = {
    "active", "bounce", "corrupt", "defer",   "deferred", "flush",
    "hold",   "saved",  "trace",   "private", "incoming",
  };
  static const char *const plain[] = {
    "etc", "queue", "queue/pid", "dovecot", "state", "keys", "keys/default", "keys/default/HS256",
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
    if (!make_folder (values, plain[i], 0, 0, 0755, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (queues); i++)
    {
      g_autofree char *name = g_build_filename ("queue", queues[i], NULL);

      if (!make_folder (values, name, user, 0, 0700, error))
        return FALSE;
    }
  return make_folder (values, "data", user, 0, 0700, error) &&
         make_folder (values, "queue/maildrop", user, drop, 0730, error) &&
         make_folder (values, "queue/public", user, drop, 02710, error);
}

/* A key, then the chain as the server is to send it. */
static gboolean
write_chain (RealValues *values, const char *name, TestCert *leaf, TestCert *next, GError **error)
{
  g_autofree char *key = test_cert_key_pem (leaf);
  g_autofree char *chain = test_cert_pem (leaf, next, NULL);
  g_autofree char *text = g_strconcat (key, chain, NULL);

  return write_file (values, name, text, error);
}

static gboolean
write_authority (
  RealValues *values, const char *value, const char *name, TestCert *root, GError **error)
{
  g_autofree char *path = g_build_filename (real_values_get (values, "FOLDER"), name, NULL);
  g_autofree char *pem = test_cert_pem (root, NULL);

  real_values_set (values, value, path);
  return write_file (values, name, pem, error);
}

static gboolean
write_certificates (RealValues *values, GError **error)
{
  const guint sign = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
  const TestCertSpec root_spec = { .cn = "Postern test root", .ca = TRUE, .usage = sign };
  const TestCertSpec other_spec = { .cn = "Another root", .ca = TRUE, .usage = sign };
  const TestCertSpec issuing_spec = {
    .cn = "Postern test issuing authority", .ca = TRUE, .below = 1, .usage = sign
  };
  TestCertSpec leaf_spec = {
    .cn = "localhost",
    .dns = "localhost",
    .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
    .purpose = GNUTLS_KP_TLS_WWW_SERVER,
  };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) other = test_cert_new (&other_spec, NULL, NULL);
  g_autoptr(TestCert) issuing = test_cert_new (&issuing_spec, root, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, issuing, NULL);
  g_autoptr(TestCert) expired = NULL;

  leaf_spec.from_days = -30;
  leaf_spec.to_days = -2;
  expired = test_cert_new (&leaf_spec, issuing, NULL);

  return write_authority (values, "CA", "ca.pem", root, error) &&
         write_authority (values, "OTHER_CA", "other-ca.pem", other, error) &&
         write_chain (values, "server.pem", leaf, issuing, error) &&
         write_chain (values, "incomplete.pem", leaf, NULL, error) &&
         write_chain (values, "expired.pem", expired, issuing, error);
}

static char *
base64url (const void *data, gsize length)
{
  char *text = g_base64_encode (data, length);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

/* A JSON Web Token (RFC 7519) for the user, signed with HMAC-SHA-256 and the value TOKEN_KEY. */
static char *
make_token (RealValues *values, int seconds)
{
  const char *header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
  const char *key = real_values_get (values, "TOKEN_KEY");
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *claims =
    g_strdup_printf ("{\"sub\":\"%s\",\"iat\":%" G_GINT64_FORMAT ",\"exp\":%" G_GINT64_FORMAT "}",
                     real_values_get (values, "USER"), now - 7200, now + seconds);
  g_autofree char *first = base64url (header, strlen (header));
  g_autofree char *second = base64url (claims, strlen (claims));
  g_autofree char *text = g_strconcat (first, ".", second, NULL);
  g_autoptr(GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) key, strlen (key));
  g_autofree char *signature = NULL;
  guint8 digest[32];
  gsize length = sizeof digest;

  g_hmac_update (hmac, (const guchar *) text, -1);
  g_hmac_get_digest (hmac, digest, &length);
  signature = base64url (digest, length);
  return g_strconcat (text, ".", signature, NULL);
}

static gboolean
write_tokens (RealValues *values, GError **error)
{
  const char *key = real_values_get (values, "TOKEN_KEY");
  g_autofree char *encoded = g_base64_encode ((const guchar *) key, strlen (key));
  g_autofree char *token = make_token (values, 3600);
  g_autofree char *expired = make_token (values, -3600);

  real_values_set (values, "TOKEN", token);
  real_values_set (values, "EXPIRED_TOKEN", expired);
  return write_file (values, "oauth2.conf", oauth2_conf, error) &&
         write_file (values, "keys/default/HS256/default", encoded, error);
}

gboolean
real_config_write (RealValues *values, GError **error)
{
  return make_folders (values, error) && write_certificates (values, error) &&
         write_tokens (values, error) &&
         write_file (values, "users", "@USER@:{PLAIN}@PASSWORD@\n", error) &&
         write_file (values, "password", "@PASSWORD@\n", error) &&
         write_file (values, "etc/main.cf", main_cf, error) &&
         write_file (values, "etc/master.cf", master_cf, error) &&
         write_file (values, "dovecot.conf", dovecot_conf, error) &&
         write_file (values, "mail.asn", mail_asn, error) &&
         write_file (values, "other.asn", other_asn, error);
}

char *
real_config_find_postfix (void)
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
