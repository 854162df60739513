/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-safe-file.h"

#include "document/postern-ca-file.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_KILLS 1000

static char *folder; /* the working directory */

static void
put (const char *name, const char *text)
{
  FILE *file = g_fopen (name, "w");

  g_assert_cmpuint (fwrite (text, 1, strlen (text), file), ==, strlen (text));
  fclose (file);
}

static void
assert_text (const char *name, const char *text)
{
  g_autofree char *contents = NULL;

  g_assert_true (g_file_get_contents (name, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, text);
}

static PosternFileState
state_of (const char *text)
{
  PosternFileState state = { 0 };

  if (text != NULL)
    postern_file_state_take (&state, text, strlen (text));

  return state;
}

static guint
count_files (void)
{
  g_autoptr(GDir) dir = g_dir_open (".", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

static void
clear_folder (void)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_remove (name) != 0)
      g_assert_cmpint (g_rmdir (name), ==, 0);
}

static void
test_mode_and_owner (void)
{
  static const mode_t modes[] = { 0600, 0640, 0666, 0444 | 0200, 0755, 02640 };
  gboolean root = geteuid () == 0;

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      PosternFileState state = state_of ("old");
      g_autoptr(GError) error = NULL;
      struct stat status;

      clear_folder ();
      put ("f", "old");
      if (root)
        g_assert_cmpint (chown ("f", 1234, 4321), ==, 0);
      g_assert_cmpint (chmod ("f", modes[i]), ==, 0);
      g_assert_true (postern_safe_file_write ("f", "new", 3, &state, &error));
      g_assert_no_error (error);
      assert_text ("f", "new");
      g_assert_cmpint (stat ("f", &status), ==, 0);
      g_assert_cmpuint (status.st_mode & 07777, ==, modes[i]);
      g_assert_cmpuint (status.st_uid, ==, root ? 1234 : geteuid ());
      if (root)
        g_assert_cmpuint (status.st_gid, ==, 4321);
      g_assert_cmpuint (count_files (), ==, 1);
    }
}

/* A link stays a link, and the file that it means is replaced where it is. */
static void
test_symlink (void)
{
  PosternFileState state = state_of ("old");
  g_autoptr(GError) error = NULL;

  clear_folder ();
  g_assert_cmpint (g_mkdir ("d", 0700), ==, 0);
  put ("d/f", "old");
  g_assert_cmpint (symlink ("d/f", "link"), ==, 0);
  g_assert_cmpint (symlink ("link", "link2"), ==, 0);
  g_assert_true (postern_safe_file_write ("link2", "new", 3, &state, &error));
  g_assert_no_error (error);
  assert_text ("d/f", "new");
  g_assert_true (g_file_test ("link", G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_test ("link2", G_FILE_TEST_IS_SYMLINK));
  g_assert_cmpuint (count_files (), ==, 3);
  g_remove ("d/f");
}

static void
test_new_file (void)
{
  PosternFileState none = state_of (NULL);
  g_autoptr(GError) error = NULL;

  clear_folder ();
  g_assert_true (postern_safe_file_write ("f", "new", 3, &none, &error));
  g_assert_no_error (error);
  assert_text ("f", "new");
  g_assert_cmpuint (count_files (), ==, 1);
}

/* Somebody wrote, removed, or made the file meanwhile. */
static void
test_changed (void)
{
  static const struct
  {
    const char *expected;
    const char *found;
  } rows[] = { { "old", "odd" }, { "old", "older" }, { "old", NULL }, { NULL, "" }, { NULL, "x" } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      PosternFileState state = state_of (rows[i].expected);
      g_autoptr(GError) error = NULL;

      clear_folder ();
      if (rows[i].found != NULL)
        put ("f", rows[i].found);
      g_assert_false (postern_safe_file_write ("f", "new", 3, &state, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
      g_assert_nonnull (strstr (error->message, "/f: "));
      if (rows[i].found != NULL)
        assert_text ("f", rows[i].found);
      g_assert_cmpuint (count_files (), ==, rows[i].found != NULL ? 1 : 0);
    }
}

static void
test_refused (void)
{
  PosternFileState state = state_of ("old");
  g_autoptr(GError) error = NULL;

  clear_folder ();
  put ("f", "old");
  g_assert_cmpint (link ("f", "g"), ==, 0);
  g_assert_false (postern_safe_file_write ("f", "new", 3, &state, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  assert_text ("g", "old");
  g_clear_error (&error);

  g_assert_cmpint (g_mkdir ("d", 0700), ==, 0);
  g_assert_false (postern_safe_file_write ("d", "new", 3, &state, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);

  g_assert_false (postern_safe_file_write ("none/f", "new", 3, &state, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (count_files (), ==, 3);
}

/* What a save that was killed left is not in the way, and does not stay. */
static void
test_left_over (void)
{
  PosternFileState state = state_of ("old");
  g_autoptr(GError) error = NULL;

  clear_folder ();
  put ("f", "old");
  put (".f.save~", "half of some");
  g_assert_true (postern_safe_file_write ("f", "new", 3, &state, &error));
  g_assert_no_error (error);
  assert_text ("f", "new");
  g_assert_cmpuint (count_files (), ==, 1);
}

static char *
make_text (char letter, gsize length)
{
  char *text = g_malloc (length + 1);

  memset (text, letter, length);
  text[length] = '\0';

  return text;
}

/* Saves one text after the other until it is killed, and says so each time. */
G_GNUC_NORETURN static void
save_for_ever (char *const *texts, guint from, int said)
{
  for (guint i = from;; i++)
    {
      PosternFileState state = state_of (texts[i % 2]);
      const char *next = texts[(i + 1) % 2];

      if (!postern_safe_file_write ("f", next, strlen (next), &state, NULL) ||
          write (said, "s", 1) != 1)
        _exit (1);
    }
}

/* So that the kill comes while it saves, however slow the machine is. */
static void
wait_for_saves (int said, guint n)
{
  char byte;

  for (guint i = 0; i < n; i++)
    g_assert_cmpint (read (said, &byte, 1), ==, 1);
}

static void
test_kill (void)
{
  char *texts[] = { make_text ('a', 40000), make_text ('b', 90000) };
  g_autoptr(GRand) rand = g_rand_new_with_seed (9);
  PosternFileState state;
  g_autoptr(GError) error = NULL;
  guint current = 0;
  guint n_changed = 0;
  guint n_left = 0;

  clear_folder ();
  put ("f", texts[0]);
  for (guint i = 0; i < N_KILLS; i++)
    {
      g_autofree char *contents = NULL;
      guint before = current;
      int said[2];
      pid_t child;
      int status;

      g_assert_cmpint (pipe (said), ==, 0);
      child = fork ();
      g_assert_cmpint (child, >=, 0);
      if (child == 0)
        save_for_ever (texts, current, said[1]);
      close (said[1]);
      wait_for_saves (said[0], (guint) g_rand_int_range (rand, 0, 3));
      g_usleep ((gulong) g_rand_int_range (rand, 0, 4000));
      g_assert_cmpint (kill (child, SIGKILL), ==, 0);
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      g_assert_true (WIFSIGNALED (status)); /* it never failed by itself */
      close (said[0]);

      g_assert_true (g_file_get_contents ("f", &contents, NULL, NULL));
      current = *contents == 'a' ? 0 : 1;
      g_assert_true (strcmp (contents, texts[current]) == 0);
      n_changed += current != before;
      n_left += count_files () - 1;
      g_assert_cmpuint (count_files (), <=, 2);
    }
  g_test_message ("%u kills: %u times the other text, %u times a file was left", N_KILLS, n_changed,
                  n_left);
  g_assert_cmpuint (n_changed, >, N_KILLS / 10);

  state = state_of (texts[current]);
  g_assert_true (postern_safe_file_write ("f", "end", 3, &state, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (), ==, 1);
  g_free (texts[0]);
  g_free (texts[1]);
}

/* Many at once, each with what it just read: nobody's save is lost. The number in the file counts
 * the saves. */
static void
test_race (void)
{
  const guint n_children = 4;
  const guint n_saves = 25;
  pid_t children[4];
  char text[20];

  clear_folder ();
  put ("f", "0");
  for (guint k = 0; k < n_children; k++)
    {
      children[k] = fork ();
      g_assert_cmpint (children[k], >=, 0);
      if (children[k] != 0)
        continue;
      for (guint n = 0; n < n_saves;)
        {
          g_autofree char *now = NULL;
          PosternFileState state;

          if (!g_file_get_contents ("f", &now, NULL, NULL))
            _exit (1);
          state = state_of (now);
          g_snprintf (text, sizeof text, "%d", atoi (now) + 1);
          n += postern_safe_file_write ("f", text, strlen (text), &state, NULL);
        }
      _exit (0);
    }
  for (guint k = 0; k < n_children; k++)
    {
      int status;

      g_assert_cmpint (waitpid (children[k], &status, 0), ==, children[k]);
      g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
    }
  g_snprintf (text, sizeof text, "%u", n_children * n_saves);
  assert_text ("f", text);
  g_assert_cmpuint (count_files (), ==, 1);
}

/* A file of trusted certificates has a name that its contents decide. */
static void
test_ca_file (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *first = postern_ca_file_write ("new/trusted", "mail.example.org", "A\n", &error);
  g_autofree char *again = postern_ca_file_write ("new/trusted", "mail.example.org", "A\n", &error);
  g_autofree char *other =
    postern_ca_file_write ("new/trusted", "../..//2001:db8::1", "B\n", &error);
  g_autofree char *failed = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (first, ==, again);
  g_assert_true (g_str_has_prefix (first, "new/trusted/mail.example.org-"));
  assert_text (first, "A\n");
  g_assert_true (g_str_has_prefix (other, "new/trusted/-.-..--2001-db8--1-"));
  assert_text (other, "B\n");

  /* What somebody else put there is not replaced, and a file is no folder. */
  put (first, "C\n");
  failed = postern_ca_file_write ("new/trusted", "mail.example.org", "A\n", &error);
  g_assert_null (failed);
  g_assert_nonnull (error);
  g_clear_error (&error);
  failed = postern_ca_file_write (first, "mail.example.org", "A\n", &error);
  g_assert_null (failed);
  g_assert_true (strstr (error->message, first) != NULL);

  g_unlink (first);
  g_unlink (other);
  g_rmdir ("new/trusted");
  g_rmdir ("new");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  g_test_add_func ("/safe-file/mode-and-owner", test_mode_and_owner);
  g_test_add_func ("/safe-file/symlink", test_symlink);
  g_test_add_func ("/safe-file/new-file", test_new_file);
  g_test_add_func ("/safe-file/changed", test_changed);
  g_test_add_func ("/safe-file/refused", test_refused);
  g_test_add_func ("/safe-file/left-over", test_left_over);
  g_test_add_func ("/safe-file/ca-file", test_ca_file);
  g_test_add_func ("/safe-file/kill", test_kill);
  g_test_add_func ("/safe-file/race", test_race);
  status = g_test_run ();
  clear_folder ();
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_rmdir (folder);
  g_free (folder);

  return status;
}
