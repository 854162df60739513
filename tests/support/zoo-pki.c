/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-pki.h"

#include "zoo-revocation.h"

#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define DAY (24 * 60 * 60)

typedef struct
{
  ZooSigner self;
  GBytes *der; /* with its damage */
} Animal;

struct _ZooPki
{
  GHashTable *animals; /* name, or name of the chain, to Animal */
  long n_made;
};

static void
ok (gboolean good, const char *what)
{
  if (!good)
    g_error ("OpenSSL: %s: %s", what, ERR_reason_error_string (ERR_peek_last_error ()));
}

static void
animal_free (gpointer data)
{
  Animal *self = data;

  X509_free (self->self.certificate);
  EVP_PKEY_free (self->self.key);
  g_bytes_unref (self->der);
  g_free (self);
}

static char *
with_host (const char *text, const char *host)
{
  GString *string = g_string_new (text);

  g_string_replace (string, "%h", host != NULL ? host : "", 0);

  return g_string_free (string, FALSE);
}

static Animal *
find (ZooPki *self, const ZooChain *chain, const char *name)
{
  gboolean own = chain != NULL && strcmp (name, "leaf") == 0;
  Animal *animal = g_hash_table_lookup (self->animals, own ? chain->name : name);

  if (animal == NULL)
    g_error ("There is no “%s” in the zoo", name);

  return animal;
}

/* A public key alone: what is signed with it is the signature. */
static EVP_PKEY *
make_exponent_1 (void)
{
  EVP_PKEY *other = EVP_RSA_gen (2048);
  BIGNUM *modulus = NULL;
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  OSSL_PARAM *params;

  EVP_PKEY_get_bn_param (other, OSSL_PKEY_PARAM_RSA_N, &modulus);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_uint (builder, OSSL_PKEY_PARAM_RSA_E, 1);
  params = OSSL_PARAM_BLD_to_param (builder);
  EVP_PKEY_fromdata_init (context);
  EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, params);
  OSSL_PARAM_free (params);
  OSSL_PARAM_BLD_free (builder);
  EVP_PKEY_CTX_free (context);
  EVP_PKEY_free (other);
  BN_free (modulus);

  return key;
}

static EVP_PKEY *
make_dsa (void)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, "DSA", NULL);
  EVP_PKEY *parameters = NULL, *key = NULL;

  EVP_PKEY_paramgen_init (context);
  EVP_PKEY_CTX_set_dsa_paramgen_bits (context, 1024);
  EVP_PKEY_paramgen (context, &parameters);
  EVP_PKEY_CTX_free (context);
  context = EVP_PKEY_CTX_new (parameters, NULL);
  EVP_PKEY_keygen_init (context);
  EVP_PKEY_keygen (context, &key);
  EVP_PKEY_CTX_free (context);
  EVP_PKEY_free (parameters);

  return key;
}

static EVP_PKEY *
make_key (ZooPki *self, const char *kind)
{
  EVP_PKEY *key;

  if (kind != NULL && *kind == '=')
    {
      key = find (self, NULL, kind + 1)->self.key;
      EVP_PKEY_up_ref (key);
      return key;
    }

  if (kind == NULL)
    key = EVP_EC_gen ("P-256");
  else if (g_str_has_prefix (kind, "rsa"))
    key = EVP_RSA_gen ((unsigned int) atoi (kind + 3));
  else if (strcmp (kind, "exponent1") == 0)
    key = make_exponent_1 ();
  else if (strcmp (kind, "dsa") == 0)
    key = make_dsa ();
  else if (strcmp (kind, "ed25519") == 0)
    key = EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");
  else
    key = EVP_EC_gen (kind);
  ok (key != NULL, kind != NULL ? kind : "P-256");

  return key;
}

static void
set_serial (X509 *certificate, const char *hexadecimal, long counted)
{
  BIGNUM *number = NULL;

  if (hexadecimal == NULL)
    {
      ASN1_INTEGER_set (X509_get_serialNumber (certificate), counted);
      return;
    }

  ok (BN_hex2bn (&number, hexadecimal) > 0, hexadecimal);
  BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate));
  BN_free (number);
}

/* "CN=a/O=b" */
static void
set_subject (X509 *certificate, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *value = strchr (parts[i], '=');

      g_assert_nonnull (value);
      *value++ = '\0';
      ok (X509_NAME_add_entry_by_txt (X509_get_subject_name (certificate), parts[i], MBSTRING_UTF8,
                                      (const unsigned char *) value, -1, -1, 0) == 1,
          text);
    }
}

static void
add_extensions (X509 *certificate, X509 *issuer, const char *text)
{
  g_autofree char *section = g_strconcat ("[all]\n", text, NULL);
  BIO *bio = BIO_new_mem_buf (section, -1);
  CONF *conf = NCONF_new (NULL);
  X509V3_CTX context;
  long line = 0;

  ok (NCONF_load_bio (conf, bio, &line) == 1, text);
  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  X509V3_set_nconf (&context, conf);
  ok (X509V3_EXT_add_nconf (conf, &context, "all", certificate) == 1, text);
  NCONF_free (conf);
  BIO_free (bio);
}

static void
sign_with_pss (X509 *certificate, EVP_PKEY *key)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *padding = NULL;

  ok (EVP_DigestSignInit (context, &padding, EVP_sha256 (), NULL, key) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding (padding, RSA_PKCS1_PSS_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen (padding, RSA_PSS_SALTLEN_DIGEST) == 1 &&
        X509_sign_ctx (certificate, context) > 0,
      "PSS");
  EVP_MD_CTX_free (context);
}

static void
sign (X509 *certificate, EVP_PKEY *key, const char *digest)
{
  const EVP_MD *md = NULL; /* what Ed25519 needs */

  if (g_strcmp0 (digest, "PSS") == 0)
    {
      sign_with_pss (certificate, key);
      return;
    }
  if (EVP_PKEY_get_base_id (key) != EVP_PKEY_ED25519)
    md = EVP_get_digestbyname (digest != NULL ? digest : "SHA256");
  ok (X509_sign (certificate, key, md) > 0, digest != NULL ? digest : "SHA256");
}

/* The object identifier of ECDSA with SHA-256, but for its last byte. */
static void
change_outer_algorithm (guint8 *der, gsize length)
{
  static const guint8 oid[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03 };

  for (gsize i = length - sizeof oid; i > 0; i--)
    if (memcmp (der + i, oid, sizeof oid) == 0)
      {
        der[i + sizeof oid] = 0x03;
        return;
      }
  g_assert_not_reached ();
}

static GBytes *
export_der (X509 *certificate, ZooDamage damage)
{
  static const char garbage[] = "This is no certificate, whatever the handshake says of it.";
  unsigned char *bytes = NULL;
  int length = i2d_X509 (certificate, &bytes);
  g_autoptr(GByteArray) der = g_byte_array_new ();

  ok (length > 0, "DER");
  g_byte_array_append (der, bytes, (guint) length);
  OPENSSL_free (bytes);

  switch (damage)
    {
    case ZOO_SIGNATURE:
      der->data[der->len - 2] ^= 0x10;
      break;

    case ZOO_ALGORITHM:
      change_outer_algorithm (der->data, der->len);
      break;

    case ZOO_TRAILING:
      g_byte_array_append (der, (const guint8 *) "", 1);
      break;

    case ZOO_CUT:
      g_byte_array_set_size (der, der->len - 1);
      break;

    case ZOO_GARBAGE:
      return g_bytes_new_static (garbage, sizeof garbage - 1);

    case ZOO_WHOLE:
    default:
      break;
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&der));
}

/* @name: what it goes by */
static void
breed (ZooPki *self, const char *name, const ZooSpec *spec, const char *issuer, const char *host)
{
  Animal *animal = g_new0 (Animal, 1);
  g_autofree char *subject = with_host (spec->subject != NULL ? spec->subject : "CN=%h", host);
  g_autofree char *extensions = with_host (spec->extensions != NULL ? spec->extensions : "", host);
  const Animal *by = issuer != NULL ? find (self, NULL, issuer) : animal;
  gboolean dated = spec->from != 0 || spec->to != 0;
  X509 *certificate = animal->self.certificate = X509_new ();

  animal->self.key = make_key (self, spec->key);
  X509_set_version (certificate, spec->version_1 ? X509_VERSION_1 : X509_VERSION_3);
  set_serial (certificate, spec->serial, ++self->n_made + 0x1000);
  X509_time_adj_ex (X509_getm_notBefore (certificate), dated ? spec->from : -1, 0, NULL);
  X509_time_adj_ex (X509_getm_notAfter (certificate), dated ? spec->to : 365, 0, NULL);
  X509_set_pubkey (certificate, animal->self.key);
  if (*subject != '\0')
    set_subject (certificate, subject);
  X509_set_issuer_name (certificate, X509_get_subject_name (by->self.certificate));
  if (*extensions != '\0')
    add_extensions (certificate, by->self.certificate, extensions);
  sign (certificate, by->self.key, spec->digest);
  animal->der = export_der (certificate, spec->damage);

  g_hash_table_insert (self->animals, g_strdup (name), animal);
}

static gboolean
signs_itself (const ZooSpec *leaf)
{
  return leaf->issuer != NULL && strcmp (leaf->issuer, "leaf") == 0;
}

ZooPki *
zoo_pki_new (void)
{
  ZooPki *self = g_new0 (ZooPki, 1);

  self->animals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, animal_free);
  for (const ZooSpec *spec = zoo_authorities; spec->name != NULL; spec++)
    breed (self, spec->name, spec, spec->issuer, NULL);
  for (const ZooChain *chain = zoo_chains; chain->name != NULL; chain++)
    {
      g_autofree char *host = zoo_chain_host (chain);
      const char *issuer = chain->leaf.issuer != NULL ? chain->leaf.issuer : "issuing";

      g_assert_false (g_hash_table_contains (self->animals, chain->name));
      breed (self, chain->name, &chain->leaf, signs_itself (&chain->leaf) ? NULL : issuer, host);
    }

  return self;
}

void
zoo_pki_free (ZooPki *self)
{
  g_hash_table_unref (self->animals);
  g_free (self);
}

char *
zoo_chain_host (const ZooChain *chain)
{
  return chain->host != NULL ? g_strdup (chain->host)
                             : g_strdup_printf ("%s.zoo.test", chain->name);
}

static GPtrArray *
gather (ZooPki *self, const ZooChain *chain, const char *names)
{
  GPtrArray *ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_auto (GStrv) parts = g_strsplit (names, " ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *star = strchr (parts[i], '*');
      int times = star != NULL ? atoi (star + 1) : 1;

      if (*parts[i] == '\0')
        continue;
      if (star != NULL)
        *star = '\0';
      for (int j = 0; j < times; j++)
        g_ptr_array_add (ders, g_bytes_ref (find (self, chain, parts[i])->der));
    }

  return ders;
}

GPtrArray *
zoo_pki_ders (ZooPki *self, const ZooChain *chain)
{
  return gather (self, chain, chain->send != NULL ? chain->send : "leaf issuing");
}

static void
append_length (GByteArray *der, guint8 tag, gsize length)
{
  const guint8 head[] = { tag, 0x82, (guint8) (length >> 8), (guint8) length };

  g_assert_cmpuint (length, <, 0x10000);
  g_byte_array_append (der, head, sizeof head);
}

/* RFC 5280, 4.1: what is signed, the algorithm, and the signature, here by ECDSA with SHA-256. */
static GBytes *
assemble (const guint8 *signed_part, gsize length, EVP_PKEY *key)
{
  static const guint8 algorithm[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                      0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  guint8 signature[1 + 256] = { 0 }; /* no unused bits */
  size_t size = sizeof signature - 1;
  GByteArray *der = g_byte_array_new ();

  ok (EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, key) == 1 &&
        EVP_DigestSign (context, signature + 1, &size, signed_part, length) == 1,
      "signature");
  EVP_MD_CTX_free (context);

  append_length (der, 0x30, length + sizeof algorithm + 4 + 1 + size);
  g_byte_array_append (der, signed_part, (guint) length);
  g_byte_array_append (der, algorithm, sizeof algorithm);
  append_length (der, 0x03, 1 + size);
  g_byte_array_append (der, signature, (guint) (1 + size));

  return g_byte_array_free_to_bytes (der);
}

GBytes *
zoo_pki_mutate (ZooPki *self, const char *name, const char *issuer, guint n_changed)
{
  unsigned char *bytes = NULL;
  int length = i2d_re_X509_tbs (find (self, NULL, name)->self.certificate, &bytes);
  GBytes *der;

  for (guint i = 0; i < n_changed; i++)
    bytes[g_test_rand_int_range (0, length)] = (guint8) g_test_rand_int_range (0, 256);
  der = assemble (bytes, (gsize) length, find (self, NULL, issuer)->self.key);
  OPENSSL_free (bytes);

  return der;
}

static char *
take_pem (BIO *bio)
{
  char *bytes = NULL;
  long length = BIO_get_mem_data (bio, &bytes);
  char *pem = g_strndup (bytes, (gsize) length);

  BIO_free (bio);

  return pem;
}

static char *
to_pem (GPtrArray *ders)
{
  BIO *bio = BIO_new (BIO_s_mem ());

  for (guint i = 0; i < ders->len; i++)
    {
      gsize length;
      const unsigned char *bytes = g_bytes_get_data (g_ptr_array_index (ders, i), &length);

      PEM_write_bio (bio, PEM_STRING_X509, "", bytes, (long) length);
    }

  return take_pem (bio);
}

char *
zoo_pki_chain_pem (ZooPki *self, const ZooChain *chain)
{
  g_autoptr(GPtrArray) ders = zoo_pki_ders (self, chain);

  return to_pem (ders);
}

char *
zoo_pki_trust_pem (ZooPki *self, const ZooChain *chain)
{
  g_autoptr(GPtrArray) ders = gather (self, chain, chain->trust != NULL ? chain->trust : "root");

  return to_pem (ders);
}

char *
zoo_pki_key_pem (ZooPki *self, const ZooChain *chain)
{
  BIO *bio = BIO_new (BIO_s_mem ());

  ok (PEM_write_bio_PrivateKey (bio, find (self, chain, "leaf")->self.key, NULL, NULL, 0, NULL,
                                NULL) == 1,
      "key");

  return take_pem (bio);
}

char *
zoo_pki_crl_pem (ZooPki *self, const ZooChain *chain)
{
  g_auto (GStrv) lists = NULL;
  GString *all;

  if (chain->crl == NULL)
    return NULL;

  all = g_string_new (NULL);
  lists = g_strsplit (chain->crl, " ", -1);
  for (guint i = 0; lists[i] != NULL; i++)
    {
      char *revoked = strchr (lists[i], ':');
      g_autofree char *pem = NULL;

      g_assert_nonnull (revoked);
      *revoked++ = '\0';
      pem = zoo_crl_pem (&find (self, chain, lists[i])->self,
                         find (self, chain, revoked)->self.certificate,
                         chain->crl_to != 0 ? chain->crl_to : 1);
      g_string_append (all, pem);
    }

  return g_string_free (all, FALSE);
}

GBytes *
zoo_pki_staple (ZooPki *self, const ZooChain *chain)
{
  const char *about = "leaf";
  const char *kind = chain->staple;

  if (kind == NULL)
    return NULL;
  if (strcmp (kind, "other") == 0)
    {
      about = "good";
      kind = "good";
    }

  return zoo_staple (kind, find (self, chain, about)->self.certificate,
                     &find (self, chain, "issuing")->self, &find (self, chain, "other-root")->self);
}
