/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-certificate-fields.h"

#include "test-pki.h"

#include <gnutls/x509-ext.h>
#include <string.h>

#define DAY (24 * 60 * 60)

static gint64 now;

static PosternCertificate *
read_cert (TestCert *cert)
{
  g_autoptr(GBytes) der = test_cert_der (cert);
  g_autoptr(GError) error = NULL;
  PosternCertificate *certificate = postern_certificate_new_from_der (der, &error);

  g_assert_no_error (error);
  return certificate;
}

/* The value of the field whose name begins so, or NULL. */
static const char *
find (GListModel *fields, PosternFieldSection section, const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (fields); i++)
    {
      g_autoptr(PosternCertificateField) field = g_list_model_get_item (fields, i);

      if (postern_certificate_field_get_section (field) == section &&
          g_str_has_prefix (postern_certificate_field_get_name (field), name))
        return postern_certificate_field_get_value (field);
    }
  return NULL;
}

static void
sign_again (TestCert *cert)
{
  g_assert_cmpint (gnutls_x509_crt_sign2 (cert->crt, cert->crt, cert->key, GNUTLS_DIG_SHA256, 0),
                   ==, 0);
}

static void
test_fields (void)
{
  const TestCertSpec spec = { .cn = "mail.example.org",
                              .dns = "mail.example.org *.example.net",
                              .ip = "192.0.2.7 2001:db8::7",
                              .email = "a@example.org",
                              .uri = "imap://example.org",
                              .from_days = -10,
                              .to_days = 20,
                              .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
                              .purpose = GNUTLS_KP_TLS_WWW_SERVER,
                              .ca_issuers = "http://example.org/ca.der",
                              .rsa_bits = 2048 };
  static const struct
  {
    PosternFieldSection section;
    const char *name;
    const char *value;
  } expected[] = {
    { POSTERN_FIELD_SUBJECT, "Common name", "mail.example.org" },
    { POSTERN_FIELD_SUBJECT, "Organization (O)", "A & <B>" },
    { POSTERN_FIELD_SUBJECT, "1.3.6.1.4.1.99999.1", NULL },
    { POSTERN_FIELD_ISSUER, "Common name", "mail.example.org" },
    { POSTERN_FIELD_CERTIFICATE, "Version", "3" },
    { POSTERN_FIELD_CERTIFICATE, "Time left", "19 days left" },
    { POSTERN_FIELD_CERTIFICATE, "Signature", "RSA-SHA256" },
    { POSTERN_FIELD_NAMES, "Alternative names",
      "DNS: mail.example.org\nDNS: *.example.net\nIP: 192.0.2.7\nIP: 2001:db8::7\n"
      "E-mail: a@example.org\nURI: imap://example.org" },
    { POSTERN_FIELD_KEY, "Key", "RSA 2048" },
    { POSTERN_FIELD_KEY, "Public exponent", "65537" },
    { POSTERN_FIELD_EXTENSIONS, "Key usage (2.5.29.15)", "Digital signature" },
    { POSTERN_FIELD_EXTENSIONS, "Extended key usage", "TLS server (1.3.6.1.5.5.7.3.1)" },
    { POSTERN_FIELD_EXTENSIONS, "Basic constraints", "Not an authority" },
    { POSTERN_FIELD_EXTENSIONS, "Authority information access",
      "Issuer’s certificate: URI: http://example.org/ca.der" },
    { POSTERN_FIELD_EXTENSIONS, "Revocation lists", "URI: http://example.org/crl" },
    { POSTERN_FIELD_EXTENSIONS, "Certificate policies", "1.2.3.4.5" },
    { POSTERN_FIELD_EXTENSIONS, "1.2.3.4.6", "04:02:AB:CD" },
  };
  g_autoptr(TestCert) cert = test_cert_new (&spec, NULL, NULL);
  const gnutls_datum_t point = { (unsigned char *) "http://example.org/crl", 22 };
  struct gnutls_x509_policy_st policy = { .oid = (char *) "1.2.3.4.5" };
  g_autoptr(PosternCertificate) certificate = NULL;
  g_autoptr(GListModel) fields = NULL;
  const char *print;

  g_assert_cmpint (
    gnutls_x509_crt_set_dn_by_oid (cert->crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, "A & <B>", 7),
    ==, 0);
  g_assert_cmpint (
    gnutls_x509_crt_set_crl_dist_points2 (cert->crt, GNUTLS_SAN_URI, point.data, point.size, 0), ==,
    0);
  g_assert_cmpint (gnutls_x509_crt_set_policy (cert->crt, &policy, 0), ==, 0);
  g_assert_cmpint (
    gnutls_x509_crt_set_extension_by_oid (cert->crt, "1.2.3.4.6", "\x04\x02\xab\xcd", 4, 1), ==, 0);
  sign_again (cert);

  certificate = read_cert (cert);
  fields = postern_certificate_list_fields (certificate, now + 60 * 60);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_test_message ("%s", expected[i].name);
      g_assert_cmpstr (find (fields, expected[i].section, expected[i].name), ==, expected[i].value);
    }
  print = find (fields, POSTERN_FIELD_FINGERPRINTS, "SHA-256 of the certificate");
  g_assert_cmpuint (strlen (print), ==, 32 * 3 - 1);
  g_assert_nonnull (find (fields, POSTERN_FIELD_FINGERPRINTS, "SHA-256 of the key"));
  g_assert_nonnull (find (fields, POSTERN_FIELD_CERTIFICATE, "Serial number"));
}

/* A critical one says so. */
static void
test_critical (void)
{
  const TestCertSpec spec = { .cn = "CA", .ca = TRUE, .below = 2 };
  g_autoptr(TestCert) cert = test_cert_new (&spec, NULL, NULL);
  g_autoptr(PosternCertificate) certificate = read_cert (cert);
  g_autoptr(GListModel) fields = postern_certificate_list_fields (certificate, now);
  guint n = 0;

  g_assert_cmpstr (find (fields, POSTERN_FIELD_EXTENSIONS, "Basic constraints"), ==,
                   "An authority\nPath length: 1");
  g_assert_nonnull (find (fields, POSTERN_FIELD_KEY, "Curve"));
  for (guint i = 0; i < g_list_model_get_n_items (fields); i++)
    {
      g_autoptr(PosternCertificateField) field = g_list_model_get_item (fields, i);

      if (g_str_has_prefix (postern_certificate_field_get_name (field), "Basic constraints"))
        n += postern_certificate_field_is_critical (field) ? 1 : 0;
      else
        g_assert_false (postern_certificate_field_is_critical (field) &&
                        postern_certificate_field_get_section (field) != POSTERN_FIELD_EXTENSIONS);
    }
  g_assert_cmpuint (n, ==, 1);
}

/* What cannot be read is shown as bytes, what is long is cut, and what would mislead is escaped. */
static void
test_hostile (void)
{
  const TestCertSpec spec = { .cn = "evil" };
  g_autoptr(TestCert) cert = test_cert_new (&spec, NULL, NULL);
  g_autoptr(PosternCertificate) certificate = NULL;
  g_autoptr(GListModel) fields = NULL;
  g_autofree char *many = g_strnfill (5000, 'x');
  const char *value;

  g_assert_cmpint (gnutls_x509_crt_set_dn_by_oid (cert->crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                                  "a\0b\x1b[31m", 8),
                   ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_extension_by_oid (cert->crt, "2.5.29.37", "\x01\x02", 2, 0),
                   ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_extension_by_oid (cert->crt, "1.2.3.4.7", many, 5000, 0), ==,
                   0);
  sign_again (cert);

  certificate = read_cert (cert);
  fields = postern_certificate_list_fields (certificate, now);
  value = find (fields, POSTERN_FIELD_SUBJECT, "Organization (O)");
  g_assert_nonnull (value);
  g_assert_null (strchr (value, '\x1b'));
  g_assert_cmpstr (find (fields, POSTERN_FIELD_EXTENSIONS, "Extended key usage"), ==, "01:02");
  value = find (fields, POSTERN_FIELD_EXTENSIONS, "1.2.3.4.7");
  g_assert_true (g_str_has_suffix (value, " … (5000 bytes)"));
  g_assert_cmpuint (strlen (value), <, 1000);
}

static void
test_time_left (void)
{
  const TestCertSpec spec = { .cn = "dates", .from_days = -10, .to_days = 20 };
  static const struct
  {
    int seconds; /* from the end */
    const char *text;
  } moments[] = {
    { -2 * DAY, "2 days left" },
    { -1 * DAY, "1 day left" },
    { -1, "0 days left" },
    { 0, "0 days left" },
    { 1, "expired 1 day ago" },
    { 3 * DAY, "expired 3 days ago" },
    { -30 * DAY - 1, "begins in 1 day" },
    { -32 * DAY, "begins in 2 days" },
  };
  g_autoptr(TestCert) cert = test_cert_new (&spec, NULL, NULL);
  g_autoptr(PosternCertificate) certificate = read_cert (cert);
  gint64 end = g_date_time_to_unix (postern_certificate_get_not_after (certificate));

  for (gsize i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      g_autofree char *text =
        postern_certificate_dup_time_left (certificate, end + moments[i].seconds);

      g_assert_cmpstr (text, ==, moments[i].text);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  now = g_get_real_time () / G_USEC_PER_SEC;

  g_test_add_func ("/certificate/fields", test_fields);
  g_test_add_func ("/certificate/critical", test_critical);
  g_test_add_func ("/certificate/hostile", test_hostile);
  g_test_add_func ("/certificate/time-left", test_time_left);
  return g_test_run ();
}
