/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "tls/postern-certificate.h"

G_BEGIN_DECLS

typedef void (*PosternTrustedFunc) (GObject    *owner,
                                    const char *sha256);

/* Asks whether @root is to be trusted, its fingerprint shown; @trusted is called if so, and @owner
 * still lives. */
void postern_trust_dialog_ask (GtkWindow          *parent,
                               PosternCertificate *root,
                               PosternTrustedFunc  trusted,
                               GObject            *owner);
/* A SHA-256 in groups that can be read out, four lines of them. */
GtkWidget *postern_trust_dialog_create_fingerprint (const char *hexadecimal);

G_END_DECLS
