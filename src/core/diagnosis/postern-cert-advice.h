/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-finding.h"

G_BEGIN_DECLS

/* Adds who can mend what is wrong with a certificate, and how, after what is known to help. */
void postern_cert_advice_add (PosternFinding *finding);

G_END_DECLS
