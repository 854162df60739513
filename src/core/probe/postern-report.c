/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-report-private.h"

#include "postern-probe-enum-types.h"

#include <glib/gi18n.h>

struct _PosternReport
{
  GObject parent_instance;

  PosternAccount *account; /* as it was when the run began */
  GDateTime *started;
  gint64 clock; /* monotonic, µs */
  gint64 duration;
  PosternOutcome outcome;
  int exit_status;
  GListStore *steps;
  GListStore *findings;
  PosternTranscript *transcript;
  PosternPlan *plan;
  PosternFailure *failure;
  PosternSession *session;
  GStrv clear_capabilities;
  GStrv tls_capabilities;
  GStrv offered;
  char *mechanism;
  char *choice;
  GPtrArray *uses; /* PosternDriverUse */
  guint attempts;
  gboolean authenticated;
  PosternNative *native;
};

enum
{
  PROP_0,
  PROP_OUTCOME,
  PROP_HEADLINE,
  PROP_NATIVE_TEXT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternReport, postern_report, G_TYPE_OBJECT)

static void
postern_report_finalize (GObject *object)
{
  PosternReport *self = POSTERN_REPORT (object);

  g_clear_object (&self->account);
  g_date_time_unref (self->started);
  g_object_unref (self->steps);
  g_object_unref (self->findings);
  g_object_unref (self->transcript);
  g_clear_pointer (&self->plan, postern_plan_unref);
  g_clear_pointer (&self->failure, postern_failure_free);
  g_clear_object (&self->session);
  g_strfreev (self->clear_capabilities);
  g_strfreev (self->tls_capabilities);
  g_strfreev (self->offered);
  g_free (self->mechanism);
  g_free (self->choice);
  g_ptr_array_unref (self->uses);
  g_clear_pointer (&self->native, postern_native_free);

  G_OBJECT_CLASS (postern_report_parent_class)->finalize (object);
}

static void
postern_report_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternReport *self = POSTERN_REPORT (object);

  switch (prop_id)
    {
    case PROP_OUTCOME:
      g_value_set_enum (value, (int) self->outcome);
      break;
    case PROP_HEADLINE:
      g_value_set_string (value, postern_report_get_headline (self));
      break;
    case PROP_NATIVE_TEXT:
      g_value_set_string (value, postern_report_get_native_text (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_report_class_init (PosternReportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = postern_report_finalize;
  object_class->get_property = postern_report_get_property;

  properties[PROP_OUTCOME] =
    g_param_spec_enum ("outcome", NULL, NULL, POSTERN_TYPE_OUTCOME, POSTERN_OUTCOME_NONE, flags);
  properties[PROP_HEADLINE] = g_param_spec_string ("headline", NULL, NULL, NULL, flags);
  properties[PROP_NATIVE_TEXT] = g_param_spec_string ("native-text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_report_init (PosternReport *self)
{
  self->started = g_date_time_new_now_utc ();
  self->clock = g_get_monotonic_time ();
  self->steps = g_list_store_new (POSTERN_TYPE_STEP);
  self->findings = g_list_store_new (POSTERN_TYPE_FINDING);
  self->transcript = postern_transcript_new ();
  self->uses = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_use_free);

  for (int i = 0; i < POSTERN_N_STEPS; i++)
    {
      g_autoptr(PosternStep) step = postern_step_new ((PosternStepId) i);

      g_list_store_append (self->steps, step);
    }
}

PosternReport *
postern_report_new (PosternAccount *account)
{
  PosternReport *self = g_object_new (POSTERN_TYPE_REPORT, NULL);

  self->account = postern_account_duplicate (account, postern_account_get_id (account));
  return self;
}

PosternStep *
postern_report_get_step (PosternReport *self, PosternStepId step)
{
  GListModel *steps = G_LIST_MODEL (self->steps);

  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) item = g_list_model_get_item (steps, i);

      if (postern_step_get_step (item) == step)
        return item; /* the list keeps it */
    }
  g_assert_not_reached ();
}

/* With TLS from the first byte, TLS and certificate come before the greeting. */
static void
order_steps (PosternReport *self)
{
  static const PosternStepId moved[] = { POSTERN_STEP_TLS, POSTERN_STEP_CERTIFICATE };
  guint to = POSTERN_STEP_GREETING;

  for (gsize i = 0; i < G_N_ELEMENTS (moved); i++)
    {
      g_autoptr(PosternStep) step = g_object_ref (postern_report_get_step (self, moved[i]));
      guint from = 0;

      if (g_list_store_find (self->steps, step, &from))
        g_list_store_remove (self->steps, from);
      g_list_store_insert (self->steps, to++, step);
    }
}

void
postern_report_set_plan (PosternReport *self, PosternPlan *plan)
{
  self->plan = postern_plan_ref (plan);
  if (plan->tls == POSTERN_TLS_START_IMPLICIT)
    order_steps (self);
}

void
postern_report_set_failure (PosternReport *self, const PosternFailure *failure)
{
  g_clear_pointer (&self->failure, postern_failure_free);
  self->failure = postern_failure_copy (failure);
}

void
postern_report_add_finding (PosternReport *self, PosternFinding *finding)
{
  g_list_store_append (self->findings, finding);
}

/* Takes over what the machine learned; the machine, which knows the secrets, is not kept. */
void
postern_report_set_session (PosternReport *self, PosternSession *session, PosternMachine *machine)
{
  self->session = g_object_ref (session);
  self->clear_capabilities = g_strdupv ((GStrv) postern_machine_get_clear_capabilities (machine));
  self->tls_capabilities = g_strdupv ((GStrv) postern_machine_get_tls_capabilities (machine));
  self->offered = g_strdupv ((GStrv) postern_machine_get_mechanisms (machine));
  self->mechanism = g_strdup (postern_machine_get_mechanism (machine));
  self->choice = g_strdup (postern_machine_get_choice (machine));
  self->attempts = postern_machine_get_attempts (machine);
  for (guint i = 0; i < postern_machine_get_uses (machine)->len; i++)
    g_ptr_array_add (self->uses,
                     postern_driver_use_copy (postern_machine_get_uses (machine)->pdata[i]));
  self->authenticated = postern_machine_is_authenticated (machine);
}

void
postern_report_set_native (PosternReport *self, PosternNative *native)
{
  g_clear_pointer (&self->native, postern_native_free);
  self->native = native;
}

void
postern_report_finish (PosternReport *self, PosternOutcome outcome, int exit_status)
{
  self->outcome = outcome;
  self->exit_status = exit_status;
  self->duration = g_get_monotonic_time () - self->clock;
  for (guint i = PROP_OUTCOME; i < N_PROPS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

PosternOutcome
postern_report_get_outcome (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), POSTERN_OUTCOME_NONE);

  return self->outcome;
}

int
postern_report_get_exit_status (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), 1);

  return self->exit_status;
}

const char *
postern_report_get_headline (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  switch (self->outcome)
    {
    case POSTERN_OUTCOME_PASSED:
      return self->authenticated ? _ ("Logged on") : _ ("Connected, without logging on");
    case POSTERN_OUTCOME_CANCELLED:
      return _ ("Cancelled");
    case POSTERN_OUTCOME_FAILED:
      {
        g_autoptr(PosternFinding) first = g_list_model_get_item (G_LIST_MODEL (self->findings), 0);

        return first != NULL ? postern_finding_get_title (first) : _ ("Failed");
      }
    case POSTERN_OUTCOME_NONE:
    default:
      return _ ("Logging on…");
    }
}

/**
 * postern_report_get_steps:
 * @self: a report
 *
 * Returns: (transfer none): the whole ladder, a list of [class@Step] in the order of this run
 */
GListModel *
postern_report_get_steps (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return G_LIST_MODEL (self->steps);
}

/**
 * postern_report_get_findings:
 * @self: a report
 *
 * Returns: (transfer none): a list of [class@Finding]; the first is the first cause when the run
 *   failed
 */
GListModel *
postern_report_get_findings (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return G_LIST_MODEL (self->findings);
}

PosternTranscript *
postern_report_get_transcript (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return self->transcript;
}

const PosternNative *
postern_report_get_native (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return self->native;
}

const char *
postern_report_get_native_text (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return self->native != NULL ? self->native->text : NULL;
}

PosternPlan *
postern_report_get_plan (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return self->plan;
}

const PosternFailure *
postern_report_get_failure (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return self->failure;
}

const PosternTlsInfo *
postern_report_get_tls_info (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return self->session != NULL ? postern_session_get_tls_info (self->session) : NULL;
}

/**
 * postern_report_get_addresses:
 * @self: a report
 *
 * Returns: (transfer none) (element-type PosternAddress) (nullable): one verdict an address
 */
GPtrArray *
postern_report_get_addresses (PosternReport *self)
{
  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  return self->session != NULL ? postern_session_get_addresses (self->session) : NULL;
}

PosternAccount *
postern_report_get_account (PosternReport *self)
{
  return self->account;
}

GDateTime *
postern_report_get_started (PosternReport *self)
{
  return self->started;
}

gint64
postern_report_get_duration (PosternReport *self)
{
  return self->duration;
}

const char *const *
postern_report_get_clear_capabilities (PosternReport *self)
{
  return (const char *const *) self->clear_capabilities;
}

const char *const *
postern_report_get_tls_capabilities (PosternReport *self)
{
  return (const char *const *) self->tls_capabilities;
}

/**
 * postern_report_dup_all_capabilities:
 * @self: a report
 *
 * What was offered in clear text, under TLS, or both: what a downgrade, or a server that tells
 * more under TLS, can be seen from when both lists are held against it.
 *
 * Returns: (transfer full): each once; those in clear text first
 */
GStrv
postern_report_dup_all_capabilities (PosternReport *self)
{
  const GStrv lists[] = { self->clear_capabilities, self->tls_capabilities };
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    for (gsize j = 0; lists[i] != NULL && lists[i][j] != NULL; j++)
      if (i == 0 || lists[0] == NULL ||
          !g_strv_contains ((const char *const *) lists[0], lists[i][j]))
        g_strv_builder_add (builder, lists[i][j]);
  return g_strv_builder_end (builder);
}

/**
 * postern_report_get_offered:
 * @self: a report of a run that has ended
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the mechanisms that the server
 *   offered last, and the protocol's own ways to log on
 */
const char *const *
postern_report_get_offered (PosternReport *self)
{
  return (const char *const *) self->offered;
}

/* Why this mechanism, in a sentence; or NULL. */
const char *
postern_report_get_choice (PosternReport *self)
{
  return self->choice;
}

GPtrArray *
postern_report_get_uses (PosternReport *self)
{
  return self->uses;
}

const char *
postern_report_get_mechanism (PosternReport *self)
{
  return self->mechanism;
}

guint
postern_report_get_attempts (PosternReport *self)
{
  return self->attempts;
}

gboolean
postern_report_is_authenticated (PosternReport *self)
{
  return self->authenticated;
}
