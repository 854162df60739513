/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  POSTERN_PROC_WORD,                    /* a keyword, or the name of a variable or field */
  POSTERN_PROC_STRING,
  POSTERN_PROC_NUMBER,
  POSTERN_PROC_SIGN,                    /* ( ) , . and operators */
  POSTERN_PROC_LINE_END,                /* of a statement: joined lines have one */
  POSTERN_PROC_END,
} PosternProcKind;

/* `text` of a string is what it stands for, escapes undone. */
typedef struct
{
  PosternProcKind  kind;
  char            *text;
  guint            line;                /* from 1 */
  guint            column;              /* from 1, in characters */
} PosternProcToken;

/**
 * PosternProcLexer:
 *
 * The words of a ProcScript text. Comments (`;` to the end of the line) and joined lines (`%\`)
 * are gone. Its memory is a token at a time.
 */
typedef struct _PosternProcLexer PosternProcLexer;

PosternProcLexer *postern_proc_lexer_new   (const char        *text,
                                            gsize              length);
void              postern_proc_lexer_free  (PosternProcLexer  *self);
/* The next token, wiped with the one after it. FALSE: @error says what is wrong, the token where. */
gboolean          postern_proc_lexer_next  (PosternProcLexer        *self,
                                            const PosternProcToken **token,
                                            GError                 **error);

/* Goes on at the end of the line, or of the statement with the lines joined to it, whatever is in
 * it. */
void              postern_proc_lexer_skip_line (PosternProcLexer *self);
void              postern_proc_lexer_skip_statement (PosternProcLexer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternProcLexer, postern_proc_lexer_free)

G_END_DECLS
