/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which answers NTLM gives to the server's challenge. */
typedef enum
{
  POSTERN_NTLM_STRONGEST,               /* NTLMv2, NTLM2 session or NTLM, as the server allows */
  POSTERN_NTLM_LM_V1,                   /* LM and NTLM */
  POSTERN_NTLM_LM_V2,                   /* LMv2 and NTLMv2 */
  POSTERN_NTLM_ALONE,                   /* NTLM, without LM */
  POSTERN_NTLM_SESSION,                 /* NTLM2 session security */
} PosternNtlmPolicy;

/**
 * PosternNtlmSettings:
 *
 * How a step of a plan uses NTLM; the parameters of Uniface's driver, spec/uniface.md section 7.2.
 * `fallback` is what POSTERN_NTLM_SESSION becomes where the server does not agree to it; itself
 * where there is none. With `deferred` the first message waits for the server to ask.
 */
typedef struct
{
  PosternNtlmPolicy  policy;
  PosternNtlmPolicy  fallback;
  gboolean           oem;               /* texts in the OEM character set, not in Unicode */
  gboolean           deferred;
  char              *domain;            /* or NULL */
  char              *workstation;       /* or NULL */
} PosternNtlmSettings;

PosternNtlmSettings *postern_ntlm_settings_new  (void);
PosternNtlmSettings *postern_ntlm_settings_copy (const PosternNtlmSettings *self);
void                 postern_ntlm_settings_free (PosternNtlmSettings       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternNtlmSettings, postern_ntlm_settings_free)

G_END_DECLS
