/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-repair.h"

#include "model/postern-fingerprint.h"
#include "tls/postern-certificate-private.h"
#include "tls/postern-trust-private.h"

#include <glib/gi18n.h>
#include <gnutls/x509.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#define MAX_CHAIN 32
#define MAX_TRIES 8

/* How good a way upwards is: the first that is proven is the repair. */
typedef enum
{
  RANK_PROFILE, /* ends in a root that the settings trust */
  RANK_WISH,
  RANK_SYSTEM,
  RANK_PARTIAL, /* passes a certificate that is trusted, and does not end in a root */
  RANK_UNKNOWN_ROOT,
  RANK_NO_ROOT,
} Rank;

typedef struct
{
  PosternTrustRepair *repair;
  GPtrArray *chain; /* element-type GBytes */
  PosternTlsPolicy *policy;
  const char *host;
  PosternTrustPool *pool;
  char *trust; /* or NULL */
  gint64 now;
} Work;

static const PosternOrigin trusted = POSTERN_ORIGIN_PROFILE | POSTERN_ORIGIN_SYSTEM;

void
postern_trust_repair_free (PosternTrustRepair *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->path, g_ptr_array_unref);
  g_clear_pointer (&self->missing, postern_missing_free);
  g_clear_pointer (&self->faults, g_ptr_array_unref);
  g_free (self->client_pem);
  g_free (self->server_pem);
  postern_trust_pool_unref (self->pool);
  g_free (self);
}

static PosternPoolItem *
last_of (GPtrArray *path)
{
  return g_ptr_array_index (path, path->len - 1);
}

static gboolean
is_root (const PosternPoolItem *item)
{
  return postern_certificate_is_self_issued (item->certificate);
}

static gboolean
is_wished (const Work *work, const PosternPoolItem *item)
{
  return work->trust != NULL &&
         strcmp (postern_certificate_get_sha256 (item->certificate), work->trust) == 0;
}

static Rank
rank_of (const Work *work, GPtrArray *path)
{
  const PosternPoolItem *last = last_of (path);

  if (is_root (last))
    {
      if ((last->origins & POSTERN_ORIGIN_PROFILE) != 0)
        return RANK_PROFILE;
      if (is_wished (work, last))
        return RANK_WISH;
      if ((last->origins & POSTERN_ORIGIN_SYSTEM) != 0)
        return RANK_SYSTEM;
    }
  for (guint i = 0; i < path->len; i++)
    if ((((PosternPoolItem *) path->pdata[i])->origins & trusted) != 0)
      return RANK_PARTIAL;

  return is_root (last) ? RANK_UNKNOWN_ROOT : RANK_NO_ROOT;
}

/* How many certificates the server would have to be given. */
static guint
count_unsent (GPtrArray *path)
{
  guint n = 0;

  for (guint i = 0; i < path->len; i++)
    n += (((PosternPoolItem *) path->pdata[i])->origins & POSTERN_ORIGIN_SENT) == 0;

  return n;
}

static int
compare_paths (gconstpointer a, gconstpointer b, gpointer user_data)
{
  GPtrArray *first = *(GPtrArray *const *) a;
  GPtrArray *second = *(GPtrArray *const *) b;
  int difference = (int) rank_of (user_data, first) - (int) rank_of (user_data, second);

  if (difference == 0)
    difference = (int) count_unsent (first) - (int) count_unsent (second);
  if (difference != 0)
    return difference;

  /* Of ways that end nowhere the longest tells most; of others the shortest is best. */
  difference = (int) first->len - (int) second->len;

  return rank_of (user_data, first) == RANK_NO_ROOT ? -difference : difference;
}

/* A comment above a block: whatever a name holds, it cannot begin a block of its own. */
static void
add_comment (GString *pem, const char *name, const char *value)
{
  g_autofree char *shown = g_strdup (value);

  if (strstr (shown, "--") != NULL)
    g_strdelimit (shown, "-", '_');
  g_string_append_printf (pem, "# %s: %s\n", name, shown);
}

static void
add_block (GString *pem, PosternCertificate *certificate)
{
  g_autofree char *sum = postern_fingerprint_format (postern_certificate_get_sha256 (certificate));

  if (pem->len > 0)
    g_string_append_c (pem, '\n');
  add_comment (pem, "Subject", postern_certificate_get_subject (certificate));
  add_comment (pem, "SHA-256", sum);
  g_string_append (pem, postern_certificate_get_pem (certificate));
}

/* The highest certificate that is trusted: the root, else the last one that is. */
static guint
anchor_of (GPtrArray *path)
{
  guint anchor = path->len - 1;

  if (is_root (last_of (path)))
    return anchor;
  while (anchor > 0 && (((PosternPoolItem *) path->pdata[anchor])->origins & trusted) == 0)
    anchor--;

  return anchor;
}

/* The root, and from the lowest certificate that was not sent everything up to it: OpenSSL, once it
 * is at a certificate that is trusted, looks for the next one among the trusted alone. */
static char *
make_client_pem (Work *work, GPtrArray *path)
{
  GString *pem = g_string_new (NULL);
  GPtrArray *crls = postern_trust_pool_get_crls (work->pool);
  guint anchor = anchor_of (path);
  guint lowest = anchor;

  for (guint i = 1; i < lowest; i++)
    if ((((PosternPoolItem *) path->pdata[i])->origins & POSTERN_ORIGIN_SENT) == 0)
      lowest = i;
  for (guint i = anchor + 1; i > lowest; i--)
    add_block (pem, ((PosternPoolItem *) path->pdata[i - 1])->certificate);
  for (guint i = 0; i < crls->len; i++)
    g_string_append_printf (pem, "\n%s", (const char *) g_ptr_array_index (crls, i));

  return g_string_free (pem, FALSE);
}

/* What the server should send: everything but the root. */
static char *
make_server_pem (GPtrArray *path, GPtrArray *ders)
{
  GString *pem = g_string_new (NULL);
  guint n = is_root (last_of (path)) ? path->len - 1 : path->len;

  for (guint i = 0; i < n; i++)
    {
      PosternCertificate *certificate = ((PosternPoolItem *) path->pdata[i])->certificate;

      add_block (pem, certificate);
      g_ptr_array_add (ders, g_bytes_ref (postern_certificate_get_der (certificate)));
    }

  return g_string_free (pem, FALSE);
}

/* --- The proof --- */

static void
take_refusals (GPtrArray *from, GPtrArray *to)
{
  for (guint i = 0; i < from->len;)
    {
      PosternCertFault *fault = g_ptr_array_index (from, i);

      if (fault->warning || fault->hidden)
        i++;
      else
        g_ptr_array_add (to, g_ptr_array_steal_index (from, i));
    }
}

static X509 *
read_der (GBytes *der)
{
  gsize length = 0;
  const unsigned char *data = g_bytes_get_data (der, &length);

  return d2i_X509 (NULL, &data, (long) length);
}

static gboolean
fill_openssl (X509_STORE *store, STACK_OF (X509) * sent, const char *pem, GPtrArray *chain)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  X509 *certificate;

  while ((certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL)
    {
      X509_STORE_add_cert (store, certificate);
      X509_free (certificate);
    }
  BIO_free (bio);

  for (guint i = 0; i < chain->len && i < MAX_CHAIN; i++)
    {
      certificate = read_der (g_ptr_array_index (chain, i));
      if (certificate == NULL || sk_X509_push (sent, certificate) == 0)
        return FALSE;
    }

  return sk_X509_num (sent) > 0;
}

/* Whether it is about how the certificates hang together. What a certificate may be used for, and
 * how strong it is, has been judged. */
static gboolean
is_about_path (int error)
{
  switch (error)
    {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_UNSPECIFIED:
      return TRUE;

    default:
      return FALSE;
    }
}

/* A second opinion: most mail programs, and Uniface, verify with OpenSSL, which is more particular
 * about what a bundle has to hold. Returns why it finds no way, or NULL. It takes a certificate
 * that is trusted but no root for the end only where it is told to, which Uniface does not do. */
static const char *
ask_openssl (const Work *work, GPtrArray *path, const char *pem, GPtrArray *chain)
{
  gboolean partial = !is_root (path->pdata[anchor_of (path)]);
  X509_STORE *store = X509_STORE_new ();
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  STACK_OF (X509) *sent = sk_X509_new_null ();
  int error = X509_V_ERR_UNSPECIFIED;

  if (fill_openssl (store, sent, pem, chain) &&
      X509_STORE_CTX_init (context, store, sk_X509_value (sent, 0), sent))
    {
      X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param (context);

      X509_VERIFY_PARAM_set_time (param, (time_t) work->now);
      if (partial && !work->policy->cn_fallback)
        X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN);
      error = X509_verify_cert (context) > 0 ? X509_V_OK : X509_STORE_CTX_get_error (context);
    }

  ERR_clear_error ();
  X509_STORE_CTX_free (context);
  X509_STORE_free (store);
  sk_X509_pop_free (sent, X509_free);

  return is_about_path (error) ? X509_verify_cert_error_string (error) : NULL;
}

/* Whether @chain verifies along @path with @pem and nothing else; what refuses it goes to @faults.
 */
static gboolean
prove (Work *work, GPtrArray *path, GPtrArray *chain, const char *pem, GPtrArray *faults)
{
  g_autoptr(GBytes) bundle = g_bytes_new_static (pem, strlen (pem));
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternTrustStore) store =
               postern_trust_store_new_with_bundle (work->policy, bundle, &error);
  PosternVerdict verdict = { NULL };
  const char *reason = NULL;
  guint before = faults->len;

  if (store == NULL)
    {
      g_ptr_array_add (faults, postern_cert_fault_new ("cert.untrusted-root", 0, "ca_certificate",
                                                       g_strdup (error->message)));
      return FALSE;
    }

  postern_trust_judge (&verdict, store, work->policy, work->host, chain, work->now);
  take_refusals (verdict.faults, faults);
  if (verdict.accepted)
    reason = ask_openssl (work, path, pem, chain);
  if (reason != NULL)
    g_ptr_array_add (faults, postern_cert_fault_new (
                               "cert.untrusted-root", 0, "ca_certificate",
                               g_strdup_printf (_ ("OpenSSL refuses the chain: %s"), reason)));
  postern_verdict_clear (&verdict);

  return faults->len == before;
}

static GPtrArray *
faults_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) postern_cert_fault_free);
}

/* The server's file is judged as if the server sent it, by somebody who trusts the root alone. */
static void
prove_server (Work *work, GPtrArray *path)
{
  g_autoptr(GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GPtrArray) faults = faults_new ();
  g_autofree char *pem = make_server_pem (path, ders);
  const PosternPoolItem *anchor = path->pdata[anchor_of (path)];

  if (ders->len > 0 &&
      prove (work, path, ders, postern_certificate_get_pem (anchor->certificate), faults))
    work->repair->server_pem = g_steal_pointer (&pem);
}

static void
settle (Work *work, PosternRepairState state, GPtrArray *path, GPtrArray *faults)
{
  PosternTrustRepair *repair = work->repair;

  repair->state = state;
  g_clear_pointer (&repair->path, g_ptr_array_unref);
  repair->path = g_ptr_array_ref (path);
  repair->root = is_root (last_of (path)) ? last_of (path) : NULL;
  repair->wished = state == POSTERN_REPAIR_PROVEN && rank_of (work, path) == RANK_WISH;
  g_clear_pointer (&repair->faults, g_ptr_array_unref);
  repair->faults = g_ptr_array_ref (faults);
}

/* TRUE: a path ends where somebody here trusts, and with it everything is in order. */
static gboolean
try_trusted (Work *work, GPtrArray *paths)
{
  g_autoptr(GHashTable) tried = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < paths->len && g_hash_table_size (tried) < MAX_TRIES; i++)
    {
      GPtrArray *path = g_ptr_array_index (paths, i);
      g_autoptr(GPtrArray) faults = faults_new ();
      g_autofree char *pem = NULL;

      if (rank_of (work, path) > RANK_PARTIAL)
        break;
      pem = make_client_pem (work, path);
      if (!g_hash_table_add (tried, g_strdup (pem)))
        continue; /* another way with the same bundle is judged the same */
      if (prove (work, path, work->chain, pem, faults))
        {
          settle (work, POSTERN_REPAIR_PROVEN, path, faults);
          work->repair->client_pem = g_steal_pointer (&pem);
          prove_server (work, path);
          return TRUE;
        }
      if (work->repair->path == NULL || faults->len < work->repair->faults->len)
        settle (work, POSTERN_REPAIR_FAULTS, path, faults);
    }

  return work->repair->path != NULL;
}

/* Nobody here trusts any of it: what is wrong besides is still worth knowing. */
static void
look_at_untrusted (Work *work, GPtrArray *path)
{
  g_autoptr(GPtrArray) faults = faults_new ();
  g_autofree char *pem = make_client_pem (work, path);

  if (!is_root (last_of (path)))
    {
      settle (work, POSTERN_REPAIR_MISSING, path, faults);
      work->repair->missing = postern_missing_new (last_of (path)->certificate);
      return;
    }

  prove (work, path, work->chain, pem, faults);
  settle (work, POSTERN_REPAIR_UNTRUSTED, path, faults);
  if (faults->len == 0)
    prove_server (work, path);
}

/* The server's own certificate; NULL where it cannot be read. */
static PosternPoolItem *
add_sent (Work *work)
{
  PosternPoolItem *leaf = NULL;

  for (guint i = 0; i < MIN (work->chain->len, MAX_CHAIN); i++)
    {
      g_autoptr(PosternCertificate) certificate =
                   postern_certificate_new_from_der (g_ptr_array_index (work->chain, i), NULL);
      PosternPoolItem *item = NULL;

      if (certificate != NULL)
        item = postern_trust_pool_add (work->pool, certificate, POSTERN_ORIGIN_SENT, NULL);
      if (i == 0)
        leaf = item;
    }

  return leaf;
}

/* Without a certificate that can be read, the judge says what is wrong. */
static void
look_at_nothing (Work *work)
{
  PosternVerdict verdict = { NULL };

  postern_trust_judge (&verdict, NULL, work->policy, work->host, work->chain, work->now);
  work->repair->state = POSTERN_REPAIR_FAULTS;
  work->repair->path = g_ptr_array_new ();
  work->repair->faults = faults_new ();
  take_refusals (verdict.faults, work->repair->faults);
  postern_verdict_clear (&verdict);
}

PosternTrustRepair *
postern_trust_repair_new (GPtrArray *chain,
                          const PosternTlsPolicy *policy,
                          const char *host,
                          PosternTrustPool *pool,
                          const char *trust,
                          gint64 now)
{
  g_autoptr(PosternTlsPolicy) strict = postern_tls_policy_copy (policy);
  g_autofree char *sum = trust != NULL ? postern_fingerprint_parse (trust) : NULL;
  Work work = { NULL, chain, strict, host, pool, sum, now };
  PosternPoolItem *leaf;

  strict->verify = POSTERN_VERIFY_YES;
  g_clear_pointer (&strict->pin, postern_tls_pin_free); /* a repair does without */
  work.repair = g_new0 (PosternTrustRepair, 1);
  work.repair->pool = postern_trust_pool_ref (pool);
  leaf = add_sent (&work);
  if (leaf == NULL)
    {
      look_at_nothing (&work);
    }
  else
    {
      g_autoptr(GPtrArray) paths = postern_trust_pool_find_paths (pool, leaf);

      g_ptr_array_sort_with_data (paths, compare_paths, &work);
      if (!try_trusted (&work, paths))
        look_at_untrusted (&work, g_ptr_array_index (paths, 0));
    }

  return work.repair;
}

static gboolean
has_code (GPtrArray *faults, const char *code)
{
  for (guint i = 0; i < faults->len; i++)
    if (strcmp (((PosternCertFault *) faults->pdata[i])->code, code) == 0)
      return TRUE;

  return FALSE;
}

GPtrArray *
postern_trust_repair_find_lasting (GPtrArray *faults)
{
  GPtrArray *lasting = faults_new ();

  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);

      if (fault->aspect == POSTERN_CERT_ASPECT_REVOCATION && (fault->hidden || !fault->warning))
        g_ptr_array_add (lasting,
                         postern_cert_fault_new (fault->code, fault->certificate,
                                                 fault->governed_by, g_strdup (fault->text)));
    }

  return lasting;
}

void
postern_trust_repair_keep (PosternTrustRepair *self, GPtrArray *lasting)
{
  guint before = self->faults->len;

  for (guint i = 0; i < lasting->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (lasting, i);

      if (!has_code (self->faults, fault->code))
        g_ptr_array_add (self->faults,
                         postern_cert_fault_new (fault->code, fault->certificate,
                                                 fault->governed_by, g_strdup (fault->text)));
    }
  if (self->faults->len == before)
    return;

  if (self->state == POSTERN_REPAIR_PROVEN)
    self->state = POSTERN_REPAIR_FAULTS;
  self->wished = FALSE;
  g_clear_pointer (&self->client_pem, g_free);
  g_clear_pointer (&self->server_pem, g_free);
}
