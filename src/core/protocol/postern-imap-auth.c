/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* RFC 9051 section 4: a server has to take a command line of 8,192 octets. */
#define MAX_COMMAND_LINE 8192

/* RFC 7888 section 5: LITERAL- takes shorter literals without being asked. */
#define MAX_SHORT_LITERAL 4096

static gsize
postern_imap_max_initial (PosternLogon *logon, const char *mechanism)
{
  if (!postern_imap_has (POSTERN_IMAP (logon), "SASL-IR"))
    return 0;
  return MAX_COMMAND_LINE - strlen ("A001 AUTHENTICATE  \r\n") - strlen (mechanism);
}

static PosternAction
postern_imap_send_auth (PosternLogon *logon, const char *mechanism, PosternOutput *initial)
{
  postern_imap_begin_command (POSTERN_IMAP (logon), POSTERN_IMAP_AUTHENTICATE, "AUTHENTICATE ");
  postern_logon_append_auth (logon, mechanism, initial);
  postern_output_append (postern_logon_output (logon), "\r\n");
  return POSTERN_ACTION_SEND;
}

static PosternAction
postern_imap_send_response (PosternLogon *logon, PosternOutput *response)
{
  postern_logon_append_response (logon, response);
  postern_output_append (postern_logon_output (logon), "\r\n");
  return POSTERN_ACTION_SEND;
}

static PosternAction
postern_imap_send_cancel (PosternLogon *logon)
{
  POSTERN_IMAP (logon)->state = POSTERN_IMAP_AUTH_CANCEL;
  postern_output_append (postern_logon_output (logon), "*\r\n");
  return POSTERN_ACTION_SEND;
}

/* --- LOGIN (RFC 3501 section 6.2.3) --- */

/* Whether it can stand between quotes: ASCII that can be seen. */
static gboolean
is_quotable (const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar) bytes[i] < 0x20 || (guchar) bytes[i] >= 0x7f)
      return FALSE;
  return length > 0 && length <= 1000;
}

/* Whether the server has to be asked before a literal is sent. */
static gboolean
must_wait (PosternImap *self, const char *bytes, gsize length)
{
  if (is_quotable (bytes, length) || postern_imap_has (self, "LITERAL+"))
    return FALSE;
  return !postern_imap_has (self, "LITERAL-") || length > MAX_SHORT_LITERAL;
}

static void
append_bytes (PosternImap *self, const char *bytes, gsize length, gboolean secret)
{
  PosternOutput *output = postern_logon_output (POSTERN_LOGON (self));
  g_autofree char *text = NULL;

  if (secret)
    {
      postern_redactor_add_bytes (postern_machine_get_redactor (POSTERN_MACHINE (self)), bytes,
                                  length);
      postern_output_append_hidden (output, bytes, length);
      return;
    }
  text = g_strndup (bytes, length);
  postern_output_append (output, text);
}

/* Quotes and backslashes get a backslash. The buffer is wiped. */
static void
append_quoted (PosternImap *self, const char *bytes, gsize length, gboolean secret)
{
  PosternOutput *output = postern_logon_output (POSTERN_LOGON (self));
  char *quoted = g_malloc (2 * length + 1);
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] == '"' || bytes[i] == '\\')
        quoted[n++] = '\\';
      quoted[n++] = bytes[i];
    }
  postern_output_append (output, "\"");
  append_bytes (self, quoted, n, secret);
  postern_output_append (output, "\"");
  postern_wipe (quoted, n);
  g_free (quoted);
}

static void
append_size (PosternImap *self, gsize length, gboolean wait)
{
  g_autofree char *size =
    g_strdup_printf (wait ? "{%" G_GSIZE_FORMAT "}\r\n" : "{%" G_GSIZE_FORMAT "+}\r\n", length);

  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), size);
}

static void
append_string (PosternImap *self, const char *bytes, gsize length, gboolean secret)
{
  if (is_quotable (bytes, length))
    {
      append_quoted (self, bytes, length, secret);
      return;
    }
  append_size (self, length, FALSE);
  append_bytes (self, bytes, length, secret);
}

static PosternAction
end_login (PosternImap *self)
{
  self->pending = POSTERN_IMAP_PENDING_NOTHING;
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), "\r\n");
  return POSTERN_ACTION_SEND;
}

static PosternAction
send_password (PosternImap *self, const PosternPlanStep *step)
{
  gsize length;
  const char *password = postern_secret_peek (step->password, &length);

  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), " ");
  if (must_wait (self, password, length))
    {
      append_size (self, length, TRUE);
      self->pending = POSTERN_IMAP_PENDING_PASSWORD;
      return POSTERN_ACTION_SEND;
    }
  append_string (self, password, length, TRUE);
  return end_login (self);
}

static PosternAction
postern_imap_log_on (PosternLogon *logon, const char *mechanism, const PosternPlanStep *step)
{
  PosternImap *self = POSTERN_IMAP (logon);
  const char *fault = postern_sasl_find_fault (step);

  if (fault != NULL)
    return postern_logon_fail_locally (logon, "auth.local", fault);

  postern_imap_begin_command (self, POSTERN_IMAP_LOGIN, "LOGIN ");
  if (must_wait (self, step->user, strlen (step->user)))
    {
      append_size (self, strlen (step->user), TRUE);
      self->pending = POSTERN_IMAP_PENDING_USER;
      return POSTERN_ACTION_SEND;
    }
  append_string (self, step->user, strlen (step->user), FALSE);
  return send_password (self, step);
}

/* --- Replies --- */

/**
 * postern_imap_auth_continue:
 * @self: a machine that logs on and was told to go on
 * @challenge: what follows "+ "
 * @length: in bytes
 *
 * Returns: what to do
 */
PosternAction
postern_imap_auth_continue (PosternImap *self, const char *challenge, gsize length)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  const PosternPlanStep *step = postern_logon_get_current (logon);
  gsize n_password;
  const char *password;

  if (self->state == POSTERN_IMAP_AUTHENTICATE)
    return postern_logon_challenge (logon, challenge, length);

  switch (self->pending)
    {
    case POSTERN_IMAP_PENDING_USER:
      self->pending = POSTERN_IMAP_PENDING_NOTHING;
      append_bytes (self, step->user, strlen (step->user), FALSE);
      return send_password (self, step);

    case POSTERN_IMAP_PENDING_PASSWORD:
      password = postern_secret_peek (step->password, &n_password);
      append_bytes (self, password, n_password, TRUE);
      return end_login (self);

    case POSTERN_IMAP_PENDING_NOTHING:
    default:
      return postern_logon_fail_by_reply (logon, "protocol.unexpected-reply");
    }
}

static gboolean
says (const char *text, const char *word)
{
  g_autofree char *upper = g_ascii_strup (text, -1);

  return strstr (upper, word) != NULL;
}

/* The codes of RFC 5530. Those about the credentials leave it to the words to say more. */
static const char *
postern_imap_classify_refusal (PosternLogon *logon)
{
  PosternImap *self = POSTERN_IMAP (logon);
  static const struct
  {
    const char *code;
    const char *finding;
  } codes[] = {
    { "UNAVAILABLE", "auth.temporary" },     { "SERVERBUG", "auth.temporary" },
    { "LIMIT", "auth.temporary" },           { "INUSE", "auth.mailbox-in-use" },
    { "PRIVACYREQUIRED", "auth.needs-tls" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_strcmp0 (self->code, codes[i].code) == 0)
      return codes[i].finding;
  if (!postern_logon_has_tls (logon) &&
      (says (self->text, "TLS") || says (self->text, "SSL") || says (self->text, "PLAINTEXT")))
    return "auth.needs-tls";
  if (self->condition == POSTERN_IMAP_BAD)
    return "auth.protocol";
  return "auth.refused-unexplained";
}

/**
 * postern_imap_auth_reply:
 * @self: a machine with the answer to LOGIN or AUTHENTICATE
 *
 * Returns: what to do
 */
PosternAction
postern_imap_auth_reply (PosternImap *self)
{
  PosternLogon *logon = POSTERN_LOGON (self);

  if (self->state == POSTERN_IMAP_AUTH_CANCEL)
    return postern_logon_cancelled (logon);
  self->pending = POSTERN_IMAP_PENDING_NOTHING;
  if (self->condition != POSTERN_IMAP_OK)
    return postern_logon_refuse (logon);
  return postern_logon_accept (logon);
}

void
postern_imap_auth_class_init (PosternLogonClass *klass)
{
  klass->protocol = "IMAP";
  klass->service = "imap";
  klass->max_initial = postern_imap_max_initial;
  klass->send_auth = postern_imap_send_auth;
  klass->send_response = postern_imap_send_response;
  klass->send_cancel = postern_imap_send_cancel;
  klass->log_on = postern_imap_log_on;
  klass->classify_refusal = postern_imap_classify_refusal;
}
