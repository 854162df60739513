/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gnutls/x509.h>

#include "tls/postern-certificate.h"

G_BEGIN_DECLS

gnutls_x509_crt_t  postern_certificate_peek         (PosternCertificate *self);
/* What to call it in a sentence: the common name, else the whole subject. */
const char        *postern_certificate_get_label    (PosternCertificate *self);
gboolean           postern_certificate_equal        (PosternCertificate *self,
                                                     PosternCertificate *other);
gboolean           postern_certificate_is_self_issued (PosternCertificate *self);

/* Calls @func for each subjectAltName, at most 1,000 of them, until it returns TRUE. */
typedef gboolean (*PosternSanFunc) (gnutls_x509_subject_alt_name_t  type,
                                    const char                     *bytes,
                                    gsize                           length,
                                    gpointer                        user_data);

gboolean           postern_certificate_find_san     (PosternCertificate *self,
                                                     PosternSanFunc      func,
                                                     gpointer            user_data);
/* The first value of an attribute of the subject, or NULL. */
char              *postern_certificate_dup_subject_value (PosternCertificate *self,
                                                          const char         *oid,
                                                          gsize              *length);

G_END_DECLS
