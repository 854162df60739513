/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-crl.h"

#include "tls/postern-staple.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define SKEW (5 * 60) /* s by which clocks may differ */

/* What a list can tell of a certificate that is not on it. */
typedef enum
{
  SCOPE_OTHER,   /* nothing: it is about others */
  SCOPE_PARTIAL, /* nothing: not everybody is on it */
  SCOPE_FULL,    /* that it is not revoked */
} Scope;

/* Where several lists are at hand, the newer one is right; of two of the same time, the one that
 * has the certificate on it. */
typedef struct
{
  gint64 listed; /* thisUpdate; 0: on none */
  gint64 clear;
  gint64 due;  /* nextUpdate of the newest that has it not */
  gint64 when; /* of the revocation */
  int why;
} Newest;

GPtrArray *
postern_crl_list_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) X509_CRL_free);
}

gboolean
postern_crl_read (GBytes *bytes, GPtrArray *crls)
{
  gsize length = 0;
  const unsigned char *data = g_bytes_get_data (bytes, &length);
  guint before = crls->len;
  gboolean whole;
  BIO *bio;
  X509_CRL *crl;

  if (length == 0)
    return FALSE;

  bio = BIO_new_mem_buf (data, (int) length);
  while ((crl = PEM_read_bio_X509_CRL (bio, NULL, NULL, NULL)) != NULL)
    g_ptr_array_add (crls, crl);
  BIO_free (bio);
  whole = ERR_GET_REASON (ERR_peek_last_error ()) == PEM_R_NO_START_LINE;
  ERR_clear_error ();

  if (crls->len == before && (crl = d2i_X509_CRL (NULL, &data, (long) length)) != NULL)
    g_ptr_array_add (crls, crl);
  else if (crls->len == before)
    whole = FALSE;
  ERR_clear_error ();

  return whole;
}

/* NULL: it is the issuer's word. */
static char *
find_fault (X509_CRL *crl, X509 *issuer, gint64 now)
{
  gint64 from = postern_time_of_asn1 (X509_CRL_get0_lastUpdate (crl));

  if (issuer == NULL)
    return g_strdup (_ ("The certificate of the issuer, with which to check its signature, is not "
                        "at hand."));
  if (X509_CRL_verify (crl, X509_get0_pubkey (issuer)) != 1)
    return g_strdup (_ ("Its signature was not made by the key of the issuer."));
  if ((X509_get_key_usage (issuer) & KU_CRL_SIGN) == 0)
    return g_strdup (_ ("The key of the issuer may not sign such lists."));
  if (from > now + SKEW)
    {
      g_autofree char *date = postern_time_format (from);

      return g_strdup_printf (_ ("It counts from %s on."), date);
    }

  return NULL;
}

/* RFC 5280, 5.2: whoever does not know a critical extension must not conclude that a certificate
 * is not revoked. Those that make a list incomplete are critical as well. */
static gboolean
has_unknown_critical (X509_CRL *crl)
{
  for (int i = 0; i < X509_CRL_get_ext_count (crl); i++)
    {
      X509_EXTENSION *extension = X509_CRL_get_ext (crl, i);
      int nid = OBJ_obj2nid (X509_EXTENSION_get_object (extension));

      if (X509_EXTENSION_get_critical (extension) && nid != NID_issuing_distribution_point &&
          nid != NID_authority_key_identifier && nid != NID_crl_number)
        return TRUE;
    }

  return FALSE;
}

static Scope
get_scope (X509_CRL *crl, X509 *certificate)
{
  gboolean ca = X509_check_ca (certificate) > 0;
  int critical = -1;
  ISSUING_DIST_POINT *point =
    X509_CRL_get_ext_d2i (crl, NID_issuing_distribution_point, &critical, NULL);
  Scope scope = has_unknown_critical (crl) || critical == -2 ? SCOPE_PARTIAL : SCOPE_FULL;

  if (point == NULL)
    return critical >= 0 ? SCOPE_PARTIAL : scope; /* there, but unreadable */

  if ((point->onlyuser > 0 && ca) || (point->onlyCA > 0 && !ca) || point->onlyattr > 0)
    scope = SCOPE_OTHER;
  else if (point->onlysomereasons != NULL || point->distpoint != NULL)
    scope = SCOPE_PARTIAL;
  ISSUING_DIST_POINT_free (point);

  return scope;
}

static int
get_reason (X509_REVOKED *entry)
{
  ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i (entry, NID_crl_reason, NULL, NULL);
  int why = reason != NULL ? (int) ASN1_ENUMERATED_get (reason) : -1;

  ASN1_ENUMERATED_free (reason);

  return why;
}

static void
look_at_list (Newest *newest, X509_CRL *crl, X509 *certificate)
{
  gint64 from = MAX (postern_time_of_asn1 (X509_CRL_get0_lastUpdate (crl)), 1);
  const ASN1_TIME *next = X509_CRL_get0_nextUpdate (crl);
  Scope scope = get_scope (crl, certificate);
  X509_REVOKED *entry = NULL;
  int found = scope != SCOPE_OTHER ? X509_CRL_get0_by_cert (crl, &entry, certificate) : 0;

  if (found == 1 && from > newest->listed)
    {
      newest->listed = from;
      newest->when = postern_time_of_asn1 (X509_REVOKED_get0_revocationDate (entry));
      newest->why = get_reason (entry);
    }
  if (found == 0 && scope == SCOPE_FULL && from > newest->clear)
    newest->clear = from;
  if (scope != SCOPE_OTHER && next != NULL)
    newest->due = MAX (newest->due, postern_time_of_asn1 (next));
  else if (scope != SCOPE_OTHER)
    newest->due = G_MAXINT64;
}

static void
conclude (PosternCrlVerdict *self, const Newest *newest, gint64 now)
{
  gboolean revoked = newest->listed != 0 && newest->listed >= newest->clear;
  gboolean expired = newest->due != 0 && newest->due < now - SKEW;

  if (revoked)
    {
      g_autofree char *date = postern_time_format (newest->when);
      const char *why = newest->why >= 0 ? OCSP_crl_reason_str (newest->why) : NULL;

      self->revoked = why != NULL ? g_strdup_printf (_ ("It was revoked on %s (%s)."), date, why)
                                  : g_strdup_printf (_ ("It was revoked on %s."), date);
    }
  if (expired)
    self->expired = postern_time_format (newest->due);
  self->good = !revoked && !expired && newest->clear != 0;
}

void
postern_crl_judge (
  PosternCrlVerdict *self, GPtrArray *crls, X509 *certificate, X509 *issuer, gint64 now)
{
  Newest newest = { 0 };

  for (guint i = 0; i < crls->len; i++)
    {
      X509_CRL *crl = crls->pdata[i];
      char *fault;

      if (X509_NAME_cmp (X509_CRL_get_issuer (crl), X509_get_issuer_name (certificate)) != 0)
        continue;

      fault = find_fault (crl, issuer, now);
      if (fault == NULL)
        look_at_list (&newest, crl, certificate);
      else if (self->invalid == NULL)
        self->invalid = fault;
      else
        g_free (fault);
    }

  conclude (self, &newest, now);
  ERR_clear_error ();
}

void
postern_crl_verdict_clear (PosternCrlVerdict *self)
{
  g_clear_pointer (&self->revoked, g_free);
  g_clear_pointer (&self->expired, g_free);
  g_clear_pointer (&self->invalid, g_free);
}
