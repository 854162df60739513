/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-cert-fault.h"

G_BEGIN_DECLS

/* Where a certificate of the chain comes from. */
typedef enum
{
  POSTERN_NODE_SENT,            /* by the server, and part of the path */
  POSTERN_NODE_STORE,           /* by nobody: found among the trusted certificates */
  POSTERN_NODE_MISSING,         /* by nobody, and found nowhere: only its name is known */
  POSTERN_NODE_BESIDE,          /* by the server, and part of no path */
} PosternNodeKind;

#define POSTERN_TYPE_CHAIN_NODE (postern_chain_node_get_type ())
G_DECLARE_FINAL_TYPE (PosternChainNode, postern_chain_node, POSTERN, CHAIN_NODE, GObject)

/**
 * PosternChainNode:
 *
 * A certificate at its place in the chain, as people read one: the root first, each below the one
 * that signed it, the server's own last; then what was sent and belongs to none of these. Immutable.
 */
PosternNodeKind     postern_chain_node_get_kind        (PosternChainNode *self);
/* NULL where it is missing. */
PosternCertificate *postern_chain_node_get_certificate (PosternChainNode *self);
/* What to call it: the common name, else the whole subject. */
const char         *postern_chain_node_get_label       (PosternChainNode *self);
/* 0 for the one at the top. */
guint               postern_chain_node_get_level       (PosternChainNode *self);
/* Which one it was of those that the server sent, from 1; 0: it was not sent. */
guint               postern_chain_node_get_position    (PosternChainNode *self);
gboolean            postern_chain_node_is_root         (PosternChainNode *self);
/* Of those about this certificate; element-type PosternCertFault. */
GPtrArray          *postern_chain_node_get_faults      (PosternChainNode *self);

/* @path may be NULL. The model is a list of PosternChainNode. */
GListModel         *postern_chain_list_nodes           (GPtrArray        *chain,
                                                        GPtrArray        *path,
                                                        GPtrArray        *faults);

G_END_DECLS
