/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "store/postern-account-store.h"

#include "runtime/postern-runtime.h"
#include "runtime/postern-tls-options.h"

#include "postern-enum-types.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define MAX_DRIVERS 64

struct _PosternAccountStore
{
  GObject parent_instance;

  char *path;
  GPtrArray *accounts;
  GHashTable *removed; /* ids of accounts that the next save takes out of the file */
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* The properties of an account that are plain text; keys of the file have the same names. */
static const char *const text_keys[] = { "name",     "connection", "tls-options", "asn-file",
                                         "usys-dir", "user",       "ehlo-name",   "connect-to",
                                         "crl-file", "pin" };

static const char *const number_keys[] = { "connect-timeout", "step-timeout", "total-timeout" };

static void
list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternAccountStore,
                               postern_account_store,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static GType
store_get_item_type (GListModel *model)
{
  return POSTERN_TYPE_ACCOUNT;
}

static guint
store_get_n_items (GListModel *model)
{
  return POSTERN_ACCOUNT_STORE (model)->accounts->len;
}

static gpointer
store_get_item (GListModel *model, guint position)
{
  PosternAccountStore *self = POSTERN_ACCOUNT_STORE (model);

  if (position >= self->accounts->len)
    return NULL;
  return g_object_ref (g_ptr_array_index (self->accounts, position));
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = store_get_item_type;
  iface->get_n_items = store_get_n_items;
  iface->get_item = store_get_item;
}

static void
account_notify_cb (PosternAccount *account, GParamSpec *pspec, PosternAccountStore *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
postern_account_store_finalize (GObject *object)
{
  PosternAccountStore *self = POSTERN_ACCOUNT_STORE (object);

  for (guint i = 0; i < self->accounts->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->accounts, i), self);
  g_ptr_array_unref (self->accounts);
  g_hash_table_unref (self->removed);
  g_free (self->path);

  G_OBJECT_CLASS (postern_account_store_parent_class)->finalize (object);
}

static void
postern_account_store_class_init (PosternAccountStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = postern_account_store_finalize;

  signals[CHANGED] = g_signal_new ("changed", POSTERN_TYPE_ACCOUNT_STORE, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
postern_account_store_init (PosternAccountStore *self)
{
  self->accounts = g_ptr_array_new_with_free_func (g_object_unref);
  self->removed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static gboolean
parses (const char *data, gsize length)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();

  return length == 0 || g_key_file_load_from_data (file, data, length, G_KEY_FILE_NONE, NULL);
}

/* The line where the parser stops: it reads from the top, so the shortest beginning of the file
 * that does not parse ends with that line. Found by halving. */
static guint
find_bad_line (const char *data, gsize length)
{
  g_autoptr(GArray) ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  guint low = 0;
  guint high;

  for (gsize i = 0; i < length; i++)
    {
      gsize end = i + 1;

      if (data[i] == '\n' || end == length)
        g_array_append_val (ends, end);
    }

  high = ends->len;
  while (low + 1 < high)
    {
      guint middle = low + (high - low) / 2;

      if (parses (data, g_array_index (ends, gsize, middle - 1)))
        low = middle;
      else
        high = middle;
    }
  return high;
}

static gboolean
read_file (PosternAccountStore *self, GKeyFile *file, GError **error)
{
  g_autofree char *data = NULL;
  g_autoptr(GError) local_error = NULL;
  GStatBuf info;
  gsize length;

  if (g_stat (self->path, &info) == 0 && (!S_ISREG (info.st_mode) || info.st_size > MAX_FILE_BYTES))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   _ ("“%s” is not a file of accounts: it is too large, or no file."), self->path);
      return FALSE;
    }

  if (!g_file_get_contents (self->path, &data, &length, &local_error))
    {
      if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  if (length == 0)
    return TRUE;

  if (!g_key_file_load_from_data (
        file, data, length, G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, &local_error))
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE,
                   /* Translators: name of a file, number of a line in it */
                   _ ("“%s”, line %u, cannot be read. The file was left as it is."), self->path,
                   find_bad_line (data, length));
      return FALSE;
    }
  return TRUE;
}

static gboolean
get_enum (GKeyFile *file, const char *group, const char *key, GType type, int missing, int *value)
{
  g_autofree char *nick = g_key_file_get_string (file, group, key, NULL);

  if (nick == NULL)
    {
      *value = missing;
      return TRUE;
    }
  return postern_enum_from_nick (type, nick, value);
}

static void
read_drivers (GKeyFile *file, const char *group, PosternAccount *account)
{
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);

  for (guint i = 1; i <= MAX_DRIVERS; i++)
    {
      g_autofree char *key = g_strdup_printf ("driver-%u", i);
      g_autofree char *parameters_key = g_strdup_printf ("driver-%u-parameters", i);
      g_autofree char *driver = g_key_file_get_string (file, group, key, NULL);
      char *parameters;

      if (driver == NULL)
        break;

      /* A secret that somebody wrote into the file by hand is honoured, and not written again. */
      parameters = g_key_file_get_string (file, group, parameters_key, NULL);
      g_ptr_array_add (drivers, postern_driver_new (driver, parameters));
      postern_wipe_free (parameters);
    }
  g_object_set (account, "drivers", drivers, NULL);
}

/* NULL when the group is not an account, or one of a newer version. */
static PosternAccount *
read_account (GKeyFile *file, const char *group)
{
  PosternAccount *account;
  int system;
  int protocol;
  int tls;
  int family;

  if (!g_key_file_has_key (file, group, "system", NULL) ||
      !get_enum (file, group, "system", POSTERN_TYPE_SYSTEM, 0, &system) ||
      !get_enum (file, group, "protocol", POSTERN_TYPE_PROTOCOL, 0, &protocol) ||
      !get_enum (file, group, "tls", POSTERN_TYPE_TLS_START, 0, &tls) ||
      !get_enum (file, group, "family", POSTERN_TYPE_FAMILY, 0, &family))
    return NULL;

  account = postern_account_new (group);
  g_object_set (account, "system", system, "protocol", protocol, "tls", tls, "family", family,
                NULL);

  for (guint i = 0; i < G_N_ELEMENTS (text_keys); i++)
    {
      g_autofree char *text = g_key_file_get_string (file, group, text_keys[i], NULL);

      if (text != NULL)
        g_object_set (account, text_keys[i], text, NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (number_keys); i++)
    {
      guint64 number = g_key_file_get_uint64 (file, group, number_keys[i], NULL);

      g_object_set (account, number_keys[i], (guint) MIN (number, G_MAXUINT), NULL);
    }

  if (g_key_file_has_key (file, group, "mechanisms", NULL))
    {
      g_auto (GStrv) mechanisms =
        g_key_file_get_string_list (file, group, "mechanisms", NULL, NULL);

      g_object_set (account, "mechanisms", mechanisms, NULL);
    }
  read_drivers (file, group, account);
  return account;
}

/* Writes a key that says something; one that says what its absence says too is left out. */
static void
put_text (GKeyFile *file, const char *group, const char *key, const char *text)
{
  if (text != NULL && *text != '\0')
    g_key_file_set_string (file, group, key, text);
  else
    g_key_file_remove_key (file, group, key, NULL);
}

static void
put_enum (GKeyFile *file, const char *group, const char *key, GType type, int value)
{
  g_key_file_set_string (file, group, key, postern_enum_to_nick (type, value));
}

static void
write_drivers (GKeyFile *file, const char *group, PosternAccount *account)
{
  GPtrArray *drivers = postern_account_get_drivers (account);
  guint n_drivers = MIN (drivers->len, MAX_DRIVERS);

  for (guint i = 1; i <= MAX_DRIVERS; i++)
    {
      g_autofree char *key = g_strdup_printf ("driver-%u", i);
      g_autofree char *parameters_key = g_strdup_printf ("driver-%u-parameters", i);
      PosternDriver *driver = i <= n_drivers ? g_ptr_array_index (drivers, i - 1) : NULL;

      if (driver != NULL)
        g_key_file_set_string (file, group, key, postern_driver_get_properties (driver));
      else
        g_key_file_remove_key (file, group, key, NULL);
      put_text (file, group, parameters_key,
                driver != NULL ? postern_driver_get_parameters (driver) : NULL);
    }
}

/* A password that somebody typed into a setting is not stored with it. */
static char *
dup_text_to_store (PosternAccount *account, const char *property)
{
  char *text = NULL;
  char *safe;

  g_object_get (account, property, &text, NULL);
  if (text == NULL)
    return NULL;

  if (strcmp (property, "connection") == 0)
    safe = postern_runtime_hide_password (text);
  else if (strcmp (property, "tls-options") == 0)
    safe = postern_tls_options_hide_secrets (text);
  else
    return text;
  postern_wipe_free (text);
  return safe;
}

static void
write_account (GKeyFile *file, PosternAccount *account)
{
  const char *group = postern_account_get_id (account);
  const char *const *mechanisms = postern_account_get_mechanisms (account);

  put_enum (file, group, "system", POSTERN_TYPE_SYSTEM, postern_account_get_system (account));
  put_enum (file, group, "protocol", POSTERN_TYPE_PROTOCOL, postern_account_get_protocol (account));

  for (guint i = 0; i < G_N_ELEMENTS (text_keys); i++)
    {
      g_autofree char *text = NULL;

      text = dup_text_to_store (account, text_keys[i]);
      put_text (file, group, text_keys[i], text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (number_keys); i++)
    {
      guint number;

      g_object_get (account, number_keys[i], &number, NULL);
      if (number != 0)
        g_key_file_set_uint64 (file, group, number_keys[i], number);
      else
        g_key_file_remove_key (file, group, number_keys[i], NULL);
    }

  put_enum (file, group, "tls", POSTERN_TYPE_TLS_START, postern_account_get_tls (account));
  put_enum (file, group, "family", POSTERN_TYPE_FAMILY, postern_account_get_family (account));
  if (mechanisms[0] != NULL)
    g_key_file_set_string_list (file, group, "mechanisms", mechanisms,
                                g_strv_length ((GStrv) mechanisms));
  else
    g_key_file_remove_key (file, group, "mechanisms", NULL);
  write_drivers (file, group, account);
}

/**
 * postern_account_store_new:
 * @path: (nullable): the file; NULL for the one in the user's data folder
 *
 * Returns: (transfer full): a store that is empty until it is loaded
 */
PosternAccountStore *
postern_account_store_new (const char *path)
{
  PosternAccountStore *self = g_object_new (POSTERN_TYPE_ACCOUNT_STORE, NULL);

  self->path = path != NULL
                 ? g_strdup (path)
                 : g_build_filename (g_get_user_data_dir (), "postern", "accounts.ini", NULL);
  return self;
}

const char *
postern_account_store_get_path (PosternAccountStore *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_STORE (self), NULL);

  return self->path;
}

static void
take_account (PosternAccountStore *self, guint position, PosternAccount *account)
{
  g_signal_connect (account, "notify", G_CALLBACK (account_notify_cb), self);
  g_ptr_array_insert (self->accounts, (int) position, account);
}

/**
 * postern_account_store_load:
 * @self: a store
 *
 * Reads the file; that there is none yet is no error. When it cannot be read, the error names the
 * file, and the line where it stopped making sense; the store is empty then.
 *
 * Returns: whether it was read
 */
gboolean
postern_account_store_load (PosternAccountStore *self, GError **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;
  guint n_before;

  g_return_val_if_fail (POSTERN_IS_ACCOUNT_STORE (self), FALSE);

  n_before = self->accounts->len;
  for (guint i = 0; i < n_before; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->accounts, i), self);
  g_ptr_array_set_size (self->accounts, 0);
  g_hash_table_remove_all (self->removed);

  if (!read_file (self, file, error))
    {
      if (n_before > 0)
        g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, 0);
      return FALSE;
    }

  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    {
      PosternAccount *account = read_account (file, groups[i]);

      if (account != NULL)
        take_account (self, self->accounts->len, account);
    }
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->accounts->len);
  return TRUE;
}

static gboolean
make_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int saved_errno;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;

  saved_errno = errno;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (saved_errno),
               _ ("The folder “%s” cannot be made: %s"), folder, g_strerror (saved_errno));
  return FALSE;
}

/* Where to write: through a symbolic link, so that the link stays one. Free with free(). */
static char *
resolve (const char *path)
{
  char *target = realpath (path, NULL);

  return target != NULL ? target : strdup (path);
}

/**
 * postern_account_store_save:
 * @self: a store
 *
 * Writes the accounts into the file: all of it or nothing, on the disk when this returns.
 *
 * Returns: whether it was written
 */
gboolean
postern_account_store_save (PosternAccountStore *self, GError **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *data = NULL;
  GHashTableIter iter;
  gpointer id;
  gsize length;
  char *target;
  gboolean done;

  g_return_val_if_fail (POSTERN_IS_ACCOUNT_STORE (self), FALSE);

  if (!make_folder (self->path, error) || !read_file (self, file, error))
    return FALSE;

  g_hash_table_iter_init (&iter, self->removed);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_key_file_remove_group (file, id, NULL);
  for (guint i = 0; i < self->accounts->len; i++)
    write_account (file, g_ptr_array_index (self->accounts, i));

  data = g_key_file_to_data (file, &length, NULL);
  target = resolve (self->path);
  done = g_file_set_contents_full (target, data, (gssize) length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, error);
  free (target);
  if (done)
    g_hash_table_remove_all (self->removed);
  return done;
}

void
postern_account_store_add (PosternAccountStore *self, PosternAccount *account)
{
  g_return_if_fail (POSTERN_IS_ACCOUNT_STORE (self));

  postern_account_store_insert (self, self->accounts->len, account);
}

/**
 * postern_account_store_insert:
 * @self: a store
 * @position: where; past the end means at the end
 * @account: an account that is not in the store
 */
void
postern_account_store_insert (PosternAccountStore *self, guint position, PosternAccount *account)
{
  g_return_if_fail (POSTERN_IS_ACCOUNT_STORE (self));
  g_return_if_fail (POSTERN_IS_ACCOUNT (account));
  g_return_if_fail (!g_ptr_array_find (self->accounts, account, NULL));

  position = MIN (position, self->accounts->len);
  g_hash_table_remove (self->removed, postern_account_get_id (account));
  take_account (self, position, g_object_ref (account));
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * postern_account_store_remove:
 * @self: a store
 * @account: an account
 * @position: (out) (optional): where it was, for putting it back
 *
 * Returns: whether @account was in the store
 */
gboolean
postern_account_store_remove (PosternAccountStore *self, PosternAccount *account, guint *position)
{
  guint index;

  g_return_val_if_fail (POSTERN_IS_ACCOUNT_STORE (self), FALSE);
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (account), FALSE);

  if (!g_ptr_array_find (self->accounts, account, &index))
    return FALSE;

  if (position != NULL)
    *position = index;
  g_hash_table_add (self->removed, g_strdup (postern_account_get_id (account)));
  g_signal_handlers_disconnect_by_data (account, self);
  g_ptr_array_remove_index (self->accounts, index);
  g_list_model_items_changed (G_LIST_MODEL (self), index, 1, 0);
  g_signal_emit (self, signals[CHANGED], 0);
  return TRUE;
}

/**
 * postern_account_store_find:
 * @self: a store
 * @name: the name of an account, or else its id
 *
 * Returns: (transfer none) (nullable): the first account of that name
 */
PosternAccount *
postern_account_store_find (PosternAccountStore *self, const char *name)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT_STORE (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < self->accounts->len; i++)
    if (g_str_equal (postern_account_get_name (g_ptr_array_index (self->accounts, i)), name))
      return g_ptr_array_index (self->accounts, i);
  for (guint i = 0; i < self->accounts->len; i++)
    if (g_str_equal (postern_account_get_id (g_ptr_array_index (self->accounts, i)), name))
      return g_ptr_array_index (self->accounts, i);
  return NULL;
}

/**
 * postern_account_store_set_aside:
 * @self: a store whose file cannot be read
 *
 * Renames the file to a name beside it that is free. Only the user decides to do this.
 *
 * Returns: (transfer full) (nullable): the new path
 */
char *
postern_account_store_set_aside (PosternAccountStore *self, GError **error)
{
  g_autoptr(GDateTime) now = NULL;
  g_autofree char *stamp = NULL;
  g_autofree char *aside = NULL;
  int saved_errno;

  g_return_val_if_fail (POSTERN_IS_ACCOUNT_STORE (self), NULL);

  now = g_date_time_new_now_local ();
  stamp = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  aside = g_strdup_printf ("%s.%s", self->path, stamp);
  for (guint i = 2; g_file_test (aside, G_FILE_TEST_EXISTS) && i < 100; i++)
    {
      g_free (aside);
      aside = g_strdup_printf ("%s.%s-%u", self->path, stamp, i);
    }

  if (g_rename (self->path, aside) == 0)
    return g_steal_pointer (&aside);

  saved_errno = errno;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (saved_errno),
               _ ("“%s” cannot be renamed: %s"), self->path, g_strerror (saved_errno));
  return NULL;
}
