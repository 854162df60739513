/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-tls-context.h"

#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

/* The HIGH part of what OpenSSL offers by itself (spec/uniface.md 8.4). */
#define DEFAULT_CIPHERS "DEFAULT:!MEDIUM:!LOW"
/* Off whatever a list says (8.6). Suites without encryption are off as well (inferred): OpenSSL
 * never offers them at the security level that it starts with. */
#define NEVER ":!aNULL:!eNULL:!RC4"
/* With a shared key nobody shows a certificate: both sides prove that they know it. */
#define SHARED_KEY_CIPHERS "PSK:!MEDIUM:!LOW"
#define SHARED_KEY_ONLY ":!aRSA:!aECDSA:!aDSS"
/* Who the client says it is is not documented for Uniface: what the server hints at, or what
 * OpenSSL's own programs say (inferred). */
#define SHARED_KEY_IDENTITY "Client_identity"
/* A cipher list says nothing about TLS 1.3: these are OpenSSL's own. */
#define SUITES_1_3 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

/* OpenSSL ties a shared key to SHA-256 in TLS 1.3; a server that chose another suite would show its
 * certificate instead. */
#define SHARED_KEY_SUITES_1_3 "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

/* Bytes, of all that a server sends. OpenSSL stops at half of it by itself; a chain between the two
 * is read, to be shown, and refused by PosternTrust. */
#define MAX_CERTIFICATES (200 * 1024)

void
postern_tls_context_init_process (void)
{
  OPENSSL_init_crypto (OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

const char *
postern_tls_context_take_reason (void)
{
  const char *reason = ERR_reason_error_string (ERR_peek_error ());

  ERR_clear_error ();

  return reason != NULL ? reason : _ ("no reason given");
}

/* OpenSSL offers TLS 1.0 and 1.1 at security level 0 alone, because of their signatures. That
 * level would also let weak keys of the server pass, but nobody asks OpenSSL about those: the
 * chain is judged by PosternTrust, which has its own say on keys and signatures. */
static int
get_security_level (const PosternTlsPolicy *policy)
{
  return policy->min_version != 0 && policy->min_version < TLS1_2_VERSION ? 0 : 1;
}

/* Whether anything of the list is left for TLS 1.2 and below. */
static gboolean
offers_ciphers (SSL_CTX *context)
{
  SSL *ssl = SSL_new (context);
  STACK_OF (SSL_CIPHER) *ciphers = ssl != NULL ? SSL_get1_supported_ciphers (ssl) : NULL;
  gboolean found = FALSE;

  for (int i = 0; i < sk_SSL_CIPHER_num (ciphers); i++)
    found |= SSL_CIPHER_get_protocol_id (sk_SSL_CIPHER_value (ciphers, i)) >> 8 != 0x13;
  sk_SSL_CIPHER_free (ciphers);
  SSL_free (ssl);

  return found;
}

static gboolean
set_ciphers (SSL_CTX *context, const PosternTlsPolicy *policy, GError **error)
{
  gboolean shared = policy->shared_key != NULL;
  const char *wanted = policy->cipher_list != NULL ? policy->cipher_list
                       : shared                    ? SHARED_KEY_CIPHERS
                                                   : DEFAULT_CIPHERS;
  g_autofree char *list = g_strconcat (wanted, NEVER, shared ? SHARED_KEY_ONLY : NULL, NULL);
  gboolean only_1_3 = policy->min_version == TLS1_3_VERSION;

  if (SSL_CTX_set_cipher_list (context, list) != 1 || (!only_1_3 && !offers_ciphers (context)))
    {
      ERR_clear_error ();
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("cipher_list=%s names no cipher suite that OpenSSL %s can offer. RC4, "
                      "anonymous suites and suites without encryption are always off."),
                   wanted, OpenSSL_version (OPENSSL_VERSION_STRING));
      return FALSE;
    }

  return TRUE;
}

static unsigned int
shared_key_cb (SSL *ssl,
               const char *hint,
               char *identity,
               unsigned int max_identity,
               unsigned char *key,
               unsigned int max_key)
{
  PosternSecret *secret = SSL_CTX_get_app_data (SSL_get_SSL_CTX (ssl));
  gsize length = 0;
  const char *bytes;

  if (secret == NULL) /* forgotten: nobody waits for this handshake any more */
    return 0;

  bytes = postern_secret_peek (secret, &length);
  if (hint == NULL || *hint == '\0' || strlen (hint) >= max_identity)
    hint = SHARED_KEY_IDENTITY;
  if (length > max_key || g_strlcpy (identity, hint, max_identity) >= max_identity)
    return 0;
  memcpy (key, bytes, length);

  return (unsigned int) length;
}

static gboolean
set_shared_key (SSL_CTX *context, const PosternTlsPolicy *policy, GError **error)
{
  if (policy->shared_key == NULL)
    return TRUE;

  if (postern_secret_get_length (policy->shared_key) > PSK_MAX_PSK_LEN)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("A shared_key has at most %d bytes."), PSK_MAX_PSK_LEN);
      return FALSE;
    }

  SSL_CTX_set_app_data (context, policy->shared_key); /* until it is forgotten */
  SSL_CTX_set_psk_client_callback (context, shared_key_cb);

  return TRUE;
}

/* All of it is said, so that nothing depends on what a configuration said before. */
static gboolean
set_up (SSL_CTX *context, const PosternTlsPolicy *policy, const char **code, GError **error)
{
  SSL_CTX_set_security_level (context, get_security_level (policy));
  SSL_CTX_set_min_proto_version (context,
                                 policy->min_version != 0 ? policy->min_version : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version (context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites (context,
                            policy->shared_key != NULL ? SHARED_KEY_SUITES_1_3 : SUITES_1_3);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options (context,
                       SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
  /* Without it the secure form alone is possible: OpenSSL knows no other any more. */
  if (!policy->renegotiation)
    SSL_CTX_set_options (context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode (context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_max_cert_list (context, MAX_CERTIFICATES);

  *code = "settings.option-illegal";
  if (!set_shared_key (context, policy, error) || !set_ciphers (context, policy, error))
    return FALSE;

  return policy->client_certificate == NULL ||
         postern_tls_context_load_client (context, policy, code, error);
}

SSL_CTX *
postern_tls_context_new (const PosternTlsPolicy *policy, const char **code, GError **error)
{
  SSL_CTX *context;

  postern_tls_context_init_process ();
  ERR_clear_error ();
  context = SSL_CTX_new (TLS_client_method ());
  if (context == NULL)
    g_error ("No memory for TLS: %s", postern_tls_context_take_reason ());

  if (set_up (context, policy, code, error))
    return context;

  SSL_CTX_free (context);

  return NULL;
}

void
postern_tls_context_forget (SSL_CTX *context)
{
  SSL_CTX_set_app_data (context, NULL);
}

GArray *
postern_tls_context_list_suites (const PosternTlsPolicy *policy, GError **error)
{
  PosternTlsPolicy bare = *policy;
  const char *code = NULL;
  GArray *suites;
  SSL_CTX *context;
  SSL *ssl;
  STACK_OF (SSL_CIPHER) * ciphers;

  bare.client_certificate = NULL;
  context = postern_tls_context_new (&bare, &code, error);
  if (context == NULL)
    return NULL;

  ssl = SSL_new (context);
  ciphers = ssl != NULL ? SSL_get1_supported_ciphers (ssl) : NULL;
  suites = g_array_new (FALSE, FALSE, sizeof (guint16));
  for (int i = 0; i < sk_SSL_CIPHER_num (ciphers); i++)
    {
      guint16 number = SSL_CIPHER_get_protocol_id (sk_SSL_CIPHER_value (ciphers, i));

      g_array_append_val (suites, number);
    }
  sk_SSL_CIPHER_free (ciphers);
  SSL_free (ssl);
  SSL_CTX_free (context);

  return suites;
}
