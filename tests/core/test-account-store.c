/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "store/postern-account-store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path;
} Place;

static void
place_set_up (Place *place, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  place->folder = g_dir_make_tmp ("postern-store-XXXXXX", &error);
  g_assert_no_error (error);
  place->path = g_build_filename (place->folder, "postern", "accounts.ini", NULL);
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

static void
place_tear_down (Place *place, gconstpointer data)
{
  remove_folder (place->folder);
  g_free (place->folder);
  g_free (place->path);
}

static void
write_text (Place *place, const char *text)
{
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_autoptr(GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (place->path, text, -1, &error);
  g_assert_no_error (error);
}

static char *
read_text (Place *place)
{
  g_autoptr(GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (place->path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static PosternAccount *
account_new_full (void)
{
  const char *const mechanisms[] = { "PLAIN", "LOGIN", NULL };
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  PosternAccount *account = postern_account_new (NULL);

  g_ptr_array_add (drivers, postern_driver_new ("SMTP=UStartTLSSMTP", ""));
  g_ptr_array_add (
    drivers, postern_driver_new ("SMTP=UAuthLoginSMTP;USE=MAND", "USER=jane;PASSWORD=tulip-4711"));
  g_object_set (account, "name", "Work; “submission” = 1", "system", POSTERN_SYSTEM_UNIFACE,
                "connection", "TLS:smtp.example.org+465:smtp_profile", "tls",
                POSTERN_TLS_START_STARTTLS_IF_OFFERED, "tls-options",
                "verify_server=yes, ca_certificate=a\\b.pem", "user", " jane", "mechanisms",
                mechanisms, "drivers", drivers, "ehlo-name", "client.example.org", "pin",
                "mail.example.org=cert:0123@2026-12-31", "family", POSTERN_FAMILY_IPV6,
                "total-timeout", 12345, NULL);
  return account;
}

static void
assert_same_text (PosternAccount *a, PosternAccount *b, const char *property)
{
  g_autofree char *of_a = NULL;
  g_autofree char *of_b = NULL;

  g_object_get (a, property, &of_a, NULL);
  g_object_get (b, property, &of_b, NULL);
  g_assert_cmpstr (of_a, ==, of_b);
}

static void
test_round_trip (Place *place, gconstpointer data)
{
  static const char *const texts[] = { "id",       "name",       "connection", "tls-options",
                                       "asn-file", "usys-dir",   "user",       "ehlo-name",
                                       "crl-file", "connect-to", "pin" };
  g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
  g_autoptr(PosternAccountStore) again = postern_account_store_new (place->path);
  g_autoptr(PosternAccount) account = account_new_full ();
  g_autoptr(PosternAccount) back = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  PosternDriver *driver;
  GStatBuf info;

  g_assert_true (postern_account_store_load (store, &error)); /* no file yet */
  g_assert_no_error (error);
  postern_account_store_add (store, account);
  g_assert_true (postern_account_store_save (store, &error));
  g_assert_no_error (error);

  g_assert_cmpint (g_stat (place->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  text = read_text (place);
  g_assert_null (strstr (text, "tulip-4711"));

  g_assert_true (postern_account_store_load (again, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (again)), ==, 1);
  back = g_list_model_get_item (G_LIST_MODEL (again), 0);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_same_text (account, back, texts[i]);
  g_assert_cmpint (postern_account_get_system (back), ==, POSTERN_SYSTEM_UNIFACE);
  g_assert_cmpint (postern_account_get_tls (back), ==, POSTERN_TLS_START_STARTTLS_IF_OFFERED);
  g_assert_cmpint (postern_account_get_family (back), ==, POSTERN_FAMILY_IPV6);
  g_assert_cmpuint (postern_account_get_total_timeout (back), ==, 12345);
  g_assert_true (
    g_strv_equal (postern_account_get_mechanisms (account), postern_account_get_mechanisms (back)));
  g_assert_cmpuint (postern_account_get_drivers (back)->len, ==, 2);
  driver = g_ptr_array_index (postern_account_get_drivers (back), 1);
  g_assert_cmpstr (postern_driver_get_properties (driver), ==, "SMTP=UAuthLoginSMTP;USE=MAND");
  g_assert_cmpstr (postern_driver_get_parameters (driver), ==, "USER=jane");
  g_assert_null (postern_driver_get_password (driver));
}

static void
test_keeps_unknown (Place *place, gconstpointer data)
{
  g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
  g_autoptr(PosternAccount) account = NULL;
  g_autoptr(GPtrArray) none = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  write_text (place, "# mine\n[a]\nsystem=uniface\nconnection=old\ndriver-1=SMTP=X\n"
                     "driver-2=SMTP=Y\nlater-key=7\n"
                     "[b]\nsystem=omnis\nsecure=1\n[Window]\nx=1\n");
  g_assert_true (postern_account_store_load (store, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 1);
  account = g_list_model_get_item (G_LIST_MODEL (store), 0);
  g_object_set (account, "connection", "new", "drivers", none, NULL);
  g_assert_true (postern_account_store_save (store, &error));
  g_assert_no_error (error);

  text = read_text (place);
  g_assert_nonnull (strstr (text, "# mine"));
  g_assert_nonnull (strstr (text, "later-key=7"));
  g_assert_nonnull (strstr (text, "[b]\nsystem=omnis\nsecure=1"));
  g_assert_nonnull (strstr (text, "[Window]\nx=1"));
  g_assert_nonnull (strstr (text, "connection=new"));
  g_assert_null (strstr (text, "driver-"));
}

static void
test_other_process (Place *place, gconstpointer data)
{
  g_autoptr(PosternAccountStore) ours = postern_account_store_new (place->path);
  g_autoptr(PosternAccountStore) theirs = postern_account_store_new (place->path);
  g_autoptr(PosternAccount) first = account_new_full ();
  g_autoptr(PosternAccount) second = account_new_full ();
  g_autoptr(PosternAccountStore) after = postern_account_store_new (place->path);
  g_autoptr(GError) error = NULL;
  guint position = 99;

  postern_account_store_add (ours, first);
  g_assert_true (postern_account_store_save (ours, &error));
  postern_account_store_add (theirs, second);
  g_assert_true (postern_account_store_save (theirs, &error));

  g_assert_true (postern_account_store_remove (ours, first, &position));
  g_assert_cmpuint (position, ==, 0);
  g_assert_false (postern_account_store_remove (ours, first, NULL));
  g_assert_true (postern_account_store_save (ours, &error));
  g_assert_no_error (error);

  g_assert_true (postern_account_store_load (after, &error));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (after)), ==, 1);
  g_assert_nonnull (postern_account_store_find (after, postern_account_get_id (second)));
  g_assert_nonnull (postern_account_store_find (after, postern_account_get_name (second)));
  g_assert_null (postern_account_store_find (after, "nobody"));
}

static void
test_broken (Place *place, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *line;
  } files[] = {
    { "[a]\nsystem=generic\nthis is no line\n", "line 3" },
    { "key=before any group\n", "line 1" },
    { "[a]\n\n# x\n[b\n", "line 4" },
    { "[a]\nx=1\n[c]\n\xff\xfe=1", "line 4" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
      g_autoptr(PosternAccount) account = postern_account_new (NULL);
      g_autoptr(GError) load_error = NULL;
      g_autoptr(GError) save_error = NULL;
      g_autofree char *text = NULL;

      write_text (place, files[i].text);
      if (postern_account_store_load (store, &load_error))
        {
          /* What GKeyFile lets pass stays as it is: only the first three are refused by it. */
          g_assert_cmpuint (i, ==, 3);
          continue;
        }
      g_assert_error (load_error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE);
      g_assert_nonnull (strstr (load_error->message, place->path));
      g_assert_nonnull (strstr (load_error->message, files[i].line));

      postern_account_store_add (store, account);
      g_assert_false (postern_account_store_save (store, &save_error));
      g_assert_nonnull (save_error);
      text = read_text (place);
      g_assert_cmpstr (text, ==, files[i].text);
    }
}

static void
test_set_aside (Place *place, gconstpointer data)
{
  g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
  g_autoptr(PosternAccount) account = account_new_full ();
  g_autoptr(GError) error = NULL;
  g_autofree char *aside = NULL;
  g_autofree char *text = NULL;

  write_text (place, "nonsense\n");
  postern_account_store_add (store, account);
  g_assert_false (postern_account_store_save (store, NULL));
  aside = postern_account_store_set_aside (store, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (aside, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "nonsense\n");
  g_assert_true (postern_account_store_save (store, &error));
  g_assert_no_error (error);
}

static void
test_odd_values (Place *place, gconstpointer data)
{
  g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
  g_autoptr(PosternAccount) account = NULL;
  g_autoptr(GError) error = NULL;

  write_text (place, "[a]\nsystem=generic\ntotal-timeout=-5\nstep-timeout=99999999999999\n"
                     "connect-timeout=soon\nmechanisms=\ndriver-1-parameters=x\n"
                     "[b]\nsystem=generic\nprotocol=gopher\n");
  g_assert_true (postern_account_store_load (store, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 1);
  account = g_list_model_get_item (G_LIST_MODEL (store), 0);
  g_assert_cmpuint (postern_account_get_connect_timeout (account), ==, 0);
  g_assert_cmpuint (postern_account_get_drivers (account)->len, ==, 0);
}

static void
test_unreadable (Place *place, gconstpointer data)
{
  g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
  g_autoptr(GError) error = NULL;

  g_mkdir_with_parents (place->path, 0700); /* a folder where the file should be */
  g_assert_false (postern_account_store_load (store, &error));
  g_assert_nonnull (strstr (error->message, place->path));
}

static void
test_link (Place *place, gconstpointer data)
{
  g_autofree char *target = g_build_filename (place->folder, "elsewhere.ini", NULL);
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
  g_autoptr(PosternAccount) account = account_new_full ();
  g_autoptr(GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (target, "", -1, NULL);
  g_assert_cmpint (symlink (target, place->path), ==, 0);
  postern_account_store_add (store, account);
  g_assert_true (postern_account_store_save (store, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (place->path, G_FILE_TEST_IS_SYMLINK));
}

static void
count_cb (PosternAccountStore *store, guint *count)
{
  (*count)++;
}

static void
test_changed (Place *place, gconstpointer data)
{
  g_autoptr(PosternAccountStore) store = postern_account_store_new (place->path);
  g_autoptr(PosternAccount) account = postern_account_new (NULL);
  guint count = 0;

  g_signal_connect (store, "changed", G_CALLBACK (count_cb), &count);
  postern_account_store_add (store, account);
  g_assert_cmpuint (count, ==, 1);
  g_object_set (account, "connection", "smtp.example.org", NULL);
  g_assert_cmpuint (count, ==, 2);
  postern_account_store_remove (store, account, NULL);
  g_assert_cmpuint (count, ==, 3);
  g_object_set (account, "connection", "other.example.org", NULL);
  g_assert_cmpuint (count, ==, 3);
  g_assert_finalize_object (g_steal_pointer (&store));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/account-store/" name, Place, NULL, place_set_up, func, place_tear_down)
  ADD ("round-trip", test_round_trip);
  ADD ("keeps-unknown", test_keeps_unknown);
  ADD ("other-process", test_other_process);
  ADD ("broken", test_broken);
  ADD ("set-aside", test_set_aside);
  ADD ("odd-values", test_odd_values);
  ADD ("unreadable", test_unreadable);
  ADD ("link", test_link);
  ADD ("changed", test_changed);
#undef ADD

  return g_test_run ();
}
