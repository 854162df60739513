/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-chain.h"

#include "tls/postern-certificate-private.h"
#include "tls/postern-printable.h"

struct _PosternChainNode
{
  GObject parent_instance;

  PosternNodeKind kind;
  PosternCertificate *certificate;
  char *label;
  guint level;
  guint position;
  GPtrArray *faults; /* element-type PosternCertFault; borrowed from @all_faults */
  GPtrArray *all_faults;
};

G_DEFINE_FINAL_TYPE (PosternChainNode, postern_chain_node, G_TYPE_OBJECT)

static void
postern_chain_node_finalize (GObject *object)
{
  PosternChainNode *self = POSTERN_CHAIN_NODE (object);

  g_clear_object (&self->certificate);
  g_clear_pointer (&self->label, g_free);
  g_clear_pointer (&self->faults, g_ptr_array_unref);
  g_clear_pointer (&self->all_faults, g_ptr_array_unref);

  G_OBJECT_CLASS (postern_chain_node_parent_class)->finalize (object);
}

static void
postern_chain_node_class_init (PosternChainNodeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_chain_node_finalize;
}

static void
postern_chain_node_init (PosternChainNode *self)
{
  self->faults = g_ptr_array_new ();
}

typedef struct
{
  GPtrArray *chain;
  GPtrArray *faults;
  GListStore *nodes;
  GHashTable *placed; /* positions that are in the list, from 1 */
} List;

/* Which of the chain that is not in the list yet equals @certificate, from 1; 0: none. */
static guint
find_position (const List *list, PosternCertificate *certificate)
{
  for (guint i = 0; i < list->chain->len; i++)
    if (!g_hash_table_contains (list->placed, GUINT_TO_POINTER (i + 1)) &&
        postern_certificate_equal (g_ptr_array_index (list->chain, i), certificate))
      return i + 1;

  return 0;
}

/* Whether @fault is about the certificate at @position, or, where that is 0, about one that was not
 * sent: it is about the trusted one at the end of the path then. */
static gboolean
is_about (const PosternCertFault *fault, guint position, gboolean top)
{
  if (position == 0 || fault->in_store)
    return position == 0 && fault->in_store && top;
  return fault->certificate == position - 1;
}

static PosternChainNode *
append_node (List *list, PosternNodeKind kind, const char *label, guint level)
{
  PosternChainNode *node = g_object_new (POSTERN_TYPE_CHAIN_NODE, NULL);

  node->kind = kind;
  node->label = g_strdup (label);
  node->level = level;
  g_list_store_append (list->nodes, node);
  g_object_unref (node);
  return node;
}

static void
append_certificate (
  List *list, PosternNodeKind kind, PosternCertificate *certificate, guint position, guint level)
{
  PosternChainNode *node =
    append_node (list, kind, postern_certificate_get_label (certificate), level);

  node->certificate = g_object_ref (certificate);
  node->position = position;
  if (position > 0)
    g_hash_table_add (list->placed, GUINT_TO_POINTER (position));
  node->all_faults = g_ptr_array_ref (list->faults);
  for (guint i = 0; i < list->faults->len; i++)
    {
      PosternCertFault *fault = g_ptr_array_index (list->faults, i);

      if (is_about (fault, position, level == 0))
        g_ptr_array_add (node->faults, fault);
    }
}

/* Whether somebody signed @last, the last of the path, whose certificate nobody has. */
static gboolean
is_issuer_missing (const List *list, PosternCertificate *last)
{
  if (postern_certificate_is_self_issued (last) || find_position (list, last) == 0)
    return FALSE;

  for (guint i = 0; i < list->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (list->faults, i);

      if (fault->missing_subject != NULL || g_str_equal (fault->code, "cert.incomplete-chain") ||
          g_str_equal (fault->code, "cert.untrusted-root"))
        return TRUE;
    }
  return FALSE;
}

static char *
dup_issuer_label (PosternCertificate *certificate)
{
  char name[256];
  size_t size = sizeof name;

  if (gnutls_x509_crt_get_issuer_dn_by_oid (postern_certificate_peek (certificate),
                                            GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) < 0)
    return g_strdup (postern_certificate_get_issuer (certificate));
  return postern_printable (name, size);
}

static void
append_path (List *list, GPtrArray *path)
{
  guint level = 0;

  if (is_issuer_missing (list, g_ptr_array_index (path, path->len - 1)))
    {
      g_autofree char *label = dup_issuer_label (g_ptr_array_index (path, path->len - 1));

      append_node (list, POSTERN_NODE_MISSING, label, level++);
    }
  for (guint i = path->len; i > 0; i--)
    {
      PosternCertificate *certificate = g_ptr_array_index (path, i - 1);
      guint position = find_position (list, certificate);

      append_certificate (list, position > 0 ? POSTERN_NODE_SENT : POSTERN_NODE_STORE, certificate,
                          position, level++);
    }
}

/**
 * postern_chain_list_nodes:
 * @chain: (element-type PosternCertificate): as the server sent it
 * @path: (nullable) (element-type PosternCertificate): from the server's own certificate upwards,
 *   with those that the server did not send
 * @faults: (element-type PosternCertFault): what is wrong
 *
 * The chain as a tree: each certificate stands below the one that signed it, and each that was sent
 * is in it once, whether it is of use or not.
 *
 * Returns: (transfer full): a list of #PosternChainNode
 */
GListModel *
postern_chain_list_nodes (GPtrArray *chain, GPtrArray *path, GPtrArray *faults)
{
  g_autoptr(GListStore) nodes = g_list_store_new (POSTERN_TYPE_CHAIN_NODE);
  g_autoptr(GHashTable) placed = g_hash_table_new (NULL, NULL);
  List list = { chain, faults, nodes, placed };

  g_return_val_if_fail (chain != NULL && faults != NULL, NULL);

  if (path != NULL && path->len > 0)
    append_path (&list, path);
  for (guint i = 0; i < chain->len; i++)
    if (!g_hash_table_contains (placed, GUINT_TO_POINTER (i + 1)))
      append_certificate (&list, POSTERN_NODE_BESIDE, g_ptr_array_index (chain, i), i + 1, 0);

  return G_LIST_MODEL (g_steal_pointer (&nodes));
}

PosternNodeKind
postern_chain_node_get_kind (PosternChainNode *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_NODE (self), POSTERN_NODE_SENT);

  return self->kind;
}

PosternCertificate *
postern_chain_node_get_certificate (PosternChainNode *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_NODE (self), NULL);

  return self->certificate;
}

const char *
postern_chain_node_get_label (PosternChainNode *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_NODE (self), NULL);

  return self->label;
}

guint
postern_chain_node_get_level (PosternChainNode *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_NODE (self), 0);

  return self->level;
}

guint
postern_chain_node_get_position (PosternChainNode *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_NODE (self), 0);

  return self->position;
}

gboolean
postern_chain_node_is_root (PosternChainNode *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_NODE (self), FALSE);

  return self->certificate != NULL && postern_certificate_is_self_issued (self->certificate);
}

GPtrArray *
postern_chain_node_get_faults (PosternChainNode *self)
{
  g_return_val_if_fail (POSTERN_IS_CHAIN_NODE (self), NULL);

  return self->faults;
}
