/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"
#include "scripted-peer.h"

/* Uniface's logons against a server that keeps to a script: which drivers have their turn, in which
 * order, what is said on the wire, and the $status. The rows are those of spec/uniface.md sections
 * 6 and 12. */

#define MAX_LINES 40

typedef struct
{
  const char *path;
  const char *script; /* lines for the peer */
  const char *args;   /* between blanks; "~" stands for a blank inside one */
  int status;         /* of the program */
  const char *call;
  int result;
  const char *first;   /* the first finding, or NULL */
  const char *warning; /* another finding that must be there, or NULL */
  const char *uses;    /* of the drivers: + in use, - not; NULL: not looked at */
} Row;

#define POP "--protocol=pop3"
#define POP_HELLO "S +OK ready\nC CAPA\n"
#define POP_PLAIN "S +OK\nS UIDL\nS USER\nS .\n"
#define POP_XOAUTH2 "S +OK\nS USER\nS SASL XOAUTH2\nS .\n"
#define POP_BYE "C QUIT\nS +OK\n"
#define USER_PASS "C USER me\nS +OK\nC PASS pw1\n"
#define XOAUTH2_POP "--driver=POP=UAuthXOAUTH2POP --parameters=USER=you"
#define XOAUTH2_POP_OPT "--driver=POP=UAuthXOAUTH2POP;USE=OPT --parameters=USER=you"
#define USER "--user=me --password-from=env:PW"
#define TOKEN "--token-from=env:TOK"

static const Row rows[] = {
  /* LogonMail, section 6.2 */
  { "mail/plain", POP_HELLO POP_PLAIN USER_PASS "S +OK\n" POP_BYE, POP " " USER, 0, "LogonMail", 0,
    "settings.clear-text-password", NULL, "" },
  { "mail/not-in-capa", POP_HELLO "S +OK\nS TOP\nS .\n" USER_PASS "S +OK\n" POP_BYE, POP " " USER,
    0, "LogonMail", 0, "settings.clear-text-password", NULL },
  { "mail/no-capa", POP_HELLO "S -ERR\n" USER_PASS "S +OK\n" POP_BYE, POP " " USER, 0, "LogonMail",
    0, "settings.clear-text-password", NULL },
  { "mail/refused", POP_HELLO POP_PLAIN USER_PASS "S -ERR no\nC QUIT\n", POP " " USER, 16,
    "LogonMail", -2, "auth.refused-unexplained", NULL },
  { "mail/user-refused", POP_HELLO POP_PLAIN "C USER me\nS -ERR who\nC QUIT\n", POP " " USER, 16,
    "LogonMail", -2, "auth.refused-unexplained", NULL },
  { "mail/locked", POP_HELLO POP_PLAIN USER_PASS "S -ERR [IN-USE] locked\nC QUIT\n", POP " " USER,
    17, "LogonMail", -2, "auth.mailbox-in-use", NULL },
  { "mail/closed", POP_HELLO POP_PLAIN USER_PASS, POP " " USER, 12, "LogonMail", -9,
    "protocol.closed", NULL },
  { "mail/empty-user", POP_HELLO POP_PLAIN "C QUIT\n", POP " --password-from=env:PW", 17,
    "LogonMail", -2, "auth.local", NULL },
  { "mail/empty-password", POP_HELLO POP_PLAIN "C QUIT\n", POP " --user=me", 17, "LogonMail", -2,
    "auth.local", NULL },
  { "mail/greeting", "S -ERR busy\nC QUIT\n", POP " " USER, 12, "LogonMail", -9, "greeting.refused",
    NULL },
  { "mail/token",
    POP_HELLO POP_XOAUTH2 "C AUTH XOAUTH2 dXNlcj15b3UBYXV0aD1CZWFyZXIgdG9rAQE=\nS +OK\n" POP_BYE,
    POP " " XOAUTH2_POP " " TOKEN, 0, "LogonMail", 0, "settings.clear-text-password", NULL, "+" },
  { "mail/token-not-offered", POP_HELLO POP_PLAIN "C QUIT\n", POP " " XOAUTH2_POP " " TOKEN, 15,
    "LogonMail", -7, "auth.mechanism-not-offered", NULL, "-" },
  { "mail/token-refused", POP_HELLO POP_XOAUTH2 "C AUTH XOAUTH2 \nS -ERR no\nC QUIT\n",
    POP " " XOAUTH2_POP " " TOKEN, 16, "LogonMail", -8, NULL, NULL, "-" },
  { "mail/token-missing", POP_HELLO POP_XOAUTH2 "C QUIT\n", POP " " USER " " XOAUTH2_POP, 17,
    "LogonMail", -8, "auth.local", "settings.driver-parameters" },
  { "mail/optional-token", POP_HELLO POP_XOAUTH2 "C AUTH XOAUTH2 \nS +OK\n" POP_BYE,
    POP " " USER " " XOAUTH2_POP_OPT " " TOKEN, 0, "LogonMail", 0, NULL, "settings.driver-order",
    "+" },
  { "mail/optional-falls-back", POP_HELLO POP_PLAIN USER_PASS "S +OK\n" POP_BYE,
    POP " " USER " " XOAUTH2_POP_OPT " " TOKEN, 0, "LogonMail", 0, NULL, "settings.driver-order",
    "-" },
  { "mail/optional-refused", POP_HELLO POP_XOAUTH2 "C AUTH XOAUTH2 \nS -ERR no\nC QUIT\n",
    POP " " USER " " XOAUTH2_POP_OPT " " TOKEN, 16, "LogonMail", -8, NULL, NULL },
  { "mail/optional-empty", POP_HELLO POP_PLAIN "C QUIT\n", POP " " XOAUTH2_POP_OPT " " TOKEN, 17,
    "LogonMail", -2, "auth.local", NULL },
  { "mail/smtp-driver", POP_HELLO POP_PLAIN USER_PASS "S +OK\n" POP_BYE,
    POP " " USER " --driver=SMTP=UAuthLoginSMTP", 0, "LogonMail", 0, NULL, "settings.driver-unused",
    "" },
};

static void
assert_native (JsonNode *report, const Row *row)
{
  JsonObject *root = json_node_get_object (report);

  g_assert_cmpstr (cli_report_get_string (report, "native", "call"), ==, row->call);
  g_assert_cmpint (
    json_object_get_int_member (json_object_get_object_member (root, "native"), "result"), ==,
    row->result);
}

static void
assert_uses (JsonNode *report, const char *expected)
{
  JsonArray *drivers = json_object_get_array_member (json_node_get_object (report), "drivers");
  g_autoptr(GString) uses = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (drivers); i++)
    {
      JsonObject *driver = json_array_get_object_element (drivers, i);

      g_string_append_c (uses, json_object_get_boolean_member (driver, "in_use") ? '+' : '-');
    }
  g_assert_cmpstr (uses->str, ==, expected);
}

static CliResult *
run (const Row *row, guint16 port)
{
  g_autofree char *connection = g_strdup_printf ("127.0.0.1+%u", port);
  g_autofree char *tls =
    g_strdup_printf ("--tls-options=verify_server=ignore,ca_cert=%s", cli_peer_get_ca_file ());
  g_auto (GStrv) words = g_strsplit (row->args, " ", -1);
  g_autoptr(GPtrArray) args = g_ptr_array_new ();
  const char *const environment[] = { "PW=pw1", "TOK=tok", NULL };
  const CliSetup setup = { .environment = environment };

  g_ptr_array_add (args, (gpointer) "probe");
  g_ptr_array_add (args, (gpointer) "--system=uniface");
  g_ptr_array_add (args, (gpointer) "--format=json");
  g_ptr_array_add (args, (gpointer) "--ehlo=client.test");
  g_ptr_array_add (args, tls);
  for (gsize i = 0; words[i] != NULL; i++)
    g_ptr_array_add (args, g_strdelimit (words[i], "~", ' '));
  g_ptr_array_add (args, connection);
  g_ptr_array_add (args, NULL);

  return cli_run ((const char *const *) args->pdata, &setup);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_auto (GStrv) lines = g_strsplit (row->script, "\n", MAX_LINES);
  guint n_lines = g_strv_length (lines);
  ScriptedPeer *peer;
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonNode) report = NULL;
  g_autofree char *fault = NULL;

  g_assert_cmpuint (n_lines, <, MAX_LINES);
  g_clear_pointer (&lines[n_lines - 1], g_free); /* after the last line end */
  peer = scripted_peer_new ((const char *const *) lines);
  result = run (row, scripted_peer_get_port (peer));
  fault = scripted_peer_finish (peer);
  cli_assert_status (result, row->status);
  g_assert_cmpstr (fault, ==, NULL);

  report = cli_report_parse (result->out, result);
  assert_native (report, row);
  if (row->uses != NULL)
    assert_uses (report, row->uses);
  if (row->first != NULL)
    g_assert_cmpstr (cli_report_first_code (report), ==, row->first);
  if (row->warning != NULL)
    g_assert_true (cli_report_has_code (report, row->warning));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/uniface/", rows[i].path, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }

  return g_test_run ();
}
