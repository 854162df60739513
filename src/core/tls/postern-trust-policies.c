/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

/* Certificate policies: nobody asks for one, but an authority may require that all certificates
 * below it have one (RFC 5280, section 4.2.1.11). */

static const PosternPathLink *
find_requiring (const PosternLook *look)
{
  for (guint i = 1; i < look->path->n_links; i++)
    {
      const PosternPathLink *link = &look->path->links[i];

      if (X509_get_ext_by_NID (postern_certificate_peek_x509 (link->certificate),
                               NID_policy_constraints, -1) >= 0)
        return link;
    }

  return NULL;
}

void
postern_look_at_policies (PosternLook *look)
{
  const PosternPathLink *requiring = find_requiring (look);
  STACK_OF (X509) * certificates;
  X509_POLICY_TREE *tree = NULL;
  int required = 0;

  if (requiring == NULL)
    return;

  certificates = sk_X509_new_null ();
  for (guint i = 0; i < look->path->n_links; i++)
    sk_X509_push (certificates, postern_certificate_peek_x509 (look->path->links[i].certificate));
  if (X509_policy_check (&tree, &required, certificates, NULL, 0) != X509_PCY_TREE_VALID ||
      (required && tree == NULL))
    postern_look_add (look, "cert.critical-extension", requiring, "verify_server",
                      g_strdup_printf (_ ("“%s” requires a certificate policy of all that is "
                                          "issued below it (its policy constraints), and the "
                                          "chain has none that holds throughout."),
                                       postern_look_get_label (requiring)));
  X509_policy_tree_free (tree);
  sk_X509_free (certificates);
  ERR_clear_error ();
}
