/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One run of postern-cli: the program that the environment names in POSTERN_CLI, in a home of
 * its own, with everything it prints. */
typedef struct _CliRun CliRun;

typedef struct
{
  const char         *input;            /* what is on descriptor 3, for "fd:3"; NULL: closed */
  const char *const  *environment;      /* "NAME=VALUE"s to add, or NULL */
  const char         *home;             /* HOME, XDG folders, working folder; NULL: a fresh one */
  const char         *output;           /* a path for standard output instead of a pipe, or NULL */
  guint               limit_s;          /* killed after so long; 0: 30 s */
} CliSetup;

typedef struct
{
  int       status;                     /* exit status, -1 where a signal ended it */
  int       signal;
  gboolean  killed;                     /* by us, because it took too long */
  char     *out;                        /* NUL-terminated, as all that follows */
  gsize     n_out;
  char     *err;
  gsize     n_err;
  gint64    duration;                   /* µs */
  gint64    ended;                      /* monotonic time, µs */
  long      peak_kib;                   /* of resident memory */
} CliResult;

/* @args is NULL-terminated and does not hold the program. */
CliRun    *cli_run_start      (const char *const *args,
                               const CliSetup    *setup);
GPid       cli_run_get_pid    (CliRun            *run);
CliResult *cli_run_wait       (CliRun            *run);
CliResult *cli_run            (const char *const *args,
                               const CliSetup    *setup);
void       cli_result_free    (CliResult         *result);

/* A folder that goes with the test program, and a file with this content in it. */
char      *cli_make_folder    (void);
char      *cli_make_file      (const char        *content,
                               gssize             length);
void       cli_remove_folder  (const char        *path);
/* Stops the test with all that the program printed. */
void       cli_assert_status  (const CliResult   *result,
                               int                status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliResult, cli_result_free)

G_END_DECLS
