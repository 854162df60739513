/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is wrong with the arguments: the first sets @error and returns FALSE, the others look first. */
gboolean postern_cli_usage_error   (GError     **error,
                                    const char  *message);
/* @format: "text", "json" or NULL */
gboolean postern_cli_check_format  (const char  *format,
                                    GError     **error);

/* Where the limits of a command are kept, in seconds; 0 where an option was not given. */
typedef struct
{
  double *total;
  double *connect;
  double *step;
} PosternCliLimits;

/* Parses the options of a command, and checks its limits: none of them can be 0. */
gboolean postern_cli_parse_options (GOptionContext          *context,
                                    const PosternCliLimits  *limits,
                                    int                     *argc,
                                    char                  ***argv,
                                    GError                 **error);


/* Tells on standard error of secrets among the arguments. @tls_options: or NULL */
void     postern_cli_warn_of_secrets (gboolean    in_parameters,
                                      const char *tls_options);

G_END_DECLS
