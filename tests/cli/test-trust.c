/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-report.h"
#include "cli-run.h"
#include "test-pki.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

/* From a chain that is refused to one that verifies: against a real server, by way of the report
 * that it leaves, and back to the server with what was made of it. */

#define HOST "mail.example.com"
#define REFUSED 14

static struct
{
  TestCert *root;
  TestCert *lower; /* from the root */
  TestCert *leaf;  /* from the lower one */
  TestCert *other; /* a root that has nothing to do with it */
  TestCert *self_signed;
  char *folder;
} pki;

/* --- A server of SMTP behind TLS that sends the chain it is given, as it is --- */

typedef struct
{
  GSocketListener *listener;
  GCancellable *stop;
  GThread *thread;
  SSL_CTX *context;
  guint16 port;
} Server;

static void
add_chain (SSL_CTX *context, const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL);

  g_assert_cmpint (SSL_CTX_use_certificate (context, certificate), ==, 1);
  X509_free (certificate);
  while ((certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL)
    g_assert_cmpint ((int) SSL_CTX_add0_chain_cert (context, certificate), ==, 1);
  ERR_clear_error ();
  BIO_free (bio);
}

static void
set_key (SSL_CTX *context, const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);

  g_assert_cmpint (SSL_CTX_use_PrivateKey (context, key), ==, 1);
  EVP_PKEY_free (key);
  BIO_free (bio);
}

static void
send_line (SSL *ssl, const char *line)
{
  SSL_write (ssl, line, (int) strlen (line));
}

static void
talk (SSL *ssl)
{
  char buffer[1024];
  int n;

  send_line (ssl, "220 ready\r\n");
  while ((n = SSL_read (ssl, buffer, sizeof buffer - 1)) > 0)
    {
      buffer[n] = '\0';
      if (g_str_has_prefix (buffer, "QUIT"))
        {
          send_line (ssl, "221 bye\r\n");
          break;
        }
      send_line (ssl, "250 fine\r\n");
    }
}

static gpointer
serve (gpointer data)
{
  Server *self = data;

  while (TRUE)
    {
      g_autoptr(GSocketConnection) connection =
                   g_socket_listener_accept (self->listener, NULL, self->stop, NULL);
      SSL *ssl;
      int fd;

      if (connection == NULL)
        return NULL;
      fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
      fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK); /* GIO's own are never blocking */
      ssl = SSL_new (self->context);
      SSL_set_fd (ssl, fd);
      if (SSL_accept (ssl) == 1)
        talk (ssl);
      SSL_shutdown (ssl);
      SSL_free (ssl);
      ERR_clear_error ();
    }
}

static Server *
server_new (const char *chain, TestCert *own)
{
  Server *self = g_new0 (Server, 1);
  g_autofree char *key = test_cert_key_pem (own);

  self->context = SSL_CTX_new (TLS_server_method ());
  add_chain (self->context, chain);
  set_key (self->context, key);
  self->listener = g_socket_listener_new ();
  self->port = g_socket_listener_add_any_inet_port (self->listener, NULL, NULL);
  g_assert_cmpuint (self->port, !=, 0);
  self->stop = g_cancellable_new ();
  self->thread = g_thread_new ("server", serve, self);

  return self;
}

static void
server_free (Server *self)
{
  g_cancellable_cancel (self->stop);
  g_thread_join (self->thread);
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_object_unref (self->stop);
  SSL_CTX_free (self->context);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_free)

/* --- Runs --- */

static char *
path_of (const char *name)
{
  return g_build_filename (pki.folder, name, NULL);
}

static char *
put_pem (const char *name, const char *text)
{
  char *path = path_of (name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));

  return path;
}

static char *
put_cert (const char *name, TestCert *cert)
{
  g_autofree char *pem = test_cert_pem (cert, NULL);

  return put_pem (name, pem);
}

static char *
get (const char *path)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));

  return text;
}

/* Probes the server for HOST; @ca and @pin may be NULL. Returns the report, saved at @save. */
static JsonNode *
probe (Server *server, const char *ca, const char *pin, const char *save, int status)
{
  g_autofree char *to = g_strdup_printf ("127.0.0.1:%u", (guint) server->port);
  g_autofree char *options = ca != NULL ? g_strconcat ("ca_certificate=", ca, NULL) : NULL;
  const char *args[20] = { "probe",
                           "--format",
                           "json",
                           "--connect-to",
                           to,
                           "--save-report",
                           save != NULL ? save : "/dev/null" };
  guint n = 7;
  g_autoptr(CliResult) result = NULL;

  if (options != NULL)
    {
      args[n++] = "--tls-options";
      args[n++] = options;
    }
  if (pin != NULL)
    {
      args[n++] = "--pin";
      args[n++] = pin;
    }
  args[n++] = "smtps://" HOST;
  result = cli_run (args, NULL);
  cli_assert_status (result, status);

  return cli_report_parse (result->out, result);
}

/* For what it leaves at @save, or for its status alone. */
static void
run_probe (Server *server, const char *ca, const char *save, int status)
{
  json_node_unref (probe (server, ca, NULL, save, status));
}

static CliResult *
trust (const char *first, ...)
{
  const char *args[24] = { "trust", first };
  CliResult *result;
  va_list others;
  guint n = 2;

  va_start (others, first);
  while ((args[n] = va_arg (others, const char *)) != NULL)
    g_assert_cmpuint (++n, <, G_N_ELEMENTS (args) - 1);
  va_end (others);
  result = cli_run (args, NULL);
  g_test_message ("trust %s: %d\n%s%s", args[2], result->status, result->out, result->err);

  return result;
}

static void
assert_says (const char *text, const char *words)
{
  if (strstr (text, words) == NULL)
    g_error ("“%s” is not in “%s”", words, text);
}

static char *
sum_of (TestCert *cert, gboolean key)
{
  guchar bytes[32];
  size_t size = sizeof bytes;
  GString *hex = g_string_new (NULL);

  if (key)
    gnutls_x509_crt_get_key_id (cert->crt, GNUTLS_KEYID_USE_SHA256, bytes, &size);
  else
    gnutls_x509_crt_get_fingerprint (cert->crt, GNUTLS_DIG_SHA256, bytes, &size);
  for (gsize i = 0; i < size; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);

  return g_string_free (hex, FALSE);
}

static void
assert_explained (JsonNode *report, const char *code, const char *words)
{
  JsonArray *findings = json_object_get_array_member (json_node_get_object (report), "findings");

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);

      if (strcmp (json_object_get_string_member (finding, "code"), code) != 0)
        continue;
      assert_says (json_object_get_string_member (finding, "explanation"), words);
      return;
    }
  g_error ("There is no finding %s", code);
}

/* --- Repair --- */

/* The server leaves the intermediate certificate out. It is in a folder of the client's, and the
 * bundle that is made of it opens the way; the file for the server mends it at its source. */
static void
test_incomplete (void)
{
  g_autofree char *leaf_pem = test_cert_pem (pki.leaf, NULL);
  g_autoptr(Server) server = server_new (leaf_pem, pki.leaf);
  g_autofree char *root = put_cert ("root.pem", pki.root);
  g_autofree char *lower = put_cert ("lower.pem", pki.lower);
  g_autofree char *saved = path_of ("incomplete.json");
  g_autofree char *bundle = path_of ("bundle.pem");
  g_autofree char *chain = path_of ("chain.pem");
  g_autoptr(JsonNode) before = probe (server, root, NULL, saved, REFUSED);
  g_autoptr(CliResult) alone = trust ("repair", saved, NULL);
  g_autoptr(CliResult) client = NULL;
  g_autoptr(CliResult) for_server = NULL;
  g_autoptr(Server) second = NULL;
  g_autofree char *sent = NULL;

  g_assert_cmpstr (cli_report_first_code (before), ==, "cert.incomplete-chain");
  cli_assert_status (alone, REFUSED);
  assert_says (alone->err, "CN=Lower CA");
  assert_says (alone->err, "http://ca.test/lower.crt");
  assert_says (alone->err, "key identifier");
  g_assert_cmpuint (alone->n_out, ==, 0);

  client = trust ("repair", saved, "--certificates", lower, "-o", bundle, NULL);
  cli_assert_status (client, 0);
  assert_says (client->out, bundle);
  run_probe (server, bundle, NULL, 0);

  for_server = trust ("repair", saved, "--certificates", lower, "--server", "-o", chain, NULL);
  cli_assert_status (for_server, 0);
  assert_says (for_server->out, "does not send “Lower CA”");
  g_assert_null (strstr (for_server->out, "bundle"));
  sent = get (chain);
  second = server_new (sent, pki.leaf);
  run_probe (second, root, NULL, 0);
}

/* Nobody trusts the root: a wish that names it is needed, and the settings that trust another one
 * are told of. */
static void
test_untrusted (void)
{
  g_autofree char *sent = test_cert_pem (pki.leaf, pki.lower, pki.root, NULL);
  g_autoptr(Server) server = server_new (sent, pki.leaf);
  g_autofree char *other = put_cert ("other.pem", pki.other);
  g_autofree char *saved = path_of ("untrusted.json");
  g_autofree char *bundle = path_of ("trusted.pem");
  g_autofree char *sum = sum_of (pki.root, FALSE);
  g_autofree char *wrong = sum_of (pki.other, FALSE);
  g_autoptr(JsonNode) before = probe (server, other, NULL, saved, REFUSED);
  g_autoptr(CliResult) alone = trust ("repair", saved, "-o", bundle, NULL);
  g_autoptr(CliResult) mistaken = trust ("repair", saved, "--trust", wrong, "-o", bundle, NULL);
  g_autoptr(CliResult) wished = NULL;

  assert_explained (before, "cert.untrusted-root", "“Other Root”");
  assert_explained (before, "cert.untrusted-root", "CN=Test Root");
  cli_assert_status (alone, REFUSED);
  assert_says (alone->err, sum);
  cli_assert_status (mistaken, REFUSED);
  assert_says (mistaken->err, "--trust");
  g_assert_false (g_file_test (bundle, G_FILE_TEST_EXISTS));

  wished = trust ("repair", saved, "--trust", sum, "-o", bundle, NULL);
  cli_assert_status (wished, 0);
  run_probe (server, bundle, NULL, 0);
}

/* What is wrong besides is told, and nothing is written. */
static void
test_faults (void)
{
  const TestCertSpec spec = { .cn = "x", .dns = "x.test", .from_days = -9, .to_days = -2 };
  g_autoptr(TestCert) own = test_cert_new (&spec, pki.lower, NULL);
  g_autofree char *sent = test_cert_pem (own, NULL);
  g_autoptr(Server) server = server_new (sent, own);
  g_autofree char *root = put_cert ("root.pem", pki.root);
  g_autofree char *lower = put_cert ("lower.pem", pki.lower);
  g_autofree char *saved = path_of ("faults.json");
  g_autofree char *bundle = path_of ("faults.pem");
  g_autoptr(JsonNode) before = probe (server, root, NULL, saved, REFUSED);
  g_autoptr(CliResult) result =
               trust ("repair", saved, "--certificates", lower, "-o", bundle, NULL);
  g_autoptr(CliResult) json =
               trust ("repair", saved, "--certificates", lower, "--format", "json", NULL);
  g_autoptr(JsonNode) node = NULL;
  JsonArray *faults;

  g_assert_cmpstr (cli_report_first_code (before), ==, "cert.expired");
  cli_assert_status (result, REFUSED);
  assert_says (result->err, "expired");
  assert_says (result->err, "x.test");
  g_assert_false (g_file_test (bundle, G_FILE_TEST_EXISTS));

  cli_assert_status (json, REFUSED);
  node = json_from_string (json->out, NULL);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "state"), ==,
                   "faults");
  g_assert_true (json_object_get_null_member (json_node_get_object (node), "pem"));
  faults = json_object_get_array_member (json_node_get_object (node), "faults");
  g_assert_cmpuint (json_array_get_length (faults), ==, 2);
}

/* A root that is named ends the chain, whatever else is wrong; and the way out is told: the name
 * first, then the trust. */
static void
test_other_name (void)
{
  const TestCertSpec spec = { .cn = "x", .dns = "x.test" };
  const TestCertSpec dead = { .cn = HOST, .dns = HOST, .from_days = -9, .to_days = -2 };
  g_autoptr(TestCert) named = test_cert_new (&spec, pki.root, NULL);
  g_autoptr(TestCert) expired = test_cert_new (&dead, pki.root, NULL);
  g_autoptr(TestCert) self_signed = test_cert_new (&spec, NULL, NULL);
  g_autofree char *root = put_cert ("root.pem", pki.root);
  g_autofree char *saved = path_of ("other-name.json");
  g_autofree char *bundle = path_of ("other-name.pem");
  const struct
  {
    TestCert *own;
    TestCert *root;
    gboolean by_name;
    const char *words;
  } rows[] = {
    { named, pki.root, TRUE, "not for " HOST },
    { expired, pki.root, FALSE, "expired" },
    { self_signed, self_signed, TRUE, "not for " HOST },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *sent = test_cert_pem (rows[i].own, NULL);
      g_autoptr(Server) server = server_new (sent, rows[i].own);
      g_autofree char *sum = sum_of (rows[i].root, FALSE);
      g_autoptr(JsonNode) before = probe (server, NULL, NULL, saved, REFUSED);
      g_autoptr(CliResult) result = trust ("repair", saved, "--certificates", root, "--trust", sum,
                                            "-o", bundle, NULL);

      g_assert_true (cli_report_first_code (before) != NULL);
      cli_assert_status (result, REFUSED);
      assert_says (result->err, rows[i].words);
      g_assert_null (strstr (result->err, "does not end in the root"));
      g_assert_null (strstr (result->err, "No certificate mends this"));
      g_assert_cmpint (strstr (result->err, "verify_server_name=DNS:x.test") != NULL, ==,
                       rows[i].by_name);
      g_assert_false (g_file_test (bundle, G_FILE_TEST_EXISTS));
    }
}

/* A file that is there is somebody's. */
static void
test_replace (void)
{
  g_autofree char *sent = test_cert_pem (pki.leaf, pki.lower, NULL);
  g_autoptr(Server) server = server_new (sent, pki.leaf);
  g_autofree char *root = put_cert ("root.pem", pki.root);
  g_autofree char *saved = path_of ("replace.json");
  g_autofree char *target = put_pem ("target.pem", "mine\n");
  g_autofree char *folder = path_of ("no/such/folder.pem");
  g_autoptr(JsonNode) before = probe (server, root, NULL, saved, 0);
  g_autoptr(CliResult) refused = trust ("repair", saved, "-o", target, NULL);
  g_autoptr(CliResult) nowhere = trust ("repair", saved, "-o", folder, NULL);
  g_autoptr(CliResult) replaced = NULL;
  g_autoptr(CliResult) again = NULL;
  g_autoptr(CliResult) plain = NULL;
  g_autofree char *left = get (target);
  g_autofree char *made = NULL;

  g_assert_null (cli_report_first_code (before));
  cli_assert_status (refused, 1);
  assert_says (refused->err, "--replace");
  g_assert_cmpstr (left, ==, "mine\n");
  cli_assert_status (nowhere, 1);

  replaced = trust ("repair", saved, "-o", target, "--replace", NULL);
  cli_assert_status (replaced, 0);
  again = trust ("repair", saved, "-o", target, NULL); /* it is the same: nothing is lost */
  cli_assert_status (again, 0);
  made = get (target);
  plain = trust ("repair", saved, "-o", "-", NULL);
  cli_assert_status (plain, 0);
  g_assert_cmpstr (plain->out, ==, made);
  assert_says (made, "-----BEGIN CERTIFICATE-----");
}

static void
test_usage (void)
{
  g_autofree char *key_pem = test_cert_key_pem (pki.leaf);
  g_autofree char *key = put_pem ("key.pem", key_pem);
  g_autofree char *root = put_cert ("root.pem", pki.root);
  g_autofree char *text = put_pem ("text.json", "{}");
  g_autofree char *bad = put_pem ("bad.json", "{ \"schema\": ");
  g_autofree char *nested =
    put_pem ("nested.json", "{ \"schema\": \"postern-report/1\", \"settings\": [], \"tls\": "
                            "{ \"chain\": [ 1, {}, { \"pem\": 2 } ] } }");
  g_autofree char *none = path_of ("none.json");
  const char *const rows[][6] = {
    { "trust", NULL },
    { "trust", "inspect", NULL },
    { "trust", "repair", NULL },
    { "trust", "mend", root, NULL },
    { "trust", "inspect", root, root, NULL },
    { "trust", "inspect", root, "--server", NULL },
    { "trust", "inspect", root, "--format", "xml", NULL },
    { "trust", "inspect", key, NULL },
    { "trust", "inspect", none, NULL },
    { "trust", "repair", none, NULL },
    { "trust", "repair", text, NULL },
    { "trust", "repair", bad, NULL },
    { "trust", "repair", nested, NULL },
    { "trust", "repair", root, NULL },
    { "trust", "repair", text, "--trust", "12", NULL },
    { "trust", "repair", text, "--server", "--client", NULL },
    { "trust", "repair", text, "--replace", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result = cli_run (rows[i], NULL);

      g_test_message ("%s", result->err);
      cli_assert_status (result, 1);
      g_assert_cmpuint (result->n_out, ==, 0);
      g_assert_true (g_str_has_prefix (result->err, "postern-cli trust: "));
    }
}

/* A file of another kind is told by its kind, not by what a parser of JSON stumbles over. */
static void
test_no_report (void)
{
  g_autofree char *pem = test_cert_pem (pki.root, NULL);
  g_autofree char *key_pem = test_cert_key_pem (pki.leaf);
  g_autofree char *cert = put_pem ("no-report.pem", pem);
  g_autofree char *key = put_pem ("no-report-key.pem", key_pem);
  g_autofree char *empty = put_pem ("no-report-empty.json", "");
  const char *const rows[][2] = {
    { cert, "certificates in PEM form" },
    { key, "private key" },
    { empty, "It is empty." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result = trust ("repair", rows[i][0], NULL);

      cli_assert_status (result, 1);
      assert_says (result->err, rows[i][0]);
      assert_says (result->err, "--save-report");
      assert_says (result->err, rows[i][1]);
      g_assert_null (strstr (result->err, "<data>"));
    }
}

/* A key that lies in the wrong place gets no further, and is told of. */
static void
test_key (void)
{
  g_autofree char *sent = test_cert_pem (pki.leaf, pki.lower, NULL);
  g_autoptr(Server) server = server_new (sent, pki.leaf);
  g_autofree char *root_pem = test_cert_pem (pki.root, NULL);
  g_autofree char *key = test_cert_key_pem (pki.leaf);
  g_autofree char *both_pem = g_strconcat (key, root_pem, NULL);
  g_autofree char *both = put_pem ("both.pem", both_pem);
  g_autofree char *alone = put_pem ("key.pem", key);
  g_autofree char *saved = path_of ("key.json");
  g_autofree char *bundle = path_of ("key-bundle.pem");
  g_autoptr(JsonNode) before = probe (server, both, NULL, saved, 0);
  g_autoptr(CliResult) inspected = trust ("inspect", both, NULL);
  g_autoptr(CliResult) of_key = trust ("inspect", alone, NULL);
  g_autoptr(CliResult) given = trust ("repair", saved, "--certificates", alone, NULL);
  g_autoptr(CliResult) made = trust ("repair", saved, "-o", bundle, NULL);
  g_autofree char *report = get (saved);
  g_autofree char *written = NULL;
  g_auto (GStrv) lines = g_strsplit (key, "\n", -1);

  g_assert_null (cli_report_first_code (before));
  cli_assert_status (inspected, 0);
  assert_says (inspected->out, "private key");
  cli_assert_status (of_key, 1);
  assert_says (of_key->err, "private key");
  cli_assert_status (given, 1);
  assert_says (given->err, "private key");
  cli_assert_status (made, 0);
  written = get (bundle);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0' && *lines[i] != '-'; i++)
    {
      const char *const places[] = { inspected->out, inspected->err, of_key->err, given->err,
                                     made->out,      written,        report };

      for (gsize k = 0; k < G_N_ELEMENTS (places); k++)
        g_assert_null (strstr (places[k], lines[i]));
    }
}

static void
test_inspect (void)
{
  g_autofree char *both_pem = test_cert_pem (pki.root, pki.leaf, NULL);
  g_autofree char *both = put_pem ("inspect.pem", both_pem);
  g_autofree char *leaf = put_cert ("leaf.pem", pki.leaf);
  g_autoptr(CliResult) text = trust ("inspect", both, NULL);
  g_autoptr(CliResult) json = trust ("inspect", both, "--format", "json", NULL);
  g_autoptr(CliResult) of_leaf = trust ("inspect", leaf, NULL);
  g_autoptr(CliResult) help = trust ("--help", NULL);
  g_autoptr(JsonNode) node = json_from_string (json->out, NULL);
  JsonArray *list = json_object_get_array_member (json_node_get_object (node), "certificates");
  g_autofree char *sum = sum_of (pki.root, FALSE);

  cli_assert_status (text, 0);
  assert_says (text->out, "Test Root");
  cli_assert_status (json, 0);
  g_assert_cmpuint (json_array_get_length (list), ==, 2);
  g_assert_cmpstr (
    json_object_get_string_member (json_array_get_object_element (list, 0), "sha256"), ==, sum);
  cli_assert_status (of_leaf, 1);
  assert_says (of_leaf->out, "not the certificate of an authority");
  cli_assert_status (help, 0);
  assert_says (help->out,
               "of inspect: 0 there is the certificate of an authority; 1 there is none");
}

/* --- An exception --- */

static void
assert_governed (JsonNode *report, const char *code, const char *option)
{
  JsonArray *findings = json_object_get_array_member (json_node_get_object (report), "findings");

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);

      if (strcmp (json_object_get_string_member (finding, "code"), code) != 0)
        continue;
      finding = json_object_get_object_member (finding, "governed_by");
      g_assert_cmpstr (json_object_get_string_member (finding, "option"), ==, option);
      return;
    }
  g_error ("There is no finding %s", code);
}

static void
test_pin (void)
{
  g_autofree char *sent = test_cert_pem (pki.self_signed, NULL);
  g_autoptr(Server) server = server_new (sent, pki.self_signed);
  g_autofree char *cert_sum = sum_of (pki.self_signed, FALSE);
  g_autofree char *key_sum = sum_of (pki.self_signed, TRUE);
  g_autofree char *other_sum = sum_of (pki.other, FALSE);
  const struct
  {
    const char *form;
    const char *sum;
    int status;
    const char *code;
  } rows[] = {
    { "cert:%s@2999-12-31", cert_sum, 0, "cert.pinned" },
    { "key:%s@2999-12-31", key_sum, 0, "cert.pinned" },
    { HOST "=cert:%s@2999-12-31", cert_sum, 0, "cert.pinned" },
    { "x.test=cert:%s@2999-12-31", cert_sum, REFUSED, "cert.pin-unused" },
    { "cert:%s@2020-12-31", cert_sum, REFUSED, "cert.pin-unused" },
    { "cert:%s@2999-12-31", other_sum, REFUSED, "cert.pin-mismatch" },
    { "key:%s@2999-12-31", cert_sum, REFUSED, "cert.pin-mismatch" },
    { "cert:%s", cert_sum, 1, "settings.option-illegal" },
    { "%s@2999-12-31", cert_sum, 1, "settings.option-illegal" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *pin = g_strdup_printf (rows[i].form, rows[i].sum);
      g_autoptr(JsonNode) report = probe (server, NULL, pin, NULL, rows[i].status);

      g_test_message ("%s", pin);
      g_assert_true (cli_report_has_code (report, rows[i].code));
      g_assert_false (cli_report_has_code (report, "cert.accepted-unverified"));
      if (rows[i].status == 1)
        continue;
      assert_governed (report, rows[i].code, "pin");
      assert_governed (report, "cert.self-signed", rows[i].status == 0 ? "pin" : "verify_server");
      g_assert_cmpstr (cli_report_get_string (report, "settings", "pin"), ==, pin);
    }
}

/* Where in @text @words stand, which has to be after @from. */
static const char *
find_after (const char *text, const char *from, const char *words)
{
  const char *found = strstr (from, words);

  if (found == NULL)
    g_error ("“%s” is not where it belongs in “%s”", words, text);

  return found;
}

/* What is said of an exception comes right after what was refused, and before any advice to trust
 * what is there now; where it let the certificate pass, that is said with the verdict. */
static void
test_pin_text (void)
{
  g_autofree char *sent = test_cert_pem (pki.self_signed, NULL);
  g_autoptr(Server) server = server_new (sent, pki.self_signed);
  g_autofree char *to = g_strdup_printf ("127.0.0.1:%u", (guint) server->port);
  g_autofree char *sum = sum_of (pki.self_signed, FALSE);
  g_autofree char *other_sum = sum_of (pki.other, FALSE);
  const struct
  {
    const char *sum;
    const char *day;
    const char *code;
    const char *words;
  } rows[] = {
    { other_sum, "2999-12-31", "cert.pin-mismatch", "for another certificate" },
    { sum, "2020-12-31", "cert.pin-unused", "ended on 2020-12-31" },
    { sum, "2999-12-31", NULL, "until 2999-12-31" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (int verbose = 0; verbose < 2; verbose++)
      {
        g_autofree char *pin = g_strdup_printf ("cert:%s@%s", rows[i].sum, rows[i].day);
        const char *const args[] = {
          "probe", "--connect-to", to, "--pin", pin, "smtps://" HOST, verbose ? "--verbose" : NULL,
          NULL
        };
        g_autoptr(CliResult) result = cli_run (args, NULL);
        const char *at;

        g_test_message ("%s", result->out);
        cli_assert_status (result, rows[i].code != NULL ? REFUSED : 0);
        if (rows[i].code == NULL)
          {
            at = find_after (result->out, result->out, rows[i].words);
            g_assert_true (verbose || strstr (at, "cert.pinned") == NULL);
            continue;
          }
        at = find_after (result->out, result->out, "by itself  cert.self-signed");
        at = find_after (result->out, at, rows[i].code);
        at = find_after (result->out, at, rows[i].words);
        find_after (result->out, at, "--trust");
        g_assert_null (g_strstr_len (result->out, at - result->out, "--trust"));
        g_assert_null (g_strstr_len (result->out, at - result->out, "→"));
        g_assert_null (strstr (at, rows[i].code));
      }
}

static void
pki_init (void)
{
  const TestCertSpec root = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec lower = { .cn = "Lower CA", .ca = TRUE };
  const TestCertSpec leaf = { .cn = HOST, .dns = HOST, .ca_issuers = "http://ca.test/lower.crt" };
  const TestCertSpec other = { .cn = "Other Root", .ca = TRUE };
  const TestCertSpec self_signed = { .cn = HOST, .dns = HOST };

  pki.root = test_cert_new (&root, NULL, NULL);
  pki.lower = test_cert_new (&lower, pki.root, NULL);
  pki.leaf = test_cert_new (&leaf, pki.lower, NULL);
  pki.other = test_cert_new (&other, NULL, NULL);
  pki.self_signed = test_cert_new (&self_signed, NULL, NULL);
  pki.folder = cli_make_folder ();
}

static void
pki_clear (void)
{
  test_cert_free (pki.root);
  test_cert_free (pki.lower);
  test_cert_free (pki.leaf);
  test_cert_free (pki.other);
  test_cert_free (pki.self_signed);
  g_free (pki.folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pki_init ();
  g_test_add_func ("/trust/incomplete", test_incomplete);
  g_test_add_func ("/trust/untrusted", test_untrusted);
  g_test_add_func ("/trust/faults", test_faults);
  g_test_add_func ("/trust/other-name", test_other_name);
  g_test_add_func ("/trust/replace", test_replace);
  g_test_add_func ("/trust/usage", test_usage);
  g_test_add_func ("/trust/no-report", test_no_report);
  g_test_add_func ("/trust/key", test_key);
  g_test_add_func ("/trust/inspect", test_inspect);
  g_test_add_func ("/trust/pin", test_pin);
  g_test_add_func ("/trust/pin-text", test_pin_text);
  status = g_test_run ();
  pki_clear ();

  return status;
}
