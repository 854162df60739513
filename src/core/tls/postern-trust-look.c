/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <openssl/err.h>
#include <string.h>

/* A fraction of a second. Chains that anybody uses take a thousandth of it. */
#define MAX_WORK (64 * 1024 * 1024)

gboolean
postern_look_spend (PosternLook *look, guint64 work)
{
  look->n_work = MIN (look->n_work + MIN (work, MAX_WORK), MAX_WORK + 1);

  return look->n_work <= MAX_WORK;
}

PosternCertFault *
postern_look_add (PosternLook *look,
                  const char *code,
                  const PosternPathLink *link,
                  const char *governed_by,
                  char *text)
{
  PosternCertFault *fault =
    postern_cert_fault_new (code, link != NULL ? link->index : 0, governed_by, text);

  fault->in_store = link != NULL && !link->sent;
  g_ptr_array_add (look->faults, fault);

  return fault;
}

PosternCertFault *
postern_look_warn (PosternLook *look,
                   const char *code,
                   const PosternPathLink *link,
                   const char *governed_by,
                   char *text)
{
  PosternCertFault *fault = postern_look_add (look, code, link, governed_by, text);

  fault->warning = TRUE;

  return fault;
}

/* OpenSSL asks for no staple, so it sees neither that one is missing nor that it is no good, and
 * Uniface is one of those that use it. What revokes the certificate stays an error. */
static gboolean
is_about_staple (const PosternCertFault *fault)
{
  return strcmp (fault->code, "cert.must-staple") == 0 ||
         strcmp (fault->code, "cert.staple-invalid") == 0;
}

gboolean
postern_look_is_softened (const PosternLook *look, const PosternCertFault *fault)
{
  if (strcmp (fault->governed_by, "verify_server_name") == 0)
    return !look->policy->verify_name;

  return look->policy->cn_fallback && is_about_staple (fault);
}

gboolean
postern_look_has_errors (const PosternLook *look)
{
  for (guint i = 0; i < look->faults->len; i++)
    {
      const PosternCertFault *fault = look->faults->pdata[i];

      if (!fault->warning && !postern_look_is_softened (look, fault))
        return TRUE;
    }

  return FALSE;
}

const char *
postern_look_get_label (const PosternPathLink *link)
{
  return postern_certificate_get_label (link->certificate);
}

guint32
postern_look_get_key_usage (X509 *x509)
{
  int place = -1;
  ASN1_BIT_STRING *bits = X509_get_ext_d2i (x509, NID_key_usage, NULL, &place);
  const guchar *bytes = bits != NULL ? ASN1_STRING_get0_data (bits) : NULL;
  int length = bits != NULL ? ASN1_STRING_length (bits) : 0;
  guint32 usage = bits != NULL ? 0 : G_MAXUINT32;

  if (length > 0)
    usage |= bytes[0];
  if (length > 1)
    usage |= (guint32) bytes[1] << 8;
  ASN1_BIT_STRING_free (bits);
  ERR_clear_error ();

  return usage;
}

char *
postern_look_oid_to_text (const ASN1_OBJECT *object)
{
  char number[128] = "";
  int nid = OBJ_obj2nid (object);

  OBJ_obj2txt (number, sizeof number, object, 1);

  return nid != NID_undef ? g_strdup_printf ("%s (%s)", number, OBJ_nid2ln (nid))
                          : g_strdup (number);
}
