/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-report.h"
#include "cli-run.h"
#include "test-revocation-data.h"

#include <glib/gstdio.h>
#include <openssl/ocsp.h>
#include <string.h>

/* What the program offers to a server that is none of ours, "openssl s_server", which writes down
 * the ClientHello that it got. It says "554" to whoever gets through TLS. */

#define REFUSED_BY_GREETING 12
#define REFUSED_BY_TLS 13
#define REFUSED_BY_CERTIFICATE 14
#define REFUSED_BY_SETTINGS 1

static struct
{
  char *ca_file;
  char *chain;
  char *key;
  char *client;
  char *client_key;
  char *locked[2]; /* PKCS#8, and the older form */
  char *configuration;
  TestCert *root;
  TestCert *own;
} files;

typedef struct
{
  GSubprocess *process;
  GDataInputStream *lines;
  char *port;
} Server;

static char *
next_line (Server *self)
{
  return g_data_input_stream_read_line (self->lines, NULL, NULL, NULL);
}

/* @options: of s_server, after those that say who it is; NULL at the end. It takes one connection,
 * or as many as an option of its own says. */
static Server *
server_new (const char *const *options)
{
  Server *self = g_new0 (Server, 1);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  const char *const fixed[] = {
    "openssl", "s_server", "-accept",     "127.0.0.1:0", "-cert", files.chain, "-key",
    files.key, "-CAfile",  files.ca_file, "-trace",      "-crlf", "-naccept",  "1"
  };
  g_autoptr(GError) error = NULL;
  GOutputStream *input;
  char *line;

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    g_ptr_array_add (argv, (gpointer) fixed[i]);
  for (guint i = 0; options[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) options[i]);
  g_ptr_array_add (argv, NULL);

  self->process =
    g_subprocess_newv ((const char *const *) argv->pdata,
                       G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                         G_SUBPROCESS_FLAGS_STDERR_MERGE,
                       &error);
  g_assert_no_error (error);
  self->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  input = g_subprocess_get_stdin_pipe (self->process);
  g_output_stream_write_all (input, "554 enough\n", 11, NULL, NULL, &error);
  g_assert_no_error (error);

  while ((line = next_line (self)) != NULL)
    {
      if (g_str_has_prefix (line, "ACCEPT "))
        self->port = g_strdup (strrchr (line, ':') + 1);
      g_free (line);
      if (self->port != NULL)
        return self;
    }
  g_error ("openssl s_server did not start");
}

/* All that it wrote down; it ends, if it has not. */
static char *
server_finish (Server *self)
{
  GString *text = g_string_new (NULL);
  char *line;

  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  g_subprocess_send_signal (self->process, 15);
  while ((line = next_line (self)) != NULL)
    {
      g_string_append_printf (text, "%s\n", line);
      g_free (line);
    }
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->lines);
  g_object_unref (self->process);
  g_free (self->port);
  g_free (self);

  return g_string_free (text, FALSE);
}

/* The items of a part of the ClientHello, set apart by blanks. @take says what an item is. */
static char *
read_part (const char *text, const char *begin, const char *item, gboolean (*take) (const char *))
{
  const char *hello = strstr (text, "ClientHello, Length=");
  const char *part = hello != NULL ? strstr (hello, begin) : NULL;
  GString *list = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;

  g_assert_nonnull (part);
  lines = g_strsplit (part, "\n", 200);
  for (guint i = 1; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (!g_str_has_prefix (line, item))
        break;
      if (take (line))
        g_string_append_printf (list, "%s%s", list->len > 0 ? " " : "", line);
    }

  return g_string_free (list, FALSE);
}

static gboolean
take_any (const char *line)
{
  return TRUE;
}

/* "{0xC0, 0x30} TLS_ECDHE_…", but not the one that only says something of renegotiation. */
static gboolean
is_suite (const char *line)
{
  return strstr (line, "SCSV") == NULL;
}

static char *
dup_suites (const char *text)
{
  g_autofree char *all = read_part (text, "cipher_suites", "{", is_suite);
  g_auto (GStrv) words = g_strsplit (all, " ", -1);
  GString *list = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_has_prefix (words[i], "TLS_"))
      g_string_append_printf (list, "%s%s", list->len > 0 ? " " : "", words[i]);

  return g_string_free (list, FALSE);
}

/* @key_password: (nullable): what is on descriptor 3 */
static CliResult *
probe_with (const char *system, const char *port, const char *tls_options, const char *key_password)
{
  gboolean uniface = strcmp (system, "uniface") == 0;
  g_autofree char *options =
    g_strdup_printf ("verify_server=yes,ca_certificate=%s%s", files.ca_file, tls_options);
  g_autofree char *connection =
    g_strdup_printf ("%s127.0.0.1%s%s", uniface ? "TLS:" : "", uniface ? "+" : ":", port);
  g_autofree char *variable = g_strconcat ("OPENSSL_CONF=", files.configuration, NULL);
  const char *const environment[] = { variable, NULL };
  const CliSetup setup = { .environment = environment, .input = key_password };
  const char *args[] = { "probe",
                         "--format",
                         "json",
                         "--system",
                         system,
                         "--tls-options",
                         options,
                         connection,
                         uniface ? "--ipv4" : "--tls=implicit",
                         key_password != NULL ? "--key-password-from=fd:3" : NULL,
                         NULL };

  return cli_run (args, &setup);
}

static CliResult *
probe (const char *system, const char *port, const char *tls_options)
{
  return probe_with (system, port, tls_options, NULL);
}

#define SUITES_1_3 "TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256"
#define ECDHE "TLS_ECDHE_ECDSA_WITH_"

static void
test_client_hello (void)
{
  static const struct
  {
    const char *system;
    const char *options;
    const char *versions;
    const char *suites; /* NULL: any, but these of 1.3 first */
    const char *agreed;
  } rows[] = {
    { "uniface", "", "TLS 1.3 (772) TLS 1.2 (771)", NULL, "TLS 1.3" },
    { "uniface", ",min_tls_version=1.3", "TLS 1.3 (772)", SUITES_1_3, "TLS 1.3" },
    { "uniface", ",min_tls_version=1.1", "TLS 1.3 (772) TLS 1.2 (771) TLS 1.1 (770)", NULL,
      "TLS 1.3" },
    { "uniface", ",min_tls_version=1.0", "TLS 1.3 (772) TLS 1.2 (771) TLS 1.1 (770) TLS 1.0 (769)",
      NULL, "TLS 1.3" },
    { "generic", ",min_tls_version=1.3", "TLS 1.3 (772)", SUITES_1_3, "TLS 1.3" },
    { "uniface", ",cipher_list=ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384",
      "TLS 1.3 (772) TLS 1.2 (771)",
      SUITES_1_3 " " ECDHE "AES_128_CBC_SHA " ECDHE "AES_256_GCM_SHA384", "TLS 1.3" },
    { "generic", ",cpr_lst=ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA",
      "TLS 1.3 (772) TLS 1.2 (771)",
      SUITES_1_3 " " ECDHE "AES_256_GCM_SHA384 " ECDHE "AES_128_CBC_SHA", "TLS 1.3" },
  };
  const char *const options[] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Server *server = server_new (options);
      g_autoptr(CliResult) result = probe (rows[i].system, server->port, rows[i].options);
      g_autofree char *text = server_finish (server);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
      g_autofree char *versions =
        read_part (text, "extension_type=supported_versions", "TLS ", take_any);
      g_autofree char *suites = dup_suites (text);

      g_test_message ("%s%s", rows[i].system, rows[i].options);
      cli_assert_status (result, REFUSED_BY_GREETING);
      g_assert_cmpstr (versions, ==, rows[i].versions);
      g_assert_cmpstr (cli_report_get_string (report, "tls", "version"), ==, rows[i].agreed);
      if (rows[i].suites != NULL)
        g_assert_cmpstr (suites, ==, rows[i].suites);
      else
        g_assert_true (g_str_has_prefix (suites, SUITES_1_3 " "));
      g_assert_null (strstr (suites, "RC4"));
      g_assert_null (strstr (suites, "anon"));
      g_assert_null (strstr (suites, "NULL"));
    }
}

/* The finding names the server's newest version, and the remedy allows it. */
static void
assert_version_told (const CliResult *result, JsonNode *report, const char *newest)
{
  g_autofree char *named = g_strdup_printf ("TLS %s", newest);
  g_autofree char *change = g_strdup_printf ("min_tls_version=%s\"", newest);

  g_assert_cmpstr (cli_report_first_code (report), ==, "tls.version-too-old");
  g_assert_nonnull (strstr (result->out, named));
  g_assert_nonnull (strstr (result->out, change));
}

/* An old server is reached when the profile says so, and then alone; whatever this computer's
 * configuration of OpenSSL says. */
static void
test_old_servers (void)
{
  static const struct
  {
    const char *server; /* option of s_server */
    const char *options;
    int status;
    const char *agreed; /* or the finding */
    const char *mends;  /* what the remedy allows */
  } rows[] = {
    { "-tls1", ",min_tls_version=1.0", REFUSED_BY_GREETING, "TLS 1.0" },
    { "-tls1_1", ",min_tls_version=1.0", REFUSED_BY_GREETING, "TLS 1.1" },
    { "-tls1_1", ",min_tls_version=1.1", REFUSED_BY_GREETING, "TLS 1.1" },
    { "-tls1_2", "", REFUSED_BY_GREETING, "TLS 1.2" },
    { "-tls1", ",min_tls_version=1.1", REFUSED_BY_TLS, "tls.version-too-old", "1.0" },
    { "-tls1_1", "", REFUSED_BY_TLS, "tls.version-too-old", "1.1" },
    { "-tls1_2", ",min_tls_version=1.3", REFUSED_BY_TLS, "tls.version-too-old", "1.2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *const options[] = { rows[i].server,
                                      "-cipher",
                                      "ALL:@SECLEVEL=0",
                                      "-naccept",
                                      rows[i].mends != NULL ? "2" : "1",
                                      NULL };
      Server *server = server_new (options);
      g_autoptr(CliResult) result = probe ("uniface", server->port, rows[i].options);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

      g_free (server_finish (server));
      g_test_message ("%s%s", rows[i].server, rows[i].options);
      cli_assert_status (result, rows[i].status);
      if (rows[i].status == REFUSED_BY_GREETING)
        g_assert_cmpstr (cli_report_get_string (report, "tls", "version"), ==, rows[i].agreed);
      else
        assert_version_told (result, report, rows[i].mends);
    }
}

static void
test_ciphers (void)
{
  static const struct
  {
    const char *options;
    int status;
    const char *agreed; /* or the finding */
  } rows[] = {
    { ",cipher_list=ECDHE-ECDSA-AES128-SHA", REFUSED_BY_GREETING, "ECDHE-ECDSA-AES128-SHA" },
    { ",cipher_list=ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA", REFUSED_BY_GREETING,
      "ECDHE-ECDSA-AES128-SHA" },
    { ",cipher_list=ECDHE-ECDSA-AES256-GCM-SHA384", REFUSED_BY_TLS, "tls.no-common-cipher" },
    { ",cipher_list=RC4-SHA", REFUSED_BY_SETTINGS, "settings.option-illegal" },
    { ",cipher_list=no-such-suite", REFUSED_BY_SETTINGS, "settings.option-illegal" },
  };
  const char *const options[] = { "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Server *server = server_new (options);
      g_autoptr(CliResult) result = probe ("uniface", server->port, rows[i].options);
      g_autofree char *text = server_finish (server);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

      g_test_message ("%s", rows[i].options);
      cli_assert_status (result, rows[i].status);
      if (rows[i].status == REFUSED_BY_GREETING)
        g_assert_cmpstr (cli_report_get_string (report, "tls", "cipher"), ==, rows[i].agreed);
      else
        g_assert_cmpstr (cli_report_first_code (report), ==, rows[i].agreed);
      g_assert_cmpint (strstr (text, "ClientHello") == NULL, ==,
                       rows[i].status == REFUSED_BY_SETTINGS);
    }
}

/* Keys under a password: accepted by the server, refused by it, or not to be opened; in which case
 * nothing is sent. The password is in nothing that anybody sees. */
static void
test_client_keys (void)
{
  static const char *const systems[] = { "uniface", "generic" };
  const struct
  {
    const char *key;
    const char *password;
    int status;
    const char *code;
    const char *given; /* for the run */
  } rows[] = {
    { files.locked[0], ",client_key_password=open sesame", REFUSED_BY_GREETING, NULL },
    { files.locked[1], ",clt_key_pwd=open sesame", REFUSED_BY_GREETING, NULL },
    { files.client_key, "", REFUSED_BY_GREETING, NULL },
    { files.locked[0], ",client_key_password=close sesame", REFUSED_BY_SETTINGS,
      "settings.key-password" },
    { files.locked[1], ",client_key_password=close sesame", REFUSED_BY_SETTINGS,
      "settings.key-password" },
    { files.locked[0], "", REFUSED_BY_SETTINGS, "settings.key-password" },
    { files.locked[0], "", REFUSED_BY_GREETING, NULL, "open sesame" },
    { files.locked[1], ",clt_key_pwd=<hidden>", REFUSED_BY_GREETING, NULL, "open sesame" },
    { files.locked[1], "", REFUSED_BY_SETTINGS, "settings.key-password", "close sesame" },
    { files.key, "", REFUSED_BY_SETTINGS, "settings.key-mismatch" },
  };
  const char *const options[] = { "-Verify", "1", "-verify_return_error", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (rows) * G_N_ELEMENTS (systems); i++)
    {
      guint row = i / 2;
      g_autofree char *own =
        g_strdup_printf (",verify_client=yes,client_certificate=%s,client_key=%s%s", files.client,
                         rows[row].key, rows[row].password);
      Server *server = server_new (options);
      g_autoptr(CliResult) result =
                   probe_with (systems[i % 2], server->port, own, rows[row].given);
      g_autofree char *text = server_finish (server);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

      g_test_message ("%s", own);
      cli_assert_status (result, rows[row].status);
      if (rows[row].code != NULL)
        g_assert_cmpstr (cli_report_first_code (report), ==, rows[row].code);
      else
        g_assert_nonnull (strstr (text, "verify return:1"));
      g_assert_cmpint (strstr (text, "ClientHello") == NULL, ==, rows[row].code != NULL);
      g_assert_null (strstr (result->out, "sesame"));
      g_assert_null (strstr (result->err, "sesame"));
      g_assert_cmpint (strstr (result->err, "--key-password-from") != NULL, ==,
                       strstr (rows[row].password, "sesame") != NULL);
    }
}

/* The server does not know who issued it. */
static void
test_client_refused (void)
{
  static const char *const versions[] = { "-tls1_2", "-tls1_3" };
  g_autofree char *own = g_strdup_printf (",verify_client=yes,client_certificate=%s,client_key=%s,"
                                          "client_key_password=open sesame",
                                          files.client, files.locked[0]);

  for (guint i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      /* The later -CAfile counts. */
      const char *const options[] = { versions[i], "-CAfile", files.client,
                                      "-Verify",   "1",       "-verify_return_error",
                                      NULL };
      Server *server = server_new (options);
      g_autoptr(CliResult) result = probe ("uniface", server->port, own);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

      g_free (server_finish (server));
      cli_assert_status (result, REFUSED_BY_TLS);
      g_assert_cmpstr (cli_report_first_code (report), ==, "tls.client-certificate-refused");
    }
}

/* No mail server has one, but the system can be told so. The right key, a wrong one, and a server
 * that has a certificate only. */
static void
test_shared_key (void)
{
  static const struct
  {
    const char *version;
    const char *key; /* of the server, in hexadecimal digits */
    int status;
  } rows[] = {
    { "-tls1_2", "6f70656e20736573616d65", REFUSED_BY_GREETING },
    { "-tls1_3", "6f70656e20736573616d65", REFUSED_BY_GREETING },
    { "-tls1_2", "6f70656e", REFUSED_BY_TLS },
    { "-tls1_3", "6f70656e", REFUSED_BY_TLS },
    { "-tls1_2", NULL, REFUSED_BY_TLS },
    { "-tls1_3", NULL, REFUSED_BY_TLS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *const options[] = { rows[i].version, rows[i].key != NULL ? "-psk" : NULL,
                                      rows[i].key, NULL };
      Server *server = server_new (options);
      g_autofree char *connection = g_strconcat ("TLS:127.0.0.1+", server->port, NULL);
      const char *const args[] = { "probe",
                                   "--format",
                                   "json",
                                   "--system",
                                   "uniface",
                                   "--tls-options",
                                   "shared_key=open sesame",
                                   connection,
                                   NULL };
      g_autoptr(CliResult) result = cli_run (args, NULL);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

      g_free (server_finish (server));
      cli_assert_status (result, rows[i].status);
      g_assert_true (cli_report_has_code (report, "settings.not-supported"));
      if (rows[i].status == REFUSED_BY_GREETING)
        g_assert_cmpstr (cli_report_step_state (report, "certificate"), ==, "skipped");
      else
        g_assert_cmpstr (cli_report_first_code (report), ==, "tls.shared-key");
      g_assert_false (cli_report_has_code (report, "cert.untrusted-root"));
      g_assert_null (strstr (result->out, "sesame"));
      g_assert_null (strstr (result->err, "sesame"));
      g_assert_nonnull (strstr (result->err, "shared_key"));
      g_assert_null (strstr (result->err, "--key-password-from"));
    }
}

/* What is stapled counts, and is in the report. */
static void
test_staple (void)
{
  static const struct
  {
    const char *version; /* option of s_server */
    const TestStapleSpec spec;
    int status;
    const char *code; /* NULL: none about it */
    const char *staple;
  } rows[] = {
    { "-tls1_3", { 0 }, REFUSED_BY_GREETING, NULL, "good" },
    { "-tls1_2", { 0 }, REFUSED_BY_GREETING, NULL, "good" },
    { "-tls1_3",
      { .status = V_OCSP_CERTSTATUS_REVOKED },
      REFUSED_BY_CERTIFICATE,
      "cert.revoked",
      "revoked" },
    { "-tls1_2",
      { .status = V_OCSP_CERTSTATUS_REVOKED },
      REFUSED_BY_CERTIFICATE,
      "cert.revoked",
      "revoked" },
    { "-tls1_3",
      { .from_days = -9, .to_days = -2 },
      REFUSED_BY_GREETING,
      "cert.staple-stale",
      "stale" },
  };
  static const char *const systems[] = { "generic", "uniface" };

  for (guint i = 0; i < G_N_ELEMENTS (rows) * 2; i++)
    {
      g_autoptr(GBytes) staple = test_staple_new (files.root, files.own, &rows[i / 2].spec);
      g_autofree char *path =
        cli_make_file (g_bytes_get_data (staple, NULL), (gssize) g_bytes_get_size (staple));
      const char *const options[] = { rows[i / 2].version, "-status_file", path, NULL };
      Server *server = server_new (options);
      g_autoptr(CliResult) result = probe (systems[i % 2], server->port, "");
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
      JsonObject *tls = json_object_get_object_member (json_node_get_object (report), "tls");
      JsonObject *revocation = json_object_get_object_member (tls, "revocation");

      g_free (server_finish (server));
      cli_assert_status (result, rows[i / 2].status);
      g_assert_cmpstr (json_object_get_string_member (revocation, "staple"), ==,
                       rows[i / 2].staple);
      g_assert_cmpstr (json_object_get_string_member (revocation, "crl"), ==, "none");
      g_assert_cmpstr (json_object_get_string_member (tls, "sni"), ==, "");
      if (rows[i / 2].code != NULL)
        g_assert_true (cli_report_has_code (report, rows[i / 2].code));
      g_unlink (path);
    }
}

static char *
lock_key (const char *const *options)
{
  char *path = cli_make_file ("", 0);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  int status = 0;

  g_ptr_array_add (argv, (gpointer) "openssl");
  for (guint i = 0; options[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) options[i]);
  g_ptr_array_add (argv, (gpointer) "-in");
  g_ptr_array_add (argv, files.client_key);
  g_ptr_array_add (argv, (gpointer) "-out");
  g_ptr_array_add (argv, path);
  g_ptr_array_add (argv, (gpointer) "-passout");
  g_ptr_array_add (argv, (gpointer) "pass:open sesame");
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);

  return path;
}

/* Of a computer that would rather have it another way, and has no say. */
static const char configuration[] = "openssl_conf = init\n"
                                    "[init]\n"
                                    "ssl_conf = ssl\n"
                                    "[ssl]\n"
                                    "system_default = defaults\n"
                                    "[defaults]\n"
                                    "MinProtocol = TLSv1.3\n"
                                    "CipherString = AES128-SHA:@SECLEVEL=4\n";

static void
make_files (void)
{
  static const char *const pkcs8[] = { "pkcs8", "-topk8", "-v2", "aes-256-cbc", NULL };
  static const char *const traditional[] = { "ec", "-aes128", NULL };
  const TestCertSpec root_spec = { .cn = "Root", .ca = TRUE };
  const TestCertSpec own_spec = { .cn = "own", .ip = "127.0.0.1" };
  const TestCertSpec client_spec = { .cn = "client" };
  TestCert *root = files.root = test_cert_new (&root_spec, NULL, NULL);
  TestCert *own = files.own = test_cert_new (&own_spec, root, NULL);
  g_autoptr(TestCert) client = test_cert_new (&client_spec, root, NULL);
  g_autofree char *root_pem = test_cert_pem (root, NULL);
  g_autofree char *own_pem = test_cert_pem (own, NULL);
  g_autofree char *own_key = test_cert_key_pem (own);
  g_autofree char *client_pem = test_cert_pem (client, NULL);
  g_autofree char *client_key = test_cert_key_pem (client);

  files.ca_file = cli_make_file (root_pem, -1);
  files.chain = cli_make_file (own_pem, -1);
  files.key = cli_make_file (own_key, -1);
  files.client = cli_make_file (client_pem, -1);
  files.client_key = cli_make_file (client_key, -1);
  files.configuration = cli_make_file (configuration, -1);
  files.locked[0] = lock_key (pkcs8);
  files.locked[1] = lock_key (traditional);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  make_files ();
  g_test_add_func ("/cli/tls/client-hello", test_client_hello);
  g_test_add_func ("/cli/tls/old-servers", test_old_servers);
  g_test_add_func ("/cli/tls/ciphers", test_ciphers);
  g_test_add_func ("/cli/tls/client-keys", test_client_keys);
  g_test_add_func ("/cli/tls/client-refused", test_client_refused);
  g_test_add_func ("/cli/tls/shared-key", test_shared_key);
  g_test_add_func ("/cli/tls/staple", test_staple);
  result = g_test_run ();

  test_cert_free (files.own);
  test_cert_free (files.root);
  g_free (files.ca_file);
  g_free (files.chain);
  g_free (files.key);
  g_free (files.client);
  g_free (files.client_key);
  g_free (files.locked[0]);
  g_free (files.locked[1]);
  g_free (files.configuration);

  return result;
}
