/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-tls-verdict.h"

#include <glib/gi18n.h>
#include <string.h>

static const struct
{
  const char *word;
  const char *title;
} aspect_names[POSTERN_N_CERT_ASPECTS] = {
  [POSTERN_CERT_ASPECT_TRUST] = { "trust", N_ ("Trust") },
  [POSTERN_CERT_ASPECT_NAME] = { "name", N_ ("Name") },
  [POSTERN_CERT_ASPECT_TIME] = { "time", N_ ("Time") },
  [POSTERN_CERT_ASPECT_PURPOSE] = { "purpose", N_ ("Purpose") },
  [POSTERN_CERT_ASPECT_STRENGTH] = { "strength", N_ ("Strength") },
  [POSTERN_CERT_ASPECT_ORDER] = { "order", N_ ("Order") },
  [POSTERN_CERT_ASPECT_REVOCATION] = { "revocation", N_ ("Revocation") },
};

static const struct
{
  const char *word;
  const char *title;
} state_names[] = {
  [POSTERN_VERDICT_NOT_CHECKED] = { "not-checked", N_ ("not checked") },
  [POSTERN_VERDICT_PASSED] = { "passed", N_ ("passed") },
  [POSTERN_VERDICT_WARNING] = { "warning", N_ ("warning") },
  [POSTERN_VERDICT_HIDDEN] = { "hidden", N_ ("failed, hidden by the settings") },
  [POSTERN_VERDICT_FAILED] = { "failed", N_ ("failed") },
};

static PosternVerdictState
state_of (const PosternCertFault *fault)
{
  if (fault->hidden)
    return POSTERN_VERDICT_HIDDEN;
  return fault->warning ? POSTERN_VERDICT_WARNING : POSTERN_VERDICT_FAILED;
}

/* The server's own certificate could be read: without it, nothing can be said. */
static gboolean
is_readable (PosternCertificate *own)
{
  return *postern_certificate_get_subject (own) != '\0' ||
         postern_certificate_get_not_after (own) != NULL;
}

/**
 * postern_tls_verdict_fill:
 * @self: (out caller-allocates): the verdict
 * @info: what TLS came to
 */
void
postern_tls_verdict_fill (PosternTlsVerdict *self, const PosternTlsInfo *info)
{
  gboolean looked =
    info->chain->len > 0 && !info->shared_key && is_readable (info->chain->pdata[0]);
  PosternVerdictState *trust = &self->states[POSTERN_CERT_ASPECT_TRUST];
  gboolean incomplete = FALSE;

  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    self->states[i] = looked ? POSTERN_VERDICT_PASSED : POSTERN_VERDICT_NOT_CHECKED;
  if (info->revocation.staple != POSTERN_STAPLE_GOOD && info->revocation.crl != POSTERN_CRL_GOOD)
    self->states[POSTERN_CERT_ASPECT_REVOCATION] = POSTERN_VERDICT_NOT_CHECKED;

  for (guint i = 0; i < info->faults->len; i++)
    {
      const PosternCertFault *fault = info->faults->pdata[i];
      PosternVerdictState *state = &self->states[fault->aspect];

      *state = MAX (*state, state_of (fault));
      incomplete |= strcmp (fault->code, "cert.incomplete-chain") == 0;
    }

  /* Whoever is at the other end of the gap is not known. */
  if (incomplete && *trust == POSTERN_VERDICT_PASSED)
    *trust = POSTERN_VERDICT_NOT_CHECKED;
}

const char *
postern_cert_aspect_to_word (PosternCertAspect aspect)
{
  return aspect_names[aspect].word;
}

const char *
postern_cert_aspect_get_title (PosternCertAspect aspect)
{
  return _ (aspect_names[aspect].title);
}

const char *
postern_verdict_state_to_word (PosternVerdictState state)
{
  return state_names[state].word;
}

const char *
postern_verdict_state_get_title (PosternVerdictState state)
{
  return _ (state_names[state].title);
}
