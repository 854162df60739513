/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-asn-edit.h"

#include "document/postern-asn-spot.h"
#include "model/postern-error.h"
#include "runtime/postern-asn.h"
#include "runtime/postern-asn-text.h"
#include "runtime/postern-lint.h"

#include <glib/gi18n.h>
#include <string.h>

#define CONTINUED "  "

void
postern_asn_entry_free (PosternAsnEntry *self)
{
  g_free (self->section);
  g_free (self->name);
  g_free (self->value);
  g_free (self);
}

void
postern_asn_pair_free (PosternAsnPair *self)
{
  g_free (self->name);
  g_free (self->value);
  g_free (self);
}

static PosternAsnEntry *
new_entry (const char *section, PosternAsnLine *line, const PosternAsnWalk *walk)
{
  PosternAsnEntry *entry = g_new0 (PosternAsnEntry, 1);

  entry->encrypted = postern_asn_is_encrypted (walk->text->str + line->value_at);
  entry->section = g_strdup (section);
  entry->name = g_steal_pointer (&line->name);
  entry->value = g_steal_pointer (&line->value);
  entry->line = walk->line;
  entry->n_lines = walk->n_lines + 1 - walk->line;

  return entry;
}

/**
 * postern_asn_edit_list:
 * @section: (nullable): a section in any case, or %NULL for all of them
 *
 * Returns: (transfer full) (element-type PosternAsnEntry): the settings, in order
 */
GPtrArray *
postern_asn_edit_list (const GString *text, const char *section)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_asn_entry_free);
  g_autofree char *current = NULL;
  PosternAsnWalk walk;

  postern_asn_walk_init (&walk, text->str, text->len);
  while (postern_asn_walk_next (&walk))
    {
      PosternAsnLine line;

      postern_asn_line_parse (&line, walk.text->str);
      if (line.kind == POSTERN_ASN_SECTION)
        {
          g_free (current);
          current = g_steal_pointer (&line.name);
        }
      else if (line.kind == POSTERN_ASN_SETTING &&
               (section == NULL || (current != NULL && g_ascii_strcasecmp (current, section) == 0)))
        g_ptr_array_add (entries, new_entry (current != NULL ? current : "", &line, &walk));
      postern_asn_line_clear (&line);
    }
  postern_asn_walk_clear (&walk);

  return entries;
}

/**
 * postern_asn_edit_list_options:
 *
 * Returns: (transfer full) (element-type PosternAsnPair): the options of the last setting of that
 *   name, in order; none where there is no such setting
 */
GPtrArray *
postern_asn_edit_list_options (const GString *text, const char *section, const char *name)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_asn_pair_free);
  g_autoptr(GArray) elements = NULL;
  g_auto (PosternAsnSpot) spot = { 0 };

  if (!postern_asn_spot_find (&spot, text, section, name))
    return pairs;

  elements = postern_asn_elements (spot.value);
  for (guint i = 0; i < elements->len; i++)
    {
      const PosternAsnElement *element = &g_array_index (elements, PosternAsnElement, i);
      PosternAsnPair *pair;

      if (element->from == element->to)
        continue;
      pair = g_new0 (PosternAsnPair, 1);
      pair->name = g_strndup (spot.value + element->from, element->name_to - element->from);
      pair->value = g_strndup (spot.value + element->value_from, element->to - element->value_from);
      g_ptr_array_add (pairs, pair);
    }

  return pairs;
}

char *
postern_asn_edit_dup (const GString *text, const char *section, const char *name)
{
  g_auto (PosternAsnSpot) spot = { 0 };

  if (!postern_asn_spot_find (&spot, text, section, name))
    return NULL;

  return g_steal_pointer (&spot.value);
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

static gboolean
refuse_encrypted (GError **error, const char *name)
{
  g_autofree char *quoted = postern_lint_quote (name);

  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
               _ ("“%s” holds encrypted text, and its digest covers the line: it is not changed."),
               quoted);

  return FALSE;
}

static gboolean
refuse_missing (GError **error, const char *section, const char *name)
{
  g_autofree char *quoted = postern_lint_quote (name);

  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, _ ("There is no “%s” in [%s]."),
               quoted, section);

  return FALSE;
}

static gboolean
check_text (const char *text, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, _ ("The text is not UTF-8."));
  for (const char *p = text; *p != '\0'; p++)
    {
      if (g_ascii_iscntrl (*p) && *p != '\t')
        return refuse (error, _ ("A setting cannot hold a line break or another control "
                                 "character."));
    }

  return TRUE;
}

static gboolean
check_name (const char *name, GError **error)
{
  if (*name == '\0' || strpbrk (name, " \t") != NULL)
    return refuse (error, _ ("The name of a setting is one word."));

  return check_text (name, error);
}

static gboolean
check_section (const char *section, GError **error)
{
  if (*section == '\0' || strpbrk (section, "[]") != NULL)
    return refuse (error, _ ("The name of a section has no brackets and is not empty."));

  return check_text (section, error);
}

static gboolean
check_option (const char *option, const char *value, GError **error)
{
  if (*option == '\0' || strpbrk (option, " \t=,") != NULL)
    return refuse (error, _ ("The name of an option is one word."));
  if (*value == '\0')
    return refuse (error, _ ("An option needs a value."));
  if (strchr (value, ',') != NULL)
    return refuse (error, _ ("The value of an option cannot hold a comma."));

  return check_text (option, error) && check_text (value, error);
}

/* So that it is read as it is meant: no escape, no continuation, nothing encrypted and no
 * expression comes of it. */
static char *
escape_value (const char *value)
{
  GString *escaped = g_string_new (NULL);

  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == '^' || (p == value && *p == '=') || (p > value && *p == '\\' && p[-1] == '%') ||
          (p > value && (*p == '!' || *p == '(') && p[-1] == '(') ||
          (p > value + 1 && *p == '(' && p[-1] == '%' && p[-2] == '%'))
        g_string_append_c (escaped, '^');
      g_string_append_c (escaped, *p);
    }

  return g_string_free (escaped, FALSE);
}

static char *
escape_name (const char *name)
{
  GString *escaped = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++)
    {
      if (*p == '^' || *p == '=' || (p == name && strchr (";[#", *p) != NULL))
        g_string_append_c (escaped, '^');
      g_string_append_c (escaped, *p);
    }

  return g_string_free (escaped, FALSE);
}

/* The line end of the file: that of its first line. */
static const char *
line_end (const GString *text)
{
  const char *newline = memchr (text->str, '\n', text->len);

  return newline != NULL && newline > text->str && newline[-1] == '\r' ? "\r\n" : "\n";
}

/* The characters of the physical line around @at. */
static gsize
line_length (const GString *text, gsize at)
{
  gsize start = at;
  gsize end = at;

  while (start > 0 && text->str[start - 1] != '\n')
    start--;
  while (end < text->len && text->str[end] != '\n' && text->str[end] != '\r')
    end++;

  return (gsize) g_utf8_strlen (text->str + start, (gssize) (end - start));
}

/* How many bytes of @value go on a line that has room for @room characters: the most that end
 * after a comma with its blank, else the most that can be continued. */
static gsize
measure_piece (const char *value, gsize room)
{
  gsize best = 0;
  gsize any = 0;
  gsize n = 0;

  for (const char *p = value; *p != '\0' && n < room; n++)
    {
      p = g_utf8_next_char (p);
      if (*p == ' ' || *p == '\t' || p[-1] == '^')
        continue;
      any = (gsize) (p - value);
      if (p - value > 1 && p[-1] == ' ' && p[-2] == ',')
        best = any;
    }

  return best > 0 ? best : any;
}

/* Adds an escaped value to a line that has @n characters, over several lines where it is long. */
static void
add_wrapped (GString *out, gsize n, const char *value, const char *eol)
{
  while (n + (gsize) g_utf8_strlen (value, -1) > POSTERN_ASN_MAX_LINE)
    {
      gsize length =
        n + 2 < POSTERN_ASN_MAX_LINE ? measure_piece (value, POSTERN_ASN_MAX_LINE - n - 2) : 0;

      if (length == 0 && n <= strlen (CONTINUED))
        break;
      g_string_append_len (out, value, (gssize) length);
      g_string_append_printf (out, "%%\\%s" CONTINUED, eol);
      value += length;
      n = strlen (CONTINUED);
    }
  g_string_append (out, value);
}

static void
replace (GString *text, gsize from, gsize to, const char *by)
{
  g_string_erase (text, (gssize) from, (gssize) (to - from));
  g_string_insert (text, (gssize) from, by);
}

/* @value is escaped. */
static void
add_setting (GString *text, const char *section, const char *name, const char *value)
{
  const char *eol = line_end (text);
  g_autoptr(GString) added = g_string_new (NULL);
  g_autofree char *escaped = escape_name (name);
  gboolean last;
  PosternAsnGap gap;
  gsize line;

  postern_asn_gap_find (&gap, text, section);
  last = gap.at == text->len && text->len > 0 && text->str[text->len - 1] != '\n';
  if (last || gap.open)
    g_string_append (added, eol);
  if (last && gap.open)
    g_string_append (added, eol);
  if (!gap.found)
    g_string_append_printf (added, "%s[%s]%s", text->len > 0 ? eol : "", section, eol);

  line = added->len;
  while (gap.indent-- > 0)
    g_string_append_c (added, ' ');
  g_string_append_printf (added, "%s = ", escaped);
  add_wrapped (added, (gsize) g_utf8_strlen (added->str + line, -1), value, eol);
  if (!last)
    g_string_append (added, eol);
  g_string_insert (text, (gssize) gap.at, added->str);
}

static void
replace_value (GString *text, const PosternAsnSpot *spot, const char *value)
{
  g_autoptr(GString) written = g_string_new (spot->separated ? "" : " = ");
  gsize at = spot->value_at;
  gsize start = at;

  while (start > 0 && text->str[start - 1] != '\n')
    start--;
  add_wrapped (written,
               (gsize) g_utf8_strlen (text->str + start, (gssize) (at - start)) + written->len,
               value, line_end (text));
  replace (text, at, spot->value_end, written->str);
}

/**
 * postern_asn_edit_set:
 * @value: the value as it is meant; escapes and continuation lines are added where they are needed
 *
 * Changes the value of the last setting of that name, or adds the setting to the section, which is
 * added at the end where there is none.
 */
gboolean
postern_asn_edit_set (
  GString *text, const char *section, const char *name, const char *value, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (value));
  g_autofree char *escaped = escape_value (trimmed);
  g_auto (PosternAsnSpot) spot = { 0 };

  if (!check_section (section, error) || !check_name (name, error) || !check_text (value, error))
    return FALSE;
  if (!postern_asn_spot_find (&spot, text, section, name))
    add_setting (text, section, name, escaped);
  else if (spot.encrypted)
    return refuse_encrypted (error, name);
  else if (strcmp (spot.value, trimmed) != 0)
    replace_value (text, &spot, escaped);

  return TRUE;
}

/**
 * postern_asn_edit_remove:
 *
 * Takes every setting of that name out of the section, with its lines.
 */
gboolean
postern_asn_edit_remove (GString *text, const char *section, const char *name, GError **error)
{
  g_autoptr(GString) changed = g_string_new_len (text->str, (gssize) text->len);
  gboolean any = FALSE;

  for (;;)
    {
      g_auto (PosternAsnSpot) spot = { 0 };

      if (!postern_asn_spot_find (&spot, changed, section, name))
        break;
      if (spot.encrypted)
        return refuse_encrypted (error, name);
      g_string_erase (changed, (gssize) spot.start, (gssize) (spot.end - spot.start));
      any = TRUE;
    }
  if (!any)
    return refuse_missing (error, section, name);
  g_string_assign (text, changed->str);

  return TRUE;
}

static gsize
start_of (const PosternAsnSpot *spot, gsize i)
{
  return i < spot->starts->len ? g_array_index (spot->starts, gsize, i) : spot->value_end;
}

static gsize
end_before (const PosternAsnSpot *spot, gsize i)
{
  return i > 0 ? g_array_index (spot->ends, gsize, i - 1) : spot->value_at;
}

/* One element and one comma; a line that was only theirs goes with them. */
static void
erase_element (GString *text, const PosternAsnSpot *spot, GArray *elements, guint i)
{
  const PosternAsnElement *element = &g_array_index (elements, PosternAsnElement, i);
  gsize from = start_of (spot, element->from);
  gsize to = end_before (spot, element->to);

  if (i + 1 < elements->len)
    to = start_of (spot, element[1].from);
  else if (i > 0)
    from = element[-1].to > element[-1].from ? end_before (spot, element[-1].to)
                                             : start_of (spot, element[-1].comma);
  g_string_erase (text, (gssize) from, (gssize) (to - from));
}

/* Takes out every element that is this option, but for the first @keep of them. */
static guint
erase_options (GString *text, const char *section, const char *name, const char *option, guint keep)
{
  guint n_erased = 0;

  for (;;)
    {
      g_auto (PosternAsnSpot) spot = { 0 };
      g_autoptr(GArray) elements = NULL;
      guint n = 0;
      guint last = 0;

      postern_asn_spot_find (&spot, text, section, name);
      elements = postern_asn_elements (spot.value);
      for (guint i = 0; i < elements->len; i++)
        {
          const PosternAsnElement *element = &g_array_index (elements, PosternAsnElement, i);

          if (element->from < element->to &&
              postern_asn_same_option (spot.value + element->from, element->name_to - element->from,
                                       option))
            {
              n++;
              last = i;
            }
        }
      if (n <= keep)
        return n_erased;
      erase_element (text, &spot, elements, last);
      n_erased++;
    }
}

static void
append_option (GString *text, const PosternAsnSpot *spot, const char *option, const char *value)
{
  g_autoptr(GString) added = g_string_new (NULL);
  gsize length = strlen (spot->value);
  gboolean narrow = strchr (spot->value, ',') != NULL && strstr (spot->value, ", ") == NULL;
  const char *gap = narrow ? "" : " ";

  if (!spot->separated)
    g_string_append (added, " = ");
  else if (length > 0 && spot->value[length - 1] != ',')
    g_string_append_c (added, ',');
  if (length > 0)
    g_string_append (added, gap);
  g_string_append_printf (added, "%s=%s", option, value);

  if (length > 0 && line_length (text, spot->value_end) + (gsize) g_utf8_strlen (added->str, -1) >
                      POSTERN_ASN_MAX_LINE)
    g_string_printf (added, "%s%%\\%s" CONTINUED "%s=%s",
                     spot->value[length - 1] == ',' ? " " : ", ", line_end (text), option, value);
  g_string_insert (text, (gssize) spot->value_end, added->str);
}

static gboolean
has_long_line (const GString *text, gsize from, gsize to)
{
  while (from < to)
    {
      const char *newline = memchr (text->str + from, '\n', to - from);

      if (line_length (text, from) > POSTERN_ASN_MAX_LINE)
        return TRUE;
      if (newline == NULL)
        break;
      from = (gsize) (newline - text->str) + 1;
    }

  return FALSE;
}

/* A line that became too long: the value is written anew, over as many lines as it takes. */
static void
wrap_long_lines (GString *text, const char *section, const char *name)
{
  g_auto (PosternAsnSpot) spot = { 0 };
  g_autofree char *escaped = NULL;

  postern_asn_spot_find (&spot, text, section, name);
  if (!has_long_line (text, spot.start, spot.end))
    return;
  escaped = escape_value (spot.value);
  replace_value (text, &spot, escaped);
}

static gboolean
change_option (GString *text, const PosternAsnSpot *spot, const char *option, const char *value)
{
  g_autoptr(GArray) elements = postern_asn_elements (spot->value);

  for (guint i = 0; i < elements->len; i++)
    {
      const PosternAsnElement *element = &g_array_index (elements, PosternAsnElement, i);
      g_autofree char *with_equals = g_strconcat ("=", value, NULL);

      if (element->from == element->to ||
          !postern_asn_same_option (spot->value + element->from, element->name_to - element->from,
                                    option))
        continue;
      if (element->value_from < element->to)
        replace (text, start_of (spot, element->value_from), end_before (spot, element->to), value);
      else
        g_string_insert (text, (gssize) end_before (spot, element->to),
                         element->equals ? value : with_equals);
      return TRUE;
    }

  return FALSE;
}

static gboolean
has_value (const PosternAsnSpot *spot, const char *option, const char *value)
{
  g_autoptr(GArray) elements = postern_asn_elements (spot->value);
  guint n = 0;
  gboolean same = FALSE;

  for (guint i = 0; i < elements->len; i++)
    {
      const PosternAsnElement *element = &g_array_index (elements, PosternAsnElement, i);
      gsize length = element->to - element->value_from;

      if (!postern_asn_same_option (spot->value + element->from, element->name_to - element->from,
                                    option))
        continue;
      n++;
      same =
        strlen (value) == length && memcmp (spot->value + element->value_from, value, length) == 0;
    }

  return n == 1 && same;
}

/**
 * postern_asn_edit_set_option:
 * @option: the long or the short name; one that stands there keeps the name it is written with
 * @value: the value as it is meant
 *
 * Changes one option of the last setting of that name, or adds it at the end of its list. Where
 * the option stands there more than once, which is an error in Uniface, the first is kept.
 */
gboolean
postern_asn_edit_set_option (GString *text,
                             const char *section,
                             const char *name,
                             const char *option,
                             const char *value,
                             GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (value));
  g_autofree char *escaped = escape_value (trimmed);
  g_auto (PosternAsnSpot) spot = { 0 };

  if (!check_section (section, error) || !check_name (name, error) ||
      !check_option (option, trimmed, error))
    return FALSE;
  if (!postern_asn_spot_find (&spot, text, section, name))
    {
      g_autofree char *pair = g_strconcat (option, "=", escaped, NULL);

      add_setting (text, section, name, pair);
      return TRUE;
    }
  if (spot.encrypted)
    return refuse_encrypted (error, name);
  if (has_value (&spot, option, trimmed))
    return TRUE;

  if (erase_options (text, section, name, option, 1) > 0)
    {
      postern_asn_spot_clear (&spot);
      postern_asn_spot_find (&spot, text, section, name);
    }
  if (!change_option (text, &spot, option, escaped))
    append_option (text, &spot, option, escaped);
  wrap_long_lines (text, section, name);

  return TRUE;
}

gboolean
postern_asn_edit_remove_option (
  GString *text, const char *section, const char *name, const char *option, GError **error)
{
  g_auto (PosternAsnSpot) spot = { 0 };

  if (!postern_asn_spot_find (&spot, text, section, name))
    return refuse_missing (error, section, name);
  if (spot.encrypted)
    return refuse_encrypted (error, name);
  if (erase_options (text, section, name, option, 0) == 0)
    {
      g_autofree char *quoted = postern_lint_quote (option);

      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("There is no option “%s” in “%s”."), quoted, name);
      return FALSE;
    }

  return TRUE;
}
