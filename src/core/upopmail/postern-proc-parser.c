/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-proc-parser.h"

#include <glib/gi18n.h>
#include <string.h>

void
postern_proc_parser_say (
  PosternProcParser *self, gboolean is_error, guint line, guint column, char *text)
{
  PosternProcMessage *message;

  if (is_error)
    self->script->n_errors++;
  if (self->script->messages->len >= POSTERN_PROC_MAX_MESSAGES)
    {
      g_free (text);
      return;
    }
  message = g_new0 (PosternProcMessage, 1);
  message->is_error = is_error;
  message->line = line;
  message->column = column;
  message->text = text;
  g_ptr_array_add (self->script->messages, message);
}

/* Once a line: what follows from it is not told. Takes @text. */
gboolean
postern_proc_parser_fail (PosternProcParser *self, char *text)
{
  if (!self->failed)
    postern_proc_parser_say (self, TRUE, self->token.line, self->token.column, text);
  else
    g_free (text);
  self->failed = TRUE;
  return FALSE;
}

char *
postern_proc_parser_quote (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return g_utf8_strlen (valid, -1) > 40 ? g_utf8_substring (valid, 0, 40)
                                        : g_steal_pointer (&valid);
}

gboolean
postern_proc_parser_next (PosternProcParser *self)
{
  const PosternProcToken *token;
  g_autoptr(GError) error = NULL;
  gboolean read = postern_proc_lexer_next (self->lexer, &token, &error);

  self->token = *token;
  if (read)
    return TRUE;

  /* Where it goes on is not known: the rest of the line is left out. */
  postern_proc_parser_fail (self, g_strdup (error->message));
  postern_proc_lexer_skip_line (self->lexer);
  self->token.kind = POSTERN_PROC_SIGN;
  self->token.text = (char *) "";
  return FALSE;
}

gboolean
postern_proc_parser_is_sign (PosternProcParser *self, const char *sign)
{
  return self->token.kind == POSTERN_PROC_SIGN && strcmp (self->token.text, sign) == 0;
}

gboolean
postern_proc_parser_is_word (PosternProcParser *self, const char *word)
{
  return self->token.kind == POSTERN_PROC_WORD && g_ascii_strcasecmp (self->token.text, word) == 0;
}

gboolean
postern_proc_parser_is_line_end (PosternProcParser *self)
{
  return self->token.kind == POSTERN_PROC_LINE_END || self->token.kind == POSTERN_PROC_END;
}

gboolean
postern_proc_parser_expect (PosternProcParser *self, const char *sign)
{
  if (!postern_proc_parser_is_sign (self, sign))
    return postern_proc_parser_fail (self, g_strdup_printf (_ ("Here “%s” is expected."), sign));
  return postern_proc_parser_next (self);
}

/* What the statement holds is of no interest, so it need not be sound. */
void
postern_proc_parser_skip (PosternProcParser *self)
{
  if (postern_proc_parser_is_line_end (self))
    return;
  postern_proc_lexer_skip_statement (self->lexer);
  postern_proc_parser_next (self);
}

PosternProcStatement *
postern_proc_parser_add (PosternProcParser *self, PosternProcStatementKind kind, guint line)
{
  PosternProcStatement *statement;

  if (self->script->statements->len >= POSTERN_PROC_MAX_STATEMENTS)
    {
      postern_proc_parser_fail (self,
                                g_strdup_printf (_ ("The script has more than %d statements."),
                                                 POSTERN_PROC_MAX_STATEMENTS));
      return NULL;
    }
  statement = g_new0 (PosternProcStatement, 1);
  statement->kind = kind;
  statement->line = line;
  g_ptr_array_add (self->script->statements, statement);
  return statement;
}
