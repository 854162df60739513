/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-main.h"
#include "real-run.h"
#include "site-scan.h"

#include <string.h>

/* What a scan finds in Dovecot and Postfix is what their configurations say, with STARTTLS in the
 * three protocols and without; limits of Postfix on connections change nothing but the time; and
 * which settings of an account would fail is what its logon then has. */

#define AES_1_3 "TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256"
#define IMAP_1_2 "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
#define OLD "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
#define SMTP_1_2                                                                                   \
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"

typedef struct
{
  const char *name;
  const char *arguments;
  const char *suites[4]; /* TLS 1.3 first; NULL: not spoken */
  const char *order;     /* of the highest version */
  const char *groups;    /* of it, in any order */
  const char *tickets;   /* whether its sessions are resumed by them */
  const char *asked;     /* for a certificate */
  gboolean limited;
} Door;

/* Where Dovecot asks for a certificate, it hangs up on who wants to resume a session.
 * clang-format off */
static const Door doors[] = {
  { "imap/starttls",
    "--protocol imap --starttls 127.0.0.1:@IMAP@",
    { AES_1_3, IMAP_1_2 },
    "server",
    "x25519 secp384r1",
    "true",
    "false" },
  { "imap/implicit",
    "--protocol imap 127.0.0.1:@IMAPS@",
    { AES_1_3, IMAP_1_2 },
    "server",
    "x25519 secp384r1",
    "true",
    "false" },
  { "pop3/starttls",
    "--protocol pop3 --starttls 127.0.0.1:@POP3@",
    { AES_1_3, IMAP_1_2 },
    "server",
    "x25519 secp384r1",
    "true",
    "false" },
  { "imap/only-1.3",
    "--protocol imap 127.0.0.2:@IMAPS@",
    { AES_1_3 },
    "client",
    "x25519 secp384r1",
    "true",
    "false" },
  { "pop3/only-1.3",
    "--protocol pop3 --starttls 127.0.0.2:@POP3@",
    { AES_1_3 },
    "client",
    "x25519 secp384r1",
    "true",
    "false" },
  { "imap/old",
    "--protocol imap --starttls 127.0.0.3:@IMAP@",
    { AES_1_3, OLD, OLD, OLD },
    "client",
    "x25519 secp384r1",
    "false",
    "true" },
  { "pop3/old",
    "--protocol pop3 127.0.0.3:@POP3S@",
    { AES_1_3, OLD, OLD, OLD },
    "client",
    "x25519 secp384r1",
    "false",
    "true" },
  { "smtp/starttls",
    "--protocol smtp --starttls 127.0.0.1:@SMTP@",
    { AES_1_3, SMTP_1_2 },
    "server",
    "x25519 secp256r1",
    "true",
    "false" },
  { "smtp/only-1.2",
    "--protocol smtp 127.0.0.1:@SMTPS@",
    { NULL, SMTP_1_2 },
    "server",
    "x25519 secp256r1",
    "true",
    "false" },
  { "smtp/one-at-once",
    "--protocol smtp --starttls 127.0.0.1:@ONE@",
    { AES_1_3, SMTP_1_2 },
    "server",
    "x25519 secp256r1",
    "true",
    "false",
    .limited = TRUE },
  { "smtp/some-in-a-while",
    "--protocol smtp --starttls 127.0.0.1:@RATED@",
    { AES_1_3, SMTP_1_2 },
    "server",
    "x25519 secp256r1",
    "true",
    "false",
    .limited = TRUE },
  { "smtp/some-in-a-while-implicit",
    "--protocol smtp 127.0.0.1:@RATED_TLS@",
    { AES_1_3, SMTP_1_2 },
    "server",
    "x25519 secp256r1",
    "true",
    "false",
    .limited = TRUE },
};

/* What one setting comes to, and whether a logon ends in the same way. */
typedef struct
{
  const char *name;
  const char *arguments;
  int status;
  const char *option; /* that fails; NULL: none */
  const char *code;
} Account;

#define CA "--tls-options verify_server=yes,ca_certificate=@CA@"
#define UNIFACE "--system uniface --asn @FOLDER@/mail.asn "

static const Account accounts[] = {
  { "good", CA " smtp://localhost:@SMTP@", 0, NULL, NULL },
  { "version", CA ",min_tls_version=1.3 smtps://localhost:@SMTPS@", 13, "min_tls_version",
    "tls.version-too-old" },
  { "authority",
    "--tls-options verify_server=yes,ca_certificate=@OTHER_CA@ smtps://localhost:@SMTPS@", 14,
    "verify_server", "cert.untrusted-root" },
  { "name", CA " --connect-to 127.0.0.1 smtps://mail.example.org:@SMTPS@", 14, "verify_server_name",
    "cert.name-mismatch" },
  { "uniface/good", UNIFACE "TLS:localhost+@SMTPS@:good", 0, NULL, NULL },
  { "uniface/version", UNIFACE "TLS:localhost+@SMTPS@:new", 13, "min_tls_version",
    "tls.version-too-old" },
  { "uniface/cipher", UNIFACE "TLS:localhost+@SMTPS@:rsa", 13, "cipher_list",
    "tls.no-common-cipher" },
  { "uniface/starttls", UNIFACE "--driver SMTP=UStartTLSSMTP localhost+@SMTP@", 14, "verify_server",
    "cert.untrusted-root" },
};
/* clang-format on */

static RealValues *values;

static char *
join_names (JsonObject *version, const char *list)
{
  JsonArray *array = json_object_get_array_member (version, list);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    g_string_append_printf (
      text, "%s%s", i > 0 ? " " : "",
      json_object_get_string_member (json_array_get_object_element (array, i), "name"));
  return g_string_free (text, FALSE);
}

static char *
get_text (JsonObject *object, const char *name)
{
  return json_to_string (json_object_get_member (object, name), FALSE);
}

static void
assert_words (const char *found, const char *wanted)
{
  g_auto (GStrv) words = g_strsplit (wanted, " ", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    g_assert_nonnull (strstr (found, words[i]));
  g_assert_cmpuint (strlen (found), ==, strlen (wanted));
}

static void
assert_highest (JsonObject *version, const Door *door)
{
  g_autofree char *groups = join_names (version, "groups");
  g_autofree char *signatures = join_names (version, "signatures");
  g_autofree char *tickets = get_text (version, "resumes_ticket");

  g_assert_cmpstr (json_object_get_string_member (version, "order"), ==, door->order);
  g_assert_cmpstr (tickets, ==, door->tickets);
  g_assert_true (json_object_get_boolean_member (version, "handshake"));
  assert_words (groups, door->groups);
  g_assert_nonnull (strstr (signatures, "ecdsa_secp256r1_sha256"));
}

static void
test_door (gconstpointer data)
{
  const Door *door = data;
  g_autoptr(RealRun) run = real_run_new_scan (values, door->arguments);
  JsonArray *versions = real_run_get_array (run, "versions");
  g_autofree char *asked = real_run_dup_text (run, "client_certificate_asked");
  g_autofree char *limited = real_run_dup_text (run, "limited");
  g_autofree char *duration = real_run_dup_text (run, "duration_ms");
  g_autofree char *connections = real_run_dup_text (run, "connections");
  gboolean seen = FALSE;

  g_test_message ("%s connections in %s ms", connections, duration);
  if (run->status != 0)
    g_test_message ("%s\n%s\n%s", run->command, run->output, run->errors);
  g_assert_cmpint (run->status, ==, 0);
  g_assert_cmpuint (json_array_get_length (versions), ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      JsonObject *version = json_array_get_object_element (versions, i);
      g_autofree char *suites = join_names (version, "suites");

      g_assert_true (json_object_get_boolean_member (version, "looked"));
      g_assert_true (json_object_get_boolean_member (version, "complete"));
      g_assert_cmpstr (suites, ==, door->suites[i] != NULL ? door->suites[i] : "");
      g_assert_cmpint (json_object_get_boolean_member (version, "spoken"), ==,
                       door->suites[i] != NULL);
      if (door->suites[i] != NULL && !seen)
        assert_highest (version, door);
      seen |= door->suites[i] != NULL;
    }
  g_assert_cmpstr (asked, ==, door->asked);
  g_assert_cmpstr (limited, ==, door->limited ? "true" : "false");
}

static void
test_account (gconstpointer data)
{
  const Account *account = data;
  g_autoptr(RealRun) run = real_run_new_scan (values, account->arguments);
  JsonArray *settings = real_run_get_array (run, "settings");
  gboolean found = account->option == NULL;

  if (run->status != account->status)
    g_test_message ("%s\n%s\n%s", run->command, run->output, run->errors);
  g_assert_cmpint (run->status, ==, account->status);
  g_assert_cmpuint (json_array_get_length (settings), >, 0);
  for (guint i = 0; i < json_array_get_length (settings); i++)
    {
      JsonObject *setting = json_array_get_object_element (settings, i);
      const char *option = json_object_get_string_member (setting, "option");

      if (strcmp (json_object_get_string_member (setting, "verdict"), "fails") != 0)
        continue;
      g_assert_cmpstr (option, ==, account->option);
      g_assert_cmpstr (json_object_get_string_member (setting, "code"), ==, account->code);
      g_assert_cmpstr (json_object_get_string_member (setting, "text"), !=, "");
      found = TRUE;
    }
  g_assert_true (found);
}

/* The same settings, in a logon. */
static void
test_logon (gconstpointer data)
{
  const Account *account = data;
  g_autofree char *arguments =
    g_strdup_printf ("--user @USER@ --password-from fd:0 %s", account->arguments);
  g_autoptr(RealRun) run = real_run_new (values, arguments, "@PASSWORD@\n", NULL);

  g_assert_cmpint (run->status, ==, account->status);
  g_assert_nonnull (real_run_find (run, account->code));
}

static void
add_tests (RealValues *given)
{
  values = given;
  for (gsize i = 0; i < G_N_ELEMENTS (doors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-served/%s", doors[i].name);

      g_test_add_data_func (path, &doors[i], test_door);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (accounts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scan-served/account/%s", accounts[i].name);
      g_autofree char *logon = g_strdup_printf ("/scan-served/logon/%s", accounts[i].name);

      g_test_add_data_func (path, &accounts[i], test_account);
      if (accounts[i].code != NULL)
        g_test_add_data_func (logon, &accounts[i], test_logon);
    }
}

int
main (int argc, char **argv)
{
  return real_main (&site_scan, add_tests, argc, argv);
}
