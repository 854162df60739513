/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp.h"

#include "protocol/postern-smtp-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* A summary shows so many characters of what a server said. */
#define MAX_SUMMARY 100

G_DEFINE_FINAL_TYPE (PosternSmtp, postern_smtp, POSTERN_TYPE_MACHINE)

PosternOutput *
postern_smtp_output (PosternSmtp *self)
{
  return postern_machine_get_output (POSTERN_MACHINE (self));
}

PosternPlan *
postern_smtp_plan (PosternSmtp *self)
{
  return postern_machine_get_plan (POSTERN_MACHINE (self));
}

static gboolean
has_tls (PosternSmtp *self)
{
  return postern_machine_get_tls (POSTERN_MACHINE (self));
}

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
  postern_output_append (postern_smtp_output (self), command);
  postern_output_append (postern_smtp_output (self), "\r\n");
  return POSTERN_ACTION_SEND;
}

/* A failure of the step at hand, without a reply. */
PosternFailure *
postern_smtp_failure_new (PosternSmtp *self, const char *code)
{
  PosternFailure *failure =
    postern_failure_new (code, postern_machine_get_step (POSTERN_MACHINE (self)));

  if (self->current != NULL)
    failure->driver = g_strdup (self->current->driver);
  if (self->sasl != NULL && failure->step == POSTERN_STEP_AUTHENTICATE)
    failure->mechanism = g_strdup (postern_sasl_get_mechanism (self->sasl));
  return failure;
}

PosternAction
postern_smtp_fail_by_reply (PosternSmtp *self, const char *code)
{
  PosternFailure *failure = postern_smtp_failure_new (self, code);

  failure->reply_code = postern_smtp_reply_get_code (self->reply);
  failure->enhanced = postern_smtp_reply_dup_enhanced (self->reply);
  failure->text = postern_smtp_reply_dup_text (self->reply);
  if (failure->reply_code == 421)
    self->drop = TRUE; /* RFC 5321 section 3.8: the server is closing */
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

PosternAction
postern_smtp_fail_locally (PosternSmtp *self, const char *code, const char *detail)
{
  PosternFailure *failure = postern_smtp_failure_new (self, code);

  failure->detail = g_strdup (detail);
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
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
  const char *name = postern_smtp_plan (self)->ehlo_name;

  if (name == NULL)
    name = postern_machine_get_local_address (POSTERN_MACHINE (self));
  return name != NULL ? name : "[127.0.0.1]";
}

static PosternAction
send_ehlo (PosternSmtp *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), has_tls (self) ? POSTERN_STEP_CAPABILITIES_TLS
                                                                     : POSTERN_STEP_CAPABILITIES);
  return postern_smtp_send (self, POSTERN_SMTP_EHLO, "EHLO %s", get_ehlo_name (self));
}

/* What would be wrong to send is found before anything is. */
static PosternAction
postern_smtp_start (PosternMachine *machine)
{
  PosternSmtp *self = POSTERN_SMTP (machine);
  PosternPlan *plan = postern_smtp_plan (self);

  postern_machine_begin_step (machine, POSTERN_STEP_GREETING);
  self->drop = TRUE; /* until it greeted */
  if (!is_safe_name (get_ehlo_name (self)))
    return postern_smtp_fail_locally (
      self, "protocol.ehlo-refused",
      _ ("The EHLO name holds a blank or a control character, or is empty. Nothing was sent."));
  if (plan->check_sender != NULL && !postern_smtp_sender_is_safe (plan->check_sender))
    return postern_smtp_fail_locally (
      self, "sender.refused",
      _ ("The sender’s address holds a character that cannot be sent. Nothing was sent."));
  for (gsize i = 0; plan->check_recipients != NULL && plan->check_recipients[i] != NULL; i++)
    if (!postern_smtp_sender_is_safe (plan->check_recipients[i]))
      return postern_smtp_fail_locally (
        self, "recipient.refused",
        _ ("A recipient’s address holds a character that cannot be sent. Nothing was sent."));
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
  g_autofree char *summary = greeting_summary (self);

  if (postern_smtp_is_ftp (self->reply))
    {
      PosternFailure *failure = postern_smtp_failure_new (self, "greeting.other-protocol");

      failure->reply_code = code;
      failure->text = postern_smtp_reply_dup_text (self->reply);
      failure->detail = g_strdup ("FTP");
      return postern_machine_fail (POSTERN_MACHINE (self), failure);
    }

  self->drop = FALSE;
  if (code >= 400)
    return postern_smtp_fail_by_reply (self, "greeting.refused");
  if (code != 220)
    return postern_smtp_fail_by_reply (self, "protocol.unexpected-reply");

  /* No failure yet: some programs do log on through such a firewall. It explains what is missing
   * later. */
  self->mangled = postern_smtp_is_mangled_greeting (self->reply);
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_GREETING,
                            self->mangled ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED,
                            self->mangled ? _ ("220, the rest is overwritten with asterisks")
                                          : summary);
  if (has_tls (self))
    postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_CAPABILITIES,
                              POSTERN_STATE_SKIPPED, NULL);
  return send_ehlo (self);
}

/* --- The steps of the plan --- */

static const PosternPlanStep *
get_plan_step (PosternSmtp *self, guint index)
{
  return postern_smtp_plan (self)->steps->pdata[index];
}

static gboolean
is_starttls_offered (PosternSmtp *self)
{
  return self->has_starttls && !has_tls (self);
}

/* NULL when the step can be done. */
static PosternFailure *
verify_step (PosternSmtp *self, const PosternPlanStep *step)
{
  PosternFailure *failure;

  if (step->kind == POSTERN_PLAN_AUTHENTICATE)
    return postern_smtp_auth_verify (self, step);
  if (is_starttls_offered (self))
    return NULL;

  failure = postern_failure_new (self->mangled ? "middlebox.mangled" : "starttls.not-offered",
                                 POSTERN_STEP_STARTTLS);
  failure->driver = g_strdup (step->driver);
  if (has_tls (self))
    failure->detail = g_strdup (_ ("The session has TLS already."));
  return failure;
}

static void
skip_step (PosternSmtp *self, guint index, const PosternPlanStep *step)
{
  PosternMachine *machine = POSTERN_MACHINE (self);

  g_array_index (self->skip, gboolean, index) = TRUE;
  if (step->kind == POSTERN_PLAN_AUTHENTICATE)
    {
      if (postern_machine_get_step_state (machine, POSTERN_STEP_AUTHENTICATE) ==
          POSTERN_STATE_NOT_REACHED)
        postern_machine_end_step (machine, POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_WARNING,
                                  _ ("Not offered, going on without logging on"));
    }
  else if (!has_tls (self))
    {
      static const PosternStepId without_tls[] = {
        POSTERN_STEP_TLS,
        POSTERN_STEP_CERTIFICATE,
        POSTERN_STEP_CAPABILITIES_TLS,
      };

      for (gsize i = 0; i < G_N_ELEMENTS (without_tls); i++)
        postern_machine_end_step (machine, without_tls[i], POSTERN_STATE_SKIPPED, NULL);
      postern_machine_note_starttls_skipped (machine);
      postern_machine_end_step (machine, POSTERN_STEP_STARTTLS, POSTERN_STATE_WARNING,
                                _ ("Not offered, going on in clear text"));
    }
}

/* spec/uniface.md section 6.1: all steps of a segment are looked up before the first is done. */
static PosternAction
begin_segment (PosternSmtp *self)
{
  guint n_steps = postern_smtp_plan (self)->steps->len;

  self->current = NULL;
  self->segment_end = n_steps;
  for (guint i = self->next; i < n_steps; i++)
    if (get_plan_step (self, i)->kind == POSTERN_PLAN_STARTTLS && is_starttls_offered (self))
      {
        self->segment_end = i + 1;
        break;
      }

  for (guint i = self->next; i < self->segment_end; i++)
    {
      const PosternPlanStep *step = get_plan_step (self, i);
      g_autoptr(PosternFailure) failure = verify_step (self, step);

      if (failure == NULL)
        continue;
      if (step->mandatory)
        return postern_machine_fail (POSTERN_MACHINE (self), g_steal_pointer (&failure));
      skip_step (self, i, step);
    }
  return postern_smtp_next_step (self);
}

static PosternAction
send_starttls (PosternSmtp *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_STARTTLS);
  return postern_smtp_send (self, POSTERN_SMTP_STARTTLS, "STARTTLS");
}

static void
skip_if_not_reached (PosternSmtp *self, PosternStepId step)
{
  if (postern_machine_get_step_state (POSTERN_MACHINE (self), step) == POSTERN_STATE_NOT_REACHED)
    postern_machine_end_step (POSTERN_MACHINE (self), step, POSTERN_STATE_SKIPPED, NULL);
}

/**
 * postern_smtp_next_step:
 * @self: a machine that is done with a step of its plan
 *
 * Returns: what to do for the next one, or after the last
 */
PosternAction
postern_smtp_next_step (PosternSmtp *self)
{
  while (self->next < self->segment_end)
    {
      guint index = self->next++;

      if (g_array_index (self->skip, gboolean, index))
        continue;
      self->current = get_plan_step (self, index);
      if (self->current->local_fault != NULL)
        {
          postern_machine_begin_step (POSTERN_MACHINE (self),
                                      self->current->kind == POSTERN_PLAN_STARTTLS
                                        ? POSTERN_STEP_STARTTLS
                                        : POSTERN_STEP_AUTHENTICATE);
          return postern_smtp_fail_locally (self, "auth.local", self->current->local_fault);
        }
      if (self->current->kind == POSTERN_PLAN_STARTTLS)
        return send_starttls (self);
      return postern_smtp_auth_start (self);
    }

  self->current = NULL;
  skip_if_not_reached (self, POSTERN_STEP_STARTTLS);
  skip_if_not_reached (self, POSTERN_STEP_CAPABILITIES_TLS);
  skip_if_not_reached (self, POSTERN_STEP_AUTHENTICATE);
  skip_if_not_reached (self, POSTERN_STEP_USABLE);
  if (postern_smtp_plan (self)->check_sender != NULL)
    return postern_smtp_sender_start (self);
  skip_if_not_reached (self, POSTERN_STEP_SENDER);
  return postern_smtp_quit (self);
}

static PosternAction
ehlo_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);

  if (code >= 500 && self->state == POSTERN_SMTP_EHLO && postern_smtp_plan (self)->helo_fallback)
    return postern_smtp_send (self, POSTERN_SMTP_HELO, "HELO %s", get_ehlo_name (self));
  if (code >= 400)
    return postern_smtp_fail_by_reply (self, self->mangled ? "middlebox.mangled"
                                                           : "protocol.ehlo-refused");
  if (code != 250)
    return postern_smtp_fail_by_reply (self, "protocol.unexpected-reply");

  postern_smtp_read_capabilities (self);
  return begin_segment (self);
}

/* A firewall that overwrites commands makes the server answer to "XXXXXXXX". */
static gboolean
is_command_mangled (PosternSmtp *self)
{
  g_autofree char *text = postern_smtp_reply_dup_text (self->reply);

  return self->mangled || strstr (text, "XXXX") != NULL;
}

static PosternAction
starttls_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);
  g_autofree char *summary = NULL;

  if (code >= 400)
    return postern_smtp_fail_by_reply (self, is_command_mangled (self) ? "middlebox.mangled"
                                                                       : "starttls.refused");
  if (code != 220)
    return postern_smtp_fail_by_reply (self, "protocol.unexpected-reply");

  summary = greeting_summary (self);
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_STARTTLS, POSTERN_STATE_PASSED,
                            summary);
  return POSTERN_ACTION_START_TLS;
}

/* RFC 3207 section 4.2: nothing that was learned in clear text is used from here on. */
static PosternAction
postern_smtp_tls_started (PosternMachine *machine)
{
  PosternSmtp *self = POSTERN_SMTP (machine);

  postern_smtp_forget_capabilities (self);
  self->mangled = FALSE;
  self->current = NULL;
  return send_ehlo (self);
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
  self->current = NULL;
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_LOGOFF);
  return postern_smtp_send (self, POSTERN_SMTP_QUIT, "QUIT");
}

static PosternAction
quit_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);
  g_autofree char *summary = greeting_summary (self);

  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_LOGOFF,
                            code == 221 ? POSTERN_STATE_PASSED : POSTERN_STATE_WARNING, summary);
  return POSTERN_ACTION_DONE;
}

static PosternAction
postern_smtp_closed (PosternMachine *machine)
{
  PosternSmtp *self = POSTERN_SMTP (machine);

  self->drop = TRUE;
  if (self->state == POSTERN_SMTP_QUIT)
    {
      postern_machine_end_step (machine, POSTERN_STEP_LOGOFF, POSTERN_STATE_WARNING,
                                _ ("Closed without an answer to QUIT"));
      return POSTERN_ACTION_DONE;
    }
  if (self->cancelled != NULL)
    return postern_machine_fail (machine, g_steal_pointer (&self->cancelled));
  return postern_smtp_fail_locally (
    self, self->state == POSTERN_SMTP_GREETING ? "greeting.closed" : "protocol.closed", NULL);
}

static gboolean
postern_smtp_farewell (PosternMachine *machine)
{
  PosternSmtp *self = POSTERN_SMTP (machine);
  gboolean over = postern_machine_get_failure (machine) != NULL;

  if (self->drop || self->state == POSTERN_SMTP_QUIT)
    return FALSE;
  if (self->state == POSTERN_SMTP_AUTH && !over)
    postern_output_append (postern_smtp_output (self), "*\r\n");
  postern_output_append (postern_smtp_output (self), "QUIT\r\n");
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
  [POSTERN_SMTP_QUIT] = quit_reply,
};

/* The reply at hand is no reply: all of it is quoted, its code says nothing. */
static PosternAction
fail_malformed (PosternSmtp *self, const char *line, gsize length)
{
  PosternFailure *failure;
  const char *protocol = NULL;

  self->drop = TRUE;
  if (self->state == POSTERN_SMTP_QUIT)
    {
      postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_LOGOFF, POSTERN_STATE_WARNING,
                                _ ("The answer to QUIT is no SMTP reply"));
      return POSTERN_ACTION_DONE;
    }
  if (self->state == POSTERN_SMTP_GREETING &&
      postern_smtp_is_other_protocol (line, length, &protocol))
    failure = postern_smtp_failure_new (self, "greeting.other-protocol");
  else
    failure = postern_smtp_failure_new (self, "protocol.malformed");

  failure->text = postern_smtp_reply_dup_text (self->reply);
  failure->detail = g_strdup (protocol);
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
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
      return postern_smtp_fail_locally (self, "protocol.too-long",
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
  g_clear_pointer (&self->mechanisms, g_strfreev);
  g_clear_pointer (&self->skip, g_array_unref);
  g_clear_pointer (&self->sasl, postern_sasl_free);
  g_clear_pointer (&self->cancelled, postern_failure_free);

  G_OBJECT_CLASS (postern_smtp_parent_class)->finalize (object);
}

static void
postern_smtp_constructed (GObject *object)
{
  PosternSmtp *self = POSTERN_SMTP (object);

  G_OBJECT_CLASS (postern_smtp_parent_class)->constructed (object);

  self->reply = postern_smtp_reply_new (postern_machine_get_redactor (POSTERN_MACHINE (self)));
  self->skip = g_array_new (FALSE, TRUE, sizeof (gboolean));
  g_array_set_size (self->skip, postern_smtp_plan (self)->steps->len);
  postern_smtp_forget_capabilities (self);
}

static void
postern_smtp_class_init (PosternSmtpClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  PosternMachineClass *machine_class = POSTERN_MACHINE_CLASS (klass);

  object_class->constructed = postern_smtp_constructed;
  object_class->finalize = postern_smtp_finalize;
  machine_class->start = postern_smtp_start;
  machine_class->feed = postern_smtp_feed;
  machine_class->tls_started = postern_smtp_tls_started;
  machine_class->closed = postern_smtp_closed;
  machine_class->farewell = postern_smtp_farewell;
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
