/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-cert-advice.h"

#include <glib/gi18n.h>
#include <string.h>

/* Most of it is up to whoever runs the server. Never is it advice to look away. */
static const struct
{
  const char *code;
  const char *own;    /* of the server's own certificate */
  const char *others; /* of one above it; NULL: the same */
} advice[] = {
  { "cert.expired", N_ ("The server’s administrator has to install a renewed certificate."),
    N_ ("The server’s administrator has to install the certificate that the authority uses now "
        "in place of the one that has expired.") },
  { "cert.expires-soon", N_ ("The server’s administrator should renew the certificate."),
    N_ ("The server’s administrator should install the certificate that the authority uses by "
        "then.") },
  { "cert.not-yet-valid",
    N_ ("Wait until it is valid, or have the server’s administrator go back to the certificate "
        "before it."),
    NULL },
  { "cert.self-signed",
    N_ ("Get the certificate from the server’s administrator, check its fingerprint, and name it "
        "with the TLS option ca_certificate."),
    NULL },
  { "cert.untrusted-root",
    N_ ("Name the authority’s certificate with the TLS option ca_certificate, if it is one you "
        "trust."),
    NULL },
  { "cert.incomplete-chain",
    N_ ("The server’s administrator has to install the missing certificate of the authority."),
    NULL },
  { "cert.no-san",
    N_ ("The server’s administrator has to get a certificate with the name as a subject "
        "alternative name."),
    NULL },
  { "cert.wrong-purpose",
    N_ ("The server’s administrator has to get a certificate that is made for TLS servers: "
        "serverAuth in its extended key usage, digitalSignature in its key usage."),
    N_ ("The server’s administrator has to get a certificate from an authority that may issue them "
        "for TLS servers.") },
  { "cert.not-a-ca",
    N_ ("The server’s administrator has to get a certificate from one that may issue them."),
    NULL },
  { "cert.name-constraints",
    N_ ("The server’s administrator has to get a certificate from an authority that may issue them "
        "for this name."),
    NULL },
  { "cert.weak-key",
    N_ (
      "The server’s administrator has to make a new key, of at least 2,048 bits (RSA) or 256 bits "
      "(elliptic curve), and get a certificate for it."),
    N_ ("The server’s administrator has to get a certificate from an authority with a stronger "
        "key.") },
  { "cert.weak-signature",
    N_ ("The server’s administrator has to get a certificate that is signed with SHA-256 or "
        "better."),
    N_ ("The server’s administrator has to install the certificate of the authority that is signed "
        "with SHA-256 or better.") },
  { "cert.revoked",
    N_ ("The server’s administrator has to install a new certificate with a new key. Do not "
        "go around this: somebody else may have the old key."),
    N_ ("The server’s administrator has to get a certificate from another authority. Do not "
        "go around this: somebody else may have the key of this one.") },
  { "cert.bad-signature",
    N_ ("The server’s administrator has to install the certificate of the authority that issued "
        "it: another one of the same name may be there in its place."),
    NULL },
  { "cert.malformed",
    N_ ("The server’s administrator has to look at the files of certificates that the server "
        "sends."),
    NULL },
  { "cert.not-conforming",
    N_ ("The server’s administrator has to get a certificate that keeps to the standard "
        "(RFC 5280)."),
    NULL },
  { "cert.critical-extension",
    N_ ("The server’s administrator has to get a certificate without this condition."), NULL },
  { "cert.key-id-mismatch",
    N_ ("The server’s administrator has to install the certificate of the authority’s right key."),
    NULL },
  { "cert.chain-order",
    N_ ("The server’s administrator should let it send its own certificate first, after it each "
        "time the one that issued it, and nothing else."),
    NULL },
  { "cert.chain-too-long",
    N_ ("The server’s administrator has to let it send its own certificate and the "
        "intermediate ones alone."),
    NULL },
  { "cert.must-staple",
    N_ ("The server’s administrator has to switch OCSP stapling on, or get a certificate "
        "that does not demand it."),
    NULL },
  { "cert.staple-invalid",
    N_ ("The server’s administrator has to renew the response that is stapled, or switch "
        "OCSP stapling off."),
    NULL },
  { "cert.staple-stale",
    N_ ("The server’s administrator has to see why the server gets no newer OCSP response."),
    NULL },
  { "cert.pin-mismatch",
    N_ ("Ask the server’s administrator whether the certificate was changed. If it was, make a new "
        "exception; else somebody may be in between."),
    NULL },
  { "cert.clock", N_ ("Set the clock of this computer, best by a time server."), NULL },
  { "cert.intercepted",
    N_ ("Ask whoever runs this network or virus scanner to let connections to the mail server pass "
        "unopened."),
    NULL },
  { "cert.intercepted",
    N_ ("Where it is to read along, name the certificate of its authority with the TLS option "
        "ca_certificate."),
    NULL },
};

/* A warning about what is trusted already needs no second step. */
static gboolean
applies (PosternFinding *finding, guint index)
{
  gboolean warns = postern_finding_get_severity (finding) != POSTERN_SEVERITY_ERROR;
  gboolean again = index > 0 && strcmp (advice[index - 1].code, advice[index].code) == 0;

  return strcmp (advice[index].code, postern_finding_get_code (finding)) == 0 && !(warns && again);
}

void
postern_cert_advice_add (PosternFinding *finding)
{
  for (guint i = 0; i < G_N_ELEMENTS (advice); i++)
    {
      const char *text = advice[i].own;

      if (!applies (finding, i))
        continue;
      if (advice[i].others != NULL && postern_finding_get_certificate (finding) > 0)
        text = advice[i].others;
      postern_finding_add_remedy (finding, _ (text), NULL);
    }
}
