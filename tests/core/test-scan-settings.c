/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-finding.h"
#include "scan/postern-scan-settings.h"
#include "scan/postern-scan-weakness.h"
#include "scan/postern-tls-numbers.h"
#include "test-pki.h"

#include <glib/gstdio.h>
#include <string.h>

/* What a result is known to be weak for, and what each setting of an account comes to with it: both
 * are functions of a result, so results are made up here. */

#define HOST "mail.example.org"

static gint64 now;
static char *ca_file, *other_ca_file;
static GBytes *leaf_der, *other_der, *ca_der;

/* --- Results --- */

static guint16
find_number (const PosternTlsNumber *numbers, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (numbers[i].name, name))
      return numbers[i].number;
  g_error ("There is no %s", name);
}

static guint16
find_suite (const char *name)
{
  gsize n;
  const PosternTlsNumber *numbers = postern_tls_suites (&n);

  return find_number (numbers, n, name);
}

/* @suites: by version; NULL: not spoken */
static PosternScanResult *
make_result (const char *const *suites, PosternScanOrder order)
{
  PosternScanResult *result = postern_scan_result_new ();

  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      PosternScanVersion *version = &result->versions[i];
      g_auto (GStrv) names = g_strsplit (suites[i] != NULL ? suites[i] : "", " ", -1);

      version->looked = TRUE;
      version->complete = TRUE;
      version->spoken = suites[i] != NULL;
      version->order = order;
      version->renegotiation = TRUE;
      for (gsize j = 0; names[j] != NULL; j++)
        {
          guint16 number = find_suite (names[j]);

          g_array_append_val (version->suites, number);
        }
    }
  return result;
}

static void
add_chain (PosternScanResult *result, GBytes *leaf)
{
  g_autoptr(GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_ptr_array_add (ders, g_bytes_ref (leaf));
  g_ptr_array_add (ders, g_bytes_ref (ca_der));
  g_assert_true (postern_scan_result_add_chain (result, 0x0304, ders, NULL));
}

/* --- Weaknesses --- */

#define NEW_1_3 "TLS_AES_128_GCM_SHA256"
#define NEW_1_2 "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

static const struct
{
  const char *name;
  const char *suites[4];
  guint dh_bits;
  guint16 signature; /* of TLS 1.2, or 0 */
  gboolean insecure_renegotiation;
  const char *codes;
} weaknesses[] = {
  { "none", { NULL, NULL, NEW_1_2, NEW_1_3 }, 2048, 0x0403, FALSE, "" },
  { "old",
    { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", NULL, NEW_1_2, NULL },
    0,
    0,
    FALSE,
    "scan.old-version" },
  { "rc4",
    { NULL, NULL, NEW_1_2 " TLS_ECDHE_RSA_WITH_RC4_128_SHA", NULL },
    0,
    0,
    FALSE,
    "scan.weak-cipher" },
  { "3des",
    { NULL, NULL, NEW_1_2 " TLS_RSA_WITH_3DES_EDE_CBC_SHA", NULL },
    0,
    0,
    FALSE,
    "scan.weak-cipher" },
  { "export",
    { NULL, NULL, NEW_1_2 " TLS_RSA_EXPORT_WITH_RC4_40_MD5", NULL },
    0,
    0,
    FALSE,
    "scan.weak-cipher" },
  { "null",
    { NULL, NULL, NEW_1_2 " TLS_RSA_WITH_NULL_SHA256", NULL },
    0,
    0,
    FALSE,
    "scan.weak-cipher" },
  { "anonymous",
    { NULL, NULL, NEW_1_2 " TLS_DH_anon_WITH_AES_128_GCM_SHA256", NULL },
    0,
    0,
    FALSE,
    "scan.weak-cipher" },
  { "static-rsa-beside",
    { NULL, NULL, NEW_1_2 " TLS_RSA_WITH_AES_128_GCM_SHA256", NULL },
    0,
    0,
    FALSE,
    "" },
  { "static-rsa-alone",
    { NULL, NULL, "TLS_RSA_WITH_AES_128_GCM_SHA256", NEW_1_3 },
    0,
    0,
    FALSE,
    "scan.no-forward-secrecy" },
  { "dh", { NULL, NULL, NEW_1_2, NULL }, 1024, 0, FALSE, "scan.weak-dh" },
  { "sha1", { NULL, NULL, NEW_1_2, NULL }, 0, 0x0201, FALSE, "scan.weak-signature" },
  { "renegotiation", { NULL, NULL, NEW_1_2, NULL }, 0, 0, TRUE, "scan.no-secure-renegotiation" },
  { "renegotiation-of-1.3", { NULL, NULL, NULL, NEW_1_3 }, 0, 0, TRUE, "" },
  { "all",
    { "TLS_RSA_WITH_RC4_128_SHA", NULL, NULL, NULL },
    512,
    0,
    TRUE,
    "scan.old-version scan.weak-cipher scan.no-forward-secrecy scan.weak-dh "
    "scan.no-secure-renegotiation" },
};

static void
test_weakness (gconstpointer data)
{
  gsize at = GPOINTER_TO_SIZE (data);
  g_autoptr(PosternScanResult) result =
               make_result (weaknesses[at].suites, POSTERN_SCAN_ORDER_SERVER);
  g_autoptr(GPtrArray) findings = NULL;
  g_autoptr(GString) codes = g_string_new (NULL);

  result->versions[2].dh_bits = weaknesses[at].dh_bits;
  if (weaknesses[at].signature != 0)
    g_array_append_val (result->versions[2].signatures, weaknesses[at].signature);
  for (guint i = 0; weaknesses[at].insecure_renegotiation && i < POSTERN_SCAN_VERSIONS; i++)
    result->versions[i].renegotiation = FALSE;

  findings = postern_scan_find_weaknesses (result, now);
  for (guint i = 0; i < findings->len; i++)
    {
      PosternFinding *finding = g_ptr_array_index (findings, i);

      g_string_append_printf (codes, "%s%s", i > 0 ? " " : "", postern_finding_get_code (finding));
      g_assert_cmpint (postern_finding_get_severity (finding), ==, POSTERN_SEVERITY_WARNING);
      g_assert_cmpstr (postern_finding_get_title (finding), !=, "");
      g_assert_cmpstr (postern_finding_get_explanation (finding), !=, "");
    }
  g_assert_cmpstr (codes->str, ==, weaknesses[at].codes);
}

/* Each suite that is asked for is one or the other, and none of TLS 1.3 is weak. */
static void
test_suites (void)
{
  gsize n;
  const PosternTlsNumber *suites = postern_tls_suites (&n);

  for (gsize i = 0; i < n; i++)
    {
      const char *weakness = postern_scan_suite_weakness (suites[i].number);

      if (postern_tls_suite_is_1_3 (suites[i].number))
        g_assert_null (weakness);
      if (strstr (suites[i].name, "RC4") != NULL || strstr (suites[i].name, "DES") != NULL ||
          strstr (suites[i].name, "_NULL_") != NULL || strstr (suites[i].name, "anon") != NULL)
        g_assert_nonnull (weakness);
      if (g_str_has_prefix (suites[i].name, "TLS_RSA_"))
        g_assert_false (postern_scan_suite_keeps_secrets (suites[i].number));
      for (gsize j = 0; j < i; j++)
        g_assert_true (suites[i].number != suites[j].number &&
                       !g_str_equal (suites[i].name, suites[j].name));
    }
}

/* --- Settings --- */

#define AES_256 "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
#define AES_128 "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

typedef struct
{
  const char *name;
  const char *suites[4];
  PosternScanOrder order;
  guint16 min_version;
  const char *cipher_list;
  gboolean other_leaf; /* the certificate is for another name */
  gboolean other_ca;   /* the account trusts another authority */
  gboolean unknown;    /* TLS 1.2 and 1.3 could not be looked at */
  PosternScanAnswer required;
  const char *settings; /* "option verdict code", each */
  const char *chosen;   /* in the text on suites, or NULL */
} Check;

/* clang-format off */
static const Check checks[] = {
  { "good", { NULL, NULL, AES_256, NEW_1_3 }, 1, 0, NULL, .chosen = NEW_1_3,
    .settings = "min_tls_version holds -; cipher_list holds -; verify_server holds -" },
  { "too-old", { AES_256, AES_256, NULL, NULL }, 1, 0, NULL,
    .settings = "min_tls_version fails tls.version-too-old" },
  { "old-allowed", { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", NULL, NULL, NULL }, 1, 0x0301, NULL,
    .settings = "min_tls_version holds -; cipher_list holds -; verify_server holds -" },
  { "newer-wanted", { NULL, NULL, AES_256, NULL }, 1, 0x0304, NULL,
    .settings = "min_tls_version fails tls.version-too-old" },
  { "none", { NULL, NULL, NULL, NULL }, 1, 0, NULL,
    .settings = "min_tls_version fails tls.handshake" },
  { "not-looked-at", { "TLS_RSA_WITH_AES_128_CBC_SHA", NULL, NULL, NULL }, 1, 0, NULL,
    .unknown = TRUE, .settings = "min_tls_version unknown -" },
  { "one-suite", { NULL, NULL, AES_128 " " AES_256, NULL }, 1, 0, "ECDHE-RSA-AES256-GCM-SHA384",
    .chosen = AES_256,
    .settings = "min_tls_version holds -; cipher_list holds -; verify_server holds -" },
  { "no-suite", { NULL, NULL, AES_128, NULL }, 1, 0, "ECDHE-RSA-AES256-GCM-SHA384",
    .settings =
      "min_tls_version holds -; cipher_list fails tls.no-common-cipher; verify_server holds -" },
  { "no-suite-but-1.3", { NULL, NULL, AES_128, NEW_1_3 }, 1, 0, "ECDHE-RSA-AES256-GCM-SHA384",
    .chosen = NEW_1_3,
    .settings = "min_tls_version holds -; cipher_list warning -; verify_server holds -" },
  { "servers-order", { NULL, NULL, AES_128 " " AES_256, NULL }, 1, 0,
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256", .chosen = AES_128,
    .settings = "min_tls_version holds -; cipher_list holds -; verify_server holds -" },
  { "clients-order", { NULL, NULL, AES_128 " " AES_256, NULL }, 2, 0,
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256", .chosen = AES_256,
    .settings = "min_tls_version holds -; cipher_list holds -; verify_server holds -" },
  { "bad-list", { NULL, NULL, AES_128, NULL }, 1, 0, "NONSENSE",
    .settings = "min_tls_version holds -; cipher_list fails settings.option-illegal; "
                "verify_server holds -" },
  { "name", { NULL, NULL, AES_256, NULL }, 1, 0, NULL, .other_leaf = TRUE,
    .settings = "min_tls_version holds -; cipher_list holds -; "
                "verify_server_name fails cert.name-mismatch" },
  { "authority", { NULL, NULL, AES_256, NULL }, 1, 0, NULL, .other_ca = TRUE,
    .settings = "min_tls_version holds -; cipher_list holds -; "
                "verify_server fails cert.untrusted-root" },
  { "client", { NULL, NULL, AES_256, NULL }, 1, 0, NULL, .required = POSTERN_SCAN_YES,
    .settings = "min_tls_version holds -; cipher_list holds -; "
                "client_certificate fails tls.client-certificate-wanted; verify_server holds -" },
};
/* clang-format on */

static PosternPlan *
make_plan (const Check *check)
{
  PosternPlan *plan = postern_plan_new ();

  plan->host = g_strdup (HOST);
  plan->tls = POSTERN_TLS_START_IMPLICIT;
  g_clear_pointer (&plan->tls_policy, postern_tls_policy_free);
  plan->tls_policy = postern_tls_policy_new ();
  plan->tls_policy->verify = POSTERN_VERIFY_YES;
  plan->tls_policy->verify_name = TRUE;
  plan->tls_policy->system_store = FALSE;
  plan->tls_policy->min_version = check->min_version;
  plan->tls_policy->cipher_list = g_strdup (check->cipher_list);
  plan->tls_policy->ca_file = g_strdup (check->other_ca ? other_ca_file : ca_file);
  return plan;
}

static char *
describe (GPtrArray *settings)
{
  static const char *const verdicts[] = { "holds", "warning", "fails", "unknown" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < settings->len; i++)
    {
      const PosternScanSetting *setting = g_ptr_array_index (settings, i);

      g_assert_cmpstr (setting->text, !=, "");
      g_string_append_printf (text, "%s%s %s %s", i > 0 ? "; " : "", setting->option,
                              verdicts[setting->verdict],
                              setting->code != NULL ? setting->code : "-");
    }
  return g_string_free (text, FALSE);
}

static void
test_settings (gconstpointer data)
{
  const Check *check = data;
  g_autoptr(PosternScanResult) result = make_result (check->suites, check->order);
  g_autoptr(PosternPlan) plan = make_plan (check);
  g_autoptr(GPtrArray) settings = NULL;
  g_autofree char *text = NULL;

  add_chain (result, check->other_leaf ? other_der : leaf_der);
  result->certificate_required = check->required;
  if (check->unknown)
    result->versions[2].looked = result->versions[3].looked = FALSE;

  settings = postern_scan_check_settings (result, plan, now);
  text = describe (settings);
  g_assert_cmpstr (text, ==, check->settings);
  for (guint i = 0; i < settings->len; i++)
    {
      const PosternScanSetting *setting = g_ptr_array_index (settings, i);

      if (setting->common == NULL)
        continue;
      if (check->chosen != NULL)
        g_assert_nonnull (strstr (setting->text, check->chosen));
      g_assert_cmpint (setting->common->len > 0, ==, setting->verdict != POSTERN_SCAN_FAILS);
    }
}

/* Suites with a shared key are not asked for, and a logon with it looks at no certificate: so
 * nothing is said of either, not even where the server seems to do nothing. */
static void
test_shared_key (void)
{
  static const Check seen[] = { { .suites = { NULL, NULL, AES_256, NEW_1_3 }, .other_ca = TRUE },
                                { .suites = { NULL } } };

  for (gsize i = 0; i < G_N_ELEMENTS (seen); i++)
    {
      g_autoptr(PosternScanResult) result =
                   make_result (seen[i].suites, POSTERN_SCAN_ORDER_SERVER);
      g_autoptr(PosternPlan) plan = make_plan (&seen[i]);
      g_autoptr(GPtrArray) settings = NULL;
      g_autofree char *text = NULL;

      plan->tls_policy->shared_key = postern_secret_new ("not for anybody", -1);
      add_chain (result, leaf_der);
      settings = postern_scan_check_settings (result, plan, now);
      text = describe (settings);
      g_assert_cmpstr (text, ==, "shared_key unknown -");
    }
}

/* What the settings let pass is told, and that they do. */
static void
test_ignored (void)
{
  const Check check = { .suites = { NULL, NULL, AES_256, NEW_1_3 }, .other_ca = TRUE };
  g_autoptr(PosternScanResult) result = make_result (check.suites, POSTERN_SCAN_ORDER_SERVER);
  g_autoptr(PosternPlan) plan = make_plan (&check);
  g_autoptr(GPtrArray) settings = NULL;
  const PosternScanSetting *last;

  plan->tls_policy->verify = POSTERN_VERIFY_IGNORE;
  add_chain (result, leaf_der);
  settings = postern_scan_check_settings (result, plan, now);
  last = g_ptr_array_index (settings, settings->len - 1);
  g_assert_cmpstr (last->code, ==, "cert.untrusted-root");
  g_assert_cmpint (last->verdict, ==, POSTERN_SCAN_WARNS);
  g_assert_true (g_str_has_suffix (last->text, "These settings let it pass."));
}

/* A second certificate is not what a logon gets: its faults are told, and fail nothing. */
static void
test_two_chains (void)
{
  const Check check = { .suites = { NULL, NULL, AES_256, NEW_1_3 } };
  g_autoptr(PosternScanResult) result = make_result (check.suites, POSTERN_SCAN_ORDER_SERVER);
  g_autoptr(PosternPlan) plan = make_plan (&check);
  g_autoptr(GPtrArray) settings = NULL;
  g_autofree char *text = NULL;

  add_chain (result, leaf_der);
  add_chain (result, other_der);
  settings = postern_scan_check_settings (result, plan, now);
  text = describe (settings);
  g_assert_cmpstr (text, ==,
                   "min_tls_version holds -; cipher_list holds -; verify_server holds -; "
                   "verify_server_name warning cert.name-mismatch");
}

static void
test_clear (void)
{
  const Check check = { .suites = { NULL, NULL, AES_256, NEW_1_3 } };
  g_autoptr(PosternScanResult) result = make_result (check.suites, POSTERN_SCAN_ORDER_SERVER);
  g_autoptr(PosternPlan) plan = make_plan (&check);
  g_autoptr(GPtrArray) settings = NULL;
  const PosternScanSetting *first;

  plan->tls = POSTERN_TLS_START_NONE;
  settings = postern_scan_check_settings (result, plan, now);
  first = g_ptr_array_index (settings, 0);
  g_assert_cmpstr (first->option, ==, "tls");
  g_assert_cmpint (first->verdict, ==, POSTERN_SCAN_WARNS);
}

static void
make_certificates (void)
{
  const TestCertSpec ca_spec = { .cn = "An authority", .ca = TRUE };
  const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };
  const TestCertSpec other_spec = { .cn = "other", .dns = "other.example.org" };
  g_autoptr(TestCert) ca = test_cert_new (&ca_spec, NULL, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, ca, NULL);
  g_autoptr(TestCert) other = test_cert_new (&other_spec, ca, NULL);
  const TestCertSpec stranger_spec = { .cn = "A stranger", .ca = TRUE };
  g_autoptr(TestCert) stranger = test_cert_new (&stranger_spec, NULL, NULL);
  g_autofree char *ca_pem = test_cert_pem (ca, NULL);
  g_autofree char *stranger_pem = test_cert_pem (stranger, NULL);

  ca_file = test_write_file (ca_pem);
  other_ca_file = test_write_file (stranger_pem);
  ca_der = test_cert_der (ca);
  leaf_der = test_cert_der (leaf);
  other_der = test_cert_der (other);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  now = g_get_real_time () / G_USEC_PER_SEC;
  make_certificates ();
  for (gsize i = 0; i < G_N_ELEMENTS (weaknesses); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-settings/weakness/%s", weaknesses[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_weakness);
    }
  g_test_add_func ("/scan-settings/suites", test_suites);
  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-settings/check/%s", checks[i].name);

      g_test_add_data_func (path, &checks[i], test_settings);
    }
  g_test_add_func ("/scan-settings/two-chains", test_two_chains);
  g_test_add_func ("/scan-settings/ignored", test_ignored);
  g_test_add_func ("/scan-settings/shared-key", test_shared_key);
  g_test_add_func ("/scan-settings/clear", test_clear);
  status = g_test_run ();

  g_remove (ca_file);
  g_remove (other_ca_file);
  g_free (ca_file);
  g_free (other_ca_file);
  g_bytes_unref (ca_der);
  g_bytes_unref (leaf_der);
  g_bytes_unref (other_der);
  return status;
}
