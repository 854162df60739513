/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The lexical rules of an assignment file, spec/uniface.md sections 9.1 and 9.2. */

typedef enum
{
  POSTERN_ASN_BLANK,
  POSTERN_ASN_COMMENT,
  POSTERN_ASN_INCLUDE,                  /* value: the file */
  POSTERN_ASN_SECTION,                  /* name: the section; value: what stands after it */
  POSTERN_ASN_SETTING,
} PosternAsnLineKind;

/* One line after joining. Name and value are without escapes; the positions are bytes of the joined
 * text, escapes and all. */
typedef struct
{
  PosternAsnLineKind  kind;
  char               *name;             /* or NULL */
  char               *value;            /* or NULL */
  gsize               name_at;
  gsize               name_end;
  gsize               value_at;
  gsize               value_end;
} PosternAsnLine;

void      postern_asn_line_parse (PosternAsnLine  *line,
                                  const char      *text);
void      postern_asn_line_clear (PosternAsnLine  *line);
/* Whether a value as it stands in the file holds "(!" or "((" (encrypted text, section 9.1), or
 * "%%(" (an expression), and none of it escaped. */
gboolean  postern_asn_is_encrypted  (const char   *raw);
gboolean  postern_asn_is_expression (const char   *raw);

/* Walks the lines of a decoded file. Afterwards `line` is the number of the first physical line
 * and `text` the joined text, which lives until the next call. */
typedef struct
{
  const char *next;
  const char *end;
  GString    *text;
  guint       line;
  guint       n_lines;
  guint       too_long;                 /* the line of the file with more than 1023 characters */
  gsize       at;                       /* where the first of its lines begins in the file's text */
  gsize       after;                    /* where the next one does */
  gboolean    joined;
  gboolean    open;                     /* continued by a line that is not there */
  gboolean    slash;                    /* ends with the misprint "%/" */
  const char *begin;
  GArray     *places;                   /* of gsize: where each byte of `text` stands; or NULL */
} PosternAsnWalk;

void      postern_asn_walk_init  (PosternAsnWalk  *walk,
                                  const char      *text,
                                  gsize            length);
gboolean  postern_asn_walk_next  (PosternAsnWalk  *walk);
/* The line with a carriage return that does not end it, or 0. */
guint     postern_asn_find_lone_return (const char *text);
/* From here on `places` is kept. */
void      postern_asn_walk_keep_places (PosternAsnWalk *walk);
/* Line and column, in characters, of byte @i of the joined text. */
void      postern_asn_walk_locate (const PosternAsnWalk *walk,
                                  gsize            i,
                                  guint           *line,
                                  guint           *column);
void      postern_asn_walk_clear (PosternAsnWalk  *walk);
/* The position in the escaped text of byte @i of the text without escapes. */
gsize     postern_asn_escaped    (const char      *raw,
                                  gsize            i);

/* UTF-8 from the bytes of a file, by its byte order mark. */
char     *postern_asn_decode     (const char      *bytes,
                                  gsize            length,
                                  gsize           *length_out,
                                  gboolean        *needs_bom,
                                  GError         **error);

G_END_DECLS
