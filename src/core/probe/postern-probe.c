/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-probe.h"

#include "diagnosis/postern-catalogue.h"
#include "diagnosis/postern-diagnosis.h"
#include "diagnosis/postern-explanation.h"
#include "probe/postern-message.h"
#include "probe/postern-probe-plan.h"
#include "probe/postern-probe-private.h"
#include "probe/postern-report-private.h"
#include "runtime/postern-lint.h"

#include "postern-built.h"

#include <glib/gi18n.h>
#include <string.h>

/* As long as certificates at hand are looked through. Milliseconds. */
#define ADVICE_LIMIT 2000

enum
{
  PROP_0,
  PROP_RUNNING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternProbe, postern_probe, G_TYPE_OBJECT)

void
postern_probe_clear_watch (PosternProbe *self)
{
  g_clear_pointer (&self->watch, postern_port_watch_free);
}

static void
postern_probe_finalize (GObject *object)
{
  PosternProbe *self = POSTERN_PROBE (object);

  postern_probe_clear_watch (self);
  g_object_unref (self->account);
  g_clear_pointer (&self->password, postern_secret_unref);
  g_clear_pointer (&self->token, postern_secret_unref);
  g_clear_pointer (&self->key_password, postern_secret_unref);
  g_free (self->check_sender);
  g_strfreev (self->check_recipients);
  g_free (self->send_from);
  g_free (self->send_to);
  g_free (self->only_mechanism);
  g_object_unref (self->report);
  g_ptr_array_unref (self->settings_findings);
  g_ptr_array_unref (self->notes);
  g_clear_pointer (&self->plan, postern_plan_unref);
  g_clear_object (&self->machine);
  g_clear_object (&self->session);
  g_clear_object (&self->stop);
  postern_counter_clear (&self->counter);
  g_clear_pointer (&self->advice, postern_trust_advice_free);
  g_clear_pointer (&self->seen, postern_failure_free);
  g_clear_pointer (&self->names, g_ptr_array_unref);

  G_OBJECT_CLASS (postern_probe_parent_class)->finalize (object);
}

static void
postern_probe_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternProbe *self = POSTERN_PROBE (object);

  switch (prop_id)
    {
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_probe_class_init (PosternProbeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = postern_probe_finalize;
  object_class->get_property = postern_probe_get_property;

  properties[PROP_RUNNING] =
    g_param_spec_boolean ("running", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_probe_init (PosternProbe *self)
{
  self->settings_findings = g_ptr_array_new_with_free_func (g_object_unref);
  self->notes = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
set_running (PosternProbe *self, gboolean running)
{
  self->running = running;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

void
postern_probe_update_step (PosternProbe *self,
                           PosternStepId id,
                           PosternStepState state,
                           const char *summary)
{
  PosternTranscript *transcript = postern_report_get_transcript (self->report);
  g_autofree char *safe = NULL;

  if (summary != NULL && self->machine != NULL)
    safe = postern_redactor_apply (postern_machine_get_redactor (self->machine), summary,
                                   strlen (summary), NULL);
  postern_step_update (postern_report_get_step (self->report, id), state,
                       safe != NULL ? safe : summary, g_get_monotonic_time () - self->begun,
                       (int) postern_transcript_get_n_events (transcript));
}

/* What is left of the limit for the whole run, in milliseconds. */
guint
postern_probe_time_left (PosternProbe *self)
{
  gint64 gone = (g_get_monotonic_time () - self->begun) / 1000 + POSTERN_PROBE_MARGIN;

  return gone >= (gint64) self->plan->total_timeout ? 0 : self->plan->total_timeout - (guint) gone;
}

/* The secrets are not needed any more: the plan stays with the report. */
static void
drop_secrets (PosternProbe *self)
{
  if (self->plan != NULL)
    postern_probe_plan_drop_secrets (self->plan);
  g_clear_pointer (&self->password, postern_secret_unref);
  g_clear_pointer (&self->token, postern_secret_unref);
  g_clear_pointer (&self->key_password, postern_secret_unref);
  g_clear_object (&self->machine);
}

/* Steps that began and did not end are where the run stopped. */
static void
close_running_steps (PosternProbe *self, const char *summary)
{
  GListModel *steps = postern_report_get_steps (self->report);

  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) step = g_list_model_get_item (steps, i);

      if (postern_step_get_state (step) == POSTERN_STATE_RUNNING)
        postern_probe_update_step (self, postern_step_get_step (step), POSTERN_STATE_FAILED,
                                   summary);
    }
}

/* The failure points at the step where it happened, and at lines that show it. */
static void
complete_failure (PosternProbe *self, PosternFailure *failure)
{
  PosternStep *step = postern_report_get_step (self->report, failure->step);
  const char *title = postern_catalogue_get_title (failure->code);

  /* What the server answered stays the summary of its step. Elsewhere the whole story is in the
   * finding, and the ladder has room for its name. */
  if (!failure->refused || postern_step_get_summary (step) == NULL)
    postern_probe_update_step (self, failure->step, POSTERN_STATE_FAILED, title);
  close_running_steps (self, title);

  /* What something on the way does to a session begins with the greeting. */
  if (strcmp (failure->code, "middlebox.mangled") == 0)
    failure->first_event =
      postern_step_get_first_event (postern_report_get_step (self->report, POSTERN_STEP_GREETING));
  if (failure->first_event < 0)
    {
      failure->first_event = postern_step_get_first_event (step);
      failure->last_event = postern_step_get_last_event (step);
    }
}

/* What was a warning before the run, and then ended it. */
static gboolean
is_told (const PosternFailure *failure, PosternFinding *finding)
{
  return failure != NULL && failure->step != POSTERN_STEP_SETTINGS && failure->detail != NULL &&
         strcmp (postern_finding_get_code (finding), failure->code) == 0 &&
         strstr (postern_finding_get_explanation (finding), failure->detail) != NULL;
}

static void
finish (GTask *task, PosternFailure *failure, gboolean cancelled)
{
  PosternProbe *self = g_task_get_source_object (task);
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (self->account));

  postern_probe_clear_watch (self);
  g_cancellable_cancel (self->stop);
  if (cancelled)
    close_running_steps (self, _ ("Cancelled"));

  if (failure != NULL)
    {
      complete_failure (self, failure);
      postern_report_set_failure (self->report, failure);
    }
  for (guint i = 0; i < self->settings_findings->len; i++)
    if (!is_told (failure, self->settings_findings->pdata[i]))
      postern_report_add_finding (self->report, self->settings_findings->pdata[i]);
  for (guint i = 0; i < self->notes->len; i++)
    postern_report_add_finding (self->report, self->notes->pdata[i]);
  /* A look, or a mechanism that was not the system's choice, is nothing that it would do. */
  if (!cancelled && !self->only_look && self->only_mechanism == NULL)
    postern_report_set_native (
      self->report, postern_runtime_judge (runtime, postern_account_get_protocol (self->account),
                                           self->plan, failure));

  drop_secrets (self);
  if (cancelled)
    postern_report_finish (self->report, POSTERN_OUTCOME_CANCELLED, 130);
  else if (failure != NULL)
    postern_report_finish (self->report, POSTERN_OUTCOME_FAILED,
                           postern_catalogue_exit_status (failure));
  else
    postern_report_finish (self->report, POSTERN_OUTCOME_PASSED, 0);
  set_running (self, FALSE);

  if (cancelled)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
  else
    g_task_return_boolean (task, TRUE);
}

/* Everything is known: what does it all mean? */
static void
explain (GTask *task, const PosternFailure *seen, gboolean cancelled)
{
  PosternProbe *self = g_task_get_source_object (task);
  g_autoptr(PosternFailure) refined = NULL;
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternFacts facts = { 0 };
  g_autofree char *token_reason = NULL;
  g_autofree char *password_note = NULL;

  postern_report_set_session (self->report, self->session, self->machine);
  facts.plan = self->plan;
  facts.runtime = postern_runtime_get (postern_account_get_system (self->account));
  facts.failure = cancelled ? NULL : seen;
  facts.tls = postern_session_get_tls_info (self->session);
  facts.addresses = postern_session_get_addresses (self->session);
  facts.clear_capabilities = postern_machine_get_clear_capabilities (self->machine);
  facts.tls_capabilities = postern_machine_get_tls_capabilities (self->machine);
  facts.redactor = postern_machine_get_redactor (self->machine);
  facts.starttls_skipped = postern_machine_starttls_was_skipped (self->machine);
  /* A run that was cancelled says nothing about what it did not come to. */
  facts.authenticated = cancelled || postern_machine_is_authenticated (self->machine);
  facts.preauthenticated = postern_machine_was_preauthenticated (self->machine);
  password_note =
    postern_probe_plan_explain_encoding (self->plan, postern_machine_get_mechanism (self->machine));
  facts.password_note = password_note;
  facts.counter = self->counter.result;
  facts.counter_protocol = postern_personality_name (self->counter.personality);
  facts.counter_heard = self->counter.heard;
  facts.counter_listed = self->counter.listed;
  facts.counter_starttls = self->counter.starttls;
  facts.names = self->names;
  facts.greeting = postern_transcript_get_greeting (postern_report_get_transcript (self->report));
  facts.now = g_get_real_time () / G_USEC_PER_SEC;
  facts.built = POSTERN_BUILT;
  facts.advice = self->advice;
  facts.token_code = postern_probe_plan_look_at_token (self->plan, &token_reason);
  facts.token_reason = token_reason;

  if (facts.failure != NULL)
    {
      refined = postern_diagnosis_refine (&facts);
      complete_failure (self, refined);
      facts.failure = refined;
    }
  postern_diagnosis_run (&facts, findings);
  /* What is only good to know comes after all that is wrong. */
  for (guint i = 0; i < findings->len; i++)
    if (postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_INFO)
      g_ptr_array_add (self->notes, g_object_ref (findings->pdata[i]));
    else
      postern_report_add_finding (self->report, findings->pdata[i]);
  finish (task, refined, cancelled);
}

static void
advice_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternProbe *self = g_task_get_source_object (task);

  self->advice = postern_trust_advise_finish (result);
  explain (task, self->seen, g_cancellable_is_cancelled (g_task_get_cancellable (task)));
}

/* The session is over and every counter-test made. Where nobody vouches for the certificate, the
 * files at hand may tell how to mend that. */
void
postern_probe_conclude (GTask *task, const PosternFailure *seen, gboolean cancelled)
{
  PosternProbe *self = g_task_get_source_object (task);
  const PosternTlsInfo *tls = postern_session_get_tls_info (self->session);

  if (cancelled || tls == NULL || postern_probe_time_left (self) == 0 ||
      !postern_trust_advice_is_wanted (tls->faults))
    {
      explain (task, seen, cancelled);
      return;
    }

  self->seen = seen != NULL ? postern_failure_copy (seen) : NULL;
  postern_trust_advise_async (tls->chain, tls->faults, self->plan->tls_policy, self->plan->host,
                              MIN (ADVICE_LIMIT, postern_probe_time_left (self)),
                              g_task_get_cancellable (task), advice_cb, g_object_ref (task));
}

/* Steps that this plan does not have are skipped by choice, however far the run comes. */
static void
skip_steps (PosternProbe *self)
{
  for (int i = 0; i < POSTERN_N_STEPS; i++)
    if (postern_probe_plan_skips (self->plan, (PosternStepId) i))
      postern_probe_update_step (self, (PosternStepId) i, POSTERN_STATE_SKIPPED, NULL);
}

/* An address goes into a command as it is: nothing may end the line or the path. */
static gboolean
check_addresses (PosternProbe *self)
{
  guint before = self->settings_findings->len;

  if (self->plan != NULL && self->plan->protocol != POSTERN_PROTOCOL_SMTP &&
      (self->check_sender != NULL || self->send_from != NULL))
    postern_lint_mail (self->settings_findings, self->send_from != NULL ? "send" : "check-sender",
                       postern_runtime_protocol_name (self->plan->protocol));
  if (self->check_sender != NULL)
    postern_lint_address (self->settings_findings, "check-sender", self->check_sender);
  for (gsize i = 0; self->check_recipients[i] != NULL; i++)
    postern_lint_address (self->settings_findings, "check-recipient", self->check_recipients[i]);
  if (self->send_from != NULL)
    postern_lint_address (self->settings_findings, "send", self->send_from);
  if (self->send_to != NULL)
    postern_lint_address (self->settings_findings, "send", self->send_to);

  for (guint i = before; i < self->settings_findings->len; i++)
    if (postern_finding_get_severity (self->settings_findings->pdata[i]) == POSTERN_SEVERITY_ERROR)
      return FALSE;
  return TRUE;
}

static void
plan_run (PosternProbe *self)
{
  const PosternCredentials credentials = { self->password, self->token, self->key_password };
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (self->account));

  self->plan = postern_runtime_plan (runtime, self->account, &credentials, self->settings_findings);
  if (!check_addresses (self))
    g_clear_pointer (&self->plan, postern_plan_unref);
  if (self->plan == NULL)
    return;

  self->plan->stay = self->stay;
  self->plan->check_usable = self->check_usable;
  g_free (self->plan->check_sender);
  self->plan->check_sender = g_strdup (self->check_sender);
  g_strfreev (self->plan->check_recipients);
  self->plan->check_recipients = g_strdupv (self->check_recipients);
  if (self->send_from != NULL && self->send_to != NULL)
    {
      self->plan->send_from = g_strdup (self->send_from);
      self->plan->send_to = g_strdup (self->send_to);
      self->plan->message =
        postern_message_new_test (self->send_from, self->send_to, self->plan->host);
    }
  if (self->only_look || self->only_mechanism != NULL)
    postern_probe_plan_replace_log_on (self->plan, postern_account_get_user (self->account),
                                       self->password, self->token, self->only_mechanism);
}

static int
compare_severity (gconstpointer a, gconstpointer b)
{
  PosternFinding *first = *(PosternFinding *const *) a;
  PosternFinding *second = *(PosternFinding *const *) b;

  return (int) postern_finding_get_severity (first) - (int) postern_finding_get_severity (second);
}

/* What its own place says better stays alone. */
static void
advise (PosternFinding *finding)
{
  if (postern_finding_get_severity (finding) == POSTERN_SEVERITY_ERROR &&
      postern_finding_get_remedies (finding)->len == 0)
    postern_explanation_advise (finding);
}

/* Nothing can be sent: the first error among the settings is the first cause. */
static void
fail_settings (GTask *task)
{
  PosternProbe *self = g_task_get_source_object (task);
  g_autoptr(PosternFailure) failure = NULL;

  g_ptr_array_sort (self->settings_findings, compare_severity);
  for (guint i = 0; i < self->settings_findings->len; i++)
    advise (self->settings_findings->pdata[i]);
  failure = postern_runtime_settings_failure (self->settings_findings);
  postern_probe_update_step (self, POSTERN_STEP_SETTINGS, POSTERN_STATE_FAILED, failure->text);
  finish (task, failure, FALSE);
}

static gboolean
has_warnings (PosternProbe *self)
{
  for (guint i = 0; i < self->settings_findings->len; i++)
    if (postern_finding_get_severity (self->settings_findings->pdata[i]) ==
        POSTERN_SEVERITY_WARNING)
      return TRUE;
  return FALSE;
}

/**
 * postern_probe_new:
 * @account: what to test; changes made to it later have no effect on this probe
 * @credentials: (nullable): what to log on with; references are taken
 * @checks: (nullable): what to do besides logging on; copied
 *
 * Returns: (transfer full): a probe for one run
 */
PosternProbe *
postern_probe_new (PosternAccount *account,
                   const PosternCredentials *credentials,
                   const PosternChecks *checks)
{
  PosternProbe *self = g_object_new (POSTERN_TYPE_PROBE, NULL);

  self->account = postern_account_duplicate (account, postern_account_get_id (account));
  self->report = postern_report_new (account);
  if (credentials != NULL && credentials->password != NULL)
    self->password = postern_secret_ref (credentials->password);
  if (credentials != NULL && credentials->token != NULL)
    self->token = postern_secret_ref (credentials->token);
  if (credentials != NULL && credentials->key_password != NULL)
    self->key_password = postern_secret_ref (credentials->key_password);
  if (checks != NULL)
    {
      self->check_usable = checks->check_usable;
      self->check_sender = g_strdup (checks->check_sender);
      self->check_recipients = g_strdupv ((GStrv) checks->check_recipients);
      self->send_from = g_strdup (checks->send_from);
      self->send_to = g_strdup (checks->send_to);
      self->only_look = checks->only_look;
      self->only_mechanism = g_strdup (checks->only_mechanism);
      self->stay = checks->stay;
    }
  if (self->check_recipients == NULL)
    self->check_recipients = g_new0 (char *, 1);
  return self;
}

PosternReport *
postern_probe_get_report (PosternProbe *self)
{
  g_return_val_if_fail (POSTERN_IS_PROBE (self), NULL);

  return self->report;
}

gboolean
postern_probe_get_running (PosternProbe *self)
{
  g_return_val_if_fail (POSTERN_IS_PROBE (self), FALSE);

  return self->running;
}

/**
 * postern_probe_run_async:
 * @self: a probe that has not run yet
 * @cancellable: (nullable): ends the run at any moment, within 100 ms
 *
 * Runs in the thread-default main context of the caller and blocks nothing.
 */
void
postern_probe_run_async (PosternProbe *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autofree char *summary = NULL;

  g_return_if_fail (POSTERN_IS_PROBE (self));
  g_return_if_fail (self->stop == NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_check_cancellable (task, FALSE);
  self->stop = g_cancellable_new ();
  self->begun = g_get_monotonic_time ();
  set_running (self, TRUE);

  postern_probe_update_step (self, POSTERN_STEP_SETTINGS, POSTERN_STATE_RUNNING, NULL);
  plan_run (self);
  if (self->plan == NULL)
    {
      fail_settings (task);
      return;
    }
  postern_report_set_plan (self->report, self->plan);
  summary = postern_probe_plan_describe (self->plan);
  postern_probe_update_step (self, POSTERN_STEP_SETTINGS,
                             has_warnings (self) ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED,
                             summary);
  skip_steps (self);

  postern_probe_begin_session (g_steal_pointer (&task));
}

/**
 * postern_probe_run_finish:
 * @self: a probe
 * @result: what the callback was given
 * @error: %G_IO_ERROR_CANCELLED, and no other
 *
 * Returns: TRUE if the run went to its end, whatever it found
 */
gboolean
postern_probe_run_finish (PosternProbe *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * postern_probe_take_session:
 * @self: a probe whose run has ended
 *
 * The report does not change any more: what is done on the session is to be written down in a
 * transcript of its own.
 *
 * Returns: (transfer full) (nullable): the open session; %NULL where there is none
 */
PosternSession *
postern_probe_take_session (PosternProbe *self)
{
  g_return_val_if_fail (POSTERN_IS_PROBE (self), NULL);

  if (self->session == NULL || self->running || !postern_session_is_ready (self->session))
    return NULL;

  postern_session_set_step_func (self->session, NULL, NULL);
  return g_steal_pointer (&self->session);
}
