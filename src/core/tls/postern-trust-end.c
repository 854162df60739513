/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <string.h>

/* Trust: where the path ends, and who signed what. */

static char *
read_ca_issuers (X509 *x509)
{
  AUTHORITY_INFO_ACCESS *infos = X509_get_ext_d2i (x509, NID_info_access, NULL, NULL);
  char *uri = NULL;

  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num (infos) && uri == NULL; i++)
    {
      const ACCESS_DESCRIPTION *info = sk_ACCESS_DESCRIPTION_value (infos, i);

      if (OBJ_obj2nid (info->method) == NID_ad_ca_issuers && info->location->type == GEN_URI)
        uri = postern_printable (
          (const char *) ASN1_STRING_get0_data (info->location->d.uniformResourceIdentifier),
          (gsize) ASN1_STRING_length (info->location->d.uniformResourceIdentifier));
    }
  AUTHORITY_INFO_ACCESS_free (infos);
  ERR_clear_error ();

  return uri;
}

static char *
read_key_id (X509 *x509)
{
  const ASN1_OCTET_STRING *id = X509_get0_authority_key_id (x509);
  GString *hex;

  if (id == NULL)
    return NULL;

  hex = g_string_new (NULL);
  for (int i = 0; i < ASN1_STRING_length (id); i++)
    g_string_append_printf (hex, "%02x", (guint) ASN1_STRING_get0_data (id)[i]);

  return g_string_free (hex, FALSE);
}

/* The issuer's certificate is nowhere. A root is seldom sent, so this is either a root that is not
 * trusted, or an intermediate certificate that the server leaves out; the certificate itself does
 * not say which. A server's certificate with the address of its issuer's certificate comes from a
 * public authority, and these never issue from a root; else the issuer's name may tell. */
static gboolean
issuer_is_intermediate (const PosternPathLink *last, const char *uri)
{
  static const char *const words[] = { "intermediate", "issuing", "subordinate", "sub ca",
                                       "sub-ca" };
  g_autofree char *issuer = g_utf8_strdown (postern_certificate_get_issuer (last->certificate), -1);

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (issuer, words[i]) != NULL)
      return TRUE;

  return last->index == 0 && uri != NULL;
}

/* What is known of the one that is missing, as a sentence of its own, or nothing. */
static char *
describe_missing (const char *key_id, const char *uri)
{
  if (key_id != NULL && uri != NULL)
    return g_strdup_printf (_ (" Its key identifier is %s, and it can be had at %s."), key_id, uri);
  if (key_id != NULL)
    return g_strdup_printf (_ (" Its key identifier is %s."), key_id);
  if (uri != NULL)
    return g_strdup_printf (_ (" It can be had at %s."), uri);

  return g_strdup ("");
}

static char *
join (char *first, const char *second)
{
  char *both = g_strconcat (first, second, NULL);

  g_free (first);

  return both;
}

static void
add_no_issuer (PosternLook *look, const PosternPathLink *last)
{
  X509 *x509 = postern_certificate_peek_x509 (last->certificate);
  const char *issuer = postern_certificate_get_issuer (last->certificate);
  const char *label = postern_look_get_label (last);
  g_autofree char *key_id = read_key_id (x509);
  g_autofree char *uri = read_ca_issuers (x509);
  g_autofree char *known = describe_missing (key_id, uri);
  const char *code = "cert.untrusted-root";
  PosternCertFault *fault;
  char *text;

  if (issuer_is_intermediate (last, uri))
    {
      code = "cert.incomplete-chain";
      text = g_strdup_printf (_ ("The server does not send the certificate of “%s”, which issued "
                                 "“%s”, and the trusted certificates do not hold it either."),
                              issuer, label);
    }
  else if (look->path->namesake)
    text = g_strdup_printf (_ ("The trusted certificates hold one with the name “%s”, but its key "
                               "did not sign “%s”: another authority of that name did, or the "
                               "certificate was altered."),
                            issuer, label);
  else
    text = g_strdup_printf (_ ("“%s” was issued by “%s”, which is not among the trusted "
                               "certificates and was not sent by the server."),
                            label, issuer);

  fault = postern_look_add (look, code, last, "verify_server", join (text, known));
  fault->missing_subject = g_strdup (issuer);
  fault->missing_key_id = g_steal_pointer (&key_id);
  fault->missing_uri = g_steal_pointer (&uri);
}

static void
add_unknown_root (PosternLook *look, const PosternPathLink *last)
{
  const char *label = postern_look_get_label (last);

  postern_look_add (
    look, "cert.untrusted-root", last, "verify_server",
    g_strdup_printf (look->path->namesake
                       ? _ ("The chain ends in “%s”, which is not among the trusted certificates: "
                            "they hold one with the same name and another key.")
                       : _ ("The chain ends in “%s”, which is not among the trusted certificates."),
                     label));
}

void
postern_look_at_end (PosternLook *look)
{
  const PosternPathLink *last = &look->path->links[look->path->n_links - 1];
  const char *label = postern_look_get_label (last);

  switch (look->path->end)
    {
    case POSTERN_PATH_NO_ISSUER:
      add_no_issuer (look, last);
      break;

    case POSTERN_PATH_SELF_SIGNED:
      postern_look_add (look, "cert.self-signed", last, "verify_server",
                        g_strdup_printf (_ ("The server’s certificate, “%s”, is signed by itself "
                                            "and is not among the trusted certificates."),
                                         label));
      break;

    case POSTERN_PATH_RING:
      postern_look_add (look, "cert.untrusted-root", last, "verify_server",
                        g_strdup_printf (_ ("The certificates that the server sends, up to “%s”, "
                                            "certify each other in a ring and lead to no trusted "
                                            "certificate."),
                                         label));
      break;

    case POSTERN_PATH_UNKNOWN_ROOT:
      add_unknown_root (look, last);
      break;

    case POSTERN_PATH_TRUSTED:
    default:
      break;
    }
}

/* Then the signature cannot hold, whoever made it; the form of the certificate is to blame. */
static gboolean
has_two_algorithms (const PosternPathLink *link)
{
  X509 *x509 = postern_certificate_peek_x509 (link->certificate);
  const X509_ALGOR *outer = NULL;

  X509_get0_signature (NULL, &outer, x509);

  return X509_ALGOR_cmp (X509_get0_tbs_sigalg (x509), outer) != 0;
}

static void
look_at_signature (PosternLook *look, const PosternPathLink *link, const PosternPathLink *issuer)
{
  const char *label = postern_look_get_label (link);
  const char *by = postern_look_get_label (issuer);

  if (link->signature == POSTERN_SIGNATURE_BAD && !has_two_algorithms (link))
    postern_look_add (look, "cert.bad-signature", link, "verify_server",
                      g_strdup_printf (_ ("The signature of “%s” was not made by the key of “%s”, "
                                          "its issuer: the certificate was altered, or is not from "
                                          "there."),
                                       label, by));
  else if (link->signature == POSTERN_SIGNATURE_UNKNOWN)
    postern_look_add (
      look, "cert.bad-signature", link, "verify_server",
      g_strdup_printf (_ ("The signature of “%s” by “%s” cannot be checked: its algorithm is %s."),
                       label, by, postern_certificate_get_signature (link->certificate)));

  if (link->other_key_id)
    postern_look_add (look, "cert.key-id-mismatch", link, "verify_server",
                      g_strdup_printf (_ ("“%s” names another key of its issuer than the one of "
                                          "“%s”, which signed it; clients do not find the issuer "
                                          "then."),
                                       label, by));
}

void
postern_look_at_signatures (PosternLook *look)
{
  const PosternPath *path = look->path;

  for (guint i = 0; i + 1 < path->n_links; i++)
    look_at_signature (look, &path->links[i], &path->links[i + 1]);

  if (path->links[path->n_links - 1].signature != POSTERN_SIGNATURE_GOOD)
    look_at_signature (look, &path->links[path->n_links - 1], &path->links[path->n_links - 1]);
}
