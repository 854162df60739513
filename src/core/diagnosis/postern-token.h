/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"
#include "model/postern-secret.h"

G_BEGIN_DECLS

const char *postern_token_examine (PosternSecret    *token,
                                   PosternProtocol   protocol,
                                   const char       *user,
                                   gint64            now,
                                   char            **reason);

G_END_DECLS
