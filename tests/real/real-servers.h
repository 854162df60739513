/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The folder of the servers, in the environment of the process that runs the tests. */
#define REAL_FOLDER_VARIABLE "POSTERN_REAL_FOLDER"

/* Starts Postfix and Dovecot on free loopback ports, in a folder of their own, then this program
 * again with the same arguments and REAL_FOLDER_VARIABLE set, and waits for it. However that one
 * ends, the servers are stopped and the folder is removed. Returns the exit status: failed, too,
 * when a process was left over. */
int real_servers_supervise (char **argv);

G_END_DECLS
