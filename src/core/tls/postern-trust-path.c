/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-path.h"

#include "tls/postern-certificate-private.h"

#include <string.h>

static void
append (PosternPath *self, PosternCertificate *certificate, guint index, gboolean anchor)
{
  PosternPathLink *link = &self->links[self->n_links++];

  link->certificate = g_object_ref (certificate);
  link->index = index;
  link->anchor = anchor;
}

/* Whether the key of @issuer made the signature, whatever else there is to say. */
static gboolean
signature_is_from (gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
  unsigned int status = 0;
  unsigned int flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                       GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_CA_SIGN |
                       GNUTLS_VERIFY_DO_NOT_ALLOW_SAME | GNUTLS_VERIFY_ALLOW_BROKEN;

  if (gnutls_x509_crt_verify (crt, &issuer, 1, flags, &status) < 0)
    return FALSE;

  return (status & (GNUTLS_CERT_SIGNATURE_FAILURE | GNUTLS_CERT_SIGNER_NOT_FOUND)) == 0;
}

static PosternCertificate *
find_anchor (PosternTrustStore *store, gnutls_x509_crt_t crt, gboolean *other_key)
{
  gnutls_x509_crt_t issuer = postern_trust_store_find_issuer (store, crt);
  gnutls_datum_t datum = { NULL, 0 };
  PosternCertificate *anchor = NULL;

  if (issuer == NULL)
    return NULL;

  *other_key = !signature_is_from (crt, issuer);
  if (!*other_key && gnutls_x509_crt_export2 (issuer, GNUTLS_X509_FMT_DER, &datum) >= 0)
    {
      g_autoptr(GBytes) der = g_bytes_new (datum.data, datum.size);

      anchor = postern_certificate_new_from_der (der, NULL);
      gnutls_free (datum.data);
    }
  gnutls_x509_crt_deinit (issuer);

  return anchor;
}

static int
find_sent (GPtrArray *chain, const gboolean *used, PosternCertificate *certificate, gboolean *ring)
{
  gnutls_x509_crt_t crt = postern_certificate_peek (certificate);

  for (guint i = 0; i < chain->len; i++)
    {
      PosternCertificate *candidate = g_ptr_array_index (chain, i);

      if (candidate == certificate ||
          !gnutls_x509_crt_check_issuer (crt, postern_certificate_peek (candidate)))
        continue;
      if (!used[i])
        return (int) i;
      *ring = TRUE;
    }

  return -1;
}

static gboolean
is_in_order (const PosternPath *self, guint n_chain)
{
  for (guint i = 0; i < self->n_links; i++)
    if (self->links[i].index != i && i < n_chain && !self->links[i].anchor)
      return FALSE;

  return TRUE;
}

void
postern_path_build (PosternPath *self, GPtrArray *chain, PosternTrustStore *store)
{
  gboolean used[POSTERN_MAX_CHAIN] = { TRUE };
  PosternCertificate *certificate = g_ptr_array_index (chain, 0);
  guint index = 0;
  gboolean ring = FALSE, other_key = FALSE;

  memset (self, 0, sizeof *self);

  for (guint i = 0; i < POSTERN_MAX_CHAIN; i++)
    {
      gnutls_x509_crt_t crt = postern_certificate_peek (certificate);
      gboolean trusted = postern_trust_store_contains (store, crt);
      g_autoptr(PosternCertificate) anchor = NULL;
      int next;

      append (self, certificate, index, trusted);
      self->end = POSTERN_PATH_TRUSTED;
      if (trusted)
        break;

      anchor = find_anchor (store, crt, &other_key);
      if (anchor != NULL)
        {
          append (self, anchor, index, TRUE);
          break;
        }

      self->end = index == 0 ? POSTERN_PATH_SELF_SIGNED : POSTERN_PATH_UNKNOWN_ROOT;
      if (postern_certificate_is_self_issued (certificate))
        break;

      next = find_sent (chain, used, certificate, &ring);
      self->end = ring ? POSTERN_PATH_RING : POSTERN_PATH_NO_ISSUER;
      if (next < 0)
        break;

      index = (guint) next;
      used[index] = TRUE;
      certificate = g_ptr_array_index (chain, index);
    }

  if (other_key && self->end != POSTERN_PATH_TRUSTED)
    self->end = POSTERN_PATH_OTHER_KEY;
  self->in_order = is_in_order (self, chain->len);
}

void
postern_path_clear (PosternPath *self)
{
  for (guint i = 0; i < self->n_links; i++)
    g_clear_object (&self->links[i].certificate);
  self->n_links = 0;
}
