/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-plan.h"
#include "model/postern-redactor.h"
#include "protocol/postern-output.h"
#include "protocol/postern-preparation.h"

G_BEGIN_DECLS

/**
 * PosternSasl:
 *
 * One SASL exchange of a client (RFC 4422), for any protocol: mechanisms of GNU SASL, and
 * XOAUTH2, OAUTHBEARER (RFC 7628) and NTLM (MS-NLMP) written here.
 */
typedef struct _PosternSasl PosternSasl;

typedef enum
{
  POSTERN_SASL_CONTINUE,    /* send the response, then more may come */
  POSTERN_SASL_CANCEL,      /* the challenge cannot be answered: send "*"; detail tells why */
  POSTERN_SASL_FAILED,      /* nothing can be sent at all: credentials incomplete, no mechanism */
} PosternSaslResult;

/* What a choice depends on besides the credentials. */
typedef enum
{
  POSTERN_SASL_MAY_SHOW = 1 << 0,       /* under TLS, or the account allows clear text */
  POSTERN_SASL_HAS_BINDING = 1 << 1,    /* there is something to bind a -PLUS mechanism to */
  POSTERN_SASL_HAS_CERTIFICATE = 1 << 2,        /* the client shows a certificate */
} PosternSaslConditions;

/* The protocols' own ways to log on, named like mechanisms: USER and PASS of POP3, APOP, and
 * IMAP's LOGIN. The protocol does them; a PosternSasl never does. */
#define POSTERN_MECHANISM_USER  "USER"
#define POSTERN_MECHANISM_APOP  "APOP"
#define POSTERN_MECHANISM_LOGIN_COMMAND "LOGIN-COMMAND"

/* What keeps name and password of @step from being sent as they are, in a sentence; or NULL. */
const char        *postern_sasl_find_fault    (const PosternPlanStep *step);
gboolean           postern_sasl_is_native     (const char            *mechanism);
const char        *postern_sasl_choose        (const char *const     *offered,
                                               const PosternPlanStep *step,
                                               PosternSaslConditions  conditions,
                                               char                 **reason);
gboolean           postern_sasl_is_supported  (const char            *mechanism);
gboolean           postern_sasl_shows_password(const char            *mechanism);
/* Sentences on how a password outside ASCII becomes bytes with a mechanism, without showing any;
 * NULL where there is nothing to say. */
char              *postern_sasl_explain_encoding (const char         *mechanism,
                                               PosternSecret         *password);

PosternSasl       *postern_sasl_new           (const char            *mechanism,
                                               const PosternPlanStep *step,
                                               const char            *service,
                                               const char            *host,
                                               guint16                port,
                                               const PosternBindings *bindings);
/* What is to be fetched before the exchange begins, or NULL. */
PosternPreparation *postern_sasl_dup_preparation (PosternSasl        *self);
void               postern_sasl_free          (PosternSasl           *self);
const char        *postern_sasl_get_mechanism (PosternSasl           *self);
gboolean           postern_sasl_is_client_first (PosternSasl         *self);
gboolean           postern_sasl_is_deferred   (PosternSasl           *self);

/* The initial response, or the answer to a challenge in Base64 as it came on the wire. What is
 * appended to @output is Base64 and marked hidden where it must be. */
PosternSaslResult  postern_sasl_initial       (PosternSasl           *self,
                                               PosternOutput         *output);
PosternSaslResult  postern_sasl_step          (PosternSasl           *self,
                                               const char            *challenge,
                                               gsize                  length,
                                               PosternOutput         *output);
/* The server says that the exchange succeeded: has it proved what the mechanism makes it prove? */
gboolean           postern_sasl_is_complete   (PosternSasl           *self);
gboolean           postern_sasl_is_refuted    (PosternSasl           *self);
gboolean           postern_sasl_proves_server (PosternSasl           *self);
/* A sentence on the last CANCEL or FAILED, or NULL. */
const char        *postern_sasl_get_detail    (PosternSasl           *self);
/* The decoded JSON of an OAuth refusal, without secrets, or NULL. */
const char        *postern_sasl_get_oauth_error (PosternSasl         *self);
/* What the exchange learned that a driver tells of itself, "NAME=value" each; never NULL. */
GStrv              postern_sasl_dup_items     (PosternSasl           *self);
/* Adds every derived form that this exchange made (responses) to what is looked for in replies. */
void               postern_sasl_set_redactor  (PosternSasl           *self,
                                               PosternRedactor       *redactor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternSasl, postern_sasl_free)

G_END_DECLS
