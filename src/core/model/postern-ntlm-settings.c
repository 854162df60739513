/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-ntlm-settings.h"

PosternNtlmSettings *
postern_ntlm_settings_new (void)
{
  return g_new0 (PosternNtlmSettings, 1);
}

PosternNtlmSettings *
postern_ntlm_settings_copy (const PosternNtlmSettings *self)
{
  PosternNtlmSettings *copy = g_memdup2 (self, sizeof *self);

  copy->domain = g_strdup (self->domain);
  copy->workstation = g_strdup (self->workstation);
  return copy;
}

void
postern_ntlm_settings_free (PosternNtlmSettings *self)
{
  if (self == NULL)
    return;

  g_free (self->domain);
  g_free (self->workstation);
  g_free (self);
}
