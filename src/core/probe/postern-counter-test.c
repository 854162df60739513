/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-counter-test.h"

#include "session/postern-handshake.h"
#include "session/postern-line-reader.h"
#include "tls/postern-trust.h"

#include <string.h>

/* Lines that are read before the counter-test has seen enough. */
#define MAX_LINES 100

/* Bytes of all these lines. */
#define MAX_BYTES (256 * 1024)

/* One connection without credentials that proves, or disproves, one thing about a port. */
typedef struct
{
  PosternPlan *plan;
  gboolean tls;
  GCancellable *stop;
  GCancellable *caller;
  gulong caller_id;
  GSource *deadline;
  GIOStream *stream;
  PosternLineReader *reader;
  gboolean asked; /* for what it offers */
  guint n_lines;
  PosternCounter counter;
  gboolean ended;
} Test;

/* How a mail server is asked for what it offers, and left. */
typedef struct
{
  const char *protocol;
  const char *ask;
  const char *starttls;
  const char *leave;
} Manners;

static const Manners manners[] = {
  { "SMTP", "EHLO [127.0.0.1]\r\n", "STARTTLS", "QUIT\r\n" },
  { "POP3", "CAPA\r\n", "STLS", "QUIT\r\n" },
  { "IMAP", "A001 CAPABILITY\r\n", "STARTTLS", "A002 LOGOUT\r\n" },
};

static const Manners *
find_manners (const char *protocol)
{
  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    if (g_strcmp0 (manners[i].protocol, protocol) == 0)
      return &manners[i];
  return NULL;
}

static void
test_free (Test *test)
{
  if (test->caller != NULL)
    g_cancellable_disconnect (test->caller, test->caller_id);
  g_source_destroy (test->deadline);
  g_source_unref (test->deadline);
  g_clear_object (&test->caller);
  g_clear_object (&test->stop);
  g_clear_object (&test->stream);
  g_clear_object (&test->reader);
  g_clear_pointer (&test->plan, postern_plan_unref);
  g_free (test->counter.protocol);
  g_free (test);
}

static void
test_end (GTask *task, PosternCounterResult result)
{
  Test *test = g_task_get_task_data (task);

  if (test->ended)
    return;

  test->ended = TRUE;
  if (test->counter.result == POSTERN_COUNTER_NONE)
    test->counter.result = result;
  g_source_destroy (test->deadline);
  g_cancellable_cancel (test->stop);
  g_task_return_boolean (task, TRUE);
}

static gboolean
deadline_cb (gpointer user_data)
{
  GTask *task = user_data;
  Test *test = g_task_get_task_data (task);

  test_end (task, test->tls ? POSTERN_COUNTER_NOT_TLS : POSTERN_COUNTER_SILENT);
  return G_SOURCE_REMOVE;
}

static void
caller_cancelled_cb (GCancellable *cancellable, Test *test)
{
  g_cancellable_cancel (test->stop);
}

static const char *
protocol_of_greeting (const char *line, gsize length)
{
  static const struct
  {
    const char *start;
    const char *protocol;
  } starts[] = {
    { "220", "SMTP" },   { "421", "SMTP" },  { "554", "SMTP" },       { "+OK", "POP3" },
    { "-ERR", "POP3" },  { "* OK", "IMAP" }, { "* PREAUTH", "IMAP" }, { "* BYE", "IMAP" },
    { "HTTP/", "HTTP" }, { "SSH-", "SSH" },
  };

  if (length >= 3 && memcmp (line, "220", 3) == 0 && memmem (line, length, "FTP", 3) != NULL)
    return "FTP";
  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    if (length >= strlen (starts[i].start) &&
        memcmp (line, starts[i].start, strlen (starts[i].start)) == 0)
      return starts[i].protocol;
  return NULL;
}

static void
farewell_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  test_end (task, POSTERN_COUNTER_PLAIN);
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Test *test = g_task_get_task_data (task);

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    test_end (task, POSTERN_COUNTER_PLAIN);
  else
    postern_line_reader_read_async (test->reader, test->stop, line_cb, g_steal_pointer (&task));
}

/* The greeting is in: it names the protocol. A mail server is asked for what it offers. */
static void
take_greeting (GTask *task, const char *line, gsize length)
{
  Test *test = g_task_get_task_data (task);
  gboolean more = length > 3 && line[3] == '-' && g_ascii_isdigit (line[0]);
  const Manners *manner;

  if (test->counter.protocol == NULL)
    {
      test->counter.result = POSTERN_COUNTER_PLAIN;
      test->counter.protocol = g_strdup (protocol_of_greeting (line, length));
    }
  manner = find_manners (test->counter.protocol);
  if (manner == NULL)
    test_end (task, POSTERN_COUNTER_PLAIN);
  else if (more)
    postern_line_reader_read_async (test->reader, test->stop, line_cb, g_object_ref (task));
  else
    g_output_stream_write_all_async (g_io_stream_get_output_stream (test->stream), manner->ask,
                                     strlen (manner->ask), G_PRIORITY_DEFAULT, test->stop, asked_cb,
                                     g_object_ref (task));
  test->asked = !more;
}

static gboolean
begins (const char *line, gsize length, const char *word)
{
  return length >= strlen (word) && g_ascii_strncasecmp (line, word, strlen (word)) == 0;
}

/* Whether @line is the last of what the server offers. */
static gboolean
is_last (const char *protocol, const char *line, gsize length)
{
  if (strcmp (protocol, "POP3") == 0)
    return begins (line, length, "-ERR") || (length == 1 && line[0] == '.');
  if (strcmp (protocol, "IMAP") == 0)
    return !begins (line, length, "* ");
  return length <= 3 || line[3] != '-';
}

static void
take_capability (GTask *task, const char *line, gsize length)
{
  Test *test = g_task_get_task_data (task);
  const Manners *manner = find_manners (test->counter.protocol);
  g_autofree char *text = g_strndup (line, length);
  g_auto (GStrv) words = g_strsplit_set (text, " -", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    test->counter.starttls |= g_ascii_strcasecmp (words[i], manner->starttls) == 0;
  if (!is_last (manner->protocol, line, length) && test->n_lines < MAX_LINES)
    postern_line_reader_read_async (test->reader, test->stop, line_cb, g_object_ref (task));
  else
    g_output_stream_write_all_async (g_io_stream_get_output_stream (test->stream), manner->leave,
                                     strlen (manner->leave), G_PRIORITY_DEFAULT, test->stop,
                                     farewell_cb, g_object_ref (task));
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Test *test = g_task_get_task_data (task);
  gsize length = 0;
  const char *line =
    postern_line_reader_read_finish (POSTERN_LINE_READER (source), result, &length, NULL);

  if (test->ended)
    return;
  if (line == NULL || ++test->n_lines > MAX_LINES)
    test_end (task, POSTERN_COUNTER_SILENT);
  else if (test->asked)
    take_capability (task, line, length);
  else
    take_greeting (task, line, length);
}

static void
handshake_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternHandshake *handshake = POSTERN_HANDSHAKE (source);
  g_autoptr(GIOStream) stream = postern_handshake_run_finish (handshake, result, NULL);
  g_autoptr(PosternTlsInfo) info = postern_handshake_dup_info (handshake);

  /* A certificate that is refused has come over TLS too. */
  test_end (task, stream != NULL || info != NULL ? POSTERN_COUNTER_TLS : POSTERN_COUNTER_NOT_TLS);
}

static void
start_tls (GTask *task)
{
  Test *test = g_task_get_task_data (task);
  g_autoptr(PosternTrust) trust = postern_trust_new (test->plan->tls_policy, test->plan->host);
  g_autoptr(PosternHandshake) handshake =
               postern_handshake_new (test->stream, test->plan, trust, FALSE);

  postern_trust_load_in_thread (trust);
  postern_handshake_run_async (handshake, test->stop, handshake_cb, g_object_ref (task));
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Test *test = g_task_get_task_data (task);
  GSocketConnection *connection =
    g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, NULL);

  if (connection == NULL)
    {
      test_end (task, POSTERN_COUNTER_NONE);
      return;
    }
  test->stream = G_IO_STREAM (connection);
  if (test->ended)
    return;

  if (test->tls)
    {
      start_tls (task);
      return;
    }
  test->reader = postern_line_reader_new (g_io_stream_get_input_stream (test->stream), MAX_BYTES);
  postern_line_reader_read_async (test->reader, test->stop, line_cb, g_steal_pointer (&task));
}

/**
 * postern_counter_test_async:
 * @plan: the plan whose run needs a proof
 * @address: where the run connected
 * @tls: TRUE to ask whether the port speaks TLS from the first byte, FALSE to ask what it says in
 *   plain text
 * @timeout_ms: ends the test, with what is known by then
 * @cancellable: (nullable): ends it at once
 *
 * Makes one connection of its own and sends no credentials.
 */
void
postern_counter_test_async (PosternPlan *plan,
                            GSocketAddress *address,
                            gboolean tls,
                            guint timeout_ms,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  Test *test = g_new0 (Test, 1);

  test->plan = postern_plan_ref (plan);
  test->tls = tls;
  test->stop = g_cancellable_new ();
  test->deadline = g_timeout_source_new (timeout_ms);
  g_task_set_task_data (task, test, (GDestroyNotify) test_free);
  g_source_set_callback (test->deadline, deadline_cb, g_object_ref (task), g_object_unref);
  g_source_attach (test->deadline, g_task_get_context (task));
  if (cancellable != NULL)
    {
      test->caller = g_object_ref (cancellable);
      test->caller_id =
        g_cancellable_connect (cancellable, G_CALLBACK (caller_cancelled_cb), test, NULL);
    }

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), test->stop, connected_cb,
                                 g_steal_pointer (&task));
}

/**
 * postern_counter_test_finish:
 * @result: what the callback was given
 * @counter: (out caller-allocates): what was found; `protocol` is owned by the caller
 */
void
postern_counter_test_finish (GAsyncResult *result, PosternCounter *counter)
{
  Test *test = g_task_get_task_data (G_TASK (result));

  g_task_propagate_boolean (G_TASK (result), NULL);
  counter->result = test->counter.result;
  counter->protocol = g_steal_pointer (&test->counter.protocol);
  counter->starttls = test->counter.starttls;
}
