/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "scan/postern-scan.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_SCAN_SUITE (postern_scan_suite_get_type ())
G_DECLARE_FINAL_TYPE (PosternScanSuite, postern_scan_suite, POSTERN, SCAN_SUITE, GObject)

/* A line of the table of versions and suites: a suite, and at which place each version has it. */
const char *postern_scan_suite_get_name     (PosternScanSuite        *self);
/* What is weak about it, or NULL. */
const char *postern_scan_suite_get_weakness (PosternScanSuite        *self);
/* @version: an index of the result's. From 1 in the order in which the server chose; 0: it does not
 * do it there. */
guint       postern_scan_suite_get_place    (PosternScanSuite        *self,
                                             guint                    version);

/* A list of PosternScanSuite: those of the newest version first, as the server likes them. */
GListModel *postern_scan_table_new          (const PosternScanResult *result);
/* The whole result, for another program. */
char       *postern_scan_table_to_text      (const PosternScanResult *result,
                                             GListModel              *table);
/* "X25519, SECP256R1" */
char       *postern_scan_table_join         (const GArray            *numbers,
                                             const char            *(*name) (guint16 number));

G_END_DECLS
