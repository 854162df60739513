/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <fcntl.h>
#include <glib.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "practice/postern-practice.h"

/* A user at a terminal of her own, who is asked for the password. */

#define PROMPT "Password"
#define LIMIT_S 20

typedef struct
{
  PosternPractice *practice;
  int terminal; /* her side of it */
  pid_t program;
  GString *seen;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *url = NULL;
  g_autofree char *options = NULL;

  fixture->practice = postern_practice_new ("good", &error);
  g_assert_no_error (error);
  postern_practice_start (fixture->practice, 0, 0, &error);
  g_assert_no_error (error);
  url = g_strdup_printf ("smtp://127.0.0.1:%u", postern_practice_get_port (fixture->practice));
  options = g_strconcat ("--tls-options=verify_server=yes,ca_certificate=",
                         postern_practice_write_ca_file (fixture->practice, &error), NULL);
  g_assert_no_error (error);

  fixture->seen = g_string_new (NULL);
  fixture->program = forkpty (&fixture->terminal, NULL, NULL, NULL);
  g_assert_cmpint (fixture->program, >=, 0);
  if (fixture->program == 0)
    {
      execl (g_getenv ("POSTERN_CLI"), "postern-cli", "probe", options,
             "--user=" POSTERN_PRACTICE_USER, "--password-from=prompt", url, NULL);
      _exit (127);
    }
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  close (fixture->terminal);
  g_string_free (fixture->seen, TRUE);
  postern_practice_stop (fixture->practice);
  g_object_unref (fixture->practice);
}

/* Reads what the terminal shows until @text is there; NULL: to the end. */
static void
read_until (Fixture *fixture, const char *text)
{
  char buffer[4096];
  gssize got;

  alarm (LIMIT_S);
  while (text == NULL || strstr (fixture->seen->str, text) == NULL)
    {
      got = read (fixture->terminal, buffer, sizeof buffer);
      if (got <= 0)
        break;
      g_string_append_len (fixture->seen, buffer, got);
    }
  alarm (0);
  if (text != NULL && strstr (fixture->seen->str, text) == NULL)
    g_error ("“%s” was not shown, but: %s", text, fixture->seen->str);
}

static gboolean
has_echo (Fixture *fixture)
{
  struct termios settings;

  g_assert_cmpint (tcgetattr (fixture->terminal, &settings), ==, 0);
  return (settings.c_lflag & ECHO) != 0;
}

static void
type (Fixture *fixture, const char *keys)
{
  g_assert_cmpint (write (fixture->terminal, keys, strlen (keys)), ==, (gssize) strlen (keys));
}

static int
wait_for_end (Fixture *fixture)
{
  int status;

  read_until (fixture, NULL);
  g_assert_cmpint (waitpid (fixture->program, &status, 0), ==, fixture->program);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
test_asked (Fixture *fixture, gconstpointer user_data)
{
  read_until (fixture, PROMPT);
  g_assert_false (has_echo (fixture));
  type (fixture, POSTERN_PRACTICE_PASSWORD "\n");
  g_assert_cmpint (wait_for_end (fixture), ==, 0);
  g_assert_null (strstr (fixture->seen->str, POSTERN_PRACTICE_PASSWORD));
}

/* Who thinks better of it gets her terminal back as it was. */
static void
test_interrupted (Fixture *fixture, gconstpointer user_data)
{
  read_until (fixture, PROMPT);
  g_assert_false (has_echo (fixture));
  type (fixture, "\003");
  g_assert_cmpint (wait_for_end (fixture), ==, 130);
  g_assert_true (has_echo (fixture));
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->practice), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("TERM", "xterm", TRUE);

  g_test_add ("/terminal/asked", Fixture, NULL, set_up, test_asked, tear_down);
  g_test_add ("/terminal/interrupted", Fixture, NULL, set_up, test_interrupted, tear_down);

  return g_test_run ();
}
