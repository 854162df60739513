/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "practice/postern-practice-auth.h"
#include "practice/postern-practice-serve.h"

#define N_COMMANDS_MAX 1000
#define N_ERRORS_MAX 20
#define TAG_MAX 32
#define LITERAL_MAX 1024

typedef struct
{
  PracticePeer *peer;
  const PracticeBehaviour *behaviour;
  GTlsCertificate *certificate;

  char tag[TAG_MAX + 2]; /* with its blank */
  gboolean authenticated;
  guint n_errors;
} Dialogue;

/* FALSE: the connection ends. */
typedef gboolean (*CommandFunc) (Dialogue *self, char *arguments);

static gboolean
answer (Dialogue *self, const char *reply)
{
  return practice_peer_replyf (self->peer, "%s%s\r\n", self->tag, reply);
}

static gboolean
refuse (Dialogue *self, const char *reply)
{
  self->n_errors++;
  return answer (self, reply);
}

static gboolean
may_start_tls (Dialogue *self)
{
  return !practice_peer_is_tls (self->peer) && !self->authenticated &&
         self->behaviour->starttls != PRACTICE_STARTTLS_MISSING;
}

/* Whether a password would be taken now. */
static gboolean
may_log_on (Dialogue *self)
{
  return !may_start_tls (self) &&
         (practice_peer_is_tls (self->peer) || !self->behaviour->login_disabled);
}

static char *
list_capabilities (Dialogue *self)
{
  GString *list = g_string_new ("CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID NAMESPACE");
  g_auto (GStrv) names = g_strsplit (practice_auth_get_mechanisms (self->behaviour), " ", -1);

  if (may_start_tls (self))
    g_string_append (list, " STARTTLS");
  if (!self->authenticated && (!may_log_on (self) || self->behaviour->tokens_only))
    g_string_append (list, " LOGINDISABLED");
  for (gsize i = 0; !self->authenticated && may_log_on (self) && names[i] != NULL; i++)
    g_string_append_printf (list, " AUTH=%s", names[i]);
  return g_string_free (list, FALSE);
}

static gboolean
do_capability (Dialogue *self, char *arguments)
{
  g_autofree char *list = list_capabilities (self);

  return practice_peer_replyf (self->peer, "* %s\r\n%sOK Capabilities listed\r\n", list, self->tag);
}

static gboolean
do_starttls (Dialogue *self, char *arguments)
{
  gboolean injected = self->behaviour->starttls == PRACTICE_STARTTLS_INJECTED;

  if (!may_start_tls (self))
    return refuse (self, "BAD STARTTLS is not possible now");
  if (self->behaviour->starttls == PRACTICE_STARTTLS_REFUSED)
    return refuse (self, "NO [UNAVAILABLE] TLS not available due to local problem");
  if (practice_peer_has_unread (self->peer))
    {
      answer (self, "BAD Commands arrived together with STARTTLS");
      return FALSE;
    }
  return practice_peer_replyf (self->peer, "%sOK Begin TLS negotiation now\r\n%s", self->tag,
                               injected ? "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" : "") &&
         practice_peer_start_tls (self->peer, self->certificate);
}

/* NULL where it is time to log on. */
static const char *
find_obstacle (Dialogue *self)
{
  if (self->authenticated)
    return "BAD Already logged in";
  if (!may_log_on (self))
    return "NO [PRIVACYREQUIRED] Plaintext authentication disallowed without TLS";
  return NULL;
}

/* "{N}" or "{N+}" at the end of @text: the client sends so many bytes next. Asks for them, and
 * gives the line that they begin. */
static gboolean
take_literal (Dialogue *self, const char *text, char **line, gsize *n_literal)
{
  gsize length = strlen (text);
  gboolean wait = length >= 2 && text[length - 2] != '+';
  guint64 n = g_ascii_strtoull (text + 1, NULL, 10);
  gsize n_line = 0;

  if (*text != '{' || length < 3 || text[length - 1] != '}' || n > LITERAL_MAX)
    return FALSE;
  if (wait && !practice_peer_reply (self->peer, "+ Go ahead\r\n"))
    return FALSE;
  if (practice_peer_read_line (self->peer, line, &n_line) != PRACTICE_READ_LINE || n_line < n)
    return FALSE;
  *n_literal = n;
  return TRUE;
}

/* One string of LOGIN at *@p: an atom, a quoted string or a literal. It is only compared: it is
 * wiped with the line it is in. */
static gboolean
take_string (Dialogue *self, char **p, const char *wanted, gboolean *right)
{
  gsize n = 0;

  if (**p == '{')
    {
      if (!take_literal (self, *p, p, &n))
        return FALSE;
      *right = n == strlen (wanted) && memcmp (*p, wanted, n) == 0;
      *p += n;
      return TRUE;
    }
  if (**p != '"')
    {
      n = strcspn (*p, " ");
      *right = n == strlen (wanted) && memcmp (*p, wanted, n) == 0;
      *p += n;
      return n > 0;
    }

  *right = TRUE;
  for ((*p)++; **p != '\0' && **p != '"'; (*p)++, n++)
    {
      if (**p == '\\' && (*p)[1] != '\0')
        (*p)++;
      *right = *right && n < strlen (wanted) && **p == wanted[n];
    }
  *right = *right && n == strlen (wanted);
  if (**p != '"')
    return FALSE;
  (*p)++;
  return TRUE;
}

static gboolean
do_login (Dialogue *self, char *arguments)
{
  const char *obstacle = find_obstacle (self);
  char *p = arguments;
  gboolean user_right = FALSE;
  gboolean right = FALSE;
  const char *refusal;

  if (obstacle != NULL || self->behaviour->tokens_only)
    return refuse (self, obstacle != NULL ? obstacle : "NO LOGIN is disabled");
  if (!take_string (self, &p, POSTERN_PRACTICE_USER, &user_right) || *p != ' ')
    return refuse (self, "BAD Syntax: LOGIN name password");
  p++;
  if (!take_string (self, &p, POSTERN_PRACTICE_PASSWORD, &right) || *p != '\0')
    return refuse (self, "BAD Syntax: LOGIN name password");

  refusal =
    practice_auth_judge_password (self->behaviour, POSTERN_PROTOCOL_IMAP, user_right && right);
  self->authenticated = refusal == NULL;
  if (refusal == NULL)
    return answer (self, "OK Logged in");
  self->n_errors++;
  return practice_peer_replyf (self->peer, "%s%s", self->tag, refusal);
}

static gboolean
do_authenticate (Dialogue *self, char *arguments)
{
  const PracticeDialect dialect = {
    .challenge = "+ ",
    .tag = self->tag,
    .accepted = "OK Logged in\r\n",
    .cancelled = "BAD Authentication cancelled\r\n",
    .not_base64 = "BAD The answer is not Base64\r\n",
    .too_long = "BAD The answer is too long\r\n",
    .unknown = "NO Unknown mechanism\r\n",
    .protocol = POSTERN_PROTOCOL_IMAP,
  };
  const char *obstacle = find_obstacle (self);

  if (obstacle != NULL)
    return refuse (self, obstacle);

  switch (practice_auth_run (self->peer, self->behaviour, &dialect, arguments))
    {
    case PRACTICE_AUTH_ACCEPTED:
      self->authenticated = TRUE;
      return TRUE;

    case PRACTICE_AUTH_REFUSED:
      self->n_errors++;
      return TRUE;

    case PRACTICE_AUTH_LOST:
    default:
      return FALSE;
    }
}

static gboolean
do_id (Dialogue *self, char *arguments)
{
  return practice_peer_replyf (
    self->peer, "* ID (\"name\" \"Postern practice server\")\r\n%sOK ID completed\r\n", self->tag);
}

static gboolean
do_namespace (Dialogue *self, char *arguments)
{
  return practice_peer_replyf (
    self->peer, "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n%sOK Namespace completed\r\n", self->tag);
}

static gboolean
do_list (Dialogue *self, char *arguments)
{
  return practice_peer_replyf (
    self->peer, "* LIST (\\HasNoChildren) \"/\" INBOX\r\n%sOK List completed\r\n", self->tag);
}

static gboolean
is_inbox (const char *arguments)
{
  return g_ascii_strcasecmp (arguments, "INBOX") == 0 ||
         g_ascii_strcasecmp (arguments, "\"INBOX\"") == 0;
}

/* Nothing can be changed here, so SELECT is the same. */
static gboolean
do_examine (Dialogue *self, char *arguments)
{
  if (!is_inbox (arguments))
    return refuse (self, "NO [NONEXISTENT] There is no such mailbox");
  return practice_peer_replyf (self->peer,
                               "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
                               "* 2 EXISTS\r\n* 0 RECENT\r\n"
                               "* OK [UIDVALIDITY 1] UIDs valid\r\n"
                               "%sOK [READ-ONLY] Mailbox opened\r\n",
                               self->tag);
}

static gboolean
do_noop (Dialogue *self, char *arguments)
{
  return answer (self, "OK NOOP completed");
}

static gboolean
do_logout (Dialogue *self, char *arguments)
{
  practice_peer_replyf (self->peer, "* BYE Logging out\r\n%sOK Logout completed\r\n", self->tag);
  return FALSE;
}

static const struct
{
  const char *verb;
  gboolean mailbox; /* only after the logon */
  CommandFunc run;
} commands[] = {
  { "CAPABILITY", FALSE, do_capability },
  { "STARTTLS", FALSE, do_starttls },
  { "LOGIN", FALSE, do_login },
  { "AUTHENTICATE", FALSE, do_authenticate },
  { "ID", FALSE, do_id },
  { "NOOP", FALSE, do_noop },
  { "LOGOUT", FALSE, do_logout },
  { "NAMESPACE", TRUE, do_namespace },
  { "LIST", TRUE, do_list },
  { "SELECT", TRUE, do_examine },
  { "EXAMINE", TRUE, do_examine },
};

static gboolean
take_tag (Dialogue *self, const char *line)
{
  gsize n = strspn (line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

  if (n == 0 || n > TAG_MAX || line[n] != ' ')
    return FALSE;
  memcpy (self->tag, line, n + 1);
  self->tag[n + 1] = '\0';
  return TRUE;
}

static gboolean
run_command (Dialogue *self, char *line, gsize length)
{
  char *verb;
  char *arguments;
  gsize n_verb;

  if (strlen (line) != length || !take_tag (self, line))
    {
      self->n_errors++;
      return practice_peer_reply (self->peer, "* BAD A command begins with a tag\r\n");
    }

  verb = line + strlen (self->tag);
  n_verb = strcspn (verb, " ");
  arguments = verb + n_verb + (verb[n_verb] == ' ' ? 1 : 0);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (strlen (commands[i].verb) != n_verb ||
          g_ascii_strncasecmp (commands[i].verb, verb, n_verb) != 0)
        continue;
      if (commands[i].mailbox && !self->authenticated)
        return refuse (self, "BAD Log in first");
      if (commands[i].mailbox && self->behaviour->not_connected)
        return refuse (self, "NO User is authenticated but not connected.");
      return commands[i].run (self, arguments);
    }
  return refuse (self, "BAD Unknown command");
}

static gboolean
greet (Dialogue *self)
{
  g_autofree char *list = NULL;

  self->authenticated = self->behaviour->preauth && !practice_peer_is_tls (self->peer);
  list = list_capabilities (self);
  return practice_peer_replyf (self->peer, "* %s [%s] Postern practice server ready\r\n",
                               self->authenticated ? "PREAUTH" : "OK", list);
}

/* RFC 3501, 2971, 4959, 5530 and 7888. */
void
practice_imap_converse (PracticePeer *peer,
                        const PracticeBehaviour *behaviour,
                        GTlsCertificate *certificate)
{
  Dialogue self = { .peer = peer, .behaviour = behaviour, .certificate = certificate };
  char *line = NULL;
  gsize length = 0;

  if (!greet (&self))
    return;

  for (guint i = 0; i < N_COMMANDS_MAX && self.n_errors < N_ERRORS_MAX; i++)
    {
      gboolean more = FALSE;

      switch (practice_peer_read_line (peer, &line, &length))
        {
        case PRACTICE_READ_LINE:
          more = run_command (&self, line, length);
          break;

        case PRACTICE_READ_TOO_LONG:
          self.n_errors++;
          more = practice_peer_reply (peer, "* BAD Line too long\r\n");
          break;

        case PRACTICE_READ_IDLE:
          practice_peer_reply (peer, "* BYE Disconnected for inactivity\r\n");
          break;

        case PRACTICE_READ_END:
        default:
          break;
        }

      if (!more)
        return;
    }

  practice_peer_reply (peer, "* BYE Too many errors\r\n");
}
