/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-private.h"

#include "test-pki.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <string.h>

#define HOST "mail.example.com"
#define PRINTABLE V_ASN1_PRINTABLESTRING

/* Keys that no library makes, so that they are put together here. */

static EVP_PKEY *
make_key (const char *kind, OSSL_PARAM_BLD *build)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, kind, NULL);
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param (build);
  EVP_PKEY *key = NULL;

  g_assert_cmpint (EVP_PKEY_fromdata_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, params), ==, 1);
  OSSL_PARAM_free (params);
  EVP_PKEY_CTX_free (context);

  return key;
}

static EVP_PKEY *
make_rsa (int bits, unsigned long exponent, gboolean even)
{
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new ();
  BIGNUM *n = BN_new (), *e = BN_new ();
  EVP_PKEY *key;

  BN_set_bit (n, bits - 1);
  if (!even)
    BN_set_bit (n, 0);
  BN_set_word (e, exponent);
  OSSL_PARAM_BLD_push_BN (build, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN (build, OSSL_PKEY_PARAM_RSA_E, e);
  key = make_key ("RSA", build);
  OSSL_PARAM_BLD_free (build);
  BN_free (n);
  BN_free (e);

  return key;
}

static EVP_PKEY *
make_ec (const char *curve)
{
  return EVP_EC_gen (curve);
}

static void
add_extension (X509 *x509, int nid, const char *value)
{
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, nid, value);

  g_assert_nonnull (extension);
  X509_add_ext (x509, extension, -1);
  X509_EXTENSION_free (extension);
}

static X509 *
make_certificate (
  const char *cn, EVP_PKEY *key, const char *issuer, int encoding, EVP_PKEY *signer, gboolean ca)
{
  X509 *x509 = X509_new ();
  X509_NAME *name = X509_NAME_new ();

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), ca ? 1 : 2);
  X509_gmtime_adj (X509_getm_notBefore (x509), -3600);
  X509_gmtime_adj (X509_getm_notAfter (x509), 90 * 24 * 3600);
  X509_NAME_add_entry_by_txt (name, "CN", encoding, (const guchar *) issuer, -1, -1, 0);
  X509_set_issuer_name (x509, name);
  X509_NAME_free (name);
  name = X509_NAME_new ();
  X509_NAME_add_entry_by_txt (name, "CN", PRINTABLE, (const guchar *) cn, -1, -1, 0);
  X509_set_subject_name (x509, name);
  X509_NAME_free (name);
  X509_set_pubkey (x509, key);
  if (ca)
    add_extension (x509, NID_basic_constraints, "critical,CA:TRUE");
  else
    add_extension (x509, NID_subject_alt_name, "DNS:" HOST);
  g_assert_cmpint (X509_sign (x509, signer, EVP_sha256 ()), >, 0);

  return x509;
}

static GBytes *
to_der (X509 *x509)
{
  guchar *bytes = NULL;
  int length = i2d_X509 (x509, &bytes);
  GBytes *der = g_bytes_new (bytes, (gsize) length);

  OPENSSL_free (bytes);
  X509_free (x509);

  return der;
}

/* @issuer: how the certificate writes the name of "Root". */
static char *
judge (EVP_PKEY *key, const char *issuer, int encoding)
{
  EVP_PKEY *signer = make_ec ("P-256");
  g_autoptr(GPtrArray) trusted = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GPtrArray) sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(PosternTrustStore) store = NULL;
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  PosternVerdict verdict = { NULL };
  GString *codes = g_string_new (NULL);

  g_ptr_array_add (trusted,
                   to_der (make_certificate ("Root", signer, "Root", PRINTABLE, signer, TRUE)));
  g_ptr_array_add (sent, to_der (make_certificate (HOST, key, issuer, encoding, signer, FALSE)));
  EVP_PKEY_free (signer);
  store = postern_trust_store_new_from_ders (trusted, NULL, NULL);
  postern_trust_judge (&verdict, store, policy, HOST, sent, g_get_real_time () / G_USEC_PER_SEC);
  for (guint i = 0; i < verdict.faults->len; i++)
    {
      const PosternCertFault *fault = verdict.faults->pdata[i];

      g_test_message ("%s: %s", fault->code, fault->text);
      g_string_append_printf (codes, "%s%s%s", i > 0 ? " " : "", fault->warning ? "~" : "",
                              fault->code);
    }
  postern_verdict_clear (&verdict);

  return g_string_free (codes, FALSE);
}

static void
test_rsa (void)
{
  static const struct
  {
    int bits;
    unsigned long exponent;
    gboolean even;
    const char *codes;
  } rows[] = {
    { 2048, 65537, FALSE, "" },
    { 2048, 3, FALSE, "" },
    { 2047, 65537, FALSE, "cert.weak-key" },
    { 2048, 1, FALSE, "cert.weak-key" },
    { 2048, 65536, FALSE, "cert.weak-key" },
    { 2048, 65537, TRUE, "cert.weak-key" },
    { 16384, 65537, FALSE, "" },
    { 16392, 65537, FALSE, "cert.weak-key" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      EVP_PKEY *key = make_rsa (rows[i].bits, rows[i].exponent, rows[i].even);
      g_autofree char *codes = judge (key, "Root", PRINTABLE);

      g_test_message ("%d bits, exponent %lu", rows[i].bits, rows[i].exponent);
      g_assert_cmpstr (codes, ==, rows[i].codes);
      EVP_PKEY_free (key);
    }
}

static void
test_curves (void)
{
  static const struct
  {
    const char *curve;
    const char *codes;
  } rows[] = {
    { "P-256", "" },
    { "P-384", "" },
    { "P-521", "" },
    { "prime192v1", "cert.weak-key" },
    { "secp160r1", "cert.weak-key" },
    { "P-224", "~cert.clients-differ" },
    { "secp256k1", "~cert.clients-differ" },
    { "brainpoolP256r1", "~cert.clients-differ" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      EVP_PKEY *key = make_ec (rows[i].curve);
      g_autofree char *codes = judge (key, "Root", PRINTABLE);

      g_test_message ("%s", rows[i].curve);
      g_assert_cmpstr (codes, ==, rows[i].codes);
      EVP_PKEY_free (key);
    }
}

/* RFC 5280, section 7.1: case and blanks of a name do not matter, nor how it is encoded; GnuTLS
 * wants the very bytes. */
static void
test_names_of_issuers (void)
{
  static const struct
  {
    const char *issuer;
    int encoding;
  } rows[] = {
    { "Root", V_ASN1_UTF8STRING },
    { "root", PRINTABLE },
    { " Root ", PRINTABLE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      EVP_PKEY *key = make_ec ("P-256");
      g_autofree char *codes = judge (key, rows[i].issuer, rows[i].encoding);

      g_assert_cmpstr (codes, ==, "~cert.clients-differ");
      EVP_PKEY_free (key);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/trust-strength/rsa", test_rsa);
  g_test_add_func ("/trust-strength/curves", test_curves);
  g_test_add_func ("/trust-strength/names-of-issuers", test_names_of_issuers);

  return g_test_run ();
}
