/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"
#include "postern-practice-account.h"
#include "postern-vault.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SETTINGS_VIEW (postern_settings_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternSettingsView, postern_settings_view, POSTERN, SETTINGS_VIEW, AdwBin)

/* The account as a form; its widgets and the account's properties are bound to each other.
 * Signal: `scenario` (the index of a practice scenario was chosen). */
void           postern_settings_view_set_vault        (PosternSettingsView    *self,
                                                       PosternVault           *vault);
void           postern_settings_view_set_item         (PosternSettingsView    *self,
                                                       PosternAccountItem     *item);
void           postern_settings_view_set_practice     (PosternSettingsView    *self,
                                                       PosternPracticeAccount *practice);
void           postern_settings_view_focus_connection (PosternSettingsView    *self);
/* What stands in the password and token rows, NULL for nothing. */
PosternSecret *postern_settings_view_dup_password     (PosternSettingsView    *self);
PosternSecret *postern_settings_view_dup_token        (PosternSettingsView    *self);
gboolean       postern_settings_view_get_remember     (PosternSettingsView    *self);

G_END_DECLS
