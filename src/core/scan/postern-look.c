/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-look.h"

#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <string.h>

/* What a server may say before TLS begins. */
#define MAX_PLAIN (64 * 1024)

/* How each protocol is asked for TLS: what a greeting begins with, what is sent then, and so on,
 * until the last answer (RFC 3207; RFC 2595 for the other two). */
typedef struct
{
  const char *good;
  const char *say;
} Turn;

static const Turn turns[][4] = {
  [POSTERN_PROTOCOL_SMTP] = { { "220", "EHLO [127.0.0.1]\r\n" },
                              { "250", "STARTTLS\r\n" },
                              { "220", NULL } },
  [POSTERN_PROTOCOL_POP3] = { { "+OK", "STLS\r\n" }, { "+OK", NULL } },
  [POSTERN_PROTOCOL_IMAP] = { { "* OK", "a1 STARTTLS\r\n" }, { "a1 OK", NULL } },
};

typedef struct
{
  PosternLookPlace place;
  GBytes *hello;
  GCancellable *stop;
  GCancellable *caller;
  gulong caller_id;
  GSource *deadline;
  gboolean timed_out;
  GIOStream *stream;
  GString *plain; /* what came before TLS and is not a whole line yet */
  gsize n_plain;
  guint turn;
  gboolean tls; /* the ClientHello is out */
  PosternHelloReader *reader;
  guint8 buffer[8192];
} Look;

static void
look_free (Look *look)
{
  if (look->caller != NULL)
    g_cancellable_disconnect (look->caller, look->caller_id);
  g_source_destroy (look->deadline);
  g_source_unref (look->deadline);
  g_object_unref (look->place.address);
  g_bytes_unref (look->hello);
  g_clear_object (&look->caller);
  g_clear_object (&look->stop);
  g_clear_object (&look->stream);
  g_string_free (look->plain, TRUE);
  postern_hello_reader_free (look->reader);
  g_free (look);
}

static gboolean
deadline_cb (gpointer user_data)
{
  Look *look = user_data;

  look->timed_out = TRUE;
  g_cancellable_cancel (look->stop);
  return G_SOURCE_REMOVE;
}

static void
caller_cancelled_cb (GCancellable *caller, Look *look)
{
  g_cancellable_cancel (look->stop);
}

static void
look_fail (GTask *task, GError *error)
{
  Look *look = g_task_get_task_data (task);

  if (look->timed_out)
    {
      g_error_free (error);
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("No answer in time"));
    }
  g_task_return_error (task, error);
}

static void
look_fail_with (GTask *task, PosternError code, const char *message)
{
  look_fail (task, g_error_new_literal (POSTERN_ERROR, code, message));
}

static void
read_more (GTask *task);

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    read_more (task);
  else if (look->tls && !g_cancellable_is_cancelled (look->stop))
    {
      /* Hanging up before the ClientHello is read whole is an answer, too. */
      g_error_free (error);
      g_task_return_boolean (task, TRUE);
    }
  else
    look_fail (task, error);
}

static void
say (GTask *task, gconstpointer bytes, gsize length)
{
  Look *look = g_task_get_task_data (task);

  g_output_stream_write_all_async (g_io_stream_get_output_stream (look->stream), bytes, length,
                                   G_PRIORITY_DEFAULT, look->stop, said_cb, g_object_ref (task));
}

static void
say_hello (GTask *task)
{
  Look *look = g_task_get_task_data (task);
  gsize length;
  const void *bytes = g_bytes_get_data (look->hello, &length);

  look->tls = TRUE;
  say (task, bytes, length);
}

/* A line that more lines follow: "250-", and what IMAP says without being asked. */
static gboolean
is_between (const Look *look, const char *line)
{
  if (look->place.protocol == POSTERN_PROTOCOL_SMTP)
    return strlen (line) > 3 && line[3] == '-' && g_ascii_isdigit (line[0]);
  return look->place.protocol == POSTERN_PROTOCOL_IMAP && look->turn > 0 &&
         g_str_has_prefix (line, "* ");
}

/* Whether the look goes on reading. */
static gboolean
take_line (GTask *task, const char *line)
{
  Look *look = g_task_get_task_data (task);
  const Turn *turn = &turns[look->place.protocol][look->turn];

  if (is_between (look, line))
    return TRUE;
  if (g_ascii_strncasecmp (line, turn->good, strlen (turn->good)) != 0)
    look_fail_with (task, POSTERN_ERROR_REFUSED,
                    look->turn == 0 ? _ ("The greeting is not one of this protocol")
                                    : _ ("The server does not start TLS"));
  else if (look->plain->len > 0)
    look_fail_with (task, POSTERN_ERROR_PROTOCOL, _ ("The server says more than it was asked"));
  else if (turn->say == NULL)
    say_hello (task);
  else
    {
      look->turn++;
      say (task, turn->say, strlen (turn->say));
    }
  return FALSE;
}

static void
take_plain (GTask *task, gsize n)
{
  Look *look = g_task_get_task_data (task);
  char *end;

  look->n_plain += n;
  if (look->n_plain > MAX_PLAIN)
    {
      look_fail_with (task, POSTERN_ERROR_TOO_LONG, _ ("The server says too much before TLS"));
      return;
    }
  g_string_append_len (look->plain, (const char *) look->buffer, (gssize) n);
  while ((end = memchr (look->plain->str, '\n', look->plain->len)) != NULL)
    {
      gsize length = (gsize) (end - look->plain->str);
      g_autofree char *line = g_strndup (look->plain->str, length);

      g_string_erase (look->plain, 0, (gssize) length + 1);
      if (!take_line (task, g_strchomp (line)))
        return;
    }
  read_more (task);
}

static void
take_flight (GTask *task, gsize n)
{
  Look *look = g_task_get_task_data (task);

  switch (postern_hello_reader_feed (look->reader, look->buffer, n))
    {
    case POSTERN_HELLO_MORE:
      read_more (task);
      break;

    case POSTERN_HELLO_NOT_TLS:
      look_fail_with (task, POSTERN_ERROR_PROTOCOL, _ ("The answer is not TLS"));
      break;

    case POSTERN_HELLO_DONE:
    case POSTERN_HELLO_ALERT:
    default:
      g_task_return_boolean (task, TRUE);
      break;
    }
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n > 0 && look->tls)
    take_flight (task, (gsize) n);
  else if (n > 0)
    take_plain (task, (gsize) n);
  else if (look->tls && (n == 0 || !g_cancellable_is_cancelled (look->stop)))
    {
      /* Some servers hang up where others send an alert. */
      g_clear_error (&error);
      g_task_return_boolean (task, TRUE);
    }
  else if (n == 0)
    look_fail_with (task, POSTERN_ERROR_PROTOCOL, _ ("The server hung up before TLS"));
  else
    look_fail (task, error);
}

static void
read_more (GTask *task)
{
  Look *look = g_task_get_task_data (task);

  g_input_stream_read_async (g_io_stream_get_input_stream (look->stream), look->buffer,
                             sizeof look->buffer, G_PRIORITY_DEFAULT, look->stop, read_cb,
                             g_object_ref (task));
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  GSocketConnection *connection =
    g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (connection == NULL)
    {
      look_fail (task, error);
      return;
    }
  look->stream = G_IO_STREAM (connection);
  if (look->place.starttls)
    read_more (task);
  else
    say_hello (task);
}

void
postern_look_async (const PosternLookPlace *place,
                    GBytes *hello,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  Look *look = g_new0 (Look, 1);

  g_return_if_fail ((gsize) place->protocol < G_N_ELEMENTS (turns));

  look->place = *place;
  g_object_ref (look->place.address);
  look->hello = g_bytes_ref (hello);
  look->stop = g_cancellable_new ();
  look->plain = g_string_new (NULL);
  look->reader = postern_hello_reader_new ();
  look->deadline = g_timeout_source_new (place->timeout_ms);
  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  g_source_set_callback (look->deadline, deadline_cb, look, NULL);
  g_source_attach (look->deadline, g_task_get_context (task));
  if (cancellable != NULL)
    {
      look->caller = g_object_ref (cancellable);
      look->caller_id =
        g_cancellable_connect (cancellable, G_CALLBACK (caller_cancelled_cb), look, NULL);
    }

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (place->address), look->stop,
                                 connected_cb, g_steal_pointer (&task));
}

gboolean
postern_look_finish (GAsyncResult *result, PosternServerFlight *flight, GError **error)
{
  Look *look = g_task_get_task_data (G_TASK (result));

  *flight = look->reader->flight;
  return g_task_propagate_boolean (G_TASK (result), error);
}
