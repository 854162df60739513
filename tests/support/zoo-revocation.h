/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <openssl/x509.h>

G_BEGIN_DECLS

/* A certificate and its key. */
typedef struct
{
  X509     *certificate;
  EVP_PKEY *key;
} ZooSigner;

/* A list of @revoked, in PEM, due to be renewed in @to days. */
char   *zoo_crl_pem (const ZooSigner *signer,
                     X509            *revoked,
                     int              to);
/* What a responder says of @about, which @issuer issued. @kind: "good", "revoked", "unknown";
 * "stale", which was good until yesterday; "forged", good and signed by @stranger. */
GBytes *zoo_staple  (const char      *kind,
                     X509            *about,
                     const ZooSigner *issuer,
                     const ZooSigner *stranger);

G_END_DECLS
