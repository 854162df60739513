/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <glib/gi18n.h>
#include <openssl/err.h>

/* Purpose: what the keys of the path may be used for. */

#define MAX_SHOWN 8

static gboolean
lists (const EXTENDED_KEY_USAGE *usages, int nid)
{
  for (int i = 0; i < sk_ASN1_OBJECT_num (usages); i++)
    if (OBJ_obj2nid (sk_ASN1_OBJECT_value (usages, i)) == nid)
      return TRUE;

  return FALSE;
}

static char *
list_purposes (const EXTENDED_KEY_USAGE *usages)
{
  GString *list = g_string_new (NULL);

  for (int i = 0; i < MIN (sk_ASN1_OBJECT_num (usages), MAX_SHOWN); i++)
    {
      g_autofree char *text = postern_look_oid_to_text (sk_ASN1_OBJECT_value (usages, i));

      g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", text);
    }
  if (sk_ASN1_OBJECT_num (usages) > MAX_SHOWN)
    g_string_append (list, ", …");

  return g_string_free (list, FALSE);
}

/* RFC 5280, section 4.2.1.12, leaves it to the program whether this will do. For OpenSSL, and so
 * for Uniface, it does not. */
static void
add_any (PosternLook *look, const PosternPathLink *link)
{
  char *text = g_strdup_printf (_ ("The extended key usage of “%s” lists anyExtendedKeyUsage in "
                                   "place of serverAuth; clients that use OpenSSL refuse that."),
                                postern_look_get_label (link));

  /* GnuTLS refuses it in the certificate of an authority. */
  if (look->policy->cn_fallback || link != look->path->links)
    postern_look_add (look, "cert.wrong-purpose", link, "verify_server", text);
  else
    postern_look_warn (look, "cert.wrong-purpose", link, "verify_server", text);
}

static void
look_at_extended (PosternLook *look, const PosternPathLink *link)
{
  EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i (postern_certificate_peek_x509 (link->certificate),
                                                 NID_ext_key_usage, NULL, NULL);
  const char *label = postern_look_get_label (link);

  if (usages != NULL && sk_ASN1_OBJECT_num (usages) == 0)
    postern_look_add (look, "cert.wrong-purpose", link, "verify_server",
                      g_strdup_printf (_ ("The certificate “%s” is meant for nothing: its extended "
                                          "key usage is empty."),
                                       label));
  else if (usages != NULL && !lists (usages, NID_server_auth) &&
           lists (usages, NID_anyExtendedKeyUsage))
    add_any (look, link);
  else if (usages != NULL && !lists (usages, NID_server_auth))
    {
      g_autofree char *purposes = list_purposes (usages);

      postern_look_add (
        look, "cert.wrong-purpose", link, "verify_server",
        g_strdup_printf (link->index == 0
                           ? _ ("The certificate “%s” is not meant for servers: its extended key "
                                "usage lists %s, and not serverAuth.")
                           : _ ("The authority “%s” may not issue certificates for servers: its "
                                "extended key usage lists %s, and not serverAuth."),
                         label, purposes));
    }
  sk_ASN1_OBJECT_pop_free (usages, ASN1_OBJECT_free);
  ERR_clear_error ();
}

static char *
list_key_usage (guint32 usage)
{
  static const struct
  {
    guint32 bit;
    const char *name;
  } names[] = {
    { KU_DIGITAL_SIGNATURE, "digitalSignature" },
    { KU_NON_REPUDIATION, "nonRepudiation" },
    { KU_KEY_ENCIPHERMENT, "keyEncipherment" },
    { KU_DATA_ENCIPHERMENT, "dataEncipherment" },
    { KU_KEY_AGREEMENT, "keyAgreement" },
    { KU_KEY_CERT_SIGN, "keyCertSign" },
    { KU_CRL_SIGN, "cRLSign" },
    { KU_ENCIPHER_ONLY, "encipherOnly" },
    { KU_DECIPHER_ONLY, "decipherOnly" },
  };
  GString *list = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if ((usage & names[i].bit) != 0)
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", names[i].name);

  return g_string_free (list, FALSE);
}

/* RFC 8446, 4.4.2.2; so also every cipher suite of TLS 1.2 with forward secrecy. */
static void
look_at_key_usage (PosternLook *look, const PosternPathLink *own)
{
  guint32 usage = postern_look_get_key_usage (postern_certificate_peek_x509 (own->certificate));
  g_autofree char *list = list_key_usage (usage);

  if ((usage & KU_DIGITAL_SIGNATURE) == 0)
    postern_look_add (look, "cert.wrong-purpose", own, "verify_server",
                      g_strdup_printf (_ ("The key of “%s” may not sign, as the key of a TLS "
                                          "server must: its key usage (%s) lacks "
                                          "digitalSignature."),
                                       postern_look_get_label (own), *list != '\0' ? list : "-"));
}

void
postern_look_at_purpose (PosternLook *look)
{
  const PosternPath *path = look->path;

  for (guint i = 0; i < path->n_links; i++)
    if (i == 0 || !path->links[i].anchor)
      look_at_extended (look, &path->links[i]);

  /* That the server's own is one of an authority is allowed. */
  look_at_key_usage (look, &path->links[0]);
}
