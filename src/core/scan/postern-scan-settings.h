/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-plan.h"
#include "scan/postern-scan.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_SCAN_HOLDS,
  POSTERN_SCAN_WARNS,                   /* works, and something is to be known about it */
  POSTERN_SCAN_FAILS,
  POSTERN_SCAN_OPEN,                    /* the scan does not tell */
} PosternScanVerdict;

/* What one setting of an account comes to with a server. */
typedef struct
{
  char               *option;           /* "min_tls_version", …: a TLS option, or "tls" */
  char               *value;            /* as it takes effect */
  PosternScanVerdict  verdict;
  char               *code;             /* the finding that a logon would have, or NULL */
  char               *text;             /* one translated sentence */
  GArray             *common;           /* of guint16: the suites that both do; or NULL */
  GArray             *missing;          /* the suites of the account that the server does not do */
} PosternScanSetting;

/**
 * postern_scan_check_settings:
 * @plan: how the account logs on
 * @now: in seconds since the epoch
 *
 * Holds an account's settings for TLS against what a server was found to do: the versions, the
 * cipher suites one by one, the certificates by the policy's own verdict. Reads the files that
 * the settings name; makes no connection.
 *
 * Returns: (transfer full) (element-type PosternScanSetting): in the order in which a logon would
 *   meet them
 */
GPtrArray *postern_scan_check_settings (const PosternScanResult *result,
                                        const PosternPlan       *plan,
                                        gint64                   now);
void       postern_scan_setting_free   (PosternScanSetting      *self);

G_END_DECLS
