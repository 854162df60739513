/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gmime/gmime.h>

G_BEGIN_DECLS

void    postern_message_init     (void);
GBytes *postern_message_to_bytes (GMimeMessage *message);
GBytes *postern_message_new_test (const char *from,
                                  const char *to,
                                  const char *server);

G_END_DECLS
