/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls-peer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

static void
ok (int result)
{
  if (result != 1)
    g_error ("OpenSSL: %s", ERR_reason_error_string (ERR_peek_last_error ()));
}

TlsPeer *
tls_peer_new (const char *chain, const char *key)
{
  TlsPeer *self = g_new0 (TlsPeer, 1);
  BIO *bio = BIO_new_mem_buf (chain, -1);
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  EVP_PKEY *private_key;

  self->context = SSL_CTX_new (TLS_server_method ());
  SSL_CTX_set_security_level (self->context, 0);
  ok (SSL_CTX_set_cipher_list (self->context, "ALL:eNULL"));
  ok (SSL_CTX_use_certificate (self->context, certificate));
  X509_free (certificate);
  while ((certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL)
    ok ((int) SSL_CTX_add0_chain_cert (self->context, certificate));
  ERR_clear_error ();
  BIO_free (bio);

  bio = BIO_new_mem_buf (key, -1);
  private_key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);
  ok (SSL_CTX_use_PrivateKey (self->context, private_key));
  EVP_PKEY_free (private_key);
  BIO_free (bio);

  SSL_CTX_set_dh_auto (self->context, 1);
  SSL_CTX_set_max_cert_list (self->context, 1024 * 1024);
  tls_peer_set_versions (self, TLS1_VERSION, TLS1_3_VERSION);
  self->received = g_string_new (NULL);
  self->alert = -1;

  return self;
}

void
tls_peer_free (TlsPeer *self)
{
  SSL_free (self->ssl);
  SSL_CTX_free (self->context);
  g_string_free (self->received, TRUE);
  g_free (self);
}

void
tls_peer_set_versions (TlsPeer *self, guint16 lowest, guint16 highest)
{
  SSL_CTX_set_min_proto_version (self->context, lowest);
  SSL_CTX_set_max_proto_version (self->context, highest);
}

static void
message_cb (
  int written, int version, int content, const void *bytes, size_t n, SSL *ssl, void *user_data)
{
  TlsPeer *self = user_data;

  if (!written && content == SSL3_RT_ALERT && n == 2)
    self->alert = ((const guint8 *) bytes)[1];
}

void
tls_peer_start (TlsPeer *self)
{
  if (self->ssl != NULL)
    return;

  self->ssl = SSL_new (self->context);
  self->input = BIO_new (BIO_s_mem ());
  self->output = BIO_new (BIO_s_mem ());
  SSL_set_bio (self->ssl, self->input, self->output);
  SSL_set_msg_callback (self->ssl, message_cb);
  SSL_set_msg_callback_arg (self->ssl, self);
  SSL_set_accept_state (self->ssl);
}

void
tls_peer_feed (TlsPeer *self, gconstpointer bytes, gsize length)
{
  char data[4096];
  int n;

  tls_peer_start (self);
  if (length > 0)
    g_assert_cmpint (BIO_write (self->input, bytes, (int) length), ==, (int) length);

  ERR_clear_error ();
  while ((n = SSL_read (self->ssl, data, sizeof data)) > 0)
    g_string_append_len (self->received, data, n);
  self->done |= SSL_is_init_finished (self->ssl) != 0;
  self->failed |= SSL_get_error (self->ssl, n) == SSL_ERROR_SSL;
}

void
tls_peer_write (TlsPeer *self, const char *text)
{
  g_assert_cmpint (SSL_write (self->ssl, text, (int) strlen (text)), ==, (int) strlen (text));
}

GBytes *
tls_peer_take (TlsPeer *self)
{
  char *bytes = NULL;
  long length = self->output != NULL ? BIO_get_mem_data (self->output, &bytes) : 0;
  GBytes *taken = g_bytes_new (bytes, (gsize) length);

  if (length > 0)
    BIO_reset (self->output);

  return taken;
}

/* A reading of bytes that must be there. */
typedef struct
{
  const guint8 *bytes;
  gsize length;
} Reading;

static const guint8 *
take (Reading *self, gsize length)
{
  const guint8 *bytes = self->bytes;

  g_assert_cmpuint (length, <=, self->length);
  self->bytes += length;
  self->length -= length;

  return bytes;
}

static guint
take_number (Reading *self, guint n_bytes)
{
  const guint8 *bytes = take (self, n_bytes);
  guint number = 0;

  for (guint i = 0; i < n_bytes; i++)
    number = number << 8 | bytes[i];

  return number;
}

static void
take_numbers (Reading *self, gsize length, GArray *numbers)
{
  for (gsize i = 0; i < length; i += 2)
    {
      guint16 number = (guint16) take_number (self, 2);

      if (number != 0x00ff) /* RFC 5746: no suite */
        g_array_append_val (numbers, number);
    }
}

static void
read_extension (ClientHello *self, guint16 type, Reading reading)
{
  g_array_append_val (self->extensions, type);
  if (type == TLSEXT_TYPE_supported_versions)
    {
      guint length = take_number (&reading, 1);

      g_array_set_size (self->versions, 0);
      take_numbers (&reading, length, self->versions);
    }
  else if (type == TLSEXT_TYPE_server_name)
    {
      guint length;

      take (&reading, 3); /* length of the list, type of the name */
      length = take_number (&reading, 2);
      self->server_name = g_strndup ((const char *) take (&reading, length), length);
    }
}

/* Without the extension, a client that says 1.2 speaks what lies below as well: down to what it
 * does not say. */
ClientHello *
client_hello_parse (const guint8 *bytes, gsize length)
{
  ClientHello *self = g_new0 (ClientHello, 1);
  Reading reading = { bytes, length };
  guint n;

  self->suites = g_array_new (FALSE, FALSE, sizeof (guint16));
  self->versions = g_array_new (FALSE, FALSE, sizeof (guint16));
  self->extensions = g_array_new (FALSE, FALSE, sizeof (guint16));

  g_assert_cmpuint (take_number (&reading, 1), ==, SSL3_RT_HANDSHAKE);
  take (&reading, 4); /* version and length of the record */
  g_assert_cmpuint (take_number (&reading, 1), ==, SSL3_MT_CLIENT_HELLO);
  take (&reading, 3);
  self->legacy_version = (guint16) take_number (&reading, 2);
  take (&reading, 32);
  n = take_number (&reading, 1);
  take (&reading, n);
  n = take_number (&reading, 2);
  take_numbers (&reading, n, self->suites);
  n = take_number (&reading, 1);
  g_assert_cmpuint (n, ==, 1); /* no compression */
  take (&reading, n);
  take (&reading, 2);
  g_array_append_val (self->versions, self->legacy_version);
  while (reading.length > 0)
    {
      guint16 type = (guint16) take_number (&reading, 2);
      guint size = take_number (&reading, 2);
      Reading inner = { take (&reading, size), size };

      read_extension (self, type, inner);
    }

  return self;
}

void
client_hello_free (ClientHello *self)
{
  g_array_unref (self->suites);
  g_array_unref (self->versions);
  g_array_unref (self->extensions);
  g_free (self->server_name);
  g_free (self);
}

gboolean
client_hello_has (GArray *numbers, guint16 number)
{
  for (guint i = 0; i < numbers->len; i++)
    if (g_array_index (numbers, guint16, i) == number)
      return TRUE;

  return FALSE;
}

char *
client_hello_list (GArray *numbers)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < numbers->len; i++)
    g_string_append_printf (list, "%s%04x", i > 0 ? " " : "", g_array_index (numbers, guint16, i));

  return g_string_free (list, FALSE);
}
