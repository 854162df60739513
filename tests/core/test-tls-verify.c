/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-tls-options.h"
#include "session/postern-tls-engine.h"

#include "test-pki.h"
#include "tls-peer.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <string.h>

/* From an option list as somebody wrote it, over the policy, to the verdict on a chain that a
 * server sends: each option about certificates, with a chain and a set of CA files for it. */

typedef enum
{
  GOOD,         /* mail.test */
  WILD,         /* *.mail.test */
  INNER_WILD,   /* mail.*.example.test */
  CN_ONLY,      /* mail.test as the common name, other.test beside it */
  ADDRESS,      /* 192.0.2.1 and 2001:db8::1 */
  URI,          /* https://mail.test/Path */
  EMAIL,        /* post@mail.test */
  EXPIRED,      /* mail.test */
  SELF_SIGNED,  /* mail.test */
  INTERMEDIATE, /* mail.test, with the certificate between */
  MISSING,      /* the same without it */
  STRANGER,     /* mail.test, by another authority */
  WEAK_KEY,     /* mail.test */
  WEAK_HASH,    /* mail.test */
  N_SERVERS,
} Server;

static struct
{
  char *folder; /* the working directory, too */
  char *usys;
  TestCert *root;
  TestCert *other_root;
  TestCert *between;
  char *chains[N_SERVERS];
  char *keys[N_SERVERS];
  char *hashed; /* "hashed/5ad8a5d6.0" */
} pki;

static void
write_pem (const char *name, const char *pem)
{
  g_assert_true (g_file_set_contents (name, pem, -1, NULL));
}

static char *
hashed_name (const char *folder, const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  char *name = g_strdup_printf ("%s/%08lx.0", folder, X509_subject_name_hash (certificate));

  X509_free (certificate);
  BIO_free (bio);

  return name;
}

static void
make_server (Server server, const TestCertSpec *spec, TestCert *issuer, TestCert *sent)
{
  g_autoptr(TestCert) own = test_cert_new (spec, issuer, NULL);

  pki.chains[server] = test_cert_pem (own, sent, NULL);
  pki.keys[server] = test_cert_key_pem (own);
}

static void
make_files (void)
{
  const TestCertSpec root = { .cn = "Root", .ca = TRUE };
  const TestCertSpec other = { .cn = "Other", .ca = TRUE };
  const TestCertSpec between = { .cn = "Between", .ca = TRUE };
  const TestCertSpec good = { .cn = "mail.test", .dns = "mail.test" };
  const TestCertSpec told = { .cn = "x", .dns = "mail.test", .ca_issuers = "http://ca.test/b" };
  const TestCertSpec wild = { .cn = "wild", .dns = "*.mail.test" };
  const TestCertSpec inner = { .cn = "inner", .dns = "mail.*.example.test" };
  const TestCertSpec cn_only = { .cn = "mail.test", .dns = "other.test" };
  const TestCertSpec address = { .cn = "address", .ip = "192.0.2.1 2001:db8::1" };
  const TestCertSpec uri = { .cn = "uri", .uri = "https://mail.test/Path" };
  const TestCertSpec email = { .cn = "email", .email = "post@mail.test" };
  const TestCertSpec expired = { .cn = "x", .dns = "mail.test", .from_days = -9, .to_days = -1 };
  const TestCertSpec weak = { .cn = "weak", .dns = "mail.test", .rsa_bits = 1024 };
  const TestCertSpec sha1 = { .cn = "sha1", .dns = "mail.test", .digest = GNUTLS_DIG_SHA1 };
  g_autofree char *root_pem = NULL, *other_pem = NULL, *both = NULL;

  pki.root = test_cert_new (&root, NULL, NULL);
  pki.other_root = test_cert_new (&other, NULL, NULL);
  pki.between = test_cert_new (&between, pki.root, NULL);
  make_server (GOOD, &good, pki.root, NULL);
  make_server (WILD, &wild, pki.root, NULL);
  make_server (INNER_WILD, &inner, pki.root, NULL);
  make_server (CN_ONLY, &cn_only, pki.root, NULL);
  make_server (ADDRESS, &address, pki.root, NULL);
  make_server (URI, &uri, pki.root, NULL);
  make_server (EMAIL, &email, pki.root, NULL);
  make_server (EXPIRED, &expired, pki.root, NULL);
  make_server (SELF_SIGNED, &good, NULL, NULL);
  make_server (INTERMEDIATE, &good, pki.between, pki.between);
  make_server (MISSING, &told, pki.between, NULL);
  make_server (STRANGER, &good, pki.other_root, NULL);
  make_server (WEAK_KEY, &weak, pki.root, NULL);
  make_server (WEAK_HASH, &sha1, pki.root, NULL);

  pki.folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  pki.usys = g_build_filename (pki.folder, "usys", NULL);
  g_assert_cmpint (g_chdir (pki.folder), ==, 0);
  g_assert_cmpint (g_mkdir ("usys", 0700), ==, 0);
  g_assert_cmpint (g_mkdir ("hashed", 0700), ==, 0);
  g_assert_cmpint (g_mkdir ("named", 0700), ==, 0);
  root_pem = test_cert_pem (pki.root, NULL);
  other_pem = test_cert_pem (pki.other_root, NULL);
  both = test_cert_pem (pki.other_root, pki.root, NULL);
  write_pem ("root.pem", root_pem);
  write_pem ("other.pem", other_pem);
  write_pem ("both.pem", both);
  write_pem ("usys/ca-bundle.crt", root_pem);
  pki.hashed = hashed_name ("hashed", root_pem);
  write_pem (pki.hashed, root_pem);
  write_pem ("hashed/00000000.0", other_pem); /* the hash of nothing */
  write_pem ("named/root.pem", root_pem);
  write_pem ("named/0000000f.0", "no certificate");
}

static void
remove_files (void)
{
  const char *const files[] = { "root.pem",           "other.pem",       "both.pem",
                                "usys/ca-bundle.crt", pki.hashed,        "hashed/00000000.0",
                                "named/root.pem",     "named/0000000f.0" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_assert_cmpint (g_unlink (files[i]), ==, 0);
  g_rmdir ("usys");
  g_rmdir ("hashed");
  g_rmdir ("named");
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_assert_cmpint (g_rmdir (pki.folder), ==, 0);
  g_free (pki.folder);
  g_free (pki.usys);
  g_free (pki.hashed);
  for (guint i = 0; i < N_SERVERS; i++)
    {
      g_free (pki.chains[i]);
      g_free (pki.keys[i]);
    }
  test_cert_free (pki.root);
  test_cert_free (pki.other_root);
  test_cert_free (pki.between);
}

static PosternTlsPolicy *
read_options (const char *text)
{
  const PosternTlsOptionsPlace place = { .mode = POSTERN_TLS_OPTIONS_UNIFACE,
                                         .usys_dir = pki.usys,
                                         .field = "tls-options" };
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GPtrArray) options = postern_tls_options_parse (text, &place, findings);
  PosternTlsPolicy *policy;

  postern_tls_options_check (options, &place, findings);
  policy = postern_tls_options_to_policy (options, &place, findings);
  g_assert_nonnull (policy);

  return policy;
}

static void
to_peer (PosternTlsEngine *engine, TlsPeer *peer)
{
  gsize length = 0;
  const guint8 *bytes = postern_tls_engine_peek_output (engine, &length);

  tls_peer_feed (peer, bytes, length);
  postern_tls_engine_drop_output (engine, length);
}

/* TRUE when the handshake went well on both sides. */
static gboolean
shake_hands (PosternTlsEngine *engine, TlsPeer *peer)
{
  PosternTlsState state = postern_tls_engine_handshake (engine, NULL);

  for (guint i = 0; i < 8 && state == POSTERN_TLS_WANTS_INPUT; i++)
    {
      g_autoptr(GBytes) taken = NULL;

      to_peer (engine, peer);
      taken = tls_peer_take (peer);
      postern_tls_engine_feed (engine, g_bytes_get_data (taken, NULL), g_bytes_get_size (taken));
      state = postern_tls_engine_handshake (engine, NULL);
    }

  to_peer (engine, peer);

  return state == POSTERN_TLS_DONE && peer->done;
}

typedef struct
{
  const char *options;
  Server server;
  const char *host;
  const char *fault; /* the first, or NULL */
  gboolean refused;
  const char *matched; /* the name that matched, or NULL: not looked at */
} Row;

static void
check_row (const Row *row)
{
  g_autoptr(PosternTlsPolicy) policy = read_options (row->options);
  g_autoptr(PosternTrust) trust = postern_trust_new (policy, row->host);
  g_autoptr(TlsPeer) peer = tls_peer_new (pki.chains[row->server], pki.keys[row->server]);
  g_autoptr(PosternTlsEngine) engine = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *faults;
  gboolean passed;

  g_test_message ("%s: %d", row->options, (int) row->server);
  postern_trust_load (trust, &error);
  g_assert_no_error (error);
  engine = postern_tls_engine_new (trust, row->host);
  passed = shake_hands (engine, peer);

  faults = postern_trust_get_faults (trust);
  g_assert_nonnull (faults);
  g_assert_cmpstr (faults->len > 0 ? ((const PosternCertFault *) faults->pdata[0])->code : NULL, ==,
                   row->fault);
  g_assert_cmpint (passed, ==, !row->refused);
  g_assert_cmpint (postern_trust_is_accepted (trust), ==, !row->refused);
  g_assert_cmpint (postern_trust_is_verified (trust), ==, row->fault == NULL);
  if (row->matched != NULL)
    g_assert_cmpstr (postern_trust_get_matched_name (trust), ==, row->matched);
}

static void
test_authorities (void)
{
  static const Row rows[] = {
    { "verify_server=yes", GOOD, "mail.test", NULL, FALSE, "mail.test" }, /* ca-bundle.crt */
    { "verify_server=yes", STRANGER, "mail.test", "cert.untrusted-root", TRUE, NULL },
    { "verify_server=yes, ca_certificate=root.pem", GOOD, "mail.test", NULL, FALSE, NULL },
    { "verify_server=yes, ca_certificate=other.pem", GOOD, "mail.test", "cert.untrusted-root", TRUE,
      NULL },
    { "verify_server=yes, ca_certificate=both.pem", GOOD, "mail.test", NULL, FALSE, NULL },
    { "verify_server=yes, ca_certificate=both.pem", STRANGER, "mail.test", NULL, FALSE, NULL },
    { "verify_server=yes, ca_location=hashed", GOOD, "mail.test", NULL, FALSE, NULL },
    /* Its file is there, and has the name of another: OpenSSL would not find it. */
    { "verify_server=yes, ca_location=hashed", STRANGER, "mail.test", "cert.untrusted-root", TRUE,
      NULL },
    { "verify_server=yes, ca_location=named", GOOD, "mail.test", "cert.untrusted-root", TRUE,
      NULL },
    { "verify_server=yes, ca_location=usys:../hashed", GOOD, "mail.test", NULL, FALSE, NULL },
    { "verify_server=yes, ca_certificate=other.pem, ca_location=hashed", GOOD, "mail.test", NULL,
      FALSE, NULL },
    { "verify_server=yes, ca_certificate=other.pem, ca_location=hashed", STRANGER, "mail.test",
      NULL, FALSE, NULL },
    { "verify_server=yes", INTERMEDIATE, "mail.test", NULL, FALSE, NULL },
    { "verify_server=yes", MISSING, "mail.test", "cert.incomplete-chain", TRUE, NULL },
    { "verify_server=yes", EXPIRED, "mail.test", "cert.expired", TRUE, NULL },
    /* OpenSSL is not asked about these, whatever the version that it may speak. */
    { "verify_server=yes", WEAK_KEY, "mail.test", "cert.weak-key", TRUE, NULL },
    { "verify_server=yes, min_tls_version=1.0", WEAK_KEY, "mail.test", "cert.weak-key", TRUE,
      NULL },
    { "verify_server=yes", WEAK_HASH, "mail.test", "cert.weak-signature", TRUE, NULL },
    { "verify_server=yes, min_tls_version=1.0", WEAK_HASH, "mail.test", "cert.weak-signature", TRUE,
      NULL },
    { "verify_server=ignore", WEAK_KEY, "mail.test", "cert.weak-key", FALSE, NULL },
    { "verify_server=yes", SELF_SIGNED, "mail.test", "cert.self-signed", TRUE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    check_row (&rows[i]);
}

/* Looks, tells what it saw, and goes on. */
static void
test_ignore (void)
{
  static const Row rows[] = {
    { "verify_server=ignore", GOOD, "mail.test", NULL, FALSE, NULL },
    { "verify_server=ignore", STRANGER, "mail.test", "cert.untrusted-root", FALSE, NULL },
    { "verify_server=ignore", EXPIRED, "mail.test", "cert.expired", FALSE, NULL },
    { "verify_server=ignore", SELF_SIGNED, "mail.test", "cert.self-signed", FALSE, NULL },
    { "verify_server=ignore", GOOD, "else.test", "cert.name-mismatch", FALSE, NULL },
    { "verify_server=yes, verify_server_name=no", GOOD, "else.test", "cert.name-mismatch", FALSE,
      NULL },
    { "verify_server=yes, verify_server_name=0", STRANGER, "else.test", "cert.untrusted-root", TRUE,
      NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    check_row (&rows[i]);
}

#define NAMES "verify_server=yes, verify_server_name="
#define WRONG_NAME "cert.name-mismatch", TRUE, NULL

/* spec/uniface.md section 8.5 */
static void
test_names (void)
{
  static const Row rows[] = {
    /* without the option: the host, typed by its form */
    { "verify_server=yes", GOOD, "MAIL.test", NULL, FALSE, "mail.test" },
    { "verify_server=yes", GOOD, "else.test", WRONG_NAME },
    { "verify_server=yes", CN_ONLY, "mail.test", NULL, FALSE, "mail.test" },
    { "verify_server=yes", WILD, "a.mail.test", NULL, FALSE, "*.mail.test" },
    { "verify_server=yes", WILD, "a.b.mail.test", WRONG_NAME },
    { "verify_server=yes", WILD, "mail.test", WRONG_NAME },
    { "verify_server=yes", INNER_WILD, "mail.x.example.test", NULL, FALSE, "mail.*.example.test" },
    { "verify_server=yes", ADDRESS, "192.0.2.1", NULL, FALSE, "192.0.2.1" },
    { "verify_server=yes", ADDRESS, "192.0.2.2", WRONG_NAME },
    { "verify_server=yes", ADDRESS, "2001:db8:0::1", NULL, FALSE, "2001:db8::1" },
    /* with it: the list alone */
    { NAMES "dns:mail.test", GOOD, "else.test", NULL, FALSE, "mail.test" },
    { NAMES "dns:else.test", GOOD, "mail.test", WRONG_NAME },
    { NAMES "dns:else.test; DNS:mail.test", GOOD, "x.test", NULL, FALSE, "mail.test" },
    { NAMES "dns:*.mail.test", WILD, "x.test", NULL, FALSE, "*.mail.test" },
    { NAMES "dns:a.mail.test", WILD, "x.test", NULL, FALSE, "*.mail.test" },
    { NAMES "dns:*.mail.test", GOOD, "mail.test", WRONG_NAME },
    { NAMES "dns:*.x.example.test", INNER_WILD, "y.test", NULL, FALSE, "mail.*.example.test" },
    { NAMES "dns:*.x.example.org", INNER_WILD, "y.test", WRONG_NAME },
    { NAMES "dns:mail.test", CN_ONLY, "x.test", NULL, FALSE, "mail.test" },
    { NAMES "ip:192.0.2.1", ADDRESS, "x.test", NULL, FALSE, "192.0.2.1" },
    { NAMES "IP:2001:DB8:0:0::1", ADDRESS, "x.test", NULL, FALSE, "2001:db8::1" },
    { NAMES "ip:2001:db8::2", ADDRESS, "x.test", WRONG_NAME },
    { NAMES "dns:192.0.2.1", ADDRESS, "192.0.2.1", WRONG_NAME },
    { NAMES "uri:HTTPS://mail.test/path", URI, "x.test", NULL, FALSE, "https://mail.test/Path" },
    { NAMES "uri:https://mail.test/", URI, "x.test", WRONG_NAME },
    { NAMES "email:post@mail.test", EMAIL, "x.test", NULL, FALSE, "post@mail.test" },
    { NAMES "email:host@mail.test", EMAIL, "x.test", WRONG_NAME },
    { NAMES "email:no@x.test;uri:urn:x;ip:::1;dns:mail.test", GOOD, "x.test", NULL, FALSE,
      "mail.test" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    check_row (&rows[i]);
}

/* The server asks; verify_client says whether there is an answer. */
static void
test_verify_client (void)
{
  static const struct
  {
    const char *options;
    gboolean shown;
  } rows[] = {
    { "verify_server=yes, verify_client=yes", TRUE }, /* personal.crt and personal.key */
    { "verify_server=yes, verify_client=no", FALSE },
    { "verify_server=yes", FALSE },
    { "verify_server=yes, clt_cert=personal.crt, clt_key=personal.key", FALSE },
    { "verify_server=yes, vfy_clt=1, clt_cert=personal.crt, clt_key=personal.key", TRUE },
    { "verify_client=yes", TRUE },
    { "verify_client=yes, clt_cert=both.crt, clt_key=both.crt", TRUE },
    { "verify_client=yes, clt_cert=turned.crt, clt_key=turned.crt", TRUE },
    { "verify_client=yes, clt_cert=chain.crt, clt_key=personal.key", TRUE },
  };
  g_autofree char *both = g_strconcat (pki.chains[GOOD], pki.keys[GOOD], NULL);
  g_autofree char *turned = g_strconcat (pki.keys[GOOD], pki.chains[GOOD], NULL);
  g_autofree char *chain = g_strconcat (pki.chains[GOOD], pki.chains[STRANGER], NULL);

  write_pem ("personal.crt", pki.chains[GOOD]);
  write_pem ("personal.key", pki.keys[GOOD]);
  write_pem ("both.crt", both);
  write_pem ("turned.crt", turned);
  write_pem ("chain.crt", chain);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = read_options (rows[i].options);
      g_autoptr(PosternTrust) trust = postern_trust_new (policy, "mail.test");
      g_autoptr(TlsPeer) peer = tls_peer_new (pki.chains[GOOD], pki.keys[GOOD]);
      g_autoptr(PosternTlsEngine) engine = NULL;

      g_test_message ("%s", rows[i].options);
      g_assert_true (postern_trust_load (trust, NULL));
      engine = postern_tls_engine_new (trust, "mail.test");
      SSL_CTX_set_verify (peer->context, SSL_VERIFY_PEER, NULL);
      X509_STORE_load_file (SSL_CTX_get_cert_store (peer->context), "root.pem");
      g_assert_true (shake_hands (engine, peer));
      g_assert_true (postern_tls_engine_is_requested (engine));
      g_assert_cmpint (SSL_get0_peer_certificate (peer->ssl) != NULL, ==, rows[i].shown);
    }
  g_unlink ("personal.crt");
  g_unlink ("personal.key");
  g_unlink ("both.crt");
  g_unlink ("turned.crt");
  g_unlink ("chain.crt");
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  make_files ();
  g_test_add_func ("/tls-verify/authorities", test_authorities);
  g_test_add_func ("/tls-verify/ignore", test_ignore);
  g_test_add_func ("/tls-verify/names", test_names);
  g_test_add_func ("/tls-verify/verify-client", test_verify_client);
  result = g_test_run ();
  remove_files ();

  return result;
}
