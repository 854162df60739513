/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-sasl.h"

#include <gsasl.h>

G_BEGIN_DECLS

/* A challenge of more bytes, in Base64, is not looked at. */
#define POSTERN_SASL_MAX_CHALLENGE 65536

/* An exchange of more challenges goes nowhere. */
#define POSTERN_SASL_MAX_STEPS 16

/**
 * PosternSaslFamily:
 * @start: looks at the credentials; FAILED with a detail when they do not do
 * @respond: the raw answer to a raw challenge, NULL for the initial response. Sets
 *   `self->complete` when the mechanism has all it asks for.
 * @finish: (nullable): releases and wipes what the family keeps
 * @dup_items: (nullable): what postern_sasl_dup_items() gives
 */
typedef struct
{
  PosternSaslResult (*start)   (PosternSasl    *self);
  PosternSaslResult (*respond) (PosternSasl    *self,
                                const char     *challenge,
                                gsize           length,
                                PosternSecret **response);
  void              (*finish)  (PosternSasl    *self);
  GStrv             (*dup_items) (PosternSasl  *self);
} PosternSaslFamily;

struct _PosternSasl
{
  const PosternSaslFamily *family;
  char                    *mechanism;
  char                    *user;
  PosternSecret           *password;
  PosternSecret           *token;
  char                    *service;
  char                    *host;
  guint16                  port;
  PosternRedactor         *redactor;
  PosternBindings          bindings;

  gboolean                 failed;      /* at the start: nothing can be sent */
  gboolean                 complete;
  gboolean                 refuted;     /* the server could not prove that it knows the password */
  gboolean                 is_public;   /* the response at hand is not worth looking for */
  gboolean                 resent;
  guint                    n_steps;
  PosternSecret           *first;       /* the initial response in Base64 */
  char                    *detail;
  char                    *oauth_error;
  PosternNtlmSettings     *ntlm;        /* of the plan, or NULL */
  PosternSspi             *sspi;        /* of the plan, or NULL */
  gboolean                 deferred;    /* the initial response waits for the server to ask */
  guint                    stage;       /* the family's own */
  gpointer                 state;       /* the family's own */
  Gsasl_session           *session;
};

extern const PosternSaslFamily postern_sasl_gsasl_family;
extern const PosternSaslFamily postern_sasl_oauth_family;
extern const PosternSaslFamily postern_sasl_ntlm_family;
extern const PosternSaslFamily postern_sasl_kerberos_family;

gboolean           postern_sasl_gsasl_supports (const char        *mechanism);
gboolean           postern_sasl_oauth_supports (const char        *mechanism);

/* Sets the detail and returns @result. */
PosternSaslResult  postern_sasl_give_up        (PosternSasl       *self,
                                                PosternSaslResult  result,
                                                const char        *detail);

char              *postern_sasl_decode         (const char        *text,
                                                gsize              length,
                                                gsize             *length_out);
char              *postern_sasl_read_oauth_error (PosternRedactor *redactor,
                                                const char        *json,
                                                gsize              length);

G_END_DECLS
