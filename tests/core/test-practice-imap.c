/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#define PROTOCOL POSTERN_PROTOCOL_IMAP
#include "practice-client.h"

#define RIGHT "a LOGIN practice \"open sesame\""
#define LOGIN "C " RIGHT
#define ALWAYS "IMAP4rev1 SASL-IR LITERAL+ ID NAMESPACE"
#define PASSWORDS " AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=XOAUTH2 AUTH=OAUTHBEARER"
#define OK "a OK [CAPABILITY " ALWAYS "] Logged in\n"
#define LOGGED_IN "S " OK

static Client *
client_new_under_tls (PosternPractice *practice)
{
  Client *self = client_new (postern_practice_get_tls_port (practice));

  g_assert_true (client_start_tls (self, ca_file_of (practice), "127.0.0.1", NULL));
  expect (self, "* OK");
  return self;
}

static void
starttls (Client *self, PosternPractice *practice)
{
  PLAY (self, "C s STARTTLS", "S s OK Begin TLS");
  g_assert_true (client_start_tls (self, ca_file_of (practice), "localhost", NULL));
}

static void
ask_auth (Client *self, const char *mechanism, const char *answer, const char *prefix)
{
  g_autofree char *command = g_strdup_printf ("a AUTHENTICATE %s %s", mechanism, answer);

  ask (self, command, prefix);
}

static void
test_scenarios (void)
{
  gsize n = 0;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n);

  g_assert_cmpuint (n, ==, 21);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(PosternPractice) practice =
                   postern_practice_new_for (POSTERN_PROTOCOL_IMAP, scenarios[i].name, &error);

      g_assert_no_error (error);
      g_assert_cmpint (postern_practice_get_protocol (practice), ==, POSTERN_PROTOCOL_IMAP);
      g_assert_true ((scenarios[i].protocols & 1u << POSTERN_PROTOCOL_IMAP) != 0);
    }
}

static void
test_good_starttls (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started (NULL);
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));

  PLAY (client, "S * OK [CAPABILITY " ALWAYS " STARTTLS LOGINDISABLED] Postern practice server",
        "C 1 CAPABILITY", "S * CAPABILITY " ALWAYS " STARTTLS LOGINDISABLED\n", "S 1 OK", LOGIN,
        "S a NO [PRIVACYREQUIRED]", "C a AUTHENTICATE PLAIN", "S a NO [PRIVACYREQUIRED]",
        "C a STARTTLS now", "S a BAD The command takes no argument", "C a NAMESPACE",
        "S a BAD Log in first");
  starttls (client, practice);
  PLAY (client, "C 1 CAPABILITY", "S * CAPABILITY " ALWAYS PASSWORDS "\n", "S 1 OK", "C a STARTTLS",
        "S a BAD STARTTLS is not possible", LOGIN, LOGGED_IN, LOGIN, "S a BAD Already logged in",
        "C a AUTHENTICATE PLAIN", "S a BAD Already logged in", "C 2 CAPABILITY",
        "S * CAPABILITY " ALWAYS "\n", "S 2 OK", "C a STARTTLS", "S a BAD", "C 3 LOGOUT",
        "S * BYE Logging out", "S 3 OK Logout", "END");
  g_assert_cmpuint (postern_practice_get_n_connections (practice), ==, 1);
}

static void
test_commands (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice);

  PLAY (client, "C a noop", "S a OK", "C a NOOP now", "S a BAD", "C a ID NIL",
        "S * ID (\"name\" \"Postern practice server\")\n", "S a OK",
        "C a ID (\"name\" \"x\" \"version\" \"1\")", "S * ID (", "S a OK", "C a ID", "S a BAD",
        "C a LIST \"\" *", "S a BAD Log in first", "C a EXAMINE INBOX", "S a BAD Log in first",
        LOGIN, LOGGED_IN, "C a NAMESPACE", "S * NAMESPACE ((\"\" \"/\")) NIL NIL\n", "S a OK",
        "C a NAMESPACE x", "S a BAD");
  PLAY (client, "C a LIST \"\" *", "S * LIST (\\HasNoChildren) \"/\" INBOX\n", "S a OK",
        "C a LIST \"\" \"%\"", "S * LIST (\\HasNoChildren)", "S a OK", "C a list \"\" inbox",
        "S * LIST (\\HasNoChildren)", "S a OK", "C a LIST \"\" \"\"",
        "S * LIST (\\Noselect) \"/\" \"\"\n", "S a OK", "C a LIST \"\" Sent", "S a OK",
        "C a LIST INBOX *", "S a OK", "C a LIST {0+}", "C  {1+}", "C *", "S * LIST", "S a OK",
        "C a LIST", "S a BAD", "C a LIST \"\"", "S a BAD", "C a LIST \"\" (x", "S a BAD");
  PLAY (client, "C a EXAMINE INBOX", "S * FLAGS (", "S * 2 EXISTS\n", "S * 0 RECENT\n",
        "S * OK [UIDVALIDITY 1]", "S a OK [READ-ONLY]", "C a SELECT \"Inbox\"", "S * FLAGS (",
        "S * 2 EXISTS\n", "S * 0 RECENT\n", "S * OK [UIDVALIDITY 1]", "S a OK [READ-ONLY]",
        "C a EXAMINE Sent", "S a NO [NONEXISTENT]", "C a EXAMINE", "S a BAD", "C a SELECT INBOX x",
        "S a BAD");
  PLAY (client, "C a STATUS INBOX (MESSAGES unseen)", "S * STATUS INBOX (MESSAGES 2 UNSEEN 2)\n",
        "S a OK", "C a STATUS \"INBOX\" (UIDNEXT UIDVALIDITY RECENT)",
        "S * STATUS INBOX (UIDNEXT 3 UIDVALIDITY 1 RECENT 0)\n", "S a OK",
        "C a STATUS Sent (MESSAGES)", "S a NO [NONEXISTENT]", "C a STATUS INBOX", "S a BAD",
        "C a STATUS INBOX ()", "S a BAD", "C a STATUS INBOX (NONSENSE)", "S a BAD", "C a LOGOUT",
        "S * BYE", "S a OK", "END");
}

static void
test_tags (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice);

  PLAY (client, "C A1.b-_/]<#$&'~ NOOP", "S A1.b-_/]<#$&'~ OK",
        "C 00000000000000000000000000000001 "
        "NOOP",
        "S 00000000000000000000000000000001 OK", "C a1 NONSENSE", "S a1 BAD Unknown command",
        "C a1 ", "S a1 BAD Unknown command", "C a1", "S * BAD", "C ", "S * BAD", "C  NOOP",
        "S * BAD", "C + NOOP", "S * BAD", "C a+ NOOP", "S * BAD", "C * OK NOOP", "S * BAD",
        "C \303\244 NOOP", "S * BAD", "C 000000000000000000000000000000012 NOOP", "S * BAD");
  client_send_bytes (client, "a NO\0OP\r\n", 9);
  expect (client, "* BAD");
}

/* LOGIN with its two strings in every shape. */
static void
test_strings (void)
{
  static const struct
  {
    const char *command;
    gboolean right;
  } logins[] = {
    { "LOGIN practice \"open sesame\"\r\n", TRUE },
    { "login \"practice\" \"open sesame\"\r\n", TRUE },
    { "LOGIN {8+}\r\npractice {11+}\r\nopen sesame\r\n", TRUE },
    { "LOGIN {008+}\r\npractice \"open sesame\"\r\n", TRUE },
    { "LOGIN \"practice\" {11+}\r\nopen sesame\r\n", TRUE },
    { "LOGIN practice \"open\\\" sesame\"\r\n", FALSE },
    { "LOGIN \"prac\\\\tice\" \"open sesame\"\r\n", FALSE },
    { "LOGIN \"\" \"\"\r\n", FALSE },
    { "LOGIN {0+}\r\n {0+}\r\n\r\n", FALSE },
    { "LOGIN somebody \"open sesame\"\r\n", FALSE },
    { "LOGIN practice \"open sesame \"\r\n", FALSE },
    { "LOGIN Practice \"open sesame\"\r\n", FALSE },
    { "LOGIN practice \"open s\303\251same\"\r\n", FALSE },
  };
  g_autoptr(PosternPractice) practice = practice_new_started ("good");

  for (gsize i = 0; i < G_N_ELEMENTS (logins); i++)
    {
      g_autoptr(Client) client = client_new_under_tls (practice);

      client_send (client, "a ");
      client_send (client, logins[i].command);
      expect (client, logins[i].right ? OK : "a NO [AUTHENTICATIONFAILED]");
      PLAY (client, "C b NOOP", "S b OK");
    }
}

static void
test_literals_that_wait (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autoptr(Client) wrong = client_new_under_tls (practice);

  PLAY (client, "C a LOGIN {8}", "S + Go ahead\n", "C practice {11}", "S + Go ahead\n",
        "C open sesame", LOGGED_IN, "C a EXAMINE {5}", "S + Go ahead", "C inbox", "S * FLAGS",
        "S * 2 EXISTS", "S * 0 RECENT", "S * OK", "S a OK [READ-ONLY]");
  PLAY (wrong, "C a LOGIN practice {11}", "S + Go ahead", "C open sesamE",
        "S a NO [AUTHENTICATIONFAILED]", "C a LOGIN {8}", "S + Go ahead", "C practicexx",
        "S a BAD Syntax", "C a LOGIN {5000}", "S a BAD Syntax", "C b NOOP", "S b OK");
}

/* A literal may hold anything: the end of a line, a NUL, what looks like a command. */
static void
test_literals_that_come (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autoptr(Client) clear = client_new (postern_practice_get_port (practice));

  PLAY (client, "C a LOGIN {10+}", "C x", "C y NOOP {0+}", "C ", "S a BAD Syntax", "C b NOOP",
        "S b OK");
  client_send_bytes (client, "a LOGIN {3+}\r\nx\0y \"open sesame\"\r\n", 33);
  expect (client, "a NO [AUTHENTICATIONFAILED]");
  client_send_bytes (client, "a LOGIN {8+}\r\npractice \"open sesame\"\0x\r\n", 40);
  expect (client, "a BAD Syntax");

  /* What belongs to a command that is refused is no command. */
  PLAY (client, "C a NONSENSE {8+}", "C b NOOP", "C ", "S a BAD Unknown command", "C a NOOP {8+}",
        "C b NOOP", "C  {3+}", "C xyz", "S a BAD The command takes no",
        "C a AUTHENTICATE PLAIN {8+}", "C AAAAAAAA", "S a BAD The answer is not Base64", "C c NOOP",
        "S c OK", LOGIN, LOGGED_IN);
  PLAY (clear, "S * OK", "C a LOGIN {8+}", "C practice {11+}", "C open sesame",
        "S a NO [PRIVACYREQUIRED]", "C b NOOP", "S b OK");
}

/* Not a byte is taken of what is announced beyond measure. */
static void
test_huge_literals (void)
{
  static const char *const announced[] = { "4294967296", "18446744073709551616", "1025",
                                           "99999999999999999999999999999999999999" };
  g_autoptr(PosternPractice) practice = practice_new_started ("good");

  for (gsize i = 0; i < G_N_ELEMENTS (announced); i++)
    {
      g_autoptr(Client) client = client_new_under_tls (practice);
      g_autofree char *waiting = g_strdup_printf ("a LOGIN practice {%s}", announced[i]);
      g_autofree char *coming = g_strdup_printf ("a LOGIN practice {%s+}", announced[i]);

      ask (client, waiting, "a BAD Syntax");
      PLAY (client, "C b NOOP", "S b OK");
      ask (client, coming, "a BAD Syntax");
      PLAY (client, "S * BYE [TOOBIG]", "END");
    }

  {
    g_autoptr(Client) client = client_new_under_tls (practice);

    client_send (client, "a NONSENSE {0+}\r\n");
    for (int i = 0; i < 8; i++)
      client_send (client, "{0+}\r\n");
    PLAY (client, "S a BAD Unknown command", "S * BYE [TOOBIG]", "END");
  }
}

static void
test_nonsense (void)
{
  static const char *const commands[] = {
    "LOGIN",
    "LOGIN practice",
    "LOGIN practice ",
    "LOGIN  practice x",
    "LOGIN practice \"open sesame",
    "LOGIN practice \"open sesame\\",
    "LOGIN practice \"open\\sesame\"",
    "LOGIN practice \"open sesame\" x",
    "LOGIN practice open sesame",
    "LOGIN prac(tice x",
    "LOGIN practice {}",
    "LOGIN practice {+}",
    "LOGIN practice {-1}",
    "LOGIN practice {x+}",
    "LOGIN practice {3}x",
    "LOGIN {3}x {3",
    "AUTHENTICATE",
    "AUTHENTICATE PLAIN no!base64",
    "ID NONSENSE",
  };
  g_autoptr(PosternPractice) practice = practice_new_started ("good");

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr(Client) client = client_new_under_tls (practice);
      g_autofree char *command = g_strdup_printf ("a %s", commands[i]);

      ask (client, command, "a BAD");
      PLAY (client, "C b NOOP", "S b OK");
    }
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
  g_autoptr(Client) refused = client_new_under_tls (practice);
  g_autoptr(Client) with_initial = client_new_under_tls (practice);
  g_autoptr(Client) without_initial = client_new_under_tls (practice);
  g_autoptr(Client) login = client_new_under_tls (practice);

  PLAY (refused, "C a AUTHENTICATE SCRAM-SHA-1", "S a NO Unknown mechanism",
        "C a AUTHENTICATE PLAIN =", "S a NO [AUTHENTICATIONFAILED]", "C a AUTHENTICATE PLAIN",
        "S + \n", "C *", "S a BAD Authentication cancelled", "C a AUTHENTICATE LOGIN",
        "S + VXNlcm5hbWU6", "C *", "S a BAD Authentication cancelled", "C a AUTHENTICATE CRAM-MD5",
        "S + P", "C x", "S a BAD The answer is not Base64", "C a AUTHENTICATE CRAM-MD5 AAAA",
        "S a BAD The mechanism takes no initial response");
  ask_auth (refused, "PLAIN", wrong, "a NO [AUTHENTICATIONFAILED] Authentication failed.\n");

  ask_auth (with_initial, "plain", right, OK);
  ask (without_initial, "a authenticate PLAIN", "+ \n");
  ask (without_initial, right, OK);
  ask (login, "a AUTHENTICATE LOGIN", "+ VXNlcm5hbWU6");
  ask (login, user, "+ UGFzc3dvcmQ6");
  ask (login, password, OK);
}

static void
check_cram_md5 (PosternPractice *practice, const char *password, const char *prefix)
{
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autofree char *challenge = NULL;
  g_autofree char *answer = NULL;

  client_send (client, "a AUTHENTICATE CRAM-MD5\r\n");
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

  check_cram_md5 (practice, POSTERN_PRACTICE_PASSWORD, OK);
  check_cram_md5 (practice, "wrong", "a NO [AUTHENTICATIONFAILED]");
}

/* The JSON of a refusal in a challenge, then the refusal. */
static void
check_token_refused (
  Client *client, const char *mechanism, const char *answer, const char *empty, const char *status)
{
  g_autofree char *command = g_strdup_printf ("a AUTHENTICATE %s %s\r\n", mechanism, answer);
  g_autofree char *challenge = NULL;
  g_autofree guchar *json = NULL;
  gsize n = 0;

  client_send (client, command);
  challenge = client_read_reply (client);
  g_assert_nonnull (challenge);
  g_assert_true (g_str_has_prefix (challenge, "+ "));
  json = g_base64_decode (g_strchomp (challenge) + 2, &n);
  g_assert_nonnull (g_strstr_len ((const char *) json, (gssize) n, status));
  ask (client, empty, "a NO [AUTHENTICATIONFAILED]");
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
  g_autoptr(Client) one = client_new_under_tls (good);
  g_autoptr(Client) two = client_new_under_tls (good);
  g_autoptr(Client) three = client_new_under_tls (refusing);

  check_token_refused (one, "XOAUTH2", wrong_x, "", "\"status\":\"401\"");
  check_token_refused (one, "OAUTHBEARER", wrong_b, "AQ==", "\"status\":\"invalid_token\"");
  ask_auth (one, "XOAUTH2", right_x, OK);
  ask (two, "a AUTHENTICATE OAUTHBEARER", "+ \n");
  ask (two, right_b, OK);

  PLAY (three, "C 1 CAPABILITY",
        "S * CAPABILITY " ALWAYS " LOGINDISABLED AUTH=XOAUTH2 AUTH=OAUTHBEARER\n", "S 1 OK", LOGIN,
        "S a NO LOGIN is disabled", "C a AUTHENTICATE PLAIN", "S a NO Unknown mechanism",
        "C a AUTHENTICATE CRAM-MD5", "S a NO Unknown mechanism");
  check_token_refused (three, "XOAUTH2", right_x, "", "\"schemes\":\"bearer\"");
}

/* The right password, by each way. */
static void
check_refusal (const char *scenario, const char *reply)
{
  g_autoptr(PosternPractice) practice = practice_new_started (scenario);
  g_autofree char *right = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autoptr(Client) by_starttls = client_new (postern_practice_get_port (practice));

  ask (client, RIGHT, reply);
  ask_auth (client, "PLAIN", right, reply);
  check_cram_md5 (practice, POSTERN_PRACTICE_PASSWORD, reply);

  expect (by_starttls, "* OK");
  starttls (by_starttls, practice);
  ask (by_starttls, RIGHT, reply);
  PLAY (by_starttls, "C a EXAMINE INBOX", "S a BAD Log in first");
}

static void
test_refusals (void)
{
  check_refusal ("wrong-password", "a NO [AUTHENTICATIONFAILED] Authentication failed.\n");
  check_refusal ("tenant-disabled", "a NO Basic authentication is disabled.\n");
  check_refusal ("app-password",
                 "a NO [ALERT] Application-specific password required: https://support.example/"
                 "app-passwords (Failure)\n");
  check_refusal ("mailbox-in-use", "a NO [INUSE] Another session has the mailbox open\n");
}

static void
test_not_connected (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("authenticated-but-not-connected");
  g_autofree char *right = plain (POSTERN_PRACTICE_USER, POSTERN_PRACTICE_PASSWORD);
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autoptr(Client) other = client_new_under_tls (practice);

  PLAY (client, LOGIN, LOGGED_IN, "C a NAMESPACE",
        "S a NO User is authenticated but not connected.\n", "C a LIST \"\" *",
        "S a NO User is authenticated but not connected.\n", "C a EXAMINE INBOX",
        "S a NO User is authenticated but not connected.\n", "C a STATUS INBOX (MESSAGES)",
        "S a NO User is authenticated but not connected.\n", "C a NOOP", "S a OK", "C a LOGOUT",
        "S * BYE", "S a OK", "END");
  ask_auth (other, "PLAIN", right, OK);
  PLAY (other, "C a SELECT INBOX", "S a NO User is authenticated but not connected.\n");
}

static void
test_preauth (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("preauth");
  g_autoptr(Client) clear = client_new (postern_practice_get_port (practice));
  g_autoptr(Client) tls = client_new_under_tls (practice);

  PLAY (clear, "S * PREAUTH [CAPABILITY " ALWAYS "] ", "C a STARTTLS", "S a BAD STARTTLS", LOGIN,
        "S a BAD Already logged in", "C a LIST \"\" *", "S * LIST", "S a OK");
  PLAY (tls, "C a EXAMINE INBOX", "S a BAD Log in first", LOGIN, LOGGED_IN);
}

static void
test_logindisabled (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("logindisabled");
  g_autoptr(Client) clear = client_new (postern_practice_get_port (practice));
  g_autoptr(Client) tls = client_new_under_tls (practice);

  PLAY (clear, "S * OK [CAPABILITY " ALWAYS " LOGINDISABLED] ", "C a STARTTLS", "S a BAD STARTTLS",
        LOGIN, "S a NO [PRIVACYREQUIRED]", "C a AUTHENTICATE PLAIN", "S a NO [PRIVACYREQUIRED]");
  PLAY (tls, "C 1 CAPABILITY", "S * CAPABILITY " ALWAYS PASSWORDS "\n", "S 1 OK", LOGIN, LOGGED_IN);
}

static void
test_starttls_scenarios (void)
{
  g_autoptr(PosternPractice) missing = practice_new_started ("no-starttls");
  g_autoptr(PosternPractice) refusing = practice_new_started ("starttls-refused");
  g_autoptr(Client) one = client_new (postern_practice_get_port (missing));
  g_autoptr(Client) two = client_new (postern_practice_get_port (refusing));

  /* That one says what it can do only when it is asked. */
  PLAY (one, "S * OK Postern practice server ready\n", "C 1 CAPABILITY",
        "S * CAPABILITY " ALWAYS PASSWORDS "\n", "S 1 OK", "C a STARTTLS", "S a BAD STARTTLS",
        LOGIN, "S a OK Logged in\n");
  PLAY (two, "S * OK [CAPABILITY " ALWAYS " STARTTLS LOGINDISABLED]", "C a STARTTLS",
        "S a NO [UNAVAILABLE] TLS not available", LOGIN, "S a NO [PRIVACYREQUIRED]", "C a LOGOUT",
        "S * BYE", "S a OK", "END");
}

/* One read of the socket has the go-ahead and what was put behind it. */
static void
test_injected (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("injected");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));
  char buffer[1024] = "";

  expect (client, "* OK");
  client_send (client, "a STARTTLS\r\n");
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (client->base), buffer,
                                        sizeof buffer - 1, NULL, NULL),
                   >, 0);
  g_assert_cmpstr (buffer, ==,
                   "a OK Begin TLS negotiation now\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n");
  g_assert_true (client_start_tls (client, ca_file_of (practice), "localhost", NULL));
}

/* The server takes no injected command either. */
static void
test_pipelined_starttls (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new (postern_practice_get_port (practice));

  expect (client, "* OK");
  client_send (client, "a STARTTLS\r\nb NOOP\r\n");
  PLAY (client, "S a BAD Commands arrived together with STARTTLS", "END");
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
  PLAY (one, "S * OK", LOGIN, LOGGED_IN);
  expect (two, "* OK");
  starttls (two, plain_first);
  PLAY (two, LOGIN, LOGGED_IN);
  PLAY (three, "END");

  client_send (four, "a CAPABILITY\r\n");
  g_assert_false (g_socket_condition_timed_wait (
    g_socket_connection_get_socket (G_SOCKET_CONNECTION (four->base)), G_IO_IN, G_USEC_PER_SEC / 4,
    NULL, NULL));
}

static void
test_slow (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("slow");
  gint64 begin = g_get_monotonic_time ();
  g_autoptr(Client) client = client_new_under_tls (practice);

  PLAY (client, LOGIN, LOGGED_IN);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 950 * 1000);
}

static void
test_limits (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(Client) client = client_new_under_tls (practice);
  g_autofree char *line = g_strnfill (100 * 1024, 'x');

  ask (client, line, "* BAD Line too long");
  ask (client, "a AUTHENTICATE PLAIN", "+ ");
  ask (client, line, "a BAD The answer is too long");
  PLAY (client, "C a LOGIN {5+}");
  client_send (client, "abcde");
  ask (client, line, "a BAD Syntax");
  for (int i = 0; i < 16; i++)
    ask (client, "a NONSENSE", "a BAD Unknown command");
  PLAY (client, "C a NONSENSE", "S a BAD Unknown command", "S * BYE Too many errors", "END");
}

static void
test_too_many_connections (void)
{
  g_autoptr(PosternPractice) practice = practice_new_started ("good");
  g_autoptr(GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);

  for (int i = 0; i < 32; i++)
    {
      g_ptr_array_add (clients, client_new (postern_practice_get_port (practice)));
      expect (g_ptr_array_index (clients, i), "* OK");
    }
  g_ptr_array_add (clients, client_new (postern_practice_get_port (practice)));
  PLAY (g_ptr_array_index (clients, 32), "S * BYE Too many connections", "END");
}

static void
test_hostile (void)
{
  static const char *const words[] = {
    "a LOGIN ", "practice ", "\"open sesame\"\r\n", "{8+}\r\n", "{3}\r\n",         "\"",
    "\\",       "{",         "a NOOP\r\n",          "*\r\n",    "a AUTHENTICATE ", "PLAIN",
    "a LIST ",  "\r\n",      "a STATUS INBOX (",    "a ID ("
  };
  static const char session[] =
    "a LOGIN {8+}\r\npractice {11}\r\nopen sesame\r\nb LIST \"\" *\r\nc LOGOUT\r\n";
  g_autoptr(PosternPractice) practice = practice_new_started ("no-starttls");
  guint16 port = postern_practice_get_port (practice);
  g_autoptr(Client) client = client_new (port);

  for (gsize i = 0; i < strlen (session); i++)
    client_send_bytes (client, session + i, 1);
  PLAY (client, "S * OK", "S + Go ahead", "S a OK Logged in", "S * LIST", "S b OK", "S * BYE",
        "S c OK", "END");

  hang_up_everywhere (port, session);
  hang_up_everywhere (port, "a AUTHENTICATE CRAM-MD5\r\nAAAA\r\nb ID (\"x\" {3+}\r\nabc)\r\n");
  send_noise (port, words, G_N_ELEMENTS (words));
  send_endless_line (port);

  {
    g_autoptr(Client) last = client_new_served (port);

    PLAY (last, LOGIN, "S a OK Logged in");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/practice-imap/scenarios", test_scenarios);
  g_test_add_func ("/practice-imap/good-starttls", test_good_starttls);
  g_test_add_func ("/practice-imap/commands", test_commands);
  g_test_add_func ("/practice-imap/tags", test_tags);
  g_test_add_func ("/practice-imap/strings", test_strings);
  g_test_add_func ("/practice-imap/literals-that-wait", test_literals_that_wait);
  g_test_add_func ("/practice-imap/literals-that-come", test_literals_that_come);
  g_test_add_func ("/practice-imap/huge-literals", test_huge_literals);
  g_test_add_func ("/practice-imap/nonsense", test_nonsense);
  g_test_add_func ("/practice-imap/mechanisms", test_mechanisms);
  g_test_add_func ("/practice-imap/cram-md5", test_cram_md5);
  g_test_add_func ("/practice-imap/tokens", test_tokens);
  g_test_add_func ("/practice-imap/refusals", test_refusals);
  g_test_add_func ("/practice-imap/not-connected", test_not_connected);
  g_test_add_func ("/practice-imap/preauth", test_preauth);
  g_test_add_func ("/practice-imap/logindisabled", test_logindisabled);
  g_test_add_func ("/practice-imap/starttls-scenarios", test_starttls_scenarios);
  g_test_add_func ("/practice-imap/injected", test_injected);
  g_test_add_func ("/practice-imap/pipelined-starttls", test_pipelined_starttls);
  g_test_add_func ("/practice-imap/openings", test_openings);
  g_test_add_func ("/practice-imap/slow", test_slow);
  g_test_add_func ("/practice-imap/limits", test_limits);
  g_test_add_func ("/practice-imap/too-many-connections", test_too_many_connections);
  g_test_add_func ("/practice-imap/hostile", test_hostile);

  return g_test_run ();
}
