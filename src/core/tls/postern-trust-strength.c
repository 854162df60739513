/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <glib/gi18n.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* Strength: keys and signatures. */

#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 16384
#define MIN_EC_BITS 224
#define MIN_HASH_BITS 112 /* of security; SHA-1 has 63, MD5 39 */

static char *
explain_rsa (const EVP_PKEY *key, const char *label)
{
  BIGNUM *exponent = NULL, *modulus = NULL;
  int bits = EVP_PKEY_get_bits (key);
  char *text = NULL;

  EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_RSA_E, &exponent);
  EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_RSA_N, &modulus);
  if (bits < MIN_RSA_BITS)
    text = g_strdup_printf (_ ("The key of “%s” is too weak: RSA with %d bits, where %d are the "
                               "least."),
                            label, bits, MIN_RSA_BITS);
  else if (bits > MAX_RSA_BITS)
    text = g_strdup_printf (_ ("The key of “%s” is too long for clients: RSA with %d bits, where "
                               "%d are the most."),
                            label, bits, MAX_RSA_BITS);
  else if (exponent == NULL || BN_is_one (exponent) || !BN_is_odd (exponent))
    text = g_strdup_printf (_ ("The key of “%s” protects nothing: its RSA exponent is 1 or even."),
                            label);
  else if (BN_num_bits (exponent) > POSTERN_MAX_RSA_EXPONENT_BITS)
    text = g_strdup_printf (_ ("The key of “%s” takes too long to compute with: its RSA exponent "
                               "has %d bits, where %d are the most."),
                            label, BN_num_bits (exponent), POSTERN_MAX_RSA_EXPONENT_BITS);
  else if (modulus == NULL || !BN_is_odd (modulus))
    text =
      g_strdup_printf (_ ("The key of “%s” protects nothing: its RSA modulus is even."), label);
  BN_free (exponent);
  BN_free (modulus);

  return text;
}

static char *
explain_ec (const EVP_PKEY *key, const char *label)
{
  int bits = EVP_PKEY_get_bits (key);
  char group[80] = "";
  int decoded_from_explicit = 0;

  EVP_PKEY_get_int_param (key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                          &decoded_from_explicit);
  EVP_PKEY_get_utf8_string_param (key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
  if (bits < MIN_EC_BITS)
    return g_strdup_printf (_ ("The key of “%s” is too weak: an elliptic curve with %d bits (%s), "
                               "where %d are the least."),
                            label, bits, *group != '\0' ? group : "?", MIN_EC_BITS);
  if (decoded_from_explicit || *group == '\0')
    return g_strdup_printf (_ ("The key of “%s” brings its own elliptic curve instead of naming "
                               "one, which RFC 5480 forbids and clients refuse."),
                            label);

  return NULL;
}

/* RFC 8446, 4.2.3, has signatures by three curves, and GnuTLS no others that a server would use. */
static void
look_at_curve (PosternLook *look, const PosternPathLink *own)
{
  static const char *const known[] = { "prime256v1", "secp384r1", "secp521r1", NULL };
  EVP_PKEY *key = X509_get0_pubkey (postern_certificate_peek_x509 (own->certificate));
  char group[80] = "";

  if (key == NULL || EVP_PKEY_get_base_id (key) != EVP_PKEY_EC ||
      EVP_PKEY_get_bits (key) < MIN_EC_BITS ||
      EVP_PKEY_get_utf8_string_param (key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL) !=
        1 ||
      *group == '\0' || g_strv_contains (known, group))
    return;

  postern_look_warn (look, "cert.clients-differ", own, "verify_server",
                     g_strdup_printf (_ ("The key of “%s” is of the curve %s, which TLS 1.3 does "
                                         "not have: many clients can do nothing with it."),
                                      postern_look_get_label (own), group));
}

static char *
explain_key (PosternCertificate *certificate, const char *label)
{
  EVP_PKEY *key = X509_get0_pubkey (postern_certificate_peek_x509 (certificate));
  char *text = NULL;

  if (key == NULL)
    text = g_strdup_printf (_ ("The key of “%s” cannot be used: its algorithm or its curve is not "
                               "known, or it is not well-formed."),
                            label);
  else if (EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA ||
           EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA_PSS)
    text = explain_rsa (key, label);
  else if (EVP_PKEY_get_base_id (key) == EVP_PKEY_EC)
    text = explain_ec (key, label);
  else if (EVP_PKEY_get_base_id (key) == EVP_PKEY_DSA)
    text = g_strdup_printf (_ ("The key of “%s” is too weak: DSA (%d bits), which TLS has given "
                               "up."),
                            label, EVP_PKEY_get_bits (key));
  ERR_clear_error ();

  return text;
}

static gboolean
is_weak_signature (X509 *x509)
{
  int digest = NID_undef, kind = NID_undef, bits = 0;

  switch (X509_get_signature_nid (x509))
    {
    case NID_md2WithRSAEncryption:
    case NID_md4WithRSAEncryption:
    case NID_md5WithRSAEncryption:
    case NID_md5WithRSA:
      return TRUE;
    default:
      break;
    }

  return X509_get_signature_info (x509, &digest, &kind, &bits, NULL) == 1 && bits > 0 &&
         bits < MIN_HASH_BITS;
}

void
postern_look_at_strength (PosternLook *look)
{
  for (guint i = 0; i < look->path->n_links; i++)
    {
      const PosternPathLink *link = &look->path->links[i];
      const char *label = postern_look_get_label (link);
      char *text = explain_key (link->certificate, label);

      if (text != NULL)
        postern_look_add (look, "cert.weak-key", link, "verify_server", text);

      /* Nobody relies on the signature of a certificate that is trusted as it is, or of a root. */
      if (!link->anchor && !postern_certificate_is_self_issued (link->certificate) &&
          is_weak_signature (postern_certificate_peek_x509 (link->certificate)))
        postern_look_add (look, "cert.weak-signature", link, "verify_server",
                          g_strdup_printf (_ ("The signature of “%s” uses a broken algorithm: %s."),
                                           label,
                                           postern_certificate_get_signature (link->certificate)));
    }
  look_at_curve (look, &look->path->links[0]);
  ERR_clear_error ();
}
