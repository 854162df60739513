/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-trust-repair.h"

G_BEGIN_DECLS

/**
 * PosternTrustAdvice:
 *
 * What can be done about a chain that nobody vouches for, with what is on this computer: the CA
 * file of the settings, and this computer's certificates.
 */
typedef struct
{
  PosternTrustRepair *repair;
  PosternCaContents  *contents;         /* of the CA file, else the CA folder; NULL: none is named */
  char               *needed_subject;   /* whose certificate is to be trusted, RFC 4514 */
  char               *needed_key_id;    /* hexadecimal, or NULL */
} PosternTrustAdvice;

/* Whether one of @faults (element-type PosternCertFault) is about who vouches for the chain. */
gboolean            postern_trust_advice_is_wanted (GPtrArray              *faults);
/* @chain: element-type PosternCertificate, as sent; @faults: of the run. The files are read in a
 * thread. */
void                postern_trust_advise_async     (GPtrArray              *chain,
                                                    GPtrArray              *faults,
                                                    const PosternTlsPolicy *policy,
                                                    const char             *host,
                                                    guint                   timeout_ms,
                                                    GCancellable           *cancellable,
                                                    GAsyncReadyCallback     callback,
                                                    gpointer                user_data);
/* NULL when it was cancelled, or took longer. */
PosternTrustAdvice *postern_trust_advise_finish    (GAsyncResult           *result);
/* The same, at once. */
PosternTrustAdvice *postern_trust_advise           (GPtrArray              *chain,
                                                    GPtrArray              *faults,
                                                    const PosternTlsPolicy *policy,
                                                    const char             *host,
                                                    PosternTrustPool       *pool,
                                                    gint64                  now);
void                postern_trust_advice_free      (PosternTrustAdvice     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTrustAdvice, postern_trust_advice_free)

G_END_DECLS
