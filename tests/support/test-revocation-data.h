/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "test-pki.h"

G_BEGIN_DECLS

/* What a stapled response says; zero is a good one, by the issuer, from yesterday until tomorrow. */
typedef struct
{
  TestCert *signer;                     /* NULL: the issuer */
  TestCert *about;                      /* NULL: the certificate */
  int       status;                     /* V_OCSP_CERTSTATUS_…, 0 is good */
  int       from_days;                  /* both 0: -1 and 1 */
  int       to_days;
  gboolean  endless;                    /* it does not say until when it counts */
  gboolean  no_certificate;             /* that of the signer is not with it */
  gboolean  by_key;                     /* the signer is named by the key */
  gboolean  other_key;                  /* of somebody else made the signature */
  int       response;                   /* OCSP_RESPONSE_STATUS_…, 0 is successful */
} TestStapleSpec;

GBytes *test_staple_new (TestCert             *issuer,
                         TestCert             *certificate,
                         const TestStapleSpec *spec);

/* What a list of revoked certificates says; zero is an empty one, from yesterday until tomorrow. */
typedef struct
{
  TestCert   *revoked;
  TestCert   *key;                      /* NULL: of the issuer */
  int         from_days;                /* both 0: -1 and 1 */
  int         to_days;
  int         reason;                   /* CRL_REASON_…; 0: none */
  const char *scope;                    /* of issuingDistributionPoint, as OpenSSL writes it */
  gboolean    strange;                  /* it has a critical extension that nobody knows */
  gboolean    der;
} TestCrlSpec;

GBytes *test_crl_new    (TestCert             *issuer,
                         const TestCrlSpec    *spec);

G_END_DECLS
