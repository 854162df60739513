/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-driver.h"

G_BEGIN_DECLS

GPtrArray *postern_cli_drivers_take (int       *argc,
                                     char     **argv,
                                     gboolean  *secret_seen,
                                     GError   **error);

G_END_DECLS
