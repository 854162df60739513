/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-reply.h"
#include "protocol/postern-text.h"

#define MAX_LINES 1000
#define MAX_BYTES (1024 * 1024)

/* A failure tells so much of a reply; the transcript has the rest. */
#define MAX_TEXT 16384

struct _PosternSmtpReply
{
  PosternRedactor *redactor;
  GPtrArray *lines; /* GBytes, with their codes */
  gsize n_bytes;
  int code;
};

PosternSmtpReply *
postern_smtp_reply_new (PosternRedactor *redactor)
{
  PosternSmtpReply *self = g_new0 (PosternSmtpReply, 1);

  self->redactor = postern_redactor_ref (redactor);
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return self;
}

void
postern_smtp_reply_free (PosternSmtpReply *self)
{
  if (self == NULL)
    return;

  postern_redactor_unref (self->redactor);
  g_ptr_array_unref (self->lines);
  g_free (self);
}

void
postern_smtp_reply_clear (PosternSmtpReply *self)
{
  g_ptr_array_set_size (self->lines, 0);
  self->n_bytes = 0;
  self->code = 0;
}

/* Three digits, the first from 2 to 5, then a blank, a hyphen or nothing; 0 for anything else. */
static int
parse_code (const char *line, gsize length)
{
  if (length < 3 || line[0] < '2' || line[0] > '5' || !g_ascii_isdigit (line[1]) ||
      !g_ascii_isdigit (line[2]))
    return 0;
  if (length > 3 && line[3] != ' ' && line[3] != '-')
    return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/**
 * postern_smtp_reply_feed:
 * @self: a reply that is not complete
 * @line: the next line, without its line end
 * @length: in bytes
 *
 * The line is kept in any case, so that a malformed reply can be shown.
 *
 * Returns: MORE until the last line of the reply
 */
PosternSmtpReplyState
postern_smtp_reply_feed (PosternSmtpReply *self, const char *line, gsize length)
{
  int code = parse_code (line, length);

  if (self->lines->len >= MAX_LINES || length > MAX_BYTES - self->n_bytes)
    return POSTERN_SMTP_REPLY_TOO_LONG;

  g_ptr_array_add (self->lines, g_bytes_new (line, length));
  self->n_bytes += length;
  if (code == 0 || (self->code != 0 && code != self->code))
    return POSTERN_SMTP_REPLY_MALFORMED;

  self->code = code;
  return length > 3 && line[3] == '-' ? POSTERN_SMTP_REPLY_MORE : POSTERN_SMTP_REPLY_COMPLETE;
}

guint
postern_smtp_reply_get_n_lines (PosternSmtpReply *self)
{
  return self->lines->len;
}

int
postern_smtp_reply_get_code (PosternSmtpReply *self)
{
  return self->code;
}

const char *
postern_smtp_reply_peek_line (PosternSmtpReply *self, guint index, gsize *length)
{
  gsize n_line = 0;
  const char *line = NULL;

  *length = 0;
  if (index < self->lines->len)
    line = g_bytes_get_data (self->lines->pdata[index], &n_line);
  if (line == NULL || n_line <= 4)
    return "";

  *length = n_line - 4;
  return line + 4;
}

/* Returns: (transfer full): the same, to be shown */
char *
postern_smtp_reply_dup_line (PosternSmtpReply *self, guint index)
{
  gsize length;
  const char *line = postern_smtp_reply_peek_line (self, index, &length);

  return postern_text_show (self->redactor, line, length);
}

/**
 * postern_smtp_reply_dup_text:
 * @self: a reply
 *
 * Returns: (nullable) (transfer full): its lines with their codes, joined by "\n", to be shown;
 *   NULL when there is none
 */
char *
postern_smtp_reply_dup_text (PosternSmtpReply *self)
{
  GString *text;

  if (self->lines->len == 0)
    return NULL;

  text = g_string_new (NULL);
  for (guint i = 0; i < self->lines->len && text->len < MAX_TEXT; i++)
    {
      gsize length = 0;
      const char *line = g_bytes_get_data (self->lines->pdata[i], &length);
      g_autofree char *shown = postern_text_show (self->redactor, line, length);

      if (i > 0)
        g_string_append_c (text, '\n');
      g_string_append (text, shown);
    }
  if (text->len > MAX_TEXT)
    {
      const char *cut = g_utf8_find_prev_char (text->str, text->str + MAX_TEXT);

      g_string_truncate (text, (gsize) (cut - text->str));
      g_string_append (text, "…");
    }
  return g_string_free (text, FALSE);
}

static gsize
count_digits (const char *p, gsize max)
{
  gsize n = 0;

  while (n < max && g_ascii_isdigit (p[n]))
    n++;
  return n;
}

/* RFC 2034: class "." subject "." detail, and the class is the first digit of the code. */
static char *
parse_enhanced (const char *text, char digit)
{
  gsize n_subject, n_detail;

  if (text[0] != digit || text[1] != '.')
    return NULL;
  n_subject = count_digits (text + 2, 3);
  if (n_subject == 0 || text[2 + n_subject] != '.')
    return NULL;
  n_detail = count_digits (text + 3 + n_subject, 3);
  if (n_detail == 0 || g_ascii_isdigit (text[3 + n_subject + n_detail]))
    return NULL;
  return g_strndup (text, 3 + n_subject + n_detail);
}

/**
 * postern_smtp_reply_dup_enhanced:
 * @self: a reply
 *
 * Returns: (nullable) (transfer full): the first enhanced status code in it, "5.7.8"
 */
char *
postern_smtp_reply_dup_enhanced (PosternSmtpReply *self)
{
  if (self->code / 100 != 2 && self->code / 100 != 4 && self->code / 100 != 5)
    return NULL;

  for (guint i = 0; i < self->lines->len; i++)
    {
      g_autofree char *line = postern_smtp_reply_dup_line (self, i);
      char *enhanced = parse_enhanced (line, (char) ('0' + self->code / 100));

      if (enhanced != NULL)
        return enhanced;
    }
  return NULL;
}
