/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-usage.h"

#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <string.h>

/* A time limit longer than this is a slip. Seconds. */
#define MAX_SECONDS 3600

gboolean
postern_cli_usage_error (GError **error, const char *message)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);
  return FALSE;
}

gboolean
postern_cli_check_format (const char *format, GError **error)
{
  if (format == NULL || strcmp (format, "text") == 0 || strcmp (format, "json") == 0)
    return TRUE;
  return postern_cli_usage_error (error, _ ("--format takes text or json."));
}

gboolean
postern_cli_check_seconds (const char *option, double seconds, GError **error)
{
  /* Written so that what is no number is refused, too. */
  if (seconds == 0 || (seconds >= 0.001 && seconds <= MAX_SECONDS))
    return TRUE;
  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
               _ ("%s takes seconds, from 0.001 to %d."), option, MAX_SECONDS);
  return FALSE;
}
