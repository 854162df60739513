/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-account-item.h"
#include "postern-practice-account.h"
#include "postern-vault.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_APPLICATION (postern_application_get_type ())
G_DECLARE_FINAL_TYPE (PosternApplication, postern_application, POSTERN, APPLICATION, AdwApplication)

/* What lives as long as the program: the accounts and their items, the credentials, the practice
 * server, the state of the window. */
PosternApplication     *postern_application_new                 (void);
GListModel             *postern_application_get_items           (PosternApplication  *self);
PosternVault           *postern_application_get_vault           (PosternApplication  *self);
/* NULL where the schema is not installed. */
GSettings              *postern_application_get_settings        (PosternApplication  *self);
PosternAccountItem     *postern_application_add_account         (PosternApplication  *self,
                                                                 PosternAccount      *account,
                                                                 guint                position);
/* The item is lent to whoever wants to put the account back at @position. */
void                    postern_application_remove_account      (PosternApplication  *self,
                                                                 PosternAccountItem  *item,
                                                                 guint               *position);
/* Starts the practice server when there is none. */
PosternAccountItem     *postern_application_get_practice_item   (PosternApplication  *self,
                                                                 GError             **error);
PosternPracticeAccount *postern_application_get_practice        (PosternApplication  *self);
gboolean                postern_application_set_scenario        (PosternApplication  *self,
                                                                 guint                scenario,
                                                                 GError             **error);

G_END_DECLS
