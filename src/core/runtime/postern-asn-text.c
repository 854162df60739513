/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-text.h"

#include "model/postern-error.h"
#include "runtime/postern-asn.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

/* Section 9.1, escape: "^" before a character that is neither alphanumeric nor blank. */
static gboolean
is_escape (const char *p, const char *end)
{
  return *p == '^' && p + 1 < end && !g_ascii_isalnum (p[1]) && !is_blank (p[1]);
}

static char *
unescape (const char *text, const char *end)
{
  char *plain = g_malloc ((gsize) (end - text) + 1);
  gsize n = 0;

  for (const char *p = text; p < end; p++)
    {
      if (is_escape (p, end))
        p++;
      plain[n++] = *p;
    }
  plain[n] = '\0';

  return plain;
}

/* @marks has to stand in @raw with none of its characters escaped. */
static gboolean
holds (const char *raw, const char *marks)
{
  const char *end = raw + strlen (raw);

  for (const char *p = raw; p < end; p += is_escape (p, end) ? 2 : 1)
    {
      if (*p == *marks && strncmp (p, marks, strlen (marks)) == 0)
        return TRUE;
    }

  return FALSE;
}

gboolean
postern_asn_is_encrypted (const char *raw)
{
  return holds (raw, "(!") || holds (raw, "((");
}

gboolean
postern_asn_is_expression (const char *raw)
{
  return holds (raw, "%%(");
}

gsize
postern_asn_escaped (const char *raw, gsize i)
{
  const char *end = raw + strlen (raw);
  const char *p = raw;

  while (i-- > 0 && p < end)
    p += is_escape (p, end) ? 2 : 1;

  return (gsize) (p - raw);
}

static void
set_name (PosternAsnLine *line, const char *start, const char *from, const char *to)
{
  line->name_at = (gsize) (from - start);
  line->name_end = (gsize) (to - start);
  line->name = unescape (from, to);
}

static void
set_value (PosternAsnLine *line, const char *start, const char *from, const char *to)
{
  line->value_at = (gsize) (from - start);
  line->value_end = (gsize) (to - start);
  line->value = unescape (from, to);
}

static void
parse_setting (PosternAsnLine *line, const char *start, const char *text, const char *end)
{
  const char *p = text;
  const char *name_end;

  while (p < end && !is_blank (*p) && *p != '=')
    p += is_escape (p, end) ? 2 : 1;
  name_end = p;
  while (p < end && is_blank (*p))
    p++;
  if (p < end && *p == '=')
    p++;
  while (p < end && is_blank (*p))
    p++;

  line->kind = POSTERN_ASN_SETTING;
  set_name (line, start, text, MIN (name_end, end));
  set_value (line, start, p, end);
}

/**
 * postern_asn_line_parse:
 * @text: a line after joining
 *
 * Classifies a line; postern_asn_line_clear() frees what it holds.
 */
void
postern_asn_line_parse (PosternAsnLine *line, const char *text)
{
  const char *start = text;
  const char *end = text + strlen (text);

  memset (line, 0, sizeof *line);
  while (is_blank (*text))
    text++;
  while (end > text && is_blank (end[-1]))
    end--;

  if (*text == '\0')
    line->kind = POSTERN_ASN_BLANK;
  else if (*text == ';')
    line->kind = POSTERN_ASN_COMMENT;
  else if (g_ascii_strncasecmp (text, "#FILE", 5) == 0 && (text + 5 == end || is_blank (text[5])))
    {
      text += 5;
      while (text < end && is_blank (*text))
        text++;
      line->kind = POSTERN_ASN_INCLUDE;
      set_value (line, start, text, end);
    }
  else if (*text == '[' && memchr (text, ']', (gsize) (end - text)) != NULL)
    {
      const char *bracket = memchr (text, ']', (gsize) (end - text));

      line->kind = POSTERN_ASN_SECTION;
      line->name = g_strstrip (g_strndup (text + 1, (gsize) (bracket - text) - 1));
      line->name_at = (gsize) (text - start) + 1;
      line->name_end = (gsize) (bracket - start);
      for (text = bracket + 1; text < end && is_blank (*text);)
        text++;
      if (text < end && *text != ';')
        set_value (line, start, text, end);
    }
  else
    parse_setting (line, start, text, end);
}

void
postern_asn_line_clear (PosternAsnLine *line)
{
  g_clear_pointer (&line->name, g_free);
  g_clear_pointer (&line->value, g_free);
}

void
postern_asn_walk_init (PosternAsnWalk *walk, const char *text, gsize length)
{
  memset (walk, 0, sizeof *walk);
  walk->begin = text;
  walk->next = text;
  walk->end = text + length;
  walk->text = g_string_new (NULL);
}

void
postern_asn_walk_keep_places (PosternAsnWalk *walk)
{
  walk->places = g_array_new (FALSE, FALSE, sizeof (gsize));
}

void
postern_asn_walk_locate (const PosternAsnWalk *walk, gsize i, guint *line, guint *column)
{
  const char *start = walk->begin + walk->at;
  const char *at = start;

  if (walk->places != NULL && i < walk->places->len)
    at = walk->begin + g_array_index (walk->places, gsize, i);
  else if (walk->places != NULL && walk->places->len > 0)
    at = walk->begin + g_array_index (walk->places, gsize, walk->places->len - 1) + 1;

  *line = walk->line;
  for (const char *p = start; (p = memchr (p, '\n', (gsize) (at - p))) != NULL;)
    {
      start = ++p;
      ++*line;
    }
  *column = (guint) g_utf8_strlen (start, at - start) + 1;
}

void
postern_asn_walk_clear (PosternAsnWalk *walk)
{
  g_clear_pointer (&walk->places, g_array_unref);
  g_string_free (walk->text, TRUE);
  walk->text = NULL;
}

static void
add_piece (PosternAsnWalk *walk, const char *from, const char *to)
{
  g_string_append_len (walk->text, from, to - from);
  for (const char *p = from; walk->places != NULL && p < to; p++)
    {
      gsize place = (gsize) (p - walk->begin);

      g_array_append_val (walk->places, place);
    }
}

/* Where the continuation marker of a line begins, or @end when it has none. */
static const char *
find_marker (const char *start, const char *end)
{
  const char *p = end;
  guint carets = 0;

  while (p > start && p[-1] == ' ')
    p--;
  if (p - start < 2 || p[-1] != '\\' || p[-2] != '%')
    return end;
  p -= 2;
  for (const char *q = p; q > start && q[-1] == '^'; q--)
    carets++;

  return carets % 2 == 1 ? end : p;
}

static gboolean
ends_with_slash (const char *start, const char *end)
{
  while (end > start && is_blank (end[-1]))
    end--;

  return end - start >= 2 && end[-1] == '/' && end[-2] == '%';
}

/**
 * postern_asn_walk_next:
 *
 * Goes to the next line, with the lines that continue it joined: the marker and the spaces after
 * it are dropped, the blanks before it kept, the leading blanks of the next line dropped.
 *
 * Returns: %FALSE at the end
 */
gboolean
postern_asn_walk_next (PosternAsnWalk *walk)
{
  gboolean more = TRUE;

  if (walk->next >= walk->end)
    return FALSE;

  g_string_truncate (walk->text, 0);
  if (walk->places != NULL)
    g_array_set_size (walk->places, 0);
  walk->line = walk->n_lines + 1;
  walk->at = (gsize) (walk->next - walk->begin);
  walk->too_long = 0;
  walk->joined = walk->slash = FALSE;

  while (more && walk->next < walk->end)
    {
      const char *start = walk->next;
      const char *newline = memchr (start, '\n', (gsize) (walk->end - start));
      const char *end = newline != NULL ? newline : walk->end;
      const char *marker;

      walk->next = newline != NULL ? newline + 1 : walk->end;
      walk->n_lines++;
      if (end > start && end[-1] == '\r')
        end--;
      if (end - start > POSTERN_ASN_MAX_LINE &&
          g_utf8_strlen (start, end - start) > POSTERN_ASN_MAX_LINE && walk->too_long == 0)
        walk->too_long = walk->n_lines;

      marker = find_marker (start, end);
      more = marker < end;
      walk->slash = ends_with_slash (start, end);
      if (walk->joined)
        while (start < marker && is_blank (*start))
          start++;
      add_piece (walk, start, marker);
      walk->joined = walk->joined || more;
    }
  walk->after = (gsize) (walk->next - walk->begin);
  walk->open = more;

  return TRUE;
}

/* A line ends with LF or CR LF: what old Mac OS wrote is one long line. */
guint
postern_asn_find_lone_return (const char *text)
{
  guint line = 1;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '\r' && p[1] != '\n')
        return line;
      line += *p == '\n';
    }

  return 0;
}

static char *
decode_utf16 (
  const char *bytes, gsize length, const char *charset, gsize *length_out, GError **error)
{
  char *text = g_convert (bytes, (gssize) length, "UTF-8", charset, NULL, length_out, NULL);

  if (text == NULL)
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("The file begins as %s and is not well formed"), charset);

  return text;
}

/**
 * postern_asn_decode:
 * @needs_bom: (out): whether there are characters outside ASCII without a byte order mark
 *
 * Bytes that are neither marked nor UTF-8 are read as ISO 8859-1 (inferred).
 */
char *
postern_asn_decode (
  const char *bytes, gsize length, gsize *length_out, gboolean *needs_bom, GError **error)
{
  const guchar *b = (const guchar *) bytes;
  g_autofree char *text = NULL;

  *needs_bom = FALSE;
  *length_out = length;
  if (length >= 2 && b[0] == 0xff && b[1] == 0xfe)
    text = decode_utf16 (bytes + 2, length - 2, "UTF-16LE", length_out, error);
  else if (length >= 2 && b[0] == 0xfe && b[1] == 0xff)
    text = decode_utf16 (bytes + 2, length - 2, "UTF-16BE", length_out, error);
  else if (length >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf)
    {
      *length_out = length - 3;
      text = g_strndup (bytes + 3, *length_out);
      if (!g_utf8_validate (bytes + 3, (gssize) *length_out, NULL))
        {
          g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                       _ ("The file begins as UTF-8 and is not well formed"));
          return NULL;
        }
    }
  else
    {
      for (gsize i = 0; i < length && !*needs_bom; i++)
        *needs_bom = b[i] >= 0x80;
      if (*needs_bom && !g_utf8_validate (bytes, (gssize) length, NULL))
        text = g_convert (bytes, (gssize) length, "UTF-8", "ISO-8859-1", NULL, length_out, NULL);
      else
        {
          text = g_malloc (length + 1);
          memcpy (text, bytes, length);
          text[length] = '\0';
        }
    }

  if (text != NULL && memchr (text, '\0', *length_out) != NULL)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("The file holds zero bytes and is no text; UTF-16 needs a byte order mark"));
      return NULL;
    }

  return g_steal_pointer (&text);
}
