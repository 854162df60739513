/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-pki.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <gnutls/abstract.h>
#include <gnutls/x509-ext.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY (24 * 60 * 60)

static void
ok (int result)
{
  if (result < 0)
    g_error ("GnuTLS: %s", gnutls_strerror (result));
}

static gnutls_datum_t
to_datum (const char *text)
{
  gnutls_datum_t datum = { (unsigned char *) text, (unsigned int) strlen (text) };

  return datum;
}

static void
add_names (gnutls_x509_crt_t crt, const TestCertSpec *spec)
{
  g_auto (GStrv) dns = g_strsplit (spec->dns != NULL ? spec->dns : "", " ", -1);
  g_auto (GStrv) ip = g_strsplit (spec->ip != NULL ? spec->ip : "", " ", -1);

  for (guint i = 0; dns[i] != NULL; i++)
    ok (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_DNSNAME, dns[i],
                                              (unsigned int) strlen (dns[i]), GNUTLS_FSAN_APPEND));
  for (guint i = 0; ip[i] != NULL; i++)
    {
      guchar bytes[16];
      gboolean v6 = strchr (ip[i], ':') != NULL;

      g_assert_cmpint (inet_pton (v6 ? AF_INET6 : AF_INET, ip[i], bytes), ==, 1);
      ok (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS, bytes, v6 ? 16 : 4,
                                                GNUTLS_FSAN_APPEND));
    }
  if (spec->email != NULL)
    ok (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_RFC822NAME, spec->email,
                                              (unsigned int) strlen (spec->email),
                                              GNUTLS_FSAN_APPEND));
  if (spec->uri != NULL)
    ok (gnutls_x509_crt_set_subject_alt_name (
      crt, GNUTLS_SAN_URI, spec->uri, (unsigned int) strlen (spec->uri), GNUTLS_FSAN_APPEND));
}

static void
add_extensions (gnutls_x509_crt_t crt, const TestCertSpec *spec)
{
  if (spec->ca)
    ok (gnutls_x509_crt_set_basic_constraints (crt, 1, spec->below - 1));
  else
    ok (gnutls_x509_crt_set_basic_constraints (crt, 0, -1));
  if (spec->usage != 0)
    ok (gnutls_x509_crt_set_key_usage (crt, spec->usage));
  if (spec->purpose != NULL)
    ok (gnutls_x509_crt_set_key_purpose_oid (crt, spec->purpose, 0));
  if (spec->permitted_dns != NULL)
    {
      gnutls_x509_name_constraints_t constraints;
      gnutls_datum_t name = to_datum (spec->permitted_dns);

      ok (gnutls_x509_name_constraints_init (&constraints));
      ok (gnutls_x509_name_constraints_add_permitted (constraints, GNUTLS_SAN_DNSNAME, &name));
      ok (gnutls_x509_crt_set_name_constraints (crt, constraints, 1));
      gnutls_x509_name_constraints_deinit (constraints);
    }
  if (spec->must_staple)
    {
      gnutls_x509_tlsfeatures_t features;

      ok (gnutls_x509_tlsfeatures_init (&features));
      ok (gnutls_x509_tlsfeatures_add (features, 5)); /* status_request */
      ok (gnutls_x509_crt_set_tlsfeatures (crt, features));
      gnutls_x509_tlsfeatures_deinit (features);
    }
  if (spec->ca_issuers != NULL)
    {
      gnutls_datum_t uri = to_datum (spec->ca_issuers);

      ok (gnutls_x509_crt_set_authority_info_access (crt, GNUTLS_IA_CAISSUERS_URI, &uri));
    }
}

static gnutls_x509_privkey_t
make_key (const TestCertSpec *spec, TestCert *other)
{
  gnutls_x509_privkey_t key;

  ok (gnutls_x509_privkey_init (&key));
  if (other != NULL)
    ok (gnutls_x509_privkey_cpy (key, other->key));
  else if (spec->rsa_bits != 0)
    ok (gnutls_x509_privkey_generate (key, GNUTLS_PK_RSA, spec->rsa_bits, 0));
  else
    ok (gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0));

  return key;
}

static void
add_ids (gnutls_x509_crt_t crt, TestCert *issuer)
{
  guchar id[20];
  size_t id_size = sizeof id;

  ok (gnutls_x509_crt_get_key_id (crt, 0, id, &id_size));
  ok (gnutls_x509_crt_set_subject_key_id (crt, id, id_size));
  if (issuer == NULL)
    return;

  id_size = sizeof id;
  ok (gnutls_x509_crt_get_key_id (issuer->crt, 0, id, &id_size));
  ok (gnutls_x509_crt_set_authority_key_id (crt, id, id_size));
}

TestCert *
test_cert_new (const TestCertSpec *spec, TestCert *issuer, TestCert *key)
{
  static int n_made;
  TestCert *self = g_new0 (TestCert, 1);
  time_t now = time (NULL);
  int from = spec->from_days == 0 && spec->to_days == 0 ? -1 : spec->from_days;
  int to = spec->from_days == 0 && spec->to_days == 0 ? 365 : spec->to_days;
  int serial = g_atomic_int_add (&n_made, 1) + 1;
  guint32 number = g_htonl ((guint32) serial);

  ok (gnutls_x509_crt_init (&self->crt));
  self->key = make_key (spec, key);
  ok (gnutls_x509_crt_set_version (self->crt, 3));
  ok (gnutls_x509_crt_set_serial (self->crt, &number, sizeof number));
  ok (gnutls_x509_crt_set_activation_time (self->crt, now + from * DAY));
  ok (gnutls_x509_crt_set_expiration_time (self->crt, now + to * DAY));
  ok (gnutls_x509_crt_set_key (self->crt, self->key));
  if (spec->cn != NULL)
    ok (gnutls_x509_crt_set_dn_by_oid (self->crt, GNUTLS_OID_X520_COMMON_NAME, 0, spec->cn,
                                       (unsigned int) strlen (spec->cn)));
  else /* an empty subject would be a fault of its own */
    ok (gnutls_x509_crt_set_dn_by_oid (self->crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, "Test", 4));
  add_names (self->crt, spec);
  add_extensions (self->crt, spec);

  if (!spec->no_ids)
    add_ids (self->crt, issuer);
  ok (gnutls_x509_crt_sign2 (self->crt, issuer != NULL ? issuer->crt : self->crt,
                             issuer != NULL ? issuer->key : self->key,
                             spec->digest != 0 ? spec->digest : GNUTLS_DIG_SHA256, 0));

  return self;
}

void
test_cert_free (TestCert *self)
{
  if (self == NULL)
    return;

  gnutls_x509_crt_deinit (self->crt);
  gnutls_x509_privkey_deinit (self->key);
  g_free (self);
}

GBytes *
test_cert_der (TestCert *self)
{
  gnutls_datum_t datum = { NULL, 0 };
  GBytes *bytes;

  ok (gnutls_x509_crt_export2 (self->crt, GNUTLS_X509_FMT_DER, &datum));
  bytes = g_bytes_new (datum.data, datum.size);
  gnutls_free (datum.data);

  return bytes;
}

static char *
take_text (gnutls_datum_t datum)
{
  char *text = g_strndup ((const char *) datum.data, datum.size);

  gnutls_free (datum.data);

  return text;
}

char *
test_cert_key_pem (TestCert *self)
{
  gnutls_datum_t datum = { NULL, 0 };

  ok (gnutls_x509_privkey_export2 (self->key, GNUTLS_X509_FMT_PEM, &datum));

  return take_text (datum);
}

char *
test_cert_pem (TestCert *first, ...)
{
  GString *pem = g_string_new (NULL);
  va_list others;

  va_start (others, first);
  for (TestCert *cert = first; cert != NULL; cert = va_arg (others, TestCert *))
    {
      gnutls_datum_t datum = { NULL, 0 };
      g_autofree char *text = NULL;

      ok (gnutls_x509_crt_export2 (cert->crt, GNUTLS_X509_FMT_PEM, &datum));
      text = take_text (datum);
      g_string_append (pem, text);
    }
  va_end (others);

  return g_string_free (pem, FALSE);
}

char *
test_cert_revoke (TestCert *issuer, TestCert *revoked)
{
  gnutls_x509_crl_t crl;
  gnutls_datum_t datum = { NULL, 0 };
  time_t now = time (NULL);
  const guint32 number = g_htonl (1);

  ok (gnutls_x509_crl_init (&crl));
  ok (gnutls_x509_crl_set_version (crl, 2));
  ok (gnutls_x509_crl_set_this_update (crl, now - DAY));
  ok (gnutls_x509_crl_set_next_update (crl, now + DAY));
  ok (gnutls_x509_crl_set_number (crl, &number, sizeof number));
  ok (gnutls_x509_crl_set_crt (crl, revoked->crt, now - DAY));
  ok (gnutls_x509_crl_sign2 (crl, issuer->crt, issuer->key, GNUTLS_DIG_SHA256, 0));
  ok (gnutls_x509_crl_export2 (crl, GNUTLS_X509_FMT_PEM, &datum));
  gnutls_x509_crl_deinit (crl);

  return take_text (datum);
}

char *
test_write_file (const char *contents)
{
  char *path = NULL;
  g_autoptr(GError) error = NULL;
  int fd = g_file_open_tmp ("postern-test-XXXXXX", &path, &error);

  g_assert_no_error (error);
  close (fd);
  g_file_set_contents (path, contents, -1, &error);
  g_assert_no_error (error);

  return path;
}
