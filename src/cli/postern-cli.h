/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The commands. argv[0] is the command word; what is returned is the exit status of
 * spec/cli.md. */
int postern_cli_asn      (int    argc,
                          char **argv);
int postern_cli_export   (int    argc,
                          char **argv);
int postern_cli_practice (int    argc,
                          char **argv);
int postern_cli_probe    (int    argc,
                          char **argv);
int postern_cli_scan     (int    argc,
                          char **argv);
int postern_cli_trust    (int    argc,
                          char **argv);
int postern_cli_upopmail (int    argc,
                          char **argv);

G_END_DECLS
