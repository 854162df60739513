/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-failure.h"

G_BEGIN_DECLS

const char *postern_refusal_classify (const PosternFailure *failure);

G_END_DECLS
