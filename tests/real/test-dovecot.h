/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-cell.h"

G_BEGIN_DECLS

/* Of Uniface, ended by one without a name. */
extern const RealCell dovecot_uniface_cells[];

G_END_DECLS
