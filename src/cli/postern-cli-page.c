/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-page.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
postern_cli_page_paint (const PosternCliPage *page, const char *sequence)
{
  return page->colour ? sequence : "";
}

/* Columns that a text takes; combining and wide characters count as they are shown. */
guint
postern_cli_page_columns (const char *text)
{
  guint columns = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      columns += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return columns;
}

void
postern_cli_page_pad (GString *text, guint have, guint want)
{
  for (; have < want; have++)
    g_string_append_c (text, ' ');
}

void
postern_cli_page_add_wrapped (PosternCliPage *page, const char *text, guint indent)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);
  guint column = 0;

  for (gsize i = 0; words[i] != NULL; i++)
    {
      guint width = postern_cli_page_columns (words[i]);

      if (width == 0)
        continue;
      if (column > 0 && column + 1 + width > POSTERN_CLI_PAGE_WIDTH)
        {
          g_string_append_c (page->text, '\n');
          column = 0;
        }
      if (column == 0)
        postern_cli_page_pad (page->text, 0, indent);
      else
        g_string_append_c (page->text, ' ');
      column += (column == 0 ? indent : 1) + width;
      g_string_append (page->text, words[i]);
    }
  g_string_append_c (page->text, '\n');
}

/* At most @columns of a text; what is cut off is told in full elsewhere. */
char *
postern_cli_page_shorten (const PosternCliPage *page, const char *text, guint columns)
{
  const char *ellipsis = page->utf8 ? "…" : "...";
  guint room = columns - postern_cli_page_columns (ellipsis);
  const char *end = text;

  if (postern_cli_page_columns (text) <= columns)
    return g_strdup (text);
  for (guint used = 0; *end != '\0'; end = g_utf8_next_char (end))
    {
      gunichar c = g_utf8_get_char (end);

      used += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
      if (used > room)
        break;
    }
  return g_strdup_printf ("%.*s%s", (int) (end - text), text, ellipsis);
}

/**
 * postern_cli_page_wants_colour:
 * @fd: where the text goes
 *
 * Returns: TRUE for a terminal that shows colours, unless NO_COLOR is set
 */
gboolean
postern_cli_page_wants_colour (int fd)
{
  const char *no_colour = getenv ("NO_COLOR");
  const char *term = getenv ("TERM");

  return isatty (fd) && (no_colour == NULL || *no_colour == '\0') && g_strcmp0 (term, "dumb") != 0;
}
