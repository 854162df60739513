/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-private.h"

#include "test-pki.h"

#include <string.h>

#define HOST "mail.example.com"

/* Which path is found among many, and that looking for it has an end. */

static const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };

typedef struct
{
  GPtrArray *sent;    /* element-type GBytes */
  GPtrArray *trusted; /* the same */
  gboolean name_off;
  gboolean asked; /* for a staple, and none came */
  PosternVerdict verdict;
  double seconds;
} Case;

static void
case_init (Case *self)
{
  memset (self, 0, sizeof *self);
  self->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->trusted = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
case_clear (Case *self)
{
  g_ptr_array_unref (self->sent);
  g_ptr_array_unref (self->trusted);
  postern_verdict_clear (&self->verdict);
}

static void
judge (Case *self, gboolean cn_fallback)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternTrustStore) store =
               postern_trust_store_new_from_ders (self->trusted, NULL, &error);
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  gint64 start = g_get_monotonic_time ();

  g_assert_no_error (error);
  policy->cn_fallback = cn_fallback;
  policy->verify_name = !self->name_off;
  postern_verdict_clear (&self->verdict);
  if (self->asked)
    self->verdict.staples = g_ptr_array_new ();
  postern_trust_judge (&self->verdict, store, policy, HOST, self->sent,
                       g_get_real_time () / G_USEC_PER_SEC);
  self->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;

  for (guint i = 0; i < self->verdict.faults->len; i++)
    {
      const PosternCertFault *fault = self->verdict.faults->pdata[i];

      g_test_message ("%s:%u %s", fault->code, fault->certificate, fault->text);
    }
  g_test_message ("%.3f s", self->seconds);
}

static const PosternCertFault *
get_first (const Case *self)
{
  g_assert_cmpuint (self->verdict.faults->len, >, 0);

  return self->verdict.faults->pdata[0];
}

/* Thirty authorities of one name, each with a key of its own, and no identifiers to tell them by;
 * the right one is the last. */
static void
test_namesakes (void)
{
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE, .no_ids = TRUE };
  const TestCertSpec middle_spec = { .cn = "Middle", .ca = TRUE, .no_ids = TRUE };
  const TestCertSpec own_spec = { .cn = HOST, .dns = HOST, .no_ids = TRUE };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) right = test_cert_new (&middle_spec, root, NULL);
  g_autoptr(TestCert) own = test_cert_new (&own_spec, right, NULL);
  Case one;

  case_init (&one);
  g_ptr_array_add (one.trusted, test_cert_der (root));
  g_ptr_array_add (one.sent, test_cert_der (own));
  for (guint i = 0; i < 30; i++)
    {
      g_autoptr(TestCert) other = test_cert_new (&middle_spec, root, NULL);

      g_ptr_array_add (one.sent, test_cert_der (other));
    }
  g_ptr_array_add (one.sent, test_cert_der (right));

  judge (&one, FALSE);
  g_assert_true (one.verdict.accepted);
  g_assert_cmpuint (one.verdict.path->len, ==, 3);
  case_clear (&one);
}

/* Thirty certificates that all certify each other: the same name and key, or the same name and
 * thirty keys. */
static void
test_crowd (gconstpointer data)
{
  gboolean one_key = GPOINTER_TO_INT (data);
  const TestCertSpec spec = { .cn = "Crowd", .ca = TRUE, .no_ids = TRUE };
  const TestCertSpec own_spec = { .cn = HOST, .dns = HOST, .no_ids = TRUE };
  g_autoptr(TestCert) first = test_cert_new (&spec, NULL, NULL);
  g_autoptr(TestCert) root = test_cert_new (&spec, NULL, NULL); /* of the same name, too */
  g_autoptr(TestCert) own = test_cert_new (&own_spec, first, NULL);
  TestCert *last = first;
  g_autoptr(GPtrArray) crowd = g_ptr_array_new_with_free_func ((GDestroyNotify) test_cert_free);
  Case one;

  case_init (&one);
  g_ptr_array_add (one.trusted, test_cert_der (root));
  g_ptr_array_add (one.sent, test_cert_der (own));
  for (guint i = 0; i < 31; i++)
    {
      last = test_cert_new (&spec, last, one_key ? first : NULL);
      g_ptr_array_add (crowd, last);
      g_ptr_array_add (one.sent, test_cert_der (last));
    }

  judge (&one, FALSE);
  g_assert_false (one.verdict.accepted);
  g_assert_cmpfloat (one.seconds, <, 10);
  case_clear (&one);
}

/* The store holds an authority twice: with the old key, and with the new one. */
static void
test_renewed (void)
{
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE };
  g_autoptr(TestCert) old = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) renewed = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) of_old = test_cert_new (&leaf_spec, old, NULL);
  g_autoptr(TestCert) of_renewed = test_cert_new (&leaf_spec, renewed, NULL);
  TestCert *const owns[] = { of_old, of_renewed };

  for (gsize i = 0; i < G_N_ELEMENTS (owns); i++)
    {
      Case one;

      case_init (&one);
      g_ptr_array_add (one.trusted, test_cert_der (old));
      g_ptr_array_add (one.trusted, test_cert_der (renewed));
      g_ptr_array_add (one.sent, test_cert_der (owns[i]));
      judge (&one, FALSE);
      g_assert_true (one.verdict.verified);
      g_assert_cmpuint (one.verdict.faults->len, ==, 0);
      case_clear (&one);
    }
}

/* Of two paths the one without a fault counts, whatever comes first. */
static void
test_best (void)
{
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE };
  const TestCertSpec good_spec = { .cn = "Middle", .ca = TRUE };
  const TestCertSpec old_spec = { .cn = "Middle", .ca = TRUE, .from_days = -9, .to_days = -2 };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) good = test_cert_new (&good_spec, root, NULL);
  g_autoptr(TestCert) old = test_cert_new (&old_spec, root, good);
  g_autoptr(TestCert) own = test_cert_new (&leaf_spec, good, NULL);

  for (guint i = 0; i < 2; i++)
    {
      Case one;

      case_init (&one);
      g_ptr_array_add (one.trusted, test_cert_der (root));
      g_ptr_array_add (one.sent, test_cert_der (own));
      g_ptr_array_add (one.sent, test_cert_der (i == 0 ? old : good));
      g_ptr_array_add (one.sent, test_cert_der (i == 0 ? good : old));
      judge (&one, FALSE);
      g_assert_true (one.verdict.verified);
      g_assert_cmpstr (get_first (&one)->code, ==, "cert.expired");
      g_assert_cmpuint (get_first (&one)->certificate, ==, i == 0 ? 1 : 2);
      g_assert_true (get_first (&one)->warning);
      case_clear (&one);
    }
}

/* What is known of a certificate that is missing. */
static void
test_missing (void)
{
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE };
  const TestCertSpec middle_spec = { .cn = "Middle", .ca = TRUE };
  const TestCertSpec own_spec = { .cn = HOST, .dns = HOST, .ca_issuers = "http://ca.test/m.crt" };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) middle = test_cert_new (&middle_spec, root, NULL);
  g_autoptr(TestCert) own = test_cert_new (&own_spec, middle, NULL);
  const PosternCertFault *fault;
  Case one;

  case_init (&one);
  g_ptr_array_add (one.trusted, test_cert_der (root));
  g_ptr_array_add (one.sent, test_cert_der (own));
  judge (&one, FALSE);
  fault = get_first (&one);
  g_assert_cmpstr (fault->code, ==, "cert.incomplete-chain");
  g_assert_cmpint (fault->aspect, ==, POSTERN_CERT_ASPECT_ORDER);
  g_assert_cmpstr (fault->missing_subject, ==, "CN=Middle");
  g_assert_cmpstr (fault->missing_uri, ==, "http://ca.test/m.crt");
  g_assert_cmpuint (strlen (fault->missing_key_id), ==, 40);
  g_assert_nonnull (strstr (fault->text, fault->missing_key_id));
  g_assert_nonnull (strstr (fault->text, fault->missing_uri));
  case_clear (&one);
}

/* One that cannot be read keeps its place, and the others stay to be seen. */
static void
test_unreadable (void)
{
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) own = test_cert_new (&leaf_spec, root, NULL);
  Case one;

  case_init (&one);
  g_ptr_array_add (one.trusted, test_cert_der (root));
  g_ptr_array_add (one.sent, test_cert_der (own));
  g_ptr_array_add (one.sent, g_bytes_new_static ("\x30\x03\x02\x01\x05", 5));
  g_ptr_array_add (one.sent, test_cert_der (root));
  judge (&one, FALSE);
  g_assert_false (one.verdict.accepted);
  g_assert_cmpuint (one.verdict.chain->len, ==, 3);
  g_assert_cmpuint (one.verdict.faults->len, ==, 1);
  g_assert_cmpstr (get_first (&one)->code, ==, "cert.malformed");
  g_assert_cmpuint (get_first (&one)->certificate, ==, 1);
  g_assert_cmpstr (postern_certificate_get_common_name (one.verdict.chain->pdata[2]), ==, "Root");
  case_clear (&one);
}

/* For OpenSSL, and so for Uniface, a trusted certificate that is no root is not enough. */
static void
test_partial (void)
{
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE };
  const TestCertSpec middle_spec = { .cn = "Middle", .ca = TRUE };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) middle = test_cert_new (&middle_spec, root, NULL);
  g_autoptr(TestCert) own = test_cert_new (&leaf_spec, middle, NULL);
  Case one;

  case_init (&one);
  g_ptr_array_add (one.trusted, test_cert_der (middle));
  g_ptr_array_add (one.sent, test_cert_der (own));
  judge (&one, FALSE);
  g_assert_true (one.verdict.accepted);
  g_assert_cmpstr (get_first (&one)->code, ==, "cert.clients-differ");

  judge (&one, TRUE);
  g_assert_false (one.verdict.accepted);
  g_assert_cmpstr (get_first (&one)->code, ==, "cert.untrusted-root");
  g_assert_cmpstr (get_first (&one)->missing_subject, ==, "CN=Root");
  g_assert_true (get_first (&one)->in_store);

  g_ptr_array_add (one.trusted, test_cert_der (root));
  judge (&one, TRUE);
  g_assert_true (one.verdict.accepted);
  g_assert_cmpuint (one.verdict.faults->len, ==, 0);
  case_clear (&one);
}

/* What the policy forgives does not spare the chain the question what OpenSSL makes of it. */
static void
test_partial_forgiven (void)
{
  static const TestCertSpec own_specs[] = {
    { .cn = "Other", .dns = "other.example.com" },
    { .cn = HOST, .dns = HOST, .must_staple = TRUE },
  };
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE };
  const TestCertSpec middle_spec = { .cn = "Middle", .ca = TRUE };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) middle = test_cert_new (&middle_spec, root, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (own_specs); i++)
    {
      g_autoptr(TestCert) own = test_cert_new (&own_specs[i], middle, NULL);
      Case one;

      case_init (&one);
      one.name_off = TRUE;
      g_ptr_array_add (one.trusted, test_cert_der (middle));
      g_ptr_array_add (one.sent, test_cert_der (own));
      one.asked = TRUE;
      judge (&one, TRUE);
      g_assert_false (one.verdict.accepted);
      g_assert_cmpstr (get_first (&one)->code, ==, "cert.untrusted-root");
      g_assert_cmpuint (one.verdict.faults->len, ==, 2);

      g_ptr_array_add (one.trusted, test_cert_der (root));
      judge (&one, TRUE);
      g_assert_true (one.verdict.accepted);
      g_assert_cmpuint (one.verdict.faults->len, ==, 1);
      case_clear (&one);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/trust-path/namesakes", test_namesakes);
  g_test_add_data_func ("/trust-path/crowd/one-key", GINT_TO_POINTER (TRUE), test_crowd);
  g_test_add_data_func ("/trust-path/crowd/many-keys", GINT_TO_POINTER (FALSE), test_crowd);
  g_test_add_func ("/trust-path/renewed", test_renewed);
  g_test_add_func ("/trust-path/best", test_best);
  g_test_add_func ("/trust-path/missing", test_missing);
  g_test_add_func ("/trust-path/unreadable", test_unreadable);
  g_test_add_func ("/trust-path/partial", test_partial);
  g_test_add_func ("/trust-path/partial-forgiven", test_partial_forgiven);

  return g_test_run ();
}
