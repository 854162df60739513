/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-look.h"

#include "scan/postern-limit.h"

#include "model/postern-error.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>

/* How much of an answer is told. */
#define MAX_TOLD 60

typedef struct
{
  GBytes *hello;
  PosternLimit limit;
  GSocketConnection *connection;
  PosternHelloReader *reader;
  guint8 buffer[8192];
} Look;

static void
look_free (Look *look)
{
  postern_limit_clear (&look->limit);
  g_bytes_unref (look->hello);
  g_clear_object (&look->connection);
  postern_hello_reader_free (look->reader);
  g_free (look);
}

static void
look_fail (GTask *task, GError *error)
{
  Look *look = g_task_get_task_data (task);

  g_task_return_error (task, postern_limit_take (&look->limit, error));
}

/* Some servers hang up where others send an alert, and be it before the ClientHello is read. */
static void
take_end (GTask *task, GError *error)
{
  Look *look = g_task_get_task_data (task);

  if (error != NULL && g_cancellable_is_cancelled (look->limit.stop))
    {
      look_fail (task, error);
      return;
    }
  g_clear_error (&error);
  g_task_return_boolean (task, TRUE);
}

static void
read_more (GTask *task);

/* Whoever speaks in clear text is quoted. */
static GError *
no_tls_error (const Look *look, gsize n)
{
  g_autofree char *line = NULL;
  gsize length = 0;

  while (length < MIN (n, MAX_TOLD) && look->buffer[length] >= ' ')
    length++;
  line = postern_printable ((const char *) look->buffer, length);
  return length < 3 || g_ascii_isspace (line[0])
           ? g_error_new_literal (POSTERN_ERROR, POSTERN_ERROR_PROTOCOL,
                                  _ ("The answer is not TLS"))
           : g_error_new (POSTERN_ERROR, POSTERN_ERROR_PROTOCOL,
                          _ ("The answer is not TLS, but “%s”"), line);
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
      look_fail (task, no_tls_error (look, n));
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
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n > 0)
    take_flight (task, (gsize) n);
  else
    take_end (task, error);
}

static void
read_more (GTask *task)
{
  Look *look = g_task_get_task_data (task);

  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (look->connection)),
                             look->buffer, sizeof look->buffer, G_PRIORITY_DEFAULT,
                             look->limit.stop, read_cb, g_object_ref (task));
}

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    read_more (task);
  else
    take_end (task, error);
}

static void
dialled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  gsize length;
  const void *bytes = g_bytes_get_data (look->hello, &length);

  look->connection = postern_dial_finish (result, &error);
  if (look->connection == NULL)
    look_fail (task, error);
  else
    g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (look->connection)),
                                     bytes, length, G_PRIORITY_DEFAULT, look->limit.stop, said_cb,
                                     g_steal_pointer (&task));
}

void
postern_look_async (const PosternDialPlace *place,
                    GBytes *hello,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Look *look = g_new0 (Look, 1);

  look->hello = g_bytes_ref (hello);
  look->reader = postern_hello_reader_new ();
  postern_limit_init (&look->limit, place->timeout_ms, cancellable, g_task_get_context (task));
  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  postern_dial_async (place, look->limit.stop, dialled_cb, g_steal_pointer (&task));
}

gboolean
postern_look_finish (GAsyncResult *result,
                     PosternServerFlight *flight,
                     GPtrArray **chain,
                     GError **error)
{
  Look *look = g_task_get_task_data (G_TASK (result));

  *flight = look->reader->flight;
  if (chain != NULL)
    *chain = g_ptr_array_ref (look->reader->chain);
  return g_task_propagate_boolean (G_TASK (result), error);
}
