/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-run.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

/* It does not outlive a test that fails in the middle. */
static void
set_up_child (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static void
set_from_value (GSubprocessLauncher *launcher,
                const char *variable,
                RealValues *values,
                const char *name)
{
  if (real_values_has (values, name))
    g_subprocess_launcher_setenv (launcher, variable, real_values_get (values, name), TRUE);
}

/* Nothing of the user who runs the tests is looked at. */
static GSubprocessLauncher *
make_launcher (RealValues *values, const char *environment)
{
  static const char *const homes[] = { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                                       "XDG_RUNTIME_DIR" };
  GSubprocessLauncher *launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                               G_SUBPROCESS_FLAGS_STDERR_PIPE);

  for (gsize i = 0; i < G_N_ELEMENTS (homes); i++)
    g_subprocess_launcher_setenv (launcher, homes[i], real_values_get (values, "FOLDER"), TRUE);
  set_from_value (launcher, "KRB5_CONFIG", values, "KRB5_CONFIG");
  set_from_value (launcher, "KRB5CCNAME", values, "NO_TICKET");
  if (environment != NULL)
    {
      g_autofree char *expanded = real_values_expand (values, environment);
      char *value = strchr (expanded, '=');

      *value++ = '\0';
      g_subprocess_launcher_setenv (launcher, expanded, value, TRUE);
    }
  g_subprocess_launcher_set_child_setup (launcher, set_up_child, NULL, NULL);
  return launcher;
}

static void
parse (RealRun *self)
{
  g_autoptr(GError) error = NULL;

  self->root = self->output != NULL ? json_from_string (self->output, &error) : NULL;
  if (self->root != NULL && JSON_NODE_HOLDS_OBJECT (self->root))
    self->report = json_node_get_object (self->root);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GSubprocess *process = G_SUBPROCESS (source);
  RealRun *self = user_data;
  g_autoptr(GError) error = NULL;

  if (!g_subprocess_communicate_utf8_finish (process, result, &self->output, &self->errors, &error))
    g_test_message ("%s: %s", self->command, error->message);
  else if (g_subprocess_get_if_exited (process))
    self->status = g_subprocess_get_exit_status (process);
  parse (self);
  self->over = TRUE;
}

/* As real_run_start(), of the command @command. */
static RealRun *
start_command (RealValues *values,
               const char *command,
               const char *arguments,
               const char *input,
               const char *environment)
{
  RealRun *self = g_new0 (RealRun, 1);
  g_autoptr(GSubprocessLauncher) launcher = make_launcher (values, environment);
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *expanded = real_values_expand (values, arguments);
  g_autofree char *given = real_values_expand (values, input != NULL ? input : "");
  g_auto (GStrv) argv = NULL;
  g_autoptr(GError) error = NULL;

  self->status = -1;
  self->command =
    g_strdup_printf ("%s %s --format json %s", g_getenv ("POSTERN_CLI"), command, expanded);
  if (!g_shell_parse_argv (self->command, NULL, &argv, &error))
    g_error ("%s: %s", self->command, error->message);

  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  if (process == NULL)
    g_error ("%s: %s", self->command, error->message);
  g_subprocess_communicate_utf8_async (process, given, NULL, ended_cb, self);
  return self;
}

/**
 * real_run_start:
 * @arguments: after "probe --format json", as a shell would read them, with names of values
 * @input: (nullable): what standard input gives, with names of values
 * @environment: (nullable): "NAME=value" for the environment, with names of values
 *
 * Returns: (transfer full): the run, which real_run_wait() waits for
 */
RealRun *
real_run_start (RealValues *values,
                const char *arguments,
                const char *input,
                const char *environment)
{
  return start_command (values, "probe", arguments, input, environment);
}

void
real_run_wait (RealRun *self)
{
  while (!self->over)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * real_run_new:
 *
 * Returns: (transfer full): the same, over; its status is -1 when there was none
 */
RealRun *
real_run_new (RealValues *values, const char *arguments, const char *input, const char *environment)
{
  RealRun *self = real_run_start (values, arguments, input, environment);

  real_run_wait (self);
  return self;
}

/**
 * real_run_new_scan:
 * @arguments: after "scan --format json"
 *
 * Returns: (transfer full): the run, over
 */
RealRun *
real_run_new_scan (RealValues *values, const char *arguments)
{
  RealRun *self = start_command (values, "scan", arguments, NULL, NULL);

  real_run_wait (self);
  return self;
}

void
real_run_free (RealRun *self)
{
  real_run_wait (self);
  g_free (self->command);
  g_free (self->output);
  g_free (self->errors);
  g_clear_pointer (&self->root, json_node_unref);
  g_free (self);
}

JsonNode *
real_run_get (RealRun *self, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);
  JsonNode *node = self->report != NULL ? self->root : NULL;

  for (gsize i = 0; node != NULL && names[i] != NULL; i++)
    node = JSON_NODE_HOLDS_OBJECT (node)
             ? json_object_get_member (json_node_get_object (node), names[i])
             : NULL;
  return node;
}

char *
real_run_dup_text (RealRun *self, const char *path)
{
  JsonNode *node = real_run_get (self, path);

  if (node == NULL)
    return g_strdup ("(none)");
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return g_strdup (json_node_get_string (node));
  return json_to_string (node, FALSE);
}

/* An empty one where there is none. */
JsonArray *
real_run_get_array (RealRun *self, const char *path)
{
  static JsonArray *none;
  JsonNode *node = real_run_get (self, path);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  if (none == NULL)
    none = json_array_new ();
  return none;
}

const char *
real_run_object_text (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, "(none)");
}

JsonObject *
real_run_find (RealRun *self, const char *code)
{
  JsonArray *findings = real_run_get_array (self, "findings");

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);

      if (strcmp (real_run_object_text (finding, "code"), code) == 0)
        return finding;
    }
  return NULL;
}
