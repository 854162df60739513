/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-certificates.h"

#include "real-files.h"
#include "test-pki.h"

#include <gio/gio.h>

/* A key, then the chain as it is to be sent. */
static gboolean
write_chain (RealValues *values, const char *name, TestCert *leaf, TestCert *next, GError **error)
{
  g_autofree char *key = test_cert_key_pem (leaf);
  g_autofree char *chain = test_cert_pem (leaf, next, NULL);
  g_autofree char *text = g_strconcat (key, chain, NULL);

  return real_files_write (values, name, text, error);
}

static void
set_path (RealValues *values, const char *value, const char *name)
{
  g_autofree char *path = g_build_filename (real_values_get (values, "FOLDER"), name, NULL);

  real_values_set (values, value, path);
}

static gboolean
write_authority (
  RealValues *values, const char *value, const char *name, TestCert *root, GError **error)
{
  g_autofree char *pem = test_cert_pem (root, NULL);

  set_path (values, value, name);
  return real_files_write (values, name, pem, error);
}

/* Intermediate authorities a client does send, and a server may want to look at. */
static gboolean
write_client (RealValues *values,
              const char *value,
              const char *name,
              const char *user,
              TestCert *issuer,
              GError **error)
{
  const TestCertSpec spec = {
    .cn = user,
    .email = user,
    .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
    .purpose = GNUTLS_KP_TLS_WWW_CLIENT,
  };
  g_autoptr(TestCert) leaf = test_cert_new (&spec, issuer, NULL);

  set_path (values, value, name);
  return write_chain (values, name, leaf, NULL, error);
}

gboolean
real_certificates_write (RealValues *values, GError **error)
{
  const guint sign = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
  const TestCertSpec root_spec = { .cn = "Postern test root", .ca = TRUE, .usage = sign };
  const TestCertSpec other_spec = { .cn = "Another root", .ca = TRUE, .usage = sign };
  const TestCertSpec issuing_spec = {
    .cn = "Postern test issuing authority", .ca = TRUE, .below = 1, .usage = sign
  };
  TestCertSpec leaf_spec = {
    .cn = "localhost",
    .dns = "localhost",
    .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
    .purpose = GNUTLS_KP_TLS_WWW_SERVER,
  };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) other = test_cert_new (&other_spec, NULL, NULL);
  g_autoptr(TestCert) issuing = test_cert_new (&issuing_spec, root, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, issuing, NULL);
  g_autoptr(TestCert) expired = NULL;
  g_autofree char *trusted = test_cert_pem (root, NULL);
  const char *user = real_values_get (values, "USER");

  leaf_spec.from_days = -30;
  leaf_spec.to_days = -2;
  expired = test_cert_new (&leaf_spec, issuing, NULL);

  return write_authority (values, "CA", "ca.pem", root, error) &&
         write_authority (values, "OTHER_CA", "other-ca.pem", other, error) &&
         real_files_write (values, "home/ca.pem", trusted, error) &&
         write_chain (values, "server.pem", leaf, issuing, error) &&
         write_chain (values, "home/server.pem", leaf, issuing, error) &&
         write_chain (values, "incomplete.pem", leaf, NULL, error) &&
         write_chain (values, "expired.pem", expired, issuing, error) &&
         write_client (values, "CLIENT", "client.pem", user, root, error) &&
         write_client (values, "CLIENT_OF_OTHER", "other-client.pem", "bert", root, error) &&
         write_client (values, "CLIENT_UNTRUSTED", "untrusted-client.pem", user, other, error);
}
