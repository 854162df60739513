/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-error.h"

GQuark
postern_error_quark (void)
{
  return g_quark_from_static_string ("postern-error-quark");
}
