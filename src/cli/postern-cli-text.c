/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-text.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Text is wrapped to this many columns. */
#define WIDTH 78

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

typedef struct
{
  GString *text;
  gboolean colour;
  gboolean utf8; /* the terminal shows more than ASCII */
} Page;

static const char *
paint (const Page *page, const char *sequence)
{
  return page->colour ? sequence : "";
}

/* Columns that a text takes; combining and wide characters count as they are shown. */
static guint
columns_of (const char *text)
{
  guint columns = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      columns += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return columns;
}

static void
pad (GString *text, guint have, guint want)
{
  for (; have < want; have++)
    g_string_append_c (text, ' ');
}

static void
add_wrapped (Page *page, const char *text, guint indent)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);
  guint column = 0;

  for (gsize i = 0; words[i] != NULL; i++)
    {
      guint width = columns_of (words[i]);

      if (width == 0)
        continue;
      if (column > 0 && column + 1 + width > WIDTH)
        {
          g_string_append_c (page->text, '\n');
          column = 0;
        }
      if (column == 0)
        pad (page->text, 0, indent);
      else
        g_string_append_c (page->text, ' ');
      column += (column == 0 ? indent : 1) + width;
      g_string_append (page->text, words[i]);
    }
  g_string_append_c (page->text, '\n');
}

static const char *
mark_of (const Page *page, PosternStepState state, const char **sequence)
{
  static const struct
  {
    const char *mark;
    const char *ascii;
    const char *sequence;
  } marks[] = {
    [POSTERN_STATE_NOT_REACHED] = { "○", ".", DIM }, [POSTERN_STATE_RUNNING] = { "…", ">", "" },
    [POSTERN_STATE_PASSED] = { "✓", "+", GREEN },    [POSTERN_STATE_WARNING] = { "!", "!", YELLOW },
    [POSTERN_STATE_FAILED] = { "✗", "x", RED },      [POSTERN_STATE_SKIPPED] = { "–", "-", DIM },
  };

  *sequence = paint (page, marks[state].sequence);
  return page->utf8 ? marks[state].mark : marks[state].ascii;
}

/* At most @columns of a text; what is cut off is told in full elsewhere. */
static char *
shorten (const Page *page, const char *text, guint columns)
{
  const char *ellipsis = page->utf8 ? "…" : "...";
  guint room = columns - columns_of (ellipsis);
  const char *end = text;

  if (columns_of (text) <= columns)
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

static void
add_step (Page *page, PosternStep *step, guint title_width)
{
  PosternStepState state = postern_step_get_state (step);
  const char *title = postern_step_get_title (step);
  const char *summary = postern_step_get_summary (step);
  const char *sequence;
  const char *mark = mark_of (page, state, &sequence);
  g_autofree char *duration = NULL;
  g_autofree char *shown = NULL;
  gboolean reached = state != POSTERN_STATE_NOT_REACHED && state != POSTERN_STATE_SKIPPED;
  guint column;

  if (summary == NULL || !reached)
    summary = postern_step_get_state_text (step);
  g_object_get (step, "duration-text", &duration, NULL);
  if (!reached)
    duration[0] = '\0';
  column = 4 + title_width + 2;
  shown =
    shorten (page, summary, WIDTH - column - (*duration != '\0' ? columns_of (duration) + 2 : 0));

  g_string_append_printf (page->text, "  %s%s%s ", sequence, mark,
                          reached ? paint (page, PLAIN) : "");
  g_string_append (page->text, title);
  pad (page->text, columns_of (title), title_width + 2);
  g_string_append_printf (page->text, "%s%s", shown, reached ? "" : paint (page, PLAIN));

  column += columns_of (shown);
  if (*duration != '\0')
    {
      guint width = columns_of (duration);

      pad (page->text, column, MAX (column + 2, WIDTH - width));
      g_string_append_printf (page->text, "%s%s%s", paint (page, DIM), duration,
                              paint (page, PLAIN));
    }
  g_string_append_c (page->text, '\n');
}

static void
add_ladder (Page *page, PosternReport *report)
{
  GListModel *steps = postern_report_get_steps (report);
  guint width = 0;

  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) step = g_list_model_get_item (steps, i);

      width = MAX (width, columns_of (postern_step_get_title (step)));
    }
  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) step = g_list_model_get_item (steps, i);

      add_step (page, step, width);
    }
}

static void
add_finding (Page *page, PosternFinding *finding)
{
  PosternSeverity severity = postern_finding_get_severity (finding);
  GPtrArray *remedies = postern_finding_get_remedies (finding);
  const char *explanation = postern_finding_get_explanation (finding);
  const char *sequence = severity == POSTERN_SEVERITY_ERROR ? RED : YELLOW;

  g_string_append_printf (page->text, "\n%s%s%s%s  %s%s%s\n", paint (page, BOLD),
                          paint (page, sequence), postern_finding_get_title (finding),
                          paint (page, PLAIN), paint (page, DIM),
                          postern_finding_get_code (finding), paint (page, PLAIN));
  if (explanation != NULL && *explanation != '\0')
    add_wrapped (page, explanation, 2);
  for (guint i = 0; i < remedies->len; i++)
    {
      const PosternRemedy *remedy = remedies->pdata[i];
      g_autofree char *line = g_strdup_printf ("%s %s", page->utf8 ? "→" : "->", remedy->text);

      add_wrapped (page, line, 2);
    }
}

static void
add_transcript (Page *page, PosternReport *report)
{
  g_autofree char *text = postern_transcript_to_text (postern_report_get_transcript (report));

  g_string_append_printf (page->text, "\n%s%s%s\n%s", paint (page, BOLD), _ ("Transcript"),
                          paint (page, PLAIN), text);
}

/* The last word: what came of it, and what the system would have told its program. */
static void
add_verdict (Page *page, PosternReport *report)
{
  PosternOutcome outcome = postern_report_get_outcome (report);
  const char *native = postern_report_get_native_text (report);

  if (outcome != POSTERN_OUTCOME_FAILED)
    g_string_append_printf (page->text, "\n%s%s%s%s\n", paint (page, BOLD),
                            paint (page, outcome == POSTERN_OUTCOME_PASSED ? GREEN : YELLOW),
                            postern_report_get_headline (report), paint (page, PLAIN));
  if (native != NULL)
    {
      if (outcome == POSTERN_OUTCOME_FAILED)
        g_string_append_c (page->text, '\n');
      add_wrapped (page, native, 0);
    }
}

/* The first cause in full; of the rest only the codes, unless everything was asked for. */
static void
add_findings (Page *page, PosternReport *report, gboolean verbose)
{
  GListModel *findings = postern_report_get_findings (report);
  gboolean failed = postern_report_get_outcome (report) == POSTERN_OUTCOME_FAILED;
  g_autoptr(GString) others = g_string_new (NULL);
  g_autofree char *line = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (findings); i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);

      if (verbose || (failed && i == 0))
        add_finding (page, finding);
      else
        g_string_append_printf (others, "%s%s", others->len > 0 ? ", " : "",
                                postern_finding_get_code (finding));
    }
  add_verdict (page, report);
  if (others->len == 0)
    return;

  g_string_append_c (page->text, '\n');
  /* Translators: %s is a list of codes such as "settings.port-mismatch, cert.expires-soon" */
  line = g_strdup_printf (_ ("Also seen: %s (--verbose tells more)."), others->str);
  add_wrapped (page, line, 0);
}

/**
 * postern_cli_text_wants_colour:
 * @fd: where the text goes
 *
 * Returns: TRUE for a terminal that shows colours, unless NO_COLOR is set
 */
gboolean
postern_cli_text_wants_colour (int fd)
{
  const char *no_colour = getenv ("NO_COLOR");
  const char *term = getenv ("TERM");

  return isatty (fd) && (no_colour == NULL || *no_colour == '\0') && g_strcmp0 (term, "dumb") != 0;
}

/**
 * postern_cli_text_report:
 * @report: a report of a run that has ended
 * @verbose: whether to tell every finding in full, not only the first cause
 * @transcript: whether to add the transcript
 * @colour: whether to use the colours of a terminal
 *
 * Returns: (transfer full): the report for people: verdict, ladder, first cause and remedies
 */
char *
postern_cli_text_report (PosternReport *report,
                         gboolean verbose,
                         gboolean transcript,
                         gboolean colour)
{
  Page page = { g_string_new (NULL), colour, g_get_charset (NULL) };

  add_ladder (&page, report);
  add_findings (&page, report, verbose);
  if (transcript)
    add_transcript (&page, report);
  return g_string_free (page.text, FALSE);
}
