/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-logon.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SMTP (postern_smtp_get_type ())
G_DECLARE_FINAL_TYPE (PosternSmtp, postern_smtp, POSTERN, SMTP, PosternLogon)

PosternMachine *postern_smtp_new (PosternPlan *plan);

G_END_DECLS
