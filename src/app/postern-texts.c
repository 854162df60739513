/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-texts.h"

#include <glib/gi18n.h>
#include <string.h>

#define ICON_PASSED "postern-passed-symbolic"
#define ICON_WARNING "postern-warning-symbolic"
#define ICON_FAILED "postern-failed-symbolic"
#define ICON_WAITING "postern-waiting-symbolic"
#define ICON_RUNNING "postern-running-symbolic"
#define ICON_SKIPPED "postern-skipped-symbolic"
#define ICON_INFO "postern-info-symbolic"

static gboolean
has_warning (PosternReport *report)
{
  GListModel *findings = postern_report_get_findings (report);

  for (guint i = 0; i < g_list_model_get_n_items (findings); i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);

      if (postern_finding_get_severity (finding) == POSTERN_SEVERITY_WARNING)
        return TRUE;
    }
  return FALSE;
}

PosternVerdictTexts
postern_texts_for_verdict (PosternReport *report, gboolean running)
{
  const PosternVerdictTexts none = { _ ("not tested"), ICON_WAITING, "dim-label" };
  const PosternVerdictTexts goes_on = { _ ("running"), ICON_RUNNING, "accent" };
  const PosternVerdictTexts passed = { _ ("passed"), ICON_PASSED, "success" };
  const PosternVerdictTexts doubtful = { _ ("passed, with a warning"), ICON_WARNING, "warning" };
  const PosternVerdictTexts failed = { _ ("failed"), ICON_FAILED, "error" };
  const PosternVerdictTexts cancelled = { _ ("cancelled"), ICON_SKIPPED, "dim-label" };

  if (running)
    return goes_on;
  if (report == NULL)
    return none;

  switch (postern_report_get_outcome (report))
    {
    case POSTERN_OUTCOME_PASSED:
      return has_warning (report) ? doubtful : passed;
    case POSTERN_OUTCOME_FAILED:
      return failed;
    case POSTERN_OUTCOME_CANCELLED:
      return cancelled;
    case POSTERN_OUTCOME_NONE:
    default:
      return none;
    }
}

PosternVerdictTexts
postern_texts_for_state (PosternStepState state)
{
  const PosternVerdictTexts states[] = {
    [POSTERN_STATE_NOT_REACHED] = { NULL, ICON_WAITING, "dim-label" },
    [POSTERN_STATE_RUNNING] = { NULL, ICON_RUNNING, "accent" },
    [POSTERN_STATE_PASSED] = { NULL, ICON_PASSED, "success" },
    [POSTERN_STATE_WARNING] = { NULL, ICON_WARNING, "warning" },
    [POSTERN_STATE_FAILED] = { NULL, ICON_FAILED, "error" },
    [POSTERN_STATE_SKIPPED] = { NULL, ICON_SKIPPED, "dim-label" },
  };

  g_assert (state < G_N_ELEMENTS (states));
  return states[state];
}

PosternVerdictTexts
postern_texts_for_severity (PosternSeverity severity)
{
  const PosternVerdictTexts severities[] = {
    [POSTERN_SEVERITY_ERROR] = { _ ("Error"), ICON_FAILED, "error" },
    [POSTERN_SEVERITY_WARNING] = { _ ("Warning"), ICON_WARNING, "warning" },
    [POSTERN_SEVERITY_INFO] = { _ ("Note"), ICON_INFO, "dim-label" },
  };

  g_assert (severity < G_N_ELEMENTS (severities));
  return severities[severity];
}

PosternVerdictTexts
postern_texts_for_fault (const PosternCertFault *fault)
{
  return postern_texts_for_severity (fault->warning || fault->hidden ? POSTERN_SEVERITY_WARNING
                                                                     : POSTERN_SEVERITY_ERROR);
}

PosternVerdictTexts
postern_texts_for_verdict_state (PosternVerdictState state)
{
  PosternVerdictTexts states[] = {
    [POSTERN_VERDICT_NOT_CHECKED] = { NULL, ICON_SKIPPED, "dim-label" },
    [POSTERN_VERDICT_PASSED] = { NULL, ICON_PASSED, "success" },
    [POSTERN_VERDICT_WARNING] = { NULL, ICON_WARNING, "warning" },
    [POSTERN_VERDICT_HIDDEN] = { NULL, ICON_WARNING, "warning" },
    [POSTERN_VERDICT_FAILED] = { NULL, ICON_FAILED, "error" },
  };

  g_assert (state < G_N_ELEMENTS (states));
  states[state].word = postern_verdict_state_get_title (state);
  return states[state];
}

const char *
postern_texts_for_direction (PosternDirection direction)
{
  switch (direction)
    {
    case POSTERN_DIRECTION_CLIENT:
      /* Translators: who said a line of the transcript */
      return C_ ("transcript", "client");
    case POSTERN_DIRECTION_SERVER:
      return C_ ("transcript", "server");
    case POSTERN_DIRECTION_NOTE:
    default:
      return C_ ("transcript", "note");
    }
}

const char *
postern_texts_for_tls_start (PosternTlsStart tls)
{
  switch (tls)
    {
    case POSTERN_TLS_START_NONE:
      return _ ("No TLS");
    case POSTERN_TLS_START_STARTTLS:
      return _ ("STARTTLS");
    case POSTERN_TLS_START_STARTTLS_IF_OFFERED:
      return _ ("STARTTLS if offered");
    case POSTERN_TLS_START_IMPLICIT:
      return _ ("TLS from the first byte");
    case POSTERN_TLS_START_DEFAULT:
    default:
      return _ ("As the address says");
    }
}

const char *
postern_texts_system_name (PosternSystem system)
{
  /* Translators: any mail program, as opposed to one named product */
  return system == POSTERN_SYSTEM_UNIFACE ? "Uniface" : _ ("Any program");
}

const char *
postern_texts_connection_title (PosternSystem system)
{
  return system == POSTERN_SYSTEM_UNIFACE ? _ ("Connection string") : _ ("Server");
}

const char *
postern_texts_connection_hint (PosternSystem system)
{
  return system == POSTERN_SYSTEM_UNIFACE
           ? _ ("For example TLS:smtp.example.org+465:profile, or smtp.example.org+587.")
           : _ ("For example smtps://smtp.example.org, or smtp.example.org:587.");
}

char *
postern_texts_for_account (PosternAccount *account)
{
  if (*postern_account_get_name (account) != '\0')
    return g_strdup (postern_account_get_name (account));
  if (*postern_account_get_connection (account) != '\0')
    return g_strdup (postern_account_get_connection (account));
  return g_strdup (_ ("New account"));
}

char *
postern_texts_for_system (PosternAccount *account, PosternProtocol protocol, gboolean practice)
{
  PosternSystem system = postern_account_get_system (account);

  return g_strdup_printf ("%s · %s", postern_runtime_protocol_name (protocol),
                          practice ? _ ("on this computer") : postern_texts_system_name (system));
}

/* How TLS begins with this plan: its steps may ask for STARTTLS even where the connection is
 * plain. */
static PosternTlsStart
get_tls_start (PosternPlan *plan)
{
  if (plan->tls != POSTERN_TLS_START_NONE)
    return plan->tls;

  for (guint i = 0; i < plan->steps->len; i++)
    {
      PosternPlanStep *step = g_ptr_array_index (plan->steps, i);

      if (step->kind == POSTERN_PLAN_STARTTLS)
        return step->mandatory ? POSTERN_TLS_START_STARTTLS : POSTERN_TLS_START_STARTTLS_IF_OFFERED;
    }
  return POSTERN_TLS_START_NONE;
}

/**
 * postern_texts_for_plan:
 * @plan: (nullable): a plan
 *
 * Returns: (nullable): where the connection goes, and how TLS begins, in one line
 */
char *
postern_texts_for_plan (PosternPlan *plan)
{
  g_autoptr(GString) text = NULL;
  const char *source;

  if (plan == NULL)
    return NULL;

  text = g_string_new (NULL);
  /* Translators: host, port, and how TLS begins */
  g_string_append_printf (text, _ ("%s, port %u, %s"), plan->host, plan->port,
                          postern_texts_for_tls_start (get_tls_start (plan)));

  source = g_hash_table_lookup (plan->sources, "tls_options");
  /* Where they come from goes without saying, unless it is a line of a file. */
  if (source != NULL && strchr (source, ':') != NULL)
    {
      g_string_append (text, ". ");
      /* Translators: a file and line, or the name of a setting */
      g_string_append_printf (text, _ ("TLS options from %s."), source);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * postern_texts_for_place:
 * @finding: a finding about a setting
 *
 * Returns: the finding as one text, with its column where it has one
 */
char *
postern_texts_for_place (PosternFinding *finding)
{
  const char *title = postern_finding_get_title (finding);
  const char *explanation = postern_finding_get_explanation (finding);
  guint column = postern_finding_get_column (finding);
  g_autofree char *place = NULL;

  if (column > 0)
    /* Translators: the title of a finding, and the character of the text that it is about */
    place = g_strdup_printf (_ ("%s (character %u)"), title, column);
  else
    place = g_strdup (title);

  if (explanation == NULL || *explanation == '\0')
    return g_steal_pointer (&place);
  return g_strdup_printf ("%s\n%s", place, explanation);
}

/* Whether every one of @mechanisms, and there is one, takes a token and no password. */
gboolean
postern_texts_mechanisms_want_nothing (const char *const *mechanisms)
{
  const char *const without[] = { "ANONYMOUS", "EXTERNAL", "GSSAPI", "GS2-KRB5", NULL };

  for (guint i = 0; mechanisms != NULL && mechanisms[i] != NULL; i++)
    if (!g_strv_contains (without, mechanisms[i]))
      return FALSE;
  return mechanisms != NULL && mechanisms[0] != NULL;
}

gboolean
postern_texts_mechanisms_want_token (const char *const *mechanisms)
{
  if (mechanisms == NULL || mechanisms[0] == NULL)
    return FALSE;

  for (guint i = 0; mechanisms[i] != NULL; i++)
    if (g_ascii_strcasecmp (mechanisms[i], "XOAUTH2") != 0 &&
        g_ascii_strcasecmp (mechanisms[i], "OAUTHBEARER") != 0)
      return FALSE;
  return TRUE;
}
