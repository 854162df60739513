/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

GBytes *postern_message_new_test (const char *from,
                                  const char *to,
                                  const char *server);

G_END_DECLS
