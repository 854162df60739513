/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>

/* The two libraries that mail programs use are asked as well, but for the time, for two reasons. A
 * look of one's own can miss something: a path that both of them refuse does not pass. And they
 * find fewer paths, and each has rules of its own: what one of them says of the chain as it was
 * sent is what its users will see. */

typedef struct
{
  GPtrArray *certificates; /* element-type PosternCertificate, the server's own first */
  gnutls_x509_trust_list_t list;
  X509_STORE *store;
} Question;

static char *
ask_gnutls (const Question *question)
{
  GPtrArray *certificates = question->certificates;
  gnutls_x509_crt_t crts[POSTERN_MAX_CHAIN + 1];
  gnutls_typed_vdata_st data = { GNUTLS_DT_KEY_PURPOSE_OID,
                                 (unsigned char *) GNUTLS_KP_TLS_WWW_SERVER, 0 };
  gnutls_datum_t text = { NULL, 0 };
  unsigned int status = 0;
  char *reason = NULL;
  int result;

  for (guint i = 0; i < certificates->len; i++)
    crts[i] = postern_certificate_peek (certificates->pdata[i]);

  result = gnutls_x509_trust_list_verify_crt2 (
    question->list, crts, certificates->len, &data, 1,
    GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS, &status, NULL);
  if (result < 0)
    reason = g_strdup (gnutls_strerror (result));
  else if (status != 0 &&
           gnutls_certificate_verification_status_print (status, GNUTLS_CRT_X509, &text, 0) >= 0)
    {
      reason = g_strstrip (g_strdup ((const char *) text.data));
      gnutls_free (text.data);
    }

  return reason;
}

static char *
ask_openssl (const Question *question, unsigned long flags)
{
  GPtrArray *certificates = question->certificates;
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  STACK_OF (X509) *between = sk_X509_new_null ();
  X509_VERIFY_PARAM *param;
  char *reason = NULL;

  for (guint i = 1; i < certificates->len; i++)
    sk_X509_push (between, postern_certificate_peek_x509 (certificates->pdata[i]));
  X509_STORE_CTX_init (context, question->store,
                       postern_certificate_peek_x509 (certificates->pdata[0]), between);
  param = X509_STORE_CTX_get0_param (context);
  X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags (param, flags | X509_V_FLAG_NO_CHECK_TIME);
  if (X509_verify_cert (context) != 1)
    reason = g_strdup (X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)));

  sk_X509_free (between);
  X509_STORE_CTX_free (context);
  ERR_clear_error ();

  return reason;
}

static void
question_clear (Question *question)
{
  g_ptr_array_unref (question->certificates);
  gnutls_x509_trust_list_deinit (question->list, 1);
  X509_STORE_free (question->store);
}

static void
trust (Question *question, GBytes *der, X509 *x509)
{
  gsize length = 0;
  gnutls_datum_t datum = { NULL, 0 };

  datum.data = (unsigned char *) g_bytes_get_data (der, &length);
  datum.size = (unsigned int) length;
  gnutls_x509_trust_list_add_trust_mem (question->list, &datum, NULL, GNUTLS_X509_FMT_DER, 0, 0);
  X509_STORE_add_cert (question->store, x509);
}

static void
question_init (Question *question)
{
  question->certificates = g_ptr_array_new ();
  question->store = X509_STORE_new ();
  if (gnutls_x509_trust_list_init (&question->list, 0) < 0)
    g_error ("No memory for the trusted certificates");
}

/* The path, and nothing but its last certificate trusted. */
static void
make_path_question (const PosternLook *look, Question *question)
{
  const PosternPathLink *last = &look->path->links[look->path->n_links - 1];

  question_init (question);
  trust (question, postern_certificate_get_der (last->certificate),
         postern_certificate_peek_x509 (last->certificate));
  for (guint i = 0; i < MAX (look->path->n_links - 1, 1); i++)
    g_ptr_array_add (question->certificates, look->path->links[i].certificate);
}

/* Of all that is trusted, what has to do with @x509 and those above it. */
static void
trust_issuers (const PosternLook *look, Question *question, GHashTable *seen, X509 *x509)
{
  GPtrArray *namesakes = postern_trust_store_find (look->store, X509_get_issuer_name (x509));

  for (guint i = 0; namesakes != NULL && i < namesakes->len; i++)
    {
      PosternAnchor *anchor = g_ptr_array_index (namesakes, i);
      X509 *issuer = postern_anchor_peek_x509 (anchor);

      if (issuer == NULL || !g_hash_table_add (seen, anchor))
        continue;
      trust (question, anchor->der, issuer);
      trust_issuers (look, question, seen, issuer);
    }
}

static void
make_chain_question (const PosternLook *look, Question *question)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);

  question_init (question);
  for (guint i = 0; i < look->chain->len; i++)
    {
      PosternCertificate *certificate = g_ptr_array_index (look->chain, i);
      X509 *x509 = postern_certificate_peek_x509 (certificate);

      g_ptr_array_add (question->certificates, certificate);
      trust_issuers (look, question, seen, x509);
      if (postern_trust_store_contains (look->store, postern_certificate_get_der (certificate)))
        trust (question, postern_certificate_get_der (certificate), x509);
    }
}

static gboolean
is_told (const PosternLook *look, const char *code)
{
  for (guint i = 0; i < look->faults->len; i++)
    if (strcmp (((const PosternCertFault *) look->faults->pdata[i])->code, code) == 0)
      return TRUE;

  return FALSE;
}

static gboolean
is_refused_by_both (const PosternLook *look)
{
  Question question = { NULL };
  g_autofree char *gnutls = NULL, *openssl = NULL;

  make_path_question (look, &question);
  gnutls = ask_gnutls (&question);
  openssl = ask_openssl (&question, X509_V_FLAG_PARTIAL_CHAIN);
  question_clear (&question);

  return gnutls != NULL && openssl != NULL;
}

/* A path that ends in a certificate which is trusted, but has an issuer: for OpenSSL the chain goes
 * on to a root. */
static char *
explain_partial (const PosternPathLink *last)
{
  return g_strdup_printf (_ ("“%s” is among the trusted certificates, but is no root: clients that "
                             "use OpenSSL want “%s” there as well."),
                          postern_look_get_label (last),
                          postern_certificate_get_issuer (last->certificate));
}

static gboolean
is_partial (const PosternPathLink *last)
{
  return !postern_certificate_is_self_issued (last->certificate);
}

/* Uniface is one of those that use OpenSSL. */
static void
add_openssl_refuses (PosternLook *look, const char *openssl)
{
  const PosternPathLink *last = &look->path->links[look->path->n_links - 1];

  if (is_partial (last))
    postern_look_add (look, "cert.untrusted-root", last, "verify_server", explain_partial (last))
      ->missing_subject = g_strdup (postern_certificate_get_issuer (last->certificate));
  else
    postern_look_add (look, "cert.clients-differ", NULL, "verify_server",
                      g_strdup_printf (_ ("OpenSSL, which this system uses, refuses the chain: "
                                          "“%s”."),
                                       openssl));
}

static void
add_one_refuses (PosternLook *look, const char *gnutls, const char *openssl)
{
  const PosternPathLink *last = &look->path->links[look->path->n_links - 1];
  char *text = NULL;

  if (gnutls == NULL && openssl != NULL && is_partial (last))
    text = explain_partial (last);
  else if (gnutls != NULL && openssl != NULL)
    text = g_strdup_printf (_ ("Clients that use GnuTLS (“%s”) or OpenSSL (“%s”) refuse the chain "
                               "as it is sent."),
                            gnutls, openssl);
  else if (gnutls != NULL)
    text =
      g_strdup_printf (_ ("Clients that use GnuTLS refuse the chain as it is sent: “%s”."), gnutls);
  else if (openssl != NULL)
    text = g_strdup_printf (_ ("Clients that use OpenSSL refuse the chain as it is sent: “%s”."),
                            openssl);

  if (text != NULL)
    postern_look_warn (look, "cert.clients-differ", NULL, "verify_server", text);
}

void
postern_look_at_others (PosternLook *look)
{
  Question question = { NULL };
  g_autofree char *gnutls = NULL, *openssl = NULL;

  if (look->path->end != POSTERN_PATH_TRUSTED || postern_look_has_errors (look))
    return;

  make_chain_question (look, &question);
  gnutls = ask_gnutls (&question);
  openssl = ask_openssl (&question, 0);
  question_clear (&question);
  if (is_told (look, "cert.wrong-purpose"))
    g_clear_pointer (&openssl, g_free);
  if (gnutls != NULL && openssl != NULL && is_refused_by_both (look))
    postern_look_add (look, "cert.not-conforming", NULL, "verify_server",
                      g_strdup_printf (_ ("Both GnuTLS (“%s”) and OpenSSL (“%s”) refuse the "
                                          "chain."),
                                       gnutls, openssl));
  else if (openssl != NULL && look->policy->cn_fallback)
    add_openssl_refuses (look, openssl);
  else
    add_one_refuses (look, gnutls, openssl);
}
