/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

G_BEGIN_DECLS

/* The folder of the servers, in the environment of the process that runs the tests. */
#define REAL_FOLDER_VARIABLE "POSTERN_REAL_FOLDER"

/* Where a server is waited for. Either `port`, a value that gets a free port of `address`, or
 * `path` of a socket. */
typedef struct
{
  const char *port;
  const char *address;                  /* NULL: 127.0.0.1 */
  const char *path;
  const char *says;                     /* how it begins; NULL: it waits for the client */
} RealDoor;

/* A program that stays in the foreground and ends on SIGTERM. It runs as the user of the values
 * SERVER_USER, in the folder HOME, with nothing in its environment but a path and what is named
 * here. `before` and `after` are scripts among the sources of the tests, which run in the same
 * way when it is not there yet, and when its doors are open. */
typedef struct
{
  const char *name;
  const char *before;
  const char *argv[9];
  const char *environment[8];           /* "NAME=value" */
  gboolean    root;                     /* runs as root */
  RealDoor    doors[12];
  const char *after;
} RealServer;

typedef struct
{
  const char       *user;               /* the value USER; from its at sign on: DOMAIN */
  const char       *root;               /* what takes root; NULL: nothing does */
  const char       *packages[4];        /* Debian packages that are unpacked into HOME/root */
  gboolean        (*prepare)            (RealValues  *values,
                                         GError     **error);
  const RealServer *servers[5];
  const char       *logs[4];            /* shown when something failed */
} RealSite;

/* Starts the servers of @site on free loopback ports, in a folder of their own, then this program
 * again with the same arguments and REAL_FOLDER_VARIABLE set, and waits for it. However that one
 * ends, the servers are stopped and the folder is removed. Returns the exit status: failed, too,
 * when a process was left over. */
int real_servers_supervise (const RealSite  *site,
                            char           **argv);

G_END_DECLS
