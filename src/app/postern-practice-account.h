/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-account.h"
#include "practice/postern-practice.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_PRACTICE_ACCOUNT (postern_practice_account_get_type ())
G_DECLARE_FINAL_TYPE (PosternPracticeAccount, postern_practice_account, POSTERN, PRACTICE_ACCOUNT, GObject)

/* A practice server within this process, and an account that is ready for it. Choosing another
 * scenario starts another server and points the account to it. Nothing of it is saved.
 *
 * Property scenario (uint, notify): the index in postern_practice_list_scenarios(). */
PosternPracticeAccount *postern_practice_account_new           (GError                 **error);
PosternAccount         *postern_practice_account_get_account   (PosternPracticeAccount  *self);
guint                   postern_practice_account_get_scenario  (PosternPracticeAccount  *self);
gboolean                postern_practice_account_set_scenario  (PosternPracticeAccount  *self,
                                                                guint                    scenario,
                                                                GError                 **error);

G_END_DECLS
