/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-account.h"

G_BEGIN_DECLS

char     *postern_command_line_new              (PosternAccount *account);
gboolean  postern_command_line_hides_shared_key (PosternAccount *account);

G_END_DECLS
