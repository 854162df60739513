/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <json-glib/json-glib.h>

#include "tls/postern-certificate.h"

G_BEGIN_DECLS

/* `trust inspect`, and what the other verbs share with it. */
int         postern_cli_trust_inspect         (const char         *path,
                                               gboolean            as_json);
const char *postern_cli_trust_name            (PosternCertificate *certificate);
void        postern_cli_trust_add_text        (JsonBuilder        *json,
                                               const char         *key,
                                               const char         *value);
void        postern_cli_trust_add_certificate (JsonBuilder        *json,
                                               PosternCertificate *certificate);
void        postern_cli_trust_print_json      (JsonBuilder        *json);

G_END_DECLS
