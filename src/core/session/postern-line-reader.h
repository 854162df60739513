/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define POSTERN_MAX_LINE (64 * 1024)

#define POSTERN_TYPE_LINE_READER (postern_line_reader_get_type ())
G_DECLARE_FINAL_TYPE (PosternLineReader, postern_line_reader, POSTERN, LINE_READER, GObject)

/**
 * PosternLineReader:
 *
 * Lines of a stream that nobody vouches for. Its buffer has room for one line of 64 KiB and never
 * grows; it never reads further than that. A line ends with LF; a CR before it is not part of the
 * line; any other byte is, NUL too.
 */
PosternLineReader *postern_line_reader_new           (GInputStream         *stream,
                                                      gsize                 max_total);
/* Takes a line that is there already; valid until the next call. */
gboolean           postern_line_reader_take          (PosternLineReader    *self,
                                                      const char          **line,
                                                      gsize                *length);
/* So many bytes more may be read than there were till now. */
void               postern_line_reader_allow         (PosternLineReader    *self,
                                                      gsize                 n_more);
void               postern_line_reader_want_octets   (PosternLineReader    *self,
                                                      gsize                 n_octets);
void               postern_line_reader_read_async    (PosternLineReader    *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
const char        *postern_line_reader_read_finish   (PosternLineReader    *self,
                                                      GAsyncResult         *result,
                                                      gsize                *length,
                                                      GError              **error);
/* Bytes that were read and belong to no line yet taken. */
gsize              postern_line_reader_get_available (PosternLineReader    *self);
const char        *postern_line_reader_peek          (PosternLineReader    *self,
                                                      gsize                *length);

G_END_DECLS
