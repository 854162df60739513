/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-tls-policy.h"

/**
 * postern_tls_policy_new:
 *
 * Returns: (transfer full): a policy that verifies everything against the system's certificates
 */
PosternTlsPolicy *
postern_tls_policy_new (void)
{
  PosternTlsPolicy *self = g_new0 (PosternTlsPolicy, 1);

  self->verify = POSTERN_VERIFY_YES;
  self->verify_name = TRUE;
  self->system_store = TRUE;
  self->names = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_peer_name_free);
  return self;
}

void
postern_tls_policy_free (PosternTlsPolicy *self)
{
  if (self == NULL)
    return;

  g_ptr_array_unref (self->names);
  g_free (self->ca_file);
  g_free (self->ca_dir);
  g_free (self->crl_file);
  g_free (self->client_certificate);
  g_free (self->client_key);
  g_free (self->cipher_list);
  g_free (self);
}

PosternPeerName *
postern_peer_name_new (PosternPeerNameType type, const char *name)
{
  PosternPeerName *self = g_new0 (PosternPeerName, 1);

  self->type = type;
  self->name = g_strdup (name);
  return self;
}

void
postern_peer_name_free (PosternPeerName *self)
{
  if (self == NULL)
    return;

  g_free (self->name);
  g_free (self);
}
