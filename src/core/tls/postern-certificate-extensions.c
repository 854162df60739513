/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-certificate-fields-private.h"

#include "tls/postern-certificate-private.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <string.h>

/* A certificate with more extensions than this is not listed further. */
#define MAX_EXTENSIONS 200

/* Of an extension that is not known, no more bytes are written out. */
#define MAX_BYTES 256

#define OID_SUBJECT_ALT_NAME "2.5.29.17"

/* Each of these writes what an extension says, a line each; FALSE: it cannot be read. */
typedef gboolean (*WriteFunc) (GString *lines, const gnutls_datum_t *extension);

static void
add_line (GString *lines, const char *text)
{
  if (lines->len > 0)
    g_string_append_c (lines, '\n');
  g_string_append (lines, text);
}

static void
take_line (GString *lines, char *text)
{
  add_line (lines, text);
  g_free (text);
}

static void
add_bytes (GString *lines, const unsigned char *bytes, gsize length)
{
  GString *line = g_string_new (NULL);

  for (gsize i = 0; i < MIN (length, MAX_BYTES); i++)
    g_string_append_printf (line, i > 0 ? ":%02X" : "%02X", (guint) bytes[i]);
  if (length > MAX_BYTES)
    {
      g_string_append (line, " … ");
      g_string_append_printf (line, ngettext ("(%u byte)", "(%u bytes)", (guint) length),
                              (guint) length);
    }
  take_line (lines, g_string_free (line, FALSE));
}

static gboolean
write_bytes (GString *lines, const gnutls_datum_t *extension)
{
  add_bytes (lines, extension->data, extension->size);
  return TRUE;
}

static gboolean
write_subject_key_id (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_datum_t id = { NULL, 0 };

  if (gnutls_x509_ext_import_subject_key_id (extension, &id) < 0)
    return FALSE;
  add_bytes (lines, id.data, id.size);
  gnutls_free (id.data);
  return TRUE;
}

static gboolean
write_authority_key_id (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_x509_aki_t aki = NULL;
  gnutls_datum_t id = { NULL, 0 };
  gnutls_datum_t name = { NULL, 0 };
  gnutls_datum_t serial = { NULL, 0 };
  unsigned int type = 0;
  gboolean read;

  if (gnutls_x509_aki_init (&aki) < 0)
    return FALSE;
  read = gnutls_x509_ext_import_authority_key_id (extension, aki, 0) >= 0;
  if (read && gnutls_x509_aki_get_id (aki, &id) >= 0)
    add_bytes (lines, id.data, id.size);
  if (read && gnutls_x509_aki_get_cert_issuer (aki, 0, &type, &name, NULL, &serial) >= 0)
    {
      take_line (lines,
                 postern_certificate_dup_general_name (type, (const char *) name.data, name.size));
      add_bytes (lines, serial.data, serial.size);
    }
  gnutls_x509_aki_deinit (aki);
  return read;
}

static gboolean
write_key_usage (GString *lines, const gnutls_datum_t *extension)
{
  static const struct
  {
    unsigned int bit;
    const char *name;
  } usages[] = {
    { GNUTLS_KEY_DIGITAL_SIGNATURE, N_ ("Digital signature") },
    { GNUTLS_KEY_NON_REPUDIATION, N_ ("Content commitment") },
    { GNUTLS_KEY_KEY_ENCIPHERMENT, N_ ("Key encipherment") },
    { GNUTLS_KEY_DATA_ENCIPHERMENT, N_ ("Data encipherment") },
    { GNUTLS_KEY_KEY_AGREEMENT, N_ ("Key agreement") },
    { GNUTLS_KEY_KEY_CERT_SIGN, N_ ("Signing certificates") },
    { GNUTLS_KEY_CRL_SIGN, N_ ("Signing revocation lists") },
    { GNUTLS_KEY_ENCIPHER_ONLY, N_ ("Encipher only") },
    { GNUTLS_KEY_DECIPHER_ONLY, N_ ("Decipher only") },
  };
  unsigned int usage = 0;

  if (gnutls_x509_ext_import_key_usage (extension, &usage) < 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
    if (usage & usages[i].bit)
      add_line (lines, _ (usages[i].name));
  return TRUE;
}

/* What one may do with the key (RFC 5280, 4.2.1.12). */
static const char *
purpose_name (const char *oid)
{
  static const struct
  {
    const char *oid;
    const char *name;
  } purposes[] = {
    { "1.3.6.1.5.5.7.3.1", N_ ("TLS server") },
    { "1.3.6.1.5.5.7.3.2", N_ ("TLS client") },
    { "1.3.6.1.5.5.7.3.3", N_ ("Signing programs") },
    { "1.3.6.1.5.5.7.3.4", N_ ("E-mail") },
    { "1.3.6.1.5.5.7.3.8", N_ ("Time stamps") },
    { "1.3.6.1.5.5.7.3.9", N_ ("Signing OCSP responses") },
    { "2.5.29.37.0", N_ ("Any purpose") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (purposes); i++)
    if (strcmp (purposes[i].oid, oid) == 0)
      return _ (purposes[i].name);

  return NULL;
}

static char *
dup_oid (const gnutls_datum_t *oid)
{
  const char *bytes = (const char *) oid->data;

  return bytes != NULL ? postern_printable (bytes, strnlen (bytes, oid->size)) : g_strdup ("");
}

static gboolean
write_purposes (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_x509_key_purposes_t purposes = NULL;
  gnutls_datum_t datum = { NULL, 0 };
  gboolean read;

  if (gnutls_x509_key_purpose_init (&purposes) < 0)
    return FALSE;
  read = gnutls_x509_ext_import_key_purposes (extension, purposes, 0) >= 0;
  for (unsigned int i = 0; read && i < POSTERN_MAX_SHOWN; i++)
    {
      g_autofree char *oid = NULL;
      const char *name;

      if (gnutls_x509_key_purpose_get (purposes, i, &datum) < 0)
        break;
      oid = dup_oid (&datum);
      name = purpose_name (oid);
      if (name != NULL)
        take_line (lines, g_strdup_printf ("%s (%s)", name, oid));
      else
        add_line (lines, oid);
    }
  gnutls_x509_key_purpose_deinit (purposes);
  return read;
}

static gboolean
write_basic_constraints (GString *lines, const gnutls_datum_t *extension)
{
  unsigned int ca = 0;
  int length = -1;

  if (gnutls_x509_ext_import_basic_constraints (extension, &ca, &length) < 0)
    return FALSE;
  add_line (lines, ca ? _ ("An authority") : _ ("Not an authority"));
  if (length >= 0)
    take_line (lines, g_strdup_printf (_ ("Path length: %d"), length));
  return TRUE;
}

static gboolean
write_crl_points (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_x509_crl_dist_points_t points = NULL;
  gnutls_datum_t name = { NULL, 0 };
  unsigned int type = 0;
  gboolean read;

  if (gnutls_x509_crl_dist_points_init (&points) < 0)
    return FALSE;
  read = gnutls_x509_ext_import_crl_dist_points (extension, points, 0) >= 0;
  for (unsigned int i = 0; read && i < POSTERN_MAX_SHOWN; i++)
    {
      if (gnutls_x509_crl_dist_points_get (points, i, &type, &name, NULL) < 0)
        break;
      take_line (lines,
                 postern_certificate_dup_general_name (type, (const char *) name.data, name.size));
    }
  gnutls_x509_crl_dist_points_deinit (points);
  return read;
}

static const char *
access_name (const char *oid)
{
  if (strcmp (oid, GNUTLS_OID_AD_OCSP) == 0)
    return _ ("OCSP");
  if (strcmp (oid, GNUTLS_OID_AD_CAISSUERS) == 0)
    /* Translators: where the certificate of the issuer is to be had */
    return _ ("Issuer’s certificate");
  return oid;
}

static gboolean
write_authority_access (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_x509_aia_t aia = NULL;
  gnutls_datum_t datum = { NULL, 0 };
  gnutls_datum_t name = { NULL, 0 };
  unsigned int type = 0;
  gboolean read;

  if (gnutls_x509_aia_init (&aia) < 0)
    return FALSE;
  read = gnutls_x509_ext_import_aia (extension, aia, 0) >= 0;
  for (unsigned int i = 0; read && i < POSTERN_MAX_SHOWN; i++)
    {
      g_autofree char *oid = NULL;
      g_autofree char *place = NULL;

      if (gnutls_x509_aia_get (aia, i, &datum, &type, &name) < 0)
        break;
      oid = dup_oid (&datum);
      place = postern_certificate_dup_general_name (type, (const char *) name.data, name.size);
      take_line (lines, g_strdup_printf ("%s: %s", access_name (oid), place));
    }
  gnutls_x509_aia_deinit (aia);
  return read;
}

static gboolean
write_policies (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_x509_policies_t policies = NULL;
  struct gnutls_x509_policy_st policy;
  gboolean read;

  if (gnutls_x509_policies_init (&policies) < 0)
    return FALSE;
  read = gnutls_x509_ext_import_policies (extension, policies, 0) >= 0;
  for (unsigned int i = 0; read && i < POSTERN_MAX_SHOWN; i++)
    {
      /* What it fills belongs to @policies. */
      if (gnutls_x509_policies_get (policies, i, &policy) < 0)
        break;
      take_line (lines, postern_printable (policy.oid, strlen (policy.oid)));
      for (unsigned int j = 0; j < MIN (policy.qualifiers, GNUTLS_MAX_QUALIFIERS); j++)
        if (policy.qualifier[j].data != NULL && policy.qualifier[j].size > 0)
          take_line (lines, postern_printable (policy.qualifier[j].data, policy.qualifier[j].size));
    }
  gnutls_x509_policies_deinit (policies);
  return read;
}

/* An address and its mask. */
static char *
dup_network (const gnutls_datum_t *name)
{
  gsize half = name->size / 2;
  GSocketFamily family = half == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
  g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes (name->data, family);
  g_autoptr(GInetAddress) mask = g_inet_address_new_from_bytes (name->data + half, family);
  g_autofree char *address_text = g_inet_address_to_string (address);
  g_autofree char *mask_text = g_inet_address_to_string (mask);

  return g_strdup_printf (_ ("IP: %s, mask %s"), address_text, mask_text);
}

static char *
dup_constraint (unsigned int type, const gnutls_datum_t *name)
{
  if (type == GNUTLS_SAN_IPADDRESS && (name->size == 8 || name->size == 32))
    return dup_network (name);
  return postern_certificate_dup_general_name (type, (const char *) name->data, name->size);
}

static gboolean
write_name_constraints (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_x509_name_constraints_t constraints = NULL;
  gnutls_datum_t name = { NULL, 0 };
  unsigned int type = 0;
  gboolean read;

  if (gnutls_x509_name_constraints_init (&constraints) < 0)
    return FALSE;
  read = gnutls_x509_ext_import_name_constraints (extension, constraints, 0) >= 0;
  for (unsigned int i = 0; read && i < POSTERN_MAX_SHOWN; i++)
    {
      g_autofree char *text = NULL;

      if (gnutls_x509_name_constraints_get_permitted (constraints, i, &type, &name) < 0)
        break;
      text = dup_constraint (type, &name);
      take_line (lines, g_strdup_printf (_ ("Permitted: %s"), text));
    }
  for (unsigned int i = 0; read && i < POSTERN_MAX_SHOWN; i++)
    {
      g_autofree char *text = NULL;

      if (gnutls_x509_name_constraints_get_excluded (constraints, i, &type, &name) < 0)
        break;
      text = dup_constraint (type, &name);
      take_line (lines, g_strdup_printf (_ ("Excluded: %s"), text));
    }
  gnutls_x509_name_constraints_deinit (constraints);
  return read;
}

static gboolean
write_tls_features (GString *lines, const gnutls_datum_t *extension)
{
  gnutls_x509_tlsfeatures_t features = NULL;
  unsigned int feature = 0;
  gboolean read;

  if (gnutls_x509_tlsfeatures_init (&features) < 0)
    return FALSE;
  read = gnutls_x509_ext_import_tlsfeatures (extension, features, 0) >= 0;
  for (unsigned int i = 0; read && i < POSTERN_MAX_SHOWN; i++)
    {
      if (gnutls_x509_tlsfeatures_get (features, i, &feature) < 0)
        break;
      if (feature == 5)
        add_line (lines, _ ("An OCSP response has to be stapled (5)"));
      else
        take_line (lines, g_strdup_printf ("%u", feature));
    }
  gnutls_x509_tlsfeatures_deinit (features);
  return read;
}

/* Those of RFC 5280, 4.2, and what else is common. */
static const struct
{
  const char *oid;
  const char *name;
  WriteFunc write;
} known[] = {
  { "2.5.29.15", N_ ("Key usage"), write_key_usage },
  { "2.5.29.37", N_ ("Extended key usage"), write_purposes },
  { "2.5.29.19", N_ ("Basic constraints"), write_basic_constraints },
  { "2.5.29.14", N_ ("Subject key identifier"), write_subject_key_id },
  { "2.5.29.35", N_ ("Authority key identifier"), write_authority_key_id },
  { "1.3.6.1.5.5.7.1.1", N_ ("Authority information access"), write_authority_access },
  { "2.5.29.31", N_ ("Revocation lists"), write_crl_points },
  { "2.5.29.32", N_ ("Certificate policies"), write_policies },
  { "2.5.29.30", N_ ("Name constraints"), write_name_constraints },
  { "1.3.6.1.5.5.7.1.24", N_ ("TLS features"), write_tls_features },
  { OID_SUBJECT_ALT_NAME, N_ ("Alternative names"), write_bytes },
  { "2.5.29.18", N_ ("Issuer’s alternative names"), write_bytes },
  { "2.5.29.33", N_ ("Policy mappings"), write_bytes },
  { "2.5.29.36", N_ ("Policy constraints"), write_bytes },
  { "2.5.29.54", N_ ("Inhibit any policy"), write_bytes },
  { "1.3.6.1.4.1.11129.2.4.2", N_ ("Signed certificate timestamps"), write_bytes },
  { "1.3.6.1.5.5.7.48.1.5", N_ ("No revocation check for OCSP"), write_bytes },
  { "2.16.840.1.113730.1.1", N_ ("Netscape certificate type"), write_bytes },
  { "2.16.840.1.113730.1.13", N_ ("Netscape comment"), write_bytes },
};

static void
add_extension (GListStore *fields,
               const char *oid,
               gboolean critical,
               const gnutls_datum_t *extension)
{
  g_autoptr(GString) lines = g_string_new (NULL);
  g_autofree char *name = g_strdup (oid);
  gboolean code = TRUE;
  gboolean read = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].oid, oid) == 0)
      {
        g_free (name);
        name = g_strdup_printf ("%s (%s)", _ (known[i].name), oid);
        code = known[i].write == write_bytes || known[i].write == write_subject_key_id ||
               known[i].write == write_authority_key_id;
        read = known[i].write (lines, extension);
      }
  if (!read)
    {
      g_string_truncate (lines, 0);
      add_bytes (lines, extension->data, extension->size);
      code = TRUE;
    }
  if (lines->len == 0)
    add_line (lines, _ ("empty"));
  postern_certificate_take_field (fields, POSTERN_FIELD_EXTENSIONS, name,
                                  g_string_free (g_steal_pointer (&lines), FALSE), code, critical);
}

void
postern_certificate_add_extensions (PosternCertificate *self, GListStore *fields, gboolean names)
{
  gnutls_x509_crt_t crt = postern_certificate_peek (self);

  for (unsigned int i = 0; i < MAX_EXTENSIONS; i++)
    {
      char bytes[128];
      size_t size = sizeof bytes;
      unsigned int critical = 0;
      gnutls_datum_t extension = { NULL, 0 };
      int result = gnutls_x509_crt_get_extension_info (crt, i, bytes, &size, &critical);
      g_autofree char *oid = NULL;

      if (result == GNUTLS_E_SHORT_MEMORY_BUFFER)
        continue; /* no such number is in use */
      if (result < 0)
        break;
      oid = postern_printable (bytes, strnlen (bytes, size));
      if ((strcmp (oid, OID_SUBJECT_ALT_NAME) == 0 && !names) ||
          gnutls_x509_crt_get_extension_data2 (crt, i, &extension) < 0)
        continue;
      add_extension (fields, oid, critical != 0, &extension);
      gnutls_free (extension.data);
    }
}
