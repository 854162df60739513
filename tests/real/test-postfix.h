/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-cell.h"

G_BEGIN_DECLS

/* The cells of each system, ended by one without a name. */
extern const RealCell generic_cells[];
extern const RealCell uniface_cells[];

/* A ProcScript file with every operation of SMTP. */
void upopmail_add (RealValues *values);

G_END_DECLS
