/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gnutls/x509.h>
#include <openssl/x509v3.h>

#include "tls/postern-certificate.h"

G_BEGIN_DECLS

/* Of a longer one, a signature takes as long as a hundred others. */
#define POSTERN_MAX_RSA_EXPONENT_BITS 64

/* Takes whatever a server sent for a certificate, so that the chain keeps its length: what cannot
 * be read is without a name. */
PosternCertificate *postern_certificate_new_as_sent (GBytes             *der);
/* Why GnuTLS cannot read it, or NULL; its certificate is then empty. */
const char        *postern_certificate_get_problem  (PosternCertificate *self);
char              *postern_x509_name_to_text        (const X509_NAME    *name);
gnutls_x509_crt_t  postern_certificate_peek         (PosternCertificate *self);
/* What OpenSSL reads, which is told less tersely what stands in it; NULL where it cannot. */
X509              *postern_certificate_peek_x509    (PosternCertificate *self);
/* FALSE: it has no key that is known, or one that takes far longer than those that are used. */
gboolean            postern_x509_can_verify         (X509               *issuer);
gboolean            postern_x509_is_signed_by       (X509               *child,
                                                     X509               *issuer);
/* What to call it in a sentence: the common name, else the whole subject. */
const char        *postern_certificate_get_label    (PosternCertificate *self);
gboolean           postern_certificate_equal        (PosternCertificate *self,
                                                     PosternCertificate *other);
gboolean           postern_certificate_is_self_issued (PosternCertificate *self);

/* Calls @func for each subjectAltName, at most 10,000 of them, until it returns TRUE. A directory
 * name comes as text; of kinds that nobody compares there are no bytes. */
typedef gboolean (*PosternSanFunc) (gnutls_x509_subject_alt_name_t  type,
                                    const char                     *bytes,
                                    gsize                           length,
                                    gpointer                        user_data);

gboolean           postern_certificate_find_san     (PosternCertificate *self,
                                                     PosternSanFunc      func,
                                                     gpointer            user_data);
/* The first value of an attribute of the subject, or NULL. */
char              *postern_certificate_dup_subject_value (PosternCertificate *self,
                                                          int                 nid,
                                                          gsize              *length);

G_END_DECLS
