/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#define PROTOCOL POSTERN_PROTOCOL_POP3
#include "practice-client.h"

#define USER "C USER " POSTERN_PRACTICE_USER
#define PASS "C PASS " POSTERN_PRACTICE_PASSWORD

/* Greeted; @stamp: what APOP digests. */
static Client *
client_new_under_tls (PosternPractice *practice, char **stamp)
{
  Client *self = client_new (postern_practice_get_tls_port (practice));
  g_autofree char *greeting = NULL;

  g_assert_true (client_start_tls (self, ca_file_of (practice), "127.0.0.1", NULL));
  greeting = client_read_reply (self);
  g_assert_nonnull (greeting);
  g_assert_true (g_str_has_prefix (greeting, "+OK Postern practice server ready"));
  if (stamp != NULL)
    *stamp = strchr (greeting, '<') != NULL ? g_strdup (g_strstrip (strchr (greeting, '<'))) : NULL;
  return self;
}

static void
stls (Client *self, PosternPractice *practice)
{
  PLAY (self, "C STLS", "S +OK ");
  g_assert_true (client_start_tls (self, ca_file_of (practice), "localhost", NULL));
}

static void
ask_apop (Client *self, const char *stamp, const char *password, const char *prefix)
{
  g_autofree char *both = g_strconcat (stamp, password, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_MD5, both, -1);
  g_autofree char *command = g_strdup_printf ("APOP %s %s", POSTERN_PRACTICE_USER, digest);

  ask (self, command, prefix);
}

static void
ask_auth (Client *self, const char *mechanism, const char *answer, const char *prefix)
{
  g_autofree char *command = g_strdup_printf ("AUTH %s %s", mechanism, answer);

  ask (self, command, prefix);
}

static void
test_scenarios (void)
{
  gsize n = 0;
  guint n_ours = 0;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(PosternPractice) practice =
                   postern_practice_new_for (POSTERN_PROTOCOL_POP3, scenarios[i].name, &error);

      if ((scenarios[i].protocols & 1u << POSTERN_PROTOCOL_POP3) != 0)
        {
          g_assert_no_error (error);
          g_assert_cmpint (postern_practice_get_protocol (practice), ==, POSTERN_PROTOCOL_POP3);
          n_ours++;
          continue;
        }
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      g_assert_null (practice);
      g_assert_nonnull (strstr (error->message, scenarios[i].name));
      g_assert_nonnull (strstr (error->message, "POP3"));
      g_assert_nonnull (strstr (error->message, "mailbox-in-use"));
    }
  g_assert_cmpuint (n_ours, ==, 19);
}

static void
test_good_stls (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started (NULL);
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));

  PLAY (client, "S +OK Postern practice server ready <", "C CAPA", "S +OK", "S TOP", "S UIDL",
        "S RESP-CODES", "S AUTH-RESP-CODE", "S IMPLEMENTATION ", "S STLS", "S .", USER,
        "S -ERR Plaintext authentication disallowed", PASS, "S -ERR No username",
        "C APOP practice 0123456789abcdef0123456789abcdef", "S -ERR Plaintext", "C AUTH",
        "S -ERR Plaintext", "C AUTH PLAIN", "S -ERR Plaintext", "C STAT", "S -ERR Log in first",
        "C STLS now", "S -ERR The command takes no argument");
  stls (client, practice);
  PLAY (client, "C CAPA", "S +OK", "S TOP", "S UIDL", "S RESP-CODES", "S AUTH-RESP-CODE",
        "S IMPLEMENTATION ", "S USER", "S SASL PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER\n", "S .",
        "C STLS", "S -ERR Not now", USER, "S +OK", PASS, "S +OK Logged in", "C STLS",
        "S -ERR Not now", USER, "S -ERR Already logged in", "C AUTH PLAIN",
        "S -ERR Already logged in", "C CAPA", "S +OK", "S TOP", "S UIDL", "S RESP-CODES",
        "S AUTH-RESP-CODE", "S IMPLEMENTATION ", "S .", "C QUIT", "S +OK Bye", "END");
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 1);
}

static void
test_commands (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice, NULL);

  PLAY (client, "C NOOP", "S -ERR Log in first", "C user practice", "S +OK", "C pass open sesame",
        "S +OK Logged in", "C STAT", "S +OK 2 ", "C STAT now", "S -ERR The command takes no",
        "C LIST", "S +OK", "S 1 ", "S 2 ", "S .\n", "C LIST 2", "S +OK 2 ", "C LIST 3",
        "S -ERR No such message", "C UIDL", "S +OK", "S 1 practice-1\n", "S 2 practice-2\n",
        "S .\n", "C UIDL 1", "S +OK 1 practice-1\n", "C UIDL 0", "S -ERR No such message");
  PLAY (client, "C RETR 1", "S +OK", "S From: ", "S Subject: Welcome\n", "S \n",
        "S This is a message", "S .\n", "C RETR", "S -ERR No such message", "C RETR -1", "S -ERR",
        "C RETR 18446744073709551617", "S -ERR", "C TOP 2 0", "S +OK",
        "S From: ", "S Subject: A second one\n", "S \n", "S Nothing can be deleted", "S .\n",
        "C TOP 1", "S -ERR Syntax", "C TOP 1 x", "S -ERR Syntax", "C TOP 9 1",
        "S -ERR No such message");
  PLAY (client, "C DELE 1", "S +OK Nothing is deleted", "C DELE", "S -ERR No such message",
        "C STAT", "S +OK 2 ", "C RSET", "S +OK", "C NOOP", "S +OK", "C NONSENSE",
        "S -ERR Unknown command", "C ", "S -ERR Unknown command", "C QUIT", "S +OK Bye", "END");
}

/* The sizes of STAT and LIST are those of what RETR sends. */
static void
test_sizes (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice, NULL);
  gsize size = 0;

  PLAY (client, USER, "S +OK", PASS, "S +OK");
  for (int i = 1; i <= 2; i++)
    {
      g_autofree char *retr = g_strdup_printf ("RETR %d", i);

      ask (client, retr, "+OK");
      while (TRUE)
        {
          g_autofree char *line = client_read_reply (client);

          g_assert_nonnull (line);
          if (g_str_equal (line, ".\n"))
            break;
          size += strlen (line) + 1; /* CR LF */
        }
    }
  {
    g_autofree char *stat = g_strdup_printf ("+OK 2 %d\n", (int) size);

    ask (client, "STAT", stat);
  }
}

static void
test_passwords (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autofree char *stamp = NULL;
  g_autofree char *other_stamp = NULL;
  g_autoptr(Client) client = client_new_under_tls (practice, &stamp);
  g_autoptr(Client) other = client_new_under_tls (practice, &other_stamp);

  PLAY (client, PASS, "S -ERR No username given", "C USER", "S -ERR USER is not taken", USER,
        "S +OK", "C PASS wrong", "S -ERR [AUTH] Authentication failed", PASS,
        "S -ERR No username given", "C USER somebody", "S +OK", PASS, "S -ERR [AUTH]", USER,
        "S +OK", "C PASS open sesame ", "S -ERR [AUTH]", USER, "S +OK", "C PASS", "S -ERR [AUTH]");

  g_assert_nonnull (stamp);
  g_assert_true (g_str_has_suffix (stamp, "@practice.localhost>"));
  g_assert_cmpstr (stamp, !=, other_stamp);
  ask_apop (client, stamp, "wrong", "-ERR [AUTH]");
  ask_apop (client, other_stamp, POSTERN_PRACTICE_PASSWORD, "-ERR [AUTH]");
  PLAY (client, "C APOP practice", "S -ERR [AUTH]");
  ask_apop (client, stamp, POSTERN_PRACTICE_PASSWORD, "+OK Logged in");
  PLAY (client, "C STAT", "S +OK 2 ");

  PLAY (other, USER, "S +OK", PASS, "S +OK Logged in");
}

/* A name that was given before another way to log on is no longer waiting for its password. */
static void
test_mixed_ways (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autofree char *right = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);
  g_autoptr(Client) client = client_new_under_tls (practice, NULL);

  PLAY (client, USER, "S +OK");
  ask_auth (client, "PLAIN", right, "+OK Logged in");
  PLAY (client, "C PASS wrong", "S -ERR No username given", "C STAT", "S +OK 2 ");
}

static void
test_mechanisms (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autofree char *right = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);
  g_autofree char *wrong = plain (POSTERN_PRACTICE_USER, "open sesamE");
  g_autofree char *user = base64 (POSTERN_PRACTICE_USER, strlen (POSTERN_PRACTICE_USER));
  g_autofree char *password =
    base64 (POSTERN_PRACTICE_PASSWORD, strlen (POSTERN_PRACTICE_PASSWORD));
  g_autoptr(Client) refused = client_new_under_tls (practice, NULL);
  g_autoptr(Client) with_initial = client_new_under_tls (practice, NULL);
  g_autoptr(Client) without_initial = client_new_under_tls (practice, NULL);
  g_autoptr(Client) login = client_new_under_tls (practice, NULL);

  PLAY (refused, "C AUTH", "S +OK", "S PLAIN\n", "S LOGIN\n", "S CRAM-MD5\n", "S XOAUTH2\n",
        "S OAUTHBEARER\n", "S .\n", "C AUTH SCRAM-SHA-1", "S -ERR Unknown mechanism",
        "C AUTH PLAIN no!base64", "S -ERR The answer is not Base64",
        "C AUTH PLAIN =", "S -ERR [AUTH]", "C AUTH PLAIN", "S + \n", "C *",
        "S -ERR Authentication cancelled", "C AUTH LOGIN", "S + VXNlcm5hbWU6", "C *",
        "S -ERR Authentication cancelled", "C AUTH CRAM-MD5", "S + P", "C *",
        "S -ERR Authentication cancelled",
        "C AUTH CRAM-MD5 =", "S -ERR The mechanism takes no initial response");
  ask_auth (refused, "PLAIN", wrong, "-ERR [AUTH]");

  ask_auth (with_initial, "plain", right, "+OK Logged in");
  ask (without_initial, "AUTH PLAIN", "+ \n");
  ask (without_initial, right, "+OK Logged in");
  ask (login, "AUTH LOGIN", "+ VXNlcm5hbWU6");
  ask (login, user, "+ UGFzc3dvcmQ6");
  ask (login, password, "+OK Logged in");
}

static void
check_cram_md5 (PosternPractice *practice, const char *password, const char *prefix)
{
  g_autoptr(Client) client = client_new_under_tls (practice, NULL);
  g_autofree char *challenge = NULL;
  g_autofree char *answer = NULL;

  client_send (client, "AUTH CRAM-MD5\r\n");
  challenge = client_read_reply (client);
  g_assert_nonnull (challenge);
  g_assert_true (g_str_has_prefix (challenge, "+ "));
  answer = cram_md5 (g_strchomp (challenge) + 2, password);
  ask (client, answer, prefix);
}

static void
test_cram_md5 (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");

  check_cram_md5 (practice, POSTERN_PRACTICE_PASSWORD, "+OK Logged in");
  check_cram_md5 (practice, "wrong", "-ERR [AUTH]");
}

/* The JSON of a refusal in a challenge, then the refusal. */
static void
check_token_refused (
  Client *client, const char *mechanism, const char *answer, const char *empty, const char *status)
{
  g_autofree char *command = g_strdup_printf ("AUTH %s %s\r\n", mechanism, answer);
  g_autofree char *challenge = NULL;
  g_autofree guchar *json = NULL;
  gsize n = 0;

  client_send (client, command);
  challenge = client_read_reply (client);
  g_assert_nonnull (challenge);
  g_assert_true (g_str_has_prefix (challenge, "+ "));
  json = g_base64_decode (g_strchomp (challenge) + 2, &n);
  g_assert_nonnull (g_strstr_len ((const char *) json, (gssize) n, status));
  ask (client, empty, "-ERR [AUTH]");
}

static void
test_tokens (void)
{
  g_autoptr(PosternPractice) good = practice_new_started ("good");
  g_autoptr(PosternPractice) refusing = practice_new_started ("xoauth2-refused");
  g_autofree char *right_x = xoauth2 (POSTERN_PRACTICE_TOKEN);
  g_autofree char *wrong_x = xoauth2 ("ya29.another");
  g_autofree char *right_b = oauthbearer (POSTERN_PRACTICE_TOKEN);
  g_autofree char *wrong_b = oauthbearer ("ya29.another");
  g_autofree char *stamp = NULL;
  g_autoptr(Client) one = client_new_under_tls (good, NULL);
  g_autoptr(Client) two = client_new_under_tls (good, NULL);
  g_autoptr(Client) three = client_new_under_tls (refusing, &stamp);

  check_token_refused (one, "XOAUTH2", wrong_x, "", "\"status\":\"401\"");
  check_token_refused (one, "OAUTHBEARER", wrong_b, "AQ==", "\"status\":\"invalid_token\"");
  ask_auth (one, "XOAUTH2", right_x, "+OK Logged in");
  ask (two, "AUTH OAUTHBEARER", "+ \n");
  ask (two, right_b, "+OK Logged in");

  /* No password is taken there, in no way. */
  g_assert_null (stamp);
  PLAY (three, "C CAPA", "S +OK", "S TOP", "S UIDL", "S RESP-CODES", "S AUTH-RESP-CODE",
        "S IMPLEMENTATION", "S SASL XOAUTH2 OAUTHBEARER\n", "S .\n", USER, "S -ERR USER is not",
        "C AUTH PLAIN", "S -ERR Unknown mechanism", "C AUTH CRAM-MD5", "S -ERR Unknown mechanism");
  ask_apop (three, "", POSTERN_PRACTICE_PASSWORD, "-ERR APOP is not taken");
  check_token_refused (three, "XOAUTH2", right_x, "", "\"schemes\":\"bearer\"");
}

/* The right password, by each way. */
static void
check_refusal (const char *scenario, const char *reply)
{
  g_autoptr(PosternPractice) practice = practice_new_started (scenario);
  g_autofree char *right = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);
  g_autofree char *stamp = NULL;
  g_autoptr(Client) client = client_new_under_tls (practice, &stamp);
  g_autoptr(Client) by_stls = client_new (postern_practice_get_port (practice));

  PLAY (client, USER, "S +OK");
  ask (client, "PASS " POSTERN_PRACTICE_PASSWORD, reply);
  ask_auth (client, "PLAIN", right, reply);
  ask_apop (client, stamp, POSTERN_PRACTICE_PASSWORD, reply);
  check_cram_md5 (practice, POSTERN_PRACTICE_PASSWORD, reply);

  expect (by_stls, "+OK");
  stls (by_stls, practice);
  PLAY (by_stls, USER, "S +OK");
  ask (by_stls, "PASS " POSTERN_PRACTICE_PASSWORD, reply);
  PLAY (by_stls, "C STAT", "S -ERR Log in first");
}

static void
test_refusals (void)
{
  check_refusal ("wrong-password", "-ERR [AUTH] Authentication failed.\n");
  check_refusal ("tenant-disabled", "-ERR [SYS/PERM] Basic authentication is disabled.\n");
  check_refusal ("app-password", "-ERR [AUTH] Application-specific password required: https://");
  check_refusal ("mailbox-in-use", "-ERR [IN-USE] Another session has the mailbox open\n");
}

static void
test_not_connected (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("authenticated-but-not-connected");
  g_autoptr(Client) client = client_new_under_tls (practice, NULL);

  PLAY (client, USER, "S +OK", PASS, "S +OK Logged in", "C STAT",
        "S -ERR [SYS/TEMP] User is authenticated but not connected.\n", "C LIST",
        "S -ERR [SYS/TEMP]", "C QUIT", "S +OK Bye", "END");
}

static void
test_starttls_scenarios (void)
{
  g_autoptr(PosternPractice) missing = practice_new_started ("no-starttls");
  g_autoptr(PosternPractice) refusing = practice_new_started ("starttls-refused");
  g_autoptr(Client) one = client_new (postern_practice_get_port (missing));
  g_autoptr(Client) two = client_new (postern_practice_get_port (refusing));

  PLAY (one, "S +OK", "C CAPA", "S +OK", "S TOP", "S UIDL", "S RESP-CODES", "S AUTH-RESP-CODE",
        "S IMPLEMENTATION", "S USER", "S SASL PLAIN", "S .\n", "C STLS", "S -ERR Unknown command",
        USER, "S +OK", PASS, "S +OK Logged in");
  PLAY (two, "S +OK", "C STLS", "S -ERR [SYS/TEMP] TLS not available", USER, "S -ERR Plaintext",
        "C QUIT", "S +OK", "END");
}

/* One read of the socket has the go-ahead and what was put behind it. */
static void
test_injected (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("injected");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));
  char buffer[1024] = "";

  expect (client, "+OK");
  client_send (client, "STLS\r\n");
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (client->base), buffer,
                                        sizeof buffer - 1, NULL, NULL),
                   >, 0);
  g_assert_cmpstr (buffer, ==, "+OK Begin TLS negotiation\r\n+OK\r\nUSER\r\n.\r\n");
  g_assert_true (client_start_tls (client, ca_file_of (practice), "localhost", NULL));
}

/* The server takes no injected command either; nor does it keep a name that came in clear. */
static void
test_pipelined_stls (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));
  g_autoptr(Client) noisy = client_new (postern_practice_get_port (practice));

  expect (client, "+OK");
  client_send (client, "STLS\r\nCAPA\r\n");
  PLAY (client, "S -ERR Commands arrived together with STLS", "END");

  PLAY (noisy, "S +OK", "C STLS", "S +OK");
  client_try_to_send (noisy, "this is no handshake\r\n\r\n\r\n", 26);
  g_free (client_read_all (noisy, 4096));
}

static void
test_openings (void)
{
  g_autoptr(PosternPractice) tls_first = practice_new_started ("tls-on-plain-port");
  g_autoptr(PosternPractice) plain_first = practice_new_started ("plain-on-tls-port");
  g_autoptr(PosternPractice) closing = practice_new_started ("closes-early");
  g_autoptr(PosternPractice) silent = practice_new_started ("silent");
  g_autoptr(Client) one = client_new (postern_practice_get_port (tls_first));
  g_autoptr(Client) two = client_new (postern_practice_get_tls_port (plain_first));
  g_autoptr(Client) three = client_new (postern_practice_get_port (closing));
  g_autoptr(Client) four = client_new (postern_practice_get_port (silent));

  g_assert_true (client_start_tls (one, ca_file_of (tls_first), "localhost", NULL));
  PLAY (one, "S +OK", USER, "S +OK", PASS, "S +OK Logged in");
  expect (two, "+OK");
  stls (two, plain_first);
  PLAY (two, USER, "S +OK", PASS, "S +OK Logged in");
  PLAY (three, "END");

  client_send (four, "CAPA\r\n");
  g_assert_false (g_socket_condition_timed_wait (
    g_socket_connection_get_socket (G_SOCKET_CONNECTION (four->base)), G_IO_IN, G_USEC_PER_SEC / 4,
    NULL, NULL));
}

static void
test_slow (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("slow");
  gint64 begin = g_get_monotonic_time ();
  g_autoptr(Client) client = client_new_under_tls (practice, NULL);

  PLAY (client, USER, "S +OK", PASS, "S +OK Logged in");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 1450 * 1000);
}

static void
test_limits (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice, NULL);
  g_autofree char *line = g_strnfill (100 * 1024, 'x');

  ask (client, line, "-ERR Line too long");
  ask (client, "AUTH PLAIN", "+ ");
  ask (client, line, "-ERR The answer is too long");
  client_send_bytes (client, "NO\0OP\r\n", 7);
  expect (client, "-ERR Commands hold no NUL");
  ask (client, "AUTH PLAIN", "+ ");
  client_send_bytes (client, "AA\0A\r\n", 6);
  expect (client, "-ERR The answer is not Base64");
  ask (client, "\377\376 \200", "-ERR Unknown command");
  for (int i = 0; i < 14; i++)
    ask (client, "NONSENSE", "-ERR Unknown command");
  PLAY (client, "C NONSENSE", "S -ERR Unknown command", "S -ERR Too many errors", "END");
}

static void
test_too_many_connections (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);

  for (int i = 0; i < 32; i++)
    {
      g_ptr_array_add (clients, client_new (postern_practice_get_port (practice)));
      expect (g_ptr_array_index (clients, i), "+OK");
    }
  g_ptr_array_add (clients, client_new (postern_practice_get_port (practice)));
  PLAY (g_ptr_array_index (clients, 32), "S -ERR [SYS/TEMP] Too many connections", "END");
}

static void
test_hostile (void)
{
  static const char *const words[] = { "USER practice\r\n",
                                       "PASS open sesame\r\n",
                                       "AUTH ",
                                       "PLAIN",
                                       "CRAM-MD5\r\n",
                                       "*\r\n",
                                       "LIST ",
                                       "TOP 1 ",
                                       "\r\n",
                                       "RETR 1\r\n",
                                       "STLS\r\n",
                                       "APOP " };
  static const char session[] = "USER practice\r\nPASS open sesame\r\nSTAT\r\nQUIT\r\n";
  g_autoptr(PosternPractice) practice = practice_new_started ("no-starttls");
  guint16 port = postern_practice_get_port (practice);
  g_autoptr(Client) client = client_new (port);

  for (gsize i = 0; i < strlen (session); i++)
    client_send_bytes (client, session + i, 1);
  PLAY (client, "S +OK", "S +OK", "S +OK Logged in", "S +OK 2 ", "S +OK Bye", "END");

  hang_up_everywhere (port, session);
  hang_up_everywhere (port, "AUTH CRAM-MD5\r\nAAAA\r\n");
  send_noise (port, words, G_N_ELEMENTS (words));
  send_endless_line (port);

  {
    g_autoptr(Client) last = client_new_served (port);

    PLAY (last, USER, "S +OK", PASS, "S +OK Logged in");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/practice-pop3/scenarios", test_scenarios);
  g_test_add_func ("/practice-pop3/good-stls", test_good_stls);
  g_test_add_func ("/practice-pop3/commands", test_commands);
  g_test_add_func ("/practice-pop3/sizes", test_sizes);
  g_test_add_func ("/practice-pop3/passwords", test_passwords);
  g_test_add_func ("/practice-pop3/mixed-ways", test_mixed_ways);
  g_test_add_func ("/practice-pop3/mechanisms", test_mechanisms);
  g_test_add_func ("/practice-pop3/cram-md5", test_cram_md5);
  g_test_add_func ("/practice-pop3/tokens", test_tokens);
  g_test_add_func ("/practice-pop3/refusals", test_refusals);
  g_test_add_func ("/practice-pop3/not-connected", test_not_connected);
  g_test_add_func ("/practice-pop3/starttls-scenarios", test_starttls_scenarios);
  g_test_add_func ("/practice-pop3/injected", test_injected);
  g_test_add_func ("/practice-pop3/pipelined-stls", test_pipelined_stls);
  g_test_add_func ("/practice-pop3/openings", test_openings);
  g_test_add_func ("/practice-pop3/slow", test_slow);
  g_test_add_func ("/practice-pop3/limits", test_limits);
  g_test_add_func ("/practice-pop3/too-many-connections", test_too_many_connections);
  g_test_add_func ("/practice-pop3/hostile", test_hostile);

  return g_test_run ();
}
