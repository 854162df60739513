/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-logon.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_POP3 (postern_pop3_get_type ())
G_DECLARE_FINAL_TYPE (PosternPop3, postern_pop3, POSTERN, POP3, PosternLogon)

PosternMachine *postern_pop3_new (PosternPlan *plan);

G_END_DECLS
