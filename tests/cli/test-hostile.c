/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

/* Servers that break the rules of spec/hostile-peers.md: the program ends in time, in bounds, with
 * an exit status and a cause that fit, and never sends a credential where none may go. */

#define TIMEOUT_S 2
#define FLOOD_TIMEOUT_S 5
#define SLACK_S (1 + 3) /* what the contract allows, and a slow machine */
#define MEMORY_KIB (64 * 1024)
#define PASSWORD "correct-horse-7"

/* Every program that has run, against the first, which was an ordinary logon. */
static long idle_kib;

/* --- A server that says what a table says --- */

typedef struct
{
  const char *path;
  const char *args[6]; /* besides the usual */
  const char *greeting;
  const char *ehlo; /* in clear */
  const char *starttls;
  const char *ehlo_tls;
  const char *auth[4]; /* one after another, the last one for ever */
  const char *quit;
  CliPeerFunc func;  /* instead of all this */
  int statuses[4];   /* those allowed; all from 0 on when there is none */
  const char *codes; /* prefixes of first findings allowed, parted by blanks; "-": none */
  guint timeout_s;
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

/* Byte 1 of a table stands for NUL. */
static gboolean
say (CliTalk *talk, const char *text)
{
  gsize length = strlen (text);
  g_autofree char *bytes = g_strdup (text);

  for (gsize i = 0; i < length; i++)
    if (bytes[i] == '\001')
      bytes[i] = '\0';
  return cli_talk_send_bytes (talk, bytes, length);
}

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
  say (talk, either (test->greeting, GREETING));
  for (; (line = cli_talk_read_line (talk)) != NULL; g_free (line))
    {
      note_line (server, talk, line);
      if (g_str_has_prefix (line, "EHLO") || g_str_has_prefix (line, "HELO"))
        say (talk, cli_talk_is_tls (talk) ? either (test->ehlo_tls, EHLO_AUTH)
                                          : either (test->ehlo, EHLO_STARTTLS));
      else if (g_str_equal (line, "STARTTLS"))
        {
          say (talk, either (test->starttls, GO_AHEAD));
          if (test->starttls == NULL && !cli_talk_start_tls (talk))
            break;
        }
      else if (g_str_equal (line, "*"))
        say (talk, "501 5.7.0 cancelled\r\n");
      else if (g_str_equal (line, "QUIT"))
        {
          say (talk, either (test->quit, "221 bye\r\n"));
          break;
        }
      else if (g_str_has_prefix (line, "AUTH") || in_auth)
        {
          in_auth = TRUE;
          if (!say (talk, answer_of (test, n_answers++)))
            break;
        }
      else
        say (talk, "502 what?\r\n");
    }
  g_free (line);
}

/* --- Running --- */

static GPtrArray *
make_args (const Case *test, CliPeer *peer)
{
  GPtrArray *args = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (args, g_strdup ("probe"));
  g_ptr_array_add (args, g_strdup ("--format=json"));
  g_ptr_array_add (
    args, g_strdup_printf ("--timeout=%u", test->timeout_s != 0 ? test->timeout_s : TIMEOUT_S));
  g_ptr_array_add (args, g_strdup_printf ("--tls-options=verify_server=yes,ca_certificate=%s",
                                          cli_peer_get_ca_file ()));
  g_ptr_array_add (args, g_strdup ("--user=practice"));
  g_ptr_array_add (args, g_strdup ("--password-from=fd:3"));
  for (gsize i = 0; i < G_N_ELEMENTS (test->args) && test->args[i] != NULL; i++)
    g_ptr_array_add (args, g_strdup (test->args[i]));
  g_ptr_array_add (args, g_strdup_printf ("smtp://127.0.0.1:%u", cli_peer_get_port (peer)));
  g_ptr_array_add (args, NULL);
  return args;
}

static CliResult *
run_case (const Case *test, CliPeer *peer)
{
  g_autoptr(GPtrArray) args = make_args (test, peer);
  const CliSetup setup = { .input = PASSWORD "\n" };

  return cli_run ((const char *const *) args->pdata, &setup);
}

static void
check_memory (const CliResult *result)
{
  g_test_message ("peak %ld KiB, idle %ld KiB", result->peak_kib, idle_kib);
  if (g_getenv ("POSTERN_TEST_SANITIZED") == NULL)
    g_assert_cmpint (result->peak_kib, <, idle_kib + MEMORY_KIB);
}

static void
check_time (const Case *test, const CliResult *result)
{
  guint limit = (test->timeout_s != 0 ? test->timeout_s : TIMEOUT_S) + SLACK_S;

  g_assert_cmpint (result->duration, <, limit * G_USEC_PER_SEC);
}

static void
check_status (const Case *test, const CliResult *result)
{
  gsize i = 0;

  if (test->statuses[0] == 0 && test->statuses[1] == 0)
    {
      if (result->signal != 0 || result->killed || result->status == 1)
        cli_assert_status (result, 0);
      return;
    }
  while (i < G_N_ELEMENTS (test->statuses) - 1 && test->statuses[i] != result->status)
    i++;
  cli_assert_status (result,
                     test->statuses[i] == result->status ? result->status : test->statuses[0]);
}

static void
check_code (const Case *test, const CliResult *result, JsonNode *report)
{
  const char *code = cli_report_first_code (report);
  g_auto (GStrv) allowed = NULL;
  gsize i = 0;

  if (test->codes == NULL)
    return;
  if (g_str_equal (cli_report_get_string (report, NULL, "outcome"), "passed"))
    code = "-";
  allowed = g_strsplit (test->codes, " ", -1);
  while (allowed[i] != NULL && !g_str_has_prefix (code, allowed[i]))
    i++;
  if (allowed[i] == NULL)
    g_error ("Wanted one of “%s”, got “%s”:\n%s", test->codes, code, result->out);
}

static void
test_case (gconstpointer data)
{
  Server server = { .test = data };
  g_autoptr(CliPeer) peer = cli_peer_new (serve, &server);
  g_autoptr(CliResult) result = run_case (data, peer);
  g_autoptr(JsonNode) report = NULL;

  g_clear_pointer (&peer, cli_peer_free);
  check_status (data, result);
  report = cli_report_parse (result->out, result);
  check_code (data, result, report);
  check_time (data, result);
  check_memory (result);
  g_assert_null (strstr (result->out, PASSWORD));
  if (!server.test->credentials_in_clear)
    g_assert_false (server.auth_in_clear);
  if (server.test->cancels)
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

  cli_assert_status (result, 0);
  idle_kib = result->peak_kib;
}

/* --- Floods and drips --- */

static void
flood (CliTalk *talk, const char *text)
{
  g_autoptr(GString) block = g_string_new (NULL);

  while (block->len < 65536)
    g_string_append (block, text);
  while (cli_talk_send_bytes (talk, block->str, block->len))
    ;
}

static void
drip (CliTalk *talk, const char *text)
{
  const char *p = text;

  while (cli_talk_send_bytes (talk, p, 1) && cli_talk_pause (talk, 50))
    if (*++p == '\0')
      p = text;
}

static void
drop_line (CliTalk *talk)
{
  g_free (cli_talk_read_line (talk));
}

static void
endless_line (CliTalk *talk, gpointer user_data)
{
  flood (talk, "x");
}

static void
hundred_megabytes (CliTalk *talk, gpointer user_data)
{
  g_autofree char *block = g_strnfill (1024 * 1024, 'y');

  cli_talk_send (talk, "220 ");
  for (int i = 0; i < 100; i++)
    if (!cli_talk_send_bytes (talk, block, 1024 * 1024))
      return;
  cli_talk_send (talk, "\r\n");
}

static void
endless_greeting (CliTalk *talk, gpointer user_data)
{
  flood (talk, "220-mx.example\r\n");
}

static void
endless_capabilities (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  flood (talk, "250-X\r\n");
}

static void
endless_long_capabilities (CliTalk *talk, gpointer user_data)
{
  g_autofree char *word = g_strnfill (60000, 'z');
  g_autofree char *line = g_strdup_printf ("250-%s\r\n", word);

  cli_talk_send (talk, GREETING);
  drop_line (talk);
  flood (talk, line);
}

static void
endless_empty_lines (CliTalk *talk, gpointer user_data)
{
  flood (talk, "\r\n");
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
  drip (talk, "220-mx.example ESMTP, be patient\r\n");
}

static void
dripping_line (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, "220 ");
  drip (talk, "patience ");
}

static void
dripping_capabilities (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  drip (talk, "250-PATIENCE\r\n");
}

static void
dripping_handshake (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  /* The client speaks first; then a record that never ends. */
  cli_talk_pause (talk, 100);
  cli_talk_send_bytes (talk, "\x16\x03\x03\x40\x00\x02\x00\x3f\xf0", 9);
  drip (talk, "\003\003xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void
silent_handshake (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  cli_talk_wait_for_end (talk);
}

static void
garbage_handshake (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  cli_talk_pause (talk, 100);
  cli_talk_send (talk, "500 5.5.1 What was that?\r\n");
  cli_talk_wait_for_end (talk);
}

static void
injected_later (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  cli_talk_send (talk, "250 injected, in a segment of its own\r\n");
  cli_talk_wait_for_end (talk);
}

static void
handshake_flood (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  cli_talk_pause (talk, 100);
  flood (talk, "\x16\x03\x03\x40\x04\x02\x01\x01\x01\x01\x01\x01\x01");
}

/* Endless lines, but under TLS and for QUIT. */
static void
endless_farewell (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  if (!cli_talk_start_tls (talk))
    return;
  drop_line (talk);
  cli_talk_send (talk, EHLO_AUTH);
  drop_line (talk);
  cli_talk_send (talk, "235 ok\r\n");
  drop_line (talk);
  flood (talk, "221-and another thing\r\n");
}

static void
silent_farewell (CliTalk *talk, gpointer user_data)
{
  cli_talk_send (talk, GREETING);
  drop_line (talk);
  cli_talk_send (talk, EHLO_STARTTLS);
  drop_line (talk);
  cli_talk_send (talk, GO_AHEAD);
  if (!cli_talk_start_tls (talk))
    return;
  drop_line (talk);
  cli_talk_send (talk, EHLO_AUTH);
  drop_line (talk);
  cli_talk_send (talk, "235 ok\r\n");
  cli_talk_wait_for_end (talk);
}

/* --- The table --- */

#define IN_CLEAR "--tls=none", "--mechanism=PLAIN"
#define LOGIN_IN_CLEAR "--tls=none", "--mechanism=LOGIN"

/* clang-format off */
static const Case cases[] = {
  /* Too much, too slowly. */
  { "flood/endless-line", .func = endless_line, .statuses = { 12 }, .codes = "protocol.too-long",
    .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/hundred-megabytes", .func = hundred_megabytes, .statuses = { 12 },
    .codes = "protocol.too-long", .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/greeting", .func = endless_greeting, .statuses = { 12 }, .codes = "protocol.too-long",
    .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/capabilities", .func = endless_capabilities, .statuses = { 12 },
    .codes = "protocol.too-long", .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/long-capabilities", .func = endless_long_capabilities, .statuses = { 12 },
    .codes = "protocol.too-long", .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/empty-lines", .func = endless_empty_lines, .statuses = { 12 },
    .codes = "protocol. greeting.other-protocol", .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/nul", .func = endless_nul, .statuses = { 12 }, .codes = "protocol.",
    .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/handshake", .func = handshake_flood, .statuses = { 13 }, .codes = "tls.",
    .timeout_s = FLOOD_TIMEOUT_S },
  { "flood/farewell", .func = endless_farewell, .statuses = { 0, 12, 19 },
    .timeout_s = FLOOD_TIMEOUT_S },
  { "drip/greeting", .func = dripping_greeting, .statuses = { 19 }, .codes = "timeout." },
  { "drip/line", .func = dripping_line, .statuses = { 19 }, .codes = "timeout." },
  { "drip/capabilities", .func = dripping_capabilities, .statuses = { 19 }, .codes = "timeout." },
  { "drip/handshake", .func = dripping_handshake, .statuses = { 13, 19 }, .codes = "timeout. tls." },
  { "silent/handshake", .func = silent_handshake, .statuses = { 19 }, .codes = "timeout." },
  { "silent/farewell", .func = silent_farewell, .statuses = { 0, 19 }, .codes = "- timeout." },

  /* Not this protocol, or not the way it is written. */
  { "greeting/http", .greeting = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n",
    .statuses = { 12 }, .codes = "greeting.other-protocol" },
  { "greeting/ssh", .greeting = "SSH-2.0-OpenSSH_9.2p1\r\n", .statuses = { 12 },
    .codes = "greeting.other-protocol" },
  { "greeting/ftp", .greeting = "220 (vsFTPd 3.0.3)\r\n", .statuses = { 12 },
    .codes = "greeting.other-protocol" },
  { "greeting/pop3", .greeting = "+OK POP3 ready <1.2@mx.example>\r\n", .statuses = { 12 },
    .codes = "greeting.other-protocol" },
  { "greeting/pop3-refused", .greeting = "-ERR go away\r\n", .statuses = { 12 },
    .codes = "greeting.other-protocol" },
  { "greeting/imap", .greeting = "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n",
    .statuses = { 12 }, .codes = "greeting.other-protocol" },
  { "greeting/imap-preauth", .greeting = "* PREAUTH IMAP4rev1 server logged in as you\r\n",
    .statuses = { 12 }, .codes = "greeting.other-protocol" },
  { "greeting/imap-bye", .greeting = "* BYE too busy\r\n", .statuses = { 12 },
    .codes = "greeting.other-protocol" },
  { "greeting/mysql", .greeting = "J\001\001\001\n8.0.36\001\x08\001\001\001abcdefgh\001\r\n",
    .statuses = { 12 }, .codes = "protocol. greeting." },
  { "greeting/temporary", .greeting = "421 4.7.0 too busy\r\n", .statuses = { 12 },
    .codes = "greeting.refused" },
  { "greeting/refused", .greeting = "554-No\r\n554 mail from you\r\n", .statuses = { 12 },
    .codes = "greeting.refused" },
  { "greeting/250", .greeting = "250 hello\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/354", .greeting = "354 go on\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/334", .greeting = "334 VXNlcm5hbWU6\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/235", .greeting = "235 welcome\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/199", .greeting = "199 hello\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/999", .greeting = "999 hello\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/22", .greeting = "22\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/2200", .greeting = "2200 hello\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/20-digits", .greeting = "99999999999999999999 hello\r\n", .statuses = { 12 },
    .codes = "protocol." },
  { "greeting/minus", .greeting = "-220 hello\r\n", .statuses = { 12 }, .codes = "protocol. greeting." },
  { "greeting/empty", .greeting = "\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "greeting/two-codes", .greeting = "220-mx\r\n554 no\r\n", .statuses = { 12 },
    .codes = "protocol. greeting." },
  { "greeting/bare-lf", .greeting = "220 mx.example\n", .statuses = { 0 }, .codes = "-" },
  { "greeting/no-text", .greeting = "220\r\n", .statuses = { 0 }, .codes = "-" },
  { "greeting/nul", .greeting = "220 a\001b\001\r\n" },
  { "greeting/8-bit", .greeting = "220 \xff\xfe\x80\xc3\x28\xe2\x82 \xf0\x9f\x90\x8c\r\n" },
  { "greeting/mangled", .greeting = "220 ****************************\r\n",
    .ehlo = "250-mx.example\r\n250 XXXXXXXA\r\n", .statuses = { 13 }, .codes = "middlebox.mangled" },

  /* EHLO */
  { "ehlo/refused", .ehlo = "550 no\r\n", .statuses = { 12 }, .codes = "protocol.ehlo-refused" },
  { "ehlo/220", .ehlo = "220 hello\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "ehlo/334", .ehlo = "334 \r\n", .statuses = { 12 }, .codes = "protocol." },
  { "ehlo/354", .ehlo = "354 go on\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "ehlo/235", .ehlo = "235 welcome\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "ehlo/imap", .ehlo = "* OK hello\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "ehlo/pop3", .ehlo = "+OK hello\r\n", .statuses = { 12 }, .codes = "protocol." },
  { "ehlo/nul", .ehlo = "250-mx\001\r\n250-\001\001\r\n250-\xff\xfe\r\n250 STARTTLS\r\n",
    .statuses = { 0 }, .codes = "-" },
  { "ehlo/nothing", .ehlo = "250 \r\n", .statuses = { 13 }, .codes = "starttls.not-offered" },
  { "ehlo/auth-without-starttls", .ehlo = EHLO_AUTH, .statuses = { 13 },
    .codes = "starttls.not-offered" },
  { "ehlo/capabilities-are-forgotten",
    .ehlo = "250-mx.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n",
    .ehlo_tls = "250 mx.example\r\n", .statuses = { 15 }, .codes = "auth.not-offered" },
  { "ehlo/starttls-again", .ehlo_tls = "250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
    .statuses = { 0 }, .codes = "-" },
  { "ehlo/unknown-mechanisms", .ehlo_tls = "250-mx\r\n250 AUTH \xff\001 X-SCRAM PLAINLY =LOGIN\r\n",
    .statuses = { 15, 17 }, .codes = "auth." },

  /* STARTTLS */
  { "starttls/refused-454", .starttls = "454 4.7.0 not now\r\n", .statuses = { 13 },
    .codes = "starttls.refused" },
  { "starttls/refused-502", .starttls = "502 5.5.1 what?\r\n", .statuses = { 13 },
    .codes = "starttls.refused" },
  { "starttls/refused-if-offered", .args = { "--tls=starttls-if-offered" },
    .ehlo = "250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n",
    .starttls = "454 4.7.0 not now\r\n", .statuses = { 13 }, .codes = "starttls.refused" },
  { "starttls/250", .starttls = "250 ok\r\n", .statuses = { 12, 13 }, .codes = "protocol. starttls." },
  { "starttls/235", .starttls = "235 welcome\r\n", .statuses = { 12, 13 },
    .codes = "protocol. starttls." },
  { "starttls/334", .starttls = "334 \r\n", .statuses = { 12, 13 }, .codes = "protocol. starttls." },
  { "starttls/no", .starttls = "a1 NO\r\n", .statuses = { 12, 13 }, .codes = "protocol. starttls." },
  { "starttls/preauth", .starttls = "* PREAUTH hello\r\n", .statuses = { 12, 13 },
    .codes = "protocol. starttls." },
  { "starttls/injected", .starttls = "220 go\r\n250-mx\r\n250 AUTH PLAIN LOGIN\r\n",
    .statuses = { 13 }, .codes = "starttls.injected" },
  { "starttls/injected-logon", .starttls = "220 go\r\n250 AUTH PLAIN\r\n235 ok\r\n221 bye\r\n",
    .statuses = { 13 }, .codes = "starttls.injected" },
  { "starttls/injected-byte", .starttls = "220 go\r\nx", .statuses = { 13 },
    .codes = "starttls.injected" },
  { "starttls/injected-nul", .starttls = "220 go\r\n\001", .statuses = { 13 },
    .codes = "starttls.injected" },
  { "starttls/injected-later", .func = injected_later, .statuses = { 13 },
    .codes = "starttls.injected tls." },
  { "starttls/garbage", .func = garbage_handshake, .statuses = { 13 },
    .codes = "tls. starttls.injected" },

  /* AUTH */
  { "auth/refused-in-between", .args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 VXNlcm5hbWU6\r\n", "535 5.7.8 no such user\r\n" }, .statuses = { 16 },
    .codes = "auth.", .credentials_in_clear = TRUE },
  { "auth/not-base64", .args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 What is your name?\r\n" }, .statuses = { 17 }, .codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/not-base64-8-bit", .args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 \xff\xfe\001\r\n" }, .statuses = { 17 }, .codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/challenge-for-plain", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 c29tZXRoaW5nIGVsc2U=\r\n" }, .statuses = { 17 }, .codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/235-too-early", .args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "235 2.7.0 welcome\r\n" }, .statuses = { 17 }, .codes = "auth.protocol",
    .credentials_in_clear = TRUE },
  { "auth/235-after-user", .args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 VXNlcm5hbWU6\r\n", "235 2.7.0 welcome\r\n" }, .statuses = { 17 },
    .codes = "auth.protocol", .credentials_in_clear = TRUE },
  { "auth/challenges-for-ever", .args = { LOGIN_IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "334 VXNlcm5hbWU6\r\n" }, .statuses = { 17 }, .codes = "auth.protocol",
    .credentials_in_clear = TRUE, .cancels = TRUE },
  { "auth/250", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "250 ok\r\n" },
    .statuses = { 12, 17 }, .codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/220", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "220 ok\r\n" },
    .statuses = { 12, 17 }, .codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/imap-ok", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "a1 OK logged in\r\n" },
    .statuses = { 12, 17 }, .codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/pop3-ok", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "+OK logged in\r\n" },
    .statuses = { 12, 17 }, .codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/plus", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "+\r\n" },
    .statuses = { 12, 17 }, .codes = "auth.protocol protocol.", .credentials_in_clear = TRUE },
  { "auth/temporary", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "454 4.7.0 later\r\n" },
    .statuses = { 17 }, .codes = "auth.temporary", .credentials_in_clear = TRUE },
  { "auth/needs-tls", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "538 5.7.11 Encryption required\r\n" }, .statuses = { 15 },
    .codes = "auth.needs-tls", .credentials_in_clear = TRUE },
  { "auth/unexplained", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH, .auth = { "554 no\r\n" },
    .statuses = { 16 }, .codes = "auth.refused-unexplained", .credentials_in_clear = TRUE },
  { "auth/8-bit", .args = { IN_CLEAR }, .ehlo = EHLO_AUTH,
    .auth = { "535-5.7.8 \xff\001\xc3\r\n535 \xf0\x9f\r\n" }, .statuses = { 16 }, .codes = "auth.",
    .credentials_in_clear = TRUE },
  { "auth/token-error-for-ever", .args = { "--tls=none", "--mechanism=XOAUTH2", "--token-from=env:TOKEN" },
    .ehlo = EHLO_AUTH, .auth = { "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n" }, .statuses = { 16, 17 },
    .codes = "auth.", .credentials_in_clear = TRUE },
  { "auth/token-error-is-no-json",
    .args = { "--tls=none", "--mechanism=OAUTHBEARER", "--token-from=env:TOKEN" },
    .ehlo = EHLO_AUTH, .auth = { "334 e3t7e3t7e3t7\r\n", "535 5.7.8 no\r\n" }, .statuses = { 16, 17 },
    .codes = "auth.", .credentials_in_clear = TRUE },
  { "quit/refused", .quit = "500 what?\r\n", .statuses = { 0 }, .codes = "-" },
  { "quit/8-bit", .quit = "\xff\001\r\n", .statuses = { 0 }, .codes = "-" },
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
        .args = { LOGIN_IN_CLEAR },
        .ehlo = EHLO_AUTH,
        .auth = { reply },
        .statuses = { 12, 17 },
        .codes = "auth.protocol protocol.too-long",
        .credentials_in_clear = TRUE,
        .cancels = lengths[i] < 60000,
      };

      test_case (&test);
    }
}

/* --- Hanging up, and replies in pieces --- */

/* What a server says in one logon, command by command. */
typedef struct
{
  const char *const *replies;
  gsize close_after; /* so many bytes of all, then it hangs up */
  gsize split_at;    /* a pause before this byte of all */
  gboolean reset;    /* hangs up with a reset */
} Pieces;

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

static gsize
count_bytes (const char *const *replies)
{
  gsize n = 0;

  for (; *replies != NULL; replies++)
    n += strlen (*replies);
  return n;
}

static void
serve_pieces (CliTalk *talk, gpointer user_data)
{
  const Pieces *pieces = user_data;
  gsize n_sent = 0;

  for (gsize i = 0; pieces->replies[i] != NULL; i++)
    {
      const char *reply = pieces->replies[i];
      gsize length = strlen (reply);

      if (i > 0)
        drop_line (talk);
      if (n_sent + length > pieces->close_after)
        {
          cli_talk_send_bytes (talk, reply, pieces->close_after - n_sent);
          if (pieces->reset)
            cli_talk_reset (talk);
          return;
        }
      if (pieces->split_at > n_sent && pieces->split_at < n_sent + length)
        {
          cli_talk_send_bytes (talk, reply, pieces->split_at - n_sent);
          cli_talk_pause (talk, 8);
          cli_talk_send_bytes (talk, reply + (pieces->split_at - n_sent),
                               length - (pieces->split_at - n_sent));
        }
      else if (pieces->split_at == G_MAXSIZE)
        for (gsize j = 0; j < length; j++)
          {
            cli_talk_send_bytes (talk, reply + j, 1);
            cli_talk_pause (talk, 2);
          }
      else
        cli_talk_send (talk, reply);
      n_sent += length;
    }
}

static const Case in_clear = { .args = { IN_CLEAR } };

/* Where it hung up decides what is said; never is it a logon that has passed. */
static void
check_hang_up (gsize n, gboolean reset, const CliResult *result, JsonNode *report)
{
  gsize greeting = strlen (logon[0]);
  gsize ehlo = greeting + strlen (logon[1]);
  gsize auth = ehlo + strlen (logon[2]);
  const char *code = cli_report_first_code (report);
  const char *outcome = cli_report_get_string (report, "authentication", "outcome");

  if (n >= auth)
    {
      cli_assert_status (result, 0);
      return;
    }
  g_assert_cmpstr (outcome, !=, "accepted");
  if (reset && n < greeting)
    g_assert_true (result->status == 11 || result->status == 12);
  else if (n < greeting)
    {
      cli_assert_status (result, 12);
      g_assert_cmpstr (code, ==, "greeting.closed");
    }
  else if (n < ehlo)
    {
      cli_assert_status (result, 12);
      g_assert_cmpstr (code, ==, "protocol.closed");
    }
  else
    g_assert_true ((result->status == 12 && g_str_equal (code, "protocol.closed")) ||
                   (result->status == 17 && g_str_equal (code, "auth.protocol")));
}

static void
hang_up_everywhere (gboolean reset)
{
  for (gsize n = 0; n < count_bytes (logon); n++)
    {
      Pieces pieces = { logon, n, 0, reset };
      g_autoptr(CliPeer) peer = cli_peer_new (serve_pieces, &pieces);
      g_autoptr(CliResult) result = run_case (&in_clear, peer);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

      g_test_message ("hung up after %" G_GSIZE_FORMAT " bytes: %d, %s", n, result->status,
                      cli_report_first_code (report));
      check_hang_up (n, reset, result, report);
      check_time (&in_clear, result);
    }
}

static void
test_hang_up (void)
{
  hang_up_everywhere (FALSE);
}

static void
test_reset (void)
{
  hang_up_everywhere (TRUE);
}

/* All of the report that does not depend on time. */
static char *
summarise (JsonNode *report)
{
  GString *summary = g_string_new (NULL);
  JsonArray *transcript = cli_report_transcript (report);
  JsonArray *steps = json_object_get_array_member (json_node_get_object (report), "steps");

  g_string_append_printf (summary, "%s, %s\n", cli_report_get_string (report, NULL, "outcome"),
                          cli_report_first_code (report));
  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);

      /* The port is another each time. */
      if (i >= 3)
        g_string_append_printf (summary, "%s %s %s\n", json_object_get_string_member (step, "id"),
                                json_object_get_string_member (step, "state"),
                                json_object_get_string_member (step, "summary"));
    }
  for (guint i = 0; i < json_array_get_length (transcript); i++)
    {
      JsonObject *event = json_array_get_object_element (transcript, i);

      g_string_append_printf (summary, "%s %s %s\n",
                              json_object_get_string_member (event, "direction"),
                              json_object_get_string_member (event, "step"),
                              json_object_get_string_member (event, "text"));
    }
  return g_string_free (summary, FALSE);
}

static char *
run_pieces (const char *const *replies, gsize split_at, int *status)
{
  Pieces pieces = { replies, G_MAXSIZE, split_at, FALSE };
  g_autoptr(CliPeer) peer = cli_peer_new (serve_pieces, &pieces);
  g_autoptr(CliResult) result = run_case (&in_clear, peer);
  g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

  *status = result->status;
  return summarise (report);
}

static void
test_splits (void)
{
  const char *const *const dialogues[] = { logon, refusal };

  for (gsize i = 0; i < G_N_ELEMENTS (dialogues); i++)
    {
      int wanted;
      g_autofree char *whole = run_pieces (dialogues[i], 0, &wanted);
      gsize n_bytes = count_bytes (dialogues[i]);

      g_assert_cmpint (wanted, ==, i == 0 ? 0 : 16);
      for (gsize at = 1; at <= n_bytes; at++)
        {
          int status;
          g_autofree char *split =
            run_pieces (dialogues[i], at == n_bytes ? G_MAXSIZE : at, &status);

          g_assert_cmpint (status, ==, wanted);
          g_assert_cmpstr (split, ==, whole);
        }
    }
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
  g_assert_cmpint (result->duration, <, (1 + SLACK_S) * G_USEC_PER_SEC);
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
  const CliSetup setup = { .input = PASSWORD };
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
