/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-runtime.h"
#include "runtime/postern-uniface-drivers.h"

G_BEGIN_DECLS

/**
 * PosternRuntimeUniface:
 *
 * Uniface's UPOPMAIL, 10.4: SetSecurity for each driver of the account, then LogonSMTP or, for
 * POP3, LogonMail with its connection string. See spec/uniface.md.
 */
#define POSTERN_TYPE_RUNTIME_UNIFACE (postern_runtime_uniface_get_type ())
G_DECLARE_FINAL_TYPE (PosternRuntimeUniface, postern_runtime_uniface, POSTERN, RUNTIME_UNIFACE, GObject)

/* postern-uniface-native.c: the status of LogonSMTP, LogonMail or SetSecurity, sections 4.1, 6
 * and 8.2. */
PosternNative *postern_uniface_judge (PosternProtocol       protocol,
                                      PosternPlan          *plan,
                                      const PosternFailure *failure);

G_END_DECLS
