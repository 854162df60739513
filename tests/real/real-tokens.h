/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

G_BEGIN_DECLS

/* JSON Web Tokens for the value USER, signed with the value TOKEN_KEY, as the values TOKEN,
 * EXPIRED_TOKEN, OTHER_SCOPE_TOKEN, OTHER_ISSUER_TOKEN, OTHER_USER_TOKEN and FORGED_TOKEN, each wrong in the one thing that it is named for. */
void     real_tokens_make        (RealValues  *values);
/* What Dovecot needs to validate them, in this folder: "oauth2.conf" and keys. */
gboolean real_tokens_write_keys  (RealValues  *values,
                                  const char  *folder,
                                  GError     **error);

G_END_DECLS
