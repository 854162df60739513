/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-line-reader.h"

#include "model/postern-error.h"
#include "model/postern-secret.h"

#include <glib/gi18n.h>
#include <string.h>

#define CAPACITY (POSTERN_MAX_LINE + 2) /* CR, LF */

struct _PosternLineReader
{
  GObject parent_instance;

  GInputStream *stream;
  char *buffer;
  gsize start;    /* of what was read and not taken */
  gsize end;      /* of what was read */
  gsize scanned;  /* no LF before this */
  gsize n_octets; /* wanted as they are, next; 0: a line is */
  gsize total;
  gsize max_total;
};

G_DEFINE_FINAL_TYPE (PosternLineReader, postern_line_reader, G_TYPE_OBJECT)

static void
postern_line_reader_finalize (GObject *object)
{
  PosternLineReader *self = POSTERN_LINE_READER (object);

  /* A server may have echoed a secret. */
  postern_wipe (self->buffer, CAPACITY);
  g_clear_pointer (&self->buffer, g_free);
  g_clear_object (&self->stream);

  G_OBJECT_CLASS (postern_line_reader_parent_class)->finalize (object);
}

static void
postern_line_reader_class_init (PosternLineReaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_line_reader_finalize;
}

static void
postern_line_reader_init (PosternLineReader *self)
{
  self->buffer = g_malloc (CAPACITY);
}

/**
 * postern_line_reader_new:
 * @max_total: how many bytes may be read in all
 */
PosternLineReader *
postern_line_reader_new (GInputStream *stream, gsize max_total)
{
  PosternLineReader *self;

  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);

  self = g_object_new (POSTERN_TYPE_LINE_READER, NULL);
  self->stream = g_object_ref (stream);
  self->max_total = max_total;

  return self;
}

void
postern_line_reader_allow (PosternLineReader *self, gsize n_more)
{
  g_return_if_fail (POSTERN_IS_LINE_READER (self));

  self->max_total = self->total + n_more;
}

/**
 * postern_line_reader_want_octets:
 * @self: a line reader
 * @n_octets: how many, at most %POSTERN_MAX_LINE
 *
 * What is taken or read next is not a line, but so many bytes as they are: an IMAP literal.
 */
void
postern_line_reader_want_octets (PosternLineReader *self, gsize n_octets)
{
  g_return_if_fail (POSTERN_IS_LINE_READER (self));
  g_return_if_fail (n_octets <= POSTERN_MAX_LINE);

  self->n_octets = n_octets;
  self->scanned = self->start;
}

static gboolean
take_octets (PosternLineReader *self, const char **bytes, gsize *length)
{
  if (self->end - self->start < self->n_octets)
    return FALSE;

  *bytes = self->buffer + self->start;
  *length = self->n_octets;
  self->start += self->n_octets;
  self->scanned = self->start;
  self->n_octets = 0;
  return TRUE;
}

/* Whether what is wanted is there already. */
static gboolean
is_complete (PosternLineReader *self)
{
  if (self->n_octets > 0)
    return self->end - self->start >= self->n_octets;
  return self->scanned < self->end &&
         memchr (self->buffer + self->scanned, '\n', self->end - self->scanned) != NULL;
}

gboolean
postern_line_reader_take (PosternLineReader *self, const char **line, gsize *length)
{
  const char *lf;
  gsize next;

  g_return_val_if_fail (POSTERN_IS_LINE_READER (self), FALSE);

  if (self->n_octets > 0)
    return take_octets (self, line, length);
  if (self->scanned >= self->end)
    return FALSE;

  lf = memchr (self->buffer + self->scanned, '\n', self->end - self->scanned);
  if (lf == NULL)
    {
      self->scanned = self->end;
      return FALSE;
    }

  next = (gsize) (lf - self->buffer) + 1;
  *line = self->buffer + self->start;
  *length = next - 1 - self->start;
  if (*length > 0 && (*line)[*length - 1] == '\r')
    (*length)--;
  self->start = self->scanned = next;

  return TRUE;
}

static gboolean
make_room (PosternLineReader *self, GError **error)
{
  if (self->total >= self->max_total)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_TOO_LONG,
                   _ ("The server sent more than %" G_GSIZE_FORMAT " bytes."), self->max_total);
      return FALSE;
    }

  if (self->start > 0)
    {
      memmove (self->buffer, self->buffer + self->start, self->end - self->start);
      self->end -= self->start;
      self->scanned -= self->start;
      self->start = 0;
    }

  if (self->end == CAPACITY ||
      (self->end > POSTERN_MAX_LINE && self->buffer[POSTERN_MAX_LINE] != '\r'))
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_TOO_LONG,
                   _ ("The server sent a line of more than %d bytes."), POSTERN_MAX_LINE);
      return FALSE;
    }

  return TRUE;
}

static void
read_more (GTask *task);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternLineReader *self = g_task_get_source_object (task);
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n < 0)
    {
      g_task_return_error (task, error);
      return;
    }
  if (n == 0)
    {
      g_task_return_boolean (task, FALSE);
      return;
    }

  self->end += (gsize) n;
  self->total += (gsize) n;

  if (is_complete (self))
    g_task_return_boolean (task, TRUE);
  else
    read_more (g_steal_pointer (&task));
}

static void
read_more (GTask *task)
{
  PosternLineReader *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->scanned = self->end;
  if (!make_room (self, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  g_input_stream_read_async (self->stream, self->buffer + self->end,
                             MIN (CAPACITY - self->end, self->max_total - self->total),
                             G_PRIORITY_DEFAULT, g_task_get_cancellable (task), read_cb, task);
}

/**
 * postern_line_reader_read_async:
 *
 * Reads until a whole line, or what postern_line_reader_want_octets() asked for, is there. Only one
 * reading at a time.
 */
void
postern_line_reader_read_async (PosternLineReader *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (POSTERN_IS_LINE_READER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  if (is_complete (self))
    g_task_return_boolean (task, TRUE);
  else
    read_more (g_steal_pointer (&task));
}

/**
 * postern_line_reader_read_finish:
 *
 * Returns: (nullable): the line, valid until the next call and not ended by a NUL; %NULL without
 *   an error when the stream ended, or with `POSTERN_ERROR_TOO_LONG`, or with what GIO reported
 */
const char *
postern_line_reader_read_finish (PosternLineReader *self,
                                 GAsyncResult *result,
                                 gsize *length,
                                 GError **error)
{
  const char *line = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  *length = 0;
  if (!g_task_propagate_boolean (G_TASK (result), error) ||
      !postern_line_reader_take (self, &line, length))
    return NULL;

  return line;
}

gsize
postern_line_reader_get_available (PosternLineReader *self)
{
  g_return_val_if_fail (POSTERN_IS_LINE_READER (self), 0);

  return self->end - self->start;
}

const char *
postern_line_reader_peek (PosternLineReader *self, gsize *length)
{
  g_return_val_if_fail (POSTERN_IS_LINE_READER (self), NULL);

  *length = self->end - self->start;

  return self->buffer + self->start;
}
