/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-mending.h"

#include "document/postern-ca-file.h"
#include "runtime/postern-asn-global.h"
#include "runtime/postern-bundle-file.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  GPtrArray *chain; /* element-type GBytes */
  GPtrArray *lasting;
  PosternTlsPolicy *policy;
  char *host;
  char *trust;
  gint64 now;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_ptr_array_unref (search->chain);
  g_ptr_array_unref (search->lasting);
  postern_tls_policy_free (search->policy);
  g_free (search->host);
  g_free (search->trust);
  g_free (search);
}

static void
search_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Search *search = data;
  PosternTrustPool *pool = postern_trust_pool_new ();
  PosternTrustRepair *repair;

  postern_trust_pool_add_policy (pool, search->policy);
  postern_trust_pool_add_system (pool);
  repair = postern_trust_repair_new (search->chain, search->policy, search->host, pool,
                                     search->trust, search->now);
  postern_trust_repair_keep (repair, search->lasting);
  g_task_return_pointer (task, repair, (GDestroyNotify) postern_trust_repair_free);
  postern_trust_pool_unref (pool);
}

void
postern_mending_find_async (PosternReport *report,
                            const char *trust,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  const PosternTlsInfo *info = postern_report_get_tls_info (report);
  const PosternPlan *plan = postern_report_get_plan (report);
  Search *search = g_new0 (Search, 1);

  search->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < info->chain->len; i++)
    g_ptr_array_add (search->chain, g_bytes_ref (postern_certificate_get_der (
                                      g_ptr_array_index (info->chain, i))));
  search->lasting = postern_trust_repair_find_lasting (info->faults);
  search->policy = postern_tls_policy_copy (plan->tls_policy);
  search->host = g_strdup (plan->host);
  search->trust = g_strdup (trust);
  search->now = g_get_real_time () / G_USEC_PER_SEC;
  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, search_in_thread);
}

PosternTrustRepair *
postern_mending_find_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
postern_mending_place_free (PosternMendingPlace *self)
{
  if (self == NULL)
    return;

  g_free (self->file);
  g_free (self->section);
  g_free (self->name);
  g_free (self);
}

/* The plan says where its options come from: "account", or the line of a file, and then of which
 * setting, "[NET_SETTINGS] mail". */
PosternMendingPlace *
postern_mending_place_new (PosternAccountItem *item, GError **error)
{
  PosternAccount *account = postern_account_item_get_account (item);
  PosternPlan *plan = postern_report_get_plan (postern_account_item_get_report (item));
  const char *source = g_hash_table_lookup (plan->sources, "tls_options");
  const char *profile = g_hash_table_lookup (plan->sources, "tls_profile");
  const char *end = profile != NULL ? strstr (profile, "] ") : NULL;
  g_autoptr(PosternMendingPlace) place = g_new0 (PosternMendingPlace, 1);

  if (source == NULL || strcmp (source, "account") == 0 || end == NULL || *profile != '[')
    return g_steal_pointer (&place);

  place->section = g_strndup (profile + 1, (gsize) (end - profile - 1));
  place->name = g_strdup (end + 2);
  place->file = postern_asn_find_place (postern_account_get_asn_file (account),
                                        postern_account_get_usys_dir (account), place->section,
                                        place->name, error);
  return place->file != NULL ? g_steal_pointer (&place) : NULL;
}

static char *
dup_folder (const PosternMendingPlace *place)
{
  if (place->file != NULL && g_path_is_absolute (place->file))
    return g_path_get_dirname (place->file);
  return postern_bundle_file_folder ();
}

char *
postern_mending_write (PosternAccountItem *item,
                       const PosternMendingPlace *place,
                       const char *pem,
                       GError **error)
{
  PosternPlan *plan = postern_report_get_plan (postern_account_item_get_report (item));
  g_autofree char *folder = dup_folder (place);
  g_autofree char *path = postern_ca_file_write (folder, plan->host, pem, error);

  if (path == NULL)
    return NULL;
  if (strpbrk (path, ",\r\n") != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                   _ ("%s: a TLS option cannot have a comma in it"), path);
      return NULL;
    }
  return g_steal_pointer (&path);
}
