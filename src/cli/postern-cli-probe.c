/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli.h"

#include "postern-cli-drivers.h"
#include "postern-cli-secret.h"
#include "postern-cli-text.h"

#include "model/postern-error.h"
#include "probe/postern-probe.h"
#include "store/postern-account-store.h"

#include "postern-enum-types.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A time limit longer than this is a slip. Seconds. */
#define MAX_SECONDS 3600

typedef struct
{
  char *account;
  char *system;
  char *protocol;
  char *tls;
  char *tls_options;
  char *asn;
  char *usys;
  char *user;
  char *ehlo;
  char *connect_to;
  char *crl;
  char *password_from;
  char *token_from;
  char *check_sender;
  char *format;
  char *save_report;
  char *unused;
  GStrv mechanisms;
  GStrv check_recipients;
  GStrv rest;
  double timeout;
  double connect_timeout;
  double step_timeout;
  gboolean ipv4;
  gboolean ipv6;
  gboolean check_usable;
  gboolean transcript;
  gboolean verbose;
} Options;

static void
options_clear (Options *options)
{
  char *texts[] = {
    options->account,     options->system,     options->protocol,     options->tls,
    options->tls_options, options->asn,        options->usys,         options->user,
    options->ehlo,        options->connect_to, options->crl,          options->password_from,
    options->token_from,  options->format,     options->check_sender, options->save_report,
    options->unused,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (options->mechanisms);
  g_strfreev (options->check_recipients);
  g_strfreev (options->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
add_account_options (GOptionContext *context, Options *o)
{
  const GOptionEntry entries[] = {
    { "account", 0, 0, G_OPTION_ARG_STRING, &o->account, N_ ("Use this saved account"),
      N_ ("NAME") },
    { "system", 0, 0, G_OPTION_ARG_STRING, &o->system,
      N_ ("Whose logon it is: generic (default) or uniface"), N_ ("SYSTEM") },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &o->protocol, N_ ("smtp (default)"), N_ ("PROTOCOL") },
    { "user", 0, 0, G_OPTION_ARG_STRING, &o->user, N_ ("User name"), N_ ("NAME") },
    { "password-from", 0, 0, G_OPTION_ARG_STRING, &o->password_from,
      N_ ("Where the password is: prompt, fd:N, file:PATH, env:NAME or keyring"), N_ ("SOURCE") },
    { "token-from", 0, 0, G_OPTION_ARG_STRING, &o->token_from,
      N_ ("Where the OAuth 2.0 access token is"), N_ ("SOURCE") },
    { "tls", 0, 0, G_OPTION_ARG_STRING, &o->tls,
      N_ ("Generic: none, starttls, starttls-if-offered or implicit"), N_ ("START") },
    { "mechanism", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->mechanisms,
      N_ ("Generic: this SASL mechanism and no other; may be repeated"), N_ ("NAME") },
    { "tls-options", 0, 0, G_OPTION_ARG_STRING, &o->tls_options,
      N_ ("TLS options, such as “verify_server=yes, ca_certificate=ca.pem”"), N_ ("OPTIONS") },
    { "asn", 0, 0, G_OPTION_ARG_FILENAME, &o->asn, N_ ("Uniface: the assignment file"),
      N_ ("FILE") },
    { "usys", 0, 0, G_OPTION_ARG_FILENAME, &o->usys, N_ ("Uniface: the folder of usys:"),
      N_ ("DIR") },
    /* Taken out of the arguments before these are parsed: here for the help alone. */
    { "driver", 0, 0, G_OPTION_ARG_STRING, &o->unused,
      N_ ("Uniface: a security driver, such as SMTP=UStartTLSSMTP; may be repeated"),
      N_ ("PROPERTIES") },
    { "parameters", 0, 0, G_OPTION_ARG_STRING, &o->unused,
      N_ ("Uniface: the parameters of the driver before it, such as USER=me"), N_ ("PARAMS") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_run_options (GOptionContext *context, Options *o)
{
  const GOptionEntry entries[] = {
    { "ehlo", 0, 0, G_OPTION_ARG_STRING, &o->ehlo, N_ ("Greet the server with this name"),
      N_ ("NAME") },
    { "ipv4", '4', 0, G_OPTION_ARG_NONE, &o->ipv4, N_ ("Use IPv4 alone"), NULL },
    { "ipv6", '6', 0, G_OPTION_ARG_NONE, &o->ipv6, N_ ("Use IPv6 alone"), NULL },
    { "connect-to", 0, 0, G_OPTION_ARG_STRING, &o->connect_to,
      N_ ("Connect there, but verify and greet the host of CONNECTION"), N_ ("ADDRESS[:PORT]") },
    { "crl", 0, 0, G_OPTION_ARG_FILENAME, &o->crl, N_ ("File with revoked certificates"),
      N_ ("FILE") },
    { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->timeout,
      N_ ("Limit for the whole run (default: 30)"), N_ ("SECONDS") },
    { "connect-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->connect_timeout,
      N_ ("Limit for connecting (default: 10)"), N_ ("SECONDS") },
    { "step-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->step_timeout, N_ ("Limit for each other step"),
      N_ ("SECONDS") },
    { "check-usable", 0, 0, G_OPTION_ARG_NONE, &o->check_usable,
      N_ ("Also look whether the mailbox can be opened"), NULL },
    { "check-sender", 0, 0, G_OPTION_ARG_STRING, &o->check_sender,
      N_ ("Also ask whether this sender is accepted; nothing is sent"), N_ ("ADDRESS") },
    { "check-recipient", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->check_recipients,
      N_ ("With --check-sender: and this recipient; may be repeated"), N_ ("ADDRESS") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, N_ ("text (default) or json"),
      N_ ("FORMAT") },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &o->verbose, N_ ("Text: tell every finding in full"),
      NULL },
    { "transcript", 0, 0, G_OPTION_ARG_NONE, &o->transcript,
      N_ ("Text: print what was said on the wire, too"), NULL },
    { "save-report", 0, 0, G_OPTION_ARG_FILENAME, &o->save_report,
      N_ ("Write the report as JSON to this file"), N_ ("FILE") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->rest, NULL, N_ ("CONNECTION") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static const char *const description = N_ (
  "CONNECTION is written as the system writes it:\n"
  "  generic   smtp:// smtps:// or submission:// with a host, or HOST[:PORT]\n"
  "  uniface   {TCP:|TLS:}HOST{+PORT}{:PROFILE}, such as TLS:smtp.myorg.com+465:smtp_profile\n"
  "            each “--driver PROPERTIES” with the “--parameters PARAMS” after it is one\n"
  "            SetSecurity, in order; a missing PASSWORD or TOKEN comes from --password-from or\n"
  "            --token-from\n"
  "\n"
  "No option takes a secret as its value.\n"
  "\n"
  "Exit status: 0 passed; 1 settings or usage, nothing was sent; 10 name; 11 connect;\n"
  "12 greeting or protocol; 13 TLS; 14 certificate; 15 not offered; 16 credentials refused;\n"
  "17 authentication failed otherwise; 18 not usable; 19 time limit; 130 interrupted.\n");

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
    context, _ ("Logs on as the account's system would, and says what is wrong."));
  g_option_context_set_description (context, _ (description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  add_account_options (context, options);
  add_run_options (context, options);
  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
usage_error (GError **error, const char *message)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);
  return FALSE;
}

static gboolean
set_word (PosternAccount *account,
          const char *property,
          GType type,
          const char *option,
          const char *word,
          GError **error)
{
  int value;

  if (word == NULL)
    return TRUE;
  if (!postern_enum_from_nick (type, word, &value) || strcmp (word, "default") == 0)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("%s does not know “%s” in this version; “postern-cli probe --help” lists the "
                      "words."),
                   option, word);
      return FALSE;
    }
  g_object_set (account, property, value, NULL);
  return TRUE;
}

static gboolean
set_seconds (
  PosternAccount *account, const char *property, const char *option, double seconds, GError **error)
{
  if (seconds == 0)
    return TRUE;
  if (!(seconds >= 0.001 && seconds <= MAX_SECONDS))
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("%s takes seconds, from 0.001 to %d."), option, MAX_SECONDS);
      return FALSE;
    }
  g_object_set (account, property, (guint) (seconds * 1000), NULL);
  return TRUE;
}

static gboolean
apply_words (PosternAccount *account, const Options *o, GError **error)
{
  return set_word (account, "system", POSTERN_TYPE_SYSTEM, "--system", o->system, error) &&
         set_word (account, "protocol", POSTERN_TYPE_PROTOCOL, "--protocol", o->protocol, error) &&
         set_word (account, "tls", POSTERN_TYPE_TLS_START, "--tls", o->tls, error) &&
         set_seconds (account, "total-timeout", "--timeout", o->timeout, error) &&
         set_seconds (account, "connect-timeout", "--connect-timeout", o->connect_timeout, error) &&
         set_seconds (account, "step-timeout", "--step-timeout", o->step_timeout, error);
}

static gboolean
apply_options (PosternAccount *account, const Options *o, GPtrArray *drivers, GError **error)
{
  const struct
  {
    const char *property;
    const char *value;
  } texts[] = {
    { "tls-options", o->tls_options },
    { "asn-file", o->asn },
    { "usys-dir", o->usys },
    { "user", o->user },
    { "ehlo-name", o->ehlo },
    { "connect-to", o->connect_to },
    { "crl-file", o->crl },
    { "connection", o->rest ? o->rest[0] : NULL },
  };

  if (o->ipv4 && o->ipv6)
    return usage_error (error, _ ("--ipv4 and --ipv6 exclude each other."));
  if (o->check_recipients != NULL && o->check_sender == NULL)
    return usage_error (error, _ ("--check-recipient needs --check-sender."));
  if (!apply_words (account, o, error))
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].value != NULL)
      g_object_set (account, texts[i].property, texts[i].value, NULL);
  if (o->mechanisms != NULL)
    g_object_set (account, "mechanisms", o->mechanisms, NULL);
  if (o->ipv4 || o->ipv6)
    g_object_set (account, "family", o->ipv4 ? POSTERN_FAMILY_IPV4 : POSTERN_FAMILY_IPV6, NULL);
  if (drivers->len > 0)
    g_object_set (account, "drivers", drivers, NULL);
  return TRUE;
}

static PosternAccount *
find_account (const char *name, GError **error)
{
  g_autoptr(PosternAccountStore) store = postern_account_store_new (NULL);
  PosternAccount *account;

  if (!postern_account_store_load (store, error))
    return NULL;
  account = postern_account_store_find (store, name);
  if (account == NULL)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("There is no account “%s” in %s."), name,
                   postern_account_store_get_path (store));
      return NULL;
    }
  return g_object_ref (account);
}

static PosternAccount *
make_account (const Options *o, GPtrArray *drivers, GError **error)
{
  g_autoptr(PosternAccount) account = NULL;

  if (o->rest != NULL && o->rest[1] != NULL)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("“%s” is one argument too many; there is one CONNECTION."), o->rest[1]);
      return NULL;
    }
  if (o->account == NULL && o->rest == NULL)
    {
      usage_error (error, _ ("Name a CONNECTION, or a saved account with --account."));
      return NULL;
    }

  account = o->account != NULL ? find_account (o->account, error) : postern_account_new (NULL);
  if (account == NULL || !apply_options (account, o, drivers, error))
    return NULL;
  return g_steal_pointer (&account);
}

/* Where a credential belongs: looked up in the keyring by host and port. */
static char *
server_of (PosternAccount *account)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (account));
  g_autoptr(PosternPlan) plan = postern_runtime_plan (runtime, account, NULL, findings);

  return plan != NULL ? g_strdup_printf ("%s:%u", plan->host, plan->port) : NULL;
}

static gboolean
read_secret (const char *source,
             const char *label,
             const char *kind,
             PosternAccount *account,
             PosternSecret **secret,
             GError **error)
{
  g_autofree char *server = NULL;

  if (source == NULL)
    return TRUE;
  if (strcmp (source, "keyring") == 0 && (server = server_of (account)) == NULL)
    return TRUE; /* the settings are wrong, and the probe says how */

  *secret = postern_cli_secret_read (source, label, account, kind, server, error);
  return *secret != NULL;
}

typedef struct
{
  GCancellable *cancellable;
  gboolean ended;
} Run;

static gboolean
interrupt_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_CONTINUE;
}

static void
probe_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;

  postern_probe_run_finish (POSTERN_PROBE (source), result, NULL);
  run->ended = TRUE;
}

static void
run_probe (PosternProbe *probe)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Run run = { cancellable, FALSE };
  guint interrupt = g_unix_signal_add (SIGINT, interrupt_cb, cancellable);
  guint terminate = g_unix_signal_add (SIGTERM, interrupt_cb, cancellable);

  postern_probe_run_async (probe, cancellable, probe_cb, &run);
  while (!run.ended)
    g_main_context_iteration (NULL, TRUE);

  g_source_remove (interrupt);
  g_source_remove (terminate);
}

static gboolean
write_all (const char *text)
{
  gsize length = strlen (text);

  if (fwrite (text, 1, length, stdout) == length && fflush (stdout) == 0)
    return TRUE;

  g_printerr (_ ("postern-cli: the result cannot be written: %s\n"), g_strerror (errno));
  return FALSE;
}

/* A file is replaced as a whole; a device or a pipe is written to as it is. */
static gboolean
save_report (const char *path, const char *json, GError **error)
{
  struct stat status;
  FILE *file;
  gboolean written;

  if (stat (path, &status) != 0 || S_ISREG (status.st_mode))
    return g_file_set_contents_full (path, json, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);

  file = fopen (path, "we");
  written = file != NULL && fwrite (json, 1, strlen (json), file) == strlen (json);
  if (file != NULL && fclose (file) != 0)
    written = FALSE;
  if (!written)
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  return written;
}

/* Found out before anything is sent, rather than when the report is there. */
static gboolean
check_report_path (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct stat status;
  gboolean exists = stat (path, &status) == 0;
  gboolean replaced = !exists || S_ISREG (status.st_mode);
  gboolean usable = !exists || (!S_ISDIR (status.st_mode) && access (path, W_OK) == 0);

  if (exists && S_ISDIR (status.st_mode))
    errno = EISDIR;
  if (usable && (!replaced || access (folder, W_OK | X_OK) == 0))
    return TRUE;

  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
               _ ("The report cannot be saved to %s: %s"), path, g_strerror (errno));
  return FALSE;
}

static int
print_report (PosternReport *report, const Options *o)
{
  int status = postern_report_get_exit_status (report);
  g_autofree char *json = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  if (o->save_report != NULL || g_strcmp0 (o->format, "json") == 0)
    json = postern_report_to_json (report);
  if (g_strcmp0 (o->format, "json") != 0)
    text = postern_cli_text_report (report, o->verbose, o->transcript,
                                    postern_cli_text_wants_colour (STDOUT_FILENO));

  if (!write_all (text != NULL ? text : json))
    status = 1;
  if (o->save_report != NULL && !save_report (o->save_report, json, &error))
    {
      g_printerr (_ ("postern-cli: the report is not saved: %s\n"), error->message);
      status = 1;
    }
  return status;
}

static PosternProbe *
prepare (const Options *o, GPtrArray *drivers, GError **error)
{
  g_autoptr(PosternSecret) password = NULL;
  g_autoptr(PosternSecret) token = NULL;
  g_autoptr(PosternAccount) account = NULL;
  PosternCredentials credentials = { 0 };
  const PosternChecks checks = {
    o->check_usable,
    o->check_sender,
    (const char *const *) o->check_recipients,
  };

  if (o->format != NULL && strcmp (o->format, "text") != 0 && strcmp (o->format, "json") != 0)
    {
      usage_error (error, _ ("--format takes text or json."));
      return NULL;
    }
  if (o->save_report != NULL && !check_report_path (o->save_report, error))
    return NULL;
  account = make_account (o, drivers, error);
  if (account == NULL)
    return NULL;
  if (!read_secret (o->password_from, _ ("Password:"), "password", account, &password, error) ||
      !read_secret (o->token_from, _ ("Access token:"), "token", account, &token, error))
    return NULL;

  credentials.password = password;
  credentials.token = token;
  return postern_probe_new (account, &credentials, &checks);
}

/**
 * postern_cli_probe:
 *
 * The command `probe`.
 *
 * Returns: the exit status of spec/cli.md
 */
int
postern_cli_probe (int argc, char **argv)
{
  g_auto (Options) options = { NULL };
  g_autoptr(GPtrArray) drivers = NULL;
  g_autoptr(PosternProbe) probe = NULL;
  g_autoptr(GError) error = NULL;
  gboolean secret_seen = FALSE;
  gboolean pending;
  int status;

  g_set_prgname ("postern-cli probe");
  postern_cli_secret_guard ();
  drivers = postern_cli_drivers_take (&argc, argv, &secret_seen, &error);
  if (drivers != NULL && parse_options (&options, &argc, &argv, &error))
    probe = prepare (&options, drivers, &error);
  if (probe == NULL)
    {
      g_printerr ("postern-cli probe: %s\n", error->message);
      return 1;
    }
  if (secret_seen)
    g_printerr ("%s\n",
                _ ("postern-cli: a secret stood in --parameters, where every user of this computer "
                   "could read it. Use --password-from or --token-from."));

  run_probe (probe);
  status = print_report (postern_probe_get_report (probe), &options);

  /* Threads of the network may still hold what they worked with: it is not worth waiting for. */
  pending = status == 19 || status == 130;
  g_clear_pointer (&drivers, g_ptr_array_unref);
  g_clear_object (&probe);
  if (pending)
    _exit (status);
  postern_cli_secret_unguard ();
  return status;
}
