/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "postern-asn-item.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_ASN_OPTIONS (postern_asn_options_get_type ())
G_DECLARE_FINAL_TYPE (PosternAsnOptions, postern_asn_options, POSTERN, ASN_OPTIONS, AdwBin)

/* The TLS options of one profile, each as a control of its own kind; what is wrong with one stands
 * below it. A control shows the document and changes it; it has no value of its own. */

/* @section and @name: the setting that has the options, %NULL for none. */
void postern_asn_options_set_profile (PosternAsnOptions *self,
                                      PosternAsnItem    *item,
                                      const char        *section,
                                      const char        *name);

G_END_DECLS
