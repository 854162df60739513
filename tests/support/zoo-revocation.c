/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-revocation.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <string.h>

#define DAY (24 * 60 * 60)

char *
zoo_crl_pem (const ZooSigner *signer, X509 *revoked, int to)
{
  BIO *bio = BIO_new (BIO_s_mem ());
  X509_CRL *crl = X509_CRL_new ();
  X509_REVOKED *entry = X509_REVOKED_new ();
  ASN1_TIME *time = ASN1_TIME_new ();
  ASN1_INTEGER *number = ASN1_INTEGER_new ();
  char *bytes = NULL, *pem;
  long length;

  X509_CRL_set_version (crl, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name (crl, X509_get_subject_name (signer->certificate));
  X509_time_adj_ex (time, -20, 0, NULL);
  X509_CRL_set1_lastUpdate (crl, time);
  X509_REVOKED_set_revocationDate (entry, time);
  X509_time_adj_ex (time, to, 0, NULL);
  X509_CRL_set1_nextUpdate (crl, time);
  X509_REVOKED_set_serialNumber (entry, X509_get_serialNumber (revoked));
  X509_CRL_add0_revoked (crl, entry);
  ASN1_INTEGER_set (number, 1);
  X509_CRL_add1_ext_i2d (crl, NID_crl_number, number, 0, 0);
  g_assert_cmpint (X509_CRL_sign (crl, signer->key, EVP_sha256 ()), >, 0);
  g_assert_cmpint (PEM_write_bio_X509_CRL (bio, crl), ==, 1);

  length = BIO_get_mem_data (bio, &bytes);
  pem = g_strndup (bytes, (gsize) length);
  ASN1_INTEGER_free (number);
  ASN1_TIME_free (time);
  X509_CRL_free (crl);
  BIO_free (bio);

  return pem;
}

static int
to_status (const char *kind)
{
  return strcmp (kind, "revoked") == 0   ? V_OCSP_CERTSTATUS_REVOKED
         : strcmp (kind, "unknown") == 0 ? V_OCSP_CERTSTATUS_UNKNOWN
                                         : V_OCSP_CERTSTATUS_GOOD;
}

GBytes *
zoo_staple (const char *kind, X509 *about, const ZooSigner *issuer, const ZooSigner *stranger)
{
  const ZooSigner *signer = strcmp (kind, "forged") == 0 ? stranger : issuer;
  gboolean stale = strcmp (kind, "stale") == 0;
  OCSP_BASICRESP *basic = OCSP_BASICRESP_new ();
  ASN1_TIME *since = X509_time_adj_ex (NULL, stale ? -9 : -1, 0, NULL);
  ASN1_TIME *until = X509_time_adj_ex (NULL, stale ? -2 : 6, 0, NULL);
  ASN1_TIME *revoked = X509_time_adj_ex (NULL, -3, 0, NULL);
  OCSP_CERTID *id = OCSP_cert_to_id (EVP_sha1 (), about, issuer->certificate);
  OCSP_RESPONSE *response;
  unsigned char *bytes = NULL;
  int length;
  GBytes *der;

  OCSP_basic_add1_status (basic, id, to_status (kind), OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked,
                          since, until);
  g_assert_cmpint (
    OCSP_basic_sign (basic, signer->certificate, signer->key, EVP_sha256 (), NULL, 0), ==, 1);
  response = OCSP_response_create (OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  length = i2d_OCSP_RESPONSE (response, &bytes);
  der = g_bytes_new (bytes, (gsize) length);

  OPENSSL_free (bytes);
  OCSP_RESPONSE_free (response);
  OCSP_BASICRESP_free (basic);
  OCSP_CERTID_free (id);
  ASN1_TIME_free (since);
  ASN1_TIME_free (until);
  ASN1_TIME_free (revoked);

  return der;
}
