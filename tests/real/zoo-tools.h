/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

G_BEGIN_DECLS

/* Adds a test of each chain as "openssl s_server" and as gnutls-serv serve it. */
void zoo_tools_add (RealValues *values);

G_END_DECLS
