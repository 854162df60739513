/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "document/postern-asn-edit.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  POSTERN_ASN_ENCODING_PLAIN,           /* UTF-8 without a byte order mark, ASCII included */
  POSTERN_ASN_ENCODING_UTF8,            /* with one */
  POSTERN_ASN_ENCODING_UTF16LE,
  POSTERN_ASN_ENCODING_UTF16BE,
  POSTERN_ASN_ENCODING_LATIN1,          /* bytes that are none of the above */
} PosternAsnEncoding;

/**
 * PosternAsnDocument:
 *
 * An assignment file of Uniface on its way through an editor: one text in UTF-8, which can be
 * changed as a text or setting by setting, in any order; both are views of the same. What nobody
 * changes keeps its bytes: byte order mark, encoding, line ends, comments, continued lines, blanks.
 * Encrypted text is shown and kept, and a setting that has some is changed by set_text() alone.
 *
 * Sections and names of settings are in any case; where a name is set twice the last one counts, and
 * is the one that is changed. Files that are included with `#FILE` are documents of their own.
 *
 * Properties: path (string, or %NULL), text (string), modified (boolean, read-only): whether there
 * is something to save, encoding (int of [enum@AsnEncoding]).
 *
 * Signal changed: after every change of the text, whoever made it. From within a handler that copies
 * the text to a widget the widget's own signal comes back here; set_text() with the same text does
 * nothing, so that this ends.
 */
#define POSTERN_TYPE_ASN_DOCUMENT (postern_asn_document_get_type ())
G_DECLARE_FINAL_TYPE (PosternAsnDocument, postern_asn_document, POSTERN, ASN_DOCUMENT, GObject)

/* An empty one, without a path. */
PosternAsnDocument *postern_asn_document_new             (void);
/* NULL with @error: the file and the reason. */
PosternAsnDocument *postern_asn_document_open            (const char           *path,
                                                          GError              **error);
/* Reads the file anew; changes that were not saved are gone. */
gboolean            postern_asn_document_reload          (PosternAsnDocument   *self,
                                                          GError              **error);
/* Writes the file, see postern_safe_file_write(). G_IO_ERROR_WRONG_ETAG: somebody else changed it
 * since it was read or saved; then reload, or save under another name. */
gboolean            postern_asn_document_save            (PosternAsnDocument   *self,
                                                          GError              **error);
/* @overwrite: whether a file that is there already may be replaced. */
gboolean            postern_asn_document_save_as         (PosternAsnDocument   *self,
                                                          const char           *path,
                                                          gboolean              overwrite,
                                                          GError              **error);
/* The same as save() in a thread: what is written is the text as it is now. */
void                postern_asn_document_save_async      (PosternAsnDocument   *self,
                                                          GCancellable         *cancellable,
                                                          GAsyncReadyCallback   callback,
                                                          gpointer              user_data);
gboolean            postern_asn_document_save_finish     (PosternAsnDocument   *self,
                                                          GAsyncResult         *result,
                                                          GError              **error);
/* Whether the file on the disk is another one than was read or saved last; TRUE where it cannot be
 * read. */
gboolean            postern_asn_document_is_stale        (PosternAsnDocument   *self);

const char         *postern_asn_document_get_path        (PosternAsnDocument   *self);
gboolean            postern_asn_document_is_modified     (PosternAsnDocument   *self);
PosternAsnEncoding  postern_asn_document_get_encoding    (PosternAsnDocument   *self);
void                postern_asn_document_set_encoding    (PosternAsnDocument   *self,
                                                          PosternAsnEncoding    encoding);
/* The text with the line ends that it has; lives until the next change. */
const char         *postern_asn_document_get_text        (PosternAsnDocument   *self);
/* The text that is on the disk, as far as this document knows. */
const char         *postern_asn_document_get_saved_text  (PosternAsnDocument   *self);
/* FALSE with @error for what is not UTF-8. */
gboolean            postern_asn_document_set_text        (PosternAsnDocument   *self,
                                                          const char           *text,
                                                          GError              **error);
/* What save() would write: byte order mark and all. NULL with @error where the encoding does not
 * have a character; set_encoding() is the way out. */
GBytes             *postern_asn_document_to_bytes        (PosternAsnDocument   *self,
                                                          GError              **error);

/* What is wrong with the text as it is now, and with the files that it includes: findings with file,
 * line and column, see postern_asn_check(); element-type PosternFinding. NULL with @error where
 * nothing can be read. */
GPtrArray          *postern_asn_document_check           (PosternAsnDocument   *self,
                                                          const char           *usys_dir,
                                                          GError              **error);
/* element-type PosternAsnEntry, in the order of the file; @section NULL: of all sections. */
GPtrArray          *postern_asn_document_list            (PosternAsnDocument   *self,
                                                          const char           *section);
char               *postern_asn_document_dup_setting     (PosternAsnDocument   *self,
                                                          const char           *section,
                                                          const char           *name);
/* Adds what is not there yet, the section included. */
gboolean            postern_asn_document_set_setting     (PosternAsnDocument   *self,
                                                          const char           *section,
                                                          const char           *name,
                                                          const char           *value,
                                                          GError              **error);
gboolean            postern_asn_document_remove_setting  (PosternAsnDocument   *self,
                                                          const char           *section,
                                                          const char           *name,
                                                          GError              **error);
/* Options of a list such as `verify_server=yes, ca_cert=a.pem`; the long name of a TLS option also
 * finds the short one. element-type PosternAsnPair. */
GPtrArray          *postern_asn_document_list_options    (PosternAsnDocument   *self,
                                                          const char           *section,
                                                          const char           *name);
char               *postern_asn_document_dup_option      (PosternAsnDocument   *self,
                                                          const char           *section,
                                                          const char           *name,
                                                          const char           *option);
gboolean            postern_asn_document_set_option      (PosternAsnDocument   *self,
                                                          const char           *section,
                                                          const char           *name,
                                                          const char           *option,
                                                          const char           *value,
                                                          GError              **error);
gboolean            postern_asn_document_remove_option   (PosternAsnDocument   *self,
                                                          const char           *section,
                                                          const char           *name,
                                                          const char           *option,
                                                          GError              **error);

G_END_DECLS
