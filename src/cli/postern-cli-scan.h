/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-plan.h"
#include "scan/postern-scan.h"

G_BEGIN_DECLS

/* A scan that has ended. */
typedef struct
{
  const PosternScanRequest *request;
  const PosternScanResult  *result;     /* or NULL */
  GPtrArray                *settings;   /* element-type PosternScanSetting, or NULL */
  GPtrArray                *weaknesses; /* element-type PosternFinding; never NULL */
  const char               *error;      /* why there is no result, or NULL */
  double                    seconds;
  int                       status;
} PosternCliScan;

/* postern-cli-scan-json.c */
char *postern_cli_scan_to_json (const PosternCliScan *scan);
/* postern-cli-scan-text.c; there is a result */
char *postern_cli_scan_to_text (const PosternCliScan *scan,
                                gboolean              colour);

G_END_DECLS
