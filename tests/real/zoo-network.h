/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A network that nobody else is in, with nothing but loopback: for a program that listens at every
 * address it finds. What this thread starts between entering and leaving is in it. */
typedef struct _ZooNetwork ZooNetwork;

/* NULL where that takes a right we do not have. */
ZooNetwork *zoo_network_new   (void);
void        zoo_network_enter (ZooNetwork *self);
void        zoo_network_leave (ZooNetwork *self);

G_END_DECLS
