/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-upopmail.h"

#include "diagnosis/postern-catalogue.h"
#include "model/postern-error.h"
#include "runtime/postern-asn-global.h"
#include "upopmail/postern-upopmail-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* What GetSMTPResponse gives at most, in bytes. */
#define MAX_REPLY 512

enum
{
  PROP_0,
  PROP_SMTP_LOGGED_ON,
  PROP_MAIL_LOGGED_ON,
  PROP_RUNNING,
  N_PROPS
};

enum
{
  LOST,
  WARNING,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternUpopmail, postern_upopmail, G_TYPE_OBJECT)

void
postern_upopmail_result_free (PosternUpopmailResult *self)
{
  g_free (self->text);
  g_ptr_array_unref (self->findings);
  g_strfreev (self->outputs);
  g_ptr_array_unref (self->transcripts);
  g_clear_object (&self->report);
  g_free (self);
}

static PosternUpopmailResult *
result_new (const PosternUpopmailOperation *operation)
{
  PosternUpopmailResult *self = g_new0 (PosternUpopmailResult, 1);
  guint n = 0;

  while (n < G_N_ELEMENTS (operation->outputs) && operation->outputs[n] != NULL)
    n++;
  self->operation = operation;
  self->findings = g_ptr_array_new_with_free_func (g_object_unref);
  self->transcripts = g_ptr_array_new_with_free_func (g_object_unref);
  self->outputs = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    self->outputs[i] = g_strdup ("");
  return self;
}

static void
doing_free (PosternDoing *doing)
{
  g_clear_pointer (&doing->result, postern_upopmail_result_free);
  g_clear_object (&doing->probe);
  g_clear_pointer (&doing->own_mail, postern_mail_free);
  g_clear_pointer (&doing->envelope, postern_operation_unref);
  g_clear_pointer (&doing->message, postern_operation_unref);
  g_clear_pointer (&doing->list, postern_operation_unref);
  if (doing->entries != NULL)
    g_string_free (doing->entries, TRUE);
  g_free (doing);
}

/* --- The connections --- */

static gboolean
is_locked (const PosternUpopmailLine *line)
{
  return postern_security_context_get_state (line->context) == POSTERN_CONTEXT_LOCKED;
}

static void
notify_line (PosternUpopmailLine *line)
{
  g_object_notify_by_pspec (
    G_OBJECT (line->owner),
    properties[line->protocol == POSTERN_PROTOCOL_SMTP ? PROP_SMTP_LOGGED_ON
                                                       : PROP_MAIL_LOGGED_ON]);
}

static void
lost_cb (gpointer user_data)
{
  PosternUpopmailLine *line = user_data;

  g_signal_emit (line->owner, signals[LOST], 0, line->protocol);
}

/* The session writes into a transcript of its own for what is next. */
static void
renew_transcript (PosternUpopmailLine *line)
{
  g_clear_object (&line->transcript);
  line->transcript = postern_transcript_new ();
  if (line->session != NULL)
    postern_session_set_transcript (line->session, line->transcript);
}

/* The connection is there no more, for whatever reason: the context has been told. */
void
postern_upopmail_drop_line (PosternUpopmailLine *line)
{
  if (line->session != NULL)
    {
      postern_session_set_lost_func (line->session, NULL, NULL);
      postern_session_close (line->session);
      g_clear_object (&line->session);
    }
  postern_security_context_lost (line->context);
  notify_line (line);
}

gboolean
postern_upopmail_use_line (GTask *task, PosternUpopmailLine *line)
{
  PosternDoing *doing = POSTERN_DOING (task);

  if (!is_locked (line))
    {
      postern_upopmail_end (task, -8, 1, _ ("There is no connection: log on first."));
      return FALSE;
    }
  doing->line = line;
  if (!g_ptr_array_find (doing->result->transcripts, line->transcript, NULL))
    g_ptr_array_add (doing->result->transcripts, g_object_ref (line->transcript));
  return TRUE;
}

void
postern_upopmail_operate (GTask *task, PosternOperation *operation, GAsyncReadyCallback callback)
{
  postern_session_operate_async (POSTERN_DOING (task)->line->session, operation,
                                 g_task_get_cancellable (task), callback, task);
}

gboolean
postern_upopmail_operated (GTask *task, GAsyncResult *result)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  PosternSession *session = doing->line->session;
  const PosternFailure *failure;
  g_autoptr(GError) error = NULL;
  int exit_status = 12;

  if (postern_session_operate_finish (session, result, &error))
    return TRUE;

  failure = postern_session_get_failure (session);
  if (failure != NULL)
    exit_status = postern_catalogue_exit_status (failure);
  if (doing->line == &self->smtp)
    postern_upopmail_keep_reply (self, doing->line->transcript);
  postern_upopmail_drop_line (doing->line);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return FALSE;
    }

  postern_upopmail_end (task, -9, exit_status,
                        failure != NULL && failure->text != NULL
                          ? failure->text
                          : _ ("The connection is gone; a new logon is needed."));
  return FALSE;
}

/* --- The end of an operation --- */

void
postern_upopmail_end (GTask *task, int status, int exit_status, const char *text)
{
  PosternDoing *doing = POSTERN_DOING (task);
  PosternUpopmailResult *result = g_steal_pointer (&doing->result);

  result->status = status;
  result->exit_status = exit_status;
  result->text = g_strdup (text);
  if (doing->line != NULL && doing->line->session != NULL)
    renew_transcript (doing->line);
  g_task_return_pointer (task, result, (GDestroyNotify) postern_upopmail_result_free);
  g_object_unref (task);
}

void
postern_upopmail_set_outputs (GTask *task, const char *first, const char *second, const char *third)
{
  GStrv outputs = POSTERN_DOING (task)->result->outputs;
  const char *values[] = { first, second, third };

  for (guint i = 0; outputs[i] != NULL; i++)
    {
      g_free (outputs[i]);
      outputs[i] = g_strdup (values[i] != NULL ? values[i] : "");
    }
}

/* --- The last SMTP reply --- */

/* @text has the codes in its lines, or is NULL. */
void
postern_upopmail_set_reply (PosternUpopmail *self, int code, const char *text)
{
  g_autoptr(GString) message = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", 64);

  for (guint i = 0; lines[i] != NULL; i++)
    if (strlen (lines[i]) > 4)
      g_string_append_printf (message, "%s%s", message->len > 0 ? "\n" : "", lines[i] + 4);
  if (message->len > MAX_REPLY)
    g_string_truncate (
      message,
      (gsize) (g_utf8_find_prev_char (message->str, message->str + MAX_REPLY) - message->str));
  self->reply_code = code;
  g_free (self->reply_text);
  self->reply_text = g_strdup (code != 0 ? message->str : "");
}

static int
reply_code (PosternTranscript *transcript, guint index, char mark)
{
  PosternEvent *event = postern_transcript_get_event (transcript, index);
  const char *text = postern_event_get_text (event);

  if (postern_event_get_direction (event) != POSTERN_DIRECTION_SERVER || strlen (text) < 3 ||
      strspn (text, "0123456789") != 3 || (mark != '\0' && text[3] != mark))
    return 0;
  return (int) g_ascii_strtoull (text, NULL, 10);
}

/* The last reply that stands in @transcript; none at all where the server said nothing. */
void
postern_upopmail_keep_reply (PosternUpopmail *self, PosternTranscript *transcript)
{
  guint last = postern_transcript_get_n_events (transcript);
  guint first;
  int code = 0;
  g_autoptr(GString) text = g_string_new (NULL);

  while (last > 0 && (code = reply_code (transcript, last - 1, '\0')) == 0)
    last--;
  first = last;
  while (first > 1 && reply_code (transcript, first - 2, '-') == code && code != 0)
    first--;
  for (guint i = first; i <= last && last > 0; i++)
    g_string_append_printf (
      text, "%s%s", i > first ? "\n" : "",
      postern_event_get_text (postern_transcript_get_event (transcript, i - 1)));
  postern_upopmail_set_reply (self, code, text->str);
}

/* --- Operations that need no server --- */

static PosternUpopmailLine *
find_line (PosternUpopmail *self, const char *driver_properties)
{
  PosternProtocol protocol;

  if (!postern_security_context_find (driver_properties, &protocol))
    return NULL;
  return protocol == POSTERN_PROTOCOL_SMTP ? &self->smtp : &self->pop;
}

static void
set_security (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  PosternUpopmailLine *line = find_line (self, doing->call->arguments[0]);
  g_autofree char *text = NULL;
  int status;

  if (line == NULL)
    {
      postern_upopmail_end (task, -2, 1,
                            _ ("Begin with SMTP= or POP= and the name of the driver."));
      return;
    }
  status = postern_security_context_set (line->context, doing->call->driver, self->asn,
                                         doing->result->findings);
  if (status == -3)
    text = g_strdup (_ ("A context cannot be changed while there is a connection."));
  else if (doing->result->findings->len > 0)
    text = g_strdup (postern_finding_get_explanation (doing->result->findings->pdata[0]));
  postern_upopmail_end (task, status, status == 0 ? 0 : 1, text);
}

static void
get_security (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  PosternUpopmailLine *line = find_line (self, doing->call->arguments[1]);
  guint64 number = g_ascii_strtoull (doing->call->arguments[0], NULL, 10);
  const char *driver_properties = NULL;
  g_autofree char *info = NULL;
  int status;

  if (line == NULL)
    {
      postern_upopmail_end (task, -2, 1, _ ("DriverProperties is SMTP= or POP=."));
      return;
    }
  status = postern_security_context_get (line->context, (guint) MIN (number, G_MAXUINT),
                                         &driver_properties, &info);
  postern_upopmail_set_outputs (task, driver_properties, info, NULL);
  postern_upopmail_end (task, status, status == 0 ? 0 : 1,
                        status == 0 ? NULL : _ ("There is no driver with this number."));
}

static void
get_smtp_response (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  g_autofree char *code =
    self->reply_code != 0 ? g_strdup_printf ("%d", self->reply_code) : g_strdup ("");

  postern_upopmail_set_outputs (task, code, self->reply_text, NULL);
  postern_upopmail_end (task, 0, 0, NULL);
}

static void
get_recipient_details (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);

  postern_upopmail_set_outputs (task, self->details[0]->str, self->details[1]->str,
                                self->details[2]->str);
  postern_upopmail_end (task, 0, 0, NULL);
}

static void
clear_mail (PosternUpopmail *self)
{
  postern_mail_clear (self->mail);
  for (guint i = 0; i < G_N_ELEMENTS (self->details); i++)
    g_string_truncate (self->details[i], 0);
}

static void
add_file (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  const PosternUpopmailCall *call = POSTERN_DOING (task)->call;
  g_autoptr(GError) error = NULL;
  int status = postern_mail_add_file (self->mail, call->arguments[0], call->arguments[1],
                                      call->operation->id == POSTERN_UPOPMAIL_ADD_INLINE, &error);

  postern_upopmail_end (task, status, status == 0 ? 0 : 1, error != NULL ? error->message : NULL);
}

static int
compose (PosternUpopmail *self, const PosternUpopmailCall *call)
{
  static const PosternMailRole roles[] = {
    [POSTERN_UPOPMAIL_SET_FROM] = POSTERN_MAIL_FROM,
    [POSTERN_UPOPMAIL_SET_REPLY_TO] = POSTERN_MAIL_REPLY_TO,
    [POSTERN_UPOPMAIL_SET_TO_LIST] = POSTERN_MAIL_TO,
    [POSTERN_UPOPMAIL_SET_CC_LIST] = POSTERN_MAIL_CC,
    [POSTERN_UPOPMAIL_SET_BCC_LIST] = POSTERN_MAIL_BCC,
  };
  PosternUpopmailId id = call->operation->id;

  if (id == POSTERN_UPOPMAIL_SET_SUBJECT)
    return postern_mail_set_subject (self->mail, call->arguments[0]);
  if (id == POSTERN_UPOPMAIL_SET_PRIORITY)
    return postern_mail_set_priority (self->mail, call->arguments[0]);
  if (id == POSTERN_UPOPMAIL_SET_MESSAGE_ID)
    return postern_mail_set_id (self->mail, call->arguments[0]);
  if (id == POSTERN_UPOPMAIL_SET_MESSAGE)
    return postern_mail_set_text (self->mail, call->arguments[0], call->arguments[1]);
  if (id == POSTERN_UPOPMAIL_CLEAR_MAIL)
    {
      clear_mail (self);
      return 0;
    }
  return postern_mail_set_addresses (self->mail, roles[id], call->arguments[0]);
}

static void
run_locally (GTask *task)
{
  int status = compose (g_task_get_source_object (task), POSTERN_DOING (task)->call);

  postern_upopmail_end (task, status, status == 0 ? 0 : 1,
                        status == 0     ? NULL
                        : status == -18 ? _ ("The argument is longer than the operation takes.")
                                        : _ ("The argument cannot be used (status inferred)."));
}

static void
run_call (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);

  switch ((int) POSTERN_DOING (task)->call->operation->id)
    {
    case POSTERN_UPOPMAIL_SET_SECURITY:
      set_security (task);
      break;
    case POSTERN_UPOPMAIL_GET_SECURITY:
      get_security (task);
      break;
    case POSTERN_UPOPMAIL_LOGON_SMTP:
      postern_upopmail_logon (task, POSTERN_PROTOCOL_SMTP);
      break;
    case POSTERN_UPOPMAIL_LOGOFF_SMTP:
      postern_upopmail_logoff (task, &self->smtp);
      break;
    case POSTERN_UPOPMAIL_LOGON_MAIL:
      postern_upopmail_logon (task, POSTERN_PROTOCOL_POP3);
      break;
    case POSTERN_UPOPMAIL_LOGOFF_MAIL:
      postern_upopmail_logoff (task, &self->pop);
      break;
    case POSTERN_UPOPMAIL_ADD_ATTACHMENT:
    case POSTERN_UPOPMAIL_ADD_INLINE:
      add_file (task);
      break;
    case POSTERN_UPOPMAIL_SEND:
      postern_upopmail_send (task);
      break;
    case POSTERN_UPOPMAIL_SEND_MAIL:
      postern_upopmail_send_mail (task);
      break;
    case POSTERN_UPOPMAIL_GET_SMTP_RESPONSE:
      get_smtp_response (task);
      break;
    case POSTERN_UPOPMAIL_GET_RECIPIENT_DETAILS:
      get_recipient_details (task);
      break;
    case POSTERN_UPOPMAIL_LIST_MAIL:
      postern_upopmail_list (task);
      break;
    default:
      run_locally (task);
    }
}

/* --- The object --- */

static void
clear_line (PosternUpopmailLine *line)
{
  if (line->session != NULL)
    {
      postern_session_set_lost_func (line->session, NULL, NULL);
      postern_session_close (line->session);
    }
  g_clear_object (&line->session);
  g_clear_object (&line->transcript);
  g_clear_pointer (&line->context, postern_security_context_free);
}

static void
postern_upopmail_finalize (GObject *object)
{
  PosternUpopmail *self = POSTERN_UPOPMAIL (object);

  clear_line (&self->smtp);
  clear_line (&self->pop);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->password, postern_secret_unref);
  g_clear_pointer (&self->token, postern_secret_unref);
  g_clear_pointer (&self->key_password, postern_secret_unref);
  g_clear_pointer (&self->asn, postern_asn_free);
  g_clear_pointer (&self->mail, postern_mail_free);
  g_free (self->reply_text);
  for (guint i = 0; i < G_N_ELEMENTS (self->details); i++)
    g_string_free (self->details[i], TRUE);

  G_OBJECT_CLASS (postern_upopmail_parent_class)->finalize (object);
}

static void
postern_upopmail_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternUpopmail *self = POSTERN_UPOPMAIL (object);

  switch (prop_id)
    {
    case PROP_SMTP_LOGGED_ON:
      g_value_set_boolean (value, is_locked (&self->smtp));
      break;
    case PROP_MAIL_LOGGED_ON:
      g_value_set_boolean (value, is_locked (&self->pop));
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_upopmail_class_init (PosternUpopmailClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = postern_upopmail_finalize;
  object_class->get_property = postern_upopmail_get_property;

  properties[PROP_SMTP_LOGGED_ON] =
    g_param_spec_boolean ("smtp-logged-on", NULL, NULL, FALSE, flags);
  properties[PROP_MAIL_LOGGED_ON] =
    g_param_spec_boolean ("mail-logged-on", NULL, NULL, FALSE, flags);
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[LOST] = g_signal_new ("lost", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[WARNING] = g_signal_new ("warning", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, POSTERN_TYPE_FINDING);
}

/* Before anything is sent. */
void
postern_upopmail_warn (PosternUpopmail *self, PosternFinding *finding)
{
  g_signal_emit (self, signals[WARNING], 0, finding);
}

static void
init_line (PosternUpopmail *self, PosternUpopmailLine *line, PosternProtocol protocol)
{
  line->owner = self;
  line->protocol = protocol;
  line->context = postern_security_context_new ();
  line->transcript = postern_transcript_new ();
}

static void
postern_upopmail_init (PosternUpopmail *self)
{
  init_line (self, &self->smtp, POSTERN_PROTOCOL_SMTP);
  init_line (self, &self->pop, POSTERN_PROTOCOL_POP3);
  self->mail = postern_mail_new ();
  self->reply_text = g_strdup ("");
  for (guint i = 0; i < G_N_ELEMENTS (self->details); i++)
    self->details[i] = g_string_new (NULL);
}

/**
 * postern_upopmail_new:
 * @settings: the assignment file, USYS folder, limits and the like; copied. Connection, user and
 *   drivers are given to the operations
 * @credentials: (nullable): what a driver or logon uses that is not given a password or token
 * @error: why the assignment file cannot be read
 *
 * Returns: (transfer full): an instance without a connection; or %NULL
 */
PosternUpopmail *
postern_upopmail_new (PosternAccount *settings,
                      const PosternCredentials *credentials,
                      GError **error)
{
  g_autoptr(PosternUpopmail) self = g_object_new (POSTERN_TYPE_UPOPMAIL, NULL);
  const char *usys_dir = postern_account_get_usys_dir (settings);
  g_autofree char *asn =
    postern_asn_choose_file (postern_account_get_asn_file (settings), usys_dir);

  self->settings = postern_account_duplicate (settings, NULL);
  g_object_set (self->settings, "system", POSTERN_SYSTEM_UNIFACE, NULL);
  if (credentials != NULL && credentials->password != NULL)
    self->password = postern_secret_ref (credentials->password);
  if (credentials != NULL && credentials->token != NULL)
    self->token = postern_secret_ref (credentials->token);
  if (credentials != NULL && credentials->key_password != NULL)
    self->key_password = postern_secret_ref (credentials->key_password);
  if (asn != NULL)
    {
      self->asn = postern_asn_load (asn, usys_dir, error);
      if (self->asn == NULL)
        return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * postern_upopmail_set_drivers:
 * @drivers: (element-type PosternDriver): the calls of SetSecurity of an account
 * @findings: (element-type PosternFinding): what is wrong with them
 *
 * Makes both contexts anew: what an account says, done in one go.
 *
 * Returns: 0, or the first $status that is less: -3 where there is a connection
 */
int
postern_upopmail_set_drivers (PosternUpopmail *self, GPtrArray *drivers, GPtrArray *findings)
{
  g_autoptr(PosternDriver) no_smtp = postern_driver_new ("SMTP=", "");
  g_autoptr(PosternDriver) no_pop = postern_driver_new ("POP=", "");
  int first = 0;

  g_return_val_if_fail (POSTERN_IS_UPOPMAIL (self), -4);

  if (is_locked (&self->smtp) || is_locked (&self->pop))
    return -3;
  postern_security_context_set (self->smtp.context, no_smtp, NULL, findings);
  postern_security_context_set (self->pop.context, no_pop, NULL, findings);
  for (guint i = 0; i < drivers->len; i++)
    {
      PosternUpopmailLine *line =
        find_line (self, postern_driver_get_properties (drivers->pdata[i]));
      int status = line != NULL ? postern_security_context_set (line->context, drivers->pdata[i],
                                                                self->asn, findings)
                                : -2;

      if (first == 0)
        first = status;
    }
  return first;
}

static void
set_running (PosternUpopmail *self, gboolean running)
{
  self->running = running;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

/**
 * postern_upopmail_call_async:
 * @call: lives until it has returned
 * @cancellable: (nullable): ends the operation at once, and with it its connection
 *
 * One operation at a time.
 */
void
postern_upopmail_call_async (PosternUpopmail *self,
                             const PosternUpopmailCall *call,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;
  PosternDoing *doing;

  g_return_if_fail (POSTERN_IS_UPOPMAIL (self));
  g_return_if_fail (!self->running);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_check_cancellable (task, FALSE);
  doing = g_new0 (PosternDoing, 1);
  doing->call = call;
  doing->result = result_new (call->operation);
  g_task_set_task_data (task, doing, (GDestroyNotify) doing_free);
  set_running (self, TRUE);
  run_call (task);
}

/**
 * postern_upopmail_call_finish:
 * @error: %G_IO_ERROR_CANCELLED, and no other
 *
 * Returns: (transfer full): what came of it
 */
PosternUpopmailResult *
postern_upopmail_call_finish (PosternUpopmail *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  set_running (self, FALSE);
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
postern_upopmail_is_logged_on (PosternUpopmail *self, PosternProtocol protocol)
{
  g_return_val_if_fail (POSTERN_IS_UPOPMAIL (self), FALSE);

  return is_locked (protocol == POSTERN_PROTOCOL_SMTP ? &self->smtp : &self->pop);
}

/* For the logon: the session that is open from now on. */
void
postern_upopmail_adopt (PosternUpopmailLine *line, PosternSession *session)
{
  line->session = session;
  postern_session_set_lost_func (session, lost_cb, line);
  renew_transcript (line);
  notify_line (line);
}
