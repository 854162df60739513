/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "model/postern-tls-pin.h"
#include "tls/postern-certificate.h"

G_BEGIN_DECLS

typedef void (*PosternPinnedFunc) (GObject             *owner,
                                   const PosternTlsPin *pin);

/* Asks for how long an exception for @certificate at @host is to hold, and whether for it or for its key, the
 * fingerprint shown; @pinned is called if there is to be one, and @owner still lives. */
void postern_pin_dialog_ask (GtkWindow          *parent,
                             PosternCertificate *certificate,
                             const char         *host,
                             PosternPinnedFunc   pinned,
                             GObject            *owner);

G_END_DECLS
