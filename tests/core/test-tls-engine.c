/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-handshake.h"
#include "session/postern-tls-engine.h"

#include "test-pki.h"
#include "tls-peer.h"

#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <openssl/pem.h>
#include <string.h>

/* The engine against OpenSSL's server, both in memory: every byte is in our hands. */

static struct
{
  TestCert *root;
  TestCert *own;
  char *chain;
  char *key;
  char *ca_file;
  PosternTrust *trust;
} pki;

static PosternTlsPolicy *
make_policy (void)
{
  PosternTlsPolicy *policy = postern_tls_policy_new ();

  policy->system_store = FALSE;
  policy->ca_file = g_strdup (pki.ca_file);
  policy->min_version = TLS1_VERSION;

  return policy;
}

/* A client and a server */
typedef struct
{
  PosternTrust *trust;
  PosternTlsEngine *engine;
  TlsPeer *peer;
  PosternTlsState state;
  GError *error;
} Pair;

static PosternTrust *
load_trust (const PosternTlsPolicy *policy)
{
  PosternTrust *trust = postern_trust_new (policy, "mail.test");
  GError *error = NULL;

  postern_trust_load (trust, &error);
  g_assert_no_error (error);

  return trust;
}

static Pair *
pair_new_for (PosternTrust *trust, const char *chain, const char *key)
{
  Pair *self = g_new0 (Pair, 1);

  self->trust = trust;
  self->engine = postern_tls_engine_new (self->trust, "mail.test");
  self->peer = tls_peer_new (chain, key);
  self->state = POSTERN_TLS_WANTS_INPUT;

  return self;
}

static Pair *
pair_new_with (const PosternTlsPolicy *policy, const char *chain, const char *key)
{
  return pair_new_for (load_trust (policy), chain, key);
}

/* What many share is loaded once. */
static Pair *
pair_new (void)
{
  if (pki.trust == NULL)
    {
      g_autoptr(PosternTlsPolicy) policy = make_policy ();

      pki.trust = load_trust (policy);
    }

  return pair_new_for (g_object_ref (pki.trust), pki.chain, pki.key);
}

static void
pair_free (Pair *self)
{
  postern_tls_engine_free (self->engine);
  tls_peer_free (self->peer);
  g_object_unref (self->trust);
  g_clear_error (&self->error);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

/* What the client has to send, @step bytes at a time. TRUE when there was any. */
static gboolean
to_peer (Pair *self, gsize step)
{
  gsize length = 0;
  const guint8 *bytes = postern_tls_engine_peek_output (self->engine, &length);
  gboolean any = length > 0;

  while (length > 0)
    {
      gsize n = MIN (step, length);

      tls_peer_feed (self->peer, bytes, n);
      postern_tls_engine_drop_output (self->engine, n);
      bytes = postern_tls_engine_peek_output (self->engine, &length);
    }

  return any;
}

static void
go_on (Pair *self)
{
  if (self->state == POSTERN_TLS_WANTS_INPUT)
    self->state = postern_tls_engine_handshake (self->engine, &self->error);
}

static gboolean
to_engine (Pair *self, gsize step)
{
  g_autoptr(GBytes) taken = tls_peer_take (self->peer);
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (taken, &length);

  for (gsize i = 0; i < length; i += step)
    {
      postern_tls_engine_feed (self->engine, bytes + i, MIN (step, length - i));
      go_on (self);
    }

  return length > 0;
}

static void
shake_hands (Pair *self, gsize step)
{
  gboolean moved = TRUE;

  go_on (self);
  while (moved)
    {
      moved = to_peer (self, step);
      moved = to_engine (self, step) || moved;
    }
}

static void
assert_data_flows (Pair *self)
{
  char data[64] = "";
  GError *error = NULL;

  g_string_truncate (self->peer->received, 0);
  g_assert_cmpint (postern_tls_engine_write (self->engine, "EHLO\r\n", 6, &error), ==, 6);
  g_assert_no_error (error);
  to_peer (self, G_MAXSIZE);
  g_assert_cmpstr (self->peer->received->str, ==, "EHLO\r\n");

  tls_peer_write (self->peer, "250 x\r\n");
  to_engine (self, G_MAXSIZE);
  g_assert_true (postern_tls_engine_has_input (self->engine));
  g_assert_cmpint (postern_tls_engine_read (self->engine, data, 3, &error), ==, 3);
  g_assert_true (postern_tls_engine_has_input (self->engine));
  g_assert_cmpint (postern_tls_engine_read (self->engine, data + 3, 60, &error), ==, 4);
  g_assert_no_error (error);
  g_assert_cmpstr (data, ==, "250 x\r\n");
  g_assert_false (postern_tls_engine_has_input (self->engine));
  g_assert_cmpint (postern_tls_engine_read (self->engine, data, 60, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
}

static const guint16 all_versions[] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
                                        TLS1_3_VERSION };

/* Every version, every byte alone. */
static void
test_split (void)
{
  static const gsize steps[] = { 1, 2, 3, 5, 7, 64, G_MAXUINT16 };

  for (guint i = 0; i < G_N_ELEMENTS (all_versions) * G_N_ELEMENTS (steps); i++)
    {
      g_autoptr(Pair) pair = pair_new ();
      guint16 version = all_versions[i % 4];

      tls_peer_set_versions (pair->peer, version, version);
      shake_hands (pair, steps[i / 4]);
      g_assert_no_error (pair->error);
      g_assert_cmpint (pair->state, ==, POSTERN_TLS_DONE);
      g_assert_true (pair->peer->done);
      g_assert_cmpuint (postern_tls_engine_get_version (pair->engine), ==, version);
      g_assert_nonnull (postern_tls_engine_get_cipher (pair->engine));
      g_assert_cmpint (postern_tls_engine_get_alert (pair->engine), ==, -1);
      g_assert_false (postern_tls_engine_is_requested (pair->engine));
      assert_data_flows (pair);
    }
}

/* Nothing of the application before the chain is accepted; then the server is told. */
static void
test_refused_chain (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (all_versions); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = make_policy ();
      g_autoptr(Pair) pair = NULL;

      policy->verify_name = TRUE;
      g_ptr_array_add (policy->names, postern_peer_name_new (POSTERN_PEER_NAME_DNS, "other.test"));
      pair = pair_new_with (policy, pki.chain, pki.key);
      tls_peer_set_versions (pair->peer, all_versions[i], all_versions[i]);
      shake_hands (pair, 100);
      g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
      g_assert_error (pair->error, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE);
      g_assert_false (postern_trust_is_accepted (pair->trust));
      g_assert_cmpint (pair->peer->alert, ==, SSL_AD_BAD_CERTIFICATE);
      g_assert_false (pair->peer->done);
      g_assert_cmpint (postern_tls_engine_write (pair->engine, "x", 1, NULL), ==, -1);
    }
}

/* The server hangs up after each of its bytes. */
static void
test_hangs_up (void)
{
  for (guint i = 2; i < G_N_ELEMENTS (all_versions); i++)
    {
      for (gsize n = 0;; n += 23)
        {
          g_autoptr(Pair) pair = pair_new ();
          gsize left = n;

          tls_peer_set_versions (pair->peer, all_versions[i], all_versions[i]);
          go_on (pair);
          while (to_peer (pair, G_MAXSIZE) && left > 0)
            {
              g_autoptr(GBytes) taken = tls_peer_take (pair->peer);
              gsize length = g_bytes_get_size (taken);

              postern_tls_engine_feed (pair->engine, g_bytes_get_data (taken, NULL),
                                       MIN (length, left));
              left -= MIN (length, left);
              go_on (pair);
            }
          postern_tls_engine_feed_end (pair->engine);
          go_on (pair);
          if (pair->state == POSTERN_TLS_DONE)
            {
              char data[8];

              g_assert_cmpuint (n, >, 500);
              g_assert_cmpint (postern_tls_engine_read (pair->engine, data, 8, NULL), ==, 0);
              break;
            }
          g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
          g_assert_error (pair->error, G_TLS_ERROR, G_TLS_ERROR_EOF);
        }
    }
}

static void
test_alerts (void)
{
  for (guint alert = 0; alert < 256; alert++)
    {
      for (guint8 level = alert % 8 == 0 ? 1 : 2; level <= 2; level++)
        {
          g_autoptr(Pair) pair = pair_new ();
          const guint8 record[] = { SSL3_RT_ALERT, 3, 1, 0, 2, level, (guint8) alert };

          go_on (pair);
          postern_tls_engine_feed (pair->engine, record, sizeof record);
          go_on (pair);
          postern_tls_engine_feed_end (pair->engine);
          go_on (pair);
          g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
          g_assert_nonnull (pair->error);
          if (level == 2 && alert != SSL_AD_CLOSE_NOTIFY && alert != SSL_AD_USER_CANCELLED)
            g_assert_cmpint (postern_tls_engine_get_alert (pair->engine), ==, alert);
        }
    }
}

static void
test_no_common_cipher (void)
{
  g_autoptr(PosternTlsPolicy) policy = make_policy ();
  g_autoptr(Pair) pair = NULL;

  policy->cipher_list = g_strdup ("ECDHE-ECDSA-AES128-GCM-SHA256");
  pair = pair_new_with (policy, pki.chain, pki.key);
  tls_peer_set_versions (pair->peer, TLS1_2_VERSION, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list (pair->peer->context, "ECDHE-ECDSA-AES256-GCM-SHA384");
  shake_hands (pair, 100);
  g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
  g_assert_cmpint (postern_tls_engine_get_alert (pair->engine), ==, SSL_AD_HANDSHAKE_FAILURE);
}

/* Messages of a handshake without end, and one that says it is huge. */
static void
test_endless_handshake (void)
{
  static const guint8 hello_request[] = { SSL3_RT_HANDSHAKE, 3, 3, 0, 4, 0, 0, 0, 0 };
  static const guint8 huge[] = { SSL3_RT_HANDSHAKE,    3,    3,    0,   4,
                                 SSL3_MT_SERVER_HELLO, 0xff, 0xff, 0xff };
  g_autoptr(Pair) pair = pair_new ();
  g_autoptr(Pair) other = pair_new ();
  gsize fed = 0;

  go_on (pair);
  while (pair->state == POSTERN_TLS_WANTS_INPUT)
    {
      postern_tls_engine_feed (pair->engine, hello_request, sizeof hello_request);
      fed += sizeof hello_request;
      go_on (pair);
    }
  g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
  g_assert_cmpuint (fed, <, 300 * 1024);

  go_on (other);
  postern_tls_engine_feed (other->engine, huge, sizeof huge);
  go_on (other);
  g_assert_cmpint (other->state, ==, POSTERN_TLS_FAILED);
}

/* After the handshake: tickets and new keys, one after the other, and never data. */
static void
test_endless_tickets (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(Pair) pair = pair_new ();
      g_autoptr(GError) error = NULL;
      char data[16];
      gsize fed = 0, unsent = 0;

      shake_hands (pair, G_MAXSIZE);
      g_assert_cmpint (pair->state, ==, POSTERN_TLS_DONE);
      while (postern_tls_engine_read (pair->engine, data, sizeof data, &error) < 0 &&
             g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_autoptr(GBytes) taken = NULL;

          if (i == 0)
            g_assert_cmpint (SSL_new_session_ticket (pair->peer->ssl), ==, 1);
          else
            g_assert_cmpint (SSL_key_update (pair->peer->ssl, SSL_KEY_UPDATE_REQUESTED), ==, 1);
          SSL_do_handshake (pair->peer->ssl);
          taken = tls_peer_take (pair->peer);
          fed += g_bytes_get_size (taken);
          postern_tls_engine_feed (pair->engine, g_bytes_get_data (taken, NULL),
                                   g_bytes_get_size (taken));
          g_clear_error (&error);
          g_assert_cmpuint (fed, <, 1024 * 1024);
        }
      g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_MISC);
      postern_tls_engine_peek_output (pair->engine, &unsent);
      g_assert_cmpuint (unsent, <, 1024 * 1024);
    }
}

static char *
many_certificates (guint n, TestCert *other)
{
  g_autofree char *pem = test_cert_pem (other, NULL);
  GString *chain = g_string_new (pki.chain);

  for (guint i = 0; i < n; i++)
    g_string_append (chain, pem);

  return g_string_free (chain, FALSE);
}

static gboolean
has_fault (PosternTrust *trust, const char *code)
{
  GPtrArray *faults = postern_trust_get_faults (trust);

  for (guint i = 0; faults != NULL && i < faults->len; i++)
    if (strcmp (((const PosternCertFault *) faults->pdata[i])->code, code) == 0)
      return TRUE;

  return FALSE;
}

/* The chain reaches the judge as it was sent, the first 32 of it; one too large ends it, and is
 * not read at all where it is larger still. What is cut off is told. */
static void
test_chain (void)
{
  const TestCertSpec stranger_spec = { .cn = "Stranger" };
  g_autoptr(TestCert) stranger = test_cert_new (&stranger_spec, NULL, NULL);
  static const struct
  {
    guint n;
    PosternTlsState state;
    guint n_judged;
    gboolean told;
    gboolean unread;
  } rows[] = { { 2, POSTERN_TLS_DONE, 3, FALSE, FALSE },
               { 60, POSTERN_TLS_DONE, 32, TRUE, FALSE },
               { 400, POSTERN_TLS_FAILED, 32, TRUE, FALSE },
               { 800, POSTERN_TLS_FAILED, 0, FALSE, TRUE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows) * 2; i++)
    {
      g_autoptr(PosternTlsPolicy) policy = make_policy ();
      g_autofree char *chain = many_certificates (rows[i / 2].n, stranger);
      g_autoptr(Pair) pair = pair_new_with (policy, chain, pki.key);
      guint16 version = i % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
      GPtrArray *judged;

      tls_peer_set_versions (pair->peer, version, version);
      shake_hands (pair, G_MAXSIZE);
      g_assert_cmpint (pair->state, ==, rows[i / 2].state);
      judged = postern_trust_get_chain (pair->trust);
      g_assert_cmpuint (judged != NULL ? judged->len : 0, ==, rows[i / 2].n_judged);
      g_assert_cmpint (has_fault (pair->trust, "cert.chain-too-long"), ==, rows[i / 2].told);
      g_assert_cmpint (postern_tls_engine_is_chain_too_long (pair->engine), ==, rows[i / 2].unread);
      if (judged != NULL)
        {
          g_autoptr(GBytes) der = test_cert_der (stranger);

          g_assert_true (g_bytes_equal (postern_certificate_get_der (judged->pdata[1]), der));
        }
    }
}

/* What is no certificate is named, and is not only a handshake that failed. */
static void
test_malformed (void)
{
  g_autoptr(PosternTlsPolicy) policy = make_policy ();
  g_autoptr(Pair) pair = pair_new_with (policy, pki.chain, pki.key);
  g_autoptr(GBytes) der = test_cert_der (pki.own);
  g_autoptr(GBytes) taken = NULL;
  g_autofree guint8 *bytes = NULL;
  GPtrArray *faults;
  gsize length;
  guint8 *at;

  tls_peer_set_versions (pair->peer, TLS1_2_VERSION, TLS1_2_VERSION);
  go_on (pair);
  to_peer (pair, G_MAXSIZE);
  taken = tls_peer_take (pair->peer);
  length = g_bytes_get_size (taken);
  bytes = g_memdup2 (g_bytes_get_data (taken, NULL), length);
  at = memmem (bytes, length, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  g_assert_nonnull (at);
  at[4] = 0xff; /* the first tag within */

  postern_tls_engine_feed (pair->engine, bytes, length);
  go_on (pair);
  g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
  faults = postern_trust_get_faults (pair->trust);
  g_assert_nonnull (faults);
  g_assert_cmpstr (((const PosternCertFault *) faults->pdata[0])->code, ==, "cert.malformed");
  g_assert_false (postern_trust_is_accepted (pair->trust));
}

static gboolean
bytes_equal (GBytes *bytes, gconstpointer other, gsize length)
{
  g_autoptr(GBytes) wanted = g_bytes_new (other, length);

  g_assert_nonnull (bytes);

  return g_bytes_equal (bytes, wanted);
}

static void
test_bindings (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (all_versions); i++)
    {
      g_autoptr(Pair) pair = pair_new ();
      g_autoptr(GBytes) unique = NULL, exporter = NULL, end_point = NULL, der = NULL;
      guint8 bytes[EVP_MAX_MD_SIZE];
      g_autofree char *wanted = NULL;
      gsize length;

      tls_peer_set_versions (pair->peer, all_versions[i], all_versions[i]);
      g_assert_null (
        postern_tls_engine_dup_binding (pair->engine, G_TLS_CHANNEL_BINDING_TLS_UNIQUE));
      shake_hands (pair, G_MAXSIZE);
      unique = postern_tls_engine_dup_binding (pair->engine, G_TLS_CHANNEL_BINDING_TLS_UNIQUE);
      length = SSL_get_peer_finished (pair->peer->ssl, bytes, sizeof bytes);
      g_assert_true (bytes_equal (unique, bytes, length));

      exporter = postern_tls_engine_dup_binding (pair->engine, G_TLS_CHANNEL_BINDING_TLS_EXPORTER);
      SSL_export_keying_material (pair->peer->ssl, bytes, 32, "EXPORTER-Channel-Binding", 24,
                                  (const unsigned char *) "", 0, 1);
      g_assert_true (bytes_equal (exporter, bytes, 32));

      end_point =
        postern_tls_engine_dup_binding (pair->engine, G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT);
      der = test_cert_der (pki.own);
      wanted = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);
      g_assert_cmpuint (g_bytes_get_size (end_point), ==, 32);
      for (gsize j = 0; j < 32; j++)
        {
          g_autofree char *digits =
            g_strdup_printf ("%02x", ((const guint8 *) g_bytes_get_data (end_point, NULL))[j]);

          g_assert_true (g_str_has_prefix (wanted + 2 * j, digits));
        }
    }
}

static void
test_renegotiation (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(PosternTlsPolicy) policy = make_policy ();
      g_autoptr(Pair) pair = NULL;
      char data[16];

      policy->renegotiation = i == 0;
      pair = pair_new_with (policy, pki.chain, pki.key);
      tls_peer_set_versions (pair->peer, TLS1_2_VERSION, TLS1_2_VERSION);
      shake_hands (pair, G_MAXSIZE);
      g_assert_cmpint (SSL_renegotiate (pair->peer->ssl), ==, 1);
      SSL_do_handshake (pair->peer->ssl);
      for (guint j = 0; j < 6; j++)
        {
          to_engine (pair, 10);
          g_assert_cmpint (postern_tls_engine_read (pair->engine, data, sizeof data, NULL), ==, -1);
          to_peer (pair, G_MAXSIZE);
        }
      g_assert_cmpint (SSL_num_renegotiations (pair->peer->ssl), ==, 1);
      if (i == 1)
        {
          g_assert_cmpint (pair->peer->alert, ==, SSL_AD_NO_RENEGOTIATION);
          continue;
        }
      g_assert_cmpint (SSL_renegotiate_pending (pair->peer->ssl), ==, 0);
      g_assert_cmpint (pair->peer->alert, ==, -1);
      assert_data_flows (pair);
    }
}

/* The client's certificate */

static char *
write_key (EVP_PKEY *key, const EVP_CIPHER *cipher, gboolean traditional, const char *password)
{
  BIO *bio = BIO_new (BIO_s_mem ());
  char *bytes = NULL;
  g_autofree char *pem = NULL;
  long length;
  char *path;

  if (traditional)
    g_assert_cmpint (PEM_write_bio_PrivateKey_traditional (bio, key, cipher,
                                                           (const unsigned char *) password,
                                                           (int) strlen (password), NULL, NULL),
                     ==, 1);
  else
    g_assert_cmpint (PEM_write_bio_PKCS8PrivateKey (bio, key, cipher, password,
                                                    (int) strlen (password), NULL, NULL),
                     ==, 1);
  length = BIO_get_mem_data (bio, &bytes);
  pem = g_strndup (bytes, (gsize) length);
  path = test_write_file (pem);
  g_assert_nonnull (strstr (pem, "ENCRYPTED"));
  BIO_free (bio);

  return path;
}

typedef struct
{
  char *certificate;
  char *key;
  char *locked[4]; /* PKCS#8 and traditional, in two ciphers each */
} Client;

static void
client_init (Client *self, guint rsa_bits)
{
  const TestCertSpec spec = { .cn = "client", .rsa_bits = rsa_bits };
  g_autoptr(TestCert) own = test_cert_new (&spec, pki.root, NULL);
  g_autofree char *certificate = test_cert_pem (own, NULL);
  g_autofree char *pem = test_cert_key_pem (own);
  BIO *bio = BIO_new_mem_buf (pem, -1);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);

  self->certificate = test_write_file (certificate);
  self->key = test_write_file (pem);
  self->locked[0] = write_key (key, EVP_aes_256_cbc (), FALSE, "open sesame");
  self->locked[1] = write_key (key, EVP_des_ede3_cbc (), FALSE, "open sesame");
  self->locked[2] = write_key (key, EVP_aes_128_cbc (), TRUE, "open sesame");
  self->locked[3] = write_key (key, EVP_des_ede3_cbc (), TRUE, "open sesame");
  EVP_PKEY_free (key);
  BIO_free (bio);
}

static void
remove_file (char *path)
{
  g_unlink (path);
  g_free (path);
}

static void
client_clear (Client *self)
{
  remove_file (self->certificate);
  remove_file (self->key);
  for (guint i = 0; i < G_N_ELEMENTS (self->locked); i++)
    remove_file (self->locked[i]);
}

static int
accept_cb (X509_STORE_CTX *store, void *accept)
{
  if (!GPOINTER_TO_INT (accept))
    X509_STORE_CTX_set_error (store, X509_V_ERR_CERT_HAS_EXPIRED);

  return GPOINTER_TO_INT (accept);
}

static PosternTlsPolicy *
client_policy (const Client *client, const char *key, const char *password)
{
  PosternTlsPolicy *policy = make_policy ();

  policy->client_certificate = g_strdup (client->certificate);
  policy->client_key = g_strdup (key);
  if (password != NULL)
    policy->client_key_password = postern_secret_new (password, -1);

  return policy;
}

static void
want_certificate (TlsPeer *peer, gboolean accept)
{
  SSL_CTX_set_verify (peer->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback (peer->context, accept_cb, GINT_TO_POINTER (accept));
}

static void
test_client_keys (void)
{
  static const guint sizes[] = { 0, 2048 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Client client;

      client_init (&client, sizes[i]);
      for (guint j = 0; j < G_N_ELEMENTS (client.locked) + 1; j++)
        {
          const char *key = j < 4 ? client.locked[j] : client.key;
          g_autoptr(PosternTlsPolicy) policy =
                       client_policy (&client, key, j < 4 ? "open sesame" : NULL);
          g_autoptr(Pair) pair = pair_new_with (policy, pki.chain, pki.key);

          want_certificate (pair->peer, TRUE);
          shake_hands (pair, G_MAXSIZE);
          g_assert_cmpint (pair->state, ==, POSTERN_TLS_DONE);
          g_assert_true (pair->peer->done);
          g_assert_true (postern_tls_engine_is_requested (pair->engine));
          assert_data_flows (pair);
        }
      client_clear (&client);
    }
}

/* A fault of the settings, known before there is any connection. */
static void
test_client_faults (void)
{
  Client client, other;

  client_init (&client, 0);
  client_init (&other, 0);
  {
    const struct
    {
      const char *key;
      const char *password;
      const char *code;
    } rows[] = {
      { client.locked[0], "close sesame", "settings.key-password" },
      { client.locked[1], "close sesame", "settings.key-password" },
      { client.locked[2], "close sesame", "settings.key-password" },
      { client.locked[3], "", "settings.key-password" },
      { client.locked[0], NULL, "settings.key-password" },
      { client.locked[2], NULL, "settings.key-password" },
      { other.locked[0], "open sesame", "settings.key-mismatch" },
      { other.key, NULL, "settings.key-mismatch" },
      { client.certificate, NULL, "settings.file-not-pem" },
      { "/nowhere/key.pem", NULL, "settings.file-missing" },
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
      {
        g_autoptr(PosternTlsPolicy) policy =
                     client_policy (&client, rows[i].key, rows[i].password);
        g_autoptr(PosternTrust) trust = postern_trust_new (policy, "mail.test");
        g_autoptr(GError) error = NULL;

        g_assert_false (postern_trust_load (trust, &error));
        g_test_message ("%s", error->message);
        g_assert_cmpstr (postern_trust_get_load_code (trust), ==, rows[i].code);
        g_assert_null (strstr (error->message, "sesame"));
        g_assert_nonnull (strstr (error->message, rows[i].key));
        g_assert_false (postern_trust_has_client_certificate (trust));
      }
  }
  client_clear (&client);
  client_clear (&other);
}

/* TLS 1.3 says late what it thinks of the certificate, or of none. */
static void
test_client_refused (void)
{
  static const struct
  {
    guint16 version;
    gboolean given;
    const char *late; /* finding, or NULL: in the handshake */
    int alert;
  } rows[] = {
    { TLS1_2_VERSION, TRUE, NULL, SSL_AD_CERTIFICATE_EXPIRED },
    { TLS1_2_VERSION, FALSE, NULL, SSL_AD_HANDSHAKE_FAILURE },
    { TLS1_3_VERSION, TRUE, "tls.client-certificate-refused", SSL_AD_CERTIFICATE_EXPIRED },
    { TLS1_3_VERSION, FALSE, "tls.client-certificate-wanted", 116 },
  };
  Client client;

  client_init (&client, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternTlsPolicy) policy =
                   rows[i].given ? client_policy (&client, client.locked[0], "open sesame")
                                 : make_policy ();
      g_autoptr(Pair) pair = pair_new_with (policy, pki.chain, pki.key);
      g_autoptr(GError) error = NULL;
      char data[16];

      tls_peer_set_versions (pair->peer, rows[i].version, rows[i].version);
      want_certificate (pair->peer, FALSE);
      shake_hands (pair, G_MAXSIZE);
      g_assert_true (postern_tls_engine_is_requested (pair->engine));
      if (rows[i].late == NULL)
        g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
      else
        {
          g_assert_cmpint (pair->state, ==, POSTERN_TLS_DONE);
          g_assert_cmpint (postern_tls_engine_read (pair->engine, data, 16, &error), ==, -1);
          g_assert_cmpstr (postern_tls_judge_late_error (error, rows[i].given), ==, rows[i].late);
        }
      g_assert_cmpint (postern_tls_engine_get_alert (pair->engine), ==, rows[i].alert);
    }
  client_clear (&client);
}

static unsigned int
shared_key_cb (SSL *ssl, const char *identity, unsigned char *key, unsigned int max_length)
{
  g_assert_cmpstr (identity, ==, "Client_identity");
  memcpy (key, "open sesame", 11);

  return 11;
}

static void
test_shared_key (void)
{
  static const struct
  {
    const char *key;
    gboolean known; /* to the server, which else has only its certificate */
    guint16 version;
    PosternTlsState state;
  } rows[] = {
    { "open sesame", TRUE, TLS1_2_VERSION, POSTERN_TLS_DONE },
    { "open sesame", TRUE, TLS1_3_VERSION, POSTERN_TLS_DONE },
    { "close sesame", TRUE, TLS1_2_VERSION, POSTERN_TLS_FAILED },
    { "close sesame", TRUE, TLS1_3_VERSION, POSTERN_TLS_FAILED },
    { "open sesame", FALSE, TLS1_2_VERSION, POSTERN_TLS_FAILED },
    { "open sesame", FALSE, TLS1_3_VERSION, POSTERN_TLS_FAILED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
      g_autoptr(Pair) pair = NULL;

      policy->system_store = FALSE;
      policy->shared_key = postern_secret_new (rows[i].key, -1);
      pair = pair_new_with (policy, pki.chain, pki.key);
      tls_peer_set_versions (pair->peer, rows[i].version, rows[i].version);
      if (rows[i].known)
        SSL_CTX_set_psk_server_callback (pair->peer->context, shared_key_cb);
      shake_hands (pair, G_MAXSIZE);
      g_test_message ("%u", i);
      g_assert_cmpint (pair->state, ==, rows[i].state);
      if (rows[i].state == POSTERN_TLS_DONE)
        {
          g_assert_null (postern_trust_get_chain (pair->trust));
          assert_data_flows (pair);
        }
    }
}

static void
test_close (void)
{
  g_autoptr(Pair) pair = pair_new ();
  g_autoptr(Pair) early = pair_new ();
  gsize length = 0;
  char data[4];

  shake_hands (pair, G_MAXSIZE);
  postern_tls_engine_close (pair->engine);
  to_peer (pair, G_MAXSIZE);
  g_assert_cmpint (pair->peer->alert, ==, SSL_AD_CLOSE_NOTIFY);
  SSL_shutdown (pair->peer->ssl);
  to_engine (pair, G_MAXSIZE);
  g_assert_cmpint (postern_tls_engine_read (pair->engine, data, 4, NULL), ==, 0);

  postern_tls_engine_close (early->engine);
  postern_tls_engine_peek_output (early->engine, &length);
  g_assert_cmpuint (length, ==, 0);
}

/* What a server sends is changed at one place, everywhere once: an end, and no crash. */
static void
test_garbled (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);

  for (guint i = 0; i < 120; i++)
    {
      g_autoptr(Pair) pair = pair_new ();
      g_autoptr(GBytes) taken = NULL;
      g_autofree guint8 *bytes = NULL;
      gsize length;
      guint16 version = all_versions[i % 4];

      tls_peer_set_versions (pair->peer, version, version);
      go_on (pair);
      to_peer (pair, G_MAXSIZE);
      taken = tls_peer_take (pair->peer);
      length = g_bytes_get_size (taken);
      bytes = g_memdup2 (g_bytes_get_data (taken, NULL), length);
      bytes[g_rand_int_range (rand, 0, (gint32) length)] ^=
        (guint8) g_rand_int_range (rand, 1, 256);
      postern_tls_engine_feed (pair->engine, bytes, length);
      go_on (pair);
      postern_tls_engine_feed_end (pair->engine);
      go_on (pair);
      g_assert_cmpint (pair->state, !=, POSTERN_TLS_WANTS_INPUT);
    }
}

int
main (int argc, char *argv[])
{
  const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec own_spec = { .cn = "mail.test", .dns = "mail.test" };
  g_autofree char *ca = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  pki.root = test_cert_new (&root_spec, NULL, NULL);
  pki.own = test_cert_new (&own_spec, pki.root, NULL);
  pki.chain = test_cert_pem (pki.own, NULL);
  pki.key = test_cert_key_pem (pki.own);
  ca = test_cert_pem (pki.root, NULL);
  pki.ca_file = test_write_file (ca);

  g_test_add_func ("/tls-engine/split", test_split);
  g_test_add_func ("/tls-engine/refused-chain", test_refused_chain);
  g_test_add_func ("/tls-engine/hangs-up", test_hangs_up);
  g_test_add_func ("/tls-engine/alerts", test_alerts);
  g_test_add_func ("/tls-engine/no-common-cipher", test_no_common_cipher);
  g_test_add_func ("/tls-engine/endless-handshake", test_endless_handshake);
  g_test_add_func ("/tls-engine/endless-tickets", test_endless_tickets);
  g_test_add_func ("/tls-engine/chain", test_chain);
  g_test_add_func ("/tls-engine/malformed", test_malformed);
  g_test_add_func ("/tls-engine/bindings", test_bindings);
  g_test_add_func ("/tls-engine/renegotiation", test_renegotiation);
  g_test_add_func ("/tls-engine/client-keys", test_client_keys);
  g_test_add_func ("/tls-engine/client-faults", test_client_faults);
  g_test_add_func ("/tls-engine/client-refused", test_client_refused);
  g_test_add_func ("/tls-engine/shared-key", test_shared_key);
  g_test_add_func ("/tls-engine/close", test_close);
  g_test_add_func ("/tls-engine/garbled", test_garbled);
  result = g_test_run ();

  g_clear_object (&pki.trust);
  remove_file (pki.ca_file);
  g_free (pki.chain);
  g_free (pki.key);
  test_cert_free (pki.own);
  test_cert_free (pki.root);

  return result;
}
