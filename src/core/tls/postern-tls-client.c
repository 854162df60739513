/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-tls-context.h"

#include "tls/postern-trust-store.h"

#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string.h>

#define MAX_CHAIN 32 /* more would be no chain */

typedef struct
{
  PosternSecret *password;
  gboolean asked;
} Password;

static int
password_cb (char *buffer, int size, int writing, void *user_data)
{
  Password *self = user_data;
  gsize length = 0;
  const char *bytes;

  self->asked = TRUE;
  if (self->password == NULL)
    return -1;
  bytes = postern_secret_peek (self->password, &length);
  if (length > (gsize) size)
    return -1;
  memcpy (buffer, bytes, length);

  return (int) length;
}

static BIO *
open_bytes (GBytes *bytes)
{
  gsize length = 0;
  gconstpointer data = g_bytes_get_data (bytes, &length);

  return BIO_new_mem_buf (data != NULL ? data : "", (int) length);
}

static gboolean
use_certificates (SSL_CTX *context, GBytes *bytes)
{
  BIO *bio = open_bytes (bytes);
  X509 *own = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  gboolean used = own != NULL && SSL_CTX_use_certificate (context, own) == 1;

  for (guint i = 0; used && i < MAX_CHAIN; i++)
    {
      X509 *other = PEM_read_bio_X509 (bio, NULL, NULL, NULL);

      if (other == NULL)
        {
          ERR_clear_error (); /* the end of the file, most likely */
          break;
        }
      if (SSL_CTX_add0_chain_cert (context, other) != 1)
        {
          X509_free (other);
          used = FALSE;
        }
    }
  X509_free (own);
  BIO_free (bio);

  return used;
}

static EVP_PKEY *
read_key (const PosternTlsPolicy *policy, const char *path, const char **code, GError **error)
{
  GBytes *bytes = postern_trust_read_file (path, error);
  Password password = { .password = policy->client_key_password };
  EVP_PKEY *key;
  BIO *bio;

  *code = "settings.file-missing";
  if (bytes == NULL)
    return NULL;

  bio = open_bytes (bytes);
  key = PEM_read_bio_PrivateKey (bio, NULL, password_cb, &password);
  BIO_free (bio);
  postern_trust_wipe_bytes (bytes);
  if (key != NULL)
    return key;

  *code = password.asked ? "settings.key-password" : "settings.file-not-pem";
  if (password.asked && policy->client_key_password == NULL)
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("The key “%s” is protected by a password, and client_key_password is not "
                    "given."),
                 path);
  else if (password.asked)
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("The key “%s” does not open with the password in client_key_password: %s"),
                 path, postern_tls_context_take_reason ());
  else
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("The file “%s” holds no private key that can be read: %s"), path,
                 postern_tls_context_take_reason ());
  ERR_clear_error ();

  return NULL;
}

static gboolean
use_key (SSL_CTX *context,
         EVP_PKEY *key,
         const PosternTlsPolicy *policy,
         const char *path,
         const char **code,
         GError **error)
{
  if (X509_check_private_key (SSL_CTX_get0_certificate (context), key) == 1 &&
      SSL_CTX_use_PrivateKey (context, key) == 1)
    return TRUE;

  *code = "settings.key-mismatch";
  ERR_clear_error ();
  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
               _ ("The key “%s” does not belong to the client certificate “%s”."), path,
               policy->client_certificate);

  return FALSE;
}

gboolean
postern_tls_context_load_client (SSL_CTX *context,
                                 const PosternTlsPolicy *policy,
                                 const char **code,
                                 GError **error)
{
  const char *key_file =
    policy->client_key != NULL ? policy->client_key : policy->client_certificate;
  GBytes *certificate = postern_trust_read_file (policy->client_certificate, error);
  EVP_PKEY *key;
  gboolean used;

  *code = "settings.file-missing";
  if (certificate == NULL)
    return FALSE;
  used = use_certificates (context, certificate);
  postern_trust_wipe_bytes (certificate); /* the key may be beside it */
  if (!used)
    {
      *code = "settings.file-not-pem";
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("The client certificate “%s” cannot be used: %s"), policy->client_certificate,
                   postern_tls_context_take_reason ());
      return FALSE;
    }

  key = read_key (policy, key_file, code, error);
  if (key == NULL)
    return FALSE;
  used = use_key (context, key, policy, key_file, code, error);
  EVP_PKEY_free (key);

  return used;
}
