/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-cert-fault.h"
#include "tls/postern-certificate-private.h"
#include "tls/postern-trust-path.h"

G_BEGIN_DECLS

/* One look at a chain, along one path. */
typedef struct
{
  GPtrArray              *chain;        /* element-type PosternCertificate */
  GPtrArray              *faults;       /* element-type PosternCertFault */
  const PosternPath      *path;
  PosternTrustStore      *store;
  const PosternTlsPolicy *policy;
  const char             *host;
  gint64                  now;
  guint                   n_sent;       /* may be more than there are in @chain */
  char                   *matched_name;
  guint64                 n_work;       /* so far, along all paths */
} PosternLook;

/* @link: what the fault is about; NULL for the server's own certificate. @text is taken. */
PosternCertFault *postern_look_add         (PosternLook           *look,
                                            const char            *code,
                                            const PosternPathLink *link,
                                            const char            *governed_by,
                                            char                  *text);
PosternCertFault *postern_look_warn        (PosternLook           *look,
                                            const char            *code,
                                            const PosternPathLink *link,
                                            const char            *governed_by,
                                            char                  *text);
/* Whether @fault, an error, still does not refuse the chain by the policy. */
gboolean          postern_look_is_softened (const PosternLook      *look,
                                            const PosternCertFault *fault);
/* Whether any refuses it. */
gboolean          postern_look_has_errors  (const PosternLook     *look);
/* What takes long where somebody wants it to is counted, in bytes or what takes as long as one.
 * FALSE: it is too much for one chain, and no further path is looked at. */
gboolean          postern_look_spend       (PosternLook           *look,
                                            guint64                work);
const char       *postern_look_get_label   (const PosternPathLink *link);
/* The bits of KU_…, all of them where the certificate does not say. */
guint32           postern_look_get_key_usage (X509               *x509);
/* "1.2.3.4 (name of it)", where it has a name. */
char             *postern_look_oid_to_text (const ASN1_OBJECT     *object);

/* A file each; all but the last group look at the path alone. */
void postern_look_at_end         (PosternLook *look);   /* where it ends, and why there */
void postern_look_at_signatures  (PosternLook *look);
void postern_look_at_dates       (PosternLook *look);
void postern_look_at_authorities (PosternLook *look);   /* who may issue certificates */
void postern_look_at_purpose     (PosternLook *look);
void postern_look_at_constraints (PosternLook *look);   /* for which names */
void postern_look_at_strength    (PosternLook *look);
void postern_look_at_form        (PosternLook *look);
void postern_look_at_policies    (PosternLook *look);

void postern_look_at_name        (PosternLook *look);
void postern_look_at_order       (PosternLook *look);
void postern_look_beside         (PosternLook *look);   /* at what is not part of the path */
void postern_look_at_others      (PosternLook *look);   /* what GnuTLS and OpenSSL say */

G_END_DECLS
