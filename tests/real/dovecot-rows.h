/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-matrix.h"

G_BEGIN_DECLS

/* What Dovecot makes of every mechanism, by itself and for Postfix. */
extern const RealRow dovecot_rows[];
/* What it makes of certificates itself. */
extern const RealRow dovecot_certificate_rows[];

G_END_DECLS
