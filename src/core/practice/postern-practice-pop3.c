/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "practice/postern-practice-auth.h"
#include "practice/postern-practice-serve.h"

#define N_COMMANDS_MAX 1000
#define N_ERRORS_MAX 20

/* The mailbox of everybody. */
static const char *const messages[] = {
  "From: postern@practice.localhost\r\nSubject: Welcome\r\n\r\nThis is a message to practise "
  "on.\r\n",
  "From: postern@practice.localhost\r\nSubject: A second one\r\n\r\nNothing can be deleted "
  "here.\r\n",
};

typedef struct
{
  PracticePeer *peer;
  const PracticeBehaviour *behaviour;
  GTlsCertificate *certificate;

  char *stamp; /* for APOP; empty where that is not taken */
  gboolean has_user;
  gboolean user_right;
  gboolean authenticated;
  guint n_errors;
} Dialogue;

/* FALSE: the connection ends. */
typedef gboolean (*CommandFunc) (Dialogue *self, char *arguments);

static const PracticeDialect dialect = {
  .challenge = "+ ",
  .tag = "",
  .accepted = "+OK Logged in.\r\n",
  .cancelled = "-ERR Authentication cancelled\r\n",
  .not_base64 = "-ERR The answer is not Base64\r\n",
  .too_long = "-ERR The answer is too long\r\n",
  .unknown = "-ERR Unknown mechanism\r\n",
  .no_initial = "-ERR The mechanism takes no initial response\r\n",
  .protocol = POSTERN_PROTOCOL_POP3,
};

static gboolean
refuse (Dialogue *self, const char *reply)
{
  self->n_errors++;
  return practice_peer_reply (self->peer, reply);
}

static gboolean
may_start_tls (Dialogue *self)
{
  return !practice_peer_is_tls (self->peer) &&
         self->behaviour->starttls != PRACTICE_STARTTLS_MISSING;
}

/* Logging on is offered where it would be taken: under TLS, or where there is none to be had. */
static gboolean
do_capa (Dialogue *self, char *arguments)
{
  static const char common[] = "+OK\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n"
                               "IMPLEMENTATION Postern-practice\r\n";

  if (self->authenticated || may_start_tls (self))
    return practice_peer_replyf (self->peer, "%s%s.\r\n", common,
                                 may_start_tls (self) ? "STLS\r\n" : "");
  return practice_peer_replyf (
    self->peer, "%s%sSASL %s\r\n.\r\n", common, self->behaviour->tokens_only ? "" : "USER\r\n",
    practice_auth_get_mechanisms (self->behaviour, POSTERN_PROTOCOL_POP3));
}

static gboolean
do_stls (Dialogue *self, char *arguments)
{
  static const char ready[] = "+OK Begin TLS negotiation\r\n";
  static const char injected[] = "+OK Begin TLS negotiation\r\n+OK\r\nUSER\r\n.\r\n";

  if (self->authenticated || practice_peer_is_tls (self->peer))
    return refuse (self, "-ERR Not now\r\n");
  if (self->behaviour->starttls == PRACTICE_STARTTLS_MISSING)
    return refuse (self, "-ERR Unknown command\r\n");
  if (self->behaviour->starttls == PRACTICE_STARTTLS_REFUSED)
    return refuse (self, "-ERR [SYS/TEMP] TLS not available due to local problem\r\n");
  if (practice_peer_has_unread (self->peer))
    {
      practice_peer_reply (self->peer, "-ERR Commands arrived together with STLS\r\n");
      return FALSE;
    }

  self->has_user = FALSE;
  return practice_peer_reply (self->peer, self->behaviour->starttls == PRACTICE_STARTTLS_INJECTED
                                            ? injected
                                            : ready) &&
         practice_peer_start_tls (self->peer, self->certificate);
}

/* NULL where it is time to log on. */
static const char *
find_obstacle (Dialogue *self)
{
  if (self->authenticated)
    return "-ERR Already logged in\r\n";
  if (may_start_tls (self))
    return "-ERR Plaintext authentication disallowed, use STLS first\r\n";
  return NULL;
}

static gboolean
end_password (Dialogue *self, gboolean right)
{
  const char *refusal =
    practice_auth_judge_password (self->behaviour, POSTERN_PROTOCOL_POP3, right);

  self->has_user = FALSE;
  self->authenticated = refusal == NULL;
  return refusal != NULL ? refuse (self, refusal)
                         : practice_peer_reply (self->peer, dialect.accepted);
}

static gboolean
do_user (Dialogue *self, char *arguments)
{
  const char *obstacle = find_obstacle (self);

  if (obstacle != NULL)
    return refuse (self, obstacle);
  if (self->behaviour->tokens_only || *arguments == '\0')
    return refuse (self, "-ERR USER is not taken\r\n");
  self->has_user = TRUE;
  self->user_right = g_str_equal (arguments, POSTERN_PRACTICE_USER);
  return practice_peer_reply (self->peer, "+OK\r\n");
}

static gboolean
do_pass (Dialogue *self, char *arguments)
{
  if (!self->has_user)
    return refuse (self, "-ERR No username given\r\n");
  return end_password (self,
                       self->user_right && g_str_equal (arguments, POSTERN_PRACTICE_PASSWORD));
}

static gboolean
do_apop (Dialogue *self, char *arguments)
{
  const char *obstacle = find_obstacle (self);
  g_autofree char *both = g_strconcat (self->stamp, POSTERN_PRACTICE_PASSWORD, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_MD5, both, -1);
  g_autofree char *wanted = g_strconcat (POSTERN_PRACTICE_USER, " ", digest, NULL);

  if (obstacle != NULL)
    return refuse (self, obstacle);
  if (*self->stamp == '\0')
    return refuse (self, "-ERR APOP is not taken\r\n");
  return end_password (self, g_str_equal (arguments, wanted));
}

/* AUTH alone: what was there before CAPA, and still is. */
static gboolean
list_mechanisms (Dialogue *self)
{
  const char *all = practice_auth_get_mechanisms (self->behaviour, POSTERN_PROTOCOL_POP3);
  g_auto (GStrv) names = g_strsplit (all, " ", -1);
  g_autofree char *lines = g_strjoinv ("\r\n", names);

  return practice_peer_replyf (self->peer, "+OK\r\n%s\r\n.\r\n", lines);
}

static gboolean
do_auth (Dialogue *self, char *arguments)
{
  const char *obstacle = find_obstacle (self);

  if (obstacle != NULL)
    return refuse (self, obstacle);
  if (*arguments == '\0')
    return list_mechanisms (self);

  self->has_user = FALSE;
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
do_stat (Dialogue *self, char *arguments)
{
  gsize size = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    size += strlen (messages[i]);
  return practice_peer_replyf (self->peer, "+OK %d %d\r\n", (int) G_N_ELEMENTS (messages),
                               (int) size);
}

/* The index of the message that is asked for, or -1. */
static int
find_message (const char *arguments)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (arguments, 10, 1, G_N_ELEMENTS (messages), &number, NULL))
    return -1;
  return (int) number - 1;
}

static gboolean
do_list (Dialogue *self, char *arguments)
{
  int index = find_message (arguments);

  if (*arguments == '\0')
    return practice_peer_replyf (self->peer, "+OK\r\n1 %d\r\n2 %d\r\n.\r\n",
                                 (int) strlen (messages[0]), (int) strlen (messages[1]));
  if (index < 0)
    return refuse (self, "-ERR No such message\r\n");
  return practice_peer_replyf (self->peer, "+OK %d %d\r\n", index + 1,
                               (int) strlen (messages[index]));
}

static gboolean
do_uidl (Dialogue *self, char *arguments)
{
  int index = find_message (arguments);

  if (*arguments == '\0')
    return practice_peer_reply (self->peer, "+OK\r\n1 practice-1\r\n2 practice-2\r\n.\r\n");
  if (index < 0)
    return refuse (self, "-ERR No such message\r\n");
  return practice_peer_replyf (self->peer, "+OK %d practice-%d\r\n", index + 1, index + 1);
}

static gboolean
do_retr (Dialogue *self, char *arguments)
{
  int index = find_message (arguments);

  if (index < 0)
    return refuse (self, "-ERR No such message\r\n");
  return practice_peer_replyf (self->peer, "+OK\r\n%s.\r\n", messages[index]);
}

/* "MESSAGE LINES". So short a message is always all there. */
static gboolean
do_top (Dialogue *self, char *arguments)
{
  char *lines = strchr (arguments, ' ');

  if (lines == NULL || !g_ascii_string_to_unsigned (lines + 1, 10, 0, G_MAXUINT32, NULL, NULL))
    return refuse (self, "-ERR Syntax: TOP message lines\r\n");
  *lines = '\0';
  return do_retr (self, arguments);
}

static gboolean
do_dele (Dialogue *self, char *arguments)
{
  if (find_message (arguments) < 0)
    return refuse (self, "-ERR No such message\r\n");
  return practice_peer_reply (self->peer, "+OK Nothing is deleted here\r\n");
}

static gboolean
do_nothing (Dialogue *self, char *arguments)
{
  return practice_peer_reply (self->peer, "+OK\r\n");
}

static gboolean
do_quit (Dialogue *self, char *arguments)
{
  practice_peer_reply (self->peer, "+OK Bye\r\n");
  return FALSE;
}

static const struct
{
  const char *verb;
  gboolean transaction; /* only after the logon */
  gboolean alone;       /* takes no argument */
  CommandFunc run;
} commands[] = {
  { "CAPA", FALSE, TRUE, do_capa },   { "STLS", FALSE, TRUE, do_stls },
  { "USER", FALSE, FALSE, do_user },  { "PASS", FALSE, FALSE, do_pass },
  { "APOP", FALSE, FALSE, do_apop },  { "AUTH", FALSE, FALSE, do_auth },
  { "STAT", TRUE, TRUE, do_stat },    { "LIST", TRUE, FALSE, do_list },
  { "UIDL", TRUE, FALSE, do_uidl },   { "RETR", TRUE, FALSE, do_retr },
  { "TOP", TRUE, FALSE, do_top },     { "DELE", TRUE, FALSE, do_dele },
  { "RSET", TRUE, TRUE, do_nothing }, { "NOOP", TRUE, TRUE, do_nothing },
  { "QUIT", FALSE, TRUE, do_quit },
};

static gboolean
run_command (Dialogue *self, char *line, gsize length)
{
  gsize n_verb;
  char *arguments;

  if (strlen (line) != length)
    return refuse (self, "-ERR Commands hold no NUL\r\n");

  n_verb = strcspn (line, " ");
  /* A password may begin and end with a blank: it is taken as it is. */
  arguments = line[n_verb] == ' ' ? line + n_verb + 1 : line + n_verb;
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strlen (commands[i].verb) == n_verb &&
        g_ascii_strncasecmp (commands[i].verb, line, n_verb) == 0)
      {
        if (commands[i].transaction && !self->authenticated)
          return refuse (self, "-ERR Log in first\r\n");
        if (commands[i].alone && *arguments != '\0')
          return refuse (self, "-ERR The command takes no argument\r\n");
        if (commands[i].transaction && self->behaviour->not_connected)
          return refuse (self, "-ERR [SYS/TEMP] User is authenticated but not connected.\r\n");
        return commands[i].run (self, arguments);
      }
  return refuse (self, "-ERR Unknown command\r\n");
}

static void
converse (Dialogue *self)
{
  char *line = NULL;
  gsize length = 0;

  if (!practice_peer_replyf (self->peer, "+OK Postern practice server ready%s%s\r\n",
                             *self->stamp != '\0' ? " " : "", self->stamp))
    return;

  for (guint i = 0; i < N_COMMANDS_MAX && self->n_errors < N_ERRORS_MAX; i++)
    {
      gboolean more = FALSE;

      switch (practice_peer_read_line (self->peer, &line, &length))
        {
        case PRACTICE_READ_LINE:
          more = run_command (self, line, length);
          break;

        case PRACTICE_READ_TOO_LONG:
          more = refuse (self, "-ERR Line too long\r\n");
          break;

        case PRACTICE_READ_IDLE:
          practice_peer_reply (self->peer, "-ERR Disconnected for inactivity\r\n");
          break;

        case PRACTICE_READ_END:
        default:
          break;
        }

      if (!more)
        return;
    }

  practice_peer_reply (self->peer, "-ERR Too many errors\r\n");
}

/* RFC 1939, 2449, 2595 and 5034. Nothing is ever deleted. */
void
practice_pop3_converse (PracticePeer *peer,
                        const PracticeBehaviour *behaviour,
                        GTlsCertificate *certificate)
{
  g_autofree char *stamp = behaviour->tokens_only ? g_strdup ("") : practice_auth_make_stamp ();
  Dialogue dialogue = {
    .peer = peer, .behaviour = behaviour, .certificate = certificate, .stamp = stamp
  };

  converse (&dialogue);
}
