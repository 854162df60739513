/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "scan/postern-scan.h"
#include "scan/postern-tls-numbers.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

/* What the tests of the scan share: a server that is none of ours, and a scan that is waited for. */

typedef struct
{
  GSubprocess *process;
  GThread *drain;
  guint16 port;
} Server;

/* What it tells of its connections is not to stop it. */
static inline gpointer
server_drain_thread (gpointer data)
{
  g_autoptr(GInputStream) pipe = data;
  char buffer[4096];

  while (g_input_stream_read (pipe, buffer, sizeof buffer, NULL, NULL) > 0)
    continue;
  return NULL;
}

/* It does not outlive a test that fails in the middle. */
static inline void
server_set_up (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* @options: of "openssl s_server", separated by blanks */
static inline Server *
server_new (const char *options)
{
  g_autofree char *command =
    g_strdup_printf ("openssl s_server -accept 127.0.0.1:0 %s", options);
  g_auto (GStrv) argv = g_strsplit (g_strchomp (command), " ", -1);
  g_autoptr(GDataInputStream) lines = NULL;
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                               G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  Server *self = g_new0 (Server, 1);
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_child_setup (launcher, server_set_up, NULL, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  while (self->port == 0)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);

      g_assert_nonnull (line);
      if (g_str_has_prefix (line, "ACCEPT 127.0.0.1:"))
        self->port = (guint16) g_ascii_strtoull (strrchr (line, ':') + 1, NULL, 10);
    }
  self->drain = g_thread_new (
    "drain", server_drain_thread, g_object_ref (g_subprocess_get_stdout_pipe (self->process)));
  return self;
}

static inline void
server_free (Server *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_thread_join (self->drain);
  g_object_unref (self->process);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_free)

static inline void
scan_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static inline PosternScanResult *
scan (const PosternScanRequest *request, GCancellable *cancellable, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  postern_scan_async (request, cancellable, scan_done_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return postern_scan_finish (result, error);
}

static inline char *
names (const GArray *list, const char *(*name) (guint16))
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            name (g_array_index (list, guint16, i)));
  return g_string_free (text, FALSE);
}
