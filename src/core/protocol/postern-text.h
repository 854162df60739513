/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-redactor.h"

G_BEGIN_DECLS

char *postern_text_show (PosternRedactor *redactor,
                         const char      *bytes,
                         gsize            length);

G_END_DECLS
