/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice-serve.h"

#include <string.h>

#include "practice/postern-practice-auth.h"

#define HOST_NAME "practice.localhost"
#define MESSAGE_MAX (1024 * 1024)
#define N_RECIPIENTS_MAX 100
#define N_COMMANDS_MAX 1000
#define N_ERRORS_MAX 20

typedef struct
{
  PracticePeer *peer;
  const PracticeBehaviour *behaviour;
  GTlsCertificate *certificate;

  gboolean greeted;
  gboolean authenticated;
  gboolean has_sender;
  guint n_recipients;
  guint n_errors;
} Dialogue;

/* FALSE: the connection ends. */
typedef gboolean (*CommandFunc) (Dialogue *self, char *arguments);

static gboolean
refuse (Dialogue *self, const char *reply)
{
  self->n_errors++;
  return practice_peer_reply (self->peer, reply);
}

static void
reset_transaction (Dialogue *self)
{
  self->has_sender = FALSE;
  self->n_recipients = 0;
}

static gboolean
may_start_tls (Dialogue *self)
{
  return !practice_peer_is_tls (self->peer) &&
         self->behaviour->starttls != PRACTICE_STARTTLS_MISSING;
}

static gboolean
do_helo (Dialogue *self, char *arguments)
{
  if (*arguments == '\0')
    return refuse (self, "501 5.5.4 Syntax: HELO hostname\r\n");

  self->greeted = TRUE;
  reset_transaction (self);
  return practice_peer_reply (self->peer, "250 " HOST_NAME "\r\n");
}

/* AUTH is offered where it would be taken: under TLS, or where there is none to be had. */
static gboolean
do_ehlo (Dialogue *self, char *arguments)
{
  gboolean starttls = may_start_tls (self);

  if (*arguments == '\0')
    return refuse (self, "501 5.5.4 Syntax: EHLO hostname\r\n");

  self->greeted = TRUE;
  reset_transaction (self);
  return practice_peer_replyf (
    self->peer,
    "250-%s\r\n250-PIPELINING\r\n250-SIZE %d\r\n250-8BITMIME\r\n"
    "250-ENHANCEDSTATUSCODES\r\n250 %s%s\r\n",
    HOST_NAME, MESSAGE_MAX, starttls ? "STARTTLS" : "AUTH ",
    starttls ? "" : practice_auth_get_mechanisms (self->behaviour, POSTERN_PROTOCOL_SMTP));
}

static gboolean
do_starttls (Dialogue *self, char *arguments)
{
  static const char ready[] = "220 2.0.0 Ready to start TLS\r\n";
  static const char injected[] = "220 2.0.0 Ready to start TLS\r\n"
                                 "250-injected.localhost\r\n250 AUTH PLAIN LOGIN\r\n";
  const char *reply = self->behaviour->starttls == PRACTICE_STARTTLS_INJECTED ? injected : ready;

  if (practice_peer_is_tls (self->peer))
    return refuse (self, "503 5.5.1 TLS is already in use\r\n");
  if (self->behaviour->starttls == PRACTICE_STARTTLS_MISSING)
    return refuse (self, "502 5.5.1 Command not implemented\r\n");
  if (*arguments != '\0')
    return refuse (self, "501 5.5.4 STARTTLS takes no parameter\r\n");
  if (self->behaviour->starttls == PRACTICE_STARTTLS_REFUSED)
    return refuse (self, "454 4.7.0 TLS not available due to local problem\r\n");

  /* Commands that arrived with STARTTLS would be taken for ones that arrived under TLS. */
  if (practice_peer_has_unread (self->peer))
    {
      practice_peer_reply (self->peer, "503 5.5.1 Commands arrived together with STARTTLS\r\n");
      return FALSE;
    }

  if (!practice_peer_reply (self->peer, reply) ||
      !practice_peer_start_tls (self->peer, self->certificate))
    return FALSE;

  self->greeted = FALSE; /* forgotten, as RFC 3207, section 4.2 has it */
  reset_transaction (self);
  return TRUE;
}

static const PracticeDialect dialect = {
  .challenge = "334 ",
  .tag = "",
  .accepted = "235 2.7.0 Authentication successful\r\n",
  .cancelled = "501 5.7.0 Authentication cancelled\r\n",
  .not_base64 = "501 5.5.2 The answer is not Base64\r\n",
  .too_long = "500 5.5.6 The answer is too long\r\n",
  .unknown = "504 5.5.4 Unrecognized authentication mechanism\r\n",
  .no_initial = "501 5.7.0 The mechanism takes no initial response\r\n",
  .protocol = POSTERN_PROTOCOL_SMTP,
};

static gboolean
do_auth (Dialogue *self, char *arguments)
{
  if (may_start_tls (self))
    return refuse (self, "530 5.7.0 Must issue a STARTTLS command first\r\n");
  if (!self->greeted)
    return refuse (self, "503 5.5.1 Send EHLO first\r\n");
  if (self->authenticated)
    return refuse (self, "503 5.5.1 Already authenticated\r\n");
  if (self->has_sender)
    return refuse (self, "503 5.5.1 AUTH is not permitted during a mail transaction\r\n");

  if (*arguments == '\0')
    return refuse (self, "501 5.5.4 Syntax: AUTH mechanism\r\n");

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

/* "FROM:<address> PARAMETERS": NULL, or the parameters. */
static const char *
parse_path (const char *arguments, const char *keyword)
{
  const char *path;
  const char *path_end;

  if (g_ascii_strncasecmp (arguments, keyword, strlen (keyword)) != 0)
    return NULL;

  path = arguments + strlen (keyword);
  path += strspn (path, " ");
  path_end = strchr (path, '>');
  if (*path != '<' || path_end == NULL || (path_end[1] != '\0' && path_end[1] != ' '))
    return NULL;
  return path_end + 1;
}

static gboolean
is_too_large (const char *parameters)
{
  g_auto (GStrv) words = g_strsplit (parameters, " ", 16);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_ascii_strncasecmp (words[i], "SIZE=", 5) == 0)
        return g_ascii_strtoull (words[i] + 5, NULL, 10) > MESSAGE_MAX;
    }
  return FALSE;
}

static gboolean
do_mail (Dialogue *self, char *arguments)
{
  const char *parameters = parse_path (arguments, "FROM:");

  if (may_start_tls (self))
    return refuse (self, "530 5.7.0 Must issue a STARTTLS command first\r\n");
  if (!self->greeted)
    return refuse (self, "503 5.5.1 Send EHLO first\r\n");
  if (!self->authenticated)
    return refuse (self, "530 5.7.0 Authentication required\r\n");
  if (self->has_sender)
    return refuse (self, "503 5.5.1 Nested MAIL command\r\n");
  if (parameters == NULL)
    return refuse (self, "501 5.5.4 Syntax: MAIL FROM:<address>\r\n");
  if (is_too_large (parameters))
    return refuse (self, "552 5.3.4 Message size exceeds fixed limit\r\n");

  self->has_sender = TRUE;
  return practice_peer_reply (self->peer, "250 2.1.0 Ok\r\n");
}

static gboolean
do_rcpt (Dialogue *self, char *arguments)
{
  const char *parameters = parse_path (arguments, "TO:");

  if (!self->has_sender)
    return refuse (self, "503 5.5.1 Need MAIL command\r\n");
  if (parameters == NULL)
    return refuse (self, "501 5.5.4 Syntax: RCPT TO:<address>\r\n");
  if (self->n_recipients >= N_RECIPIENTS_MAX)
    return refuse (self, "452 4.5.3 Too many recipients\r\n");

  self->n_recipients++;
  return practice_peer_reply (self->peer, "250 2.1.5 Ok\r\n");
}

/* Nothing is kept. What is past the limit is read on, so that the refusal arrives; the peer has
 * a limit of its own for a client that never ends. */
static gboolean
do_data (Dialogue *self, char *arguments)
{
  guint64 n_before;
  char *line = NULL;
  gsize length = 0;

  if (*arguments != '\0')
    return refuse (self, "501 5.5.4 DATA takes no parameter\r\n");
  if (self->n_recipients == 0)
    return refuse (self, "503 5.5.1 Need RCPT command\r\n");
  if (!practice_peer_reply (self->peer, "354 End data with <CR><LF>.<CR><LF>\r\n"))
    return FALSE;

  n_before = practice_peer_get_n_read (self->peer);
  while (TRUE)
    {
      PracticeRead result = practice_peer_read_line (self->peer, &line, &length);

      if (result == PRACTICE_READ_IDLE || result == PRACTICE_READ_END)
        return FALSE;
      if (result == PRACTICE_READ_LINE && length == 1 && line[0] == '.')
        break;
    }

  reset_transaction (self);
  if (practice_peer_get_n_read (self->peer) - n_before > MESSAGE_MAX)
    return refuse (self, "552 5.3.4 Message size exceeds fixed limit\r\n");
  return practice_peer_reply (self->peer, "250 2.0.0 Ok: accepted for practice, and dropped\r\n");
}

static gboolean
do_rset (Dialogue *self, char *arguments)
{
  reset_transaction (self);
  return practice_peer_reply (self->peer, "250 2.0.0 Ok\r\n");
}

static gboolean
do_noop (Dialogue *self, char *arguments)
{
  return practice_peer_reply (self->peer, "250 2.0.0 Ok\r\n");
}

static gboolean
do_vrfy (Dialogue *self, char *arguments)
{
  return practice_peer_reply (self->peer, "252 2.0.0 Cannot VRFY, but will take mail for it\r\n");
}

static gboolean
do_quit (Dialogue *self, char *arguments)
{
  practice_peer_reply (self->peer, "221 2.0.0 Bye\r\n");
  return FALSE;
}

static const struct
{
  const char *verb;
  CommandFunc run;
} commands[] = {
  { "EHLO", do_ehlo }, { "HELO", do_helo }, { "STARTTLS", do_starttls }, { "AUTH", do_auth },
  { "MAIL", do_mail }, { "RCPT", do_rcpt }, { "DATA", do_data },         { "RSET", do_rset },
  { "NOOP", do_noop }, { "VRFY", do_vrfy }, { "QUIT", do_quit },
};

static gboolean
run_command (Dialogue *self, char *line, gsize length)
{
  gsize n_verb;
  char *arguments;

  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isprint (line[i]))
        return refuse (self, "500 5.5.2 Commands are printable ASCII\r\n");
    }

  n_verb = strcspn (line, " ");
  arguments = g_strstrip (line + n_verb);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (strlen (commands[i].verb) == n_verb &&
          g_ascii_strncasecmp (commands[i].verb, line, n_verb) == 0)
        return commands[i].run (self, arguments);
    }
  return refuse (self, "502 5.5.2 Error: command not recognized\r\n");
}

static void
converse (Dialogue *self)
{
  char *line = NULL;
  gsize length = 0;

  if (!practice_peer_reply (self->peer, "220 " HOST_NAME " ESMTP Postern practice server\r\n"))
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
          more = refuse (self, "500 5.5.2 Line too long\r\n");
          break;

        case PRACTICE_READ_IDLE:
          practice_peer_reply (self->peer, "421 4.4.2 " HOST_NAME " Error: timeout exceeded\r\n");
          break;

        case PRACTICE_READ_END:
        default:
          break;
        }

      if (!more)
        return;
    }

  practice_peer_reply (self->peer, "421 4.7.0 " HOST_NAME " Error: too many errors\r\n");
}

void
practice_smtp_converse (PracticePeer *peer,
                        const PracticeBehaviour *behaviour,
                        GTlsCertificate *certificate)
{
  Dialogue dialogue = { .peer = peer, .behaviour = behaviour, .certificate = certificate };

  converse (&dialogue);
}
