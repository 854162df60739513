/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-cert-findings.h"

#include "diagnosis/postern-cert-advice.h"
#include "diagnosis/postern-cert-cause.h"
#include "diagnosis/postern-cert-name.h"
#include "diagnosis/postern-trust-remedies.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
refuses (const PosternCertFault *fault)
{
  return !fault->warning && !fault->hidden;
}

const PosternCertFault *
postern_cert_findings_first (const PosternFacts *facts)
{
  if (facts->failure == NULL || facts->tls == NULL)
    return NULL;

  for (guint i = 0; i < facts->tls->faults->len; i++)
    {
      const PosternCertFault *fault = facts->tls->faults->pdata[i];

      if (refuses (fault) && strcmp (fault->code, facts->failure->code) == 0)
        return fault;
    }
  return NULL;
}

/* Who is trusted decides about these; a certificate that is missing may be made a trusted one. A
 * signature that does not hold, or a certificate that breaks the rules, is none of them. */
static PosternGoverned
governed_of (const PosternCertFault *fault)
{
  static const char *const of_trust[] = { "cert.self-signed", "cert.untrusted-root",
                                          "cert.incomplete-chain", "cert.intercepted", NULL };

  if (g_strcmp0 (fault->governed_by, "verify_server_name") == 0)
    return POSTERN_GOVERNED_NAME;

  return g_strv_contains (of_trust, fault->code) ? POSTERN_GOVERNED_TRUST : POSTERN_GOVERNED_CHAIN;
}

static gboolean
is_pinned (const PosternCertFault *fault)
{
  return g_strcmp0 (fault->governed_by, "pin") == 0;
}

/* An exception is the user's own, whatever system the account is for. */
static PosternGoverning *
govern_by_pin (const PosternTlsPin *pin, gboolean hidden)
{
  g_autofree char *value = postern_tls_pin_to_text (pin);
  g_autofree char *day = postern_tls_pin_dup_day (pin);
  PosternGoverning *governing = postern_governing_new ("pin", value);

  governing->text = g_strdup_printf (
    hidden ? _ ("The exception until %s hides this.") : _ ("The exception is until %s."), day);
  return governing;
}

static PosternGoverning *
find_governing (const PosternFacts *facts, const PosternCertFault *fault)
{
  PosternRuntime *runtime =
    facts->runtime != NULL ? facts->runtime : postern_runtime_get (POSTERN_SYSTEM_GENERIC);
  const PosternTlsPin *pin = facts->plan->tls_policy->pin;

  if (is_pinned (fault) && pin != NULL)
    return govern_by_pin (pin, fault->hidden);
  return postern_runtime_govern (runtime, facts->plan, governed_of (fault), fault->hidden);
}

static gboolean
is_name_mismatch (const PosternCertFault *fault)
{
  return strcmp (fault->code, "cert.name-mismatch") == 0;
}

char *
postern_cert_findings_explain (const PosternFacts *facts, const PosternCertFault *fault)
{
  g_autoptr(PosternGoverning) governing = NULL;
  g_autofree char *name = NULL;
  g_autofree char *trust = NULL;

  if (fault->warning && !fault->hidden)
    return g_strdup (fault->text);

  governing = find_governing (facts, fault);
  trust = postern_trust_remedies_explain (facts, fault);
  if (trust != NULL)
    return g_strdup_printf ("%s %s %s", fault->text, governing->text, trust);
  if (!is_name_mismatch (fault))
    return g_strdup_printf ("%s %s", fault->text, governing->text);
  name = postern_cert_name_explain (facts);
  return g_strdup_printf ("%s %s %s", fault->text, name, governing->text);
}

/* Which certificate a finding is about, what decides about it, and what mends it. */
static void
complete (const PosternFacts *facts, PosternFinding *finding, const PosternCertFault *fault)
{
  postern_finding_set_certificate (finding, (int) fault->certificate,
                                   find_governing (facts, fault));
  if (is_name_mismatch (fault) && refuses (fault))
    postern_cert_name_remedies (facts, finding);
  postern_trust_remedies_add (facts, finding, fault);
  postern_cert_advice_add (finding);
}

/* What is behind the faults is governed by what governs the first of them. */
static void
complete_cause (const PosternFacts *facts, PosternFinding *finding)
{
  for (guint i = 0; facts->tls != NULL && i < facts->tls->faults->len; i++)
    if (refuses (facts->tls->faults->pdata[i]))
      {
        const PosternCertFault *fault = facts->tls->faults->pdata[i];

        postern_finding_set_certificate (finding, (int) fault->certificate,
                                         find_governing (facts, fault));
        break;
      }
  postern_cert_advice_add (finding);
}

void
postern_cert_findings_complete (const PosternFacts *facts, PosternFinding *first_cause)
{
  const PosternCertFault *fault = postern_cert_findings_first (facts);

  if (fault != NULL)
    complete (facts, first_cause, fault);
  else if (facts->failure != NULL && g_str_has_prefix (facts->failure->code, "cert."))
    complete_cause (facts, first_cause);
}

static PosternFinding *
finding_of (const PosternFacts *facts, const PosternCertFault *fault)
{
  g_autofree char *text = postern_cert_findings_explain (facts, fault);
  PosternFinding *finding = postern_diagnosis_new_finding (
    facts, fault->code, refuses (fault) ? POSTERN_SEVERITY_ERROR : POSTERN_SEVERITY_WARNING, text);

  complete (facts, finding, fault);
  return finding;
}

/* The codes of what the policy hides, each once; and the first of these faults. What an exception
 * hides is still bound to one certificate: nobody else gets between. */
static char *
list_hidden (const PosternFacts *facts, const PosternCertFault **first)
{
  g_autoptr(GPtrArray) codes = g_ptr_array_new ();

  *first = NULL;
  for (guint i = 0; i < facts->tls->faults->len; i++)
    {
      const PosternCertFault *fault = facts->tls->faults->pdata[i];

      if (!fault->hidden || is_pinned (fault))
        continue;
      if (*first == NULL)
        *first = fault;
      if (!g_ptr_array_find_with_equal_func (codes, fault->code, g_str_equal, NULL))
        g_ptr_array_add (codes, (gpointer) fault->code);
    }
  g_ptr_array_add (codes, NULL);
  return g_strjoinv (", ", (char **) codes->pdata);
}

static void
add_accepted_unverified (const PosternFacts *facts, GPtrArray *findings)
{
  const PosternCertFault *first = NULL;
  g_autofree char *codes = NULL;
  g_autofree char *text = NULL;
  g_autoptr(PosternGoverning) governing = NULL;
  PosternFinding *finding;

  if (!facts->tls->accepted)
    return;
  codes = list_hidden (facts, &first);
  if (first == NULL)
    return;

  governing = find_governing (facts, first);
  text = g_strdup_printf (
    /* Translators: first a list of codes such as "cert.expired, cert.name-mismatch", then a
     * sentence such as "The TLS option verify_server=ignore hides this." */
    _ ("The settings switch off a check that this certificate fails: %s. %s Whoever can stand "
       "between here and the server can read the password."),
    codes, governing->text);
  finding = postern_diagnosis_new_finding (facts, "cert.accepted-unverified",
                                           POSTERN_SEVERITY_WARNING, text);
  postern_finding_set_certificate (finding, 0, g_steal_pointer (&governing));
  g_ptr_array_add (findings, finding);
}

/**
 * postern_cert_findings_add:
 * @facts: a run that has ended
 * @findings: (element-type PosternFinding): where the faults of the chain go: those that refuse
 *   it, those that the policy hides, and warnings; without the first cause, which is there
 */
void
postern_cert_findings_add (const PosternFacts *facts, GPtrArray *findings)
{
  const PosternCertFault *told = postern_cert_findings_first (facts);

  /* Where a key was to stand for all certificates, nobody said what they should be. */
  if (facts->tls == NULL ||
      (facts->failure != NULL && strcmp (facts->failure->code, "tls.shared-key") == 0))
    return;

  for (guint i = 0; i < facts->tls->faults->len; i++)
    if (facts->tls->faults->pdata[i] != told)
      g_ptr_array_add (findings, finding_of (facts, facts->tls->faults->pdata[i]));
  postern_cert_cause_add (facts, findings);
  add_accepted_unverified (facts, findings);
}
