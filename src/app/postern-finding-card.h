/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "model/postern-finding.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_FINDING_CARD (postern_finding_card_get_type ())
G_DECLARE_FINAL_TYPE (PosternFindingCard, postern_finding_card, POSTERN, FINDING_CARD, AdwBin)

/* What is wrong, why, and what to do: a remedy that can be made in the account is a button.
 * Signal: `apply-remedy` (its text, its change as GVariant). */
GtkWidget *postern_finding_card_new (PosternFinding *finding,
                                     gboolean        first);

G_END_DECLS
