/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-forms.h"
#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"
#include "practice/postern-practice.h"

/* The passwords of POP3 and IMAP, by every mechanism, on servers that tell again what they were
 * told; see test-secrets.c for SMTP, and for the ways to hand a secret over. */

typedef struct
{
  const char *scheme;
  const char *mechanism;
  gboolean token;
  gboolean practice; /* the practice server has it, too */
  gboolean implicit; /* a stamp in clear text does not count for APOP */
} Way;

static const Way ways[] = {
  { "pop3", "USER", FALSE, TRUE },
  { "pop3", "APOP", FALSE, TRUE, TRUE },
  { "pop3", "PLAIN", FALSE, TRUE },
  { "pop3", "LOGIN", FALSE, TRUE },
  { "pop3", "CRAM-MD5", FALSE, TRUE },
  { "pop3", "DIGEST-MD5", FALSE, FALSE },
  { "pop3", "SCRAM-SHA-1", FALSE, FALSE },
  { "pop3", "SCRAM-SHA-256", FALSE, FALSE },
  { "pop3", "SCRAM-SHA-256-PLUS", FALSE, FALSE },
  { "pop3", "NTLM", FALSE, FALSE },
  { "pop3", "XOAUTH2", TRUE, TRUE },
  { "pop3", "OAUTHBEARER", TRUE, TRUE },
  { "imap", "LOGIN-COMMAND", FALSE, TRUE },
  { "imap", "PLAIN", FALSE, TRUE },
  { "imap", "LOGIN", FALSE, TRUE },
  { "imap", "CRAM-MD5", FALSE, TRUE },
  { "imap", "DIGEST-MD5", FALSE, FALSE },
  { "imap", "SCRAM-SHA-1", FALSE, FALSE },
  { "imap", "SCRAM-SHA-256", FALSE, FALSE },
  { "imap", "SCRAM-SHA-256-PLUS", FALSE, FALSE },
  { "imap", "NTLM", FALSE, FALSE },
  { "imap", "XOAUTH2", TRUE, TRUE },
  { "imap", "OAUTHBEARER", TRUE, TRUE },
};

/* --- The server --- */

typedef enum
{
  ECHO_SAID,    /* the lines as they came */
  ECHO_DECODED, /* what they are in Base64 for */
  ECHO_SECRET,
  ECHO_BASE64,
  ECHO_HEX,
  ECHO_URL,
  ECHO_CODE, /* where a response code stands, or a number */
  N_ECHOES
} Echo;

typedef struct
{
  const Way *way;
  Echo echo;
  const char *secret;
  GMutex lock;
  GPtrArray *said; /* all lines of the logon */
} Evil;

static gboolean
is_imap (const Evil *evil)
{
  return g_str_equal (evil->way->scheme, "imap");
}

static void
remember (Evil *evil, const char *line)
{
  g_mutex_lock (&evil->lock);
  g_ptr_array_add (evil->said, g_strdup (line));
  g_mutex_unlock (&evil->lock);
}

/* Control characters become blanks, so that it is one line. */
static char *
one_line (const char *bytes, gsize length)
{
  char *line = g_malloc0 (length + 1);

  for (gsize i = 0; i < length; i++)
    line[i] = (guchar) bytes[i] < ' ' ? ' ' : bytes[i];
  return line;
}

static char *
decode_words (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      gsize length;
      g_autofree guchar *bytes = g_base64_decode (words[i], &length);
      g_autofree char *shown = one_line ((const char *) bytes, length);

      g_string_append_printf (text, "%s ", shown);
    }
  return g_string_free (text, FALSE);
}

static char *
get_echo (Evil *evil, const char *line)
{
  g_autoptr(GString) hex = g_string_new (NULL);

  switch (evil->echo)
    {
    case ECHO_SAID:
      return g_strdup (line);
    case ECHO_DECODED:
      return decode_words (line);
    case ECHO_BASE64:
      return g_base64_encode ((const guchar *) evil->secret, strlen (evil->secret));
    case ECHO_URL:
      return g_uri_escape_string (evil->secret, NULL, FALSE);
    case ECHO_HEX:
      for (const char *p = evil->secret; *p != '\0'; p++)
        g_string_append_printf (hex, "%02x", (guchar) *p);
      return g_strdup (hex->str);
    case ECHO_SECRET:
    case ECHO_CODE:
    case N_ECHOES:
    default:
      return g_strdup (evil->secret);
    }
}

/* Every line that was said, in lines that mean nothing, and the last one in the refusal. */
static void
refuse (CliTalk *talk, Evil *evil, const char *tag)
{
  g_autofree char *last = NULL;

  for (guint i = 0; i < evil->said->len; i++)
    {
      g_autofree char *echo = get_echo (evil, evil->said->pdata[i]);

      if (is_imap (evil))
        cli_talk_sendf (talk, "* %s\r\n* OK [%s] you said %s\r\n* LIST () NIL {%zu}\r\n%s\r\n",
                        echo, echo, echo, strlen (echo), echo);
      g_free (last);
      last = g_steal_pointer (&echo);
    }
  if (is_imap (evil) && evil->echo == ECHO_CODE)
    cli_talk_sendf (talk, "%s NO [%s] no\r\n", tag, last);
  else if (is_imap (evil))
    cli_talk_sendf (talk, "%s NO [AUTHENTICATIONFAILED] not %s\r\n", tag, last);
  else if (evil->echo == ECHO_CODE)
    cli_talk_sendf (talk, "-ERR [%s] no\r\n", last);
  else
    cli_talk_sendf (talk, "-ERR [AUTH] not %s\r\n", last);
}

static char *
read_answer (CliTalk *talk, Evil *evil)
{
  char *line = cli_talk_read_line (talk);

  if (line != NULL)
    remember (evil, line);
  return line;
}

/* FALSE: the client is gone, or gave up. */
static gboolean
challenge (CliTalk *talk, Evil *evil, const char *text, gsize length, char **answer)
{
  g_autofree char *coded = g_base64_encode ((const guchar *) text, length);

  cli_talk_sendf (talk, "+ %s\r\n", coded);
  *answer = read_answer (talk, evil);
  return *answer != NULL && !g_str_equal (*answer, "*");
}

static gboolean
challenge_scram (CliTalk *talk, Evil *evil, const char *first)
{
  gsize length;
  g_autofree char *decoded = (char *) g_base64_decode (first, &length);
  g_autofree char *text = g_strndup (decoded, length);
  const char *nonce = strstr (text, "r=");
  g_autofree char *reply = NULL;
  g_autofree char *answer = NULL;

  if (nonce == NULL)
    return TRUE;
  reply =
    g_strdup_printf ("r=%.*ssrv,s=c2FsdHNhbHQ=,i=4096", (int) strcspn (nonce + 2, ","), nonce + 2);
  return challenge (talk, evil, reply, strlen (reply), &answer);
}

/* MS-NLMP section 2.2.1.2, with no names in it. */
static const char ntlm_challenge[] = "NTLMSSP\0"
                                     "\2\0\0\0"
                                     "\0\0\0\0\x30\0\0\0"
                                     "\1\2\0\0"
                                     "01234567"
                                     "\0\0\0\0\0\0\0\0"
                                     "\0\0\0\0\x30\0\0\0";

/* What this mechanism has the server say, in its order, until the password has been used. */
static gboolean
exchange (CliTalk *talk, Evil *evil, const char *initial)
{
  const char *mechanism = evil->way->mechanism;
  g_autofree char *first = g_strdup (initial);
  g_autofree char *answer = NULL;
  static const char digest[] =
    "realm=\"mx\",nonce=\"abc\",qop=\"auth\",algorithm=md5-sess,charset=utf-8";

  if (g_str_equal (mechanism, "LOGIN"))
    {
      g_autofree char *user = NULL;

      return challenge (talk, evil, "Username:", 9, &user) &&
             challenge (talk, evil, "Password:", 9, &answer);
    }
  if (g_str_equal (mechanism, "CRAM-MD5"))
    return challenge (talk, evil, "<1.2@mx>", 8, &answer);
  if (g_str_equal (mechanism, "DIGEST-MD5"))
    return challenge (talk, evil, digest, strlen (digest), &answer);
  if (first == NULL && !challenge (talk, evil, "", 0, &first))
    return FALSE;
  if (g_str_has_prefix (mechanism, "SCRAM"))
    return challenge_scram (talk, evil, first);
  if (g_str_equal (mechanism, "NTLM"))
    return challenge (talk, evil, ntlm_challenge, sizeof ntlm_challenge - 1, &answer);
  return TRUE;
}

/* LOGIN with literals: each is asked for. RFC 7888's come unasked, which this server has not. */
static void
read_literals (CliTalk *talk, Evil *evil, const char *line)
{
  g_autofree char *last = g_strdup (line);

  while (last != NULL && g_str_has_suffix (last, "}"))
    {
      g_free (last);
      cli_talk_send (talk, "+ go on\r\n");
      last = read_answer (talk, evil);
    }
}

static void
offer (CliTalk *talk, Evil *evil, const char *tag)
{
  const char *mechanism = evil->way->mechanism;

  if (is_imap (evil) && !cli_talk_is_tls (talk))
    cli_talk_sendf (talk, "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n%s OK\r\n", tag);
  else if (is_imap (evil))
    cli_talk_sendf (talk, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=%s\r\n%s OK\r\n", mechanism, tag);
  else if (!cli_talk_is_tls (talk))
    cli_talk_send (talk, "+OK\r\nSTLS\r\n.\r\n");
  else
    cli_talk_sendf (talk, "+OK\r\nUSER\r\nSASL %s\r\n.\r\n", mechanism);
}

/* FALSE: it is over. */
static gboolean
obey (CliTalk *talk, Evil *evil, const char *tag, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  const char *command = words[0] != NULL ? words[0] : "";
  const char *yes = is_imap (evil) ? "OK" : "+OK";
  const char *start = is_imap (evil) ? tag : "";

  if (g_str_equal (command, "CAPA") || g_str_equal (command, "CAPABILITY"))
    offer (talk, evil, tag);
  else if (g_str_equal (command, "STLS") || g_str_equal (command, "STARTTLS"))
    {
      cli_talk_sendf (talk, is_imap (evil) ? "%s %s go\r\n" : "%s%s go\r\n", start, yes);
      return cli_talk_start_tls (talk);
    }
  else if (g_str_equal (command, "AUTH") || g_str_equal (command, "AUTHENTICATE"))
    {
      remember (evil, line);
      if (exchange (talk, evil, words[1] != NULL ? words[2] : NULL))
        refuse (talk, evil, tag);
      else
        cli_talk_sendf (talk, is_imap (evil) ? "%s BAD\r\n" : "-ERR%.0s\r\n", tag);
    }
  else if (g_str_equal (command, "LOGIN"))
    {
      remember (evil, line);
      read_literals (talk, evil, line);
      refuse (talk, evil, tag);
    }
  else if (g_str_equal (command, "PASS") || g_str_equal (command, "APOP"))
    {
      remember (evil, line);
      refuse (talk, evil, tag);
    }
  else
    {
      g_autofree char *echo = get_echo (evil, line);

      cli_talk_sendf (talk, is_imap (evil) ? "%s %s %s\r\n" : "%s%s %s\r\n", start, yes,
                      g_str_equal (command, "USER") ? "" : echo);
      return !g_str_equal (command, "QUIT") && !g_str_equal (command, "LOGOUT");
    }
  return TRUE;
}

static void
be_evil (CliTalk *talk, gpointer user_data)
{
  Evil *evil = user_data;
  gboolean more = !evil->way->implicit || cli_talk_start_tls (talk);

  cli_talk_send (talk, is_imap (evil) ? "* OK ready\r\n" : "+OK ready <1.2@mx>\r\n");
  while (more)
    {
      g_autofree char *line = cli_talk_read_line (talk);
      char *rest = line;
      g_autofree char *tag = NULL;

      if (line == NULL)
        return;
      if (is_imap (evil))
        {
          rest = strchr (line, ' ');
          tag = rest != NULL ? g_strndup (line, (gsize) (rest - line)) : g_strdup ("*");
          rest = rest != NULL ? rest + 1 : line;
        }
      more = obey (talk, evil, tag, rest);
    }
}

/* --- Runs --- */

static void
run_and_search (const Way *way,
                const char *secret,
                const char *ca_file,
                guint16 port,
                CliForms *forms,
                gboolean json,
                const char *story)
{
  g_autofree char *home = cli_make_folder ();
  g_autofree char *report = g_build_filename (home, "report.json", NULL);
  g_autofree char *content = g_strconcat (secret, "\n", NULL);
  g_autofree char *options = g_strdup_printf ("verify_server=yes,ca_certificate=%s", ca_file);
  g_autofree char *url =
    g_strdup_printf ("%s%s://127.0.0.1:%u", way->scheme, way->implicit ? "s" : "", port);
  g_autofree char *saved = NULL;
  const char *const environment[] = { "G_MESSAGES_DEBUG=all", NULL };
  const CliSetup setup = { .input = content, .environment = environment, .home = home };
  const char *const args[] = {
    "probe",
    "--timeout=10",
    "--transcript",
    "--verbose",
    "--capabilities",
    json ? "--format=json" : "--format=text",
    "--save-report",
    report,
    "--tls-options",
    options,
    "--user=practice",
    way->token ? "--token-from=fd:3" : "--password-from=fd:3",
    "--mechanism",
    way->mechanism,
    url,
    NULL,
  };
  g_autoptr(CliResult) result = cli_run (args, &setup);

  if (result->signal != 0 || result->killed || result->status == 1 || result->status == 19)
    {
      g_test_message ("%s", story);
      cli_assert_status (result, 16);
    }
  cli_forms_search (forms, "standard output", result->out, result->n_out, story);
  cli_forms_search (forms, "standard error", result->err, result->n_err, story);
  g_assert_true (g_file_get_contents (report, &saved, NULL, NULL));
  json_node_unref (cli_report_parse (saved, result));
  cli_forms_search_folder (forms, home, story);
  cli_remove_folder (home);
}

static char *
tell (const Way *way, const char *server, const char *secret)
{
  return g_strdup_printf ("%s, %s, %s, secret «%s»", way->scheme, way->mechanism, server, secret);
}

/* Lines with the secret in them may not be found whole, either. */
static void
add_lines (CliForms *forms, Evil *evil)
{
  for (guint i = 0; i < evil->said->len; i++)
    {
      g_auto (GStrv) words = g_strsplit (evil->said->pdata[i], " ", -1);

      for (gsize j = 0; words[j] != NULL; j++)
        {
          gsize length;
          g_autofree guchar *bytes = g_base64_decode (words[j], &length);

          if (memmem (bytes, length, evil->secret, strlen (evil->secret)) != NULL)
            cli_forms_add (forms, "SASL message", words[j], strlen (words[j]));
        }
    }
}

static void
run_evil (const Way *way, Echo echo, const char *secret)
{
  Evil evil = { .way = way, .echo = echo, .secret = secret };
  g_autofree char *server = g_strdup_printf ("echo %d", (int) echo);
  g_autofree char *story = tell (way, server, secret);
  g_autoptr(CliForms) forms = cli_forms_of (secret);
  g_autoptr(CliPeer) peer = NULL;

  evil.said = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&evil.lock);
  peer = cli_peer_new (be_evil, &evil);
  run_and_search (way, secret, cli_peer_get_ca_file (), cli_peer_get_port (peer), forms,
                  echo % 2 == 0, story);
  g_clear_pointer (&peer, cli_peer_free);

  /* Some mechanisms have no way to say some secrets: then nothing was sent. */
  if (g_str_is_ascii (secret) && evil.said->len == 0)
    g_error ("Nothing was sent: %s", story);
  add_lines (forms, &evil);
  g_ptr_array_unref (evil.said);
  g_mutex_clear (&evil.lock);
}

static void
test_echo (gconstpointer data)
{
  const Way *way = data;
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (guint echo = 0; echo < N_ECHOES; echo++)
    {
      g_autofree char *secret = cli_make_secret (random, echo, way->token);

      run_evil (way, (Echo) echo, secret);
    }
}

/* A password that IMAP has to quote, and one that only fits into a literal. */
static void
test_quoted (void)
{
  static const char *const secrets[] = { "say \"pencil\" \\ twice", "Blüte-äöü-Zürich", NULL };
  static const Way way = { "imap", "LOGIN-COMMAND", FALSE, TRUE };

  for (gsize i = 0; secrets[i] != NULL; i++)
    for (guint echo = 0; echo < N_ECHOES; echo++)
      run_evil (&way, (Echo) echo, secrets[i]);
}

static PosternProtocol
protocol_of (const Way *way)
{
  return g_str_equal (way->scheme, "imap") ? POSTERN_PROTOCOL_IMAP : POSTERN_PROTOCOL_POP3;
}

static void
run_practice (const Way *way, const char *scenario, const char *secret)
{
  g_autoptr(PosternPractice) practice =
               postern_practice_new_for (protocol_of (way), scenario, NULL);
  g_autofree char *story = tell (way, scenario, secret);
  g_autoptr(CliForms) forms = cli_forms_of (secret);

  g_assert_true (postern_practice_start (practice, 0, 0, NULL));
  run_and_search (way, secret, postern_practice_write_ca_file (practice, NULL),
                  way->implicit ? postern_practice_get_tls_port (practice)
                                : postern_practice_get_port (practice),
                  forms, TRUE, story);
}

static void
test_practice (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (ways[i].practice)
      {
        g_autofree char *secret = cli_make_secret (random, i, ways[i].token);

        run_practice (&ways[i], "wrong-password", secret);
        run_practice (&ways[i], "good",
                      ways[i].token ? POSTERN_PRACTICE_TOKEN : POSTERN_PRACTICE_PASSWORD);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path =
        g_strdup_printf ("/secrets/%s/echo/%s", ways[i].scheme, ways[i].mechanism);

      g_test_add_data_func (path, &ways[i], test_echo);
    }
  g_test_add_func ("/secrets/imap/quoted", test_quoted);
  g_test_add_func ("/secrets/practice", test_practice);

  return g_test_run ();
}
