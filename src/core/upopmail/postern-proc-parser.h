/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "upopmail/postern-proc-lexer.h"
#include "upopmail/postern-proc-script.h"

G_BEGIN_DECLS

#define POSTERN_PROC_MAX_STATEMENTS 10000
#define POSTERN_PROC_MAX_MESSAGES 200

/* A script while it is read: the token at hand, and what was found. */
typedef struct
{
  PosternProcScript *script;
  PosternProcLexer  *lexer;
  PosternProcToken   token;             /* the one at hand; its text is lent */
  gboolean           failed;            /* the line at hand */
  GHashTable        *instances;         /* names in upper case */
  GHashTable        *constants;         /* variables that were given a literal: name → text */
  GPtrArray         *blocks;            /* every "if" that has no "endif" yet */
  guint              n_dropped_blocks;  /* deeper than is followed */
} PosternProcParser;

/* Takes @text. */
void                  postern_proc_parser_say         (PosternProcParser        *self,
                                                       gboolean                  is_error,
                                                       guint                     line,
                                                       guint                     column,
                                                       char                     *text);
/* Once a line: what follows from it is not told. Takes @text; is FALSE always. */
gboolean              postern_proc_parser_fail        (PosternProcParser        *self,
                                                       char                     *text);
/* A word of the script for a message: valid, and not long. */
char                 *postern_proc_parser_quote       (const char               *text);
gboolean              postern_proc_parser_next        (PosternProcParser        *self);
gboolean              postern_proc_parser_is_sign     (PosternProcParser        *self,
                                                       const char               *sign);
gboolean              postern_proc_parser_is_word     (PosternProcParser        *self,
                                                       const char               *word);
gboolean              postern_proc_parser_is_line_end (PosternProcParser        *self);
gboolean              postern_proc_parser_expect      (PosternProcParser        *self,
                                                       const char               *sign);
/* What the statement holds is of no interest, so it need not be sound. */
void                  postern_proc_parser_skip        (PosternProcParser        *self);
/* NULL, and a fault told, where there are too many. */
PosternProcStatement *postern_proc_parser_add         (PosternProcParser        *self,
                                                       PosternProcStatementKind  kind,
                                                       guint                     line);

G_END_DECLS
