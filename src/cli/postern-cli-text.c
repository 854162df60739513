/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-text.h"

#include "postern-cli-chain.h"
#include "postern-cli-page.h"
#include "postern-cli-table.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *
mark_of (const PosternCliPage *page, PosternStepState state, const char **sequence)
{
  static const struct
  {
    const char *mark;
    const char *ascii;
    const char *sequence;
  } marks[] = {
    [POSTERN_STATE_NOT_REACHED] = { "○", ".", POSTERN_CLI_DIM },
    [POSTERN_STATE_RUNNING] = { "…", ">", "" },
    [POSTERN_STATE_PASSED] = { "✓", "+", POSTERN_CLI_GREEN },
    [POSTERN_STATE_WARNING] = { "!", "!", POSTERN_CLI_YELLOW },
    [POSTERN_STATE_FAILED] = { "✗", "x", POSTERN_CLI_RED },
    [POSTERN_STATE_SKIPPED] = { "–", "-", POSTERN_CLI_DIM },
  };

  *sequence = postern_cli_page_paint (page, marks[state].sequence);
  return page->utf8 ? marks[state].mark : marks[state].ascii;
}

static void
add_step (PosternCliPage *page, PosternStep *step, guint title_width)
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
    postern_cli_page_shorten (page, summary,
                              POSTERN_CLI_PAGE_WIDTH - column -
                                (*duration != '\0' ? postern_cli_page_columns (duration) + 2 : 0));

  g_string_append_printf (page->text, "  %s%s%s ", sequence, mark,
                          reached ? postern_cli_page_paint (page, POSTERN_CLI_PLAIN) : "");
  g_string_append (page->text, title);
  postern_cli_page_pad (page->text, postern_cli_page_columns (title), title_width + 2);
  g_string_append_printf (page->text, "%s%s", shown,
                          reached ? "" : postern_cli_page_paint (page, POSTERN_CLI_PLAIN));

  column += postern_cli_page_columns (shown);
  if (*duration != '\0')
    {
      guint width = postern_cli_page_columns (duration);

      postern_cli_page_pad (page->text, column, MAX (column + 2, POSTERN_CLI_PAGE_WIDTH - width));
      g_string_append_printf (page->text, "%s%s%s", postern_cli_page_paint (page, POSTERN_CLI_DIM),
                              duration, postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
    }
  g_string_append_c (page->text, '\n');
}

static void
add_ladder (PosternCliPage *page, PosternReport *report, gboolean verbose)
{
  GListModel *steps = postern_report_get_steps (report);
  guint width = 0;

  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) step = g_list_model_get_item (steps, i);

      width = MAX (width, postern_cli_page_columns (postern_step_get_title (step)));
    }
  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) step = g_list_model_get_item (steps, i);

      add_step (page, step, width);
      if (postern_step_get_step (step) == POSTERN_STEP_CERTIFICATE)
        postern_cli_chain_add (page, report, verbose);
    }
}

static void
add_fault (PosternCliPage *page, PosternFinding *finding)
{
  PosternSeverity severity = postern_finding_get_severity (finding);
  const char *explanation = postern_finding_get_explanation (finding);
  const char *sequence = severity == POSTERN_SEVERITY_ERROR ? POSTERN_CLI_RED : POSTERN_CLI_YELLOW;

  g_string_append_printf (
    page->text, "\n%s%s%s%s  %s%s%s\n", postern_cli_page_paint (page, POSTERN_CLI_BOLD),
    postern_cli_page_paint (page, sequence), postern_finding_get_title (finding),
    postern_cli_page_paint (page, POSTERN_CLI_PLAIN),
    postern_cli_page_paint (page, POSTERN_CLI_DIM), postern_finding_get_code (finding),
    postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
  if (explanation != NULL && *explanation != '\0')
    postern_cli_page_add_wrapped (page, explanation, 2);
}

static void
add_remedies (PosternCliPage *page, PosternFinding *finding)
{
  GPtrArray *remedies = postern_finding_get_remedies (finding);

  for (guint i = 0; i < remedies->len; i++)
    {
      const PosternRemedy *remedy = remedies->pdata[i];
      g_autofree char *line = g_strdup_printf ("%s %s", page->utf8 ? "→" : "->", remedy->text);

      postern_cli_page_add_wrapped (page, line, 2);
    }
}

static void
add_finding (PosternCliPage *page, PosternFinding *finding)
{
  add_fault (page, finding);
  add_remedies (page, finding);
}

/* Whether the certificate was refused, and not what came after it. */
static gboolean
is_refusal (GListModel *findings)
{
  g_autoptr(PosternFinding) first = g_list_model_get_item (findings, 0);

  return first != NULL && g_str_has_prefix (postern_finding_get_code (first), "cert.");
}

/* Why an exception did not let the certificate pass that was refused. */
static gboolean
is_about_pin (GListModel *findings, PosternFinding *finding)
{
  static const char *const codes[] = { "cert.pin-mismatch", "cert.pin-unused", NULL };

  return is_refusal (findings) && g_strv_contains (codes, postern_finding_get_code (finding));
}

/* What is said of an exception stands before any advice to trust, or except, what is there now:
 * another certificate may be somebody in between. */
static void
add_first_cause (PosternCliPage *page, GListModel *findings, PosternFinding *first)
{
  add_fault (page, first);
  for (guint i = 1; i < g_list_model_get_n_items (findings); i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);

      if (!is_about_pin (findings, finding))
        continue;
      add_finding (page, finding);
    }
  add_remedies (page, first);
}

static void
add_transcript (PosternCliPage *page, PosternReport *report)
{
  g_autofree char *text = postern_transcript_to_text (postern_report_get_transcript (report));

  g_string_append_printf (page->text, "\n%s%s%s\n%s",
                          postern_cli_page_paint (page, POSTERN_CLI_BOLD), _ ("Transcript"),
                          postern_cli_page_paint (page, POSTERN_CLI_PLAIN), text);
}

/* That nothing but an exception let the certificate pass, and until when. */
static gboolean
is_exception (PosternFinding *finding)
{
  return strcmp (postern_finding_get_code (finding), "cert.pinned") == 0;
}

static void
add_exception (PosternCliPage *page, PosternReport *report)
{
  GListModel *findings = postern_report_get_findings (report);

  for (guint i = 0; i < g_list_model_get_n_items (findings); i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);

      if (is_exception (finding))
        postern_cli_page_add_wrapped (page, postern_finding_get_explanation (finding), 0);
    }
}

/* The last word: what came of it, and what the system would have told its program. */
static void
add_verdict (PosternCliPage *page, PosternReport *report, gboolean verbose)
{
  PosternOutcome outcome = postern_report_get_outcome (report);
  const char *native = postern_report_get_native_text (report);

  if (outcome != POSTERN_OUTCOME_FAILED)
    g_string_append_printf (
      page->text, "\n%s%s%s%s\n", postern_cli_page_paint (page, POSTERN_CLI_BOLD),
      postern_cli_page_paint (page, outcome == POSTERN_OUTCOME_PASSED ? POSTERN_CLI_GREEN
                                                                      : POSTERN_CLI_YELLOW),
      postern_report_get_headline (report), postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
  if (outcome != POSTERN_OUTCOME_FAILED && !verbose)
    add_exception (page, report);
  if (native != NULL)
    {
      if (outcome == POSTERN_OUTCOME_FAILED)
        g_string_append_c (page->text, '\n');
      postern_cli_page_add_wrapped (page, native, 0);
    }
}

/* Several certificates may have the same fault: its code is told once. */
static void
add_code (GString *codes, const char *code)
{
  g_auto (GStrv) known = g_strsplit (codes->str, ", ", -1);

  if (!g_strv_contains ((const char *const *) known, code))
    g_string_append_printf (codes, "%s%s", codes->len > 0 ? ", " : "", code);
}

/* The security drivers of Uniface, with what GetSecurity would tell of each (RuntimeInfo). */
static void
add_drivers (PosternCliPage *page, PosternReport *report)
{
  GPtrArray *uses = postern_report_get_uses (report);

  for (guint i = 0; i < uses->len; i++)
    {
      const PosternDriverUse *use = uses->pdata[i];
      g_autofree char *items = g_strjoinv ("; ", use->items);
      g_autofree char *line = NULL;

      if (use->driver == NULL)
        continue;
      line = g_strdup_printf ("%s: INUSE=%s%s%s", use->driver, use->in_use ? "TRUE" : "FALSE",
                              *items != '\0' ? "; " : "", items);
      g_string_append_c (page->text, '\n');
      postern_cli_page_add_wrapped (page, line, 0);
    }
}

/* The first cause in full; of the rest only the codes, unless everything was asked for. */
static void
add_findings (PosternCliPage *page, PosternReport *report, gboolean verbose)
{
  GListModel *findings = postern_report_get_findings (report);
  gboolean failed = postern_report_get_outcome (report) == POSTERN_OUTCOME_FAILED;
  g_autoptr(GString) others = g_string_new (NULL);
  g_autofree char *line = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (findings); i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);

      if (failed && i == 0)
        add_first_cause (page, findings, finding);
      else if (failed && is_about_pin (findings, finding))
        continue; /* told with the first cause */
      else if (verbose)
        add_finding (page, finding);
      else if (!failed && is_exception (finding))
        continue; /* told with the verdict */
      else
        add_code (others, postern_finding_get_code (finding));
    }
  add_verdict (page, report, verbose);
  if (others->len == 0)
    return;

  g_string_append_c (page->text, '\n');
  /* Translators: %s is a list of codes such as "settings.port-mismatch, cert.expires-soon" */
  line = g_strdup_printf (_ ("Also seen: %s (--verbose tells more)."), others->str);
  postern_cli_page_add_wrapped (page, line, 0);
}

/**
 * postern_cli_text_report:
 * @report: a report of a run that has ended
 * @parts: what to print besides the ladder, the first cause and its remedies
 * @colour: whether to use the colours of a terminal
 *
 * Returns: (transfer full): the report for people: verdict, ladder, first cause and remedies
 */
char *
postern_cli_text_report (PosternReport *report, PosternCliTextParts parts, gboolean colour)
{
  PosternCliPage page = { g_string_new (NULL), colour, g_get_charset (NULL) };

  add_ladder (&page, report, (parts & POSTERN_CLI_TEXT_VERBOSE) != 0);
  add_findings (&page, report, (parts & POSTERN_CLI_TEXT_VERBOSE) != 0);
  if ((parts & POSTERN_CLI_TEXT_VERBOSE) != 0)
    add_drivers (&page, report);
  if ((parts & POSTERN_CLI_TEXT_CAPABILITIES) != 0)
    postern_cli_table_add_capabilities (&page, report);
  if ((parts & POSTERN_CLI_TEXT_TRANSCRIPT) != 0)
    add_transcript (&page, report);
  return g_string_free (page.text, FALSE);
}
