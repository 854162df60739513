/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

/* What firewalls that inspect mail leave of a session, and servers whose STARTTLS has been taken
 * away: the finding names it, quotes it, points at the line, and says what mends it. */

#define SECRET "correct-horse-7"

typedef struct
{
  const char *scheme;
  const char *name;
  const char *greeting;
  const char *capabilities;
  const char *starttls; /* the answer to it, or NULL: it is not sent */
  const char *code;
  int status;
  const char *word;     /* of the explanation */
  const char *evidence; /* in the lines that the finding points at */
  gint64 port;          /* of the first change */
  const char *also;     /* another finding, or NULL */
} Case;

#define SMTP "220 mx.example ESMTP\r\n"
#define POP3 "+OK ready\r\n"
#define IMAP "* OK ready\r\n"
#define TAGGED "\002 OK done\r\n"
#define MANGLED "middlebox.mangled", 13
#define NOT_OFFERED "starttls.not-offered", 13

/* The byte 2 stands for the tag. */
static const Case cases[] = {
  { "smtp", "greeting", "220 ****************2******0*0*\r\n", "250-mx\r\n250 SIZE 1000\r\n", NULL,
    MANGLED, "220 ***", "220 ****************2", 465, NULL },
  { "smtp", "short-greeting", "220 ****\r\n", "250 mx\r\n", NULL, MANGLED, "****", "220 ****", 465,
    NULL },
  { "smtp", "keyword", SMTP, "250-mx\r\n250-8BITMIME\r\n250 XXXXXXXA\r\n", NULL, MANGLED,
    "XXXXXXXA", "250 XXXXXXXA", 465, NULL },
  { "smtp", "short-keyword", SMTP, "250-mx\r\n250-AUTH PLAIN\r\n250 XXXA\r\n", NULL, MANGLED,
    "XXXA", "250 XXXA", 465, NULL },
  { "smtp", "command", SMTP, "250-mx\r\n250 STARTTLS\r\n", "500 unrecognized: \"XXXXXXXX\"\r\n",
    MANGLED, "XXXXXXXX", "XXXXXXXX", 465, NULL },
  { "smtp", "ehlo", "220 *************\r\n", "500 unrecognized\r\n", NULL, MANGLED, "inspects mail",
    "220 ****", 465, NULL },
  { "smtp", "lost-command", SMTP, "250-mx\r\n250 STARTTLS\r\n", "500 5.5.1 unrecognized\r\n",
    "starttls.refused", 13, "did not know the command", "500 5.5.1", 465, "middlebox.mangled" },
  { "smtp", "refused", SMTP, "250-mx\r\n250 STARTTLS\r\n", "454 4.7.0 later\r\n",
    "starttls.refused", 13, "454 4.7.0", "454 4.7.0", 465, NULL },
  { "smtp", "anonymous-tls", SMTP, "250-mx\r\n250-X-ANONYMOUSTLS\r\n250 AUTH NTLM\r\n", NULL,
    NOT_OFFERED, "X-ANONYMOUSTLS, so", "X-ANONYMOUSTLS", 465, NULL },
  { "smtp", "missing", SMTP, "250-mx\r\n250-XEXCH50\r\n250 XCLIENT NAME\r\n", NULL, NOT_OFFERED,
    "does not list it", "XCLIENT", 465, NULL },
  { "pop3", "greeting", "+OK **********************\r\n", "+OK\r\nUSER\r\n.\r\n", NULL, MANGLED,
    "+OK ****", "+OK ****", 995, NULL },
  { "pop3", "keyword", POP3, "+OK\r\nUSER\r\nXXXX\r\n.\r\n", NULL, MANGLED, "XXXX", "XXXX", 995,
    NULL },
  { "pop3", "command", POP3, "+OK\r\nSTLS\r\n.\r\n", "-ERR unknown command XXXX\r\n", MANGLED,
    "XXXX", "-ERR unknown", 995, NULL },
  { "pop3", "missing", POP3, "+OK\r\nTOP\r\nUIDL\r\n.\r\n", NULL, NOT_OFFERED, "taken STLS out",
    "UIDL", 995, NULL },
  { "imap", "greeting", "* OK ****\r\n", "* CAPABILITY IMAP4rev1\r\n" TAGGED, NULL, MANGLED,
    "* OK ****", "* OK ****", 993, NULL },
  { "imap", "keyword", IMAP, "* CAPABILITY IMAP4rev1 XXXXXXXX AUTH=PLAIN\r\n" TAGGED, NULL, MANGLED,
    "XXXXXXXX", "XXXXXXXX", 993, NULL },
  { "imap", "command", IMAP, "* CAPABILITY IMAP4rev1 STARTTLS\r\n" TAGGED,
    "\002 BAD Unknown command XXXXXXXX\r\n", MANGLED, "XXXXXXXX", "BAD Unknown", 993, NULL },
  { "imap", "missing", IMAP, "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n" TAGGED, NULL, NOT_OFFERED,
    "taken STARTTLS out", "LOGINDISABLED", 993, NULL },
};

static gboolean
answer (CliTalk *talk, const char *text, const char *tag)
{
  g_auto (GStrv) parts = g_strsplit (text, "\002", -1);
  g_autofree char *whole = g_strjoinv (tag, parts);

  return cli_talk_send (talk, whole);
}

static void
serve (CliTalk *talk, gpointer user_data)
{
  const Case *test = user_data;
  char *line;

  cli_talk_send (talk, test->greeting);
  for (; (line = cli_talk_read_line (talk)) != NULL; g_free (line))
    {
      g_auto (GStrv) words = g_strsplit (line, " ", 3);
      const char *tag = words[0] != NULL ? words[0] : "";

      if (strstr (line, "EHLO") != NULL || strstr (line, "HELO") != NULL ||
          strstr (line, "CAPA") != NULL)
        answer (talk, test->capabilities, tag);
      else if (test->starttls != NULL &&
               (strstr (line, "STARTTLS") != NULL || strstr (line, "STLS") != NULL))
        answer (talk, test->starttls, tag);
      else
        break;
    }
  g_free (line);
}

/* The text of the lines that a finding points at. */
static char *
get_evidence (JsonNode *report, JsonObject *finding)
{
  JsonArray *evidence = json_object_get_array_member (finding, "evidence");
  JsonArray *transcript = cli_report_transcript (report);
  GString *text = g_string_new (NULL);

  g_assert_cmpuint (json_array_get_length (evidence), ==, 2);
  for (gint64 i = json_array_get_int_element (evidence, 0);
       i <= json_array_get_int_element (evidence, 1); i++)
    g_string_append_printf (text, "%s\n",
                            json_object_get_string_member (
                              json_array_get_object_element (transcript, (guint) i), "text"));
  return g_string_free (text, FALSE);
}

static void
check_remedies (const Case *test, JsonObject *finding)
{
  JsonArray *remedies = json_object_get_array_member (finding, "remedies");
  JsonObject *first = json_array_get_object_element (remedies, 0);
  JsonObject *change = json_object_get_object_member (first, "change");

  g_assert_cmpstr (json_object_get_string_member (change, "tls"), ==, "implicit");
  g_assert_cmpint (json_object_get_int_member (change, "port"), ==, test->port);
  g_assert_nonnull (strstr (json_object_get_string_member (first, "text"), "not tested"));
  if (g_str_equal (json_object_get_string_member (finding, "code"), "middlebox.mangled"))
    g_assert_nonnull (
      strstr (json_object_get_string_member (json_array_get_object_element (remedies, 1), "text"),
              "administrator of the network"));
}

static void
assert_contains (const char *text, const char *word)
{
  if (strstr (text, word) == NULL)
    g_error ("“%s” is not in “%s”", word, text);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr(CliPeer) peer = cli_peer_new (serve, (gpointer) data);
  g_autofree char *url =
    g_strdup_printf ("%s://127.0.0.1:%u", test->scheme, cli_peer_get_port (peer));
  g_autofree char *options =
    g_strdup_printf ("verify_server=yes,ca_certificate=%s", cli_peer_get_ca_file ());
  const char *const args[] = {
    "probe",
    "--format=json",
    "--timeout=5",
    "--tls=starttls",
    "--tls-options",
    options,
    "--user=practice",
    "--password-from=fd:3",
    url,
    NULL,
  };
  const CliSetup setup = { .input = SECRET "\n" };
  g_autoptr(CliResult) result = cli_run (args, &setup);
  g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
  JsonArray *findings = json_object_get_array_member (json_node_get_object (report), "findings");
  JsonObject *first = json_array_get_object_element (findings, 0);
  g_autofree char *evidence = NULL;

  g_assert_cmpstr (json_object_get_string_member (first, "code"), ==, test->code);
  cli_assert_status (result, test->status);
  assert_contains (json_object_get_string_member (first, "explanation"), test->word);
  evidence = get_evidence (report, first);
  assert_contains (evidence, test->evidence);
  check_remedies (test, first);
  g_assert_cmpint (cli_report_has_code (report, "middlebox.mangled"), ==,
                   g_strcmp0 (test->also, "middlebox.mangled") == 0 ||
                     g_str_equal (test->code, "middlebox.mangled"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/middlebox/%s/%s", cases[i].scheme, cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
