/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "practice/postern-practice.h"

#include "postern-enum-types.h"

#define HOST "127.0.0.1"
#define EXIT_USAGE 1

typedef struct
{
  char *scenario;
  char *protocol_name;
  PosternProtocol protocol;
  int port;
  int tls_port;
  int run_for;
  char *format;
  gboolean json;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->scenario);
  g_free (self->protocol_name);
  g_free (self->format);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
is_port (int port)
{
  return port >= 0 && port <= G_MAXUINT16;
}

static gboolean
read_protocol (Options *self)
{
  int value;

  if (!postern_enum_from_nick (POSTERN_TYPE_PROTOCOL, self->protocol_name, &value))
    return FALSE;
  self->protocol = (PosternProtocol) value;
  return TRUE;
}

static gboolean
check_options (Options *self, int argc, char **argv, GError **error)
{
  if (argc > 1)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _ ("“%s” is one argument too many. Name a scenario with --scenario."), argv[1]);
  else if (self->protocol_name != NULL && !read_protocol (self))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("There is no protocol “%s”. Use “smtp”, “pop3” or “imap”."),
                 self->protocol_name);
  else if (!is_port (self->port) || !is_port (self->tls_port))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("Choose a port from 1 to %d, or 0 for any free one."), G_MAXUINT16);
  else if (self->run_for < 0)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                         _ ("Choose a time of at least 0 seconds; 0 has no end."));
  else if (self->format != NULL && !g_str_equal (self->format, "text") &&
           !g_str_equal (self->format, "json"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("There is no format “%s”. Use “text” or “json”."), self->format);
  else
    {
      self->json = g_strcmp0 (self->format, "json") == 0;
      return TRUE;
    }
  return FALSE;
}

static gboolean
parse_options (Options *self, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "scenario", 's', 0, G_OPTION_ARG_STRING, &self->scenario,
      N_ ("What goes wrong (default: good); “list” names the scenarios"), N_ ("NAME") },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &self->protocol_name,
      N_ ("smtp (default), pop3 or imap"), N_ ("PROTOCOL") },
    { "port", 0, 0, G_OPTION_ARG_INT, &self->port, N_ ("Port with STARTTLS (default: a free one)"),
      N_ ("N") },
    { "tls-port", 0, 0, G_OPTION_ARG_INT, &self->tls_port,
      N_ ("Port with TLS from the first byte (default: a free one)"), N_ ("N") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &self->format,
      N_ ("Print as text (default) or as one line of JSON"), N_ ("text|json") },
    { "run-for", 0, 0, G_OPTION_ARG_INT, &self->run_for,
      N_ ("End after this time (default: when interrupted)"), N_ ("SECONDS") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (
    context,
    _ ("Runs a mail server to practise on. It listens on 127.0.0.1 alone, makes a certificate\n"
       "authority of its own, keeps nothing and delivers nothing. A scenario decides what goes\n"
       "wrong, so that each fault can be met before it is met in earnest."));
  g_option_context_set_description (
    context,
    _ ("The server prints where it listens and a command to try, and runs until it is\n"
       "interrupted (Ctrl+C). The user name, password and token that it takes are the same\n"
       "everywhere and no secrets: never give it your own.\n"
       "\n"
       "Examples:\n"
       "  postern-cli practice --scenario list\n"
       "  postern-cli practice --scenario expired\n"
       "  postern-cli practice --protocol imap --scenario preauth\n"
       "  postern-cli practice --port 2525 --tls-port 4465 --run-for 60 --format json\n"));

  return g_option_context_parse (context, &argc, &argv, error) &&
         check_options (self, argc, argv, error);
}

static void
print_json (JsonBuilder *builder)
{
  g_autoptr(JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, FALSE);

  /* Not g_print(): that converts to the character set of the terminal. */
  puts (text);
  fflush (stdout);
}

/* A NULL text is written as null. */
static void
add_string (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  if (text != NULL)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

static void
list_as_json (const PosternPracticeScenario *scenarios, gsize n_scenarios)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (gsize i = 0; i < n_scenarios; i++)
    {
      json_builder_begin_object (builder);
      add_string (builder, "name", scenarios[i].name);
      add_string (builder, "description", scenarios[i].description);
      add_string (builder, "first_finding", scenarios[i].first_finding);
      json_builder_set_member_name (builder, "implicit");
      json_builder_add_boolean_value (builder, scenarios[i].implicit);
      add_string (builder, "mechanism", scenarios[i].mechanism);
      add_string (builder, "tls", scenarios[i].tls);
      json_builder_set_member_name (builder, "check_usable");
      json_builder_add_boolean_value (builder, scenarios[i].check_usable);
      json_builder_set_member_name (builder, "protocols");
      json_builder_begin_array (builder);
      for (int p = POSTERN_PROTOCOL_SMTP; p <= POSTERN_PROTOCOL_IMAP; p++)
        if ((scenarios[i].protocols & 1u << p) != 0)
          json_builder_add_string_value (builder, postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, p));
      json_builder_end_array (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  print_json (builder);
}

/* " (imap)", or nothing where every protocol has it. */
static char *
describe_protocols (const PosternPracticeScenario *scenario)
{
  g_autoptr(GString) names = g_string_new (NULL);
  guint n = 0;

  for (int p = POSTERN_PROTOCOL_SMTP; p <= POSTERN_PROTOCOL_IMAP; p++)
    if ((scenario->protocols & 1u << p) != 0)
      g_string_append_printf (names, "%s%s", n++ > 0 ? ", " : "",
                              postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, p));
  return n == POSTERN_PROTOCOL_IMAP + 1 ? g_strdup ("") : g_strdup_printf (" (%s)", names->str);
}

static void
list_scenarios (gboolean json)
{
  gsize n_scenarios = 0;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n_scenarios);

  if (json)
    {
      list_as_json (scenarios, n_scenarios);
      return;
    }

  for (gsize i = 0; i < n_scenarios; i++)
    {
      g_autofree char *protocols = describe_protocols (&scenarios[i]);

      g_print ("%-31s %-22s %s%s\n", scenarios[i].name,
               scenarios[i].first_finding != NULL ? scenarios[i].first_finding : "-",
               scenarios[i].description, protocols);
    }
}

static const PosternPracticeScenario *
find_scenario (PosternPractice *practice)
{
  gsize n_scenarios = 0;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n_scenarios);
  gsize i = 0;

  while (i + 1 < n_scenarios &&
         !g_str_equal (scenarios[i].name, postern_practice_get_scenario (practice)))
    i++;
  return &scenarios[i];
}

/* "postern-cli" where that finds this program, else the file itself: what is printed can be
 * pasted, installed or not. */
static char *
program_name (void)
{
  g_autofree char *found = g_find_program_in_path ("postern-cli");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *real = found != NULL ? realpath (found, NULL) : NULL;
  gboolean same = self == NULL || g_strcmp0 (real, self) == 0;

  free (real);
  return same ? g_strdup ("postern-cli") : g_shell_quote (self);
}

static char *
make_command (const PosternPracticeScenario *scenario,
              PosternProtocol protocol,
              const char *ca_file,
              gboolean implicit,
              guint16 port)
{
  const char *nick = postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, (int) protocol);
  const char *start = implicit ? "implicit" : scenario->tls != NULL ? scenario->tls : "starttls";
  gboolean token = g_strcmp0 (scenario->mechanism, "XOAUTH2") == 0;
  g_autofree char *program = program_name ();
  g_autofree char *options = g_strdup_printf ("verify_server=yes,ca_certificate=%s", ca_file);
  g_autofree char *quoted = g_shell_quote (options);

  return g_strdup_printf ("printf '%%s\\n' '%s' | %s probe --system generic --tls %s "
                          "--tls-options %s%s%s --user %s %s fd:0 %s%s://" HOST ":%u",
                          token ? POSTERN_PRACTICE_TOKEN : POSTERN_PRACTICE_PASSWORD, program,
                          start, quoted, token ? " --mechanism XOAUTH2" : "",
                          scenario->check_usable ? " --check-usable" : "", POSTERN_PRACTICE_USER,
                          token ? "--token-from" : "--password-from", nick, implicit ? "s" : "",
                          port);
}

static void
announce_as_json (PosternPractice *practice, const char *ca_file)
{
  const PosternPracticeScenario *scenario = find_scenario (practice);
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_string (builder, "scenario", scenario->name);
  add_string (
    builder, "protocol",
    postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, (int) postern_practice_get_protocol (practice)));
  add_string (builder, "host", HOST);
  json_builder_set_member_name (builder, "port");
  json_builder_add_int_value (builder, postern_practice_get_port (practice));
  json_builder_set_member_name (builder, "tls_port");
  json_builder_add_int_value (builder, postern_practice_get_tls_port (practice));
  add_string (builder, "ca_file", ca_file);
  add_string (builder, "user", POSTERN_PRACTICE_USER);
  add_string (builder, "password", POSTERN_PRACTICE_PASSWORD);
  add_string (builder, "token", POSTERN_PRACTICE_TOKEN);
  add_string (builder, "first_finding", scenario->first_finding);
  json_builder_set_member_name (builder, "implicit");
  json_builder_add_boolean_value (builder, scenario->implicit);
  add_string (builder, "mechanism", scenario->mechanism);
  add_string (builder, "tls", scenario->tls);
  json_builder_set_member_name (builder, "check_usable");
  json_builder_add_boolean_value (builder, scenario->check_usable);
  json_builder_end_object (builder);
  print_json (builder);
}

static void
announce_as_text (PosternPractice *practice, const Options *options, const char *ca_file)
{
  static const char *const names[] = { "SMTP", "POP3", "IMAP" };
  const PosternPracticeScenario *scenario = find_scenario (practice);
  guint16 port = postern_practice_get_port (practice);
  guint16 tls_port = postern_practice_get_tls_port (practice);
  PosternProtocol protocol = postern_practice_get_protocol (practice);
  gboolean clear = g_strcmp0 (scenario->tls, "none") == 0;
  g_autofree char *starttls = make_command (scenario, protocol, ca_file, FALSE, port);
  g_autofree char *implicit = make_command (scenario, protocol, ca_file, TRUE, tls_port);

  g_print (_ ("Practice server, scenario “%s”: %s.\n"), scenario->name, scenario->description);
  if (scenario->first_finding == NULL)
    g_print (_ ("A logon passes.\n"));
  else if (scenario->implicit)
    g_print (_ ("Finding to expect first, with TLS from the first byte: %s\n"),
             scenario->first_finding);
  else if (clear)
    g_print (_ ("Finding to expect first, in clear text: %s\n"), scenario->first_finding);
  else
    g_print (_ ("Finding to expect first, with STARTTLS: %s\n"), scenario->first_finding);

  g_print ("\n");
  g_print (_ ("Protocol:                 %s\n"), names[protocol]);
  if (clear)
    g_print (_ ("Clear text:               %s port %u\n"), HOST, port);
  else
    g_print (_ ("STARTTLS:                 %s port %u\n"), HOST, port);
  g_print (_ ("TLS from the first byte:  %s port %u\n"), HOST, tls_port);
  g_print (_ ("User name:                %s\n"), POSTERN_PRACTICE_USER);
  g_print (_ ("Password:                 %s\n"), POSTERN_PRACTICE_PASSWORD);
  g_print (_ ("Token (OAuth):            %s\n"), POSTERN_PRACTICE_TOKEN);
  g_print (_ ("Certificate authority:    %s\n"), ca_file);
  g_print (_ ("The password and the token are for practice and known to everybody.\n"));

  if (clear)
    g_print (_ ("\nTry it in clear text:\n  %s\n"), starttls);
  else
    g_print (_ ("\nTry it with STARTTLS:\n  %s\n"), starttls);
  g_print (_ ("\nTry it with TLS from the first byte:\n  %s\n"), implicit);
  g_print ("\n");
  if (options->run_for > 0)
    g_print (_ ("The server ends after %d s, or when it is interrupted (Ctrl+C).\n"),
             options->run_for);
  else
    g_print (_ ("The server runs until it is interrupted (Ctrl+C).\n"));
  fflush (stdout);
}

static gboolean
stop_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE; /* removed by run() */
}

/* NULL: @error. */
static const char *
start (PosternPractice *practice, const Options *options, GError **error)
{
  if (!postern_practice_start (practice, (guint16) options->port, (guint16) options->tls_port,
                               error))
    return NULL;
  return postern_practice_write_ca_file (practice, error);
}

static gboolean
run (PosternPractice *practice, const Options *options, GError **error)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  const char *ca_file;
  /* Before there is a file that a signal could leave behind. */
  guint sources[] = {
    g_unix_signal_add (SIGINT, stop_cb, loop),
    g_unix_signal_add (SIGTERM, stop_cb, loop),
    g_unix_signal_add (SIGHUP, stop_cb, loop),
    options->run_for > 0 ? g_timeout_add_seconds ((guint) options->run_for, stop_cb, loop) : 0,
  };

  ca_file = start (practice, options, error);
  if (ca_file != NULL)
    {
      if (options->json)
        announce_as_json (practice, ca_file);
      else
        announce_as_text (practice, options, ca_file);
      g_main_loop_run (loop);
    }

  postern_practice_stop (practice);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_clear_handle_id (&sources[i], g_source_remove);
  return ca_file != NULL;
}

/**
 * postern_cli_practice:
 *
 * The command `practice`.
 *
 * Returns: 0 when it was ended as it should be, 1 when it could not begin
 */
int
postern_cli_practice (int argc, char **argv)
{
  g_auto (Options) options = { NULL };
  g_autoptr(PosternPractice) practice = NULL;
  g_autoptr(GError) error = NULL;

  g_set_prgname ("postern-cli practice");
  if (!parse_options (&options, argc, argv, &error))
    goto failed;

  if (g_strcmp0 (options.scenario, "list") == 0)
    {
      list_scenarios (options.json);
      return EXIT_SUCCESS;
    }

  practice = postern_practice_new_for (options.protocol, options.scenario, &error);
  if (practice != NULL && run (practice, &options, &error))
    return EXIT_SUCCESS;

failed:
  g_printerr ("postern-cli practice: %s\n", error->message);
  return EXIT_USAGE;
}
