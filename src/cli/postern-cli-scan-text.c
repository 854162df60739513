/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-scan.h"

#include "postern-cli-page.h"

#include "postern-enum-types.h"
#include "model/postern-finding.h"
#include "scan/postern-hello.h"
#include "scan/postern-scan-settings.h"
#include "scan/postern-scan-staple.h"
#include "scan/postern-scan-weakness.h"
#include "scan/postern-tls-numbers.h"

#include <glib/gi18n.h>

#define MARGIN 4
#define LABEL_WIDTH 14
#define SUITE_WIDTH 50

typedef enum
{
  GOOD,
  BAD,
  WARNING,
  OPEN,
} Mark;

typedef const char *(*NameFunc) (guint16 number);

/* --- Lines --- */

static void
add_mark (PosternCliPage *page, Mark mark)
{
  static const struct
  {
    const char *utf8;
    const char *ascii;
    const char *colour;
  } marks[] = {
    [GOOD] = { "✓", "+", POSTERN_CLI_GREEN },
    [BAD] = { "✗", "x", POSTERN_CLI_RED },
    [WARNING] = { "!", "!", POSTERN_CLI_YELLOW },
    [OPEN] = { "–", "-", POSTERN_CLI_DIM },
  };

  g_string_append_printf (page->text, "%s%s%s ", postern_cli_page_paint (page, marks[mark].colour),
                          page->utf8 ? marks[mark].utf8 : marks[mark].ascii,
                          postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
}

static void
add_painted (PosternCliPage *page, const char *sequence, const char *text)
{
  g_string_append_printf (page->text, "%s%s%s", postern_cli_page_paint (page, sequence), text,
                          postern_cli_page_paint (page, POSTERN_CLI_PLAIN));
}

static void
add_heading (PosternCliPage *page, const char *text)
{
  g_string_append_c (page->text, '\n');
  add_painted (page, POSTERN_CLI_BOLD, text);
  g_string_append_c (page->text, '\n');
}

/* A label, and beside it a text that may take several lines. */
static void
add_row (PosternCliPage *page, const char *label, const char *text)
{
  gsize start = page->text->len;
  g_autoptr(GString) head = g_string_new ("    ");

  g_string_append (head, label);
  postern_cli_page_pad (head, postern_cli_page_columns (head->str), MARGIN + LABEL_WIDTH);
  postern_cli_page_add_wrapped (page, text, MARGIN + LABEL_WIDTH);
  g_string_erase (page->text, (gssize) start, MARGIN + LABEL_WIDTH);
  g_string_insert (page->text, (gssize) start, head->str);
}

static void
add_word (GString *text, const char *word)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", word);
}

static char *
join (const GArray *list, NameFunc name)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    {
      guint16 number = g_array_index (list, guint16, i);
      g_autofree char *unknown = g_strdup_printf ("0x%04X", number);

      add_word (text, name (number) != NULL ? name (number) : unknown);
    }
  return g_string_free (text, FALSE);
}

/* --- Versions --- */

static const char *
order_words (PosternScanOrder order)
{
  switch (order)
    {
    case POSTERN_SCAN_ORDER_SERVER:
      return _ (" (the server’s order)");

    case POSTERN_SCAN_ORDER_CLIENT:
      return _ (" (the client’s order decides)");

    case POSTERN_SCAN_ORDER_UNKNOWN:
    default:
      return "";
    }
}

static void
add_suite (PosternCliPage *page, guint16 suite)
{
  const char *name = postern_tls_suite_name (suite);
  const char *weakness = postern_scan_suite_weakness (suite);

  g_string_append (page->text, "    ");
  g_string_append (page->text, name);
  if (weakness != NULL)
    {
      postern_cli_page_pad (page->text, postern_cli_page_columns (name), SUITE_WIDTH);
      add_painted (page, POSTERN_CLI_YELLOW, weakness);
    }
  else if (!postern_scan_suite_keeps_secrets (suite))
    {
      postern_cli_page_pad (page->text, postern_cli_page_columns (name), SUITE_WIDTH);
      add_painted (page, POSTERN_CLI_DIM, _ ("no forward secrecy"));
    }
  g_string_append_c (page->text, '\n');
}

static gboolean
is_equal (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (g_array_index (a, guint16, i) != g_array_index (b, guint16, i))
      return FALSE;
  return TRUE;
}

/* @above: the version before it on the page, or NULL */
static void
add_suites (PosternCliPage *page,
            const PosternScanVersion *version,
            const PosternScanVersion *above)
{
  if (above != NULL && above->spoken && is_equal (above->suites, version->suites))
    {
      g_autofree char *text =
        g_strdup_printf (_ ("the same as those of %s"), postern_tls_version_name (above->version));

      add_row (page, _ ("Suites"), text);
      return;
    }
  for (guint i = 0; i < version->suites->len; i++)
    add_suite (page, g_array_index (version->suites, guint16, i));
  if (!version->complete)
    add_row (page, _ ("Suites"), _ ("perhaps more: the list is not whole"));
}

static char *
describe_resumption (const PosternScanVersion *version)
{
  GString *text = g_string_new (NULL);

  if (version->resumes_id == POSTERN_SCAN_YES)
    add_word (text, _ ("by session ID"));
  if (version->resumes_ticket == POSTERN_SCAN_YES)
    add_word (text, _ ("by ticket"));
  if (text->len == 0 && version->resumes_ticket == POSTERN_SCAN_NO)
    add_word (text, _ ("none"));
  if (text->len == 0)
    add_word (text, _ ("not known"));
  return g_string_free (text, FALSE);
}

static char *
describe_rest (const PosternScanVersion *version)
{
  GString *text = g_string_new (NULL);

  if (version->alpn[0] != '\0')
    {
      g_autofree char *alpn = g_strescape (version->alpn, NULL);
      g_autofree char *word = g_strdup_printf ("ALPN %s", alpn);

      add_word (text, word);
    }
  if (version->stapled == POSTERN_SCAN_YES)
    add_word (text, _ ("OCSP response stapled"));
  if (version->version < POSTERN_HELLO_1_3)
    {
      add_word (text, version->renegotiation ? _ ("secure renegotiation")
                                             : _ ("no secure renegotiation"));
      add_word (text, version->extended_master_secret ? _ ("extended master secret")
                                                      : _ ("no extended master secret"));
    }
  if (version->heartbeat)
    add_word (text, _ ("heartbeat"));
  if (version->dh_bits > 0)
    g_string_append_printf (text, _ ("%sDH of %u bits and more"), text->len > 0 ? ", " : "",
                            version->dh_bits);
  return g_string_free (text, FALSE);
}

static void
add_details (PosternCliPage *page, const PosternScanVersion *version)
{
  g_autofree char *groups = join (version->groups, postern_tls_group_name);
  g_autofree char *signatures = join (version->signatures, postern_tls_signature_name);
  g_autofree char *resumption = describe_resumption (version);
  g_autofree char *rest = describe_rest (version);

  if (groups[0] != '\0')
    add_row (page, _ ("Groups"), groups);
  if (signatures[0] != '\0')
    add_row (page, _ ("Signatures"), signatures);
  add_row (page, _ ("Resumption"), resumption);
  if (rest[0] != '\0')
    add_row (page, _ ("Also"), rest);
}

static void
add_version (PosternCliPage *page,
             const PosternScanVersion *version,
             const PosternScanVersion *above)
{
  gboolean old = version->version < POSTERN_HELLO_1_2;

  add_mark (page, version->spoken ? (old ? WARNING : GOOD) : OPEN);
  add_painted (page, POSTERN_CLI_BOLD, postern_tls_version_name (version->version));
  if (!version->spoken)
    {
      g_string_append_printf (page->text, "  %s\n",
                              version->looked ? _ ("not spoken") : _ ("not known"));
      return;
    }
  g_string_append (page->text, "  ");
  g_string_append_printf (page->text, _ ("cipher suites: %u%s"), version->suites->len,
                          order_words (version->order));
  g_string_append_c (page->text, '\n');
  add_suites (page, version, above);
  add_details (page, version);
}

/* --- Certificates --- */

static char *
describe_dates (PosternCertificate *certificate)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  GDateTime *from = postern_certificate_get_not_before (certificate);
  GDateTime *to = postern_certificate_get_not_after (certificate);
  g_autofree char *from_text = NULL;
  g_autofree char *to_text = NULL;
  gint64 days;

  if (from == NULL || to == NULL)
    return g_strdup (_ ("no dates that can be read"));
  from_text = g_date_time_format (from, "%F");
  to_text = g_date_time_format (to, "%F");
  days = g_date_time_difference (to, now) / G_TIME_SPAN_DAY;
  return g_strdup_printf (_ ("%s to %s, days left: %" G_GINT64_FORMAT), from_text, to_text, days);
}

static void
add_staple (PosternCliPage *page, const PosternScanChain *chain)
{
  g_autofree char *reason = NULL;
  GDateTime *until = chain->staple->next_update;
  PosternStapleState state =
    postern_scan_staple_judge (chain, g_get_real_time () / G_USEC_PER_SEC, &reason);
  g_autoptr(GString) text =
               g_string_new (postern_enum_to_nick (POSTERN_TYPE_STAPLE_STATE, (int) state));

  if (reason != NULL)
    g_string_append_printf (text, ": %s", reason);
  else if (until != NULL)
    {
      g_autofree char *date = g_date_time_format (until, "%F %R");

      g_string_append_printf (text, _ (", until %s UTC"), date);
    }
  add_row (page, "OCSP", text->str);
}

static void
add_chain (PosternCliPage *page, const PosternScanChain *chain)
{
  PosternCertificate *first;
  g_autofree char *kind = NULL;
  g_autofree char *dates = NULL;
  g_autofree char *sent = NULL;

  if (chain->certificates->len == 0)
    {
      add_row (page, _ ("Certificate"), _ ("cannot be read"));
      return;
    }
  first = g_ptr_array_index (chain->certificates, 0);
  kind = g_strdup_printf ("%s, %s", postern_certificate_get_key (first),
                          postern_certificate_get_signature (first));
  dates = describe_dates (first);
  sent = g_strdup_printf (_ ("certificates: %u"), chain->ders->len);
  add_row (page, _ ("Subject"), postern_certificate_get_subject (first));
  add_row (page, _ ("Issuer"), postern_certificate_get_issuer (first));
  add_row (page, _ ("Key"), kind);
  add_row (page, _ ("Valid"), dates);
  add_row (page, _ ("Sent"), sent);
  if (chain->staple != NULL)
    add_staple (page, chain);
}

static void
add_chains (PosternCliPage *page, const PosternScanResult *result)
{
  if (result->chains->len > 0)
    add_heading (page, _ ("What the server shows"));
  for (guint i = 0; i < result->chains->len; i++)
    {
      if (i > 0)
        g_string_append_c (page->text, '\n');
      add_chain (page, g_ptr_array_index (result->chains, i));
    }
  if (result->name_matters == POSTERN_SCAN_YES)
    add_row (page, _ ("Server name"), _ ("without SNI another certificate comes, or none"));
  if (result->certificate_required == POSTERN_SCAN_YES)
    add_row (page, _ ("Client"), _ ("has to show a certificate"));
  else if (result->certificate_asked == POSTERN_SCAN_YES)
    add_row (page, _ ("Client"), _ ("is asked for a certificate, and may do without"));
}

/* --- What it comes to --- */

static void
add_verdict (PosternCliPage *page, Mark mark, const char *head, const char *code, const char *text)
{
  g_string_append (page->text, "  ");
  add_mark (page, mark);
  g_string_append (page->text, head);
  if (code != NULL)
    {
      g_string_append (page->text, "  ");
      add_painted (page, POSTERN_CLI_DIM, code);
    }
  g_string_append_c (page->text, '\n');
  postern_cli_page_add_wrapped (page, text, MARGIN);
}

static void
add_weaknesses (PosternCliPage *page, GPtrArray *weaknesses)
{
  if (weaknesses->len > 0)
    add_heading (page, _ ("Weak"));
  for (guint i = 0; i < weaknesses->len; i++)
    {
      PosternFinding *finding = g_ptr_array_index (weaknesses, i);

      add_verdict (page, WARNING, postern_finding_get_title (finding),
                   postern_finding_get_code (finding), postern_finding_get_explanation (finding));
    }
}

static void
add_settings (PosternCliPage *page, GPtrArray *settings)
{
  static const Mark marks[] = {
    [POSTERN_SCAN_HOLDS] = GOOD,
    [POSTERN_SCAN_WARNS] = WARNING,
    [POSTERN_SCAN_FAILS] = BAD,
    [POSTERN_SCAN_OPEN] = OPEN,
  };

  if (settings == NULL)
    return;
  add_heading (page, _ ("With this account"));
  for (guint i = 0; i < settings->len; i++)
    {
      const PosternScanSetting *setting = g_ptr_array_index (settings, i);
      gboolean plain = setting->value == NULL || setting->value[0] == '\0';
      g_autofree char *head = plain ? g_strdup (setting->option)
                                    : g_strdup_printf ("%s: %s", setting->option, setting->value);

      add_verdict (page, marks[setting->verdict], head, setting->code, setting->text);
    }
}

static void
add_troubles (PosternCliPage *page, const PosternScanResult *result)
{
  if (result->cancelled || result->troubles->len > 0)
    g_string_append_c (page->text, '\n');
  for (guint i = 0; i < result->troubles->len; i++)
    {
      g_autofree char *text =
        g_strdup_printf ("! %s", (const char *) g_ptr_array_index (result->troubles, i));

      postern_cli_page_add_wrapped (page, text, 0);
    }
  if (result->cancelled)
    postern_cli_page_add_wrapped (page, _ ("! Interrupted: this is what was found by then."), 0);
}

/**
 * postern_cli_scan_to_text:
 * @colour: whether to use the colours of a terminal
 *
 * Returns: (transfer full): the scan for people
 */
char *
postern_cli_scan_to_text (const PosternCliScan *scan, gboolean colour)
{
  PosternCliPage page = { g_string_new (NULL), colour, g_get_charset (NULL) };
  const PosternScanResult *result = scan->result;

  g_string_append_printf (page.text, _ ("%s at %s, %u connections in %.2f s\n\n"),
                          scan->request->host, result->address, result->n_connections,
                          scan->seconds);
  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    add_version (&page, &result->versions[i - 1],
                 i < POSTERN_SCAN_VERSIONS ? &result->versions[i] : NULL);
  add_chains (&page, result);
  add_weaknesses (&page, scan->weaknesses);
  add_settings (&page, scan->settings);
  add_troubles (&page, result);
  if (!scan->request->starttls && postern_scan_result_get_highest (result) == NULL &&
      result->troubles->len > 0)
    postern_cli_page_add_wrapped (
      &page, _ ("Where TLS begins in clear text, as on port 587, --starttls asks for it."), 2);
  else if (scan->request->starttls && scan->settings == NULL &&
           postern_scan_result_get_highest (result) == NULL && result->troubles->len > 0)
    postern_cli_page_add_wrapped (
      &page,
      _ ("Where TLS begins with the first byte, as on port 465, leave --starttls out; and "
         "--protocol has to be that of the server."),
      2);
  return g_string_free (page.text, FALSE);
}
