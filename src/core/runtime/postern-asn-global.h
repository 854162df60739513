/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The global assignment file of an installation, spec/uniface.md section 9.4. */

/**
 * postern_asn_find_global:
 * @usys_dir: (nullable): what `USYS:` stands for
 *
 * The specification does not say where `usys.asn` is. It is looked for in `USYS:`, then in
 * `USYSADM:` (inferred).
 *
 * Returns: (transfer full) (nullable): its path, or %NULL where there is none
 */
char     *postern_asn_find_global  (const char *usys_dir);
/* The file that a logon begins with: @local, else the global one; NULL where there is neither. */
char     *postern_asn_choose_file  (const char *local,
                                    const char *usys_dir);
/**
 * postern_asn_find_place:
 * @local: the account's assignment file, or empty
 *
 * Where a setting is to be changed: the local file, or the global one. One that is included is
 * left alone, for it may be in use elsewhere.
 *
 * Returns: (transfer full) (nullable): the path; %NULL with @error, which names the file to edit
 */
char     *postern_asn_find_place   (const char  *local,
                                    const char  *usys_dir,
                                    const char  *section,
                                    const char  *name,
                                    GError     **error);
/* Whether two names, through links too, are of one file. */
gboolean  postern_asn_is_same_file (const char *path,
                                    const char *other);

G_END_DECLS
