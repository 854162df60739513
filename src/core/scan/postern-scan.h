/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"
#include "tls/postern-certificate.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define POSTERN_SCAN_VERSIONS 4

typedef enum
{
  POSTERN_SCAN_UNKNOWN,                 /* no answer tells */
  POSTERN_SCAN_NO,
  POSTERN_SCAN_YES,
} PosternScanAnswer;

typedef enum
{
  POSTERN_SCAN_ORDER_UNKNOWN, /* there are less than two suites, or no answer came */
  POSTERN_SCAN_ORDER_SERVER,  /* the server chooses */
  POSTERN_SCAN_ORDER_CLIENT,  /* it takes what the client likes best */
} PosternScanOrder;

typedef struct PosternScanResult PosternScanResult;

/* @so_far: what was found by now, to be looked at and not kept */
typedef void (*PosternScanProgressFunc) (const PosternScanResult *so_far,
                                         gpointer                 user_data);

typedef struct
{
  char                    *host;
  guint16                  port;
  PosternProtocol          protocol;
  gboolean                 starttls;
  guint                    parallel;    /* connections at once; 0: 4 */
  guint                    step_ms;     /* for each connection; 0: 5 s */
  guint                    total_ms;    /* for all of it; 0: 60 s */
  char                    *ehlo_name;   /* for SMTP with STARTTLS; NULL: our address */
  PosternFamily            family;
  gboolean                 prefer_ipv4; /* IPv4 before IPv6, one after the other */
  char                    *connect_host; /* where to connect instead, or NULL */
  guint16                  connect_port; /* 0: port */
  PosternScanProgressFunc  progress;    /* after each connection; or NULL */
  gpointer                 progress_data;
} PosternScanRequest;

/* The lists are of guint16, in the order in which the server chose; the signatures of TLS 1.3 in
 * that of `postern-tls-numbers.h`. */
typedef struct
{
  guint16           version;
  gboolean          spoken;
  gboolean          looked;             /* FALSE: no answer tells */
  gboolean          complete;           /* the list of suites is whole */
  PosternScanOrder  order;
  GArray           *suites;
  GArray           *groups;
  GArray           *signatures;
  guint             dh_bits;            /* the smallest; 0: unknown. Before TLS 1.3 alone, as the next */
  gboolean          renegotiation;      /* RFC 5746 */
  gboolean          extended_master_secret;
  gboolean          heartbeat;
  char              alpn[32];           /* empty: none chosen */
  /* What a handshake that was finished tells, and another that resumes its session: */
  PosternScanAnswer finished;
  PosternScanAnswer stapled;
  PosternScanAnswer resumes_id;         /* before TLS 1.3 alone */
  PosternScanAnswer resumes_ticket;     /* in TLS 1.3: by a pre-shared key */
} PosternScanVersion;

/* An OCSP response that came with a certificate: see postern-scan-staple.h for what it says. */
typedef struct
{
  GBytes    *response;
  GDateTime *this_update;               /* or NULL */
  GDateTime *next_update;               /* or NULL */
} PosternScanStaple;

/* A chain of the server: there may be one for each kind of key. */
typedef struct
{
  guint16            version;           /* in which it was sent */
  GPtrArray         *ders;              /* element-type GBytes, as sent */
  GPtrArray         *certificates;      /* element-type PosternCertificate: those that can be read */
  PosternScanStaple *staple;            /* or NULL */
} PosternScanChain;

struct PosternScanResult
{
  char               *address;
  PosternScanVersion  versions[POSTERN_SCAN_VERSIONS];
  GPtrArray          *chains;           /* element-type PosternScanChain; the first is what a
                                         * client gets that asks for nothing special */
  PosternScanAnswer   name_matters;     /* without SNI another certificate comes, or none */
  PosternScanAnswer   certificate_asked; /* of the client */
  PosternScanAnswer   certificate_required;
  guint               n_connections;
  guint               n_left;           /* connections that are known to come */
  gboolean            limited;          /* the server began to turn connections away */
  gboolean            timed_out;        /* a limit ended it, or part of it */
  gboolean            cancelled;
  GPtrArray          *troubles;         /* texts: what could not be looked at, and why */
};

/**
 * postern_scan_async:
 * @request: copied
 *
 * Finds what a server does in TLS. What is listed is found by elimination, with connections that
 * end after the server's first flight: what it chose is not offered the next time, until it
 * chooses nothing. What TLS encrypts, and whether sessions are resumed, is found with handshakes
 * that are finished. So there are never more connections than numbers in `postern-tls-numbers.h`,
 * and some thirty. A server that begins to turn connections away is asked more slowly.
 */
void               postern_scan_async       (const PosternScanRequest *request,
                                             GCancellable             *cancellable,
                                             GAsyncReadyCallback       callback,
                                             gpointer                  user_data);
/* NULL where the server could not be reached; what was found before a time limit, or before it was
 * cancelled, is a result. */
PosternScanResult *postern_scan_finish      (GAsyncResult             *result,
                                             GError                  **error);

/* postern-scan-result.c */
PosternScanResult *postern_scan_result_new  (void);
void               postern_scan_result_free (PosternScanResult        *self);
/* NULL where none is spoken. */
const PosternScanVersion *postern_scan_result_get_highest (const PosternScanResult *self);
gboolean           postern_scan_has         (const GArray             *list,
                                             guint16                   number);
/* Keeps a chain, and looks at the response stapled to it (or NULL). Returns whether it is new. */
gboolean           postern_scan_result_add_chain (PosternScanResult   *self,
                                                  guint16              version,
                                                  GPtrArray           *ders,
                                                  GBytes              *staple);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternScanResult, postern_scan_result_free)

G_END_DECLS
