/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-hostile.h"
#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

/* POP3 and IMAP servers that break the rules of spec/hostile-peers.md; see test-hostile.c for those
 * of SMTP. */

/* What is said to one command, first word in upper case, without a tag; "" is the greeting, and "*"
 * whatever follows the command that begins an exchange. In a reply the byte 1 stands for NUL and
 * the byte 2 for the tag of the command. */
typedef struct
{
  const char *command;
  const char *reply;
} Answer;

typedef struct
{
  const char *scheme;
  Answer answers[12];
  const char
    *clear; /* what is offered before TLS; after it, and without TLS, what is in the list */
  const char *capabilities;
  const char *starttls;
} Protocol;

typedef enum
{
  END_NOT,
  END_SILENT,
  END_CLOSED,
  END_FLOOD,
  END_DRIP,
  END_LONG, /* one line of 100 MB */
} End;

typedef struct
{
  const char *path;
  HostileWant want;
  gboolean in_clear; /* the account wants no TLS; else it wants it by STARTTLS */
  gboolean implicit; /* the account wants it from the first byte */
  Answer answers[4]; /* instead of the usual */
  const char *at;    /* at this command it goes wrong … */
  End end;           /* … like this … */
  const char *text;  /* … with this. */
} Case;

typedef struct
{
  const Protocol *protocol;
  const Case *test;
  GMutex lock;
  gboolean credentials_in_clear;
  guint n_lines;
} Server;

#define TAG "\002"

static const Protocol pop3 = {
  .scheme = "pop3",
  .clear = "+OK\r\nSTLS\r\n.\r\n",
  .capabilities = "CAPA",
  .starttls = "STLS",
  .answers = {
    { "", "+OK ready <1.2@mx.example>\r\n" },
    { "CAPA", "+OK\r\nUSER\r\nSASL PLAIN LOGIN CRAM-MD5\r\n.\r\n" },
    { "STLS", "+OK go\r\n" },
    { "AUTH", "+OK in\r\n" },
    { "USER", "+OK\r\n" },
    { "PASS", "+OK in\r\n" },
    { "APOP", "+OK in\r\n" },
    { "STAT", "+OK 1 100\r\n" },
    { "LIST", "+OK\r\n1 100\r\n.\r\n" },
    { "UIDL", "+OK\r\n1 x\r\n.\r\n" },
    { "QUIT", "+OK bye\r\n" },
  },
};

static const Protocol imap = {
  .scheme = "imap",
  .clear = "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n" TAG " OK\r\n",
  .capabilities = "CAPABILITY",
  .starttls = "STARTTLS",
  .answers = {
    { "", "* OK ready\r\n" },
    { "CAPABILITY", "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN\r\n" TAG " OK\r\n" },
    { "STARTTLS", TAG " OK go\r\n" },
    { "AUTHENTICATE", TAG " OK in\r\n" },
    { "LOGIN", TAG " OK in\r\n" },
    { "ID", "* ID NIL\r\n" TAG " OK\r\n" },
    { "NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n" TAG " OK\r\n" },
    { "EXAMINE", "* 1 EXISTS\r\n" TAG " OK [READ-ONLY] done\r\n" },
    { "LOGOUT", "* BYE bye\r\n" TAG " OK\r\n" },
  },
};

/* --- The server --- */

static const char *
find_reply (const Answer *answers, gsize n, const char *command)
{
  for (gsize i = 0; i < n && answers[i].command != NULL; i++)
    if (g_str_equal (answers[i].command, command))
      return answers[i].reply;
  return NULL;
}

static const char *
reply_to (const Server *server, const char *command, gboolean tls)
{
  const Case *test = server->test;
  const Protocol *protocol = server->protocol;
  const char *reply = find_reply (test->answers, G_N_ELEMENTS (test->answers), command);

  if (reply == NULL && g_str_equal (command, protocol->capabilities) && !tls && !test->in_clear)
    reply = protocol->clear;
  if (reply == NULL)
    reply = find_reply (protocol->answers, G_N_ELEMENTS (protocol->answers), command);
  return reply;
}

static gboolean
answer (CliTalk *talk, const char *reply, const char *tag)
{
  g_auto (GStrv) parts = g_strsplit (reply, TAG, -1);
  g_autofree char *text = g_strjoinv (tag, parts);

  return hostile_say (talk, text);
}

static void
go_wrong (CliTalk *talk, const Case *test, const char *tag)
{
  g_auto (GStrv) parts = g_strsplit (test->text != NULL ? test->text : "", TAG, -1);
  g_autofree char *text = g_strjoinv (tag, parts);

  switch (test->end)
    {
    case END_SILENT:
      hostile_say (talk, text);
      cli_talk_wait_for_end (talk);
      break;

    case END_CLOSED:
      hostile_say (talk, text);
      break;

    case END_FLOOD:
      hostile_flood (talk, text);
      break;

    case END_DRIP:
      hostile_drip (talk, text);
      break;

    case END_LONG:
      hostile_say_long (talk, text, 100 * 1024 * 1024);
      break;

    case END_NOT:
    default:
      g_assert_not_reached ();
    }
}

/* "A001 LOGIN x" is LOGIN, tag A001; "USER x" is USER. */
static char *
take_command (const Server *server, const char *line, char **tag)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  gboolean tagged = server->protocol == &imap && g_strv_length (words) > 1;

  *tag = g_strdup (tagged ? words[0] : "*");
  return g_ascii_strup (tagged ? words[1] : words[0] != NULL ? words[0] : "", -1);
}

static void
note_line (Server *server, CliTalk *talk, const char *command)
{
  static const char *const logons[] = { "AUTH",  "USER",         "PASS", "APOP",
                                        "LOGIN", "AUTHENTICATE", NULL };

  g_mutex_lock (&server->lock);
  server->n_lines++;
  if (g_strv_contains (logons, command) && !cli_talk_is_tls (talk))
    server->credentials_in_clear = TRUE;
  g_mutex_unlock (&server->lock);
}

static gboolean
begins_exchange (const char *command)
{
  return g_str_equal (command, "AUTH") || g_str_equal (command, "AUTHENTICATE");
}

static void
serve (CliTalk *talk, gpointer user_data)
{
  Server *server = user_data;
  const Case *test = server->test;
  g_autofree char *tag = g_strdup ("*");
  g_autofree char *command = g_strdup ("");
  gboolean more = !test->implicit || cli_talk_start_tls (talk);

  while (more)
    {
      const char *reply = reply_to (server, command, cli_talk_is_tls (talk));
      g_autofree char *line = NULL;

      if (g_strcmp0 (test->at, command) == 0)
        {
          go_wrong (talk, test, tag);
          return;
        }
      if (reply == NULL)
        reply = server->protocol == &imap ? TAG " BAD what\r\n" : "-ERR what\r\n";
      more = answer (talk, reply, tag);
      if (more && g_str_equal (command, server->protocol->starttls) && strstr (reply, "OK go") &&
          g_str_has_suffix (reply, "go\r\n"))
        more = cli_talk_start_tls (talk);

      line = more ? cli_talk_read_line (talk) : NULL;
      more = line != NULL;
      /* The answers to challenges have no tag, and may be anything. */
      if (more && !begins_exchange (command) && !g_str_equal (command, "*"))
        {
          g_free (command);
          g_free (tag);
          command = take_command (server, line, &tag);
        }
      else if (more)
        {
          g_autofree char *other = NULL;
          g_autofree char *next = take_command (server, line, &other);
          gboolean over = find_reply (server->protocol->answers,
                                      G_N_ELEMENTS (server->protocol->answers), next) != NULL;

          g_free (command);
          command = over ? g_steal_pointer (&next) : g_strdup ("*");
          if (over)
            {
              g_free (tag);
              tag = g_steal_pointer (&other);
            }
        }
      if (more)
        note_line (server, talk, command);
    }
}

/* --- The table --- */

#define PLAIN_IN_CLEAR                                                                             \
  {                                                                                                \
    "--tls=none", "--mechanism=PLAIN"                                                              \
  }
#define USABLE_IN_CLEAR                                                                            \
  {                                                                                                \
    "--tls=none", "--mechanism=PLAIN", "--check-usable"                                            \
  }
#define IN_CLEAR(...) .in_clear = TRUE, .want = { PLAIN_IN_CLEAR, __VA_ARGS__ }
#define USABLE(...) .in_clear = TRUE, .want = { USABLE_IN_CLEAR, __VA_ARGS__ }
#define MECHANISM(name, ...)                                                                       \
  .in_clear = TRUE, .want = { { "--tls=none", "--mechanism=" name }, __VA_ARGS__ }
#define WANT(...) .want = { { "--tls=starttls", "--mechanism=PLAIN" }, __VA_ARGS__ }
#define FLOOD HOSTILE_FLOOD_TIMEOUT_S

/* clang-format off */
static const Case pop3_cases[] = {
  { "greeting/endless-line", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "", .end = END_FLOOD, .text = "x" },
  { "greeting/100-MB", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "", .end = END_LONG, .text = "+OK " },
  { "greeting/empty-lines", WANT ({ 12 }, "protocol.", FLOOD), .at = "", .end = END_FLOOD, .text = "\r\n" },
  { "greeting/drip", WANT ({ 19 }, "timeout."), .at = "", .end = END_DRIP, .text = "+OK patience " },
  { "greeting/silent", WANT ({ 12, 19 }, "greeting.silent timeout."), .at = "", .end = END_SILENT },
  { "greeting/closed", WANT ({ 12 }, "greeting.closed"), .at = "", .end = END_CLOSED },
  { "greeting/refused", WANT ({ 12 }, "greeting.refused"), .answers = { { "", "-ERR [SYS/TEMP] not now\r\n" } } },
  { "greeting/smtp", WANT ({ 12 }, "greeting.other-protocol"), .answers = { { "", "220 mx ESMTP\r\n" } } },
  { "greeting/imap", WANT ({ 12 }, "greeting.other-protocol"), .answers = { { "", "* OK IMAP4rev1\r\n" } } },
  { "greeting/http", WANT ({ 12 }, "greeting.other-protocol"), .answers = { { "", "HTTP/1.1 400 Bad Request\r\n\r\n" } } },
  { "greeting/ssh", WANT ({ 12 }, "greeting.other-protocol"), .answers = { { "", "SSH-2.0-OpenSSH_9.2\r\n" } } },
  { "greeting/nul", IN_CLEAR ({ 0 }, "-"), .answers = { { "", "+OK a\001b\001\r\n" } } },
  { "greeting/8-bit", IN_CLEAR ({ 0 }, "-"), .answers = { { "", "+OK \xff\xfe\x80\xc3\x28\r\n" } } },
  { "greeting/bare-lf", IN_CLEAR ({ 0 }, "-"), .answers = { { "", "+OK hi\n" } } },
  { "greeting/plus", WANT ({ 12 }, "protocol."), .answers = { { "", "+ hi\r\n" } } },
  { "greeting/stamp-never-closed", MECHANISM ("APOP", { 15 }, "auth."), .answers = { { "", "+OK <1.2@mx\r\n" } } },

  { "capa/endless", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPA", .end = END_FLOOD, .text = "+OK\r\n" },
  { "capa/endless-dots", WANT ({ 12 }, "protocol.", FLOOD), .at = "CAPA", .end = END_FLOOD, .text = "..\r\n" },
  { "capa/100-MB", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPA", .end = END_LONG, .text = "+OK\r\nX" },
  { "capa/drip", WANT ({ 19 }, "timeout."), .at = "CAPA", .end = END_DRIP, .text = "+OK\r\n" },
  { "capa/never-ends", WANT ({ 19 }, "timeout."), .at = "CAPA", .end = END_SILENT, .text = "+OK\r\nSTLS\r\n" },
  { "capa/closed", WANT ({ 12 }, "protocol.closed"), .at = "CAPA", .end = END_CLOSED, .text = "+OK\r\nSTLS\r\n" },
  { "capa/smtp", WANT ({ 12 }, "protocol."), .answers = { { "CAPA", "250 OK\r\n" } } },
  { "capa/8-bit", WANT ({ 0 }, "-"), .answers = { { "CAPA", "+OK\r\n\xff\001\r\nSTLS\r\nUSER\r\nSASL PLAIN \xff\r\n.\r\n" } } },

  { "stls/garbage", WANT ({ 13 }, "tls. starttls."), .at = "STLS", .end = END_FLOOD, .text = "+OK\r\n" },

  { "auth/challenges-for-ever", IN_CLEAR ({ 12, 17 }, "auth. protocol."), .answers = { { "AUTH", "+ Og==\r\n" }, { "*", "+ Og==\r\n" } } },
  { "auth/not-base64", MECHANISM ("LOGIN", { 17 }, "auth.protocol"), .answers = { { "AUTH", "+ %%%\r\n" }, { "*", "-ERR\r\n" } } },
  { "auth/early-ok", MECHANISM ("CRAM-MD5", { 17 }, "auth."), },
  { "auth/imap-ok", IN_CLEAR ({ 12, 17 }, "protocol. auth."), .answers = { { "AUTH", "A001 OK in\r\n" } } },
  { "auth/smtp-ok", IN_CLEAR ({ 12, 17 }, "protocol. auth."), .answers = { { "AUTH", "235 ok\r\n" } } },
  { "auth/in-use", IN_CLEAR ({ 16, 17, 18 }, "auth.mailbox-in-use"), .answers = { { "AUTH", "-ERR [IN-USE] locked\r\n" } } },
  { "auth/sys-temp", IN_CLEAR ({ 16, 17 }, "auth.temporary"), .answers = { { "AUTH", "-ERR [SYS/TEMP] later\r\n" } } },
  { "auth/8-bit", IN_CLEAR ({ 16 }, "auth."), .answers = { { "AUTH", "-ERR [AUTH] \xff\001\xc3\r\n" } } },
  { "auth/code-never-closed", IN_CLEAR ({ 16 }, "auth."), .answers = { { "AUTH", "-ERR [AUTH no\r\n" } } },
  { "auth/flood", IN_CLEAR ({ 12, 17 }, "protocol. auth.", FLOOD), .at = "AUTH", .end = END_FLOOD, .text = "x" },
  { "auth/drip", IN_CLEAR ({ 19 }, "timeout."), .at = "AUTH", .end = END_DRIP, .text = "+OK patience " },
  { "user/pass-for-ever", MECHANISM ("USER", { 12, 16, 17 }, "auth. protocol."), .answers = { { "USER", "+ more\r\n" } } },
  { "user/closed", MECHANISM ("USER", { 12 }, "protocol.closed"), .at = "PASS", .end = END_CLOSED },

  { "stat/no-number", USABLE ({ 12, 18 }, "usable. protocol."), .answers = { { "STAT", "-ERR no\r\n" } } },
  { "stat/huge-number", USABLE ({ 0, 12, 18 }), .answers = { { "STAT", "+OK 99999999999999999999999 99999999999999999999999\r\n" } } },
  { "list/endless", USABLE ({ 0, 12, 18 }, NULL, FLOOD), .at = "LIST", .end = END_FLOOD, .text = "+OK\r\n1 100\r\n" },
  { "uidl/endless", USABLE ({ 0, 12, 18 }, NULL, FLOOD), .at = "UIDL", .end = END_FLOOD, .text = "+OK\r\n1 x\r\n" },
  { "uidl/closed", USABLE ({ 12, 18 }, NULL), .at = "UIDL", .end = END_CLOSED, .text = "+OK\r\n1 x\r\n" },
  { "quit/closed", IN_CLEAR ({ 0 }, "-"), .at = "QUIT", .end = END_CLOSED },
  { "quit/8-bit", IN_CLEAR ({ 0 }, "-"), .answers = { { "QUIT", "\xff\001\r\n" } } },
  { "quit/silent", IN_CLEAR ({ 0, 19 }, "- timeout."), .at = "QUIT", .end = END_SILENT },
  { "quit/flood", IN_CLEAR ({ 0, 12, 19 }, NULL, FLOOD), .at = "QUIT", .end = END_FLOOD, .text = "x" },
};

static const Case imap_cases[] = {
  { "greeting/endless-line", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "", .end = END_FLOOD, .text = "x" },
  { "greeting/100-MB", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "", .end = END_LONG, .text = "* OK " },
  { "greeting/drip", WANT ({ 19 }, "timeout."), .at = "", .end = END_DRIP, .text = "* OK patience " },
  { "greeting/silent", WANT ({ 12, 19 }, "greeting.silent timeout."), .at = "", .end = END_SILENT },
  { "greeting/closed", WANT ({ 12 }, "greeting.closed"), .at = "", .end = END_CLOSED },
  { "greeting/bye", WANT ({ 12 }, "greeting.refused"), .answers = { { "", "* BYE busy\r\n" } } },
  { "greeting/smtp", WANT ({ 12 }, "greeting.other-protocol"), .answers = { { "", "220 mx ESMTP\r\n" } } },
  { "greeting/pop3", WANT ({ 12 }, "greeting.other-protocol"), .answers = { { "", "+OK POP3\r\n" } } },
  { "greeting/http", WANT ({ 12 }, "greeting.other-protocol"), .answers = { { "", "HTTP/1.1 400 Bad Request\r\n\r\n" } } },
  { "greeting/nul", IN_CLEAR ({ 0 }, "-"), .answers = { { "", "* OK a\001b\001\r\n" } } },
  { "greeting/8-bit", IN_CLEAR ({ 0 }, "-"), .answers = { { "", "* OK \xff\xfe\x80\xc3\x28\r\n" } } },
  { "greeting/no-literal", WANT ({ 0 }, "-"), .answers = { { "", "* OK {4294967296}\r\n" } } },
  { "greeting/code-never-closed", IN_CLEAR ({ 0 }, "-"), .answers = { { "", "* OK [CAPABILITY IMAP4rev1\r\n" } } },
  { "greeting/capabilities-of-an-attacker", WANT ({ 0 }, "-"), .answers = { { "", "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi\r\n" } } },

  { "noise/endless", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPABILITY", .end = END_FLOOD, .text = "* 1 EXISTS\r\n" },
  { "noise/endless-long", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPABILITY", .end = END_FLOOD, .text = "* OK xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" },
  { "noise/capabilities", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPABILITY", .end = END_FLOOD, .text = "* CAPABILITY A B C D E F G AUTH=X STARTTLS\r\n" },
  { "noise/alerts", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPABILITY", .end = END_FLOOD, .text = "* OK [ALERT] beware\r\n" },
  { "noise/auth", IN_CLEAR ({ 12 }, "protocol.too-long", FLOOD), .at = "AUTHENTICATE", .end = END_FLOOD, .text = "* 1 EXISTS\r\n" },
  { "noise/examine", USABLE ({ 12, 18 }, NULL, FLOOD), .at = "EXAMINE", .end = END_FLOOD, .text = "* 1 EXISTS\r\n" },
  { "noise/logout", IN_CLEAR ({ 0, 12 }, NULL, FLOOD), .at = "LOGOUT", .end = END_FLOOD, .text = "* 1 EXISTS\r\n" },
  { "noise/harmless", IN_CLEAR ({ 0 }, "-"), .answers = { { "AUTHENTICATE", "* 1 EXISTS\r\n* OK [UNSEEN 3] x\r\n* FLAGS ()\r\n* LIST () \"/\" {3}\r\na\001b x\r\n" TAG " OK\r\n" } } },
  { "noise/8-bit", IN_CLEAR ({ 0 }, "-"), .answers = { { "CAPABILITY", "* \xff\001\xc3 x\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN \xff\r\n" TAG " OK \xff\r\n" } } },

  { "literal/4-GiB", WANT ({ 12 }, "protocol."), .at = "CAPABILITY", .end = END_SILENT, .text = "* X {4294967295}\r\n" },
  { "literal/4-GiB-and-one", WANT ({ 12 }, "protocol."), .at = "CAPABILITY", .end = END_SILENT, .text = "* X {4294967296}\r\n" },
  { "literal/20-digits", WANT ({ 12 }, "protocol."), .at = "CAPABILITY", .end = END_SILENT, .text = "* X {99999999999999999999}\r\n" },
  { "literal/4-GiB-comes", WANT ({ 12 }, "protocol.", FLOOD), .at = "CAPABILITY", .end = END_FLOOD, .text = "* X {4294967295}\r\nxxxxxxxxxxxxxxxx" },
  { "literal/40000", WANT ({ 12 }, "protocol."), .at = "CAPABILITY", .end = END_SILENT, .text = "* X {40000}\r\n" },
  { "literal/never-comes", WANT ({ 19 }, "timeout."), .at = "CAPABILITY", .end = END_SILENT, .text = "* X {100}\r\nabc" },
  { "literal/closed", WANT ({ 12 }, "protocol.closed"), .at = "CAPABILITY", .end = END_CLOSED, .text = "* X {100}\r\nabc" },
  { "literal/many", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPABILITY", .end = END_FLOOD, .text = "* 1 FETCH {3}\r\nabc {3}\r\nabc)\r\n" },
  { "literal/for-ever-in-one", WANT ({ 12 }, "protocol.too-long", FLOOD), .at = "CAPABILITY", .end = END_FLOOD, .text = "* X {1}\r\n" },
  { "literal/looks-like-an-answer", IN_CLEAR ({ 16 }, "auth."), .answers = { { "AUTHENTICATE", "* X {12}\r\n" TAG " OK in\r\n)\r\n" TAG " NO no\r\n" } } },
  { "literal/minus", IN_CLEAR ({ 0 }, "-"), .answers = { { "CAPABILITY", "* X {-1}\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n" TAG " OK\r\n" } } },

  { "tag/other", IN_CLEAR ({ 12 }, "protocol."), .answers = { { "AUTHENTICATE", "Z999 OK in\r\n" } } },
  { "tag/earlier", IN_CLEAR ({ 12 }, "protocol."), .answers = { { "AUTHENTICATE", "A001 OK in\r\n" } } },
  { "tag/later", IN_CLEAR ({ 12 }, "protocol."), .answers = { { "CAPABILITY", "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nA002 OK\r\n" } } },
  { "tag/star", IN_CLEAR ({ 19 }, "timeout."), .at = "AUTHENTICATE", .end = END_SILENT, .text = "* OK in\r\n" },
  { "tag/none", IN_CLEAR ({ 12 }, "protocol."), .answers = { { "AUTHENTICATE", "OK in\r\n" } } },
  { "tag/twice", IN_CLEAR ({ 0, 12 }, NULL), .answers = { { "AUTHENTICATE", TAG " OK in\r\n" TAG " NO out\r\n" } } },

  { "capability/bad", WANT ({ 12, 13 }, "protocol. starttls."), .answers = { { "CAPABILITY", TAG " BAD no\r\n" } } },
  { "capability/none", WANT ({ 12, 13 }, "protocol. starttls."), .answers = { { "CAPABILITY", TAG " OK\r\n" } } },
  { "capability/bye", WANT ({ 12 }, "protocol."), .at = "CAPABILITY", .end = END_CLOSED, .text = "* BYE enough\r\n" },
  { "capability/drip", WANT ({ 19 }, "timeout."), .at = "CAPABILITY", .end = END_DRIP, .text = "* 1 EXISTS\r\n" },
  { "capability/logindisabled", MECHANISM ("LOGIN-COMMAND", { 13, 15, 16 }, "auth.needs-tls auth.mechanism-not-offered"), .answers = { { "CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n" TAG " OK\r\n" } } },


  { "auth/challenges-for-ever", IN_CLEAR ({ 12, 17 }, "auth. protocol."), .answers = { { "AUTHENTICATE", "+ Og==\r\n" }, { "*", "+ Og==\r\n" } } },
  { "auth/plus-only", MECHANISM ("LOGIN", { 12, 16, 17 }, "auth. protocol."), .answers = { { "AUTHENTICATE", "+\r\n" }, { "*", "+\r\n" } } },
  { "auth/not-base64", MECHANISM ("LOGIN", { 12, 17 }, "auth.protocol protocol."), .answers = { { "AUTHENTICATE", "+ %%%\r\n" }, { "*", "A002 BAD\r\n" } } },
  { "auth/8-bit", IN_CLEAR ({ 16 }, "auth."), .answers = { { "AUTHENTICATE", TAG " NO [AUTHENTICATIONFAILED] \xff\001\r\n" } } },
  { "auth/unavailable", IN_CLEAR ({ 16, 17 }, "auth.temporary"), .answers = { { "AUTHENTICATE", TAG " NO [UNAVAILABLE] later\r\n" } } },
  { "auth/smtp-ok", IN_CLEAR ({ 12 }, "protocol."), .answers = { { "AUTHENTICATE", "235 ok\r\n" } } },
  { "auth/bye", IN_CLEAR ({ 12, 16, 17 }, "protocol. auth."), .at = "AUTHENTICATE", .end = END_CLOSED, .text = "* BYE too many failures\r\n" },
  { "auth/flood", IN_CLEAR ({ 12 }, "protocol.", FLOOD), .at = "AUTHENTICATE", .end = END_FLOOD, .text = "x" },
  { "auth/drip", IN_CLEAR ({ 19 }, "timeout."), .at = "AUTHENTICATE", .end = END_DRIP, .text = "* OK patience " },
  { "login/plus-for-ever", MECHANISM ("LOGIN-COMMAND", { 12, 16, 17 }, "auth. protocol.", FLOOD), .at = "LOGIN", .end = END_FLOOD, .text = "+ more\r\n" },

  { "usable/no", USABLE ({ 18 }, "usable."), .answers = { { "EXAMINE", TAG " NO none\r\n" } } },
  { "usable/bye", USABLE ({ 12, 18 }, NULL), .at = "EXAMINE", .end = END_CLOSED, .text = "* BYE enough\r\n" },
  { "usable/huge-number", USABLE ({ 0, 12, 18 }), .answers = { { "EXAMINE", "* 99999999999999999999999 EXISTS\r\n" TAG " OK\r\n" } } },
  { "logout/closed", IN_CLEAR ({ 0 }, "-"), .at = "LOGOUT", .end = END_CLOSED },
  { "logout/8-bit", IN_CLEAR ({ 0 }, "-"), .answers = { { "LOGOUT", "\xff\001\r\n" } } },
  { "logout/silent", IN_CLEAR ({ 0, 19 }, "- timeout."), .at = "LOGOUT", .end = END_SILENT, .text = "* BYE\r\n" },
};
/* clang-format on */

typedef struct
{
  const Protocol *protocol;
  const Case *cases;
  gsize n_cases;
} Table;

static const Table tables[] = {
  { &pop3, pop3_cases, G_N_ELEMENTS (pop3_cases) },
  { &imap, imap_cases, G_N_ELEMENTS (imap_cases) },
};

static const Protocol *
protocol_of (const Case *test)
{
  return test >= pop3_cases && test < pop3_cases + G_N_ELEMENTS (pop3_cases) ? &pop3 : &imap;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Server server = { .protocol = protocol_of (test), .test = test };
  g_autoptr(CliPeer) peer = cli_peer_new (serve, &server);
  g_autoptr(CliResult) result = hostile_run (&test->want, server.protocol->scheme, peer);
  g_autoptr(JsonNode) report = NULL;

  g_clear_pointer (&peer, cli_peer_free);
  report = hostile_check (&test->want, result);
  if (!test->in_clear)
    g_assert_false (server.credentials_in_clear);
  g_assert_cmpuint (server.n_lines, <, 100);
}

static void
measure_ordinary (void)
{
  static const Case ordinary = { "ordinary", WANT ({ 0 }, "-") };
  Server server = { .protocol = &pop3, .test = &ordinary };
  g_autoptr(CliPeer) peer = cli_peer_new (serve, &server);
  g_autoptr(CliResult) result = hostile_run (&ordinary.want, "pop3", peer);

  hostile_set_ordinary (result);
}

/* --- Hanging up, and replies in pieces --- */

static const char *const pop3_logon[] = {
  "+OK ready\r\n", "+OK\r\nSASL PLAIN\r\n.\r\n", "+OK in\r\n", "+OK bye\r\n", NULL,
};

static const char *const pop3_refusal[] = {
  "+OK ready\r\n", "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n", "-ERR [AUTH] no\r\n", "+OK bye\r\n", NULL,
};

static const char *const imap_logon[] = {
  "* OK ready\r\n",
  "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nA001 OK\r\n",
  "* LIST () NIL {5}\r\nINBOX\r\nA002 OK in\r\n",
  "* BYE\r\nA003 OK\r\n",
  NULL,
};

static const char *const imap_refusal[] = {
  "* OK [ALERT] ready\r\n",
  "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n* X {3}\r\nA\r\n)\r\nA001 OK\r\n",
  "* 1 EXISTS\r\nA002 NO [AUTHENTICATIONFAILED] no\r\n",
  "* BYE\r\nA003 OK\r\n",
  NULL,
};

static const HostileDialogue pop3_dialogue = { "pop3", PLAIN_IN_CLEAR, pop3_logon, pop3_refusal };
static const HostileDialogue imap_dialogue = { "imap", PLAIN_IN_CLEAR, imap_logon, imap_refusal };

static void
test_hang_up (gconstpointer dialogue)
{
  hostile_hang_up (dialogue, FALSE);
}

static void
test_reset (gconstpointer dialogue)
{
  hostile_hang_up (dialogue, TRUE);
}

static void
add_pieces (const HostileDialogue *dialogue)
{
  g_autofree char *hang_up = g_strdup_printf ("/hostile/%s/pieces/hang-up", dialogue->scheme);
  g_autofree char *reset = g_strdup_printf ("/hostile/%s/pieces/reset", dialogue->scheme);
  g_autofree char *split = g_strdup_printf ("/hostile/%s/pieces/split", dialogue->scheme);

  g_test_add_data_func (hang_up, dialogue, test_hang_up);
  g_test_add_data_func (reset, dialogue, test_reset);
  g_test_add_data_func (split, dialogue, (GTestDataFunc) hostile_split);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  measure_ordinary ();

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (gsize j = 0; j < tables[i].n_cases; j++)
      {
        g_autofree char *path =
          g_strdup_printf ("/hostile/%s/%s", tables[i].protocol->scheme, tables[i].cases[j].path);

        g_test_add_data_func (path, &tables[i].cases[j], test_case);
      }
  add_pieces (&pop3_dialogue);
  add_pieces (&imap_dialogue);

  return g_test_run ();
}
