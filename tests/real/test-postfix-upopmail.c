/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-files.h"
#include "test-postfix.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define UP "activate \"UPOPMAIL\"."

/* A whole script: two connections, four messages, and what goes wrong in between. Each line has
 * the $status that is due. */
static const struct
{
  const char *statement;
  int status;
} lines[] = {
  { UP "Send(\"\")", -8 },
  { UP "SetSecurity(\"SMTP=UStartTLSSMTP\", \"\")", 0 },
  { UP "SetSecurity(\"SMTP=UAuthLoginSMTP%%;USE=MAND\", \"USER=@USER@\")", 0 },
  { UP "LogonSMTP(\"localhost+@STARTTLS@\", \"\", \"\")", 0 },
  { UP "SetSecurity(\"SMTP=\", \"\")", -3 },
  { UP "LogonSMTP(\"localhost+@STARTTLS@\", \"\", \"\")", -3 },
  { UP "GetSecurity(2, \"SMTP=\", vInfo)", 0 },
  { UP "GetSecurity(3, \"SMTP=\", vInfo)", -1 },
  { UP "Send(\"\")", -12 },
  { UP "SetFrom(\"Anna <anna@postern.test>\")", 0 },
  { UP "SetToList(\"bert@postern.test%%;refused@postern.test\")", 0 },
  { UP "SetSubject(\"Grüße\")", 0 },
  { UP "SetMessage(\"Text\", \"\")", 0 },
  { UP "SetMessage(\"<p>Text</p>\", \"MIMEType=text/html\")", 0 },
  { UP "AddAttachmentFromFile(\"@FOLDER@/mail.asn\", \"MIMEType=text/plain\")", 0 },
  { UP "AddAttachmentFromFile(\"@FOLDER@/missing\", \"\")", -13 },
  { UP "Send(\"\")", -2 },
  { UP "GetSMTPResponse(vCode, vText)", 0 },
  { UP "Send(\"IgnoreRcptError=True\")", 1 },
  { UP "GetRecipientDetails(vTo, vCc, vBcc)", 0 },
  { UP "SetToList(\"bert@postern.test\")", 0 },
  { UP "Send(\"MaxSize=100\")", -6 },
  { UP "Send(\"\")", 0 },
  { UP "SendMail(\"\", \"FROM=anna@postern.test%%;TO=bert@postern.test\", \"Text\", \"\", 0)", 0 },
  { UP "LogoffSMTP()", 0 },
  { UP "LogoffSMTP()", -8 },
  { UP "SetSecurity(\"SMTP=UAuthLoginSMTP\", \"USER=@USER@%%;PASSWORD=@WRONG_PASSWORD@\")", 0 },
  { UP "LogonSMTP(\"TLS:localhost+@IMPLICIT@:right_profile\", \"\", \"\")", -8 },
  { UP "GetSMTPResponse(vCode, vText)", 0 },
  { UP "SetSecurity(\"SMTP=UAuthLoginSMTP\", \"USER=@USER@\")", 0 },
  { UP "LogonSMTP(\"TLS:localhost+@IMPLICIT@:other_profile\", \"\", \"\")", -9 },
  { UP "SendMail(\"TLS:localhost+@IMPLICIT@:right_profile\", "
       "\"FROM=anna@postern.test%%;TO=bert@postern.test\", \"Text\", \"\", 0)",
    0 },
  { UP "GetSMTPResponse(vCode, vText)", 0 },
  { UP "LogonSMTP(\"TLS:localhost+@IMPLICIT@:right_profile\", \"\", \"\")", 0 },
  { UP "LogoffSMTP()", 0 },
};

static char *
write_script (RealValues *values)
{
  g_autoptr(GString) script = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_string_append_printf (script, "%s\n", lines[i].statement);
  real_files_write (values, "script.proc", script->str, &error);
  g_assert_no_error (error);
  return g_build_filename (real_values_get (values, "FOLDER"), "script.proc", NULL);
}

/* The report, and what the program returned. */
static JsonNode *
run_script (RealValues *values, int *status)
{
  g_autofree char *path = write_script (values);
  g_autofree char *asn = g_build_filename (real_values_get (values, "FOLDER"), "mail.asn", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *output = NULL;
  g_autofree char *input = g_strdup_printf ("%s\n", real_values_get (values, "PASSWORD"));
  JsonNode *root;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                              &error, g_getenv ("POSTERN_CLI"), "upopmail", "--format=json",
                              "--password-from=fd:0", "--asn", asn, path, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, input, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  *status = g_subprocess_get_exit_status (process);
  g_assert_null (strstr (output, real_values_get (values, "PASSWORD")));
  g_assert_null (strstr (output, real_values_get (values, "WRONG_PASSWORD")));
  root = json_from_string (output, &error);
  g_assert_no_error (error);
  return root;
}

static const char *
get_output (JsonArray *operations, guint index, guint output)
{
  JsonArray *outputs =
    json_object_get_array_member (json_array_get_object_element (operations, index), "outputs");

  return json_object_get_string_member (json_array_get_object_element (outputs, output), "value");
}

static void
test_script (gconstpointer data)
{
  RealValues *values = (RealValues *) data;
  int status = -1;
  g_autoptr(JsonNode) root = run_script (values, &status);
  JsonArray *operations = json_object_get_array_member (json_node_get_object (root), "operations");

  g_assert_cmpuint (json_array_get_length (operations), ==, G_N_ELEMENTS (lines));
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_test_message ("%s", lines[i].statement);
      g_assert_cmpint (
        json_object_get_int_member (json_array_get_object_element (operations, i), "status"), ==,
        lines[i].status);
    }
  g_assert_cmpint (status, ==, 1); /* the first that failed: not logged on */
  g_assert_cmpstr (get_output (operations, 6, 0), ==, "SMTP=UAuthLoginSMTP\x1bUSE=MAND");
  g_assert_cmpstr (get_output (operations, 6, 1), ==, "INUSE=TRUE");
  g_assert_cmpstr (get_output (operations, 17, 0), ==, "554");
  g_assert_nonnull (strstr (get_output (operations, 19, 0), "bert@postern.test=250;"));
  g_assert_nonnull (strstr (get_output (operations, 19, 0), "refused@postern.test=554;"));
  g_assert_cmpstr (get_output (operations, 28, 0), ==, "535");
  g_assert_cmpstr (get_output (operations, 32, 0), ==, "221");
}

void
upopmail_add (RealValues *values)
{
  g_test_add_data_func ("/postfix/upopmail", values, test_script);
}
