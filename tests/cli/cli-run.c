/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_LIMIT_S 30
#define INPUT_FD 3

struct _CliRun
{
  GPid pid;
  int pid_fd;
  int out;
  int err;
  GString *out_text;
  GString *err_text;
  gint64 begun;
  gint64 limit;
  char *home; /* ours, to be removed */
};

/* --- Folders and files --- */

void
cli_remove_folder (const char *path)
{
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        cli_remove_folder (child);
      else
        g_remove (child);
    }
  g_rmdir (path);
}

static char *scratch;

static void
remove_scratch (void)
{
  if (scratch != NULL)
    cli_remove_folder (scratch);
  g_clear_pointer (&scratch, g_free);
}

static const char *
get_scratch (void)
{
  if (scratch == NULL)
    {
      g_autoptr(GError) error = NULL;

      scratch = g_dir_make_tmp ("postern-test-cli-XXXXXX", &error);
      g_assert_no_error (error);
      atexit (remove_scratch);
    }
  return scratch;
}

char *
cli_make_folder (void)
{
  char *path = g_build_filename (get_scratch (), "XXXXXX", NULL);

  g_assert_nonnull (g_mkdtemp (path));
  return path;
}

char *
cli_make_file (const char *content, gssize length)
{
  static guint n_files;
  g_autofree char *name = g_strdup_printf ("file-%u", n_files++);
  char *path = g_build_filename (get_scratch (), name, NULL);
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, content, length, &error);
  g_assert_no_error (error);
  return path;
}

/* --- Starting --- */

static GStrv
make_environment (const CliSetup *setup, const char *home)
{
  static const char *const homes[] = {
    "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR",
  };
  GStrv environment = g_get_environ ();

  for (gsize i = 0; i < G_N_ELEMENTS (homes); i++)
    environment = g_environ_setenv (environment, homes[i], home, TRUE);
  environment = g_environ_unsetenv (environment, "POSTERN_CLI");
  for (gsize i = 0; setup->environment != NULL && setup->environment[i] != NULL; i++)
    {
      const char *equals = strchr (setup->environment[i], '=');
      g_autofree char *name = NULL;

      g_assert_nonnull (equals);
      name = g_strndup (setup->environment[i], (gsize) (equals - setup->environment[i]));
      environment = g_environ_setenv (environment, name, equals + 1, TRUE);
    }
  return environment;
}

static GStrv
make_arguments (const char *const *args)
{
  g_autoptr(GPtrArray) arguments = g_ptr_array_new ();
  const char *program = g_getenv ("POSTERN_CLI");

  if (program == NULL)
    g_error ("POSTERN_CLI has to name the program under test.");
  g_ptr_array_add (arguments, g_strdup (program));
  for (gsize i = 0; args[i] != NULL; i++)
    g_ptr_array_add (arguments, g_strdup (args[i]));
  g_ptr_array_add (arguments, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&arguments), FALSE);
}

/* What is to be read fits into a pipe. */
static int
make_input (const char *text)
{
  int ends[2];
  gsize length = strlen (text);

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_assert_cmpuint (length, <=, 65536);
  g_assert_cmpint (write (ends[1], text, length), ==, (gssize) length);
  close (ends[1]);
  return ends[0];
}

CliRun *
cli_run_start (const char *const *args, const CliSetup *setup)
{
  static const CliSetup nothing;
  CliRun *run = g_new0 (CliRun, 1);
  g_auto (GStrv) arguments = make_arguments (args);
  g_auto (GStrv) environment = NULL;
  g_autoptr(GError) error = NULL;
  const int target = INPUT_FD;
  int source = -1;
  int output = -1;

  if (setup == NULL)
    setup = &nothing;
  run->home = setup->home == NULL ? cli_make_folder () : NULL;
  environment = make_environment (setup, setup->home != NULL ? setup->home : run->home);
  if (setup->input != NULL)
    source = make_input (setup->input);
  if (setup->output != NULL)
    output = g_open (setup->output, O_WRONLY | O_CLOEXEC, 0);

  run->out = -1;
  run->out_text = g_string_new (NULL);
  run->err_text = g_string_new (NULL);
  run->begun = g_get_monotonic_time ();
  run->limit =
    run->begun + (setup->limit_s > 0 ? setup->limit_s : DEFAULT_LIMIT_S) * G_USEC_PER_SEC;
  g_spawn_async_with_pipes_and_fds (
    setup->home != NULL ? setup->home : run->home, (const char *const *) arguments,
    (const char *const *) environment, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES, NULL,
    NULL, -1, output, -1, &source, &target, source >= 0 ? 1 : 0, &run->pid, NULL,
    output < 0 ? &run->out : NULL, &run->err, &error);
  g_assert_no_error (error);
  run->pid_fd = (int) syscall (SYS_pidfd_open, run->pid, 0);
  g_assert_cmpint (run->pid_fd, >=, 0);
  if (source >= 0)
    close (source);
  if (output >= 0)
    close (output);
  return run;
}

GPid
cli_run_get_pid (CliRun *run)
{
  return run->pid;
}

/* --- Waiting --- */

static void
take_output (int *fd, GString *text)
{
  char buffer[16384];
  gssize n = read (*fd, buffer, sizeof buffer);

  if (n > 0)
    g_string_append_len (text, buffer, n);
  else if (n == 0 || errno != EINTR)
    {
      close (*fd);
      *fd = -1;
    }
}

/* FALSE when the time is up. */
static gboolean
wait_a_bit (CliRun *run, gboolean *ended)
{
  struct pollfd fds[] = {
    { run->out, POLLIN, 0 },
    { run->err, POLLIN, 0 },
    { *ended ? -1 : run->pid_fd, POLLIN, 0 },
  };
  gint64 left = (run->limit - g_get_monotonic_time ()) / 1000;

  if (left <= 0)
    return FALSE;
  if (poll (fds, G_N_ELEMENTS (fds), (int) MIN (left, 60000)) <= 0)
    return TRUE;
  if (fds[0].revents != 0)
    take_output (&run->out, run->out_text);
  if (fds[1].revents != 0)
    take_output (&run->err, run->err_text);
  if (fds[2].revents != 0)
    *ended = TRUE;
  return TRUE;
}

CliResult *
cli_run_wait (CliRun *run)
{
  CliResult *result = g_new0 (CliResult, 1);
  struct rusage usage = { 0 };
  gboolean ended = FALSE;
  int status = 0;

  while (!ended || run->out >= 0 || run->err >= 0)
    {
      if (!result->killed && !wait_a_bit (run, &ended))
        {
          result->killed = TRUE;
          kill (run->pid, SIGKILL);
          run->limit = G_MAXINT64;
        }
      else if (result->killed)
        wait_a_bit (run, &ended);
      if (ended && result->ended == 0)
        result->ended = g_get_monotonic_time ();
    }

  g_assert_cmpint (wait4 (run->pid, &status, 0, &usage), ==, run->pid);
  result->status = WIFEXITED (status) ? WEXITSTATUS (status) : -1;
  result->signal = WIFSIGNALED (status) ? WTERMSIG (status) : 0;
  result->duration = result->ended - run->begun;
  result->peak_kib = usage.ru_maxrss;
  result->n_out = run->out_text->len;
  result->out = g_string_free (run->out_text, FALSE);
  result->n_err = run->err_text->len;
  result->err = g_string_free (run->err_text, FALSE);

  close (run->pid_fd);
  if (run->home != NULL)
    cli_remove_folder (run->home);
  g_free (run->home);
  g_free (run);
  return result;
}

CliResult *
cli_run (const char *const *args, const CliSetup *setup)
{
  return cli_run_wait (cli_run_start (args, setup));
}

void
cli_result_free (CliResult *result)
{
  g_free (result->out);
  g_free (result->err);
  g_free (result);
}

void
cli_assert_status (const CliResult *result, int status)
{
  if (result->status != status || result->killed)
    g_error ("Wanted exit status %d, got %d (signal %d%s) after %" G_GINT64_FORMAT
             " ms\n--- standard output\n%s\n--- standard error\n%s",
             status, result->status, result->signal, result->killed ? ", killed: too late" : "",
             result->duration / 1000, result->out, result->err);
}
