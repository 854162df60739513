/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include "tls/postern-printable.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <openssl/err.h>
#include <string.h>

/* Name constraints: RFC 5280, section 4.2.1.10. */

/* What takes as long as a byte that is copied and compared. */
#define PAIR 100    /* of a name and a constraint, whatever their length */
#define DIR_NAME 32 /* a byte of a directory name */
#define READ 16     /* a byte of an extension */

typedef struct
{
  const PosternPathLink *authority;
  const PosternPathLink *below; /* the certificate whose names are looked at */
  NAME_CONSTRAINTS *constraints;
  gsize size; /* of these, in bytes */
  PosternLook *look;
  char *problem; /* one sentence */
} Check;

static const ASN1_STRING *
get_text (const GENERAL_NAME *name)
{
  switch (name->type)
    {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
      return name->d.ia5;
    case GEN_IPADD:
      return name->d.ip;
    default:
      return NULL;
    }
}

static char *
dup_text (const GENERAL_NAME *name)
{
  const ASN1_STRING *text = get_text (name);

  return g_strndup ((const char *) ASN1_STRING_get0_data (text),
                    (gsize) MAX (ASN1_STRING_length (text), 0));
}

static gboolean
has_nul (const GENERAL_NAME *name)
{
  const ASN1_STRING *text = get_text (name);

  return memchr (ASN1_STRING_get0_data (text), '\0', (gsize) ASN1_STRING_length (text)) != NULL;
}

static char *
address_to_text (const guchar *bytes, int length)
{
  g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes (
    bytes, length == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

  return g_inet_address_to_string (address);
}

static char *
ip_to_text (const ASN1_OCTET_STRING *ip)
{
  const guchar *bytes = ASN1_STRING_get0_data (ip);
  int length = ASN1_STRING_length (ip);

  if (length == 4 || length == 16)
    return address_to_text (bytes, length);
  if (length == 8 || length == 32)
    {
      g_autofree char *address = address_to_text (bytes, length / 2);
      g_autofree char *mask = address_to_text (bytes + length / 2, length / 2);

      return g_strconcat (address, "/", mask, NULL);
    }

  return g_strdup ("?");
}

static char *
name_to_text (const GENERAL_NAME *name)
{
  const ASN1_STRING *string = get_text (name);

  if (name->type == GEN_IPADD)
    return ip_to_text (name->d.ip);
  if (name->type == GEN_DIRNAME)
    return postern_x509_name_to_text (name->d.directoryName);
  if (string == NULL)
    return g_strdup (_ ("a name of another kind"));

  return postern_printable ((const char *) ASN1_STRING_get0_data (string),
                            (gsize) MAX (ASN1_STRING_length (string), 0));
}

static gboolean
is_at_or_below (const char *name, const char *domain)
{
  gsize n = strlen (name), m = strlen (domain);

  if (m == 0)
    return TRUE;
  if (*domain == '.')
    return n > m && g_ascii_strcasecmp (name + n - m, domain) == 0;

  return n >= m && g_ascii_strcasecmp (name + n - m, domain) == 0 &&
         (n == m || name[n - m - 1] == '.');
}

/* A wildcard stands for one label, of which nobody knows which: it is permitted where all that it
 * stands for is, and excluded where anything of it is. */
static gboolean
dns_matches (const char *name, const char *domain, gboolean excluded)
{
  const char *base = g_str_has_prefix (name, "*.") ? name + 2 : NULL;
  const char *above;

  if (base == NULL)
    return is_at_or_below (name, domain);
  if (!excluded)
    return is_at_or_below (base, *domain == '.' ? domain + 1 : domain);

  above = strchr (domain + (*domain == '.'), '.');

  return is_at_or_below (base, *domain == '.' ? domain + 1 : domain) ||
         (*domain != '.' && above != NULL && g_ascii_strcasecmp (above + 1, base) == 0);
}

static gboolean
host_matches (const char *host, const char *constraint)
{
  return *constraint == '.' ? is_at_or_below (host, constraint)
                            : g_ascii_strcasecmp (host, constraint) == 0;
}

static gboolean
email_matches (const char *address, const char *constraint)
{
  const char *at = strrchr (address, '@');
  const char *wanted_at = strrchr (constraint, '@');

  if (at == NULL)
    return FALSE;
  if (wanted_at == NULL)
    return *constraint == '\0' || host_matches (at + 1, constraint);

  return at - address == wanted_at - constraint &&
         strncmp (address, constraint, (gsize) (at - address)) == 0 &&
         g_ascii_strcasecmp (at, wanted_at) == 0;
}

static gboolean
uri_matches (const char *text, const char *constraint)
{
  g_autoptr(GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  return host != NULL && !g_hostname_is_ip_address (host) &&
         (*constraint == '\0' || host_matches (host, constraint));
}

static gboolean
ip_matches (const ASN1_OCTET_STRING *ip, const ASN1_OCTET_STRING *range)
{
  const guchar *bytes = ASN1_STRING_get0_data (ip);
  const guchar *wanted = ASN1_STRING_get0_data (range);
  int length = ASN1_STRING_length (ip);

  if (ASN1_STRING_length (range) != 2 * length)
    return FALSE;
  for (int i = 0; i < length; i++)
    if (((bytes[i] ^ wanted[i]) & wanted[length + i]) != 0)
      return FALSE;

  return TRUE;
}

static gboolean
dir_name_matches (const X509_NAME *name, const X509_NAME *above)
{
  int n = X509_NAME_entry_count (above);
  X509_NAME *start = X509_NAME_new ();
  gboolean matches = X509_NAME_entry_count (name) >= n;

  for (int i = 0; i < n && matches; i++)
    matches = X509_NAME_add_entry (start, X509_NAME_get_entry (name, i), -1, 0) == 1;
  for (int i = 0; i < n && matches; i++)
    matches = X509_NAME_ENTRY_set (X509_NAME_get_entry (name, i)) ==
              X509_NAME_ENTRY_set (X509_NAME_get_entry (above, i));
  matches = matches && X509_NAME_cmp (start, above) == 0;
  X509_NAME_free (start);
  ERR_clear_error ();

  return matches;
}

static gboolean
matches (const GENERAL_NAME *name, const GENERAL_NAME *base, gboolean excluded)
{
  g_autofree char *text = NULL;
  g_autofree char *wanted = NULL;

  if (name->type == GEN_IPADD)
    return ip_matches (name->d.ip, base->d.ip);
  if (name->type == GEN_DIRNAME)
    return dir_name_matches (name->d.directoryName, base->d.directoryName);
  if (has_nul (name))
    return excluded;

  text = dup_text (name);
  wanted = dup_text (base);
  if (name->type == GEN_DNS)
    return dns_matches (text, wanted, excluded);
  if (name->type == GEN_EMAIL)
    return email_matches (text, wanted);

  return uri_matches (text, wanted);
}

/* Of a name that is none, nobody can say where it belongs. */
static gboolean
is_dns_name (const GENERAL_NAME *name)
{
  g_autofree char *text = dup_text (name);

  return !has_nul (name) && *text != '\0' && *text != '.' && g_str_is_ascii (text) &&
         strstr (text, "..") == NULL && strchr (text, ' ') == NULL;
}

static gboolean
is_same_kind (const GENERAL_NAME *name, const GENERAL_NAME *base)
{
  if (name->type != base->type)
    return FALSE;

  return name->type != GEN_OTHERNAME ||
         OBJ_cmp (name->d.otherName->type_id, base->d.otherName->type_id) == 0;
}

static gboolean
is_known_kind (const GENERAL_NAME *name)
{
  return get_text (name) != NULL || name->type == GEN_DIRNAME;
}

static void
set_problem (Check *check, const char *format, const GENERAL_NAME *name, const GENERAL_NAME *base)
{
  g_autofree char *text = name_to_text (name);
  g_autofree char *other = name_to_text (base);

  if (check->problem == NULL)
    check->problem = g_strdup_printf (format, postern_look_get_label (check->authority), text,
                                      postern_look_get_label (check->below), other);
}

static gboolean
spend (Check *check, guint64 work)
{
  if (postern_look_spend (check->look, work))
    return TRUE;

  if (check->problem == NULL)
    check->problem = g_strdup_printf (_ ("“%s” has more names, and “%s” more constraints for them, "
                                         "than anybody can compare."),
                                      postern_look_get_label (check->below),
                                      postern_look_get_label (check->authority));

  return FALSE;
}

/* Each name is held against each constraint. */
static guint64
get_work (const Check *check, const GENERAL_NAME *name)
{
  const ASN1_STRING *text = get_text (name);
  guint64 n = (guint64) MAX (sk_GENERAL_SUBTREE_num (check->constraints->permittedSubtrees), 0) +
              (guint64) MAX (sk_GENERAL_SUBTREE_num (check->constraints->excludedSubtrees), 0);
  guint64 length = text != NULL ? (guint64) MAX (ASN1_STRING_length (text), 0) : 0;

  return n * (PAIR + length) + check->size * (name->type == GEN_DIRNAME ? DIR_NAME : 1);
}

/* FALSE: something is wrong, or nobody can tell. */
static gboolean
check_name (Check *check, const GENERAL_NAME *name)
{
  const STACK_OF (GENERAL_SUBTREE) *permitted = check->constraints->permittedSubtrees;
  const STACK_OF (GENERAL_SUBTREE) *excluded = check->constraints->excludedSubtrees;
  const GENERAL_NAME *wanted = NULL;
  gboolean found = FALSE, comparable;

  if (!spend (check, get_work (check, name)))
    return FALSE;
  comparable = is_known_kind (name) && (name->type != GEN_DNS || is_dns_name (name));

  for (int i = 0; i < sk_GENERAL_SUBTREE_num (excluded); i++)
    {
      const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value (excluded, i)->base;

      if (is_same_kind (name, base) && (!is_known_kind (name) || matches (name, base, TRUE)))
        {
          set_problem (check,
                       _ ("The authority “%s” may not issue certificates for “%s”, which “%s” "
                          "names: it excludes “%s”."),
                       name, base);
          return FALSE;
        }
    }

  for (int i = 0; i < sk_GENERAL_SUBTREE_num (permitted) && !found; i++)
    {
      const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value (permitted, i)->base;

      if (!is_same_kind (name, base))
        continue;
      wanted = base;
      found = comparable && matches (name, base, FALSE);
    }
  if (wanted == NULL || found)
    return TRUE;
  set_problem (check,
               _ ("The authority “%s” may not issue certificates for “%s”, which “%s” names: it "
                  "permits others only, such as “%s”."),
               name, wanted);

  return FALSE;
}

static gboolean
check_text (Check *check, int type, const char *text, gsize length)
{
  GENERAL_NAME name = { .type = type };
  gboolean good;

  name.d.ia5 = ASN1_IA5STRING_new ();
  ASN1_STRING_set (name.d.ia5, text, (int) length);
  good = check_name (check, &name);
  ASN1_IA5STRING_free (name.d.ia5);

  return good;
}

/* The common name counts where it may be taken for a name: in a server's certificate that has no
 * other. The address of old authorities stands in the subject. */
static gboolean
check_subject (Check *check, gboolean has_san, gboolean has_dns)
{
  PosternCertificate *certificate = check->below->certificate;
  X509_NAME *subject = X509_get_subject_name (postern_certificate_peek_x509 (certificate));
  GENERAL_NAME name = { .type = GEN_DIRNAME };
  g_autofree char *email = NULL;
  g_autofree char *cn = NULL;
  gsize length = 0;

  name.d.directoryName = subject;
  if (X509_NAME_entry_count (subject) > 0 && !check_name (check, &name))
    return FALSE;

  email = postern_certificate_dup_subject_value (certificate, NID_pkcs9_emailAddress, &length);
  if (email != NULL && !has_san && !check_text (check, GEN_EMAIL, email, length))
    return FALSE;

  cn = postern_certificate_dup_subject_value (certificate, NID_commonName, &length);

  return cn == NULL || has_dns || check->below->index > 0 || strchr (cn, '.') == NULL ||
         strpbrk (cn, " @/:") != NULL || g_hostname_is_ip_address (cn) ||
         check_text (check, GEN_DNS, cn, length);
}

/* 0 where there is none. */
static gsize
get_extension_size (X509 *x509, int nid)
{
  X509_EXTENSION *extension = X509_get_ext (x509, X509_get_ext_by_NID (x509, nid, -1));

  return extension != NULL
           ? (gsize) MAX (ASN1_STRING_length (X509_EXTENSION_get_data (extension)), 0)
           : 0;
}

static void
check_names (Check *check)
{
  X509 *x509 = postern_certificate_peek_x509 (check->below->certificate);
  gboolean good = TRUE, has_dns = FALSE;
  GENERAL_NAMES *names;

  if (!spend (check, get_extension_size (x509, NID_subject_alt_name) * READ))
    return;

  names = X509_get_ext_d2i (x509, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; i < sk_GENERAL_NAME_num (names) && good; i++)
    {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);

      has_dns |= name->type == GEN_DNS;
      good = check_name (check, name);
    }
  if (good)
    check_subject (check, names != NULL, has_dns);
  GENERAL_NAMES_free (names);
  ERR_clear_error ();
}

static gboolean
is_range (const guchar *mask, int length)
{
  gboolean ended = FALSE;

  for (int i = 0; i < length * 8; i++)
    {
      gboolean set = (mask[i / 8] & (0x80 >> (i % 8))) != 0;

      if (set && ended)
        return FALSE;
      ended |= !set;
    }

  return TRUE;
}

static gboolean
is_well_formed_text (const GENERAL_NAME *base)
{
  g_autofree char *text = dup_text (base);
  const char *at = strchr (text, '@');

  if (has_nul (base) || !g_str_is_ascii (text))
    return FALSE;
  /* A leading dot does not belong there in a DNS name, but every library takes it for "below". */
  if (base->type == GEN_DNS)
    return strpbrk (text, "* /@:") == NULL && strstr (text, "..") == NULL;
  if (base->type == GEN_EMAIL)
    return at == NULL ? strpbrk (text, "* ") == NULL
                      : at > text && at[1] != '\0' && strchr (at + 1, '@') == NULL;

  return strpbrk (text, "* /@:") == NULL;
}

static gboolean
is_well_formed (const GENERAL_SUBTREE *subtree)
{
  const GENERAL_NAME *base = subtree->base;
  int length;

  if ((subtree->minimum != NULL && ASN1_INTEGER_get (subtree->minimum) != 0) ||
      subtree->maximum != NULL)
    return FALSE;
  if (base->type == GEN_IPADD)
    {
      length = ASN1_STRING_length (base->d.ip);
      return (length == 8 || length == 32) &&
             is_range (ASN1_STRING_get0_data (base->d.ip) + length / 2, length / 2);
    }

  return get_text (base) == NULL || is_well_formed_text (base);
}

static gboolean
find_malformed (PosternLook *look,
                const PosternPathLink *link,
                const STACK_OF (GENERAL_SUBTREE) * subtrees)
{
  for (int i = 0; i < sk_GENERAL_SUBTREE_num (subtrees); i++)
    {
      const GENERAL_SUBTREE *subtree = sk_GENERAL_SUBTREE_value (subtrees, i);
      g_autofree char *text = NULL;

      if (is_well_formed (subtree))
        continue;
      text = name_to_text (subtree->base);
      postern_look_add (look, "cert.name-constraints", link, "verify_server",
                        g_strdup_printf (_ ("The name constraints of “%s” are not well-formed: "
                                            "“%s” is no name that can be compared."),
                                         postern_look_get_label (link), text));
      return TRUE;
    }

  return FALSE;
}

static void
look_below (PosternLook *look, guint place, NAME_CONSTRAINTS *constraints, gsize size)
{
  for (guint i = 0; i < place && postern_look_spend (look, 0); i++)
    {
      Check check = { .authority = &look->path->links[place],
                      .below = &look->path->links[i],
                      .constraints = constraints,
                      .size = size,
                      .look = look };

      if (i > 0 && postern_certificate_is_self_issued (check.below->certificate))
        continue;
      check_names (&check);
      if (check.problem != NULL)
        postern_look_add (look, "cert.name-constraints", check.below, "verify_server",
                          check.problem);
    }
}

void
postern_look_at_constraints (PosternLook *look)
{
  for (guint i = 0; i < look->path->n_links; i++)
    {
      const PosternPathLink *link = &look->path->links[i];
      X509 *x509 = postern_certificate_peek_x509 (link->certificate);
      gsize size = get_extension_size (x509, NID_name_constraints);
      NAME_CONSTRAINTS *constraints = X509_get_ext_d2i (x509, NID_name_constraints, NULL, NULL);

      if (constraints != NULL && !find_malformed (look, link, constraints->permittedSubtrees) &&
          !find_malformed (look, link, constraints->excludedSubtrees))
        look_below (look, i, constraints, size);
      NAME_CONSTRAINTS_free (constraints);
      ERR_clear_error ();
    }
}
