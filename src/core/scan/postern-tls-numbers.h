/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint16     number;
  const char *name;
} PosternTlsNumber;

/* What a scan asks for, in the order in which it offers it. */
const PosternTlsNumber *postern_tls_suites     (gsize   *n);
const PosternTlsNumber *postern_tls_groups     (gsize   *n);
const PosternTlsNumber *postern_tls_signatures (gsize   *n);
/* Names as IANA has them, NULL for a number that is not among them. */
const char             *postern_tls_suite_name     (guint16  number);
const char             *postern_tls_group_name     (guint16  number);
const char             *postern_tls_signature_name (guint16  number);
const char             *postern_tls_version_name   (guint16  number);
/* Whether a suite is one of TLS 1.3, which earlier versions do not have. */
gboolean                postern_tls_suite_is_1_3   (guint16  number);

G_END_DECLS
