/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-revocation.h"

#include "tls/postern-cert-fault.h"
#include "tls/postern-certificate-private.h"
#include "tls/postern-crl.h"
#include "tls/postern-staple.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#define FEATURE_STATUS_REQUEST 5 /* RFC 7633 names extensions of TLS by their numbers */

typedef struct
{
  PosternRevocation *result;
  const PosternPath *path;
  GPtrArray *chain;
  PosternTrustStore *store;
  GPtrArray *staples;
  gint64 now;
  GPtrArray *faults;
} Look;

static X509 *
read_x509 (PosternCertificate *certificate)
{
  X509 *x509 = postern_certificate_peek_x509 (certificate);

  if (x509 != NULL)
    X509_up_ref (x509);

  return x509;
}

/* Where the path ends with it, the issuer may still be in the store. */
static X509 *
find_in_store (Look *look, X509 *certificate)
{
  GPtrArray *namesakes = postern_trust_store_find (look->store, X509_get_issuer_name (certificate));

  for (guint i = 0; namesakes != NULL && i < namesakes->len; i++)
    {
      X509 *issuer = postern_anchor_peek_x509 (namesakes->pdata[i]);

      if (issuer != NULL && postern_x509_is_signed_by (certificate, issuer))
        {
          X509_up_ref (issuer);
          return issuer;
        }
    }
  ERR_clear_error ();

  return NULL;
}

static gboolean
is_root (X509 *certificate)
{
  return X509_self_signed (certificate, 0) == 1 &&
         postern_x509_is_signed_by (certificate, certificate);
}

/* The one whose key signed it, or NULL. */
static X509 *
find_issuer (Look *look, guint i, X509 *certificate)
{
  const PosternPathLink *link = &look->path->links[i];
  X509 *issuer;

  if (X509_self_signed (certificate, 0) == 1)
    issuer = read_x509 (link->certificate);
  else if (i + 1 < look->path->n_links)
    issuer = read_x509 (look->path->links[i + 1].certificate);
  else
    issuer = find_in_store (look, certificate);
  if (issuer != NULL && postern_x509_is_signed_by (certificate, issuer))
    return issuer;

  X509_free (issuer);
  ERR_clear_error ();

  return NULL;
}

static const char *
get_issuer_label (Look *look, guint i)
{
  const PosternPathLink *links = look->path->links;

  return i + 1 < look->path->n_links ? postern_certificate_get_label (links[i + 1].certificate)
                                     : postern_certificate_get_issuer (links[i].certificate);
}

static gboolean
was_sent (Look *look, const PosternPathLink *link)
{
  return link->index < look->chain->len &&
         postern_certificate_equal (look->chain->pdata[link->index], link->certificate);
}

static PosternCertFault *
add_fault (Look *look, const PosternPathLink *link, const char *code, char *text)
{
  PosternCertFault *fault = postern_cert_fault_new (code, link->index, "verify_server", text);

  fault->in_store = !was_sent (look, link);
  g_ptr_array_add (look->faults, fault);

  return fault;
}

static void
add_warning (Look *look, const PosternPathLink *link, const char *code, char *text)
{
  add_fault (look, link, code, text)->warning = TRUE;
}

static void
add_revoked (Look *look, const PosternPathLink *link, const char *format, const char *reason)
{
  for (guint i = 0; i < look->faults->len; i++)
    {
      const PosternCertFault *fault = look->faults->pdata[i];

      if (strcmp (fault->code, "cert.revoked") == 0 && fault->certificate == link->index)
        return; /* once is enough */
    }

  add_fault (look, link, "cert.revoked",
             g_strdup_printf (format, postern_certificate_get_label (link->certificate),
                              postern_certificate_get_serial (link->certificate), reason));
}

/* Lists */

static void
take_crl_state (Look *look, PosternCrlState state)
{
  look->result->crl = MAX (look->result->crl, state);
}

static void
look_at_lists (Look *look, guint i, X509 *certificate, X509 *issuer)
{
  const PosternPathLink *link = &look->path->links[i];
  const char *label = get_issuer_label (look, i);
  g_auto (PosternCrlVerdict) verdict = { NULL };

  postern_crl_judge (&verdict, look->store->crls, certificate, issuer, look->now);
  if (verdict.good && i == 0)
    take_crl_state (look, POSTERN_CRL_GOOD);

  if (verdict.revoked != NULL)
    {
      take_crl_state (look, POSTERN_CRL_REVOKED);
      add_revoked (look, link,
                   _ ("The certificate “%s” (serial number %s) is on the list of revoked "
                      "certificates of its issuer. %s"),
                   verdict.revoked);
    }
  if (verdict.expired != NULL)
    {
      take_crl_state (look, POSTERN_CRL_EXPIRED);
      add_warning (look, link, "cert.crl-expired",
                   g_strdup_printf (_ ("The list of certificates that “%s” revoked is out of date: "
                                       "a new one was due on %s. Who was revoked since then is "
                                       "not on it."),
                                    label, verdict.expired));
    }
  if (verdict.invalid != NULL)
    {
      take_crl_state (look, POSTERN_CRL_INVALID);
      add_warning (look, link, "cert.crl-invalid",
                   g_strdup_printf (_ ("A list of certificates that “%s” is said to have revoked "
                                       "was not used. %s"),
                                    label, verdict.invalid));
    }
}

/* What the server stapled */

static PosternStapleState
look_at_staple (Look *look, const PosternPathLink *link, GBytes *staple, X509 *own, X509 *issuer)
{
  const char *label = postern_certificate_get_label (link->certificate);
  g_autofree char *reason = NULL;
  PosternStapleState state;

  if (issuer == NULL)
    return POSTERN_STAPLE_UNCHECKED;

  state = postern_staple_judge (staple, own, issuer, look->now, &reason);
  switch (state)
    {
    case POSTERN_STAPLE_REVOKED:
      add_revoked (look, link,
                   _ ("The certificate “%s” (serial number %s) is revoked, as the response says "
                      "that the server itself staples. %s"),
                   reason);
      break;

    case POSTERN_STAPLE_INVALID:
      add_fault (look, link, "cert.staple-invalid",
                 g_strdup_printf (_ ("What the server staples to “%s”, to prove that it is not "
                                     "revoked, proves nothing. %s"),
                                  label, reason));
      break;

    case POSTERN_STAPLE_STALE:
      add_warning (look, link, "cert.staple-stale",
                   g_strdup_printf (_ ("What the server staples to “%s”, to prove that it is not "
                                       "revoked, is out of date. %s"),
                                    label, reason));
      break;

    case POSTERN_STAPLE_UNKNOWN:
      add_warning (look, link, "cert.staple-unknown",
                   g_strdup_printf (_ ("What the server staples to “%s” does not say whether it is "
                                       "revoked. %s"),
                                    label, reason));
      break;

    case POSTERN_STAPLE_NONE:
    case POSTERN_STAPLE_GOOD:
    case POSTERN_STAPLE_UNCHECKED:
    default:
      break;
    }

  return state;
}

static gboolean
must_staple (X509 *certificate)
{
  TLS_FEATURE *features = X509_get_ext_d2i (certificate, NID_tlsfeature, NULL, NULL);
  gboolean must = FALSE;

  for (int i = 0; i < sk_ASN1_INTEGER_num (features); i++)
    must |= ASN1_INTEGER_get (sk_ASN1_INTEGER_value (features, i)) == FEATURE_STATUS_REQUEST;
  sk_ASN1_INTEGER_pop_free (features, ASN1_INTEGER_free);

  return must;
}

/* One that is no good has a fault of its own, and one that nobody can check is not missing. */
static void
look_for_missing_staple (Look *look, X509 *own)
{
  const PosternPathLink *link = &look->path->links[0];
  PosternStapleState state = look->result->staple;

  if (look->staples == NULL || !must_staple (own) || state == POSTERN_STAPLE_GOOD ||
      state == POSTERN_STAPLE_REVOKED || state == POSTERN_STAPLE_INVALID ||
      state == POSTERN_STAPLE_UNCHECKED)
    return;

  add_fault (look, link, "cert.must-staple",
             g_strdup_printf (_ ("The certificate “%s” demands that its server always proves that "
                                 "it is not revoked, by a stapled response, and the server sends "
                                 "none that counts. GnuTLS refuses this; programs that use OpenSSL "
                                 "accept it, as most do not ask for a response."),
                              postern_certificate_get_label (link->certificate)));
}

static GBytes *
find_staple (Look *look, const PosternPathLink *link)
{
  if (look->staples == NULL || link->index >= look->staples->len || !was_sent (look, link))
    return NULL;

  return look->staples->pdata[link->index];
}

static void
look_at_link (Look *look, guint i, X509 *certificate)
{
  const PosternPathLink *link = &look->path->links[i];
  GBytes *staple = find_staple (look, link);
  X509 *issuer = find_issuer (look, i, certificate);

  look_at_lists (look, i, certificate, issuer);
  if (staple != NULL)
    {
      PosternStapleState state = look_at_staple (look, link, staple, certificate, issuer);

      if (i == 0)
        look->result->staple = state;
    }
  if (i == 0)
    look_for_missing_staple (look, certificate);
  X509_free (issuer);
}

void
postern_revocation_judge (PosternRevocation *self,
                          const PosternPath *path,
                          GPtrArray *chain,
                          PosternTrustStore *store,
                          GPtrArray *staples,
                          gint64 now,
                          GPtrArray *faults)
{
  Look look = { self, path, chain, store, staples, now, faults };

  if (store->crls->len == 0 && staples == NULL)
    return;

  for (guint i = 0; i < path->n_links; i++)
    {
      X509 *certificate = read_x509 (path->links[i].certificate);

      /* Nobody asks about a root: who trusts it is the one to stop. */
      if (certificate != NULL && (i == 0 || !is_root (certificate)))
        look_at_link (&look, i, certificate);
      X509_free (certificate);
    }
  ERR_clear_error ();
}
