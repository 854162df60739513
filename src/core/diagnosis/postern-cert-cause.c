/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-cert-cause.h"

#include "diagnosis/postern-cert-advice.h"
#include "diagnosis/postern-interceptor.h"
#include "diagnosis/postern-server-date.h"

#include <glib/gi18n.h>
#include <string.h>

#define DAY (24 * 60 * 60)

/* How it is known that a clock is wrong. */
typedef enum
{
  CLOCK_NOT_KNOWN,
  CLOCK_BEFORE_BUILD, /* it shows a time before there was this program */
  CLOCK_BEHIND,       /* the server's own clock agrees with its certificates */
  CLOCK_DOUBTFUL,     /* so it does, but the server's may as well have stopped */
} ClockProof;

static gboolean
is_code (const PosternCertFault *fault, const char *code)
{
  return strcmp (fault->code, code) == 0;
}

/* How many faults of a kind the chain has, whether they refuse it or are hidden. */
static guint
count_faults (const PosternFacts *facts, const char *code)
{
  guint n = 0;

  for (guint i = 0; i < facts->tls->faults->len; i++)
    {
      const PosternCertFault *fault = facts->tls->faults->pdata[i];

      n += (!fault->warning || fault->hidden) && is_code (fault, code) ? 1 : 0;
    }
  return n;
}

static gboolean
is_valid_at (PosternCertificate *certificate, gint64 when)
{
  GDateTime *from = postern_certificate_get_not_before (certificate);
  GDateTime *until = postern_certificate_get_not_after (certificate);

  return from != NULL && until != NULL && g_date_time_to_unix (from) <= when &&
         when <= g_date_time_to_unix (until);
}

static gboolean
all_valid_at (const PosternFacts *facts, gint64 when)
{
  GPtrArray *path =
    facts->tls->path != NULL && facts->tls->path->len > 0 ? facts->tls->path : facts->tls->chain;

  for (guint i = 0; i < path->len; i++)
    if (!is_valid_at (path->pdata[i], when))
      return FALSE;
  return path->len > 0;
}

static gint64
server_time (const PosternFacts *facts)
{
  return facts->greeting != NULL ? postern_server_date_find (facts->greeting) : 0;
}

/* A claim that every fault of dates would vanish were the clock right needs proof: that these are
 * of one kind, and a witness. A server that says a time before this program was built is none. */
static ClockProof
prove_clock (const PosternFacts *facts)
{
  guint n_early, n_late;
  gint64 server;

  if (facts->tls == NULL || facts->now == 0)
    return CLOCK_NOT_KNOWN;

  n_early = count_faults (facts, "cert.not-yet-valid");
  n_late = count_faults (facts, "cert.expired");
  server = server_time (facts);
  if (n_early > 0 && n_late == 0 && facts->now < facts->built)
    return CLOCK_BEFORE_BUILD;
  if (server == 0 || server < facts->built || !all_valid_at (facts, server))
    return CLOCK_NOT_KNOWN;
  if (n_early > 0 && n_late == 0 && server > facts->now)
    return CLOCK_BEHIND;
  if (n_late > 0 && n_early == 0 && facts->now - server > DAY)
    return CLOCK_DOUBTFUL;
  return CLOCK_NOT_KNOWN;
}

/* Faults that leave it open who vouches for the chain. */
static const char *const trust_codes[] = { "cert.untrusted-root", "cert.incomplete-chain",
                                           "cert.self-signed", "cert.bad-signature", NULL };

static gboolean
is_trusted (const PosternFacts *facts)
{
  for (gsize i = 0; trust_codes[i] != NULL; i++)
    if (count_faults (facts, trust_codes[i]) > 0)
      return FALSE;
  return TRUE;
}

/**
 * postern_cert_cause_refine:
 * @facts: a run whose certificate was refused
 *
 * Returns: (nullable): the code of what is behind that, where it is known
 */
const char *
postern_cert_cause_refine (const PosternFacts *facts)
{
  const char *code = facts->failure->code;
  ClockProof proof;
  guint certificate;

  if (facts->tls == NULL)
    return NULL;
  if (g_strv_contains (trust_codes, code) &&
      postern_interceptor_find (facts->tls, &certificate) != NULL)
    return "cert.intercepted";

  proof = prove_clock (facts);
  if ((strcmp (code, "cert.not-yet-valid") == 0 || strcmp (code, "cert.expired") == 0) &&
      (proof == CLOCK_BEFORE_BUILD || proof == CLOCK_BEHIND))
    return "cert.clock";
  return NULL;
}

static char *
format_time (gint64 when)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (when);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M UTC") : g_strdup ("?");
}

/* Whether a right clock alone would not do. */
static gboolean
is_refused_besides (const PosternFacts *facts)
{
  for (guint i = 0; i < facts->tls->faults->len; i++)
    {
      const PosternCertFault *fault = facts->tls->faults->pdata[i];

      if ((!fault->warning || fault->hidden) && fault->aspect != POSTERN_CERT_ASPECT_TIME)
        return TRUE;
    }
  return FALSE;
}

static char *
explain_clock (const PosternFacts *facts)
{
  g_autofree char *now = format_time (facts->now);
  g_autofree char *built = format_time (facts->built);
  g_autofree char *server = format_time (server_time (facts));

  switch (prove_clock (facts))
    {
    case CLOCK_BEFORE_BUILD:
      return g_strdup_printf (
        is_refused_besides (facts)
          ? _ ("The clock of this computer shows %s. That is before this program was built, on %s, "
               "so the clock is wrong; that the certificates are not valid yet is one reason of "
               "several why they are refused.")
          : _ ("The clock of this computer shows %s. That is before this program was built, on %s, "
               "so the clock is wrong; the certificates are refused only because they are not "
               "valid yet."),
        now, built);
    case CLOCK_BEHIND:
      return g_strdup_printf (_ ("The clock of this computer shows %s. The server’s own clock, as "
                                 "it says in its greeting, shows %s, and at that time all of its "
                                 "certificates are valid. Nobody vouches for a greeting, so look "
                                 "at another clock before you set this one."),
                              now, server);
    case CLOCK_DOUBTFUL:
      return g_strdup_printf (_ ("The clock of this computer shows %s, the server’s own clock, as "
                                 "it says in its greeting, %s. One of them is wrong: if it is this "
                                 "computer’s, the certificate has not expired."),
                              now, server);
    case CLOCK_NOT_KNOWN:
    default:
      return g_strdup ("");
    }
}

static char *
explain_interceptor (const PosternFacts *facts)
{
  guint certificate = 0;
  const char *product = postern_interceptor_find (facts->tls, &certificate);
  PosternCertificate *own;

  if (product == NULL)
    return g_strdup ("");
  own = facts->tls->chain->pdata[0];
  return g_strdup_printf (
    is_trusted (facts)
      ? _ ("The certificate was issued by “%s”, of %s, which is made to open TLS connections and "
           "look into them. Its authority is trusted here, so it can read everything that goes "
           "over this connection, the password too; the server’s own certificate is not seen.")
      : _ ("The certificate was issued by “%s”, of %s, which is made to open TLS connections and "
           "look into them. It stands between here and the server, whose own certificate is not "
           "seen, and would read the password."),
    postern_certificate_get_issuer (own), product);
}

char *
postern_cert_cause_explain (const PosternFacts *facts, const char *code)
{
  if (strcmp (code, "cert.clock") == 0)
    return explain_clock (facts);
  return explain_interceptor (facts);
}

static gboolean
is_told (const PosternFacts *facts, const char *code)
{
  return facts->failure != NULL && strcmp (facts->failure->code, code) == 0;
}

static void
add_warning (
  const PosternFacts *facts, GPtrArray *findings, const char *code, const char *text, guint index)
{
  PosternFinding *finding =
    postern_diagnosis_new_finding (facts, code, POSTERN_SEVERITY_WARNING, text);

  postern_finding_set_certificate (finding, (int) index, NULL);
  postern_cert_advice_add (finding);
  g_ptr_array_add (findings, finding);
}

/* What is not the first cause is worth a warning: an authority of an interceptor that is trusted,
 * or a clock that may be the server's. */
void
postern_cert_cause_add (const PosternFacts *facts, GPtrArray *findings)
{
  guint certificate = 0;

  if (!is_told (facts, "cert.intercepted") &&
      postern_interceptor_find (facts->tls, &certificate) != NULL)
    {
      g_autofree char *text = explain_interceptor (facts);

      add_warning (facts, findings, "cert.intercepted", text, certificate);
    }
  if (!is_told (facts, "cert.clock") && prove_clock (facts) != CLOCK_NOT_KNOWN)
    {
      g_autofree char *text = explain_clock (facts);

      add_warning (facts, findings, "cert.clock", text, 0);
    }
}
