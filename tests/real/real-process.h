/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/**
 * RealProcess:
 *
 * A child and all that it starts. No process of it can get away: what loses its parent becomes
 * our child, and can be waited for.
 */
typedef struct
{
  const char *name;
  pid_t       pid;                      /* 0: not started, or gone */
  pid_t       group;                    /* 0: has no process group of its own */
  int         status;                   /* as of waitpid(), once it is gone */
} RealProcess;

typedef struct
{
  const char         *name;             /* for people */
  const char *const  *argv;
  char              **environment;      /* NULL: ours */
  const char         *folder;           /* NULL: ours */
  const char         *log;              /* the file that its output goes to; NULL: as ours */
  gboolean            server;           /* leads a session of its own and ends on SIGTERM */
  uid_t               user;             /* 0: as ours */
  gid_t               group;
} RealCommand;

/* Before anything else, in a process without threads. Goes on in a child, whose exit status the
 * parent takes for its own. Whoever kills the parent, and be it with SIGKILL and its group (meson
 * after a time-out), leaves the child time to clear up. */
void     real_process_init          (void);
gboolean real_process_start         (RealProcess        *self,
                                     const RealCommand  *command,
                                     GError            **error);
/* Waits until a child has ended, somebody wants us to end, or the time is over. Whoever ended is
 * taken note of. Returns FALSE when we are to end. */
gboolean real_process_wait          (RealProcess *const *processes,
                                     int                 timeout_ms);
/* Ends them all: politely, then by force. Returns whether force was not needed. */
gboolean real_process_stop          (RealProcess *const *processes);

G_END_DECLS
