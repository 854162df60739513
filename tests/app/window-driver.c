/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "window-driver.h"

#include <glib/gstdio.h>
#include <string.h>

#define PATIENCE_US (30 * G_USEC_PER_SEC)
#define TICK_MS 50
#define MAX_DEPTH 40

typedef gboolean (*Condition) (WindowDriver *self, gpointer data);

static gboolean
tick_cb (gpointer data)
{
  gboolean *ticked = data;

  *ticked = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Looks again at each tick until it is so or time is up, and takes in what arrives meanwhile. To
 * look at each arrival would keep the program busy with being looked at. */
static gboolean
wait_until (WindowDriver *self, Condition condition, gpointer data)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_US;
  gboolean ticked = FALSE;
  guint tick = g_timeout_add (TICK_MS, tick_cb, &ticked);
  gboolean met;

  while (!(met = condition (self, data)) && g_get_monotonic_time () < end)
    {
      ticked = FALSE;
      do
        g_main_context_iteration (NULL, TRUE);
      while (!ticked);
    }
  g_source_remove (tick);
  return met;
}

static gboolean
is_ours (WindowDriver *self, gpointer data)
{
  g_autoptr(AtspiAccessible) desktop = atspi_get_desktop (0);
  int n_children = atspi_accessible_get_child_count (desktop, NULL);
  guint pid = (guint) atoi (g_subprocess_get_identifier (self->process));

  for (int i = 0; i < n_children; i++)
    {
      g_autoptr(AtspiAccessible) child = atspi_accessible_get_child_at_index (desktop, i, NULL);

      if (child != NULL && atspi_accessible_get_process_id (child, NULL) == pid)
        {
          self->application = g_steal_pointer (&child);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
run_xdotool (const char *const *arguments)
{
  g_autoptr(GSubprocess) process = g_subprocess_newv (
    arguments, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);

  return process != NULL && g_subprocess_wait_check (process, NULL, NULL);
}

static gboolean
newest_window_took_keyboard (WindowDriver *self, gpointer data)
{
  g_autofree char *output = NULL;
  g_auto (GStrv) windows = NULL;
  const char *pid = g_subprocess_get_identifier (self->process);
  g_autoptr(GSubprocess) search =
               g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                 NULL, "xdotool", "search", "--onlyvisible", "--pid", pid, NULL);
  const char *focus[] = { "xdotool", "windowfocus", NULL, NULL };

  if (search == NULL || !g_subprocess_communicate_utf8 (search, NULL, NULL, &output, NULL, NULL))
    return FALSE;
  windows = g_strsplit (g_strstrip (output), "\n", -1);
  for (guint i = 0; windows[i] != NULL; i++)
    focus[2] = windows[i];
  return focus[2] != NULL && *focus[2] != '\0' && run_xdotool (focus);
}

void
window_driver_take_keyboard (WindowDriver *self)
{
  if (!wait_until (self, newest_window_took_keyboard, NULL))
    g_error ("The window did not take the keyboard");
}

WindowDriver *
window_driver_start (const char *program, const char *const *arguments)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr(GPtrArray) command = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  WindowDriver *self = g_new0 (WindowDriver, 1);
  static const char *const folders[][2] = { { "HOME", "" },
                                            { "XDG_DATA_HOME", "data" },
                                            { "XDG_CONFIG_HOME", "config" },
                                            { "XDG_CACHE_HOME", "cache" },
                                            { "XDG_STATE_HOME", "state" },
                                            { "XDG_RUNTIME_DIR", "run" } };

  self->home = g_dir_make_tmp ("postern-window-XXXXXX", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (self->home, folders[i][1], NULL);

      g_mkdir_with_parents (path, 0700);
      g_subprocess_launcher_setenv (launcher, folders[i][0], path, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "GSK_RENDERER", "cairo", TRUE);
  g_subprocess_launcher_setenv (launcher, "GDK_BACKEND", "x11", TRUE);
  g_subprocess_launcher_setenv (launcher, "GDK_DEBUG", "gl-disable", TRUE);
  g_subprocess_launcher_setenv (launcher, "GTK_A11Y", "atspi", TRUE);
  g_subprocess_launcher_setenv (launcher, "GSETTINGS_BACKEND", "memory", TRUE);

  g_ptr_array_add (command, (gpointer) program);
  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i++)
    g_ptr_array_add (command, (gpointer) arguments[i]);
  g_ptr_array_add (command, NULL);
  self->process =
    g_subprocess_launcher_spawnv (launcher, (const char *const *) command->pdata, &error);
  g_assert_no_error (error);

  if (!wait_until (self, is_ours, NULL))
    g_error ("The window did not come up");
  window_driver_take_keyboard (self);
  return self;
}

static void
remove_folder (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

static gboolean
has_ended (WindowDriver *self, gpointer data)
{
  return g_subprocess_get_identifier (self->process) == NULL;
}

void
window_driver_stop (WindowDriver *self)
{
  g_clear_object (&self->application);
  window_driver_take_keyboard (self);
  window_driver_key (self, "ctrl+q");
  if (!wait_until (self, has_ended, NULL))
    g_error ("The program did not quit");
  /* A sanitizer that has something to say says it here. */
  g_assert_true (g_subprocess_get_successful (self->process));
  g_object_unref (self->process);
  remove_folder (self->home);
  g_free (self->home);
  g_free (self);
}

static char *
get_text (AtspiAccessible *accessible)
{
  g_autoptr(AtspiText) text = atspi_accessible_get_text_iface (accessible);
  int length;

  if (text == NULL)
    return NULL;
  length = atspi_text_get_character_count (text, NULL);
  return length > 0 ? atspi_text_get_text (text, 0, length, NULL) : NULL;
}

static void
append_tree (AtspiAccessible *accessible, int depth, GString *out)
{
  g_autofree char *name = atspi_accessible_get_name (accessible, NULL);
  g_autofree char *description = atspi_accessible_get_description (accessible, NULL);
  g_autofree char *role = atspi_accessible_get_role_name (accessible, NULL);
  g_autofree char *text = get_text (accessible);
  int n_children = atspi_accessible_get_child_count (accessible, NULL);

  g_string_append_printf (out, "%*s%s", depth * 2, "", role != NULL ? role : "?");
  if (name != NULL && *name != '\0')
    g_string_append_printf (out, " “%s”", name);
  if (description != NULL && *description != '\0')
    g_string_append_printf (out, " — %s", description);
  if (text != NULL)
    g_string_append_printf (out, " = %s", text);
  g_string_append_c (out, '\n');

  for (int i = 0; i < n_children && depth < MAX_DEPTH; i++)
    {
      g_autoptr(AtspiAccessible) child = atspi_accessible_get_child_at_index (accessible, i, NULL);

      if (child != NULL)
        append_tree (child, depth + 1, out);
    }
}

char *
window_driver_read (WindowDriver *self)
{
  GString *out = g_string_new (NULL);

  atspi_accessible_clear_cache (self->application);
  append_tree (self->application, 0, out);
  return g_string_free (out, FALSE);
}

typedef gboolean (*Match) (AtspiAccessible *accessible, gconstpointer data);

static AtspiAccessible *
find (AtspiAccessible *accessible, Match match, gconstpointer data, int depth)
{
  int n_children;

  if (match (accessible, data))
    return g_object_ref (accessible);

  n_children = atspi_accessible_get_child_count (accessible, NULL);
  for (int i = 0; i < n_children && depth < MAX_DEPTH; i++)
    {
      g_autoptr(AtspiAccessible) child = atspi_accessible_get_child_at_index (accessible, i, NULL);
      AtspiAccessible *found = child != NULL ? find (child, match, data, depth + 1) : NULL;

      if (found != NULL)
        return found;
    }
  return NULL;
}

typedef struct
{
  AtspiRole role;
  const char *name;
  AtspiAccessible *found;
} Wanted;

static gboolean
is_wanted (AtspiAccessible *accessible, gconstpointer data)
{
  const Wanted *wanted = data;
  g_autofree char *name = NULL;

  if (wanted->role != ATSPI_ROLE_INVALID &&
      atspi_accessible_get_role (accessible, NULL) != wanted->role)
    return FALSE;
  name = atspi_accessible_get_name (accessible, NULL);
  return name != NULL && g_str_has_prefix (name, wanted->name);
}

static gboolean
wanted_is_there (WindowDriver *self, gpointer data)
{
  Wanted *wanted = data;

  atspi_accessible_clear_cache (self->application);
  wanted->found = find (self->application, is_wanted, wanted, 0);
  return wanted->found != NULL;
}

static void
give_up (WindowDriver *self, const char *what)
{
  g_autofree char *tree = window_driver_read (self);

  g_error ("Waited in vain for “%s”. There was:\n%s", what, tree);
}

AtspiAccessible *
window_driver_wait_for (WindowDriver *self, AtspiRole role, const char *name)
{
  Wanted wanted = { role, name, NULL };

  if (!wait_until (self, wanted_is_there, &wanted))
    give_up (self, name);
  return wanted.found;
}

static gboolean
text_is_there (WindowDriver *self, gpointer data)
{
  g_autofree char *tree = window_driver_read (self);

  return strstr (tree, data) != NULL;
}

void
window_driver_wait_text (WindowDriver *self, const char *text)
{
  if (!wait_until (self, text_is_there, (gpointer) text))
    give_up (self, text);
}

static gboolean
is_editable (AtspiAccessible *accessible, gconstpointer data)
{
  g_autoptr(AtspiEditableText) text = NULL;

  if (!is_wanted (accessible, data))
    return FALSE;
  text = atspi_accessible_get_editable_text_iface (accessible);
  return text != NULL;
}

static gboolean
editable_is_there (WindowDriver *self, gpointer data)
{
  Wanted *wanted = data;

  atspi_accessible_clear_cache (self->application);
  wanted->found = find (self->application, is_editable, wanted, 0);
  return wanted->found != NULL;
}

void
window_driver_fill (WindowDriver *self, const char *name, const char *text)
{
  Wanted wanted = { ATSPI_ROLE_INVALID, name, NULL };
  g_autoptr(AtspiEditableText) editable = NULL;
  g_autoptr(GError) error = NULL;

  if (!wait_until (self, editable_is_there, &wanted))
    give_up (self, name);
  editable = atspi_accessible_get_editable_text_iface (wanted.found);
  g_assert_true (atspi_editable_text_set_text_contents (editable, text, &error));
  g_assert_no_error (error);
  g_object_unref (wanted.found);
}

void
window_driver_click (WindowDriver *self, const char *button)
{
  g_autoptr(AtspiAccessible) accessible =
               window_driver_wait_for (self, ATSPI_ROLE_PUSH_BUTTON, button);
  g_autoptr(AtspiAction) action = atspi_accessible_get_action_iface (accessible);
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (action);
  g_assert_true (atspi_action_do_action (action, 0, &error));
  g_assert_no_error (error);
}

void
window_driver_key (WindowDriver *self, const char *key)
{
  const char *arguments[] = { "xdotool", "key", "--clearmodifiers", key, NULL };

  g_assert_true (run_xdotool (arguments));
}

void
window_driver_type (WindowDriver *self, const char *text)
{
  const char *arguments[] = { "xdotool", "type", "--delay", "4", "--", text, NULL };

  g_assert_true (run_xdotool (arguments));
}

static gboolean
is_focused (AtspiAccessible *accessible, gconstpointer data)
{
  g_autoptr(AtspiStateSet) states = atspi_accessible_get_state_set (accessible);

  return states != NULL && atspi_state_set_contains (states, ATSPI_STATE_FOCUSED) &&
         atspi_accessible_get_role (accessible, NULL) != ATSPI_ROLE_FRAME;
}

static char *
get_focused_name (WindowDriver *self)
{
  g_autoptr(AtspiAccessible) focused = NULL;

  atspi_accessible_clear_cache (self->application);
  focused = find (self->application, is_focused, NULL, 0);
  return focused != NULL ? atspi_accessible_get_name (focused, NULL) : NULL;
}

typedef struct
{
  char *before;
  gint64 until;
} Focus;

/* GTK 4.8 does not tell the focus of a text within a row: after a while it is taken as moved. */
static gboolean
focus_moved (WindowDriver *self, gpointer data)
{
  Focus *focus = data;
  g_autofree char *name = get_focused_name (self);

  return g_strcmp0 (name, focus->before) != 0 || g_get_monotonic_time () > focus->until;
}

void
window_driver_tab_to (WindowDriver *self, const char *name)
{
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *before = get_focused_name (self);
      Focus focus = { before, g_get_monotonic_time () + G_USEC_PER_SEC / 4 };

      if (before != NULL && g_str_has_prefix (before, name))
        return;
      window_driver_key (self, "Tab");
      wait_until (self, focus_moved, &focus);
    }
  give_up (self, name);
}

static gboolean
folder_holds (const char *folder, const char *bytes)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *contents = NULL;
      gsize length = 0;

      if (g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        continue;
      if (g_file_test (path, G_FILE_TEST_IS_DIR) && folder_holds (path, bytes))
        return TRUE;
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR) &&
          g_file_get_contents (path, &contents, &length, NULL) &&
          memmem (contents, length, bytes, strlen (bytes)) != NULL)
        return TRUE;
    }
  return FALSE;
}

gboolean
window_driver_home_holds (WindowDriver *self, const char *bytes)
{
  return folder_holds (self->home, bytes);
}
