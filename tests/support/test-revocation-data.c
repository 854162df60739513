/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-revocation-data.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#define DAY (24 * 60 * 60L)

static X509 *
to_x509 (TestCert *cert)
{
  g_autoptr(GBytes) der = test_cert_der (cert);
  gsize length = 0;
  const unsigned char *bytes = g_bytes_get_data (der, &length);
  X509 *x509 = d2i_X509 (NULL, &bytes, (long) length);

  g_assert_nonnull (x509);

  return x509;
}

static EVP_PKEY *
to_key (TestCert *cert)
{
  g_autofree char *pem = test_cert_key_pem (cert);
  BIO *bio = BIO_new_mem_buf (pem, -1);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);

  BIO_free (bio);
  g_assert_nonnull (key);

  return key;
}

static ASN1_TIME *
in_days (int from_days, int to_days, int either, int otherwise)
{
  int days = from_days == 0 && to_days == 0 ? otherwise : either;

  return ASN1_TIME_adj (NULL, time (NULL), days, 0);
}

static GBytes *
take_der (unsigned char *der, int length)
{
  GBytes *bytes;

  g_assert_cmpint (length, >, 0);
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);

  return bytes;
}

static void
add_answer (OCSP_BASICRESP *basic, X509 *issuer, X509 *about, const TestStapleSpec *spec)
{
  OCSP_CERTID *id = OCSP_cert_to_id (NULL, about, issuer);
  ASN1_TIME *from = in_days (spec->from_days, spec->to_days, spec->from_days, -1);
  ASN1_TIME *until = in_days (spec->from_days, spec->to_days, spec->to_days, 1);

  g_assert_nonnull (OCSP_basic_add1_status (
    basic, id, spec->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
    spec->status == V_OCSP_CERTSTATUS_REVOKED ? from : NULL, from, spec->endless ? NULL : until));
  ASN1_TIME_free (from);
  ASN1_TIME_free (until);
  OCSP_CERTID_free (id);
}

/* By hand, as OpenSSL signs with no key but that of the signer. */
static void
sign_with_other_key (OCSP_BASICRESP *basic)
{
  ASN1_BIT_STRING *signature = (ASN1_BIT_STRING *) OCSP_resp_get0_signature (basic);

  signature->data[signature->length - 1] ^= 1;
}

static OCSP_BASICRESP *
make_basic (TestCert *issuer, TestCert *certificate, const TestStapleSpec *spec)
{
  OCSP_BASICRESP *basic = OCSP_BASICRESP_new ();
  TestCert *signer = spec->signer != NULL ? spec->signer : issuer;
  X509 *issuer_x509 = to_x509 (issuer);
  X509 *about = to_x509 (spec->about != NULL ? spec->about : certificate);
  X509 *signer_x509 = to_x509 (signer);
  EVP_PKEY *key = to_key (signer);
  unsigned long flags =
    (spec->no_certificate ? OCSP_NOCERTS : 0UL) | (spec->by_key ? OCSP_RESPID_KEY : 0UL);

  add_answer (basic, issuer_x509, about, spec);
  g_assert_cmpint (OCSP_basic_sign (basic, signer_x509, key, EVP_sha256 (), NULL, flags), ==, 1);
  if (spec->other_key)
    sign_with_other_key (basic);
  EVP_PKEY_free (key);
  X509_free (signer_x509);
  X509_free (about);
  X509_free (issuer_x509);

  return basic;
}

GBytes *
test_staple_new (TestCert *issuer, TestCert *certificate, const TestStapleSpec *spec)
{
  OCSP_BASICRESP *basic = make_basic (issuer, certificate, spec);
  OCSP_RESPONSE *response =
    OCSP_response_create (spec->response, spec->response == 0 ? basic : NULL);
  unsigned char *der = NULL;
  int length = i2d_OCSP_RESPONSE (response, &der);

  OCSP_RESPONSE_free (response);
  OCSP_BASICRESP_free (basic);

  return take_der (der, length);
}

static void
add_revoked (X509_CRL *crl, X509 *revoked, const TestCrlSpec *spec)
{
  X509_REVOKED *entry = X509_REVOKED_new ();
  ASN1_TIME *when = ASN1_TIME_adj (NULL, time (NULL), -2, 0);

  X509_REVOKED_set_serialNumber (entry, X509_get_serialNumber (revoked));
  X509_REVOKED_set_revocationDate (entry, when);
  if (spec->reason != 0)
    {
      ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new ();

      ASN1_ENUMERATED_set (reason, spec->reason);
      X509_REVOKED_add1_ext_i2d (entry, NID_crl_reason, reason, 0, 0);
      ASN1_ENUMERATED_free (reason);
    }
  ASN1_TIME_free (when);
  g_assert_cmpint (X509_CRL_add0_revoked (crl, entry), ==, 1);
}

static void
add_extensions (X509_CRL *crl, const TestCrlSpec *spec)
{
  X509_EXTENSION *extension;

  if (spec->scope != NULL)
    {
      g_autofree char *value = g_strdup_printf ("critical,%s", spec->scope);

      extension = X509V3_EXT_conf_nid (NULL, NULL, NID_issuing_distribution_point, value);
      g_assert_nonnull (extension);
      X509_CRL_add_ext (crl, extension, -1);
      X509_EXTENSION_free (extension);
    }
  if (spec->strange)
    {
      ASN1_OBJECT *object = OBJ_txt2obj ("1.3.6.1.4.1.99999.1", 1);
      ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new ();

      ASN1_OCTET_STRING_set (value, (const unsigned char *) "\5\0", 2);
      extension = X509_EXTENSION_create_by_OBJ (NULL, object, 1, value);
      X509_CRL_add_ext (crl, extension, -1);
      X509_EXTENSION_free (extension);
      ASN1_OCTET_STRING_free (value);
      ASN1_OBJECT_free (object);
    }
}

static X509_CRL *
make_crl (TestCert *issuer, const TestCrlSpec *spec)
{
  X509_CRL *crl = X509_CRL_new ();
  X509 *issuer_x509 = to_x509 (issuer);
  EVP_PKEY *key = to_key (spec->key != NULL ? spec->key : issuer);
  ASN1_TIME *from = in_days (spec->from_days, spec->to_days, spec->from_days, -1);
  ASN1_TIME *until = in_days (spec->from_days, spec->to_days, spec->to_days, 1);

  X509_CRL_set_version (crl, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name (crl, X509_get_subject_name (issuer_x509));
  X509_CRL_set1_lastUpdate (crl, from);
  X509_CRL_set1_nextUpdate (crl, until);
  if (spec->revoked != NULL)
    {
      X509 *revoked = to_x509 (spec->revoked);

      add_revoked (crl, revoked, spec);
      X509_free (revoked);
    }
  add_extensions (crl, spec);
  X509_CRL_sort (crl);
  g_assert_cmpint (X509_CRL_sign (crl, key, EVP_sha256 ()), >, 0);
  ASN1_TIME_free (from);
  ASN1_TIME_free (until);
  EVP_PKEY_free (key);
  X509_free (issuer_x509);

  return crl;
}

GBytes *
test_crl_new (TestCert *issuer, const TestCrlSpec *spec)
{
  X509_CRL *crl = make_crl (issuer, spec);
  GBytes *bytes = NULL;

  if (spec->der)
    {
      unsigned char *der = NULL;

      int size = i2d_X509_CRL (crl, &der);

      bytes = take_der (der, size);
    }
  else
    {
      BIO *bio = BIO_new (BIO_s_mem ());
      char *pem = NULL;
      long length;

      PEM_write_bio_X509_CRL (bio, crl);
      length = BIO_get_mem_data (bio, &pem);
      bytes = g_bytes_new (pem, (gsize) length);
      BIO_free (bio);
    }
  X509_CRL_free (crl);

  return bytes;
}
