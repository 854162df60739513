/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <string.h>

/* What RFC 5280 asks of every certificate, whoever issued it. */

#define MAX_SERIAL 20

static void
add (PosternLook *look, const PosternPathLink *link, const char *code, const char *format)
{
  postern_look_add (look, code, link, "verify_server",
                    g_strdup_printf (format, postern_look_get_label (link)));
}

static void
look_at_algorithms (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  const X509_ALGOR *outer = NULL;

  X509_get0_signature (NULL, &outer, x509);
  if (X509_ALGOR_cmp (X509_get0_tbs_sigalg (x509), outer) != 0)
    add (look, link, "cert.malformed",
         _ ("“%s” names two algorithms for its signature, one inside and another outside, which "
            "must be the same."));
}

static void
look_at_version (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  long version = X509_get_version (x509);

  if (version > X509_VERSION_3 || version < X509_VERSION_1)
    postern_look_add (look, "cert.not-conforming", link, "verify_server",
                      g_strdup_printf (_ ("“%s” is of version %ld, which does not exist."),
                                       postern_look_get_label (link), version + 1));
  else if (version < X509_VERSION_3 && X509_get_ext_count (x509) > 0)
    postern_look_add (look, "cert.not-conforming", link, "verify_server",
                      g_strdup_printf (_ ("“%s” is of version %ld, yet it has extensions, which "
                                          "only version 3 can have."),
                                       postern_look_get_label (link), version + 1));
}

/* RFC 5280, section 4.1.2.2, asks programs to bear with these. */
static void
look_at_serial (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  const ASN1_INTEGER *serial = X509_get0_serialNumber (x509);
  const char *format = NULL;

  if (ASN1_STRING_type (serial) == V_ASN1_NEG_INTEGER)
    format = _ ("The serial number of “%s” is negative; some clients refuse that.");
  else if (ASN1_INTEGER_get (serial) == 0)
    format = _ ("The serial number of “%s” is 0; some clients refuse that.");
  else if (ASN1_STRING_length (serial) > MAX_SERIAL)
    format = _ ("The serial number of “%s” is longer than 20 octets; some clients refuse that.");

  if (format != NULL)
    postern_look_warn (look, "cert.not-conforming", link, "verify_server",
                       g_strdup_printf (format, postern_look_get_label (link)));
}

static void
look_at_empty_names (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  int critical = -1;

  if (X509_NAME_entry_count (X509_get_issuer_name (x509)) == 0)
    add (look, link, "cert.not-conforming", _ ("“%s” does not name its issuer."));
  if (X509_NAME_entry_count (X509_get_subject_name (x509)) > 0)
    return;

  if (postern_certificate_is_ca (link->certificate) || link != look->path->links)
    {
      add (look, link, "cert.not-conforming",
           _ ("The certificate of an authority (%s) has an empty subject."));
      return;
    }
  GENERAL_NAMES_free (X509_get_ext_d2i (x509, NID_subject_alt_name, &critical, NULL));
  if (critical == 0)
    postern_look_warn (look, "cert.not-conforming", link, "verify_server",
                       g_strdup (_ ("The certificate has an empty subject, and its subject "
                                    "alternative name is not marked critical, as it must be "
                                    "then; some clients refuse that.")));
}

static void
look_for_doubles (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  for (int i = 0; i < X509_get_ext_count (x509); i++)
    {
      const ASN1_OBJECT *object = X509_EXTENSION_get_object (X509_get_ext (x509, i));
      g_autofree char *oid = NULL;

      if (X509_get_ext_by_OBJ (x509, object, -1) == i)
        continue;
      oid = postern_look_oid_to_text (object);
      postern_look_add (look, "cert.malformed", link, "verify_server",
                        g_strdup_printf (_ ("“%s” holds the extension %s twice."),
                                         postern_look_get_label (link), oid));
      return;
    }
}

static void
look_at_contents (PosternLook *look, const PosternPathLink *link, X509_EXTENSION *extension)
{
  ASN1_OBJECT *object = X509_EXTENSION_get_object (extension);
  const X509V3_EXT_METHOD *method = X509V3_EXT_get (extension);
  g_autofree char *oid = NULL;
  void *contents;

  if (method == NULL)
    return;

  contents = X509V3_EXT_d2i (extension);
  ERR_clear_error ();
  if (contents == NULL)
    {
      oid = postern_look_oid_to_text (object);
      postern_look_add (look, "cert.malformed", link, "verify_server",
                        g_strdup_printf (_ ("The extension %s of “%s” cannot be read."), oid,
                                         postern_look_get_label (link)));
    }
  else if (method->it != NULL)
    ASN1_item_free (contents, ASN1_ITEM_ptr (method->it));
  else
    method->ext_free (contents);
}

static gboolean
is_known (int nid)
{
  static const int known[] = {
    NID_key_usage,          NID_subject_alt_name,     NID_issuer_alt_name,
    NID_basic_constraints,  NID_certificate_policies, NID_crl_distribution_points,
    NID_ext_key_usage,      NID_name_constraints,     NID_policy_mappings,
    NID_policy_constraints, NID_inhibit_any_policy,   NID_netscape_cert_type,
    NID_tlsfeature,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i] == nid)
      return TRUE;

  return FALSE;
}

static gboolean
is_never_critical (int nid)
{
  return nid == NID_authority_key_identifier || nid == NID_subject_key_identifier ||
         nid == NID_info_access || nid == NID_sinfo_access || nid == NID_freshest_crl;
}

static void
look_at_critical (PosternLook *look, const PosternPathLink *link, X509_EXTENSION *extension)
{
  const ASN1_OBJECT *object = X509_EXTENSION_get_object (extension);
  int nid = OBJ_obj2nid (object);
  g_autofree char *oid = NULL;
  const char *format;

  if (!X509_EXTENSION_get_critical (extension) || is_known (nid))
    return;

  oid = postern_look_oid_to_text (object);
  if (is_never_critical (nid))
    format = _ ("“%s” marks the extension %s critical, which it may not be; clients that use "
                "OpenSSL refuse that.");
  else if (nid == NID_ct_precert_poison)
    format = _ ("“%s” is not a certificate yet, but what an authority logs before it issues one: "
                "it has the critical extension %s.");
  else
    format = _ ("“%s” has a critical extension that is not known: %s.");
  postern_look_add (look, "cert.critical-extension", link, "verify_server",
                    g_strdup_printf (format, postern_look_get_label (link), oid));
}

static gboolean
is_mailbox (const ASN1_STRING *address)
{
  const char *text = (const char *) ASN1_STRING_get0_data (address);
  gsize length = (gsize) MAX (ASN1_STRING_length (address), 0);
  const char *at = memchr (text, '@', length);
  const char *end = text + length;

  return at != NULL && at > text && at + 1 < end && memchr (text, '\0', length) == NULL &&
         memchr (at + 1, '@', (gsize) (end - at - 1)) == NULL;
}

static void
look_at_alternative_names (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  GENERAL_NAMES *names = X509_get_ext_d2i (x509, NID_subject_alt_name, NULL, NULL);

  if (names != NULL && sk_GENERAL_NAME_num (names) == 0)
    postern_look_warn (look, "cert.not-conforming", link, "verify_server",
                       g_strdup_printf (_ ("The subject alternative name of “%s” holds no name."),
                                        postern_look_get_label (link)));

  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);

      if (name->type == GEN_IPADD && ASN1_STRING_length (name->d.ip) != 4 &&
          ASN1_STRING_length (name->d.ip) != 16)
        postern_look_add (look, "cert.not-conforming", link, "verify_server",
                          g_strdup_printf (_ ("“%s” names an IP address of %d octets; there are 4 "
                                              "or 16."),
                                           postern_look_get_label (link),
                                           ASN1_STRING_length (name->d.ip)));
      else if (name->type == GEN_EMAIL && !is_mailbox (name->d.rfc822Name))
        {
          g_autofree char *text =
            postern_printable ((const char *) ASN1_STRING_get0_data (name->d.rfc822Name),
                               (gsize) MAX (ASN1_STRING_length (name->d.rfc822Name), 0));

          postern_look_add (look, "cert.not-conforming", link, "verify_server",
                            g_strdup_printf (_ ("“%s” names “%s”, which is no e-mail address."),
                                             postern_look_get_label (link), text));
        }
      else
        continue;
      break;
    }
  GENERAL_NAMES_free (names);
  ERR_clear_error ();
}

/* RFC 5280, 4.2.1.9. What cannot be read contradicts nothing. */
static void
look_at_basic_constraints (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  BASIC_CONSTRAINTS *basic = X509_get_ext_d2i (x509, NID_basic_constraints, NULL, NULL);
  guint32 usage = postern_look_get_key_usage (x509);
  gboolean negative = basic != NULL && basic->pathlen != NULL &&
                      ASN1_STRING_type (basic->pathlen) == V_ASN1_NEG_INTEGER;

  if (negative)
    add (look, link, "cert.malformed", _ ("The path length of “%s” is negative."));
  else if (basic != NULL && basic->pathlen != NULL && !basic->ca)
    postern_look_warn (look, "cert.not-conforming", link, "verify_server",
                       g_strdup_printf (_ ("“%s” states a path length, which only an authority "
                                           "can have; clients that use OpenSSL refuse that unless "
                                           "it is 0."),
                                        postern_look_get_label (link)));

  if (basic != NULL && !basic->ca && usage != G_MAXUINT32 && (usage & KU_KEY_CERT_SIGN) != 0 &&
      link == look->path->links)
    add (look, link, "cert.not-conforming",
         _ ("“%s” contradicts itself: its key usage lets it sign certificates (keyCertSign), its "
            "basic constraints say that it is no authority."));
  BASIC_CONSTRAINTS_free (basic);
}

/* What contradicts itself in the certificate of an authority, or in one that is none. */
static void
look_at_role (PosternLook *look, const PosternPathLink *link, X509 *x509)
{
  gboolean ca = postern_certificate_is_ca (link->certificate);
  NAME_CONSTRAINTS *constraints = X509_get_ext_d2i (x509, NID_name_constraints, NULL, NULL);
  int critical = -1;

  if (constraints != NULL && !ca)
    add (look, link, "cert.not-conforming",
         _ ("“%s” has name constraints, which only an authority can have."));
  else if (constraints != NULL && sk_GENERAL_SUBTREE_num (constraints->permittedSubtrees) <= 0 &&
           sk_GENERAL_SUBTREE_num (constraints->excludedSubtrees) <= 0)
    add (look, link, "cert.not-conforming", _ ("The name constraints of “%s” are empty."));
  NAME_CONSTRAINTS_free (constraints);

  POLICY_CONSTRAINTS_free (X509_get_ext_d2i (x509, NID_policy_constraints, &critical, NULL));
  if (critical == 0)
    add (look, link, "cert.not-conforming",
         _ ("The policy constraints of “%s” are not marked critical, as they must be."));
  ERR_clear_error ();
}

/* A trusted certificate is trusted as it is, but nobody can tell what a condition means that is not
 * known, or a text that cannot be read. */
static void
look_at_link (PosternLook *look, const PosternPathLink *link)
{
  X509 *x509 = postern_certificate_peek_x509 (link->certificate);

  look_at_algorithms (look, link, x509);
  look_for_doubles (look, link, x509);
  for (int i = 0; i < X509_get_ext_count (x509); i++)
    {
      look_at_contents (look, link, X509_get_ext (x509, i));
      look_at_critical (look, link, X509_get_ext (x509, i));
    }
  look_at_empty_names (look, link, x509);
  if (link->anchor && link != look->path->links)
    return;

  look_at_version (look, link, x509);
  look_at_serial (look, link, x509);
  look_at_alternative_names (look, link, x509);
  look_at_basic_constraints (look, link, x509);
  look_at_role (look, link, x509);
}

void
postern_look_at_form (PosternLook *look)
{
  for (guint i = 0; i < look->path->n_links; i++)
    look_at_link (look, &look->path->links[i]);
}
