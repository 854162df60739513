/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-expect.h"

#include <string.h>

static const char marks[] = { [ZOO_REFUSES] = '\0', [ZOO_HIDDEN] = '?', [ZOO_WARNS] = '~' };

char *
zoo_fault_text (const char *code, guint index, ZooWeight weight)
{
  const char mark[] = { marks[weight], '\0' };

  return g_strdup_printf ("%s%s:%u", mark, code, index);
}

gboolean
zoo_is_about_name (const char *code)
{
  return g_str_has_prefix (code, "cert.name-mismatch") || g_str_has_prefix (code, "cert.no-san");
}

static GPtrArray *
expect (const char *all, ZooPolicy policy)
{
  GPtrArray *faults = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (all != NULL ? all : "", " ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      gboolean hidden =
        *parts[i] != '~' &&
        (policy == ZOO_IGNORE || (policy == ZOO_NAME_OFF && zoo_is_about_name (parts[i])));

      if (*parts[i] != '\0')
        g_ptr_array_add (faults, g_strconcat (hidden ? "?" : "", parts[i], NULL));
    }

  return faults;
}

GPtrArray *
zoo_chain_expect (const ZooChain *chain, ZooPolicy policy)
{
  return expect (chain->faults, policy);
}

GPtrArray *
zoo_chain_expect_found (const ZooChain *chain, ZooPolicy policy)
{
  return expect (chain->found != NULL ? chain->found : chain->faults, policy);
}

static ZooWeight
weigh (const char *fault)
{
  for (ZooWeight weight = ZOO_HIDDEN; weight <= ZOO_WARNS; weight++)
    if (*fault == marks[weight])
      return weight;

  return ZOO_REFUSES;
}

gboolean
zoo_faults_have (GPtrArray *faults, ZooWeight at_least)
{
  for (guint i = 0; i < faults->len; i++)
    if (weigh (g_ptr_array_index (faults, i)) <= at_least)
      return TRUE;

  return FALSE;
}

char *
zoo_faults_join (GPtrArray *faults)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < faults->len; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? " " : "", (char *) g_ptr_array_index (faults, i));

  return g_string_free (all, FALSE);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
join_sorted (GPtrArray *faults)
{
  g_autoptr(GPtrArray) sorted = g_ptr_array_copy (faults, NULL, NULL);

  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, compare);

  return zoo_faults_join (sorted);
}

gboolean
zoo_faults_equal (GPtrArray *expected, GPtrArray *told, gboolean first_too)
{
  g_autofree char *wanted = join_sorted (expected);
  g_autofree char *heard = join_sorted (told);

  return strcmp (wanted, heard) == 0 &&
         (!first_too || expected->len == 0 ||
          strcmp (g_ptr_array_index (expected, 0), g_ptr_array_index (told, 0)) == 0);
}
