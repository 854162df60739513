/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

G_BEGIN_DECLS

/* A sweep: `trials` are lines such as "PLAIN refused auth.credentials", ended by NULL. The end
 * @status is that of the program. What came of it is shown as lines of a table. */
typedef struct
{
  const char *name;
  const char *arguments;
  const char *user;                     /* NULL: the value USER */
  const char *secret;
  const char *environment;              /* NULL: nothing more */
  int         status;
  int         attempts;
  const char *trials[20];
} RealSweep;

/* Adds a test of each, up to one without a name, as @group and its name. */
void real_sweeps_add (const char      *group,
                      const RealSweep *sweeps,
                      RealValues      *values);

G_END_DECLS
