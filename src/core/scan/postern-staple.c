/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-staple.h"

#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

static GDateTime *
to_date (time_t seconds)
{
  return seconds == (time_t) -1 ? NULL : g_date_time_new_from_unix_utc (seconds);
}

static const char *
word_of (gnutls_ocsp_cert_status_t status)
{
  switch (status)
    {
    case GNUTLS_OCSP_CERT_GOOD:
      return "good";

    case GNUTLS_OCSP_CERT_REVOKED:
      return "revoked";

    case GNUTLS_OCSP_CERT_UNKNOWN:
    default:
      return "unknown";
    }
}

static gnutls_x509_crt_t
read_certificate (GPtrArray *ders, guint index)
{
  gnutls_x509_crt_t crt = NULL;
  gnutls_datum_t der;
  gsize length;

  if (index >= ders->len || gnutls_x509_crt_init (&crt) < 0)
    return NULL;
  der.data = (unsigned char *) g_bytes_get_data (g_ptr_array_index (ders, index), &length);
  der.size = (unsigned int) length;
  if (gnutls_x509_crt_import (crt, &der, GNUTLS_X509_FMT_DER) == 0)
    return crt;
  gnutls_x509_crt_deinit (crt);
  return NULL;
}

static gboolean
is_signed_by (gnutls_ocsp_resp_t response, gnutls_x509_crt_t issuer)
{
  gnutls_x509_trust_list_t list = NULL;
  unsigned int wrong = 1;
  gboolean is_signed;

  if (gnutls_x509_trust_list_init (&list, 1) < 0)
    return FALSE;
  gnutls_x509_trust_list_add_cas (list, &issuer, 1, 0);
  is_signed = gnutls_ocsp_resp_verify (response, list, &wrong, 0) == 0 && wrong == 0;
  gnutls_x509_trust_list_deinit (list, 0);
  return is_signed;
}

/* Signed by the issuer, or by somebody whom the issuer certified for it (RFC 6960, 4.2.2.2), and
 * about this certificate. Without the issuer it is not known. */
static PosternScanAnswer
is_sound (gnutls_ocsp_resp_t response, GPtrArray *ders)
{
  gnutls_x509_crt_t leaf = read_certificate (ders, 0);
  gnutls_x509_crt_t issuer = read_certificate (ders, 1);
  PosternScanAnswer sound = POSTERN_SCAN_UNKNOWN;

  if (leaf != NULL && gnutls_ocsp_resp_check_crt (response, 0, leaf) < 0)
    sound = POSTERN_SCAN_NO;
  else if (leaf != NULL && issuer != NULL && gnutls_x509_crt_check_issuer (leaf, issuer) != 0)
    sound = is_signed_by (response, issuer) ? POSTERN_SCAN_YES : POSTERN_SCAN_NO;
  if (leaf != NULL)
    gnutls_x509_crt_deinit (leaf);
  if (issuer != NULL)
    gnutls_x509_crt_deinit (issuer);
  return sound;
}

PosternScanStaple *
postern_staple_read (GBytes *response, GPtrArray *ders)
{
  PosternScanStaple *self = g_new0 (PosternScanStaple, 1);
  gnutls_ocsp_resp_t ocsp = NULL;
  unsigned int status = 0;
  time_t this_update = -1;
  time_t next_update = -1;
  gnutls_datum_t der;
  gsize length;

  der.data = (unsigned char *) g_bytes_get_data (response, &length);
  der.size = (unsigned int) length;
  if (gnutls_ocsp_resp_init (&ocsp) < 0 || gnutls_ocsp_resp_import (ocsp, &der) < 0 ||
      gnutls_ocsp_resp_get_status (ocsp) != GNUTLS_OCSP_RESP_SUCCESSFUL ||
      gnutls_ocsp_resp_get_single (ocsp, 0, NULL, NULL, NULL, NULL, &status, &this_update,
                                   &next_update, NULL, NULL) < 0)
    self->status = g_strdup ("unreadable");
  else
    {
      self->status = g_strdup (word_of ((gnutls_ocsp_cert_status_t) status));
      self->this_update = to_date (this_update);
      self->next_update = to_date (next_update);
      self->sound = is_sound (ocsp, ders);
    }
  if (ocsp != NULL)
    gnutls_ocsp_resp_deinit (ocsp);
  return self;
}

void
postern_staple_free (PosternScanStaple *self)
{
  g_free (self->status);
  g_clear_pointer (&self->this_update, g_date_time_unref);
  g_clear_pointer (&self->next_update, g_date_time_unref);
  g_free (self);
}
