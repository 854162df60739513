/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-scan-table.h"

#include "scan/postern-scan-weakness.h"
#include "scan/postern-tls-numbers.h"

#include <glib/gi18n.h>

struct _PosternScanSuite
{
  GObject parent_instance;

  guint16 number;
  char *name;
  guint places[POSTERN_SCAN_VERSIONS];
};

G_DEFINE_FINAL_TYPE (PosternScanSuite, postern_scan_suite, G_TYPE_OBJECT)

static void
postern_scan_suite_finalize (GObject *object)
{
  PosternScanSuite *self = POSTERN_SCAN_SUITE (object);

  g_clear_pointer (&self->name, g_free);

  G_OBJECT_CLASS (postern_scan_suite_parent_class)->finalize (object);
}

static void
postern_scan_suite_class_init (PosternScanSuiteClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_scan_suite_finalize;
}

static void
postern_scan_suite_init (PosternScanSuite *self)
{
}

/* Every number is sent by a server, and not each has a name. */
static char *
dup_name (guint16 number, const char *name)
{
  return name != NULL ? g_strdup (name) : g_strdup_printf ("0x%04X", number);
}

static guint
find_place (const GArray *suites, guint16 number)
{
  for (guint i = 0; i < suites->len; i++)
    if (g_array_index (suites, guint16, i) == number)
      return i + 1;
  return 0;
}

static PosternScanSuite *
create_suite (const PosternScanResult *result, guint16 number)
{
  PosternScanSuite *suite = g_object_new (POSTERN_TYPE_SCAN_SUITE, NULL);

  suite->number = number;
  suite->name = dup_name (number, postern_tls_suite_name (number));
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    suite->places[i] = find_place (result->versions[i].suites, number);
  return suite;
}

GListModel *
postern_scan_table_new (const PosternScanResult *result)
{
  GListStore *table = g_list_store_new (POSTERN_TYPE_SCAN_SUITE);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    {
      const GArray *suites = result->versions[i - 1].suites;

      for (guint j = 0; j < suites->len; j++)
        {
          guint16 number = g_array_index (suites, guint16, j);
          g_autoptr(PosternScanSuite) suite = NULL;

          if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint) number + 1)))
            continue;
          suite = create_suite (result, number);
          g_list_store_append (table, suite);
        }
    }
  return G_LIST_MODEL (table);
}

char *
postern_scan_table_join (const GArray *numbers, const char *(*name) (guint16 number))
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < numbers->len; i++)
    {
      guint16 number = g_array_index (numbers, guint16, i);
      g_autofree char *word = dup_name (number, name (number));

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", word);
    }
  return g_string_free (text, FALSE);
}

static void
add_list (GString *text, const char *title, const GArray *numbers, const char *(*name) (guint16))
{
  g_autofree char *list = postern_scan_table_join (numbers, name);

  if (*list != '\0')
    g_string_append_printf (text, "  %s: %s\n", title, list);
}

/* Columns with tabs between them, as a spreadsheet takes them. */
static void
add_table (GString *text, const PosternScanResult *result, GListModel *table)
{
  g_string_append_c (text, '\n');
  g_string_append (text, _ ("Cipher suite"));
  for (guint i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    g_string_append_printf (text, "\t%s",
                            postern_tls_version_name (result->versions[i - 1].version));
  for (guint row = 0; row < g_list_model_get_n_items (table); row++)
    {
      g_autoptr(PosternScanSuite) suite = g_list_model_get_item (table, row);

      g_string_append_printf (text, "\n%s", suite->name);
      for (guint i = POSTERN_SCAN_VERSIONS; i > 0; i--)
        if (suite->places[i - 1] > 0)
          g_string_append_printf (text, "\t%u", suite->places[i - 1]);
        else
          g_string_append (text, "\t–");
    }
  g_string_append_c (text, '\n');
}

char *
postern_scan_table_to_text (const PosternScanResult *result, GListModel *table)
{
  GString *text = g_string_new (result->address);

  g_string_append_c (text, '\n');
  for (guint i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    {
      const PosternScanVersion *version = &result->versions[i - 1];

      g_string_append_printf (text, "%s: %s\n", postern_tls_version_name (version->version),
                              version->spoken   ? _ ("spoken")
                              : version->looked ? _ ("not spoken")
                                                : _ ("not known"));
      add_list (text, _ ("Groups"), version->groups, postern_tls_group_name);
      add_list (text, _ ("Signatures"), version->signatures, postern_tls_signature_name);
    }
  add_table (text, result, table);
  for (guint i = 0; i < result->troubles->len; i++)
    g_string_append_printf (text, "! %s\n", (const char *) g_ptr_array_index (result->troubles, i));
  return g_string_free (text, FALSE);
}

const char *
postern_scan_suite_get_name (PosternScanSuite *self)
{
  g_return_val_if_fail (POSTERN_IS_SCAN_SUITE (self), NULL);

  return self->name;
}

const char *
postern_scan_suite_get_weakness (PosternScanSuite *self)
{
  g_return_val_if_fail (POSTERN_IS_SCAN_SUITE (self), NULL);

  if (postern_scan_suite_weakness (self->number) != NULL)
    return postern_scan_suite_weakness (self->number);
  return postern_scan_suite_keeps_secrets (self->number) ? NULL : _ ("no forward secrecy");
}

guint
postern_scan_suite_get_place (PosternScanSuite *self, guint version)
{
  g_return_val_if_fail (POSTERN_IS_SCAN_SUITE (self) && version < POSTERN_SCAN_VERSIONS, 0);

  return self->places[version];
}
