/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-asn.h"

G_BEGIN_DECLS

/* What [FILES] makes of a name. */

/* What "*" stands for in @name when @pattern matches it, in any case; NULL where it does not. */
char *postern_asn_match_pattern (const char *pattern,
                                 const char *name);
/* Where [FILES] has a file, or NULL where it does not say. */
char *postern_asn_redirect      (PosternAsn *self,
                                 const char *name);

G_END_DECLS
