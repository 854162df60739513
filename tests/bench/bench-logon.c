/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench-common.h"
#include "cli/cli-report.h"
#include "cli/cli-run.h"

/* How long one logon takes (PLAIN, under TLS), and how much memory: SMTP with STARTTLS, POP3 with
 * STLS, and IMAP with TLS from the first byte.
 *
 * - Through a relay that adds 25 ms each way: as many flights as the protocol needs, and no more.
 *   Connecting to the relay is local, so the round trip of TCP is not in it; but the relay lets
 *   the first 25 ms pass before it connects further, as the last segment of TCP's handshake would
 *   take them. A client that speaks first loses as much once more, for what it says waits at the
 *   relay meanwhile. What a flight takes is measured in the same minute, with a client that says
 *   NOOP: 50 ms, and what relay and server need themselves. The flights of each protocol are
 *   listed in the table below; the end of the session is one more.
 * - On loopback: the whole process against curl's for the same logon, in turn.
 *
 * The servers are processes of their own. Exit status 1: a target is missed. */

#define ONE_WAY_US 25000
#define N_RELAYED 9
#define N_NOOPS 9
#define N_LOOPBACK 41
#define N_WARM_UP 3

#define MAX_FLIGHTS_RATIO 1.05
#define MAX_CURL_RATIO 1.30
#define MAX_PEAK_KIB (30 * 1024)

/* --- What is measured --- */

typedef struct
{
  const char *protocol;
  const char *scheme;
  gboolean implicit;
  const char *noop;     /* a command that is answered in one line, in clear, before the logon */
  const char *steps[9]; /* of the ladder, from the first that waits for the server */
  guint n_flights;
} Dialogue;

static const Dialogue dialogues[] = {
  /* greeting, EHLO, STARTTLS, TLS 1.3, EHLO, AUTH PLAIN with initial response */
  { "smtp",
    "smtp",
    FALSE,
    "NOOP\r\n",
    { "greeting", "capabilities", "starttls", "tls", "capabilities-tls", "authenticate", "logoff" },
    6 },
  /* greeting, CAPA, STLS, TLS 1.3, CAPA, AUTH PLAIN with initial response */
  { "pop3",
    "pop3",
    FALSE,
    "NOOP\r\n",
    { "greeting", "capabilities", "starttls", "tls", "capabilities-tls", "authenticate", "logoff" },
    6 },
  /* TLS 1.3, greeting with the capabilities in it, AUTHENTICATE PLAIN with SASL-IR */
  { "imap",
    "imaps",
    TRUE,
    "a NOOP\r\n",
    { "tls", "greeting", "capabilities", "authenticate", "logoff" },
    3 },
};

/* --- The server --- */

typedef struct
{
  const Dialogue *dialogue;
  GPid pid;
  guint16 port;       /* of the logon */
  guint16 clear_port; /* without TLS at first */
  char *ca_file;
  char *password;
  char *user;
} Server;

static char *
read_line (int fd)
{
  GString *line = g_string_new (NULL);
  char c;

  while (read (fd, &c, 1) == 1 && c != '\n')
    g_string_append_c (line, c);
  return g_string_free (line, FALSE);
}

static void
server_start (Server *server, const char *program, const Dialogue *dialogue)
{
  const char *const args[] = {
    program, "practice", "--protocol", dialogue->protocol, "--format=json", "--run-for=300", NULL,
  };
  g_autofree char *line = NULL;
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GError) error = NULL;
  JsonObject *object;
  int out;

  if (!g_spawn_async_with_pipes (NULL, (char **) args, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                 &server->pid, NULL, &out, NULL, &error))
    g_error ("The practice server does not start: %s", error->message);
  line = read_line (out);
  node = json_from_string (line, &error);
  if (node == NULL)
    g_error ("The practice server says: %s", line);
  object = json_node_get_object (node);
  server->dialogue = dialogue;
  server->clear_port = (guint16) json_object_get_int_member (object, "port");
  server->port = dialogue->implicit ? (guint16) json_object_get_int_member (object, "tls_port")
                                    : server->clear_port;
  server->ca_file = g_strdup (json_object_get_string_member (object, "ca_file"));
  server->user = g_strdup (json_object_get_string_member (object, "user"));
  server->password = g_strdup (json_object_get_string_member (object, "password"));
}

static void
server_stop (Server *server)
{
  kill (server->pid, SIGTERM);
  waitpid (server->pid, NULL, 0);
  g_free (server->ca_file);
  g_free (server->user);
  g_free (server->password);
}

/* --- The relay --- */

typedef struct
{
  GSocketListener *listener;
  guint16 port;
  guint16 server_port;
} Relay;

typedef struct
{
  gint64 due;
  gsize length;
  char bytes[16384];
} Piece;

/* One direction of one connection. */
typedef struct
{
  GIOStream *owner; /* keeps the streams alive */
  GInputStream *from;
  GOutputStream *to;
  GSocket *to_socket;
  GAsyncQueue *pieces;
} Lane;

static void
wait_until (gint64 due)
{
  gint64 left = due - g_get_monotonic_time ();

  if (left > 0)
    g_usleep ((gulong) left);
}

static gpointer
write_thread (gpointer data)
{
  Lane *lane = data;
  gboolean more = TRUE;

  while (more)
    {
      g_autofree Piece *piece = g_async_queue_pop (lane->pieces);

      wait_until (piece->due);
      more = piece->length > 0 &&
             g_output_stream_write_all (lane->to, piece->bytes, piece->length, NULL, NULL, NULL);
    }
  g_socket_shutdown (lane->to_socket, FALSE, TRUE, NULL);
  return NULL;
}

/* Each piece leaves so long after it came; they keep their order. */
static gpointer
read_thread (gpointer data)
{
  Lane *lane = data;
  GThread *writer = g_thread_new ("write", write_thread, lane);
  gboolean more = TRUE;

  while (more)
    {
      Piece *piece = g_new (Piece, 1);
      gssize n = g_input_stream_read (lane->from, piece->bytes, sizeof piece->bytes, NULL, NULL);

      piece->due = g_get_monotonic_time () + ONE_WAY_US;
      piece->length = n > 0 ? (gsize) n : 0;
      more = n > 0;
      g_async_queue_push (lane->pieces, piece);
    }
  g_thread_join (writer);
  g_async_queue_unref (lane->pieces);
  g_object_unref (lane->owner);
  g_free (lane);
  return NULL;
}

static GThread *
start_lane (GSocketConnection *from, GSocketConnection *to)
{
  Lane *lane = g_new0 (Lane, 1);

  lane->owner = g_object_ref (G_IO_STREAM (from));
  lane->from = g_io_stream_get_input_stream (G_IO_STREAM (from));
  lane->to = g_io_stream_get_output_stream (G_IO_STREAM (to));
  lane->to_socket = g_socket_connection_get_socket (to);
  lane->pieces = g_async_queue_new ();
  return g_thread_new ("read", read_thread, lane);
}

static void
no_delay (GSocketConnection *connection)
{
  g_socket_set_option (g_socket_connection_get_socket (connection), 6 /* TCP */, 1 /* NODELAY */, 1,
                       NULL);
}

typedef struct
{
  GSocketConnection *near;
  guint16 server_port;
} Client;

static gpointer
client_thread (gpointer data)
{
  g_autofree Client *relayed = data;
  g_autoptr(GSocketConnection) near = relayed->near;
  g_autoptr(GSocketConnection) far = NULL;
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  GThread *lanes[2];

  g_usleep (ONE_WAY_US);
  far = g_socket_client_connect_to_host (client, "127.0.0.1", relayed->server_port, NULL, NULL);
  if (far == NULL)
    return NULL;
  no_delay (near);
  no_delay (far);
  lanes[0] = start_lane (near, far);
  lanes[1] = start_lane (far, near);
  g_thread_join (lanes[0]);
  g_thread_join (lanes[1]);
  return NULL;
}

static gpointer
relay_thread (gpointer data)
{
  Relay *relay = data;
  GSocketConnection *near;

  while ((near = g_socket_listener_accept (relay->listener, NULL, NULL, NULL)) != NULL)
    {
      Client *relayed = g_new0 (Client, 1);

      relayed->near = near;
      relayed->server_port = relay->server_port;
      g_thread_unref (g_thread_new ("client", client_thread, relayed));
    }
  return NULL;
}

static void
relay_start (Relay *relay, guint16 server_port)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any_port = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) address = NULL;

  relay->server_port = server_port;
  relay->listener = g_socket_listener_new ();
  g_socket_listener_add_address (relay->listener, any_port, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &address, NULL);
  relay->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  g_thread_unref (g_thread_new ("relay", relay_thread, relay));
}

/* --- Runs --- */

static CliResult *
run_postern (const char *program, const Server *server, guint16 port)
{
  g_autofree char *url = g_strdup_printf ("%s://127.0.0.1:%u", server->dialogue->scheme, port);
  g_autofree char *options =
    g_strdup_printf ("--tls-options=verify_server=yes,ca_certificate=%s", server->ca_file);
  g_autofree char *user = g_strdup_printf ("--user=%s", server->user);
  const char *const args[] = {
    "probe", "--format=json", "--mechanism=PLAIN", options, user, "--password-from=fd:3", url, NULL,
  };
  const CliSetup setup = { .input = server->password };
  CliResult *result;

  g_setenv ("POSTERN_CLI", program, TRUE);
  result = cli_run (args, &setup);
  cli_assert_status (result, 0);
  return result;
}

/* Started and waited for in the same way. */
static CliResult *
run_curl (const char *curl, const Server *server, guint16 port)
{
  g_autofree char *url = g_strdup_printf ("%s://127.0.0.1:%u", server->dialogue->scheme, port);
  g_autofree char *user = g_strdup_printf ("%s:%s", server->user, server->password);
  const char *const args[] = {
    "-q",
    "--silent",
    "--show-error",
    "--ssl-reqd",
    "--sasl-ir",
    "--head",
    "--output",
    "/dev/null",
    "--cacert",
    server->ca_file,
    "--login-options",
    "AUTH=PLAIN",
    "--user",
    user,
    "--request",
    "NOOP",
    url,
    NULL,
  };
  const CliSetup setup = { .input = NULL };
  CliResult *result;

  g_setenv ("POSTERN_CLI", curl, TRUE);
  result = cli_run (args, &setup);
  cli_assert_status (result, 0);
  return result;
}

/* The greeting, and then what a command takes, for a client that does nothing else. */
static void
measure_flights (guint16 port, const char *noop, double *greeting, double *flight)
{
  gssize length = (gssize) strlen (noop);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection =
               g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  gint64 begun = g_get_monotonic_time ();
  double flights[N_NOOPS];
  int fd;

  if (connection == NULL)
    g_error ("The relay does not answer");
  no_delay (connection);
  fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK);
  g_free (read_line (fd));
  *greeting = bench_milliseconds (g_get_monotonic_time () - begun);
  for (int i = 0; i < N_NOOPS; i++)
    {
      begun = g_get_monotonic_time ();
      if (write (fd, noop, (gsize) length) != length)
        g_error ("The relay hung up");
      g_free (read_line (fd));
      flights[i] = bench_milliseconds (g_get_monotonic_time () - begun);
    }
  *flight = bench_median (flights, N_NOOPS);
}

/* The greeting is the first flight, whoever speaks first. */
static double
needed_time (const Dialogue *dialogue, double greeting, double flight)
{
  return greeting + (dialogue->n_flights - 1) * flight +
         (dialogue->implicit ? ONE_WAY_US / 1000.0 : 0);
}

static gboolean
bench_relayed (const char *program, const Server *server)
{
  const Dialogue *dialogue = server->dialogue;
  g_autofree char *what =
    g_strdup_printf ("%s, with the relay: against what it needs", dialogue->scheme);
  Relay *relay = g_new0 (Relay, 1); /* its threads go on */
  Relay *clear = g_new0 (Relay, 1);
  double whole[N_RELAYED];
  double logon[N_RELAYED];
  double greetings[N_RELAYED];
  double flights[N_RELAYED];
  double durations[G_N_ELEMENTS (dialogue->steps)][N_RELAYED] = { { 0 } };
  double needed;

  relay_start (relay, server->port);
  relay_start (clear, server->clear_port);
  for (int i = 0; i < N_RELAYED; i++)
    {
      g_autoptr(CliResult) result = NULL;
      g_autoptr(JsonNode) report = NULL;

      measure_flights (clear->port, dialogue->noop, &greetings[i], &flights[i]);
      result = run_postern (program, server, relay->port);
      report = cli_report_parse (result->out, result);
      whole[i] = bench_milliseconds (result->duration);
      logon[i] = cli_report_step_end (report, "authenticate");
      for (gsize j = 0; dialogue->steps[j] != NULL; j++)
        durations[j][i] = cli_report_step_duration (report, dialogue->steps[j]);
    }
  needed =
    needed_time (dialogue, bench_median (greetings, N_RELAYED), bench_median (flights, N_RELAYED));
  printf ("%s: %u flights, of %.2f ms each after the greeting, have to take %.2f ms\n",
          dialogue->scheme, dialogue->n_flights, bench_median (flights, N_RELAYED), needed);
  for (gsize j = 0; dialogue->steps[j] != NULL; j++)
    printf ("  %-50s %8.2f ms\n", dialogue->steps[j], bench_median (durations[j], N_RELAYED));
  printf ("  %-50s %8.2f ms\n", "the whole process", bench_median (whole, N_RELAYED));
  printf ("  %-50s %8.2f ms\n", "to the end of authenticate", bench_median (logon, N_RELAYED));
  return bench_tell (what, bench_median (logon, N_RELAYED) / needed, MAX_FLIGHTS_RATIO, "times");
}

static gboolean
bench_loopback (const char *program, const char *curl, const Server *server)
{
  double ours[N_LOOPBACK];
  double theirs[N_LOOPBACK];
  double mine_ms;
  double other_ms;
  g_autofree char *what =
    g_strdup_printf ("%s, on loopback: against curl", server->dialogue->scheme);

  for (int i = -N_WARM_UP; i < N_LOOPBACK; i++)
    {
      g_autoptr(CliResult) mine = run_postern (program, server, server->port);
      g_autoptr(CliResult) other = run_curl (curl, server, server->port);

      if (i < 0)
        continue;
      ours[i] = bench_milliseconds (mine->duration);
      theirs[i] = bench_milliseconds (other->duration);
    }
  mine_ms = bench_median (ours, N_LOOPBACK);
  other_ms = bench_median (theirs, N_LOOPBACK);
  printf ("  %-50s %8.2f ms (least %.2f)\n", "on loopback: postern-cli, whole process, median",
          mine_ms, ours[0]);
  printf ("  %-50s %8.2f ms (least %.2f)\n", "on loopback: curl, whole process, median", other_ms,
          theirs[0]);
  return bench_tell (what, mine_ms / other_ms, MAX_CURL_RATIO, "times");
}

/* A program that was just started is charged with the peak of the one that started it: this one
 * is to be smaller. */
static gboolean
bench_memory (const char *program, const Server *server)
{
  g_autoptr(CliResult) result = run_postern (program, server, server->port);
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  printf ("%-52s %8.2f MiB\n", "peak memory of this benchmark", (double) usage.ru_maxrss / 1024.0);
  return bench_tell ("peak memory of postern-cli", (double) result->peak_kib / 1024.0,
                     MAX_PEAK_KIB / 1024.0, "MiB");
}

int
main (int argc, char **argv)
{
  g_autofree char *program = g_strdup (g_getenv ("POSTERN_CLI"));
  g_autofree char *curl = g_find_program_in_path ("curl");
  gboolean met = TRUE;

  if (program == NULL)
    {
      fprintf (stderr, "POSTERN_CLI has to name the program.\n");
      return 2;
    }
  if (curl == NULL)
    printf ("There is no curl to compare with.\n");
  for (gsize i = 0; i < G_N_ELEMENTS (dialogues); i++)
    {
      Server server = { 0 };

      server_start (&server, program, &dialogues[i]);
      if (i == 0)
        met &= bench_memory (program, &server);
      met &= bench_relayed (program, &server);
      if (curl != NULL)
        met &= bench_loopback (program, curl, &server);
      server_stop (&server);
    }
  return met ? 0 : 1;
}
