/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "gnutls-peer.h"
#include "model/postern-finding.h"
#include "scan-fixture.h"
#include "scan/postern-scan-staple.h"
#include "scan/postern-scan-weakness.h"
#include "test-pki.h"

#include <glib/gstdio.h>
#include <gnutls/abstract.h>

/* What takes a handshake that is finished: resumption, ALPN in TLS 1.3, stapling and what it says,
 * the client's certificate, SNI, the certificates of each kind. Against OpenSSL, which was told
 * what to do; and against GnuTLS the lists, which that library orders and names in its own way. */

#define HOST "mail.example.org"

#define UNKNOWN POSTERN_SCAN_UNKNOWN
#define NO POSTERN_SCAN_NO
#define YES POSTERN_SCAN_YES

/* Files by name, of each the certificates and the key. "namesake" has "ca" behind it. */
typedef struct
{
  const char *name;
  char *pem;
  char *key;
} Identity;

static Identity identities[] = { { "ca" }, { "rsa" }, { "ec" }, { "other" }, { "namesake" } };
static char *serial; /* of "rsa" */
static char *ec_pem, *ec_key;

static void
keep_identity (Identity *identity, TestCert *cert, TestCert *issuer)
{
  g_autofree char *pem = test_cert_pem (cert, issuer, NULL);
  g_autofree char *key = test_cert_key_pem (cert);

  identity->pem = test_write_file (pem);
  identity->key = test_write_file (key);
}

static void
make_identities (void)
{
  const TestCertSpec ca_spec = {
    .cn = "An authority", .ca = TRUE, .rsa_bits = 2048, .no_ids = TRUE
  };
  const TestCertSpec rsa_spec = { .cn = HOST, .dns = HOST, .rsa_bits = 2048, .no_ids = TRUE };
  const TestCertSpec ec_spec = { .cn = HOST, .dns = HOST };
  const TestCertSpec other_spec = { .cn = "other", .dns = "other.example.org", .rsa_bits = 2048 };
  g_autoptr(TestCert) ca = test_cert_new (&ca_spec, NULL, NULL);
  g_autoptr(TestCert) namesake = test_cert_new (&ca_spec, NULL, NULL);
  g_autoptr(TestCert) rsa = test_cert_new (&rsa_spec, ca, NULL);
  g_autoptr(TestCert) ec = test_cert_new (&ec_spec, ca, NULL);
  g_autoptr(TestCert) other = test_cert_new (&other_spec, ca, NULL);
  g_autoptr(GBytes) der = test_cert_der (rsa);
  g_autoptr(PosternCertificate) read = postern_certificate_new_from_der (der, NULL);

  keep_identity (&identities[0], ca, NULL);
  keep_identity (&identities[1], rsa, ca);
  keep_identity (&identities[2], ec, ca);
  keep_identity (&identities[3], other, ca);
  keep_identity (&identities[4], namesake, ca);
  serial = g_ascii_strup (postern_certificate_get_serial (read), -1);
  ec_pem = test_cert_pem (ec, ca, NULL);
  ec_key = test_cert_key_pem (ec);
}

/* "@rsa@" is the file of the certificates, "@rsa-key@" that of the key. */
static char *
expand (const char *options)
{
  g_autoptr(GString) text = g_string_new (options);

  for (gsize i = 0; i < G_N_ELEMENTS (identities); i++)
    {
      g_autofree char *pem = g_strdup_printf ("@%s@", identities[i].name);
      g_autofree char *key = g_strdup_printf ("@%s-key@", identities[i].name);

      g_string_replace (text, pem, identities[i].pem, 0);
      g_string_replace (text, key, identities[i].key, 0);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static PosternScanResult *
scan_as (const char *host, guint16 port, PosternProtocol protocol)
{
  PosternScanRequest request = { .host = (char *) host,
                                 .connect_host = (char *) "127.0.0.1",
                                 .port = port,
                                 .protocol = protocol,
                                 .total_ms = 30000 };
  g_autoptr(GError) error = NULL;
  PosternScanResult *result = scan (&request, NULL, &error);

  g_assert_no_error (error);
  g_assert_false (result->timed_out || result->limited || result->cancelled);
  for (guint i = 0; i < result->troubles->len; i++)
    g_test_message ("trouble: %s", (char *) g_ptr_array_index (result->troubles, i));
  return result;
}

static PosternScanResult *
scan_port (guint16 port, PosternProtocol protocol)
{
  return scan_as (HOST, port, protocol);
}

/* --- OpenSSL --- */

#define PLAIN "-cert @rsa@ -key @rsa-key@ -cert_chain @ca@ "

/* In the columns of versions, TLS 1.2 is first. */
typedef struct
{
  const char *name;
  const char *options;
  PosternProtocol protocol;
  PosternScanAnswer finished[2];
  PosternScanAnswer ids; /* TLS 1.2 */
  PosternScanAnswer tickets[2];
  PosternScanAnswer name_matters;
  PosternScanAnswer asked;
  PosternScanAnswer required;
  const char *alpn;
  const char *keys; /* of the certificates, in order */
} Case;

/* clang-format off */
static const Case cases[] = {
  { "plain", PLAIN, 0, { YES, YES }, YES, { YES, YES }, NO, NO, UNKNOWN, "", "RSA 2048" },
  { "no-tickets", PLAIN "-no_ticket -num_tickets 0", 0, { YES, YES }, YES, { NO, NO },
    NO, NO, UNKNOWN, "", "RSA 2048" },
  { "no-sessions", PLAIN "-no_ticket -no_cache -num_tickets 0", 0, { YES, YES }, NO, { NO, NO },
    NO, NO, UNKNOWN, "", "RSA 2048" },
  { "asks", PLAIN "-verify 1 -verify_quiet -CAfile @ca@", 0, { YES, YES }, YES, { YES, YES },
    NO, YES, NO, "", "RSA 2048" },
  { "requires", PLAIN "-Verify 1 -verify_quiet -CAfile @ca@", 0, { NO, NO }, UNKNOWN,
    { UNKNOWN, UNKNOWN }, NO, YES, YES, "", "RSA 2048" },
  { "alpn", PLAIN "-alpn imap,pop3", POSTERN_PROTOCOL_POP3, { YES, YES }, YES, { YES, YES },
    NO, NO, UNKNOWN, "pop3", "RSA 2048" },
  { "alpn-of-others", PLAIN "-alpn h2", POSTERN_PROTOCOL_IMAP, { YES, YES }, YES, { YES, YES },
    NO, NO, UNKNOWN, "", "RSA 2048" },
  { "by-name", "-cert @other@ -key @other-key@ -servername " HOST " -cert2 @ec@ -key2 @ec-key@", 0,
    { YES, YES }, YES, { YES, YES }, YES, NO, UNKNOWN, "", "EC 256" },
  { "two-keys", PLAIN "-dcert @ec@ -dkey @ec-key@", 0, { YES, YES }, YES, { YES, YES },
    NO, NO, UNKNOWN, "", "EC 256, RSA 2048" },
};
/* clang-format on */

static char *
list_keys (const PosternScanResult *result)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < result->chains->len; i++)
    {
      const PosternScanChain *chain = g_ptr_array_index (result->chains, i);

      g_assert_cmpuint (chain->certificates->len, ==, chain->ders->len);
      g_string_append_printf (
        text, "%s%s", i > 0 ? ", " : "",
        postern_certificate_get_key (g_ptr_array_index (chain->certificates, 0)));
    }
  return g_string_free (text, FALSE);
}

static void
test_openssl (gconstpointer data)
{
  const Case *test = data;
  g_autofree char *options = expand (test->options);
  g_autoptr(Server) server = server_new (options);
  g_autoptr(PosternScanResult) result = scan_port (server->port, test->protocol);
  g_autofree char *keys = list_keys (result);

  for (guint i = 0; i < 2; i++)
    {
      const PosternScanVersion *version = &result->versions[2 + i];

      g_assert_true (version->spoken && version->complete);
      g_assert_cmpint (version->finished, ==, test->finished[i]);
      g_assert_cmpint (version->resumes_ticket, ==, test->tickets[i]);
      g_assert_cmpint (version->resumes_id, ==, i == 0 ? test->ids : UNKNOWN);
      g_assert_cmpint (version->stapled, ==, NO);
      if (test->required != YES)
        g_assert_cmpstr (version->alpn, ==, test->alpn);
    }
  g_assert_cmpint (result->name_matters, ==, test->name_matters);
  g_assert_cmpint (result->certificate_asked, ==, test->asked);
  g_assert_cmpint (result->certificate_required, ==, test->required);
  g_assert_cmpstr (keys, ==, test->keys);
  g_assert_cmpuint (result->troubles->len, ==, 0);
}

/* A dot at the end belongs to the DNS, and not into SNI (RFC 6066, 3). */
static void
test_final_dot (void)
{
  g_autofree char *options =
    expand ("-cert @other@ -key @other-key@ -servername " HOST " -cert2 @ec@ -key2 @ec-key@");
  g_autoptr(Server) server = server_new (options);
  g_autoptr(PosternScanResult) result = scan_as (HOST ".", server->port, POSTERN_PROTOCOL_SMTP);
  g_autofree char *keys = list_keys (result);

  g_assert_cmpstr (keys, ==, "EC 256");
  g_assert_cmpint (result->name_matters, ==, YES);
}

static void
run_command (const char *command)
{
  g_auto (GStrv) argv = g_strsplit (command, " ", -1);
  g_autoptr(GError) error = NULL;
  g_autofree char *complaint = NULL;
  int status;

  g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                NULL, &complaint, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, NULL))
    g_error ("%s: %s", command, complaint);
}

/* GnuTLS does not know the curve of the key, so that no handshake can be finished here. What is
 * sent in clear text is seen all the same. */
static void
test_foreign_curve (void)
{
  g_autofree char *pem = test_write_file ("");
  g_autofree char *key = test_write_file ("");
  g_autofree char *make_key =
    g_strdup_printf ("openssl ecparam -name brainpoolP256r1 -genkey -noout -out %s", key);
  g_autofree char *make_pem =
    g_strdup_printf ("openssl req -x509 -key %s -out %s -subj /CN=" HOST " -days 90", key, pem);
  g_autofree char *options = NULL;
  g_autoptr(Server) server = NULL;
  g_autoptr(PosternScanResult) result = NULL;

  run_command (make_key);
  run_command (make_pem);
  options = g_strdup_printf ("-cert %s -key %s -tls1_2 -curves X25519:brainpoolP256r1", pem, key);
  server = server_new (options);
  result = scan_port (server->port, POSTERN_PROTOCOL_SMTP);
  g_assert_true (result->versions[2].spoken && result->versions[2].complete);
  g_assert_cmpint (result->versions[2].finished, ==, NO);
  g_assert_cmpint (result->name_matters, ==, UNKNOWN);
  g_assert_cmpuint (result->chains->len, ==, 1);
  g_assert_cmpuint (result->troubles->len, ==, 1);
  g_remove (pem);
  g_remove (key);
}

/* --- Keys that cost too much --- */

static char *
make_files (const char *make_key, const char *make_pem)
{
  g_autofree char *pem = test_write_file ("");
  g_autofree char *key = test_write_file ("");
  g_autoptr(GString) first = g_string_new (make_key);
  g_autoptr(GString) second = g_string_new (make_pem);

  g_string_replace (first, "@", key, 0);
  g_string_replace (second, "@", key, 0);
  run_command (first->str);
  g_string_append (second, pem);
  run_command (second->str);
  return g_strdup_printf ("-cert %s -key %s", pem, key);
}

/* An exponent of more than 64 bits. What such a key is asked for costs as much as the server likes:
 * the handshake ends before, in both forms of the message. */
static void
test_costly_exponent (void)
{
  g_autofree char *options =
    make_files ("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 "
                "-pkeyopt rsa_keygen_pubexp:36893488147419103363 -out @",
                "openssl req -x509 -key @ -subj /CN=" HOST " -days 90 -out ");
  g_auto (GStrv) words = g_strsplit (options, " ", -1);
  g_autoptr(Server) server = server_new (options);
  g_autoptr(PosternScanResult) result = scan_port (server->port, POSTERN_PROTOCOL_SMTP);
  const char *trouble;

  for (guint i = 2; i < 4; i++)
    {
      g_assert_true (result->versions[i].spoken && result->versions[i].complete);
      g_assert_cmpint (result->versions[i].finished, ==, NO);
    }
  g_assert_cmpuint (result->troubles->len, ==, 1);
  trouble = g_ptr_array_index (result->troubles, 0);
  g_assert_true (g_str_has_prefix (trouble, "TLS 1.3, TLS 1.2: "));
  g_assert_nonnull (strstr (trouble, "2048"));
  g_remove (words[1]);
  g_remove (words[3]);
}

/* A modulus and an exponent of this many bytes each: one step of RSA takes seconds. */
#define COSTLY_BYTES 4096

/* Nobody has its key. */
static GBytes *
make_costly_certificate (void)
{
  const TestCertSpec spec = { .cn = "An authority", .ca = TRUE };
  const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };
  g_autoptr(TestCert) ca = test_cert_new (&spec, NULL, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, ca, NULL);
  guint8 bytes[COSTLY_BYTES];
  const gnutls_datum_t number = { bytes, sizeof bytes };
  gnutls_pubkey_t key;

  memset (bytes, 0xFF, sizeof bytes);
  g_assert_cmpint (gnutls_pubkey_init (&key), ==, 0);
  g_assert_cmpint (gnutls_pubkey_import_rsa_raw (key, &number, &number), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_pubkey (leaf->crt, key), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_sign2 (leaf->crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0), ==,
                   0);
  gnutls_pubkey_deinit (key);
  return test_cert_der (leaf);
}

static void
add_24 (GByteArray *bytes, gsize number)
{
  const guint8 three[] = { (guint8) (number >> 16), (guint8) (number >> 8), (guint8) number };

  g_byte_array_append (bytes, three, sizeof three);
}

/* The flight of a server of TLS 1.2 that wants the secret encrypted with its key, in one record. */
static GByteArray *
make_costly_flight (void)
{
  static const guint8 record[] = { 22, 3, 3, 0, 0 };
  static const guint8 hello[] = { 2, 0, 0, 38, 3, 3, [38] = 0, 0, 0x9C, 0 };
  static const guint8 certificate[] = { 11 };
  static const guint8 done[] = { 14, 0, 0, 0 };
  g_autoptr(GBytes) der = make_costly_certificate ();
  gsize length = g_bytes_get_size (der);
  GByteArray *flight = g_byte_array_new ();

  g_byte_array_append (flight, record, sizeof record);
  g_byte_array_append (flight, hello, sizeof hello);
  g_byte_array_append (flight, certificate, sizeof certificate);
  add_24 (flight, length + 6);
  add_24 (flight, length + 3);
  add_24 (flight, length);
  g_byte_array_append (flight, g_bytes_get_data (der, NULL), (guint) length);
  g_byte_array_append (flight, done, sizeof done);
  flight->data[3] = (guint8) ((flight->len - sizeof record) >> 8);
  flight->data[4] = (guint8) (flight->len - sizeof record);
  return flight;
}

static gboolean
costly_cb (GThreadedSocketService *service,
           GSocketConnection *connection,
           GObject *source,
           GByteArray *flight)
{
  GInputStream *from = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GOutputStream *to = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  char buffer[4096];

  if (g_input_stream_read (from, buffer, sizeof buffer, NULL, NULL) > 0 &&
      g_output_stream_write_all (to, flight->data, flight->len, NULL, NULL, NULL))
    while (g_input_stream_read (from, buffer, sizeof buffer, NULL, NULL) > 0)
      continue;
  return TRUE;
}

static void
test_costly_modulus (void)
{
  g_autoptr(GSocketService) service = g_threaded_socket_service_new (16);
  g_autoptr(PosternScanResult) result = NULL;
  g_autoptr(GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, &error);
  gint64 begun = g_get_monotonic_time ();

  g_assert_no_error (error);
  g_signal_connect_data (service, "run", G_CALLBACK (costly_cb), make_costly_flight (),
                         (GClosureNotify) (void (*) (void)) g_byte_array_unref, 0);
  result = scan_port (port, POSTERN_PROTOCOL_SMTP);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 3 * G_USEC_PER_SEC);
  g_assert_true (result->versions[2].spoken);
  g_assert_cmpint (result->versions[2].finished, ==, NO);
  g_assert_cmpuint (result->chains->len, ==, 1);
  g_assert_cmpuint (result->troubles->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (result->troubles, 0), "32768"));
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
}

/* --- Stapling --- */

typedef struct
{
  const char *name;
  const char *entry; /* of the responder's list; "%s": the serial number */
  const char *signer;
  const char *minutes; /* to the next update */
  int later;           /* days from now on which it is looked at */
  PosternStapleState state;
} Staple;

#define VALID "V\t400101000000Z\t\t%s\tunknown\t/CN=x\n"
#define REVOKED "R\t400101000000Z\t250101000000Z\t%s\tunknown\t/CN=x\n"
#define OF_ANOTHER "V\t400101000000Z\t\t00AA\tunknown\t/CN=x\n"

static const Staple staples[] = {
  { "good", VALID, "ca", "600", 0, POSTERN_STAPLE_GOOD },
  { "revoked", REVOKED, "ca", "600", 0, POSTERN_STAPLE_REVOKED },
  { "unknown", OF_ANOTHER, "ca", "600", 0, POSTERN_STAPLE_UNKNOWN },
  { "stale", VALID, "ca", "600", 1, POSTERN_STAPLE_STALE },
  { "signed-by-others", VALID, "other", "600", 0, POSTERN_STAPLE_INVALID },
};

/* A response as this responder would give it. */
static char *
make_response (const Staple *staple)
{
  g_autofree char *entry = g_strdup_printf (staple->entry, serial);
  g_autofree char *index = test_write_file (entry);
  g_autofree char *request = test_write_file ("");
  char *response = test_write_file ("");
  g_autofree char *ask =
    g_strdup_printf ("openssl ocsp -issuer @ca@ -cert @rsa@ -no_nonce -reqout %s", request);
  g_autofree char *respond = g_strdup_printf (
    "openssl ocsp -index %s -CA @ca@ -rsigner @%s@ -rkey @%s-key@ -nmin %s -reqin %s -respout %s",
    index, staple->signer, staple->signer, staple->minutes, request, response);
  g_autofree char *first = expand (ask);
  g_autofree char *second = expand (respond);

  run_command (first);
  run_command (second);
  g_remove (index);
  g_remove (request);
  return response;
}

static void
test_staple (gconstpointer data)
{
  const Staple *staple = data;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC + staple->later * 24 * 3600;
  g_autofree char *response = make_response (staple);
  g_autofree char *with = g_strdup_printf (PLAIN "-status_file %s", response);
  g_autofree char *options = expand (with);
  g_autoptr(Server) server = server_new (options);
  g_autoptr(PosternScanResult) result = scan_port (server->port, POSTERN_PROTOCOL_SMTP);
  g_autoptr(GPtrArray) weaknesses = postern_scan_find_weaknesses (result, now);
  const PosternScanChain *chain = g_ptr_array_index (result->chains, 0);
  g_autofree char *reason = NULL;

  g_assert_cmpint (result->versions[2].stapled, ==, YES);
  g_assert_cmpint (result->versions[3].stapled, ==, YES);
  g_assert_nonnull (chain->staple);
  g_assert_nonnull (chain->staple->this_update);
  g_assert_nonnull (chain->staple->next_update);
  g_assert_cmpint (postern_scan_staple_judge (chain, now, &reason), ==, staple->state);
  g_assert_cmpuint (weaknesses->len, ==, staple->state != POSTERN_STAPLE_GOOD);
  if (weaknesses->len > 0)
    g_assert_cmpstr (postern_finding_get_code (g_ptr_array_index (weaknesses, 0)), ==,
                     "scan.staple");
  g_remove (response);
}

/* Another authority of the same name is no issuer: its key signed nothing of this. */
static void
test_namesake (void)
{
  g_autofree char *response = make_response (&staples[0]);
  g_autofree char *with =
    g_strdup_printf ("-cert @rsa@ -key @rsa-key@ -cert_chain @namesake@ -status_file %s", response);
  g_autofree char *options = expand (with);
  g_autoptr(Server) server = server_new (options);
  g_autoptr(PosternScanResult) result = scan_port (server->port, POSTERN_PROTOCOL_SMTP);
  const PosternScanChain *chain = g_ptr_array_index (result->chains, 0);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *reason = NULL;

  g_assert_cmpuint (chain->ders->len, ==, 3);
  g_assert_cmpint (postern_scan_staple_judge (chain, now, &reason), ==, POSTERN_STAPLE_GOOD);
  g_remove (response);
}

/* --- GnuTLS --- */

static const struct
{
  const char *name;
  const char *priority;
  const char *suites[4]; /* by version; NULL: not spoken */
  const char *groups;    /* of the highest version */
  const char *signatures;
  PosternScanOrder order;
} peers[] = {
  { "one-of-each",
    "NONE:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+GROUP-SECP256R1:+SIGN-ECDSA-SECP256R1-SHA256:"
    "+CTYPE-X509",
    { NULL, NULL, NULL, "TLS_AES_128_GCM_SHA256" },
    "secp256r1",
    "ecdsa_secp256r1_sha256",
    POSTERN_SCAN_ORDER_UNKNOWN },
  { "without-a-key-to-share",
    "NONE:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+GROUP-SECP521R1:+SIGN-ECDSA-SECP256R1-SHA256:"
    "+CTYPE-X509",
    { NULL, NULL, NULL, "TLS_AES_128_GCM_SHA256" },
    "secp521r1",
    "",
    POSTERN_SCAN_ORDER_UNKNOWN },
  { "servers-order",
    "NONE:+VERS-TLS1.2:+ECDHE-ECDSA:+AES-128-CBC:+AES-256-GCM:+AEAD:+SHA1:+GROUP-X25519:"
    "+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:+CTYPE-X509:%SERVER_PRECEDENCE",
    { NULL, NULL, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      NULL },
    "x25519 secp256r1",
    "ecdsa_secp256r1_sha256",
    POSTERN_SCAN_ORDER_SERVER },
  { "clients-order",
    "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+AES-128-GCM:+AES-256-GCM:+AEAD:+GROUP-X25519:"
    "+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:+CTYPE-X509",
    { NULL, NULL, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256" },
    "x25519",
    "ecdsa_secp256r1_sha256",
    POSTERN_SCAN_ORDER_CLIENT },
  { "old",
    "NONE:+VERS-TLS1.0:+VERS-TLS1.1:+ECDHE-ECDSA:+3DES-CBC:+ARCFOUR-128:+SHA1:+GROUP-SECP256R1:"
    "+SIGN-ECDSA-SHA1:+SIGN-ECDSA-SHA256:+CTYPE-X509:%SERVER_PRECEDENCE",
    { "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
      "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", NULL, NULL },
    "secp256r1",
    "",
    POSTERN_SCAN_ORDER_SERVER },
};

static void
test_gnutls (gconstpointer data)
{
  gsize at = GPOINTER_TO_SIZE (data);
  g_autoptr(GnutlsPeer) peer = gnutls_peer_new (ec_pem, ec_key, peers[at].priority);
  g_autoptr(PosternScanResult) result =
               scan_port (gnutls_peer_get_port (peer), POSTERN_PROTOCOL_SMTP);
  const PosternScanVersion *highest = postern_scan_result_get_highest (result);
  g_autofree char *groups = names (highest->groups, postern_tls_group_name);
  g_autofree char *signatures = names (highest->signatures, postern_tls_signature_name);
  g_autofree char *keys = list_keys (result);

  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      const PosternScanVersion *version = &result->versions[i];
      g_autofree char *suites = names (version->suites, postern_tls_suite_name);
      const char *expected = peers[at].suites[i];

      g_assert_true (version->looked && version->complete);
      g_assert_cmpint (version->spoken, ==, expected != NULL);
      g_assert_cmpstr (suites, ==, expected != NULL ? expected : "");
      if (version->spoken)
        {
          g_assert_cmpint (version->finished, ==, YES);
          g_assert_cmpint (version->resumes_ticket, ==, YES);
        }
    }
  g_assert_cmpint (highest->order, ==, peers[at].order);
  g_assert_cmpstr (groups, ==, peers[at].groups);
  g_assert_cmpstr (signatures, ==, peers[at].signatures);
  g_assert_cmpstr (keys, ==, "EC 256");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  make_identities ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-full/openssl/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_openssl);
    }
  g_test_add_func ("/scan-full/openssl/final-dot", test_final_dot);
  g_test_add_func ("/scan-full/openssl/foreign-curve", test_foreign_curve);
  g_test_add_func ("/scan-full/costly/exponent", test_costly_exponent);
  g_test_add_func ("/scan-full/costly/modulus", test_costly_modulus);
  for (gsize i = 0; i < G_N_ELEMENTS (staples); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-full/staple/%s", staples[i].name);

      g_test_add_data_func (path, &staples[i], test_staple);
    }
  g_test_add_func ("/scan-full/staple/namesake", test_namesake);
  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-full/gnutls/%s", peers[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_gnutls);
    }
  status = g_test_run ();

  for (gsize i = 0; i < G_N_ELEMENTS (identities); i++)
    {
      g_remove (identities[i].pem);
      g_remove (identities[i].key);
      g_free (identities[i].pem);
      g_free (identities[i].key);
    }
  g_free (serial);
  g_free (ec_pem);
  g_free (ec_key);
  return status;
}
