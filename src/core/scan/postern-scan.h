/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define POSTERN_SCAN_VERSIONS 4

typedef enum
{
  POSTERN_SCAN_ORDER_UNKNOWN, /* there are less than two suites, or no answer came */
  POSTERN_SCAN_ORDER_SERVER,  /* the server chooses */
  POSTERN_SCAN_ORDER_CLIENT,  /* it takes what the client likes best */
} PosternScanOrder;

typedef struct
{
  char           *host;
  guint16         port;
  PosternProtocol protocol;
  gboolean        starttls;
  guint           parallel;             /* connections at once; 0: 4 */
  guint           step_ms;              /* for each connection; 0: 5 s */
  guint           total_ms;             /* for all of it; 0: 60 s */
} PosternScanRequest;

/* The lists are of guint16, in the order in which the server chose. */
typedef struct
{
  guint16          version;
  gboolean         spoken;
  gboolean         looked;              /* FALSE: no answer tells */
  PosternScanOrder order;
  GArray          *suites;
  GArray          *groups;
  GArray          *signatures;
  /* Before TLS 1.3 alone, where they are not encrypted: */
  guint            dh_bits;
  char             alpn[32];
  gboolean         renegotiation;
  gboolean         tickets;
  gboolean         session_ids;
  gboolean         stapled;
  gboolean         extended_master_secret;
} PosternScanVersion;

typedef struct
{
  char               *address;
  PosternScanVersion  versions[POSTERN_SCAN_VERSIONS];
  guint               n_connections;
  gboolean            timed_out;        /* a limit ended it, or part of it */
  GPtrArray          *troubles;         /* texts: what could not be looked at, and why */
} PosternScanResult;

/**
 * postern_scan_async:
 * @request: copied
 *
 * Finds what a server does in TLS, with connections that end after its first flight. What is
 * listed is found by elimination: what the server chose is not offered the next time, until it
 * chooses nothing. So there are never more connections than numbers in `postern-tls-numbers.h`.
 */
void               postern_scan_async       (const PosternScanRequest *request,
                                             GCancellable             *cancellable,
                                             GAsyncReadyCallback       callback,
                                             gpointer                  user_data);
/* NULL where the server could not be reached, or where it was cancelled; what was found before a
 * time limit is a result. */
PosternScanResult *postern_scan_finish      (GAsyncResult             *result,
                                             GError                  **error);
void               postern_scan_result_free (PosternScanResult        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternScanResult, postern_scan_result_free)

G_END_DECLS
