/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-servers.h"

G_BEGIN_DECLS

/* Doors of Dovecot and Postfix that do different things in TLS: see the configurations. */
extern const RealSite site_scan;

G_END_DECLS
