/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include "tls/postern-peer-name.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
find_odd_name_cb (gnutls_x509_subject_alt_name_t type,
                  const char *bytes,
                  gsize length,
                  gpointer user_data)
{
  char **found = user_data;
  g_autofree char *text = g_strndup (bytes, length);

  if (type != GNUTLS_SAN_DNSNAME ||
      (strlen (text) == length && *text != '\0' && *text != '.' && g_str_is_ascii (text) &&
       strpbrk (text, " /@:") == NULL && strstr (text, "..") == NULL))
    return FALSE;
  *found = postern_printable (bytes, length);

  return TRUE;
}

static void
look_for_odd_names (PosternLook *look, const PosternPathLink *own)
{
  g_autofree char *odd = NULL;

  if (strchr (look->matched_name, '_') != NULL)
    postern_look_warn (look, "cert.not-conforming", own, "verify_server",
                       g_strdup_printf (_ ("“%s” holds an underscore, which a host name may not "
                                           "(RFC 5280, 4.2.1.6); some clients refuse that."),
                                        look->matched_name));
  if (postern_certificate_find_san (own->certificate, find_odd_name_cb, &odd))
    postern_look_warn (look, "cert.not-conforming", own, "verify_server",
                       g_strdup_printf (_ ("“%s” also names “%s”, which is no DNS name."),
                                        postern_look_get_label (own), odd));
}

/* Name: whom the server's certificate is for. */
void
postern_look_at_name (PosternLook *look)
{
  const PosternPathLink *own = &look->path->links[0];
  PosternCertificate *certificate = own->certificate;
  gboolean cn_would_match = FALSE;
  g_autofree char *wanted = NULL, *given = NULL, *reason = NULL;

  look->matched_name =
    postern_peer_name_find (certificate, look->policy, look->host, &cn_would_match);
  if (look->matched_name != NULL)
    {
      look_for_odd_names (look, own);
      return;
    }

  wanted = postern_peer_name_wanted (look->policy, look->host);
  if (cn_would_match && *postern_certificate_get_dns_names (certificate) == NULL &&
      *postern_certificate_get_ip_addresses (certificate) == NULL)
    {
      postern_look_add (look, "cert.no-san", own, "verify_server_name",
                        g_strdup_printf (_ ("The certificate names “%s” only as its common name, "
                                            "which no longer counts; it needs a subject "
                                            "alternative name."),
                                         wanted));
      return;
    }

  given = postern_peer_name_describe (certificate);
  reason = postern_peer_name_explain (certificate, look->policy, look->host);
  postern_look_add (look, "cert.name-mismatch", own, "verify_server_name",
                    g_strdup_printf (_ ("The certificate is for %s, not for %s.%s"), given, wanted,
                                     reason != NULL ? reason : ""));
}
