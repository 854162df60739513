/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-sweep.h"

#include "protocol/postern-sasl.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PosternSweep
{
  GObject parent_instance;

  PosternAccount *account;
  PosternSecret *password;
  PosternSecret *token;
  PosternSecret *key_password;
  GListStore *trials;
  PosternReport *look;
  char *end_reason;
  guint next;
  gboolean cancelled;
};

G_DEFINE_FINAL_TYPE (PosternSweep, postern_sweep, G_TYPE_OBJECT)

static void
postern_sweep_finalize (GObject *object)
{
  PosternSweep *self = POSTERN_SWEEP (object);

  g_object_unref (self->account);
  g_clear_pointer (&self->password, postern_secret_unref);
  g_clear_pointer (&self->token, postern_secret_unref);
  g_clear_pointer (&self->key_password, postern_secret_unref);
  g_object_unref (self->trials);
  g_clear_object (&self->look);
  g_free (self->end_reason);

  G_OBJECT_CLASS (postern_sweep_parent_class)->finalize (object);
}

static void
postern_sweep_class_init (PosternSweepClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_sweep_finalize;
}

static void
postern_sweep_init (PosternSweep *self)
{
  self->trials = g_list_store_new (POSTERN_TYPE_TRIAL);
}

/**
 * postern_sweep_new:
 * @account: what to test; changes made to it later have no effect
 * @credentials: what to log on with; references are taken, and dropped at the end
 *
 * Returns: (transfer full): a sweep that has not looked yet
 */
PosternSweep *
postern_sweep_new (PosternAccount *account, const PosternCredentials *credentials)
{
  PosternSweep *self = g_object_new (POSTERN_TYPE_SWEEP, NULL);

  self->account = postern_account_duplicate (account, postern_account_get_id (account));
  if (credentials->password != NULL)
    self->password = postern_secret_ref (credentials->password);
  if (credentials->token != NULL)
    self->token = postern_secret_ref (credentials->token);
  if (credentials->key_password != NULL)
    self->key_password = postern_secret_ref (credentials->key_password);
  return self;
}

static void
fill (PosternSecret **place, PosternSecret *secret)
{
  if (*place == NULL && secret != NULL)
    *place = postern_secret_ref (secret);
}

/* Who logs on, and with what, may stand in an address or in the parameters of a driver. */
static void
find_credentials (PosternSweep *self)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  const PosternCredentials credentials = { self->password, self->token, self->key_password };
  g_autoptr(PosternPlan) plan = postern_runtime_plan (
    postern_runtime_get (postern_account_get_system (self->account)), self->account, &credentials,
    findings);

  for (guint i = 0; plan != NULL && i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = plan->steps->pdata[i];

      if (*postern_account_get_user (self->account) == '\0' && step->user != NULL)
        g_object_set (self->account, "user", step->user, NULL);
      fill (&self->password, step->password);
      fill (&self->token, step->token);
    }
}

/* Why @mechanism is not worth a connection, or NULL. */
static const char *
find_obstacle (PosternSweep *self, const char *mechanism)
{
  const char *const tokens[] = { "XOAUTH2", "OAUTHBEARER", NULL };
  const char *const without[] = { "GSSAPI", "GS2-KRB5", "ANONYMOUS", NULL };
  PosternPlan *plan = postern_report_get_plan (self->look);

  if (!postern_sasl_is_native (mechanism) && !postern_sasl_is_supported (mechanism))
    return _ ("GNU SASL does not have it");
  if (g_strv_contains (without, mechanism))
    return NULL;
  if (strcmp (mechanism, "EXTERNAL") == 0)
    return plan->tls_policy->client_certificate == NULL ? _ ("No client certificate is set") : NULL;
  if (*postern_account_get_user (self->account) == '\0')
    return _ ("The user name is missing");
  if (g_strv_contains (tokens, mechanism))
    return postern_secret_is_empty (self->token) ? _ ("No access token was given") : NULL;
  return postern_secret_is_empty (self->password) ? _ ("No password was given") : NULL;
}

static void
plan_trials (PosternSweep *self)
{
  const char *const *offered = postern_report_get_offered (self->look);

  for (gsize i = 0; offered != NULL && offered[i] != NULL; i++)
    {
      g_autoptr(PosternTrial) trial = postern_trial_new (offered[i]);
      const char *obstacle = find_obstacle (self, offered[i]);

      if (obstacle != NULL)
        postern_trial_update (trial, POSTERN_TRIAL_NOT_POSSIBLE, obstacle);
      g_list_store_append (self->trials, trial);
    }
}

static void
look_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternSweep *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!postern_probe_run_finish (POSTERN_PROBE (source), result, &error))
    {
      self->cancelled = TRUE;
      g_task_return_error (task, error);
      return;
    }
  if (postern_report_get_outcome (self->look) == POSTERN_OUTCOME_PASSED)
    plan_trials (self);
  g_task_return_boolean (task, TRUE);
}

/**
 * postern_sweep_look_async:
 * @self: a new sweep
 * @cancellable: (nullable): ends it at any moment
 *
 * Connects, starts TLS as the account says, and finds out what is offered. No credentials are
 * sent.
 */
void
postern_sweep_look_async (PosternSweep *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  const PosternChecks checks = { .only_look = TRUE };
  PosternCredentials credentials = { NULL };
  g_autoptr(PosternProbe) probe = NULL;

  g_return_if_fail (self->look == NULL);

  find_credentials (self);
  /* For the settings alone, which would be incomplete without: nothing of them is sent. */
  credentials = (PosternCredentials){ self->password, self->token, self->key_password };
  probe = postern_probe_new (self->account, &credentials, &checks);
  self->look = g_object_ref (postern_probe_get_report (probe));
  postern_probe_run_async (probe, cancellable, look_cb,
                           g_task_new (self, cancellable, callback, user_data));
}

/**
 * postern_sweep_look_finish:
 * @self: a sweep
 * @result: what the callback was given
 * @error: %G_IO_ERROR_CANCELLED, and no other
 *
 * Returns: TRUE if the look came to its end: its report tells how
 */
gboolean
postern_sweep_look_finish (PosternSweep *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What a server does before, or when, it shuts an account or an address out. */
static const char *
find_lock_out (PosternReport *report)
{
  static const struct
  {
    const char *code;
    const char *reason;
  } signs[] = {
    { "auth.locked", N_ ("The account is locked: no further attempt was made.") },
    { "auth.too-many-attempts",
      N_ ("The server counts the attempts: no further attempt was made.") },
    { "greeting.refused", N_ ("The server does not greet any more: no further attempt was made.") },
    { "greeting.closed", N_ ("The server does not greet any more: no further attempt was made.") },
    { "connect.refused", N_ ("The server cannot be reached any more: no further attempt was "
                             "made.") },
    { "connect.timeout", N_ ("The server cannot be reached any more: no further attempt was "
                             "made.") },
  };
  const PosternFailure *failure = postern_report_get_failure (report);

  for (gsize i = 0; failure != NULL && i < G_N_ELEMENTS (signs); i++)
    if (strcmp (failure->code, signs[i].code) == 0)
      return _ (signs[i].reason);
  return NULL;
}

static void
finish (PosternSweep *self, GTask *task, GError *error)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->trials)); i++)
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (G_LIST_MODEL (self->trials), i);

      if (postern_trial_get_state (trial) == POSTERN_TRIAL_PLANNED)
        postern_trial_update (trial, POSTERN_TRIAL_NOT_TRIED, NULL);
    }
  g_clear_pointer (&self->password, postern_secret_unref);
  g_clear_pointer (&self->token, postern_secret_unref);
  g_clear_pointer (&self->key_password, postern_secret_unref);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
try_next (GTask *task);

static void
trial_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternSweep *self = g_task_get_source_object (task);
  g_autoptr(PosternTrial) trial =
               g_list_model_get_item (G_LIST_MODEL (self->trials), self->next - 1);
  PosternReport *report = postern_probe_get_report (POSTERN_PROBE (source));
  GError *error = NULL;

  if (!postern_probe_run_finish (POSTERN_PROBE (source), result, &error))
    self->cancelled = TRUE;
  postern_trial_set_report (trial, report);
  self->end_reason = g_strdup (find_lock_out (report));
  if (error != NULL || self->end_reason != NULL)
    finish (self, task, error);
  else
    try_next (g_steal_pointer (&task));
}

/* Takes @task. */
static void
try_next (GTask *task)
{
  g_autoptr(GTask) owned = task;
  PosternSweep *self = g_task_get_source_object (task);
  GListModel *trials = G_LIST_MODEL (self->trials);

  while (self->next < g_list_model_get_n_items (trials))
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (trials, self->next++);
      const PosternCredentials credentials = { self->password, self->token, self->key_password };
      const PosternChecks checks = { .only_mechanism = postern_trial_get_mechanism (trial) };
      g_autoptr(PosternProbe) probe = NULL;

      if (postern_trial_get_state (trial) != POSTERN_TRIAL_PLANNED)
        continue;
      postern_trial_update (trial, POSTERN_TRIAL_RUNNING, NULL);
      probe = postern_probe_new (self->account, &credentials, &checks);
      postern_probe_run_async (probe, g_task_get_cancellable (task), trial_cb,
                               g_steal_pointer (&owned));
      return;
    }
  finish (self, task, NULL);
}

/**
 * postern_sweep_run_async:
 * @self: a sweep that has looked
 * @cancellable: (nullable): ends it at any moment
 *
 * Tries one mechanism after the other.
 */
void
postern_sweep_run_async (PosternSweep *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  try_next (task);
}

/**
 * postern_sweep_run_finish:
 * @self: a sweep
 * @result: what the callback was given
 * @error: %G_IO_ERROR_CANCELLED, and no other
 *
 * Returns: TRUE if the sweep came to its end
 */
gboolean
postern_sweep_run_finish (PosternSweep *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * postern_sweep_get_trials:
 * @self: a sweep
 *
 * Returns: (transfer none): a live list of [class@Trial], one a mechanism offered
 */
GListModel *
postern_sweep_get_trials (PosternSweep *self)
{
  g_return_val_if_fail (POSTERN_IS_SWEEP (self), NULL);

  return G_LIST_MODEL (self->trials);
}

/**
 * postern_sweep_get_n_attempts:
 * @self: a sweep that has looked
 *
 * Returns: how often credentials will be sent at most
 */
guint
postern_sweep_get_n_attempts (PosternSweep *self)
{
  guint n_attempts = 0;

  g_return_val_if_fail (POSTERN_IS_SWEEP (self), 0);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->trials)); i++)
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (G_LIST_MODEL (self->trials), i);

      n_attempts += postern_trial_get_state (trial) != POSTERN_TRIAL_NOT_POSSIBLE;
    }
  return n_attempts;
}

/* The report of the look. */
PosternReport *
postern_sweep_get_look (PosternSweep *self)
{
  g_return_val_if_fail (POSTERN_IS_SWEEP (self), NULL);

  return self->look;
}

/* Why the sweep ended before the last mechanism, or NULL. */
const char *
postern_sweep_get_end_reason (PosternSweep *self)
{
  g_return_val_if_fail (POSTERN_IS_SWEEP (self), NULL);

  return self->end_reason;
}

/**
 * postern_sweep_get_exit_status:
 * @self: a sweep that has ended
 *
 * Returns: 0 when a mechanism was accepted; else the status of the look if it failed, of the first
 *   trial that failed, or 15 when there was nothing to try
 */
int
postern_sweep_get_exit_status (PosternSweep *self)
{
  int status = 0;

  g_return_val_if_fail (POSTERN_IS_SWEEP (self), 1);

  if (self->cancelled)
    return 130;
  if (postern_report_get_exit_status (self->look) != 0)
    return postern_report_get_exit_status (self->look);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->trials)); i++)
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (G_LIST_MODEL (self->trials), i);
      PosternReport *report = postern_trial_get_report (trial);

      if (postern_trial_get_state (trial) == POSTERN_TRIAL_ACCEPTED)
        return 0;
      if (status == 0 && report != NULL)
        status = postern_report_get_exit_status (report);
    }
  return status != 0 ? status : 15;
}
