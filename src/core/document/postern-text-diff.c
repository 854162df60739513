/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-text-diff.h"

#include <string.h>

/* Cells of the table of common subsequences; 16 bits each. */
#define MAX_CELLS (4 * 1024 * 1024)
#define MAX_SIDE 60000

typedef struct
{
  const char *start;
  gsize length; /* with its line end */
} Line;

typedef struct
{
  GArray *before;
  GArray *after;
  GPtrArray *all; /* PosternDiffLine, nothing left out */
} Diff;

void
postern_diff_line_free (PosternDiffLine *self)
{
  g_free (self->text);
  g_free (self);
}

static GArray *
split (const char *text)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (Line));

  while (*text != '\0')
    {
      const char *end = strchr (text, '\n');
      Line line = { text, end != NULL ? (gsize) (end - text) + 1 : strlen (text) };

      g_array_append_val (lines, line);
      text += line.length;
    }

  return lines;
}

static const Line *
get (GArray *lines, guint index)
{
  return &g_array_index (lines, Line, index);
}

/* Line ends count: a file that got others was changed. */
static gboolean
same (const Diff *self, guint before, guint after)
{
  const Line *a = get (self->before, before);
  const Line *b = get (self->after, after);

  return a->length == b->length && memcmp (a->start, b->start, a->length) == 0;
}

static void
add (Diff *self, PosternDiffKind kind, guint index)
{
  const Line *line = get (kind == POSTERN_DIFF_REMOVED ? self->before : self->after, index);
  PosternDiffLine *entry = g_new0 (PosternDiffLine, 1);
  gsize length = line->length;

  while (length > 0 && (line->start[length - 1] == '\n' || line->start[length - 1] == '\r'))
    length--;
  entry->kind = kind;
  entry->line = index + 1;
  entry->text = g_strndup (line->start, length);
  g_ptr_array_add (self->all, entry);
}

/* The part from @first_* to @last_*, which have nothing in common at either end. */
static void
compare (Diff *self, guint first_before, guint last_before, guint first_after, guint last_after)
{
  guint n = last_before - first_before;
  guint m = last_after - first_after;
  gsize width = (gsize) m + 1;
  g_autofree guint16 *common = NULL;
  guint i = 0;
  guint j = 0;

  if (n > 0 && m > 0 && n < MAX_SIDE && m < MAX_SIDE && ((gsize) n + 1) * width <= MAX_CELLS)
    {
      common = g_new0 (guint16, ((gsize) n + 1) * width);
      for (guint a = n; a-- > 0;)
        for (guint b = m; b-- > 0;)
          common[a * width + b] = same (self, first_before + a, first_after + b)
                                    ? common[(a + 1) * width + b + 1] + 1
                                    : MAX (common[(a + 1) * width + b], common[a * width + b + 1]);
    }

  while (i < n || j < m)
    {
      if (common != NULL && i < n && j < m && same (self, first_before + i, first_after + j))
        {
          add (self, POSTERN_DIFF_SAME, first_after + j);
          i++;
          j++;
        }
      else if (i < n && (common == NULL || j == m ||
                         common[(i + 1) * width + j] >= common[i * width + j + 1]))
        add (self, POSTERN_DIFF_REMOVED, first_before + i++);
      else
        add (self, POSTERN_DIFF_ADDED, first_after + j++);
    }
}

/* Leaves out what is the same and not near a change. */
static GPtrArray *
trim (GPtrArray *all, guint context)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_diff_line_free);
  g_autofree gboolean *kept = g_new0 (gboolean, all->len + 1);
  gboolean gap = FALSE;

  for (guint i = 0; i < all->len; i++)
    {
      const PosternDiffLine *line = all->pdata[i];

      if (line->kind == POSTERN_DIFF_SAME)
        continue;
      for (guint j = i > context ? i - context : 0; j <= i + context && j < all->len; j++)
        kept[j] = TRUE;
    }

  for (guint i = 0; i < all->len; i++)
    {
      if (kept[i])
        g_ptr_array_add (lines, g_steal_pointer (&all->pdata[i]));
      else if (!gap)
        {
          PosternDiffLine *left_out = g_new0 (PosternDiffLine, 1);

          left_out->kind = POSTERN_DIFF_GAP;
          left_out->line = ((PosternDiffLine *) all->pdata[i])->line;
          g_ptr_array_add (lines, left_out);
        }
      gap = !kept[i];
    }

  return lines;
}

static void
free_if_left (gpointer line)
{
  if (line != NULL)
    postern_diff_line_free (line);
}

GPtrArray *
postern_text_diff (const char *old_text, const char *new_text, guint context)
{
  Diff self = { split (old_text), split (new_text), g_ptr_array_new_with_free_func (free_if_left) };
  guint start = 0;
  guint end_before = self.before->len;
  guint end_after = self.after->len;
  GPtrArray *lines;

  while (start < end_before && start < end_after && same (&self, start, start))
    start++;
  while (end_before > start && end_after > start && same (&self, end_before - 1, end_after - 1))
    {
      end_before--;
      end_after--;
    }

  if (start == end_before && start == end_after)
    lines = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_diff_line_free);
  else
    {
      for (guint i = 0; i < start; i++)
        add (&self, POSTERN_DIFF_SAME, i);
      compare (&self, start, end_before, start, end_after);
      for (guint i = end_after; i < self.after->len; i++)
        add (&self, POSTERN_DIFF_SAME, i);
      lines = trim (self.all, context);
    }

  g_array_unref (self.before);
  g_array_unref (self.after);
  g_ptr_array_unref (self.all);
  return lines;
}
