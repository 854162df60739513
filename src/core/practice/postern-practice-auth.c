/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice-auth.h"

#include <string.h>

/* What a server says that refuses, by protocol. */
static const char *const refusals[][3] = {
  [PRACTICE_REFUSAL_CREDENTIALS] = { "535 5.7.8 Error: authentication failed\r\n",
                                     "-ERR [AUTH] Authentication failed.\r\n",
                                     "NO [AUTHENTICATIONFAILED] Authentication failed.\r\n" },
  [PRACTICE_REFUSAL_TENANT] = { "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication "
                                "is disabled for the Tenant. Visit "
                                "https://aka.ms/smtp_auth_disabled for more information.\r\n",
                                "-ERR [SYS/PERM] Basic authentication is disabled.\r\n",
                                "NO Basic authentication is disabled.\r\n" },
  [PRACTICE_REFUSAL_APP_PASSWORD] = { "534-5.7.9 Application-specific password required. For more "
                                      "information, go to\r\n"
                                      "534 5.7.9  https://support.example/app-passwords\r\n",
                                      "-ERR [AUTH] Application-specific password required: "
                                      "https://support.example/app-passwords\r\n",
                                      "NO [ALERT] Application-specific password required: "
                                      "https://support.example/app-passwords (Failure)\r\n" },
  [PRACTICE_REFUSAL_IN_USE] = { "454 4.7.0 Mailbox is in use\r\n",
                                "-ERR [IN-USE] Another session has the mailbox open\r\n",
                                "NO [INUSE] Another session has the mailbox open\r\n" },
};

/* What a client said is looked at where it lies, in the peer's buffer, and wiped there. */
typedef struct
{
  PracticePeer *peer;
  const PracticeBehaviour *behaviour;
  const PracticeDialect *dialect;
  char *answer; /* decoded; NULL before the first */
  gsize length;
} Exchange;

typedef PracticeAuth (*MechanismFunc) (Exchange *self);

static PracticeAuth
end (Exchange *self, const char *refusal)
{
  const char *reply = refusal != NULL ? refusal : self->dialect->accepted;

  if (!practice_peer_replyf (self->peer, "%s%s", self->dialect->tag, reply))
    return PRACTICE_AUTH_LOST;
  return refusal != NULL ? PRACTICE_AUTH_REFUSED : PRACTICE_AUTH_ACCEPTED;
}

const char *
practice_auth_judge_password (const PracticeBehaviour *behaviour,
                              PosternProtocol protocol,
                              gboolean right)
{
  if (behaviour->password_refusal != PRACTICE_REFUSAL_NONE)
    return refusals[behaviour->password_refusal][protocol];
  return right ? NULL : refusals[PRACTICE_REFUSAL_CREDENTIALS][protocol];
}

static PracticeAuth
end_password (Exchange *self, gboolean right)
{
  return end (self, practice_auth_judge_password (self->behaviour, self->dialect->protocol, right));
}

/* g_base64_decode() skips whatever is not Base64; a server must not. */
static gboolean
is_base64 (const char *text)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  gsize n_digits = strspn (text, alphabet);
  gsize n_padding = strspn (text + n_digits, "=");

  return text[n_digits + n_padding] == '\0' && n_padding <= 2 && (n_digits + n_padding) % 4 == 0;
}

static gboolean
decode (Exchange *self, char *text)
{
  if (!is_base64 (text))
    return FALSE;

  self->answer = text;
  self->length = 0;
  if (*text != '\0')
    g_base64_decode_inplace (text, &self->length);
  text[self->length] = '\0'; /* what is decoded is shorter */
  return TRUE;
}

/* Asks, and takes the answer; on FALSE the exchange is over and @result says how. */
static gboolean
ask (Exchange *self, const char *challenge, PracticeAuth *result)
{
  char *line = NULL;
  gsize length = 0;

  *result = PRACTICE_AUTH_LOST;
  if (!practice_peer_replyf (self->peer, "%s%s\r\n", self->dialect->challenge, challenge))
    return FALSE;

  switch (practice_peer_read_line (self->peer, &line, &length))
    {
    case PRACTICE_READ_LINE:
      break;

    case PRACTICE_READ_TOO_LONG:
      *result = end (self, self->dialect->too_long);
      return FALSE;

    case PRACTICE_READ_IDLE:
    case PRACTICE_READ_END:
    default:
      return FALSE;
    }

  if (g_str_equal (line, "*"))
    *result = end (self, self->dialect->cancelled);
  else if (strlen (line) != length || !decode (self, line))
    *result = end (self, self->dialect->not_base64);
  else
    return TRUE;
  return FALSE;
}

static gboolean
answer_is (Exchange *self, const char *wanted)
{
  return self->length == strlen (wanted) && memcmp (self->answer, wanted, self->length) == 0;
}

/* RFC 4616: [authzid] NUL authcid NUL password */
static PracticeAuth
run_plain (Exchange *self)
{
  static const char rest[] = "\0" POSTERN_PRACTICE_USER "\0" POSTERN_PRACTICE_PASSWORD;
  const gsize n_rest = sizeof rest - 1;
  PracticeAuth result;
  gsize n_authzid;
  gboolean right;

  if (self->answer == NULL && !ask (self, "", &result))
    return result;

  n_authzid = strlen (self->answer); /* the answer has a NUL behind it */
  right = (n_authzid == 0 || g_str_equal (self->answer, POSTERN_PRACTICE_USER)) &&
          self->length == n_authzid + n_rest &&
          memcmp (self->answer + n_authzid, rest, n_rest) == 0;
  return end_password (self, right);
}

static PracticeAuth
run_login (Exchange *self)
{
  PracticeAuth result;
  gboolean user_right;

  if (self->answer == NULL && !ask (self, "VXNlcm5hbWU6", &result)) /* Username: */
    return result;
  user_right = answer_is (self, POSTERN_PRACTICE_USER);
  if (!ask (self, "UGFzc3dvcmQ6", &result)) /* Password: */
    return result;
  return end_password (self, user_right && answer_is (self, POSTERN_PRACTICE_PASSWORD));
}

/* A token that is refused is refused twice: with JSON in a challenge, which the client answers
 * with nothing of interest, and then with the reply (RFC 7628, section 3.2.3). */
static PracticeAuth
end_token (Exchange *self, gboolean right, const char *json)
{
  g_autofree char *challenge = NULL;
  PracticeAuth result;

  if (self->behaviour->token_refusal != PRACTICE_REFUSAL_NONE)
    return end (self, refusals[self->behaviour->token_refusal][self->dialect->protocol]);
  if (right && !self->behaviour->tokens_refused)
    return end (self, NULL);

  challenge = g_base64_encode ((const guchar *) json, strlen (json));
  if (!ask (self, challenge, &result))
    return result;
  return end (self, refusals[PRACTICE_REFUSAL_CREDENTIALS][self->dialect->protocol]);
}

static PracticeAuth
run_xoauth2 (Exchange *self)
{
  static const char wanted[] =
    "user=" POSTERN_PRACTICE_USER "\001auth=Bearer " POSTERN_PRACTICE_TOKEN "\001\001";
  static const char json[] =
    "{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"https://mail.example/\"}";
  PracticeAuth result;

  if (self->answer == NULL && !ask (self, "", &result))
    return result;
  return end_token (self, answer_is (self, wanted), json);
}

/* RFC 7628, section 3.1: the GS2 header, then key=value pairs, each ended by ^A, and one ^A
 * more. Of these only auth counts here. */
static gboolean
is_right_oauthbearer (const char *answer)
{
  static const char auth[] = "\001auth=Bearer " POSTERN_PRACTICE_TOKEN "\001";
  const char *pairs = strchr (answer, '\001');

  if (pairs == NULL || !g_str_has_suffix (answer, "\001\001"))
    return FALSE;
  if (!g_str_has_prefix (answer, "n,a=" POSTERN_PRACTICE_USER ",\001"))
    return FALSE;
  return strstr (pairs, auth) != NULL;
}

static PracticeAuth
run_oauthbearer (Exchange *self)
{
  static const char json[] = "{\"status\":\"invalid_token\",\"scope\":\"https://mail.example/\"}";
  PracticeAuth result;
  gboolean right;

  if (self->answer == NULL && !ask (self, "", &result))
    return result;

  right = strlen (self->answer) == self->length && is_right_oauthbearer (self->answer);
  return end_token (self, right, json);
}

char *
practice_auth_make_stamp (void)
{
  return g_strdup_printf ("<%08x%08x.%" G_GINT64_FORMAT "@practice.localhost>", g_random_int (),
                          g_random_int (), g_get_real_time ());
}

/* RFC 2195. The server speaks first. */
static PracticeAuth
run_cram_md5 (Exchange *self)
{
  g_autofree char *stamp = practice_auth_make_stamp ();
  g_autofree char *challenge = g_base64_encode ((const guchar *) stamp, strlen (stamp));
  g_autofree char *digest =
    g_compute_hmac_for_string (G_CHECKSUM_MD5, (const guchar *) POSTERN_PRACTICE_PASSWORD,
                               strlen (POSTERN_PRACTICE_PASSWORD), stamp, -1);
  g_autofree char *wanted = g_strconcat (POSTERN_PRACTICE_USER, " ", digest, NULL);
  PracticeAuth result;

  if (self->answer != NULL)
    return end (self, self->dialect->no_initial);
  if (!ask (self, challenge, &result))
    return result;
  return end_password (self, answer_is (self, wanted));
}

/* SMTP keeps to what the systems that are tested with it can use. */
const char *
practice_auth_get_mechanisms (const PracticeBehaviour *behaviour, PosternProtocol protocol)
{
  if (behaviour->tokens_only)
    return "XOAUTH2 OAUTHBEARER";
  return protocol == POSTERN_PROTOCOL_SMTP ? "PLAIN LOGIN XOAUTH2 OAUTHBEARER"
                                           : "PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER";
}

static MechanismFunc
find_mechanism (const PracticeBehaviour *behaviour, PosternProtocol protocol, const char *name)
{
  if (g_ascii_strcasecmp (name, "XOAUTH2") == 0)
    return run_xoauth2;
  if (g_ascii_strcasecmp (name, "OAUTHBEARER") == 0)
    return run_oauthbearer;
  if (behaviour->tokens_only)
    return NULL;
  if (g_ascii_strcasecmp (name, "PLAIN") == 0)
    return run_plain;
  if (g_ascii_strcasecmp (name, "LOGIN") == 0)
    return run_login;
  if (g_ascii_strcasecmp (name, "CRAM-MD5") == 0 && protocol != POSTERN_PROTOCOL_SMTP)
    return run_cram_md5;
  return NULL;
}

PracticeAuth
practice_auth_run (PracticePeer *peer,
                   const PracticeBehaviour *behaviour,
                   const PracticeDialect *dialect,
                   char *arguments)
{
  Exchange exchange = { .peer = peer, .behaviour = behaviour, .dialect = dialect };
  char *name = g_strstrip (arguments);
  char *initial = strchr (name, ' ');
  MechanismFunc run;

  if (initial != NULL)
    {
      *initial++ = '\0';
      initial = g_strchug (initial);
    }

  run = find_mechanism (behaviour, dialect->protocol, name);
  if (run == NULL)
    return end (&exchange, dialect->unknown);

  /* "=" is an initial response of no bytes (RFC 4954, section 4, and its kin). */
  if (initial != NULL && !decode (&exchange, g_str_equal (initial, "=") ? initial + 1 : initial))
    return end (&exchange, dialect->not_base64);
  return run (&exchange);
}
