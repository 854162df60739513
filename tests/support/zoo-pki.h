/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is wrong with a certificate that no authority would write so. */
typedef enum
{
  ZOO_WHOLE,
  ZOO_SIGNATURE,                        /* one bit of it is another one */
  ZOO_ALGORITHM,                        /* inside it says SHA-256, outside SHA-384 */
  ZOO_TRAILING,                         /* a byte more than its length says */
  ZOO_CUT,                              /* its last byte is missing */
  ZOO_GARBAGE,                          /* nothing of it is DER */
} ZooDamage;

/* A certificate; zero is the plain case: P-256, valid since yesterday for a year. "%h" in a text
 * is the host that is asked for. */
typedef struct
{
  const char *name;                     /* how others name it */
  const char *subject;                  /* "CN=…/O=…", may be empty */
  const char *issuer;                   /* the name of the one that signs; NULL: it does */
  const char *extensions;               /* lines as in a configuration file of OpenSSL */
  const char *key;                      /* "rsa1024", "exponent1", "dsa", a curve, "ed25519";
                                           "=name": that one's */
  const char *digest;                   /* NULL: SHA-256; "PSS": the same, as RSA-PSS has it */
  const char *serial;                   /* hexadecimal, with a minus; NULL: counted */
  int         from;                     /* days from now; both 0: -1 and 365 */
  int         to;
  gboolean    version_1;
  ZooDamage   damage;
} ZooSpec;

/**
 * ZooChain:
 *
 * A server's certificate, what is sent with it, and what is to be said of it.
 *
 * `send`, `trust` and `crl` are names, separated by blanks; "leaf" is this chain's own, and
 * "name*9" stands for it nine times. In `crl`, "signer:revoked" is a list.
 *
 * `staple` is what is said of it by "issuing", as zoo_staple() has it.
 *
 * `faults` is the exact set, "code:index" each, the first cause at the start; a tilde marks a
 * warning, which never refuses. NULL: none.
 */
typedef struct
{
  const char *name;
  ZooSpec     leaf;                     /* subject NULL: "CN=%h"; issuer NULL: "issuing" */
  const char *host;                     /* NULL: name.zoo.test */
  const char *send;                     /* NULL: "leaf issuing" */
  const char *trust;                    /* NULL: "root" */
  const char *crl;
  int         crl_to;                   /* days from now; 0: 1 */
  const char *staple;                   /* "good", "revoked", "stale" …; "other": of another one */
  const char *faults;
  const char *found;                    /* the set in a report, where that knows more */
  const char *stricter;                 /* why it is refused though OpenSSL and GnuTLS take it */
  const char *milder;                   /* why it is taken though both refuse it */
  const char *not_served;               /* why no server can send it */
  gboolean    raw;                      /* nobody but one who sends any bytes */
  const char *not_by;                   /* servers that read what they send, and will not */
} ZooChain;

/* The table; an entry without a name ends it. */
extern const ZooSpec  zoo_authorities[];
extern const ZooChain zoo_chains[];

/* All the certificates of the table, made anew. */
typedef struct _ZooPki ZooPki;

ZooPki    *zoo_pki_new       (void);
void       zoo_pki_free      (ZooPki         *self);
char      *zoo_chain_host    (const ZooChain *chain);
/* Element-type GBytes, as the server sends them. */
GPtrArray *zoo_pki_ders      (ZooPki         *self,
                              const ZooChain *chain);
/* This one with @n_changed bytes changed at random, in what is signed, and signed anew: what an
 * authority would issue that has lost its mind. */
GBytes    *zoo_pki_mutate    (ZooPki         *self,
                              const char     *name,
                              const char     *issuer,
                              guint           n_changed);
/* In PEM: the same; the key; what is trusted; the lists of revoked ones, or NULL. */
char      *zoo_pki_chain_pem (ZooPki         *self,
                              const ZooChain *chain);
char      *zoo_pki_key_pem   (ZooPki         *self,
                              const ZooChain *chain);
char      *zoo_pki_trust_pem (ZooPki         *self,
                              const ZooChain *chain);
char      *zoo_pki_crl_pem   (ZooPki         *self,
                              const ZooChain *chain);
/* What the server staples, or NULL. */
GBytes    *zoo_pki_staple    (ZooPki         *self,
                              const ZooChain *chain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ZooPki, zoo_pki_free)

G_END_DECLS
