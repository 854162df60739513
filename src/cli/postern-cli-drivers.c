/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-drivers.h"

#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <string.h>

/* The value of an option at @argv[@i], written "--name VALUE" or "--name=VALUE"; NULL where it is
 * another option. @n_used tells how many arguments it takes. */
static char *
option_value (int argc, char **argv, int i, const char *name, int *n_used)
{
  gsize length = strlen (name);

  if (strncmp (argv[i], name, length) != 0)
    return NULL;
  if (argv[i][length] == '=')
    {
      *n_used = 1;
      return argv[i] + length + 1;
    }
  if (argv[i][length] != '\0' || i + 1 >= argc)
    return NULL;
  *n_used = 2;
  return argv[i + 1];
}

static void
add_driver (GPtrArray *drivers, const char *properties, const char *parameters, gboolean *secret)
{
  PosternDriver *driver = postern_driver_new (properties, parameters);

  *secret |=
    postern_driver_get_password (driver) != NULL || postern_driver_get_token (driver) != NULL;
  g_ptr_array_add (drivers, driver);
}

/**
 * postern_cli_drivers_take:
 * @argc: (inout): the number of arguments
 * @argv: the arguments
 * @secret_seen: (out): whether there was a secret among the parameters
 * @error: what is wrong with the order of the options
 *
 * Takes `--driver PROPERTIES` and the `--parameters PARAMS` that follows it out of the arguments,
 * in order. Parameters may hold a secret, so their text is wiped where it stood: it is not to be
 * seen in the list of processes any longer than needed.
 *
 * Returns: (transfer full) (element-type PosternDriver): the calls of SetSecurity, or NULL
 */
GPtrArray *
postern_cli_drivers_take (int *argc, char **argv, gboolean *secret_seen, GError **error)
{
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  const char *properties = NULL;
  int kept = 1;

  *secret_seen = FALSE;
  for (int i = 1; i < *argc;)
    {
      int n_used = 1;
      char *value;

      if (strcmp (argv[i], "--") == 0)
        {
          while (i < *argc)
            argv[kept++] = argv[i++];
        }
      else if ((value = option_value (*argc, argv, i, "--driver", &n_used)) != NULL)
        {
          if (properties != NULL)
            add_driver (drivers, properties, NULL, secret_seen);
          properties = value;
        }
      else if ((value = option_value (*argc, argv, i, "--parameters", &n_used)) != NULL)
        {
          if (properties == NULL)
            {
              postern_wipe (value, strlen (value));
              g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                                   _ ("--parameters has to follow the --driver that it is for."));
              return NULL;
            }
          add_driver (drivers, properties, value, secret_seen);
          postern_wipe (value, strlen (value));
          properties = NULL;
        }
      else
        argv[kept++] = argv[i];
      i += n_used;
    }
  if (properties != NULL)
    add_driver (drivers, properties, NULL, secret_seen);

  argv[kept] = NULL;
  *argc = kept;
  return g_steal_pointer (&drivers);
}
