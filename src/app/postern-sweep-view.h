/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "probe/postern-sweep.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SWEEP_VIEW (postern_sweep_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternSweepView, postern_sweep_view, POSTERN, SWEEP_VIEW, AdwBin)

/* A table of the mechanisms that a server offers, with what came of each. */
void postern_sweep_view_set_sweep (PosternSweepView *self,
                                   PosternSweep     *sweep);

G_END_DECLS
