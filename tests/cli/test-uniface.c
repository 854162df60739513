/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-report.h"
#include "cli-run.h"
#include "scripted-peer.h"
#include "test-pki.h"

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
  const char
    *items; /* of the last driver, "NAME=value" between blanks, as far as they go; or NULL */
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

#define HELLO "S 220 ready\nC EHLO client.test\n"
#define EHLO "C EHLO client.test\n"
#define OFFER(words) "S 250-x\nS 250-" words "\nS 250 OK\n"
#define UPGRADE "C STARTTLS\nS 220 go\nTLS\n" EHLO
#define BYE "C QUIT\nS 221 bye\n"
#define LOGIN_TALK "C AUTH LOGIN\nS 334 VXNlcm5hbWU6\nC bWU=\nS 334 UGFzc3dvcmQ6\nC cHcx\n"
#define PW "--password-from=env:PW"
#define STARTTLS "--driver=SMTP=UStartTLSSMTP "
#define STARTTLS_OPT "--driver=SMTP=UStartTLSSMTP;USE=OPT "
#define LOGIN "--driver=SMTP=UAuthLoginSMTP --parameters=USER=me "
#define LOGIN_OPT "--driver=SMTP=UAuthLoginSMTP;USE=OPT --parameters=USER=me "
#define XOAUTH2 "--driver=SMTP=UAuthXOAUTH2SMTP --parameters=USER=me "
#define NTLM "--driver=SMTP=UAuthNTLMSMTP --parameters="

/* MS-NLMP section 4.2.4.3, the same cut short, and one of an old server that wants OEM. */
#define NTLM_CHALLENGE                                                                             \
  "TlRMTVNTUAACAAAADAAMADgAAAAzgoriASNFZ4mrze8AAAAAAAAAACQAJABEAAAABgBwFwAAAA9TAGUAcgB2AGUAcgACAA" \
  "wARABvAG0AYQBpAG4AAQAMAFMAZQByAHYAZQByAAAAAAA="
#define NTLM_CUT "TlRMTVNTUAACAAAADAAMADgAAAAzgoriASNFZ4mrze8AAAAAAAAAACQAJABEAAAABgBwFwAAAA9TAGUA"
#define NTLM_OLD "TlRMTVNTUAACAAAAAAAAAAAAAAACAgAAASNFZ4mrze8="
#define NTLM_HELLO HELLO OFFER ("AUTH NTLM")

static const Row rows[] = {
  /* LogonSMTP: the sequences of section 12, and the segments of section 6.1 */
  { "smtp/starttls-login",
    HELLO OFFER ("STARTTLS") UPGRADE OFFER ("AUTH LOGIN") LOGIN_TALK "S 235 in\n" BYE,
    STARTTLS LOGIN PW, 0, "LogonSMTP", 0, NULL, NULL, "++" },
  { "smtp/starttls-optional", HELLO OFFER ("AUTH LOGIN") LOGIN_TALK "S 235 in\n" BYE,
    STARTTLS_OPT LOGIN PW, 0, "LogonSMTP", 0, NULL, "settings.clear-text-password", "-+" },
  { "smtp/login-before-starttls",
    HELLO OFFER ("STARTTLS\nS 250-AUTH LOGIN") LOGIN_TALK "S 235 in\n" UPGRADE OFFER ("AUTH LOGIN")
      BYE,
    LOGIN STARTTLS PW, 0, "LogonSMTP", 0, NULL, "settings.clear-text-password", "++" },
  { "smtp/verified-before-opened", HELLO OFFER ("STARTTLS") "C QUIT\n", LOGIN STARTTLS PW, 15,
    "LogonSMTP", -7, "auth.not-offered", "settings.driver-order", "--" },
  { "smtp/not-offered-after-tls", HELLO OFFER ("STARTTLS") UPGRADE OFFER ("AUTH PLAIN") "C QUIT\n",
    STARTTLS LOGIN PW, 15, "LogonSMTP", -7, "auth.mechanism-not-offered", NULL, "+-" },
  { "smtp/login-twice",
    HELLO OFFER ("AUTH LOGIN") LOGIN_TALK "S 235 in\nC AUTH LOGIN\nS 503 again\nC QUIT\n",
    LOGIN LOGIN PW, 17, "LogonSMTP", -8, "auth.protocol", "settings.driver-order", "+-" },
  { "smtp/no-password", HELLO OFFER ("AUTH LOGIN") "C QUIT\n", LOGIN, 17, "LogonSMTP", -8,
    "auth.local", "settings.driver-parameters", "-" },
  { "smtp/optional-not-offered", HELLO OFFER ("SIZE 1") BYE, LOGIN_OPT PW, 0, "LogonSMTP", 0, NULL,
    "auth.unchecked", "-" },
  { "smtp/optional-refused", HELLO OFFER ("AUTH LOGIN") LOGIN_TALK "S 535 no\nC QUIT\n",
    LOGIN_OPT PW, 16, "LogonSMTP", -8, NULL, "settings.driver-optional", "-" },
  { "smtp/xoauth2",
    HELLO OFFER (
      "AUTH XOAUTH2") "C AUTH XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciB0b2sBAQ==\nS 235 in\n" BYE,
    XOAUTH2 TOKEN, 0, "LogonSMTP", 0, NULL, NULL, "+" },
  { "smtp/starttls-not-offered", HELLO OFFER ("AUTH LOGIN") "C QUIT\n", STARTTLS LOGIN PW, 15,
    "LogonSMTP", -7, "starttls.not-offered", NULL, "--" },
  { "smtp/starttls-parameters", HELLO OFFER ("STARTTLS") "C QUIT\n",
    "--driver SMTP=UStartTLSSMTP --parameters FOO=1 ", 17, "LogonSMTP", -8,
    "settings.driver-parameters", NULL, "-" },
  { "smtp/starttls-refused", HELLO OFFER ("STARTTLS") "C STARTTLS\nS 454 no\nC QUIT\n",
    STARTTLS LOGIN PW, 15, "LogonSMTP", -8, "starttls.refused", NULL, "--" },
  { "smtp/no-driver", HELLO OFFER ("AUTH LOGIN") BYE, "--user=me", 0, "LogonSMTP", 0,
    "settings.no-driver", NULL, "" },

  /* UAuthNTLMSMTP, section 7.2 */
  { "ntlm/lm-ntlm",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAAB4IAAAAAAAAAAAAAAAAAAAAAAAA=\n"
               "S 334 " NTLM_CHALLENGE "\nC TlRMTVNTUAADAAAAGAAYA\nS 235 in\n" BYE,
    NTLM "USER=me " PW, 0, "LogonSMTP", 0, NULL, "settings.clear-text-password", "+",
    "CHARSET=UNICODE POLICY=LM NTLM TARGETINFO=TRUE TARGETSERVER=Server TARGETDOMAIN=Domain " },
  { "ntlm/version-2",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAA\nS 334 " NTLM_CHALLENGE "\nC TlRMTVNTUAADAAAAGAAYA\n"
               "S 235 in\n" BYE,
    NTLM "USER=me;POLICY=LM~NTLM~V2 " PW, 0, "LogonSMTP", 0, NULL, NULL, "+",
    "CHARSET=UNICODE POLICY=LM NTLM VERSION 2 TARGETINFO=TRUE " },
  { "ntlm/session-security",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAA\nS 334 " NTLM_CHALLENGE "\nC TlRMTVNTUAADAAAAGAAYA\n"
               "S 235 in\n" BYE,
    NTLM "USER=me;POLICY=SESSION~SECURITY " PW, 0, "LogonSMTP", 0, NULL, NULL, "+",
    "CHARSET=UNICODE POLICY=SESSION SECURITY " },
  { "ntlm/session-security-missing",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAA\nS 334 " NTLM_OLD "\nC *\nS 501 cancelled\nC QUIT\n",
    NTLM "USER=me;POLICY=SESSION~SECURITY " PW, 17, "LogonSMTP", -8, "auth.protocol", NULL, "-" },
  { "ntlm/session-security-fallback",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAA\nS 334 " NTLM_OLD "\nC TlRMTVNTUAADAAAAGAAYA\n"
               "S 235 in\n" BYE,
    NTLM "USER=me;POLICY=SESSION~SECURITY,NTLM " PW, 0, "LogonSMTP", 0, NULL, NULL, "+",
    "CHARSET=OEM POLICY=NTLM TARGETINFO=FALSE " },
  { "ntlm/oem",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAABrIAAAEAAQAgAAAAAQABACEAAABEVw==\nS 334 " NTLM_OLD
               "\nC TlRMTVNTUAADAAAAGAAYA\nS 235 in\n" BYE,
    NTLM "USER=me;CHARSET=OEM;DOMAIN=d;WORKSTATION=w " PW, 0, "LogonSMTP", 0, NULL, NULL, "+",
    "CHARSET=OEM POLICY=LM NTLM TARGETINFO=FALSE " },
  { "ntlm/deferred",
    NTLM_HELLO "C AUTH NTLM\nS 334 NTLM supported\nC TlRMTVNTUAABAAAA\nS 334 " NTLM_CHALLENGE
               "\nC TlRMTVNTUAADAAAAGAAYA\nS 235 in\n" BYE,
    "--asn @DEFERRED@ " NTLM "USER=me " PW, 0, "LogonSMTP", 0, NULL, NULL, "+" },
  { "ntlm/refused",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAA\nS 334 " NTLM_CHALLENGE "\nC TlRMTVNTUAADAAAAGAAYA\n"
               "S 535 no\nC QUIT\n",
    NTLM "USER=me " PW, 16, "LogonSMTP", -8, NULL, NULL, "-", "CHARSET=UNICODE POLICY=LM NTLM " },
  { "ntlm/cut-challenge",
    NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAA\nS 334 " NTLM_CUT "\nC *\nS 501 cancelled\nC QUIT\n",
    NTLM "USER=me " PW, 17, "LogonSMTP", -8, "auth.protocol", NULL, "-" },
  { "ntlm/not-offered", HELLO OFFER ("AUTH LOGIN") "C QUIT\n", NTLM "USER=me " PW, 15, "LogonSMTP",
    -7, "auth.mechanism-not-offered", NULL, "-" },
  { "ntlm/bad-policy", NTLM_HELLO "C QUIT\n", NTLM "USER=me;POLICY=KERBEROS " PW, 17, "LogonSMTP",
    -8, "auth.local", "settings.driver-parameters", "-" },

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
  /* LogonMail cannot begin TLS, and asks nobody whether it is wanted. */
  { "mail/needs-tls",
    POP_HELLO POP_PLAIN "C USER me\nS -ERR [AUTH] no plaintext without TLS\nC QUIT\n", POP " " USER,
    15, "LogonMail", -2, "auth.needs-tls", "settings.clear-text-password" },
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
    POP " " USER " " XOAUTH2_POP_OPT " " TOKEN, 0, "LogonMail", 0, NULL, "settings.driver-optional",
    "+" },
  { "mail/optional-falls-back", POP_HELLO POP_PLAIN USER_PASS "S +OK\n" POP_BYE,
    POP " " USER " " XOAUTH2_POP_OPT " " TOKEN, 0, "LogonMail", 0, NULL, "settings.driver-optional",
    "-" },
  { "mail/optional-refused", POP_HELLO POP_XOAUTH2 "C AUTH XOAUTH2 \nS -ERR no\nC QUIT\n",
    POP " " USER " " XOAUTH2_POP_OPT " " TOKEN, 16, "LogonMail", -8, NULL, NULL },
  { "mail/optional-empty", POP_HELLO POP_PLAIN "C QUIT\n", POP " " XOAUTH2_POP_OPT " " TOKEN, 17,
    "LogonMail", -2, "auth.local", NULL },
  { "mail/smtp-driver", POP_HELLO POP_PLAIN USER_PASS "S +OK\n" POP_BYE,
    POP " " USER " --driver=SMTP=UAuthLoginSMTP", 0, "LogonMail", 0, NULL, "settings.driver-unused",
    "" },
};

/* The server's certificate, for 127.0.0.1, and the same as the only one that is trusted. */
static char *chain;
static char *key;
static char *ca_file;

static void
make_certificate (void)
{
  const TestCertSpec spec = { .cn = "127.0.0.1", .ip = "127.0.0.1", .ca = TRUE };
  g_autoptr(TestCert) cert = test_cert_new (&spec, NULL, NULL);

  chain = test_cert_pem (cert, NULL);
  key = test_cert_key_pem (cert);
  ca_file = cli_make_file (chain, -1);
}

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

static void
assert_items (JsonNode *report, const char *expected)
{
  JsonArray *drivers = json_object_get_array_member (json_node_get_object (report), "drivers");
  JsonObject *last = json_array_get_object_element (drivers, json_array_get_length (drivers) - 1);
  JsonObject *items = json_object_get_object_member (last, "items");
  g_autoptr(GList) names = json_object_get_members (items);
  g_autoptr(GString) text = g_string_new (NULL);

  for (GList *name = names; name != NULL; name = name->next)
    g_string_append_printf (text, "%s=%s ", (const char *) name->data,
                            json_object_get_string_member (items, name->data));
  g_assert_cmpstr (text->str, !=, "");
  if (!g_str_has_prefix (text->str, expected))
    g_assert_cmpstr (text->str, ==, expected);
}

static CliResult *
run (const Row *row, guint16 port)
{
  g_autofree char *connection = g_strdup_printf ("127.0.0.1+%u", port);
  g_autofree char *tls =
    g_strdup_printf ("--tls-options=verify_server=yes,ca_certificate=%s", ca_file);
  g_autofree char *deferred = cli_make_file ("[LOGICALS]\nNTLM_INITIAL_RESPONSE DEFERRED\n", -1);
  g_auto (GStrv) words = g_strsplit (row->args, " ", -1);
  g_autoptr(GPtrArray) args = g_ptr_array_new ();
  const char *const environment[] = { "PW=pw1", "TOK=tok", NULL };
  const CliSetup setup = { .environment = environment };

  g_ptr_array_add (args, (gpointer) "probe");
  g_ptr_array_add (args, (gpointer) "--system=uniface");
  g_ptr_array_add (args, (gpointer) "--format=json");
  g_ptr_array_add (args, (gpointer) "--ehlo=client.test");
  g_ptr_array_add (args, tls);
  for (gsize i = 0; words[i] != NULL && *words[i] != '\0'; i++)
    g_ptr_array_add (
      args, g_str_equal (words[i], "@DEFERRED@") ? deferred : g_strdelimit (words[i], "~", ' '));
  g_ptr_array_add (args, connection);
  g_ptr_array_add (args, NULL);

  return cli_run ((const char *const *) args->pdata, &setup);
}

/* What may go in clear text is said before anything is sent, on standard error. */
static void
assert_warned (const CliResult *result, const Row *row)
{
  gboolean clear = g_strcmp0 (row->first, "settings.clear-text-password") == 0 ||
                   g_strcmp0 (row->warning, "settings.clear-text-password") == 0;

  if (clear && strstr (result->err, "anybody on the way can read the password") == NULL)
    g_error ("%s: nothing was said of clear text: %s", row->path, result->err);
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
  peer = scripted_peer_new_tls ((const char *const *) lines, chain, key);
  result = run (row, scripted_peer_get_port (peer));
  fault = scripted_peer_finish (peer);
  assert_warned (result, row);
  cli_assert_status (result, row->status);
  g_assert_cmpstr (fault, ==, NULL);

  report = cli_report_parse (result->out, result);
  assert_native (report, row);
  if (row->uses != NULL)
    assert_uses (report, row->uses);
  if (row->items != NULL)
    assert_items (report, row->items);
  if (row->first != NULL)
    g_assert_cmpstr (cli_report_first_code (report), ==, row->first);
  if (row->warning != NULL)
    g_assert_true (cli_report_has_code (report, row->warning));
}

/* What GetSecurity would tell, in the text for people. */
static void
test_text (void)
{
  static const Row row = {
    .path = "text",
    .script = NTLM_HELLO "C AUTH NTLM TlRMTVNTUAABAAAA\nS 334 " NTLM_CHALLENGE
                         "\nC TlRMTVNTUAADAAAAGAAYA\nS 235 in\n" BYE,
    .args = "--format=text --verbose " NTLM "USER=me " PW,
  };
  g_auto (GStrv) lines = g_strsplit (row.script, "\n", MAX_LINES);
  ScriptedPeer *peer;
  g_autoptr(CliResult) result = NULL;
  g_autofree char *fault = NULL;

  g_clear_pointer (&lines[g_strv_length (lines) - 1], g_free);
  peer = scripted_peer_new ((const char *const *) lines);
  result = run (&row, scripted_peer_get_port (peer));
  fault = scripted_peer_finish (peer);
  cli_assert_status (result, 0);
  g_assert_cmpstr (fault, ==, NULL);
  g_assert_nonnull (
    strstr (result->out, "UAuthNTLMSMTP: INUSE=TRUE; CHARSET=UNICODE; POLICY=LM NTLM;"));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  make_certificate ();

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/uniface/", rows[i].path, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }

  g_test_add_func ("/uniface/text", test_text);
  status = g_test_run ();

  g_free (chain);
  g_free (key);
  g_free (ca_file);

  return status;
}
