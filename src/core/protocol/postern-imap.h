/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-logon.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_IMAP (postern_imap_get_type ())
G_DECLARE_FINAL_TYPE (PosternImap, postern_imap, POSTERN, IMAP, PosternLogon)

PosternMachine *postern_imap_new (PosternPlan *plan);

G_END_DECLS
