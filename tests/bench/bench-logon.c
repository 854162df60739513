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

#include "cli/cli-report.h"
#include "cli/cli-run.h"

/* How long one logon takes (STARTTLS, AUTH PLAIN), and how much memory.
 *
 * - Through a relay that adds 25 ms each way: as many flights as the protocol needs, and no more.
 *   Connecting to the relay is local, so the round trip of TCP is not in it; but the relay lets
 *   the first 25 ms pass before it connects further, as the last segment of TCP's handshake would
 *   take them. So: greeting 1, EHLO 1, STARTTLS 1, TLS 1.3 1, EHLO 1, AUTH 1. QUIT is one more.
 *   What a flight takes is measured in the same minute, with a client that says NOOP: 50 ms, and
 *   what relay and server need themselves.
 * - On loopback: the whole process against curl's for the same logon, in turn.
 *
 * The server is a process of its own. Exit status 1: a target is missed. */

#define ONE_WAY_US 25000
#define FLIGHTS 6
#define N_RELAYED 9
#define N_NOOPS 9
#define N_LOOPBACK 41
#define N_WARM_UP 3

#define MAX_FLIGHTS_RATIO 1.05
#define MAX_CURL_RATIO 1.30
#define MAX_PEAK_KIB (30 * 1024)

/* --- The server --- */

typedef struct
{
  GPid pid;
  guint16 port;
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
server_start (Server *server, const char *program)
{
  const char *const args[] = { program, "practice", "--format=json", "--run-for=300", NULL };
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
  server->port = (guint16) json_object_get_int_member (object, "port");
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

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double first = *(const double *) a;
  double second = *(const double *) b;

  return (first > second) - (first < second);
}

static double
median (double *values, gsize n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return values[n / 2];
}

static CliResult *
run_postern (const char *program, const Server *server, guint16 port)
{
  g_autofree char *url = g_strdup_printf ("smtp://127.0.0.1:%u", port);
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
  g_autofree char *url = g_strdup_printf ("smtp://127.0.0.1:%u", port);
  g_autofree char *user = g_strdup_printf ("%s:%s", server->user, server->password);
  const char *const args[] = {
    "-q",
    "--silent",
    "--show-error",
    "--ssl-reqd",
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

static double
milliseconds (gint64 microseconds)
{
  return (double) microseconds / 1000.0;
}

static gboolean
tell (const char *what, double value, double target, const char *unit)
{
  gboolean met = value <= target;

  printf ("%-52s %8.2f %s (target: at most %.2f) %s\n", what, value, unit, target,
          met ? "met" : "MISSED");
  return met;
}

/* The greeting, and then what a command takes, for a client that does nothing else. */
static void
measure_flights (guint16 port, double *greeting, double *flight)
{
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
  *greeting = milliseconds (g_get_monotonic_time () - begun);
  for (int i = 0; i < N_NOOPS; i++)
    {
      begun = g_get_monotonic_time ();
      if (write (fd, "NOOP\r\n", 6) != 6)
        g_error ("The relay hung up");
      g_free (read_line (fd));
      flights[i] = milliseconds (g_get_monotonic_time () - begun);
    }
  *flight = median (flights, N_NOOPS);
}

static gboolean
bench_relayed (const char *program, const Server *server)
{
  static const char *const steps[] = {
    "greeting", "capabilities", "starttls", "tls", "capabilities-tls", "authenticate", "logoff",
  };
  static Relay relay;
  double whole[N_RELAYED];
  double logon[N_RELAYED];
  double greetings[N_RELAYED];
  double flights[N_RELAYED];
  double durations[G_N_ELEMENTS (steps)][N_RELAYED];
  double needed;

  relay_start (&relay, server->port);
  for (int i = 0; i < N_RELAYED; i++)
    {
      g_autoptr(CliResult) result = NULL;
      g_autoptr(JsonNode) report = NULL;

      measure_flights (relay.port, &greetings[i], &flights[i]);
      result = run_postern (program, server, relay.port);
      report = cli_report_parse (result->out, result);
      whole[i] = milliseconds (result->duration);
      logon[i] = cli_report_step_end (report, "authenticate");
      for (gsize j = 0; j < G_N_ELEMENTS (steps); j++)
        durations[j][i] = cli_report_step_duration (report, steps[j]);
    }
  needed = median (greetings, N_RELAYED) + (FLIGHTS - 1) * median (flights, N_RELAYED);
  printf ("%d flights: greeting %.2f ms, and %d of %.2f ms each, have to take %.2f ms\n", FLIGHTS,
          median (greetings, N_RELAYED), FLIGHTS - 1, median (flights, N_RELAYED), needed);
  for (gsize j = 0; j < G_N_ELEMENTS (steps); j++)
    printf ("  %-50s %8.2f ms\n", steps[j], median (durations[j], N_RELAYED));
  printf ("%-52s %8.2f ms\n", "with the relay: whole process, median", median (whole, N_RELAYED));
  printf ("%-52s %8.2f ms\n", "with the relay: to the end of authenticate, median",
          median (logon, N_RELAYED));
  return tell ("with the relay: against what the protocol needs",
               median (logon, N_RELAYED) / needed, MAX_FLIGHTS_RATIO, "times");
}

static gboolean
bench_loopback (const char *program, const char *curl, const Server *server)
{
  double ours[N_LOOPBACK];
  double theirs[N_LOOPBACK];
  double mine_ms;
  double other_ms;

  for (int i = -N_WARM_UP; i < N_LOOPBACK; i++)
    {
      g_autoptr(CliResult) mine = run_postern (program, server, server->port);
      g_autoptr(CliResult) other = run_curl (curl, server, server->port);

      if (i < 0)
        continue;
      ours[i] = milliseconds (mine->duration);
      theirs[i] = milliseconds (other->duration);
    }
  mine_ms = median (ours, N_LOOPBACK);
  other_ms = median (theirs, N_LOOPBACK);
  printf ("%-52s %8.2f ms (least %.2f)\n", "on loopback: postern-cli, whole process, median",
          mine_ms, ours[0]);
  printf ("%-52s %8.2f ms (least %.2f)\n", "on loopback: curl, whole process, median", other_ms,
          theirs[0]);
  return tell ("on loopback: against curl", mine_ms / other_ms, MAX_CURL_RATIO, "times");
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
  return tell ("peak memory of postern-cli", (double) result->peak_kib / 1024.0,
               MAX_PEAK_KIB / 1024.0, "MiB");
}

int
main (int argc, char **argv)
{
  g_autofree char *program = g_strdup (g_getenv ("POSTERN_CLI"));
  g_autofree char *curl = g_find_program_in_path ("curl");
  Server server = { 0 };
  gboolean met;

  if (program == NULL)
    {
      fprintf (stderr, "POSTERN_CLI has to name the program.\n");
      return 2;
    }
  server_start (&server, program);
  met = bench_memory (program, &server);
  met &= bench_relayed (program, &server);
  if (curl != NULL)
    met &= bench_loopback (program, curl, &server);
  else
    printf ("There is no curl to compare with.\n");
  server_stop (&server);
  return met ? 0 : 1;
}
