/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-diagnosis.h"
#include "diagnosis/postern-tls-verdict.h"
#include "test-pki.h"

#include <string.h>

/* A run that came as far as the certificate. */
typedef struct
{
  PosternPlan *plan;
  PosternTlsInfo tls;
  PosternFailure *failure;
  GPtrArray *addresses;
  PosternFacts facts;
} Run;

static PosternPlan *
make_plan (PosternSystem system, const char *connection, const char *tls_options)
{
  g_autoptr(PosternAccount) account = postern_account_new (NULL);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternPlan *plan;

  g_object_set (account, "system", system, "connection", connection, "tls-options", tls_options,
                NULL);
  plan = postern_runtime_plan (postern_runtime_get (system), account, NULL, findings);
  for (guint i = 0; plan == NULL && i < findings->len; i++)
    g_test_message ("%s", postern_finding_get_explanation (findings->pdata[i]));
  g_assert_nonnull (plan);
  return plan;
}

static void
run_init (Run *run, PosternSystem system, const char *connection, const char *tls_options)
{
  memset (run, 0, sizeof *run);
  run->plan = make_plan (system, connection, tls_options);
  run->tls.chain = g_ptr_array_new_with_free_func (g_object_unref);
  run->tls.faults = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_cert_fault_free);
  run->addresses = g_ptr_array_new ();
  run->facts.plan = run->plan;
  run->facts.tls = &run->tls;
  run->facts.addresses = run->addresses;
  run->facts.runtime = postern_runtime_get (system);
}

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->failure, postern_failure_free);
  g_ptr_array_unref (run->tls.chain);
  g_ptr_array_unref (run->tls.faults);
  g_ptr_array_unref (run->addresses);
  postern_plan_unref (run->plan);
}

static void
add_certificate (Run *run, TestCert *cert)
{
  g_autoptr(GBytes) der = test_cert_der (cert);

  g_ptr_array_add (run->tls.chain, postern_certificate_new_from_der (der, NULL));
}

/* As postern_trust_judge() would: hidden faults do not refuse, and warn. */
static PosternCertFault *
add_fault (Run *run, const char *code, guint index, gboolean name, gboolean hidden)
{
  PosternCertFault *fault =
    postern_cert_fault_new (code, index, name ? "verify_server_name" : "verify_server",
                            g_strdup_printf ("Fault %u.", run->tls.faults->len));

  fault->hidden = fault->warning = hidden;
  g_ptr_array_add (run->tls.faults, fault);
  if (!hidden && run->failure == NULL)
    {
      run->failure = postern_failure_new (fault->code, POSTERN_STEP_CERTIFICATE);
      run->facts.failure = run->failure;
    }
  return fault;
}

static GPtrArray *
diagnose (Run *run)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (g_object_unref);

  run->tls.accepted = run->failure == NULL;
  postern_diagnosis_run (&run->facts, findings);
  return findings;
}

static void
assert_finding (
  GPtrArray *findings, guint index, const char *code, PosternSeverity severity, int certificate)
{
  PosternFinding *finding;

  g_assert_cmpuint (index, <, findings->len);
  finding = findings->pdata[index];
  g_test_message ("%s: %s", code, postern_finding_get_explanation (finding));
  g_assert_cmpstr (postern_finding_get_code (finding), ==, code);
  g_assert_cmpint (postern_finding_get_severity (finding), ==, severity);
  g_assert_cmpint (postern_finding_get_certificate (finding), ==, certificate);
}

static void
assert_says (PosternFinding *finding, const char *words)
{
  const char *text = postern_finding_get_explanation (finding);

  if (strstr (text, words) == NULL)
    g_error ("“%s” is not in “%s”", words, text);
}

/* Each fault is a finding of its own, about its certificate, with the setting that decides. */
static void
test_each_fault (void)
{
  Run run;
  g_autoptr(GPtrArray) findings = NULL;
  const PosternGoverning *governing;

  run_init (&run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", "");
  add_fault (&run, "cert.expired", 0, FALSE, FALSE);
  add_fault (&run, "cert.untrusted-root", 2, FALSE, FALSE);
  add_fault (&run, "cert.name-mismatch", 0, TRUE, FALSE);
  add_fault (&run, "cert.expired", 1, FALSE, FALSE);
  add_fault (&run, "cert.chain-order", 0, FALSE, FALSE)->warning = TRUE;
  findings = diagnose (&run);

  g_assert_cmpuint (findings->len, ==, 5);
  assert_finding (findings, 0, "cert.expired", POSTERN_SEVERITY_ERROR, 0);
  assert_finding (findings, 1, "cert.untrusted-root", POSTERN_SEVERITY_ERROR, 2);
  assert_finding (findings, 2, "cert.name-mismatch", POSTERN_SEVERITY_ERROR, 0);
  assert_finding (findings, 3, "cert.expired", POSTERN_SEVERITY_ERROR, 1);
  assert_finding (findings, 4, "cert.chain-order", POSTERN_SEVERITY_WARNING, 0);

  governing = postern_finding_get_governing (findings->pdata[0]);
  g_assert_cmpstr (governing->option, ==, "verify_server");
  g_assert_cmpstr (governing->value, ==, "yes");
  g_assert_null (governing->also);
  assert_says (findings->pdata[0], "verify_server=yes decides");
  governing = postern_finding_get_governing (findings->pdata[1]);
  g_assert_cmpstr (governing->also, ==, "ca_certificate");
  g_assert_null (governing->also_value);
  assert_says (findings->pdata[1], "ca_certificate is not given");
  governing = postern_finding_get_governing (findings->pdata[2]);
  g_assert_cmpstr (governing->option, ==, "verify_server_name");
  g_assert_null (governing->value);
  run_clear (&run);
}

/* What a setting hides is still told, with the setting; and the password that it puts at risk. */
static void
test_hidden (void)
{
  static const struct
  {
    const char *options;
    const char *code;
    gboolean name;
    const char *option;
    const char *value;
  } rows[] = {
    { "verify_server=ignore", "cert.expired", FALSE, "verify_server", "ignore" },
    { "verify_server=no", "cert.untrusted-root", FALSE, "verify_server", "no" },
    { "verify_server=ignore", "cert.name-mismatch", TRUE, "verify_server", "ignore" },
    { "verify_server=yes, verify_server_name=no", "cert.name-mismatch", TRUE, "verify_server_name",
      "no" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Run run;
      g_autoptr(GPtrArray) findings = NULL;
      const PosternGoverning *governing;
      g_autofree char *words = g_strdup_printf ("%s=%s hides", rows[i].option, rows[i].value);

      run_init (&run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", rows[i].options);
      add_fault (&run, rows[i].code, 0, rows[i].name, TRUE);
      findings = diagnose (&run);

      g_assert_cmpuint (findings->len, >=, 2);
      assert_finding (findings, 0, rows[i].code, POSTERN_SEVERITY_WARNING, 0);
      assert_finding (findings, 1, "cert.accepted-unverified", POSTERN_SEVERITY_WARNING, 0);
      for (guint j = 0; j < 2; j++)
        {
          governing = postern_finding_get_governing (findings->pdata[j]);
          g_assert_cmpstr (governing->option, ==, rows[i].option);
          g_assert_cmpstr (governing->value, ==, rows[i].value);
          assert_says (findings->pdata[j], words);
        }
      assert_says (findings->pdata[1], rows[i].code);
      run_clear (&run);
    }
}

/* The verdict is split by what was asked: the worst answer counts. */
static void
test_verdict (void)
{
  Run run;
  PosternTlsVerdict verdict;
  g_autoptr(TestCert) cert = test_cert_new (&(TestCertSpec){ .cn = "a", .dns = "a" }, NULL, NULL);
  static const PosternVerdictState expected[] = {
    [POSTERN_CERT_ASPECT_TRUST] = POSTERN_VERDICT_NOT_CHECKED,
    [POSTERN_CERT_ASPECT_NAME] = POSTERN_VERDICT_HIDDEN,
    [POSTERN_CERT_ASPECT_TIME] = POSTERN_VERDICT_WARNING,
    [POSTERN_CERT_ASPECT_PURPOSE] = POSTERN_VERDICT_PASSED,
    [POSTERN_CERT_ASPECT_STRENGTH] = POSTERN_VERDICT_PASSED,
    [POSTERN_CERT_ASPECT_ORDER] = POSTERN_VERDICT_FAILED,
    [POSTERN_CERT_ASPECT_REVOCATION] = POSTERN_VERDICT_NOT_CHECKED,
  };

  run_init (&run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", "");
  postern_tls_verdict_fill (&verdict, &run.tls, run.plan->tls_policy);
  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    g_assert_cmpint (verdict.states[i], ==, POSTERN_VERDICT_NOT_CHECKED);

  add_certificate (&run, cert);
  add_fault (&run, "cert.incomplete-chain", 0, FALSE, FALSE);
  add_fault (&run, "cert.name-mismatch", 0, TRUE, TRUE);
  add_fault (&run, "cert.expires-soon", 0, FALSE, TRUE)->hidden = FALSE;
  add_fault (&run, "cert.chain-order", 0, FALSE, TRUE)->hidden = FALSE;
  postern_tls_verdict_fill (&verdict, &run.tls, run.plan->tls_policy);
  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    {
      g_test_message ("%s", postern_cert_aspect_to_word ((PosternCertAspect) i));
      g_assert_cmpint (verdict.states[i], ==, expected[i]);
    }
  run_clear (&run);
}

/* What an exception hides is told with the exception, and is no check that was switched off. */
static void
test_pinned (void)
{
  static const char sum[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  Run run;
  g_autofree char *text = g_strdup_printf ("cert:%s@2026-12-31", sum);
  g_autoptr(GPtrArray) findings = NULL;
  const PosternGoverning *governing;

  run_init (&run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", "");
  run.plan->tls_policy->pin = postern_tls_pin_parse (text, NULL);
  add_fault (&run, "cert.self-signed", 0, FALSE, TRUE)->governed_by = "pin";
  add_fault (&run, "cert.pinned", 0, FALSE, FALSE)->warning = TRUE;
  g_clear_pointer (&run.failure, postern_failure_free);
  run.facts.failure = NULL;
  findings = diagnose (&run);

  g_assert_cmpuint (findings->len, ==, 2);
  assert_finding (findings, 0, "cert.self-signed", POSTERN_SEVERITY_WARNING, 0);
  assert_says (findings->pdata[0], "2026-12-31");
  governing = postern_finding_get_governing (findings->pdata[0]);
  g_assert_cmpstr (governing->option, ==, "pin");
  g_assert_cmpstr (governing->value, ==, text);
  assert_finding (findings, 1, "cert.pinned", POSTERN_SEVERITY_WARNING, 0);
  run_clear (&run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cert-findings/each-fault", test_each_fault);
  g_test_add_func ("/cert-findings/hidden", test_hidden);
  g_test_add_func ("/cert-findings/pinned", test_pinned);
  g_test_add_func ("/cert-findings/verdict", test_verdict);
  return g_test_run ();
}
