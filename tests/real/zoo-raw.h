/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A server of one TLS session on 127.0.0.1 that sends any bytes for a certificate. */
typedef struct _ZooRaw ZooRaw;

/* @chain: in PEM, whatever is in it; @key: of the first one. */
ZooRaw *zoo_raw_new      (const char *chain,
                          const char *key);
guint   zoo_raw_get_port (ZooRaw     *self);
/* Waits for the session to end. */
void    zoo_raw_free     (ZooRaw     *self);

G_END_DECLS
