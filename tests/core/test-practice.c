/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#define PROTOCOL POSTERN_PROTOCOL_SMTP
#include "practice-client.h"

#include <glib/gstdio.h>

#define PROMPT_US (2 * G_USEC_PER_SEC)

static char *
ehlo (Client *self)
{
  char *reply;

  client_send (self, "EHLO client.example\r\n");
  reply = client_read_reply (self);
  g_assert_nonnull (reply);
  g_assert_true (g_str_has_prefix (reply, "250"));
  return reply;
}

/* Greeted, and under TLS where @tls; EHLO said. */
static Client *
client_new_under_tls (PosternPractice *practice)
{
  Client *self = client_new (postern_practice_get_tls_port (practice));
  g_autofree char *reply = NULL;

  g_assert_true (client_start_tls (self, ca_file_of (practice), "127.0.0.1", NULL));
  expect (self, "220 ");
  reply = ehlo (self);
  return self;
}

static void
starttls (Client *self, PosternPractice *practice)
{
  g_autofree char *clear = NULL;
  g_autofree char *tls = NULL;

  expect (self, "220 ");
  clear = ehlo (self);
  g_assert_nonnull (strstr (clear, "STARTTLS\n"));
  g_assert_null (strstr (clear, "AUTH"));
  ask (self, "AUTH PLAIN", "530 5.7.0 Must issue a STARTTLS command first");
  ask (self, "MAIL FROM:<a@b.example>", "530 5.7.0");
  ask (self, "STARTTLS now", "501 5.5.4");
  ask (self, "STARTTLS", "220 ");
  g_assert_true (client_start_tls (self, ca_file_of (practice), "localhost", NULL));
  ask (self, "AUTH PLAIN", "503 5.5.1"); /* what was said in clear is forgotten */
  tls = ehlo (self);
  g_assert_null (strstr (tls, "STARTTLS"));
  g_assert_nonnull (strstr (tls, "AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\n"));
}

static void
ask_auth (Client *self, const char *mechanism, const char *answer, const char *prefix)
{
  g_autofree char *command = g_strdup_printf ("AUTH %s %s", mechanism, answer);

  ask (self, command, prefix);
}

static void
log_on (Client *self)
{
  g_autofree char *answer = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);

  ask_auth (self, "PLAIN", answer, "235 2.7.0");
}

static void
test_scenarios (void)
{
  gsize n = 0;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n);
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (n, ==, 21);
  g_assert_cmpstr (scenarios[0].name, ==, "good");
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(PosternPractice) practice = NULL;

      if ((scenarios[i].protocols & 1u << POSTERN_PROTOCOL_SMTP) == 0)
        {
          g_assert_null (postern_practice_new (scenarios[i].name, NULL));
          continue;
        }
      practice = practice_new_started (scenarios[i].name);
      g_assert_cmpstr (postern_practice_get_scenario (practice), ==, scenarios[i].name);
      g_assert_cmpuint (postern_practice_get_port (practice), !=, 0);
      g_assert_cmpuint (postern_practice_get_tls_port (practice), !=, 0);
      g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 0);
      g_assert_cmpuint (strlen (scenarios[i].description), >, 10);
    }

  g_assert_null (postern_practice_new ("nonsense", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "tls-on-plain-port"));
}

static void
test_good_starttls (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));

  starttls (client, practice);
  log_on (client);
  ask (client, "AUTH PLAIN", "503 5.5.1");
  ask (client, "QUIT", "221 ");
  g_assert_null (client_read_reply (client));
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 1);
}

static void
test_commands (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started (NULL);
  g_autoptr(Client) client = client_new_under_tls (practice);

  ask (client, "MAIL FROM:<a@b.example>", "530 5.7.0 Authentication required");
  log_on (client);
  ask (client, "EHLO", "501 5.5.4");
  ask (client, "NONSENSE", "502 5.5.2");
  ask (client, "NO\001P", "500 5.5.2");
  ask (client, "RCPT TO:<a@b.example>", "503 5.5.1");
  ask (client, "MAIL a@b.example", "501 5.5.4");
  ask (client, "MAIL FROM:<a@b.example> SIZE=99999999", "552 5.3.4");
  ask (client, "mail from:<> BODY=8BITMIME", "250 2.1.0");
  ask (client, "AUTH PLAIN", "503 5.5.1");
  ask (client, "RCPT TO:<a@b.example>", "250 2.1.5");
  ask (client, "RSET", "250 2.0.0");
  ask (client, "DATA", "503 5.5.1");
  ask (client, "NOOP", "250 2.0.0");
  ask (client, "VRFY somebody", "252 2.0.0");
  ask (client, "HELO client.example", "250 ");

  client_send (client, "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
  expect (client, "250 2.1.0");
  expect (client, "250 2.1.5");
  expect (client, "354 ");
  client_send (client, "Subject: test\r\n\r\n..\r\nQUIT\r\n");
  ask (client, ".", "250 2.0.0");
  ask (client, "QUIT", "221 ");
}

static void
test_limits (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autofree char *line = g_strnfill (100 * 1024, 'x');

  ask (client, line, "500 5.5.2 Line too long");
  ask (client, "NOOP", "250 ");
  log_on (client);
  ask (client, "MAIL FROM:<a@b.example>", "250 ");
  ask (client, "RCPT TO:<a@b.example>", "250 ");
  ask (client, "DATA", "354 ");
  for (int i = 0; i < 12; i++)
    client_send (client, line);
  ask (client, "\r\n.", "552 5.3.4");

  for (int i = 0; i < 17; i++)
    ask (client, "NONSENSE", "502 ");
  ask (client, "NONSENSE", "502 ");
  expect (client, "421 4.7.0");
  g_assert_null (client_read_reply (client));
}

static void
test_too_many_connections (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
  g_autofree char *reply = NULL;

  for (int i = 0; i < 32; i++)
    {
      g_ptr_array_add (clients, client_new (postern_practice_get_port (practice)));
      expect (g_ptr_array_index (clients, i), "220 ");
    }
  g_ptr_array_add (clients, client_new (postern_practice_get_port (practice)));
  expect (g_ptr_array_index (clients, 32), "421 4.7.0");
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 33);

  /* One leaves: there is room again, as soon as its thread has seen it. */
  ask (g_ptr_array_index (clients, 0), "QUIT", "221 ");
  for (int i = 0; i < 1000 && !g_str_has_prefix (reply != NULL ? reply : "", "220 "); i++)
    {
      g_autoptr(Client) client = client_new (postern_practice_get_port (practice));

      g_free (reply);
      reply = client_read_reply (client);
    }
  g_assert_nonnull (reply);
  g_assert_true (g_str_has_prefix (reply, "220 "));
}

/* With the authority's certificate it really passes, with that of another server's authority,
 * which has the same name, it really fails. */
static void
check_certificate (const char *scenario, GTlsCertificateFlags wanted)
{
  g_autoptr(PosternPractice) practice = practice_new_started (scenario);
  g_autoptr(PosternPractice) other = practice_new_started ("good");
  guint16 port = postern_practice_get_tls_port (practice);
  const char *ca_file = ca_file_of (practice);
  const char *const hosts[] = { "localhost", "127.0.0.1" };
  GTlsCertificateFlags faults = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_autoptr(Client) client = client_new (port);

      g_assert_true (client_start_tls (client, ca_file, hosts[i], &faults) == (wanted == 0));
      g_assert_cmpuint (faults, ==, wanted);
    }

  {
    g_autoptr(Client) client = client_new (port);

    g_assert_false (client_start_tls (client, ca_file_of (other), "localhost", &faults));
    g_assert_cmpuint (faults, ==, wanted | G_TLS_CERTIFICATE_UNKNOWN_CA);
  }
}

static void
test_certificates (void)
{
  check_certificate ("good", 0);
  check_certificate ("expired", G_TLS_CERTIFICATE_EXPIRED);
  check_certificate ("wrong-name", G_TLS_CERTIFICATE_BAD_IDENTITY);
  check_certificate ("untrusted", G_TLS_CERTIFICATE_UNKNOWN_CA);
}

static gboolean
keep_and_refuse_cb (GTlsConnection *tls,
                    GTlsCertificate *certificate,
                    GTlsCertificateFlags faults,
                    gpointer user_data)
{
  g_set_object ((GTlsCertificate **) user_data, certificate);
  return FALSE;
}

/* The root is sent too, so that an untrusted one can be told from a missing one. */
static void
test_chain (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("untrusted");
  g_autoptr(GTlsCertificate) given_out = NULL;
  g_autoptr(GTlsCertificate) leaf = NULL;
  g_autoptr(Client) client = client_new (postern_practice_get_tls_port (practice));
  g_autoptr(GSocketConnectable) identity = g_network_address_new ("localhost", 0);
  g_autoptr(GIOStream) tls = g_tls_client_connection_new (client->base, identity, NULL);
  GTlsCertificate *root;

  given_out = g_tls_certificate_new_from_pem (postern_practice_get_ca_pem (practice), -1, NULL);
  g_signal_connect (tls, "accept-certificate", G_CALLBACK (keep_and_refuse_cb), &leaf);
  g_assert_false (g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL));

  g_assert_nonnull (leaf);
  root = g_tls_certificate_get_issuer (leaf);
  g_assert_nonnull (root);
  g_assert_null (g_tls_certificate_get_issuer (root));
  g_assert_false (g_tls_certificate_is_same (root, given_out));
  g_assert_cmpuint (g_tls_certificate_verify (leaf, NULL, root), ==, 0);
  g_assert_cmpuint (g_tls_certificate_verify (leaf, NULL, given_out), !=, 0);
}

static void
test_ca_file (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autofree char *file = g_strdup (ca_file_of (practice));
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *contents = NULL;
  GStatBuf info;

  g_assert_cmpstr (ca_file_of (practice), ==, file);
  g_assert_cmpint (g_stat (folder, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0700);
  g_assert_true (g_file_get_contents (file, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, postern_practice_get_ca_pem (practice));
  g_assert_nonnull (strstr (contents, "BEGIN CERTIFICATE"));
  g_assert_null (strstr (contents, "PRIVATE"));

  postern_practice_stop (practice);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (postern_practice_get_port (practice), ==, 0);
}

static void
test_passwords (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autofree char *right = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);
  g_autofree char *wrong = plain (POSTERN_PRACTICE_USER, "open sesamE");
  g_autofree char *other = plain ("somebody", POSTERN_PRACTICE_PASSWORD);
  g_autofree char *user = base64 (POSTERN_PRACTICE_USER, strlen (POSTERN_PRACTICE_USER));
  g_autofree char *password =
    base64 (POSTERN_PRACTICE_PASSWORD, strlen (POSTERN_PRACTICE_PASSWORD));
  g_autoptr(Client) refused = client_new_under_tls (practice);
  g_autoptr(Client) with_initial = client_new_under_tls (practice);
  g_autoptr(Client) without_initial = client_new_under_tls (practice);
  g_autoptr(Client) login = client_new_under_tls (practice);
  g_autoptr(Client) login_initial = client_new_under_tls (practice);

  ask (refused, "AUTH", "501 5.5.4");
  ask (refused, "AUTH CRAM-MD5", "504 5.5.4");
  ask_auth (refused, "PLAIN", wrong, "535 5.7.8");
  ask_auth (refused, "PLAIN", other, "535 5.7.8");
  ask_auth (refused, "PLAIN", "=", "535 5.7.8");
  ask_auth (refused, "PLAIN", "no!base64", "501 5.5.2");
  ask_auth (refused, "PLAIN", "AAA", "501 5.5.2");
  ask (refused, "AUTH PLAIN", "334 ");
  ask (refused, "*", "501 5.7.0");
  ask (refused, "AUTH PLAIN", "334 ");
  ask (refused, "", "535 5.7.8");
  ask (refused, "AUTH LOGIN", "334 VXNlcm5hbWU6");
  ask (refused, user, "334 UGFzc3dvcmQ6");
  ask (refused, user, "535 5.7.8");
  ask (refused, "AUTH LOGIN", "334 ");
  ask (refused, user, "334 ");
  ask (refused, "*", "501 5.7.0");

  ask_auth (with_initial, "plain", right, "235 2.7.0");
  ask (without_initial, "AUTH PLAIN", "334 ");
  ask (without_initial, right, "235 2.7.0");
  ask (login, "AUTH LOGIN", "334 VXNlcm5hbWU6");
  ask (login, user, "334 UGFzc3dvcmQ6");
  ask (login, password, "235 2.7.0");
  ask_auth (login_initial, "LOGIN", user, "334 UGFzc3dvcmQ6");
  ask (login_initial, password, "235 2.7.0");
}

/* The JSON of a refusal, decoded; then the end that follows it. */
static void
check_token_refused (
  Client *client, const char *mechanism, const char *answer, const char *empty, const char *status)
{
  g_autofree char *command = g_strdup_printf ("AUTH %s %s\r\n", mechanism, answer);
  g_autofree char *reply = NULL;
  gsize length = 0;

  client_send (client, command);
  reply = client_read_reply (client);
  g_assert_nonnull (reply);
  g_assert_true (g_str_has_prefix (reply, "334 "));
  g_base64_decode_inplace (reply + 4, &length);
  reply[4 + length] = '\0';
  g_assert_nonnull (strstr (reply + 4, status));
  g_assert_nonnull (strstr (reply + 4, "\"scope\":\"https://mail.example/\""));
  ask (client, empty, "535 5.7.8");
}

static void
test_tokens (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autofree char *right_x = xoauth2 (POSTERN_PRACTICE_TOKEN);
  g_autofree char *wrong_x = xoauth2 ("ya29.another");
  g_autofree char *right_b = oauthbearer (POSTERN_PRACTICE_TOKEN);
  g_autofree char *wrong_b = oauthbearer ("ya29.another");
  g_autoptr(Client) one = client_new_under_tls (practice);
  g_autoptr(Client) two = client_new_under_tls (practice);

  check_token_refused (one, "XOAUTH2", wrong_x, "", "\"status\":\"401\"");
  check_token_refused (one, "OAUTHBEARER", wrong_b, "AQ==", "\"status\":\"invalid_token\"");
  check_token_refused (one, "XOAUTH2", right_b, "", "\"status\":\"401\"");
  ask_auth (one, "XOAUTH2", right_x, "235 2.7.0");
  ask (two, "AUTH OAUTHBEARER", "334 ");
  ask (two, right_b, "235 2.7.0");
}

static void
check_refusal (const char *scenario, const char *reply)
{
  g_autoptr(PosternPractice) practice = practice_new_started (scenario);
  g_autofree char *right = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);
  g_autofree char *user = base64 (POSTERN_PRACTICE_USER, strlen (POSTERN_PRACTICE_USER));
  g_autoptr(Client) implicit = client_new_under_tls (practice);
  g_autoptr(Client) explicit = client_new (postern_practice_get_port (practice));

  starttls (explicit, practice);
  ask_auth (implicit, "PLAIN", right, reply);
  ask_auth (explicit, "LOGIN", user, "334 ");
  ask (explicit, "AAAA", reply);
}

static void
test_refusals (void)
{
  check_refusal ("wrong-password", "535 5.7.8 Error: authentication failed\n");
  check_refusal ("tenant-disabled", "535 5.7.139 Authentication unsuccessful, SmtpClient");
  check_refusal ("app-password", "534-5.7.9 Application-specific password required");
}

static void
test_xoauth2_refused (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("xoauth2-refused");
  g_autofree char *right = xoauth2 (POSTERN_PRACTICE_TOKEN);
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autofree char *offered = ehlo (client);

  g_assert_nonnull (strstr (offered, "AUTH XOAUTH2 OAUTHBEARER\n"));
  check_token_refused (client, "XOAUTH2", right, "", "\"schemes\":\"bearer\"");
  ask (client, "AUTH PLAIN", "504 5.5.4");
}

static void
test_no_starttls (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("no-starttls");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));
  g_autofree char *offered = NULL;

  expect (client, "220 ");
  offered = ehlo (client);
  g_assert_null (strstr (offered, "STARTTLS"));
  ask (client, "STARTTLS", "502 5.5.1");
  log_on (client);
}

static void
test_starttls_refused (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("starttls-refused");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));
  g_autofree char *offered = NULL;

  expect (client, "220 ");
  offered = ehlo (client);
  g_assert_nonnull (strstr (offered, "STARTTLS"));
  ask (client, "STARTTLS", "454 4.7.0");
  ask (client, "AUTH PLAIN", "530 5.7.0");
}

/* One read of the socket has the go-ahead and what was put behind it. */
static void
test_injected (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("injected");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));
  GInputStream *input = g_io_stream_get_input_stream (client->base);
  g_autofree char *offered = NULL;
  char buffer[1024] = "";
  gssize n;

  expect (client, "220 ");
  offered = ehlo (client);
  g_assert_cmpuint (g_buffered_input_stream_get_available (G_BUFFERED_INPUT_STREAM (client->input)),
                    ==, 0);
  client_send (client, "STARTTLS\r\n");
  n = g_input_stream_read (input, buffer, sizeof buffer - 1, NULL, NULL);
  g_assert_cmpint (n, >, 0);
  g_assert_true (g_str_has_prefix (buffer, "220 "));
  g_assert_nonnull (strstr (buffer, "\r\n250-"));
  g_assert_nonnull (strstr (buffer, "\r\n250 AUTH"));

  /* Who does not look gets what the server meant to give. */
  g_assert_true (client_start_tls (client, ca_file_of (practice), "localhost", NULL));
}

/* The server takes no injected command either. */
static void
test_pipelined_starttls (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));

  expect (client, "220 ");
  client_send (client, "STARTTLS\r\nNOOP\r\n");
  expect (client, "503 5.5.1");
  g_assert_null (client_read_reply (client));
}

static void
test_swapped_ports (void)
{
  g_autoptr(PosternPractice) tls_first = practice_new_started ("tls-on-plain-port");
  g_autoptr(PosternPractice) plain_first = practice_new_started ("plain-on-tls-port");
  g_autoptr(Client) one = client_new (postern_practice_get_port (tls_first));
  g_autoptr(Client) two = client_new (postern_practice_get_tls_port (plain_first));
  g_autoptr(Client) three = client_new (postern_practice_get_tls_port (plain_first));
  g_autoptr(Client) four = client_new (postern_practice_get_port (plain_first));
  g_autoptr(Client) five = client_new_under_tls (tls_first);

  g_assert_true (client_start_tls (one, ca_file_of (tls_first), "localhost", NULL));
  expect (one, "220 ");
  starttls (two, plain_first);
  g_assert_false (client_start_tls (three, ca_file_of (plain_first), "localhost", NULL));
  starttls (four, plain_first);
  log_on (five);
}

static void
test_slow (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("slow");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));
  gint64 begin = g_get_monotonic_time ();

  expect (client, "220 ");
  ask (client, "EHLO client.example", "250");
  ask (client, "STARTTLS", "220 ");
  g_assert_true (client_start_tls (client, ca_file_of (practice), "localhost", NULL));
  ask (client, "EHLO client.example", "250");
  log_on (client);
  ask (client, "QUIT", "221 ");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 2900 * 1000);
}

/* Silent until it is stopped: the client's read ends then, not before. */
static void
test_silent (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("silent");
  const guint16 ports[] = { postern_practice_get_port (practice),
                            postern_practice_get_tls_port (practice) };

  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      g_autoptr(Client) client = client_new (ports[i]);
      GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (client->base));

      client_send (client, "EHLO client.example\r\n");
      g_assert_false (
        g_socket_condition_timed_wait (socket, G_IO_IN, G_USEC_PER_SEC / 4, NULL, NULL));
    }
}

static void
test_closes_early (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("closes-early");
  g_autoptr(Client) clear = client_new (postern_practice_get_port (practice));
  g_autoptr(Client) tls = client_new (postern_practice_get_tls_port (practice));
  g_autoptr(GError) error = NULL;

  g_assert_null (g_data_input_stream_read_line (clear->input, NULL, NULL, &error));
  g_assert_no_error (error); /* an end, not a reset */
  g_assert_true (client_start_tls (tls, ca_file_of (practice), "localhost", NULL));
  g_assert_null (g_data_input_stream_read_line (tls->input, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
test_ports (void)
{
  g_autoptr(PosternPractice) first = practice_new_started ("good");
  g_autoptr(PosternPractice) second = postern_practice_new ("good", NULL);
  g_autoptr(GError) error = NULL;
  guint16 port = postern_practice_get_port (first);
  guint16 tls_port = postern_practice_get_tls_port (first);

  g_assert_false (postern_practice_start (second, 0, port, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_cmpuint (postern_practice_get_port (second), ==, 0);
  g_clear_error (&error);

  postern_practice_stop (first);
  g_assert_true (postern_practice_start (second, tls_port, port, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (postern_practice_get_port (second), ==, tls_port);
  g_assert_cmpuint (postern_practice_get_tls_port (second), ==, port);
}

/* Clients at every stage; none may hold it up. */
static void
check_stop (const char *scenario)
{
  PosternPractice *practice = practice_new_started (scenario);
  guint16 ports[] = { postern_practice_get_port (practice),
                      postern_practice_get_tls_port (practice) };
  g_autoptr(GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
  gint64 begin;

  if (g_str_equal (scenario, "good"))
    {
      Client *client = client_new (ports[0]);

      expect (client, "220 ");
      g_ptr_array_add (clients, client);
      g_ptr_array_add (clients, client_new_under_tls (practice));
    }
  for (int i = 0; i < 8; i++)
    g_ptr_array_add (clients, client_new (ports[i % 2]));
  while (postern_practice_get_n_connections (practice) < clients->len)
    g_thread_yield ();

  begin = g_get_monotonic_time ();
  g_assert_finalize_object (practice);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, PROMPT_US);
}

static void
test_stop_while_connected (void)
{
  check_stop ("good");
  check_stop ("silent");
  check_stop ("slow");
}

/* Threads of ours by their name: GIO keeps some of its own for later use. */
static guint
count_threads (guint *n_all)
{
  g_autoptr(GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *task;
  guint n = 0;

  g_assert_nonnull (tasks);
  *n_all = 0;
  while ((task = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *file = g_build_filename ("/proc/self/task", task, "comm", NULL);
      g_autofree char *name = NULL;

      (*n_all)++;
      if (g_file_get_contents (file, &name, NULL, NULL) && g_str_has_prefix (name, "practice-"))
        n++;
    }
  return n;
}

/* A thread takes its name when it first runs, and stays in /proc for a moment after it was
 * joined: both are waited for. */
static void
wait_for_threads (guint n_wanted)
{
  gint64 limit = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  guint n_all = 0;
  guint n = count_threads (&n_all);

  while (n != n_wanted && g_get_monotonic_time () < limit)
    {
      g_thread_yield ();
      n = count_threads (&n_all);
    }
  g_assert_cmpuint (n, ==, n_wanted);
  g_assert_cmpuint (n_all, <, 32);
}

static guint
count_files (void)
{
  g_autoptr(GDir) files = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (files) != NULL)
    n++;
  return n;
}

static void
test_cycles (void)
{
  guint n_files;

  check_stop ("good"); /* what GIO opens once is open now */
  n_files = count_files ();
  for (int i = 0; i < 100; i++)
    {
      g_autoptr(PosternPractice) practice = practice_new_started (i % 2 ? "good" : "untrusted");
      g_autoptr(Client) client = client_new (postern_practice_get_port (practice));

      expect (client, "220 ");
      wait_for_threads (3); /* one a port, one for the client */
    }

  wait_for_threads (0);
  g_assert_cmpuint (count_files (), <=, n_files + 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/practice/scenarios", test_scenarios);
  g_test_add_func ("/practice/good-starttls", test_good_starttls);
  g_test_add_func ("/practice/commands", test_commands);
  g_test_add_func ("/practice/limits", test_limits);
  g_test_add_func ("/practice/too-many-connections", test_too_many_connections);
  g_test_add_func ("/practice/certificates", test_certificates);
  g_test_add_func ("/practice/chain", test_chain);
  g_test_add_func ("/practice/ca-file", test_ca_file);
  g_test_add_func ("/practice/passwords", test_passwords);
  g_test_add_func ("/practice/tokens", test_tokens);
  g_test_add_func ("/practice/refusals", test_refusals);
  g_test_add_func ("/practice/xoauth2-refused", test_xoauth2_refused);
  g_test_add_func ("/practice/no-starttls", test_no_starttls);
  g_test_add_func ("/practice/starttls-refused", test_starttls_refused);
  g_test_add_func ("/practice/injected", test_injected);
  g_test_add_func ("/practice/pipelined-starttls", test_pipelined_starttls);
  g_test_add_func ("/practice/swapped-ports", test_swapped_ports);
  g_test_add_func ("/practice/slow", test_slow);
  g_test_add_func ("/practice/silent", test_silent);
  g_test_add_func ("/practice/closes-early", test_closes_early);
  g_test_add_func ("/practice/ports", test_ports);
  g_test_add_func ("/practice/stop-while-connected", test_stop_while_connected);
  g_test_add_func ("/practice/cycles", test_cycles);

  return g_test_run ();
}
