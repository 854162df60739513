/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-cert-fault.h"
#include "tls/postern-trust-pool.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_REPAIR_PROVEN,        /* with the bundle the chain verifies: it was tried */
  POSTERN_REPAIR_MISSING,       /* an issuer's certificate is nowhere at hand */
  POSTERN_REPAIR_UNTRUSTED,     /* the chain is whole, but nobody here trusts where it ends */
  POSTERN_REPAIR_FAULTS,        /* something else is wrong, which no bundle mends */
} PosternRepairState;

/* The certificate that is missing, as the one that it issued describes it. */
typedef struct
{
  char  *below;                 /* what the certificate is called that it issued */
  char  *issuer;                /* its subject, RFC 4514 */
  char  *key_id;                /* of its key, hexadecimal; or NULL */
  GStrv  ca_issuers;            /* where it can be had; shown, never fetched */
} PosternMissing;

/**
 * PosternTrustRepair:
 *
 * What would make a chain verify, found without any connection and proven by judging the chain as
 * sent again, with a store that holds the bundle and nothing else.
 *
 * `client_pem` is the file to name as `ca_certificate`: the root, and the certificates that the
 * server does not send. `server_pem` is what the server should send, its own certificate first,
 * without the root. Each is %NULL unless it is proven. Where `state` is UNTRUSTED only
 * `server_pem` can be there: it verifies for whoever trusts `root`.
 *
 * A root is trusted where the settings or this computer trust it, or on an explicit wish: the
 * SHA-256 of that very certificate.
 */
typedef struct
{
  PosternRepairState  state;
  GPtrArray          *path;     /* element-type PosternPoolItem, the server's own first */
  PosternPoolItem    *root;     /* the last of it, where that signed itself; or NULL */
  gboolean            wished;   /* it is trusted because of the wish alone */
  PosternMissing     *missing;  /* or NULL */
  GPtrArray          *faults;   /* element-type PosternCertFault: what would still refuse */
  char               *client_pem;
  char               *server_pem;
  PosternTrustPool   *pool;     /* holds what `path` points to */
} PosternTrustRepair;

/* @chain (element-type GBytes, DER) is what the server sent; @pool may be added to. @trust is the
 * SHA-256 of a root to trust, hexadecimal, or NULL. Verification is on, whatever @policy says; its
 * name check and its lists of revoked certificates count. */
PosternTrustRepair *postern_trust_repair_new      (GPtrArray                *chain,
                                                   const PosternTlsPolicy   *policy,
                                                   const char               *host,
                                                   PosternTrustPool         *pool,
                                                   const char               *trust,
                                                   gint64                    now);
/* What no certificate changes of the faults of a run (element-type PosternCertFault): that it was
 * revoked, by what the server stapled; a copy. And to be told of it: then nothing is proven. */
GPtrArray          *postern_trust_repair_find_lasting (GPtrArray            *faults);
void                postern_trust_repair_keep     (PosternTrustRepair       *self,
                                                   GPtrArray                *lasting);
void                postern_trust_repair_free     (PosternTrustRepair       *self);
/* Translated sentences: what the repair is, or why there is none. */
char               *postern_trust_repair_describe (const PosternTrustRepair *self);
/* “Name” (issued by …): the issuer's name, key and place of a missing certificate, in sentences. */
char               *postern_missing_describe      (const PosternMissing     *self);
/* What is missing above @certificate. */
PosternMissing     *postern_missing_new           (PosternCertificate       *certificate);
void                postern_missing_free          (PosternMissing           *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternMissing, postern_missing_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTrustRepair, postern_trust_repair_free)

G_END_DECLS
