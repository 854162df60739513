/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-cert-fault.h"

#include <string.h>

/* What is not named here is a question of trust. */
static const struct
{
  const char *code;
  PosternCertAspect aspect;
} aspects[] = {
  { "cert.name-mismatch", POSTERN_CERT_ASPECT_NAME },
  { "cert.no-san", POSTERN_CERT_ASPECT_NAME },
  { "cert.name-constraints", POSTERN_CERT_ASPECT_NAME },
  { "cert.expired", POSTERN_CERT_ASPECT_TIME },
  { "cert.not-yet-valid", POSTERN_CERT_ASPECT_TIME },
  { "cert.expires-soon", POSTERN_CERT_ASPECT_TIME },
  { "cert.clock", POSTERN_CERT_ASPECT_TIME },
  { "cert.wrong-purpose", POSTERN_CERT_ASPECT_PURPOSE },
  { "cert.not-a-ca", POSTERN_CERT_ASPECT_PURPOSE },
  { "cert.weak-key", POSTERN_CERT_ASPECT_STRENGTH },
  { "cert.weak-signature", POSTERN_CERT_ASPECT_STRENGTH },
  { "cert.incomplete-chain", POSTERN_CERT_ASPECT_ORDER },
  { "cert.chain-order", POSTERN_CERT_ASPECT_ORDER },
  { "cert.chain-too-long", POSTERN_CERT_ASPECT_ORDER },
  { "cert.revoked", POSTERN_CERT_ASPECT_REVOCATION },
  { "cert.must-staple", POSTERN_CERT_ASPECT_REVOCATION },
  { "cert.staple-invalid", POSTERN_CERT_ASPECT_REVOCATION },
  { "cert.staple-stale", POSTERN_CERT_ASPECT_REVOCATION },
  { "cert.staple-unknown", POSTERN_CERT_ASPECT_REVOCATION },
};

static PosternCertAspect
find_aspect (const char *code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (aspects); i++)
    if (strcmp (aspects[i].code, code) == 0)
      return aspects[i].aspect;

  return g_str_has_prefix (code, "cert.crl-") ? POSTERN_CERT_ASPECT_REVOCATION
                                              : POSTERN_CERT_ASPECT_TRUST;
}

/**
 * postern_cert_fault_new:
 * @code: (transfer none): a static string
 * @governed_by: (transfer none): a static string
 * @text: (transfer full): one translated sentence
 */
PosternCertFault *
postern_cert_fault_new (const char *code, guint certificate, const char *governed_by, char *text)
{
  PosternCertFault *self = g_new0 (PosternCertFault, 1);

  self->code = code;
  self->aspect = find_aspect (code);
  self->certificate = certificate;
  self->governed_by = governed_by;
  self->text = text;

  return self;
}

void
postern_cert_fault_free (PosternCertFault *self)
{
  if (self == NULL)
    return;

  g_free (self->text);
  g_free (self->missing_subject);
  g_free (self->missing_key_id);
  g_free (self->missing_uri);
  g_free (self);
}

/**
 * postern_cert_fault_is_coverable:
 *
 * Returns: whether an exception for the server's certificate, or for its key, makes up for it
 */
gboolean
postern_cert_fault_is_coverable (const PosternCertFault *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  switch (self->aspect)
    {
    case POSTERN_CERT_ASPECT_TRUST:
      /* Names of what cannot be read, or not be understood, are no certificate to know again. */
      return strcmp (self->code, "cert.malformed") != 0 &&
             (self->certificate > 0 || strcmp (self->code, "cert.critical-extension") != 0);

    case POSTERN_CERT_ASPECT_NAME:
    case POSTERN_CERT_ASPECT_TIME:
    case POSTERN_CERT_ASPECT_ORDER:
      return TRUE;

    case POSTERN_CERT_ASPECT_PURPOSE:
    case POSTERN_CERT_ASPECT_STRENGTH:
      return self->certificate > 0 || self->in_store;

    case POSTERN_CERT_ASPECT_REVOCATION:
    default:
      return FALSE;
    }
}
