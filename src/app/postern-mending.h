/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "postern-account-item.h"
#include "tls/postern-trust-repair.h"

G_BEGIN_DECLS

/* Finds out in a thread what would mend the chain of @report, see #PosternTrustRepair. @trust: the
 * SHA-256 of a root that the user trusts, or NULL. */
void                postern_mending_find_async  (PosternReport        *report,
                                                 const char           *trust,
                                                 GCancellable         *cancellable,
                                                 GAsyncReadyCallback   callback,
                                                 gpointer              user_data);
/* NULL where it was cancelled. */
PosternTrustRepair *postern_mending_find_finish (GAsyncResult         *result,
                                                 GError              **error);

/* Where the CA file of an account is named: in the account itself, or, where @file is not NULL, in a
 * setting of an assignment file. */
typedef struct
{
  char *file;
  char *section;
  char *name;
} PosternMendingPlace;

/* NULL with @error where the setting is in a file that is not to be changed from here. */
PosternMendingPlace *postern_mending_place_new  (PosternAccountItem   *item,
                                                 GError              **error);
void                 postern_mending_place_free (PosternMendingPlace  *self);
/* Writes @pem next to the assignment file, or into the user's folder for configuration; the path
 * of the new file, or NULL with @error. */
char                *postern_mending_write      (PosternAccountItem         *item,
                                                 const PosternMendingPlace  *place,
                                                 const char                 *pem,
                                                 GError                    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternMendingPlace, postern_mending_place_free)

G_END_DECLS
