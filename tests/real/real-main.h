/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-servers.h"

G_BEGIN_DECLS

/* The main() of a test of @site; @add is to add its tests. */
int real_main (const RealSite  *site,
               void           (*add) (RealValues *values),
               int              argc,
               char           **argv);

G_END_DECLS
