/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-peer-name.h"

#include "tls/postern-certificate-private.h"
#include "tls/postern-printable.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#define MAX_SHOWN 8

typedef struct
{
  PosternPeerNameType type;
  const char *wanted;    /* as the certificate would write it: A-labels, no final dot */
  GInetAddress *address; /* type IP */
  gboolean listed;       /* from the option, where a wildcard may stand */
  gboolean uniface;      /* the certificate may hold wildcards for any whole label */
  char *found;
} Search;

static gboolean
label_matches (const char *wanted,
               const char *given,
               gboolean wildcard_wanted,
               gboolean wildcard_ok)
{
  if (wildcard_ok && strcmp (given, "*") == 0)
    return TRUE;
  if (wildcard_wanted && strcmp (wanted, "*") == 0)
    return TRUE;

  return g_ascii_strcasecmp (wanted, given) == 0;
}

/* RFC 9525, section 6.3: a wildcard is the whole left-most label and stands for one label; and it
 * does not stand for all of a top-level domain. */
static gboolean
dns_matches (const Search *search, const char *given)
{
  g_auto (GStrv) wanted_labels = NULL;
  g_auto (GStrv) given_labels = NULL;
  guint n_labels;

  if (search->wanted == NULL || *search->wanted == '\0' || *given == '\0')
    return FALSE;

  wanted_labels = g_strsplit (search->wanted, ".", 128);
  given_labels = g_strsplit (given, ".", 128);
  n_labels = g_strv_length (wanted_labels);
  if (n_labels != g_strv_length (given_labels))
    return FALSE;

  for (guint i = 0; i < n_labels; i++)
    {
      gboolean first = i == 0 && n_labels > 2;

      if (!label_matches (wanted_labels[i], given_labels[i], search->listed && first,
                          first || (search->uniface && n_labels > 2 && i + 1 < n_labels)))
        return FALSE;
    }

  return TRUE;
}

static gboolean
address_matches (const Search *search, const char *bytes, gsize length)
{
  return search->address != NULL && length == g_inet_address_get_native_size (search->address) &&
         memcmp (bytes, g_inet_address_to_bytes (search->address), length) == 0;
}

static gboolean
text_matches (const Search *search, const char *bytes, gsize length)
{
  return memchr (bytes, '\0', length) == NULL && strlen (search->wanted) == length &&
         g_ascii_strncasecmp (search->wanted, bytes, length) == 0;
}

static gboolean
match_san_cb (gnutls_x509_subject_alt_name_t type,
              const char *bytes,
              gsize length,
              gpointer user_data)
{
  Search *search = user_data;
  g_autofree char *text = NULL;

  switch (search->type)
    {
    case POSTERN_PEER_NAME_DNS:
      if (type != GNUTLS_SAN_DNSNAME || memchr (bytes, '\0', length) != NULL)
        return FALSE;
      text = g_strndup (bytes, length);
      if (!dns_matches (search, text))
        return FALSE;
      break;

    case POSTERN_PEER_NAME_IP:
      if (type != GNUTLS_SAN_IPADDRESS || !address_matches (search, bytes, length))
        return FALSE;
      search->found = g_inet_address_to_string (search->address);
      return TRUE;

    case POSTERN_PEER_NAME_URI:
      if (type != GNUTLS_SAN_URI || !text_matches (search, bytes, length))
        return FALSE;
      break;

    case POSTERN_PEER_NAME_EMAIL:
      if (type != GNUTLS_SAN_RFC822NAME || !text_matches (search, bytes, length))
        return FALSE;
      break;

    default:
      return FALSE;
    }

  search->found = postern_printable (bytes, length);

  return TRUE;
}

static gboolean
subject_matches (Search *search, PosternCertificate *certificate)
{
  gboolean email = search->type == POSTERN_PEER_NAME_EMAIL;
  gsize length = 0;
  g_autofree char *value = NULL;
  gboolean matches = FALSE;

  value = postern_certificate_dup_subject_value (
    certificate, email ? NID_pkcs9_emailAddress : NID_commonName, &length);
  if (value == NULL || memchr (value, '\0', length) != NULL)
    return FALSE;

  if (search->type == POSTERN_PEER_NAME_DNS)
    matches = dns_matches (search, value);
  else if (email)
    matches = text_matches (search, value, length);
  else if (search->type == POSTERN_PEER_NAME_IP && search->address != NULL)
    {
      g_autoptr(GInetAddress) address = g_inet_address_new_from_string (value);

      matches = address != NULL && g_inet_address_equal (address, search->address);
    }

  if (matches)
    search->found = postern_printable (value, length);

  return matches;
}

static char *
to_dns_name (const char *name)
{
  g_autofree char *ascii = NULL;
  gsize length;

  /* g_hostname_to_ascii() refuses what is no host name, a wildcard for one. */
  if (g_str_is_ascii (name))
    ascii = g_strdup (name);
  else
    ascii = g_hostname_to_ascii (name);
  if (ascii == NULL)
    return g_strdup (name);

  length = strlen (ascii);
  if (length > 1 && ascii[length - 1] == '.')
    ascii[length - 1] = '\0';

  return g_steal_pointer (&ascii);
}

static char *
find_one (PosternCertificate *certificate,
          const PosternTlsPolicy *policy,
          PosternPeerNameType type,
          const char *name,
          gboolean listed,
          gboolean *cn_would_match)
{
  g_autofree char *dns_name = type == POSTERN_PEER_NAME_DNS ? to_dns_name (name) : NULL;
  g_autoptr(GInetAddress) address =
               type == POSTERN_PEER_NAME_IP ? g_inet_address_new_from_string (name) : NULL;
  Search search = { .type = type,
                    .wanted = dns_name != NULL ? dns_name : name,
                    .address = address,
                    .listed = listed,
                    .uniface = policy->cn_fallback };

  if (postern_certificate_find_san (certificate, match_san_cb, &search))
    return search.found;

  if (type == POSTERN_PEER_NAME_URI || !subject_matches (&search, certificate))
    return NULL;
  if (policy->cn_fallback || type == POSTERN_PEER_NAME_EMAIL)
    return search.found;

  *cn_would_match = TRUE;
  g_free (search.found);

  return NULL;
}

char *
postern_peer_name_find (PosternCertificate *certificate,
                        const PosternTlsPolicy *policy,
                        const char *host,
                        gboolean *cn_would_match)
{
  *cn_would_match = FALSE;

  if (policy->names == NULL || policy->names->len == 0)
    return find_one (certificate, policy,
                     g_hostname_is_ip_address (host) ? POSTERN_PEER_NAME_IP : POSTERN_PEER_NAME_DNS,
                     host, FALSE, cn_would_match);

  for (guint i = 0; i < policy->names->len; i++)
    {
      const PosternPeerName *name = g_ptr_array_index (policy->names, i);
      char *found = find_one (certificate, policy, name->type, name->name, TRUE, cn_would_match);

      if (found != NULL)
        return found;
    }

  return NULL;
}

typedef struct
{
  const char *host; /* as the certificate would write it */
  gboolean address;
  char *reason;
} Near;

static char *
explain_wildcard (const char *name, const char *host)
{
  gboolean whole = g_str_has_prefix (name, "*.") && strchr (name + 1, '*') == NULL;

  if (!whole)
    return g_strdup_printf (_ (" “%s” does not count: a wildcard must be the whole of the "
                               "left-most label."),
                            name);
  if (strchr (name + 2, '.') == NULL)
    return g_strdup_printf (_ (" “%s” does not count: a wildcard does not stand for all names of a "
                               "top-level domain."),
                            name);
  return g_strdup_printf (_ (" “%s” does not fit “%s”: a wildcard stands for one label, no more "
                             "and no less."),
                          name, host);
}

/* @name is printable and in lower case, as the host is. */
static char *
explain_near_name (const Near *near, const char *name)
{
  g_autofree char *ascii = !g_str_is_ascii (name) ? g_hostname_to_ascii (name) : NULL;
  gsize length = strlen (name);

  if (near->address)
    return strcmp (name, near->host) == 0
             ? g_strdup (_ (" The address stands there as a DNS name, which does not count for an "
                            "address."))
             : NULL;
  if (ascii != NULL && strcmp (ascii, near->host) == 0)
    return g_strdup_printf (_ (" “%s” is written in Unicode; a certificate has to name “%s”."),
                            name, near->host);
  if (length > 1 && name[length - 1] == '.' && strncmp (name, near->host, length - 1) == 0 &&
      near->host[length - 1] == '\0')
    return g_strdup_printf (_ (" “%s” does not count: a name in a certificate has no final dot."),
                            name);
  if (*name == '.' && g_str_has_suffix (near->host, name))
    return g_strdup_printf (_ (" “%s” does not count: a name does not begin with a dot."), name);
  if (strchr (name, '*') != NULL &&
      (g_pattern_match_simple (name, near->host) ||
       (g_str_has_prefix (name, "*.") && strcmp (name + 2, near->host) == 0)))
    return explain_wildcard (name, near->host);

  return NULL;
}

static gboolean
explain_name_cb (gnutls_x509_subject_alt_name_t type,
                 const char *bytes,
                 gsize length,
                 gpointer user_data)
{
  Near *near = user_data;
  const char *nul = memchr (bytes, '\0', length);
  g_autofree char *shown = postern_printable (bytes, length);
  g_autofree char *lower = g_utf8_strdown (shown, -1);

  if (type != GNUTLS_SAN_DNSNAME)
    return FALSE;
  if (nul == NULL)
    near->reason = explain_near_name (near, lower);
  else if (g_ascii_strncasecmp (bytes, near->host, (gsize) (nul - bytes)) == 0 &&
           near->host[nul - bytes] == '\0')
    near->reason = g_strdup_printf (_ (" “%s” holds a NUL character, a trick to be taken for "
                                       "“%s”."),
                                    shown, near->host);

  return near->reason != NULL;
}

char *
postern_peer_name_explain (PosternCertificate *certificate,
                           const PosternTlsPolicy *policy,
                           const char *host)
{
  g_autofree char *dns_name = to_dns_name (host);
  g_autofree char *lower = g_ascii_strdown (dns_name, -1);
  Near near = { .host = lower, .address = g_hostname_is_ip_address (host) };
  g_autofree char *cn = NULL;
  gsize length = 0;

  if (policy->names != NULL && policy->names->len > 0)
    return NULL;
  if (postern_certificate_find_san (certificate, explain_name_cb, &near))
    return near.reason;

  cn = postern_certificate_dup_subject_value (certificate, NID_commonName, &length);
  if (cn != NULL && strlen (cn) == length && g_ascii_strcasecmp (cn, lower) == 0 &&
      !policy->cn_fallback)
    return g_strdup (_ (" Its common name would be right, but does not count beside subject "
                        "alternative names."));

  return NULL;
}

char *
postern_peer_name_describe (PosternCertificate *certificate)
{
  const char *const *dns_names = postern_certificate_get_dns_names (certificate);
  const char *const *addresses = postern_certificate_get_ip_addresses (certificate);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; dns_names[i] != NULL && names->len < MAX_SHOWN; i++)
    g_ptr_array_add (names, (gpointer) dns_names[i]);
  for (guint i = 0; addresses[i] != NULL && names->len < MAX_SHOWN; i++)
    g_ptr_array_add (names, (gpointer) addresses[i]);

  if (names->len == 0)
    g_ptr_array_add (names, (gpointer) postern_certificate_get_label (certificate));
  else if (g_strv_length ((GStrv) dns_names) + g_strv_length ((GStrv) addresses) > names->len)
    g_ptr_array_add (names, (gpointer) "…");
  g_ptr_array_add (names, NULL);

  return g_strjoinv (", ", (char **) names->pdata);
}

char *
postern_peer_name_wanted (const PosternTlsPolicy *policy, const char *host)
{
  GString *wanted;

  if (policy->names == NULL || policy->names->len == 0)
    return postern_printable (host, strlen (host));

  wanted = g_string_new (NULL);
  for (guint i = 0; i < policy->names->len && i < MAX_SHOWN; i++)
    {
      const PosternPeerName *name = g_ptr_array_index (policy->names, i);
      g_autofree char *shown = postern_printable (name->name, strlen (name->name));

      g_string_append_printf (wanted, "%s%s", i > 0 ? ", " : "", shown);
    }

  return g_string_free (wanted, FALSE);
}
