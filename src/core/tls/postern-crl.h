/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <openssl/types.h>

G_BEGIN_DECLS

/* What lists of revoked certificates (RFC 5280, 5) say of one certificate. Each text is NULL where
 * there is nothing to tell. */
typedef struct
{
  char     *revoked;                    /* a sentence: when, and why */
  char     *expired;                    /* the date when a newer list was due */
  char     *invalid;                    /* a sentence: why a list cannot be used */
  gboolean  good;                       /* a list that counts now does not have it */
} PosternCrlVerdict;

/* Lists in PEM, beside other things, or one in DER. FALSE when there is one that cannot be read,
 * or none; @crls: appended to (element-type X509_CRL). */
gboolean    postern_crl_read         (GBytes            *bytes,
                                      GPtrArray         *crls);
GPtrArray  *postern_crl_list_new     (void);

/* @issuer: of @certificate, by its key; or NULL. @self is all zero before. */
void        postern_crl_judge        (PosternCrlVerdict *self,
                                      GPtrArray         *crls,
                                      X509              *certificate,
                                      X509              *issuer,
                                      gint64             now);
void        postern_crl_verdict_clear(PosternCrlVerdict *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternCrlVerdict, postern_crl_verdict_clear)

G_END_DECLS
