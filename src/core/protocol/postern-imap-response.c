/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap-response.h"

#include <string.h>

/* Longer words are none that we know. */
#define MAX_WORD 64

/* The word at *@p, in upper case, and *@p after it and the blank that follows. */
static char *
take_word (const char **p, const char *end)
{
  const char *start = *p;
  char *word;

  while (*p < end && **p != ' ')
    (*p)++;
  word = *p - start <= MAX_WORD && *p > start ? g_ascii_strup (start, *p - start) : g_strdup ("");
  if (*p < end)
    (*p)++;
  return word;
}

static PosternImapCondition
find_condition (const char *word)
{
  static const struct
  {
    const char *word;
    PosternImapCondition condition;
  } words[] = {
    { "OK", POSTERN_IMAP_OK },           { "NO", POSTERN_IMAP_NO },   { "BAD", POSTERN_IMAP_BAD },
    { "PREAUTH", POSTERN_IMAP_PREAUTH }, { "BYE", POSTERN_IMAP_BYE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].word, word) == 0)
      return words[i].condition;
  return POSTERN_IMAP_NONE;
}

/* "[ALERT] text", "[CAPABILITY IMAP4rev1] text" (RFC 3501 section 7.1). */
static void
parse_text (PosternImapResponse *self, const char *p, const char *end)
{
  const char *close = p < end && *p == '[' ? memchr (p, ']', (gsize) (end - p)) : NULL;

  if (close != NULL)
    {
      const char *inner = p + 1;

      self->code = take_word (&inner, close);
      if (inner < close)
        self->code_arguments = g_strndup (inner, (gsize) (close - inner));
      p = close + 1;
      if (p < end && *p == ' ')
        p++;
    }
  self->rest = p;
  self->n_rest = (gsize) (end - p);
}

static gboolean
is_number (const char *word)
{
  return *word != '\0' && strspn (word, "0123456789") == strlen (word);
}

static void
parse_untagged (PosternImapResponse *self, const char *p, const char *end)
{
  g_autofree char *word = take_word (&p, end);

  self->condition = find_condition (word);
  if (self->condition != POSTERN_IMAP_NONE)
    {
      self->kind = POSTERN_IMAP_STATUS;
      parse_text (self, p, end);
      return;
    }

  self->kind = POSTERN_IMAP_DATA;
  if (is_number (word))
    {
      /* A number that does not fit says nothing. */
      if (!g_ascii_string_to_unsigned (word, 10, 0, G_MAXUINT32, &self->number, NULL))
        self->number = 0;
      self->keyword = take_word (&p, end);
    }
  else
    self->keyword = g_steal_pointer (&word);
  self->rest = p;
  self->n_rest = (gsize) (end - p);
}

static gboolean
is_tag (const char *word)
{
  return *word != '\0' && strspn (word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == strlen (word);
}

/**
 * postern_imap_response_parse:
 * @self: (out caller-allocates): what the line says; to be cleared
 * @line: a line of a server, without its line end
 * @length: in bytes
 *
 * RFC 3501 section 7, RFC 9051 section 7.
 */
void
postern_imap_response_parse (PosternImapResponse *self, const char *line, gsize length)
{
  const char *end = line + length;
  const char *p = line;
  g_autofree char *word = NULL;

  *self = (PosternImapResponse){ .kind = POSTERN_IMAP_NEITHER, .rest = end };
  if (length >= 1 && line[0] == '+' && (length == 1 || line[1] == ' '))
    {
      self->kind = POSTERN_IMAP_CONTINUATION;
      self->rest = length > 1 ? line + 2 : end;
      self->n_rest = (gsize) (end - self->rest);
      return;
    }
  if (length >= 2 && line[0] == '*' && line[1] == ' ')
    {
      parse_untagged (self, line + 2, end);
      return;
    }

  word = take_word (&p, end);
  if (!is_tag (word))
    return;
  self->tag = g_steal_pointer (&word);
  word = take_word (&p, end);
  self->condition = find_condition (word);
  if (self->condition != POSTERN_IMAP_OK && self->condition != POSTERN_IMAP_NO &&
      self->condition != POSTERN_IMAP_BAD)
    return;
  self->kind = POSTERN_IMAP_TAGGED;
  parse_text (self, p, end);
}

void
postern_imap_response_clear (PosternImapResponse *self)
{
  g_clear_pointer (&self->tag, g_free);
  g_clear_pointer (&self->code, g_free);
  g_clear_pointer (&self->code_arguments, g_free);
  g_clear_pointer (&self->keyword, g_free);
}

gboolean
postern_imap_response_literal (const char *line, gsize length, guint64 *n_octets)
{
  gsize i = length;
  guint64 value = 0;

  if (length < 3 || line[length - 1] != '}')
    return FALSE;
  i--;
  if (line[i - 1] == '+')
    i--;
  while (i > 0 && g_ascii_isdigit (line[i - 1]))
    i--;
  if (i == 0 || line[i - 1] != '{' || !g_ascii_isdigit (line[i]))
    return FALSE;

  for (; i < length && g_ascii_isdigit (line[i]); i++)
    if (value > (G_MAXUINT64 - 9) / 10)
      {
        *n_octets = G_MAXUINT64;
        return TRUE;
      }
    else
      value = value * 10 + (guint64) (line[i] - '0');
  *n_octets = value;
  return TRUE;
}
