/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-path.h"

#include "tls/postern-certificate-private.h"

#include <openssl/err.h>
#include <string.h>

/* A good path takes a handful of each. */
#define MAX_STEPS 1000
#define MAX_SIGNATURES 200
#define MAX_PATHS 16

/* A certificate that may have issued the one at the end of the path. */
typedef struct
{
  PosternCertificate *certificate;
  guint index; /* in the chain, or chain->len where it was not sent */
  gboolean anchor;
  PosternSignature signature;
  gboolean other_key_id;
} Candidate;

typedef struct
{
  GPtrArray *chain;
  PosternTrustStore *store;
  GHashTable *anchors;    /* PosternAnchor to its PosternCertificate */
  GHashTable *signatures; /* "child issuer" to a PosternSignature, plus 1 */
  gboolean trusted[POSTERN_MAX_CHAIN];
  PosternPathFunc func;
  gpointer user_data;
  PosternPath path;
  guint n_steps;
  guint n_signatures;
  guint n_paths;
  gboolean done;
} Search;

static PosternSignature
compute_signature (X509 *child, X509 *issuer)
{
  EVP_PKEY *key = X509_get0_pubkey (issuer);
  const X509_ALGOR *outer = NULL;
  const ASN1_OBJECT *object = NULL;
  int digest = NID_undef, kind = NID_undef;
  PosternSignature signature = POSTERN_SIGNATURE_UNKNOWN;

  X509_get0_signature (NULL, &outer, child);
  X509_ALGOR_get0 (&object, NULL, NULL, outer);
  if (postern_x509_can_verify (issuer))
    {
      int result = X509_verify (child, key);

      if (result == 1)
        signature = POSTERN_SIGNATURE_GOOD;
      else if (OBJ_find_sigid_algs (OBJ_obj2nid (object), &digest, &kind) &&
               (digest == NID_undef || EVP_get_digestbynid (digest) != NULL))
        signature = POSTERN_SIGNATURE_BAD;
    }
  ERR_clear_error ();

  return signature;
}

/* FALSE: enough have been computed. */
static gboolean
get_signature (Search *search,
               PosternCertificate *child,
               PosternCertificate *issuer,
               PosternSignature *signature)
{
  g_autofree char *key = g_strdup_printf ("%p %p", (void *) child, (void *) issuer);
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (search->signatures, key));

  if (known == 0 && search->n_signatures++ >= MAX_SIGNATURES)
    return FALSE;

  *signature = known > 0 ? (PosternSignature) (known - 1)
                         : compute_signature (postern_certificate_peek_x509 (child),
                                              postern_certificate_peek_x509 (issuer));
  if (known == 0)
    g_hash_table_insert (search->signatures, g_steal_pointer (&key),
                         GUINT_TO_POINTER ((guint) *signature + 1));

  return TRUE;
}

typedef enum
{
  KEY_ID_SAME,
  KEY_ID_UNKNOWN, /* one of them does not say */
  KEY_ID_OTHER,
} KeyId;

static KeyId
compare_key_id (X509 *child, X509 *issuer)
{
  const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id (child);
  const ASN1_OCTET_STRING *given = X509_get0_subject_key_id (issuer);

  if (wanted == NULL || given == NULL)
    return KEY_ID_UNKNOWN;

  return ASN1_OCTET_STRING_cmp (wanted, given) == 0 ? KEY_ID_SAME : KEY_ID_OTHER;
}

static gboolean
same_key (PosternCertificate *a, PosternCertificate *b)
{
  return g_strcmp0 (postern_certificate_get_spki_sha256 (a),
                    postern_certificate_get_spki_sha256 (b)) == 0;
}

/* Whether nothing is to be gained by @candidate: the path holds it already, or one with its name
 * and key (RFC 4158, section 2.4.2). */
static gboolean
is_on_path (const PosternPath *path, PosternCertificate *candidate)
{
  X509_NAME *name = X509_get_subject_name (postern_certificate_peek_x509 (candidate));

  for (guint i = 0; i < path->n_links; i++)
    {
      PosternCertificate *certificate = path->links[i].certificate;

      if (postern_certificate_equal (certificate, candidate))
        return TRUE;
      if (same_key (certificate, candidate) &&
          X509_NAME_cmp (X509_get_subject_name (postern_certificate_peek_x509 (certificate)),
                         name) == 0)
        return TRUE;
    }

  return FALSE;
}

static gboolean
names_issuer (X509 *child, X509 *issuer)
{
  return X509_NAME_cmp (X509_get_issuer_name (child), X509_get_subject_name (issuer)) == 0;
}

typedef struct
{
  PosternCertificate *child;
  gboolean other_key_id; /* of those whose key the child does not name, or of the others */
  GArray *candidates;    /* element-type Candidate */
  guint n_good;
  gboolean namesake; /* the store has one with the right name and another key */
  gboolean ring;
} Gathering;

/* Looks at somebody with the right name. The key identifiers tell a certificate that was altered
 * from one that another authority of the same name has signed; where they say nothing, a server is
 * taken to have sent the certificate of the issuer. */
static void
weigh (Search *search, Gathering *gathering, Candidate *candidate)
{
  KeyId key_id = compare_key_id (postern_certificate_peek_x509 (gathering->child),
                                 postern_certificate_peek_x509 (candidate->certificate));
  gboolean likely;

  candidate->other_key_id = key_id == KEY_ID_OTHER;
  gathering->namesake |= candidate->anchor && candidate->other_key_id;
  if (candidate->other_key_id != gathering->other_key_id ||
      !get_signature (search, gathering->child, candidate->certificate, &candidate->signature))
    return;

  likely = key_id == KEY_ID_SAME || (key_id == KEY_ID_UNKNOWN && !candidate->anchor);
  gathering->namesake |= candidate->anchor && candidate->signature == POSTERN_SIGNATURE_BAD;
  if (candidate->signature == POSTERN_SIGNATURE_GOOD)
    gathering->n_good++;
  else if (candidate->signature == POSTERN_SIGNATURE_BAD && !likely)
    return;
  else if (candidate->signature == POSTERN_SIGNATURE_UNKNOWN && candidate->other_key_id)
    return;
  g_array_append_val (gathering->candidates, *candidate);
}

static PosternCertificate *
get_anchor (Search *search, PosternAnchor *anchor)
{
  PosternCertificate *certificate = g_hash_table_lookup (search->anchors, anchor);

  if (certificate == NULL)
    {
      certificate = postern_certificate_new_as_sent (anchor->der);
      g_hash_table_insert (search->anchors, anchor, certificate);
    }

  return certificate;
}

static void
add_anchors (Search *search, Gathering *gathering)
{
  X509 *child = postern_certificate_peek_x509 (gathering->child);
  GPtrArray *namesakes = postern_trust_store_find (search->store, X509_get_issuer_name (child));

  for (guint i = 0; namesakes != NULL && i < namesakes->len; i++)
    {
      PosternAnchor *anchor = g_ptr_array_index (namesakes, i);
      X509 *issuer = postern_anchor_peek_x509 (anchor);
      Candidate candidate = { .index = search->chain->len, .anchor = TRUE };

      if (issuer == NULL || !names_issuer (child, issuer))
        continue;
      candidate.certificate = get_anchor (search, anchor);
      if (postern_certificate_peek_x509 (candidate.certificate) != NULL)
        weigh (search, gathering, &candidate);
    }
}

static void
add_sent (Search *search, Gathering *gathering)
{
  X509 *child = postern_certificate_peek_x509 (gathering->child);

  for (guint i = 0; i < search->chain->len; i++)
    {
      Candidate candidate = { .certificate = g_ptr_array_index (search->chain, i), .index = i };
      X509 *issuer = postern_certificate_peek_x509 (candidate.certificate);

      if (issuer == NULL || candidate.certificate == gathering->child || search->trusted[i] ||
          !names_issuer (child, issuer))
        continue;
      if (!is_on_path (&search->path, candidate.certificate))
        weigh (search, gathering, &candidate);
      else if (i > 0 && get_signature (search, gathering->child, candidate.certificate,
                                       &candidate.signature))
        gathering->ring |= candidate.signature == POSTERN_SIGNATURE_GOOD;
    }
}

/* Those whose key the certificate names come first; the others are asked only if none of these did
 * sign it. */
static void
gather (Search *search, Gathering *gathering, gboolean with_sent)
{
  for (guint i = 0; i < 2 && gathering->n_good == 0; i++)
    {
      gathering->other_key_id = i == 1;
      add_anchors (search, gathering);
      if (with_sent)
        add_sent (search, gathering);
    }
}

static int
get_rank (const Candidate *candidate)
{
  return (candidate->signature == POSTERN_SIGNATURE_GOOD ? 0 : 4) + (candidate->anchor ? 0 : 2) +
         (candidate->other_key_id ? 1 : 0);
}

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *first = a, *second = b;

  if (get_rank (first) != get_rank (second))
    return get_rank (first) - get_rank (second);

  return first->index < second->index ? -1 : first->index > second->index;
}

static void
tell (Search *search, PosternPathEnd end)
{
  search->path.end = end;
  search->n_paths++;
  search->done = search->func (&search->path, search->user_data) || search->n_paths >= MAX_PATHS;
}

static void
append (Search *search, PosternCertificate *certificate, guint index, gboolean anchor)
{
  PosternPath *path = &search->path;
  PosternPathLink *link = &path->links[path->n_links];

  memset (link, 0, sizeof *link);
  link->certificate = certificate;
  link->anchor = anchor;
  for (guint i = 0; index == search->chain->len && i < search->chain->len; i++)
    if (postern_certificate_equal (g_ptr_array_index (search->chain, i), certificate))
      index = i;
  link->sent = index < search->chain->len;
  link->index = link->sent ? index : path->links[path->n_links - 1].index;
  path->n_links++;
}

static gboolean
is_self_signed (Search *search, PosternCertificate *certificate, PosternSignature *signature)
{
  X509 *x509 = postern_certificate_peek_x509 (certificate);

  return postern_certificate_is_self_issued (certificate) &&
         compare_key_id (x509, x509) != KEY_ID_OTHER &&
         get_signature (search, certificate, certificate, signature) &&
         (*signature != POSTERN_SIGNATURE_BAD || compare_key_id (x509, x509) == KEY_ID_SAME);
}

static void
walk (Search *search);

static void
follow (Search *search, PosternPathLink *child, GArray *candidates)
{
  g_array_sort (candidates, compare_candidates);

  for (guint i = 0; i < candidates->len && !search->done; i++)
    {
      const Candidate *candidate = &g_array_index (candidates, Candidate, i);

      child->signature = candidate->signature;
      child->other_key_id = candidate->other_key_id;
      append (search, candidate->certificate, candidate->index, candidate->anchor);
      if (candidate->anchor)
        tell (search, POSTERN_PATH_TRUSTED);
      else
        walk (search);
      search->path.n_links--;
    }
  child->signature = POSTERN_SIGNATURE_GOOD;
  child->other_key_id = FALSE;
}

/* The path goes on from its last link, which is not trusted as it is. */
static void
walk (Search *search)
{
  PosternPath *path = &search->path;
  PosternPathLink *last = &path->links[path->n_links - 1];
  g_autoptr(GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  Gathering gathering = { .child = last->certificate, .candidates = candidates };
  PosternSignature own = POSTERN_SIGNATURE_GOOD;
  gboolean self_signed;

  if (search->n_steps++ >= MAX_STEPS)
    {
      search->done = TRUE;
      return;
    }

  self_signed = is_self_signed (search, last->certificate, &own);
  if (path->n_links < G_N_ELEMENTS (path->links))
    gather (search, &gathering, !self_signed);
  path->namesake = gathering.namesake;

  if (candidates->len > 0)
    follow (search, last, candidates);
  else if (self_signed)
    {
      last->signature = own;
      tell (search, path->n_links == 1 ? POSTERN_PATH_SELF_SIGNED : POSTERN_PATH_UNKNOWN_ROOT);
      last->signature = POSTERN_SIGNATURE_GOOD;
    }
  else
    tell (search, gathering.ring ? POSTERN_PATH_RING : POSTERN_PATH_NO_ISSUER);
}

void
postern_path_search (GPtrArray *chain,
                     PosternTrustStore *store,
                     PosternPathFunc func,
                     gpointer user_data)
{
  Search search = { .chain = chain, .store = store, .func = func, .user_data = user_data };
  PosternCertificate *own = g_ptr_array_index (chain, 0);

  search.anchors = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  search.signatures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < MIN (chain->len, POSTERN_MAX_CHAIN); i++)
    search.trusted[i] =
      postern_trust_store_contains (store, postern_certificate_get_der (chain->pdata[i]));
  append (&search, own, 0, search.trusted[0]);
  if (search.trusted[0])
    tell (&search, POSTERN_PATH_TRUSTED);
  else
    walk (&search);

  g_hash_table_unref (search.signatures);
  g_hash_table_unref (search.anchors);
}

void
postern_path_copy (PosternPath *self, const PosternPath *other)
{
  postern_path_clear (self);
  *self = *other;
  for (guint i = 0; i < self->n_links; i++)
    g_object_ref (self->links[i].certificate);
}

void
postern_path_clear (PosternPath *self)
{
  for (guint i = 0; i < self->n_links; i++)
    g_clear_object (&self->links[i].certificate);
  self->n_links = 0;
}
