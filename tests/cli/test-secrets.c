/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli-forms.h"
#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"
#include "model/postern-redactor.h"
#include "practice/postern-practice.h"

/* Random secrets, every mechanism, every way to hand one over, servers that refuse, accept and
 * echo; then everything that the program left behind is searched for the secret in any form. */

/* --- One secret --- */

/* The driver's list: its separators are literal after "!". */
static char *
escape_for_parameters (const char *secret)
{
  GString *escaped = g_string_new (NULL);

  for (const char *p = secret; *p != '\0'; p++)
    {
      if (*p == ';')
        g_string_append_c (escaped, '!');
      g_string_append_c (escaped, *p);
    }
  return g_string_free (escaped, FALSE);
}

/* --- The evil server --- */

typedef enum
{
  ECHO_RAW,
  ECHO_DECODED,
  ECHO_HEX,
  ECHO_URL,
  ECHO_UPPER,
  ECHO_LINES,
  ECHO_SPLIT,
  ECHO_TWICE,
  ECHO_CHALLENGE,
  ECHO_JSON,
  ECHO_LATER,
  ECHO_ENHANCED,
  ECHO_ACCEPTED,
  N_ECHOES
} Echo;

static const char *const echo_names[N_ECHOES] = {
  "raw",   "decoded",   "hexadecimal", "url",   "upper case", "lines",    "split",
  "twice", "challenge", "JSON",        "later", "enhanced",   "accepted",
};

/* What it was told, for it to tell again. */
typedef struct
{
  Echo echo;
  const char *secret;
  GMutex lock;
  GPtrArray *messages; /* Base64 that was sent to it */
} Evil;

static void
remember (Evil *evil, const char *message)
{
  g_mutex_lock (&evil->lock);
  g_ptr_array_add (evil->messages, g_strdup (message));
  g_mutex_unlock (&evil->lock);
}

/* The last message that has the secret in it, decoded and as it was; else the last of all. */
static char *
decode_message (const char *message, gsize *length)
{
  return (char *) g_base64_decode (message, length);
}

/* NUL and control characters become blanks: this is to be one line. */
static void
make_line (char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar) bytes[i] < ' ')
      bytes[i] = ' ';
}

static void
refuse_with (CliTalk *talk, const char *text)
{
  cli_talk_sendf (talk, "535 5.7.8 Refused: %s\r\n", text);
}

static void
refuse_coded (CliTalk *talk, const char *bytes, gsize length, const char *format)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, format, (guchar) bytes[i]);
  refuse_with (talk, text->str);
}

static void
refuse_by_echo (CliTalk *talk, Evil *evil, const char *message)
{
  gsize length;
  g_autofree char *decoded = decode_message (message, &length);
  g_autofree char *line = g_strndup (decoded, length);
  g_autofree char *text = NULL;

  memcpy (line, decoded, length);
  make_line (line, length);
  switch (evil->echo)
    {
    case ECHO_RAW:
      refuse_with (talk, message);
      break;
    case ECHO_HEX:
      refuse_coded (talk, decoded, length, length % 2 ? "%02x" : "%02X");
      break;
    case ECHO_URL:
      text = g_uri_escape_bytes ((const guint8 *) decoded, length, NULL);
      refuse_with (talk, text);
      break;
    case ECHO_UPPER:
      text = g_ascii_strup (line, -1);
      refuse_with (talk, text);
      break;
    case ECHO_LINES:
      cli_talk_sendf (talk, "535-5.7.8 You said\r\n535-%s\r\n535-5.7.8 %s\r\n535 that is %s.\r\n",
                      line, message, evil->secret);
      break;
    case ECHO_SPLIT:
      /* One line in three segments, cut inside the secret. */
      text = g_strdup_printf ("535 5.7.8 no: %s\r\n", line);
      cli_talk_send_bytes (talk, text, strlen (text) - 9);
      cli_talk_pause (talk, 10);
      cli_talk_send_bytes (talk, text + strlen (text) - 9, 4);
      cli_talk_pause (talk, 10);
      cli_talk_send_bytes (talk, text + strlen (text) - 5, 5);
      break;
    case ECHO_TWICE:
      text = g_base64_encode ((const guchar *) evil->secret, strlen (evil->secret));
      cli_talk_sendf (talk, "535 5.7.8 %s%s %s<%s>\"%s\" x%sx\r\n", evil->secret, evil->secret,
                      text, text, evil->secret, evil->secret);
      break;
    case ECHO_ENHANCED:
      cli_talk_sendf (talk,
                      "534-5.7.9 %s\r\n534 5.7.9 Application-specific password required %s\r\n",
                      line, line);
      break;
    case ECHO_ACCEPTED:
      cli_talk_sendf (talk, "235 2.7.0 Welcome %s\r\n", line);
      break;
    case ECHO_DECODED:
    case ECHO_CHALLENGE:
    case ECHO_JSON:
    case ECHO_LATER:
    case N_ECHOES:
    default:
      refuse_with (talk, line);
      break;
    }
}

/* Says in a challenge what it was told, and reads what comes back. FALSE: the client is gone. */
static gboolean
challenge_by_echo (CliTalk *talk, Evil *evil, const char *message)
{
  g_autofree char *json = NULL;
  g_autofree char *challenge = NULL;
  g_autofree char *answer = NULL;

  if (evil->echo == ECHO_JSON)
    {
      g_autofree char *coded =
        g_base64_encode ((const guchar *) evil->secret, strlen (evil->secret));

      json =
        g_strdup_printf ("{\"status\":\"401 %s\",\"schemes\":\"bearer %s\",\"scope\":\"https://"
                         "mail.example/%s\"}",
                         coded, message, coded);
    }
  else
    json = g_strdup (evil->secret);
  challenge = g_base64_encode ((const guchar *) json, strlen (json));
  cli_talk_sendf (talk, "334 %s\r\n", challenge);
  answer = cli_talk_read_line (talk);
  if (answer != NULL)
    remember (evil, answer);
  return answer != NULL;
}

static void
evil_auth (CliTalk *talk, Evil *evil, const char *command)
{
  g_auto (GStrv) words = g_strsplit (command, " ", 3);
  g_autofree char *message = g_strdup (words[1] != NULL && words[2] != NULL ? words[2] : NULL);

  if (message == NULL || g_ascii_strcasecmp (words[1], "LOGIN") == 0)
    {
      if (message == NULL)
        {
          g_autofree char *user = NULL;

          cli_talk_send (talk, g_ascii_strcasecmp (words[1], "LOGIN") == 0 ? "334 VXNlcm5hbWU6\r\n"
                                                                           : "334 \r\n");
          user = cli_talk_read_line (talk);
          if (user == NULL)
            return;
          message = g_steal_pointer (&user);
        }
      if (g_ascii_strcasecmp (words[1], "LOGIN") == 0)
        {
          cli_talk_send (talk, "334 UGFzc3dvcmQ6\r\n");
          g_free (message);
          message = cli_talk_read_line (talk);
          if (message == NULL)
            return;
        }
    }
  remember (evil, message);
  if ((evil->echo == ECHO_CHALLENGE || evil->echo == ECHO_JSON) &&
      !challenge_by_echo (talk, evil, message))
    return;
  refuse_by_echo (talk, evil, message);
}

/* In a reply to anything that comes after it was told. */
static void
echo_later (CliTalk *talk, Evil *evil, const char *code)
{
  g_autofree char *message = NULL;

  g_mutex_lock (&evil->lock);
  message =
    g_strdup (evil->messages->len > 0 ? evil->messages->pdata[evil->messages->len - 1] : "nothing");
  g_mutex_unlock (&evil->lock);

  cli_talk_sendf (talk, "%s-mx.example %s\r\n%s-%s\r\n%s-AUTH %s\r\n%s %s\r\n", code, evil->secret,
                  code, message, code, evil->secret, code, evil->secret);
}

static void
be_evil (CliTalk *talk, gpointer user_data)
{
  Evil *evil = user_data;
  char *line;

  cli_talk_send (talk, "220 mx.example ESMTP\r\n");
  for (; (line = cli_talk_read_line (talk)) != NULL; g_free (line))
    if (g_str_has_prefix (line, "EHLO") && !cli_talk_is_tls (talk))
      cli_talk_send (talk, "250-mx.example\r\n250 STARTTLS\r\n");
    else if (g_str_has_prefix (line, "EHLO"))
      cli_talk_sendf (talk, "250-mx.example\r\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\r\n");
    else if (g_str_equal (line, "STARTTLS"))
      {
        cli_talk_send (talk, "220 go ahead\r\n");
        if (!cli_talk_start_tls (talk))
          break;
      }
    else if (g_str_has_prefix (line, "AUTH "))
      evil_auth (talk, evil, line);
    else if (g_str_equal (line, "QUIT"))
      {
        echo_later (talk, evil, "221");
        break;
      }
    else
      echo_later (talk, evil, "250");
  g_free (line);
}

/* --- One run --- */

typedef enum
{
  FROM_FD,
  FROM_FILE,
  FROM_ENVIRONMENT,
  FROM_PARAMETERS,
} Source;

static const char *const source_names[] = { "fd:", "file:", "env:", "--parameters" };

typedef struct
{
  const char *mechanism;
  gboolean uniface;
  gboolean token;
  Source source;
  gboolean json;
} Way;

static void
add (GPtrArray *args, const char *arg)
{
  g_ptr_array_add (args, g_strdup (arg));
}

static void
add_source (GPtrArray *args, const Way *way, const char *file)
{
  if (way->source == FROM_PARAMETERS)
    return;
  add (args, way->token ? "--token-from" : "--password-from");
  if (way->source == FROM_FD)
    add (args, "fd:3");
  else if (way->source == FROM_ENVIRONMENT)
    add (args, "env:THE_SECRET");
  else
    g_ptr_array_add (args, g_strdup_printf ("file:%s", file));
}

static void
add_way (GPtrArray *args, const Way *way, const char *secret, guint16 port)
{
  if (!way->uniface)
    {
      add (args, "--user");
      add (args, "practice");
      add (args, "--mechanism");
      add (args, way->mechanism);
      g_ptr_array_add (args, g_strdup_printf ("smtp://127.0.0.1:%u", port));
      return;
    }
  add (args, "--system=uniface");
  add (args, "--driver");
  add (args, "SMTP=UStartTLSSMTP");
  add (args, "--driver");
  add (args, way->token ? "SMTP=UAuthXOAUTH2SMTP" : "SMTP=UAuthLoginSMTP");
  add (args, "--parameters");
  if (way->source == FROM_PARAMETERS)
    {
      g_autofree char *escaped = escape_for_parameters (secret);

      g_ptr_array_add (
        args, g_strdup_printf ("USER=practice;%s=%s", way->token ? "TOKEN" : "PASSWORD", escaped));
    }
  else
    add (args, "USER=practice");
  g_ptr_array_add (args, g_strdup_printf ("127.0.0.1+%u", port));
}

static GPtrArray *
make_args (const Way *way,
           const char *secret,
           const char *file,
           const char *ca_file,
           const char *report,
           guint16 port)
{
  GPtrArray *args = g_ptr_array_new_with_free_func (g_free);

  add (args, "probe");
  add (args, "--timeout=10");
  add (args, "--transcript");
  add (args, "--verbose");
  add (args, way->json ? "--format=json" : "--format=text");
  add (args, "--save-report");
  add (args, report);
  add (args, "--tls-options");
  g_ptr_array_add (args, g_strdup_printf ("verify_server=yes,ca_certificate=%s", ca_file));
  add_source (args, way, file);
  add_way (args, way, secret, port);
  g_ptr_array_add (args, NULL);
  return args;
}

/* What crossed the wire with the secret in it may not be found either, whole. */
static void
add_messages (CliForms *forms, Evil *evil)
{
  for (guint i = 0; i < evil->messages->len; i++)
    {
      const char *message = evil->messages->pdata[i];
      gsize length;
      g_autofree char *decoded = decode_message (message, &length);

      if (memmem (decoded, length, evil->secret, strlen (evil->secret)) != NULL)
        cli_forms_add (forms, "SASL message", message, strlen (message));
    }
}

/* Runs it once and searches all that is left behind. @evil may be NULL. */
static void
run_and_search (const Way *way,
                const char *secret,
                const char *ca_file,
                guint16 port,
                CliForms *forms,
                Evil *evil,
                const char *story)
{
  g_autofree char *home = cli_make_folder ();
  g_autofree char *report = g_build_filename (home, "report.json", NULL);
  g_autofree char *content = g_strconcat (secret, "\n", NULL);
  g_autofree char *file = cli_make_file (content, -1);
  g_autofree char *variable = g_strconcat ("THE_SECRET=", secret, NULL);
  const char *const environment[] = {
    "G_MESSAGES_DEBUG=all",
    way->source == FROM_ENVIRONMENT ? variable : "NOTHING=",
    NULL,
  };
  const CliSetup setup = {
    .input = way->source == FROM_FD ? content : NULL,
    .environment = environment,
    .home = home,
  };
  g_autoptr(GPtrArray) args = make_args (way, secret, file, ca_file, report, port);
  g_autoptr(CliResult) result = cli_run ((const char *const *) args->pdata, &setup);
  g_autofree char *saved = NULL;

  if (result->signal != 0 || result->killed || result->status == 1)
    {
      g_test_message ("%s", story);
      cli_assert_status (result, 16);
    }
  if (evil != NULL)
    {
      g_assert_cmpuint (evil->messages->len, >, 0);
      add_messages (forms, evil);
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
  return g_strdup_printf ("%s, %s, secret from %s, %s, %s, secret «%s»",
                          way->uniface ? "uniface" : "generic", way->mechanism,
                          source_names[way->source], way->json ? "JSON" : "text", server, secret);
}

static const Way ways[] = {
  { "PLAIN", FALSE, FALSE, FROM_FD, FALSE },
  { "PLAIN", FALSE, FALSE, FROM_FILE, TRUE },
  { "PLAIN", FALSE, FALSE, FROM_ENVIRONMENT, FALSE },
  { "LOGIN", FALSE, FALSE, FROM_FD, TRUE },
  { "LOGIN", FALSE, FALSE, FROM_ENVIRONMENT, FALSE },
  { "XOAUTH2", FALSE, TRUE, FROM_FD, TRUE },
  { "XOAUTH2", FALSE, TRUE, FROM_FILE, FALSE },
  { "OAUTHBEARER", FALSE, TRUE, FROM_ENVIRONMENT, TRUE },
  { "OAUTHBEARER", FALSE, TRUE, FROM_FD, FALSE },
  { "LOGIN", TRUE, FALSE, FROM_PARAMETERS, TRUE },
  { "LOGIN", TRUE, FALSE, FROM_PARAMETERS, FALSE },
  { "LOGIN", TRUE, FALSE, FROM_FILE, FALSE },
  { "XOAUTH2", TRUE, TRUE, FROM_PARAMETERS, FALSE },
  { "XOAUTH2", TRUE, TRUE, FROM_PARAMETERS, TRUE },
  { "XOAUTH2", TRUE, TRUE, FROM_ENVIRONMENT, TRUE },
};

static void
test_refused (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr(PosternPractice) practice = postern_practice_new ("wrong-password", NULL);
  g_autoptr(PosternPractice) tokens = postern_practice_new ("xoauth2-refused", NULL);

  g_assert_true (postern_practice_start (practice, 0, 0, NULL));
  g_assert_true (postern_practice_start (tokens, 0, 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    for (guint j = 0; j < 2; j++)
      {
        PosternPractice *server = ways[i].token && j == 0 ? tokens : practice;
        g_autofree char *secret = cli_make_secret (random, i + j * 3, ways[i].token);
        g_autoptr(CliForms) forms = cli_forms_of (secret);
        g_autofree char *story = tell (&ways[i], "refused", secret);

        run_and_search (&ways[i], secret, postern_practice_write_ca_file (server, NULL),
                        postern_practice_get_port (server), forms, NULL, story);
      }
}

/* The right credentials, which are the practice server's own. */
static void
test_accepted (void)
{
  g_autoptr(PosternPractice) practice = postern_practice_new ("good", NULL);

  g_assert_true (postern_practice_start (practice, 0, 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      const char *secret = ways[i].token ? POSTERN_PRACTICE_TOKEN : POSTERN_PRACTICE_PASSWORD;
      g_autoptr(CliForms) forms = cli_forms_of (secret);
      g_autofree char *story = tell (&ways[i], "accepted", secret);

      run_and_search (&ways[i], secret, postern_practice_write_ca_file (practice, NULL),
                      postern_practice_get_port (practice), forms, NULL, story);
    }
}

static void
test_evil (gconstpointer data)
{
  Evil evil = { .echo = (Echo) GPOINTER_TO_INT (data) };
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr(CliPeer) peer = NULL;

  evil.messages = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&evil.lock);
  peer = cli_peer_new (be_evil, &evil);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *secret = cli_make_secret (random, i, ways[i].token);
      g_autofree char *server = g_strdup_printf ("echo %s", echo_names[evil.echo]);
      g_autofree char *story = tell (&ways[i], server, secret);
      g_autoptr(CliForms) forms = cli_forms_of (secret);

      evil.secret = secret;
      g_ptr_array_set_size (evil.messages, 0);
      run_and_search (&ways[i], secret, cli_peer_get_ca_file (), cli_peer_get_port (peer), forms,
                      &evil, story);
    }
  g_clear_pointer (&peer, cli_peer_free);
  g_ptr_array_unref (evil.messages);
  g_mutex_clear (&evil.lock);
}

/* --- The process while it runs --- */

static void
be_silent (CliTalk *talk, gpointer user_data)
{
  cli_talk_wait_for_end (talk);
}

static char *
read_proc (GPid pid, const char *name, gsize *length)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", pid, name);
  char *content = NULL;

  return g_file_get_contents (path, &content, length, NULL) ? content : NULL;
}

static void
check_core_limit (GPid pid)
{
  gsize length;
  g_autofree char *limits = read_proc (pid, "limits", &length);

  g_assert_nonnull (limits);
  if (!g_regex_match_simple ("^Max core file size +0 +0 ", limits, G_REGEX_MULTILINE, 0))
    g_error ("A core file may be written while a secret is held:\n%s", limits);
}

/* Not dumpable: the files of the process belong to root, and to nobody who runs it. */
static void
check_environment (GPid pid, CliForms *forms)
{
  gsize length;
  g_autofree char *environment = read_proc (pid, "environ", &length);

  if (environment != NULL)
    cli_forms_search (forms, "/proc/PID/environ", environment, length, "while it runs");
}

static void
test_process (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr(CliPeer) peer = cli_peer_new (be_silent, NULL);
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (ways[i].source == FROM_PARAMETERS || ways[i].source == FROM_ENVIRONMENT)
      {
        g_autofree char *secret = cli_make_secret (random, i, ways[i].token);
        g_autoptr(CliForms) forms = cli_forms_of (secret);
        g_autofree char *variable = g_strconcat ("THE_SECRET=", secret, NULL);
        const char *const environment[] = { variable, NULL };
        const CliSetup setup = {
          .environment = ways[i].source == FROM_ENVIRONMENT ? environment : NULL,
        };
        g_autoptr(GPtrArray) args = make_args (&ways[i], secret, "", cli_peer_get_ca_file (),
                                                "/dev/null", cli_peer_get_port (peer));
        CliRun *run = cli_run_start ((const char *const *) args->pdata, &setup);
        g_autoptr(CliResult) result = NULL;
        g_autofree char *line = NULL;
        gsize length;

        g_assert_true (cli_peer_wait_for_clients (peer, ++n));
        line = read_proc (cli_run_get_pid (run), "cmdline", &length);
        g_assert_nonnull (line);
        cli_forms_search (forms, "/proc/PID/cmdline", line, length, "while it runs");
        check_core_limit (cli_run_get_pid (run));
        check_environment (cli_run_get_pid (run), forms);
        kill (cli_run_get_pid (run), SIGINT);
        result = cli_run_wait (run);
        n = cli_peer_get_n_connections (peer);
      }
}

/* The redactor alone, with more secrets than there is time for programs: every form of each, amid
 * other text. */
static void
check_redactor (const char *secret)
{
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternSecret) kept = postern_secret_new (secret, -1);
  g_autoptr(CliForms) forms = cli_forms_of (secret);

  postern_redactor_add (redactor, kept);
  for (guint i = 0; i < forms->needles->len; i++)
    {
      gsize size;
      const char *needle = g_bytes_get_data (forms->needles->pdata[i], &size);
      g_autofree char *copy = g_strndup (needle, size);
      g_autofree char *text = g_strdup_printf ("535 5.7.8 no: %s %s%s.", copy, copy, copy);
      g_autofree char *shown = postern_redactor_apply (redactor, text, strlen (text), NULL);

      /* What is as short as that says nothing, and hides too much. */
      if (strlen (copy) >= 8)
        cli_forms_search (forms, "a redacted line", shown, strlen (shown), forms->names->pdata[i]);
    }
}

static void
test_redactor (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (gsize i = 0; cli_nasty_secrets[i] != NULL; i++)
    check_redactor (cli_nasty_secrets[i]);
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *secret = cli_make_secret (random, i, FALSE);

      check_redactor (secret);
    }
}

/* A test that looks for nothing finds nothing: the search itself. */
static void
test_search (void)
{
  const char *secret = "pa+ss/w%rd\"\\é";
  g_autoptr(CliForms) forms = cli_forms_of (secret);
  static const char *const prefixes[] = { "", "a", "ab", "abc", "user\001auth=Bearer " };

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      g_autofree char *text = g_strconcat (prefixes[i], secret, "tail", NULL);
      g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
      guint n = 0;

      for (guint j = 0; j < forms->needles->len; j++)
        {
          gsize size;
          const char *needle = g_bytes_get_data (forms->needles->pdata[j], &size);

          n += memmem (base64, strlen (base64), needle, size) != NULL;
        }
      g_assert_cmpuint (n, >=, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/secrets/search", test_search);
  g_test_add_func ("/secrets/redactor", test_redactor);
  g_test_add_func ("/secrets/refused", test_refused);
  g_test_add_func ("/secrets/accepted", test_accepted);
  for (int i = 0; i < N_ECHOES; i++)
    {
      g_autofree char *name = g_strdelimit (g_strdup (echo_names[i]), " ", '-');
      g_autofree char *path = g_strdup_printf ("/secrets/echo/%s", name);

      g_test_add_data_func (path, GINT_TO_POINTER (i), test_evil);
    }
  g_test_add_func ("/secrets/process", test_process);

  return g_test_run ();
}
