/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-cell.h"

G_BEGIN_DECLS

/* The columns of a row. */
typedef enum
{
  REAL_NONE,
  REAL_STARTTLS,
  REAL_IMPLICIT,
  REAL_N_STARTS,
} RealStart;

/* What is handed over. `secret`, `token`, `user` and `environment` are as in RealCell; `options`
 * are more TLS options. */
typedef struct
{
  const char *name;
  const char *secret;
  gboolean    token;
  const char *user;
  const char *environment;
  const char *options;
} RealCredentials;

#define REAL_STRONGEST "(strongest)"

/**
 * RealRow:
 *
 * A mechanism and credentials, and what comes of them for each way in which TLS starts.
 *
 * An expectation is an exit status and the code of the first finding, such as "16
 * auth.credentials", or "0" where there is no finding. NULL is no cell. REAL_STRONGEST leaves the
 * choice of the mechanism to the program; `chosen` is then what it has to be.
 */
typedef struct
{
  const char            *mechanism;
  const RealCredentials *credentials;
  const char            *expected[REAL_N_STARTS];
  const char            *chosen[REAL_N_STARTS];
} RealRow;

/* The rows of a protocol; each list is ended by one without a mechanism. `clear` and `implicit` are
 * the values of ports. So many runs as `ahead` says are under way while a test waits for its own:
 * a server lets a refused client wait. */
typedef struct
{
  const char    *protocol;
  const char    *clear;
  const char    *implicit;
  const char    *options;               /* more of the command line, such as "--check-usable" */
  guint          ahead;
  const RealRow *rows[4];
} RealTable;

/* Adds a test for every cell, as /server/protocol/TLS start/mechanism/credentials. What came of
 * it is shown as a line of a table. */
void real_matrix_add (const char      *server,
                      const RealTable *table,
                      RealValues      *values);

G_END_DECLS
