/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-pop3-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* RFC 2449 section 4: with its line end; RFC 5034 section 4 keeps it for AUTH. */
#define MAX_COMMAND_LINE 255

static gsize
postern_pop3_max_initial (PosternLogon *logon, const char *mechanism)
{
  return MAX_COMMAND_LINE - strlen ("AUTH  \r\n") - strlen (mechanism);
}

static PosternAction
postern_pop3_send_auth (PosternLogon *logon, const char *mechanism, PosternOutput *initial)
{
  postern_output_append (postern_logon_output (logon), "AUTH ");
  postern_logon_append_auth (logon, mechanism, initial);
  return postern_pop3_send (POSTERN_POP3 (logon), POSTERN_POP3_AUTH, "");
}

static PosternAction
postern_pop3_send_response (PosternLogon *logon, PosternOutput *response)
{
  postern_logon_append_response (logon, response);
  return postern_pop3_send (POSTERN_POP3 (logon), POSTERN_POP3_AUTH, "");
}

static PosternAction
postern_pop3_send_cancel (PosternLogon *logon)
{
  return postern_pop3_send (POSTERN_POP3 (logon), POSTERN_POP3_AUTH_CANCEL, "*");
}

/* --- USER and PASS, APOP (RFC 1939 section 7) --- */

static void
append_secret (PosternPop3 *self, const char *bytes, gsize length)
{
  postern_redactor_add_bytes (postern_machine_get_redactor (POSTERN_MACHINE (self)), bytes, length);
  postern_output_append_hidden (postern_logon_output (POSTERN_LOGON (self)), bytes, length);
}

/* MD5 over the stamp and the password; who has it can try passwords on it, so it is a secret. */
static PosternAction
send_apop (PosternPop3 *self, const PosternPlanStep *step)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  g_autofree char *command = g_strdup_printf ("APOP %s ", step->user);
  const char *digest;
  gsize length;
  const char *password = postern_secret_peek (step->password, &length);

  if (self->stamp == NULL)
    return postern_logon_fail_locally (POSTERN_LOGON (self), "auth.local",
                                       _ ("APOP needs the stamp of a greeting under TLS, or "
                                          "without TLS altogether."));

  g_checksum_update (checksum, (const guchar *) self->stamp, -1);
  g_checksum_update (checksum, (const guchar *) password, (gssize) length);
  digest = g_checksum_get_string (checksum);
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), command);
  append_secret (self, digest, strlen (digest));
  return postern_pop3_send (self, POSTERN_POP3_APOP, "");
}

static PosternAction
postern_pop3_log_on (PosternLogon *logon, const char *mechanism, const PosternPlanStep *step)
{
  PosternPop3 *self = POSTERN_POP3 (logon);
  g_autofree char *command = NULL;
  const char *fault = postern_sasl_find_fault (step);

  if (fault != NULL)
    return postern_logon_fail_locally (logon, "auth.local", fault);
  if (strcmp (mechanism, POSTERN_MECHANISM_APOP) == 0)
    return send_apop (self, step);

  command = g_strdup_printf ("USER %s", step->user);
  return postern_pop3_send (self, POSTERN_POP3_USER, command);
}

/**
 * postern_pop3_user_reply:
 * @self: a machine with a reply to USER
 *
 * Returns: what to do
 */
PosternAction
postern_pop3_user_reply (PosternPop3 *self)
{
  const PosternPlanStep *step = postern_logon_get_current (POSTERN_LOGON (self));
  gsize length;
  const char *password = postern_secret_peek (step->password, &length);

  if (self->status == POSTERN_POP3_ERR)
    return postern_logon_refuse (POSTERN_LOGON (self));
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), "PASS ");
  append_secret (self, password, length);
  return postern_pop3_send (self, POSTERN_POP3_PASS, "");
}

/* --- Replies --- */

static gboolean
says (const char *text, const char *word)
{
  g_autofree char *upper = g_ascii_strup (text, -1);

  return strstr (upper, word) != NULL;
}

/* In clear text: is it the encryption that is missing? */
static gboolean
asks_for_tls (PosternPop3 *self)
{
  return !postern_logon_has_tls (POSTERN_LOGON (self)) &&
         (says (self->text, "TLS") || says (self->text, "STLS") || says (self->text, "SSL") ||
          says (self->text, "PLAINTEXT") || says (self->text, "ENCRYPT"));
}

/* The codes of RFC 2449 section 8.1 and RFC 3206. [AUTH] says that the credentials are at fault,
 * and the words may say more. */
static const char *
postern_pop3_classify_refusal (PosternLogon *logon)
{
  PosternPop3 *self = POSTERN_POP3 (logon);
  g_autofree char *code = postern_pop3_dup_response_code (self->text);

  if (g_strcmp0 (code, "IN-USE") == 0)
    return "auth.mailbox-in-use";
  if (g_strcmp0 (code, "SYS/TEMP") == 0 || g_strcmp0 (code, "LOGIN-DELAY") == 0)
    return "auth.temporary";
  if (asks_for_tls (self))
    return "auth.needs-tls";
  return "auth.refused-unexplained";
}

/**
 * postern_pop3_auth_reply:
 * @self: a machine with a reply to PASS, APOP or AUTH
 * @challenge: what follows "+ "
 * @length: in bytes
 *
 * Returns: what to do
 */
PosternAction
postern_pop3_auth_reply (PosternPop3 *self, const char *challenge, gsize length)
{
  PosternLogon *logon = POSTERN_LOGON (self);

  switch (self->status)
    {
    case POSTERN_POP3_OK:
      return postern_logon_accept (logon);
    case POSTERN_POP3_ERR:
      return postern_logon_refuse (logon);
    case POSTERN_POP3_CHALLENGE:
    case POSTERN_POP3_NEITHER:
    default:
      if (self->state != POSTERN_POP3_AUTH)
        return postern_logon_fail_by_reply (logon, "protocol.unexpected-reply");
      return postern_logon_challenge (logon, challenge, length);
    }
}

void
postern_pop3_auth_class_init (PosternLogonClass *klass)
{
  klass->protocol = "POP3";
  klass->service = "pop";
  klass->max_initial = postern_pop3_max_initial;
  klass->send_auth = postern_pop3_send_auth;
  klass->send_response = postern_pop3_send_response;
  klass->send_cancel = postern_pop3_send_cancel;
  klass->log_on = postern_pop3_log_on;
  klass->classify_refusal = postern_pop3_classify_refusal;
}
