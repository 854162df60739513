/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <glib/gi18n.h>
#include <openssl/err.h>

/* Purpose: which of the path may issue certificates (RFC 5280, sections 4.2.1.3 and 4.2.1.9). */

typedef struct
{
  gboolean present;
  gboolean ca;
  glong max_below; /* -1: any number */
} BasicConstraints;

static BasicConstraints
read_constraints (X509 *x509)
{
  BASIC_CONSTRAINTS *given = X509_get_ext_d2i (x509, NID_basic_constraints, NULL, NULL);
  BasicConstraints constraints = { .max_below = -1 };

  if (given != NULL)
    {
      constraints.present = TRUE;
      constraints.ca = given->ca != 0;
      if (given->pathlen != NULL)
        constraints.max_below = MAX (ASN1_INTEGER_get (given->pathlen), 0);
    }
  BASIC_CONSTRAINTS_free (given);
  ERR_clear_error ();

  return constraints;
}

static void
look_at_issuer (PosternLook *look, const PosternPathLink *link, guint n_below)
{
  X509 *x509 = postern_certificate_peek_x509 (link->certificate);
  BasicConstraints constraints = read_constraints (x509);
  const char *label = postern_look_get_label (link);
  char *text = NULL;

  /* A trusted certificate of version 1 cannot say what it is. */
  if (link->anchor && X509_get_version (x509) == X509_VERSION_1)
    return;

  if (X509_get_version (x509) == X509_VERSION_1)
    text = g_strdup_printf (_ ("“%s” issued a certificate of the chain, but is of version 1, which "
                               "cannot say that it is the certificate of an authority."),
                            label);
  else if (!constraints.present)
    text = g_strdup_printf (_ ("“%s” issued a certificate of the chain, but has no basic "
                               "constraints that say it is the certificate of an authority."),
                            label);
  else if (!constraints.ca)
    text = g_strdup_printf (_ ("“%s” issued a certificate of the chain, but is not the certificate "
                               "of an authority: its basic constraints say so."),
                            label);
  else if ((postern_look_get_key_usage (x509) & KU_KEY_CERT_SIGN) == 0)
    text = g_strdup_printf (_ ("“%s” issued a certificate of the chain, but its key may not sign "
                               "certificates: its key usage lacks keyCertSign."),
                            label);
  else if (constraints.max_below >= 0 && n_below > (gulong) constraints.max_below)
    text = g_strdup_printf (_ ("“%s” allows %ld authorities below it (its path length), but the "
                               "chain has %u there."),
                            label, constraints.max_below, n_below);

  if (text != NULL)
    postern_look_add (look, "cert.not-a-ca", link, "verify_server", text);
}

/* An authority that renews its key may certify itself; that does not count. */
void
postern_look_at_authorities (PosternLook *look)
{
  guint n_below = 0;

  for (guint i = 1; i < look->path->n_links; i++)
    {
      const PosternPathLink *link = &look->path->links[i];

      look_at_issuer (look, link, n_below);
      if (!postern_certificate_is_self_issued (link->certificate))
        n_below++;
    }
}
