/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-servers.h"

#include "real-config.h"
#include "real-process.h"

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

/* A port of Postfix each; nobody listens on the last. */
static const char *const ports[] = {
  "CLEAR", "STARTTLS", "EXPIRED", "INCOMPLETE", "IMPLICIT", "WATCHED", "WATCHED_TLS", "CLOSED",
};

typedef struct
{
  RealValues *values;
  char *folder;
  RealProcess dovecot;
  RealProcess postfix;
  RealProcess tests;
  RealProcess *processes[4];
  GSocket *reserved[G_N_ELEMENTS (ports)];
} Servers;

/* A port that is bound to and not listened on is given to nobody else who asks for a free one,
 * and yet who names it can listen there (both set SO_REUSEADDR). So there is no moment in which
 * it could be lost to another program. */
static gboolean
reserve_ports (Servers *self, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
      g_autoptr(GSocketAddress) address = NULL;

      self->reserved[i] =
        g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
      if (self->reserved[i] == NULL || !g_socket_bind (self->reserved[i], any, TRUE, error))
        return FALSE;
      address = g_socket_get_local_address (self->reserved[i], error);
      if (address == NULL)
        return FALSE;
      real_values_set_port (self->values, ports[i],
                            g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
    }
  return TRUE;
}

static gboolean
make_folder (Servers *self, GError **error)
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
  self->folder = g_steal_pointer (&pattern);
  return TRUE;
}

static gboolean
prepare (Servers *self, GError **error)
{
  g_autofree char *postfix = real_config_find_postfix ();

  if (postfix == NULL)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "Postfix is not installed");
      return FALSE;
    }
  if (!make_folder (self, error) || !reserve_ports (self, error))
    return FALSE;

  real_values_set (self->values, "FOLDER", self->folder);
  real_values_set (self->values, "POSTFIX", postfix);
  real_values_set (self->values, "USER", "anna@postern.test");
  real_values_set_random (self->values, "PASSWORD");
  real_values_set_random (self->values, "WRONG_PASSWORD");
  real_values_set_random (self->values, "TOKEN_KEY");
  return real_config_write (self->values, error) && real_values_save (self->values, error);
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
  Servers *self, RealProcess *server, GSocketAddress *address, const char *start, GError **error)
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
start_dovecot (Servers *self, GError **error)
{
  g_autofree char *found = g_find_program_in_path ("dovecot");
  g_autofree char *conf = g_build_filename (self->folder, "dovecot.conf", NULL);
  g_autofree char *log = g_build_filename (self->folder, "start.log", NULL);
  g_autofree char *path = g_build_filename (self->folder, "queue", "private", "auth", NULL);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  const char *const argv[] = { found != NULL ? found : "/usr/sbin/dovecot", "-F", "-c", conf,
                               NULL };

  return real_process_start (&self->dovecot, "Dovecot", argv, TRUE, log, error) &&
         wait_until_ready (self, &self->dovecot, address, "VERSION", error);
}

static gboolean
start_postfix (Servers *self, GError **error)
{
  g_autofree char *master =
    g_build_filename (real_values_get (self->values, "POSTFIX"), "master", NULL);
  g_autofree char *folder = g_build_filename (self->folder, "etc", NULL);
  g_autofree char *log = g_build_filename (self->folder, "start.log", NULL);
  const char *const argv[] = { master, "-d", "-c", folder, NULL };

  if (!real_process_start (&self->postfix, "Postfix", argv, TRUE, log, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      guint port = real_values_get_port (self->values, ports[i]);
      g_autoptr(GSocketAddress) address =
                   g_inet_socket_address_new_from_string ("127.0.0.1", port);
      /* It waits for TLS. */
      gboolean silent = strcmp (ports[i], "IMPLICIT") == 0 || strcmp (ports[i], "WATCHED_TLS") == 0;

      if (strcmp (ports[i], "CLOSED") != 0 &&
          !wait_until_ready (self, &self->postfix, address, silent ? "" : "220", error))
        return FALSE;
    }
  return TRUE;
}

static void
show_log (Servers *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofree char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    fprintf (stderr, "--- %s\n%s", name, text);
}

/* The exit status of the tests; 1 when they did not come to an end of their own. */
static int
run_tests (Servers *self, char **argv, GError **error)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", error);
  g_autofree char **arguments = NULL;
  gsize n = g_strv_length (argv);

  if (program == NULL)
    return 1;
  arguments = g_new0 (char *, n + 1);
  memcpy (arguments, argv, n * sizeof (char *));
  arguments[0] = program;
  g_setenv (REAL_FOLDER_VARIABLE, self->folder, TRUE);
  if (!real_process_start (&self->tests, "The tests", (const char *const *) arguments, FALSE, NULL,
                           error))
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
tear_down (Servers *self)
{
  gboolean clean = TRUE;

  if (!real_process_stop (self->processes))
    {
      fprintf (stderr, "A process had to be killed.\n");
      clean = FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    g_clear_object (&self->reserved[i]);
  if (self->folder != NULL && nftw (self->folder, remove_cb, 16, FTW_DEPTH | FTW_PHYS) != 0)
    {
      fprintf (stderr, "%s is not removed: %s\n", self->folder, g_strerror (errno));
      clean = FALSE;
    }
  g_free (self->folder);
  real_values_free (self->values);
  return clean;
}

/* Postfix's master has to be root. Returns only when that cannot be had. */
static int
become_root (char **argv)
{
  static const char *const kept[] = {
    "POSTERN_CLI", "G_DEBUG",       "GSETTINGS_BACKEND", "GIO_USE_PROXY_RESOLVER",
    "GIO_USE_VFS", "UBSAN_OPTIONS", "LSAN_OPTIONS",      "ASAN_OPTIONS",
    "LC_ALL"
  };
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
  printf ("Bail out! These tests start a Postfix of their own, which takes root: run them as root, "
          "or let sudo ask for no password\n");
  return 1;
}

int
real_servers_supervise (char **argv)
{
  Servers self = { 0 };
  g_autoptr(GError) error = NULL;
  int status = 1;

  if (geteuid () != 0)
    return become_root (argv);

  real_process_init ();
  self.values = real_values_new ();
  self.processes[0] = &self.tests;
  self.processes[1] = &self.postfix;
  self.processes[2] = &self.dovecot;
  if (prepare (&self, &error) && start_dovecot (&self, &error) && start_postfix (&self, &error))
    status = run_tests (&self, argv, &error);
  if (error != NULL)
    printf ("Bail out! The servers: %s\n", error->message);
  if (status != 0 && self.folder != NULL)
    {
      show_log (&self, "start.log");
      show_log (&self, "dovecot.log");
      show_log (&self, "postfix.log");
    }
  if (!tear_down (&self))
    status = 1;
  return status;
}
