/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-ntlm-settings.h"
#include "model/postern-redactor.h"
#include "protocol/postern-ntlm-hash.h"

G_BEGIN_DECLS

/* The three messages of NTLM, MS-NLMP section 2.2.1. */

/* A user name, domain or workstation of more bytes cannot be sent. */
#define POSTERN_NTLM_MAX_TEXT 4095

#define POSTERN_NTLM_UNICODE        (1u << 0)
#define POSTERN_NTLM_OEM            (1u << 1)
#define POSTERN_NTLM_REQUEST_TARGET (1u << 2)
#define POSTERN_NTLM_NTLM           (1u << 9)
#define POSTERN_NTLM_HAS_DOMAIN     (1u << 12)
#define POSTERN_NTLM_HAS_WORKSTATION (1u << 13)
#define POSTERN_NTLM_ALWAYS_SIGN    (1u << 15)
#define POSTERN_NTLM_SESSION_SECURITY (1u << 19)
#define POSTERN_NTLM_TARGET_INFO    (1u << 23)

/**
 * PosternNtlmChallenge:
 *
 * The server's message, checked: nothing in it points outside of it. The names are UTF-8 that can
 * be shown, NULL where the server does not give them.
 */
typedef struct
{
  guint32   flags;
  guint8    challenge[POSTERN_NTLM_CHALLENGE_SIZE];
  gboolean  has_info;                   /* the server says that it tells of itself */
  GBytes   *info;                       /* as it came, with its end; or NULL */
  gboolean  has_time;
  guint64   time;                       /* in 100 ns since 1601 */
  char     *server;
  char     *domain;
  char     *dns_server;
  char     *dns_domain;
  char     *parent_dns_domain;
} PosternNtlmChallenge;

PosternNtlmChallenge *postern_ntlm_challenge_read (const char                 *bytes,
                                                   gsize                       length,
                                                   PosternRedactor            *redactor);
void                  postern_ntlm_challenge_free (PosternNtlmChallenge       *self);

/**
 * PosternNtlmAnswer:
 *
 * What the client's second message says: who logs on, and what is fresh in this exchange.
 */
typedef struct
{
  const PosternNtlmSettings *settings;
  PosternNtlmPolicy          policy;    /* as postern_ntlm_choose() says */
  const char                *user;
  PosternSecret             *password;
  guint8                     nonce[POSTERN_NTLM_CHALLENGE_SIZE];
  guint64                    time;      /* in 100 ns since 1601 */
} PosternNtlmAnswer;

GByteArray    *postern_ntlm_write_negotiate (const PosternNtlmSettings  *settings);
/* Which answer there is to this challenge; FALSE where the settings allow none. */
gboolean       postern_ntlm_choose          (const PosternNtlmSettings  *settings,
                                             const PosternNtlmChallenge *challenge,
                                             PosternNtlmPolicy          *policy);
gboolean       postern_ntlm_is_unicode      (const PosternNtlmSettings  *settings,
                                             const PosternNtlmChallenge *challenge);
/* NULL where a name is not in the OEM character set. What proves the password goes to @redactor. */
PosternSecret *postern_ntlm_write_answer    (const PosternNtlmAnswer    *answer,
                                             const PosternNtlmChallenge *challenge,
                                             PosternRedactor            *redactor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternNtlmChallenge, postern_ntlm_challenge_free)

G_END_DECLS
