/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-secret.h"

#include "model/postern-error.h"
#include "runtime/postern-runtime.h"
#include "store/postern-keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

/* A password or token longer than this is a wrong file. Bytes. */
#define MAX_SECRET 65536

/* Reads the first line, without its line end, into memory that is wiped by the caller. */
static gssize
read_line (int fd, char *buffer, gsize size)
{
  gsize n = 0;

  while (n < size)
    {
      gssize got = read (fd, buffer + n, 1);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0 || buffer[n] == '\n')
        break;
      n++;
    }
  if (n > 0 && n < size && buffer[n - 1] == '\r')
    n--;
  return (gssize) n;
}

static PosternSecret *
read_fd (int fd, const char *name, GError **error)
{
  g_autofree char *buffer = g_malloc0 (MAX_SECRET);
  gssize n = read_line (fd, buffer, MAX_SECRET);
  PosternSecret *secret = NULL;

  if (n < 0)
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
                 _ ("The secret cannot be read from %s: %s"), name, g_strerror (errno));
  else if (n == MAX_SECRET)
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("The first line of %s is longer than a password or token may be (%d bytes)."),
                 name, MAX_SECRET);
  else
    secret = postern_secret_new (buffer, n);
  postern_wipe (buffer, MAX_SECRET);
  return secret;
}

static PosternSecret *
read_path (const char *path, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  PosternSecret *secret;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
                   _ ("The secret cannot be read from %s: %s"), shown, g_strerror (errno));
      return NULL;
    }
  secret = read_fd (fd, shown, error);
  close (fd);
  return secret;
}

static PosternSecret *
read_numbered_fd (const char *number, GError **error)
{
  guint64 fd;
  g_autofree char *name = NULL;

  if (!g_ascii_string_to_unsigned (number, 10, 0, G_MAXINT, &fd, NULL))
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("“fd:” needs the number of an open file descriptor, such as fd:0."));
      return NULL;
    }
  name = g_strdup_printf ("fd:%d", (int) fd);
  return read_fd ((int) fd, name, error);
}

/* The variable is taken out of the environment, so that no child inherits it. */
static PosternSecret *
read_environment (const char *variable, GError **error)
{
  char *value = getenv (variable);
  PosternSecret *secret;

  if (value == NULL)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("The environment has no variable “%s”."), variable);
      return NULL;
    }
  secret = postern_secret_new (value, -1);
  postern_wipe (value, strlen (value));
  unsetenv (variable);
  return secret;
}

/* What the terminal was like, for who interrupts the question. */
static struct termios terminal;
static int terminal_fd = -1;

static void
interrupted (int signal_number)
{
  tcsetattr (terminal_fd, TCSAFLUSH, &terminal);
  _exit (128 + signal_number);
}

static PosternSecret *
prompt (const char *label, GError **error)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
  const struct sigaction restore = { .sa_handler = interrupted };
  struct sigaction former[G_N_ELEMENTS (signals)];
  struct termios quiet;
  PosternSecret *secret;
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (fd < 0 || tcgetattr (fd, &terminal) != 0)
    {
      if (fd >= 0)
        close (fd);
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("There is no terminal to ask on. Use another source, such as fd:0 or "
                      "file:PATH."));
      return NULL;
    }

  terminal_fd = fd;
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &restore, &former[i]);
  quiet = terminal;
  quiet.c_lflag &= ~(tcflag_t) ECHO;
  tcsetattr (fd, TCSAFLUSH, &quiet);
  dprintf (fd, "%s ", label);
  secret = read_fd (fd, _ ("the terminal"), error);
  tcsetattr (fd, TCSAFLUSH, &terminal);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &former[i], NULL);
  dprintf (fd, "\n");
  close (fd);
  return secret;
}

static void
take_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  *place = g_object_ref (result);
}

static PosternSecret *
look_up (PosternAccount *account, const char *kind, const char *server, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  PosternSecret *secret;
  g_autoptr(GError) local_error = NULL;

  postern_keyring_lookup_async (account, kind, server, NULL, take_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  secret = postern_keyring_lookup_finish (result, &local_error);
  if (secret == NULL && local_error == NULL)
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("The keyring has no secret for this account, server and user."));
  else if (secret == NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "%s ",
                                _ ("The keyring cannot be read:"));
  return secret;
}

/**
 * postern_cli_secret_read:
 * @source: "prompt", "fd:N", "file:PATH", "env:NAME" or "keyring", see spec/cli.md
 * @label: what a prompt says
 * @account: whose secret it is, for the keyring
 * @kind: "password", "token" or "key-password", for the keyring
 * @server: host and port that it belongs to, for the keyring
 * @error: names the source and why it gave nothing
 *
 * Returns: (transfer full): the secret, or NULL with @error set
 */
PosternSecret *
postern_cli_secret_read (const char *source,
                         const char *label,
                         PosternAccount *account,
                         const char *kind,
                         const char *server,
                         GError **error)
{
  if (strcmp (source, "prompt") == 0)
    return prompt (label, error);
  if (strcmp (source, "keyring") == 0)
    return look_up (account, kind, server, error);
  if (g_str_has_prefix (source, "fd:"))
    return read_numbered_fd (source + strlen ("fd:"), error);
  if (g_str_has_prefix (source, "file:"))
    return read_path (source + strlen ("file:"), error);
  if (g_str_has_prefix (source, "env:"))
    return read_environment (source + strlen ("env:"), error);

  /* The text is not repeated: it may be the secret itself. */
  g_set_error (
    error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
    _ ("A secret comes from prompt, fd:N, file:PATH, env:NAME or keyring; no option takes "
       "the secret itself."));
  return NULL;
}

/**
 * postern_cli_secret_guard:
 *
 * No core file and no look into the memory of the process from now on.
 */
void
postern_cli_secret_guard (void)
{
  const struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/**
 * postern_cli_secret_unguard:
 *
 * The secrets have been wiped: debuggers and leak checkers may look again.
 */
void
postern_cli_secret_unguard (void)
{
  prctl (PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* Where a credential belongs: looked up in the keyring by host and port. */
static char *
server_of (PosternAccount *account)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternRuntime *runtime = postern_runtime_get (postern_account_get_system (account));
  g_autoptr(PosternPlan) plan = postern_runtime_plan (runtime, account, NULL, findings);

  return plan != NULL ? g_strdup_printf ("%s:%u", plan->host, plan->port) : NULL;
}

/**
 * postern_cli_secret_read_for:
 * @source: (nullable): where the secret is; %NULL leaves @secret as it is
 *
 * Reads a secret of an account, see postern_cli_secret_read().
 */
gboolean
postern_cli_secret_read_for (const char *source,
                             const char *label,
                             const char *kind,
                             PosternAccount *account,
                             PosternSecret **secret,
                             GError **error)
{
  g_autofree char *server = NULL;

  if (source == NULL)
    return TRUE;
  if (strcmp (source, "keyring") == 0 && (server = server_of (account)) == NULL)
    return TRUE; /* the settings are wrong, and the probe says how */

  *secret = postern_cli_secret_read (source, label, account, kind, server, error);
  return *secret != NULL;
}
