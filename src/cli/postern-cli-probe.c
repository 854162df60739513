/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli.h"

#include "postern-cli-drivers.h"
#include "postern-cli-options.h"
#include "postern-cli-secret.h"
#include "postern-cli-table.h"
#include "postern-cli-text.h"
#include "postern-cli-usage.h"

#include "model/postern-error.h"
#include "probe/postern-sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one command runs. Either a probe, or a sweep. */
typedef struct
{
  PosternProbe *probe;
  PosternSweep *sweep;
} Job;

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

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* The number of attempts is known before the first is made. */
static void
announce_sweep (PosternSweep *sweep)
{
  guint n_offered = g_list_model_get_n_items (postern_sweep_get_trials (sweep));
  guint n_attempts = postern_sweep_get_n_attempts (sweep);
  g_autofree char *offered = g_strdup_printf (
    ngettext ("%u mechanism is offered.", "%u mechanisms are offered.", n_offered), n_offered);
  g_autofree char *attempts = g_strdup_printf (
    ngettext ("%u attempt to log on is made, on a connection of its own.",
              "%u attempts to log on are made, each on a connection of its own.", n_attempts),
    n_attempts);

  if (postern_report_get_exit_status (postern_sweep_get_look (sweep)) == 0)
    g_printerr ("%s %s\n", offered, attempts);
}

static void
run_job (Job *job)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  guint interrupt = g_unix_signal_add (SIGINT, interrupt_cb, cancellable);
  guint terminate = g_unix_signal_add (SIGTERM, interrupt_cb, cancellable);
  g_autoptr(GAsyncResult) first = NULL;
  g_autoptr(GAsyncResult) second = NULL;

  if (job->probe != NULL)
    {
      postern_probe_run_async (job->probe, cancellable, ended_cb, &first);
      postern_probe_run_finish (job->probe, wait_for (&first), NULL);
    }
  else
    {
      postern_sweep_look_async (job->sweep, cancellable, ended_cb, &first);
      if (postern_sweep_look_finish (job->sweep, wait_for (&first), NULL))
        {
          announce_sweep (job->sweep);
          postern_sweep_run_async (job->sweep, cancellable, ended_cb, &second);
          postern_sweep_run_finish (job->sweep, wait_for (&second), NULL);
        }
    }
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

/* A file is replaced as a whole; a device is written to as it is, and nobody is waited for. */
static gboolean
save_report (const char *path, const char *json, GError **error)
{
  struct stat status;
  FILE *file;
  gboolean written;
  int fd;

  if (stat (path, &status) != 0 || S_ISREG (status.st_mode))
    return g_file_set_contents_full (path, json, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);

  fd = open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  file = fd >= 0 ? fdopen (fd, "w") : NULL;
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

  /* To write into a pipe is to wait for who reads it. */
  if (exists && !S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode) && !S_ISCHR (status.st_mode))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   _ ("The report cannot be saved to %s: it is neither a file nor a device."),
                   path);
      return FALSE;
    }

  if (exists && S_ISDIR (status.st_mode))
    errno = EISDIR;
  if (usable && (!replaced || access (folder, W_OK | X_OK) == 0))
    return TRUE;

  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
               _ ("The report cannot be saved to %s: %s"), path, g_strerror (errno));
  return FALSE;
}

/* A report that failed before there was anything to sweep is printed like that of a probe. */
static char *
describe_job (const Job *job, const PosternCliOptions *o, gboolean json)
{
  gboolean colour = postern_cli_page_wants_colour (STDOUT_FILENO);
  PosternReport *report = job->probe != NULL ? postern_probe_get_report (job->probe)
                                             : postern_sweep_get_look (job->sweep);
  gboolean sweep = job->sweep != NULL && postern_report_get_exit_status (report) == 0;
  PosternCliTextParts parts = 0;

  if (json)
    return job->sweep != NULL ? postern_sweep_to_json (job->sweep)
                              : postern_report_to_json (report);
  if (sweep)
    return postern_cli_table_sweep (job->sweep, colour);
  parts |= o->verbose ? POSTERN_CLI_TEXT_VERBOSE : 0;
  parts |= o->transcript ? POSTERN_CLI_TEXT_TRANSCRIPT : 0;
  parts |= o->capabilities ? POSTERN_CLI_TEXT_CAPABILITIES : 0;
  return postern_cli_text_report (report, parts, colour);
}

static int
print_job (const Job *job, const PosternCliOptions *o)
{
  int status = job->probe != NULL
                 ? postern_report_get_exit_status (postern_probe_get_report (job->probe))
                 : postern_sweep_get_exit_status (job->sweep);
  g_autofree char *text = describe_job (job, o, g_strcmp0 (o->format, "json") == 0);
  g_autofree char *json = o->save_report != NULL ? describe_job (job, o, TRUE) : NULL;
  g_autoptr(GError) error = NULL;

  if (!write_all (text))
    status = 1;
  if (json != NULL && !save_report (o->save_report, json, &error))
    {
      g_printerr (_ ("postern-cli: the report is not saved: %s\n"), error->message);
      status = 1;
    }
  return status;
}

/* The drivers of Uniface decide what goes in clear text, also where the server decides with them:
 * that is said before anything is sent, and not only in the report. */
static void
warn_of_clear_text (PosternAccount *account)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (account));
  g_autoptr(PosternPlan) plan = NULL;

  if (postern_account_get_system (account) != POSTERN_SYSTEM_UNIFACE)
    return;

  plan = postern_runtime_plan (runtime, account, NULL, findings);
  for (guint i = 0; plan != NULL && i < findings->len; i++)
    if (strcmp (postern_finding_get_code (findings->pdata[i]), "settings.clear-text-password") == 0)
      g_printerr ("postern-cli: %s\n", postern_finding_get_explanation (findings->pdata[i]));
}

static gboolean
prepare (Job *job, const PosternCliOptions *o, GPtrArray *drivers, GError **error)
{
  g_autoptr(PosternSecret) password = NULL;
  g_autoptr(PosternSecret) token = NULL;
  g_autoptr(PosternSecret) key_password = NULL;
  g_autoptr(PosternAccount) account = NULL;
  PosternCredentials credentials = { 0 };
  const PosternChecks checks = {
    .check_usable = o->check_usable,
    .check_sender = o->check_sender,
    .check_recipients = (const char *const *) o->check_recipients,
    .send_from = o->send_from,
    .send_to = o->send_to,
  };

  if (!postern_cli_check_format (o->format, error))
    return FALSE;
  if (o->save_report != NULL && !check_report_path (o->save_report, error))
    return FALSE;
  account = postern_cli_options_make_account (o, drivers, error);
  if (account == NULL)
    return FALSE;
  if (!postern_cli_secret_read_for (o->password_from, _ ("Password:"), "password", account,
                                    &password, error) ||
      !postern_cli_secret_read_for (o->token_from, _ ("Access token:"), "token", account, &token,
                                    error) ||
      !postern_cli_secret_read_for (o->key_password_from, _ ("Password of the private key:"),
                                    "key-password", account, &key_password, error))
    return FALSE;

  warn_of_clear_text (account);
  credentials.password = password;
  credentials.token = token;
  credentials.key_password = key_password;
  if (o->sweep)
    job->sweep = postern_sweep_new (account, &credentials);
  else
    job->probe = postern_probe_new (account, &credentials, &checks);
  return TRUE;
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
  g_auto (PosternCliOptions) options = { NULL };
  g_autoptr(GPtrArray) drivers = NULL;
  g_autoptr(GError) error = NULL;
  Job job = { NULL, NULL };
  gboolean secret_seen = FALSE;
  gboolean pending;
  int status;

  g_set_prgname ("postern-cli probe");
  postern_cli_secret_guard ();
  drivers = postern_cli_drivers_take (&argc, argv, &secret_seen, &error);
  if (drivers == NULL || !postern_cli_options_parse (&options, &argc, &argv, &error) ||
      !prepare (&job, &options, drivers, &error))
    {
      g_printerr ("postern-cli probe: %s\n", error->message);
      return 1;
    }
  postern_cli_warn_of_secrets (secret_seen, options.tls_options);

  run_job (&job);
  status = print_job (&job, &options);

  /* Threads of the network may still hold what they worked with: it is not worth waiting for. */
  pending = status == 19 || status == 130;
  g_clear_pointer (&drivers, g_ptr_array_unref);
  g_clear_object (&job.probe);
  g_clear_object (&job.sweep);
  if (pending)
    _exit (status);
  postern_cli_secret_unguard ();
  return status;
}
