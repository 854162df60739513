/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* What a limit of 0 means (spec/hostile-peers.md, "Time and memory"). */
#define CONNECT_MS 10000
#define GREETING_MS 30000
#define HANDSHAKE_MS 15000

static void
run_use_stream (PosternRun *self, GIOStream *stream, PosternChannel channel)
{
  g_set_object (&self->stream, stream);
  g_clear_object (&self->reader);
  self->reader =
    postern_line_reader_new (g_io_stream_get_input_stream (stream), POSTERN_MAX_SESSION);
  self->channel = channel;
}

static char *
format_day (GDateTime *when)
{
  return when != NULL ? g_date_time_format (when, "%Y-%m-%d") : g_strdup ("?");
}

static void
run_report_tls (PosternRun *self)
{
  const PosternTlsInfo *info = self->results->tls_info;
  g_autofree char *summary = NULL;

  if (info->version != NULL && info->cipher != NULL)
    summary = g_strdup_printf ("%s, %s", info->version, info->cipher);
  postern_run_step (POSTERN_STEP_TLS, POSTERN_STATE_PASSED,
                    summary != NULL ? summary : info->version, self);
  postern_transcript_append_note (self->transcript, POSTERN_CHANNEL_TLS, POSTERN_STEP_TLS,
                                  _ ("TLS began: %s"),
                                  summary != NULL         ? summary
                                  : info->version != NULL ? info->version
                                                          : "?");
}

static void
run_report_certificate (PosternRun *self)
{
  const PosternTlsInfo *info = self->results->tls_info;
  const PosternCertFault *fault = info->faults->len > 0 ? info->faults->pdata[0] : NULL;
  PosternStepState state = POSTERN_STATE_PASSED;
  g_autofree char *summary = NULL;

  if (info->shared_key)
    {
      postern_run_step (POSTERN_STEP_CERTIFICATE, POSTERN_STATE_SKIPPED,
                        _ ("A shared key, no certificate"), self);
      return;
    }
  postern_run_step (POSTERN_STEP_CERTIFICATE, POSTERN_STATE_RUNNING, NULL, self);

  if (fault != NULL)
    {
      state = info->accepted ? POSTERN_STATE_WARNING : POSTERN_STATE_FAILED;
      summary = g_strdup (fault->text);
    }
  else if (info->chain->len > 0)
    {
      PosternCertificate *own = info->chain->pdata[0];
      g_autofree char *day = format_day (postern_certificate_get_not_after (own));
      const char *name = postern_certificate_get_common_name (own);

      if (*name == '\0' && info->matched_name != NULL)
        name = info->matched_name;
      summary = g_strdup_printf (_ ("%s, valid until %s"), name, day);
    }
  if (state == POSTERN_STATE_FAILED)
    postern_transcript_append_note (self->transcript, POSTERN_CHANNEL_TLS, POSTERN_STEP_CERTIFICATE,
                                    _ ("Certificate refused: %s"), summary);
  else if (state == POSTERN_STATE_WARNING)
    postern_transcript_append_note (self->transcript, POSTERN_CHANNEL_TLS, POSTERN_STEP_CERTIFICATE,
                                    info->verified ? _ ("Certificate verified. %s")
                                                   : _ ("Certificate not verified: %s"),
                                    summary);
  postern_run_step (POSTERN_STEP_CERTIFICATE, state, summary, self);
}

/* What a peer said instead of TLS; TRUE when that ended the run. */
static gboolean
run_show_clear (PosternRun *self, PosternFailure *failure)
{
  g_autoptr(GBytes) clear = postern_handshake_dup_clear (self->handshake);
  gsize length = 0;
  const char *bytes;

  if (clear == NULL)
    return FALSE;

  bytes = g_bytes_get_data (clear, &length);
  if (strcmp (failure->code, "starttls.injected") == 0)
    {
      postern_run_step (POSTERN_STEP_TLS, POSTERN_STATE_NOT_REACHED, NULL, self);
      postern_run_injected (self, bytes, length);
      postern_failure_free (failure);
      return TRUE;
    }

  failure->first_event = (int) postern_run_append_server (self, bytes, length);
  failure->last_event = (int) postern_transcript_get_n_events (self->transcript) - 1;
  failure->text = g_strdup (postern_event_get_text (
    postern_transcript_get_event (self->transcript, (guint) failure->first_event)));

  return FALSE;
}

static void
run_handshake_failed (PosternRun *self, GError *error)
{
  const PosternFailure *why = postern_handshake_get_failure (self->handshake);
  PosternFailure *failure = why != NULL ? postern_failure_copy (why)
                                        : postern_failure_new ("tls.handshake", POSTERN_STEP_TLS);

  if (failure->step == POSTERN_STEP_CERTIFICATE && self->results->tls_info != NULL)
    {
      run_report_tls (self);
      run_report_certificate (self);
    }
  else if (run_show_clear (self, failure))
    {
      g_error_free (error);
      return;
    }

  /* The command and reply before the handshake are no evidence for what went wrong in it. */
  self->command_event = self->reply_event = -1;
  postern_run_fail (self, failure, error, failure->text != NULL ? failure->text : error->message);
}

static void
run_begin_machine (GTask *task, gboolean tls)
{
  PosternRun *self = g_task_get_task_data (task);
  PosternAction action;

  self->command_event = self->reply_event = -1;
  postern_run_set_deadline (self, "timeout.greeting", self->plan->greeting_timeout, GREETING_MS);
  action = postern_machine_start (self->machine, tls);
  postern_run_do (task, action);
}

/* What an exchange can be tied to. */
static void
run_set_bindings (PosternRun *self)
{
  PosternBindings bindings = { NULL };

  postern_handshake_fill_bindings (self->handshake, &bindings);
  postern_machine_set_bindings (self->machine, &bindings);
  postern_bindings_clear (&bindings);
}

static void
run_handshake_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternRun *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GIOStream) stream =
               postern_handshake_run_finish (POSTERN_HANDSHAKE (source), result, &error);

  if (self->ended)
    {
      g_clear_error (&error);
      return;
    }

  g_clear_pointer (&self->results->tls_info, postern_tls_info_free);
  self->results->tls_info = postern_handshake_dup_info (self->handshake);
  if (stream == NULL)
    {
      run_handshake_failed (self, error);
      return;
    }

  run_report_tls (self);
  run_report_certificate (self);
  run_use_stream (self, stream, POSTERN_CHANNEL_TLS);
  run_set_bindings (self);
  if (self->plan->tls == POSTERN_TLS_START_IMPLICIT)
    {
      run_begin_machine (g_object_ref (task), TRUE);
      return;
    }

  postern_run_set_deadline (self, "timeout.reply", self->plan->reply_timeout, POSTERN_REPLY_MS);
  postern_run_do (g_object_ref (task), postern_machine_tls_started (self->machine));
}

void
postern_run_start_tls (GTask *task, gboolean starttls)
{
  PosternRun *self = g_task_get_task_data (task);

  postern_run_set_deadline (self, "timeout.tls", self->plan->handshake_timeout, HANDSHAKE_MS);
  postern_run_step (POSTERN_STEP_TLS, POSTERN_STATE_RUNNING, NULL, self);

  self->handshake =
    postern_handshake_new (G_IO_STREAM (self->socket), self->plan, self->trust, starttls);
  postern_handshake_run_async (self->handshake, self->stop, run_handshake_cb, task);
}

/* RFC 5321, 4.1.3 */
static void
run_tell_local_address (PosternRun *self)
{
  g_autoptr(GSocketAddress) address = g_socket_connection_get_local_address (self->socket, NULL);
  GInetAddress *inet;
  g_autofree char *text = NULL;
  g_autofree char *literal = NULL;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return;

  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  text = g_inet_address_to_string (inet);
  literal = g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6
              ? g_strdup_printf ("[IPv6:%s]", text)
              : g_strdup_printf ("[%s]", text);
  postern_machine_set_local_address (self->machine, literal);
}

static void
run_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternRun *self = g_task_get_task_data (task);
  PosternConnector *connector = POSTERN_CONNECTOR (source);
  GError *error = NULL;
  GSocketConnection *socket = postern_connector_connect_finish (connector, result, &error);

  if (self->ended)
    {
      g_clear_error (&error);
      g_clear_object (&socket);
      return;
    }

  if (socket == NULL)
    {
      PosternFailure *failure = postern_failure_new (postern_connector_get_code (connector),
                                                     postern_connector_get_step (connector));

      failure->detail = g_strdup (error->message);
      postern_run_fail (self, failure, error, error->message);
      return;
    }

  self->socket = socket;
  run_tell_local_address (self);
  run_use_stream (self, G_IO_STREAM (socket), POSTERN_CHANNEL_CLEAR);
  if (self->plan->tls == POSTERN_TLS_START_IMPLICIT)
    postern_run_start_tls (g_steal_pointer (&task), FALSE);
  else
    run_begin_machine (g_steal_pointer (&task), FALSE);
}

static void
run_connect (GTask *task)
{
  PosternRun *self = g_task_get_task_data (task);

  postern_run_set_deadline (self, "timeout.connect", self->plan->connect_timeout, CONNECT_MS);
  self->connector = postern_connector_new (self->plan, self->results->addresses);
  postern_connector_set_step_func (self->connector, postern_run_step, self);
  postern_connector_connect_async (self->connector, run_connected_cb, task);
}

static void
run_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternRun *self = g_task_get_task_data (task);
  PosternTrust *trust = POSTERN_TRUST (source);
  GError *error = NULL;
  gboolean loaded = postern_trust_load_finish (trust, result, &error);

  if (self->ended)
    {
      g_clear_error (&error);
    }
  else if (!loaded)
    {
      PosternFailure *failure =
        postern_failure_new (postern_trust_get_load_code (trust), POSTERN_STEP_SETTINGS);

      failure->detail = g_strdup (error->message);
      postern_run_step (POSTERN_STEP_SETTINGS, POSTERN_STATE_FAILED, error->message, self);
      postern_run_fail (self, failure, error, NULL);
    }
  else
    {
      run_connect (g_steal_pointer (&task));
    }
}

static gboolean
may_use_tls (const PosternPlan *plan)
{
  if (plan->tls != POSTERN_TLS_START_NONE)
    return TRUE;

  for (guint i = 0; i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = g_ptr_array_index (plan->steps, i);

      if (step->kind == POSTERN_PLAN_STARTTLS)
        return TRUE;
    }

  return FALSE;
}

static gboolean
may_be_at_fault (const PosternTlsPolicy *policy)
{
  return policy->ca_file != NULL || policy->ca_dir != NULL || policy->crl_file != NULL ||
         policy->client_certificate != NULL || policy->cipher_list != NULL ||
         policy->shared_key != NULL;
}

/* Files that somebody named are read before anything is sent, so that a bad one is a fault of the
 * settings; and so is what OpenSSL is told. The system's store is large, and never at fault: it is
 * read while the network is waited for. */
void
postern_run_start (GTask *task)
{
  PosternRun *self = g_task_get_task_data (task);
  const PosternTlsPolicy *policy = self->plan->tls_policy;

  self->task = task;
  self->context = g_main_context_ref (g_task_get_context (task));
  self->step = POSTERN_STEP_SETTINGS;
  postern_machine_set_step_func (self->machine, postern_run_step, self);
  if (!postern_run_watch (self))
    {
      g_object_unref (task);
      return;
    }

  self->trust = postern_trust_new (policy, self->plan->host);
  if (!may_use_tls (self->plan))
    {
      run_connect (task);
      return;
    }

  postern_trust_load_in_thread (self->trust);
  if (may_be_at_fault (policy))
    postern_trust_load_async (self->trust, NULL, run_loaded_cb, task);
  else
    run_connect (task);
}
