/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"
#include "tls/postern-certificate.h"

G_BEGIN_DECLS

/**
 * PosternCertFault:
 *
 * One thing that is wrong with a chain: a code of spec/findings.md (`cert.expired`), the aspect of
 * the verdict that it belongs to, the certificate it is about (index in the chain, 0 is the
 * server's own), and one translated sentence with the dates, names or numbers. `governed_by` is
 * the TLS option that decides about it.
 * `warning` faults never refuse a connection; `hidden` ones would, if the policy looked.
 *
 * `in_store` is TRUE where the certificate was not sent, but is the trusted one at the end of the
 * path; the index is then that of the certificate below it. The last three are set where a
 * certificate is missing: whose, the key that it must hold, and where it can be had.
 */
typedef struct
{
  const char        *code;
  PosternCertAspect  aspect;
  guint              certificate;
  gboolean           in_store;
  char              *text;
  const char        *governed_by;       /* "verify_server", "verify_server_name", … */
  gboolean           warning;
  gboolean           hidden;
  char              *missing_subject;   /* RFC 4514 */
  char              *missing_key_id;    /* hexadecimal, lower case; NULL: not known */
  char              *missing_uri;       /* NULL: the certificate does not say */
} PosternCertFault;

PosternCertFault *postern_cert_fault_new  (const char       *code,
                                           guint             certificate,
                                           const char       *governed_by,
                                           char             *text);
void              postern_cert_fault_free (PosternCertFault *self);
gboolean          postern_cert_fault_is_coverable (const PosternCertFault *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternCertFault, postern_cert_fault_free)

G_END_DECLS
