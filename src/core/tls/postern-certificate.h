/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define POSTERN_TYPE_CERTIFICATE (postern_certificate_get_type ())
G_DECLARE_FINAL_TYPE (PosternCertificate, postern_certificate, POSTERN, CERTIFICATE, GObject)

/**
 * PosternCertificate:
 *
 * The contents of one X.509 certificate, read by GnuTLS, for showing and for the report.
 * Immutable. Properties: subject, issuer (RFC 4514), common-name, serial (hexadecimal),
 * not-before, not-after (GDateTime, UTC), dns-names, ip-addresses (GStrv), key ("RSA 2048"),
 * signature ("RSA-SHA256"), sha256, spki-sha256 (hexadecimal, lower case), pem, is-ca.
 */
PosternCertificate *postern_certificate_new_from_der    (GBytes             *der,
                                                         GError            **error);
GBytes             *postern_certificate_get_der         (PosternCertificate *self);
const char         *postern_certificate_get_subject     (PosternCertificate *self);
const char         *postern_certificate_get_common_name (PosternCertificate *self);
const char         *postern_certificate_get_issuer      (PosternCertificate *self);
const char         *postern_certificate_get_serial      (PosternCertificate *self);
GDateTime          *postern_certificate_get_not_before  (PosternCertificate *self);
GDateTime          *postern_certificate_get_not_after   (PosternCertificate *self);
const char *const  *postern_certificate_get_dns_names   (PosternCertificate *self);
const char *const  *postern_certificate_get_ip_addresses(PosternCertificate *self);
const char         *postern_certificate_get_key         (PosternCertificate *self);
const char         *postern_certificate_get_signature   (PosternCertificate *self);
const char         *postern_certificate_get_sha256      (PosternCertificate *self);
const char         *postern_certificate_get_spki_sha256 (PosternCertificate *self);
const char         *postern_certificate_get_pem         (PosternCertificate *self);
gboolean            postern_certificate_is_ca           (PosternCertificate *self);

G_END_DECLS
