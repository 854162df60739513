/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-asn-spot.h"

#include "runtime/postern-asn-text.h"
#include "runtime/postern-tls-options.h"

#include <string.h>

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static gboolean
is_section (const PosternAsnLine *line, const char *section)
{
  return g_ascii_strcasecmp (line->name, section) == 0;
}

/* Where byte @i of the joined text stands; after the last byte for @i past the end. */
static gsize
place_of (const PosternAsnWalk *walk, gsize i)
{
  if (i < walk->places->len)
    return g_array_index (walk->places, gsize, i);
  if (walk->places->len == 0)
    return walk->at;

  return g_array_index (walk->places, gsize, walk->places->len - 1) + 1;
}

static gsize
end_of (const PosternAsnWalk *walk, gsize i)
{
  return i == 0 ? walk->at : place_of (walk, i - 1) + 1;
}

/* The value byte by byte, as postern_asn_line_parse() takes the escapes out. */
static void
map_value (PosternAsnSpot *spot, const PosternAsnWalk *walk, const PosternAsnLine *line)
{
  gsize n = strlen (line->value);
  gsize i = line->value_at;

  spot->starts = g_array_sized_new (FALSE, FALSE, sizeof (gsize), (guint) n);
  spot->ends = g_array_sized_new (FALSE, FALSE, sizeof (gsize), (guint) n);
  for (gsize k = 0; k < n; k++)
    {
      gsize start = place_of (walk, i);
      gsize end;

      if (walk->text->str[i] == '^' && i + 1 < line->value_end &&
          !g_ascii_isalnum (walk->text->str[i + 1]) && !is_blank (walk->text->str[i + 1]))
        i++;
      end = place_of (walk, i) + 1;
      i++;
      g_array_append_val (spot->starts, start);
      g_array_append_val (spot->ends, end);
    }
}

static void
fill_spot (PosternAsnSpot *spot, const GString *text, gsize at)
{
  PosternAsnWalk walk;
  PosternAsnLine line;
  g_autofree char *raw = NULL;

  postern_asn_walk_init (&walk, text->str, text->len);
  postern_asn_walk_keep_places (&walk);
  walk.next += at;
  postern_asn_walk_next (&walk);
  postern_asn_line_parse (&line, walk.text->str);

  spot->start = walk.at;
  spot->end = walk.after;
  spot->name_end = end_of (&walk, line.name_end);
  spot->value_at = line.value_at < line.value_end ? place_of (&walk, line.value_at)
                                                  : end_of (&walk, line.value_at);
  spot->value_end =
    line.value_at < line.value_end ? end_of (&walk, line.value_end) : spot->value_at;
  spot->separated = line.value_at > line.name_end;
  raw = g_strndup (walk.text->str + line.value_at, line.value_end - line.value_at);
  spot->encrypted = postern_asn_is_encrypted (raw);
  map_value (spot, &walk, &line);
  spot->value = g_steal_pointer (&line.value);
  postern_asn_line_clear (&line);
  postern_asn_walk_clear (&walk);
}

gboolean
postern_asn_spot_find (PosternAsnSpot *spot,
                       const GString *text,
                       const char *section,
                       const char *name)
{
  PosternAsnWalk walk;
  gboolean inside = FALSE;
  gboolean found = FALSE;
  gsize at = 0;

  memset (spot, 0, sizeof *spot);
  postern_asn_walk_init (&walk, text->str, text->len);
  while (postern_asn_walk_next (&walk))
    {
      PosternAsnLine line;

      postern_asn_line_parse (&line, walk.text->str);
      if (line.kind == POSTERN_ASN_SECTION)
        inside = is_section (&line, section);
      else if (line.kind == POSTERN_ASN_SETTING && inside &&
               g_ascii_strcasecmp (line.name, name) == 0)
        {
          found = TRUE;
          at = walk.at;
        }
      postern_asn_line_clear (&line);
    }
  postern_asn_walk_clear (&walk);
  if (found)
    fill_spot (spot, text, at);

  return found;
}

void
postern_asn_spot_clear (PosternAsnSpot *spot)
{
  g_clear_pointer (&spot->value, g_free);
  g_clear_pointer (&spot->starts, g_array_unref);
  g_clear_pointer (&spot->ends, g_array_unref);
}

void
postern_asn_gap_find (PosternAsnGap *gap, const GString *text, const char *section)
{
  PosternAsnWalk walk;
  gboolean inside = FALSE;

  memset (gap, 0, sizeof *gap);
  postern_asn_walk_init (&walk, text->str, text->len);
  while (postern_asn_walk_next (&walk))
    {
      PosternAsnLine line;

      postern_asn_line_parse (&line, walk.text->str);
      if (line.kind == POSTERN_ASN_SECTION)
        inside = is_section (&line, section);
      if (inside && line.kind != POSTERN_ASN_BLANK && line.kind != POSTERN_ASN_COMMENT)
        {
          gap->found = TRUE;
          gap->at = walk.after;
          gap->open = walk.open;
          gap->indent = line.kind == POSTERN_ASN_SETTING ? line.name_at : 0;
        }
      postern_asn_line_clear (&line);
      if (!gap->found)
        gap->open = walk.open;
    }
  postern_asn_walk_clear (&walk);
  if (!gap->found)
    gap->at = text->len;
}

static void
read_element (PosternAsnElement *element, const char *list)
{
  const char *equals;

  while (element->from < element->to && g_ascii_isspace (list[element->from]))
    element->from++;
  while (element->to > element->from && g_ascii_isspace (list[element->to - 1]))
    element->to--;

  equals = memchr (list + element->from, '=', element->to - element->from);
  element->equals = equals != NULL;
  element->name_to = equals != NULL ? (gsize) (equals - list) : element->to;
  element->value_from = equals != NULL ? element->name_to + 1 : element->to;
  while (element->name_to > element->from && g_ascii_isspace (list[element->name_to - 1]))
    element->name_to--;
  while (element->value_from < element->to && g_ascii_isspace (list[element->value_from]))
    element->value_from++;
}

GArray *
postern_asn_elements (const char *list)
{
  GArray *elements = g_array_new (FALSE, FALSE, sizeof (PosternAsnElement));
  gsize from = 0;

  if (list[strspn (list, " \t")] == '\0')
    return elements;

  for (;;)
    {
      gsize comma = from + strcspn (list + from, ",");
      PosternAsnElement element = { .from = from, .to = comma, .comma = comma };

      read_element (&element, list);
      g_array_append_val (elements, element);
      if (list[comma] == '\0')
        return elements;
      from = comma + 1;
    }
}

gboolean
postern_asn_same_option (const char *a, gsize length, const char *b)
{
  int id = postern_tls_option_find_id (a, length);

  if (id >= 0 && id == postern_tls_option_find_id (b, strlen (b)))
    return TRUE;

  return strlen (b) == length && g_ascii_strncasecmp (a, b, length) == 0;
}
