/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-tls-engine.h"

#include "tls/postern-tls-context.h"
#include "tls/postern-trust-path.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

/* A handshake with a chain of the largest size that is read needs most of it. */
#define MAX_WITHOUT_DATA (256 * 1024)
#define MAX_SENT 1000 /* certificates */

#define HANDSHAKE_HEADER 4
#define ALERT_FATAL 2
#define STATUS_OCSP 1                             /* RFC 6066, 8 */
#define EXPORTER_LABEL "EXPORTER-Channel-Binding" /* RFC 9266 */
#define EXPORTER_SIZE 32

struct _PosternTlsEngine
{
  SSL *ssl;
  BIO *input; /* of ssl, both */
  BIO *output;
  PosternTrust *trust;
  GPtrArray *sent;    /* the certificates of the server; element-type GBytes */
  GPtrArray *staples; /* in their order; element-type GBytes, or NULL */
  gsize without_data; /* bytes fed since the last data */
  gboolean done;
  gboolean ended;
  gboolean failed;
  gboolean requested;
  gboolean announced; /* a staple, in a message of its own (TLS 1.2) */
  gboolean stapled;   /* it is known what is stapled */
  gboolean too_long;  /* the chain */
  int alert;
};

static PosternTlsEngine *
engine_of_store (X509_STORE_CTX *store)
{
  SSL *ssl = X509_STORE_CTX_get_ex_data (store, SSL_get_ex_data_X509_STORE_CTX_idx ());

  return SSL_get_app_data (ssl);
}

/* The next length of so many bytes, if so much is there. */
static gboolean
take_length (const guint8 **bytes, gsize *left, guint size, gsize *length)
{
  *length = 0;
  if (*left < size)
    return FALSE;

  for (guint i = 0; i < size; i++)
    *length = *length << 8 | (*bytes)[i];
  *bytes += size;
  *left -= size;

  return *length <= *left;
}

static void
maybe_unref (gpointer bytes)
{
  if (bytes != NULL)
    g_bytes_unref (bytes);
}

/* The response in a CertificateStatus (RFC 6066, 8), or NULL. */
static GBytes *
read_status (const guint8 *bytes, gsize left)
{
  gsize length;

  if (left == 0 || bytes[0] != STATUS_OCSP)
    return NULL;
  bytes++;
  left--;

  return take_length (&bytes, &left, 3, &length) ? g_bytes_new (bytes, length) : NULL;
}

/* The same among the extensions of a certificate (RFC 8446, 4.4.2.1). */
static GBytes *
find_status (const guint8 *bytes, gsize left)
{
  while (left >= 4)
    {
      guint type = (guint) bytes[0] << 8 | bytes[1];
      gsize length;

      bytes += 2;
      left -= 2;
      if (!take_length (&bytes, &left, 2, &length))
        return NULL;
      if (type == TLSEXT_TYPE_status_request)
        return read_status (bytes, length);
      bytes += length;
      left -= length;
    }

  return NULL;
}

/* The certificates in a message (RFC 8446, 4.4.2, and RFC 5246, 7.4.2), as they are: OpenSSL
 * stops at one that it cannot read, and would not show it. */
static void
keep_certificates (PosternTlsEngine *self, const guint8 *bytes, gsize left)
{
  gboolean tls13 = SSL_version (self->ssl) == TLS1_3_VERSION;
  gsize length;

  g_ptr_array_set_size (self->sent, 0);
  g_ptr_array_set_size (self->staples, 0);
  if (tls13 && take_length (&bytes, &left, 1, &length))
    {
      bytes += length;
      left -= length;
    }
  if (!take_length (&bytes, &left, 3, &length))
    return;

  while (self->sent->len < MAX_SENT && take_length (&bytes, &left, 3, &length))
    {
      g_ptr_array_add (self->sent, g_bytes_new (bytes, length));
      g_ptr_array_add (self->staples, NULL);
      bytes += length;
      left -= length;
      if (tls13 && take_length (&bytes, &left, 2, &length))
        {
          self->staples->pdata[self->staples->len - 1] = find_status (bytes, length);
          bytes += length;
          left -= length;
        }
    }
}

static void
keep_status (PosternTlsEngine *self, const guint8 *bytes, gsize length)
{
  if (self->staples->len == 0)
    return;

  maybe_unref (self->staples->pdata[0]);
  self->staples->pdata[0] = read_status (bytes, length);
}

static void
judge_chain (PosternTlsEngine *self)
{
  postern_trust_analyse_stapled (self->trust, self->sent, self->stapled ? self->staples : NULL,
                                 g_get_real_time () / G_USEC_PER_SEC);
}

/* In TLS 1.2 what is stapled comes after the certificates, if the server said that it would come.
 * Then the verdict waits for it: what the server has to say about itself comes in one flight, and
 * nothing is answered before its end. */
static gboolean
waits_for_staple (PosternTlsEngine *self)
{
  return self->announced && SSL_version (self->ssl) != TLS1_3_VERSION;
}

/* What OpenSSL makes an alert of, so that the server's log names the same cause as ours. */
static int
get_verify_error (PosternTlsEngine *self)
{
  static const struct
  {
    const char *code;
    int error;
  } errors[] = {
    { "cert.revoked", X509_V_ERR_CERT_REVOKED },
    { "cert.expired", X509_V_ERR_CERT_HAS_EXPIRED },
    { "cert.not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID },
    { "cert.self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
    { "cert.untrusted-root", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
    { "cert.incomplete-chain", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
  };
  GPtrArray *faults = postern_trust_get_faults (self->trust);
  const PosternCertFault *first = faults->len > 0 ? faults->pdata[0] : NULL;

  for (gsize i = 0; first != NULL && i < G_N_ELEMENTS (errors); i++)
    if (strcmp (first->code, errors[i].code) == 0)
      return errors[i].error;

  return X509_V_ERR_CERT_REJECTED;
}

/* In place of OpenSSL's own look at the chain. */
static int
verify_cb (X509_STORE_CTX *store, void *data)
{
  PosternTlsEngine *self = engine_of_store (store);

  self->stapled = !waits_for_staple (self);
  judge_chain (self);
  if (self->stapled && !postern_trust_is_accepted (self->trust))
    {
      X509_STORE_CTX_set_error (store, get_verify_error (self));
      return 0;
    }
  X509_STORE_CTX_set_error (store, X509_V_OK);

  return 1;
}

/* Called when the server's flight is over, whether something was stapled or not. */
static int
status_cb (SSL *ssl, void *user_data)
{
  PosternTlsEngine *self = SSL_get_app_data (ssl);

  if (!waits_for_staple (self) || self->sent->len == 0)
    return 1;

  self->stapled = TRUE;
  judge_chain (self);

  return postern_trust_is_accepted (self->trust);
}

static void
extension_cb (SSL *ssl, int written, int type, const unsigned char *data, int length, void *self)
{
  if (type == TLSEXT_TYPE_status_request)
    ((PosternTlsEngine *) self)->announced = TRUE;
}

/* TLS 1.3 has two alerts that end nothing, and takes the level of the others for fatal; but OpenSSL
 * calls the version so before the server has chosen one. */
static gboolean
is_fatal (SSL *ssl, const guint8 *alert)
{
  gboolean chosen = SSL_get_pending_cipher (ssl) != NULL || SSL_get_current_cipher (ssl) != NULL;

  if (alert[1] == SSL_AD_CLOSE_NOTIFY || alert[1] == SSL_AD_USER_CANCELLED)
    return FALSE;

  return alert[0] == ALERT_FATAL || (chosen && SSL_version (ssl) == TLS1_3_VERSION);
}

/* Sees each message in clear, those of TLS 1.3 too. */
static void
message_cb (int written,
            int version,
            int content,
            const void *bytes,
            size_t length,
            SSL *ssl,
            void *user_data)
{
  PosternTlsEngine *self = user_data;
  const guint8 *message = bytes;

  if (written)
    return;

  if (content == SSL3_RT_HANDSHAKE && length > 0 && message[0] == SSL3_MT_CERTIFICATE_REQUEST)
    self->requested = TRUE;
  if (content == SSL3_RT_HANDSHAKE && length > HANDSHAKE_HEADER &&
      message[0] == SSL3_MT_CERTIFICATE)
    keep_certificates (self, message + HANDSHAKE_HEADER, length - HANDSHAKE_HEADER);
  if (content == SSL3_RT_HANDSHAKE && length > HANDSHAKE_HEADER &&
      message[0] == SSL3_MT_CERTIFICATE_STATUS)
    keep_status (self, message + HANDSHAKE_HEADER, length - HANDSHAKE_HEADER);
  if (content == SSL3_RT_ALERT && length == 2 && is_fatal (ssl, message))
    self->alert = message[1];
}

/* RFC 6066, 3: no addresses, no dot at the end, and names as the DNS has them. */
static void
set_server_name (PosternTlsEngine *self, const char *host)
{
  g_autofree char *name = g_hostname_is_ip_address (host) ? NULL : g_hostname_to_ascii (host);
  gsize length = name != NULL ? strlen (name) : 0;

  if (length > 0 && name[length - 1] == '.')
    name[--length] = '\0';
  if (length > 0)
    SSL_set_tlsext_host_name (self->ssl, name);
}

/* What is stapled to the certificate is asked for. */
static void
ask_for_staple (PosternTlsEngine *self, SSL_CTX *context)
{
  SSL_CTX_set_tlsext_status_cb (context, status_cb);
  SSL_set_tlsext_status_type (self->ssl, TLSEXT_STATUSTYPE_ocsp);
  SSL_set_tlsext_debug_callback (self->ssl, extension_cb);
  SSL_set_tlsext_debug_arg (self->ssl, self);
}

PosternTlsEngine *
postern_tls_engine_new (PosternTrust *trust, const char *host)
{
  PosternTlsEngine *self;
  SSL_CTX *context = postern_trust_get_context (trust);

  g_return_val_if_fail (context != NULL, NULL);

  self = g_new0 (PosternTlsEngine, 1);
  self->trust = g_object_ref (trust);
  self->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->staples = g_ptr_array_new_with_free_func (maybe_unref);
  self->alert = -1;
  SSL_CTX_set_cert_verify_callback (context, verify_cb, NULL);
  self->ssl = SSL_new (context);
  self->input = BIO_new (BIO_s_mem ());
  self->output = BIO_new (BIO_s_mem ());
  if (self->ssl == NULL || self->input == NULL || self->output == NULL)
    g_error ("No memory for TLS: %s", postern_tls_context_take_reason ());
  SSL_set_bio (self->ssl, self->input, self->output);
  SSL_set_verify (self->ssl, SSL_VERIFY_PEER, NULL);
  SSL_set_app_data (self->ssl, self);
  SSL_set_msg_callback (self->ssl, message_cb);
  SSL_set_msg_callback_arg (self->ssl, self);
  set_server_name (self, host);
  ask_for_staple (self, context);
  SSL_set_connect_state (self->ssl);

  return self;
}

void
postern_tls_engine_free (PosternTlsEngine *self)
{
  if (self == NULL)
    return;

  SSL_free (self->ssl);
  g_ptr_array_unref (self->sent);
  g_ptr_array_unref (self->staples);
  g_object_unref (self->trust);
  g_free (self);
}

/* Alerts are called by GnuTLS's names, by which a late one is known again. */
static void
set_alert_error (PosternTlsEngine *self, GError **error)
{
  const char *name = gnutls_alert_get_name ((gnutls_alert_description_t) self->alert);

  g_set_error (error, G_TLS_ERROR,
               self->alert == GNUTLS_A_CERTIFICATE_REQUIRED ? G_TLS_ERROR_CERTIFICATE_REQUIRED
                                                            : G_TLS_ERROR_MISC,
               _ ("The server ended TLS with an alert: %s"), name != NULL ? name : "?");
}

/* With a goodbye, or without. */
static gboolean
has_hung_up (PosternTlsEngine *self)
{
  return self->ended || (SSL_get_shutdown (self->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

static void
set_error (PosternTlsEngine *self, GError **error)
{
  gboolean too_long = ERR_GET_REASON (ERR_peek_error ()) == SSL_R_EXCESSIVE_MESSAGE_SIZE;
  const char *reason = postern_tls_context_take_reason ();

  self->failed = TRUE;
  self->too_long = too_long && SSL_get_state (self->ssl) == TLS_ST_CR_CERT;
  if (self->alert >= 0)
    set_alert_error (self, error);
  else if (!self->done && has_hung_up (self))
    g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_EOF,
                         _ ("The server hung up in the TLS handshake."));
  else
    g_set_error (error, G_TLS_ERROR, self->done ? G_TLS_ERROR_MISC : G_TLS_ERROR_HANDSHAKE,
                 _ ("TLS failed: %s"), reason);
}

/* FALSE: the peer sends on and on, and none of it is data. */
static gboolean
is_within_bounds (PosternTlsEngine *self, GError **error)
{
  if (self->without_data <= MAX_WITHOUT_DATA)
    return TRUE;

  self->failed = TRUE;
  g_set_error_literal (error, G_TLS_ERROR, self->done ? G_TLS_ERROR_MISC : G_TLS_ERROR_HANDSHAKE,
                       _ ("The server sends more messages of TLS than a session has."));

  return FALSE;
}

PosternTlsState
postern_tls_engine_handshake (PosternTlsEngine *self, GError **error)
{
  int result;

  ERR_clear_error ();
  result = SSL_do_handshake (self->ssl);
  if (result == 1)
    {
      self->done = TRUE;
      self->without_data = 0;
      return POSTERN_TLS_DONE;
    }

  if (SSL_get_error (self->ssl, result) == SSL_ERROR_WANT_READ && !self->ended)
    return is_within_bounds (self, error) ? POSTERN_TLS_WANTS_INPUT : POSTERN_TLS_FAILED;
  set_error (self, error);
  /* A certificate that OpenSSL could not read never got to be judged. */
  if (self->sent->len > 0 && postern_trust_get_chain (self->trust) == NULL)
    judge_chain (self);

  return POSTERN_TLS_FAILED;
}

void
postern_tls_engine_feed (PosternTlsEngine *self, gconstpointer bytes, gsize length)
{
  g_return_if_fail (length <= G_MAXINT);

  self->without_data += length;
  if (length > 0 && BIO_write (self->input, bytes, (int) length) != (int) length)
    g_error ("No memory for TLS");
}

void
postern_tls_engine_feed_end (PosternTlsEngine *self)
{
  self->ended = TRUE;
}

static gssize
would_block (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                       g_strerror (EAGAIN)); /* never shown */

  return -1;
}

static gssize
fail_again (GError **error)
{
  g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_MISC, _ ("TLS has failed before."));

  return -1;
}

gssize
postern_tls_engine_read (PosternTlsEngine *self, gpointer buffer, gsize size, GError **error)
{
  size_t n = 0;
  int result, cause;

  if (self->failed)
    return fail_again (error);
  if (size == 0)
    return 0;

  ERR_clear_error ();
  result = SSL_read_ex (self->ssl, buffer, size, &n);
  if (result == 1)
    {
      self->without_data = 0;
      return (gssize) n;
    }

  cause = SSL_get_error (self->ssl, result);
  if (cause == SSL_ERROR_ZERO_RETURN)
    return 0;
  if (cause == SSL_ERROR_WANT_READ)
    {
      /* Many servers hang up without saying goodbye; what they said before is whole or it is not,
       * and the protocol above knows. */
      if (self->ended)
        return 0;
      return is_within_bounds (self, error) ? would_block (error) : -1;
    }
  set_error (self, error);

  return -1;
}

gssize
postern_tls_engine_write (PosternTlsEngine *self, gconstpointer bytes, gsize length, GError **error)
{
  size_t n = 0;
  int result;

  if (self->failed || !self->done)
    return fail_again (error);
  if (length == 0)
    return 0;

  ERR_clear_error ();
  result = SSL_write_ex (self->ssl, bytes, length, &n);
  if (result == 1)
    return (gssize) n;

  /* In the middle of a renegotiation */
  if (SSL_get_error (self->ssl, result) == SSL_ERROR_WANT_READ)
    return is_within_bounds (self, error) ? would_block (error) : -1;
  set_error (self, error);

  return -1;
}

gboolean
postern_tls_engine_has_input (PosternTlsEngine *self)
{
  return self->failed || SSL_pending (self->ssl) > 0 || BIO_pending (self->input) > 0;
}

void
postern_tls_engine_close (PosternTlsEngine *self)
{
  if (self->done && !self->failed)
    SSL_shutdown (self->ssl);
  ERR_clear_error ();
}

const guint8 *
postern_tls_engine_peek_output (PosternTlsEngine *self, gsize *length)
{
  char *bytes = NULL;
  long n = BIO_get_mem_data (self->output, &bytes);

  *length = n > 0 ? (gsize) n : 0;

  return (const guint8 *) bytes;
}

void
postern_tls_engine_drop_output (PosternTlsEngine *self, gsize length)
{
  guint8 scratch[4096];

  while (length > 0)
    {
      int n = BIO_read (self->output, scratch, (int) MIN (length, sizeof scratch));

      if (n <= 0)
        return;
      length -= (gsize) n;
    }
}

guint16
postern_tls_engine_get_version (PosternTlsEngine *self)
{
  return self->done ? (guint16) SSL_version (self->ssl) : 0;
}

const char *
postern_tls_engine_get_cipher (PosternTlsEngine *self)
{
  const SSL_CIPHER *cipher = SSL_get_current_cipher (self->ssl);

  if (cipher == NULL)
    cipher = SSL_get_pending_cipher (self->ssl);

  return cipher != NULL ? SSL_CIPHER_get_name (cipher) : NULL;
}

int
postern_tls_engine_get_alert (PosternTlsEngine *self)
{
  return self->alert;
}

gboolean
postern_tls_engine_is_chain_too_long (PosternTlsEngine *self)
{
  return self->too_long;
}

const char *
postern_tls_engine_get_server_name (PosternTlsEngine *self)
{
  const char *name = SSL_get_servername (self->ssl, TLSEXT_NAMETYPE_host_name);

  return name != NULL ? name : "";
}

gboolean
postern_tls_engine_is_requested (PosternTlsEngine *self)
{
  return self->requested;
}

/* RFC 5929, 3. As no session is ever resumed, the client's Finished is the first one. */
static GBytes *
dup_unique (PosternTlsEngine *self)
{
  guint8 bytes[EVP_MAX_MD_SIZE];
  size_t length = SSL_get_finished (self->ssl, bytes, sizeof bytes);

  return length > 0 ? g_bytes_new (bytes, MIN (length, sizeof bytes)) : NULL;
}

static GBytes *
dup_exporter (PosternTlsEngine *self)
{
  guint8 bytes[EXPORTER_SIZE];

  if (SSL_export_keying_material (self->ssl, bytes, sizeof bytes, EXPORTER_LABEL,
                                  sizeof EXPORTER_LABEL - 1, NULL, 0, 1) != 1)
    return NULL;

  return g_bytes_new (bytes, sizeof bytes);
}

/* RFC 5929, 4.1: by the hash of the certificate's signature; where that is MD5 or SHA-1, by
 * SHA-256; and where there is none, as with Ed25519, it is not defined. */
static GBytes *
dup_end_point (PosternTlsEngine *self)
{
  X509 *certificate = SSL_get0_peer_certificate (self->ssl);
  int hash = NID_undef;
  const EVP_MD *digest;
  guint8 bytes[EVP_MAX_MD_SIZE];
  unsigned int length = 0;

  if (certificate == NULL || X509_get_signature_info (certificate, &hash, NULL, NULL, NULL) != 1 ||
      hash == NID_undef)
    return NULL;
  digest = hash == NID_md5 || hash == NID_sha1 ? EVP_sha256 () : EVP_get_digestbynid (hash);
  if (digest == NULL || X509_digest (certificate, digest, bytes, &length) != 1)
    return NULL;

  return g_bytes_new (bytes, length);
}

GBytes *
postern_tls_engine_dup_binding (PosternTlsEngine *self, GTlsChannelBindingType type)
{
  GBytes *binding = NULL;

  if (!self->done)
    return NULL;

  switch (type)
    {
    case G_TLS_CHANNEL_BINDING_TLS_UNIQUE:
      binding = dup_unique (self);
      break;
    case G_TLS_CHANNEL_BINDING_TLS_EXPORTER:
      binding = dup_exporter (self);
      break;
    case G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT:
      binding = dup_end_point (self);
      break;
    default:
      break;
    }
  ERR_clear_error ();

  return binding;
}
