/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-counter-test.h"

#include "session/postern-handshake.h"
#include "session/postern-line-reader.h"
#include "tls/postern-printable.h"
#include "tls/postern-trust.h"

#include <string.h>

/* Lines that are read before the counter-test has seen enough. */
#define MAX_LINES 100

/* Bytes of all these lines. */
#define MAX_BYTES (256 * 1024)

/* So much of what a server says is looked at, and so much of that is shown. */
#define MAX_GREETING 4096
#define MAX_SHOWN 120

/* How long one listens usually before it speaks to a server that waits to be spoken to.
 * Milliseconds. */
#define PATIENCE 800

/* What makes a server talk that speaks only when it is spoken to. */
#define POKE "HEAD / HTTP/1.0\r\n\r\n"

/* One connection without credentials that proves, or disproves, one thing about a port. */
typedef struct
{
  PosternPlan *plan;
  PosternCounterQuestion question;
  guint patience_ms;
  GCancellable *stop;
  GCancellable *caller;
  gulong caller_id;
  GSource *deadline;
  GSource *patience; /* or NULL */
  GIOStream *stream;
  PosternHandshake *handshake; /* or NULL */
  PosternLineReader *reader;
  GString *greeting;
  gboolean poked; /* it was spoken to */
  gboolean asked; /* for what it offers */
  guint n_lines;
  PosternCounter counter;
  gboolean ended;
} Test;

/* How a mail server is asked for what it offers, and left. */
typedef struct
{
  PosternPersonality personality;
  const char *ask;
  const char *starttls;
  const char *leave;
} Manners;

static const Manners manners[] = {
  { POSTERN_PERSONALITY_SMTP, "EHLO [127.0.0.1]\r\n", "STARTTLS", "QUIT\r\n" },
  { POSTERN_PERSONALITY_POP3, "CAPA\r\n", "STLS", "QUIT\r\n" },
  { POSTERN_PERSONALITY_IMAP, "A001 CAPABILITY\r\n", "STARTTLS", "A002 LOGOUT\r\n" },
};

static const Manners *
find_manners (PosternPersonality personality)
{
  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    if (manners[i].personality == personality)
      return &manners[i];
  return NULL;
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
test_free (Test *test)
{
  if (test->caller != NULL)
    g_cancellable_disconnect (test->caller, test->caller_id);
  clear_source (&test->deadline);
  clear_source (&test->patience);
  g_clear_object (&test->caller);
  g_clear_object (&test->stop);
  g_clear_object (&test->reader);
  g_clear_object (&test->stream);
  g_clear_object (&test->handshake);
  g_clear_pointer (&test->plan, postern_plan_unref);
  g_string_free (test->greeting, TRUE);
  postern_counter_clear (&test->counter);
  g_free (test);
}

/* What the peer has said makes it one kind of server or another. */
static void
look_at (Test *test, const char *bytes, gsize length)
{
  gsize n_line = 0;

  if (length == 0)
    return;

  test->counter.personality = postern_personality_of (bytes, length);
  /* There are more servers that begin so, once they have been told something strange. */
  if (test->poked && test->counter.personality == POSTERN_PERSONALITY_POP3 && bytes[0] == '-')
    test->counter.personality = POSTERN_PERSONALITY_OTHER;
  while (n_line < MIN (length, MAX_SHOWN) && bytes[n_line] != '\r' && bytes[n_line] != '\n')
    n_line++;
  g_free (test->counter.heard);
  test->counter.heard = n_line > 0 ? postern_printable (bytes, n_line) : NULL;
}

/* What came of a line that has no end yet, or of a handshake. */
static void
look_at_rest (Test *test)
{
  if (test->reader != NULL && test->greeting->len == 0)
    {
      gsize length;
      const char *bytes = postern_line_reader_peek (test->reader, &length);

      look_at (test, bytes, length);
    }
  else if (test->reader == NULL && test->handshake != NULL)
    {
      g_autoptr(GBytes) heard = postern_handshake_dup_heard (test->handshake);
      gsize length;
      const char *bytes = g_bytes_get_data (heard, &length);

      look_at (test, bytes, length);
    }
}

/* What all that was seen comes to. Within TLS the personality is that of what TLS carries. */
static void
judge (Test *test)
{
  gboolean within = test->question == POSTERN_COUNTER_ASK_TLS && test->reader != NULL;

  look_at_rest (test);
  if (within || test->counter.personality == POSTERN_PERSONALITY_TLS)
    test->counter.result = POSTERN_COUNTER_TLS;
  else if (test->question == POSTERN_COUNTER_ASK_TLS)
    test->counter.result = POSTERN_COUNTER_NOT_TLS;
  else
    test->counter.result = test->counter.personality != POSTERN_PERSONALITY_SILENT
                             ? POSTERN_COUNTER_PLAIN
                             : POSTERN_COUNTER_SILENT;
  if (!within && test->counter.personality == POSTERN_PERSONALITY_TLS)
    {
      test->counter.personality = POSTERN_PERSONALITY_SILENT;
      g_clear_pointer (&test->counter.heard, g_free);
    }
}

static void
test_end (GTask *task, gboolean proved)
{
  Test *test = g_task_get_task_data (task);

  if (test->ended)
    return;

  test->ended = TRUE;
  if (proved)
    judge (test);
  clear_source (&test->deadline);
  clear_source (&test->patience);
  g_cancellable_cancel (test->stop);
  g_task_return_boolean (task, TRUE);
}

static gboolean
deadline_cb (gpointer user_data)
{
  Test *test = g_task_get_task_data (user_data);

  test_end (user_data, test->stream != NULL);
  return G_SOURCE_REMOVE;
}

static void
caller_cancelled_cb (GCancellable *cancellable, Test *test)
{
  g_cancellable_cancel (test->stop);
}

static void
farewell_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  test_end (task, TRUE);
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
read_line (GTask *task)
{
  Test *test = g_task_get_task_data (task);

  postern_line_reader_read_async (test->reader, test->stop, line_cb, g_object_ref (task));
}

static void
send_text (GTask *task, const char *text, GAsyncReadyCallback callback)
{
  Test *test = g_task_get_task_data (task);

  g_output_stream_write_all_async (g_io_stream_get_output_stream (test->stream), text,
                                   strlen (text), G_PRIORITY_DEFAULT, test->stop, callback,
                                   g_object_ref (task));
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    test_end (task, TRUE);
  else
    read_line (task);
}

/* A line of the greeting, or the first of an answer. A mail server that greets in plain text is
 * asked for what it offers. */
static void
take_greeting (GTask *task, const char *line, gsize length)
{
  Test *test = g_task_get_task_data (task);
  gboolean more = length > 3 && line[3] == '-' && g_ascii_isdigit (line[0]);
  const Manners *manner;

  clear_source (&test->patience);
  if (test->greeting->len < MAX_GREETING)
    g_string_append_len (test->greeting, line, (gssize) length);
  g_string_append_c (test->greeting, '\n');
  look_at (test, test->greeting->str, test->greeting->len);
  if (more)
    {
      read_line (task);
      return;
    }

  manner = find_manners (test->counter.personality);
  if (manner == NULL || test->poked || test->question == POSTERN_COUNTER_ASK_TLS)
    {
      test_end (task, TRUE);
      return;
    }
  test->asked = TRUE;
  send_text (task, manner->ask, asked_cb);
}

static gboolean
begins (const char *line, gsize length, const char *word)
{
  return length >= strlen (word) && g_ascii_strncasecmp (line, word, strlen (word)) == 0;
}

/* Whether @line is the last of what the server offers. */
static gboolean
is_last (PosternPersonality personality, const char *line, gsize length)
{
  if (personality == POSTERN_PERSONALITY_POP3)
    return begins (line, length, "-ERR") || (length == 1 && line[0] == '.');
  if (personality == POSTERN_PERSONALITY_IMAP)
    return !begins (line, length, "* ");
  return length <= 3 || line[3] != '-';
}

/* Whether @line is of a list of what the server offers; no refusal is. */
static gboolean
is_listing (PosternPersonality personality, const char *line, gsize length)
{
  if (personality == POSTERN_PERSONALITY_POP3)
    return !begins (line, length, "-ERR");
  return begins (line, length, personality == POSTERN_PERSONALITY_IMAP ? "* CAPABILITY" : "250");
}

static void
take_capability (GTask *task, const char *line, gsize length)
{
  Test *test = g_task_get_task_data (task);
  const Manners *manner = find_manners (test->counter.personality);
  g_autofree char *text = g_strndup (line, length);
  g_auto (GStrv) words = g_strsplit_set (text, " -", -1);

  test->counter.listed |= is_listing (manner->personality, line, length);
  for (gsize i = 0; words[i] != NULL; i++)
    test->counter.starttls |= g_ascii_strcasecmp (words[i], manner->starttls) == 0;
  if (!is_last (manner->personality, line, length) && test->n_lines < MAX_LINES)
    read_line (task);
  else
    send_text (task, manner->leave, farewell_cb);
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
    test_end (task, TRUE);
  else if (test->asked)
    take_capability (task, line, length);
  else
    take_greeting (task, line, length);
}

static void
poked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* Whether it could be written shows in what is read. */
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  g_object_unref (user_data); /* the task */
}

static gboolean
patience_cb (gpointer user_data)
{
  Test *test = g_task_get_task_data (user_data);

  test->poked = TRUE;
  send_text (user_data, POKE, poked_cb);
  return G_SOURCE_REMOVE;
}

/* The stream is there, in clear text or by TLS: who speaks first? */
static void
listen_to (GTask *task)
{
  Test *test = g_task_get_task_data (task);

  test->reader = postern_line_reader_new (g_io_stream_get_input_stream (test->stream), MAX_BYTES);
  read_line (task);
  test->patience = g_timeout_source_new (test->patience_ms);
  g_source_set_callback (test->patience, patience_cb, task, NULL);
  g_source_attach (test->patience, g_task_get_context (task));
}

/* A certificate that is refused, or an alert, has come over TLS too. */
static void
handshake_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Test *test = g_task_get_task_data (task);
  PosternHandshake *handshake = POSTERN_HANDSHAKE (source);
  g_autoptr(GIOStream) stream = postern_handshake_run_finish (handshake, result, NULL);
  const PosternFailure *failure = postern_handshake_get_failure (handshake);
  g_autoptr(GBytes) clear = NULL;

  if (test->ended)
    return;
  if (stream != NULL)
    {
      g_set_object (&test->stream, stream);
      listen_to (task);
      return;
    }

  /* What else has come is read, so that it can be shown. */
  clear = postern_handshake_dup_clear (handshake);
  test_end (task, failure == NULL || !g_str_has_prefix (failure->code, "settings."));
}

/* A client's certificate and a shared key are credentials too. */
static PosternPlan *
plan_without_credentials (PosternPlan *plan)
{
  PosternPlan *copy = postern_plan_new ();

  copy->host = g_strdup (plan->host);
  copy->port = plan->port;
  postern_tls_policy_free (copy->tls_policy);
  copy->tls_policy = postern_tls_policy_copy (plan->tls_policy);
  g_clear_pointer (&copy->tls_policy->client_certificate, g_free);
  g_clear_pointer (&copy->tls_policy->client_key, g_free);
  g_clear_pointer (&copy->tls_policy->client_key_password, postern_secret_unref);
  g_clear_pointer (&copy->tls_policy->shared_key, postern_secret_unref);
  return copy;
}

static void
start_tls (GTask *task)
{
  Test *test = g_task_get_task_data (task);
  g_autoptr(PosternTrust) trust = postern_trust_new (test->plan->tls_policy, test->plan->host);

  test->handshake = postern_handshake_new (test->stream, test->plan, trust, FALSE);
  postern_trust_load_in_thread (trust);
  postern_handshake_run_async (test->handshake, test->stop, handshake_cb, g_object_ref (task));
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
      test_end (task, FALSE);
      return;
    }
  test->stream = G_IO_STREAM (connection);
  if (test->ended)
    return;

  if (test->question == POSTERN_COUNTER_ASK_TLS)
    start_tls (task);
  else
    listen_to (task);
}

/**
 * postern_counter_test_find_address:
 * @session: of a run
 *
 * Returns: (transfer full) (nullable): where it has connected
 */
GSocketAddress *
postern_counter_test_find_address (PosternSession *session)
{
  GPtrArray *addresses = postern_session_get_addresses (session);

  for (guint i = 0; i < addresses->len; i++)
    {
      const PosternAddress *address = addresses->pdata[i];

      if (address->state == POSTERN_ADDRESS_CONNECTED)
        return g_inet_socket_address_new_from_string (address->address, address->port);
    }
  return NULL;
}

/**
 * postern_counter_test_is_due:
 * @plan: of a run
 * @failure: why it ended
 * @tls: (nullable): what TLS came to
 * @question: (out): what would tell more
 *
 * Returns: TRUE where the failure has two explanations, and a counter-test tells which
 */
gboolean
postern_counter_test_is_due (PosternPlan *plan,
                             const PosternFailure *failure,
                             const PosternTlsInfo *tls,
                             PosternCounterQuestion *question)
{
  static const char *const plain[] = { "greeting.closed", "protocol.malformed", NULL };
  static const char *const implicit[] = { "tls.plain-first", "tls.closed", NULL };

  if (plan->tls == POSTERN_TLS_START_IMPLICIT)
    {
      *question = POSTERN_COUNTER_ASK_PLAIN;
      /* Who spoke TLS is no riddle. */
      return tls == NULL && g_strv_contains (implicit, failure->code);
    }
  *question = POSTERN_COUNTER_ASK_TLS;
  return failure->step == POSTERN_STEP_GREETING && g_strv_contains (plain, failure->code);
}

/**
 * postern_counter_test_get_patience:
 * @failure: why a run ended
 *
 * Returns: milliseconds that a server may keep silent; 0 where it sent a web page already, and is
 *   one that waits for requests
 */
guint
postern_counter_test_get_patience (const PosternFailure *failure)
{
  const char *text = failure->text != NULL ? failure->text : "";

  return postern_personality_of (text, strlen (text)) == POSTERN_PERSONALITY_HTTP ? 0 : PATIENCE;
}

/**
 * postern_counter_test_async:
 * @plan: the plan whose run needs a proof
 * @address: where the run connected
 * @question: what is to be found out
 * @patience_ms: how long the server may keep silent, in clear text or within TLS, until it is asked
 *   for a web page: who answers that is no mail server
 * @timeout_ms: ends the test, with what is known by then
 * @cancellable: (nullable): ends it at once
 *
 * Makes one connection of its own and sends no credentials.
 */
void
postern_counter_test_async (PosternPlan *plan,
                            GSocketAddress *address,
                            PosternCounterQuestion question,
                            guint patience_ms,
                            guint timeout_ms,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  Test *test = g_new0 (Test, 1);

  test->plan = plan_without_credentials (plan);
  test->question = question;
  test->patience_ms = patience_ms;
  test->greeting = g_string_new (NULL);
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
 * @counter: (out caller-allocates): what was found
 */
void
postern_counter_test_finish (GAsyncResult *result, PosternCounter *counter)
{
  Test *test = g_task_get_task_data (G_TASK (result));

  g_task_propagate_boolean (G_TASK (result), NULL);
  *counter = test->counter;
  test->counter.heard = NULL;
}

void
postern_counter_clear (PosternCounter *counter)
{
  g_clear_pointer (&counter->heard, g_free);
}
