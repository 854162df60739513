/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan.h"

#include "scan/postern-hello.h"
#include "scan/postern-scan-staple.h"

/* A server that shows another certificate each time is not followed further. */
#define MAX_CHAINS 8

static void
chain_free (PosternScanChain *self)
{
  g_ptr_array_unref (self->ders);
  g_ptr_array_unref (self->certificates);
  g_clear_pointer (&self->staple, postern_scan_staple_free);
  g_free (self);
}

void
postern_scan_result_free (PosternScanResult *self)
{
  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      g_array_unref (self->versions[i].suites);
      g_array_unref (self->versions[i].groups);
      g_array_unref (self->versions[i].signatures);
    }
  g_ptr_array_unref (self->chains);
  g_ptr_array_unref (self->troubles);
  g_free (self->address);
  g_free (self);
}

PosternScanResult *
postern_scan_result_new (void)
{
  PosternScanResult *self = g_new0 (PosternScanResult, 1);

  self->troubles = g_ptr_array_new_with_free_func (g_free);
  self->chains = g_ptr_array_new_with_free_func ((GDestroyNotify) chain_free);
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      self->versions[i].version = (guint16) (POSTERN_HELLO_1_0 + i);
      self->versions[i].suites = g_array_new (FALSE, FALSE, sizeof (guint16));
      self->versions[i].groups = g_array_new (FALSE, FALSE, sizeof (guint16));
      self->versions[i].signatures = g_array_new (FALSE, FALSE, sizeof (guint16));
    }
  return self;
}

const PosternScanVersion *
postern_scan_result_get_highest (const PosternScanResult *self)
{
  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    if (self->versions[i - 1].spoken)
      return &self->versions[i - 1];
  return NULL;
}

gboolean
postern_scan_has (const GArray *list, guint16 number)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, guint16, i) == number)
      return TRUE;
  return FALSE;
}

static PosternScanChain *
find_chain (PosternScanResult *self, GBytes *first)
{
  for (guint i = 0; i < self->chains->len; i++)
    {
      PosternScanChain *chain = g_ptr_array_index (self->chains, i);

      if (g_bytes_equal (g_ptr_array_index (chain->ders, 0), first))
        return chain;
    }
  return NULL;
}

static PosternScanChain *
chain_new (guint16 version, GPtrArray *ders)
{
  PosternScanChain *self = g_new0 (PosternScanChain, 1);

  self->version = version;
  self->ders = g_ptr_array_ref (ders);
  self->certificates = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < ders->len; i++)
    {
      PosternCertificate *certificate =
        postern_certificate_new_from_der (g_ptr_array_index (ders, i), NULL);

      if (certificate != NULL)
        g_ptr_array_add (self->certificates, certificate);
    }
  return self;
}

gboolean
postern_scan_result_add_chain (PosternScanResult *self,
                               guint16 version,
                               GPtrArray *ders,
                               GBytes *staple)
{
  PosternScanChain *chain;
  gboolean is_new;

  if (ders->len == 0)
    return FALSE;
  chain = find_chain (self, g_ptr_array_index (ders, 0));
  is_new = chain == NULL && self->chains->len < MAX_CHAINS;
  if (chain != NULL)
    chain->version = MAX (chain->version, version);
  if (is_new)
    {
      chain = chain_new (version, ders);
      g_ptr_array_add (self->chains, chain);
    }
  if (chain != NULL && chain->staple == NULL && staple != NULL)
    chain->staple = postern_scan_staple_new (staple);
  return is_new;
}
