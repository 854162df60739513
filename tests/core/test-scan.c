/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan-fixture.h"
#include "scan/postern-hello.h"
#include "test-pki.h"

#include <glib/gstdio.h>

/* What a scan finds in "openssl s_server" is what that server was told to do, and a hostile peer
 * ends it within its limits. */

static char *chain_file, *key_file;

static const struct
{
  const char *name;
  const char *options;
  const char *suites[4]; /* by version; NULL: not spoken */
  const char *groups;    /* of the highest version that is spoken, or NULL */
  const char *signatures;
  PosternScanOrder order; /* of the highest version with more than one suite */
} servers[] = {
  { "only-1.3",
    "-tls1_3 -serverpref -ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256 -groups "
    "P-384:X25519",
    { NULL, NULL, NULL, "TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256" },
    "secp384r1 x25519",
    "ecdsa_secp256r1_sha256",
    POSTERN_SCAN_ORDER_SERVER },
  { "only-1.2-server-order",
    "-tls1_2 -serverpref -groups P-521:P-256 -cipher "
    "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305",
    { NULL, NULL,
      "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 "
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
      NULL },
    "secp521r1 secp256r1",
    NULL,
    POSTERN_SCAN_ORDER_SERVER },
  { "only-1.2-client-order",
    "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384",
    { NULL, NULL, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
      NULL },
    NULL,
    NULL,
    POSTERN_SCAN_ORDER_CLIENT },
  { "only-1.0",
    "-tls1 -cipher ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0",
    { "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", NULL, NULL, NULL },
    NULL,
    NULL,
    POSTERN_SCAN_ORDER_UNKNOWN },
  { "all",
    "-serverpref -ciphersuites TLS_AES_256_GCM_SHA384 -cipher ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0",
    { "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
      "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_AES_256_GCM_SHA384" },
    NULL,
    NULL,
    POSTERN_SCAN_ORDER_UNKNOWN },
};

static void
test_server (gconstpointer data)
{
  gsize at = GPOINTER_TO_SIZE (data);
  g_autofree char *options =
    g_strdup_printf ("-cert %s -key %s %s", chain_file, key_file, servers[at].options);
  g_autoptr(Server) server = server_new (options);
  PosternScanRequest request = { .host = (char *) "127.0.0.1", .port = server->port };
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternScanResult) result = scan (&request, NULL, &error);
  const PosternScanVersion *highest = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (result->troubles->len, ==, 0);
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      const PosternScanVersion *version = &result->versions[i];
      g_autofree char *suites = names (version->suites, postern_tls_suite_name);

      g_assert_true (version->looked);
      g_assert_cmpint (version->spoken, ==, servers[at].suites[i] != NULL);
      g_assert_cmpstr (suites, ==, servers[at].suites[i] != NULL ? servers[at].suites[i] : "");
      if (version->spoken)
        highest = version;
      if (version->spoken && i < 3)
        {
          g_assert_true (version->renegotiation);
          g_assert_cmpint (version->resumes_id, ==, POSTERN_SCAN_YES);
          g_assert_cmpint (version->resumes_ticket, ==, POSTERN_SCAN_YES);
          g_assert_cmpint (version->stapled, ==, POSTERN_SCAN_NO);
        }
    }
  g_assert_nonnull (highest);
  g_assert_cmpint (highest->order, ==, servers[at].order);
  if (servers[at].groups != NULL)
    {
      g_autofree char *groups = names (highest->groups, postern_tls_group_name);
      g_auto (GStrv) wanted = g_strsplit (servers[at].groups, " ", -1);

      /* OpenSSL follows the client's order of groups. */
      for (guint i = 0; wanted[i] != NULL; i++)
        g_assert_nonnull (strstr (groups, wanted[i]));
      g_assert_cmpuint (highest->groups->len, ==, g_strv_length (wanted));
    }
  if (servers[at].signatures != NULL)
    {
      g_autofree char *signatures = names (highest->signatures, postern_tls_signature_name);

      g_assert_cmpstr (signatures, ==, servers[at].signatures);
    }
}

/* --- Hostile peers --- */

typedef struct
{
  const char *name;
  const char *text; /* what is said to everybody; NULL: nothing */
  gsize length;     /* of it; 0: up to its NUL */
  gboolean endless; /* over and over */
  gboolean hang_up; /* afterwards */
  gboolean starttls;
  gboolean timed_out;
} Hostile;

static const Hostile hostiles[] = {
  { .name = "silence", .timed_out = TRUE },
  { .name = "silence-starttls", .starttls = TRUE, .timed_out = TRUE },
  { .name = "hangs-up", .text = "", .hang_up = TRUE },
  { .name = "hangs-up-starttls", .text = "", .hang_up = TRUE, .starttls = TRUE },
  { .name = "plain-text", .text = "220 mail.example.org ESMTP\r\n" },
  { .name = "no-starttls", .text = "554 Go away\r\n", .starttls = TRUE },
  { .name = "injection", .text = "220 a\r\n250 b\r\n220 c\r\n", .starttls = TRUE },
  { .name = "half-a-record",
    .text = "\x16\x03\x03\x10\x00garbage",
    .length = 12,
    .timed_out = TRUE },
  { .name = "short-hello", .text = "\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03", .length = 11 },
  { .name = "not-a-hello", .text = "\x16\x03\x03\x00\x04\x0e\x00\x00\x00", .length = 9 },
  { .name = "endless-warnings",
    .text = "\x15\x03\x03\x00\x02\x01\x70",
    .length = 7,
    .endless = TRUE },
  { .name = "endless-line", .text = "2", .endless = TRUE, .starttls = TRUE },
  { .name = "endless-greeting", .text = "220-a\r\n", .endless = TRUE, .starttls = TRUE },
};

typedef struct
{
  const Hostile *what;
  GString *text;
  GPtrArray *open;
  GCancellable *stop;
} Peer;

static void
say (GSocketConnection *connection, Peer *peer);

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GSocketConnection) connection = user_data;
  gboolean sent = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  Peer *peer = g_object_get_data (G_OBJECT (connection), "peer");

  if (sent && peer->what->endless && !g_cancellable_is_cancelled (peer->stop))
    say (connection, peer);
}

static void
say (GSocketConnection *connection, Peer *peer)
{
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                   peer->text->str, peer->text->len, G_PRIORITY_DEFAULT, peer->stop,
                                   said_cb, g_object_ref (connection));
}

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *connection, GObject *from, Peer *peer)
{
  if (peer->what->hang_up)
    return TRUE;
  g_object_set_data (G_OBJECT (connection), "peer", peer);
  g_ptr_array_add (peer->open, g_object_ref (connection));
  if (peer->what->text != NULL)
    say (connection, peer);
  return TRUE;
}

static void
test_hostile (gconstpointer data)
{
  const Hostile *what = data;
  Peer peer = { what, g_string_new (NULL), g_ptr_array_new_with_free_func (g_object_unref),
                g_cancellable_new () };
  g_autoptr(GSocketService) service = g_socket_service_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GInetAddress) loopback = g_inet_address_new_from_string ("127.0.0.1");
  g_autoptr(GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) bound = NULL;
  /* Who is silent is waited for; who is not need not be fast. */
  PosternScanRequest request = { .host = (char *) "127.0.0.1",
                                 .starttls = what->starttls,
                                 .step_ms = what->timed_out ? 300 : 4000,
                                 .total_ms = what->timed_out ? 3000 : 8000 };
  g_autoptr(PosternScanResult) result = NULL;
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; what->text != NULL && i < (what->endless ? 1000u : 1u); i++)
    g_string_append_len (peer.text, what->text,
                         what->length > 0 ? (gssize) what->length : (gssize) strlen (what->text));
  g_socket_listener_add_address (G_SOCKET_LISTENER (service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  g_signal_connect (service, "incoming", G_CALLBACK (incoming_cb), &peer);
  request.port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));

  result = scan (&request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (result->n_connections, <=, 5);
  g_assert_cmpint (result->timed_out, ==, what->timed_out);
  if (!what->hang_up || what->starttls)
    {
      /* The same for each version: told once. */
      g_assert_cmpuint (result->troubles->len, ==, 1);
      g_assert_true (g_str_has_prefix (g_ptr_array_index (result->troubles, 0), "TLS 1.3, "));
    }
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    g_assert_false (result->versions[i].spoken);

  g_cancellable_cancel (peer.stop);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_ptr_array_unref (peer.open);
  g_string_free (peer.text, TRUE);
  g_object_unref (peer.stop);
}

static gboolean
count_cb (GSocketService *service,
          GSocketConnection *connection,
          GObject *from,
          GCancellable *cancellable)
{
  guint n = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (service), "n")) + 1;

  /* The first only finds the address. */
  if (n == 2)
    g_cancellable_cancel (cancellable);
  g_object_set_data (G_OBJECT (service), "n", GUINT_TO_POINTER (n));
  g_object_set_data_full (G_OBJECT (service), n == 1 ? "1" : "2", g_object_ref (connection),
                          g_object_unref);
  return TRUE;
}

/* It listens and says nothing. */
static void
test_cancel (void)
{
  g_autoptr(GSocketService) service = g_socket_service_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  PosternScanRequest request = { .host = (char *) "127.0.0.1" };
  g_autoptr(PosternScanResult) result = NULL;

  g_signal_connect (service, "incoming", G_CALLBACK (count_cb), cancellable);
  request.port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, &error);
  g_assert_no_error (error);
  result = scan (&request, cancellable, &error);
  g_assert_no_error (error);
  g_assert_true (result->cancelled);
  g_assert_false (result->timed_out);
  g_assert_cmpuint (result->troubles->len, ==, 0);
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    g_assert_false (result->versions[i].looked);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* --- The reader --- */

/* A ServerHello of TLS 1.2 with renegotiation_info, and what ends the flight. */
static const guint8 flight[] = {
  0x16, 3,  3,  0,    0x31, 2,  0,  0,    0x2d, 3,  3,  1,  2,    3,  4,  5,  6,  7,    8,  9,  10,
  11,   12, 13, 14,   15,   16, 17, 18,   19,   20, 21, 22, 23,   24, 25, 26, 27, 28,   29, 30, 31,
  32,   0,  0,  0x2f, 0,    0,  5,  0xff, 1,    0,  1,  0,  0x16, 3,  3,  0,  4,  0x0e, 0,  0,  0,
};

static void
test_reader_pieces (void)
{
  for (gsize piece = 1; piece <= sizeof flight; piece++)
    {
      g_autoptr(PosternHelloReader) reader = postern_hello_reader_new ();
      PosternHelloState state = POSTERN_HELLO_MORE;

      for (gsize at = 0; at < sizeof flight; at += piece)
        {
          g_assert_cmpint (state, ==, POSTERN_HELLO_MORE);
          state = postern_hello_reader_feed (reader, flight + at, MIN (piece, sizeof flight - at));
        }
      g_assert_cmpint (state, ==, POSTERN_HELLO_DONE);
      g_assert_cmphex (reader->flight.suite, ==, 0x002f);
      g_assert_cmphex (reader->flight.version, ==, 0x0303);
      g_assert_true (reader->flight.renegotiation);
      g_assert_false (reader->flight.ticket || reader->flight.session_id);
    }
}

/* A flight in one record, message after message: a ServerHello of TLS 1.2 with this suite and these
 * extensions, then @rest. */
static void
feed_flight (PosternHelloReader *reader,
             guint16 suite,
             const char *extensions,
             gsize n_extensions,
             const char *rest,
             gsize n_rest)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new ();
  gsize n_hello = 2 + 32 + 1 + 2 + 1 + 2 + n_extensions;
  gsize n_record = 4 + n_hello + n_rest;
  const guint8 head[] = { 0x16, 3, 3, (guint8) (n_record >> 8), (guint8) n_record,
                          2,    0, 0, (guint8) n_hello,         3,
                          3 };
  const guint8 tail[] = { 0, (guint8) (suite >> 8), (guint8) suite, 0, 0, (guint8) n_extensions };

  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, flight + 11, 32);
  g_byte_array_append (bytes, tail, sizeof tail);
  g_byte_array_append (bytes, (const guint8 *) extensions, (guint) n_extensions);
  g_byte_array_append (bytes, (const guint8 *) rest, (guint) n_rest);
  postern_hello_reader_feed (reader, bytes->data, bytes->len);
}

#define DONE "\x0e\0\0\0"

static void
test_reader_flight (void)
{
  g_autoptr(PosternHelloReader) stapled = postern_hello_reader_new ();
  g_autoptr(PosternHelloReader) ecdhe = postern_hello_reader_new ();
  g_autoptr(PosternHelloReader) dhe = postern_hello_reader_new ();
  g_autoptr(PosternHelloReader) alpn = postern_hello_reader_new ();
  static const char status[] = "\x16\0\0\5\1\0\0\1x" DONE;
  static const char curve[] = "\x0c\0\0\x0a\3\0\x1d\1x\4\3\0\1y" DONE;
  static const char prime[] = "\x0c\0\0\x0f\0\3\0\1\xff\0\1\2\0\1x\4\1\0\0" DONE;
  static const char imap[] = "\0\x10\0\7\0\5\4imap\0\x23\0\0";

  feed_flight (stapled, 0x002f, "", 0, status, sizeof status - 1);
  g_assert_cmpint (stapled->state, ==, POSTERN_HELLO_DONE);
  g_assert_true (stapled->flight.stapled);

  feed_flight (ecdhe, 0xc02f, "", 0, curve, sizeof curve - 1);
  g_assert_cmpint (ecdhe->state, ==, POSTERN_HELLO_DONE);
  g_assert_cmphex (ecdhe->flight.group, ==, 0x001d);
  g_assert_cmphex (ecdhe->flight.signature, ==, 0x0403);
  g_assert_false (ecdhe->flight.stapled);

  feed_flight (dhe, 0x009e, "", 0, prime, sizeof prime - 1);
  g_assert_cmpint (dhe->state, ==, POSTERN_HELLO_DONE);
  g_assert_cmpuint (dhe->flight.dh_bits, ==, 9);
  g_assert_cmphex (dhe->flight.signature, ==, 0x0401);

  feed_flight (alpn, 0x002f, imap, sizeof imap - 1, DONE, 4);
  g_assert_cmpint (alpn->state, ==, POSTERN_HELLO_DONE);
  g_assert_cmpstr (alpn->flight.alpn, ==, "imap");
  g_assert_true (alpn->flight.ticket);
}

/* The message with the certificates; what does not add up is no TLS. */
static void
test_reader_certificates (void)
{
  static const char two[] = "\x0b\0\0\x0c\0\0\x09\0\0\2ab\0\0\1c" DONE;
  static const char none[] = "\x0b\0\0\3\0\0\0" DONE;
  static const char *const wrong[] = {
    "\x0b\0\0\x0c\0\0\x08\0\0\2ab\0\0\1c" DONE, /* the list is shorter */
    "\x0b\0\0\x0c\0\0\x09\0\0\2ab\0\0\2c" DONE, /* a certificate is longer */
    "\x0b\0\0\x0c\0\0\x0a\0\0\2ab\0\0\1c" DONE, /* the list is longer */
  };
  g_autoptr(PosternHelloReader) reader = postern_hello_reader_new ();
  g_autoptr(PosternHelloReader) empty = postern_hello_reader_new ();

  feed_flight (reader, 0x002f, "", 0, two, sizeof two - 1);
  g_assert_cmpint (reader->state, ==, POSTERN_HELLO_DONE);
  g_assert_cmpuint (reader->chain->len, ==, 2);
  g_assert_cmpuint (g_bytes_get_size (g_ptr_array_index (reader->chain, 0)), ==, 2);
  g_assert_cmpuint (g_bytes_get_size (g_ptr_array_index (reader->chain, 1)), ==, 1);

  feed_flight (empty, 0x002f, "", 0, none, sizeof none - 1);
  g_assert_cmpint (empty->state, ==, POSTERN_HELLO_DONE);
  g_assert_cmpuint (empty->chain->len, ==, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(PosternHelloReader) misled = postern_hello_reader_new ();

      feed_flight (misled, 0x002f, "", 0, wrong[i], sizeof two - 1);
      g_assert_cmpint (misled->state, ==, POSTERN_HELLO_NOT_TLS);
    }
}

/* Whatever bytes come: no read past the end, and an end to it. */
static void
test_reader_random (void)
{
  for (guint run = 0; run < 20000; run++)
    {
      g_autoptr(PosternHelloReader) reader = postern_hello_reader_new ();
      guint8 bytes[sizeof flight];

      memcpy (bytes, flight, sizeof flight);
      for (int i = g_test_rand_int_range (1, 4); i > 0; i--)
        bytes[g_test_rand_int_range (0, sizeof flight)] = (guint8) g_test_rand_int_range (0, 256);
      postern_hello_reader_feed (reader, bytes, (gsize) g_test_rand_int_range (1, sizeof flight));
      g_assert_cmpuint (reader->record->len + reader->messages->len, <=, sizeof flight);
    }
}

int
main (int argc, char **argv)
{
  TestCertSpec spec = { .cn = "localhost", .dns = "localhost" };
  g_autoptr(TestCert) cert = NULL;
  g_autofree char *chain = NULL;
  g_autofree char *key = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  cert = test_cert_new (&spec, NULL, NULL);
  chain = test_cert_pem (cert, NULL);
  key = test_cert_key_pem (cert);
  chain_file = test_write_file (chain);
  key_file = test_write_file (key);

  g_test_add_func ("/scan/reader/pieces", test_reader_pieces);
  g_test_add_func ("/scan/reader/flight", test_reader_flight);
  g_test_add_func ("/scan/reader/certificates", test_reader_certificates);
  g_test_add_func ("/scan/reader/random", test_reader_random);
  g_test_add_func ("/scan/cancel", test_cancel);
  for (gsize i = 0; i < G_N_ELEMENTS (hostiles); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan/hostile/%s", hostiles[i].name);

      g_test_add_data_func (path, &hostiles[i], test_hostile);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (servers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan/server/%s", servers[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_server);
    }
  status = g_test_run ();

  g_remove (chain_file);
  g_remove (key_file);
  g_free (chain_file);
  g_free (key_file);
  return status;
}
