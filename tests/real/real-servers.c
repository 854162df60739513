/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-servers.h"

#include "real-certificates.h"
#include "real-files.h"
#include "real-process.h"
#include "real-tokens.h"

#include <errno.h>
#include <ftw.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_LIMIT (20 * G_USEC_PER_SEC)
#define RETRY 20 /* milliseconds */

/* Set by ourselves for the process that sudo starts: once is enough. */
#define SUDO_VARIABLE "POSTERN_REAL_SUDO"

/* The path of a socket has room for 108 bytes. */
#define MAX_FOLDER 60

#define LOG "start.log"

typedef struct
{
  const RealSite *site;
  RealValues *values;
  char *folder;
  char *log;
  RealProcess script;
  RealProcess tests;
  RealProcess servers[G_N_ELEMENTS (((RealSite *) NULL)->servers)];
  RealProcess *processes[3 + G_N_ELEMENTS (((RealSite *) NULL)->servers)];
  GPtrArray *reserved; /* of GSocket */
} Site;

/* A port that is bound to and not listened on is given to nobody else who asks for a free one,
 * and yet who names it can listen there (both set SO_REUSEADDR). So there is no moment in which
 * it could be lost to another program. */
static gboolean
reserve_port (Site *self, const char *name, const char *where, GError **error)
{
  g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string (where, 0);
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL || !g_socket_bind (socket, any, TRUE, error))
    return FALSE;
  address = g_socket_get_local_address (socket, error);
  if (address == NULL)
    return FALSE;
  real_values_set_port (self->values, name,
                        g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  g_ptr_array_add (self->reserved, g_steal_pointer (&socket));
  return TRUE;
}

static const char *
address_of_door (const RealDoor *door)
{
  return door->address != NULL ? door->address : "127.0.0.1";
}

/* And one on which nobody listens. */
static gboolean
reserve_ports (Site *self, GError **error)
{
  for (gsize i = 0; self->site->servers[i] != NULL; i++)
    for (const RealDoor *door = self->site->servers[i]->doors; door->port || door->path; door++)
      if (door->port != NULL && !reserve_port (self, door->port, address_of_door (door), error))
        return FALSE;
  return reserve_port (self, "CLOSED", "127.0.0.1", error);
}

static gboolean
make_folder (Site *self, GError **error)
{
  g_autofree char *pattern = g_build_filename (g_get_tmp_dir (), "postern-real-XXXXXX", NULL);

  if (strlen (pattern) > MAX_FOLDER)
    {
      g_free (pattern);
      pattern = g_strdup ("/tmp/postern-real-XXXXXX");
    }
  /* The daemons of Postfix are other users: they may pass through. */
  if (g_mkdtemp (pattern) == NULL || g_chmod (pattern, 0711) != 0)
    {
      g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", pattern,
                   g_strerror (errno));
      return FALSE;
    }
  self->log = g_build_filename (pattern, LOG, NULL);
  self->folder = g_steal_pointer (&pattern);
  return TRUE;
}

/* The file of a package among those that were fetched. */
static char *
find_package (const char *name)
{
  const char *folder = g_getenv ("POSTERN_PACKAGES");
  g_autoptr(GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  g_autofree char *prefix = g_strconcat (name, "_", NULL);
  const char *found;

  while (dir != NULL && (found = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (found, prefix) && g_str_has_suffix (found, ".deb"))
      return g_build_filename (folder, found, NULL);
  return NULL;
}

/* Nothing of it is set-user-ID, whatever the package says: it stays the user's own. */
static gboolean
unpack (Site *self, const char *name, GError **error)
{
  g_autofree char *package = find_package (name);
  g_autofree char *root = g_build_filename (real_values_get (self->values, "HOME"), "root", NULL);
  g_autofree char *command = g_strdup_printf (
    "dpkg-deb --fsys-tarfile '%s' | tar -x -C '%s' --no-same-owner --no-same-permissions", package,
    root);
  const char *const argv[] = { "sh", "-c", command, NULL };
  int status;

  g_mkdir (root, 0755);
  return g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                       &status, error) &&
         g_spawn_check_wait_status (status, error);
}

static gboolean
prepare (Site *self, GError **error)
{
  const char *domain = strchr (self->site->user, '@');

  if (!make_folder (self, error) || !reserve_ports (self, error))
    return FALSE;

  real_values_set (self->values, "FOLDER", self->folder);
  real_values_set_random (self->values, "PASSWORD");
  real_values_set_random (self->values, "WRONG_PASSWORD");
  real_values_set_random (self->values, "TOKEN_KEY");
  if (!real_files_init (self->values, error))
    return FALSE;
  for (gsize i = 0; self->site->packages[i] != NULL; i++)
    if (!unpack (self, self->site->packages[i], error))
      return FALSE;
  real_values_set (self->values, "USER", self->site->user);
  real_values_set (self->values, "DOMAIN", domain != NULL ? domain : "");
  real_tokens_make (self->values);
  return real_certificates_write (self->values, error) &&
         self->site->prepare (self->values, error) && real_values_save (self->values, error);
}

static gboolean
greets_with (GSocketAddress *address, const char *start)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  char heard[8] = "";

  g_socket_client_set_timeout (client, START_LIMIT / G_USEC_PER_SEC);
  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  return connection != NULL &&
         g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), heard,
                                  strlen (start), NULL, NULL, NULL) &&
         strcmp (heard, start) == 0;
}

static gboolean
wait_until_ready (
  Site *self, RealProcess *server, GSocketAddress *address, const char *start, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + START_LIMIT;

  while (!greets_with (address, start))
    {
      gboolean go_on = real_process_wait (self->processes, RETRY);

      if (go_on && server->pid != 0 && g_get_monotonic_time () < deadline)
        continue;
      g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s %s", server->name,
                   !go_on             ? "was not waited for, for a signal came"
                   : server->pid == 0 ? "ended at once"
                                      : "does not answer");
      return FALSE;
    }
  return TRUE;
}

static gboolean
wait_at_doors (Site *self, const RealServer *server, RealProcess *process, GError **error)
{
  for (const RealDoor *door = server->doors; door->port || door->path; door++)
    {
      g_autofree char *path =
        door->path != NULL ? real_values_expand (self->values, door->path) : NULL;
      g_autoptr(GSocketAddress) address =
                   path != NULL
                     ? g_unix_socket_address_new (path)
                     : g_inet_socket_address_new_from_string (
                         address_of_door (door), real_values_get_port (self->values, door->port));

      if (!wait_until_ready (self, process, address, door->says != NULL ? door->says : "", error))
        return FALSE;
    }
  return TRUE;
}

/* With the values, ended by NULL. */
static char **
expand_all (Site *self, const char *const *texts, const char *const *more)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (; *texts != NULL; texts++)
    {
      g_autofree char *text = real_values_expand (self->values, *texts);

      g_strv_builder_add (builder, text);
    }
  for (; more != NULL && *more != NULL; more++)
    g_strv_builder_add (builder, *more);
  return g_strv_builder_end (builder);
}

/* Program or script: with the environment, folder and user of the server. */
static gboolean
start (Site *self,
       const RealServer *server,
       const char *const *argv,
       RealProcess *process,
       gboolean lead,
       GError **error)
{
  static const char *const always[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                                        NULL };
  g_auto (GStrv) expanded = expand_all (self, argv, NULL);
  g_auto (GStrv) environment = expand_all (self, server->environment, always);
  RealCommand command = {
    .name = server->name,
    .argv = (const char *const *) expanded,
    .environment = environment,
    .folder = real_values_get (self->values, "HOME"),
    .log = self->log,
    .server = lead,
  };

  if (!server->root && geteuid () == 0)
    real_files_get_user (&command.user, &command.group);
  return real_process_start (process, &command, error);
}

static gboolean
run_script (Site *self, const RealServer *server, const char *name, GError **error)
{
  const char *const argv[] = { "sh", "-eu", name, NULL };

  if (name == NULL)
    return TRUE;
  if (!real_files_install (self->values, name, error) ||
      !start (self, server, argv, &self->script, FALSE, error))
    return FALSE;
  while (self->script.pid != 0)
    if (!real_process_wait (self->processes, 1000))
      break;
  if (self->script.pid == 0 && self->script.status == 0)
    return TRUE;
  g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s did not come to a good end", name);
  return FALSE;
}

static gboolean
start_servers (Site *self, GError **error)
{
  for (gsize i = 0; self->site->servers[i] != NULL; i++)
    {
      const RealServer *server = self->site->servers[i];

      if (!run_script (self, server, server->before, error) ||
          !start (self, server, server->argv, &self->servers[i], TRUE, error) ||
          !wait_at_doors (self, server, &self->servers[i], error) ||
          !run_script (self, server, server->after, error))
        return FALSE;
    }
  return TRUE;
}

static void
show_log (Site *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofree char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    fprintf (stderr, "--- %s\n%s", name, text);
}

/* The exit status of the tests; 1 when they did not come to an end of their own. */
static int
run_tests (Site *self, char **argv, GError **error)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", error);
  g_autofree const char **arguments = NULL;
  gsize n = g_strv_length (argv);
  RealCommand command = { .name = "The tests" };

  if (program == NULL)
    return 1;
  arguments = g_new0 (const char *, n + 1);
  memcpy (arguments, argv, n * sizeof (char *));
  arguments[0] = program;
  command.argv = arguments;
  g_setenv (REAL_FOLDER_VARIABLE, self->folder, TRUE);
  if (!real_process_start (&self->tests, &command, error))
    return 1;
  while (self->tests.pid != 0)
    if (!real_process_wait (self->processes, 1000))
      {
        g_set_error_literal (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "told to end");
        return 1;
      }
  return WIFEXITED (self->tests.status) ? WEXITSTATUS (self->tests.status) : 1;
}

static int
remove_cb (const char *path, const struct stat *info, int kind, struct FTW *walk)
{
  return remove (path);
}

static gboolean
tear_down (Site *self)
{
  gboolean clean = TRUE;

  if (!real_process_stop (self->processes))
    {
      fprintf (stderr, "A process had to be killed.\n");
      clean = FALSE;
    }
  g_ptr_array_unref (self->reserved);
  if (self->folder != NULL && nftw (self->folder, remove_cb, 16, FTW_DEPTH | FTW_PHYS) != 0)
    {
      fprintf (stderr, "%s is not removed: %s\n", self->folder, g_strerror (errno));
      clean = FALSE;
    }
  g_free (self->folder);
  g_free (self->log);
  real_values_free (self->values);
  return clean;
}

/* Returns only when that cannot be had. */
static int
become_root (const RealSite *site, char **argv)
{
  static const char *const kept[] = { "POSTERN_CLI",
                                      "POSTERN_REAL_DATA",
                                      "POSTERN_PACKAGES",
                                      "G_DEBUG",
                                      "GSETTINGS_BACKEND",
                                      "GIO_USE_PROXY_RESOLVER",
                                      "GIO_USE_VFS",
                                      "UBSAN_OPTIONS",
                                      "LSAN_OPTIONS",
                                      "ASAN_OPTIONS",
                                      "LC_ALL" };
  const char *const probe[] = { "sudo", "-n", "true", NULL };
  g_autoptr(GPtrArray) command = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  int status = 1;

  if (program != NULL && g_getenv (SUDO_VARIABLE) == NULL &&
      g_spawn_sync (NULL, (char **) probe, NULL,
                    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                    NULL, NULL, NULL, NULL, &status, NULL) &&
      status == 0)
    {
      g_ptr_array_add (command, g_strdup ("sudo"));
      g_ptr_array_add (command, g_strdup ("-n"));
      g_ptr_array_add (command, g_strdup ("env"));
      g_ptr_array_add (command, g_strdup (SUDO_VARIABLE "=1"));
      for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
        if (g_getenv (kept[i]) != NULL)
          g_ptr_array_add (command, g_strdup_printf ("%s=%s", kept[i], g_getenv (kept[i])));
      g_ptr_array_add (command, g_strdup (program));
      for (gsize i = 1; argv[i] != NULL; i++)
        g_ptr_array_add (command, g_strdup (argv[i]));
      g_ptr_array_add (command, NULL);
      execvp ("sudo", (char **) command->pdata);
    }
  printf ("Bail out! These tests start %s, which takes root: run them as root, or let sudo ask for "
          "no password\n",
          site->root);
  return 1;
}

/* Whether there is what .ci/functions fetches; else the tests are skipped, and say so. */
static gboolean
has_packages (const RealSite *site)
{
  for (gsize i = 0; site->packages[i] != NULL; i++)
    {
      g_autofree char *package = find_package (site->packages[i]);

      if (package != NULL)
        continue;
      printf ("1..0 # SKIP The package %s has not been fetched: ./check does that\n",
              site->packages[i]);
      return FALSE;
    }
  return TRUE;
}

int
real_servers_supervise (const RealSite *site, char **argv)
{
  Site self = { .site = site };
  g_autoptr(GError) error = NULL;
  int status = 1;

  if (!has_packages (site))
    return 0;
  if (site->root != NULL && geteuid () != 0)
    return become_root (site, argv);

  real_process_init ();
  self.values = real_values_new ();
  self.reserved = g_ptr_array_new_with_free_func (g_object_unref);
  self.processes[0] = &self.tests;
  self.processes[1] = &self.script;
  for (gsize i = 0; site->servers[i] != NULL; i++)
    self.processes[2 + i] = &self.servers[i];
  if (prepare (&self, &error) && start_servers (&self, &error))
    status = run_tests (&self, argv, &error);
  if (error != NULL)
    printf ("Bail out! The servers: %s\n", error->message);
  if (status != 0 && self.folder != NULL)
    {
      show_log (&self, LOG);
      for (gsize i = 0; i < G_N_ELEMENTS (site->logs) && site->logs[i] != NULL; i++)
        show_log (&self, site->logs[i]);
    }
  if (!tear_down (&self))
    status = 1;
  return status;
}
