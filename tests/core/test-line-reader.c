/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-line-reader.h"

#include "model/postern-error.h"

#include <string.h>

typedef struct
{
  GString *lines; /* each with its length before it */
  GError *error;
  gboolean ended;
} Reading;

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  gsize length = 0;
  const char *line = postern_line_reader_read_finish (POSTERN_LINE_READER (source), result, &length,
                                                      &reading->error);

  if (line != NULL)
    {
      g_string_append_printf (reading->lines, "%" G_GSIZE_FORMAT ":", length);
      g_string_append_len (reading->lines, line, MIN (length, 100));
      g_string_append_c (reading->lines, '\n');
      postern_line_reader_read_async (POSTERN_LINE_READER (source), NULL, line_cb, reading);
    }
  else
    {
      reading->ended = TRUE;
    }
}

/* Hands out its bytes in pieces of a size. */
static GInputStream *
new_stream (const char *bytes, gsize length, gsize piece)
{
  GInputStream *stream = g_memory_input_stream_new ();

  for (gsize i = 0; i < length; i += piece)
    g_memory_input_stream_add_data (G_MEMORY_INPUT_STREAM (stream),
                                    g_memdup2 (bytes + i, MIN (piece, length - i)),
                                    (gssize) MIN (piece, length - i), g_free);

  return stream;
}

static PosternLineReader *
read_all (GInputStream *stream, gsize max_total, Reading *reading)
{
  PosternLineReader *reader = postern_line_reader_new (stream, max_total);

  reading->lines = g_string_new (NULL);
  postern_line_reader_read_async (reader, NULL, line_cb, reading);
  while (!reading->ended)
    g_main_context_iteration (NULL, TRUE);

  return reader;
}

static void
reading_clear (Reading *reading)
{
  g_string_free (reading->lines, TRUE);
  g_clear_error (&reading->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

/* Every split gives the same lines. */
static void
test_splits (void)
{
  static const char bytes[] = "220 ready\r\n\r\n\n250 a\rb\0c\377\r\r\nrest";

  for (gsize piece = 1; piece < sizeof bytes; piece++)
    {
      g_auto (Reading) reading = { NULL };
      g_autoptr(GInputStream) stream = new_stream (bytes, sizeof bytes - 1, piece);
      g_autoptr(PosternLineReader) reader = read_all (stream, 1000, &reading);
      static const char lines[] = "9:220 ready\n0:\n0:\n11:250 a\rb\0c\377\r\n";
      gsize length = 0;

      g_assert_no_error (reading.error);
      g_assert_cmpmem (reading.lines->str, reading.lines->len, lines, sizeof lines - 1);
      g_assert_cmpuint (postern_line_reader_get_available (reader), ==, 4);
      g_assert_cmpmem (postern_line_reader_peek (reader, &length), 4, "rest", 4);
      g_assert_cmpuint (length, ==, 4);
    }
}

static void
test_longest (void)
{
  g_autofree char *bytes = g_strnfill (POSTERN_MAX_LINE + 3, 'x');
  g_auto (Reading) good = { NULL };
  g_auto (Reading) bad = { NULL };
  g_autoptr(GInputStream) good_stream = NULL;
  g_autoptr(GInputStream) bad_stream = NULL;
  g_autoptr(PosternLineReader) good_reader = NULL;
  g_autoptr(PosternLineReader) bad_reader = NULL;

  bad_stream = new_stream (bytes, POSTERN_MAX_LINE + 3, 5000);
  bad_reader = read_all (bad_stream, G_MAXSIZE, &bad);
  g_assert_error (bad.error, POSTERN_ERROR, POSTERN_ERROR_TOO_LONG);

  bytes[POSTERN_MAX_LINE] = '\r';
  bytes[POSTERN_MAX_LINE + 1] = '\n';
  good_stream = new_stream (bytes, POSTERN_MAX_LINE + 2, 5000);
  good_reader = read_all (good_stream, G_MAXSIZE, &good);
  g_assert_no_error (good.error);
  g_assert_true (g_str_has_prefix (good.lines->str, "65536:xx"));
}

static void
test_total (void)
{
  g_auto (Reading) reading = { NULL };
  g_autoptr(GInputStream) stream = new_stream ("1\n2\n3\n4\n5\n6\n", 12, 3);
  g_autoptr(PosternLineReader) reader = read_all (stream, 7, &reading);

  g_assert_error (reading.error, POSTERN_ERROR, POSTERN_ERROR_TOO_LONG);
  g_assert_cmpuint (postern_line_reader_get_available (reader), ==, 1);
  g_assert_cmpstr (reading.lines->str, ==, "1:1\n1:2\n1:3\n");
}

/* It never reads further than one line's room. */
static void
test_bounded (void)
{
  g_autofree char *flood = g_malloc (1024 * 1024);
  g_autoptr(GInputStream) stream = NULL;
  g_autoptr(PosternLineReader) reader = NULL;
  g_auto (Reading) reading = { NULL };

  memset (flood, 'x', 1024 * 1024);
  stream = g_memory_input_stream_new_from_data (flood, 1024 * 1024, NULL);
  reader = read_all (stream, G_MAXSIZE, &reading);
  g_assert_error (reading.error, POSTERN_ERROR, POSTERN_ERROR_TOO_LONG);
  g_assert_cmpint (g_seekable_tell (G_SEEKABLE (stream)), <=, POSTERN_MAX_LINE + 2);
}

static void
test_cancelled (void)
{
  g_autoptr(GInputStream) stream = new_stream ("220", 3, 3);
  g_autoptr(PosternLineReader) reader = postern_line_reader_new (stream, 100);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_auto (Reading) reading = { .lines = g_string_new (NULL) };

  g_cancellable_cancel (cancellable);
  postern_line_reader_read_async (reader, cancellable, line_cb, &reading);
  while (!reading.ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (reading.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/line-reader/splits", test_splits);
  g_test_add_func ("/line-reader/longest", test_longest);
  g_test_add_func ("/line-reader/total", test_total);
  g_test_add_func ("/line-reader/bounded", test_bounded);
  g_test_add_func ("/line-reader/cancelled", test_cancelled);

  return g_test_run ();
}
