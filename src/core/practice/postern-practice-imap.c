/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "practice/postern-practice-auth.h"
#include "practice/postern-practice-serve.h"

#define N_COMMANDS_MAX 1000
#define N_ERRORS_MAX 20
#define TAG_MAX 32
#define LITERAL_MAX 1024
#define N_LITERALS_MAX 8 /* dropped in one command */
#define N_STATUS_ITEMS_MAX 16

typedef enum
{
  LITERAL_NONE,
  LITERAL_WAITING, /* {N}: comes when it is asked for */
  LITERAL_COMING,  /* {N+}: comes in any case (RFC 7888) */
} Literal;

typedef struct
{
  PracticePeer *peer;
  const PracticeBehaviour *behaviour;
  GTlsCertificate *certificate;

  char tag[TAG_MAX + 2]; /* with its blank */
  Literal literal;       /* at the end of the line read last, and its size */
  guint64 literal_size;
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
list_capabilities (Dialogue *self, gboolean authenticated)
{
  GString *list = g_string_new ("CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID NAMESPACE");
  const char *all = practice_auth_get_mechanisms (self->behaviour, POSTERN_PROTOCOL_IMAP);
  g_auto (GStrv) names = g_strsplit (all, " ", -1);

  if (authenticated)
    return g_string_free (list, FALSE);

  if (may_start_tls (self))
    g_string_append (list, " STARTTLS");
  if (!may_log_on (self) || self->behaviour->tokens_only)
    g_string_append (list, " LOGINDISABLED");
  for (gsize i = 0; may_log_on (self) && names[i] != NULL; i++)
    g_string_append_printf (list, " AUTH=%s", names[i]);
  return g_string_free (list, FALSE);
}

/* " [CAPABILITY ...]" for a greeting, or the reply to a logon; or nothing. */
static char *
make_capability_code (Dialogue *self, gboolean authenticated)
{
  g_autofree char *list = list_capabilities (self, authenticated);

  return self->behaviour->bare_greeting ? g_strdup ("") : g_strdup_printf (" [%s]", list);
}

static gboolean
do_capability (Dialogue *self, char *arguments)
{
  g_autofree char *list = list_capabilities (self, self->authenticated);

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

/* "{N}" or "{N+}" at the end of a line. */
static void
note_literal (Dialogue *self, const char *line, gsize length)
{
  const char *digits_end = line + length;
  const char *digits;
  gboolean coming;

  self->literal = LITERAL_NONE;
  if (length < 3 || *--digits_end != '}')
    return;
  coming = digits_end[-1] == '+';
  if (coming)
    digits_end--;
  for (digits = digits_end; digits > line && g_ascii_isdigit (digits[-1]);)
    digits--;
  if (digits == digits_end || digits == line || digits[-1] != '{')
    return;

  self->literal = coming ? LITERAL_COMING : LITERAL_WAITING;
  self->literal_size = g_ascii_strtoull (digits, NULL, 10); /* the greatest, if beyond that */
}

/* The literal, and the rest of the command behind it: one line of the peer, looked at where it
 * lies. */
static PracticeRead
read_literal (Dialogue *self, char **line, gsize *n_rest)
{
  gsize n = (gsize) self->literal_size; /* no more than LITERAL_MAX */
  gsize length = 0;
  PracticeRead result = practice_peer_read_past (self->peer, n, line, &length);

  self->literal = LITERAL_NONE;
  if (result != PRACTICE_READ_LINE)
    return result;
  *n_rest = length - n;
  note_literal (self, *line + n, *n_rest);
  return result;
}

/* What is sent without waiting for leave is no command, however the command that it belongs to
 * ended. FALSE: the connection ends. */
static gboolean
drop_literals (Dialogue *self)
{
  for (guint i = 0; self->literal == LITERAL_COMING; i++)
    {
      char *line = NULL;
      gsize n_rest = 0;
      PracticeRead result;

      if (self->literal_size > LITERAL_MAX || i == N_LITERALS_MAX)
        {
          practice_peer_reply (self->peer,
                               "* BYE [TOOBIG] That is more than a command may have\r\n");
          return FALSE;
        }
      result = read_literal (self, &line, &n_rest);
      if (result != PRACTICE_READ_LINE && result != PRACTICE_READ_TOO_LONG)
        return FALSE;
    }
  return TRUE;
}

/* A string as it is on the line, good until the next is taken. */
typedef struct
{
  const char *text;
  gsize length;
} String;

static gboolean
string_is (const String *string, const char *wanted)
{
  return string->length == strlen (wanted) && memcmp (string->text, wanted, string->length) == 0;
}

static gboolean
take_literal (Dialogue *self, char **p, String *string)
{
  const char *close = strchr (*p, '}');
  guint64 n = self->literal_size;
  gsize n_rest = 0;

  if (self->literal == LITERAL_NONE || close == NULL || close[1] != '\0' || n > LITERAL_MAX)
    return FALSE;
  if (self->literal == LITERAL_WAITING && !practice_peer_reply (self->peer, "+ Go ahead\r\n"))
    return FALSE;
  if (read_literal (self, p, &n_rest) != PRACTICE_READ_LINE)
    return FALSE;

  string->text = *p;
  string->length = n;
  *p += n;
  return strlen (*p) == n_rest;
}

/* Without its quotes and backslashes; they are taken out in place. */
static gboolean
take_quoted (char **p, String *string)
{
  char *from = *p + 1;
  char *to = from;

  string->text = to;
  for (; *from != '\0' && *from != '"'; from++)
    {
      if (*from == '\\' && *++from != '"' && *from != '\\')
        return FALSE;
      *to++ = *from;
    }
  if (*from != '"')
    return FALSE;

  string->length = (gsize) (to - string->text);
  *p = from + 1;
  return TRUE;
}

/* The astring of RFC 3501 at *@p: an atom, a quoted string or a literal. */
static gboolean
take_string (Dialogue *self, char **p, String *string)
{
  gsize n = 0;

  if (**p == '{')
    return take_literal (self, p, string);
  if (**p == '"')
    return take_quoted (p, string);

  while (g_ascii_isgraph ((*p)[n]) && strchr ("(){%*\"\\", (*p)[n]) == NULL)
    n++;
  string->text = *p;
  string->length = n;
  *p += n;
  return n > 0;
}

static gboolean
take_blank (char **p)
{
  return *(*p)++ == ' ';
}

static gboolean
do_login (Dialogue *self, char *arguments)
{
  const char *obstacle = find_obstacle (self);
  g_autofree char *code = make_capability_code (self, TRUE);
  String string = { NULL };
  char *p = arguments;
  gboolean right;
  const char *refusal;

  if (obstacle != NULL || self->behaviour->tokens_only)
    return refuse (self, obstacle != NULL ? obstacle : "NO LOGIN is disabled");
  if (!take_string (self, &p, &string))
    return refuse (self, "BAD Syntax: LOGIN name password");
  right = string_is (&string, POSTERN_PRACTICE_USER); /* the next may be read over it */
  if (!take_blank (&p) || !take_string (self, &p, &string) || *p != '\0')
    return refuse (self, "BAD Syntax: LOGIN name password");
  right = right && string_is (&string, POSTERN_PRACTICE_PASSWORD);

  refusal = practice_auth_judge_password (self->behaviour, POSTERN_PROTOCOL_IMAP, right);
  self->authenticated = refusal == NULL;
  if (refusal == NULL)
    return practice_peer_replyf (self->peer, "%sOK%s Logged in\r\n", self->tag, code);
  self->n_errors++;
  return practice_peer_replyf (self->peer, "%s%s", self->tag, refusal);
}

static gboolean
do_authenticate (Dialogue *self, char *arguments)
{
  g_autofree char *code = make_capability_code (self, TRUE);
  g_autofree char *accepted = g_strdup_printf ("OK%s Logged in\r\n", code);
  const PracticeDialect dialect = {
    .challenge = "+ ",
    .tag = self->tag,
    .accepted = accepted,
    .cancelled = "BAD Authentication cancelled\r\n",
    .not_base64 = "BAD The answer is not Base64\r\n",
    .too_long = "BAD The answer is too long\r\n",
    .unknown = "NO Unknown mechanism\r\n",
    .no_initial = "BAD The mechanism takes no initial response\r\n",
    .protocol = POSTERN_PROTOCOL_IMAP,
  };
  const char *obstacle = find_obstacle (self);

  if (obstacle != NULL)
    return refuse (self, obstacle);
  if (*arguments == '\0')
    return refuse (self, "BAD Syntax: AUTHENTICATE mechanism");

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

/* RFC 2971. What the client is called is not of interest. */
static gboolean
do_id (Dialogue *self, char *arguments)
{
  if (*arguments != '(' && g_ascii_strcasecmp (arguments, "NIL") != 0)
    return refuse (self, "BAD Syntax: ID NIL, or a list");
  return practice_peer_replyf (
    self->peer, "* ID (\"name\" \"Postern practice server\")\r\n%sOK ID completed\r\n", self->tag);
}

static gboolean
do_namespace (Dialogue *self, char *arguments)
{
  return practice_peer_replyf (
    self->peer, "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n%sOK Namespace completed\r\n", self->tag);
}

/* INBOX is all there is. An empty pattern asks for the delimiter. */
static gboolean
do_list (Dialogue *self, char *arguments)
{
  static const char delimiter[] = "* LIST (\\Noselect) \"/\" \"\"\r\n";
  static const char inbox[] = "* LIST (\\HasNoChildren) \"/\" INBOX\r\n";
  String reference = { NULL };
  char *p = arguments;
  g_autofree char *pattern = NULL;
  const char *listed = "";

  if (!take_string (self, &p, &reference) || !take_blank (&p))
    return refuse (self, "BAD Syntax: LIST \"\" pattern");

  if (*p == '"' || *p == '{')
    {
      String string = { NULL };

      if (!take_string (self, &p, &string) || *p != '\0')
        return refuse (self, "BAD Syntax: LIST \"\" pattern");
      pattern = g_ascii_strup (string.text, (gssize) string.length);
    }
  else if (*p == '\0' || strpbrk (p, " (){\"\\") != NULL)
    return refuse (self, "BAD Syntax: LIST \"\" pattern");
  else
    pattern = g_ascii_strup (p, -1);

  if (*pattern == '\0')
    listed = delimiter;
  else if (reference.length > 0)
    listed = ""; /* there is nothing below anything */
  else if (g_str_equal (pattern, "*") || g_str_equal (pattern, "%") ||
           g_str_equal (pattern, "INBOX"))
    listed = inbox;
  return practice_peer_replyf (self->peer, "%s%sOK List completed\r\n", listed, self->tag);
}

/* The name of a mailbox at *@p; @inbox: whether it is that. */
static gboolean
take_mailbox (Dialogue *self, char **p, gboolean *inbox)
{
  String name = { NULL };

  if (!take_string (self, p, &name))
    return FALSE;
  *inbox =
    name.length == strlen ("INBOX") && g_ascii_strncasecmp (name.text, "INBOX", name.length) == 0;
  return TRUE;
}

/* Nothing can be changed here, so SELECT is the same. */
static gboolean
do_examine (Dialogue *self, char *arguments)
{
  gboolean inbox = FALSE;

  if (!take_mailbox (self, &arguments, &inbox) || *arguments != '\0')
    return refuse (self, "BAD Syntax: the command takes the name of a mailbox");
  if (!inbox)
    return refuse (self, "NO [NONEXISTENT] There is no such mailbox");
  return practice_peer_replyf (self->peer,
                               "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
                               "* 2 EXISTS\r\n* 0 RECENT\r\n"
                               "* OK [UIDVALIDITY 1] UIDs valid\r\n"
                               "%sOK [READ-ONLY] Mailbox opened\r\n",
                               self->tag);
}

/* "(MESSAGES UNSEEN)": each with its number; NULL for one that is unknown. */
static char *
answer_status_items (const char *text)
{
  static const struct
  {
    const char *name;
    guint value;
  } items[] = {
    { "MESSAGES", 2 }, { "RECENT", 0 }, { "UIDNEXT", 3 }, { "UIDVALIDITY", 1 }, { "UNSEEN", 2 },
  };
  gsize length = strlen (text);
  g_autofree char *inside = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr(GString) answers = g_string_new (NULL);

  if (length < 3 || text[0] != '(' || text[length - 1] != ')')
    return NULL;
  inside = g_strndup (text + 1, length - 2);
  words = g_strsplit (inside, " ", N_STATUS_ITEMS_MAX);
  for (guint i = 0; words[i] != NULL; i++)
    {
      gsize k = 0;

      while (k < G_N_ELEMENTS (items) && g_ascii_strcasecmp (words[i], items[k].name) != 0)
        k++;
      if (k == G_N_ELEMENTS (items))
        return NULL;
      g_string_append_printf (answers, "%s%s %u", i > 0 ? " " : "", items[k].name, items[k].value);
    }
  return g_string_free (g_steal_pointer (&answers), FALSE);
}

static gboolean
do_status (Dialogue *self, char *arguments)
{
  g_autofree char *items = NULL;
  gboolean inbox = FALSE;

  if (take_mailbox (self, &arguments, &inbox) && take_blank (&arguments))
    items = answer_status_items (arguments);
  if (items == NULL)
    return refuse (self, "BAD Syntax: STATUS mailbox (items)");
  if (!inbox)
    return refuse (self, "NO [NONEXISTENT] There is no such mailbox");
  return practice_peer_replyf (self->peer, "* STATUS INBOX (%s)\r\n%sOK Status completed\r\n",
                               items, self->tag);
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
  gboolean alone;   /* takes no argument */
  CommandFunc run;
} commands[] = {
  { "CAPABILITY", FALSE, TRUE, do_capability },
  { "STARTTLS", FALSE, TRUE, do_starttls },
  { "LOGIN", FALSE, FALSE, do_login },
  { "AUTHENTICATE", FALSE, FALSE, do_authenticate },
  { "ID", FALSE, FALSE, do_id },
  { "NOOP", FALSE, TRUE, do_noop },
  { "LOGOUT", FALSE, TRUE, do_logout },
  { "NAMESPACE", TRUE, TRUE, do_namespace },
  { "LIST", TRUE, FALSE, do_list },
  { "SELECT", TRUE, FALSE, do_examine },
  { "EXAMINE", TRUE, FALSE, do_examine },
  { "STATUS", TRUE, FALSE, do_status },
};

/* RFC 3501, section 9: any ASTRING-CHAR but "+". */
static gboolean
take_tag (Dialogue *self, const char *line)
{
  gsize n = 0;

  while (g_ascii_isgraph (line[n]) && strchr ("(){%*\"\\+", line[n]) == NULL)
    n++;
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
      if (commands[i].alone && *arguments != '\0')
        return refuse (self, "BAD The command takes no argument");
      if (commands[i].mailbox && self->behaviour->not_connected)
        return refuse (self, "NO User is authenticated but not connected.");
      return commands[i].run (self, arguments);
    }
  return refuse (self, "BAD Unknown command");
}

static gboolean
greet (Dialogue *self)
{
  g_autofree char *code = NULL;

  self->authenticated = self->behaviour->preauth && !practice_peer_is_tls (self->peer);
  code = make_capability_code (self, self->authenticated);
  return practice_peer_replyf (self->peer, "* %s%s Postern practice server ready\r\n",
                               self->authenticated ? "PREAUTH" : "OK", code);
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
          note_literal (&self, line, length);
          more = run_command (&self, line, length) && drop_literals (&self);
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
