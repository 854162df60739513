/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session.h"

#include "protocol/postern-smtp.h"
#include "scripted-peer.h"
#include "test-revocation-data.h"
#include "tls-peer.h"

#include <glib/gstdio.h>
#include <openssl/ocsp.h>
#include <string.h>

/* What a session keeps of TLS, from a server of GnuTLS: what it staples, and what it sent before it
 * fell silent. */

#define HOST "localhost"

static struct
{
  TestCert *root;
  TestCert *own;
  TestCert *other;
  char *ca_file;
} pki;

static void
pki_init (void)
{
  const TestCertSpec root = { .cn = "Root", .ca = TRUE };
  const TestCertSpec own = { .cn = HOST, .dns = HOST, .ip = "127.0.0.1" };
  const TestCertSpec other = { .cn = "other.test", .dns = "other.test" };
  g_autofree char *pem = NULL;

  pki.root = test_cert_new (&root, NULL, NULL);
  pki.own = test_cert_new (&own, pki.root, NULL);
  pki.other = test_cert_new (&other, pki.root, NULL);
  pem = test_cert_pem (pki.root, NULL);
  pki.ca_file = test_write_file (pem);
}

static void
pki_clear (void)
{
  g_unlink (pki.ca_file);
  g_free (pki.ca_file);
  test_cert_free (pki.other);
  test_cert_free (pki.own);
  test_cert_free (pki.root);
}

static void
run_cb (GObject *source, GAsyncResult *result, gpointer done)
{
  postern_session_run_finish (POSTERN_SESSION (source), result, NULL);
  *(gboolean *) done = TRUE;
}

static PosternSession *
run (ScriptedPeer *peer)
{
  g_autoptr(PosternPlan) plan = postern_plan_new ();
  g_autoptr(PosternMachine) machine = NULL;
  g_autoptr(PosternTranscript) transcript = postern_transcript_new ();
  PosternSession *session;
  gboolean done = FALSE;

  plan->host = g_strdup ("127.0.0.1");
  plan->port = scripted_peer_get_port (peer);
  plan->ehlo_name = g_strdup ("client.test");
  plan->tls = POSTERN_TLS_START_IMPLICIT;
  plan->handshake_timeout = 1500;
  plan->tls_policy->system_store = FALSE;
  plan->tls_policy->ca_file = g_strdup (pki.ca_file);
  machine = postern_smtp_new (plan);
  session = postern_session_new (machine, transcript);
  postern_session_run_async (session, NULL, run_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);

  return session;
}

static const char *
get_code (PosternSession *session)
{
  const PosternFailure *failure = postern_session_get_failure (session);

  return failure != NULL ? failure->code : NULL;
}

static void
test_stapled (void)
{
  static const char *const good[] = { "TLS NORMAL:-VERS-ALL:+VERS-TLS1.2",
                                      "S 220 mail.test",
                                      "C EHLO",
                                      "S 250 x",
                                      "C QUIT",
                                      "S 221 bye",
                                      "EOF",
                                      NULL };
  static const char *const good_1_3[] = { "TLS NORMAL:-VERS-ALL:+VERS-TLS1.3",
                                          "S 220 mail.test",
                                          "C EHLO",
                                          "S 250 x",
                                          "C QUIT",
                                          "S 221 bye",
                                          "EOF",
                                          NULL };
  static const char *const bad[] = { "TLS-FAIL NORMAL:-VERS-ALL:+VERS-TLS1.2", NULL };
  static const char *const bad_1_3[] = { "TLS-FAIL NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL };
  static const struct
  {
    const char *const *script;
    TestStapleSpec spec;
    const char *code;
    PosternStapleState state;
  } rows[] = {
    { good, { 0 }, NULL, POSTERN_STAPLE_GOOD },
    { good_1_3, { 0 }, NULL, POSTERN_STAPLE_GOOD },
    { bad, { .status = V_OCSP_CERTSTATUS_REVOKED }, "cert.revoked", POSTERN_STAPLE_REVOKED },
    { bad_1_3, { .status = V_OCSP_CERTSTATUS_REVOKED }, "cert.revoked", POSTERN_STAPLE_REVOKED },
    { bad, { .other_key = TRUE }, "cert.staple-invalid", POSTERN_STAPLE_INVALID },
    { good, { .from_days = -9, .to_days = -2 }, NULL, POSTERN_STAPLE_STALE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *chain = test_cert_pem (pki.own, pki.root, NULL);
      g_autofree char *key = test_cert_key_pem (pki.own);
      g_autoptr(GBytes) staple = test_staple_new (pki.root, pki.own, &rows[i].spec);
      ScriptedPeer *peer = scripted_peer_new_tls (rows[i].script, chain, key);
      g_autoptr(PosternSession) session = NULL;
      const PosternTlsInfo *info;

      scripted_peer_set_staple (peer, staple);
      session = run (peer);
      g_assert_cmpstr (get_code (session), ==, rows[i].code);
      info = postern_session_get_tls_info (session);
      g_assert_cmpint (info->revocation.staple, ==, rows[i].state);
      g_assert_cmpuint (info->chain->len, ==, 2);
      g_assert_cmpstr (info->sni, ==, "");
      /* Names can be tried with it, and it has no key to show any more. */
      g_assert_null (postern_trust_get_context (info->trust));
      if (info->verified)
        g_assert_true (postern_trust_would_verify (info->trust, HOST));
      g_assert_cmpstr (scripted_peer_finish (peer), ==, NULL);
    }
}

static void
ask (TlsPeer *peer)
{
  SSL_CTX *context = SSL_CTX_new (TLS_client_method ());
  SSL *ssl;
  BIO *output = BIO_new (BIO_s_mem ());
  char *bytes = NULL;
  long length;

  SSL_CTX_set_options (context, SSL_OP_NO_TICKET);
  ssl = SSL_new (context);
  SSL_set_bio (ssl, BIO_new (BIO_s_mem ()), output);
  SSL_connect (ssl);
  length = BIO_get_mem_data (output, &bytes);
  tls_peer_feed (peer, bytes, (gsize) length);
  SSL_free (ssl);
  SSL_CTX_free (context);
}

/* The server's flight in TLS 1.2 up to its certificates, which are in clear. Whoever asked for it
 * makes no difference to a client, before it sees a signature. */
static char *
record_flight (TestCert *own)
{
  g_autofree char *chain = test_cert_pem (own, pki.root, NULL);
  g_autofree char *key = test_cert_key_pem (own);
  g_autoptr(TlsPeer) peer = tls_peer_new (chain, key);
  g_autoptr(GBytes) flight = NULL;
  GString *text = g_string_new ("s ");
  const guint8 *bytes;
  gsize end = 0;

  tls_peer_set_versions (peer, TLS1_2_VERSION, TLS1_2_VERSION);
  ask (peer);
  flight = tls_peer_take (peer);
  bytes = g_bytes_get_data (flight, NULL);
  for (guint i = 0; i < 2; i++) /* ServerHello, Certificate */
    end += 5 + ((gsize) bytes[end + 3] << 8 | bytes[end + 4]);
  for (gsize i = 0; i < end; i++)
    g_string_append_printf (text, "\\%03o", bytes[i]);

  return g_string_free (text, FALSE);
}

/* The limit runs out, or the server goes, after the certificates: they are in the report. */
static void
test_falls_silent (void)
{
  const struct
  {
    TestCert *own;
    const char *end;
    const char *code;
    guint n_faults;
  } rows[] = {
    { pki.own, "HANG", "timeout.tls", 0 },
    { pki.own, NULL, "tls.closed", 0 },
    { pki.other, "HANG", "cert.name-mismatch", 1 },
    { pki.other, NULL, "cert.name-mismatch", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *flight = record_flight (rows[i].own);
      const char *const script[] = { "BYTE", flight, rows[i].end, NULL };
      ScriptedPeer *peer = scripted_peer_new (script);
      g_autoptr(PosternSession) session = run (peer);
      const PosternTlsInfo *info = postern_session_get_tls_info (session);

      g_assert_cmpstr (get_code (session), ==, rows[i].code);
      g_assert_nonnull (info);
      g_assert_cmpuint (info->chain->len, ==, 2);
      g_assert_cmpuint (info->faults->len, ==, rows[i].n_faults);
      g_assert_cmpstr (info->version, ==, "TLS 1.2");
      g_assert_cmpstr (scripted_peer_finish (peer), ==, NULL);
    }
}

int
main (int argc, char *argv[])
{
  int result;

  postern_session_init_process ();
  g_test_init (&argc, &argv, NULL);
  pki_init ();

  g_test_add_func ("/session-tls/stapled", test_stapled);
  g_test_add_func ("/session-tls/falls-silent", test_falls_silent);

  result = g_test_run ();
  pki_clear ();

  return result;
}
