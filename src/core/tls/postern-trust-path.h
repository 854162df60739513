/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-certificate.h"
#include "tls/postern-trust-store.h"

G_BEGIN_DECLS

/* A chain of more certificates than this is not looked at further. */
#define POSTERN_MAX_CHAIN 32
/* A chain that is larger than this is refused, as OpenSSL does. */
#define POSTERN_MAX_CHAIN_BYTES (100 * 1024)

typedef enum
{
  POSTERN_PATH_TRUSTED,         /* at a certificate of the store */
  POSTERN_PATH_SELF_SIGNED,     /* at the server's own certificate, which signed itself */
  POSTERN_PATH_UNKNOWN_ROOT,    /* at a self-signed certificate that is not in the store */
  POSTERN_PATH_NO_ISSUER,       /* nobody has the issuer's certificate */
  POSTERN_PATH_RING,            /* the certificates certify each other */
} PosternPathEnd;

typedef enum
{
  POSTERN_SIGNATURE_GOOD,
  POSTERN_SIGNATURE_BAD,
  POSTERN_SIGNATURE_UNKNOWN,    /* by an algorithm that cannot be computed here */
} PosternSignature;

typedef struct
{
  PosternCertificate *certificate;      /* readable by OpenSSL */
  guint               index;            /* in the chain; that of the one below for one not sent */
  gboolean            sent;
  gboolean            anchor;           /* trusted as it is */
  PosternSignature    signature;        /* on it, by the key of the next link */
  gboolean            other_key_id;     /* it names another key of its issuer than that one */
} PosternPathLink;

typedef struct
{
  PosternPathLink links[POSTERN_MAX_CHAIN + 1];
  guint           n_links;              /* from the server's own upwards */
  PosternPathEnd  end;
  gboolean        namesake;             /* the store has one with the last issuer's name, but with
                                         * another key */
} PosternPath;

/**
 * PosternPathFunc:
 *
 * Told of one path after the other, those first that promise most.
 *
 * Returns: TRUE where it is good enough, and no other is wanted
 */
typedef gboolean (*PosternPathFunc) (const PosternPath *path,
                                     gpointer           user_data);

/**
 * postern_path_search:
 * @chain: (element-type PosternCertificate): as sent, at most 32; the first can be read
 *
 * Follows the issuers from the first certificate of @chain, through what was sent in whatever order
 * and what @store holds, along every path: authorities renew their keys and certify each other, so
 * a name may have several certificates. A path ends at the first trusted certificate. There is an
 * end to it whatever was sent: the number of steps and of signatures that are computed is limited.
 */
void postern_path_search (GPtrArray         *chain,
                          PosternTrustStore *store,
                          PosternPathFunc    func,
                          gpointer           user_data);

/* Copies hold references, and are cleared. */
void postern_path_copy   (PosternPath       *self,
                          const PosternPath *other);
void postern_path_clear  (PosternPath       *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternPath, postern_path_clear)

G_END_DECLS
