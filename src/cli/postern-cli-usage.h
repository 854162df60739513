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
/* A time limit as it was given to @option; 0: it was not. */
gboolean postern_cli_check_seconds (const char  *option,
                                    double       seconds,
                                    GError     **error);

G_END_DECLS
