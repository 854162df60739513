/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <gnutls/x509.h>

#include "model/postern-tls-policy.h"

G_BEGIN_DECLS

/* What a policy trusts, read from its files: certificates, and lists of revoked ones. */
typedef struct
{
  gnutls_x509_trust_list_t  list;
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
                                                    gnutls_x509_crt_t         crt);
/* A copy, or NULL. */
gnutls_x509_crt_t  postern_trust_store_find_issuer (PosternTrustStore        *self,
                                                    gnutls_x509_crt_t         crt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTrustStore, postern_trust_store_free)

G_END_DECLS
