/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-run.h"
#include "real-values.h"

G_BEGIN_DECLS

/* No native result: the report has null. */
#define REAL_NO_NATIVE 1000

/**
 * RealCell:
 *
 * One logon and what is to come of it.
 *
 * `arguments` follow `probe --format json --ipv4 --user @USER@ --password-from fd:0`, or
 * `--token-from` where `token` is set; `secret` is what standard input gives.
 *
 * `user` is another one than the value USER; `environment` is one more variable, "NAME=value".
 * Where neither token nor secret is given, nothing is said about one.
 *
 * `ladder` has a letter for each step: p passed, w warning, f failed, n not reached, s skipped by
 * choice. Blanks are for the eye. The order is that of the report; without implicit TLS
 *
 *   settings resolve connect, greeting capabilities, starttls tls certificate capabilities-tls,
 *   authenticate usable sender, logoff
 *
 * and with it
 *
 *   settings resolve connect, tls certificate, greeting capabilities starttls capabilities-tls,
 *   authenticate usable sender, logoff
 *
 * NULL is not looked at.
 *
 * `items` is what the last security driver has to tell of itself among others, "NAME=value;…".
 *
 * `finding` is the code of the first finding, NULL where there is none; `also` are codes that
 * have to be among the others. `names` is text that the first finding has to hold. With
 * `unreached`, a port that only we listen on stands for "@LISTEN@", and nobody may have come.
 */
typedef struct
{
  const char *name;
  const char *arguments;
  const char *user;
  const char *secret;
  gboolean    token;
  const char *environment;
  int         status;
  int         native;
  const char *tls;                      /* settings.tls of the report; NULL: null */
  const char *ladder;
  const char *finding;
  const char *also[3];
  const char *mechanism;                /* NULL: not looked at */
  const char *names;
  const char *source;                   /* of the TLS options; NULL: not looked at */
  const char *items;                    /* NULL: not looked at */
  gboolean    unreached;
} RealCell;

/* Runs it and fails the test with a list of all that is not as it should be. */
void     real_cell_run    (const RealCell *self,
                           RealValues     *values);
/* Adds a test of each, up to one without a name, as @group and its name. */
void     real_cells_add   (const char     *group,
                           const RealCell *cells,
                           RealValues     *values);
/* The same in two halves, without `unreached`; the log of the tests gets a line of a table with
 * @label, outcome, first finding and exit status. */
RealRun *real_cell_start  (const RealCell *self,
                           RealValues     *values);
void     real_cell_finish (const RealCell *self,
                           RealValues     *values,
                           RealRun        *run,
                           const char     *label);

G_END_DECLS
