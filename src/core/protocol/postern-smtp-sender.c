/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-private.h"

#include <glib/gi18n.h>

/* RFC 5321 section 4.5.3.1.3 allows 256 octets. Longer ones are the server's to refuse, within
 * reason. */
#define MAX_ADDRESS 1000

/* Whether the address can stand between "<" and ">" without ending the command or the path. */
gboolean
postern_smtp_sender_is_safe (const char *address)
{
  gsize n = 0;

  for (const char *p = address; *p != '\0'; p++, n++)
    if ((guchar) *p < 0x20 || *p == 0x7f || *p == '<' || *p == '>')
      return FALSE;
  return n <= MAX_ADDRESS;
}

static const char *
get_recipient (PosternSmtp *self, guint index)
{
  const GStrv recipients = postern_logon_plan (POSTERN_LOGON (self))->check_recipients;

  return recipients != NULL ? recipients[index] : NULL;
}

/**
 * postern_smtp_sender_start:
 * @self: a machine whose plan asks for a check of the sender
 *
 * MAIL, RCPT and RSET: no message is sent.
 *
 * Returns: SEND
 */
PosternAction
postern_smtp_sender_start (PosternSmtp *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_SENDER);
  self->next_recipient = 0;
  return postern_smtp_send (self, POSTERN_SMTP_MAIL, "MAIL FROM:<%s>",
                            postern_logon_plan (POSTERN_LOGON (self))->check_sender);
}

static PosternAction
send_next (PosternSmtp *self)
{
  const char *recipient = get_recipient (self, self->next_recipient);

  if (recipient == NULL)
    return postern_smtp_send (self, POSTERN_SMTP_RSET, "RSET");
  return postern_smtp_send (self, POSTERN_SMTP_RCPT, "RCPT TO:<%s>", recipient);
}

/* Names the address that was refused. */
PosternAction
postern_smtp_fail_address (PosternSmtp *self, const char *code, const char *address)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  PosternFailure *failure = postern_logon_failure_new (
    logon, postern_smtp_reply_get_code (self->reply) == 530 ? "sender.needs-auth" : code);

  POSTERN_LOGON_GET_CLASS (logon)->describe (logon, failure);
  failure->detail = g_strdup (address);
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

static PosternAction
end_sender (PosternSmtp *self)
{
  g_autofree char *summary = NULL;
  guint n = self->next_recipient;

  if (n == 0)
    summary = g_strdup (_ ("MAIL FROM accepted"));
  else
    summary = g_strdup_printf (
      ngettext ("MAIL FROM and %u recipient accepted", "MAIL FROM and %u recipients accepted", n),
      n);
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_SENDER, POSTERN_STATE_PASSED,
                            summary);
  return postern_smtp_message_start (self);
}

/**
 * postern_smtp_sender_reply:
 * @self: a machine with a reply to MAIL, RCPT or RSET
 *
 * Returns: what to do
 */
PosternAction
postern_smtp_sender_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);

  if (code >= 400 && self->state == POSTERN_SMTP_MAIL)
    return postern_smtp_fail_address (self, "sender.refused",
                                      postern_logon_plan (POSTERN_LOGON (self))->check_sender);
  if (code >= 400 && self->state == POSTERN_SMTP_RCPT)
    return postern_smtp_fail_address (self, "recipient.refused",
                                      get_recipient (self, self->next_recipient));
  if (code >= 300)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");

  if (self->state == POSTERN_SMTP_RSET)
    return end_sender (self);
  if (self->state == POSTERN_SMTP_RCPT)
    self->next_recipient++;
  return send_next (self);
}
