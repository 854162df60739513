/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "cli-hostile.h"
#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

/* Servers that break the rules of spec/hostile-peers.md: the program ends in time, in bounds, with
 * an exit status and a cause that fit, and never sends a credential where none may go. */

/* --- A server that says what a table says --- */

typedef struct
{
  const char *path;
  const char *greeting;
  const char *ehlo; /* in clear */
  const char *starttls;
  const char *ehlo_tls;
  const char *auth[4]; /* one after another, the last one for ever */
  const char *quit;
  CliPeerFunc func; /* instead of all this */
  HostileWant want;
  gboolean credentials_in_clear; /* the account says so */
  gboolean cancels;              /* with "*" */
} Case;

typedef struct
{
  const Case *test;
  GMutex lock;
  gboolean auth_in_clear;
  gboolean cancelled;
  guint n_lines;
} Server;

#define GREETING "220 mx.example ESMTP\r\n"
#define EHLO_STARTTLS "250-mx.example\r\n250 STARTTLS\r\n"
#define EHLO_AUTH "250-mx.example\r\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\r\n"
#define GO_AHEAD "220 go ahead\r\n"

static const char *
either (const char *text, const char *usual)
{
  return text != NULL ? text : usual;
}

static const char *
answer_of (const Case *test, guint n_answers)
{
  guint last = 0;

  while (last + 1 < G_N_ELEMENTS (test->auth) && test->auth[last + 1] != NULL)
    last++;
  return either (test->auth[MIN (n_answers, last)], "235 2.7.0 ok\r\n");
}

static void
note_line (Server *server, CliTalk *talk, const char *line)
{
  g_mutex_lock (&server->lock);
  server->n_lines++;
  if (g_str_has_prefix (line, "AUTH") && !cli_talk_is_tls (talk))
    server->auth_in_clear = TRUE;
  if (g_str_equal (line, "*"))
    server->cancelled = TRUE;
  g_mutex_unlock (&server->lock);
}

static void
serve (CliTalk *talk, gpointer user_data)
{
  Server *server = user_data;
  const Case *test = server->test;
  guint n_answers = 0;
  gboolean in_auth = FALSE;
  char *line;

  if (test->func != NULL)
    {
      test->func (talk, server);
      return;
    }
  hostile_say (talk, either (test->greeting, GREETING));
  for (; (line = cli_talk_read_line (talk)) != NULL; g_free (line))
    {
      note_line (server, talk, line);
      if (g_str_has_prefix (line, "EHLO") || g_str_has_prefix (line, "HELO"))
        hostile_say (talk, cli_talk_is_tls (talk) ? either (test->ehlo_tls, EHLO_AUTH)
                                                  : either (test->ehlo, EHLO_STARTTLS));
      else if (g_str_equal (line, "STARTTLS"))
        {
          hostile_say (talk, either (test->starttls, GO_AHEAD));
          if (test->starttls == NULL && !cli_talk_start_tls (talk))
            break;
        }
      else if (g_str_equal (line, "*"))
        hostile_say (talk, "501 5.7.0 cancelled\r\n");
      else if (g_str_equal (line, "QUIT"))
        {
          hostile_say (talk, either (test->quit, "221 bye\r\n"));
          break;
        }
      else if (g_str_has_prefix (line, "AUTH") || in_auth)
        {
          in_auth = TRUE;
          if (!hostile_say (talk, answer_of (test, n_answers++)))
            break;
        }
      else
        hostile_say (talk, "502 what?\r\n");
    }
  g_free (line);
}

/* --- Running --- */

static CliResult *
run_case (const Case *test, CliPeer *peer)
{
  return hostile_run (&test->want, "smtp", peer);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Server server = { .test = data };
  g_autoptr(CliPeer) peer = cli_peer_new (serve, &server);
  g_autoptr(CliResult) result = run_case (data, peer);
  g_autoptr(JsonNode) report = NULL;

  g_clear_pointer (&peer, cli_peer_free);
  report = hostile_check (&test->want, result);
  if (!test->credentials_in_clear)
    g_assert_false (server.auth_in_clear);
  if (test->cancels)
    g_assert_true (server.cancelled);
  g_assert_cmpuint (server.n_lines, <, 100);
}

static void
measure_idle (void)
{
  static const Case ordinary = { .path = "" };
  Server server = { .test = &ordinary };
  g_autoptr(CliPeer) peer = cli_peer_new (serve, &server);
  g_autoptr(CliResult) result = run_case (&ordinary, peer);

  hostile_set_ordinary (result);
}

/* --- Floods and drips --- */

static void
endless_line (CliTalk *talk, gpointer user_data)
{
  hostile_flood (talk, "x");
}

static void
hundred_megabytes (CliTalk *talk, gpointer user_data)
{
  hostile_say_long (talk, "220 ", 100 * 1024 * 1024);
}

static void
endless_greeting (CliTalk *talk, gpointer user_data)
{
  hostile_flood (talk, "220-mx.example\r\n");
}

static void
endless_capabilities (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  hostile_flood (talk, "250-X\r\n");
}

static void
endless_long_capabilities (CliTalk *talk, gpointer user_data)
{
  g_autofree char *word = g_strnfill (60000, 'z');
  g_autofree char *line = g_strdup_printf ("250-%s\r\n", word);

  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  hostile_flood (talk, line);
}

static void
endless_empty_lines (CliTalk *talk, gpointer user_data)
{
  hostile_flood (talk, "\r\n");
}

static void
endless_nul (CliTalk *talk, gpointer user_data)
{
  char block[4096] = { 0 };

  while (cli_talk_send_bytes (talk, block, sizeof block))
    ;
}

static void
dripping_greeting (CliTalk *talk, gpointer user_data)
{
  hostile_drip (talk, "220-mx.example ESMTP, be patient\r\n");
}

static void
dripping_line (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, "220 ");
  hostile_drip (talk, "patience ");
}

static void
dripping_capabilities (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  hostile_drip (talk, "250-PATIENCE\r\n");
}

static void
dripping_handshake (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  hostile_drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  /* The client speaks first; then a record that never ends. */
  cli_talk_pause (talk, 100);
  cli_talk_send_bytes (talk, "\x16\x03\x03\x40\x00\x02\x00\x3f\xf0", 9);
  hostile_drip (talk, "\003\003xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void
silent_handshake (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  hostile_drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  cli_talk_wait_for_end (talk);
}

static void
handshake_flood (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  hostile_drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  cli_talk_pause (talk, 100);
  hostile_flood (talk, "\x16\x03\x03\x40\x04\x02\x01\x01\x01\x01\x01\x01\x01");
}

/* Endless lines, but under TLS and for QUIT. */
static void
endless_farewell (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  hostile_drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  if (!cli_talk_start_tls (talk))
    return;
  hostile_drop_line (talk);
  cli_talk_send (talk, EHLO_AUTH);
  hostile_drop_line (talk);
  cli_talk_send (talk, "235 ok\r\n");
  hostile_drop_line (talk);
  hostile_flood (talk, "221-and another thing\r\n");
}

static void
silent_farewell (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  hostile_drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  hostile_drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  if (!cli_talk_start_tls (talk))
    return;
  hostile_drop_line (talk);
  cli_talk_send (talk, EHLO_AUTH);
  hostile_drop_line (talk);
  cli_talk_send (talk, "235 ok\r\n");
  cli_talk_wait_for_end (talk);
}

/* --- The table --- */

#define IN_CLEAR "--tls=none", "--mechanism=PLAIN"
#define LOGIN_IN_CLEAR "--tls=none", "--mechanism=LOGIN"

/* clang-format off */
static const Case cases[] = {
  /* Too much, too slowly. */
  { "flood/endless-line", .func = endless_line, .want.statuses = { 12 }, .want.codes = "protocol.too-long",
    .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/hundred-megabytes", .func = hundred_megabytes, .want.statuses = { 12 },
    .want.codes = "protocol.too-long", .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/greeting", .func = endless_greeting, .want.statuses = { 12 }, .want.codes = "protocol.too-long",
    .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/capabilities", .func = endless_capabilities, .want.statuses = { 12 },
    .want.codes = "protocol.too-long", .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/long-capabilities", .func = endless_long_capabilities, .want.statuses = { 12 },
    .want.codes = "protocol.too-long", .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/empty-lines", .func = endless_empty_lines, .want.statuses = { 12 },
    .want.codes = "protocol. greeting.other-protocol", .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/nul", .func = endless_nul, .want.statuses = { 12 }, .want.codes = "protocol.",
    .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/handshake", .func = handshake_flood, .want.statuses = { 13 }, .want.codes = "tls.",
    .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "flood/farewell", .func = endless_farewell, .want.statuses = { 0, 12, 19 },
    .want.timeout_s = HOSTILE_FLOOD_TIMEOUT_S },
  { "drip/greeting", .func = dripping_greeting, .want.statuses = { 19 }, .want.codes = "timeout." },
  { "drip/line", .func = dripping_line, .want.statuses = { 19 }, .want.codes = "timeout." },
  { "drip/capabilities", .func = dripping_capabilities, .want.statuses = { 19 }, .want.codes = "timeout." },
  { "drip/handshake", .func = dripping_handshake, .want.statuses = { 13, 19 }, .want.codes = "timeout. tls." },
  { "silent/handshake", .func = silent_handshake, .want.statuses = { 19 }, .want.codes = "timeout." },
  { "silent/farewell", .func = silent_farewell, .want.statuses = { 0, 19 }, .want.codes = "- timeout." },

  /* Not this protocol, or not the way it is written. */
  { "greeting/http", .greeting = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n",
    .want.statuses = { 12 }, .want.codes = "greeting.other-protocol" },
  { "greeting/ssh", .greeting = "SSH-2.0-OpenSSH_9.2p1\r\n", .want.statuses = { 12 },
    .want.codes = "greeting.other-protocol" },
  { "greeting/ftp", .greeting = "220 (vsFTPd 3.0.3)\r\n", .want.statuses = { 12 },
    .want.codes = "greeting.other-protocol" },
  { "greeting/pop3", .greeting = "+OK POP3 ready <1.2@mx.example>\r\n", .want.statuses = { 12 },
    .want.codes = "greeting.other-protocol" },
  { "greeting/pop3-refused", .greeting = "-ERR go away\r\n", .want.statuses = { 12 },
    .want.codes = "greeting.other-protocol" },
  { "greeting/imap", .greeting = "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n",
    .want.statuses = { 12 }, .want.codes = "greeting.other-protocol" },
  { "greeting/imap-preauth", .greeting = "* PREAUTH IMAP4rev1 server logged in as you\r\n",
    .want.statuses = { 12 }, .want.codes = "greeting.other-protocol" },
  { "greeting/imap-bye", .greeting = "* BYE too busy\r\n", .want.statuses = { 12 },
    .want.codes = "greeting.other-protocol" },
  { "greeting/mysql", .greeting = "J\001\001\001\n8.0.36\001\x08\001\001\001abcdefgh\001\r\n",
    .want.statuses = { 12 }, .want.codes = "protocol. greeting." },
  { "greeting/temporary", .greeting = "421 4.7.0 too busy\r\n", .want.statuses = { 12 },
    .want.codes = "greeting.refused" },
  { "greeting/refused", .greeting = "554-No\r\n554 mail from you\r\n", .want.statuses = { 12 },
    .want.codes = "greeting.refused" },
  { "greeting/250", .greeting = "250 hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/354", .greeting = "354 go on\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/334", .greeting = "334 VXNlcm5hbWU6\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/235", .greeting = "235 welcome\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/199", .greeting = "199 hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/999", .greeting = "999 hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/22", .greeting = "22\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/2200", .greeting = "2200 hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/20-digits", .greeting = "99999999999999999999 hello\r\n", .want.statuses = { 12 },
    .want.codes = "protocol." },
  { "greeting/minus", .greeting = "-220 hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol. greeting." },
  { "greeting/empty", .greeting = "\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "greeting/two-codes", .greeting = "220-mx\r\n554 no\r\n", .want.statuses = { 12 },
    .want.codes = "protocol. greeting." },
  { "greeting/bare-lf", .greeting = "220 mx.example\n", .want.statuses = { 0 }, .want.codes = "-" },
  { "greeting/no-text", .greeting = "220\r\n", .want.statuses = { 0 }, .want.codes = "-" },
  { "greeting/nul", .greeting = "220 a\001b\001\r\n" },
  { "greeting/8-bit", .greeting = "220 \xff\xfe\x80\xc3\x28\xe2\x82 \xf0\x9f\x90\x8c\r\n" },
  { "greeting/mangled", .greeting = "220 ****************************\r\n",
    .ehlo = "250-mx.example\r\n250 XXXXXXXA\r\n", .want.statuses = { 13 }, .want.codes = "middlebox.mangled" },

  /* EHLO */
  { "ehlo/refused", .ehlo = "550 no\r\n", .want.statuses = { 12 }, .want.codes = "protocol.ehlo-refused" },
  { "ehlo/220", .ehlo = "220 hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "ehlo/334", .ehlo = "334 \r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "ehlo/354", .ehlo = "354 go on\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "ehlo/235", .ehlo = "235 welcome\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "ehlo/imap", .ehlo = "* OK hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "ehlo/pop3", .ehlo = "+OK hello\r\n", .want.statuses = { 12 }, .want.codes = "protocol." },
  { "ehlo/nul", .ehlo = "250-mx\001\r\n250-\001\001\r\n250-\xff\xfe\r\n250 STARTTLS\r\n",
    .want.statuses = { 0 }, .want.codes = "-" },
  { "ehlo/nothing", .ehlo = "250 \r\n", .want.statuses = { 13 }, .want.codes = "starttls.not-offered" },
  { "ehlo/auth-without-starttls", .ehlo = EHLO_AUTH, .want.statuses = { 13 },
    .want.codes = "starttls.not-offered" },
  { "ehlo/capabilities-are-forgotten",
    .ehlo = "250-mx.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n",
    .ehlo_tls = "250 mx.example\r\n", .want.statuses = { 15 }, .want.codes = "auth.not-offered" },
  { "ehlo/starttls-again", .ehlo_tls = "250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
    .want.statuses = { 0 }, .want.codes = "-" },
  { "ehlo/unknown-mechanisms", .ehlo_tls = "250-mx\r\n250 AUTH \xff\001 X-SCRAM PLAINLY =LOGIN\r\n",
    .want.statuses = { 15, 17 }, .want.codes = "auth." },

  /* STARTTLS; the rest of it is in test-starttls-attacks.c. */
  { "starttls/refused-if-offered", .want.args = { "--tls=starttls-if-offered" },
    .ehlo = "250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n",
    .starttls = "454 4.7.0 not now\r\n", .want.statuses = { 13 }, .want.codes = "starttls.refused" },

  /* AUTH */
  { "auth/refused-in-between", .want.args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 VXNlcm5hbWU6\r\n", "535 5.7.8 no such user\r\n" }, .want.statuses = { 16 },
    .want.codes = "auth.", .credentials_in_clear = TRUE },
  { "auth/not-base64", .want.args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 What is your name?\r\n" }, .want.statuses = { 17 }, .want.codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/not-base64-8-bit", .want.args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 \xff\xfe\001\r\n" }, .want.statuses = { 17 }, .want.codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/challenge-for-plain", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 c29tZXRoaW5nIGVsc2U=\r\n" }, .want.statuses = { 17 }, .want.codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/235-too-early", .want.args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "235 2.7.0 welcome\r\n" }, .want.statuses = { 17 }, .want.codes = "auth.protocol",
    .credentials_in_clear = TRUE },
  { "auth/235-after-user", .want.args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 VXNlcm5hbWU6\r\n", "235 2.7.0 welcome\r\n" }, .want.statuses = { 17 },
    .want.codes = "auth.protocol", .credentials_in_clear = TRUE },
  { "auth/challenges-for-ever", .want.args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 VXNlcm5hbWU6\r\n" }, .want.statuses = { 17 }, .want.codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/250", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "250 ok\r\n" },
    .want.statuses = { 12, 17 }, .want.codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/220", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "220 ok\r\n" },
    .want.statuses = { 12, 17 }, .want.codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/imap-ok", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "a1 OK logged in\r\n" },
    .want.statuses = { 12, 17 }, .want.codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/pop3-ok", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "+OK logged in\r\n" },
    .want.statuses = { 12, 17 }, .want.codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/plus", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "+\r\n" },
    .want.statuses = { 12, 17 }, .want.codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/temporary", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "454 4.7.0 later\r\n" },
    .want.statuses = { 17 }, .want.codes = "auth.temporary", .credentials_in_clear = TRUE },
  { "auth/needs-tls", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "538 5.7.11 Encryption required\r\n" }, .want.statuses = { 15 },
    .want.codes = "auth.needs-tls", .credentials_in_clear = TRUE },
  { "auth/unexplained", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "554 no\r\n" },
    .want.statuses = { 16 }, .want.codes = "auth.refused-unexplained", .credentials_in_clear = TRUE },
  { "auth/8-bit", .want.args = { IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "535-5.7.8 \xff\001\xc3\r\n535 \xf0\x9f\r\n" }, .want.statuses = { 16 }, .want.codes = "auth.",
    .credentials_in_clear = TRUE },
  { "auth/token-error-for-ever", .want.args = { "--tls=none", "--mechanism=XOAUTH2", "--token-from=env:TOKEN" },
    .ehlo = EHLO_AUTH, .auth = { "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n" }, .want.statuses = { 16, 17 },
    .want.codes = "auth.", .credentials_in_clear = TRUE },
  { "auth/token-error-is-no-json",
    .want.args = { "--tls=none", "--mechanism=OAUTHBEARER", "--token-from=env:TOKEN" },
    .ehlo = EHLO_AUTH, .auth = { "334 e3t7e3t7e3t7\r\n", "535 5.7.8 no\r\n" }, .want.statuses = { 16, 17 },
    .want.codes = "auth.", .credentials_in_clear = TRUE },
  { "quit/refused", .quit = "500 what?\r\n", .want.statuses = { 0 }, .want.codes = "-" },
  { "quit/8-bit", .quit = "\xff\001\r\n", .want.statuses = { 0 }, .want.codes = "-" },
};
/* clang-format on */

/* --- Long challenges --- */

static void
test_long_challenges (void)
{
  static const gsize lengths[] = { 13000, 20000, 65000, 70 * 1024, 1024 * 1024 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree guchar *bytes = g_malloc0 (lengths[i] / 4 * 3);
      g_autofree char *base64 = g_base64_encode (bytes, lengths[i] / 4 * 3);
      g_autofree char *reply = g_strdup_printf ("334 %s\r\n", base64);
      const Case test = {
        .want.args = { LOGIN_IN_CLEAR },
        .ehlo = EHLO_AUTH,
        .auth = { reply },
        .want.statuses = { 12, 17 },
        .want.codes = "auth.protocol protocol.too-long",
        .credentials_in_clear = TRUE,
        .cancels = lengths[i] < 60000,
      };

      test_case (&test);
    }
}

/* --- Hanging up, and replies in pieces --- */

static const char *const logon[] = {
  "220-mx\r\n220 hi\r\n", "250-mx\r\n250 AUTH PLAIN\r\n", "235 2.7.0 ok\r\n", "221 bye\r\n", NULL,
};

static const char *const refusal[] = {
  "220 mx ESMTP\r\n",
  "250-mx\r\n250-SIZE\r\n250 AUTH PLAIN\r\n",
  "535-5.7.8 no\r\n535 5.7.8 more\r\n",
  "221 bye\r\n",
  NULL,
};

static const HostileDialogue dialogue = { "smtp", { IN_CLEAR }, logon, refusal };

static void
test_hang_up (void)
{
  hostile_hang_up (&dialogue, FALSE);
}

static void
test_reset (void)
{
  hostile_hang_up (&dialogue, TRUE);
}

static void
test_splits (void)
{
  hostile_split (&dialogue);
}

/* --- A queue that is full: nobody answers the connection --- */

static void
test_connect_timeout (void)
{
  g_autoptr(GSocket) listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                               G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any_port = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GPtrArray) fillers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *url = NULL;
  const char *args[] = {
    "probe", "--format=json", "--connect-timeout=1", "--timeout=6", NULL, NULL
  };
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonNode) report = NULL;
  const char *code;

  g_socket_set_listen_backlog (listener, 0);
  g_assert_true (g_socket_bind (listener, any_port, TRUE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  address = g_socket_get_local_address (listener, NULL);
  for (int i = 0; i < 8; i++)
    {
      GSocket *filler =
        g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

      g_socket_set_blocking (filler, FALSE);
      g_socket_connect (filler, address, NULL, NULL);
      g_ptr_array_add (fillers, filler);
    }

  url = g_strdup_printf ("smtp://127.0.0.1:%u",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  args[4] = url;
  result = cli_run (args, NULL);
  report = cli_report_parse (result->out, result);
  code = cli_report_first_code (report);
  g_assert_true ((result->status == 11 && g_str_equal (code, "connect.timeout")) ||
                 (result->status == 19 && g_str_equal (code, "timeout.connect")));
  g_assert_cmpstr (cli_report_step_state (report, "connect"), ==, "failed");
  g_assert_cmpint (result->duration, <, (1 + HOSTILE_SLACK_S) * G_USEC_PER_SEC);
}

/* --- What a terminal would obey --- */

static void
test_terminal (void)
{
  const Case test = {
    .greeting = "220 \033[31mred\033]0;title\007 \x9b;31m \b\b\x7f \xc2\x9b;31m\r\n",
    .ehlo = "250-mx\r\033[2J\r\n250 STARTTLS\r\n",
    .auth = { "535-5.7.8 \033[1Anothing\r\n535 5.7.8 \tseen\013\014\r\n" },
  };
  Server server = { .test = &test };
  g_autoptr(CliPeer) peer = cli_peer_new (serve, &server);
  g_autofree char *host = g_strdup_printf ("smtp://127.0.0.1:%u", cli_peer_get_port (peer));
  g_autofree char *options =
    g_strdup_printf ("verify_server=yes,ca_certificate=%s", cli_peer_get_ca_file ());
  const char *const args[] = {
    "probe", "--transcript", "--verbose", "--tls-options",
    options, "--user",       "practice",  "--password-from",
    "fd:3",  host,           NULL,
  };
  const CliSetup setup = { .input = HOSTILE_PASSWORD };
  g_autoptr(CliResult) result = cli_run (args, &setup);

  cli_assert_status (result, 16);
  g_assert_true (g_utf8_validate (result->out, (gssize) result->n_out, NULL));
  for (const char *p = result->out; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c != '\n' && g_unichar_iscntrl (c))
        g_error ("U+%04X in the output: %s", c, result->out);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("TOKEN", "ya29.some-token-of-mine", TRUE);
  measure_idle ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/hostile/", cases[i].path, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/hostile/auth/long-challenges", test_long_challenges);
  g_test_add_func ("/hostile/pieces/hang-up", test_hang_up);
  g_test_add_func ("/hostile/pieces/reset", test_reset);
  g_test_add_func ("/hostile/pieces/splits", test_splits);
  g_test_add_func ("/hostile/connect-timeout", test_connect_timeout);
  g_test_add_func ("/hostile/terminal", test_terminal);

  return g_test_run ();
}
