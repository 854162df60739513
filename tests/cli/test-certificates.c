/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

#include <string.h>

/* What the report and the terminal say of a certificate. The server's is for "localhost" and the
 * addresses of this computer, whatever name it is asked for by. */

#define REFUSED 14

/* SMTP, as far as a run without credentials goes. */
static void
serve (CliTalk *talk, gpointer user_data)
{
  g_autofree char *line = NULL;
  gboolean more = cli_talk_send (talk, "220 mail.test ready\r\n");

  while (more)
    {
      g_free (line);
      line = cli_talk_read_line (talk);
      if (line == NULL)
        return;
      if (g_str_has_prefix (line, "EHLO"))
        more = cli_talk_send (talk, "250-mail.test\r\n250 STARTTLS\r\n");
      else if (g_str_has_prefix (line, "STARTTLS"))
        more = cli_talk_send (talk, "220 go\r\n") && cli_talk_start_tls (talk);
      else
        more = cli_talk_send (talk, "221 bye\r\n") && FALSE;
    }
}

static CliResult *
probe (const char *host, const char *options, const char *more, int status)
{
  g_autoptr(CliPeer) peer = cli_peer_new (serve, NULL);
  g_autofree char *url = g_strdup_printf ("smtp://%s:%u", host, cli_peer_get_port (peer));
  g_autofree char *there = g_strdup_printf ("127.0.0.1:%u", cli_peer_get_port (peer));
  g_autofree char *list = g_strdup_printf ("ca_certificate=%s%s", cli_peer_get_ca_file (), options);
  const char *const args[] = { "probe",         url,  "--connect-to", there,
                               "--tls-options", list, more,           NULL };
  CliResult *result = cli_run (args, NULL);

  cli_assert_status (result, status);
  return result;
}

static JsonObject *
first_finding (JsonNode *report)
{
  JsonArray *findings = json_object_get_array_member (json_node_get_object (report), "findings");

  g_assert_cmpuint (json_array_get_length (findings), >, 0);
  return json_array_get_object_element (findings, 0);
}

/* The change that the first remedy carries, as JSON. */
static char *
first_change (JsonObject *finding)
{
  JsonArray *remedies = json_object_get_array_member (finding, "remedies");
  JsonObject *remedy;

  g_assert_cmpuint (json_array_get_length (remedies), >, 0);
  remedy = json_array_get_object_element (remedies, 0);
  return json_to_string (json_object_get_member (remedy, "change"), FALSE);
}

static JsonObject *
get_tls (JsonNode *report, const char *part)
{
  JsonObject *tls = json_object_get_object_member (json_node_get_object (report), "tls");

  return json_object_get_object_member (tls, part);
}

static void
assert_verdict (JsonNode *report, const char *expected)
{
  g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *verdict = NULL;

  json_node_set_object (node, get_tls (report, "verdict"));
  verdict = json_to_string (node, FALSE);
  g_assert_cmpstr (verdict, ==, expected);
}

#define VERDICT(name)                                                                              \
  "{\"trust\":\"passed\",\"name\":\"" name "\",\"time\":\"passed\",\"purpose\":\"passed\","        \
  "\"strength\":\"passed\",\"order\":\"passed\",\"revocation\":\"not-checked\"}"

/* The same server has a name that the certificate is for: that is the first remedy. */
static void
test_same_server (void)
{
  static const struct
  {
    const char *host;
    const char *options;
    const char *option;
    const char *asked;
    const char *change;
  } rows[] = {
    { "mail.other.test", "", "verify_server_name", "mail.other.test", "{\"host\":\"localhost\"}" },
    { "192.0.2.77", "", "verify_server_name", "192.0.2.77", "{\"host\":\"localhost\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result =
                   probe (rows[i].host, rows[i].options, "--format=json", REFUSED);
      g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
      JsonObject *finding = first_finding (report);
      JsonObject *governing = json_object_get_object_member (finding, "governed_by");
      JsonObject *name = get_tls (report, "name");
      g_autofree char *change = first_change (finding);

      g_assert_cmpstr (cli_report_first_code (report), ==, "cert.name-mismatch");
      g_assert_cmpint (json_object_get_int_member (finding, "certificate"), ==, 0);
      g_assert_cmpstr (json_object_get_string_member (governing, "option"), ==, rows[i].option);
      g_assert_cmpstr (
        json_array_get_string_element (json_object_get_array_member (name, "asked"), 0), ==,
        rows[i].asked);
      g_assert_true (json_object_get_null_member (name, "matched"));
      g_assert_cmpstr (change, ==, rows[i].change);
      assert_verdict (report, VERDICT ("failed"));
    }
}

/* Where the account lists names, the list is at fault, and not the host. */
static void
test_wrong_list (void)
{
  g_autoptr(CliResult) result = probe ("localhost", ", verify_server_name=DNS:mail.other.test",
                                        "--format=json", REFUSED);
  g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
  JsonObject *finding = first_finding (report);
  g_autofree char *change = first_change (finding);

  g_assert_cmpstr (cli_report_first_code (report), ==, "cert.name-mismatch");
  g_assert_nonnull (strstr (change, "\"tls-options\":\"ca_certificate="));
  g_assert_null (strstr (change, "verify_server_name"));
  g_assert_null (strstr (change, "host"));
}

/* With the check switched off the run goes on, and the report tells what that hides. */
static void
test_hidden (void)
{
  g_autoptr(CliResult) result =
               probe ("mail.other.test", ", verify_server_name=no", "--format=json", 0);
  g_autoptr(JsonNode) report = cli_report_parse (result->out, result);

  g_assert_true (cli_report_has_code (report, "cert.name-mismatch"));
  g_assert_true (cli_report_has_code (report, "cert.accepted-unverified"));
  assert_verdict (report, VERDICT ("hidden"));
}

/* In the terminal: the parts of the verdict, and the chain with each fault where it belongs. */
static void
test_terminal (void)
{
  g_autoptr(CliResult) refused = probe ("mail.other.test", "", NULL, REFUSED);
  g_autoptr(CliResult) good = probe ("localhost", "", NULL, 0);
  g_autoptr(CliResult) verbose = probe ("localhost", "", "--verbose", 0);

  g_assert_nonnull (strstr (refused->out, "Trust ✓  Name ✗  Time ✓"));
  g_assert_nonnull (strstr (refused->out, "\n      └ localhost  until "));
  g_assert_nonnull (strstr (refused->out, "days  ✗ cert.name-mismatch\n"));
  g_assert_null (strstr (refused->out, "SHA-256 "));
  g_assert_null (strstr (good->out, "└"));
  g_assert_nonnull (strstr (verbose->out, "└ localhost"));
  g_assert_nonnull (strstr (verbose->out, "SHA-256 "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/certificates/same-server", test_same_server);
  g_test_add_func ("/cli/certificates/wrong-list", test_wrong_list);
  g_test_add_func ("/cli/certificates/hidden", test_hidden);
  g_test_add_func ("/cli/certificates/terminal", test_terminal);
  return g_test_run ();
}
