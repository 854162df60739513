/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-diagnosis.h"

#include "diagnosis/postern-catalogue.h"
#include "diagnosis/postern-cert-cause.h"
#include "diagnosis/postern-cert-findings.h"
#include "diagnosis/postern-explanation.h"
#include "diagnosis/postern-port-words.h"
#include "diagnosis/postern-refusal.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
is_one_of (const char *code, const char *const *codes)
{
  return g_strv_contains (codes, code);
}

/* A session that heard nothing, or was cut off, before the greeting. */
static gboolean
ended_before_greeting (const PosternFailure *failure)
{
  static const char *const codes[] = { "timeout.greeting",        "timeout.total",
                                       "greeting.closed",         "greeting.silent",
                                       "greeting.other-protocol", "protocol.malformed",
                                       "protocol.closed",         NULL };

  return failure->step == POSTERN_STEP_GREETING && is_one_of (failure->code, codes);
}

/* A counter-test got the server to speak, and it is none of mail. What has no name may be the
 * beginning of anything, where servers hang up at once; it is a proof where one waits. */
static gboolean
is_no_mail (const PosternFacts *facts)
{
  static const char *const mail[] = { "SMTP", "POP3", "IMAP", NULL };

  if (facts->counter != POSTERN_COUNTER_NOT_TLS && facts->counter != POSTERN_COUNTER_PLAIN)
    return FALSE;
  if (facts->counter_protocol != NULL)
    return !is_one_of (facts->counter_protocol, mail);
  return facts->counter_heard != NULL && facts->failure->first_event < 0 &&
         g_str_has_prefix (facts->failure->code, "timeout.");
}

/* The port closed, or kept silent, where it was asked for TLS, and speaks in plain text. */
static gboolean
is_plain (const PosternFacts *facts)
{
  static const char *const codes[] = { "tls.closed", "timeout.tls", "timeout.total", NULL };

  return facts->plan->tls == POSTERN_TLS_START_IMPLICIT && facts->tls == NULL &&
         facts->counter == POSTERN_COUNTER_PLAIN && facts->failure->step == POSTERN_STEP_TLS &&
         is_one_of (facts->failure->code, codes);
}

/* A server without the key shows its certificate, which nobody asked for; one that has another key,
 * or none and no suite for any, breaks off. */
static gboolean
is_shared_key_unknown (const PosternFacts *facts)
{
  static const char *const codes[] = { "tls.no-common-cipher", "tls.handshake", "tls.closed",
                                       NULL };

  return facts->plan->tls_policy->shared_key != NULL &&
         (g_str_has_prefix (facts->failure->code, "cert.") ||
          is_one_of (facts->failure->code, codes));
}

static const char *
refined_code (const PosternFacts *facts)
{
  const PosternFailure *failure = facts->failure;
  const char *code;

  if (facts->plan->tls != POSTERN_TLS_START_IMPLICIT && ended_before_greeting (failure))
    {
      if (facts->counter == POSTERN_COUNTER_TLS)
        return "tls.implicit-expected";
      if (is_no_mail (facts))
        return "greeting.other-protocol";
      /* A server that drips its greeting is slow, not silent. */
      if (facts->counter == POSTERN_COUNTER_NOT_TLS && failure->first_event < 0 &&
          g_str_has_prefix (failure->code, "timeout."))
        return "greeting.silent";
    }
  if (is_plain (facts))
    return "tls.plain-first";
  /* After a STARTTLS the server has said that it will speak TLS. */
  if (facts->plan->tls != POSTERN_TLS_START_IMPLICIT &&
      strcmp (failure->code, "tls.plain-first") == 0)
    return "tls.handshake";
  if (is_shared_key_unknown (facts))
    return "tls.shared-key";
  /* A driver that only starts TLS has no credentials that could be incomplete. */
  if (failure->step == POSTERN_STEP_STARTTLS && strcmp (failure->code, "auth.local") == 0)
    return "settings.driver-parameters";
  if (g_str_has_prefix (failure->code, "cert.") && postern_cert_cause_refine (facts) != NULL)
    return postern_cert_cause_refine (facts);
  code = postern_refusal_classify (failure);
  if (strcmp (code, "auth.token-refused") == 0 && facts->token_code != NULL)
    return facts->token_code;
  return code;
}

/**
 * postern_diagnosis_refine:
 * @facts: a run that failed
 *
 * Replaces the code of the failure by the most exact one that the facts prove.
 *
 * Returns: (transfer full): the first cause
 */
PosternFailure *
postern_diagnosis_refine (const PosternFacts *facts)
{
  PosternFailure *refined = postern_failure_copy (facts->failure);

  refined->code = refined_code (facts);
  if (facts->counter_protocol != NULL && refined->detail == NULL)
    refined->detail = g_strdup (facts->counter_protocol);
  return refined;
}

/* Whether the TLS options are those of the account, or nobody's: then it can change them. A file
 * has them else. */
gboolean
postern_diagnosis_owns_options (const PosternPlan *plan)
{
  const char *source = g_hash_table_lookup (plan->sources, "tls_options");
  const char *profile = g_hash_table_lookup (plan->sources, "tls_profile");

  if (profile != NULL)
    return g_str_has_prefix (profile, "account");

  return g_strcmp0 (source, "account") == 0 || g_strcmp0 (source, "default") == 0;
}

PosternFinding *
postern_diagnosis_new_finding (const PosternFacts *facts,
                               const char *code,
                               PosternSeverity severity,
                               const char *text)
{
  g_autofree char *safe = postern_redactor_apply (facts->redactor, text, strlen (text), NULL);

  return postern_finding_new (code, severity, postern_catalogue_get_title (code), safe);
}

static void
add_first_cause (const PosternFacts *facts, GPtrArray *findings)
{
  const PosternFailure *failure = facts->failure;
  g_autofree char *text = postern_explanation_for (facts);
  PosternFinding *finding =
    postern_diagnosis_new_finding (facts, failure->code, POSTERN_SEVERITY_ERROR, text);

  postern_finding_set_evidence (finding, failure->first_event, failure->last_event);
  postern_cert_findings_complete (facts, finding);
  postern_explanation_remedies (facts, finding);
  g_ptr_array_add (findings, finding);
}

/* What reached the server was not what was sent, as it seems; what it said of it is the cause. */
static void
add_lost_command (const PosternFacts *facts, GPtrArray *findings)
{
  PosternFinding *finding;

  if (!postern_port_starttls_was_lost (facts))
    return;

  finding = postern_diagnosis_new_finding (
    facts, "middlebox.mangled", POSTERN_SEVERITY_WARNING,
    _ ("The server listed STARTTLS, and then did not know the command: something on the way may "
       "have overwritten it, as firewalls do that inspect mail."));
  postern_finding_set_evidence (finding, facts->failure->first_event, facts->failure->last_event);
  postern_port_add_middlebox_remedies (facts, finding);
  g_ptr_array_add (findings, finding);
}

static gboolean
address_failed (const PosternAddress *address)
{
  return address->state == POSTERN_ADDRESS_REFUSED || address->state == POSTERN_ADDRESS_TIMEOUT ||
         address->state == POSTERN_ADDRESS_UNREACHABLE;
}

static void
add_broken_family (const PosternFacts *facts, GPtrArray *findings)
{
  const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
  gboolean connected = FALSE;

  for (guint i = 0; i < facts->addresses->len; i++)
    connected |=
      ((PosternAddress *) facts->addresses->pdata[i])->state == POSTERN_ADDRESS_CONNECTED;
  if (!connected)
    return;

  for (gsize f = 0; f < G_N_ELEMENTS (families); f++)
    {
      const PosternAddress *broken = NULL;
      gboolean all_failed = TRUE;

      for (guint i = 0; i < facts->addresses->len; i++)
        {
          const PosternAddress *address = facts->addresses->pdata[i];

          if (address->family != families[f])
            continue;
          if (address_failed (address))
            broken = address;
          else
            all_failed = FALSE;
        }
      if (broken != NULL && all_failed)
        {
          g_autofree char *text =
            g_strdup_printf (families[f] == G_SOCKET_FAMILY_IPV4
                               ? _ ("The name has IPv4 addresses, but %s did not accept a "
                                    "connection. A client that uses IPv4 alone fails here.")
                               : _ ("The name has IPv6 addresses, but %s did not accept a "
                                    "connection. A client that uses IPv6 alone fails here."),
                             broken->address);

          g_ptr_array_add (findings,
                           postern_diagnosis_new_finding (facts, "connect.family-broken",
                                                          POSTERN_SEVERITY_WARNING, text));
        }
    }
}

/* Whether somebody was to log on. A client certificate that may do so, where the server wants it,
 * is nobody yet. */
static gboolean
plan_authenticates (PosternPlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = plan->steps->pdata[i];

      if (step->kind == POSTERN_PLAN_AUTHENTICATE &&
          (step->mandatory || step->driver != NULL || step->user != NULL))
        return TRUE;
    }
  return FALSE;
}

/* One line of EHLO or CAPA, one word of CAPABILITY. */
static gboolean
offers_password (const char *capability)
{
  const char *const whole[] = { "USER", "AUTH=PLAIN", "AUTH=LOGIN", NULL };
  g_autofree char *upper = g_ascii_strup (capability, -1);
  g_auto (GStrv) words = g_strsplit (upper, " ", -1);
  const char *const *mechanisms = (const char *const *) words;

  if (g_strv_contains (whole, upper))
    return TRUE;
  if (words[0] == NULL || (strcmp (words[0], "AUTH") != 0 && strcmp (words[0], "SASL") != 0))
    return FALSE;
  return g_strv_contains (mechanisms + 1, "PLAIN") || g_strv_contains (mechanisms + 1, "LOGIN");
}

static gboolean
lists (const char *const *capabilities, const char *name)
{
  for (gsize i = 0; capabilities != NULL && capabilities[i] != NULL; i++)
    if (g_ascii_strcasecmp (capabilities[i], name) == 0)
      return TRUE;
  return FALSE;
}

/* Passwords that may be sent before TLS begins are there to be read for whoever can keep a client
 * from starting it. IMAP's LOGIN is listed where it may not be used (RFC 9051 section 6.2.3). */
static gboolean
offers_passwords_in_clear (const PosternFacts *facts)
{
  const char *const *capabilities = facts->clear_capabilities;

  if (facts->tls_capabilities == NULL || facts->preauthenticated)
    return FALSE;
  for (gsize i = 0; capabilities != NULL && capabilities[i] != NULL; i++)
    if (offers_password (capabilities[i]))
      return TRUE;
  return facts->plan->protocol == POSTERN_PROTOCOL_IMAP &&
         (lists (capabilities, "IMAP4rev1") || lists (capabilities, "IMAP4rev2")) &&
         !lists (capabilities, "LOGINDISABLED");
}

static void
add_notes (const PosternFacts *facts, GPtrArray *findings)
{
  if (facts->password_note != NULL)
    g_ptr_array_add (findings,
                     postern_diagnosis_new_finding (facts, "auth.password-encoding",
                                                    POSTERN_SEVERITY_INFO, facts->password_note));
  if (offers_passwords_in_clear (facts))
    g_ptr_array_add (
      findings, postern_diagnosis_new_finding (
                  facts, "auth.clear-text-offered", POSTERN_SEVERITY_INFO,
                  _ ("Before TLS began the server offered to take a password as it is. A program "
                     "that does not insist on TLS can be made to send it so.")));
}

/**
 * postern_diagnosis_run:
 * @facts: a run that has ended; its failure, if any, refined already
 * @findings: (element-type PosternFinding): what was found is appended, the first cause first
 */
void
postern_diagnosis_run (const PosternFacts *facts, GPtrArray *findings)
{
  if (facts->failure != NULL)
    add_first_cause (facts, findings);
  add_lost_command (facts, findings);
  postern_cert_findings_add (facts, findings);
  add_broken_family (facts, findings);

  if (facts->starttls_skipped)
    g_ptr_array_add (
      findings, postern_diagnosis_new_finding (
                  facts, "starttls.skipped", POSTERN_SEVERITY_WARNING,
                  _ ("TLS was optional and the server did not offer STARTTLS, so everything went "
                     "over the network in clear text. Make STARTTLS mandatory to prevent this.")));

  if (facts->preauthenticated)
    g_ptr_array_add (
      findings, postern_diagnosis_new_finding (
                  facts, "auth.unchecked", POSTERN_SEVERITY_WARNING,
                  _ ("The server greeted with PREAUTH: it took the session for logged on by other "
                     "means, such as the address. User name and password were not checked.")));
  else if (facts->failure == NULL && !facts->authenticated && plan_authenticates (facts->plan))
    g_ptr_array_add (
      findings, postern_diagnosis_new_finding (
                  facts, "auth.unchecked", POSTERN_SEVERITY_WARNING,
                  _ ("Logging on was optional and the server did not offer it, so the session went "
                     "on without. No credentials were checked.")));

  add_notes (facts, findings);
}
