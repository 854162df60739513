/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "postern-cli-page.h"
#include "probe/postern-report.h"

G_BEGIN_DECLS

/* The verdict on the certificate, part by part, and the chain as a tree, each fault at the
 * certificate that has it. @verbose: with keys and fingerprints, and of a good chain, too. */
void postern_cli_chain_add (PosternCliPage *page,
                            PosternReport  *report,
                            gboolean        verbose);

G_END_DECLS
