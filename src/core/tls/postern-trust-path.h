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
  POSTERN_PATH_OTHER_KEY,       /* the store has the issuer's name, with another key */
  POSTERN_PATH_SELF_SIGNED,     /* at the server's own certificate, which signed itself */
  POSTERN_PATH_UNKNOWN_ROOT,    /* at a self-signed certificate that is not in the store */
  POSTERN_PATH_NO_ISSUER,       /* nobody has the issuer's certificate */
  POSTERN_PATH_RING,            /* the certificates certify each other */
} PosternPathEnd;

typedef struct
{
  PosternCertificate *certificate;
  guint               index;            /* in the chain; that of the last one sent for an anchor */
  gboolean            anchor;           /* trusted as it is */
} PosternPathLink;

typedef struct
{
  PosternPathLink links[POSTERN_MAX_CHAIN + 1];
  guint           n_links;              /* from the server's own upwards */
  PosternPathEnd  end;
  gboolean        in_order;             /* the server sent them in this order */
} PosternPath;

/* Follows the issuers from the first certificate of @chain to the end: each certificate is used
 * once, so that a ring ends. */
void postern_path_build (PosternPath       *self,
                         GPtrArray         *chain,
                         PosternTrustStore *store);
void postern_path_clear (PosternPath       *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternPath, postern_path_clear)

G_END_DECLS
