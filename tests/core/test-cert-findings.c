/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-diagnosis.h"
#include "diagnosis/postern-interceptor.h"
#include "diagnosis/postern-server-date.h"
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
  run->tls.sni = run->plan->host;
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

/* Whatever is wrong with a certificate, somebody can do something, and it is never to look away. */
static void
test_advice (void)
{
  static const char *const codes[] = {
    "cert.expired",          "cert.not-yet-valid",
    "cert.name-mismatch",    "cert.self-signed",
    "cert.untrusted-root",   "cert.incomplete-chain",
    "cert.wrong-purpose",    "cert.not-a-ca",
    "cert.name-constraints", "cert.weak-key",
    "cert.weak-signature",   "cert.revoked",
    "cert.no-san",           "cert.malformed",
    "cert.bad-signature",    "cert.critical-extension",
    "cert.not-conforming",   "cert.key-id-mismatch",
    "cert.chain-too-long",   "cert.must-staple",
    "cert.staple-invalid",   "cert.pin-mismatch",
    "cert.intercepted",      "cert.clock",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes) * 2; i++)
    {
      Run run;
      g_autoptr(GPtrArray) findings = NULL;
      GPtrArray *remedies;

      g_test_message ("%s", codes[i / 2]);
      run_init (&run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", "");
      add_fault (&run, codes[i / 2], i % 2, FALSE, FALSE);
      findings = diagnose (&run);
      remedies = postern_finding_get_remedies (findings->pdata[0]);
      g_assert_cmpuint (remedies->len, >, 0);
      for (guint j = 0; j < remedies->len; j++)
        g_assert_null (strstr (((const PosternRemedy *) remedies->pdata[j])->text, "ignore"));
      run_clear (&run);
    }
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
  postern_tls_verdict_fill (&verdict, &run.tls);
  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    g_assert_cmpint (verdict.states[i], ==, POSTERN_VERDICT_NOT_CHECKED);

  add_certificate (&run, cert);
  add_fault (&run, "cert.incomplete-chain", 0, FALSE, FALSE);
  add_fault (&run, "cert.name-mismatch", 0, TRUE, TRUE);
  add_fault (&run, "cert.expires-soon", 0, FALSE, TRUE)->hidden = FALSE;
  add_fault (&run, "cert.chain-order", 0, FALSE, TRUE)->hidden = FALSE;
  postern_tls_verdict_fill (&verdict, &run.tls);
  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    {
      g_test_message ("%s", postern_cert_aspect_to_word ((PosternCertAspect) i));
      g_assert_cmpint (verdict.states[i], ==, expected[i]);
    }

  run.tls.revocation.staple = POSTERN_STAPLE_GOOD;
  postern_tls_verdict_fill (&verdict, &run.tls);
  g_assert_cmpint (verdict.states[POSTERN_CERT_ASPECT_REVOCATION], ==, POSTERN_VERDICT_PASSED);
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

static void
add_name (Run *run, const char *name, PosternNameState state, gboolean verified)
{
  PosternNameCheck *check = g_new0 (PosternNameCheck, 1);

  check->name = (char *) name;
  check->state = state;
  check->verified = verified;
  if (run->facts.names == NULL)
    run->facts.names = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (run->facts.names, check);
}

static void
assert_remedy (PosternFinding *finding, guint index, const char *words, const char *change)
{
  GPtrArray *remedies = postern_finding_get_remedies (finding);
  const PosternRemedy *remedy;
  g_autofree char *printed = NULL;

  g_assert_cmpuint (index, <, remedies->len);
  remedy = remedies->pdata[index];
  printed = remedy->change != NULL ? g_variant_print (remedy->change, FALSE) : NULL;
  g_test_message ("%s %s", remedy->text, printed);
  g_assert_nonnull (strstr (remedy->text, words));
  g_assert_cmpstr (printed, ==, change);
}

static void
run_init_names (Run *run, const char *tls_options, const char *names)
{
  const TestCertSpec spec = { .cn = "server", .dns = names };
  g_autoptr(TestCert) cert = test_cert_new (&spec, NULL, NULL);

  run_init (run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", tls_options);
  add_certificate (run, cert);
  add_fault (run, "cert.name-mismatch", 0, TRUE, FALSE);
}

/* The server that was meant, by a name that the certificate is for, is the first remedy. */
static void
test_name_remedies (void)
{
  Run run;
  g_autoptr(GPtrArray) findings = NULL;

  run_init_names (&run, "", "www.hoster.test mail.hoster.test gone.hoster.test");
  add_name (&run, "www.hoster.test", POSTERN_NAME_OTHER, FALSE);
  add_name (&run, "gone.hoster.test", POSTERN_NAME_NOWHERE, FALSE);
  add_name (&run, "doubtful.hoster.test", POSTERN_NAME_SAME, FALSE);
  add_name (&run, "mail.hoster.test", POSTERN_NAME_SAME, TRUE);
  findings = diagnose (&run);
  assert_says (findings->pdata[0], "(SNI) was “mail.example.org”");
  assert_says (findings->pdata[0], "The same server as: doubtful.hoster.test, mail.hoster.test.");
  assert_says (findings->pdata[0], "At another address: www.hoster.test.");
  assert_says (findings->pdata[0], "Does not exist: gone.hoster.test.");
  assert_remedy (findings->pdata[0], 0, "is verified for that name",
                 "{'host': <'mail.hoster.test'>}");
  assert_remedy (findings->pdata[0], 1, "has other faults", "{'host': <'doubtful.hoster.test'>}");
  g_ptr_array_unref (run.facts.names);
  run_clear (&run);
}

/* Somebody in between may have a good certificate, too, for a name of another domain. */
static void
test_name_strangers (void)
{
  Run run;
  g_autoptr(GPtrArray) findings = NULL;

  run_init_names (&run, "", "mail.hoster.test");
  add_name (&run, "mail.hoster.test", POSTERN_NAME_SAME, TRUE);
  findings = diagnose (&run);
  assert_remedy (findings->pdata[0], 0, "make sure that it is your provider’s",
                 "{'host': <'mail.hoster.test'>}");
  g_ptr_array_unref (run.facts.names);
  run_clear (&run);
}

/* A name that was looked up, without an answer, is only proposed, and never a wildcard; one that
 * does not exist, or that nobody looked up, is no server name, but the account may look for it. */
static void
test_name_guesses (void)
{
  Run run;
  g_autoptr(GPtrArray) guessed = NULL;
  g_autoptr(GPtrArray) unasked = NULL;
  g_autoptr(GPtrArray) nowhere = NULL;
  g_autoptr(GPtrArray) many = NULL;
  g_autoptr(GPtrArray) wildcard = NULL;

  run_init_names (&run, "", "*.hoster.test mail.hoster.test");
  unasked = diagnose (&run);
  assert_remedy (unasked->pdata[0], 0, "If this is the server that is meant",
                 "{'tls-options': <'verify_server_name=DNS:mail.hoster.test'>}");
  run_clear (&run);

  run_init_names (&run, "", "gone.hoster.test *.hoster.test mail.hoster.test");
  add_name (&run, "mail.hoster.test", POSTERN_NAME_UNKNOWN, FALSE);
  guessed = diagnose (&run);
  assert_remedy (guessed->pdata[0], 0, "if it is the same server",
                 "{'host': <'mail.hoster.test'>}");
  g_ptr_array_unref (run.facts.names);
  run_clear (&run);

  run_init_names (&run, "", "mail.hoster.test");
  add_name (&run, "mail.hoster.test", POSTERN_NAME_NOWHERE, FALSE);
  nowhere = diagnose (&run);
  assert_remedy (nowhere->pdata[0], 0, "If this is the server that is meant",
                 "{'tls-options': <'verify_server_name=DNS:mail.hoster.test'>}");
  assert_remedy (nowhere->pdata[0], 1, "administrator", NULL);
  g_ptr_array_unref (run.facts.names);
  run_clear (&run);

  run_init_names (&run, "", "h1.hoster.test h9.hoster.test");
  add_name (&run, "h1.hoster.test", POSTERN_NAME_NOWHERE, FALSE);
  many = diagnose (&run);
  assert_remedy (many->pdata[0], 0, "If this is the server that is meant",
                 "{'tls-options': <'verify_server_name=DNS:h1.hoster.test'>}");
  assert_remedy (many->pdata[0], 1, "administrator", NULL);
  g_ptr_array_unref (run.facts.names);
  run_clear (&run);

  run_init_names (&run, "", "*.hoster.test");
  wildcard = diagnose (&run);
  assert_remedy (wildcard->pdata[0], 0, "administrator", NULL);
  run_clear (&run);
}

/* A list of names is changed where it stands; the host is not at fault. */
static void
test_name_lists (void)
{
  static const struct
  {
    const char *options;
    const char *name;
    const char *words;
    const char *change;
  } rows[] = {
    { "verify_server_name=DNS:old.test;DNS:x.test, verify_server=yes", "mail.hoster.test",
      "verify_server_name=DNS:mail.hoster.test",
      "{'tls-options': <'verify_server_name=DNS:mail.hoster.test, verify_server=yes'>}" },
    { "vfy_srv_nm=dns:old.test", "192.0.2.1", "verify_server_name=IP:192.0.2.1",
      "{'tls-options': <'verify_server_name=IP:192.0.2.1'>}" },
    { "verify_server_name=DNS:old.test, verify_server=yes", "mail.example.org",
      "Take verify_server_name out", "{'tls-options': <'verify_server=yes'>}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Run run;
      g_autoptr(GPtrArray) findings = NULL;

      run_init_names (&run, rows[i].options, "mail.hoster.test mail.example.org");
      add_name (&run, rows[i].name, POSTERN_NAME_SAME, TRUE);
      findings = diagnose (&run);
      assert_remedy (findings->pdata[0], 0, rows[i].words, rows[i].change);
      g_ptr_array_unref (run.facts.names);
      run_clear (&run);
    }
}

/* Whole words in the name of an authority; who only sounds like it is left alone. */
static void
test_interceptor_names (void)
{
  static const struct
  {
    const char *issuer;
    const char *product;
  } rows[] = {
    { "CN=Zscaler Intermediate Root CA (zscaler.net),OU=Zscaler Inc.,O=Zscaler Inc.,C=US",
      "Zscaler" },
    { "EMAIL=support@fortinet.com,CN=FortiGate CA,OU=Certificate Authority,O=Fortinet",
      "Fortinet" },
    { "CN=Fortinet_CA_SSL", "Fortinet" },
    { "CN=FG100E4Q17000001,O=Fortinet Ltd.", "Fortinet" },
    { "CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab", "Kaspersky" },
    { "CN=avast! Web/Mail Shield Root,O=avast! Web/Mail Shield,OU=generated by avast! antivirus",
      "Avast" },
    { "CN=AVG Web/Mail Shield Root,O=AVG Web/Mail Shield", "AVG" },
    { "C=SK,O=ESET\\, spol. s r. o.,CN=ESET SSL Filter CA", "ESET" },
    { "CN=Bitdefender Personal CA.Net-Defender,OU=IDS,O=Bitdefender,C=US", "Bitdefender" },
    { "O=Cisco,CN=Cisco Umbrella Secondary SubCA lax-SG", "Cisco Umbrella" },
    { "CN=Sophos SSL CA_C01001ABCDEF,O=Sophos", "Sophos" },
    { "CN=SonicWall Firewall DPI-SSL,OU=HTTPS Management Certificate,O=HTTPS Management",
      "SonicWall" },
    { "CN=ca.example.goskope.com,O=Example", "Netskope" },
    { "CN=mitmproxy,O=mitmproxy", "mitmproxy" },
    { "CN=DO_NOT_TRUST_FiddlerRoot,O=DO_NOT_TRUST,OU=Created by http://www.fiddler2.com",
      "Fiddler" },
    { "C=PortSwigger,ST=PortSwigger,L=PortSwigger,O=PortSwigger,OU=PortSwigger CA,CN=PortSwigger "
      "CA",
      "Burp Suite" },
    { "CN=Charles Proxy CA (1 Jan 2026\\, host),OU=https://charlesproxy.com/ssl,O=XK72 Ltd",
      "Charles" },
    { "CN=G DATA Mail Security", "G DATA" },
    { "CN=Dr.Web for Windows", "Dr.Web" },
    { "CN=Fireware web CA,OU=Fireware,O=WatchGuard_Technologies", "WatchGuard" },
    { "CN=Untangle Root\\20CA", "Untangle" },
    { "CN=Big Data Authority,O=Big Data Inc", NULL },
    { "CN=Reset Authority,O=PRESET", NULL },
    { "CN=R11,O=Let's Encrypt,C=US", NULL },
    { "CN=DigiCert TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US", NULL },
    { "CN=Symantec Class 3 Secure Server CA - G4,OU=Symantec Trust Network,O=Symantec Corporation",
      NULL },
    { "CN=Cloudflare TLS Issuing ECC CA 1,O=SSL Corporation,C=US", NULL },
    { "CN=HydrantID Server CA O1,O=IdenTrust", NULL },
    { "CN=Cisco Internal Authority,O=Cisco Systems", NULL },
    { "CN=Saint Charles,O=Charles Hospital", NULL },
    { "CN=Issuing CA,L=Sophos", NULL },
    { "CN=zscalers", NULL },
    { "", NULL },
    { "no name at all", NULL },
    { "CN=\\", NULL },
    { "CN=\\4", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].issuer);
      g_assert_cmpstr (postern_interceptor_find_issuer (rows[i].issuer), ==, rows[i].product);
    }
}

static void
refine (Run *run)
{
  PosternFailure *refined;

  run->tls.accepted = FALSE;
  refined = postern_diagnosis_refine (&run->facts);
  postern_failure_free (run->failure);
  run->failure = refined;
  run->facts.failure = refined;
}

static void
run_init_issued (Run *run, const TestCertSpec *root_spec, const TestCertSpec *spec)
{
  g_autoptr(TestCert) root = test_cert_new (root_spec, NULL, NULL);
  g_autoptr(TestCert) cert = test_cert_new (spec, root, NULL);

  run_init (run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", "");
  add_certificate (run, cert);
}

/* Somebody in between is the first cause where nobody vouches for the certificate, and a warning
 * where the authority was installed. */
static void
test_intercepted (void)
{
  static const TestCertSpec zscaler = { .cn = "Zscaler Root CA", .ca = TRUE };
  static const TestCertSpec private = { .cn = "Example Root CA", .ca = TRUE };
  static const TestCertSpec leaf = { .cn = "mail.example.org", .dns = "mail.example.org" };
  static const TestCertSpec self = { .cn = "FortiGate", .dns = "mail.example.org" };
  Run run;
  g_autoptr(TestCert) own = NULL;
  g_autoptr(GPtrArray) refused = NULL, accepted = NULL, hidden = NULL, expired = NULL;

  run_init_issued (&run, &zscaler, &leaf);
  add_fault (&run, "cert.untrusted-root", 0, FALSE, FALSE);
  refine (&run);
  refused = diagnose (&run);
  g_assert_cmpuint (refused->len, ==, 2);
  assert_finding (refused, 0, "cert.intercepted", POSTERN_SEVERITY_ERROR, 0);
  assert_says (refused->pdata[0], "Zscaler");
  g_assert_nonnull (postern_finding_get_governing (refused->pdata[0]));
  assert_remedy (refused->pdata[0], 0, "unopened", NULL);
  assert_finding (refused, 1, "cert.untrusted-root", POSTERN_SEVERITY_ERROR, 0);
  run_clear (&run);

  run_init_issued (&run, &zscaler, &leaf);
  accepted = diagnose (&run);
  g_assert_cmpuint (accepted->len, ==, 1);
  assert_finding (accepted, 0, "cert.intercepted", POSTERN_SEVERITY_WARNING, 0);
  assert_says (accepted->pdata[0], "trusted here");
  run_clear (&run);

  run_init_issued (&run, &zscaler, &leaf);
  add_fault (&run, "cert.untrusted-root", 0, FALSE, TRUE);
  hidden = diagnose (&run);
  assert_finding (hidden, 1, "cert.intercepted", POSTERN_SEVERITY_WARNING, 0);
  assert_says (hidden->pdata[1], "stands between here and the server");
  run_clear (&run);

  run_init_issued (&run, &zscaler, &leaf);
  add_fault (&run, "cert.expired", 0, FALSE, FALSE);
  refine (&run);
  expired = diagnose (&run);
  assert_finding (expired, 0, "cert.expired", POSTERN_SEVERITY_ERROR, 0);
  assert_finding (expired, 1, "cert.intercepted", POSTERN_SEVERITY_WARNING, 0);
  run_clear (&run);

  /* Nobody's product; and a device's own certificate. */
  run_init_issued (&run, &private, &leaf);
  add_fault (&run, "cert.untrusted-root", 0, FALSE, FALSE);
  refine (&run);
  g_assert_cmpstr (run.failure->code, ==, "cert.untrusted-root");
  run_clear (&run);
  own = test_cert_new (&self, NULL, NULL);
  run_init (&run, POSTERN_SYSTEM_GENERIC, "smtp://mail.example.org", "");
  add_certificate (&run, own);
  add_fault (&run, "cert.self-signed", 0, FALSE, FALSE);
  refine (&run);
  g_assert_cmpstr (run.failure->code, ==, "cert.self-signed");
  run_clear (&run);
}

static void
test_server_dates (void)
{
  static const struct
  {
    const char *greeting;
    gint64 time;
  } rows[] = {
    { "220 mail.test ESMTP Exim 4.96 Sat, 21 Nov 2026 10:12:11 +0000", 1795255931 },
    { "220 mail.test ESMTP Sendmail 8.17; Sat, 21 Nov 2026 11:12:11 +0100", 1795255931 },
    { "220 mail.test Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 02:12:11 -0800",
      1795255931 },
    { "220 mail.test 1 Jan 2026 00:00:00 GMT", 1767225600 },
    { "+OK POP3 <1896.1795255931@mail.test>", 1795255931 },
    { "+OK Dovecot ready. <1a2b.1.6920392b.abc==@mail.test>", 0 },
    { "* OK [CAPABILITY IMAP4rev1] Dovecot ready.", 0 },
    { "220 mail.test ESMTP Postfix", 0 },
    { "220 mail.test 31 Feb 2026 10:12:11 +0000", 0 },
    { "220 mail.test 21 Nov 1970 10:12:11 +0000", 0 },
    { "220 mail.test 21 Nov 2026", 0 },
    { "220 id 1795255931 ready", 0 },
    { "+OK <1795255931", 0 },
    { "", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].greeting);
      g_assert_cmpint (postern_server_date_find (rows[i].greeting), ==, rows[i].time);
    }
}

/* Only a witness makes it the clock: this program cannot be older than it is, and a server whose
 * own clock agrees with its certificates. */
static void
test_clock (void)
{
  static const TestCertSpec root = { .cn = "Root", .ca = TRUE };
  enum
  {
    YEAR = 365
  };
  static const struct
  {
    int from, to;           /* days: when the certificate is valid */
    int now, built, server; /* days; the server's 0: it does not say */
    const char *fault;
    const char *first;
    gboolean warned;
  } rows[] = {
    { -9, 99, -2 * YEAR, -1, 0, "cert.not-yet-valid", "cert.clock", FALSE },
    { -9, 99, -20, -30, 1, "cert.not-yet-valid", "cert.clock", FALSE },
    { -9, 99, -20, -30, 0, "cert.not-yet-valid", "cert.not-yet-valid", FALSE },
    { 5, 99, 1, -30, 2, "cert.not-yet-valid", "cert.not-yet-valid", FALSE },
    { -9, 99, 2 * YEAR, -30, 0, "cert.expired", "cert.expired", FALSE },
    { -9, 99, 2 * YEAR, -30, 1, "cert.expired", "cert.expired", TRUE },
    { -900, -800, 0, -30, -850, "cert.expired", "cert.expired", FALSE },
    { -9, -2, -700, -600, -1, "cert.expired", "cert.expired", FALSE },
  };
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const TestCertSpec spec = { .cn = "mail.example.org",
                                  .dns = "mail.example.org",
                                  .from_days = rows[i].from,
                                  .to_days = rows[i].to };
      g_autofree char *greeting =
        g_strdup_printf ("+OK <1.%" G_GINT64_FORMAT "@mail.test>", now + rows[i].server * 86400);
      g_autoptr(GPtrArray) findings = NULL;
      Run run;

      g_test_message ("row %u", (guint) i);
      run_init_issued (&run, &root, &spec);
      run.facts.now = now + rows[i].now * 86400;
      run.facts.built = now + rows[i].built * 86400;
      run.facts.greeting = rows[i].server != 0 ? greeting : NULL;
      add_fault (&run, rows[i].fault, 0, FALSE, FALSE);
      refine (&run);
      findings = diagnose (&run);
      assert_finding (findings, 0, rows[i].first, POSTERN_SEVERITY_ERROR, 0);
      if (strcmp (rows[i].first, "cert.clock") == 0)
        assert_remedy (findings->pdata[0], 0, "clock", NULL);
      if (rows[i].warned)
        assert_finding (findings, 1, "cert.clock", POSTERN_SEVERITY_WARNING, 0);
      g_assert_cmpuint (findings->len, ==,
                        rows[i].warned || strcmp (rows[i].first, "cert.clock") == 0 ? 2 : 1);
      run_clear (&run);
    }
}

/* A right clock mends the dates, and nothing else. */
static void
test_clock_besides (void)
{
  static const TestCertSpec root = { .cn = "Root", .ca = TRUE };
  static const TestCertSpec spec = { .cn = "mail.example.org", .dns = "mail.example.org" };
  static const struct
  {
    const char *fault; /* or NULL */
    gboolean warning;
    gboolean only;
  } rows[] = {
    { NULL, FALSE, TRUE },
    { "cert.weak-signature", TRUE, TRUE },
    { "cert.untrusted-root", FALSE, FALSE },
    { "cert.name-mismatch", FALSE, FALSE },
  };
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) findings = NULL;
      const char *text;
      Run run;

      run_init_issued (&run, &root, &spec);
      run.facts.now = now - 700 * 86400;
      run.facts.built = now - 86400;
      add_fault (&run, "cert.not-yet-valid", 0, FALSE, FALSE);
      if (rows[i].fault != NULL)
        add_fault (&run, rows[i].fault, 0, FALSE, FALSE)->warning = rows[i].warning;
      refine (&run);
      findings = diagnose (&run);
      assert_finding (findings, 0, "cert.clock", POSTERN_SEVERITY_ERROR, 0);
      text = postern_finding_get_explanation (findings->pdata[0]);
      g_assert_cmpint (strstr (text, "only because") != NULL, ==, rows[i].only);
      run_clear (&run);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cert-findings/each-fault", test_each_fault);
  g_test_add_func ("/cert-findings/advice", test_advice);
  g_test_add_func ("/cert-findings/hidden", test_hidden);
  g_test_add_func ("/cert-findings/pinned", test_pinned);
  g_test_add_func ("/cert-findings/verdict", test_verdict);
  g_test_add_func ("/cert-findings/name-remedies", test_name_remedies);
  g_test_add_func ("/cert-findings/name-strangers", test_name_strangers);
  g_test_add_func ("/cert-findings/name-guesses", test_name_guesses);
  g_test_add_func ("/cert-findings/name-lists", test_name_lists);
  g_test_add_func ("/cert-findings/interceptor-names", test_interceptor_names);
  g_test_add_func ("/cert-findings/intercepted", test_intercepted);
  g_test_add_func ("/cert-findings/server-dates", test_server_dates);
  g_test_add_func ("/cert-findings/clock", test_clock);
  g_test_add_func ("/cert-findings/clock-besides", test_clock_besides);
  return g_test_run ();
}
