/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-report.h"
#include "cli-run.h"
#include "practice/postern-practice.h"

#include <string.h>

/* The command "scan" against the server to practise on: each protocol, both ways to start TLS. */

static const char *const protocols[] = { "smtp", "pop3", "imap" };

/* Whether this list of a version has anything in it; @at: 0 is TLS 1.3. */
static gboolean
has_items (JsonNode *report, guint at, const char *list)
{
  JsonArray *versions = json_object_get_array_member (json_node_get_object (report), "versions");
  JsonObject *version = json_array_get_object_element (versions, at);

  g_assert_true (json_object_get_boolean_member (version, "spoken"));
  return json_array_get_length (json_object_get_array_member (version, list)) > 0;
}

static void
test_protocol (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  gboolean starttls = n % 2 == 1;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice =
               postern_practice_new_for ((PosternProtocol) (n / 2), "good", &error);
  g_autofree char *place = NULL;
  g_autofree char *protocol = g_strdup_printf ("--protocol=%s", protocols[n / 2]);
  const char *args[] = { "scan", "--format=json", protocol, NULL, NULL, NULL };
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonParser) parser = json_parser_new ();
  JsonNode *report;

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  place = g_strdup_printf ("127.0.0.1:%u", starttls ? postern_practice_get_port (practice)
                                                    : postern_practice_get_tls_port (practice));
  args[3] = place;
  args[4] = starttls ? "--starttls" : NULL;

  result = cli_run (args, NULL);
  cli_assert_status (result, 0);
  json_parser_load_from_data (parser, result->out, -1, &error);
  g_assert_no_error (error);
  report = json_parser_get_root (parser);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (has_items (report, i, "suites"));
      g_assert_true (has_items (report, i, "groups"));
      g_assert_true (has_items (report, i, "signatures"));
    }
  postern_practice_stop (practice);
}

static void
test_wrong_start (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternPractice) practice = postern_practice_new ("good", &error);
  g_autofree char *place = NULL;
  const char *args[] = { "scan", NULL, NULL };
  g_autoptr(CliResult) result = NULL;

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  place = g_strdup_printf ("127.0.0.1:%u", postern_practice_get_port (practice));
  args[1] = place;
  result = cli_run (args, NULL);
  cli_assert_status (result, 13);
  postern_practice_stop (practice);
}

static void
test_usage (void)
{
  static const char *const wrong[][4] = {
    { "scan" },
    { "scan", "a", "b" },
    { "scan", "smtp://a" },
    { "scan", "me@a" },
    { "scan", "a:0" },
    { "scan", "a", "--protocol=ftp" },
    { "scan", "a", "--format=xml" },
    { "scan", "a", "--parallel=33" },
    { "scan", "a", "--timeout=-1" },
    { "scan", "a", "--step-timeout=nan" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(CliResult) result = cli_run (wrong[i], NULL);

      cli_assert_status (result, 1);
      g_assert_cmpstr (result->out, ==, "");
      g_assert_cmpstr (result->err, !=, "");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/scan/usage", test_usage);
  g_test_add_func ("/cli/scan/wrong-start", test_wrong_start);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (protocols); i++)
    {
      g_autofree char *path =
        g_strdup_printf ("/cli/scan/%s/%s", protocols[i / 2], i % 2 == 1 ? "starttls" : "implicit");

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_protocol);
    }
  return g_test_run ();
}
