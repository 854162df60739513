/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-run.h"
#include "zoo-expect.h"

G_BEGIN_DECLS

/* One way in, and who stands there. */
typedef struct
{
  const char *server;
  const char *port;                     /* the value that has it */
  const char *protocol;
  const char *tls;
  guint       usual_port;               /* said to be connected to: nothing to warn of */
} ZooDoor;

/* A logon at the door, by the name of the chain. @options: more of them, or "". */
RealRun *zoo_run_start (RealValues     *values,
                        const ZooChain *chain,
                        const ZooDoor  *door,
                        const char     *address,
                        ZooPolicy       policy,
                        const char     *options);
/* Exit status, findings, chain and logon as the table says, else the test fails and says what is
 * wrong. @accepted_status: of a run that is not refused. */
void     zoo_run_check (RealRun        *self,
                        RealValues     *values,
                        const ZooChain *chain,
                        const ZooDoor  *door,
                        ZooPolicy       policy,
                        int             accepted_status);
/* Whether the client sent anything of a logon. */
gboolean zoo_run_logged_on (RealRun    *self);

G_END_DECLS
