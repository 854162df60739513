/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp.h"

#include "protocol/postern-mangling.h"
#include "protocol/postern-smtp-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* A summary shows so many characters of what a server said. */
#define MAX_SUMMARY 100

G_DEFINE_FINAL_TYPE (PosternSmtp, postern_smtp, POSTERN_TYPE_LOGON)

/**
 * postern_smtp_send:
 * @self: a machine
 * @state: what it waits for from now on
 * @format: a command without its line end and without secrets
 *
 * Returns: SEND
 */
PosternAction
postern_smtp_send (PosternSmtp *self, PosternSmtpState state, const char *format, ...)
{
  g_autofree char *command = NULL;
  va_list args;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);

  self->state = state;
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), command);
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), "\r\n");
  return POSTERN_ACTION_SEND;
}

/* Copies the reply at hand. After 421 the server is closing (RFC 5321 section 3.8). */
static void
postern_smtp_describe (PosternLogon *logon, PosternFailure *failure)
{
  PosternSmtp *self = POSTERN_SMTP (logon);

  failure->reply_code = postern_smtp_reply_get_code (self->reply);
  failure->enhanced = postern_smtp_reply_dup_enhanced (self->reply);
  failure->text = postern_smtp_reply_dup_text (self->reply);
  failure->refused = failure->reply_code >= 400;
  if (failure->reply_code == 421)
    self->drop = TRUE;
}

/* --- Greeting and capabilities --- */

static gboolean
is_safe_name (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if ((guchar) *p <= 0x20 || *p == 0x7f)
      return FALSE;
  return *name != '\0';
}

static const char *
get_ehlo_name (PosternSmtp *self)
{
  const char *name = postern_logon_plan (POSTERN_LOGON (self))->ehlo_name;

  if (name == NULL)
    name = postern_machine_get_local_address (POSTERN_MACHINE (self));
  return name != NULL ? name : "[127.0.0.1]";
}

static PosternAction
postern_smtp_ask_capabilities (PosternLogon *logon)
{
  PosternSmtp *self = POSTERN_SMTP (logon);

  postern_machine_begin_step (POSTERN_MACHINE (self), postern_logon_has_tls (logon)
                                                        ? POSTERN_STEP_CAPABILITIES_TLS
                                                        : POSTERN_STEP_CAPABILITIES);
  return postern_smtp_send (self, POSTERN_SMTP_EHLO, "EHLO %s", get_ehlo_name (self));
}

/* What would be wrong to send is found before anything is. */
static const char *
find_unsafe_address (const PosternPlan *plan)
{
  const char *senders[] = { plan->check_sender, plan->send_from };

  for (gsize i = 0; i < G_N_ELEMENTS (senders); i++)
    if (senders[i] != NULL && !postern_smtp_sender_is_safe (senders[i]))
      return "sender.refused";
  for (gsize i = 0; plan->check_recipients != NULL && plan->check_recipients[i] != NULL; i++)
    if (!postern_smtp_sender_is_safe (plan->check_recipients[i]))
      return "recipient.refused";
  if (plan->send_to != NULL && !postern_smtp_sender_is_safe (plan->send_to))
    return "recipient.refused";
  return NULL;
}

static PosternAction
postern_smtp_start (PosternMachine *machine)
{
  PosternSmtp *self = POSTERN_SMTP (machine);
  PosternLogon *logon = POSTERN_LOGON (machine);
  const char *unsafe = find_unsafe_address (postern_logon_plan (logon));

  postern_machine_begin_step (machine, POSTERN_STEP_GREETING);
  self->drop = TRUE; /* until it greeted */
  if (!is_safe_name (get_ehlo_name (self)))
    return postern_logon_fail_locally (
      logon, "protocol.ehlo-refused",
      _ ("The EHLO name holds a blank or a control character, or is empty. Nothing was sent."));
  if (unsafe != NULL)
    return postern_logon_fail_locally (
      logon, unsafe, _ ("The address holds a character that cannot be sent. Nothing was sent."));
  return POSTERN_ACTION_READ;
}

/* The code and the first word, which is the server's name. */
static char *
greeting_summary (PosternSmtp *self)
{
  g_autofree char *line = postern_smtp_reply_dup_line (self->reply, 0);
  g_autofree char *name = NULL;

  line[strcspn (line, " ")] = '\0';
  name = g_utf8_strlen (line, -1) > MAX_SUMMARY ? g_utf8_substring (line, 0, MAX_SUMMARY)
                                                : g_strdup (line);
  return g_strdup_printf ("%d %s", postern_smtp_reply_get_code (self->reply), name);
}

static PosternAction
greeting_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);
  const char *other = postern_smtp_guess_other (self->reply);
  g_autofree char *summary = greeting_summary (self);
  g_autofree char *line = postern_smtp_reply_dup_line (self->reply, 0);
  gboolean mangled = postern_mangling_of_text (line);

  if (other != NULL)
    {
      PosternFailure *failure =
        postern_logon_failure_new (POSTERN_LOGON (self), "greeting.other-protocol");

      failure->reply_code = code;
      failure->text = postern_smtp_reply_dup_text (self->reply);
      failure->detail = g_strdup (other);
      return postern_machine_fail (POSTERN_MACHINE (self), failure);
    }

  self->drop = FALSE;
  if (code >= 400)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "greeting.refused");
  if (code != 220)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");

  if (mangled)
    {
      g_autofree char *text = postern_smtp_reply_dup_text (self->reply);

      postern_logon_note_mangled (POSTERN_LOGON (self), text);
    }
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_GREETING,
                            mangled ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED,
                            mangled ? _ ("220, the rest is overwritten with asterisks") : summary);
  if (postern_logon_has_tls (POSTERN_LOGON (self)))
    postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_CAPABILITIES,
                              POSTERN_STATE_SKIPPED, NULL);
  return postern_smtp_ask_capabilities (POSTERN_LOGON (self));
}

static PosternAction
postern_smtp_send_starttls (PosternLogon *logon)
{
  return postern_smtp_send (POSTERN_SMTP (logon), POSTERN_SMTP_STARTTLS, "STARTTLS");
}

static PosternAction
postern_smtp_plan_done (PosternLogon *logon)
{
  postern_logon_skip_if_not_reached (logon, POSTERN_STEP_USABLE);
  if (postern_logon_plan (logon)->check_sender != NULL)
    return postern_smtp_sender_start (POSTERN_SMTP (logon));
  return postern_smtp_message_start (POSTERN_SMTP (logon));
}

static PosternAction
ehlo_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);
  gboolean mangled = postern_logon_get_mangled (POSTERN_LOGON (self)) != NULL;

  if (code >= 500 && self->state == POSTERN_SMTP_EHLO &&
      postern_logon_plan (POSTERN_LOGON (self))->helo_fallback)
    return postern_smtp_send (self, POSTERN_SMTP_HELO, "HELO %s", get_ehlo_name (self));
  if (code >= 400)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self),
                                        mangled ? "middlebox.mangled" : "protocol.ehlo-refused");
  if (code != 250)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");

  postern_smtp_read_capabilities (self);
  return postern_logon_begin (POSTERN_LOGON (self));
}

static PosternAction
starttls_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);
  g_autofree char *text = postern_smtp_reply_dup_text (self->reply);
  g_autofree char *summary = NULL;

  if (code >= 400)
    return postern_logon_fail_by_reply (
      POSTERN_LOGON (self), postern_logon_judge_refused_tls (POSTERN_LOGON (self), text));
  if (code != 220)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");

  summary = greeting_summary (self);
  return postern_logon_start_tls (POSTERN_LOGON (self), summary);
}

/* --- The end --- */

/**
 * postern_smtp_quit:
 * @self: a machine that has done all it was to do
 *
 * Returns: SEND
 */
PosternAction
postern_smtp_quit (PosternSmtp *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_LOGOFF);
  return postern_smtp_send (self, POSTERN_SMTP_QUIT, "QUIT");
}

/**
 * postern_smtp_leave:
 * @self: a machine that has done all that the plan asked for
 *
 * Returns: SEND, or PAUSE where the session stays open
 */
PosternAction
postern_smtp_leave (PosternSmtp *self)
{
  if (!postern_logon_plan (POSTERN_LOGON (self))->stay)
    return postern_smtp_quit (self);

  self->state = POSTERN_SMTP_IDLE;
  return postern_logon_stay (POSTERN_LOGON (self));
}

static PosternAction
quit_reply (PosternSmtp *self)
{
  g_autofree char *summary = greeting_summary (self);

  postern_smtp_note_reply (self);
  return postern_logon_end (POSTERN_LOGON (self), postern_smtp_reply_get_code (self->reply) == 221,
                            summary);
}

static PosternAction
postern_smtp_closed (PosternMachine *machine)
{
  POSTERN_SMTP (machine)->drop = TRUE;
  return postern_logon_closed (POSTERN_LOGON (machine));
}

static gboolean
postern_smtp_farewell (PosternMachine *machine)
{
  PosternSmtp *self = POSTERN_SMTP (machine);
  gboolean over = postern_machine_get_failure (machine) != NULL;

  if (self->drop || self->state == POSTERN_SMTP_QUIT)
    return FALSE;
  /* A command would be taken for a line of the message. */
  if (!over &&
      (self->state == POSTERN_SMTP_DATA || self->state == POSTERN_SMTP_MESSAGE ||
       self->state == POSTERN_SMTP_OPERATION || self->state == POSTERN_SMTP_OPERATION_DATA))
    return FALSE;
  if (self->state == POSTERN_SMTP_AUTH && !over)
    postern_output_append (postern_logon_output (POSTERN_LOGON (self)), "*\r\n");
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), "QUIT\r\n");
  self->drop = TRUE; /* once */
  return TRUE;
}

/* --- The machine --- */

static PosternAction (*const replies[POSTERN_SMTP_N_STATES]) (PosternSmtp *self) = {
  [POSTERN_SMTP_GREETING] = greeting_reply,
  [POSTERN_SMTP_EHLO] = ehlo_reply,
  [POSTERN_SMTP_HELO] = ehlo_reply,
  [POSTERN_SMTP_STARTTLS] = starttls_reply,
  [POSTERN_SMTP_AUTH] = postern_smtp_auth_reply,
  [POSTERN_SMTP_AUTH_CANCEL] = postern_smtp_auth_cancel_reply,
  [POSTERN_SMTP_MAIL] = postern_smtp_sender_reply,
  [POSTERN_SMTP_RCPT] = postern_smtp_sender_reply,
  [POSTERN_SMTP_RSET] = postern_smtp_sender_reply,
  [POSTERN_SMTP_SEND_MAIL] = postern_smtp_message_reply,
  [POSTERN_SMTP_SEND_RCPT] = postern_smtp_message_reply,
  [POSTERN_SMTP_DATA] = postern_smtp_message_reply,
  [POSTERN_SMTP_MESSAGE] = postern_smtp_message_reply,
  [POSTERN_SMTP_IDLE] = postern_smtp_operation_reply,
  [POSTERN_SMTP_OPERATION] = postern_smtp_operation_reply,
  [POSTERN_SMTP_OPERATION_RCPT] = postern_smtp_operation_reply,
  [POSTERN_SMTP_OPERATION_DATA] = postern_smtp_operation_reply,
  [POSTERN_SMTP_QUIT] = quit_reply,
};

/* The reply at hand is no reply: all of it is quoted, its code says nothing. */
static PosternAction
fail_malformed (PosternSmtp *self, const char *line, gsize length)
{
  g_autofree char *text = postern_smtp_reply_dup_text (self->reply);

  self->drop = TRUE;
  return postern_logon_fail_malformed (POSTERN_LOGON (self), line, length, text);
}

static PosternAction
postern_smtp_feed (PosternMachine *machine, const char *line, gsize length)
{
  PosternSmtp *self = POSTERN_SMTP (machine);
  PosternAction action;

  switch (postern_smtp_reply_feed (self->reply, line, length))
    {
    case POSTERN_SMTP_REPLY_MORE:
      return POSTERN_ACTION_READ;

    case POSTERN_SMTP_REPLY_COMPLETE:
      action = replies[self->state](self);
      postern_smtp_reply_clear (self->reply);
      return action;

    case POSTERN_SMTP_REPLY_TOO_LONG:
      self->drop = TRUE;
      return postern_logon_fail_locally (POSTERN_LOGON (self), "protocol.too-long",
                                         _ ("A reply has more than 1,000 lines or 1 MiB."));

    case POSTERN_SMTP_REPLY_MALFORMED:
    default:
      return fail_malformed (self, line, length);
    }
}

static void
postern_smtp_finalize (GObject *object)
{
  PosternSmtp *self = POSTERN_SMTP (object);

  g_clear_pointer (&self->reply, postern_smtp_reply_free);

  G_OBJECT_CLASS (postern_smtp_parent_class)->finalize (object);
}

static void
postern_smtp_constructed (GObject *object)
{
  PosternSmtp *self = POSTERN_SMTP (object);

  G_OBJECT_CLASS (postern_smtp_parent_class)->constructed (object);

  self->reply = postern_smtp_reply_new (postern_machine_get_redactor (POSTERN_MACHINE (self)));
}

static void
postern_smtp_class_init (PosternSmtpClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  PosternMachineClass *machine_class = POSTERN_MACHINE_CLASS (klass);
  PosternLogonClass *logon_class = POSTERN_LOGON_CLASS (klass);

  object_class->constructed = postern_smtp_constructed;
  object_class->finalize = postern_smtp_finalize;
  machine_class->start = postern_smtp_start;
  machine_class->feed = postern_smtp_feed;
  machine_class->closed = postern_smtp_closed;
  machine_class->farewell = postern_smtp_farewell;
  machine_class->operate = postern_smtp_operate;
  logon_class->ask_capabilities = postern_smtp_ask_capabilities;
  logon_class->send_starttls = postern_smtp_send_starttls;
  logon_class->plan_done = postern_smtp_plan_done;
  logon_class->describe = postern_smtp_describe;
  postern_smtp_auth_class_init (logon_class);
}

static void
postern_smtp_init (PosternSmtp *self)
{
  self->state = POSTERN_SMTP_GREETING;
}

/**
 * postern_smtp_new:
 * @plan: what to do
 *
 * The client's side of SMTP: RFC 5321, with RFC 2034, 3207 and 4954.
 *
 * Returns: (transfer full): a machine that was not started
 */
PosternMachine *
postern_smtp_new (PosternPlan *plan)
{
  g_return_val_if_fail (plan != NULL, NULL);

  return g_object_new (POSTERN_TYPE_SMTP, "plan", plan, NULL);
}
