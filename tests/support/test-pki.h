/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <gnutls/x509.h>

G_BEGIN_DECLS

/* What a certificate says; zero is the plain case: an EC key, valid since yesterday for a year,
 * no authority. */
typedef struct
{
  const char *cn;
  const char *dns;                      /* names, separated by blanks */
  const char *ip;                       /* addresses, separated by blanks */
  const char *email;
  const char *uri;
  int         from_days;                /* from now; both 0: -1 and 365 */
  int         to_days;
  gboolean    ca;
  int         below;                    /* authorities allowed below it, plus 1; 0: any number */
  guint       usage;                    /* 0: not in it */
  const char *purpose;                  /* an OID */
  const char *permitted_dns;            /* a name constraint */
  const char *ca_issuers;               /* a URI */
  gboolean    no_ids;                   /* of its key, and of its issuer's */
  guint       rsa_bits;                 /* 0: an EC key */
  gboolean    must_staple;              /* RFC 7633 */
  gnutls_digest_algorithm_t digest;     /* 0: SHA-256 */
} TestCertSpec;

typedef struct
{
  gnutls_x509_crt_t     crt;
  gnutls_x509_privkey_t key;
} TestCert;

/* @issuer: NULL for one that signs itself. @key: NULL for a new key, else that of this one. */
TestCert *test_cert_new     (const TestCertSpec *spec,
                             TestCert           *issuer,
                             TestCert           *key);
void      test_cert_free    (TestCert           *self);
GBytes   *test_cert_der     (TestCert           *self);
char     *test_cert_key_pem (TestCert           *self);
/* Of any number of certificates, NULL at the end. */
char     *test_cert_pem     (TestCert           *first,
                             ...) G_GNUC_NULL_TERMINATED;
/* A list of revoked certificates, with this one on it, in PEM. */
char     *test_cert_revoke  (TestCert           *issuer,
                             TestCert           *revoked);
/* A new file with these contents, in the folder for temporary files; the caller removes it. */
char     *test_write_file   (const char         *contents);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestCert, test_cert_free)

G_END_DECLS
