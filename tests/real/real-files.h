/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

#include <sys/types.h>

G_BEGIN_DECLS

/* What a site is made of, below the value FOLDER. What is below "home" belongs to the user that
 * the servers run as (the values SERVER_USER, SERVER_GROUP and HOME), all else to us. Texts are
 * written with the values in place of their names. */

/* Decides on the user, who is nobody special when we are root, and makes the folder "home". */
gboolean real_files_init          (RealValues  *values,
                                   GError     **error);
void     real_files_get_user      (uid_t       *user,
                                   gid_t       *group);
gboolean real_files_make_folder   (RealValues  *values,
                                   const char  *name,
                                   uid_t        user,
                                   gid_t        group,
                                   mode_t       mode,
                                   GError     **error);
gboolean real_files_write         (RealValues  *values,
                                   const char  *name,
                                   const char  *text,
                                   GError     **error);
/* The file of this name among the sources of the tests, into "home". */
gboolean real_files_install       (RealValues  *values,
                                   const char  *name,
                                   GError     **error);

G_END_DECLS
