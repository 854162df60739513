/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-values.h"

#include <string.h>
#include <sys/random.h>

#define GROUP "values"

struct _RealValues
{
  GHashTable *table;
};

RealValues *
real_values_new (void)
{
  RealValues *self = g_new0 (RealValues, 1);

  self->table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

static char *
dup_path (const char *folder)
{
  return g_build_filename (folder, "values", NULL);
}

/**
 * real_values_load:
 * @folder: what real_values_save() was told as the value FOLDER
 *
 * Returns: (transfer full): the same values, or NULL
 */
RealValues *
real_values_load (const char *folder, GError **error)
{
  g_autoptr(RealValues) self = real_values_new ();
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *path = dup_path (folder);
  g_auto (GStrv) names = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    return NULL;
  names = g_key_file_get_keys (file, GROUP, NULL, NULL);
  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    g_hash_table_insert (self->table, g_strdup (names[i]),
                         g_key_file_get_string (file, GROUP, names[i], NULL));
  return g_steal_pointer (&self);
}

/**
 * real_values_save:
 * @self: values, FOLDER among them
 *
 * Returns: whether they were written, to a file that nobody else can read
 */
gboolean
real_values_save (RealValues *self, GError **error)
{
  g_autofree char *path = dup_path (real_values_get (self, "FOLDER"));
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  GHashTableIter iter;
  gpointer name;
  gpointer value;
  gsize length;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_key_file_set_string (file, GROUP, name, value);
  text = g_key_file_to_data (file, &length, NULL);

  return g_file_set_contents_full (path, text, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0600,
                                   error);
}

void
real_values_free (RealValues *self)
{
  g_hash_table_unref (self->table);
  g_free (self);
}

void
real_values_set (RealValues *self, const char *name, const char *value)
{
  g_hash_table_insert (self->table, g_strdup (name), g_strdup (value));
}

void
real_values_set_port (RealValues *self, const char *name, guint port)
{
  g_autofree char *value = g_strdup_printf ("%u", port);

  real_values_set (self, name, value);
}

/**
 * real_values_set_random:
 *
 * Sets a secret of 24 characters, with some among them that an encoding has to treat.
 */
void
real_values_set_random (RealValues *self, const char *name)
{
  static const char alphabet[64 + 1] =
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!#&*+-=_";
  guint8 bytes[24];
  char value[sizeof bytes + 1];

  if (getrandom (bytes, sizeof bytes, 0) != (gssize) sizeof bytes)
    g_error ("There are no random numbers");
  for (gsize i = 0; i < sizeof bytes; i++)
    value[i] = alphabet[bytes[i] % 64];
  value[sizeof bytes] = '\0';
  real_values_set (self, name, value);
}

gboolean
real_values_has (RealValues *self, const char *name)
{
  return g_hash_table_contains (self->table, name);
}

const char *
real_values_get (RealValues *self, const char *name)
{
  const char *value = g_hash_table_lookup (self->table, name);

  if (value == NULL)
    g_error ("There is no value “%s”", name);
  return value;
}

guint
real_values_get_port (RealValues *self, const char *name)
{
  return (guint) g_ascii_strtoull (real_values_get (self, name), NULL, 10);
}

/**
 * real_values_expand:
 * @text: text with names between at signs, capital letters, digits and underscores; any other at
 *   sign stays
 *
 * Returns: (transfer full): the text with the values instead
 */
char *
real_values_expand (RealValues *self, const char *text)
{
  GString *expanded = g_string_new (NULL);

  for (const char *p = text; *p != '\0';)
    {
      gsize length = *p == '@' ? strspn (p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") : 0;

      if (length > 0 && p[1 + length] == '@')
        {
          g_autofree char *name = g_strndup (p + 1, length);

          g_string_append (expanded, real_values_get (self, name));
          p += length + 2;
        }
      else
        g_string_append_c (expanded, *p++);
    }
  return g_string_free (expanded, FALSE);
}
