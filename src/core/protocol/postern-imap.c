/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap.h"

#include "protocol/postern-imap-private.h"
#include "protocol/postern-mangling.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* The bounds of what answers one command. */
#define MAX_UNTAGGED 1000
#define MAX_BYTES (1024 * 1024)
#define MAX_ALERTS 4096

/* A summary shows so many characters of what a server said. */
#define MAX_SUMMARY 100

G_DEFINE_FINAL_TYPE (PosternImap, postern_imap, POSTERN_TYPE_LOGON)

/**
 * postern_imap_begin_command:
 * @self: a machine
 * @state: what it waits for from now on
 * @command: the beginning of a command, without secrets
 */
void
postern_imap_begin_command (PosternImap *self, PosternImapState state, const char *command)
{
  PosternOutput *output = postern_logon_output (POSTERN_LOGON (self));

  g_snprintf (self->tag, sizeof self->tag, "A%03u", ++self->n_commands);
  self->state = state;
  self->n_untagged = 0;
  self->n_bytes = 0;
  self->fresh = FALSE;
  g_string_truncate (self->alerts, 0);
  postern_output_append (output, self->tag);
  postern_output_append (output, " ");
  postern_output_append (output, command);
}

PosternAction
postern_imap_send (PosternImap *self, PosternImapState state, const char *command)
{
  postern_imap_begin_command (self, state, command);
  postern_output_append (postern_logon_output (POSTERN_LOGON (self)), "\r\n");
  return POSTERN_ACTION_SEND;
}

static void
postern_imap_describe (PosternLogon *logon, PosternFailure *failure)
{
  PosternImap *self = POSTERN_IMAP (logon);

  failure->text = g_strconcat (self->alerts->str, self->text, NULL);
  failure->response_code = g_strdup (self->code);
  failure->refused = self->condition == POSTERN_IMAP_NO || self->condition == POSTERN_IMAP_BAD ||
                     self->condition == POSTERN_IMAP_BYE;
}

/* What the server said, without its tag, cut to a line of the ladder. */
static char *
summary_of (PosternImap *self)
{
  const char *blank = strchr (self->text, ' ');
  const char *words = blank != NULL ? blank + 1 : self->text;

  if (g_utf8_strlen (words, -1) > MAX_SUMMARY)
    return g_utf8_substring (words, 0, MAX_SUMMARY);
  return g_strdup (words);
}

/* --- Greeting, capabilities, STARTTLS --- */

static PosternAction
postern_imap_start (PosternMachine *machine)
{
  POSTERN_IMAP (machine)->drop = TRUE; /* until it greeted */
  postern_machine_begin_step (machine, POSTERN_STEP_GREETING);
  return POSTERN_ACTION_READ;
}

static void
begin_capabilities (PosternImap *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), postern_logon_has_tls (POSTERN_LOGON (self))
                                                        ? POSTERN_STEP_CAPABILITIES_TLS
                                                        : POSTERN_STEP_CAPABILITIES);
}

static PosternAction
postern_imap_ask_capabilities (PosternLogon *logon)
{
  begin_capabilities (POSTERN_IMAP (logon));
  return postern_imap_send (POSTERN_IMAP (logon), POSTERN_IMAP_CAPABILITY, "CAPABILITY");
}

/* A greeting that lists the capabilities saves asking for them. */
static PosternAction
greeting_reply (PosternImap *self)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  PosternMachine *machine = POSTERN_MACHINE (self);
  g_autofree char *summary = summary_of (self);
  gboolean preauth = self->condition == POSTERN_IMAP_PREAUTH;
  gboolean mangled = postern_mangling_of_text (summary + MIN (strlen (summary), 3));

  if (self->condition == POSTERN_IMAP_BYE)
    return postern_logon_fail_by_reply (logon, "greeting.refused");
  if (self->condition != POSTERN_IMAP_OK && !preauth)
    return postern_logon_fail_by_reply (logon, "protocol.unexpected-reply");

  self->drop = FALSE;
  if (mangled)
    postern_logon_note_mangled (logon, self->text);
  postern_machine_end_step (machine, POSTERN_STEP_GREETING,
                            preauth || mangled ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED,
                            summary);
  if (postern_logon_has_tls (logon))
    postern_machine_end_step (machine, POSTERN_STEP_CAPABILITIES, POSTERN_STATE_SKIPPED, NULL);
  if (!self->fresh && !preauth)
    return postern_imap_ask_capabilities (logon);

  if (self->fresh)
    {
      begin_capabilities (self);
      postern_imap_read_capabilities (self);
    }
  return preauth ? postern_logon_preauthenticated (logon) : postern_logon_begin (logon);
}

static PosternAction
capability_reply (PosternImap *self)
{
  if (self->condition != POSTERN_IMAP_OK || !self->fresh)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self),
                                        postern_logon_get_mangled (POSTERN_LOGON (self)) != NULL
                                          ? "middlebox.mangled"
                                          : "protocol.unexpected-reply");
  postern_imap_read_capabilities (self);
  return postern_logon_begin (POSTERN_LOGON (self));
}

static PosternAction
postern_imap_send_starttls (PosternLogon *logon)
{
  return postern_imap_send (POSTERN_IMAP (logon), POSTERN_IMAP_STARTTLS, "STARTTLS");
}

static PosternAction
starttls_reply (PosternImap *self)
{
  g_autofree char *summary = summary_of (self);

  if (self->condition != POSTERN_IMAP_OK)
    return postern_logon_fail_by_reply (
      POSTERN_LOGON (self), postern_logon_judge_refused_tls (POSTERN_LOGON (self), self->text));
  return postern_logon_start_tls (POSTERN_LOGON (self), summary);
}

/* --- The end --- */

static PosternAction
postern_imap_plan_done (PosternLogon *logon)
{
  postern_logon_skip_if_not_reached (logon, POSTERN_STEP_SENDER);
  if (postern_logon_plan (logon)->check_usable)
    return postern_imap_usable_start (POSTERN_IMAP (logon));
  postern_logon_skip_if_not_reached (logon, POSTERN_STEP_USABLE);
  return postern_imap_logout (POSTERN_IMAP (logon));
}

/**
 * postern_imap_logout:
 * @self: a machine that has done all it was to do
 *
 * Returns: SEND
 */
PosternAction
postern_imap_logout (PosternImap *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_LOGOFF);
  return postern_imap_send (self, POSTERN_IMAP_LOGOUT, "LOGOUT");
}

static PosternAction
logout_reply (PosternImap *self)
{
  g_autofree char *summary = summary_of (self);

  return postern_logon_end (POSTERN_LOGON (self), self->condition == POSTERN_IMAP_OK, summary);
}

static PosternAction
postern_imap_closed (PosternMachine *machine)
{
  POSTERN_IMAP (machine)->drop = TRUE;
  return postern_logon_closed (POSTERN_LOGON (machine));
}

static gboolean
postern_imap_farewell (PosternMachine *machine)
{
  PosternImap *self = POSTERN_IMAP (machine);
  gboolean over = postern_machine_get_failure (machine) != NULL;

  /* In the middle of LOGIN a command would be taken for a name or a password. */
  if (self->drop || self->state == POSTERN_IMAP_LOGOUT ||
      self->pending != POSTERN_IMAP_PENDING_NOTHING)
    return FALSE;
  if (self->state == POSTERN_IMAP_AUTHENTICATE && !over)
    postern_output_append (postern_machine_get_output (machine), "*\r\n");
  postern_imap_send (self, self->state, "LOGOUT");
  self->drop = TRUE; /* once */
  return TRUE;
}

/* --- The machine --- */

static PosternAction (*const replies[POSTERN_IMAP_N_STATES]) (PosternImap *self) = {
  [POSTERN_IMAP_GREETING] = greeting_reply,
  [POSTERN_IMAP_CAPABILITY] = capability_reply,
  [POSTERN_IMAP_STARTTLS] = starttls_reply,
  [POSTERN_IMAP_LOGIN] = postern_imap_auth_reply,
  [POSTERN_IMAP_AUTHENTICATE] = postern_imap_auth_reply,
  [POSTERN_IMAP_AUTH_CANCEL] = postern_imap_auth_reply,
  [POSTERN_IMAP_ID] = postern_imap_usable_reply,
  [POSTERN_IMAP_NAMESPACE] = postern_imap_usable_reply,
  [POSTERN_IMAP_EXAMINE] = postern_imap_usable_reply,
  [POSTERN_IMAP_LOGOUT] = logout_reply,
};

/* The line at hand answers the last command, or ends the session. */
static void
take_answer (PosternImap *self, PosternImapResponse *response)
{
  self->condition = response->condition;
  g_free (self->code);
  self->code = g_strdup (response->code);
}

static void
take_code (PosternImap *self, PosternImapResponse *response)
{
  if (g_strcmp0 (response->code, "CAPABILITY") == 0 && response->code_arguments != NULL)
    postern_imap_take_capabilities (self, response->code_arguments,
                                    strlen (response->code_arguments));
  /* Shown with whatever is said in the end (RFC 3501 section 7.1). */
  if (g_strcmp0 (response->code, "ALERT") == 0 && response->kind == POSTERN_IMAP_STATUS &&
      self->alerts->len < MAX_ALERTS)
    g_string_append_printf (self->alerts, "%s\n", self->text);
}

static PosternAction
fail_too_long (PosternImap *self, const char *detail)
{
  self->drop = TRUE;
  return postern_logon_fail_locally (POSTERN_LOGON (self), "protocol.too-long", detail);
}

/* The line at hand is no response of IMAP, or not to what we asked. */
static PosternAction
fail_malformed (PosternImap *self, const char *line, gsize length)
{
  self->drop = TRUE;
  return postern_logon_fail_malformed (POSTERN_LOGON (self), line, length, self->text);
}

/* RFC 3501 section 7.1.5: whatever was going on, the server is closing now. */
static PosternAction
feed_bye (PosternImap *self)
{
  if (self->state == POSTERN_IMAP_LOGOUT)
    return POSTERN_ACTION_READ;

  self->drop = TRUE;
  if (self->state == POSTERN_IMAP_GREETING)
    return greeting_reply (self);
  if (postern_logon_is_cancelled (POSTERN_LOGON (self)))
    return postern_logon_cancelled (POSTERN_LOGON (self));
  if (self->state == POSTERN_IMAP_LOGIN || self->state == POSTERN_IMAP_AUTHENTICATE)
    return postern_logon_refuse (POSTERN_LOGON (self));
  return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.closed");
}

static PosternAction
feed_untagged (PosternImap *self, PosternImapResponse *response)
{
  if (++self->n_untagged > MAX_UNTAGGED)
    return fail_too_long (self, _ ("A command was answered with more than 1,000 lines."));

  if (response->kind == POSTERN_IMAP_STATUS)
    {
      take_code (self, response);
      if (self->state == POSTERN_IMAP_GREETING || response->condition == POSTERN_IMAP_BYE)
        take_answer (self, response);
      if (response->condition == POSTERN_IMAP_BYE)
        return feed_bye (self);
      return self->state == POSTERN_IMAP_GREETING ? greeting_reply (self) : POSTERN_ACTION_READ;
    }
  if (self->state == POSTERN_IMAP_GREETING)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.malformed");

  if (strcmp (response->keyword, "CAPABILITY") == 0)
    postern_imap_take_capabilities (self, response->rest, response->n_rest);
  else if (strcmp (response->keyword, "EXISTS") == 0)
    self->n_messages = response->number;
  return POSTERN_ACTION_READ;
}

static PosternAction
feed_response (PosternImap *self, PosternImapResponse *response, const char *line, gsize length)
{
  switch (response->kind)
    {
    case POSTERN_IMAP_CONTINUATION:
      if (self->state == POSTERN_IMAP_LOGIN || self->state == POSTERN_IMAP_AUTHENTICATE)
        return postern_imap_auth_continue (self, response->rest, response->n_rest);
      if (postern_logon_is_cancelled (POSTERN_LOGON (self)))
        return postern_logon_cancelled (POSTERN_LOGON (self));
      if (self->state == POSTERN_IMAP_GREETING)
        return fail_malformed (self, line, length);
      return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");

    case POSTERN_IMAP_STATUS:
    case POSTERN_IMAP_DATA:
      return feed_untagged (self, response);

    case POSTERN_IMAP_TAGGED:
      if (self->state == POSTERN_IMAP_GREETING || strcmp (response->tag, self->tag) != 0)
        return fail_malformed (self, line, length);
      take_code (self, response);
      take_answer (self, response);
      return replies[self->state](self);

    case POSTERN_IMAP_NEITHER:
    default:
      return fail_malformed (self, line, length);
    }
}

/* A line that announces a literal is followed by so many bytes, and then by the rest of the
 * response. Nothing that comes in literals is of use here. */
static PosternAction
feed_literal (PosternImap *self, guint64 n_octets)
{
  if (n_octets > POSTERN_MAX_LITERAL || n_octets > MAX_BYTES - self->n_bytes)
    return fail_too_long (self, _ ("The server announced a literal of more than 32 KiB."));

  self->inside = TRUE;
  self->n_bytes += n_octets;
  return n_octets > 0 ? postern_machine_want_octets (POSTERN_MACHINE (self), n_octets)
                      : POSTERN_ACTION_READ;
}

static PosternAction
postern_imap_feed (PosternMachine *machine, const char *line, gsize length)
{
  PosternImap *self = POSTERN_IMAP (machine);
  g_auto (PosternImapResponse) response = { 0 };
  guint64 n_octets;

  if (length > MAX_BYTES - MIN (self->n_bytes, MAX_BYTES))
    return fail_too_long (self, _ ("A command was answered with more than 1 MiB."));
  self->n_bytes += length;

  /* The rest of a response that had a literal. */
  if (self->inside)
    {
      self->inside = FALSE;
      if (postern_imap_response_literal (line, length, &n_octets))
        return feed_literal (self, n_octets);
      return POSTERN_ACTION_READ;
    }

  postern_imap_response_parse (&response, line, length);
  if (response.kind == POSTERN_IMAP_DATA && self->state != POSTERN_IMAP_GREETING &&
      postern_imap_response_literal (line, length, &n_octets))
    {
      if (++self->n_untagged > MAX_UNTAGGED)
        return fail_too_long (self, _ ("A command was answered with more than 1,000 lines."));
      return feed_literal (self, n_octets);
    }

  if (response.kind != POSTERN_IMAP_DATA || self->state == POSTERN_IMAP_GREETING)
    {
      g_free (self->text);
      self->text = postern_text_show (postern_machine_get_redactor (machine), line, length);
    }
  return feed_response (self, &response, line, length);
}

static PosternAction
postern_imap_feed_octets (PosternMachine *machine, const char *bytes, gsize length)
{
  return POSTERN_ACTION_READ;
}

static void
postern_imap_finalize (GObject *object)
{
  PosternImap *self = POSTERN_IMAP (object);

  g_clear_pointer (&self->code, g_free);
  g_clear_pointer (&self->text, g_free);
  g_string_free (self->alerts, TRUE);
  g_clear_pointer (&self->capabilities, g_strfreev);

  G_OBJECT_CLASS (postern_imap_parent_class)->finalize (object);
}

static void
postern_imap_class_init (PosternImapClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  PosternMachineClass *machine_class = POSTERN_MACHINE_CLASS (klass);
  PosternLogonClass *logon_class = POSTERN_LOGON_CLASS (klass);

  object_class->finalize = postern_imap_finalize;
  machine_class->start = postern_imap_start;
  machine_class->feed = postern_imap_feed;
  machine_class->feed_octets = postern_imap_feed_octets;
  machine_class->closed = postern_imap_closed;
  machine_class->farewell = postern_imap_farewell;
  logon_class->ask_capabilities = postern_imap_ask_capabilities;
  logon_class->send_starttls = postern_imap_send_starttls;
  logon_class->plan_done = postern_imap_plan_done;
  logon_class->describe = postern_imap_describe;
  postern_imap_auth_class_init (logon_class);
}

static void
postern_imap_init (PosternImap *self)
{
  self->text = g_strdup ("");
  self->alerts = g_string_new (NULL);
  self->capabilities = g_new0 (char *, 1);
}

/**
 * postern_imap_new:
 * @plan: what to do
 *
 * The client's side of IMAP: RFC 3501 and RFC 9051, with RFC 2971, 4959, 5530 and 7888. No message
 * is fetched, and none marked: the mailbox is examined, never selected.
 *
 * Returns: (transfer full): a machine that was not started
 */
PosternMachine *
postern_imap_new (PosternPlan *plan)
{
  g_return_val_if_fail (plan != NULL, NULL);

  return g_object_new (POSTERN_TYPE_IMAP, "plan", plan, NULL);
}
