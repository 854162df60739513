/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-usage.h"

#include "model/postern-error.h"
#include "runtime/postern-tls-options.h"

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

/* What no option is worth that was given. */
#define NOT_GIVEN (-G_MAXDOUBLE)

static gboolean
check_seconds (const char *option, double seconds, GError **error)
{
  /* Written so that what is no number is refused, too. */
  if (seconds >= 0.001 && seconds <= MAX_SECONDS)
    return TRUE;
  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
               _ ("%s takes seconds, from 0.001 to %d."), option, MAX_SECONDS);
  return FALSE;
}

gboolean
postern_cli_parse_options (
  GOptionContext *context, const PosternCliLimits *limits, int *argc, char ***argv, GError **error)
{
  const struct
  {
    const char *option;
    double *seconds;
  } all[] = {
    { "--timeout", limits->total },
    { "--connect-timeout", limits->connect },
    { "--step-timeout", limits->step },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    *all[i].seconds = NOT_GIVEN;
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    if (*all[i].seconds == NOT_GIVEN)
      *all[i].seconds = 0;
    else if (!check_seconds (all[i].option, *all[i].seconds, error))
      return FALSE;
  return TRUE;
}

/* Only the password of the key has another way in; what else is a secret can stand in a file that
 * others may not read. */
static void
warn_of_option (const char *tls_options)
{
  const char *option = postern_tls_options_find_secret (tls_options);

  if (option == NULL)
    return;
  g_printerr (
    strcmp (option, "client_key_password") == 0
      ? _ ("postern-cli: a secret, %s, stood in --tls-options, where every user of this computer "
           "could read it. Use --key-password-from.\n")
      : _ ("postern-cli: a secret, %s, stood in --tls-options, where every user of this computer "
           "could read it. For Uniface it can stand in an assignment file: see --asn.\n"),
    option);
}

void
postern_cli_warn_of_secrets (gboolean in_parameters, const char *tls_options)
{
  if (in_parameters)
    g_printerr ("%s\n",
                _ ("postern-cli: a secret stood in --parameters, where every user of this computer "
                   "could read it. Use --password-from or --token-from."));
  warn_of_option (tls_options);
}
