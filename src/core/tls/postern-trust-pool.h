/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-tls-policy.h"
#include "tls/postern-ca-contents.h"

G_BEGIN_DECLS

/* Where a certificate comes from; one may come from several places. */
typedef enum
{
  POSTERN_ORIGIN_SENT    = 1 << 0,      /* by the server */
  POSTERN_ORIGIN_PROFILE = 1 << 1,      /* the CA file or folder of the settings: trusted */
  POSTERN_ORIGIN_SYSTEM  = 1 << 2,      /* the certificates of this computer: trusted */
  POSTERN_ORIGIN_GIVEN   = 1 << 3,      /* a file or folder for this purpose: not trusted */
} PosternOrigin;

typedef struct
{
  PosternCertificate *certificate;
  PosternOrigin       origins;
  char               *file;             /* that it was read from, or NULL */
} PosternPoolItem;

/**
 * PosternTrustPool:
 *
 * Certificates at hand, to complete a chain from. Nothing is fetched. Fill it in any order; each
 * certificate is in it once.
 */
typedef struct _PosternTrustPool PosternTrustPool;

PosternTrustPool *postern_trust_pool_new        (void);
PosternTrustPool *postern_trust_pool_ref        (PosternTrustPool        *self);
void              postern_trust_pool_unref      (PosternTrustPool        *self);
PosternPoolItem  *postern_trust_pool_add        (PosternTrustPool        *self,
                                                 PosternCertificate      *certificate,
                                                 PosternOrigin            origin,
                                                 const char              *file);
void              postern_trust_pool_add_contents (PosternTrustPool      *self,
                                                 const PosternCaContents *contents,
                                                 PosternOrigin            origin);
/* The certificates of this computer. Reads them, which takes some 20 ms. */
void              postern_trust_pool_add_system (PosternTrustPool        *self);
/* What the settings name: the CA file and the CA folder, as far as they can be read. */
void              postern_trust_pool_add_policy (PosternTrustPool        *self,
                                                 const PosternTlsPolicy  *policy);
/* (element-type utf8): lists of revoked certificates that lay beside those of the settings. */
GPtrArray        *postern_trust_pool_get_crls   (PosternTrustPool        *self);
/* (element-type GPtrArray of PosternPoolItem): every way upwards from @leaf, from it to where it
 * ends, at most 16 of them; the work is bounded. Items belong to the pool. */
GPtrArray        *postern_trust_pool_find_paths (PosternTrustPool        *self,
                                                 PosternPoolItem         *leaf);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTrustPool, postern_trust_pool_unref)

G_END_DECLS
