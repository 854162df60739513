/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <glib/gi18n.h>

/* Order and completeness: what was sent, beside the path and along it. */

#define MAX_TOLD 3

static gboolean
is_on_path (const PosternLook *look, guint index)
{
  for (guint i = 0; i < look->path->n_links; i++)
    if (look->path->links[i].sent && look->path->links[i].index == index)
      return TRUE;

  return FALSE;
}

/* The first place of the chain with these very bytes. */
static guint
find_first (const PosternLook *look, guint index)
{
  PosternCertificate *certificate = g_ptr_array_index (look->chain, index);

  for (guint i = 0; i < index; i++)
    if (postern_certificate_equal (g_ptr_array_index (look->chain, i), certificate))
      return i;

  return index;
}

/* By the names, and by the keys as far as they are told. */
static gboolean
could_issue (PosternCertificate *issuer, PosternCertificate *certificate)
{
  X509 *above = postern_certificate_peek_x509 (issuer);
  X509 *below = postern_certificate_peek_x509 (certificate);
  const ASN1_OCTET_STRING *wanted, *given;

  if (above == NULL || below == NULL ||
      X509_NAME_cmp (X509_get_issuer_name (below), X509_get_subject_name (above)) != 0)
    return FALSE;
  wanted = X509_get0_authority_key_id (below);
  given = X509_get0_subject_key_id (above);

  return wanted == NULL || given == NULL || ASN1_OCTET_STRING_cmp (wanted, given) == 0;
}

/* Whether a certificate beside the path could belong to another one: it may have issued one that
 * belongs there. Authorities are sent in more than one edition for the sake of old clients. */
static gboolean
is_related (const PosternLook *look, guint index, const gboolean *related)
{
  PosternCertificate *certificate = g_ptr_array_index (look->chain, index);

  for (guint i = 0; i < look->path->n_links; i++)
    if (could_issue (certificate, look->path->links[i].certificate))
      return TRUE;
  for (guint i = 0; i < look->chain->len; i++)
    if (related[i] && i != index && could_issue (certificate, look->chain->pdata[i]))
      return TRUE;

  return FALSE;
}

static void
find_related (const PosternLook *look, gboolean *related)
{
  gboolean more = TRUE;

  for (guint i = 0; i < look->chain->len; i++)
    related[i] = is_on_path (look, i);

  while (more)
    {
      more = FALSE;
      for (guint i = 0; i < look->chain->len; i++)
        if (!related[i] && is_related (look, i, related))
          related[i] = more = TRUE;
    }
}

static PosternPathLink
make_link (const PosternLook *look, guint index)
{
  PosternPathLink link = { .index = index, .sent = TRUE };

  link.certificate = g_ptr_array_index (look->chain, index);

  return link;
}

/* What is wrong with the place of a certificate, as a sentence; NULL: nothing. */
static char *
explain_place (const PosternLook *look, guint index, const gboolean *related, guint *last)
{
  PosternPathLink link = make_link (look, index);
  guint first = find_first (look, index);
  const char *label = postern_look_get_label (&link);

  if (first < index)
    return g_strdup_printf (_ ("The server sends the certificate “%s” twice, in the places %u and "
                               "%u; some clients refuse that."),
                            label, first + 1, index + 1);
  if (!related[index] && postern_certificate_peek_x509 (link.certificate) != NULL)
    return g_strdup_printf (_ ("The server sends the certificate “%s”, which has no part in the "
                               "path of its own; some clients refuse that."),
                            label);
  for (guint i = *last; i < look->path->n_links; i++)
    if (look->path->links[i].sent && look->path->links[i].index == index)
      {
        for (guint j = *last + 1; j < i; j++)
          if (look->path->links[j].sent && look->path->links[j].index > index)
            return g_strdup_printf (_ ("The server sends its certificates in the wrong order: "
                                       "“%s” comes before “%s”, which it issued; some clients "
                                       "cannot put them right."),
                                    label, postern_look_get_label (&look->path->links[j]));
        *last = i;
      }

  return NULL;
}

/* One fault, at the first certificate that is not in its place. */
void
postern_look_at_order (PosternLook *look)
{
  gboolean related[POSTERN_MAX_CHAIN] = { FALSE };
  g_autoptr(GString) text = g_string_new (NULL);
  PosternPathLink place = { 0 };
  guint n = 0, last = 0;

  find_related (look, related);
  for (guint i = 1; i < look->chain->len; i++)
    {
      g_autofree char *problem = explain_place (look, i, related, &last);

      if (problem == NULL)
        continue;
      if (n == 0)
        place = make_link (look, i);
      if (n++ < MAX_TOLD)
        g_string_append_printf (text, "%s%s", n > 1 ? " " : "", problem);
    }
  if (n > MAX_TOLD)
    g_string_append_printf (
      text, ngettext (" %u more is out of place.", " %u more are out of place.", n - MAX_TOLD),
      n - MAX_TOLD);
  if (n > 0)
    postern_look_warn (look, "cert.chain-order", &place, "verify_server",
                       g_strstrip (g_strdup (text->str)));
}

/* A client that has no other path, or does not look for one, meets these. */
static void
look_at_date_beside (PosternLook *look, const PosternPathLink *link)
{
  GDateTime *not_before = postern_certificate_get_not_before (link->certificate);
  GDateTime *not_after = postern_certificate_get_not_after (link->certificate);
  const char *label = postern_look_get_label (link);
  g_autofree char *date = NULL;

  if (not_after != NULL && g_date_time_to_unix (not_after) < look->now)
    {
      date = g_date_time_format (not_after, "%Y-%m-%d %H:%M UTC");
      postern_look_warn (
        look, "cert.expired", link, "verify_server",
        g_strdup_printf (_ ("The certificate “%s”, which the server sends in its chain, expired on "
                            "%s; clients that use GnuTLS refuse this even beside a good path."),
                         label, date));
    }
  else if (not_before != NULL && g_date_time_to_unix (not_before) > look->now)
    {
      date = g_date_time_format (not_before, "%Y-%m-%d %H:%M UTC");
      postern_look_warn (
        look, "cert.not-yet-valid", link, "verify_server",
        g_strdup_printf (_ ("The certificate “%s”, which the server sends in its chain, is not "
                            "valid before %s; some clients refuse this even beside a good path."),
                         label, date));
    }
}

void
postern_look_beside (PosternLook *look)
{
  gboolean related[POSTERN_MAX_CHAIN] = { FALSE };

  find_related (look, related);
  for (guint i = 1; i < look->chain->len; i++)
    {
      PosternPathLink link = make_link (look, i);

      if (!is_on_path (look, i) && related[i] && find_first (look, i) == i)
        look_at_date_beside (look, &link);
    }
}
