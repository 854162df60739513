/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-account-item.h"

#include "exchange/postern-command-line.h"
#include "exchange/postern-export.h"
#include "postern-texts.h"

#include <glib/gi18n.h>

#define CHECK_DELAY_MS 150

struct _PosternAccountItem
{
  GObject parent_instance;

  PosternAccount *account;
  gboolean practice;
  char *title;
  char *subtitle;
  char *explained;
  char *command_line;
  char *asn_lines;
  char *procscript;
  char *destination;
  PosternProtocol protocol; /* of the plan: the connection may say another than the account */
  gboolean wants_password;
  gboolean wants_token;
  gboolean wants_key_password;
  gboolean takes_password; /* whether there is a place for one in the form */
  gboolean takes_token;
  GListStore *findings;
  guint check_id;

  PosternProbe *probe;
  PosternAccount *logged_on; /* the account as it is while the probe runs */
  PosternReport *report;
  PosternSweep *sweep; /* the latest run was one; or NULL */
  gboolean sweeping;
  PosternMailSession *session; /* or NULL */
  GCancellable *cancellable;
};

enum
{
  PROP_0,
  PROP_ACCOUNT,
  PROP_PRACTICE,
  PROP_TITLE,
  PROP_SUBTITLE,
  PROP_STATUS,
  PROP_EXPLAINED,
  PROP_CONNECTION_TITLE,
  PROP_COMMAND_LINE,
  PROP_ASN_LINES,
  PROP_PROCSCRIPT,
  PROP_DESTINATION,
  PROP_IS_UNIFACE,
  PROP_TAKES_USER,
  PROP_TAKES_PASSWORD,
  PROP_TAKES_TOKEN,
  PROP_RUNNING,
  PROP_REPORT,
  PROP_SWEEP,
  PROP_SESSION,
  PROP_RUN_LABEL,
  PROP_RUN_ACTION,
  PROP_RUN_TOOLTIP,
  PROP_VERDICT_WORD,
  PROP_VERDICT_ICON,
  PROP_VERDICT_CLASS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

enum
{
  SWEEP_PLANNED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternAccountItem, postern_account_item, G_TYPE_OBJECT)

static void
take_text (PosternAccountItem *self, char **place, char *text, guint prop_id)
{
  if (g_strcmp0 (*place, text) == 0)
    {
      g_free (text);
      return;
    }

  g_free (*place);
  *place = text;
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

static void
take_flag (PosternAccountItem *self, gboolean *place, gboolean value, guint prop_id)
{
  if (*place == value)
    return;

  *place = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/* Which credentials the plan asks for, and as whom it logs on. While no plan can be made, the form
 * stays as it is. */
static void
take_plan (PosternAccountItem *self, PosternPlan *plan)
{
  PosternSystem system = postern_account_get_system (self->account);
  const char *user = postern_account_get_user (self->account);
  gboolean takes_password = FALSE;
  gboolean takes_token = FALSE;

  self->protocol = plan != NULL ? plan->protocol : postern_account_get_protocol (self->account);
  self->wants_password = FALSE;
  self->wants_token = FALSE;
  self->wants_key_password = plan != NULL && plan->tls_policy->key_locked;
  for (guint i = 0; plan != NULL && i < plan->steps->len; i++)
    {
      PosternPlanStep *step = g_ptr_array_index (plan->steps, i);

      if (step->kind != POSTERN_PLAN_AUTHENTICATE)
        continue;
      if (step->user != NULL && *step->user != '\0')
        user = step->user;
      if (postern_texts_mechanisms_want_nothing ((const char *const *) step->mechanisms))
        continue;
      if (postern_texts_mechanisms_want_token ((const char *const *) step->mechanisms))
        {
          takes_token = TRUE;
          self->wants_token |= step->token == NULL;
        }
      else
        {
          takes_password = TRUE;
          self->wants_password |= step->password == NULL;
        }
    }

  /* Without a user there is no such step yet, but there will be. */
  if (system == POSTERN_SYSTEM_GENERIC)
    {
      takes_token =
        postern_texts_mechanisms_want_token (postern_account_get_mechanisms (self->account));
      takes_password = !takes_token && !postern_texts_mechanisms_want_nothing (
                                         postern_account_get_mechanisms (self->account));
    }
  if (plan != NULL || system == POSTERN_SYSTEM_GENERIC)
    {
      take_flag (self, &self->takes_password, takes_password, PROP_TAKES_PASSWORD);
      take_flag (self, &self->takes_token, takes_token, PROP_TAKES_TOKEN);
    }
  take_text (self, &self->destination,
             plan != NULL ? g_strdup_printf ("%s@%s:%u", user, plan->host, plan->port) : NULL,
             PROP_DESTINATION);
}

static void
update_names (PosternAccountItem *self)
{
  take_text (self, &self->title, postern_texts_for_account (self->account), PROP_TITLE);
  take_text (self, &self->subtitle,
             postern_texts_for_system (self->account, self->protocol, self->practice),
             PROP_SUBTITLE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
}

/* Without secrets; where it cannot be written, a comment that says why. */
static char *
export_text (PosternAccountItem *self, const char *target)
{
  g_autoptr(GError) error = NULL;
  char *text;

  if (!postern_export_suits (target, self->account))
    return NULL;
  text = postern_export (target, self->account, NULL, FALSE, &error);

  return text != NULL ? g_strchomp (text) : g_strdup_printf ("; %s", error->message);
}

void
postern_account_item_check (PosternAccountItem *self)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternPlan) plan = NULL;
  PosternRuntime *runtime;

  g_return_if_fail (POSTERN_IS_ACCOUNT_ITEM (self));

  g_clear_handle_id (&self->check_id, g_source_remove);
  runtime = postern_runtime_get (postern_account_get_system (self->account));
  if (*postern_account_get_connection (self->account) != '\0')
    plan = postern_runtime_plan (runtime, self->account, NULL, findings);

  g_list_store_splice (self->findings, 0, g_list_model_get_n_items (G_LIST_MODEL (self->findings)),
                       findings->pdata, findings->len);
  take_plan (self, plan);
  update_names (self);
  take_text (
    self, &self->explained,
    *postern_account_get_connection (self->account) != '\0'
      ? postern_texts_for_plan (plan)
      : g_strdup (postern_texts_connection_hint (postern_account_get_system (self->account))),
    PROP_EXPLAINED);
  take_text (self, &self->command_line, postern_command_line_new (self->account),
             PROP_COMMAND_LINE);
  take_text (self, &self->asn_lines, export_text (self, "uniface-asn"), PROP_ASN_LINES);
  take_text (self, &self->procscript, export_text (self, "uniface-procscript"), PROP_PROCSCRIPT);
}

static gboolean
check_cb (gpointer user_data)
{
  PosternAccountItem *self = user_data;

  self->check_id = 0;
  postern_account_item_check (self);
  return G_SOURCE_REMOVE;
}

static void
account_notify_cb (PosternAccountItem *self, GParamSpec *pspec)
{
  update_names (self);
  if (g_str_equal (pspec->name, "system"))
    {
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_UNIFACE]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTION_TITLE]);
    }

  if (g_str_equal (pspec->name, "system") || g_str_equal (pspec->name, "protocol"))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TAKES_USER]);

  g_clear_handle_id (&self->check_id, g_source_remove);
  self->check_id = g_timeout_add (CHECK_DELAY_MS, check_cb, self);
}

static void
notify_run (PosternAccountItem *self)
{
  static const guint ids[] = { PROP_RUNNING,       PROP_RUN_LABEL,    PROP_RUN_ACTION,
                               PROP_RUN_TOOLTIP,   PROP_VERDICT_WORD, PROP_VERDICT_ICON,
                               PROP_VERDICT_CLASS, PROP_STATUS };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[ids[i]]);
}

static gboolean
is_running (PosternAccountItem *self)
{
  return self->probe != NULL || self->sweeping;
}

static void
take_sweep (PosternAccountItem *self, PosternSweep *sweep)
{
  if (g_set_object (&self->sweep, sweep))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SWEEP]);
}

/* What is left of an open session goes without a word. */
static void
take_session (PosternAccountItem *self, PosternMailSession *session)
{
  if (!g_set_object (&self->session, session))
    return;
  if (session != NULL)
    g_signal_connect_object (session, "ended", G_CALLBACK (notify_run), self, G_CONNECT_SWAPPED);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SESSION]);
}

static gboolean
has_open_session (PosternAccountItem *self)
{
  return self->session != NULL && postern_mail_session_is_open (self->session);
}

/* As in Uniface, the session stays until the program logs off. */
static void
keep_session (PosternAccountItem *self, PosternProbe *probe)
{
  g_autoptr(PosternUpopmail) upopmail = postern_upopmail_new_logged_on (self->logged_on, probe);
  g_autoptr(PosternMailSession) session = NULL;

  if (upopmail == NULL)
    return;
  session = postern_mail_session_new (upopmail, postern_account_get_protocol (self->logged_on),
                                      postern_probe_get_report (probe));
  take_session (self, session);
}

static void
probe_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternAccountItem) self = user_data;
  g_autoptr(GError) error = NULL;

  /* What came of it is in the report, a cancelled run too. */
  postern_probe_run_finish (POSTERN_PROBE (source), result, &error);
  if (self->probe != POSTERN_PROBE (source))
    return;

  keep_session (self, self->probe);
  g_clear_object (&self->logged_on);
  g_clear_object (&self->probe);
  g_clear_object (&self->cancellable);
  notify_run (self);
}

/**
 * postern_account_item_log_on:
 * @self: an item that does not run
 * @credentials: used for this run, and not kept
 */
void
postern_account_item_log_on (PosternAccountItem *self, const PosternCredentials *credentials)
{
  const PosternChecks checks = {
    .stay = postern_account_get_system (self->account) == POSTERN_SYSTEM_UNIFACE,
  };

  g_return_if_fail (POSTERN_IS_ACCOUNT_ITEM (self));

  if (is_running (self))
    return;

  take_sweep (self, NULL);
  take_session (self, NULL);
  self->logged_on = postern_account_duplicate (self->account, NULL);
  self->probe = postern_probe_new (self->account, credentials, &checks);
  self->cancellable = g_cancellable_new ();
  g_set_object (&self->report, postern_probe_get_report (self->probe));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REPORT]);
  postern_probe_run_async (self->probe, self->cancellable, probe_cb, g_object_ref (self));
  notify_run (self);
}

static void
end_sweeping (PosternAccountItem *self)
{
  self->sweeping = FALSE;
  g_clear_object (&self->cancellable);
  notify_run (self);
}

static void
sweep_look_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternAccountItem) self = user_data;
  gboolean looked = postern_sweep_look_finish (POSTERN_SWEEP (source), result, NULL);

  if (self->sweep != POSTERN_SWEEP (source))
    return;
  end_sweeping (self);
  if (looked && g_list_model_get_n_items (postern_sweep_get_trials (self->sweep)) > 0)
    g_signal_emit (self, signals[SWEEP_PLANNED], 0);
}

/**
 * postern_account_item_sweep:
 * @self: an item that does not run
 * @credentials: used for this sweep, and not kept
 */
void
postern_account_item_sweep (PosternAccountItem *self, const PosternCredentials *credentials)
{
  g_autoptr(PosternSweep) sweep = NULL;

  g_return_if_fail (POSTERN_IS_ACCOUNT_ITEM (self));

  if (is_running (self))
    return;

  take_session (self, NULL);
  sweep = postern_sweep_new (self->account, credentials);
  self->sweeping = TRUE;
  self->cancellable = g_cancellable_new ();
  take_sweep (self, sweep);
  postern_sweep_look_async (sweep, self->cancellable, sweep_look_cb, g_object_ref (self));
  g_set_object (&self->report, postern_sweep_get_look (sweep));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REPORT]);
  notify_run (self);
}

static void
sweep_run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternAccountItem) self = user_data;

  /* What came of it is in the trials, of a cancelled sweep too. */
  postern_sweep_run_finish (POSTERN_SWEEP (source), result, NULL);
  if (self->sweep == POSTERN_SWEEP (source))
    end_sweeping (self);
}

/* The user has seen how many attempts it takes. */
void
postern_account_item_sweep_go_on (PosternAccountItem *self)
{
  g_return_if_fail (POSTERN_IS_ACCOUNT_ITEM (self));

  if (is_running (self) || self->sweep == NULL)
    return;

  self->sweeping = TRUE;
  self->cancellable = g_cancellable_new ();
  postern_sweep_run_async (self->sweep, self->cancellable, sweep_run_cb, g_object_ref (self));
  notify_run (self);
}

/* The user has thought better of it: what was looked at stays. */
void
postern_account_item_sweep_drop (PosternAccountItem *self)
{
  g_return_if_fail (POSTERN_IS_ACCOUNT_ITEM (self));

  if (!is_running (self))
    take_sweep (self, NULL);
}

PosternSweep *
postern_account_item_get_sweep (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), NULL);

  return self->sweep;
}

void
postern_account_item_cancel (PosternAccountItem *self)
{
  g_return_if_fail (POSTERN_IS_ACCOUNT_ITEM (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

static PosternVerdictTexts
get_verdict (PosternAccountItem *self)
{
  return postern_texts_for_verdict (self->report, is_running (self));
}

static void
postern_account_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternAccountItem *self = POSTERN_ACCOUNT_ITEM (object);
  PosternSystem system = postern_account_get_system (self->account);
  gboolean running = is_running (self);

  switch (prop_id)
    {
    case PROP_ACCOUNT:
      g_value_set_object (value, self->account);
      break;
    case PROP_PRACTICE:
      g_value_set_boolean (value, self->practice);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, self->subtitle);
      break;
    case PROP_STATUS:
      g_value_take_string (value,
                           self->report != NULL || running
                             ? g_strdup_printf ("%s · %s", self->subtitle, get_verdict (self).word)
                             : g_strdup (self->subtitle));
      break;
    case PROP_EXPLAINED:
      g_value_set_string (value, self->explained);
      break;
    case PROP_CONNECTION_TITLE:
      g_value_set_string (value, postern_texts_connection_title (system));
      break;
    case PROP_COMMAND_LINE:
      g_value_set_string (value, self->command_line);
      break;
    case PROP_ASN_LINES:
      g_value_set_string (value, self->asn_lines);
      break;
    case PROP_PROCSCRIPT:
      g_value_set_string (value, self->procscript);
      break;
    case PROP_DESTINATION:
      g_value_set_string (value, self->destination);
      break;
    case PROP_TAKES_USER:
      /* LogonSMTP takes none: its drivers do. */
      g_value_set_boolean (value,
                           system != POSTERN_SYSTEM_UNIFACE ||
                             postern_account_get_protocol (self->account) == POSTERN_PROTOCOL_POP3);
      break;
    case PROP_IS_UNIFACE:
      g_value_set_boolean (value, system == POSTERN_SYSTEM_UNIFACE);
      break;
    case PROP_TAKES_PASSWORD:
      g_value_set_boolean (value, self->takes_password);
      break;
    case PROP_TAKES_TOKEN:
      g_value_set_boolean (value, self->takes_token);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, running);
      break;
    case PROP_REPORT:
      g_value_set_object (value, self->report);
      break;
    case PROP_SWEEP:
      g_value_set_object (value, self->sweep);
      break;
    case PROP_SESSION:
      g_value_set_object (value, self->session);
      break;
    case PROP_RUN_LABEL:
      g_value_set_string (value, running                   ? _ ("Cancel")
                                 : has_open_session (self) ? _ ("Log Off")
                                                           : _ ("Log On"));
      break;
    case PROP_RUN_ACTION:
      g_value_set_string (value, running                   ? "win.cancel"
                                 : has_open_session (self) ? "win.log-off"
                                                           : "win.log-on");
      break;
    case PROP_RUN_TOOLTIP:
      g_value_set_string (value, running                   ? _ ("End the Test (Escape)")
                                 : has_open_session (self) ? _ ("End the Session")
                                                           : _ ("Test (Ctrl+Return)"));
      break;
    case PROP_VERDICT_WORD:
      g_value_set_string (value, get_verdict (self).word);
      break;
    case PROP_VERDICT_ICON:
      g_value_set_string (value, get_verdict (self).icon);
      break;
    case PROP_VERDICT_CLASS:
      g_value_set_string (value, get_verdict (self).css_class);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_account_item_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  PosternAccountItem *self = POSTERN_ACCOUNT_ITEM (object);

  switch (prop_id)
    {
    case PROP_ACCOUNT:
      self->account = g_value_dup_object (value);
      break;
    case PROP_PRACTICE:
      self->practice = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_account_item_constructed (GObject *object)
{
  PosternAccountItem *self = POSTERN_ACCOUNT_ITEM (object);

  G_OBJECT_CLASS (postern_account_item_parent_class)->constructed (object);

  g_signal_connect_object (self->account, "notify", G_CALLBACK (account_notify_cb), self,
                           G_CONNECT_SWAPPED);
  update_names (self);
  postern_account_item_check (self);
}

static void
postern_account_item_dispose (GObject *object)
{
  PosternAccountItem *self = POSTERN_ACCOUNT_ITEM (object);

  g_clear_handle_id (&self->check_id, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->probe);
  g_clear_object (&self->session);
  g_clear_object (&self->logged_on);
  g_clear_object (&self->sweep);

  G_OBJECT_CLASS (postern_account_item_parent_class)->dispose (object);
}

static void
postern_account_item_finalize (GObject *object)
{
  PosternAccountItem *self = POSTERN_ACCOUNT_ITEM (object);

  g_clear_object (&self->account);
  g_clear_object (&self->report);
  g_clear_object (&self->findings);
  g_free (self->title);
  g_free (self->subtitle);
  g_free (self->explained);
  g_free (self->command_line);
  g_free (self->asn_lines);
  g_free (self->procscript);
  g_free (self->destination);

  G_OBJECT_CLASS (postern_account_item_parent_class)->finalize (object);
}

static void
install_text (guint prop_id, const char *name)
{
  properties[prop_id] =
    g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_flag (guint prop_id, const char *name)
{
  properties[prop_id] =
    g_param_spec_boolean (name, NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
postern_account_item_class_init (PosternAccountItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags at_start = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->constructed = postern_account_item_constructed;
  object_class->dispose = postern_account_item_dispose;
  object_class->finalize = postern_account_item_finalize;
  object_class->get_property = postern_account_item_get_property;
  object_class->set_property = postern_account_item_set_property;

  properties[PROP_ACCOUNT] =
    g_param_spec_object ("account", NULL, NULL, POSTERN_TYPE_ACCOUNT, at_start);
  properties[PROP_PRACTICE] = g_param_spec_boolean ("practice", NULL, NULL, FALSE, at_start);
  properties[PROP_REPORT] = g_param_spec_object ("report", NULL, NULL, POSTERN_TYPE_REPORT,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SWEEP] = g_param_spec_object ("sweep", NULL, NULL, POSTERN_TYPE_SWEEP,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SESSION] = g_param_spec_object ("session", NULL, NULL, POSTERN_TYPE_MAIL_SESSION,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  install_text (PROP_TITLE, "title");
  install_text (PROP_SUBTITLE, "subtitle");
  install_text (PROP_STATUS, "status");
  install_text (PROP_EXPLAINED, "explained");
  install_text (PROP_CONNECTION_TITLE, "connection-title");
  install_text (PROP_COMMAND_LINE, "command-line");
  install_text (PROP_ASN_LINES, "asn-lines");
  install_text (PROP_PROCSCRIPT, "procscript");
  install_text (PROP_DESTINATION, "destination");
  install_flag (PROP_IS_UNIFACE, "is-uniface");
  install_flag (PROP_TAKES_USER, "takes-user");
  install_flag (PROP_TAKES_PASSWORD, "takes-password");
  install_flag (PROP_TAKES_TOKEN, "takes-token");
  install_flag (PROP_RUNNING, "running");
  install_text (PROP_RUN_LABEL, "run-label");
  install_text (PROP_RUN_ACTION, "run-action");
  install_text (PROP_RUN_TOOLTIP, "run-tooltip");
  install_text (PROP_VERDICT_WORD, "verdict-word");
  install_text (PROP_VERDICT_ICON, "verdict-icon");
  install_text (PROP_VERDICT_CLASS, "verdict-class");
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SWEEP_PLANNED] = g_signal_new ("sweep-planned", POSTERN_TYPE_ACCOUNT_ITEM,
                                         G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
postern_account_item_init (PosternAccountItem *self)
{
  self->findings = g_list_store_new (POSTERN_TYPE_FINDING);
  self->takes_password = TRUE;
}

PosternAccountItem *
postern_account_item_new (PosternAccount *account, gboolean practice)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (account), NULL);

  return g_object_new (POSTERN_TYPE_ACCOUNT_ITEM, "account", account, "practice", practice, NULL);
}

PosternAccount *
postern_account_item_get_account (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), NULL);

  return self->account;
}

gboolean
postern_account_item_is_practice (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), FALSE);

  return self->practice;
}

const char *
postern_account_item_get_title (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), NULL);

  return self->title;
}

PosternReport *
postern_account_item_get_report (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), NULL);

  return self->report;
}

gboolean
postern_account_item_get_running (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), FALSE);

  return is_running (self);
}

PosternMailSession *
postern_account_item_get_session (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), NULL);

  return self->session;
}

GListModel *
postern_account_item_get_findings (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), NULL);

  return G_LIST_MODEL (self->findings);
}

gboolean
postern_account_item_wants_password (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), FALSE);

  return self->wants_password;
}

gboolean
postern_account_item_wants_token (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), FALSE);

  return self->wants_token;
}

gboolean
postern_account_item_wants_key_password (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), FALSE);

  return self->wants_key_password;
}

const char *
postern_account_item_get_destination (PosternAccountItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_ITEM (self), NULL);

  return self->destination;
}
