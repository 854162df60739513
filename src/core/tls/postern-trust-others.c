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

/* The path, and nothing but its last certificate trusted. */
static void
make_path_question (const PosternLook *look, Question *question)
{
  const PosternPathLink *last = &look->path->links[look->path->n_links - 1];
  gsize length = 0;
  gnutls_datum_t datum = { NULL, 0 };

  datum.data =
    (unsigned char *) g_bytes_get_data (postern_certificate_get_der (last->certificate), &length);
  datum.size = (unsigned int) length;
  if (gnutls_x509_trust_list_init (&question->list, 0) < 0)
    g_error ("No memory for the trusted certificates");
  gnutls_x509_trust_list_add_trust_mem (question->list, &datum, NULL, GNUTLS_X509_FMT_DER, 0, 0);
  question->store = X509_STORE_new ();
  X509_STORE_add_cert (question->store, postern_certificate_peek_x509 (last->certificate));

  question->certificates = g_ptr_array_new ();
  for (guint i = 0; i < MAX (look->path->n_links - 1, 1); i++)
    g_ptr_array_add (question->certificates, look->path->links[i].certificate);
}

static char *
ask_openssl_as_sent (const PosternLook *look, const Question *question)
{
  X509_STORE *store = X509_STORE_new ();
  Question whole = { .certificates = question->certificates, .store = store };
  char *reason;

  for (guint i = 0; i < look->store->anchors->len; i++)
    X509_STORE_add_cert (store, ((PosternAnchor *) look->store->anchors->pdata[i])->x509);
  reason = ask_openssl (&whole, 0);
  X509_STORE_free (store);

  return reason;
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

/* Uniface is one of those that use OpenSSL. */
static void
add_openssl_refuses (PosternLook *look, const char *openssl)
{
  postern_look_add (
    look, "cert.clients-differ", NULL, "verify_server",
    g_strdup_printf (_ ("OpenSSL, which this system uses, refuses the chain: “%s”."), openssl));
}

static void
add_one_refuses (PosternLook *look, const char *gnutls, const char *openssl)
{
  char *text = NULL;

  if (gnutls != NULL && openssl != NULL)
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
  Question question = { .certificates = look->chain, .list = look->store->list };
  g_autofree char *gnutls = NULL, *openssl = NULL;

  if (look->path->end != POSTERN_PATH_TRUSTED || postern_look_has_errors (look))
    return;

  gnutls = ask_gnutls (&question);
  openssl = ask_openssl_as_sent (look, &question);
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
