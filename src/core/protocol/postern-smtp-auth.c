/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-private.h"

#include <string.h>

/* RFC 5321 section 4.5.3.1.4, with its line end; RFC 4954 section 4 keeps it for AUTH. */
#define MAX_COMMAND_LINE 512

static gsize
postern_smtp_max_initial (PosternLogon *logon, const char *mechanism)
{
  return MAX_COMMAND_LINE - strlen ("AUTH  \r\n") - strlen (mechanism);
}

static PosternAction
end_line (PosternSmtp *self)
{
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), "\r\n");
  self->state = POSTERN_SMTP_AUTH;
  return POSTERN_ACTION_SEND;
}

static PosternAction
postern_smtp_send_auth (PosternLogon *logon, const char *mechanism, PosternOutput *initial)
{
  postern_output_append (postern_logon_output (logon), "AUTH ");
  postern_logon_append_auth (logon, mechanism, initial);
  return end_line (POSTERN_SMTP (logon));
}

static PosternAction
postern_smtp_send_response (PosternLogon *logon, PosternOutput *response)
{
  postern_logon_append_response (logon, response);
  return end_line (POSTERN_SMTP (logon));
}

static PosternAction
postern_smtp_send_cancel (PosternLogon *logon)
{
  return postern_smtp_send (POSTERN_SMTP (logon), POSTERN_SMTP_AUTH_CANCEL, "*");
}

static gboolean
says_starttls (PosternSmtp *self)
{
  g_autofree char *text = postern_smtp_reply_dup_text (self->reply);
  g_autofree char *upper = g_ascii_strup (text, -1);

  return strstr (upper, "STARTTLS") != NULL;
}

/* The code of a refusal as far as the reply codes of RFC 4954 section 6 tell it. */
static const char *
postern_smtp_classify_refusal (PosternLogon *logon)
{
  PosternSmtp *self = POSTERN_SMTP (logon);
  int code = postern_smtp_reply_get_code (self->reply);
  g_autofree char *enhanced = postern_smtp_reply_dup_enhanced (self->reply);

  if (code < 500)
    return "auth.temporary";
  if (!postern_logon_has_tls (logon) &&
      (code == 530 || code == 538 || g_strcmp0 (enhanced, "5.7.11") == 0 || says_starttls (self)))
    return "auth.needs-tls";
  /* A bad sequence of commands is no verdict on the credentials (RFC 4954, section 4). */
  if (code == 503)
    return "auth.protocol";
  return "auth.refused-unexplained";
}

/**
 * postern_smtp_auth_reply:
 * @self: a machine with a reply to AUTH or to a response
 *
 * Returns: what to do
 */
PosternAction
postern_smtp_auth_reply (PosternSmtp *self)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  int code = postern_smtp_reply_get_code (self->reply);
  gsize length;
  const char *challenge;

  if (code == 235)
    return postern_logon_accept (logon);
  if (code >= 400)
    return postern_logon_refuse (logon);
  if (code != 334)
    return postern_logon_fail_by_reply (logon, "protocol.unexpected-reply");

  challenge = postern_smtp_reply_peek_line (self->reply, 0, &length);
  if (postern_smtp_reply_get_n_lines (self->reply) != 1)
    return postern_logon_break_off (logon, NULL);
  return postern_logon_challenge (logon, challenge, length);
}

/**
 * postern_smtp_auth_cancel_reply:
 * @self: a machine that sent "*"
 *
 * Returns: FAILED
 */
PosternAction
postern_smtp_auth_cancel_reply (PosternSmtp *self)
{
  return postern_logon_cancelled (POSTERN_LOGON (self));
}

void
postern_smtp_auth_class_init (PosternLogonClass *klass)
{
  klass->protocol = "SMTP";
  klass->service = "smtp";
  klass->max_initial = postern_smtp_max_initial;
  klass->send_auth = postern_smtp_send_auth;
  klass->send_response = postern_smtp_send_response;
  klass->send_cancel = postern_smtp_send_cancel;
  klass->classify_refusal = postern_smtp_classify_refusal;
}
