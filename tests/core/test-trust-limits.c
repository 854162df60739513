/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-private.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Certificates that take as much work as their sender could think of: each has an end to it. */

#define HOST "mail.example.com"
#define SOON 10 /* s; without a limit it is minutes. It is for slow machines: most take 0.1 s. */

typedef struct
{
  GPtrArray *sent; /* element-type GBytes */
  PosternVerdict verdict;
} Case;

static void
case_init (Case *self)
{
  memset (self, 0, sizeof *self);
  self->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
case_clear (Case *self)
{
  g_ptr_array_unref (self->sent);
  postern_verdict_clear (&self->verdict);
}

static X509 *
make (const char *subject, const char *issuer, EVP_PKEY *key)
{
  static long serial;
  X509 *x509 = X509_new ();

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), ++serial);
  X509_gmtime_adj (X509_getm_notBefore (x509), -1000);
  X509_gmtime_adj (X509_getm_notAfter (x509), 100000);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (x509), "CN", MBSTRING_UTF8,
                              (const guchar *) subject, -1, -1, 0);
  X509_NAME_add_entry_by_txt (X509_get_issuer_name (x509), "CN", MBSTRING_UTF8,
                              (const guchar *) issuer, -1, -1, 0);
  X509_set_pubkey (x509, key);

  return x509;
}

static void
send (Case *self, X509 *x509, EVP_PKEY *key)
{
  guchar *der = NULL;
  int length;

  g_assert_cmpint (X509_sign (x509, key, EVP_sha256 ()), >, 0);
  length = i2d_X509 (x509, &der);
  g_assert_cmpint (length, >, 0);
  g_ptr_array_add (self->sent, g_bytes_new (der, (gsize) length));
  OPENSSL_free (der);
  X509_free (x509);
}

static void
judge (Case *self)
{
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  gint64 start = g_get_monotonic_time ();
  double seconds;

  postern_trust_judge (&self->verdict, NULL, policy, HOST, self->sent,
                       g_get_real_time () / G_USEC_PER_SEC);
  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;

  for (guint i = 0; i < self->verdict.faults->len; i++)
    {
      const PosternCertFault *fault = self->verdict.faults->pdata[i];

      g_test_message ("%s:%u %.200s", fault->code, fault->certificate, fault->text);
    }
  g_test_message ("%.3f s", seconds);
  g_assert_cmpfloat (seconds, <, SOON);
  g_assert_false (self->verdict.accepted);
}

static gboolean
is_told (const Case *self, const char *code, const char *text)
{
  for (guint i = 0; i < self->verdict.faults->len; i++)
    {
      const PosternCertFault *fault = self->verdict.faults->pdata[i];

      if (strcmp (fault->code, code) == 0 && strstr (fault->text, text) != NULL)
        return TRUE;
    }

  return FALSE;
}

static void
add_authority (X509 *x509)
{
  BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new ();

  basic->ca = 1;
  X509_add1_ext_i2d (x509, NID_basic_constraints, basic, 1, 0);
  BASIC_CONSTRAINTS_free (basic);
}

static GENERAL_NAME *
new_dns_name (const char *text)
{
  GENERAL_NAME *name = GENERAL_NAME_new ();
  ASN1_IA5STRING *string = ASN1_IA5STRING_new ();

  ASN1_STRING_set (string, text, -1);
  GENERAL_NAME_set0_value (name, GEN_DNS, string);

  return name;
}

static void
add_long_name (X509 *x509, gsize length)
{
  GENERAL_NAMES *names = sk_GENERAL_NAME_new_null ();
  g_autofree char *text = g_strnfill (length, 'a');

  sk_GENERAL_NAME_push (names, new_dns_name (text));
  X509_add1_ext_i2d (x509, NID_subject_alt_name, names, 0, 0);
  GENERAL_NAMES_free (names);
}

static void
add_constraints (X509 *x509, guint n)
{
  NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new ();

  constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null ();
  for (guint i = 0; i < n; i++)
    {
      GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new ();

      GENERAL_NAME_free (subtree->base);
      subtree->base = new_dns_name ("b");
      sk_GENERAL_SUBTREE_push (constraints->permittedSubtrees, subtree);
    }
  X509_add1_ext_i2d (x509, NID_name_constraints, constraints, 1, 0);
  NAME_CONSTRAINTS_free (constraints);
}

#define N_GROUPS 4
#define N_GROUP 4

/* A long name, many constraints, and above them more paths than anybody follows. */
static void
test_constraints (void)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  EVP_PKEY *keys[N_GROUPS + 1];
  X509 *x509;
  Case one;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    keys[i] = EVP_EC_gen ("P-256");
  case_init (&one);
  x509 = make (HOST, "Issuing", key);
  add_long_name (x509, 90000);
  send (&one, x509, key);
  x509 = make ("Issuing", "Group 0", key);
  add_authority (x509);
  add_constraints (x509, 15000);
  send (&one, x509, keys[0]);
  for (guint i = 0; i < N_GROUPS * N_GROUP; i++)
    {
      guint group = i / N_GROUP;
      g_autofree char *subject = g_strdup_printf ("Group %u", group);
      g_autofree char *issuer = g_strdup_printf ("Group %u", group + 1);

      x509 = make (subject, issuer, keys[group]);
      add_authority (x509);
      send (&one, x509, keys[group + 1]);
    }

  judge (&one);
  g_assert_true (is_told (&one, "cert.name-constraints", "than anybody can compare"));
  case_clear (&one);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    EVP_PKEY_free (keys[i]);
  EVP_PKEY_free (key);
}

static void
test_extensions (void)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *x509 = make (HOST, HOST, key);
  ASN1_OCTET_STRING *nothing = ASN1_OCTET_STRING_new ();
  Case one;

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *oid = g_strdup_printf ("1.3.%u", i);
      ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
      X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ (NULL, object, 0, nothing);

      X509_add_ext (x509, extension, -1);
      X509_EXTENSION_free (extension);
      ASN1_OBJECT_free (object);
    }
  case_init (&one);
  send (&one, x509, key);

  judge (&one);
  g_assert_true (is_told (&one, "cert.malformed", "20000 extensions"));
  case_clear (&one);
  ASN1_OCTET_STRING_free (nothing);
  EVP_PKEY_free (key);
}

/* The key of @key, but with another exponent. */
static EVP_PKEY *
new_public_key (EVP_PKEY *key, guint i)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  BIGNUM *modulus = NULL, *exponent = NULL;
  EVP_PKEY *other = NULL;
  OSSL_PARAM *params;

  g_assert_cmpint (EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_RSA_N, &modulus), ==, 1);
  exponent = BN_dup (modulus);
  BN_sub_word (exponent, 2 + 2 * i);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, exponent);
  params = OSSL_PARAM_BLD_to_param (builder);
  EVP_PKEY_fromdata_init (context);
  g_assert_cmpint (EVP_PKEY_fromdata (context, &other, EVP_PKEY_PUBLIC_KEY, params), ==, 1);

  OSSL_PARAM_free (params);
  OSSL_PARAM_BLD_free (builder);
  BN_free (exponent);
  BN_free (modulus);
  EVP_PKEY_CTX_free (context);

  return other;
}

static void
test_exponents (void)
{
  EVP_PKEY *key = EVP_RSA_gen (3072);
  Case one;

  case_init (&one);
  send (&one, make (HOST, "Crowd", key), key);
  for (guint i = 0; i < 31; i++)
    {
      EVP_PKEY *public_key = new_public_key (key, i);
      X509 *x509 = make ("Crowd", "Crowd", public_key);

      add_authority (x509);
      send (&one, x509, key);
      EVP_PKEY_free (public_key);
    }

  judge (&one);
  g_assert_true (is_told (&one, "cert.weak-key", "exponent has 3072 bits"));
  case_clear (&one);
  EVP_PKEY_free (key);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/trust-limits/constraints", test_constraints);
  g_test_add_func ("/trust-limits/extensions", test_extensions);
  g_test_add_func ("/trust-limits/exponents", test_exponents);

  return g_test_run ();
}
