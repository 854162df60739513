/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan-settings.h"

#include "scan/postern-hello.h"
#include "scan/postern-tls-numbers.h"
#include "tls/postern-tls-context.h"
#include "tls/postern-trust.h"

#include <glib/gi18n.h>
#include <string.h>

void
postern_scan_setting_free (PosternScanSetting *self)
{
  g_free (self->option);
  g_free (self->value);
  g_free (self->code);
  g_free (self->text);
  g_clear_pointer (&self->common, g_array_unref);
  g_clear_pointer (&self->missing, g_array_unref);
  g_free (self);
}

/* @text: (transfer full) */
static PosternScanSetting *
add (GPtrArray *settings,
     const char *option,
     const char *value,
     PosternScanVerdict verdict,
     const char *code,
     char *text)
{
  PosternScanSetting *self = g_new0 (PosternScanSetting, 1);

  self->option = g_strdup (option);
  self->value = g_strdup (value);
  self->verdict = verdict;
  self->code = g_strdup (code);
  self->text = text;
  g_ptr_array_add (settings, self);
  return self;
}

static guint16
least_version (const PosternTlsPolicy *policy)
{
  return policy->min_version != 0 ? policy->min_version : POSTERN_HELLO_1_2;
}

/* --- Start --- */

static gboolean
starts_tls (const PosternPlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    if (((PosternPlanStep *) g_ptr_array_index (plan->steps, i))->kind == POSTERN_PLAN_STARTTLS)
      return TRUE;
  return plan->tls != POSTERN_TLS_START_NONE;
}

static void
check_start (const PosternPlan *plan, GPtrArray *settings)
{
  if (!starts_tls (plan))
    add (settings, "tls", "none", POSTERN_SCAN_WARNS, NULL,
         g_strdup (_ ("This account logs on without TLS: what follows is what it would meet with "
                      "it.")));
}

/* --- Versions --- */

static char *
list_versions (const PosternScanResult *result, guint16 least)
{
  GString *text = g_string_new (NULL);

  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    if (result->versions[i - 1].spoken && result->versions[i - 1].version >= least)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
                              postern_tls_version_name (result->versions[i - 1].version));
  return g_string_free (text, FALSE);
}

/* Whether an answer to each version from @least on came. */
static gboolean
looked_at_all (const PosternScanResult *result, guint16 least)
{
  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    if (result->versions[i].version >= least && !result->versions[i].looked)
      return FALSE;
  return TRUE;
}

/* Whether any version is left. */
static gboolean
check_versions (const PosternScanResult *result,
                const PosternTlsPolicy *policy,
                GPtrArray *settings)
{
  guint16 least = least_version (policy);
  const char *value = postern_tls_version_name (least) + strlen ("TLS ");
  const PosternScanVersion *highest = postern_scan_result_get_highest (result);
  g_autofree char *spoken = list_versions (result, least);

  if (highest != NULL && highest->version >= least)
    add (settings, "min_tls_version", value, POSTERN_SCAN_HOLDS, NULL,
         g_strdup_printf (_ ("In common: %s."), spoken));
  else if (!looked_at_all (result, least))
    add (settings, "min_tls_version", value, POSTERN_SCAN_OPEN, NULL,
         g_strdup (_ ("Not all versions could be looked at.")));
  else if (highest != NULL)
    add (settings, "min_tls_version", value, POSTERN_SCAN_FAILS, "tls.version-too-old",
         g_strdup_printf (_ ("The newest that the server speaks is %s."),
                          postern_tls_version_name (highest->version)));
  else
    add (settings, "min_tls_version", value, POSTERN_SCAN_FAILS, "tls.handshake",
         g_strdup (_ ("The server speaks no version of TLS.")));
  return highest != NULL && highest->version >= least;
}

/* --- Suites --- */

/* Whether a version that the policy allows has this suite. */
static gboolean
server_has (const PosternScanResult *result, guint16 least, guint16 suite)
{
  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    if (result->versions[i].version >= least &&
        postern_scan_has (result->versions[i].suites, suite))
      return TRUE;
  return FALSE;
}

static gboolean
is_complete (const PosternScanResult *result, guint16 least)
{
  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    if (result->versions[i].version >= least && !result->versions[i].complete)
      return FALSE;
  return TRUE;
}

static guint
count_old (const GArray *suites)
{
  guint n = 0;

  for (guint i = 0; i < suites->len; i++)
    n += !postern_tls_suite_is_1_3 (g_array_index (suites, guint16, i));
  return n;
}

/* The suite that the two would come to, in the highest version that they share. */
static guint16
choose (const PosternScanResult *result, guint16 least, const GArray *common)
{
  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    {
      const PosternScanVersion *version = &result->versions[i - 1];
      gboolean servers = version->order == POSTERN_SCAN_ORDER_SERVER;
      const GArray *first = servers ? version->suites : common;
      const GArray *second = servers ? common : version->suites;

      for (guint j = 0; version->version >= least && j < first->len; j++)
        if (postern_scan_has (second, g_array_index (first, guint16, j)))
          return g_array_index (first, guint16, j);
    }
  return 0;
}

static void
judge_suites (const PosternScanResult *result,
              const PosternTlsPolicy *policy,
              PosternScanSetting *setting)
{
  guint16 least = least_version (policy);
  guint16 chosen = choose (result, least, setting->common);
  guint n_old = count_old (setting->common);

  if (setting->common->len == 0 && !is_complete (result, least))
    {
      setting->verdict = POSTERN_SCAN_OPEN;
      setting->text = g_strdup (_ ("The list of the server’s suites is not whole."));
    }
  else if (setting->common->len == 0)
    {
      setting->verdict = POSTERN_SCAN_FAILS;
      setting->code = g_strdup ("tls.no-common-cipher");
      setting->text = g_strdup (_ ("The server does none of these suites."));
    }
  else if (policy->cipher_list != NULL && n_old == 0 && least < POSTERN_HELLO_1_3)
    {
      setting->verdict = POSTERN_SCAN_WARNS;
      setting->text = g_strdup_printf (_ ("Of this list the server does nothing. What remains is "
                                          "TLS 1.3, which no list governs: %s."),
                                       postern_tls_suite_name (chosen));
    }
  else
    setting->text = g_strdup_printf (
      _ ("%u of %u suites in common; chosen would be %s."), setting->common->len,
      setting->common->len + setting->missing->len, postern_tls_suite_name (chosen));
}

static void
check_suites (const PosternScanResult *result, const PosternTlsPolicy *policy, GPtrArray *settings)
{
  const char *value = policy->cipher_list != NULL ? policy->cipher_list : "";
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) offered = postern_tls_context_list_suites (policy, &error);
  PosternScanSetting *setting;

  if (offered == NULL)
    {
      add (settings, "cipher_list", value, POSTERN_SCAN_FAILS, "settings.option-illegal",
           g_strdup (error->message));
      return;
    }
  setting = add (settings, "cipher_list", value, POSTERN_SCAN_HOLDS, NULL, NULL);
  setting->common = g_array_new (FALSE, FALSE, sizeof (guint16));
  setting->missing = g_array_new (FALSE, FALSE, sizeof (guint16));
  for (guint i = 0; i < offered->len; i++)
    {
      guint16 suite = g_array_index (offered, guint16, i);

      g_array_append_val (server_has (result, least_version (policy), suite) ? setting->common
                                                                             : setting->missing,
                          suite);
    }
  judge_suites (result, policy, setting);
}

/* --- Certificates --- */

/* Which one is meant, where there are several. */
static char *
name_chain (const PosternScanResult *result, const PosternScanChain *chain)
{
  if (result->chains->len < 2 || chain->certificates->len == 0)
    return g_strdup ("");
  return g_strdup (postern_certificate_get_key (g_ptr_array_index (chain->certificates, 0)));
}

/* @first: what a logon gets; who prefers another kind of key gets another. */
static void
add_fault (GPtrArray *settings, const char *name, gboolean first, const PosternCertFault *fault)
{
  gboolean harmless = fault->warning || fault->hidden || !first;

  add (settings, fault->governed_by != NULL ? fault->governed_by : "verify_server", name,
       harmless ? POSTERN_SCAN_WARNS : POSTERN_SCAN_FAILS, fault->code,
       fault->hidden ? g_strdup_printf (_ ("%s These settings let it pass."), fault->text)
                     : g_strdup (fault->text));
}

static void
check_chain (PosternTrust *trust,
             const PosternScanResult *result,
             const PosternScanChain *chain,
             gint64 now,
             GPtrArray *settings)
{
  g_autofree char *name = name_chain (result, chain);
  g_autoptr(GPtrArray) staples = g_ptr_array_new ();
  gboolean first = chain == g_ptr_array_index (result->chains, 0);
  GPtrArray *faults;

  g_ptr_array_add (staples, chain->staple != NULL ? chain->staple->response : NULL);
  postern_trust_analyse_stapled (trust, chain->ders, staples, now);
  faults = postern_trust_get_faults (trust);
  for (guint i = 0; i < faults->len; i++)
    add_fault (settings, name, first, g_ptr_array_index (faults, i));
  if (postern_trust_is_verified (trust))
    add (settings, "verify_server", name, POSTERN_SCAN_HOLDS, NULL,
         g_strdup_printf (_ ("The certificate is verified, for %s."),
                          postern_trust_get_matched_name (trust)));
}

static void
check_chains (const PosternScanResult *result,
              const PosternPlan *plan,
              gint64 now,
              GPtrArray *settings)
{
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_copy (plan->tls_policy);
  g_autoptr(PosternTrust) trust = NULL;
  g_autoptr(GError) error = NULL;

  /* What has nothing to do with the server's certificates is judged elsewhere. */
  g_clear_pointer (&policy->cipher_list, g_free);
  g_clear_pointer (&policy->client_certificate, g_free);
  trust = postern_trust_new (policy, plan->host);
  if (!postern_trust_load (trust, &error))
    {
      const char *code = postern_trust_get_load_code (trust);

      add (settings, "ca_certificate", "", POSTERN_SCAN_FAILS, code, g_strdup (error->message));
      return;
    }
  if (result->chains->len == 0)
    add (settings, "verify_server", "", POSTERN_SCAN_OPEN, NULL,
         g_strdup (_ ("No certificate was seen.")));
  for (guint i = 0; i < result->chains->len; i++)
    check_chain (trust, result, g_ptr_array_index (result->chains, i), now, settings);
}

/* --- The client's own --- */

static void
check_client (const PosternScanResult *result, const PosternTlsPolicy *policy, GPtrArray *settings)
{
  gboolean has_one = policy->client_certificate != NULL;
  const char *value = has_one ? policy->client_certificate : "";

  if (!has_one && result->certificate_required == POSTERN_SCAN_YES)
    add (settings, "client_certificate", value, POSTERN_SCAN_FAILS, "tls.client-certificate-wanted",
         g_strdup (_ ("The server goes on only with a client that shows a certificate.")));
  else if (has_one && result->certificate_asked == POSTERN_SCAN_NO)
    add (settings, "client_certificate", value, POSTERN_SCAN_WARNS, NULL,
         g_strdup (_ ("The server does not ask for a certificate.")));
  else if (has_one || result->certificate_asked == POSTERN_SCAN_YES)
    add (settings, "client_certificate", value, has_one ? POSTERN_SCAN_OPEN : POSTERN_SCAN_HOLDS,
         NULL,
         g_strdup (has_one ? _ ("The server asks for one; the scan does not show it.")
                           : _ ("The server asks for one, and goes on without.")));
}

GPtrArray *
postern_scan_check_settings (const PosternScanResult *result, const PosternPlan *plan, gint64 now)
{
  GPtrArray *settings = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_scan_setting_free);

  check_start (plan, settings);
  /* Such a logon offers no other suites, and no certificate counts in it. */
  if (plan->tls_policy->shared_key != NULL)
    add (settings, "shared_key", "", POSTERN_SCAN_OPEN, NULL,
         g_strdup (_ ("The scan offers no suite with a shared key: whether the server has one is "
                      "not known.")));
  else if (check_versions (result, plan->tls_policy, settings))
    {
      check_suites (result, plan->tls_policy, settings);
      check_client (result, plan->tls_policy, settings);
      check_chains (result, plan, now, settings);
    }
  return settings;
}
