/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-private.h"

#include <glib/gi18n.h>
#include <string.h>

/**
 * postern_smtp_message_start:
 * @self: a machine that is done with everything else that was asked for
 *
 * Sends the test message of the plan, where there is one.
 *
 * Returns: SEND
 */
PosternAction
postern_smtp_message_start (PosternSmtp *self)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  PosternPlan *plan = postern_logon_plan (logon);

  if (plan->message == NULL)
    {
      postern_logon_skip_if_not_reached (logon, POSTERN_STEP_SENDER);
      return postern_smtp_leave (self);
    }

  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_SENDER);
  return postern_smtp_send (self, POSTERN_SMTP_SEND_MAIL, "MAIL FROM:<%s>", plan->send_from);
}

static PosternAction
send_message (PosternSmtp *self)
{
  postern_smtp_append_message (postern_logon_output (POSTERN_LOGON (self)),
                               postern_logon_plan (POSTERN_LOGON (self))->message);
  self->state = POSTERN_SMTP_MESSAGE;
  return POSTERN_ACTION_SEND;
}

/* RFC 3463: X.3.4 is a message too big for the system, X.2.3 one too long for its rules. */
static const char *
classify_message (PosternSmtp *self)
{
  g_autofree char *enhanced = postern_smtp_reply_dup_enhanced (self->reply);

  if (postern_smtp_reply_get_code (self->reply) == 552 || g_strcmp0 (enhanced, "5.3.4") == 0 ||
      g_strcmp0 (enhanced, "5.2.3") == 0)
    return "message.too-large";
  return "message.refused";
}

static PosternAction
end_message (PosternSmtp *self)
{
  g_autofree char *line = postern_smtp_reply_dup_line (self->reply, 0);
  /* Translators: %s is what the server said, such as "2.0.0 Ok: queued as 4F2B1" */
  g_autofree char *summary = g_strdup_printf (_ ("Message accepted: %s"), line);

  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_SENDER, POSTERN_STATE_PASSED,
                            summary);
  return postern_smtp_leave (self);
}

/* A refusal of what was sent last. */
static PosternAction
fail_message (PosternSmtp *self)
{
  PosternPlan *plan = postern_logon_plan (POSTERN_LOGON (self));

  if (self->state == POSTERN_SMTP_SEND_MAIL)
    return postern_smtp_fail_address (self, "sender.refused", plan->send_from);
  if (self->state == POSTERN_SMTP_SEND_RCPT)
    return postern_smtp_fail_address (self, "recipient.refused", plan->send_to);
  return postern_logon_fail_by_reply (POSTERN_LOGON (self), classify_message (self));
}

/**
 * postern_smtp_message_reply:
 * @self: a machine with a reply while it sends a message
 *
 * Returns: what to do
 */
PosternAction
postern_smtp_message_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);
  gboolean data = self->state == POSTERN_SMTP_DATA;

  if (code >= 400)
    return fail_message (self);
  if (data ? code != 354 : code / 100 != 2)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");
  if (data)
    return send_message (self);
  if (self->state == POSTERN_SMTP_SEND_MAIL)
    return postern_smtp_send (self, POSTERN_SMTP_SEND_RCPT, "RCPT TO:<%s>",
                              postern_logon_plan (POSTERN_LOGON (self))->send_to);
  if (self->state == POSTERN_SMTP_SEND_RCPT)
    return postern_smtp_send (self, POSTERN_SMTP_DATA, "DATA");
  return end_message (self);
}
