/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-repair.h"

#include "model/postern-fingerprint.h"
#include "test-pki.h"
#include "tls/postern-trust-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOST "mail.example.com"

typedef struct
{
  TestCert *root;
  TestCert *upper; /* from the root */
  TestCert *lower; /* from the upper one */
  TestCert *leaf;  /* from the lower one */
  TestCert *other; /* a root that has nothing to do with it */
} Pki;

static Pki pki;

static void
pki_init (void)
{
  const TestCertSpec root = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec upper = { .cn = "Upper CA", .ca = TRUE };
  const TestCertSpec lower = { .cn = "Lower CA", .ca = TRUE };
  const TestCertSpec leaf = { .cn = HOST, .dns = HOST, .ca_issuers = "http://ca.test/lower.crt" };
  const TestCertSpec other = { .cn = "Other Root", .ca = TRUE };

  pki.root = test_cert_new (&root, NULL, NULL);
  pki.upper = test_cert_new (&upper, pki.root, NULL);
  pki.lower = test_cert_new (&lower, pki.upper, NULL);
  pki.leaf = test_cert_new (&leaf, pki.lower, NULL);
  pki.other = test_cert_new (&other, NULL, NULL);
}

static void
pki_clear (void)
{
  test_cert_free (pki.root);
  test_cert_free (pki.upper);
  test_cert_free (pki.lower);
  test_cert_free (pki.leaf);
  test_cert_free (pki.other);
}

static GPtrArray *
make_chain (TestCert *first, ...)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  va_list others;

  va_start (others, first);
  for (TestCert *cert = first; cert != NULL; cert = va_arg (others, TestCert *))
    g_ptr_array_add (chain, test_cert_der (cert));
  va_end (others);

  return chain;
}

static PosternCertificate *
to_certificate (TestCert *cert)
{
  g_autoptr(GBytes) der = test_cert_der (cert);
  g_autoptr(GError) error = NULL;
  PosternCertificate *certificate = postern_certificate_new_from_der (der, &error);

  g_assert_no_error (error);

  return certificate;
}

static char *
sum_of (TestCert *cert)
{
  g_autoptr(PosternCertificate) certificate = to_certificate (cert);

  return g_strdup (postern_certificate_get_sha256 (certificate));
}

static void
add (PosternTrustPool *pool, TestCert *cert, PosternOrigin origin)
{
  g_autoptr(PosternCertificate) certificate = to_certificate (cert);

  postern_trust_pool_add (pool, certificate, origin, "hand.pem");
}

static PosternTlsPolicy *
new_policy (void)
{
  PosternTlsPolicy *policy = postern_tls_policy_new ();

  policy->system_store = FALSE;

  return policy;
}

static PosternTrustRepair *
repair (GPtrArray *chain, const PosternTlsPolicy *policy, PosternTrustPool *pool, const char *trust)
{
  PosternTrustRepair *result = postern_trust_repair_new (chain, policy, HOST, pool, trust,
                                                         g_get_real_time () / G_USEC_PER_SEC);
  g_autofree char *text = postern_trust_repair_describe (result);

  g_test_message ("%d: %s", (int) result->state, text);
  g_assert_cmpstr (text, !=, "");

  return result;
}

/* The subjects of a bundle, in its order: "Test Root,Lower CA". */
static char *
names_of (const char *pem)
{
  g_autoptr(GBytes) bytes = g_bytes_new (pem, strlen (pem));
  g_autoptr(PosternCaContents) contents = postern_ca_contents_new ("x", bytes);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < contents->entries->len; i++)
    {
      const PosternCaEntry *entry = g_ptr_array_index (contents->entries, i);

      g_string_append_printf (names, "%s%s", i > 0 ? "," : "",
                              postern_certificate_get_common_name (entry->certificate));
    }
  g_assert_cmpuint (contents->n_broken, ==, 0);

  return g_string_free (names, FALSE);
}

static void
assert_names (const char *pem, const char *names)
{
  g_autofree char *given = NULL;

  g_assert_nonnull (pem);
  given = names_of (pem);
  g_assert_cmpstr (given, ==, names);
}

/* A verifier that is none of ours says the same: openssl, with this CA file, on what a server
 * sends. */
static void
assert_openssl (const char *ca, TestCert *leaf, const char *sent)
{
  g_autofree char *leaf_pem = test_cert_pem (leaf, NULL);
  g_autofree char *ca_file = test_write_file (ca);
  g_autofree char *leaf_file = test_write_file (leaf_pem);
  g_autofree char *sent_file = test_write_file (sent);
  const char *argv[] = { "openssl",    "verify",  "-no-CApath",       "-no-CAstore",
                         "-CAfile",    ca_file,   "-purpose",         "sslserver",
                         "-untrusted", sent_file, "-verify_hostname", HOST,
                         leaf_file,    NULL };
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autoptr(GError) error = NULL;
  int status = 0;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
                &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s%s", out, err);
  g_unlink (ca_file);
  g_unlink (leaf_file);
  g_unlink (sent_file);
}

/* The server leaves out what is at hand, in each place where it can be at hand. */
static void
test_completed (void)
{
  const PosternOrigin origins[] = { POSTERN_ORIGIN_GIVEN, POSTERN_ORIGIN_SYSTEM,
                                    POSTERN_ORIGIN_PROFILE };

  for (gsize i = 0; i < G_N_ELEMENTS (origins); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
      g_autoptr(GPtrArray) chain = make_chain (pki.leaf, pki.upper, NULL);
      g_autoptr(PosternTrustRepair) result = NULL;
      g_autofree char *sent = test_cert_pem (pki.upper, NULL);
      g_autofree char *root = test_cert_pem (pki.root, NULL);

      add (pool, pki.root, POSTERN_ORIGIN_PROFILE);
      add (pool, pki.lower, origins[i]);
      add (pool, pki.other, POSTERN_ORIGIN_SYSTEM);
      result = repair (chain, policy, pool, NULL);
      g_assert_cmpint (result->state, ==, POSTERN_REPAIR_PROVEN);
      g_assert_false (result->wished);
      g_assert_cmpuint (result->path->len, ==, 4);
      assert_names (result->client_pem, "Test Root,Upper CA,Lower CA");
      assert_names (result->server_pem, HOST ",Lower CA,Upper CA");
      assert_openssl (result->client_pem, pki.leaf, sent);
      assert_openssl (root, pki.leaf, result->server_pem);
    }
}

/* Everything was sent, but in another order, with what nobody asked for, and twice. */
static void
test_order (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(GPtrArray) chain =
               make_chain (pki.leaf, pki.root, pki.other, pki.upper, pki.lower, pki.upper, NULL);
  g_autoptr(PosternTrustRepair) result = NULL;

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_PROVEN);
  assert_names (result->client_pem, "Test Root");
  assert_names (result->server_pem, HOST ",Lower CA,Upper CA");
}

/* Only the uppermost is left out: there is no need to name those below it. */
static void
test_upper (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(GPtrArray) chain = make_chain (pki.leaf, pki.lower, NULL);
  g_autofree char *sent = test_cert_pem (pki.lower, NULL);
  g_autoptr(PosternTrustRepair) result = NULL;

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  add (pool, pki.upper, POSTERN_ORIGIN_GIVEN);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_PROVEN);
  assert_names (result->client_pem, "Test Root,Upper CA");
  assert_openssl (result->client_pem, pki.leaf, sent);
}

static void
test_missing (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(GPtrArray) chain = make_chain (pki.leaf, pki.upper, NULL);
  g_autoptr(PosternTrustRepair) result = NULL;
  g_autofree char *text = NULL;

  add (pool, pki.root, POSTERN_ORIGIN_PROFILE);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_MISSING);
  g_assert_null (result->client_pem);
  g_assert_null (result->server_pem);
  g_assert_cmpstr (result->missing->issuer, ==, "CN=Lower CA");
  g_assert_cmpstr (result->missing->below, ==, HOST);
  g_assert_cmpuint (strlen (result->missing->key_id), ==, 40);
  g_assert_cmpstr (result->missing->ca_issuers[0], ==, "http://ca.test/lower.crt");

  text = postern_missing_describe (result->missing);
  g_assert_nonnull (strstr (text, result->missing->key_id));
  g_assert_nonnull (strstr (text, "http://ca.test/lower.crt"));
}

/* A root that was sent, or given, is trusted by nobody; on a wish that names it, and only it, it
 * is. */
static void
test_wish (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autofree char *sum = sum_of (pki.root);
  g_autofree char *shown = postern_fingerprint_format (sum);
  g_autofree char *wrong = sum_of (pki.other);
  g_autofree char *of_upper = sum_of (pki.upper);
  const struct
  {
    const char *trust;
    PosternRepairState state;
  } wishes[] = {
    { NULL, POSTERN_REPAIR_UNTRUSTED },     { wrong, POSTERN_REPAIR_UNTRUSTED },
    { of_upper, POSTERN_REPAIR_UNTRUSTED }, { "", POSTERN_REPAIR_UNTRUSTED },
    { sum, POSTERN_REPAIR_PROVEN },         { shown, POSTERN_REPAIR_PROVEN },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wishes); i++)
    for (int given = 0; given < 2; given++)
      {
        g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
        g_autoptr(GPtrArray) chain =
                     given ? make_chain (pki.leaf, pki.lower, pki.upper, NULL)
                           : make_chain (pki.leaf, pki.lower, pki.upper, pki.root, NULL);
        g_autoptr(PosternTrustRepair) result = NULL;
        g_autofree char *text = NULL;

        add (pool, pki.other, POSTERN_ORIGIN_PROFILE);
        if (given)
          add (pool, pki.root, POSTERN_ORIGIN_GIVEN);
        result = repair (chain, policy, pool, wishes[i].trust);
        g_assert_cmpint (result->state, ==, wishes[i].state);
        g_assert_nonnull (result->root);
        assert_names (result->server_pem, HOST ",Lower CA,Upper CA");
        if (wishes[i].state == POSTERN_REPAIR_PROVEN)
          {
            g_assert_true (result->wished);
            assert_names (result->client_pem, "Test Root");
            continue;
          }
        g_assert_null (result->client_pem);
        text = postern_trust_repair_describe (result);
        g_assert_nonnull (strstr (text, shown));
      }
}

static void
test_self_signed (void)
{
  const TestCertSpec spec = { .cn = HOST, .dns = HOST };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) own = test_cert_new (&spec, NULL, NULL);
  g_autofree char *sum = sum_of (own);
  g_autoptr(GPtrArray) chain = make_chain (own, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(PosternTrustRepair) before = repair (chain, policy, pool, NULL);
  g_autoptr(PosternTrustRepair) after = repair (chain, policy, pool, sum);

  g_assert_cmpint (before->state, ==, POSTERN_REPAIR_UNTRUSTED);
  g_assert_null (before->client_pem);
  g_assert_null (before->server_pem);
  g_assert_cmpint (after->state, ==, POSTERN_REPAIR_PROVEN);
  assert_names (after->client_pem, HOST);
  g_assert_null (after->server_pem);
  assert_openssl (after->client_pem, own, after->client_pem);
}

/* What no certificate mends is not mended, and is told. */
static void
test_other_faults (void)
{
  static const struct
  {
    TestCertSpec spec;
    const char *code;
  } rows[] = {
    { { .cn = HOST, .dns = HOST, .from_days = -9, .to_days = -2 }, "cert.expired" },
    { { .cn = "x", .dns = "other.example.com" }, "cert.name-mismatch" },
    { { .cn = HOST, .dns = HOST, .purpose = GNUTLS_KP_TLS_WWW_CLIENT }, "cert.wrong-purpose" },
    { { .cn = HOST, .dns = HOST, .rsa_bits = 1024 }, "cert.weak-key" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(TestCert) own = test_cert_new (&rows[i].spec, pki.lower, NULL);
      g_autoptr(GPtrArray) chain = make_chain (own, NULL);
      g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
      g_autoptr(PosternTrustRepair) result = NULL;
      const PosternCertFault *fault;

      add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
      add (pool, pki.upper, POSTERN_ORIGIN_GIVEN);
      add (pool, pki.lower, POSTERN_ORIGIN_GIVEN);
      policy->verify = POSTERN_VERIFY_IGNORE; /* a repair verifies all the same */
      result = repair (chain, policy, pool, NULL);
      g_assert_cmpint (result->state, ==, POSTERN_REPAIR_FAULTS);
      g_assert_null (result->client_pem);
      g_assert_null (result->server_pem);
      g_assert_cmpuint (result->faults->len, ==, 1);
      fault = g_ptr_array_index (result->faults, 0);
      g_assert_cmpstr (fault->code, ==, rows[i].code);
    }
}

/* The name is not asked for where the settings do not: then nothing else is wrong. */
static void
test_name_off (void)
{
  const TestCertSpec spec = { .cn = "x", .dns = "other.example.com" };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) own = test_cert_new (&spec, pki.root, NULL);
  g_autoptr(GPtrArray) chain = make_chain (own, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(PosternTrustRepair) result = NULL;

  policy->verify_name = FALSE;
  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_PROVEN);
}

/* A certificate that its issuer took back stays refused, whatever is put into the bundle; the list
 * lay beside the authorities of the settings. */
static void
test_revoked (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(GPtrArray) chain = make_chain (pki.leaf, pki.upper, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autofree char *root = test_cert_pem (pki.root, NULL);
  g_autofree char *crl = test_cert_revoke (pki.lower, pki.leaf);
  g_autofree char *both = g_strconcat (root, crl, NULL);
  g_autofree char *file = test_write_file (both);
  g_autoptr(PosternTrustRepair) result = NULL;

  policy->ca_file = g_strdup (file);
  postern_trust_pool_add_policy (pool, policy);
  add (pool, pki.lower, POSTERN_ORIGIN_GIVEN);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_FAULTS);
  g_assert_cmpstr (((PosternCertFault *) result->faults->pdata[0])->code, ==, "cert.revoked");
  g_unlink (file);
}

/* What only the run could know, by what the server stapled, is not proven away. */
static void
test_lasting (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(GPtrArray) chain = make_chain (pki.leaf, pki.lower, pki.upper, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(PosternTrustRepair) result = NULL;
  g_autoptr(GPtrArray) of_run =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_cert_fault_free);
  g_autoptr(GPtrArray) lasting = NULL;

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  g_ptr_array_add (of_run, postern_cert_fault_new ("cert.untrusted-root", 2, "verify_server",
                                                   g_strdup ("Not trusted.")));
  g_ptr_array_add (
    of_run, postern_cert_fault_new ("cert.staple-stale", 0, "verify_server", g_strdup ("Old.")));
  ((PosternCertFault *) of_run->pdata[1])->warning = TRUE;
  lasting = postern_trust_repair_find_lasting (of_run);
  g_assert_cmpuint (lasting->len, ==, 0);
  result = repair (chain, policy, pool, NULL);
  postern_trust_repair_keep (result, lasting);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_PROVEN);
  g_assert_nonnull (result->client_pem);

  g_ptr_array_add (
    of_run, postern_cert_fault_new ("cert.revoked", 0, "verify_server", g_strdup ("Revoked.")));
  g_clear_pointer (&lasting, g_ptr_array_unref);
  lasting = postern_trust_repair_find_lasting (of_run);
  g_assert_cmpuint (lasting->len, ==, 1);
  postern_trust_repair_keep (result, lasting);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_FAULTS);
  g_assert_null (result->client_pem);
  g_assert_null (result->server_pem);
  g_assert_cmpuint (result->faults->len, ==, 1);
}

/* A cross-signed authority: one way is dead, the other one is taken. */
static void
test_cross_signed (void)
{
  const TestCertSpec expired = { .cn = "Upper CA", .ca = TRUE, .from_days = -9, .to_days = -2 };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) cross = test_cert_new (&expired, pki.other, pki.upper);
  g_autoptr(GPtrArray) chain = make_chain (pki.leaf, pki.lower, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(PosternTrustRepair) result = NULL;

  add (pool, cross, POSTERN_ORIGIN_GIVEN);
  add (pool, pki.other, POSTERN_ORIGIN_PROFILE);
  add (pool, pki.upper, POSTERN_ORIGIN_GIVEN);
  add (pool, pki.root, POSTERN_ORIGIN_PROFILE);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_PROVEN);
  assert_names (result->client_pem, "Test Root,Upper CA");
}

/* An impostor bears the name of the authority, and another key. */
static void
test_impostor (void)
{
  const TestCertSpec spec = { .cn = "Lower CA", .ca = TRUE };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) impostor = test_cert_new (&spec, NULL, NULL);
  g_autoptr(GPtrArray) chain = make_chain (pki.leaf, impostor, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(PosternTrustRepair) result = NULL;

  add (pool, impostor, POSTERN_ORIGIN_PROFILE);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_MISSING);
}

/* Many certificates of two authorities that all certify each other: no walk is endless. */
static void
test_ring (void)
{
  const TestCertSpec one_spec = { .cn = "One", .ca = TRUE };
  const TestCertSpec two_spec = { .cn = "Two", .ca = TRUE };
  const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(TestCert) one = test_cert_new (&one_spec, pki.other, NULL);
  g_autoptr(TestCert) two = test_cert_new (&two_spec, one, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, one, NULL);
  g_autoptr(GPtrArray) chain = make_chain (leaf, NULL);
  g_autoptr(PosternTrustRepair) result = NULL;
  gint64 before;

  for (int i = 0; i < 15; i++)
    {
      g_autoptr(TestCert) of_two = test_cert_new (&one_spec, two, one);
      g_autoptr(TestCert) of_one = test_cert_new (&two_spec, one, two);

      g_ptr_array_add (chain, test_cert_der (of_two));
      g_ptr_array_add (chain, test_cert_der (of_one));
    }
  before = g_get_monotonic_time ();
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_MISSING);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 5 * G_USEC_PER_SEC);
}

static void
test_nothing (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(GPtrArray) none = g_ptr_array_new ();
  g_autoptr(GPtrArray) rubbish = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(PosternTrustRepair) of_none = repair (none, policy, pool, NULL);
  g_autoptr(PosternTrustRepair) of_rubbish = NULL;

  g_ptr_array_add (rubbish, g_bytes_new_static ("rubbish", 7));
  of_rubbish = repair (rubbish, policy, pool, NULL);
  g_assert_cmpint (of_none->state, ==, POSTERN_REPAIR_FAULTS);
  g_assert_cmpint (of_rubbish->state, ==, POSTERN_REPAIR_FAULTS);
  g_assert_cmpuint (of_none->faults->len, ==, 1);
  g_assert_cmpuint (of_rubbish->faults->len, ==, 1);
}

/* A name cannot begin a block of PEM in the comments of a bundle. */
static void
test_comments (void)
{
  const TestCertSpec spec = { .cn = "-----BEGIN CERTIFICATE-----", .ca = TRUE };
  const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) root = test_cert_new (&spec, NULL, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, root, NULL);
  g_autoptr(GPtrArray) chain = make_chain (leaf, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(PosternTrustRepair) result = NULL;

  add (pool, root, POSTERN_ORIGIN_PROFILE);
  result = repair (chain, policy, pool, NULL);
  g_assert_cmpint (result->state, ==, POSTERN_REPAIR_PROVEN);
  assert_names (result->client_pem, "-----BEGIN CERTIFICATE-----");
}

static void
test_fingerprints (void)
{
  static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  static const char *const bad[] = {
    "", "00", "sha256", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefg"
  };
  g_autofree char *shown = postern_fingerprint_format (hex);
  g_autofree char *read = postern_fingerprint_parse (shown);
  g_autofree char *longer = g_strconcat (hex, "00", NULL);

  g_assert_true (g_str_has_prefix (shown, "00:11:22:33:44:55:66:77:88:99:AA:BB"));
  g_assert_cmpstr (read, ==, hex);
  g_assert_null (postern_fingerprint_parse (longer));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (postern_fingerprint_parse (bad[i]));
}

/* A system of OpenSSL's own, such as Uniface, follows no certificate that is no root: naming an
 * intermediate one alone is no repair there. */
static void
test_partial (void)
{
  for (int openssl = 0; openssl < 2; openssl++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(GPtrArray) chain = make_chain (pki.leaf, pki.lower, NULL);
      g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
      g_autoptr(PosternTrustRepair) result = NULL;

      policy->cn_fallback = openssl;
      add (pool, pki.upper, POSTERN_ORIGIN_PROFILE);
      result = repair (chain, policy, pool, NULL);
      g_assert_cmpint (result->state, ==, openssl ? POSTERN_REPAIR_FAULTS : POSTERN_REPAIR_PROVEN);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pki_init ();

  g_test_add_func ("/trust-repair/completed", test_completed);
  g_test_add_func ("/trust-repair/order", test_order);
  g_test_add_func ("/trust-repair/upper", test_upper);
  g_test_add_func ("/trust-repair/missing", test_missing);
  g_test_add_func ("/trust-repair/wish", test_wish);
  g_test_add_func ("/trust-repair/self-signed", test_self_signed);
  g_test_add_func ("/trust-repair/other-faults", test_other_faults);
  g_test_add_func ("/trust-repair/name-off", test_name_off);
  g_test_add_func ("/trust-repair/revoked", test_revoked);
  g_test_add_func ("/trust-repair/lasting", test_lasting);
  g_test_add_func ("/trust-repair/cross-signed", test_cross_signed);
  g_test_add_func ("/trust-repair/impostor", test_impostor);
  g_test_add_func ("/trust-repair/ring", test_ring);
  g_test_add_func ("/trust-repair/nothing", test_nothing);
  g_test_add_func ("/trust-repair/comments", test_comments);
  g_test_add_func ("/trust-repair/fingerprints", test_fingerprints);
  g_test_add_func ("/trust-repair/partial", test_partial);
  status = g_test_run ();
  pki_clear ();

  return status;
}
