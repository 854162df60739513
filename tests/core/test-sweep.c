/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-sweep.h"

#include <string.h>

/* A server that offers four mechanisms and answers each AUTH with the next line of a list; it
 * counts what it sees. */
typedef struct
{
  GSocketService *service;
  guint16 port;
  const char *const *answers;
  guint n_connections;
  guint n_attempts;
  GPtrArray *tried;
} Server;

static const char *
answer (Server *server, const char *line)
{
  const char *reply;

  if (g_str_has_prefix (line, "EHLO"))
    return "250-server\r\n250 AUTH PLAIN LOGIN XOAUTH2 SCRAM-SHA-512\r\n";
  if (g_str_has_prefix (line, "QUIT"))
    return NULL;
  if (!g_str_has_prefix (line, "AUTH "))
    return "500 what\r\n";

  g_ptr_array_add (server->tried, g_strndup (line + 5, strcspn (line + 5, " ")));
  reply = server->answers[server->n_attempts];
  if (server->answers[server->n_attempts + 1] != NULL)
    server->n_attempts++;
  return reply;
}

static gboolean
run_cb (GThreadedSocketService *service,
        GSocketConnection *connection,
        GObject *source,
        gpointer user_data)
{
  Server *server = user_data;
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autoptr(GDataInputStream) input =
               g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  const char *reply = "220 server\r\n";

  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  server->n_connections++;
  while (reply != NULL &&
         g_output_stream_write_all (output, reply, strlen (reply), NULL, NULL, NULL))
    {
      g_autofree char *line = g_data_input_stream_read_line (input, NULL, NULL, NULL);

      reply = line != NULL ? answer (server, line) : NULL;
    }
  return TRUE;
}

static Server *
server_new (const char *const *answers)
{
  Server *server = g_new0 (Server, 1);
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) effective = NULL;
  g_autoptr(GError) error = NULL;

  server->answers = answers;
  server->tried = g_ptr_array_new_with_free_func (g_free);
  /* One at a time: what it counts needs no lock. */
  server->service = g_threaded_socket_service_new (1);
  g_signal_connect (server->service, "run", G_CALLBACK (run_cb), server);
  g_socket_listener_add_address (G_SOCKET_LISTENER (server->service), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &effective, &error);
  g_assert_no_error (error);
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  return server;
}

static void
server_free (Server *server)
{
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  g_object_unref (server->service);
  g_ptr_array_unref (server->tried);
  g_free (server);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static PosternSweep *
sweep_new (Server *server)
{
  g_autoptr(PosternAccount) account = postern_account_new (NULL);
  g_autofree char *connection = g_strdup_printf ("smtp://127.0.0.1:%u", server->port);
  g_autoptr(PosternSecret) password = postern_secret_new ("pencil", -1);
  const PosternCredentials credentials = { password, NULL };

  g_object_set (account, "connection", connection, "user", "me", "tls", POSTERN_TLS_START_NONE,
                NULL);
  return postern_sweep_new (account, &credentials);
}

static void
run (PosternSweep *sweep)
{
  g_autoptr(GAsyncResult) looked = NULL;
  g_autoptr(GAsyncResult) ran = NULL;
  g_autoptr(GError) error = NULL;

  postern_sweep_look_async (sweep, NULL, ended_cb, &looked);
  postern_sweep_look_finish (sweep, wait_for (&looked), &error);
  g_assert_no_error (error);
  postern_sweep_run_async (sweep, NULL, ended_cb, &ran);
  postern_sweep_run_finish (sweep, wait_for (&ran), &error);
  g_assert_no_error (error);
}

static void
assert_trial (PosternSweep *sweep,
              guint index,
              const char *mechanism,
              PosternTrialState state,
              const char *code)
{
  g_autoptr(PosternTrial) trial = g_list_model_get_item (postern_sweep_get_trials (sweep), index);

  g_assert_cmpstr (postern_trial_get_mechanism (trial), ==, mechanism);
  g_assert_cmpint (postern_trial_get_state (trial), ==, state);
  g_assert_cmpstr (postern_trial_get_code (trial), ==, code);
}

/* Looking sends no credentials, and tells how many attempts will follow. */
static void
test_look (void)
{
  const char *const answers[] = { "235 yes\r\n", NULL };
  Server *server = server_new (answers);
  g_autoptr(PosternSweep) sweep = sweep_new (server);
  g_autoptr(GAsyncResult) looked = NULL;

  postern_sweep_look_async (sweep, NULL, ended_cb, &looked);
  g_assert_true (postern_sweep_look_finish (sweep, wait_for (&looked), NULL));
  g_assert_cmpuint (server->n_connections, ==, 1);
  g_assert_cmpuint (server->tried->len, ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (postern_sweep_get_trials (sweep)), ==, 4);
  g_assert_cmpuint (postern_sweep_get_n_attempts (sweep), ==, 2);
  server_free (server);
}

static void
test_verdicts (void)
{
  const char *const answers[] = { "535 5.7.8 no\r\n", "235 yes\r\n", NULL };
  Server *server = server_new (answers);
  g_autoptr(PosternSweep) sweep = sweep_new (server);
  g_autofree char *json = NULL;

  /* LOGIN is asked for a name first; the server of this test says yes at once, which is no
   * exchange. */
  run (sweep);
  assert_trial (sweep, 0, "PLAIN", POSTERN_TRIAL_REFUSED, "auth.credentials");
  assert_trial (sweep, 1, "LOGIN", POSTERN_TRIAL_FAILED, "auth.protocol");
  assert_trial (sweep, 2, "XOAUTH2", POSTERN_TRIAL_NOT_POSSIBLE, NULL);
  assert_trial (sweep, 3, "SCRAM-SHA-512", POSTERN_TRIAL_NOT_POSSIBLE, NULL);
  g_assert_cmpuint (server->n_connections, ==, 3);
  g_assert_cmpuint (server->tried->len, ==, 2);
  g_assert_cmpstr (server->tried->pdata[0], ==, "PLAIN");
  g_assert_cmpstr (server->tried->pdata[1], ==, "LOGIN");
  g_assert_null (postern_sweep_get_end_reason (sweep));
  g_assert_cmpint (postern_sweep_get_exit_status (sweep), ==, 16);

  json = postern_sweep_to_json (sweep);
  g_assert_null (strstr (json, "pencil"));
  g_assert_nonnull (strstr (json, "postern-sweep/1"));
  server_free (server);
}

/* An address can name the user, and the parameters of a driver the user and the password. */
static void
test_credentials_elsewhere (void)
{
  const char *const answers[] = { "535 5.7.8 no\r\n", NULL };
  const PosternCredentials none = { NULL, NULL };
  g_autoptr(PosternSecret) password = postern_secret_new ("pencil", -1);
  const PosternCredentials credentials = { .password = password };
  Server *server = server_new (answers);
  g_autoptr(PosternAccount) generic = postern_account_new (NULL);
  g_autoptr(PosternAccount) uniface = postern_account_new (NULL);
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  g_autofree char *url = g_strdup_printf ("smtp://anna@127.0.0.1:%u", server->port);
  g_autofree char *address = g_strdup_printf ("127.0.0.1+%u", server->port);
  g_autoptr(PosternSweep) first = NULL;
  g_autoptr(PosternSweep) second = NULL;

  g_object_set (generic, "connection", url, "tls", POSTERN_TLS_START_NONE, NULL);
  first = postern_sweep_new (generic, &credentials);
  run (first);
  assert_trial (first, 0, "PLAIN", POSTERN_TRIAL_REFUSED, "auth.credentials");

  g_ptr_array_add (drivers,
                   postern_driver_new ("SMTP=UAuthLoginSMTP", "USER=anna;PASSWORD=pencil"));
  g_object_set (uniface, "system", POSTERN_SYSTEM_UNIFACE, "connection", address, "drivers",
                drivers, NULL);
  second = postern_sweep_new (uniface, &none);
  run (second);
  assert_trial (second, 0, "PLAIN", POSTERN_TRIAL_REFUSED, "auth.credentials");
  assert_trial (second, 2, "XOAUTH2", POSTERN_TRIAL_NOT_POSSIBLE, NULL);
  server_free (server);
}

static void
test_lock_out (void)
{
  const char *const answers[] = { "535 5.7.0 Too many failed login attempts\r\n", NULL };
  Server *server = server_new (answers);
  g_autoptr(PosternSweep) sweep = sweep_new (server);

  run (sweep);
  assert_trial (sweep, 0, "PLAIN", POSTERN_TRIAL_REFUSED, "auth.too-many-attempts");
  assert_trial (sweep, 1, "LOGIN", POSTERN_TRIAL_NOT_TRIED, NULL);
  g_assert_cmpuint (server->tried->len, ==, 1);
  g_assert_nonnull (postern_sweep_get_end_reason (sweep));
  g_assert_cmpint (postern_sweep_get_exit_status (sweep), ==, 16);
  server_free (server);
}

static void
test_cancelled (void)
{
  const char *const answers[] = { "235 yes\r\n", NULL };
  Server *server = server_new (answers);
  g_autoptr(PosternSweep) sweep = sweep_new (server);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) looked = NULL;
  g_autoptr(GAsyncResult) ran = NULL;
  g_autoptr(GError) error = NULL;

  postern_sweep_look_async (sweep, cancellable, ended_cb, &looked);
  g_assert_true (postern_sweep_look_finish (sweep, wait_for (&looked), NULL));
  g_cancellable_cancel (cancellable);
  postern_sweep_run_async (sweep, cancellable, ended_cb, &ran);
  g_assert_false (postern_sweep_run_finish (sweep, wait_for (&ran), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (postern_sweep_get_exit_status (sweep), ==, 130);
  g_assert_cmpuint (server->tried->len, ==, 0);
  assert_trial (sweep, 1, "LOGIN", POSTERN_TRIAL_NOT_TRIED, NULL);
  server_free (server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/sweep/look", test_look);
  g_test_add_func ("/sweep/verdicts", test_verdicts);
  g_test_add_func ("/sweep/credentials-elsewhere", test_credentials_elsewhere);
  g_test_add_func ("/sweep/lock-out", test_lock_out);
  g_test_add_func ("/sweep/cancelled", test_cancelled);

  return g_test_run ();
}
