/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-peers.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define MAX_CHAIN 64

/* As a program would ask: A-labels, no final dot. */
static char *
to_asked (const char *host)
{
  char *asked = g_hostname_is_non_ascii (host) ? g_hostname_to_ascii (host) : g_strdup (host);

  if (g_str_has_suffix (asked, "."))
    asked[strlen (asked) - 1] = '\0';

  return asked;
}

static X509_STORE *
make_store (const char *trusted)
{
  X509_STORE *store = X509_STORE_new ();
  BIO *bio = BIO_new_mem_buf (trusted, -1);
  X509 *certificate;

  while ((certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL)
    {
      X509_STORE_add_cert (store, certificate);
      X509_free (certificate);
    }
  ERR_clear_error ();
  BIO_free (bio);

  return store;
}

/* NULL when one cannot be read. */
static STACK_OF (X509) * make_stack (GPtrArray *ders)
{
  STACK_OF (X509) *stack = sk_X509_new_null ();

  for (guint i = 0; i < ders->len; i++)
    {
      gsize length;
      const unsigned char *bytes = g_bytes_get_data (g_ptr_array_index (ders, i), &length);
      const unsigned char *end = bytes + length;
      X509 *certificate = d2i_X509 (NULL, &bytes, (long) length);

      if (certificate == NULL || bytes != end)
        {
          X509_free (certificate);
          sk_X509_pop_free (stack, X509_free);
          ERR_clear_error ();
          return NULL;
        }
      sk_X509_push (stack, certificate);
    }

  return stack;
}

/* As a careful program sets it up: the strength that Debian asks for, and whoever is trusted
 * need not be a root. */
char *
zoo_ask_openssl (GPtrArray *ders, const char *trusted, const char *host)
{
  g_autofree char *asked = to_asked (host);
  STACK_OF (X509) *stack = make_stack (ders);
  X509_STORE *store;
  X509_STORE_CTX *context;
  X509_VERIFY_PARAM *param;
  char *answer = NULL;

  if (stack == NULL)
    return g_strdup ("cannot be read");

  store = make_store (trusted);
  context = X509_STORE_CTX_new ();
  X509_STORE_CTX_init (context, store, sk_X509_value (stack, 0), stack);
  X509_STORE_CTX_set_default (context, "ssl_server");
  param = X509_STORE_CTX_get0_param (context);
  X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level (param, 2);
  if (g_hostname_is_ip_address (asked))
    X509_VERIFY_PARAM_set1_ip_asc (param, asked);
  else
    X509_VERIFY_PARAM_set1_host (param, asked, 0);
  X509_VERIFY_PARAM_set_hostflags (param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_verify_cert (context) != 1)
    answer = g_strdup (X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)));

  ERR_clear_error ();
  X509_STORE_CTX_free (context);
  X509_STORE_free (store);
  sk_X509_pop_free (stack, X509_free);

  return answer;
}

static gboolean
import_chain (GPtrArray *ders, gnutls_x509_crt_t *crts)
{
  gboolean good = TRUE;

  g_assert_cmpuint (ders->len, <=, MAX_CHAIN);
  for (guint i = 0; i < ders->len; i++)
    {
      gsize length;
      gconstpointer bytes = g_bytes_get_data (g_ptr_array_index (ders, i), &length);
      const gnutls_datum_t datum = { (unsigned char *) bytes, (unsigned int) length };

      gnutls_x509_crt_init (&crts[i]);
      good &= gnutls_x509_crt_import (crts[i], &datum, GNUTLS_X509_FMT_DER) >= 0;
    }

  return good;
}

char *
zoo_ask_gnutls (GPtrArray *ders, const char *trusted, const char *host)
{
  g_autofree char *asked = to_asked (host);
  const gnutls_datum_t pem = { (unsigned char *) trusted, (unsigned int) strlen (trusted) };
  gnutls_x509_crt_t crts[MAX_CHAIN];
  gnutls_x509_trust_list_t list;
  gboolean address = g_hostname_is_ip_address (asked);
  guint8 bytes[16];
  gnutls_typed_vdata_st data[] = {
    { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *) GNUTLS_KP_TLS_WWW_SERVER, 0 },
    { GNUTLS_DT_DNS_HOSTNAME, (unsigned char *) asked, 0 },
  };
  unsigned int status = 0;
  char *answer = NULL;

  if (address)
    {
      data[1].type = GNUTLS_DT_IP_ADDRESS;
      data[1].data = bytes;
      data[1].size = strchr (asked, ':') != NULL ? 16 : 4;
      inet_pton (strchr (asked, ':') != NULL ? AF_INET6 : AF_INET, asked, bytes);
    }

  gnutls_x509_trust_list_init (&list, 0);
  gnutls_x509_trust_list_add_trust_mem (list, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
  if (!import_chain (ders, crts))
    answer = g_strdup ("cannot be read");
  else if (gnutls_x509_trust_list_verify_crt2 (list, crts, ders->len, data, G_N_ELEMENTS (data), 0,
                                               &status, NULL) < 0)
    answer = g_strdup ("cannot be verified");
  else if (status != 0)
    {
      gnutls_datum_t text = { NULL, 0 };

      gnutls_certificate_verification_status_print (status, GNUTLS_CRT_X509, &text, 0);
      answer = g_strdup (text.data != NULL ? (const char *) text.data : "refused");
      gnutls_free (text.data);
    }

  for (guint i = 0; i < ders->len; i++)
    gnutls_x509_crt_deinit (crts[i]);
  gnutls_x509_trust_list_deinit (list, 1);

  return answer;
}
