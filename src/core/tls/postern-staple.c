/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-staple.h"

#include "tls/postern-certificate-private.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <time.h>

#define SKEW (5 * 60)                                       /* s by which clocks may differ */
#define MAX_AGE (15 * G_TIME_SPAN_DAY / G_TIME_SPAN_SECOND) /* of a response without an end */

gint64
postern_time_of_asn1 (const ASN1_TIME *when)
{
  struct tm parts;

  if (when == NULL || ASN1_TIME_to_tm (when, &parts) != 1)
    return 0;

  return (gint64) timegm (&parts);
}

char *
postern_time_format (gint64 when)
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc (when);

  return date != NULL ? g_date_time_format (date, "%Y-%m-%d %H:%M UTC") : g_strdup ("?");
}

/* The answer about this certificate: named by its issuer's name and key, and its number. */
static OCSP_SINGLERESP *
find_single (OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer)
{
  for (int i = 0; i < OCSP_resp_count (basic); i++)
    {
      OCSP_SINGLERESP *single = OCSP_resp_get0 (basic, i);
      const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id (single);
      ASN1_OBJECT *algorithm = NULL;
      const EVP_MD *digest = NULL;
      OCSP_CERTID *own;
      gboolean same;

      if (OCSP_id_get0_info (NULL, &algorithm, NULL, NULL, (OCSP_CERTID *) id) == 1)
        digest = EVP_get_digestbyobj (algorithm);
      own = digest != NULL ? OCSP_cert_to_id (digest, certificate, issuer) : NULL;
      same = own != NULL && OCSP_id_cmp (own, id) == 0;
      OCSP_CERTID_free (own);
      if (same)
        return single;
    }

  return NULL;
}

/* RFC 6960, 4.2.2.2: who answers in the issuer's name was appointed by the issuer, with the same
 * key that signed the certificate, for this and nothing else. */
static gboolean
is_appointed (X509 *signer, X509 *issuer, gint64 now)
{
  return X509_check_issued (issuer, signer) == X509_V_OK &&
         postern_x509_is_signed_by (signer, issuer) &&
         (X509_get_extension_flags (signer) & EXFLAG_XKUSAGE) != 0 &&
         (X509_get_extended_key_usage (signer) & XKU_OCSP_SIGN) != 0 &&
         postern_time_of_asn1 (X509_get0_notBefore (signer)) <= now + SKEW &&
         postern_time_of_asn1 (X509_get0_notAfter (signer)) >= now - SKEW;
}

/* NULL: by one who may say so. */
static char *
find_fault_of_signer (OCSP_BASICRESP *basic, X509 *issuer, gint64 now)
{
  STACK_OF (X509) *others = sk_X509_new_null ();
  X509 *signer = NULL;
  char *fault = NULL;

  sk_X509_push (others, issuer);
  if (OCSP_resp_get0_signer (basic, &signer, others) != 1)
    fault = g_strdup (_ ("It is not known who signed it."));
  else if (X509_cmp (signer, issuer) != 0 && !is_appointed (signer, issuer, now))
    fault = g_strdup (_ ("Whoever signed it is not the issuer of the certificate, nor appointed by "
                         "the issuer to answer."));
  else if (OCSP_basic_verify (basic, others, NULL, OCSP_NOVERIFY) != 1)
    fault = g_strdup (_ ("Its signature is wrong."));
  sk_X509_free (others);

  return fault;
}

static PosternStapleState
judge_time (const ASN1_GENERALIZEDTIME *this_update,
            const ASN1_GENERALIZEDTIME *next_update,
            gint64 now,
            char **reason)
{
  gint64 from = postern_time_of_asn1 (this_update);
  gint64 until = next_update != NULL ? postern_time_of_asn1 (next_update) : from + MAX_AGE;
  g_autofree char *date = postern_time_format (from > now + SKEW ? from : until);

  if (from > now + SKEW)
    *reason = g_strdup_printf (_ ("It counts from %s on."), date);
  else if (until < now - SKEW)
    *reason = g_strdup_printf (_ ("It counted until %s."), date);
  else
    return POSTERN_STAPLE_GOOD;

  return POSTERN_STAPLE_STALE;
}

/* Its signer was looked at by now. Who is revoked stays revoked, however old the word is. */
static PosternStapleState
judge_single (OCSP_SINGLERESP *single, gint64 now, char **reason)
{
  ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
  int why = OCSP_REVOKED_STATUS_NOSTATUS;
  g_autofree char *date = NULL;

  switch (OCSP_single_get0_status (single, &why, &revoked, &this_update, &next_update))
    {
    case V_OCSP_CERTSTATUS_GOOD:
      return judge_time (this_update, next_update, now, reason);

    case V_OCSP_CERTSTATUS_REVOKED:
      date = postern_time_format (postern_time_of_asn1 (revoked));
      *reason =
        why == OCSP_REVOKED_STATUS_NOSTATUS
          ? g_strdup_printf (_ ("It was revoked on %s."), date)
          : g_strdup_printf (_ ("It was revoked on %s (%s)."), date, OCSP_crl_reason_str (why));
      return POSTERN_STAPLE_REVOKED;

    default:
      *reason = g_strdup (_ ("The responder does not know the certificate."));
      return POSTERN_STAPLE_UNKNOWN;
    }
}

static PosternStapleState
judge_basic (OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer, gint64 now, char **reason)
{
  OCSP_SINGLERESP *single = find_single (basic, certificate, issuer);

  if (single == NULL)
    *reason = g_strdup (_ ("It is about another certificate."));
  else
    *reason = find_fault_of_signer (basic, issuer, now);

  return *reason != NULL ? POSTERN_STAPLE_INVALID : judge_single (single, now, reason);
}

static PosternStapleState
judge_response (OCSP_RESPONSE *response, X509 *certificate, X509 *issuer, gint64 now, char **reason)
{
  int status = OCSP_response_status (response);
  OCSP_BASICRESP *basic;
  PosternStapleState state;

  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    {
      *reason = g_strdup_printf (_ ("The responder answered “%s” to whoever asked."),
                                 OCSP_response_status_str (status));
      return POSTERN_STAPLE_UNKNOWN;
    }

  basic = OCSP_response_get1_basic (response);
  if (basic == NULL)
    {
      *reason = g_strdup (_ ("It cannot be read."));
      return POSTERN_STAPLE_INVALID;
    }
  state = judge_basic (basic, certificate, issuer, now, reason);
  OCSP_BASICRESP_free (basic);

  return state;
}

PosternStapleState
postern_staple_judge (GBytes *response, X509 *certificate, X509 *issuer, gint64 now, char **reason)
{
  gsize length = 0;
  const unsigned char *bytes = g_bytes_get_data (response, &length);
  const unsigned char *at = bytes;
  OCSP_RESPONSE *read = bytes != NULL ? d2i_OCSP_RESPONSE (NULL, &at, (long) length) : NULL;
  PosternStapleState state;

  *reason = NULL;
  if (read == NULL || at != bytes + length)
    {
      *reason = g_strdup (_ ("It cannot be read."));
      state = POSTERN_STAPLE_INVALID;
    }
  else
    {
      state = judge_response (read, certificate, issuer, now, reason);
    }
  OCSP_RESPONSE_free (read);
  ERR_clear_error ();

  return state;
}
