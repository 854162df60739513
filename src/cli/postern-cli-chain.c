/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-chain.h"

#include "diagnosis/postern-tls-verdict.h"
#include "tls/postern-chain.h"

#include <glib/gi18n.h>
#include <string.h>

#define INDENT 6
#define DAY (24 * 60 * 60)

/* A chain may be of any length: this much of it is shown. */
#define MAX_NODES 12

static void
add_marked (PosternCliPage *page, const char *text, const char *sequence)
{
  g_string_append_printf (page->text, "%s%s%s", postern_cli_page_paint (page, sequence), text,
                          postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
}

static const char *
mark_of (const PosternCliPage *page, PosternVerdictState state, const char **sequence)
{
  static const struct
  {
    const char *mark;
    const char *ascii;
    const char *sequence;
  } marks[] = {
    [POSTERN_VERDICT_NOT_CHECKED] = { "–", "-", POSTERN_CLI_DIM },
    [POSTERN_VERDICT_PASSED] = { "✓", "+", POSTERN_CLI_GREEN },
    [POSTERN_VERDICT_WARNING] = { "!", "!", POSTERN_CLI_YELLOW },
    [POSTERN_VERDICT_HIDDEN] = { "!", "!", POSTERN_CLI_YELLOW },
    [POSTERN_VERDICT_FAILED] = { "✗", "x", POSTERN_CLI_RED },
  };

  *sequence = marks[state].sequence;
  return page->utf8 ? marks[state].mark : marks[state].ascii;
}

static void
add_verdict (PosternCliPage *page, const PosternTlsInfo *tls)
{
  PosternTlsVerdict verdict;

  postern_tls_verdict_fill (&verdict, tls);
  postern_cli_page_pad (page->text, 0, INDENT);
  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    {
      const char *sequence;
      const char *mark = mark_of (page, verdict.states[i], &sequence);

      g_string_append_printf (page->text, "%s%s ", i > 0 ? "  " : "",
                              postern_cert_aspect_get_title ((PosternCertAspect) i));
      add_marked (page, mark, sequence);
    }
  g_string_append_c (page->text, '\n');
}

/* How long it is valid yet, or since when it is not. */
static char *
describe_dates (PosternCertificate *certificate)
{
  GDateTime *from = postern_certificate_get_not_before (certificate);
  GDateTime *until = postern_certificate_get_not_after (certificate);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *day = NULL;
  gint64 days;

  if (from == NULL || until == NULL)
    return g_strdup (_ ("no dates"));
  if (g_date_time_to_unix (from) > now)
    {
      day = g_date_time_format (from, "%Y-%m-%d");
      return g_strdup_printf (_ ("from %s"), day);
    }
  day = g_date_time_format (until, "%Y-%m-%d");
  days = (g_date_time_to_unix (until) - now) / DAY;
  if (g_date_time_to_unix (until) < now)
    return g_strdup_printf (_ ("expired %s"), day);

  /* Translators: a date, and how many days there are to it */
  return g_strdup_printf (
    ngettext ("until %s, %u day", "until %s, %u days", (gulong) MIN (days, G_MAXINT)), day,
    (guint) MIN (days, G_MAXINT));
}

static const char *
describe_kind (PosternChainNode *node)
{
  switch (postern_chain_node_get_kind (node))
    {
    case POSTERN_NODE_STORE:
      return _ ("trusted, not sent");
    case POSTERN_NODE_MISSING:
      return _ ("missing");
    case POSTERN_NODE_BESIDE:
      return _ ("sent, and of no use");
    case POSTERN_NODE_SENT:
    default:
      return NULL;
    }
}

/* Several faults of a certificate may have one code. What the line has no room for goes below. */
static void
add_faults (PosternCliPage *page, GPtrArray *faults, guint column, guint indent)
{
  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = faults->pdata[i];
      gboolean refuses = !fault->warning && !fault->hidden;
      gboolean told = FALSE;
      const char *sequence;
      const char *mark =
        mark_of (page, refuses ? POSTERN_VERDICT_FAILED : POSTERN_VERDICT_WARNING, &sequence);
      g_autofree char *text = g_strdup_printf ("%s %s", mark, fault->code);

      for (guint j = 0; j < i; j++)
        told |= strcmp (((const PosternCertFault *) faults->pdata[j])->code, fault->code) == 0;
      if (told)
        continue;
      column += 2 + postern_cli_page_columns (text);
      if (column > POSTERN_CLI_PAGE_WIDTH)
        {
          g_string_append_c (page->text, '\n');
          postern_cli_page_pad (page->text, 0, indent);
          column = indent + 2 + postern_cli_page_columns (text);
        }
      g_string_append (page->text, "  ");
      add_marked (page, text, sequence);
    }
}

static void
add_fingerprint (PosternCliPage *page, PosternCertificate *certificate, guint indent)
{
  g_autofree char *key = g_strdup_printf ("%s, %s", postern_certificate_get_key (certificate),
                                          postern_certificate_get_signature (certificate));

  postern_cli_page_pad (page->text, 0, indent);
  add_marked (page, key, POSTERN_CLI_DIM);
  g_string_append_c (page->text, '\n');
  postern_cli_page_pad (page->text, 0, INDENT);
  g_string_append (page->text, "SHA-256 ");
  add_marked (page, postern_certificate_get_sha256 (certificate), POSTERN_CLI_DIM);
  g_string_append_c (page->text, '\n');
}

static void
add_node (PosternCliPage *page, PosternChainNode *node, gboolean verbose)
{
  PosternCertificate *certificate = postern_chain_node_get_certificate (node);
  guint level = MIN (postern_chain_node_get_level (node), 6);
  guint indent = INDENT + 2 * level;
  g_autofree char *label =
    postern_cli_page_shorten (page, postern_chain_node_get_label (node), 40 - 2 * level);
  g_autofree char *dates = certificate != NULL ? describe_dates (certificate) : NULL;
  const char *kind = describe_kind (node);
  guint column = indent + postern_cli_page_columns (label);

  postern_cli_page_pad (page->text, 0, level > 0 ? indent - 2 : indent);
  if (level > 0)
    g_string_append (page->text, page->utf8 ? "└ " : "` ");
  g_string_append (page->text, label);
  if (dates != NULL)
    g_string_append_printf (page->text, "  %s%s%s", postern_cli_page_paint (page, POSTERN_CLI_DIM),
                            dates, postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
  if (kind != NULL)
    g_string_append_printf (page->text, "  (%s)", kind);
  column += dates != NULL ? 2 + postern_cli_page_columns (dates) : 0;
  column += kind != NULL ? 4 + postern_cli_page_columns (kind) : 0;
  add_faults (page, postern_chain_node_get_faults (node), column, indent);
  g_string_append_c (page->text, '\n');
  if (verbose && certificate != NULL)
    add_fingerprint (page, certificate, indent);
}

static void
add_tree (PosternCliPage *page, const PosternTlsInfo *tls, gboolean verbose)
{
  g_autoptr(GListModel) nodes = postern_chain_list_nodes (tls->chain, tls->path, tls->faults);
  guint n_nodes = g_list_model_get_n_items (nodes);

  for (guint i = 0; i < MIN (n_nodes, MAX_NODES); i++)
    {
      g_autoptr(PosternChainNode) node = g_list_model_get_item (nodes, i);

      add_node (page, node, verbose);
    }
  if (n_nodes > MAX_NODES)
    {
      guint rest = n_nodes - MAX_NODES;

      postern_cli_page_pad (page->text, 0, INDENT);
      g_string_append_printf (
        page->text, ngettext ("and %u certificate more", "and %u certificates more", rest), rest);
      g_string_append_c (page->text, '\n');
    }
}

void
postern_cli_chain_add (PosternCliPage *page, PosternReport *report, gboolean verbose)
{
  const PosternTlsInfo *tls = postern_report_get_tls_info (report);

  if (tls == NULL || tls->shared_key || tls->chain->len == 0 || (tls->faults->len == 0 && !verbose))
    return;

  add_verdict (page, tls);
  add_tree (page, tls, verbose);
}
