/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-secret.h"
#include "model/postern-tls-pin.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_VERIFY_YES,       /* refuse on any fault of the certificate */
  POSTERN_VERIFY_IGNORE,    /* look, report, go on */
} PosternVerify;

typedef enum
{
  POSTERN_PEER_NAME_DNS,
  POSTERN_PEER_NAME_IP,
  POSTERN_PEER_NAME_URI,
  POSTERN_PEER_NAME_EMAIL,
} PosternPeerNameType;

typedef struct
{
  PosternPeerNameType  type;
  char                *name;
} PosternPeerName;

/**
 * PosternTlsPolicy:
 *
 * What a TLS option list, or a system's own switches, ask of the connection. A plain record,
 * filled by a runtime, read by the session; every file is an absolute path by now.
 *
 * `verify_name` is FALSE when the name check is off. `names` (element-type PosternPeerName) is
 * empty when the host itself is the name to find. `system_store` is TRUE when neither CA file nor
 * CA folder was given and the system's certificates decide.
 * `min_version` is 0x0301 to 0x0304 as on the wire, 0 for the default (TLS 1.2).
 *
 * `cipher_list` (OpenSSL's words) is about TLS 1.2 and below. `hashed_dir` is TRUE where a file in
 * the CA folder counts only under the hash of its subject, as OpenSSL looks for it.
 */
typedef struct
{
  PosternVerify  verify;
  gboolean       verify_name;
  GPtrArray     *names;
  gboolean       cn_fallback;           /* CN counts when no subjectAltName matched (Uniface) */
  gboolean       system_store;
  char          *ca_file;
  char          *ca_dir;
  gboolean       hashed_dir;
  char          *crl_file;
  char          *client_certificate;
  char          *client_key;
  PosternSecret *client_key_password;
  gboolean       key_locked;            /* by a password that is not here yet */
  PosternSecret *shared_key;
  guint16        min_version;
  char          *cipher_list;
  gboolean       renegotiation;
  PosternTlsPin *pin;                   /* an exception that the user made, or NULL */
} PosternTlsPolicy;

PosternTlsPolicy *postern_tls_policy_new        (void);
PosternTlsPolicy *postern_tls_policy_copy       (const PosternTlsPolicy *self);
void              postern_tls_policy_free       (PosternTlsPolicy    *self);
PosternPeerName  *postern_peer_name_new         (PosternPeerNameType  type,
                                                 const char          *name);
void              postern_peer_name_free        (PosternPeerName     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTlsPolicy, postern_tls_policy_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternPeerName, postern_peer_name_free)

G_END_DECLS
