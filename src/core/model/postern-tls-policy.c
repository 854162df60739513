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
  self->renegotiation = TRUE;
  self->names = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_peer_name_free);
  return self;
}

PosternTlsPolicy *
postern_tls_policy_copy (const PosternTlsPolicy *self)
{
  PosternTlsPolicy *copy = g_memdup2 (self, sizeof *self);

  copy->names = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_peer_name_free);
  for (guint i = 0; self->names != NULL && i < self->names->len; i++)
    {
      const PosternPeerName *name = g_ptr_array_index (self->names, i);

      g_ptr_array_add (copy->names, postern_peer_name_new (name->type, name->name));
    }
  copy->ca_file = g_strdup (self->ca_file);
  copy->ca_dir = g_strdup (self->ca_dir);
  copy->crl_file = g_strdup (self->crl_file);
  copy->client_certificate = g_strdup (self->client_certificate);
  copy->client_key = g_strdup (self->client_key);
  if (copy->client_key_password != NULL)
    postern_secret_ref (copy->client_key_password);
  if (copy->shared_key != NULL)
    postern_secret_ref (copy->shared_key);
  copy->cipher_list = g_strdup (self->cipher_list);
  if (copy->pin != NULL)
    copy->pin = postern_tls_pin_copy (self->pin);

  return copy;
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
  g_clear_pointer (&self->client_key_password, postern_secret_unref);
  g_clear_pointer (&self->shared_key, postern_secret_unref);
  g_free (self->cipher_list);
  postern_tls_pin_free (self->pin);
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
