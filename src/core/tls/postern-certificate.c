/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-certificate.h"

#include "tls/postern-certificate-private.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <string.h>

#define MAX_NAMES 1000

struct _PosternCertificate
{
  GObject parent_instance;

  gnutls_x509_crt_t crt;
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

static char *
take_name (int result, gnutls_datum_t *datum)
{
  char *name;

  if (result < 0)
    return g_strdup ("");

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

static char *
read_signature (gnutls_x509_crt_t crt)
{
  int algorithm = gnutls_x509_crt_get_signature_algorithm (crt);
  const char *name = NULL;

  if (algorithm > 0)
    name = gnutls_sign_get_name ((gnutls_sign_algorithm_t) algorithm);

  return g_strdup (name != NULL ? name : "");
}

static GDateTime *
read_time (time_t when)
{
  return when == (time_t) -1 ? NULL : g_date_time_new_from_unix_utc ((gint64) when);
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
  gnutls_datum_t datum = { NULL, 0 };
  guchar bytes[64];
  size_t size = sizeof bytes;
  gsize length = 0;
  g_autofree char *name = NULL;

  self->subject = take_name (gnutls_x509_crt_get_dn3 (crt, &datum, 0), &datum);
  self->issuer = take_name (gnutls_x509_crt_get_issuer_dn3 (crt, &datum, 0), &datum);

  name = postern_certificate_dup_subject_value (self, GNUTLS_OID_X520_COMMON_NAME, &length);
  self->common_name = name != NULL ? postern_printable (name, length) : g_strdup ("");

  self->serial =
    gnutls_x509_crt_get_serial (crt, bytes, &size) >= 0 ? to_hex (bytes, size) : g_strdup ("");
  self->not_before = read_time (gnutls_x509_crt_get_activation_time (crt));
  self->not_after = read_time (gnutls_x509_crt_get_expiration_time (crt));
  self->key = read_key (crt);
  self->signature = read_signature (crt);
  self->sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->der);

  size = sizeof bytes;
  self->spki_sha256 = gnutls_x509_crt_get_key_id (crt, GNUTLS_KEYID_USE_SHA256, bytes, &size) >= 0
                        ? to_hex (bytes, size)
                        : g_strdup ("");

  if (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &datum) >= 0)
    {
      self->pem = g_strndup ((const char *) datum.data, datum.size);
      gnutls_free (datum.data);
    }

  self->is_ca = gnutls_x509_crt_get_ca_status (crt, NULL) > 0;
  read_names (self);
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
  gnutls_datum_t datum = { NULL, 0 };
  gsize length = 0;
  int result;

  g_return_val_if_fail (der != NULL, NULL);

  datum.data = (unsigned char *) g_bytes_get_data (der, &length);
  datum.size = (unsigned int) MIN (length, G_MAXINT);

  self = g_object_new (POSTERN_TYPE_CERTIFICATE, NULL);
  result = gnutls_x509_crt_init (&self->crt);
  if (result >= 0)
    result = gnutls_x509_crt_import (self->crt, &datum, GNUTLS_X509_FMT_DER);
  if (result < 0)
    {
      g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                   _ ("The certificate cannot be read: %s"), gnutls_strerror (result));
      return NULL;
    }

  self->der = g_bytes_ref (der);
  read_contents (self);

  return g_steal_pointer (&self);
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

gboolean
postern_certificate_is_self_issued (PosternCertificate *self)
{
  return gnutls_x509_crt_check_issuer (self->crt, self->crt) != 0;
}

gboolean
postern_certificate_find_san (PosternCertificate *self, PosternSanFunc func, gpointer user_data)
{
  gnutls_datum_t extension = { NULL, 0 };
  gnutls_subject_alt_names_t names = NULL;
  gboolean found = FALSE;

  if (gnutls_x509_crt_get_extension_by_oid2 (self->crt, GNUTLS_X509EXT_OID_SAN, 0, &extension,
                                             NULL) < 0)
    return FALSE;

  if (gnutls_subject_alt_names_init (&names) >= 0)
    {
      if (gnutls_x509_ext_import_subject_alt_names (&extension, names, 0) >= 0)
        for (unsigned int i = 0; i < MAX_NAMES && !found; i++)
          {
            gnutls_datum_t san = { NULL, 0 };
            unsigned int type = 0;

            if (gnutls_subject_alt_names_get (names, i, &type, &san, NULL) < 0)
              break;

            found = func ((gnutls_x509_subject_alt_name_t) type,
                          san.data != NULL ? (const char *) san.data : "",
                          san.data != NULL ? san.size : 0, user_data);
          }

      gnutls_subject_alt_names_deinit (names);
    }

  gnutls_free (extension.data);

  return found;
}

char *
postern_certificate_dup_subject_value (PosternCertificate *self, const char *oid, gsize *length)
{
  size_t size = 0;
  g_autofree char *value = NULL;

  *length = 0;
  if (gnutls_x509_crt_get_dn_by_oid (self->crt, oid, 0, 0, NULL, &size) !=
      GNUTLS_E_SHORT_MEMORY_BUFFER)
    return NULL;

  value = g_malloc0 (size + 1);
  if (gnutls_x509_crt_get_dn_by_oid (self->crt, oid, 0, 0, value, &size) < 0)
    return NULL;

  *length = size;

  return g_steal_pointer (&value);
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
