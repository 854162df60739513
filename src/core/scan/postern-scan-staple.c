/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan-staple.h"

#include "tls/postern-staple.h"

#include <glib/gi18n.h>
#include <gnutls/ocsp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

static GDateTime *
to_date (time_t seconds)
{
  return seconds == (time_t) -1 ? NULL : g_date_time_new_from_unix_utc (seconds);
}

PosternScanStaple *
postern_scan_staple_new (GBytes *response)
{
  PosternScanStaple *self = g_new0 (PosternScanStaple, 1);
  gnutls_ocsp_resp_t ocsp = NULL;
  time_t this_update = -1;
  time_t next_update = -1;
  gnutls_datum_t der;
  gsize length;

  self->response = g_bytes_ref (response);
  der.data = (unsigned char *) g_bytes_get_data (response, &length);
  der.size = (unsigned int) length;
  if (gnutls_ocsp_resp_init (&ocsp) < 0)
    return self;
  if (gnutls_ocsp_resp_import (ocsp, &der) == 0 &&
      gnutls_ocsp_resp_get_single (ocsp, 0, NULL, NULL, NULL, NULL, NULL, &this_update,
                                   &next_update, NULL, NULL) == 0)
    {
      self->this_update = to_date (this_update);
      self->next_update = to_date (next_update);
    }
  gnutls_ocsp_resp_deinit (ocsp);
  return self;
}

void
postern_scan_staple_free (PosternScanStaple *self)
{
  g_bytes_unref (self->response);
  g_clear_pointer (&self->this_update, g_date_time_unref);
  g_clear_pointer (&self->next_update, g_date_time_unref);
  g_free (self);
}

static X509 *
read_certificate (GBytes *der)
{
  gsize length;
  const unsigned char *bytes = g_bytes_get_data (der, &length);
  X509 *certificate = d2i_X509 (NULL, &bytes, (long) length);

  ERR_clear_error ();
  return certificate;
}

/* Whether the names fit, and the key is the one that signed: others may have the same name. */
static gboolean
is_issuer (X509 *candidate, X509 *certificate)
{
  gboolean is = X509_check_issued (candidate, certificate) == X509_V_OK &&
                X509_verify (certificate, X509_get0_pubkey (candidate)) == 1;

  ERR_clear_error ();
  return is;
}

/* Among what the server sent. */
static X509 *
find_issuer (GPtrArray *ders, X509 *certificate)
{
  for (guint i = 0; i < ders->len; i++)
    {
      X509 *candidate = read_certificate (g_ptr_array_index (ders, i));

      if (candidate != NULL && is_issuer (candidate, certificate))
        return candidate;
      X509_free (candidate);
    }
  return NULL;
}

PosternStapleState
postern_scan_staple_judge (const PosternScanChain *chain, gint64 now, char **reason)
{
  X509 *first;
  X509 *issuer;
  PosternStapleState state = POSTERN_STAPLE_UNCHECKED;

  *reason = NULL;
  if (chain->staple == NULL)
    return POSTERN_STAPLE_NONE;
  first = read_certificate (g_ptr_array_index (chain->ders, 0));
  issuer = first != NULL ? find_issuer (chain->ders, first) : NULL;
  if (issuer != NULL)
    state = postern_staple_judge (chain->staple->response, first, issuer, now, reason);
  else
    *reason = g_strdup (_ ("The server did not send the issuer’s certificate."));
  X509_free (first);
  X509_free (issuer);
  return state;
}
