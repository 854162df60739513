/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "diagnosis/postern-tls-verdict.h"

G_BEGIN_DECLS

/* The verdict on a chain by aspect: trust, name, time and so on, each with its icon. */
GtkWidget *postern_verdict_row_new (const PosternTlsVerdict *verdict);

G_END_DECLS
