/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_LIMIT (15 * G_USEC_PER_SEC)

static sigset_t signals;

static void
move_to_child (void)
{
  pid_t parent = getpid ();
  pid_t child = fork ();
  int status;

  if (child < 0)
    g_error ("fork: %s", g_strerror (errno));
  if (child > 0)
    {
      while (waitpid (child, &status, 0) < 0 && errno == EINTR)
        ;
      _exit (WIFEXITED (status) ? WEXITSTATUS (status) : 1);
    }
  setsid ();
  prctl (PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (getppid () != parent)
    _exit (1);
}

void
real_process_init (void)
{
  sigemptyset (&signals);
  sigaddset (&signals, SIGCHLD);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGHUP);
  move_to_child ();
  sigprocmask (SIG_BLOCK, &signals, NULL);
  signal (SIGPIPE, SIG_IGN); /* whoever reads what we print may be gone */
  prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

typedef struct
{
  const RealCommand *command;
  int log;
} Setup;

/* Only what a system call does: between fork and exec nothing else is safe. */
static void
change_user (const RealCommand *command)
{
  if (command->user != 0 &&
      (setgroups (0, NULL) != 0 || setgid (command->group) != 0 || setuid (command->user) != 0))
    _exit (126);
}

/* In the child, between fork and exec. */
static void
set_up_child (gpointer user_data)
{
  const Setup *setup = user_data;

  sigprocmask (SIG_UNBLOCK, &signals, NULL);
  signal (SIGPIPE, SIG_DFL);
  if (setup->command->server)
    setsid ();
  change_user (setup->command);
  if (!setup->command->server)
    prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (setup->log >= 0)
    {
      dup2 (setup->log, STDOUT_FILENO);
      dup2 (setup->log, STDERR_FILENO);
    }
}

gboolean
real_process_start (RealProcess *self, const RealCommand *command, GError **error)
{
  const GSpawnFlags flags =
    G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN | G_SPAWN_SEARCH_PATH_FROM_ENVP;
  Setup setup = { command, -1 };
  GPid pid;
  gboolean started;

  if (command->log != NULL)
    setup.log = open (command->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  started = g_spawn_async (command->folder, (char **) command->argv, command->environment, flags,
                           set_up_child, &setup, &pid, error);
  if (setup.log >= 0)
    close (setup.log);
  if (!started)
    return FALSE;

  self->name = command->name;
  self->pid = pid;
  self->group = command->server ? pid : 0;
  return TRUE;
}

/* Returns FALSE when there are no children any more. */
static gboolean
reap (RealProcess *const *processes)
{
  pid_t pid;
  int status;

  while ((pid = waitpid (-1, &status, WNOHANG)) > 0)
    for (gsize i = 0; processes[i] != NULL; i++)
      if (processes[i]->pid == pid)
        {
          processes[i]->pid = 0;
          processes[i]->status = status;
        }
  return pid == 0 || errno != ECHILD;
}

gboolean
real_process_wait (RealProcess *const *processes, int timeout_ms)
{
  const struct timespec timeout = { timeout_ms / 1000, (timeout_ms % 1000) * 1000000L };
  int caught = sigtimedwait (&signals, NULL, &timeout);

  reap (processes);
  return caught < 0 || caught == SIGCHLD;
}

/* A group outlives its leader, if need be. */
gboolean
real_process_stop (RealProcess *const *processes)
{
  gint64 deadline = g_get_monotonic_time () + STOP_LIMIT;

  for (gsize i = 0; processes[i] != NULL; i++)
    if (processes[i]->pid != 0)
      kill (processes[i]->pid, SIGTERM);

  while (reap (processes))
    {
      if (g_get_monotonic_time () >= deadline)
        {
          for (gsize i = 0; processes[i] != NULL; i++)
            if (processes[i]->group != 0)
              kill (-processes[i]->group, SIGKILL);
            else if (processes[i]->pid != 0)
              kill (processes[i]->pid, SIGKILL);
          while (waitpid (-1, NULL, 0) > 0)
            ;
          return FALSE;
        }
      real_process_wait (processes, 100);
    }
  return TRUE;
}
