/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli.h"

#include "postern-cli-secret.h"
#include "postern-cli-upopmail.h"
#include "postern-cli-usage.h"

#include "model/postern-error.h"
#include "runtime/postern-file.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *asn;
  char *usys;
  char *tls_options;
  char *ehlo;
  char *connect_to;
  char *password_from;
  char *token_from;
  char *key_password_from;
  char *format;
  GStrv rest;
  double timeout;
  double connect_timeout;
  double step_timeout;
  gboolean transcript;
} Options;

static void
options_clear (Options *o)
{
  char *texts[] = { o->asn,           o->usys,       o->tls_options,       o->ehlo,  o->connect_to,
                    o->password_from, o->token_from, o->key_password_from, o->format };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (o->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *const description = N_ (
  "FILE is ProcScript, “-” standard input. Its “activate \"UPOPMAIL\".Operation (…)” statements\n"
  "are run in order, with literal arguments; “if” on $status and “return” count. An argument that\n"
  "is a variable, an operation that is not known and whatever else is there is told with line and\n"
  "column, and then nothing is sent.\n"
  "\n"
  "Exit status: 0 where every $status is 0 or more; 1 for the script or settings; else what the\n"
  "first operation that failed comes to, as with “postern-cli probe”.\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv, GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  const PosternCliLimits limits = { &o->timeout, &o->connect_timeout, &o->step_timeout };
  const GOptionEntry entries[] = {
    { "asn", 0, 0, G_OPTION_ARG_FILENAME, &o->asn, N_ ("The assignment file"), N_ ("FILE") },
    { "usys", 0, 0, G_OPTION_ARG_FILENAME, &o->usys, N_ ("The folder of usys:"), N_ ("DIR") },
    { "tls-options", 0, 0, G_OPTION_ARG_STRING, &o->tls_options,
      N_ ("TLS options, used as USYS$TLS_PARAMS"), N_ ("OPTIONS") },
    { "password-from", 0, 0, G_OPTION_ARG_STRING, &o->password_from,
      N_ ("Where a missing password is: prompt, fd:N, file:PATH or env:NAME"), N_ ("SOURCE") },
    { "token-from", 0, 0, G_OPTION_ARG_STRING, &o->token_from,
      N_ ("Where a missing OAuth 2.0 access token is"), N_ ("SOURCE") },
    { "key-password-from", 0, 0, G_OPTION_ARG_STRING, &o->key_password_from,
      N_ ("Where the password of the client's private key is"), N_ ("SOURCE") },
    { "ehlo", 0, 0, G_OPTION_ARG_STRING, &o->ehlo, N_ ("Greet the server with this name"),
      N_ ("NAME") },
    { "connect-to", 0, 0, G_OPTION_ARG_STRING, &o->connect_to,
      N_ ("Connect there, verify and greet as the host of the logon"), N_ ("ADDRESS[:PORT]") },
    { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->timeout, N_ ("Limit for one operation (30)"),
      N_ ("SECONDS") },
    { "connect-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->connect_timeout,
      N_ ("Limit for connecting (10)"), N_ ("SECONDS") },
    { "step-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->step_timeout,
      N_ ("Limit for each answer of the server"), N_ ("SECONDS") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, N_ ("text (default) or json"),
      N_ ("FORMAT") },
    { "transcript", 0, 0, G_OPTION_ARG_NONE, &o->transcript,
      N_ ("Text: print what was said on the wire, too"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, N_ ("FILE|-") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, _ ("Runs the UPOPMAIL operations of a ProcScript file."));
  g_option_context_set_description (context, _ (description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  return postern_cli_parse_options (context, &limits, argc, argv, error);
}

static gboolean
check_options (const Options *o, GError **error)
{
  if (o->rest == NULL || o->rest[1] != NULL)
    return postern_cli_usage_error (error, _ ("Name one FILE, or “-” for standard input."));
  if (strcmp (o->rest[0], "-") == 0 &&
      (g_strcmp0 (o->password_from, "fd:0") == 0 || g_strcmp0 (o->token_from, "fd:0") == 0 ||
       g_strcmp0 (o->key_password_from, "fd:0") == 0))
    return postern_cli_usage_error (error,
                                    _ ("The script comes from standard input: take the secret from "
                                       "another source, such as file:PATH."));
  if (g_strcmp0 (o->password_from, "keyring") == 0 || g_strcmp0 (o->token_from, "keyring") == 0 ||
      g_strcmp0 (o->key_password_from, "keyring") == 0)
    return postern_cli_usage_error (error,
                                    _ ("A script belongs to no account of the keyring; use another "
                                       "source, such as fd:0 or file:PATH."));
  return postern_cli_check_format (o->format, error);
}

static PosternAccount *
make_settings (const Options *o)
{
  PosternAccount *settings = postern_account_new (NULL);

  g_object_set (settings, "system", POSTERN_SYSTEM_UNIFACE, "asn-file", o->asn, "usys-dir", o->usys,
                "tls-options", o->tls_options, "ehlo-name", o->ehlo, "connect-to", o->connect_to,
                "total-timeout", (guint) (o->timeout * 1000), "connect-timeout",
                (guint) (o->connect_timeout * 1000), "step-timeout",
                (guint) (o->step_timeout * 1000), NULL);
  return settings;
}

/* --- The script --- */

static char *
read_stdin (gsize *length, GError **error)
{
  gsize size = POSTERN_PROC_MAX_SCRIPT + 1;
  char *text = g_try_malloc0 (size + 1);
  gsize n = 0;

  while (text != NULL && n < size)
    {
      gssize got = read (STDIN_FILENO, text + n, size - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        break;
      n += (gsize) got;
    }
  *length = n;
  if (text == NULL || n == size)
    {
      postern_cli_usage_error (error, _ ("The script is too long."));
      g_free (text);
      return NULL;
    }
  return text;
}

/* The text may have a password in it: it is wiped when it has been read. */
static PosternProcScript *
read_script (const char *path, GError **error)
{
  gsize length = 0;
  char *text = strcmp (path, "-") == 0
                 ? read_stdin (&length, error)
                 : postern_file_read (path, POSTERN_PROC_MAX_SCRIPT, TRUE, &length, error);
  PosternProcScript *script;

  if (text == NULL)
    return NULL;
  script = postern_proc_script_parse (text, length);
  postern_wipe (text, length);
  g_free (text);
  return script;
}

static void
print_messages (const PosternProcScript *script, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  for (guint i = 0; i < script->messages->len; i++)
    {
      const PosternProcMessage *message = script->messages->pdata[i];

      g_printerr ("%s:%u:%u: %s: %s\n", name, message->line, message->column,
                  message->is_error ? "error" : "info", message->text);
    }
}

/* --- Running it --- */

typedef struct
{
  PosternAccount *settings;
  PosternCredentials credentials;
  GHashTable *instances; /* name → PosternUpopmail */
  GCancellable *cancellable;
  PosternCliUpopmailOutput output;
  int status;      /* $status */
  int exit_status; /* of the first that failed */
} Run;

static gboolean
interrupt_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_CONTINUE;
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
warning_cb (PosternUpopmail *instance, PosternFinding *finding, gpointer user_data)
{
  g_printerr ("postern-cli: %s\n", postern_finding_get_explanation (finding));
}

/* The assignment file was read before; it can only have gone since. */
static PosternUpopmail *
get_instance (Run *self, const char *name)
{
  PosternUpopmail *instance = g_hash_table_lookup (self->instances, name);

  if (instance == NULL)
    {
      instance = postern_upopmail_new (self->settings, &self->credentials, NULL);
      if (instance == NULL)
        return NULL;
      g_signal_connect (instance, "warning", G_CALLBACK (warning_cb), NULL);
      g_hash_table_insert (self->instances, g_strdup (name), instance);
    }
  return instance;
}

/* Which operation it was is all that is left to say. */
static void
tell_interrupted (const PosternProcStatement *statement)
{
  /* Translators: the name of an operation, and a line of the script */
  g_printerr (_ ("postern-cli: interrupted in %s, line %u\n"), statement->call->operation->name,
              statement->line);
}

/* FALSE: interrupted. */
static gboolean
run_call (Run *self, const PosternProcStatement *statement)
{
  PosternUpopmail *instance = get_instance (self, statement->instance);
  g_autoptr(GAsyncResult) ended = NULL;
  g_autoptr(PosternUpopmailResult) result = NULL;

  if (instance == NULL)
    return FALSE;
  postern_upopmail_call_async (instance, statement->call, self->cancellable, ended_cb, &ended);
  while (ended == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = postern_upopmail_call_finish (instance, ended, NULL);
  if (result == NULL)
    {
      tell_interrupted (statement);
      return FALSE;
    }

  self->status = result->status;
  if (result->status < 0 && self->exit_status == 0)
    self->exit_status = result->exit_status != 0 ? result->exit_status : 1;
  postern_cli_upopmail_result (&self->output, statement, result);
  return !g_cancellable_is_cancelled (self->cancellable);
}

static void
run_statements (Run *self, const PosternProcScript *script)
{
  guint at = 0;

  while (at < script->statements->len)
    {
      const PosternProcStatement *statement = script->statements->pdata[at++];

      switch (statement->kind)
        {
        case POSTERN_PROC_CALL:
          if (!run_call (self, statement))
            {
              self->exit_status = 130;
              return;
            }
          break;

        case POSTERN_PROC_NEW_INSTANCE:
        case POSTERN_PROC_DELETE_INSTANCE:
          g_hash_table_remove (self->instances, statement->instance);
          break;

        case POSTERN_PROC_IF:
          if (!postern_proc_statement_holds (statement, self->status))
            at = statement->jump;
          break;

        case POSTERN_PROC_JUMP:
          at = statement->jump;
          break;

        case POSTERN_PROC_RETURN:
        default:
          return;
        }
    }
}

static int
run_script (const Options *o, const PosternProcScript *script, const PosternCredentials *given)
{
  Run self = { .credentials = *given };
  guint interrupt, terminate;

  self.settings = make_settings (o);
  self.instances = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self.cancellable = g_cancellable_new ();
  self.output.transcript = o->transcript;
  if (g_strcmp0 (o->format, "json") == 0)
    self.output.json = json_builder_new ();
  interrupt = g_unix_signal_add (SIGINT, interrupt_cb, self.cancellable);
  terminate = g_unix_signal_add (SIGTERM, interrupt_cb, self.cancellable);

  postern_cli_upopmail_begin (&self.output, script);
  if (script->n_errors > 0)
    self.exit_status = 1;
  else
    run_statements (&self, script);
  if (!postern_cli_upopmail_end (&self.output, self.exit_status))
    self.exit_status = 1;

  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_hash_table_unref (self.instances);
  /* What was under way comes back to let it go. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_object_unref (self.settings);
  g_object_unref (self.cancellable);
  g_clear_object (&self.output.json);
  return self.exit_status;
}

static gboolean
read_secret (const char *source, const char *label, PosternSecret **secret, GError **error)
{
  if (source == NULL)
    return TRUE;

  *secret = postern_cli_secret_read (source, label, NULL, NULL, NULL, error);
  return *secret != NULL;
}

/* Everything that can be wrong before something is sent. */
static gboolean
prepare (const Options *o,
         PosternProcScript **script,
         PosternCredentials *credentials,
         GError **error)
{
  g_autoptr(PosternUpopmail) instance = NULL;
  g_autoptr(PosternAccount) settings = NULL;

  if (!check_options (o, error) || (*script = read_script (o->rest[0], error)) == NULL)
    return FALSE;
  print_messages (*script, o->rest[0]);
  if ((*script)->n_errors > 0)
    return TRUE;
  settings = make_settings (o);
  instance = postern_upopmail_new (settings, NULL, error);
  return instance != NULL &&
         read_secret (o->password_from, _ ("Password:"), &credentials->password, error) &&
         read_secret (o->token_from, _ ("Access token:"), &credentials->token, error) &&
         read_secret (o->key_password_from, _ ("Password of the private key:"),
                      &credentials->key_password, error);
}

static void
clear_credentials (PosternCredentials *credentials)
{
  g_clear_pointer (&credentials->password, postern_secret_unref);
  g_clear_pointer (&credentials->token, postern_secret_unref);
  g_clear_pointer (&credentials->key_password, postern_secret_unref);
}

/**
 * postern_cli_upopmail:
 *
 * The command `upopmail`.
 *
 * Returns: the exit status of spec/cli.md
 */
int
postern_cli_upopmail (int argc, char **argv)
{
  g_auto (Options) options = { NULL };
  g_autoptr(PosternProcScript) script = NULL;
  PosternCredentials credentials = { NULL, NULL, NULL };
  g_autoptr(GError) error = NULL;
  int status;

  g_set_prgname ("postern-cli upopmail");
  postern_cli_secret_guard ();
  if (!parse_options (&options, &argc, &argv, &error) ||
      !prepare (&options, &script, &credentials, &error))
    {
      g_printerr ("postern-cli upopmail: %s\n", error->message);
      clear_credentials (&credentials);
      return 1;
    }
  if (script->has_secret)
    g_printerr ("%s\n", _ ("postern-cli: a password or token stands in the script, where whoever "
                           "reads the file sees it. Leave it out, and use --password-from or "
                           "--token-from."));

  status = run_script (&options, script, &credentials);
  clear_credentials (&credentials);

  /* Threads of the network may still hold what they worked with: it is not worth waiting for. */
  if (status == 19 || status == 130)
    _exit (status);
  postern_cli_secret_unguard ();
  return status;
}
