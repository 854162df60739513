/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-pop3.h"

#include "protocol/postern-mangling.h"
#include "protocol/postern-pop3-private.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* The bounds of a multi-line reply; a mailbox may hold more messages than is usual. */
#define MAX_LINES 1000
#define MAX_LISTED_LINES 20000
#define MAX_BYTES (1024 * 1024)

/* A summary shows so many characters of what a server said. */
#define MAX_SUMMARY 100

G_DEFINE_FINAL_TYPE (PosternPop3, postern_pop3, POSTERN_TYPE_LOGON)

/**
 * postern_pop3_send:
 * @self: a machine
 * @state: what it waits for from now on
 * @command: without its line end and without secrets
 *
 * Returns: SEND
 */
PosternAction
postern_pop3_send (PosternPop3 *self, PosternPop3State state, const char *command)
{
  PosternOutput *output = postern_logon_output (POSTERN_LOGON (self));

  self->state = state;
  postern_output_append (output, command);
  postern_output_append (output, "\r\n");
  return POSTERN_ACTION_SEND;
}

/**
 * postern_pop3_dup_response_code:
 * @text: a reply, "-ERR [IN-USE] …"
 *
 * Returns: (nullable) (transfer full): the code in brackets (RFC 2449 section 8), in upper case
 */
char *
postern_pop3_dup_response_code (const char *text)
{
  const char *open = strchr (text, ' ');
  gsize length;

  if (open == NULL || open[1] != '[')
    return NULL;
  open += 2;
  length = strcspn (open, "]");
  if (length == 0 || length > 64 || open[length] != ']')
    return NULL;
  return g_ascii_strup (open, (gssize) length);
}

static void
postern_pop3_describe (PosternLogon *logon, PosternFailure *failure)
{
  PosternPop3 *self = POSTERN_POP3 (logon);

  failure->text = g_strdup (self->text);
  failure->refused = self->status == POSTERN_POP3_ERR;
  if (self->text != NULL)
    failure->response_code = postern_pop3_dup_response_code (self->text);
}

/* What the server said, cut to a line of the ladder. */
static char *
summary_of (PosternPop3 *self)
{
  if (g_utf8_strlen (self->text, -1) > MAX_SUMMARY)
    return g_utf8_substring (self->text, 0, MAX_SUMMARY);
  return g_strdup (self->text);
}

/* --- Greeting, capabilities, STLS --- */

static PosternAction
postern_pop3_start (PosternMachine *machine)
{
  POSTERN_POP3 (machine)->drop = TRUE; /* until it greeted */
  postern_machine_begin_step (machine, POSTERN_STEP_GREETING);
  return POSTERN_ACTION_READ;
}

static PosternAction
postern_pop3_ask_capabilities (PosternLogon *logon)
{
  PosternPop3 *self = POSTERN_POP3 (logon);
  gboolean tls = postern_logon_has_tls (logon);

  /* RFC 2595 section 4: what was learned in clear text is discarded, and the stamp was; somebody
   * on the way may have chosen it. */
  if (tls && postern_machine_get_step_state (POSTERN_MACHINE (self), POSTERN_STEP_STARTTLS) ==
               POSTERN_STATE_PASSED)
    g_clear_pointer (&self->stamp, g_free);
  postern_machine_begin_step (POSTERN_MACHINE (self),
                              tls ? POSTERN_STEP_CAPABILITIES_TLS : POSTERN_STEP_CAPABILITIES);
  return postern_pop3_send (self, POSTERN_POP3_CAPA, "CAPA");
}

static PosternAction
greeting_reply (PosternPop3 *self)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  PosternMachine *machine = POSTERN_MACHINE (self);
  g_autofree char *summary = summary_of (self);
  gboolean mangled = postern_mangling_of_text (self->text + MIN (strlen (self->text), 3));

  self->drop = FALSE;
  if (self->status == POSTERN_POP3_ERR)
    return postern_logon_fail_by_reply (logon, "greeting.refused");
  if (mangled)
    postern_logon_note_mangled (logon, self->text);
  postern_machine_end_step (machine, POSTERN_STEP_GREETING,
                            mangled ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED, summary);
  if (postern_logon_has_tls (logon))
    postern_machine_end_step (machine, POSTERN_STEP_CAPABILITIES, POSTERN_STATE_SKIPPED, NULL);
  return postern_pop3_ask_capabilities (logon);
}

static PosternAction
capa_reply (PosternPop3 *self)
{
  postern_pop3_read_capabilities (self);
  return postern_logon_begin (POSTERN_LOGON (self));
}

static PosternAction
postern_pop3_send_starttls (PosternLogon *logon)
{
  return postern_pop3_send (POSTERN_POP3 (logon), POSTERN_POP3_STLS, "STLS");
}

static PosternAction
stls_reply (PosternPop3 *self)
{
  g_autofree char *summary = summary_of (self);

  if (self->status == POSTERN_POP3_ERR)
    return postern_logon_fail_by_reply (
      POSTERN_LOGON (self), postern_logon_judge_refused_tls (POSTERN_LOGON (self), self->text));
  return postern_logon_start_tls (POSTERN_LOGON (self), summary);
}

/* --- The end --- */

static PosternAction
postern_pop3_plan_done (PosternLogon *logon)
{
  postern_logon_skip_if_not_reached (logon, POSTERN_STEP_SENDER);
  if (postern_logon_plan (logon)->check_usable)
    return postern_pop3_usable_start (POSTERN_POP3 (logon));
  postern_logon_skip_if_not_reached (logon, POSTERN_STEP_USABLE);
  return postern_pop3_leave (POSTERN_POP3 (logon));
}

/**
 * postern_pop3_leave:
 * @self: a machine that has done all that the plan asked for
 *
 * Returns: SEND, or PAUSE where the session stays open
 */
PosternAction
postern_pop3_leave (PosternPop3 *self)
{
  if (!postern_logon_plan (POSTERN_LOGON (self))->stay)
    return postern_pop3_quit (self);

  self->state = POSTERN_POP3_IDLE;
  return postern_logon_stay (POSTERN_LOGON (self));
}

/**
 * postern_pop3_quit:
 * @self: a machine that has done all it was to do
 *
 * Returns: SEND
 */
PosternAction
postern_pop3_quit (PosternPop3 *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_LOGOFF);
  return postern_pop3_send (self, POSTERN_POP3_QUIT, "QUIT");
}

static PosternAction
quit_reply (PosternPop3 *self)
{
  g_autofree char *summary = summary_of (self);

  postern_pop3_note_reply (self);
  return postern_logon_end (POSTERN_LOGON (self), self->status == POSTERN_POP3_OK, summary);
}

static PosternAction
postern_pop3_closed (PosternMachine *machine)
{
  POSTERN_POP3 (machine)->drop = TRUE;
  return postern_logon_closed (POSTERN_LOGON (machine));
}

static gboolean
postern_pop3_farewell (PosternMachine *machine)
{
  PosternPop3 *self = POSTERN_POP3 (machine);
  PosternOutput *output = postern_machine_get_output (machine);

  if (self->drop || self->state == POSTERN_POP3_QUIT)
    return FALSE;
  if (self->state == POSTERN_POP3_AUTH && postern_machine_get_failure (machine) == NULL)
    postern_output_append (output, "*\r\n");
  postern_output_append (output, "QUIT\r\n");
  self->drop = TRUE; /* once */
  return TRUE;
}

/* --- The machine --- */

static PosternAction (*const replies[POSTERN_POP3_N_STATES]) (PosternPop3 *self) = {
  [POSTERN_POP3_GREETING] = greeting_reply,
  [POSTERN_POP3_CAPA] = capa_reply,
  [POSTERN_POP3_STLS] = stls_reply,
  [POSTERN_POP3_USER] = postern_pop3_user_reply,
  [POSTERN_POP3_STAT] = postern_pop3_usable_reply,
  [POSTERN_POP3_LIST] = postern_pop3_usable_reply,
  [POSTERN_POP3_UIDL] = postern_pop3_usable_reply,
  [POSTERN_POP3_IDLE] = postern_pop3_operation_reply,
  [POSTERN_POP3_OPERATION] = postern_pop3_operation_reply,
  [POSTERN_POP3_OPERATION_LIST] = postern_pop3_operation_reply,
  [POSTERN_POP3_OPERATION_UIDL] = postern_pop3_operation_reply,
  [POSTERN_POP3_OPERATION_TOP] = postern_pop3_operation_reply,
  [POSTERN_POP3_OPERATION_RETR] = postern_pop3_operation_reply,
  [POSTERN_POP3_QUIT] = quit_reply,
};

static gboolean
begins (const char *line, gsize length, const char *word)
{
  gsize n = strlen (word);

  return length >= n && g_ascii_strncasecmp (line, word, n) == 0 &&
         (length == n || line[n] == ' ' || line[n] == '\t');
}

static PosternPop3Status
read_status (const char *line, gsize length)
{
  if (begins (line, length, "+OK"))
    return POSTERN_POP3_OK;
  if (begins (line, length, "-ERR"))
    return POSTERN_POP3_ERR;
  return begins (line, length, "+") ? POSTERN_POP3_CHALLENGE : POSTERN_POP3_NEITHER;
}

static gboolean
is_multi_line (PosternPop3State state)
{
  return state == POSTERN_POP3_CAPA || state == POSTERN_POP3_LIST || state == POSTERN_POP3_UIDL ||
         (state >= POSTERN_POP3_OPERATION_LIST && state <= POSTERN_POP3_OPERATION_RETR);
}

static gboolean
is_message (PosternPop3State state)
{
  return state == POSTERN_POP3_OPERATION_TOP || state == POSTERN_POP3_OPERATION_RETR;
}

static guint
max_lines (PosternPop3State state)
{
  return state == POSTERN_POP3_OPERATION_LIST || state == POSTERN_POP3_OPERATION_UIDL
           ? MAX_LISTED_LINES
           : MAX_LINES;
}

/* A line of a multi-line reply (RFC 1939 section 3). */
static PosternAction
collect (PosternPop3 *self, const char *line, gsize length)
{
  PosternRedactor *redactor = postern_machine_get_redactor (POSTERN_MACHINE (self));

  if (length == 1 && line[0] == '.')
    {
      self->collecting = FALSE;
      return replies[self->state](self);
    }
  if (self->lines->len >= max_lines (self->state) || length > MAX_BYTES - self->n_bytes)
    {
      self->drop = TRUE;
      return postern_logon_fail_locally (POSTERN_LOGON (self), "protocol.too-long",
                                         _ ("A reply has more than 1,000 lines or 1 MiB."));
    }
  if (length > 0 && line[0] == '.')
    {
      line++;
      length--;
    }
  self->n_bytes += length;
  if (is_message (self->state))
    postern_pop3_collect_header (self, postern_text_show (redactor, line, length));
  else
    g_ptr_array_add (self->lines, postern_text_show (redactor, line, length));
  return POSTERN_ACTION_READ;
}

/* The line at hand is no reply of POP3. */
static PosternAction
fail_malformed (PosternPop3 *self, const char *line, gsize length)
{
  self->drop = TRUE;
  return postern_logon_fail_malformed (POSTERN_LOGON (self), line, length, self->text);
}

static gboolean
is_exchange (PosternPop3State state)
{
  return state == POSTERN_POP3_PASS || state == POSTERN_POP3_APOP || state == POSTERN_POP3_AUTH;
}

static PosternAction
postern_pop3_feed (PosternMachine *machine, const char *line, gsize length)
{
  PosternPop3 *self = POSTERN_POP3 (machine);

  if (self->collecting)
    return collect (self, line, length);

  g_free (self->text);
  self->text = postern_text_show (postern_machine_get_redactor (machine), line, length);
  self->status = read_status (line, length);
  if (self->status == POSTERN_POP3_NEITHER)
    return fail_malformed (self, line, length);
  if (self->state == POSTERN_POP3_AUTH_CANCEL)
    return postern_logon_cancelled (POSTERN_LOGON (self));
  if (is_exchange (self->state))
    return postern_pop3_auth_reply (self, line + MIN (length, 2), length - MIN (length, 2));
  if (self->status == POSTERN_POP3_CHALLENGE)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.unexpected-reply");

  if (self->state == POSTERN_POP3_GREETING)
    self->stamp = postern_pop3_find_stamp (line, length);
  g_ptr_array_set_size (self->lines, 0);
  self->n_bytes = 0;
  if (self->status == POSTERN_POP3_OK && is_multi_line (self->state))
    {
      self->collecting = TRUE;
      self->in_body = FALSE;
      return POSTERN_ACTION_READ;
    }
  return replies[self->state](self);
}

static void
postern_pop3_finalize (GObject *object)
{
  PosternPop3 *self = POSTERN_POP3 (object);

  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_clear_pointer (&self->stamp, g_free);

  G_OBJECT_CLASS (postern_pop3_parent_class)->finalize (object);
}

static void
postern_pop3_class_init (PosternPop3Class *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  PosternMachineClass *machine_class = POSTERN_MACHINE_CLASS (klass);
  PosternLogonClass *logon_class = POSTERN_LOGON_CLASS (klass);

  object_class->finalize = postern_pop3_finalize;
  machine_class->start = postern_pop3_start;
  machine_class->feed = postern_pop3_feed;
  machine_class->closed = postern_pop3_closed;
  machine_class->farewell = postern_pop3_farewell;
  machine_class->operate = postern_pop3_operate;
  logon_class->ask_capabilities = postern_pop3_ask_capabilities;
  logon_class->send_starttls = postern_pop3_send_starttls;
  logon_class->plan_done = postern_pop3_plan_done;
  logon_class->describe = postern_pop3_describe;
  postern_pop3_auth_class_init (logon_class);
}

static void
postern_pop3_init (PosternPop3 *self)
{
  self->lines = g_ptr_array_new_with_free_func (g_free);
}

/**
 * postern_pop3_new:
 * @plan: what to do
 *
 * The client's side of POP3: RFC 1939, with RFC 2449, 2595, 3206 and 5034. Nothing is retrieved
 * and nothing deleted.
 *
 * Returns: (transfer full): a machine that was not started
 */
PosternMachine *
postern_pop3_new (PosternPlan *plan)
{
  g_return_val_if_fail (plan != NULL, NULL);

  return g_object_new (POSTERN_TYPE_POP3, "plan", plan, NULL);
}
