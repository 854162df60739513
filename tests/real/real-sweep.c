/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-sweep.h"

#include "real-run.h"

#include <string.h>

typedef struct
{
  const RealSweep *sweep;
  RealValues *values;
} Test;

static const char *
member (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, "-");
}

/* The state of each mechanism in the order of the report, and its code if there is one. */
static char *
list_trials (RealRun *run, const char *name)
{
  JsonArray *trials = real_run_get_array (run, "trials");
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (trials); i++)
    {
      JsonObject *trial = json_array_get_object_element (trials, i);
      const char *code = member (trial, "code");

      g_test_message ("%-10s  %-18s  %-12s  %s", name, member (trial, "mechanism"),
                      member (trial, "state"), code);
      g_string_append_printf (list, "%s %s%s%s\n", member (trial, "mechanism"),
                              member (trial, "state"), *code != '-' ? " " : "",
                              *code != '-' ? code : "");
    }
  return g_string_free (list, FALSE);
}

/* No more of them than were announced. */
static void
check_attempts (RealRun *run, int wanted)
{
  g_autofree char *attempts = real_run_dup_text (run, "attempts");
  g_autofree char *number = g_strdup_printf ("%d", wanted);
  g_autofree char *announced = g_strdup_printf (" %d attempts to log on are made", wanted);

  g_assert_cmpstr (attempts, ==, number);
  if (strstr (run->errors, announced) == NULL)
    g_test_fail_printf ("“%s” was not said beforehand, but “%s”", announced, run->errors);
}

static void
test_sweep (gconstpointer data)
{
  const Test *test = data;
  const RealSweep *sweep = test->sweep;
  g_autofree char *arguments =
    g_strdup_printf ("--ipv4 --user '%s' --password-from fd:0 --sweep "
                     "--tls-options verify_server=yes,ca_certificate=@CA@ %s",
                     sweep->user != NULL ? sweep->user : "@USER@", sweep->arguments);
  g_autoptr(RealRun) run =
               real_run_new (test->values, arguments, sweep->secret, sweep->environment);
  g_autofree char *wanted = g_strjoinv ("\n", (char **) sweep->trials);
  g_autofree char *found = NULL;
  g_autofree char *schema = real_run_dup_text (run, "schema");
  g_autofree char *secret = real_values_expand (test->values, sweep->secret);

  g_assert_nonnull (run->report);
  g_assert_cmpstr (schema, ==, "postern-sweep/1");
  found = list_trials (run, sweep->name);
  g_strchomp (found);
  g_assert_cmpstr (found, ==, wanted);
  g_assert_cmpint (run->status, ==, sweep->status);
  check_attempts (run, sweep->attempts);
  g_assert_null (strstr (run->output, secret));
}

void
real_sweeps_add (const char *group, const RealSweep *sweeps, RealValues *values)
{
  for (gsize i = 0; sweeps[i].name != NULL; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", group, sweeps[i].name);
      Test *test = g_new (Test, 1);

      *test = (Test){ &sweeps[i], values };
      g_test_add_data_func_full (path, test, test_sweep, g_free);
    }
}
