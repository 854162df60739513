/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli-run.h"

/* The command `asn` of spec/cli.md. */

static char *home;

static const char sample[] =
  "; mail.asn\r\n"
  "[DRIVER_SETTINGS]\r\n"
  "USYS$TLS_PARAMS verify_server=yes, ca_certificate=usys:ca.pem\r\n"
  "\r\n"
  "[NET_SETTINGS]\r\n"
  "smtp_profile = verify_server=yes, ca_cert=ca.pem, %\\\r\n"
  "               verify_server_name=dns:mail.example.org;dns:*.mx.example.org\r\n"
  "pop_profile    vfy_srv=yes, ca_cert=ca.pem, min_tls_version=1.2 \r\n"
  "\r\n"
  "[USER_3GL]\r\n"
  "usysbin:ustarttls(UStartTLSSMTP)";

static void
put (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (home, name, NULL);
  FILE *file = g_fopen (path, "w");

  g_assert_cmpuint (fwrite (text, 1, strlen (text), file), ==, strlen (text));
  fclose (file);
}

static void
assert_file (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (home, name, NULL);
  g_autofree char *contents = NULL;

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, text);
}

/* The words of a command, set apart by "|". */
static CliResult *
run (const char *command, int status)
{
  g_auto (GStrv) args = g_strsplit (command, "|", -1);
  const CliSetup setup = { .home = home };
  CliResult *result = cli_run ((const char *const *) args, &setup);

  g_test_message ("%s", command);
  cli_assert_status (result, status);

  return result;
}

static void
test_check (void)
{
  g_autoptr(CliResult) good = NULL;
  g_autoptr(CliResult) bad = NULL;
  g_autoptr(CliResult) warned = NULL;
  g_autoptr(CliResult) none = NULL;

  put ("mail.asn", sample);
  good = run ("asn|check|mail.asn|--usys|.", 0);
  g_assert_cmpstr (good->out, ==, "");
  g_assert_cmpstr (good->err, ==, "");

  put ("bad.asn", "[NET_SETTINGS]\nP verify_server=true\n#FILE more.asn\n");
  put ("more.asn", "[NET_SETTINGS]\n  Q verify_server=yes,ca_cert=ca.pem,\n");
  bad = run ("asn|check|bad.asn", 1);
  g_assert_true (g_str_has_prefix (bad->out, "bad.asn:2:"));
  g_assert_nonnull (strstr (bad->out, "bad.asn:2:17: error: settings.option-illegal: "));
  g_assert_nonnull (strstr (bad->out, "/more.asn:2:38: error: settings.option-incomplete: "));
  g_assert_nonnull (strstr (bad->out, ": info: settings.asn-no-default: "));

  put ("warned.asn", "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=ignore,ca_cert=ca.pem\n");
  warned = run ("asn|check|warned.asn", 0);
  g_assert_nonnull (strstr (warned->out, "warned.asn:2:17: warning: settings.verification-off: "));

  none = run ("asn|check|none.asn", 1);
  g_assert_cmpstr (none->out, ==, "");
  g_assert_nonnull (strstr (none->err, "none.asn"));
}

static JsonObject *
parse (JsonParser *parser, const CliResult *result)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (json_parser_load_from_data (parser, result->out, -1, &error));
  g_assert_no_error (error);

  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_json (void)
{
  g_autoptr(JsonParser) parser = json_parser_new ();
  g_autoptr(CliResult) check = NULL;
  g_autoptr(CliResult) list = NULL;
  g_autoptr(CliResult) explain = NULL;
  JsonObject *object;
  JsonArray *array;

  put ("mail.asn", sample);
  put ("bad.asn", "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=yes,shared_key=hush hush\n");
  check = run ("asn|check|--format|json|bad.asn", 1);
  array = json_object_get_array_member (parse (parser, check), "findings");
  object = json_array_get_object_element (array, 0);
  g_assert_cmpint (json_object_get_int_member (object, "line"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (object, "column"), ==, 17);
  g_assert_cmpstr (json_object_get_string_member (object, "code"), ==, "settings.option-illegal");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "remedies")), >,
                    0);
  g_assert_null (strstr (check->out, "hush"));

  list = run ("asn|list|--format|json|mail.asn|--usys|.", 0);
  array = json_object_get_array_member (parse (parser, list), "profiles");
  g_assert_cmpuint (json_array_get_length (array), ==, 3);
  object = json_array_get_object_element (array, 1);
  g_assert_cmpstr (json_object_get_string_member (object, "name"), ==, "smtp_profile");
  g_assert_cmpstr (json_object_get_string_member (object, "source"), ==, "mail.asn:6");

  explain =
    run ("asn|explain|--format|json|mail.asn|TLS:pop.example.org:pop_profile|--protocol|pop3", 0);
  object = json_object_get_object_member (parse (parser, explain), "settings");
  g_assert_cmpint (json_object_get_int_member (object, "port"), ==, 995);
  g_assert_cmpstr (json_object_get_string_member (object, "tls_options_source"), ==, "mail.asn:8");
}

static void
test_list (void)
{
  g_autoptr(CliResult) list = NULL;
  g_autoptr(CliResult) secret = NULL;
  g_autoptr(CliResult) refused = NULL;
  g_autofree char *resolved = g_strdup_printf ("usys:ca.pem  → %s/ca.pem\n", home);

  put ("mail.asn", sample);
  list = run ("asn|list|mail.asn|--usys|.", 0);
  g_assert_nonnull (strstr (list->out, "USYS$TLS_PARAMS  (mail.asn:3)\n"));
  g_assert_nonnull (strstr (list->out, resolved));
  g_assert_nonnull (strstr (list->out, "min_tls_version      1.2  (default)\n"));
  g_assert_nonnull (strstr (list->out, "UStartTLSSMTP        usysbin:ustarttls  (mail.asn:11)\n"));

  put ("secret.asn", "[NET_SETTINGS]\nP shared_key=hush hush\nQ shared_key=(!00!)\n");
  secret = run ("asn|list|secret.asn", 0);
  g_assert_null (strstr (secret->out, "hush"));

  /* Uniface refuses the list: neither the option nor a default stands for it. */
  put ("refused.asn", "[NET_SETTINGS]\nP verify_server=maybe, ca_certificate=ca.pem\n");
  refused = run ("asn|list|refused.asn", 0);
  g_assert_nonnull (strstr (refused->out, "  refused: "));
  g_assert_null (strstr (refused->out, "default"));
}

/* Section 9.7 of spec/uniface.md. */
static void
test_explain (void)
{
  static const struct
  {
    const char *command;
    int status;
    const char *out;
  } rows[] = {
    { "asn|explain|mail.asn|TLS:mail.example.org+465:smtp_profile", 0, "mail.asn:6" },
    { "asn|explain|mail.asn|TLS:pop.example.org|--protocol|pop3|--usys|.", 0, "mail.asn:3" },
    { "asn|explain|mail.asn|TLS:pop.example.org+995:pop_profile|--protocol|pop3", 0, "mail.asn:8" },
    { "asn|explain|mail.asn|mail.example.org+587|--starttls|--usys|.", 0, "mail.asn:3" },
    { "asn|explain|mail.asn|TLS:mail.example.org+465:nosuch", 1, "settings.profile-undefined" },
    { "asn|explain|mail.asn|SSL:host", 1, "settings.connection-string" },
  };

  put ("mail.asn", sample);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result = run (rows[i].command, rows[i].status);

      g_assert_nonnull (strstr (result->out, rows[i].out));
    }
}

static void
test_set (void)
{
  g_autofree char *path = g_build_filename (home, "mail.asn", NULL);
  g_autofree char *link = g_build_filename (home, "link.asn", NULL);
  g_autoptr(GString) text = g_string_new (sample);
  g_autoptr(CliResult) set = NULL;
  g_autoptr(CliResult) unset = NULL;
  struct stat status;

  put ("mail.asn", sample);
  g_assert_cmpint (chmod (path, 0640), ==, 0);
  g_assert_cmpint (symlink ("mail.asn", link), ==, 0);
  set = run ("asn|set|link.asn|SMTP_profile|ca_certificate=new ca.pem|min_tls_version=1.3", 0);
  g_string_replace (text, "ca_cert=ca.pem, %", "ca_cert=new ca.pem, %", 0);
  g_string_replace (text, "*.mx.example.org", "*.mx.example.org, min_tls_version=1.3", 0);
  assert_file ("mail.asn", text->str);
  g_assert_cmpint (lstat (link, &status), ==, 0);
  g_assert_true (S_ISLNK (status.st_mode));
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0640);

  unset = run ("asn|unset|mail.asn|pop_profile|verify_server|min_tls_version", 0);
  g_string_replace (text, "vfy_srv=yes, ca_cert=ca.pem, min_tls_version=1.2 ", "ca_cert=ca.pem ",
                    0);
  assert_file ("mail.asn", text->str);
  g_clear_pointer (&unset, cli_result_free);
  unset = run ("asn|unset|mail.asn|pop_profile", 0);
  g_string_replace (text, "pop_profile    ca_cert=ca.pem \r\n", "", 0);
  assert_file ("mail.asn", text->str);
}

/* Nothing is written where something is wrong. */
static void
test_refused (void)
{
  static const char *const commands[] = {
    "asn|set|mail.asn|smtp_profile|verify_server=true",
    "asn|set|mail.asn|smtp_profile|min_tls_version=1.3|nonsense=1",
    "asn|set|mail.asn|smtp_profile|verify_server",
    "asn|set|mail.asn|smtp_profile|shared_key=hush",
    "asn|set|mail.asn|new|verify_server=yes|vfy_srv=ignore",
    "asn|set|mail.asn|smtp_profile|verify_server=yes|verify_server=yes",
    "asn|set|mail.asn|two words|verify_server=yes",
    "asn|set|mail.asn|smtp_profile",
    "asn|set|none.asn|smtp_profile|verify_server=yes",
    "asn|set|outer.asn|Q|verify_server=no",
    "asn|unset|mail.asn|nosuch",
    "asn|unset|mail.asn|smtp_profile|shared_key",
    "asn|unset|mail.asn|smtp_profile|verify_server|shared_key",
    "asn|frob|mail.asn",
    "asn",
    "asn|check",
    "asn|check|mail.asn|more",
    "asn|check|mail.asn|--format|xml",
    "asn|explain|mail.asn|host|--protocol|imap",
  };

  put ("mail.asn", sample);
  put ("outer.asn", "#FILE inner.asn\n");
  put ("inner.asn", "[NET_SETTINGS]\nQ verify_server=yes\n");
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr(CliResult) result = run (commands[i], 1);

      g_assert_cmpstr (result->out, ==, "");
      g_assert_true (g_str_has_prefix (result->err, "postern-cli asn: "));
      g_assert_null (strstr (result->err, "hush"));
      assert_file ("mail.asn", sample);
      assert_file ("outer.asn", "#FILE inner.asn\n");
    }
}

/* Section 9.4: what the global file adds, and what is overridden. */
static void
test_global (void)
{
  static const struct
  {
    const char *command;
    const char *out;
  } rows[] = {
    { "asn|list|mail.asn|--usys|adm", "USYS$TLS_PARAMS  (usys.asn:4)\n" },
    { "asn|list|mail.asn|--usys|adm", "smtp_profile  (mail.asn:2, overrides usys.asn:2)\n" },
    { "asn|list|mail.asn|--usys|adm", "min_tls_version      1.3" },
    { "asn|list|--format|json|mail.asn|--usys|adm", "\"overrides\" : \"usys.asn:2\"" },
    { "asn|list|--format|json|mail.asn|--usys|adm", "/adm/usys.asn\"" },
    { "asn|list|--format|json|mail.asn", "\"global_path\" : null" },
    { "asn|explain|mail.asn|TLS:a.example:smtp_profile|--usys|adm", "mail.asn:2" },
    { "asn|explain|mail.asn|TLS:a.example:smtp_profile|--usys|adm", "usys.asn:2" },
    { "asn|explain|mail.asn|a.example+587|--starttls|--usys|adm", "usys.asn:4" },
    { "asn|check|mail.asn|--usys|adm", "mail.asn:2:1: warning: settings.asn-duplicate: " },
    { "asn|set|mail.asn|USYS$TLS_PARAMS|verify_server=yes|--usys|adm", "" },
    { "asn|list|mail.asn|--usys|adm", "USYS$TLS_PARAMS  (mail.asn:5, overrides usys.asn:4)\n" },
  };
  g_autofree char *adm = g_build_filename (home, "adm", NULL);
  g_autofree char *path = g_build_filename (adm, "usys.asn", NULL);

  g_assert_cmpint (g_mkdir (adm, 0700), ==, 0);
  put ("adm/usys.asn", "[NET_SETTINGS]\nsmtp_profile = verify_server=yes,ca_cert=ca.pem\n"
                       "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=yes,ca_cert=ca.pem\n");
  put ("mail.asn",
       "[NET_SETTINGS]\nsmtp_profile = verify_server=yes,ca_cert=ca.pem,min_tls_version=1.3\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result = run (rows[i].command, 0);

      g_assert_nonnull (strstr (result->out, rows[i].out));
    }
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_remove (adm), ==, 0);
}

/* Section 9.1: the text, the value, and what keeps it from being one. */
static void
test_expressions (void)
{
  static const struct
  {
    const char *command;
    int status;
    const char *out;
  } rows[] = {
    { "asn|list|mail.asn", 0, "written: verify_server=yes,ca_cert=%%(name).pem" },
    { "asn|list|mail.asn", 0, "ca_certificate       ca.pem" },
    { "asn|list|mail.asn", 0, "not evaluated: Division by zero" },
    { "asn|list|mail.asn", 0, "written: shared_key=<hidden>" },
    { "asn|list|--format|json|mail.asn", 0, "\"fault\" : \"Division by zero\"" },
    { "asn|explain|mail.asn|TLS:a.example:p", 0, "verify_server=yes,ca_cert=%%(name).pem" },
    { "asn|explain|mail.asn|TLS:a.example:p", 0, "ca.pem\n" },
    { "asn|explain|mail.asn|TLS:a.example:q", 1, "Division by zero" },
    { "asn|check|mail.asn", 0, "mail.asn:5:23: warning: settings.asn-expression: " },
  };

  put ("ca.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
  put ("mail.asn", "[LOGICALS]\nname = ca\n[NET_SETTINGS]\n"
                   "p = verify_server=yes,ca_cert=%%(name).pem\n"
                   "q = verify_server=%%(1/0)\nr = shared_key=hush%%(name)\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(CliResult) result = run (rows[i].command, rows[i].status);

      g_assert_nonnull (strstr (result->out, rows[i].out));
      g_assert_null (strstr (result->out, "hush"));
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  home = cli_make_folder ();
  put ("ca.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
  g_test_add_func ("/asn/check", test_check);
  g_test_add_func ("/asn/json", test_json);
  g_test_add_func ("/asn/list", test_list);
  g_test_add_func ("/asn/explain", test_explain);
  g_test_add_func ("/asn/set", test_set);
  g_test_add_func ("/asn/refused", test_refused);
  g_test_add_func ("/asn/global", test_global);
  g_test_add_func ("/asn/expressions", test_expressions);
  status = g_test_run ();
  cli_remove_folder (home);
  g_free (home);

  return status;
}
