/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-table.h"

#include <glib/gi18n.h>
#include <string.h>

#define COLUMN 38

static void
add_heading (PosternCliPage *page, const char *text)
{
  g_string_append_printf (page->text, "%s%s%s", postern_cli_page_paint (page, POSTERN_CLI_BOLD),
                          text, postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
}

/* A word in so many columns. */
static void
add_cell (PosternCliPage *page, const char *word, guint columns)
{
  g_autofree char *shown = postern_cli_page_shorten (page, word, columns - 2);

  g_string_append (page->text, shown);
  postern_cli_page_pad (page->text, postern_cli_page_columns (shown), columns);
}

static gboolean
is_in (const char *const *list, const char *word)
{
  return list != NULL && g_strv_contains (list, word);
}

static void
add_row (PosternCliPage *page, const char *word, gboolean clear, gboolean tls)
{
  const char *none = page->utf8 ? "–" : "-";

  g_string_append (page->text, "  ");
  add_cell (page, clear ? word : none, COLUMN);
  g_string_append (page->text, tls ? word : none);
  g_string_append_c (page->text, '\n');
}

/**
 * postern_cli_table_add_capabilities:
 * @page: where to
 * @report: a report of a run that has ended
 *
 * What the server offered in clear text and under TLS, side by side.
 */
void
postern_cli_table_add_capabilities (PosternCliPage *page, PosternReport *report)
{
  const char *const *clear = postern_report_get_clear_capabilities (report);
  const char *const *tls = postern_report_get_tls_capabilities (report);
  g_auto (GStrv) all = postern_report_dup_all_capabilities (report);

  g_string_append_c (page->text, '\n');
  g_string_append (page->text, "  ");
  add_heading (page, _ ("In clear text"));
  postern_cli_page_pad (page->text, postern_cli_page_columns (_ ("In clear text")), COLUMN);
  add_heading (page, _ ("Under TLS"));
  g_string_append_c (page->text, '\n');

  for (gsize i = 0; all[i] != NULL; i++)
    add_row (page, all[i], is_in (clear, all[i]), is_in (tls, all[i]));
}

static const char *
colour_of (PosternTrialState state)
{
  if (state == POSTERN_TRIAL_ACCEPTED)
    return POSTERN_CLI_GREEN;
  if (state == POSTERN_TRIAL_REFUSED || state == POSTERN_TRIAL_FAILED)
    return POSTERN_CLI_RED;
  return POSTERN_CLI_DIM;
}

static const char *
mark_of (const PosternCliPage *page, PosternTrialState state)
{
  if (state == POSTERN_TRIAL_ACCEPTED)
    return page->utf8 ? "✓" : "+";
  if (state == POSTERN_TRIAL_REFUSED || state == POSTERN_TRIAL_FAILED)
    return page->utf8 ? "✗" : "x";
  return page->utf8 ? "–" : "-";
}

static void
add_trial (PosternCliPage *page, PosternTrial *trial, guint mechanism_width, guint state_width)
{
  PosternTrialState state = postern_trial_get_state (trial);
  const char *summary = postern_trial_get_summary (trial);
  const char *code = postern_trial_get_code (trial);
  const char *words = postern_trial_get_state_text (trial);
  g_autofree char *said = code != NULL ? g_strdup_printf ("%s  %s", summary, code)
                                       : g_strdup (summary != NULL ? summary : "");

  g_string_append_printf (page->text, "  %s%s%s ", postern_cli_page_paint (page, colour_of (state)),
                          mark_of (page, state), postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
  add_cell (page, postern_trial_get_mechanism (trial), mechanism_width + 2);
  add_cell (page, words, state_width + 2);
  g_string_append (page->text, said);
  g_string_append_c (page->text, '\n');
}

/**
 * postern_cli_table_sweep:
 * @sweep: a sweep that has ended, and found something to try
 * @colour: whether to use the colours of a terminal
 *
 * Returns: (transfer full): a line for each mechanism
 */
char *
postern_cli_table_sweep (PosternSweep *sweep, gboolean colour)
{
  PosternCliPage page = { g_string_new (NULL), colour, g_get_charset (NULL) };
  GListModel *trials = postern_sweep_get_trials (sweep);
  guint n_trials = g_list_model_get_n_items (trials);
  guint mechanism_width = 0;
  guint state_width = 0;

  for (guint i = 0; i < n_trials; i++)
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (trials, i);

      mechanism_width =
        MAX (mechanism_width, postern_cli_page_columns (postern_trial_get_mechanism (trial)));
      state_width =
        MAX (state_width, postern_cli_page_columns (postern_trial_get_state_text (trial)));
    }
  for (guint i = 0; i < n_trials; i++)
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (trials, i);

      add_trial (&page, trial, mechanism_width, state_width);
    }
  if (n_trials == 0)
    g_string_append_printf (page.text, "%s\n", _ ("The server offers no way to log on."));
  if (postern_sweep_get_end_reason (sweep) != NULL)
    g_string_append_printf (page.text, "\n%s\n", postern_sweep_get_end_reason (sweep));
  return g_string_free (page.text, FALSE);
}
