/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

G_BEGIN_DECLS

/* Makes, in the folder that the value FOLDER names, all that the two servers and the tests read:
 * certificates, configuration, queue, password file, assignment files. Sets the values CA and
 * OTHER_CA (files) and TOKEN, EXPIRED_TOKEN. Needs the ports, USER, PASSWORD and TOKEN_KEY. */
gboolean real_config_write (RealValues  *values,
                            GError     **error);
/* The folder in which Postfix keeps its daemons, or NULL. */
char    *real_config_find_postfix (void);

G_END_DECLS
