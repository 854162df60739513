/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <gnutls/x509.h>
#include <openssl/x509.h>

#include "model/postern-tls-policy.h"

G_BEGIN_DECLS

/* One trusted certificate. Of the many of a system few are ever looked at, and reading one takes
 * OpenSSL its time; so it is read when it is asked for. */
typedef struct
{
  GBytes *der;
  X509   *x509;                         /* NULL: not read yet */
} PosternAnchor;

/* NULL where it cannot be read. */
X509              *postern_anchor_peek_x509        (PosternAnchor            *self);

/* What a policy trusts, read from its files: certificates, and lists of revoked ones. */
typedef struct
{
  GPtrArray                *anchors;    /* element-type PosternAnchor */
  GHashTable               *by_name;    /* hash of a subject to anchors, a GPtrArray: a name may
                                         * have several */
  GPtrArray                *crls;       /* element-type X509_CRL */
} PosternTrustStore;

/* A regular file of at most 16 MiB. Opening a pipe or a device never waits. */
GBytes            *postern_trust_read_file         (const char               *path,
                                                    GError                  **error);
/* Lets go of what a file of a key held, of which there is one reference, and wipes it. */
void               postern_trust_wipe_bytes        (GBytes                   *bytes);
PosternTrustStore *postern_trust_store_new         (const PosternTlsPolicy   *policy,
                                                    GError                  **error);
/* Holds these and nothing else: certificates and lists of revoked ones (element-type GBytes, DER;
 * @crls may be NULL). NULL where one of them cannot be read. */
PosternTrustStore *postern_trust_store_new_from_ders (GPtrArray              *certificates,
                                                    GPtrArray                *crls,
                                                    GError                  **error);
/* As @policy says, but with the authorities, and the lists beside them, that @bundle holds in PEM
 * in place of those that @policy names. */
PosternTrustStore *postern_trust_store_new_with_bundle (const PosternTlsPolicy *policy,
                                                    GBytes                   *bundle,
                                                    GError                  **error);
void               postern_trust_store_free        (PosternTrustStore        *self);
gboolean           postern_trust_store_contains    (PosternTrustStore        *self,
                                                    GBytes                   *der);
/* Those with this subject, compared as RFC 5280 has it; NULL: none (element-type PosternAnchor). */
GPtrArray         *postern_trust_store_find        (PosternTrustStore        *self,
                                                    const X509_NAME          *subject);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTrustStore, postern_trust_store_free)

G_END_DECLS
