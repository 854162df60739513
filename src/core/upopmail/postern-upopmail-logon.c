/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-upopmail-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* The logon is that of the Uniface runtime, run by a probe: its findings and its verdict are those
 * of a test of the account. */

static PosternAccount *
make_account (PosternUpopmail *self,
              PosternUpopmailLine *line,
              const char *connection,
              const char *user)
{
  PosternAccount *account = postern_account_duplicate (self->settings, NULL);

  g_object_set (account, "protocol", line->protocol, "connection", connection, "user", user,
                "drivers", postern_security_context_get_drivers (line->context), NULL);
  return account;
}

static void
take_findings (PosternUpopmailResult *result, PosternReport *report)
{
  GListModel *findings = postern_report_get_findings (report);

  for (guint i = 0; i < g_list_model_get_n_items (findings); i++)
    g_ptr_array_add (result->findings, g_list_model_get_item (findings, i));
}

/* Where the verdict is not known the connection did not come about: section 4.1, "other". */
static int
status_of (PosternReport *report)
{
  const PosternNative *native = postern_report_get_native (report);

  if (native != NULL)
    return native->result;
  return postern_report_get_outcome (report) == POSTERN_OUTCOME_PASSED ? 0 : -9;
}

static void
probe_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  PosternReport *report = postern_probe_get_report (doing->probe);
  PosternSession *session = NULL;
  GError *error = NULL;
  int status;

  if (!postern_probe_run_finish (doing->probe, result, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  status = status_of (report);
  doing->result->report = g_object_ref (report);
  take_findings (doing->result, report);
  g_ptr_array_add (doing->result->transcripts,
                   g_object_ref (postern_report_get_transcript (report)));
  if (doing->line->protocol == POSTERN_PROTOCOL_SMTP)
    postern_upopmail_keep_reply (self, postern_report_get_transcript (report));

  session = postern_probe_take_session (doing->probe);
  if (status == 0 && session == NULL)
    status = -9; /* it was there, and has gone */
  postern_security_context_logon (doing->line->context, status, postern_report_get_uses (report));
  if (status != 0)
    {
      int exit_status = postern_report_get_exit_status (report);

      g_clear_object (&session);
      doing->line = NULL;
      postern_upopmail_end (task, status, exit_status != 0 ? exit_status : 12,
                            postern_report_get_native_text (report));
      return;
    }

  postern_upopmail_adopt (doing->line, session);
  doing->then (task);
}

/**
 * postern_upopmail_new_logged_on:
 * @account: of Uniface
 * @probe: its test, which logged on and stayed
 *
 * As if the instance had done SetSecurity for each driver of the account, and then the logon.
 *
 * Returns: (transfer full) (nullable): an instance with the connection of the probe; %NULL where
 * that has none
 */
PosternUpopmail *
postern_upopmail_new_logged_on (PosternAccount *account, PosternProbe *probe)
{
  PosternReport *report = postern_probe_get_report (probe);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternUpopmail) self = NULL;
  PosternUpopmailLine *line;
  PosternSession *session = postern_probe_take_session (probe);

  if (session == NULL)
    return NULL;

  self = postern_upopmail_new (account, NULL, NULL);
  if (self == NULL)
    {
      g_object_unref (session);
      return NULL;
    }
  line = postern_account_get_protocol (account) == POSTERN_PROTOCOL_POP3 ? &self->pop : &self->smtp;
  postern_upopmail_set_drivers (self, postern_account_get_drivers (account), findings);
  postern_security_context_logon (line->context, 0, postern_report_get_uses (report));
  if (line == &self->smtp)
    postern_upopmail_keep_reply (self, postern_report_get_transcript (report));
  postern_upopmail_adopt (line, session);

  return g_steal_pointer (&self);
}

static PosternSecret *
choose (PosternSecret *own, PosternSecret *given)
{
  return own != NULL ? own : given;
}

/* What may go in clear text is said before it does; the report comes after. */
static void
warn_of_clear_text (PosternUpopmail *self,
                    PosternAccount *account,
                    const PosternCredentials *credentials)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternRuntime *runtime = postern_runtime_get (POSTERN_SYSTEM_UNIFACE);
  g_autoptr(PosternPlan) plan = postern_runtime_plan (runtime, account, credentials, findings);

  for (guint i = 0; plan != NULL && i < findings->len; i++)
    if (strcmp (postern_finding_get_code (findings->pdata[i]), "settings.clear-text-password") == 0)
      postern_upopmail_warn (self, findings->pdata[i]);
}

/**
 * postern_upopmail_log_on:
 * @line: that is not logged on
 * @connection: the connection string
 * @then: what is next, where the logon succeeds
 */
void
postern_upopmail_log_on (GTask *task,
                         PosternUpopmailLine *line,
                         const char *connection,
                         PosternThen then)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  const PosternUpopmailCall *call = doing->call;
  gboolean mail = call->operation->id == POSTERN_UPOPMAIL_LOGON_MAIL;
  const PosternCredentials credentials = {
    .password = choose (mail ? call->password : NULL, self->password),
    .token = self->token,
    .key_password = self->key_password,
  };
  const PosternChecks checks = { .stay = TRUE };
  g_autoptr(PosternAccount) account =
               make_account (self, line, connection, mail ? call->arguments[1] : "");

  doing->line = line;
  doing->then = then;
  warn_of_clear_text (self, account, &credentials);
  doing->probe = postern_probe_new (account, &credentials, &checks);
  postern_probe_run_async (doing->probe, g_task_get_cancellable (task), probe_cb, task);
}

static void
logged_on (GTask *task)
{
  PosternDoing *doing = POSTERN_DOING (task);

  postern_upopmail_end (task, 0, 0, postern_report_get_native_text (doing->result->report));
}

/**
 * postern_upopmail_logon:
 * @protocol: SMTP (LogonSMTP) or POP3 (LogonMail)
 */
void
postern_upopmail_logon (GTask *task, PosternProtocol protocol)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  const PosternUpopmailCall *call = POSTERN_DOING (task)->call;
  gboolean smtp = protocol == POSTERN_PROTOCOL_SMTP;

  if (smtp && (*call->arguments[1] != '\0' || call->password != NULL))
    postern_upopmail_end (task, -2, 1,
                          _ ("LogonSMTP takes no user name and no password: drivers do."));
  else if (postern_upopmail_is_logged_on (self, protocol))
    postern_upopmail_end (task, -3, 1, _ ("There is a connection already."));
  else
    postern_upopmail_log_on (task, smtp ? &self->smtp : &self->pop, call->arguments[0], logged_on);
}

static void
quit_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  PosternUpopmailLine *line = doing->line;
  gboolean answered;

  if (!postern_upopmail_operated (task, result))
    return;

  if (line == &self->smtp)
    postern_upopmail_keep_reply (self, line->transcript);
  answered = doing->envelope->answered;
  postern_upopmail_drop_line (line);
  if (doing->own_logon)
    postern_upopmail_end (task, doing->status, doing->exit_status, doing->text);
  else
    postern_upopmail_end (task, answered ? 0 : -9, answered ? 0 : 12,
                          answered ? NULL : _ ("The server hung up without an answer."));
}

/**
 * postern_upopmail_logoff:
 * @line: what is logged off
 */
void
postern_upopmail_logoff (GTask *task, PosternUpopmailLine *line)
{
  PosternDoing *doing = POSTERN_DOING (task);

  if (!postern_upopmail_use_line (task, line))
    return;

  g_clear_pointer (&doing->envelope, postern_operation_unref);
  doing->envelope = postern_operation_new (POSTERN_OPERATION_QUIT);
  postern_upopmail_operate (task, doing->envelope, quit_cb);
}
