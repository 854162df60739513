/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <gssapi/gssapi.h>

G_BEGIN_DECLS

/**
 * PosternKerberos:
 *
 * One security context of Kerberos (GSS-API, RFC 4121) with a service that is named as Kerberos
 * names it: "SMTPSVC/mail.example.org@EXAMPLE.ORG". GNU SASL makes the name of the service itself,
 * and knows no other.
 */
typedef struct
{
  gss_ctx_id_t  context;
  gss_name_t    target;
  gss_cred_id_t credential;
  gboolean      established;
  char         *initiator;              /* "anna@EXAMPLE.ORG", once it is established */
  char         *reason;                 /* of the last failure, in the library's words; or NULL */
} PosternKerberos;

/* @user: whose tickets are used, "User@REALM" or "Domain\User"; NULL: the ones at hand. */
PosternKerberos *postern_kerberos_new      (const char       *service,
                                            const char       *user);
void             postern_kerberos_free     (PosternKerberos  *self);
/* One step: the server's token, NULL at first, for ours. FALSE with a reason. May ask the network
 * for a ticket, blocking, at the first step. */
gboolean         postern_kerberos_step     (PosternKerberos  *self,
                                            const char       *token,
                                            gsize             length,
                                            GByteArray       *answer);
gboolean         postern_kerberos_unwrap   (PosternKerberos  *self,
                                            const char       *bytes,
                                            gsize             length,
                                            GByteArray       *plain);
gboolean         postern_kerberos_wrap     (PosternKerberos  *self,
                                            const char       *bytes,
                                            gsize             length,
                                            GByteArray       *wrapped);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternKerberos, postern_kerberos_free)

G_END_DECLS
