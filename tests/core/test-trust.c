/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust.h"

#include "model/postern-error.h"
#include "test-pki.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define HOST "mail.example.com"

typedef struct
{
  TestCert *root;
  TestCert *intermediate;
  TestCert *leaf; /* from the intermediate */
  char *ca_file;
} Pki;

static Pki pki;

static const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
static const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };

static char *
write_pem (TestCert *cert)
{
  g_autofree char *pem = test_cert_pem (cert, NULL);

  return test_write_file (pem);
}

static void
pki_init (void)
{
  const TestCertSpec intermediate = { .cn = "Test Intermediate", .ca = TRUE };

  pki.root = test_cert_new (&root_spec, NULL, NULL);
  pki.intermediate = test_cert_new (&intermediate, pki.root, NULL);
  pki.leaf = test_cert_new (&leaf_spec, pki.intermediate, NULL);
  pki.ca_file = write_pem (pki.root);
}

static void
pki_clear (void)
{
  g_unlink (pki.ca_file);
  g_free (pki.ca_file);
  test_cert_free (pki.leaf);
  test_cert_free (pki.intermediate);
  test_cert_free (pki.root);
}

static PosternTlsPolicy *
new_policy (void)
{
  PosternTlsPolicy *policy = postern_tls_policy_new ();

  policy->system_store = FALSE;
  policy->ca_file = g_strdup (pki.ca_file);

  return policy;
}

static PosternTrust *
analyse (const PosternTlsPolicy *policy, const char *host, TestCert *first, ...)
{
  PosternTrust *trust = postern_trust_new (policy, host);
  g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GError) error = NULL;
  va_list others;

  va_start (others, first);
  for (TestCert *cert = first; cert != NULL; cert = va_arg (others, TestCert *))
    g_ptr_array_add (chain, test_cert_der (cert));
  va_end (others);

  postern_trust_load (trust, &error);
  g_assert_no_error (error);
  postern_trust_analyse (trust, chain, g_get_real_time () / G_USEC_PER_SEC);

  return trust;
}

static const PosternCertFault *
get_fault (PosternTrust *trust, guint index)
{
  GPtrArray *faults = postern_trust_get_faults (trust);

  g_assert_cmpuint (index, <, faults->len);

  return g_ptr_array_index (faults, index);
}

static void
assert_good (PosternTrust *trust)
{
  GPtrArray *faults = postern_trust_get_faults (trust);

  if (faults->len > 0)
    g_test_message ("%s: %s", get_fault (trust, 0)->code, get_fault (trust, 0)->text);
  g_assert_cmpuint (faults->len, ==, 0);
  g_assert_true (postern_trust_is_verified (trust));
  g_assert_true (postern_trust_is_accepted (trust));
}

static void
assert_bad (PosternTrust *trust, const char *code)
{
  GPtrArray *faults = postern_trust_get_faults (trust);

  for (guint i = 0; i < faults->len; i++)
    g_test_message ("%s %u: %s", get_fault (trust, i)->code, get_fault (trust, i)->certificate,
                    get_fault (trust, i)->text);
  g_assert_cmpuint (faults->len, >, 0);
  g_assert_cmpstr (get_fault (trust, 0)->code, ==, code);
  g_assert_false (get_fault (trust, 0)->warning);
  g_assert_nonnull (get_fault (trust, 0)->text);
  g_assert_false (postern_trust_is_verified (trust));
  g_assert_false (postern_trust_is_accepted (trust));
}

static void
test_good (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, pki.leaf, pki.intermediate, NULL);
  g_autoptr(PosternTrust) whole =
               analyse (policy, "MAIL.example.com.", pki.leaf, pki.intermediate, pki.root, NULL);
  PosternCertificate *own;

  assert_good (trust);
  assert_good (whole);
  g_assert_cmpstr (postern_trust_get_matched_name (trust), ==, HOST);
  g_assert_cmpuint (postern_trust_get_chain (trust)->len, ==, 2);
  g_assert_cmpuint (postern_trust_get_chain (whole)->len, ==, 3);

  own = g_ptr_array_index (postern_trust_get_chain (trust), 0);
  g_assert_cmpstr (postern_certificate_get_subject (own), ==, "CN=mail.example.com");
  g_assert_cmpstr (postern_certificate_get_issuer (own), ==, "CN=Test Intermediate");
  g_assert_cmpstr (postern_certificate_get_common_name (own), ==, HOST);
  g_assert_cmpstr (postern_certificate_get_dns_names (own)[0], ==, HOST);
  g_assert_null (postern_certificate_get_ip_addresses (own)[0]);
  g_assert_cmpstr (postern_certificate_get_key (own), ==, "EC 256");
  g_assert_cmpstr (postern_certificate_get_signature (own), ==, "ECDSA-SHA256");
  g_assert_cmpuint (strlen (postern_certificate_get_sha256 (own)), ==, 64);
  g_assert_cmpuint (strlen (postern_certificate_get_spki_sha256 (own)), ==, 64);
  g_assert_true (g_str_has_prefix (postern_certificate_get_pem (own), "-----BEGIN CERTIFICATE"));
  g_assert_false (postern_certificate_is_ca (own));
  g_assert_true (
    postern_certificate_is_ca (g_ptr_array_index (postern_trust_get_chain (trust), 1)));
}

/* A self-signed certificate that is itself in the CA file is fine. */
static void
test_pinned (void)
{
  g_autoptr(TestCert) own = test_cert_new (&leaf_spec, NULL, NULL);
  g_autofree char *file = write_pem (own);
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrust) trust = NULL;

  g_free (policy->ca_file);
  policy->ca_file = g_strdup (file);
  trust = analyse (policy, HOST, own, NULL);
  assert_good (trust);
  g_unlink (file);
}

/* What each fault of the server's own certificate is called, signed by the trusted root. */
static void
test_own_faults (void)
{
  static const struct
  {
    TestCertSpec spec;
    const char *code;
  } cases[] = {
    { { .cn = HOST, .dns = HOST, .from_days = -9, .to_days = -2 }, "cert.expired" },
    { { .cn = HOST, .dns = HOST, .from_days = 2, .to_days = 99 }, "cert.not-yet-valid" },
    { { .cn = "other.example.com", .dns = "other.example.com" }, "cert.name-mismatch" },
    { { .cn = HOST, .dns = "other.example.com" }, "cert.name-mismatch" },
    { { .cn = "other.example.com" }, "cert.name-mismatch" },
    { { .cn = HOST }, "cert.no-san" },
    { { .cn = HOST, .dns = "m*l.example.com" }, "cert.name-mismatch" },
    { { .cn = HOST, .dns = "mail.*.com" }, "cert.name-mismatch" },
    { { .cn = HOST, .dns = "*.mail.example.com example.com *" }, "cert.name-mismatch" },
    { { .cn = HOST, .dns = HOST, .purpose = GNUTLS_KP_TLS_WWW_CLIENT }, "cert.wrong-purpose" },
    { { .cn = HOST, .dns = HOST, .usage = GNUTLS_KEY_CRL_SIGN }, "cert.wrong-purpose" },
    { { .cn = HOST, .dns = HOST, .usage = GNUTLS_KEY_KEY_ENCIPHERMENT }, "cert.wrong-purpose" },
    { { .cn = HOST, .dns = HOST, .rsa_bits = 1024 }, "cert.weak-key" },
    { { .cn = HOST, .dns = HOST, .digest = GNUTLS_DIG_SHA1 }, "cert.weak-signature" },
    { { .cn = HOST, .dns = HOST, .purpose = GNUTLS_KP_TLS_WWW_SERVER }, NULL },
    { { .cn = HOST, .dns = HOST, .usage = GNUTLS_KEY_DIGITAL_SIGNATURE }, NULL },
    { { .cn = "x", .dns = "x.example.com *.example.com" }, NULL },
    { { .cn = HOST, .dns = HOST, .rsa_bits = 2048 }, NULL },
  };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(TestCert) own = test_cert_new (&cases[i].spec, pki.root, NULL);
      g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, NULL);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (cases[i].code != NULL)
        {
          assert_bad (trust, cases[i].code);
          g_assert_cmpuint (postern_trust_get_faults (trust)->len, ==, 1);
          g_assert_cmpuint (get_fault (trust, 0)->certificate, ==, 0);
        }
      else
        {
          assert_good (trust);
        }
    }
}

/* GnuTLS takes any purpose for the right one, and OpenSSL does not. */
static void
test_any_purpose (void)
{
  const TestCertSpec spec = { .cn = HOST, .dns = HOST, .purpose = GNUTLS_KP_ANY };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) own = test_cert_new (&spec, pki.root, NULL);
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, NULL);
  g_autoptr(PosternTrust) uniface = NULL;

  g_assert_cmpuint (postern_trust_get_faults (trust)->len, ==, 1);
  g_assert_cmpstr (get_fault (trust, 0)->code, ==, "cert.wrong-purpose");
  g_assert_true (get_fault (trust, 0)->warning);
  g_assert_true (postern_trust_is_accepted (trust));

  policy->cn_fallback = TRUE;
  uniface = analyse (policy, HOST, own, NULL);
  assert_bad (uniface, "cert.wrong-purpose");
}

static void
test_expires_soon (void)
{
  const TestCertSpec spec = { .cn = HOST, .dns = HOST, .from_days = -9, .to_days = 9 };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) own = test_cert_new (&spec, pki.root, NULL);
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, NULL);

  g_assert_cmpuint (postern_trust_get_faults (trust)->len, ==, 1);
  g_assert_cmpstr (get_fault (trust, 0)->code, ==, "cert.expires-soon");
  g_assert_true (get_fault (trust, 0)->warning);
  g_assert_false (get_fault (trust, 0)->hidden);
  g_assert_true (postern_trust_is_verified (trust));
  g_assert_true (postern_trust_is_accepted (trust));
}

/* Several faults are several findings, and the first is the cause. */
static void
test_several (void)
{
  const TestCertSpec spec = { .cn = "x", .from_days = -9, .to_days = -2, .rsa_bits = 1024 };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) own = test_cert_new (&spec, NULL, NULL);
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, NULL);
  static const char *const codes[] = { "cert.expired", "cert.self-signed", "cert.name-mismatch",
                                       "cert.weak-key" };

  assert_bad (trust, "cert.expired");
  g_assert_cmpuint (postern_trust_get_faults (trust)->len, ==, G_N_ELEMENTS (codes));
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    g_assert_cmpstr (get_fault (trust, i)->code, ==, codes[i]);
}

static void
test_untrusted (void)
{
  const TestCertSpec other_spec = { .cn = "Other Root", .ca = TRUE };
  const TestCertSpec aia_spec = { .cn = HOST, .dns = HOST, .ca_issuers = "http://x.test/i.crt" };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) self_signed = test_cert_new (&leaf_spec, NULL, NULL);
  g_autoptr(TestCert) other = test_cert_new (&other_spec, NULL, NULL);
  g_autoptr(TestCert) of_other = test_cert_new (&leaf_spec, other, NULL);
  g_autoptr(TestCert) impostor = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) of_impostor = test_cert_new (&leaf_spec, impostor, NULL);
  g_autoptr(TestCert) with_aia = test_cert_new (&aia_spec, other, NULL);
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, self_signed, NULL);
  g_autoptr(PosternTrust) with_root = analyse (policy, HOST, of_other, other, NULL);
  g_autoptr(PosternTrust) without_root = analyse (policy, HOST, of_other, NULL);
  g_autoptr(PosternTrust) same_name = analyse (policy, HOST, of_impostor, impostor, NULL);
  g_autoptr(PosternTrust) incomplete = analyse (policy, HOST, pki.leaf, NULL);
  g_autoptr(PosternTrust) public = analyse (policy, HOST, with_aia, NULL);

  assert_bad (trust, "cert.self-signed");
  assert_bad (with_root, "cert.untrusted-root");
  assert_bad (without_root, "cert.untrusted-root");
  assert_bad (same_name, "cert.untrusted-root");
  assert_bad (incomplete, "cert.incomplete-chain");
  assert_bad (public, "cert.incomplete-chain");
}

static void
test_authorities (void)
{
  static const struct
  {
    TestCertSpec spec; /* of the certificate between the root and the server's */
    const char *code;
  } cases[] = {
    { { .cn = "Not a CA" }, "cert.not-a-ca" },
    { { .cn = "May not sign", .ca = TRUE, .usage = GNUTLS_KEY_DIGITAL_SIGNATURE },
      "cert.not-a-ca" },
    { { .cn = "Only others", .ca = TRUE, .permitted_dns = "example.org" },
      "cert.name-constraints" },
    { { .cn = "Old", .ca = TRUE, .from_days = -9, .to_days = -2 }, "cert.expired" },
    { { .cn = "Weak", .ca = TRUE, .rsa_bits = 1024 }, "cert.weak-key" },
    { { .cn = "SHA-1", .ca = TRUE, .digest = GNUTLS_DIG_SHA1 }, "cert.weak-signature" },
    { { .cn = "Mail", .ca = TRUE, .purpose = GNUTLS_KP_EMAIL_PROTECTION }, "cert.wrong-purpose" },
    { { .cn = "These", .ca = TRUE, .permitted_dns = "example.com" }, NULL },
  };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(TestCert) middle = test_cert_new (&cases[i].spec, pki.root, NULL);
      g_autoptr(TestCert) own = test_cert_new (&leaf_spec, middle, NULL);
      g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, middle, NULL);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (cases[i].code == NULL)
        assert_good (trust);
      else
        assert_bad (trust, cases[i].code);
    }
}

static void
test_path_length (void)
{
  const TestCertSpec short_spec = { .cn = "None below", .ca = TRUE, .below = 1 };
  const TestCertSpec below_spec = { .cn = "One below", .ca = TRUE };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) top = test_cert_new (&short_spec, pki.root, NULL);
  g_autoptr(TestCert) below = test_cert_new (&below_spec, top, NULL);
  g_autoptr(TestCert) own = test_cert_new (&leaf_spec, below, NULL);
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, below, top, NULL);

  assert_bad (trust, "cert.not-a-ca");
}

static void
test_order (void)
{
  const TestCertSpec below_spec = { .cn = "Second", .ca = TRUE };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) below = test_cert_new (&below_spec, pki.intermediate, NULL);
  g_autoptr(TestCert) own = test_cert_new (&leaf_spec, below, NULL);
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, pki.intermediate, below, NULL);

  g_assert_true (postern_trust_is_accepted (trust));
  g_assert_cmpstr (get_fault (trust, 0)->code, ==, "cert.chain-order");
}

/* Two authorities that certify each other, and more certificates than anybody needs. */
static void
test_ring (void)
{
  const TestCertSpec a_spec = { .cn = "A", .ca = TRUE };
  const TestCertSpec b_spec = { .cn = "B", .ca = TRUE };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) a_self = test_cert_new (&a_spec, NULL, NULL);
  g_autoptr(TestCert) b = test_cert_new (&b_spec, a_self, NULL);
  g_autoptr(TestCert) a = test_cert_new (&a_spec, b, a_self);
  g_autoptr(TestCert) own = test_cert_new (&leaf_spec, a, NULL);
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, own, a, b, NULL);
  g_autoptr(PosternTrust) many = postern_trust_new (policy, HOST);
  g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  assert_bad (trust, "cert.untrusted-root");

  g_ptr_array_add (chain, test_cert_der (own));
  for (guint i = 0; i < 200; i++)
    g_ptr_array_add (chain, test_cert_der (i % 2 == 0 ? a : b));
  postern_trust_analyse (many, chain, g_get_real_time () / G_USEC_PER_SEC);
  assert_bad (many, "cert.untrusted-root");
  g_assert_cmpuint (postern_trust_get_chain (many)->len, <=, 32);
}

static void
test_malformed (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrust) trust = postern_trust_new (policy, HOST);
  g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_assert_false (postern_trust_is_accepted (trust));
  postern_trust_analyse (trust, chain, 0);
  assert_bad (trust, "cert.malformed");
  g_ptr_array_add (chain, g_bytes_new_static ("\x30\x03\x02\x01", 4));
  postern_trust_analyse (trust, chain, 0);
  assert_bad (trust, "cert.malformed");
}

/* The time is an argument. */
static void
test_clock (void)
{
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrust) trust = analyse (policy, HOST, pki.leaf, pki.intermediate, NULL);
  g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gint64 year = 365 * 24 * 60 * 60;
  gboolean anchor = FALSE;

  assert_good (trust);
  g_ptr_array_add (chain, test_cert_der (pki.leaf));
  g_ptr_array_add (chain, test_cert_der (pki.intermediate));
  postern_trust_analyse (trust, chain, g_get_real_time () / G_USEC_PER_SEC + 2 * year);
  assert_bad (trust, "cert.expired");
  g_assert_cmpuint (get_fault (trust, 0)->certificate, ==, 0);
  for (guint i = 0; i < postern_trust_get_faults (trust)->len; i++)
    anchor |= strstr (get_fault (trust, i)->text, "trusted certificate “Test Root”") != NULL;
  g_assert_true (anchor);
}

static void
test_revoked (void)
{
  g_autofree char *crl = test_cert_revoke (pki.intermediate, pki.leaf);
  g_autofree char *crl_file = test_write_file (crl);
  g_autofree char *root = test_cert_pem (pki.root, NULL);
  g_autofree char *both = g_strconcat (root, crl, NULL);
  g_autofree char *both_file = test_write_file (both);
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(PosternTrust) from_crl = NULL;
  g_autoptr(PosternTrust) from_ca = NULL;

  policy->crl_file = g_strdup (crl_file);
  from_crl = analyse (policy, HOST, pki.leaf, pki.intermediate, NULL);
  assert_bad (from_crl, "cert.revoked");

  g_clear_pointer (&policy->crl_file, g_free);
  g_free (policy->ca_file);
  policy->ca_file = g_strdup (both_file);
  from_ca = analyse (policy, HOST, pki.leaf, pki.intermediate, NULL);
  assert_bad (from_ca, "cert.revoked");

  g_unlink (crl_file);
  g_unlink (both_file);
}

static void
test_ignored (void)
{
  const TestCertSpec spec = { .cn = "x", .dns = "x", .from_days = -9, .to_days = -2 };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) own = test_cert_new (&spec, NULL, NULL);
  g_autoptr(PosternTrust) trust = NULL;

  policy->verify = POSTERN_VERIFY_IGNORE;
  trust = analyse (policy, HOST, own, NULL);
  g_assert_true (postern_trust_is_accepted (trust));
  g_assert_false (postern_trust_is_verified (trust));
  g_assert_cmpuint (postern_trust_get_faults (trust)->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (get_fault (trust, i)->hidden);
      g_assert_true (get_fault (trust, i)->warning);
    }
}

/* Without the name check everything else still counts. */
static void
test_name_off (void)
{
  const TestCertSpec name_spec = { .cn = "x", .dns = "x" };
  const TestCertSpec old_spec = { .cn = "x", .dns = "x", .from_days = -9, .to_days = -2 };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(TestCert) name = test_cert_new (&name_spec, pki.root, NULL);
  g_autoptr(TestCert) old = test_cert_new (&old_spec, pki.root, NULL);
  g_autoptr(PosternTrust) accepted = NULL;
  g_autoptr(PosternTrust) refused = NULL;

  policy->verify_name = FALSE;
  accepted = analyse (policy, HOST, name, NULL);
  g_assert_true (postern_trust_is_accepted (accepted));
  g_assert_false (postern_trust_is_verified (accepted));
  g_assert_cmpstr (get_fault (accepted, 0)->code, ==, "cert.name-mismatch");
  g_assert_cmpstr (get_fault (accepted, 0)->governed_by, ==, "verify_server_name");
  g_assert_true (get_fault (accepted, 0)->hidden);

  refused = analyse (policy, HOST, old, NULL);
  assert_bad (refused, "cert.expired");
}

static void
test_names (void)
{
  static const struct
  {
    TestCertSpec spec;
    const char *host;
    gboolean cn_fallback;
    PosternPeerNameType type;
    const char *listed; /* NULL: the host */
    const char *matched;
  } cases[] = {
    { { .dns = HOST }, HOST, FALSE, 0, NULL, HOST },
    { { .dns = "*.example.com" }, HOST, FALSE, 0, NULL, "*.example.com" },
    { { .dns = "*.example.com" }, "a.mail.example.com", FALSE, 0, NULL, NULL },
    { { .dns = "*.com" }, "example.com", FALSE, 0, NULL, NULL },
    { { .ip = "127.0.0.1" }, "127.0.0.1", FALSE, 0, NULL, "127.0.0.1" },
    { { .dns = "127.0.0.1" }, "127.0.0.1", FALSE, 0, NULL, NULL },
    { { .ip = "127.0.0.1" }, "localhost", FALSE, 0, NULL, NULL },
    { { .ip = "::1" }, "0::1", FALSE, 0, NULL, "::1" },
    { { .dns = "xn--bcher-kva.example" },
      "bücher.example",
      FALSE,
      0,
      NULL,
      "xn--bcher-kva.example" },
    { { .cn = HOST, .dns = "other.example.com" }, HOST, TRUE, 0, NULL, HOST },
    { { .cn = HOST }, HOST, TRUE, 0, NULL, HOST },
    { { .cn = "127.0.0.1" }, "127.0.0.1", TRUE, 0, NULL, "127.0.0.1" },
    { { .dns = HOST }, HOST, TRUE, POSTERN_PEER_NAME_DNS, "other.example.com", NULL },
    { { .dns = "b.example.com" },
      HOST,
      TRUE,
      POSTERN_PEER_NAME_DNS,
      "*.example.com",
      "b.example.com" },
    { { .ip = "::1" }, HOST, TRUE, POSTERN_PEER_NAME_IP, "0:0::1", "::1" },
    { { .uri = "https://Mail.test/x" },
      HOST,
      TRUE,
      POSTERN_PEER_NAME_URI,
      "https://mail.test/X",
      "https://Mail.test/x" },
    { { .email = "a@example.com" },
      HOST,
      TRUE,
      POSTERN_PEER_NAME_EMAIL,
      "A@example.com",
      "a@example.com" },
    { { .email = "a@example.com" }, HOST, TRUE, POSTERN_PEER_NAME_EMAIL, "*@example.com", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(TestCert) own = test_cert_new (&cases[i].spec, pki.root, NULL);
      g_autoptr(PosternTrust) trust = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      policy->cn_fallback = cases[i].cn_fallback;
      if (cases[i].listed != NULL)
        g_ptr_array_add (policy->names, postern_peer_name_new (cases[i].type, cases[i].listed));
      trust = analyse (policy, cases[i].host, own, NULL);
      g_assert_cmpstr (postern_trust_get_matched_name (trust), ==, cases[i].matched);
      if (cases[i].matched != NULL)
        assert_good (trust);
      else
        assert_bad (trust, "cert.name-mismatch");
    }
}

static void
test_load (void)
{
  g_autofree char *garbage = test_write_file ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END\n");
  g_autofree char *key = test_cert_key_pem (pki.leaf);
  g_autofree char *key_file = test_write_file (key);
  g_autofree char *pipe = test_write_file ("");
  const struct
  {
    const char *ca_file;
    const char *client;
    const char *key;
    const char *code;
  } cases[] = {
    { "/nowhere/ca.pem", NULL, NULL, "settings.file-missing" },
    { "/", NULL, NULL, "settings.file-missing" },
    { pipe, NULL, NULL, "settings.file-missing" }, /* and nobody waits for its other end */
    { garbage, NULL, NULL, "settings.file-not-pem" },
    { NULL, pki.ca_file, key_file, "settings.key-mismatch" },
    { NULL, key_file, key_file, "settings.file-not-pem" },
    { NULL, pki.ca_file, "/nowhere/key.pem", "settings.file-missing" },
    { NULL, NULL, NULL, NULL },
  };

  g_unlink (pipe);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(PosternTrust) trust = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (cases[i].ca_file != NULL)
        {
          g_free (policy->ca_file);
          policy->ca_file = g_strdup (cases[i].ca_file);
        }
      policy->client_certificate = g_strdup (cases[i].client);
      policy->client_key = g_strdup (cases[i].key);
      trust = postern_trust_new (policy, HOST);
      postern_trust_load_in_thread (trust);
      g_assert_cmpint (postern_trust_load (trust, &error), ==, cases[i].code == NULL);
      g_assert_cmpstr (postern_trust_get_load_code (trust), ==, cases[i].code);
      g_assert_true ((error == NULL) == (cases[i].code == NULL));
    }

  g_unlink (pipe);
  g_unlink (garbage);
  g_unlink (key_file);
}

/* Whenever the session ends: before the files are read, while they are, or after. */
static void
test_drop_secrets (void)
{
  g_autofree char *chain = test_cert_pem (pki.leaf, NULL);
  g_autofree char *key = test_cert_key_pem (pki.leaf);
  g_autofree char *both = g_strconcat (chain, key, NULL);
  g_autofree char *file = test_write_file (both);

  for (int when = 0; when < 3; when++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(PosternTrust) trust = NULL;
      g_autoptr(GError) error = NULL;

      policy->client_certificate = g_strdup (file);
      policy->client_key_password = postern_secret_new ("x", 1);
      trust = postern_trust_new (policy, HOST);
      if (when == 1)
        postern_trust_load_in_thread (trust);
      if (when == 2)
        postern_trust_load (trust, NULL);
      g_assert_true (when != 2 || postern_trust_get_context (trust) != NULL);
      postern_trust_drop_secrets (trust);
      g_assert_true (postern_trust_load (trust, &error));
      g_assert_no_error (error);
      g_assert_null (postern_trust_get_context (trust));
      g_assert_true (postern_trust_has_client_certificate (trust));
    }

  g_unlink (file);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  pki_init ();

  g_test_add_func ("/trust/good", test_good);
  g_test_add_func ("/trust/pinned", test_pinned);
  g_test_add_func ("/trust/own-faults", test_own_faults);
  g_test_add_func ("/trust/any-purpose", test_any_purpose);
  g_test_add_func ("/trust/expires-soon", test_expires_soon);
  g_test_add_func ("/trust/several", test_several);
  g_test_add_func ("/trust/untrusted", test_untrusted);
  g_test_add_func ("/trust/authorities", test_authorities);
  g_test_add_func ("/trust/path-length", test_path_length);
  g_test_add_func ("/trust/order", test_order);
  g_test_add_func ("/trust/ring", test_ring);
  g_test_add_func ("/trust/malformed", test_malformed);
  g_test_add_func ("/trust/clock", test_clock);
  g_test_add_func ("/trust/revoked", test_revoked);
  g_test_add_func ("/trust/ignored", test_ignored);
  g_test_add_func ("/trust/name-off", test_name_off);
  g_test_add_func ("/trust/names", test_names);
  g_test_add_func ("/trust/load", test_load);
  g_test_add_func ("/trust/drop-secrets", test_drop_secrets);

  result = g_test_run ();
  pki_clear ();

  return result;
}
