/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-diagnosis.h"
#include "runtime/postern-bundle-file.h"
#include "test-pki.h"
#include "tls/postern-trust-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOST "mail.example.com"

static struct
{
  TestCert *root;
  TestCert *lower; /* from the root */
  TestCert *leaf;  /* from the lower one */
  TestCert *other; /* a root that has nothing to do with it */
  char *other_file;
} pki;

/* A run that came as far as a certificate that nobody vouches for. */
typedef struct
{
  PosternAccount *account;
  PosternPlan *plan;
  GPtrArray *ders;
  PosternTlsInfo tls;
  PosternFailure *failure;
  PosternTrustAdvice *advice;
  GPtrArray *addresses;
  GPtrArray *findings;
} Run;

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
add (PosternTrustPool *pool, TestCert *cert, PosternOrigin origin)
{
  g_autoptr(GBytes) der = test_cert_der (cert);
  g_autoptr(PosternCertificate) certificate = postern_certificate_new_from_der (der, NULL);

  postern_trust_pool_add (pool, certificate, origin, NULL);
}

/* What the account's settings come to. */
static void
run_fill (Run *run)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (run->account));

  run->plan = postern_runtime_plan (runtime, run->account, NULL, findings);
  g_assert_nonnull (run->plan);
  run->ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  run->addresses = g_ptr_array_new ();
  run->findings = g_ptr_array_new_with_free_func (g_object_unref);
}

/* @options are those of the account; what comes after them was sent. */
static Run *
run_new (PosternSystem system, const char *options, TestCert *first, ...)
{
  Run *run = g_new0 (Run, 1);
  va_list others;

  run->account = postern_account_new (NULL);
  g_object_set (run->account, "system", system, "connection",
                system == POSTERN_SYSTEM_GENERIC ? "smtps://" HOST : "TLS:" HOST, "tls-options",
                options, NULL);
  run_fill (run);
  va_start (others, first);
  for (TestCert *cert = first; cert != NULL; cert = va_arg (others, TestCert *))
    g_ptr_array_add (run->ders, test_cert_der (cert));
  va_end (others);

  return run;
}

/* The same for an account whose options are in an assignment file. */
static Run *
run_new_with (PosternSystem system,
              const char *connection,
              const char *asn,
              TestCert *leaf,
              TestCert *intermediate)
{
  Run *run = g_new0 (Run, 1);

  run->account = postern_account_new (NULL);
  g_object_set (run->account, "system", system, "connection", connection, "asn-file", asn, NULL);
  run_fill (run);
  g_ptr_array_add (run->ders, test_cert_der (leaf));
  g_ptr_array_add (run->ders, test_cert_der (intermediate));

  return run;
}

/* Judges with the files of the settings, then asks what there is in @pool. */
static void
run_diagnose (Run *run, PosternTrustPool *pool)
{
  g_autoptr(PosternTrustStore) store = postern_trust_store_new (run->plan->tls_policy, NULL);
  PosternVerdict verdict = { NULL };
  PosternFacts facts = { 0 };

  postern_trust_pool_add_policy (pool, run->plan->tls_policy);
  postern_trust_judge (&verdict, store, run->plan->tls_policy, HOST, run->ders, now ());
  run->tls.chain = g_ptr_array_ref (verdict.chain);
  run->tls.faults = g_ptr_array_ref (verdict.faults);
  run->tls.accepted = verdict.accepted;
  if (postern_trust_advice_is_wanted (run->tls.faults))
    run->advice = postern_trust_advise (run->tls.chain, run->tls.faults, run->plan->tls_policy,
                                        HOST, pool, now ());
  if (!verdict.accepted)
    run->failure = postern_failure_new (((PosternCertFault *) verdict.faults->pdata[0])->code,
                                        POSTERN_STEP_CERTIFICATE);
  postern_verdict_clear (&verdict);

  facts.plan = run->plan;
  facts.tls = &run->tls;
  facts.failure = run->failure;
  facts.addresses = run->addresses;
  facts.runtime = postern_runtime_get (postern_account_get_system (run->account));
  facts.advice = run->advice;
  postern_diagnosis_run (&facts, run->findings);
}

static void
run_free (Run *run)
{
  g_clear_pointer (&run->failure, postern_failure_free);
  postern_trust_advice_free (run->advice);
  g_ptr_array_unref (run->tls.chain);
  g_ptr_array_unref (run->tls.faults);
  g_ptr_array_unref (run->ders);
  g_ptr_array_unref (run->addresses);
  g_ptr_array_unref (run->findings);
  postern_plan_unref (run->plan);
  g_object_unref (run->account);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

static PosternFinding *
get_finding (Run *run, const char *code)
{
  for (guint i = 0; i < run->findings->len; i++)
    if (strcmp (postern_finding_get_code (run->findings->pdata[i]), code) == 0)
      return run->findings->pdata[i];
  g_error ("There is no finding %s", code);
}

static const PosternRemedy *
get_remedy (PosternFinding *finding, guint index)
{
  GPtrArray *remedies = postern_finding_get_remedies (finding);

  for (guint i = 0; i < remedies->len; i++)
    g_test_message ("%s: %s", postern_finding_get_code (finding),
                    ((PosternRemedy *) remedies->pdata[i])->text);
  g_assert_cmpuint (index, <, remedies->len);

  return remedies->pdata[index];
}

/* The exception in a remedy can be used as it stands there, and ends in a month or so. */
static void
assert_pastes (const char *text)
{
  const char *start = strstr (text, "--pin ");
  const char *end = start != NULL ? strstr (start, "”") : NULL;
  g_autofree char *pin_text = NULL;
  g_autoptr(PosternTlsPin) pin = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (end);
  pin_text = g_strndup (start + 6, (gsize) (end - start - 6));
  pin = postern_tls_pin_parse (pin_text, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pin->until, >, now () + 29 * G_TIME_SPAN_DAY / G_TIME_SPAN_SECOND);
  g_assert_cmpint (pin->until, <, now () + 32 * G_TIME_SPAN_DAY / G_TIME_SPAN_SECOND);
}

static void
assert_says (const char *text, const char *words)
{
  if (strstr (text, words) == NULL)
    g_error ("“%s” is not in “%s”", words, text);
}

/* What the change leaves: the account logs on with it, as a plan says, and the chain verifies. */
static void
assert_mends (Run *run, const PosternRemedy *remedy, TestCert *trusted)
{
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (run->account));
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternPlan) plan = NULL;
  g_autoptr(PosternTrustStore) store = NULL;
  g_autofree char *file = NULL;
  PosternVerdict verdict = { NULL };

  g_assert_nonnull (remedy->change);
  g_assert_true (postern_runtime_apply (runtime, run->account, remedy->change, NULL));
  plan = postern_runtime_plan (runtime, run->account, NULL, findings);
  g_assert_nonnull (plan);
  g_assert_cmpint (plan->tls_policy->verify, ==, POSTERN_VERIFY_YES);
  if (plan->tls_policy->ca_file == NULL)
    {
      /* This computer's own certificates are what they are; here it is one that is trusted. */
      g_autofree char *pem = test_cert_pem (trusted, NULL);

      g_assert_true (plan->tls_policy->system_store);
      plan->tls_policy->system_store = FALSE;
      plan->tls_policy->ca_file = file = test_write_file (pem);
      file = g_strdup (file);
    }
  store = postern_trust_store_new (plan->tls_policy, NULL);
  postern_trust_judge (&verdict, store, plan->tls_policy, HOST, run->ders, now ());
  g_assert_true (verdict.accepted);
  g_assert_true (verdict.verified);
  postern_verdict_clear (&verdict);
  if (file != NULL)
    g_unlink (file);
}

/* The settings name the wrong authority, and this computer trusts the right one. */
static void
test_wrong_file (void)
{
  g_autofree char *options =
    g_strdup_printf ("min_tls_version=1.2, ca_certificate=%s, vfy_srv=yes", pki.other_file);
  g_autoptr(Run) run = run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf, pki.lower, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  PosternFinding *finding;
  const char *text = NULL;

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  run_diagnose (run, pool);
  finding = get_finding (run, "cert.untrusted-root");
  text = postern_finding_get_explanation (finding);
  assert_says (text, pki.other_file);
  assert_says (text, "“Other Root”");
  assert_says (text, "CN=Test Root");
  assert_says (text, run->advice->needed_key_id);

  assert_says (get_remedy (finding, 0)->text, "ca_certificate");
  g_assert_true (g_variant_lookup (get_remedy (finding, 0)->change, "tls-options", "&s", &text));
  g_assert_cmpstr (text, ==, "min_tls_version=1.2, verify_server=yes");
  assert_mends (run, get_remedy (finding, 0), pki.root);
}

/* The bundle goes to a file of ours, which is what the options then name. */
static void
test_bundle (void)
{
  g_autofree char *root_pem = test_cert_pem (pki.root, NULL);
  g_autofree char *root_file = test_write_file (root_pem);
  g_autofree char *options = g_strconcat ("ca_certificate=", root_file, NULL);
  g_autoptr(Run) run = run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  PosternFinding *finding;
  const char *path = NULL;
  const char *pem = NULL;
  g_autofree char *written = NULL;

  add (pool, pki.lower, POSTERN_ORIGIN_GIVEN);
  run_diagnose (run, pool);
  finding = run->findings->pdata[0];
  assert_says (get_remedy (finding, 0)->text, "“Test Root”, “Lower CA”");
  g_assert_true (g_variant_lookup (get_remedy (finding, 0)->change, "ca-bundle-file", "&s", &path));
  g_assert_true (g_variant_lookup (get_remedy (finding, 0)->change, "ca-bundle", "&s", &pem));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  assert_mends (run, get_remedy (finding, 0), pki.root);
  g_assert_true (g_file_get_contents (path, &written, NULL, NULL));
  g_assert_cmpstr (written, ==, pem);
  assert_says (get_remedy (finding, 1)->text, "--server");
  g_assert_null (get_remedy (finding, 1)->change);
  g_unlink (path);
  g_unlink (root_file);
}

/* A check that is switched off is switched on by what mends the chain. */
static void
test_hidden (void)
{
  g_autofree char *options =
    g_strdup_printf ("verify_server=ignore, ca_certificate=%s", pki.other_file);
  g_autoptr(Run) run = run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf, pki.lower, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  PosternFinding *finding;

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  run_diagnose (run, pool);
  g_assert_null (run->failure);
  finding = get_finding (run, "cert.untrusted-root");
  g_assert_cmpint (postern_finding_get_severity (finding), ==, POSTERN_SEVERITY_WARNING);
  assert_mends (run, get_remedy (finding, 1), pki.root);
}

/* A secret is masked in the plan: a change would write the mask over it. */
static void
test_secret (void)
{
  const TestCertSpec spec = { .cn = "user" };
  g_autoptr(TestCert) user = test_cert_new (&spec, pki.lower, NULL);
  g_autofree char *user_pem = test_cert_pem (user, NULL);
  g_autofree char *key_pem = test_cert_key_pem (user);
  g_autofree char *user_file = test_write_file (user_pem);
  g_autofree char *key_file = test_write_file (key_pem);
  g_autofree char *options =
    g_strdup_printf ("ca_certificate=%s, client_certificate=%s, client_key=%s, "
                     "client_key_password=geheim",
                     pki.other_file, user_file, key_file);
  g_autoptr(Run) run = run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf, pki.lower, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  PosternFinding *finding;
  GPtrArray *remedies;

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  run_diagnose (run, pool);
  finding = get_finding (run, "cert.untrusted-root");
  assert_says (get_remedy (finding, 1)->text, "ca_certificate in the TLS options of the account");
  remedies = postern_finding_get_remedies (finding);
  for (guint i = 0; i < remedies->len; i++)
    g_assert_null (((PosternRemedy *) remedies->pdata[i])->change);
  g_unlink (user_file);
  g_unlink (key_file);
}

/* Uniface has no store of the computer, but the computer's file will do. */
static void
test_uniface (void)
{
  g_autofree char *options =
    g_strdup_printf ("verify_server=yes, ca_certificate=%s", pki.other_file);
  g_autoptr(Run) run = run_new (POSTERN_SYSTEM_UNIFACE, options, pki.leaf, pki.lower, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  PosternFinding *finding;
  const PosternRemedy *last;
  gboolean file = g_file_test ("/etc/ssl/certs/ca-certificates.crt", G_FILE_TEST_EXISTS);

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  run_diagnose (run, pool);
  finding = get_finding (run, "cert.untrusted-root");
  if (file)
    assert_says (get_remedy (finding, 0)->text, "ca-certificates.crt");
  last = get_remedy (finding, file ? 1 : 0);
  assert_mends (run, last, pki.root);
}

/* Where the assignment file has the options, the account cannot change them: the place is told. */
static void
test_profile (void)
{
  g_autofree char *text =
    g_strdup_printf ("[NET_SETTINGS]\nmine verify_server=yes, ca_certificate=%s\n", pki.other_file);
  g_autofree char *asn = test_write_file (text);
  g_autofree char *base = g_path_get_basename (asn);
  g_autofree char *place = g_strconcat (base, ":2", NULL);
  g_autoptr(Run) run =
               run_new_with (POSTERN_SYSTEM_UNIFACE, "TLS:" HOST ":mine", asn, pki.leaf, pki.lower);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  PosternFinding *finding;
  GPtrArray *remedies;
  gboolean told = FALSE;

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  run_diagnose (run, pool);
  finding = get_finding (run, "cert.untrusted-root");
  get_remedy (finding, 0);
  remedies = postern_finding_get_remedies (finding);
  for (guint i = 0; i < remedies->len; i++)
    {
      const PosternRemedy *remedy = remedies->pdata[i];

      g_assert_null (remedy->change);
      told |= strstr (remedy->text, place) != NULL;
    }
  g_assert_true (told);
  g_unlink (asn);
}

/* Everything is there, and verifies, but not as it should be sent. */
static void
test_order (void)
{
  g_autofree char *root_pem = test_cert_pem (pki.root, NULL);
  g_autofree char *root_file = test_write_file (root_pem);
  g_autofree char *options = g_strconcat ("ca_certificate=", root_file, NULL);
  g_autoptr(Run) run =
               run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf, pki.root, pki.lower, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();

  run_diagnose (run, pool);
  g_assert_null (run->failure);
  assert_says (get_remedy (get_finding (run, "cert.chain-order"), 0)->text, "--server");
  g_unlink (root_file);
}

/* A root that nobody trusts: its fingerprint, and no change that a click could make. */
static void
test_wish (void)
{
  const TestCertSpec spec = { .cn = HOST, .dns = HOST };
  g_autoptr(TestCert) own = test_cert_new (&spec, NULL, NULL);

  for (int self_signed = 0; self_signed < 2; self_signed++)
    {
      g_autofree char *options = g_strconcat ("ca_certificate=", pki.other_file, NULL);
      g_autoptr(Run) run = self_signed ? run_new (POSTERN_SYSTEM_GENERIC, options, own, NULL)
                                        : run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf,
                                                   pki.lower, pki.root, NULL);
      g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
      PosternFinding *finding;
      GPtrArray *remedies;

      run_diagnose (run, pool);
      finding = run->findings->pdata[0];
      assert_says (get_remedy (finding, 0)->text, "--trust");
      assert_says (get_remedy (finding, 0)->text,
                   postern_certificate_get_sha256 (run->tls.chain->pdata[run->tls.chain->len - 1]));
      remedies = postern_finding_get_remedies (finding);
      for (guint i = 0; i < remedies->len; i++)
        g_assert_null (((PosternRemedy *) remedies->pdata[i])->change);
      assert_says (get_remedy (finding, 0)->text, "--save-report report.json");
      assert_says (get_remedy (finding, 0)->text, "trust repair report.json");
      assert_says (get_remedy (finding, 1)->text, "--pin cert:");
      assert_pastes (get_remedy (finding, 1)->text);
    }
}

/* Who is missing, and where to have it; and what a CA file would not mend. */
static void
test_without (void)
{
  const TestCertSpec spec = { .cn = "x", .dns = "x.test", .from_days = -9, .to_days = -2 };
  g_autoptr(TestCert) dead = test_cert_new (&spec, pki.lower, NULL);
  g_autofree char *options = g_strconcat ("ca_certificate=", pki.other_file, NULL);
  g_autoptr(Run) missing = run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf, NULL);
  g_autoptr(Run) faults = run_new (POSTERN_SYSTEM_GENERIC, options, dead, pki.lower, NULL);
  g_autoptr(PosternTrustPool) empty = postern_trust_pool_new ();
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  const PosternRemedy *remedy;

  run_diagnose (missing, empty);
  remedy = get_remedy (missing->findings->pdata[0], 0);
  g_assert_null (remedy->change);
  assert_says (remedy->text, "CN=Lower CA");
  assert_says (remedy->text, "http://ca.test/lower.crt");
  assert_says (remedy->text, "--save-report report.json");
  assert_says (remedy->text, "trust repair report.json --certificates issuer.pem -o ca.pem");
  assert_says (remedy->text, "--trust");

  add (pool, pki.root, POSTERN_ORIGIN_SYSTEM);
  run_diagnose (faults, pool);
  remedy = get_remedy (get_finding (faults, "cert.untrusted-root"), 0);
  g_assert_null (remedy->change);
  assert_says (remedy->text, "cert.expired");
  assert_says (remedy->text, "cert.name-mismatch");
}

/* A wrong name remains, whether or not the root is at hand, and comes first. */
static void
test_name_first (void)
{
  const TestCertSpec spec = { .cn = "x", .dns = "x.test" };
  g_autoptr(TestCert) below = test_cert_new (&spec, pki.root, NULL);
  g_autoptr(TestCert) own = test_cert_new (&spec, NULL, NULL);
  g_autofree char *options = g_strconcat ("ca_certificate=", pki.other_file, NULL);
  const struct
  {
    TestCert *own;
    TestCert *root; /* is sent, too */
    const char *code;
  } rows[] = {
    { below, NULL, "cert.untrusted-root" },
    { below, pki.root, "cert.untrusted-root" },
    { own, NULL, "cert.self-signed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(Run) run =
                   run_new (POSTERN_SYSTEM_GENERIC, options, rows[i].own, rows[i].root, NULL);
      g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
      PosternFinding *finding;

      run_diagnose (run, pool);
      finding = get_finding (run, rows[i].code);
      assert_says (get_remedy (finding, 0)->text, "cert.name-mismatch would remain");
      assert_says (get_remedy (finding, 1)->text, "verify_server_name=DNS:x.test");
      assert_says (get_remedy (finding, 1)->text, "--save-report report.json");
    }
}

static void
advised_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* In a thread, with a limit, and not at all for who has given up. */
static void
test_async (void)
{
  g_autofree char *options = g_strconcat ("ca_certificate=", pki.other_file, NULL);
  g_autoptr(Run) run = run_new (POSTERN_SYSTEM_GENERIC, options, pki.leaf, pki.lower, NULL);
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();

  run_diagnose (run, pool);
  for (int given_up = 0; given_up < 2; given_up++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(PosternTrustAdvice) advice = NULL;

      if (given_up)
        g_cancellable_cancel (cancellable);
      postern_trust_advise_async (run->tls.chain, run->tls.faults, run->plan->tls_policy, HOST,
                                  60000, cancellable, advised_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      advice = postern_trust_advise_finish (result);
      g_assert_cmpint (advice == NULL, ==, given_up);
      if (advice != NULL)
        g_assert_cmpint (advice->repair->state, ==, POSTERN_REPAIR_MISSING);
    }
}

/* Files of certificates are written in one folder and nowhere else. */
static void
test_place (void)
{
  g_autofree char *path = postern_bundle_file_path ("a/../b,c", "pem");
  g_autofree char *other = postern_bundle_file_path ("a/../b,c", "other");
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *outside = g_build_filename (folder, "..", "x.pem", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_str_has_prefix (path, g_get_user_config_dir ()));
  g_assert_null (strpbrk (name, "/,"));
  g_assert_cmpstr (path, !=, other);
  g_assert_true (postern_bundle_file_write (path, "pem", &error));
  g_assert_no_error (error);
  g_assert_true (postern_bundle_file_write (path, "pem", &error));
  g_assert_false (postern_bundle_file_write (outside, "pem", &error));
  g_assert_nonnull (error);
  g_unlink (path);
}

/* Why a change was not made: a file that cannot be written is no fault of the account's. */
static void
test_unwritten (void)
{
  static const struct
  {
    const char *name; /* in the folder of the certificates, or NULL */
    const char *says;
  } rows[] = {
    { "../x.pem", "x.pem is not in the folder" },
    { "a-folder", "a-folder" },
    { NULL, "own grammar" },
  };
  g_autofree char *folder = postern_bundle_file_folder ();
  g_autofree char *taken = g_build_filename (folder, "a-folder", "in-it", NULL);

  g_assert_cmpint (g_mkdir_with_parents (taken, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAccount) account = postern_account_new (NULL);
      g_autofree char *path =
        rows[i].name != NULL ? g_build_filename (folder, rows[i].name, NULL) : NULL;
      g_autoptr(GVariant) change = NULL;
      g_autoptr(GError) error = NULL;
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "tls-options", "s", "verify_server=yes");
      g_variant_dict_insert (&dict, "ca-bundle", "s", "pem");
      if (path != NULL)
        g_variant_dict_insert (&dict, "ca-bundle-file", "s", path);
      change = g_variant_ref_sink (g_variant_dict_end (&dict));
      g_assert_false (postern_runtime_apply (postern_runtime_get (POSTERN_SYSTEM_GENERIC), account,
                                             change, &error));
      g_assert_nonnull (error);
      assert_says (error->message, rows[i].says);
      g_assert_cmpstr (postern_account_get_tls_options (account), ==, "");
    }
}

static void
pki_init (void)
{
  const TestCertSpec root = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec lower = { .cn = "Lower CA", .ca = TRUE };
  const TestCertSpec leaf = { .cn = HOST, .dns = HOST, .ca_issuers = "http://ca.test/lower.crt" };
  const TestCertSpec other = { .cn = "Other Root", .ca = TRUE };
  g_autofree char *other_pem = NULL;

  pki.root = test_cert_new (&root, NULL, NULL);
  pki.lower = test_cert_new (&lower, pki.root, NULL);
  pki.leaf = test_cert_new (&leaf, pki.lower, NULL);
  pki.other = test_cert_new (&other, NULL, NULL);
  other_pem = test_cert_pem (pki.other, NULL);
  pki.other_file = test_write_file (other_pem);
}

static void
pki_clear (void)
{
  g_unlink (pki.other_file);
  g_free (pki.other_file);
  test_cert_free (pki.root);
  test_cert_free (pki.lower);
  test_cert_free (pki.leaf);
  test_cert_free (pki.other);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  pki_init ();
  g_test_add_func ("/trust-remedies/wrong-file", test_wrong_file);
  g_test_add_func ("/trust-remedies/bundle", test_bundle);
  g_test_add_func ("/trust-remedies/hidden", test_hidden);
  g_test_add_func ("/trust-remedies/secret", test_secret);
  g_test_add_func ("/trust-remedies/uniface", test_uniface);
  g_test_add_func ("/trust-remedies/profile", test_profile);
  g_test_add_func ("/trust-remedies/order", test_order);
  g_test_add_func ("/trust-remedies/wish", test_wish);
  g_test_add_func ("/trust-remedies/without", test_without);
  g_test_add_func ("/trust-remedies/name-first", test_name_first);
  g_test_add_func ("/trust-remedies/async", test_async);
  g_test_add_func ("/trust-remedies/place", test_place);
  g_test_add_func ("/trust-remedies/unwritten", test_unwritten);
  status = g_test_run ();
  pki_clear ();

  return status;
}
