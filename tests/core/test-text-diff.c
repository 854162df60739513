/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "document/postern-text-diff.h"

/* As text: " 2 same", "-3 old", "+3 new", "~" for a gap. */
static char *
diff (const char *before, const char *after, guint context)
{
  g_autoptr(GPtrArray) lines = postern_text_diff (before, after, context);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    {
      const PosternDiffLine *line = lines->pdata[i];

      if (line->kind == POSTERN_DIFF_GAP)
        g_string_append (text, "~|");
      else
        g_string_append_printf (text, "%c%u %s|", " -+"[line->kind], line -> line, line -> text);
    }

  return g_string_free (text, FALSE);
}

static void
test_table (void)
{
  static const struct
  {
    const char *before;
    const char *after;
    guint context;
    const char *wanted;
  } rows[] = {
    { "", "", 3, "" },
    { "a\nb\n", "a\nb\n", 3, "" },
    { "", "a\n", 3, "+1 a|" },
    { "a\n", "", 3, "-1 a|" },
    { "a\nb\nc\n", "a\nx\nc\n", 1, " 1 a|-2 b|+2 x| 3 c|" },
    { "a\nb\nc\n", "a\nx\nc\n", 0, "~|-2 b|+2 x|~|" },
    /* Only what changed, between two places that did not. */
    { "a\nb\nc\nd\ne\n", "a\nB\nc\nD\ne\n", 0, "~|-2 b|+2 B|~|-4 d|+4 D|~|" },
    { "a\nb\nc\n", "a\nb\nnew\nc\n", 1, "~| 2 b|+3 new| 4 c|" },
    /* A last line without its end, and other line ends. */
    { "a\nb", "a\nb\n", 1, " 1 a|-2 b|+2 b|" },
    { "a\r\nb\r\n", "a\nb\r\n", 1, "-1 a|+1 a| 2 b|" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = diff (rows[i].before, rows[i].after, rows[i].context);

      g_assert_cmpstr (text, ==, rows[i].wanted);
    }
}

/* Ten thousand lines all changed: one block, and no table for it. */
static void
test_large (void)
{
  GString *before = g_string_new (NULL);
  GString *after = g_string_new (NULL);
  g_autoptr(GPtrArray) lines = NULL;

  for (guint i = 0; i < 10000; i++)
    {
      g_string_append_printf (before, "old %u\n", i);
      g_string_append_printf (after, "new %u\n", i);
    }
  lines = postern_text_diff (before->str, after->str, 3);
  g_assert_cmpuint (lines->len, ==, 20000);
  g_string_free (before, TRUE);
  g_string_free (after, TRUE);
}

/* Whatever the texts: what was removed and what is the same is the old one, what was added and is
 * the same the new one. */
static void
test_random (void)
{
  for (guint run = 0; run < 500; run++)
    {
      GString *texts[2] = { g_string_new (NULL), g_string_new (NULL) };
      GString *again[2] = { g_string_new (NULL), g_string_new (NULL) };
      g_autoptr(GPtrArray) lines = NULL;

      for (guint side = 0; side < 2; side++)
        for (int n = g_test_rand_int_range (0, 12); n > 0; n--)
          g_string_append_printf (texts[side], "%c\n", g_test_rand_int_range ('a', 'e'));

      lines = postern_text_diff (texts[0]->str, texts[1]->str, 100);
      for (guint i = 0; i < lines->len; i++)
        {
          const PosternDiffLine *line = lines->pdata[i];

          if (line->kind != POSTERN_DIFF_ADDED)
            g_string_append_printf (again[0], "%s\n", line->text);
          if (line->kind != POSTERN_DIFF_REMOVED)
            g_string_append_printf (again[1], "%s\n", line->text);
        }
      if (strcmp (texts[0]->str, texts[1]->str) == 0)
        g_assert_cmpuint (lines->len, ==, 0);
      else
        for (guint side = 0; side < 2; side++)
          g_assert_cmpstr (again[side]->str, ==, texts[side]->str);
      for (guint side = 0; side < 2; side++)
        {
          g_string_free (texts[side], TRUE);
          g_string_free (again[side], TRUE);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/text-diff/table", test_table);
  g_test_add_func ("/text-diff/large", test_large);
  g_test_add_func ("/text-diff/random", test_random);

  return g_test_run ();
}
