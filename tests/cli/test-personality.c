/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <signal.h>
#include <string.h>

#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"
#include "practice/postern-practice.h"

/* A port that is not what the account takes it for: every kind of server, asked for each protocol
 * with each start of TLS. The finding is exact, its change is proved or standard, no credential is
 * sent, and at default limits the run takes less than five seconds. */

#define LIMIT_MS 5000

#define SECRET "correct-horse-7"

/* --- Servers --- */

/* Answers whatever comes, at once. */
static void
be_http (CliTalk *talk, gpointer user_data)
{
  char byte;

  if (cli_talk_read_bytes (talk, &byte, 1) == 1)
    cli_talk_send (talk, "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n"
                         "<html><body>400 Bad Request</body></html>\r\n");
}

/* Waits for the end of a request. */
static void
be_patient_http (CliTalk *talk, gpointer user_data)
{
  char *line;

  while ((line = cli_talk_read_line (talk)) != NULL && *line != '\0')
    g_free (line);
  if (line != NULL)
    cli_talk_send (talk, "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  g_free (line);
}

/* Waits for the end of a request, within TLS. */
static void
be_https (CliTalk *talk, gpointer user_data)
{
  if (cli_talk_start_tls (talk))
    be_patient_http (talk, user_data);
}

static void
be_redis (CliTalk *talk, gpointer user_data)
{
  char *line;

  while ((line = cli_talk_read_line (talk)) != NULL)
    {
      cli_talk_send (talk, "-ERR unknown command `HEAD`, with args beginning with:\r\n");
      g_free (line);
    }
}

/* Says this at once, whoever comes, and then listens. */
static void
say (CliTalk *talk, gpointer text)
{
  cli_talk_send (talk, text);
  cli_talk_wait_for_end (talk);
}

static void
be_mysql (CliTalk *talk, gpointer user_data)
{
  static const char greeting[] = "J\0\0\0\n8.0.36\0\010\0\0\0abcdefgh";

  cli_talk_send_bytes (talk, greeting, sizeof greeting);
  cli_talk_wait_for_end (talk);
}

/* A handshake that begins and is refused. */
static void
be_alert (CliTalk *talk, gpointer user_data)
{
  char byte;

  if (cli_talk_read_bytes (talk, &byte, 1) == 1)
    cli_talk_send_bytes (talk, "\x15\x03\x01\0\x02\x02\x28", 7);
}

/* The same, of a server that did not even wait for a hello. */
static void
be_alert_first (CliTalk *talk, gpointer user_data)
{
  cli_talk_send_bytes (talk, "\x15\x03\x01\0\x02\x02\x28", 7);
  cli_talk_wait_for_end (talk);
}

static void
be_ssl2 (CliTalk *talk, gpointer user_data)
{
  char byte;

  if (cli_talk_read_bytes (talk, &byte, 1) == 1)
    cli_talk_send_bytes (talk, "\x80\x0b\x04\0\x01\0\x02\0\0\0\0\0\0", 13);
  cli_talk_wait_for_end (talk);
}

static void
be_closed (CliTalk *talk, gpointer user_data)
{
}

/* --- The table --- */

typedef enum
{
  START_NONE,
  START_STARTTLS,
  START_IMPLICIT,
  N_STARTS
} Start;

static const char *const starts[] = { "none", "starttls", "implicit" };
static const char *const protocols[] = { "smtp", "pop3", "imap" };

/* What a run comes to: code of the first finding ("-": passed), exit status, a word of its
 * explanation, and the first change, "tls port protocol" with "." for what is not in it and "="
 * for the port that was tested. */
typedef struct
{
  const char *code;
  int status;
  const char *word;
  const char *change;
} Want;

#define PASSED                                                                                     \
  {                                                                                                \
    "-", 0, NULL, NULL                                                                             \
  }

typedef struct
{
  const char *name;
  CliPeerFunc func;         /* NULL: the practice server … */
  PosternProtocol protocol; /* … of this protocol … */
  gboolean tls;             /* … at the port that speaks TLS at once */
  gpointer data;
  Want wants[3][N_STARTS]; /* by the protocol that is asked for */
} Personality;

#define STANDARD_SMTP "starttls 587 ."
#define STANDARD_POP3 "starttls 110 ."
#define STANDARD_IMAP "starttls 143 ."

/* No mail at all, and it says so itself, or when it is asked: named in each case. */
#define NAMED(word)                                                                                \
  {                                                                                                \
    { { "greeting.other-protocol", 12, word, STANDARD_SMTP },                                      \
      { "greeting.other-protocol", 12, word, STANDARD_SMTP },                                      \
      { "tls.plain-first", 13, word, "implicit 465 ." } },                                         \
      { { "greeting.other-protocol", 12, word, STANDARD_POP3 },                                    \
        { "greeting.other-protocol", 12, word, STANDARD_POP3 },                                    \
        { "tls.plain-first", 13, word, "implicit 995 ." } },                                       \
      { { "greeting.other-protocol", 12, word, STANDARD_IMAP },                                    \
        { "greeting.other-protocol", 12, word, STANDARD_IMAP },                                    \
        { "tls.plain-first", 13, word, "implicit 993 ." } },                                       \
  }

#define MAIL(name, nick)                                                                           \
  {                                                                                                \
    { "greeting.other-protocol", 12, name, ". . " nick },                                          \
      { "greeting.other-protocol", 12, name, ". . " nick },                                        \
      { "tls.plain-first", 13, name, "starttls = " nick },                                         \
  }

/* Its own protocol; the practice server takes no password in clear text. */
#define OWN(name, refusal)                                                                         \
  {                                                                                                \
    { refusal, 15, NULL, "starttls = ." }, PASSED,                                                 \
    {                                                                                              \
      "tls.plain-first", 13, name " and offers STARTTLS", "starttls = ."                           \
    }                                                                                              \
  }

#define EXPECTED                                                                                   \
  {                                                                                                \
    "tls.implicit-expected", 13, "TLS from the first byte", "implicit = ."                         \
  }
#define WITHIN(standard, implicit)                                                                 \
  {                                                                                                \
    { "tls.implicit-expected", 13, "HTTP", standard },                                             \
      { "tls.implicit-expected", 13, "HTTP", standard },                                           \
    {                                                                                              \
      "greeting.other-protocol", 12, "HTTP", implicit                                              \
    }                                                                                              \
  }
#define ALERT                                                                                      \
  {                                                                                                \
    EXPECTED, EXPECTED, { "tls.no-common-cipher", 13, NULL, NULL }                                 \
  }
#define OLD                                                                                        \
  {                                                                                                \
    EXPECTED, EXPECTED, { "tls.version-too-old", 13, "SSL 2.0", NULL }                             \
  }
#define CLOSED                                                                                     \
  {                                                                                                \
    { "greeting.closed", 12, NULL, NULL }, { "greeting.closed", 12, NULL, NULL },                  \
    {                                                                                              \
      "tls.closed", 13, NULL, NULL                                                                 \
    }                                                                                              \
  }

#define OTHER_TLS(name, nick)                                                                      \
  {                                                                                                \
    { "tls.implicit-expected", 13, name, "implicit = " nick },                                     \
      { "tls.implicit-expected", 13, name, "implicit = " nick },                                   \
      { "greeting.other-protocol", 12, name, ". . " nick },                                        \
  }

/* clang-format off */
static const Personality personalities[] = {
  { "tls-smtp", NULL, POSTERN_PROTOCOL_SMTP, TRUE, NULL,
    { { EXPECTED, EXPECTED, PASSED }, OTHER_TLS ("SMTP", "smtp"), OTHER_TLS ("SMTP", "smtp") } },
  { "tls-pop3", NULL, POSTERN_PROTOCOL_POP3, TRUE, NULL,
    { OTHER_TLS ("POP3", "pop3"), { EXPECTED, EXPECTED, PASSED }, OTHER_TLS ("POP3", "pop3") } },
  { "tls-imap", NULL, POSTERN_PROTOCOL_IMAP, TRUE, NULL,
    { OTHER_TLS ("IMAP", "imap"), OTHER_TLS ("IMAP", "imap"), { EXPECTED, EXPECTED, PASSED } } },
  { "smtp", NULL, POSTERN_PROTOCOL_SMTP, FALSE, NULL,
    { OWN ("SMTP", "auth.not-offered"), MAIL ("SMTP", "smtp"), MAIL ("SMTP", "smtp") } },
  { "pop3", NULL, POSTERN_PROTOCOL_POP3, FALSE, NULL,
    { MAIL ("POP3", "pop3"), OWN ("POP3", "auth.needs-tls"), MAIL ("POP3", "pop3") } },
  { "imap", NULL, POSTERN_PROTOCOL_IMAP, FALSE, NULL,
    { MAIL ("IMAP", "imap"), MAIL ("IMAP", "imap"), OWN ("IMAP", "auth.needs-tls") } },
  { "http", be_http, 0, FALSE, NULL, NAMED ("HTTP") },
  { "http-patient", be_patient_http, 0, FALSE, NULL, NAMED ("HTTP") },
  { "ssh", say, 0, FALSE, (gpointer) "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", NAMED ("SSH") },
  { "ftp", say, 0, FALSE, (gpointer) "220 (vsFTPd 3.0.3)\r\n", NAMED ("FTP") },
  { "sieve", say, 0, FALSE, (gpointer) "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\nOK \"ready\"\r\n", NAMED ("ManageSieve") },
  { "mysql", be_mysql, 0, FALSE, NULL, NAMED ("MySQL") },
  { "telnet", say, 0, FALSE, (gpointer) "\377\375\030\377\375\040login: ", NAMED ("Telnet") },
  { "redis", be_redis, 0, FALSE, NULL, NAMED ("unknown command") },
  { "https", be_https, 0, FALSE, NULL,
    { WITHIN (STANDARD_SMTP, "implicit 465 ."), WITHIN (STANDARD_POP3, "implicit 995 ."),
      WITHIN (STANDARD_IMAP, "implicit 993 .") } },
  { "alert", be_alert, 0, FALSE, NULL, { ALERT, ALERT, ALERT } },
  { "alert-first", be_alert_first, 0, FALSE, NULL, { ALERT, ALERT, ALERT } },
  { "ssl2", be_ssl2, 0, FALSE, NULL, { OLD, OLD, OLD } },
  { "closed", be_closed, 0, FALSE, NULL, { CLOSED, CLOSED, CLOSED } },
};
/* clang-format on */

/* --- Running --- */

typedef struct
{
  PosternPractice *practice; /* or … */
  CliPeer *peer;
  guint16 port;
  char *ca_file;
} Server;

static void
server_start (Server *server, const Personality *personality)
{
  g_autoptr(GError) error = NULL;

  if (personality->func != NULL)
    {
      server->peer = cli_peer_new (personality->func, personality->data);
      server->port = cli_peer_get_port (server->peer);
      server->ca_file = g_strdup (cli_peer_get_ca_file ());
      return;
    }

  server->practice = postern_practice_new_for (personality->protocol, "good", &error);
  g_assert_no_error (error);
  postern_practice_start (server->practice, 0, 0, &error);
  g_assert_no_error (error);
  server->port = personality->tls ? postern_practice_get_tls_port (server->practice)
                                  : postern_practice_get_port (server->practice);
  server->ca_file = g_strdup (postern_practice_write_ca_file (server->practice, &error));
  g_assert_no_error (error);
}

static void
server_stop (Server *server)
{
  if (server->practice != NULL)
    postern_practice_stop (server->practice);
  g_clear_object (&server->practice);
  g_clear_pointer (&server->peer, cli_peer_free);
  g_clear_pointer (&server->ca_file, g_free);
}

static CliRun *
start (const Server *server, const char *protocol, const char *tls, const char *more)
{
  const char *password = server->practice != NULL ? POSTERN_PRACTICE_PASSWORD : SECRET;
  g_autofree char *input = g_strconcat (password, "\n", NULL);
  g_autofree char *options =
    g_strdup_printf ("verify_server=yes,ca_certificate=%s", server->ca_file);
  g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", server->port);
  const char *const args[] = {
    "probe",
    "--format=json",
    "--protocol",
    protocol,
    "--tls",
    tls,
    "--tls-options",
    options,
    "--user",
    POSTERN_PRACTICE_USER,
    "--password-from=fd:3",
    host,
    more,
    NULL,
  };
  const CliSetup setup = { .input = input };

  return cli_run_start (args, &setup);
}

static JsonObject *
get_first_finding (JsonNode *report)
{
  JsonArray *findings = json_object_get_array_member (json_node_get_object (report), "findings");

  return json_array_get_object_element (findings, 0);
}

/* "tls port protocol" of the first change */
static char *
describe_change (JsonObject *finding, guint16 port)
{
  JsonArray *remedies = json_object_get_array_member (finding, "remedies");

  for (guint i = 0; i < json_array_get_length (remedies); i++)
    {
      JsonObject *remedy = json_array_get_object_element (remedies, i);
      JsonObject *change = json_object_has_member (remedy, "change") &&
                               JSON_NODE_HOLDS_OBJECT (json_object_get_member (remedy, "change"))
                             ? json_object_get_object_member (remedy, "change")
                             : NULL;
      gint64 to;
      g_autofree char *number = NULL;

      if (change == NULL)
        continue;
      to = json_object_get_int_member_with_default (change, "port", 0);
      number = to == 0      ? g_strdup (".")
               : to == port ? g_strdup ("=")
                            : g_strdup_printf ("%" G_GINT64_FORMAT, to);
      return g_strdup_printf (
        "%s %s %s", json_object_get_string_member_with_default (change, "tls", "."), number,
        json_object_get_string_member_with_default (change, "protocol", "."));
    }
  return g_strdup ("none");
}

static void
check (const Want *want, guint16 port, CliResult *result, const char *story)
{
  g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
  gint64 duration = json_object_get_int_member (json_node_get_object (report), "duration_ms");
  const char *code = g_str_equal (cli_report_get_string (report, NULL, "outcome"), "passed")
                       ? "-"
                       : cli_report_first_code (report);
  g_autofree char *change = NULL;

  if (!g_str_equal (code, want->code))
    g_error ("%s: wanted %s, got %s\n%s", story, want->code, code, result->out);
  cli_assert_status (result, want->status);
  g_assert_null (strstr (result->out, SECRET));
  if (want->word != NULL &&
      strstr (json_object_get_string_member (get_first_finding (report), "explanation"),
              want->word) == NULL)
    g_error ("%s: “%s” is not in the explanation\n%s", story, want->word, result->out);
  if (want->change != NULL)
    {
      change = describe_change (get_first_finding (report), port);
      if (!g_str_equal (change, want->change))
        g_error ("%s: wanted the change “%s”, got “%s”\n%s", story, want->change, change,
                 result->out);
    }
  g_test_message ("%s: %s after %" G_GINT64_FORMAT " ms", story, code, duration);
  g_assert_cmpint (duration, <, LIMIT_MS);
}

/* No kind of server is told a secret that is not asked for it as it should be. */
static void
check_received (CliPeer *peer)
{
  static const char *const words[] = { "AUTH", "LOGIN", "USER", "PASS", "APOP", SECRET };

  for (int tls = 0; tls < 2; tls++)
    {
      g_autoptr(GBytes) received = cli_peer_dup_received (peer, tls);
      gsize length;
      const char *bytes = g_bytes_get_data (received, &length);

      for (gsize i = 0; i < G_N_ELEMENTS (words) && length > 0; i++)
        g_assert_null (memmem (bytes, length, words[i], strlen (words[i])));
    }
}

/* The runs of a protocol at once: most of their time they wait. */
static void
test_personality (gconstpointer data)
{
  const Personality *personality = data;
  Server server = { NULL };

  server_start (&server, personality);
  for (gsize p = 0; p < G_N_ELEMENTS (protocols); p++)
    {
      CliRun *runs[N_STARTS];

      for (gsize s = 0; s < N_STARTS; s++)
        runs[s] = start (&server, protocols[p], starts[s], NULL);
      for (gsize s = 0; s < N_STARTS; s++)
        {
          g_autoptr(CliResult) result = cli_run_wait (runs[s]);
          g_autofree char *story = g_strdup_printf ("%s, asked for %s with TLS %s",
                                                    personality->name, protocols[p], starts[s]);

          check (&personality->wants[p][s], server.port, result, story);
        }
    }
  if (server.peer != NULL)
    check_received (server.peer);
  server_stop (&server);
}

/* --- Silence --- */

static void
be_silent (CliTalk *talk, gpointer user_data)
{
  cli_talk_wait_for_end (talk);
}

/* A server that says nothing cannot be told from one that is slow before the limit of the step:
 * that is what ends it. */
static void
test_silence (void)
{
  static const Want wants[] = {
    { "greeting.silent", 19, "got no answer either", NULL },
    { "greeting.silent", 19, "got no answer either", NULL },
    { "timeout.tls", 19, "was asked for TLS", NULL },
  };
  Server server = { .peer = cli_peer_new (be_silent, NULL) };

  server.port = cli_peer_get_port (server.peer);
  server.ca_file = g_strdup (cli_peer_get_ca_file ());
  for (gsize p = 0; p < G_N_ELEMENTS (protocols); p++)
    {
      CliRun *runs[N_STARTS];

      for (gsize s = 0; s < N_STARTS; s++)
        runs[s] = start (&server, protocols[p], starts[s], "--step-timeout=3");
      for (gsize s = 0; s < N_STARTS; s++)
        {
          g_autoptr(CliResult) result = cli_run_wait (runs[s]);
          g_autofree char *story =
            g_strdup_printf ("silence, asked for %s with TLS %s", protocols[p], starts[s]);

          check (&wants[s], server.port, result, story);
        }
    }
  check_received (server.peer);
  server_stop (&server);
}

/* --- Slow, and honest --- */

typedef struct
{
  const char *teaser; /* or NULL */
  guint delay_ms;
} Slow;

static void
be_slow (CliTalk *talk, gpointer user_data)
{
  const Slow *slow = user_data;
  char *line;

  if (slow->teaser != NULL)
    cli_talk_send (talk, slow->teaser);
  if (!cli_talk_pause (talk, slow->delay_ms))
    return;
  cli_talk_send (talk, "220 mx.example ESMTP\r\n");
  while ((line = cli_talk_read_line (talk)) != NULL)
    {
      gboolean quit = g_str_equal (line, "QUIT");

      cli_talk_send (talk, g_str_has_prefix (line, "EHLO")   ? "250-mx\r\n250 AUTH PLAIN\r\n"
                           : g_str_has_prefix (line, "AUTH") ? "235 in\r\n"
                                                             : "221 bye\r\n");
      g_free (line);
      if (quit)
        return;
    }
}

/* Longer than all counter-tests take: the run waits all the same, and passes. */
static void
test_slow (gconstpointer data)
{
  Server server = { .peer = cli_peer_new (be_slow, (gpointer) data) };
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonNode) report = NULL;

  server.port = cli_peer_get_port (server.peer);
  server.ca_file = g_strdup (cli_peer_get_ca_file ());
  result = cli_run_wait (start (&server, "smtp", "none", NULL));
  cli_assert_status (result, 0);
  report = cli_report_parse (result->out, result);
  g_assert_cmpfloat (cli_report_step_duration (report, "greeting"), >=,
                     ((const Slow *) data)->delay_ms - 100);
  server_stop (&server);
}

/* --- One connection at a time --- */

typedef struct
{
  const char *path;
  CliPeerFunc func;
  Start start;
  Want want;
} Single;

typedef struct
{
  const Single *test;
  GMutex turn;
} Queue;

static void
be_tls (CliTalk *talk, gpointer user_data)
{
  if (!cli_talk_start_tls (talk))
    return;
  cli_talk_send (talk, "220 mx.example ESMTP\r\n");
  cli_talk_wait_for_end (talk);
}

/* clang-format off */
static const Single singles[] = {
  { "tls-none", be_tls, START_NONE, { "tls.implicit-expected", 13, "answers as SMTP", "implicit = ." } },
  { "tls-starttls", be_tls, START_STARTTLS, { "tls.implicit-expected", 13, "answers as SMTP", "implicit = ." } },
  { "http-none", be_patient_http, START_NONE, { "greeting.other-protocol", 12, "HTTP", STANDARD_SMTP } },
  { "http-starttls", be_http, START_STARTTLS, { "greeting.other-protocol", 12, "HTTP", STANDARD_SMTP } },
  { "http-implicit", be_patient_http, START_IMPLICIT, { "tls.plain-first", 13, "HTTP", "implicit 465 ." } },
  { "https-implicit", be_https, START_IMPLICIT, { "greeting.other-protocol", 12, "HTTP", "implicit 465 ." } },
  { "redis-none", be_redis, START_NONE, { "greeting.other-protocol", 12, "unknown command", STANDARD_SMTP } },
};
/* clang-format on */

static void
take_turn (CliTalk *talk, gpointer user_data)
{
  Queue *queue = user_data;

  g_mutex_lock (&queue->turn);
  queue->test->func (talk, NULL);
  g_mutex_unlock (&queue->turn);
}

/* Such a server answers no counter-test as long as the session has the connection. */
static void
test_single (gconstpointer data)
{
  const Single *single = data;
  Queue queue = { .test = single };
  Server server = { .peer = cli_peer_new (take_turn, &queue) };
  g_autoptr(CliResult) result = NULL;

  server.port = cli_peer_get_port (server.peer);
  server.ca_file = g_strdup (cli_peer_get_ca_file ());
  result = cli_run_wait (start (&server, "smtp", starts[single->start], NULL));
  check (&single->want, server.port, result, single->path);
  check_received (server.peer);
  server_stop (&server);
}

/* Also while no session is there, but counter-tests are. */
static void
test_interrupted (gconstpointer data)
{
  guint n_clients = GPOINTER_TO_UINT (data);
  Server server = { .peer = cli_peer_new (be_silent, NULL) };
  g_autoptr(CliResult) result = NULL;
  CliRun *run;
  gint64 interrupted;

  server.port = cli_peer_get_port (server.peer);
  server.ca_file = g_strdup (cli_peer_get_ca_file ());
  run = start (&server, "smtp", "starttls", NULL);
  g_assert_true (cli_peer_wait_for_clients (server.peer, n_clients));
  interrupted = g_get_monotonic_time ();
  kill (cli_run_get_pid (run), SIGINT);
  result = cli_run_wait (run);
  cli_assert_status (result, 130);
  g_assert_cmpint (result->ended - interrupted, <, G_USEC_PER_SEC);
  server_stop (&server);
}

int
main (int argc, char **argv)
{
  static const Slow silent = { NULL, 6000 };
  static const Slow postscreen = { "220-mx.example ESMTP\r\n", 6000 };

  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (personalities); i++)
    {
      g_autofree char *path = g_strconcat ("/personality/", personalities[i].name, NULL);

      g_test_add_data_func (path, &personalities[i], test_personality);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (singles); i++)
    {
      g_autofree char *path = g_strconcat ("/personality/single/", singles[i].path, NULL);

      g_test_add_data_func (path, &singles[i], test_single);
    }
  for (guint i = 1; i <= 4; i++)
    {
      g_autofree char *path = g_strdup_printf ("/personality/interrupted/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_interrupted);
    }
  g_test_add_func ("/personality/silence", test_silence);
  g_test_add_data_func ("/personality/slow", &silent, test_slow);
  g_test_add_data_func ("/personality/slow-teaser", &postscreen, test_slow);

  return g_test_run ();
}
