/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-tls-engine.h"

#include "test-revocation-data.h"
#include "tls-peer.h"

#include <glib/gstdio.h>
#include <openssl/ocsp.h>
#include <string.h>

/* What comes with the certificates in a handshake, and what is left of one that breaks off. */

#define HOST "mail.test"
#define ALERT_BAD_CERTIFICATE 42
#define ALERT_REVOKED 44
#define ALERT_UNKNOWN_CA 48
#define ALERT_BAD_STATUS 113

static struct
{
  TestCert *root;
  TestCert *own;
  TestCert *other;
  TestCert *must_staple;
  TestCert *stranger; /* signed by itself */
  char *ca_file;
} pki;

static void
pki_init (void)
{
  const TestCertSpec root = { .cn = "Root", .ca = TRUE };
  const TestCertSpec own = { .cn = HOST, .dns = HOST };
  const TestCertSpec other = { .cn = "other.test", .dns = "other.test" };
  const TestCertSpec must_staple = { .cn = HOST, .dns = HOST, .must_staple = TRUE };
  g_autofree char *pem = NULL;

  pki.root = test_cert_new (&root, NULL, NULL);
  pki.own = test_cert_new (&own, pki.root, NULL);
  pki.other = test_cert_new (&other, pki.root, NULL);
  pki.must_staple = test_cert_new (&must_staple, pki.root, NULL);
  pki.stranger = test_cert_new (&own, NULL, NULL);
  pem = test_cert_pem (pki.root, NULL);
  pki.ca_file = test_write_file (pem);
}

static void
pki_clear (void)
{
  g_unlink (pki.ca_file);
  g_free (pki.ca_file);
  test_cert_free (pki.stranger);
  test_cert_free (pki.must_staple);
  test_cert_free (pki.other);
  test_cert_free (pki.own);
  test_cert_free (pki.root);
}

typedef struct
{
  PosternTrust *trust;
  PosternTlsEngine *engine;
  TlsPeer *peer;
  PosternTlsState state;
} Pair;

static Pair *
pair_new (TestCert *own, const char *host, int version)
{
  Pair *self = g_new0 (Pair, 1);
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autofree char *chain = test_cert_pem (own, own != pki.stranger ? pki.root : NULL, NULL);
  g_autofree char *key = test_cert_key_pem (own);
  g_autoptr(GError) error = NULL;

  policy->system_store = FALSE;
  policy->ca_file = g_strdup (pki.ca_file);
  self->trust = postern_trust_new (policy, host);
  postern_trust_load (self->trust, &error);
  g_assert_no_error (error);
  self->engine = postern_tls_engine_new (self->trust, host);
  self->peer = tls_peer_new (chain, key);
  tls_peer_set_versions (self->peer, (guint16) version, (guint16) version);

  return self;
}

static void
pair_free (Pair *self)
{
  postern_tls_engine_free (self->engine);
  tls_peer_free (self->peer);
  g_object_unref (self->trust);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static void
to_peer (Pair *self)
{
  gsize length = 0;
  const guint8 *bytes = postern_tls_engine_peek_output (self->engine, &length);

  tls_peer_feed (self->peer, bytes, length);
  postern_tls_engine_drop_output (self->engine, length);
}

static void
feed (Pair *self, gconstpointer bytes, gsize length)
{
  postern_tls_engine_feed (self->engine, bytes, length);
  self->state = postern_tls_engine_handshake (self->engine, NULL);
}

static void
shake_hands (Pair *self)
{
  self->state = postern_tls_engine_handshake (self->engine, NULL);
  for (guint i = 0; i < 8 && self->state == POSTERN_TLS_WANTS_INPUT; i++)
    {
      g_autoptr(GBytes) taken = NULL;

      to_peer (self);
      taken = tls_peer_take (self->peer);
      feed (self, g_bytes_get_data (taken, NULL), g_bytes_get_size (taken));
    }
  to_peer (self);
}

/* The server's first flight, which is in clear in TLS 1.2. */
static GBytes *
take_flight (Pair *self)
{
  self->state = postern_tls_engine_handshake (self->engine, NULL);
  to_peer (self);

  return tls_peer_take (self->peer);
}

/* The length of the records up to the one that holds a message of this type, and with it. */
static gsize
find_message (GBytes *flight, guint8 type)
{
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (flight, &length);
  gsize i = 0;

  while (i + 5 < length)
    {
      gsize size = 5 + ((gsize) bytes[i + 3] << 8 | bytes[i + 4]);

      i += size;
      if (bytes[i - size] == 22 && bytes[i - size + 5] == type)
        return i;
    }
  g_error ("no message of type %u", type);
}

static int
status_cb (SSL *ssl, void *staple)
{
  gsize length = 0;
  gconstpointer bytes = g_bytes_get_data (staple, &length);

  if (length == 0)
    return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp (ssl, OPENSSL_memdup (bytes, length), (long) length);

  return SSL_TLSEXT_ERR_OK;
}

static char *
list_codes (PosternTrust *trust)
{
  GPtrArray *faults = postern_trust_get_faults (trust);
  GString *codes = g_string_new (NULL);

  for (guint i = 0; i < faults->len; i++)
    g_string_append_printf (codes, "%s%s", i > 0 ? " " : "",
                            ((const PosternCertFault *) faults->pdata[i])->code);

  return g_string_free (codes, FALSE);
}

static void
test_stapled (void)
{
  const TestStapleSpec good = { 0 };
  const TestStapleSpec revoked = { .status = V_OCSP_CERTSTATUS_REVOKED };
  const TestStapleSpec stale = { .from_days = -9, .to_days = -2 };
  const TestStapleSpec wrong = { .other_key = TRUE };
  const struct
  {
    TestCert *own;
    const TestStapleSpec *staple; /* NULL: none */
    const char *codes;
    PosternStapleState state;
    gboolean done;
    int alert;     /* in TLS 1.2 */
    int alert_1_3; /* and in TLS 1.3 */
  } rows[] = {
    { pki.own, NULL, "", POSTERN_STAPLE_NONE, TRUE, -1, -1 },
    { pki.own, &good, "", POSTERN_STAPLE_GOOD, TRUE, -1, -1 },
    { pki.own, &revoked, "cert.revoked", POSTERN_STAPLE_REVOKED, FALSE, ALERT_BAD_STATUS,
      ALERT_REVOKED },
    { pki.own, &stale, "cert.staple-stale", POSTERN_STAPLE_STALE, TRUE, -1, -1 },
    { pki.own, &wrong, "cert.staple-invalid", POSTERN_STAPLE_INVALID, FALSE, ALERT_BAD_STATUS,
      ALERT_BAD_CERTIFICATE },
    { pki.other, NULL, "cert.name-mismatch", POSTERN_STAPLE_NONE, FALSE, ALERT_BAD_CERTIFICATE,
      ALERT_BAD_CERTIFICATE },
    { pki.other, &good, "cert.name-mismatch", POSTERN_STAPLE_GOOD, FALSE, ALERT_BAD_STATUS,
      ALERT_BAD_CERTIFICATE },
    { pki.other, &revoked, "cert.revoked cert.name-mismatch", POSTERN_STAPLE_REVOKED, FALSE,
      ALERT_BAD_STATUS, ALERT_REVOKED },
    { pki.must_staple, NULL, "cert.must-staple", POSTERN_STAPLE_NONE, FALSE, ALERT_BAD_CERTIFICATE,
      ALERT_BAD_CERTIFICATE },
    { pki.stranger, NULL, "cert.self-signed", POSTERN_STAPLE_NONE, FALSE, ALERT_UNKNOWN_CA,
      ALERT_UNKNOWN_CA },
    { pki.must_staple, &good, "", POSTERN_STAPLE_GOOD, TRUE, -1, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows) * 2; i++)
    {
      gboolean old = i % 2 == 0;
      const TestStapleSpec *spec = rows[i / 2].staple;
      g_autoptr(GBytes) staple = spec != NULL ? test_staple_new (pki.root, rows[i / 2].own, spec)
                                               : g_bytes_new (NULL, 0);
      g_autoptr(Pair) pair =
                   pair_new (rows[i / 2].own, HOST, old ? TLS1_2_VERSION : TLS1_3_VERSION);
      g_autofree char *codes = NULL;

      g_test_message ("row %u in TLS 1.%u", i / 2, old ? 2 : 3);
      SSL_CTX_set_tlsext_status_cb (pair->peer->context, status_cb);
      SSL_CTX_set_tlsext_status_arg (pair->peer->context, staple);
      shake_hands (pair);
      codes = list_codes (pair->trust);
      g_assert_cmpstr (codes, ==, rows[i / 2].codes);
      g_assert_cmpint (postern_trust_get_revocation (pair->trust).staple, ==, rows[i / 2].state);
      g_assert_cmpuint (postern_trust_get_chain (pair->trust)->len, ==,
                        rows[i / 2].own != pki.stranger ? 2 : 1);
      g_assert_cmpint (pair->state, ==, rows[i / 2].done ? POSTERN_TLS_DONE : POSTERN_TLS_FAILED);
      g_assert_cmpint (pair->peer->done, ==, rows[i / 2].done);
      g_assert_cmpint (pair->peer->alert, ==, old ? rows[i / 2].alert : rows[i / 2].alert_1_3);
    }
}

/* The server goes away after its certificates, or its key is not theirs: they are told. */
static void
test_breaks_off (void)
{
  for (guint i = 0; i < 4; i++)
    {
      TestCert *own = i < 2 ? pki.own : pki.other;
      g_autoptr(Pair) pair = pair_new (own, HOST, TLS1_2_VERSION);
      g_autoptr(GBytes) flight = take_flight (pair);
      g_autofree char *codes = NULL;
      g_autofree guint8 *bytes =
        g_memdup2 (g_bytes_get_data (flight, NULL), g_bytes_get_size (flight));

      if (i % 2 == 0)
        {
          feed (pair, bytes, find_message (flight, SSL3_MT_CERTIFICATE));
          postern_tls_engine_feed_end (pair->engine);
          pair->state = postern_tls_engine_handshake (pair->engine, NULL);
        }
      else
        {
          bytes[find_message (flight, SSL3_MT_SERVER_KEY_EXCHANGE) - 1] ^= 1;
          feed (pair, bytes, g_bytes_get_size (flight));
        }
      g_assert_cmpint (pair->state, ==, POSTERN_TLS_FAILED);
      g_assert_cmpuint (postern_trust_get_chain (pair->trust)->len, ==, 2);
      codes = list_codes (pair->trust);
      g_assert_cmpstr (codes, ==, i < 2 ? "" : "cert.name-mismatch");
      to_peer (pair);
      g_assert_false (pair->peer->done);
    }
}

/* The name that is asked for: as the DNS has it, and never an address. */
static void
test_server_name (void)
{
  static const struct
  {
    const char *host;
    const char *name;
  } rows[] = {
    { "mail.test", "mail.test" },
    { "Mail.Test.", "mail.test" },
    { "b\303\274ro.test", "xn--bro-hoa.test" },
    { "192.0.2.1", "" },
    { "2001:db8::1", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(Pair) pair = pair_new (pki.own, rows[i].host, TLS1_3_VERSION);
      g_autoptr(ClientHello) hello = NULL;
      gsize length = 0;
      const guint8 *bytes;

      postern_tls_engine_handshake (pair->engine, NULL);
      bytes = postern_tls_engine_peek_output (pair->engine, &length);
      hello = client_hello_parse (bytes, length);
      g_assert_cmpstr (hello->server_name, ==, *rows[i].name != '\0' ? rows[i].name : NULL);
      g_assert_cmpstr (postern_tls_engine_get_server_name (pair->engine), ==, rows[i].name);
      g_assert_true (client_hello_has (hello->extensions, TLSEXT_TYPE_status_request));
    }
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  pki_init ();

  g_test_add_func ("/tls-staple/stapled", test_stapled);
  g_test_add_func ("/tls-staple/breaks-off", test_breaks_off);
  g_test_add_func ("/tls-staple/server-name", test_server_name);

  result = g_test_run ();
  pki_clear ();

  return result;
}
