/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "tls/postern-chain.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_CHAIN_ROW (postern_chain_row_get_type ())
G_DECLARE_FINAL_TYPE (PosternChainRow, postern_chain_row, POSTERN, CHAIN_ROW, GtkListBoxRow)

/* A certificate at its place in the chain, with the titles of its faults. @trusted: the chain
 * ends at a trusted certificate. @now in seconds since the epoch. */
GtkWidget        *postern_chain_row_new      (PosternChainNode *node,
                                              gboolean          trusted,
                                              gint64            now);
PosternChainNode *postern_chain_row_get_node (PosternChainRow  *self);

G_END_DECLS
