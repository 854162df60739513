/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-repair.h"

#include "model/postern-fingerprint.h"
#include "tls/postern-certificate-private.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <gnutls/x509.h>

#define MAX_URIS 8

static char *
read_key_id (gnutls_x509_crt_t crt)
{
  guchar bytes[128];
  size_t size = sizeof bytes;
  GString *hex;

  if (gnutls_x509_crt_get_authority_key_id (crt, bytes, &size, NULL) < 0)
    return NULL;

  hex = g_string_new (NULL);
  for (size_t i = 0; i < size; i++)
    g_string_append_printf (hex, "%02x", (guint) bytes[i]);

  return g_string_free (hex, FALSE);
}

static GStrv
read_ca_issuers (gnutls_x509_crt_t crt)
{
  g_autoptr(GStrvBuilder) uris = g_strv_builder_new ();

  for (unsigned int i = 0; i < MAX_URIS; i++)
    {
      gnutls_datum_t uri = { NULL, 0 };
      int result =
        gnutls_x509_crt_get_authority_info_access (crt, i, GNUTLS_IA_CAISSUERS_URI, &uri, NULL);

      if (result >= 0)
        {
          g_autofree char *text = postern_printable ((const char *) uri.data, uri.size);

          g_strv_builder_add (uris, text);
          gnutls_free (uri.data);
        }
      else if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        {
          break;
        }
    }

  return g_strv_builder_end (uris);
}

PosternMissing *
postern_missing_new (PosternCertificate *certificate)
{
  PosternMissing *self = g_new0 (PosternMissing, 1);
  gnutls_x509_crt_t crt = postern_certificate_peek (certificate);

  self->below = g_strdup (postern_certificate_get_label (certificate));
  self->issuer = g_strdup (postern_certificate_get_issuer (certificate));
  self->key_id = read_key_id (crt);
  self->ca_issuers = read_ca_issuers (crt);

  return self;
}

void
postern_missing_free (PosternMissing *self)
{
  if (self == NULL)
    return;

  g_free (self->below);
  g_free (self->issuer);
  g_free (self->key_id);
  g_strfreev (self->ca_issuers);
  g_free (self);
}

/**
 * postern_missing_describe:
 *
 * Returns: (transfer full): whose certificate is missing, how to know it, and where it can be had
 */
char *
postern_missing_describe (const PosternMissing *self)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("“%s” was issued by “%s”, whose certificate is needed"),
                          self->below, self->issuer);
  if (self->key_id != NULL)
    g_string_append_printf (text, _ (" (its key identifier is %s)"), self->key_id);
  g_string_append_c (text, '.');
  if (self->ca_issuers[0] != NULL)
    {
      g_autofree char *uris = g_strjoinv (", ", self->ca_issuers);

      g_string_append_printf (text, _ (" According to “%s” it can be had from %s."), self->below,
                              uris);
    }

  return g_string_free (text, FALSE);
}

static void
add_faults (GString *text, GPtrArray *faults)
{
  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);

      g_string_append_printf (text, " %s", fault->text);
    }
}

/* Where the root was found that nobody here trusts. */
static const char *
name_origin (const PosternPoolItem *item)
{
  if (item->file != NULL)
    return item->file;

  return _ ("what the server sent");
}

static void
describe_untrusted (const PosternTrustRepair *self, GString *text)
{
  PosternCertificate *root = self->root->certificate;
  g_autofree char *sum = postern_fingerprint_format (postern_certificate_get_sha256 (root));

  if (self->path->len == 1)
    g_string_append_printf (text,
                            _ ("The server’s certificate “%s” is signed by itself, and is not "
                               "trusted here. Its SHA-256 fingerprint is %s: trust it only if the "
                               "server’s administrator tells the same."),
                            postern_certificate_get_label (root), sum);
  else
    g_string_append_printf (text,
                            _ ("The chain is complete and ends in “%s” (found in %s), which is "
                               "not trusted here. Its SHA-256 fingerprint is %s: trust it only if "
                               "the authority or the administrator tells the same."),
                            postern_certificate_get_label (root), name_origin (self->root), sum);
  if (self->faults->len > 0)
    {
      g_string_append (text, _ (" Trusting it would not be enough:"));
      add_faults (text, self->faults);
    }
}

static void
describe_proven (const PosternTrustRepair *self, GString *text)
{
  const PosternPoolItem *end = self->path->pdata[self->path->len - 1];

  g_string_append_printf (text, _ ("The server’s certificate verifies with “%s”."),
                          postern_certificate_get_label (end->certificate));
  for (guint i = 1; i + 1 < self->path->len; i++)
    {
      const PosternPoolItem *item = self->path->pdata[i];

      if ((item->origins & POSTERN_ORIGIN_SENT) == 0)
        g_string_append_printf (text, _ (" The server does not send “%s”, which is needed, too."),
                                postern_certificate_get_label (item->certificate));
    }
}

/* Whether the certificates lead to one that is trusted, and what is wrong is something else. */
static gboolean
leads_to_trust (const PosternTrustRepair *self)
{
  for (guint i = 0; i < self->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (self->faults, i);

      if (fault->aspect == POSTERN_CERT_ASPECT_TRUST || fault->aspect == POSTERN_CERT_ASPECT_ORDER)
        return FALSE;
    }

  return self->path->len > 0;
}

static void
describe_faults (const PosternTrustRepair *self, GString *text)
{
  const PosternPoolItem *end = self->path->len > 0 ? self->path->pdata[self->path->len - 1] : NULL;

  if (leads_to_trust (self))
    g_string_append_printf (text,
                            _ ("The certificates lead to “%s”, and trust is not what is amiss. No "
                               "certificate mends what remains:"),
                            postern_certificate_get_label (end->certificate));
  else
    g_string_append (text, _ ("No certificate mends this:"));
  add_faults (text, self->faults);
}

char *
postern_trust_repair_describe (const PosternTrustRepair *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *missing = NULL;

  switch (self->state)
    {
    case POSTERN_REPAIR_PROVEN:
      describe_proven (self, text);
      break;

    case POSTERN_REPAIR_MISSING:
      missing = postern_missing_describe (self->missing);
      g_string_append_printf (text, _ ("%s It is not among the certificates at hand."), missing);
      break;

    case POSTERN_REPAIR_UNTRUSTED:
      describe_untrusted (self, text);
      break;

    case POSTERN_REPAIR_FAULTS:
    default:
      describe_faults (self, text);
      break;
    }

  return g_string_free (text, FALSE);
}
