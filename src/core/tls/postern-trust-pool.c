/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-pool.h"

#include "tls/postern-certificate-private.h"

#include <gnutls/x509.h>
#include <string.h>

#define MAX_PATHS 16
#define MAX_DEPTH 12
#define MAX_SYSTEM 100000

/* Signatures that are checked for one search: certificates of one name, each signed by all of the
 * others, would otherwise keep it busy for longer than anybody waits. */
#define MAX_CHECKS 100

struct _PosternTrustPool
{
  GPtrArray *items;   /* element-type PosternPoolItem */
  GHashTable *by_sum; /* sha256, of the certificate, to item */
  GPtrArray *crls;
};

static void
item_free (PosternPoolItem *item)
{
  g_object_unref (item->certificate);
  g_free (item->file);
  g_free (item);
}

PosternTrustPool *
postern_trust_pool_new (void)
{
  PosternTrustPool *self = g_atomic_rc_box_new0 (PosternTrustPool);

  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  self->by_sum = g_hash_table_new (g_str_hash, g_str_equal);
  self->crls = g_ptr_array_new_with_free_func (g_free);

  return self;
}

PosternTrustPool *
postern_trust_pool_ref (PosternTrustPool *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
pool_clear (PosternTrustPool *self)
{
  g_hash_table_unref (self->by_sum);
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->crls);
}

void
postern_trust_pool_unref (PosternTrustPool *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) pool_clear);
}

PosternPoolItem *
postern_trust_pool_add (PosternTrustPool *self,
                        PosternCertificate *certificate,
                        PosternOrigin origin,
                        const char *file)
{
  const char *sum = postern_certificate_get_sha256 (certificate);
  PosternPoolItem *item = g_hash_table_lookup (self->by_sum, sum);

  if (item == NULL)
    {
      item = g_new0 (PosternPoolItem, 1);
      item->certificate = g_object_ref (certificate);
      g_ptr_array_add (self->items, item);
      g_hash_table_insert (self->by_sum,
                           (gpointer) postern_certificate_get_sha256 (item->certificate), item);
    }
  if (item->file == NULL)
    item->file = g_strdup (file);
  item->origins |= origin;

  return item;
}

void
postern_trust_pool_add_contents (PosternTrustPool *self,
                                 const PosternCaContents *contents,
                                 PosternOrigin origin)
{
  for (guint i = 0; i < contents->entries->len; i++)
    {
      const PosternCaEntry *entry = g_ptr_array_index (contents->entries, i);

      postern_trust_pool_add (self, entry->certificate, origin, entry->file);
    }
  for (guint i = 0; origin == POSTERN_ORIGIN_PROFILE && i < contents->crls->len; i++)
    g_ptr_array_add (self->crls, g_strdup (g_ptr_array_index (contents->crls, i)));
}

static void
add_crt (PosternTrustPool *self, gnutls_x509_crt_t crt)
{
  gnutls_datum_t datum = { NULL, 0 };
  g_autoptr(GBytes) der = NULL;
  g_autoptr(PosternCertificate) certificate = NULL;

  if (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_DER, &datum) < 0)
    return;

  der = g_bytes_new (datum.data, datum.size);
  gnutls_free (datum.data);
  certificate = postern_certificate_new_from_der (der, NULL);
  if (certificate != NULL)
    postern_trust_pool_add (self, certificate, POSTERN_ORIGIN_SYSTEM, NULL);
}

void
postern_trust_pool_add_system (PosternTrustPool *self)
{
  gnutls_x509_trust_list_t list = NULL;
  gnutls_x509_trust_list_iter_t iter = NULL;
  gnutls_x509_crt_t crt = NULL;

  if (gnutls_x509_trust_list_init (&list, 0) < 0)
    return;

  gnutls_x509_trust_list_add_system_trust (list, 0, 0);
  for (guint i = 0; i < MAX_SYSTEM; i++)
    {
      if (gnutls_x509_trust_list_iter_get_ca (list, &iter, &crt) < 0)
        break;
      add_crt (self, crt);
      gnutls_x509_crt_deinit (crt);
    }
  if (iter != NULL)
    gnutls_x509_trust_list_iter_deinit (iter);
  gnutls_x509_trust_list_deinit (list, 1);
}

void
postern_trust_pool_add_policy (PosternTrustPool *self, const PosternTlsPolicy *policy)
{
  const char *const paths[] = { policy->ca_file, policy->ca_dir };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr(PosternCaContents) contents =
                   paths[i] != NULL ? postern_ca_contents_read (paths[i]) : NULL;

      if (contents != NULL)
        postern_trust_pool_add_contents (self, contents, POSTERN_ORIGIN_PROFILE);
    }
}

GPtrArray *
postern_trust_pool_get_crls (PosternTrustPool *self)
{
  return self->crls;
}

/* One search. */
typedef struct
{
  PosternTrustPool *pool;
  GPtrArray *paths;
  GPtrArray *path; /* from the leaf to where the search is */
  guint n_checks;
} Search;

/* Whether the key of @issuer made the signature, whatever else there is to say. */
static gboolean
is_signed_by (gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
  unsigned int status = 0;
  unsigned int flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                       GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_CA_SIGN |
                       GNUTLS_VERIFY_DO_NOT_ALLOW_SAME | GNUTLS_VERIFY_ALLOW_BROKEN;

  if (gnutls_x509_crt_verify (crt, &issuer, 1, flags, &status) < 0)
    return FALSE;

  return (status & (GNUTLS_CERT_SIGNATURE_FAILURE | GNUTLS_CERT_SIGNER_NOT_FOUND)) == 0;
}

/* Equal names are equal texts: what is not is passed over without a look into the certificates. */
static gboolean
bears_name (PosternCertificate *issuer, PosternCertificate *certificate)
{
  return strcmp (postern_certificate_get_subject (issuer),
                 postern_certificate_get_issuer (certificate)) == 0;
}

static gboolean
is_issuer (Search *search, const PosternPoolItem *item, const PosternPoolItem *candidate)
{
  gnutls_x509_crt_t crt = postern_certificate_peek (item->certificate);
  gnutls_x509_crt_t issuer = postern_certificate_peek (candidate->certificate);

  if (search->n_checks >= MAX_CHECKS || !bears_name (candidate->certificate, item->certificate) ||
      !gnutls_x509_crt_check_issuer (crt, issuer))
    return FALSE;

  search->n_checks++;

  return is_signed_by (crt, issuer);
}

/* Bears its own name and its own signature: nobody stands above it. */
static gboolean
is_top (const PosternPoolItem *item)
{
  gnutls_x509_crt_t crt = postern_certificate_peek (item->certificate);

  return bears_name (item->certificate, item->certificate) &&
         gnutls_x509_crt_check_issuer (crt, crt) != 0 && is_signed_by (crt, crt);
}

static GPtrArray *
copy_path (GPtrArray *path)
{
  return g_ptr_array_copy (path, NULL, NULL);
}

static void
climb (Search *search)
{
  GPtrArray *path = search->path;
  PosternPoolItem *item = g_ptr_array_index (path, path->len - 1);
  guint n_candidates = path->len < MAX_DEPTH && !is_top (item) ? search->pool->items->len : 0;
  gboolean ends = TRUE;

  for (guint i = 0; i < n_candidates; i++)
    {
      PosternPoolItem *candidate = g_ptr_array_index (search->pool->items, i);

      if (search->paths->len >= MAX_PATHS)
        return;
      if (g_ptr_array_find (path, candidate, NULL) || !is_issuer (search, item, candidate))
        continue;
      ends = FALSE;
      g_ptr_array_add (path, candidate);
      climb (search);
      g_ptr_array_remove_index (path, path->len - 1);
    }

  if (ends)
    g_ptr_array_add (search->paths, copy_path (path));
}

GPtrArray *
postern_trust_pool_find_paths (PosternTrustPool *self, PosternPoolItem *leaf)
{
  g_autoptr(GPtrArray) path = g_ptr_array_new ();
  Search search = { self, NULL, path, 0 };

  search.paths = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_ptr_array_add (path, leaf);
  climb (&search);

  return search.paths;
}
