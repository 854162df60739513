/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-run.h"

#include "practice/postern-practice.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>

/* The command upopmail as another program meets it. */

#define UP "activate \"UPOPMAIL\"."

typedef struct
{
  PosternPractice *practice;
  char *options;
  char *logon; /* a line that logs on in clear text, to STARTTLS */
} Fixture;

static void
set_up_for (Fixture *fixture, PosternProtocol protocol, const char *scenario)
{
  g_autoptr(GError) error = NULL;

  fixture->practice = postern_practice_new_for (protocol, scenario, &error);
  g_assert_no_error (error);
  postern_practice_start (fixture->practice, 0, 0, &error);
  g_assert_no_error (error);
  fixture->options = g_strdup_printf ("--tls-options=verify_server=yes, ca_certificate=%s",
                                      postern_practice_write_ca_file (fixture->practice, &error));
  g_assert_no_error (error);
  fixture->logon = g_strdup_printf (UP "LogonSMTP(\"localhost+%u\", \"\", \"\")\n",
                                    postern_practice_get_port (fixture->practice));
}

static void
set_up (Fixture *fixture, gconstpointer scenario)
{
  set_up_for (fixture, POSTERN_PROTOCOL_SMTP, scenario);
}

static void
set_up_pop (Fixture *fixture, gconstpointer scenario)
{
  set_up_for (fixture, POSTERN_PROTOCOL_POP3, scenario);
}

static void
tear_down (Fixture *fixture, gconstpointer scenario)
{
  postern_practice_stop (fixture->practice);
  g_object_unref (fixture->practice);
  g_free (fixture->options);
  g_free (fixture->logon);
}

static CliResult *
run_with (Fixture *fixture, const char *script, const char *option, const char *input)
{
  g_autofree char *path = cli_make_file (script, -1);
  const char *const args[] = { "upopmail", path, fixture->options, option, NULL };
  const CliSetup setup = { .input = input };

  return cli_run (args, &setup);
}

static char *
make_script (Fixture *fixture, const char *parameters, const char *rest)
{
  return g_strconcat (UP "SetSecurity(\"SMTP=UStartTLSSMTP\", \"\")\n" UP
                         "SetSecurity(\"SMTP=UAuthLoginSMTP\", \"",
                      parameters, "\")\n", fixture->logon, rest, NULL);
}

#define SEND                                                                                       \
  UP "SetFrom(\"a@practice.test\")\n" UP "SetToList(\"b@practice.test\")\n" UP                     \
     "SetSubject(\"Hi\")\n" UP "SetMessage(\"Text\", \"\")\n" UP "Send(\"\")\n" UP                 \
     "GetSMTPResponse(vCode, vText)\n" UP "LogoffSMTP()\n"

static void
test_sends (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *script =
    make_script (fixture, "USER=practice;PASSWORD=" POSTERN_PRACTICE_PASSWORD, SEND);
  g_autoptr(CliResult) result = run_with (fixture, script, "--transcript", NULL);
  guint n = 0;

  cli_assert_status (result, 0);
  for (const char *p = result->out; (p = strstr (p, "$status = 0")) != NULL; p++)
    n++;
  g_assert_cmpuint (n, ==, 10);
  g_assert_nonnull (strstr (result->out, "  [tls]    RCPT TO:<b@practice.test>"));
  g_assert_nonnull (strstr (result->out, "vCode = 250"));
  g_assert_nonnull (strstr (result->err, "--password-from"));
  g_assert_null (strstr (result->out, POSTERN_PRACTICE_PASSWORD));
  g_assert_null (strstr (result->err, POSTERN_PRACTICE_PASSWORD));
}

/* A missing password is filled in, and so is the placeholder of an export. */
static void
test_password_from (Fixture *fixture, gconstpointer scenario)
{
  static const char *const parameters[] = { "USER=practice", "USER=practice·;PASSWORD=<password>" };

  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    {
      g_autofree char *script = make_script (fixture, parameters[i], UP "LogoffSMTP()");
      g_autoptr(CliResult) result = run_with (fixture, script, "--password-from=fd:3",
                                               POSTERN_PRACTICE_PASSWORD "\n");

      cli_assert_status (result, 0);
      g_assert_null (strstr (result->err, "stands in the script"));
    }
}

static JsonObject *
get_operation (JsonParser *parser, const CliResult *result, guint index)
{
  g_autoptr(GError) error = NULL;
  JsonArray *operations;

  json_parser_load_from_data (parser, result->out, -1, &error);
  g_assert_no_error (error);
  operations = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)),
                                             "operations");
  g_assert_cmpuint (json_array_get_length (operations), >, index);
  return json_array_get_object_element (operations, index);
}

/* A wrong password: -8, and 535 to be asked for; the program's status is that of the logon. */
static void
test_json (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *script =
    make_script (fixture, "USER=practice;PASSWORD=hunter2-and-more",
                 "if ($status < 0)\n" UP "GetSMTPResponse(vCode, vText)\nreturn\nendif\n" SEND);
  g_autoptr(CliResult) result = run_with (fixture, script, "--format=json", NULL);
  g_autoptr(JsonParser) parser = json_parser_new ();
  JsonObject *logon, *response, *output;

  cli_assert_status (result, 16);
  logon = get_operation (parser, result, 2);
  g_assert_cmpstr (json_object_get_string_member (logon, "operation"), ==, "LogonSMTP");
  g_assert_cmpint (json_object_get_int_member (logon, "status"), ==, -8);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (logon, "findings")), >, 0);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (logon, "transcript")), >,
                    5);
  response = get_operation (parser, result, 3);
  output = json_array_get_object_element (json_object_get_array_member (response, "outputs"), 0);
  g_assert_cmpstr (json_object_get_string_member (output, "variable"), ==, "vCode");
  g_assert_cmpstr (json_object_get_string_member (output, "value"), ==, "535");
  g_assert_null (strstr (result->out, "hunter2"));
  g_assert_null (strstr (result->err, "hunter2"));
}

/* A script with a fault in its last line: nothing is sent. */
static void
test_faults (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *script =
    make_script (fixture, "USER=practice;PASSWORD=hunter2-and-more", UP "Send(vOptions)\ncall x\n");
  g_autoptr(CliResult) result = run_with (fixture, script, "--format=json", NULL);

  cli_assert_status (result, 1);
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->practice), ==, 0);
  g_assert_nonnull (strstr (result->err, ":4:26: error: "));
  g_assert_nonnull (strstr (result->err, ":5:1: error: "));
  g_assert_nonnull (strstr (result->out, "\"operations\" : []"));
  g_assert_null (strstr (result->out, "hunter2"));
  g_assert_null (strstr (result->err, "hunter2"));
}

static void
test_mail (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *script = g_strdup_printf (
    "newinstance \"UPOPMAIL\", \"POSTMAN\"\n"
    "activate \"POSTMAN\".LogonMail(\"TLS:localhost+%u\", \"practice\", \"<password>\")\n"
    "activate \"POSTMAN\".ListMail(vList)\nactivate \"POSTMAN\".LogoffMail()\n"
    "activate \"POSTMAN\".LogoffMail()\n",
    postern_practice_get_tls_port (fixture->practice));
  g_autoptr(CliResult) result =
               run_with (fixture, script, "--password-from=fd:3", POSTERN_PRACTICE_PASSWORD "\n");

  cli_assert_status (result, 1); /* the second logoff is -8 */
  g_assert_nonnull (strstr (result->out, "vList = NMB=1!·;ID="));
  g_assert_nonnull (strstr (result->out, "$status = -8"));
}

/* What is written for Uniface by "export" is what is run here. */
static void
test_export (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *connection =
    g_strdup_printf ("localhost+%u", postern_practice_get_port (fixture->practice));
  const char *const args[] = { "export",
                               "--to=uniface-procscript",
                               "--system=uniface",
                               "--driver=SMTP=UStartTLSSMTP",
                               "--driver=SMTP=UAuthLoginSMTP",
                               "--parameters=USER=practice",
                               connection,
                               NULL };
  g_autoptr(CliResult) written = cli_run (args, &(CliSetup){ 0 });
  g_autoptr(CliResult) result = NULL;

  cli_assert_status (written, 0);
  result = run_with (fixture, written->out, "--password-from=fd:3", POSTERN_PRACTICE_PASSWORD "\n");
  cli_assert_status (result, 0);
  g_assert_nonnull (strstr (result->out, "SendMail               $status = 0"));
}

/* Each way to be of no use: a message, and 1. */
static void
test_usage (void)
{
  g_autofree char *folder = cli_make_folder ();
  g_autofree char *empty = cli_make_file ("", 0);
  const struct
  {
    const char *args[5];
    int status;
  } rows[] = {
    { { "upopmail" }, 1 },
    { { "upopmail", "a", "b" }, 1 },
    { { "upopmail", "/nonexistent/script" }, 1 },
    { { "upopmail", folder }, 1 },
    { { "upopmail", "--format=xml", empty }, 1 },
    { { "upopmail", "--timeout=-1", empty }, 1 },
    { { "upopmail", "--password-from=keyring", empty }, 1 },
    { { "upopmail", "--asn=/nonexistent/mail.asn", empty }, 1 },
    { { "upopmail", empty }, 0 },
    { { "upopmail", "--help" }, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result = cli_run (rows[i].args, &(CliSetup){ 0 });

      cli_assert_status (result, rows[i].status);
      g_assert_cmpint (rows[i].status != 0, ==, result->n_err > 0);
    }
}

/* Interrupted while the server says nothing. */
static void
test_interrupted (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *path = cli_make_file (fixture->logon, -1);
  const char *const args[] = { "upopmail", path, NULL };
  CliRun *run = cli_run_start (args, &(CliSetup){ 0 });
  g_autoptr(CliResult) result = NULL;

  while (postern_practice_get_n_connections (fixture->practice) == 0)
    g_usleep (1000);
  kill (cli_run_get_pid (run), SIGINT);
  result = cli_run_wait (run);
  cli_assert_status (result, 130);
  g_assert_nonnull (strstr (result->err, "LogonSMTP, line 1"));
}

static void
test_timed_out (Fixture *fixture, gconstpointer scenario)
{
  g_autoptr(CliResult) result = run_with (fixture, fixture->logon, "--timeout=0.3", NULL);

  cli_assert_status (result, 19);
  g_assert_nonnull (strstr (result->out, "$status = -9"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/cli-upopmail/sends", Fixture, "good", set_up, test_sends, tear_down);
  g_test_add ("/cli-upopmail/password-from", Fixture, "good", set_up, test_password_from,
              tear_down);
  g_test_add ("/cli-upopmail/json", Fixture, "good", set_up, test_json, tear_down);
  g_test_add ("/cli-upopmail/faults", Fixture, "good", set_up, test_faults, tear_down);
  g_test_add ("/cli-upopmail/mail", Fixture, "good", set_up_pop, test_mail, tear_down);
  g_test_add ("/cli-upopmail/export", Fixture, "good", set_up, test_export, tear_down);
  g_test_add ("/cli-upopmail/interrupted", Fixture, "silent", set_up, test_interrupted, tear_down);
  g_test_add ("/cli-upopmail/timed-out", Fixture, "silent", set_up, test_timed_out, tear_down);
  g_test_add_func ("/cli-upopmail/usage", test_usage);
  return g_test_run ();
}
