/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-certificate.h"

#include "tls/postern-certificate-private.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#define MAX_NAMES 10000
#define MAX_DSA_BITS 4096
#define MAX_EXTENSIONS 256
#define MAX_UNREADABLE (16 * 1024) /* bytes that are looked at though OpenSSL cannot read them */

struct _PosternCertificate
{
  GObject parent_instance;

  gnutls_x509_crt_t crt;
  X509 *x509;
  char *problem;
  GBytes *der;
  char *subject;
  char *common_name;
  char *issuer;
  char *serial;
  GDateTime *not_before;
  GDateTime *not_after;
  GStrv dns_names;
  GStrv ip_addresses;
  char *key;
  char *signature;
  char *sha256;
  char *spki_sha256;
  char *pem;
  gboolean is_ca;
};

enum
{
  PROP_0,
  PROP_SUBJECT,
  PROP_COMMON_NAME,
  PROP_ISSUER,
  PROP_SERIAL,
  PROP_NOT_BEFORE,
  PROP_NOT_AFTER,
  PROP_DNS_NAMES,
  PROP_IP_ADDRESSES,
  PROP_KEY,
  PROP_SIGNATURE,
  PROP_SHA256,
  PROP_SPKI_SHA256,
  PROP_PEM,
  PROP_IS_CA,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternCertificate, postern_certificate, G_TYPE_OBJECT)

static void
postern_certificate_finalize (GObject *object)
{
  PosternCertificate *self = POSTERN_CERTIFICATE (object);

  g_clear_pointer (&self->crt, gnutls_x509_crt_deinit);
  g_clear_pointer (&self->x509, X509_free);
  g_clear_pointer (&self->problem, g_free);
  g_clear_pointer (&self->der, g_bytes_unref);
  g_clear_pointer (&self->subject, g_free);
  g_clear_pointer (&self->common_name, g_free);
  g_clear_pointer (&self->issuer, g_free);
  g_clear_pointer (&self->serial, g_free);
  g_clear_pointer (&self->not_before, g_date_time_unref);
  g_clear_pointer (&self->not_after, g_date_time_unref);
  g_clear_pointer (&self->dns_names, g_strfreev);
  g_clear_pointer (&self->ip_addresses, g_strfreev);
  g_clear_pointer (&self->key, g_free);
  g_clear_pointer (&self->signature, g_free);
  g_clear_pointer (&self->sha256, g_free);
  g_clear_pointer (&self->spki_sha256, g_free);
  g_clear_pointer (&self->pem, g_free);

  G_OBJECT_CLASS (postern_certificate_parent_class)->finalize (object);
}

static void
postern_certificate_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternCertificate *self = POSTERN_CERTIFICATE (object);

  switch (prop_id)
    {
    case PROP_SUBJECT:
      g_value_set_string (value, self->subject);
      break;
    case PROP_COMMON_NAME:
      g_value_set_string (value, self->common_name);
      break;
    case PROP_ISSUER:
      g_value_set_string (value, self->issuer);
      break;
    case PROP_SERIAL:
      g_value_set_string (value, self->serial);
      break;
    case PROP_NOT_BEFORE:
      g_value_set_boxed (value, self->not_before);
      break;
    case PROP_NOT_AFTER:
      g_value_set_boxed (value, self->not_after);
      break;
    case PROP_DNS_NAMES:
      g_value_set_boxed (value, self->dns_names);
      break;
    case PROP_IP_ADDRESSES:
      g_value_set_boxed (value, self->ip_addresses);
      break;
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;
    case PROP_SIGNATURE:
      g_value_set_string (value, self->signature);
      break;
    case PROP_SHA256:
      g_value_set_string (value, self->sha256);
      break;
    case PROP_SPKI_SHA256:
      g_value_set_string (value, self->spki_sha256);
      break;
    case PROP_PEM:
      g_value_set_string (value, self->pem);
      break;
    case PROP_IS_CA:
      g_value_set_boolean (value, self->is_ca);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_string (guint prop_id, const char *name)
{
  properties[prop_id] =
    g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_boxed (guint prop_id, const char *name, GType type)
{
  properties[prop_id] =
    g_param_spec_boxed (name, NULL, NULL, type, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
postern_certificate_class_init (PosternCertificateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = postern_certificate_finalize;
  object_class->get_property = postern_certificate_get_property;

  install_string (PROP_SUBJECT, "subject");
  install_string (PROP_COMMON_NAME, "common-name");
  install_string (PROP_ISSUER, "issuer");
  install_string (PROP_SERIAL, "serial");
  install_boxed (PROP_NOT_BEFORE, "not-before", G_TYPE_DATE_TIME);
  install_boxed (PROP_NOT_AFTER, "not-after", G_TYPE_DATE_TIME);
  install_boxed (PROP_DNS_NAMES, "dns-names", G_TYPE_STRV);
  install_boxed (PROP_IP_ADDRESSES, "ip-addresses", G_TYPE_STRV);
  install_string (PROP_KEY, "key");
  install_string (PROP_SIGNATURE, "signature");
  install_string (PROP_SHA256, "sha256");
  install_string (PROP_SPKI_SHA256, "spki-sha256");
  install_string (PROP_PEM, "pem");
  properties[PROP_IS_CA] =
    g_param_spec_boolean ("is-ca", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_certificate_init (PosternCertificate *self)
{
}

static char *
to_hex (const guchar *bytes, gsize length)
{
  GString *hex = g_string_sized_new (length * 2);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", (guint) bytes[i]);

  return g_string_free (hex, FALSE);
}

/* As OpenSSL writes it. */
char *
postern_x509_name_to_text (const X509_NAME *name)
{
  BIO *bio = BIO_new (BIO_s_mem ());
  char *bytes = NULL;
  long length;
  char *text;

  X509_NAME_print_ex (bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long) ASN1_STRFLGS_ESC_MSB);
  length = BIO_get_mem_data (bio, &bytes);
  text = postern_printable (bytes, length > 0 ? (gsize) length : 0);
  BIO_free (bio);

  return text;
}

static char *
take_name (int result, gnutls_datum_t *datum, X509_NAME *otherwise)
{
  char *name;

  if (result < 0)
    return otherwise != NULL ? postern_x509_name_to_text (otherwise) : g_strdup ("");

  name = postern_printable ((const char *) datum->data, datum->size);
  gnutls_free (datum->data);

  return name;
}

static char *
read_key (gnutls_x509_crt_t crt)
{
  unsigned int bits = 0;
  int algorithm = gnutls_x509_crt_get_pk_algorithm (crt, &bits);

  switch (algorithm)
    {
    case GNUTLS_PK_RSA:
      return g_strdup_printf ("RSA %u", bits);
    case GNUTLS_PK_RSA_PSS:
      return g_strdup_printf ("RSA-PSS %u", bits);
    case GNUTLS_PK_DSA:
      return g_strdup_printf ("DSA %u", bits);
    case GNUTLS_PK_ECDSA:
      return g_strdup_printf ("EC %u", bits);
    case GNUTLS_PK_EDDSA_ED25519:
      return g_strdup ("Ed25519");
    case GNUTLS_PK_EDDSA_ED448:
      return g_strdup ("Ed448");
    default:
      return algorithm < 0 ? g_strdup ("")
                           : g_strdup (gnutls_pk_get_name ((gnutls_pk_algorithm_t) algorithm));
    }
}

/* GnuTLS has no name for what it does not know, MD4 for one; OpenSSL may. */
static char *
read_signature (PosternCertificate *self)
{
  int algorithm = gnutls_x509_crt_get_signature_algorithm (self->crt);
  const char *name = NULL;
  char other[128];

  if (algorithm > 0)
    name = gnutls_sign_get_name ((gnutls_sign_algorithm_t) algorithm);
  if (name == NULL && self->x509 != NULL)
    {
      const X509_ALGOR *outer = NULL;
      const ASN1_OBJECT *object = NULL;

      X509_get0_signature (NULL, &outer, self->x509);
      X509_ALGOR_get0 (&object, NULL, NULL, outer);
      if (OBJ_obj2txt (other, sizeof other, object, 0) > 0)
        name = other;
    }

  return g_strdup (name != NULL ? name : "");
}

static char *
to_pem (GBytes *der)
{
  gsize length = 0;
  const guchar *bytes = g_bytes_get_data (der, &length);
  g_autofree char *base64 = g_base64_encode (bytes, length);
  GString *pem = g_string_new ("-----BEGIN CERTIFICATE-----\n");

  for (const char *rest = base64; *rest != '\0'; rest += MIN (strlen (rest), 64))
    g_string_append_printf (pem, "%.64s\n", rest);
  g_string_append (pem, "-----END CERTIFICATE-----\n");

  return g_string_free (pem, FALSE);
}

/* Every year that a certificate can name, which is more than time_t of some systems and more than
 * GnuTLS tells. */
static GDateTime *
read_time (const ASN1_TIME *when)
{
  struct tm tm;

  if (when == NULL || ASN1_TIME_to_tm (when, &tm) != 1)
    return NULL;

  return g_date_time_new_utc (tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                              tm.tm_sec);
}

static char *
read_serial (X509 *x509)
{
  const ASN1_INTEGER *serial = X509_get0_serialNumber (x509);
  g_autofree char *hex =
    to_hex (ASN1_STRING_get0_data (serial), (gsize) MAX (ASN1_STRING_length (serial), 0));

  return g_strconcat (ASN1_STRING_type (serial) == V_ASN1_NEG_INTEGER ? "-" : "", hex, NULL);
}

typedef struct
{
  GStrvBuilder *dns;
  GStrvBuilder *ip;
} Names;

static gboolean
collect_name_cb (gnutls_x509_subject_alt_name_t type,
                 const char *bytes,
                 gsize length,
                 gpointer user_data)
{
  Names *names = user_data;
  g_autofree char *text = NULL;

  if (type == GNUTLS_SAN_DNSNAME)
    {
      text = postern_printable (bytes, length);
      g_strv_builder_add (names->dns, text);
    }
  else if (type == GNUTLS_SAN_IPADDRESS && (length == 4 || length == 16))
    {
      g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes (
        (const guint8 *) bytes, length == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

      text = g_inet_address_to_string (address);
      g_strv_builder_add (names->ip, text);
    }

  return FALSE;
}

static void
read_names (PosternCertificate *self)
{
  g_autoptr(GStrvBuilder) dns = g_strv_builder_new ();
  g_autoptr(GStrvBuilder) ip = g_strv_builder_new ();
  Names names = { dns, ip };

  postern_certificate_find_san (self, collect_name_cb, &names);
  self->dns_names = g_strv_builder_end (dns);
  self->ip_addresses = g_strv_builder_end (ip);
}

static void
read_contents (PosternCertificate *self)
{
  gnutls_x509_crt_t crt = self->crt;
  X509 *x509 = self->x509;
  gnutls_datum_t datum = { NULL, 0 };
  guchar bytes[64];
  size_t size = sizeof bytes;
  gsize length = 0;
  g_autofree char *name = NULL;

  self->subject = take_name (gnutls_x509_crt_get_dn3 (crt, &datum, 0), &datum,
                             x509 != NULL ? X509_get_subject_name (x509) : NULL);
  self->issuer = take_name (gnutls_x509_crt_get_issuer_dn3 (crt, &datum, 0), &datum,
                            x509 != NULL ? X509_get_issuer_name (x509) : NULL);

  name = postern_certificate_dup_subject_value (self, NID_commonName, &length);
  self->common_name = name != NULL ? postern_printable (name, length) : g_strdup ("");

  self->serial = x509 != NULL ? read_serial (x509) : g_strdup ("");
  self->not_before = x509 != NULL ? read_time (X509_get0_notBefore (x509)) : NULL;
  self->not_after = x509 != NULL ? read_time (X509_get0_notAfter (x509)) : NULL;
  self->key = read_key (crt);
  self->signature = read_signature (self);
  self->sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->der);

  self->spki_sha256 = gnutls_x509_crt_get_key_id (crt, GNUTLS_KEYID_USE_SHA256, bytes, &size) >= 0
                        ? to_hex (bytes, size)
                        : g_strdup ("");
  self->pem = to_pem (self->der);
  self->is_ca = x509 != NULL && (X509_get_extension_flags (x509) & EXFLAG_CA) != 0;
  read_names (self);
}

static const char *
explain_unreadable (int result)
{
  switch (result)
    {
    case GNUTLS_E_ASN1_DER_ERROR:
    case GNUTLS_E_ASN1_TAG_ERROR:
    case GNUTLS_E_ASN1_DER_OVERFLOW:
    case GNUTLS_E_ASN1_GENERIC_ERROR:
      return _ ("its encoding is broken (it may be cut off, or no certificate at all)");
    case GNUTLS_E_X509_DUPLICATE_EXTENSION:
      return _ ("it holds an extension twice");
    case GNUTLS_E_CERTIFICATE_TIME_ERROR:
      return _ ("its dates are not written as they must be");
    case GNUTLS_E_X509_UNSUPPORTED_CRITICAL_EXTENSION:
      return _ ("it has a critical extension that is not known");
    default:
      return gnutls_strerror (result);
    }
}

gboolean
postern_x509_can_verify (X509 *issuer)
{
  EVP_PKEY *key = X509_get0_pubkey (issuer);
  BIGNUM *exponent = NULL;
  int bits = 0;

  if (key == NULL)
    return FALSE;
  if (EVP_PKEY_get_base_id (key) == EVP_PKEY_DSA)
    return EVP_PKEY_get_bits (key) <= MAX_DSA_BITS;

  if (EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1)
    bits = BN_num_bits (exponent);
  BN_free (exponent);
  ERR_clear_error ();

  return bits <= POSTERN_MAX_RSA_EXPONENT_BITS;
}

gboolean
postern_x509_is_signed_by (X509 *child, X509 *issuer)
{
  return postern_x509_can_verify (issuer) && X509_verify (child, X509_get0_pubkey (issuer)) == 1;
}

/* Before GnuTLS reads it, which takes long for thousands of extensions. */
static char *
find_excess (X509 *x509, gsize length)
{
  if (x509 == NULL && length > MAX_UNREADABLE)
    return g_strdup (_ ("its encoding is broken (it may be cut off, or no certificate at all)"));
  if (x509 != NULL && X509_get_ext_count (x509) > MAX_EXTENSIONS)
    return g_strdup_printf (_ ("it has %d extensions, where nobody needs more than %d"),
                            X509_get_ext_count (x509), MAX_EXTENSIONS);

  return NULL;
}

static PosternCertificate *
certificate_new (GBytes *der)
{
  PosternCertificate *self = g_object_new (POSTERN_TYPE_CERTIFICATE, NULL);
  gnutls_datum_t datum = { NULL, 0 };
  gsize length = 0;
  const guchar *bytes = g_bytes_get_data (der, &length);
  const guchar *end = bytes;
  g_autofree char *excess = NULL;
  int result;

  datum.data = (unsigned char *) bytes;
  datum.size = (unsigned int) MIN (length, G_MAXINT);

  self->x509 = d2i_X509 (NULL, &end, (long) datum.size);
  if (self->x509 != NULL && end != bytes + length)
    g_clear_pointer (&self->x509, X509_free);
  ERR_clear_error ();

  excess = find_excess (self->x509, length);
  if (gnutls_x509_crt_init (&self->crt) < 0)
    g_error ("No memory for a certificate");
  if (excess != NULL)
    {
      self->problem = g_strdup_printf (_ ("The certificate cannot be read: %s"), excess);
      g_clear_pointer (&self->x509, X509_free);
    }
  else if ((result = gnutls_x509_crt_import (self->crt, &datum, GNUTLS_X509_FMT_DER)) < 0)
    {
      self->problem =
        g_strdup_printf (_ ("The certificate cannot be read: %s"), explain_unreadable (result));
      gnutls_x509_crt_deinit (self->crt);
      if (gnutls_x509_crt_init (&self->crt) < 0)
        g_error ("No memory for a certificate");
    }

  self->der = g_bytes_ref (der);
  read_contents (self);

  return self;
}

/**
 * postern_certificate_new_from_der:
 * @der: one certificate
 * @error: (nullable): set in the domain `G_TLS_ERROR` when @der is not a certificate
 *
 * Reads a certificate. Its texts are printable whatever the certificate holds.
 */
PosternCertificate *
postern_certificate_new_from_der (GBytes *der, GError **error)
{
  g_autoptr(PosternCertificate) self = NULL;

  g_return_val_if_fail (der != NULL, NULL);

  self = certificate_new (der);
  if (self->problem != NULL)
    {
      g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, self->problem);
      return NULL;
    }

  return g_steal_pointer (&self);
}

PosternCertificate *
postern_certificate_new_as_sent (GBytes *der)
{
  return certificate_new (der);
}

const char *
postern_certificate_get_problem (PosternCertificate *self)
{
  return self->problem;
}

X509 *
postern_certificate_peek_x509 (PosternCertificate *self)
{
  return self->x509;
}

gnutls_x509_crt_t
postern_certificate_peek (PosternCertificate *self)
{
  return self->crt;
}

const char *
postern_certificate_get_label (PosternCertificate *self)
{
  if (*self->common_name != '\0')
    return self->common_name;

  return *self->subject != '\0' ? self->subject : _ ("without a name");
}

gboolean
postern_certificate_equal (PosternCertificate *self, PosternCertificate *other)
{
  return g_bytes_equal (self->der, other->der);
}

/* Names are compared as RFC 5280, section 7.1, has it: without regard to case and blanks. */
gboolean
postern_certificate_is_self_issued (PosternCertificate *self)
{
  return self->x509 != NULL &&
         X509_NAME_cmp (X509_get_subject_name (self->x509), X509_get_issuer_name (self->x509)) == 0;
}

static gboolean
call_with_name (const GENERAL_NAME *name, PosternSanFunc func, gpointer user_data)
{
  static const struct
  {
    int openssl;
    gnutls_x509_subject_alt_name_t type;
  } types[] = {
    { GEN_DNS, GNUTLS_SAN_DNSNAME },       { GEN_EMAIL, GNUTLS_SAN_RFC822NAME },
    { GEN_URI, GNUTLS_SAN_URI },           { GEN_IPADD, GNUTLS_SAN_IPADDRESS },
    { GEN_RID, GNUTLS_SAN_REGISTERED_ID },
  };
  gnutls_x509_subject_alt_name_t type = GNUTLS_SAN_OTHERNAME;
  const ASN1_STRING *value = NULL;

  if (name->type == GEN_DIRNAME)
    {
      g_autofree char *text = postern_x509_name_to_text (name->d.directoryName);

      return func (GNUTLS_SAN_DN, text, strlen (text), user_data);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].openssl == name->type)
      type = types[i].type;
  if (name->type == GEN_IPADD)
    value = name->d.ip;
  else if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI)
    value = name->d.ia5;

  return func (type, value != NULL ? (const char *) ASN1_STRING_get0_data (value) : "",
               value != NULL ? (gsize) MAX (ASN1_STRING_length (value), 0) : 0, user_data);
}

gboolean
postern_certificate_find_san (PosternCertificate *self, PosternSanFunc func, gpointer user_data)
{
  gboolean found = FALSE;
  int place = -1;

  if (self->x509 == NULL)
    return FALSE;

  /* There should be one such extension; of a certificate with two, all names are shown. */
  do
    {
      GENERAL_NAMES *names = X509_get_ext_d2i (self->x509, NID_subject_alt_name, NULL, &place);

      for (int i = 0; i < MIN (sk_GENERAL_NAME_num (names), MAX_NAMES) && !found; i++)
        found = call_with_name (sk_GENERAL_NAME_value (names, i), func, user_data);
      GENERAL_NAMES_free (names);
    }
  while (place >= 0 && !found);
  ERR_clear_error ();

  return found;
}

char *
postern_certificate_dup_subject_value (PosternCertificate *self, int nid, gsize *length)
{
  X509_NAME *subject = self->x509 != NULL ? X509_get_subject_name (self->x509) : NULL;
  int place = subject != NULL ? X509_NAME_get_index_by_NID (subject, nid, -1) : -1;
  guchar *utf8 = NULL;
  char *value;
  int n;

  *length = 0;
  if (place < 0)
    return NULL;

  n = ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (subject, place)));
  ERR_clear_error ();
  if (n < 0)
    return NULL;

  value = g_malloc0 ((gsize) n + 1);
  memcpy (value, utf8, (gsize) n);
  OPENSSL_free (utf8);
  *length = (gsize) n;

  return value;
}

GBytes *
postern_certificate_get_der (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->der;
}

const char *
postern_certificate_get_subject (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->subject;
}

const char *
postern_certificate_get_common_name (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->common_name;
}

const char *
postern_certificate_get_issuer (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->issuer;
}

const char *
postern_certificate_get_serial (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->serial;
}

/**
 * postern_certificate_get_not_before:
 *
 * Returns: (nullable): the first moment of validity, in UTC; %NULL when it cannot be read
 */
GDateTime *
postern_certificate_get_not_before (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->not_before;
}

/**
 * postern_certificate_get_not_after:
 *
 * Returns: (nullable): the last moment of validity, in UTC; %NULL when it cannot be read
 */
GDateTime *
postern_certificate_get_not_after (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->not_after;
}

const char *const *
postern_certificate_get_dns_names (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return (const char *const *) self->dns_names;
}

const char *const *
postern_certificate_get_ip_addresses (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return (const char *const *) self->ip_addresses;
}

const char *
postern_certificate_get_key (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->key;
}

const char *
postern_certificate_get_signature (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->signature;
}

const char *
postern_certificate_get_sha256 (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->sha256;
}

const char *
postern_certificate_get_spki_sha256 (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->spki_sha256;
}

const char *
postern_certificate_get_pem (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  return self->pem;
}

gboolean
postern_certificate_is_ca (PosternCertificate *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), FALSE);

  return self->is_ca;
}
