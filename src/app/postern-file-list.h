/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-asn-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_FILE_LIST (postern_file_list_get_type ())
G_DECLARE_FINAL_TYPE (PosternFileList, postern_file_list, POSTERN, FILE_LIST, AdwBin)

/* The assignment files that are open, as a list of the sidebar, which is there while there are
 * some. Signals: `chosen` (a PosternAsnItem): the user picked it, `closed` (a PosternAsnItem): it is
 * no longer in the list. */

/* The item of the file, a new one or the one that is open already; owned by the list. */
PosternAsnItem *postern_file_list_open        (PosternFileList  *self,
                                               const char       *path,
                                               const char       *usys_dir,
                                               GError          **error);
/* Marks it as the one that is shown; %NULL for none. */
void            postern_file_list_select      (PosternFileList  *self,
                                               PosternAsnItem   *item);
/* Asks for a file, and opens it; `chosen` follows. */
void            postern_file_list_choose      (PosternFileList  *self,
                                               const char       *usys_dir);
/* Saves; where somebody else changed the file, asks what is to become of that. */
void            postern_file_list_save        (PosternFileList  *self,
                                               PosternAsnItem   *item);
/* Closes it, and asks first where something would be lost. Signal `closed` follows. */
void            postern_file_list_ask_close   (PosternFileList  *self,
                                               PosternAsnItem   *item);
/* One that has changes that are not saved, or %NULL. */
PosternAsnItem *postern_file_list_get_unsaved (PosternFileList  *self);
/* Reads anew what somebody else changed, where nothing would be lost; otherwise says so. */
void            postern_file_list_refresh     (PosternFileList  *self);

G_END_DECLS
