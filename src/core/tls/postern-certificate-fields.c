/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-certificate-fields.h"

#include "model/postern-fingerprint.h"
#include "tls/postern-certificate-fields-private.h"
#include "tls/postern-certificate-private.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <string.h>

#define DAY (24 * 60 * 60)

/* Nobody's name has more parts than this. */
#define MAX_PARTS 100

struct _PosternCertificateField
{
  GObject parent_instance;

  PosternFieldSection section;
  char *name;
  char *value;
  gboolean code;
  gboolean critical;
};

G_DEFINE_FINAL_TYPE (PosternCertificateField, postern_certificate_field, G_TYPE_OBJECT)

static void
postern_certificate_field_finalize (GObject *object)
{
  PosternCertificateField *self = POSTERN_CERTIFICATE_FIELD (object);

  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->value, g_free);

  G_OBJECT_CLASS (postern_certificate_field_parent_class)->finalize (object);
}

static void
postern_certificate_field_class_init (PosternCertificateFieldClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_certificate_field_finalize;
}

static void
postern_certificate_field_init (PosternCertificateField *self)
{
}

void
postern_certificate_take_field (GListStore *fields,
                                PosternFieldSection section,
                                const char *name,
                                char *value,
                                gboolean code,
                                gboolean critical)
{
  g_autoptr(PosternCertificateField) field = NULL;

  if (value == NULL || *value == '\0')
    {
      g_free (value);
      return;
    }

  field = g_object_new (POSTERN_TYPE_CERTIFICATE_FIELD, NULL);
  field->section = section;
  field->name = g_strdup (name);
  field->value = value;
  field->code = code;
  field->critical = critical;
  g_list_store_append (fields, field);
}

/* The attributes that are met in certificates (RFC 5280, appendix A; RFC 4519), in words. */
static const char *
attribute_name (const char *oid)
{
  static const struct
  {
    const char *oid;
    const char *name;
  } attributes[] = {
    { "2.5.4.3", N_ ("Common name (CN)") },
    { "2.5.4.10", N_ ("Organization (O)") },
    { "2.5.4.11", N_ ("Organizational unit (OU)") },
    { "2.5.4.6", N_ ("Country (C)") },
    { "2.5.4.8", N_ ("State or province (ST)") },
    { "2.5.4.7", N_ ("Locality (L)") },
    { "2.5.4.9", N_ ("Street") },
    { "2.5.4.17", N_ ("Postal code") },
    { "2.5.4.5", N_ ("Serial number of the holder") },
    { "2.5.4.97", N_ ("Organization identifier") },
    { "2.5.4.15", N_ ("Business category") },
    { "2.5.4.12", N_ ("Title") },
    { "2.5.4.4", N_ ("Surname (SN)") },
    { "2.5.4.42", N_ ("Given name (GN)") },
    { "1.2.840.113549.1.9.1", N_ ("E-mail address") },
    { "0.9.2342.19200300.100.1.25", N_ ("Domain component (DC)") },
    { "0.9.2342.19200300.100.1.1", N_ ("User identifier (UID)") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    if (strcmp (attributes[i].oid, oid) == 0)
      return _ (attributes[i].name);

  return NULL;
}

/* The contents of a string of ASN.1, by its tag (X.680, 8.4). */
static char *
dup_string (unsigned long tag, const gnutls_datum_t *value)
{
  enum
  {
    UTF8 = 12,
    NUMERIC = 18,
    PRINTABLE = 19,
    T61 = 20,
    IA5 = 22,
    VISIBLE = 26,
    UNIVERSAL = 28,
    BMP = 30,
  };
  const char *bytes = (const char *) value->data;
  const char *charset = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;

  switch (tag)
    {
    case UTF8:
    case NUMERIC:
    case PRINTABLE:
    case IA5:
    case VISIBLE:
      return postern_printable (bytes, value->size);

    case T61:
      charset = "ISO-8859-1"; /* what everybody puts there (RFC 5280, 4.1.2.4) */
      break;

    case UNIVERSAL:
      charset = "UCS-4BE";
      break;

    case BMP:
      charset = "UTF-16BE";
      break;

    default:
      break;
    }

  if (charset != NULL)
    text = g_convert (bytes, (gssize) value->size, "UTF-8", charset, NULL, &length, NULL);
  return text != NULL ? postern_printable (text, length) : postern_printable (bytes, value->size);
}

static void
add_attribute (GListStore *fields, PosternFieldSection section, const gnutls_x509_ava_st *ava)
{
  g_autofree char *oid = postern_printable ((const char *) ava->oid.data,
                                            strnlen ((const char *) ava->oid.data, ava->oid.size));
  const char *name = attribute_name (oid);

  postern_certificate_take_field (fields, section, name != NULL ? name : oid,
                                  dup_string (ava->value_tag, &ava->value), FALSE, FALSE);
}

static void
add_name (GListStore *fields, PosternFieldSection section, gnutls_x509_dn_t dn)
{
  gnutls_x509_ava_st ava;

  for (int rdn = 0; rdn < MAX_PARTS; rdn++)
    for (int i = 0; i < MAX_PARTS; i++)
      {
        if (gnutls_x509_dn_get_rdn_ava (dn, rdn, i, &ava) >= 0)
          add_attribute (fields, section, &ava);
        else if (i == 0)
          return; /* past the last one */
        else
          break;
      }
}

/* Where GnuTLS could not read its parts: what a certificate is called is known even then. */
static void
add_whole_name (GListStore *fields, PosternFieldSection section, const char *name)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (fields));
  g_autoptr(PosternCertificateField) last =
               n > 0 ? g_list_model_get_item (G_LIST_MODEL (fields), n - 1) : NULL;

  if (last == NULL || last->section != section)
    postern_certificate_take_field (fields, section, _ ("Name"), g_strdup (name), FALSE, FALSE);
}

/* Whole days, and one where there is a part of one. */
static guint
count_days (gint64 seconds)
{
  return (guint) MIN ((seconds + DAY - 1) / DAY, (gint64) G_MAXINT);
}

/**
 * postern_certificate_dup_time_left:
 * @self: a certificate
 * @now: seconds since the epoch
 *
 * How long the certificate is still valid, in words: for a list.
 *
 * Returns: (transfer full): one line without a full stop
 */
char *
postern_certificate_dup_time_left (PosternCertificate *self, gint64 now)
{
  GDateTime *from = postern_certificate_get_not_before (self);
  GDateTime *to = postern_certificate_get_not_after (self);
  gint64 left;
  guint days;

  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  if (from == NULL || to == NULL)
    return g_strdup (_ ("its dates cannot be read"));

  left = g_date_time_to_unix (to) - now;
  if (left < 0)
    {
      days = count_days (-left);
      return g_strdup_printf (ngettext ("expired %u day ago", "expired %u days ago", days), days);
    }
  if (now < g_date_time_to_unix (from))
    {
      days = count_days (g_date_time_to_unix (from) - now);
      return g_strdup_printf (ngettext ("begins in %u day", "begins in %u days", days), days);
    }

  days = (guint) MIN (left / DAY, (gint64) G_MAXINT);
  return g_strdup_printf (ngettext ("%u day left", "%u days left", days), days);
}

static char *
dup_date (GDateTime *date)
{
  /* Translators: a date and time in this order, always in UTC */
  return date != NULL ? g_date_time_format (date, _ ("%F %T UTC")) : g_strdup ("?");
}

static void
add_certificate (PosternCertificate *self, GListStore *fields, gint64 now)
{
  const PosternFieldSection section = POSTERN_FIELD_CERTIFICATE;
  int version = gnutls_x509_crt_get_version (postern_certificate_peek (self));
  g_autofree char *serial = postern_fingerprint_format (postern_certificate_get_serial (self));

  if (version > 0)
    postern_certificate_take_field (fields, section, _ ("Version"), g_strdup_printf ("%d", version),
                                    FALSE, FALSE);
  postern_certificate_take_field (fields, section, _ ("Serial number"), g_steal_pointer (&serial),
                                  TRUE, FALSE);
  postern_certificate_take_field (fields, section, _ ("Valid from"),
                                  dup_date (postern_certificate_get_not_before (self)), FALSE,
                                  FALSE);
  postern_certificate_take_field (fields, section, _ ("Valid until"),
                                  dup_date (postern_certificate_get_not_after (self)), FALSE,
                                  FALSE);
  postern_certificate_take_field (fields, section, _ ("Time left"),
                                  postern_certificate_dup_time_left (self, now), FALSE, FALSE);
  postern_certificate_take_field (fields, section, _ ("Signature"),
                                  g_strdup (postern_certificate_get_signature (self)), FALSE,
                                  FALSE);
}

char *
postern_certificate_dup_general_name (unsigned int type, const char *bytes, gsize length)
{
  static const struct
  {
    unsigned int type;
    const char *name;
  } kinds[] = {
    { GNUTLS_SAN_DNSNAME, N_ ("DNS") },
    { GNUTLS_SAN_RFC822NAME, N_ ("E-mail") },
    { GNUTLS_SAN_URI, N_ ("URI") },
    { GNUTLS_SAN_DN, N_ ("Directory name") },
  };
  g_autofree char *text = NULL;

  if (type == GNUTLS_SAN_IPADDRESS && (length == 4 || length == 16))
    {
      g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes (
        (const guint8 *) bytes, length == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

      text = g_inet_address_to_string (address);
      return g_strdup_printf (_ ("IP: %s"), text);
    }

  text = postern_printable (bytes, length);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == type)
      return g_strdup_printf ("%s: %s", _ (kinds[i].name), text);
  /* Translators: a name of another kind than DNS, IP and so on */
  return g_strdup_printf (_ ("Other: %s"), text);
}

typedef struct
{
  GString *lines;
  guint n;
} Names;

static gboolean
collect_name_cb (gnutls_x509_subject_alt_name_t type,
                 const char *bytes,
                 gsize length,
                 gpointer user_data)
{
  Names *names = user_data;
  g_autofree char *name = NULL;

  if (names->n++ >= POSTERN_MAX_SHOWN)
    return FALSE;
  name = postern_certificate_dup_general_name (type, bytes, length);
  if (names->lines->len > 0)
    g_string_append_c (names->lines, '\n');
  g_string_append (names->lines, name);
  return FALSE;
}

/* Returns: whether there is any. */
static gboolean
add_names (PosternCertificate *self, GListStore *fields)
{
  Names names = { g_string_new (NULL), 0 };
  unsigned int critical = 0;
  size_t size = 0;
  guint more;

  postern_certificate_find_san (self, collect_name_cb, &names);
  if (names.n > POSTERN_MAX_SHOWN)
    {
      more = names.n - POSTERN_MAX_SHOWN;
      g_string_append_c (names.lines, '\n');
      g_string_append_printf (names.lines, ngettext ("and %u more", "and %u more", more), more);
    }
  gnutls_x509_crt_get_extension_by_oid (postern_certificate_peek (self), GNUTLS_X509EXT_OID_SAN, 0,
                                        NULL, &size, &critical);
  postern_certificate_take_field (fields, POSTERN_FIELD_NAMES, _ ("Alternative names"),
                                  g_string_free (names.lines, FALSE), TRUE, critical != 0);
  return names.n > 0;
}

static char *
dup_curve (gnutls_x509_crt_t crt)
{
  gnutls_ecc_curve_t curve;
  const char *name = NULL;

  if (gnutls_x509_crt_get_pk_algorithm (crt, NULL) != GNUTLS_PK_ECDSA)
    return NULL;
  if (gnutls_x509_crt_get_pk_ecc_raw (crt, &curve, NULL, NULL) >= 0)
    name = gnutls_ecc_curve_get_name (curve);
  return g_strdup (name);
}

static char *
dup_exponent (gnutls_x509_crt_t crt)
{
  gnutls_datum_t modulus = { NULL, 0 };
  gnutls_datum_t exponent = { NULL, 0 };
  guint64 number = 0;
  char *text = NULL;

  if (gnutls_x509_crt_get_pk_rsa_raw (crt, &modulus, &exponent) < 0)
    return NULL;
  for (unsigned int i = 0; i < exponent.size; i++)
    number = number << 8 | exponent.data[i];
  /* With the zero that keeps it from being negative. */
  if (exponent.size <= sizeof number)
    text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  gnutls_free (modulus.data);
  gnutls_free (exponent.data);
  return text;
}

static void
add_key (PosternCertificate *self, GListStore *fields)
{
  gnutls_x509_crt_t crt = postern_certificate_peek (self);

  postern_certificate_take_field (fields, POSTERN_FIELD_KEY, _ ("Key"),
                                  g_strdup (postern_certificate_get_key (self)), FALSE, FALSE);
  postern_certificate_take_field (fields, POSTERN_FIELD_KEY, _ ("Curve"), dup_curve (crt), FALSE,
                                  FALSE);
  postern_certificate_take_field (fields, POSTERN_FIELD_KEY, _ ("Public exponent"),
                                  dup_exponent (crt), FALSE, FALSE);
}

static void
add_fingerprints (PosternCertificate *self, GListStore *fields)
{
  const PosternFieldSection section = POSTERN_FIELD_FINGERPRINTS;

  postern_certificate_take_field (
    fields, section, _ ("SHA-256 of the certificate"),
    postern_fingerprint_format (postern_certificate_get_sha256 (self)), TRUE, FALSE);
  postern_certificate_take_field (
    fields, section, _ ("SHA-256 of the key"),
    postern_fingerprint_format (postern_certificate_get_spki_sha256 (self)), TRUE, FALSE);
}

/**
 * postern_certificate_list_fields:
 * @self: a certificate
 * @now: seconds since the epoch, for the time that is left
 *
 * Everything that the certificate says. Extensions that are not known here are there as well, with
 * their number and their bytes.
 *
 * Returns: (transfer full): a list of #PosternCertificateField
 */
GListModel *
postern_certificate_list_fields (PosternCertificate *self, gint64 now)
{
  g_autoptr(GListStore) fields = g_list_store_new (POSTERN_TYPE_CERTIFICATE_FIELD);
  gnutls_x509_dn_t dn;
  gboolean have_names;

  g_return_val_if_fail (POSTERN_IS_CERTIFICATE (self), NULL);

  if (gnutls_x509_crt_get_subject (postern_certificate_peek (self), &dn) >= 0)
    add_name (fields, POSTERN_FIELD_SUBJECT, dn);
  add_whole_name (fields, POSTERN_FIELD_SUBJECT, postern_certificate_get_subject (self));
  if (gnutls_x509_crt_get_issuer (postern_certificate_peek (self), &dn) >= 0)
    add_name (fields, POSTERN_FIELD_ISSUER, dn);
  add_whole_name (fields, POSTERN_FIELD_ISSUER, postern_certificate_get_issuer (self));
  add_certificate (self, fields, now);
  have_names = add_names (self, fields);
  add_key (self, fields);
  postern_certificate_add_extensions (self, fields, !have_names);
  add_fingerprints (self, fields);

  return G_LIST_MODEL (g_steal_pointer (&fields));
}

const char *
postern_field_section_get_title (PosternFieldSection section)
{
  switch (section)
    {
    case POSTERN_FIELD_SUBJECT:
      /* Translators: whom a certificate is for */
      return _ ("Subject");

    case POSTERN_FIELD_ISSUER:
      /* Translators: who made a certificate */
      return _ ("Issuer");

    case POSTERN_FIELD_CERTIFICATE:
      return _ ("Certificate");

    case POSTERN_FIELD_NAMES:
      return _ ("Names");

    case POSTERN_FIELD_KEY:
      return _ ("Public key");

    case POSTERN_FIELD_EXTENSIONS:
      return _ ("Extensions");

    case POSTERN_FIELD_FINGERPRINTS:
    default:
      return _ ("Fingerprints");
    }
}

PosternFieldSection
postern_certificate_field_get_section (PosternCertificateField *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE_FIELD (self), POSTERN_FIELD_SUBJECT);

  return self->section;
}

const char *
postern_certificate_field_get_name (PosternCertificateField *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE_FIELD (self), NULL);

  return self->name;
}

const char *
postern_certificate_field_get_value (PosternCertificateField *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE_FIELD (self), NULL);

  return self->value;
}

gboolean
postern_certificate_field_is_code (PosternCertificateField *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE_FIELD (self), FALSE);

  return self->code;
}

gboolean
postern_certificate_field_is_critical (PosternCertificateField *self)
{
  g_return_val_if_fail (POSTERN_IS_CERTIFICATE_FIELD (self), FALSE);

  return self->critical;
}
