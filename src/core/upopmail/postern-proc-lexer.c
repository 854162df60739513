/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-proc-lexer.h"

#include "model/postern-error.h"
#include "model/postern-secret.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PosternProcLexer
{
  const char *at;
  const char *end;
  const char *counted; /* the characters of the line up to here … */
  guint column;        /* … and how many there are, plus 1 */
  guint line;
  PosternProcToken token;
};

PosternProcLexer *
postern_proc_lexer_new (const char *text, gsize length)
{
  PosternProcLexer *self = g_new0 (PosternProcLexer, 1);

  self->at = self->counted = text;
  self->end = text + length;
  self->line = self->column = 1;
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    self->at = self->counted = text + 3;
  return self;
}

static void
clear_token (PosternProcLexer *self)
{
  if (self->token.text != NULL)
    postern_wipe_free (self->token.text);
  self->token.text = NULL;
}

void
postern_proc_lexer_free (PosternProcLexer *self)
{
  clear_token (self);
  g_free (self);
}

static char
peek (PosternProcLexer *self, gsize ahead)
{
  return ahead < (gsize) (self->end - self->at) ? self->at[ahead] : '\0';
}

static void
begin_line (PosternProcLexer *self)
{
  self->line++;
  self->column = 1;
  self->counted = self->at;
}

/* "%\" and the rest of its line, which may be blank or a comment; FALSE where it is none. */
static gboolean
skip_join (PosternProcLexer *self)
{
  const char *p = self->at + 2;

  if (peek (self, 0) != '%' || peek (self, 1) != '\\')
    return FALSE;
  while (p < self->end && (*p == ' ' || *p == '\t' || *p == '\r'))
    p++;
  if (p < self->end && *p != '\n')
    return FALSE;

  self->at = p < self->end ? p + 1 : p;
  if (p < self->end)
    begin_line (self);
  return TRUE;
}

static void
skip_blanks (PosternProcLexer *self)
{
  for (;;)
    {
      char c = peek (self, 0);

      if (self->at == self->end)
        return;
      if (c == ';')
        {
          const char *lf = memchr (self->at, '\n', (gsize) (self->end - self->at));

          self->at = lf != NULL ? lf : self->end;
        }
      else if (c == ' ' || c == '\t' || c == '\r')
        {
          self->at++;
        }
      else if (!skip_join (self))
        {
          return;
        }
    }
}

static void
start_token (PosternProcLexer *self, PosternProcKind kind)
{
  self->token.kind = kind;
  self->token.line = self->line;
  self->column += (guint) g_utf8_strlen (self->counted, self->at - self->counted);
  self->counted = self->at;
  self->token.column = self->column;
}

static gboolean
fail (PosternProcLexer *self, GError **error, const char *message)
{
  start_token (self, self->token.kind);
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);
  return FALSE;
}

/* What "%%" and the character after it stand for. FALSE: a variable, or nothing known. */
static gboolean
append_escape (PosternProcLexer *self, GString *string, GError **error)
{
  char c = peek (self, 2);
  gsize used = 3;

  if (c == '^')
    g_string_append (string, "\r\n");
  else if (c == '"')
    g_string_append_c (string, '"');
  else if (c == ';')
    g_string_append_c (string, '\x1b');
  else if (c == '%')
    {
      g_string_append_c (string, '%');
      used = peek (self, 3) == '%' ? 4 : 3;
    }
  else if (c == '_' || c == '$' || g_ascii_isalpha (c))
    return fail (self, error, _ ("The string has a variable in it; only literal text can be run."));
  else
    return fail (self, error,
                 _ ("“%%” is followed by ^, a quotation mark, a semicolon or “%%” here."));

  self->at += used;
  return TRUE;
}

/* From the quotation mark on. Room is made for the whole line at once: what grows leaves copies
 * behind, and it may be a password. */
static gboolean
read_string (PosternProcLexer *self, GError **error)
{
  const char *begin = self->at++;
  const char *line_end = memchr (begin, '\n', (gsize) (self->end - begin));
  GString *string =
    g_string_sized_new ((gsize) ((line_end != NULL ? line_end : self->end) - begin) + 1);
  gboolean read = TRUE;

  while (read && peek (self, 0) != '"')
    {
      if (self->at == self->end || *self->at == '\n')
        {
          /* Told where it begins. */
          g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                               _ ("The string has no end."));
          read = FALSE;
        }
      else if (peek (self, 0) == '%' && skip_join (self))
        continue;
      else if (*self->at == '\0')
        read = fail (self, error, _ ("The string has a NUL byte in it."));
      else if (peek (self, 0) == '%' && peek (self, 1) == '%')
        read = append_escape (self, string, error);
      else
        g_string_append_c (string, *self->at++);
    }
  if (read)
    self->at++;
  self->token.text = g_string_free (string, FALSE);
  return read;
}

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '$' || c == '#' || (guchar) c >= 0x80;
}

static void
read_word (PosternProcLexer *self)
{
  const char *begin = self->at;

  while (self->at < self->end && is_word (*self->at))
    self->at++;
  self->token.text = g_strndup (begin, (gsize) (self->at - begin));
  if (strspn (self->token.text, "0123456789") == strlen (self->token.text))
    self->token.kind = POSTERN_PROC_NUMBER;
}

/* An operator of two characters, or one sign. */
static void
read_sign (PosternProcLexer *self)
{
  static const char *const doubles[] = { "<=", ">=", "==", "!=", "<>" };
  gsize length = 1;

  for (gsize i = 0; i < G_N_ELEMENTS (doubles); i++)
    if (self->end - self->at >= 2 && memcmp (self->at, doubles[i], 2) == 0)
      length = 2;
  self->token.text = g_strndup (self->at, length);
  self->at += length;
}

/**
 * postern_proc_lexer_next:
 * @token: (out): lent until the next call; also set where there is an @error
 * @error: without the text of strings
 */
gboolean
postern_proc_lexer_next (PosternProcLexer *self, const PosternProcToken **token, GError **error)
{
  gboolean read = TRUE;
  char c;

  clear_token (self);
  skip_blanks (self);
  *token = &self->token;
  start_token (self, POSTERN_PROC_END);
  if (self->at == self->end)
    return TRUE;

  c = *self->at;
  if (c == '\n')
    {
      self->token.kind = POSTERN_PROC_LINE_END;
      self->at++;
      begin_line (self);
    }
  else if (c == '"')
    {
      self->token.kind = POSTERN_PROC_STRING;
      read = read_string (self, error);
    }
  else if (is_word (c))
    {
      self->token.kind = POSTERN_PROC_WORD;
      read_word (self);
    }
  else if (c == '\0')
    read = fail (self, error, _ ("There is a NUL byte."));
  else
    {
      self->token.kind = POSTERN_PROC_SIGN;
      read_sign (self);
    }
  return read;
}

void
postern_proc_lexer_skip_line (PosternProcLexer *self)
{
  const char *lf = memchr (self->at, '\n', (gsize) (self->end - self->at));

  self->at = lf != NULL ? lf : self->end;
}

void
postern_proc_lexer_skip_statement (PosternProcLexer *self)
{
  gboolean quoted = FALSE;

  while (self->at < self->end && *self->at != '\n')
    {
      if (skip_join (self))
        continue;
      if (*self->at == ';' && !quoted)
        {
          postern_proc_lexer_skip_line (self);
          return;
        }
      if (*self->at == '"')
        quoted = !quoted;
      self->at++;
    }
}
