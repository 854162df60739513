/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-forms.h"
#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

/* The secrets of Uniface's drivers, and all that NTLM makes of a password, on a server that tells
 * again what it was told; see test-secrets.c for the ways to hand a secret over. */

typedef struct
{
  const char *path;
  const char *properties; /* NULL: LogonMail's own logon */
  const char *parameters;
  const char *mechanism; /* that is offered */
  gboolean token;
  gboolean pop;
} Way;

#define NTLM "SMTP=UAuthNTLMSMTP"
#define OTHER "SPN_USER=D\\practice;USER=practice;DOMAIN=D"

static const Way ways[] = {
  { "login", "SMTP=UAuthLoginSMTP", "USER=practice", "LOGIN", FALSE, FALSE },
  { "xoauth2", "SMTP=UAuthXOAUTH2SMTP", "USER=practice", "XOAUTH2", TRUE, FALSE },
  { "ntlm/lm", NTLM, "USER=practice", "NTLM", FALSE, FALSE },
  { "ntlm/alone", NTLM, "USER=practice;POLICY=NTLM", "NTLM", FALSE, FALSE },
  { "ntlm/version-2", NTLM, "USER=practice;DOMAIN=D;POLICY=LM NTLM V2", "NTLM", FALSE, FALSE },
  { "ntlm/session", NTLM, "USER=practice;POLICY=SESSION SECURITY", "NTLM", FALSE, FALSE },
  { "ntlm/oem", NTLM, "USER=practice;CHARSET=OEM", "NTLM", FALSE, FALSE },
  { "sspi", "SMTP=UAuthSSPISMTP", "SSP=NTLM;" OTHER, "NTLM", FALSE, FALSE },
  { "mail/own", NULL, NULL, "PLAIN", FALSE, TRUE },
  { "mail/xoauth2", "POP=UAuthXOAUTH2POP", "USER=practice", "XOAUTH2", TRUE, TRUE },
};

/* --- The server --- */

typedef enum
{
  ECHO_SAID,
  ECHO_DECODED,
  ECHO_HEX,    /* each proof of NTLM */
  ECHO_BASE64, /* the same */
  ECHO_SECRET,
  N_ECHOES
} Echo;

typedef struct
{
  const Way *way;
  Echo echo;
  const char *secret;
  GMutex lock;
  GPtrArray *said;   /* Base64 and commands with a secret */
  GPtrArray *proofs; /* GBytes */
} Evil;

/* MS-NLMP section 2.2.1.2, with session security agreed to and no names in it. */
static const char ntlm_challenge[] = "NTLMSSP\0"
                                     "\2\0\0\0"
                                     "\0\0\0\0\x30\0\0\0"
                                     "\3\2\x08\0"
                                     "01234567"
                                     "\0\0\0\0\0\0\0\0"
                                     "\0\0\0\0\x30\0\0\0";

static void
remember (Evil *evil, const char *text)
{
  g_mutex_lock (&evil->lock);
  g_ptr_array_add (evil->said, g_strdup (text));
  g_mutex_unlock (&evil->lock);
}

/* The answers to the challenge, in the client's second message; of NTLMv2 only what proves. */
static void
take_proofs (Evil *evil, const char *encoded)
{
  static const guchar zeros[16];
  gsize length;
  g_autofree guchar *bytes = g_base64_decode (encoded, &length);

  for (gsize place = 12; place <= 20 && length >= 64; place += 8)
    {
      gsize n = bytes[place] | (gsize) bytes[place + 1] << 8;
      gsize offset = bytes[place + 4] | (gsize) bytes[place + 5] << 8;

      g_assert_cmpuint (offset + n, <=, length);
      /* No proof in session security: the client's own challenge, and zeros. */
      if (place == 12 && n == 24 && memcmp (bytes + offset + 8, zeros, sizeof zeros) == 0)
        continue;
      if (n > 24 || strstr (evil->way->parameters, "V2") != NULL)
        n = 16;
      g_ptr_array_add (evil->proofs, g_bytes_new (bytes + offset, n));
    }
}

static char *
encode (GBytes *bytes, gboolean hex)
{
  gsize length;
  const guchar *data = g_bytes_get_data (bytes, &length);
  g_autoptr(GString) text = g_string_new (NULL);

  if (!hex)
    return g_base64_encode (data, length);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", data[i]);
  return g_strdup (text->str);
}

static char *
get_echo (Evil *evil)
{
  const char *last =
    evil->said->len > 0 ? evil->said->pdata[evil->said->len - 1] : "nothing was said";
  g_autoptr(GString) text = g_string_new (NULL);
  gsize length;
  g_autofree guchar *decoded = g_base64_decode (last, &length);

  switch (evil->echo)
    {
    case ECHO_SECRET:
      return g_strdup (evil->secret);
    case ECHO_DECODED:
      for (gsize i = 0; i < length; i++)
        g_string_append_c (text, decoded[i] < ' ' ? ' ' : (char) decoded[i]);
      return g_strdup (text->str);
    case ECHO_HEX:
    case ECHO_BASE64:
      for (guint i = 0; i < evil->proofs->len; i++)
        {
          g_autofree char *proof = encode (evil->proofs->pdata[i], evil->echo == ECHO_HEX);

          g_string_append_printf (text, "%s ", proof);
        }
      return g_strdup (text->str);
    case ECHO_SAID:
    case N_ECHOES:
    default:
      return g_strdup (last);
    }
}

/* One question and its answer; FALSE when the client has gone. */
static gboolean
ask (CliTalk *talk, Evil *evil, const char *challenge, gsize length)
{
  g_autofree char *encoded = g_base64_encode ((const guchar *) challenge, length);
  g_autofree char *answer = NULL;

  cli_talk_sendf (talk, "%s %s\r\n", evil->way->pop ? "+" : "334", encoded);
  answer = cli_talk_read_line (talk);
  if (answer == NULL)
    return FALSE;
  remember (evil, answer);
  return TRUE;
}

static void
refuse (CliTalk *talk, Evil *evil)
{
  g_autofree char *echo = get_echo (evil);

  cli_talk_sendf (talk, evil->way->pop ? "-ERR %s\r\n" : "535 5.7.8 %s\r\n", echo);
}

static void
authenticate (CliTalk *talk, Evil *evil, const char *initial)
{
  if (initial != NULL)
    remember (evil, initial);
  else if (g_str_equal (evil->way->mechanism, "XOAUTH2"))
    ask (talk, evil, "", 0);
  if (g_str_equal (evil->way->mechanism, "LOGIN"))
    (void) (ask (talk, evil, "Username:", 9) && ask (talk, evil, "Password:", 9));
  if (g_str_equal (evil->way->mechanism, "NTLM") &&
      ask (talk, evil, ntlm_challenge, sizeof ntlm_challenge - 1))
    take_proofs (evil, evil->said->pdata[evil->said->len - 1]);
  refuse (talk, evil);
}

static void
be_evil (CliTalk *talk, gpointer user_data)
{
  Evil *evil = user_data;
  gboolean pop = evil->way->pop;
  g_autofree char *line = NULL;

  cli_talk_send (talk, pop ? "+OK ready\r\n" : "220 ready\r\n");
  while ((line = cli_talk_read_line (talk)) != NULL)
    {
      g_auto (GStrv) words = g_strsplit (line, " ", 3);

      if (g_str_equal (words[0], "EHLO"))
        cli_talk_sendf (talk, "250-x\r\n250 AUTH %s\r\n", evil->way->mechanism);
      else if (g_str_equal (words[0], "CAPA"))
        cli_talk_sendf (talk, "+OK\r\nUSER\r\nSASL %s\r\n.\r\n", evil->way->mechanism);
      else if (g_str_equal (words[0], "AUTH"))
        authenticate (talk, evil, words[1] != NULL ? words[2] : NULL);
      else if (g_str_equal (words[0], "PASS"))
        {
          remember (evil, line);
          refuse (talk, evil);
        }
      else
        cli_talk_send (talk, pop ? "+OK\r\n" : "221 bye\r\n");
      if (g_str_equal (words[0], "QUIT"))
        return;
      g_clear_pointer (&line, g_free);
    }
}

/* --- Runs --- */

static CliResult *
run (const Way *way, const char *secret, guint16 port, const char *home, const char *report)
{
  g_autofree char *content = g_strconcat (secret, "\n", NULL);
  g_autofree char *connection = g_strdup_printf ("127.0.0.1+%u", port);
  g_autoptr(GPtrArray) args = g_ptr_array_new ();
  const char *const environment[] = { "G_MESSAGES_DEBUG=all", NULL };
  const CliSetup setup = { .input = content, .environment = environment, .home = home };
  const char *const first[] = {
    "probe", "--system=uniface", "--timeout=10",  "--transcript", "--verbose", "--save-report",
    report,  "--user=practice",  "--format=json", NULL,
  };

  for (gsize i = 0; first[i] != NULL; i++)
    g_ptr_array_add (args, (gpointer) first[i]);
  g_ptr_array_add (args, (gpointer) (way->token ? "--token-from=fd:3" : "--password-from=fd:3"));
  if (way->pop)
    g_ptr_array_add (args, (gpointer) "--protocol=pop3");
  if (way->properties != NULL)
    {
      g_ptr_array_add (args, (gpointer) "--driver");
      g_ptr_array_add (args, (gpointer) way->properties);
      g_ptr_array_add (args, (gpointer) "--parameters");
      g_ptr_array_add (args, (gpointer) way->parameters);
    }
  g_ptr_array_add (args, connection);
  g_ptr_array_add (args, NULL);

  return cli_run ((const char *const *) args->pdata, &setup);
}

static void
add_proofs (CliForms *forms, Evil *evil)
{
  for (guint i = 0; i < evil->proofs->len; i++)
    {
      gsize length;
      const char *bytes = g_bytes_get_data (evil->proofs->pdata[i], &length);
      g_autofree char *hex = encode (evil->proofs->pdata[i], TRUE);
      g_autofree char *base64 = encode (evil->proofs->pdata[i], FALSE);

      cli_forms_add (forms, "proof", bytes, length);
      cli_forms_add (forms, "proof in hexadecimal", hex, strlen (hex));
      cli_forms_add (forms, "proof in Base64", base64, strlen (base64));
    }
}

static void
run_evil (const Way *way, Echo echo, const char *secret)
{
  Evil evil = { .way = way, .echo = echo, .secret = secret };
  g_autofree char *story =
    g_strdup_printf ("%s, echo %d, secret «%s»", way->path, (int) echo, secret);
  g_autofree char *home = cli_make_folder ();
  g_autofree char *report = g_build_filename (home, "report.json", NULL);
  g_autoptr(CliForms) forms = cli_forms_of (secret);
  g_autoptr(CliPeer) peer = NULL;
  g_autoptr(CliResult) result = NULL;

  evil.said = g_ptr_array_new_with_free_func (g_free);
  evil.proofs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_mutex_init (&evil.lock);
  peer = cli_peer_new (be_evil, &evil);
  result = run (way, secret, cli_peer_get_port (peer), home, report);
  g_clear_pointer (&peer, cli_peer_free);

  if (result->status != 16 && result->status != 17)
    {
      g_test_message ("%s", story);
      cli_assert_status (result, 16);
    }
  if (evil.said->len == 0 || (g_str_equal (way->mechanism, "NTLM") && evil.proofs->len == 0))
    g_error ("Nothing was sent: %s", story);
  add_proofs (forms, &evil);
  cli_forms_search (forms, "standard output", result->out, result->n_out, story);
  cli_forms_search (forms, "standard error", result->err, result->n_err, story);
  cli_forms_search_folder (forms, home, story);
  cli_remove_folder (home);
  g_ptr_array_unref (evil.said);
  g_ptr_array_unref (evil.proofs);
  g_mutex_clear (&evil.lock);
}

static void
test_way (gconstpointer data)
{
  const Way *way = data;
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (guint echo = 0; echo < N_ECHOES; echo++)
    {
      g_autofree char *secret = cli_make_secret (random, echo, way->token);

      run_evil (way, (Echo) echo, secret);
    }
}

/* A password with a semicolon that was not escaped, as an argument: no part of it is told. */
static void
test_cut (void)
{
  const char *const args[] = {
    "probe",
    "--system=uniface",
    "--format=json",
    "--driver=SMTP=UAuthLoginSMTP",
    "--parameters=USER=me;PASSWORD=first-part;second-part;third=part",
    "SSL:nowhere",
    NULL,
  };
  static const char *const parts[] = { "first-part", "second-part", "third" };
  g_autoptr(CliResult) result = cli_run (args, NULL);

  cli_assert_status (result, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_assert_null (strstr (result->out, parts[i]));
      g_assert_null (strstr (result->err, parts[i]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path = g_strconcat ("/secrets/uniface/", ways[i].path, NULL);

      g_test_add_data_func (path, &ways[i], test_way);
    }
  g_test_add_func ("/secrets/uniface/cut", test_cut);

  return g_test_run ();
}
