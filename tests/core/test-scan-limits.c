/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "gnutls-peer.h"
#include "practice/postern-practice.h"
#include "scan-fixture.h"
#include "test-pki.h"

/* A server that turns some connections away is not taken for one that does less, and one that
 * stops in the middle, or sends something else from there on, ends nothing but the connection. Each
 * peer here is a door that lets some through: to a server that does little, so that there are not
 * too many; with STARTTLS, to the server to practise on. */

#define PRIORITY                                                                                   \
  "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-TLS1.0:+ECDHE-ECDSA:+AES-128-GCM:+AES-256-CBC:+AEAD:+"     \
  "SHA1:"                                                                                          \
  "+GROUP-X25519:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA1:+CTYPE-X509"

typedef struct
{
  const char *name;
  gboolean starttls;
  const char *refusal; /* what is said before the door hangs up */
  guint at_once;       /* connections at the same time; 0: any number */
  guint first;         /* connections before it begins to refuse; 0: any number */
  guint refused;       /* so many it refuses then, and then none; 0: all */
  gboolean picky;      /* besides, it hangs up on TLS 1.1 and below, without an alert */
  gboolean partial;    /* it does not become whole */
  guint cut;           /* bytes of the server that get through; 0: all */
  const char *instead; /* of the rest, without an end; NULL: silence */
} Limit;

static const Limit limits[] = {
  { "none", FALSE, "" },
  { "hangs-up-on-old-versions", FALSE, "", .picky = TRUE },
  { "two-at-once", FALSE, "", .at_once = 2 },
  { "one-at-once", FALSE, "", .at_once = 1 },
  { "one-at-once-and-picky", FALSE, "", .at_once = 1, .picky = TRUE },
  { "one-at-once-in-words", TRUE, "421 4.7.0 Too many connections\r\n", .at_once = 1 },
  { "a-pause", FALSE, "", .first = 20, .refused = 7 },
  { "a-pause-in-words", TRUE, "421 4.7.0 Too many connections\r\n", .first = 20, .refused = 7 },
  { "for-good", FALSE, "", .first = 10, .partial = TRUE },
  { "for-good-in-words", TRUE, "421 4.7.0 Not again\r\n", .first = 10, .partial = TRUE },
  { "almost-at-once", FALSE, "", .first = 2, .partial = TRUE },
};

/* It has a thread of its own, so that it can wait for what a client says. */
typedef struct
{
  const Limit *limit;
  guint16 server_port;
  guint16 port;
  guint n_seen;
  guint n_open;
  guint most; /* open at the same time */
  GMainContext *context;
  GSocketService *service;
  GThread *thread;
  gboolean stopped;
} Door;

typedef struct
{
  Door *door;
  GSocketConnection *near;
  GSocketConnection *far;
  guint n_ends;
} Guest;

static void
guest_end (Guest *guest)
{
  if (++guest->n_ends < 2)
    return;
  guest->door->n_open--;
  g_io_stream_close (G_IO_STREAM (guest->near), NULL, NULL);
  g_io_stream_close (G_IO_STREAM (guest->far), NULL, NULL);
  g_object_unref (guest->near);
  g_object_unref (guest->far);
  g_free (guest);
}

/* When the one hangs up, so does the door, on both. */
static void
spliced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Guest *guest = user_data;

  g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (guest->near), TRUE, TRUE, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (guest->far), TRUE, TRUE, NULL);
  guest_end (guest);
}

static void
splice (Guest *guest, GSocketConnection *from, GSocketConnection *to)
{
  g_output_stream_splice_async (g_io_stream_get_output_stream (G_IO_STREAM (to)),
                                g_io_stream_get_input_stream (G_IO_STREAM (from)),
                                G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, spliced_cb,
                                guest);
}

static gboolean
cut_ended_cb (gpointer data)
{
  guest_end (data);
  return G_SOURCE_REMOVE;
}

/* The first bytes of the server, and then something else, until the client hangs up. */
static gpointer
cut_thread (gpointer data)
{
  Guest *guest = data;
  const char *instead = guest->door->limit->instead;
  GInputStream *from = g_io_stream_get_input_stream (G_IO_STREAM (guest->far));
  GOutputStream *to = g_io_stream_get_output_stream (G_IO_STREAM (guest->near));
  gsize left = guest->door->limit->cut;
  char buffer[256];
  gssize got = 1;

  while (left > 0 && got > 0)
    {
      got = g_input_stream_read (from, buffer, MIN (left, sizeof buffer), NULL, NULL);
      if (got > 0 && !g_output_stream_write_all (to, buffer, (gsize) got, NULL, NULL, NULL))
        break;
      left -= got > 0 ? (gsize) got : 0;
    }
  while (left == 0 && instead != NULL &&
         g_output_stream_write_all (to, instead, strlen (instead), NULL, NULL, NULL))
    continue;
  g_main_context_invoke (guest->door->context, cut_ended_cb, guest);
  return NULL;
}

static gboolean
refuses (Door *door)
{
  const Limit *limit = door->limit;

  door->n_seen++;
  if (limit->at_once > 0 && door->n_open >= limit->at_once)
    return TRUE;
  return limit->first > 0 && door->n_seen > limit->first &&
         (limit->refused == 0 || door->n_seen <= limit->first + limit->refused);
}

/* The version of a ClientHello is in its tenth and eleventh byte. */
static gboolean
is_old (GSocketConnection *near)
{
  GSocket *socket = g_socket_connection_get_socket (near);
  guint8 bytes[11] = { 0 };
  GInputVector vector = { bytes, sizeof bytes };
  int flags = G_SOCKET_MSG_PEEK;

  g_socket_condition_wait (socket, G_IO_IN, NULL, NULL);
  g_socket_receive_message (socket, NULL, &vector, 1, NULL, NULL, &flags, NULL, NULL);
  return bytes[0] == 22 && bytes[9] == 3 && bytes[10] < 3;
}

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *near, GObject *from, Door *door)
{
  g_autoptr(GSocketClient) client = NULL;
  g_autoptr(GError) error = NULL;
  Guest *guest;

  if (refuses (door))
    {
      g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (near)),
                                 door->limit->refusal, strlen (door->limit->refusal), NULL, NULL,
                                 NULL);
      return TRUE;
    }
  if (door->limit->picky && door->n_seen > 1 && is_old (near))
    return TRUE;

  client = g_socket_client_new ();
  guest = g_new0 (Guest, 1);
  guest->door = door;
  guest->near = g_object_ref (near);
  guest->far =
    g_socket_client_connect_to_host (client, "127.0.0.1", door->server_port, NULL, &error);
  g_assert_no_error (error);
  door->n_open++;
  door->most = MAX (door->most, door->n_open);
  splice (guest, guest->near, guest->far);
  if (door->limit->cut > 0)
    g_thread_unref (g_thread_new ("cut", cut_thread, guest));
  else
    splice (guest, guest->far, guest->near);
  return TRUE;
}

static gpointer
door_thread (gpointer data)
{
  Door *door = data;

  g_main_context_push_thread_default (door->context);
  while (!door->stopped || door->n_open > 0)
    g_main_context_iteration (door->context, TRUE);
  g_main_context_pop_thread_default (door->context);
  return NULL;
}

static void
door_start (Door *self)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) bound = NULL;
  g_autoptr(GError) error = NULL;

  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->service = g_socket_service_new ();
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_main_context_pop_thread_default (self->context);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->thread = g_thread_new ("door", door_thread, self);
}

static gboolean
stop_cb (gpointer data)
{
  Door *door = data;

  g_socket_service_stop (door->service);
  g_socket_listener_close (G_SOCKET_LISTENER (door->service));
  door->stopped = TRUE;
  return G_SOURCE_REMOVE;
}

static void
door_stop (Door *self)
{
  g_main_context_invoke (self->context, stop_cb, self);
  g_thread_join (self->thread);
  g_object_unref (self->service);
  g_main_context_unref (self->context);
}

static void
assert_equal_lists (const GArray *a, const GArray *b)
{
  g_assert_cmpmem (a->data, a->len * sizeof (guint16), b->data, b->len * sizeof (guint16));
}

/* All that the server does was found, and nothing else. */
static void
assert_whole (const PosternScanResult *result, const PosternScanResult *model, gboolean picky)
{
  g_assert_false (result->timed_out);
  g_assert_cmpuint (result->chains->len, ==, model->chains->len);
  g_assert_cmpint (result->name_matters, ==, model->name_matters);
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      const PosternScanVersion *version = &result->versions[i];

      g_assert_true (version->looked && version->complete);
      if (picky && i < 2) /* one of them is spoken, to those who are let in */
        {
          g_assert_false (version->spoken);
          continue;
        }
      g_assert_cmpint (version->spoken, ==, model->versions[i].spoken);
      assert_equal_lists (version->suites, model->versions[i].suites);
      assert_equal_lists (version->groups, model->versions[i].groups);
      assert_equal_lists (version->signatures, model->versions[i].signatures);
      g_assert_cmpint (version->order, ==, model->versions[i].order);
      g_assert_cmpint (version->finished, ==, model->versions[i].finished);
      g_assert_cmpint (version->resumes_ticket, ==, model->versions[i].resumes_ticket);
      g_assert_cmpint (version->resumes_id, ==, model->versions[i].resumes_id);
    }
}

/* Nothing is said that is not known. */
static void
assert_partial (const PosternScanResult *result, const PosternScanResult *model)
{
  gboolean complete = TRUE;

  g_assert_true (result->timed_out);
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      const PosternScanVersion *version = &result->versions[i];

      complete &= version->complete;
      if (version->looked)
        g_assert_cmpint (version->spoken, ==, model->versions[i].spoken);
      g_assert_cmpuint (version->suites->len, <=, model->versions[i].suites->len);
      if (version->complete)
        assert_equal_lists (version->suites, model->versions[i].suites);
      g_assert_cmpint (version->finished, !=, POSTERN_SCAN_NO);
      g_assert_cmpint (version->resumes_ticket, !=, POSTERN_SCAN_NO);
    }
  g_assert_false (complete);
}

static void
progress_cb (const PosternScanResult *so_far, gpointer user_data)
{
  if (user_data != NULL && so_far->n_connections > 15)
    g_cancellable_cancel (user_data);
}

static PosternScanResult *
scan_port (
  guint16 port, gboolean starttls, guint total_ms, guint parallel, GCancellable *cancellable)
{
  PosternScanRequest request = { .host = (char *) "localhost",
                                 .connect_host = (char *) "127.0.0.1",
                                 .port = port,
                                 .starttls = starttls,
                                 .parallel = parallel,
                                 .progress = progress_cb,
                                 .progress_data = cancellable,
                                 .total_ms = total_ms };
  g_autoptr(GError) error = NULL;
  PosternScanResult *result = scan (&request, cancellable, &error);

  g_assert_no_error (error);
  return result;
}

static GnutlsPeer *peer;

/* What a busy machine needs for a scan that is to find everything. Milliseconds. */
#define TIME_ENOUGH 240000

/* A HelloRetryRequest is shorter, a ServerHello of TLS 1.3 longer. */
#define BEFORE_A_CHOICE 80

/* From the middle of a flight on. What ends before, in TLS 1.3 a HelloRetryRequest, is found. */
static const Limit cuts[] = {
  { "silence", FALSE, .cut = 150 },
  { "garbage", FALSE, .cut = 150, .instead = "garbage" },
  { "warnings", FALSE, .cut = 150, .instead = "\x15\x03\x03\x01\x02\x01\x70" },
  { "garbage-before-a-choice-in-1.3", FALSE, .cut = BEFORE_A_CHOICE, .instead = "garbage" },
  { "silence-in-1.3", FALSE, .cut = 300 },
  { "garbage-in-1.3", FALSE, .cut = 300, .instead = "garbage" },
  { "records-in-1.3", FALSE, .cut = 400, .instead = "\x17\x03\x03\x01\x01garbage" },
};

static PosternPractice *practice;
static PosternScanResult *models[2]; /* what a scan finds that no door is before; by starttls */

static void
test_limit (gconstpointer data)
{
  Door door = { .limit = data };
  gboolean starttls = door.limit->starttls;
  g_autoptr(PosternScanResult) result = NULL;
  gint64 begun;

  door.server_port = starttls ? postern_practice_get_port (practice) : gnutls_peer_get_port (peer);
  if (models[starttls] == NULL)
    models[starttls] = scan_port (door.server_port, starttls, TIME_ENOUGH, 0, NULL);
  g_assert_false (models[starttls]->limited);

  door_start (&door);
  begun = g_get_monotonic_time ();
  result = scan_port (door.port, starttls, door.limit->partial ? 3000 : TIME_ENOUGH, 0, NULL);
  door_stop (&door);
  if (door.limit->partial)
    {
      assert_partial (result, models[starttls]);
      g_assert_cmpint (g_get_monotonic_time () - begun, <, 5 * G_USEC_PER_SEC);
    }
  else
    assert_whole (result, models[starttls], door.limit->picky);
  g_assert_cmpint (result->limited, ==, door.limit->at_once > 0 || door.limit->first > 0);
  g_assert_cmpuint (result->troubles->len, ==, result->limited + result->timed_out);
}

static void
test_cut (gconstpointer data)
{
  Door door = { .limit = data, .server_port = gnutls_peer_get_port (peer) };
  PosternScanRequest request = { .host = (char *) "localhost",
                                 .connect_host = (char *) "127.0.0.1",
                                 .step_ms = 200,
                                 .total_ms = 4000 };
  g_autoptr(PosternScanResult) result = NULL;
  g_autoptr(GError) error = NULL;
  gint64 begun = g_get_monotonic_time ();

  door_start (&door);
  request.port = door.port;
  result = scan (&request, NULL, &error);
  door_stop (&door);
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 6 * G_USEC_PER_SEC);
  g_assert_cmpuint (result->troubles->len, >, 0);
  g_assert_false (result->versions[1].spoken);
  if (door.limit->cut == BEFORE_A_CHOICE)
    {
      g_assert_cmpuint (result->versions[3].groups->len, >, 0);
      g_assert_cmpuint (result->versions[3].signatures->len, ==, 0);
    }
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    g_assert_cmpint (result->versions[i].resumes_ticket, !=, POSTERN_SCAN_YES);
}

/* No more connections at once than were asked for. What is closed here may be open at the door for
 * a moment more, but not for the time of a whole connection. */
static void
test_parallel (gconstpointer data)
{
  guint parallel = GPOINTER_TO_UINT (data);
  Door door = { .limit = &limits[0], .server_port = gnutls_peer_get_port (peer) };
  g_autoptr(PosternScanResult) result = NULL;

  door_start (&door);
  result = scan_port (door.port, FALSE, 0, parallel, NULL);
  door_stop (&door);
  g_assert_cmpuint (door.most, <=, 2 * parallel);
  g_assert_cmpuint (result->n_connections, ==, door.n_seen);
  g_assert_cmpuint (result->n_left, ==, 0);
}

/* Cancelled on the way: what was found by then is there, and nothing else is said. */
static void
test_cancel (void)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(PosternScanResult) result =
               scan_port (gnutls_peer_get_port (peer), FALSE, 0, 0, cancellable);

  g_assert_true (result->cancelled);
  g_assert_false (result->timed_out || result->limited);
  g_assert_cmpuint (result->troubles->len, ==, 0);
  g_assert_cmpuint (result->n_connections, <, 25);
  g_assert_nonnull (postern_scan_result_get_highest (result));
}

/* A listener that hangs up on everybody, on both loopbacks or on that of IPv6 alone. */
static gboolean
hang_up_cb (GSocketService *service, GSocketConnection *connection, GObject *from, gpointer data)
{
  return TRUE;
}

static guint16
listen_on (GSocketService *service, GSocketFamily family, guint16 port)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (family);
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new (loopback, port);
  g_autoptr(GSocketAddress) bound = NULL;

  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL))
    return 0;
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

/* As a logon of a system that takes IPv4 first: it takes IPv6 where nothing else answers. */
static void
test_prefer_ipv4 (gconstpointer data)
{
  gboolean both = GPOINTER_TO_INT (data);
  g_autoptr(GSocketService) service = g_socket_service_new ();
  PosternScanRequest request = {
    .host = (char *) "localhost", .prefer_ipv4 = TRUE, .step_ms = 2000, .total_ms = 8000
  };
  g_autoptr(PosternScanResult) result = NULL;
  g_autoptr(GError) error = NULL;

  request.port = listen_on (service, G_SOCKET_FAMILY_IPV6, 0);
  if (request.port == 0 ||
      (both && listen_on (service, G_SOCKET_FAMILY_IPV4, request.port) != request.port))
    {
      g_test_skip ("There is no IPv6 here, or the port is taken");
      return;
    }
  g_signal_connect (service, "incoming", G_CALLBACK (hang_up_cb), NULL);
  result = scan (&request, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (result->address, both ? "127.0.0.1" : "[::1]"));
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
}

int
main (int argc, char **argv)
{
  const TestCertSpec spec = { .cn = "localhost", .dns = "localhost" };
  g_autoptr(TestCert) cert = NULL;
  g_autofree char *pem = NULL;
  g_autofree char *key = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  cert = test_cert_new (&spec, NULL, NULL);
  pem = test_cert_pem (cert, NULL);
  key = test_cert_key_pem (cert);
  peer = gnutls_peer_new (pem, key, PRIORITY);
  practice = postern_practice_new_for (POSTERN_PROTOCOL_SMTP, "good", &error);
  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-limits/%s", limits[i].name);

      g_test_add_data_func (path, &limits[i], test_limit);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-limits/cut/%s", cuts[i].name);

      g_test_add_data_func (path, &cuts[i], test_cut);
    }
  g_test_add_data_func ("/scan-limits/parallel/1", GUINT_TO_POINTER (1), test_parallel);
  g_test_add_data_func ("/scan-limits/parallel/3", GUINT_TO_POINTER (3), test_parallel);
  g_test_add_func ("/scan-limits/cancel", test_cancel);
  g_test_add_data_func ("/scan-limits/prefer-ipv4/both", GINT_TO_POINTER (TRUE), test_prefer_ipv4);
  g_test_add_data_func ("/scan-limits/prefer-ipv4/ipv6-alone", GINT_TO_POINTER (FALSE),
                        test_prefer_ipv4);
  status = g_test_run ();

  for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
    g_clear_pointer (&models[i], postern_scan_result_free);
  gnutls_peer_free (peer);
  postern_practice_stop (practice);
  g_object_unref (practice);
  return status;
}
