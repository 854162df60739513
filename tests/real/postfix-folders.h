/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

G_BEGIN_DECLS

/* The folders of a Postfix below the value FOLDER: etc, data, queue. Sets the value POSTFIX, where
 * its daemons are. */
gboolean postfix_folders_make (RealValues  *values,
                               GError     **error);

G_END_DECLS
