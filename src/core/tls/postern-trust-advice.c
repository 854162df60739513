/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-advice.h"

#include "tls/postern-certificate-private.h"

#include <gio/gio.h>
#include <string.h>

void
postern_trust_advice_free (PosternTrustAdvice *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->repair, postern_trust_repair_free);
  g_clear_pointer (&self->contents, postern_ca_contents_free);
  g_free (self->needed_subject);
  g_free (self->needed_key_id);
  g_free (self);
}

gboolean
postern_trust_advice_is_wanted (GPtrArray *faults)
{
  static const char *const codes[] = { "cert.untrusted-root", "cert.self-signed",
                                       "cert.incomplete-chain", NULL };

  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);

      if ((fault->hidden || !fault->warning) && g_strcmp0 (fault->governed_by, "pin") != 0 &&
          g_strv_contains (codes, fault->code))
        return TRUE;
    }

  return FALSE;
}

static char *
read_own_key_id (PosternCertificate *certificate)
{
  guchar bytes[128];
  size_t size = sizeof bytes;
  GString *hex;

  if (gnutls_x509_crt_get_subject_key_id (postern_certificate_peek (certificate), bytes, &size,
                                          NULL) < 0)
    return NULL;

  hex = g_string_new (NULL);
  for (size_t i = 0; i < size; i++)
    g_string_append_printf (hex, "%02x", (guint) bytes[i]);

  return g_string_free (hex, FALSE);
}

/* Whose certificate is to be trusted: that of the root where the server sends it, else that of
 * whoever issued the last one of what it sends. */
static void
find_needed (PosternTrustAdvice *self)
{
  GPtrArray *path = self->repair->path;
  PosternCertificate *last = NULL;

  for (guint i = 0; i < path->len; i++)
    {
      const PosternPoolItem *item = g_ptr_array_index (path, i);

      if ((item->origins & POSTERN_ORIGIN_SENT) == 0)
        break;
      last = item->certificate;
    }
  if (last == NULL)
    return;

  if (postern_certificate_is_self_issued (last))
    {
      self->needed_subject = g_strdup (postern_certificate_get_subject (last));
      self->needed_key_id = read_own_key_id (last);
    }
  else
    {
      g_autoptr(PosternMissing) above = postern_missing_new (last);

      self->needed_subject = g_steal_pointer (&above->issuer);
      self->needed_key_id = g_steal_pointer (&above->key_id);
    }
}

static PosternTrustAdvice *
advise (GPtrArray *ders,
        GPtrArray *lasting,
        const PosternTlsPolicy *policy,
        const char *host,
        PosternTrustPool *pool,
        gint64 now)
{
  PosternTrustAdvice *self = g_new0 (PosternTrustAdvice, 1);
  const char *path = policy->ca_file != NULL ? policy->ca_file : policy->ca_dir;

  if (path != NULL)
    self->contents = postern_ca_contents_read (path);
  self->repair = postern_trust_repair_new (ders, policy, host, pool, NULL, now);
  postern_trust_repair_keep (self->repair, lasting);
  find_needed (self);

  return self;
}

static GPtrArray *
get_ders (GPtrArray *chain)
{
  GPtrArray *ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < chain->len; i++)
    g_ptr_array_add (ders, g_bytes_ref (postern_certificate_get_der (chain->pdata[i])));

  return ders;
}

PosternTrustAdvice *
postern_trust_advise (GPtrArray *chain,
                      GPtrArray *faults,
                      const PosternTlsPolicy *policy,
                      const char *host,
                      PosternTrustPool *pool,
                      gint64 now)
{
  g_autoptr(GPtrArray) ders = get_ders (chain);
  g_autoptr(GPtrArray) lasting = postern_trust_repair_find_lasting (faults);

  return advise (ders, lasting, policy, host, pool, now);
}

typedef struct
{
  GPtrArray *ders;
  GPtrArray *lasting;
  PosternTlsPolicy *policy;
  char *host;
  GCancellable *stop; /* ours: fired by the caller's, or by the deadline */
  GCancellable *cancellable;
  gulong cancelled_id;
  GSource *deadline;
} Request;

static void
request_free (Request *request)
{
  if (request->cancellable != NULL)
    g_cancellable_disconnect (request->cancellable, request->cancelled_id);
  g_clear_object (&request->cancellable);
  g_source_destroy (request->deadline);
  g_source_unref (request->deadline);
  g_object_unref (request->stop);
  g_ptr_array_unref (request->ders);
  g_ptr_array_unref (request->lasting);
  postern_tls_policy_free (request->policy);
  g_free (request->host);
  g_free (request);
}

static void
advise_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  g_autoptr(PosternTrustPool) pool = NULL;

  /* Nobody waits for it any more, and the process may be about to end. */
  if (g_task_return_error_if_cancelled (task))
    return;

  pool = postern_trust_pool_new ();
  postern_trust_pool_add_policy (pool, request->policy);
  postern_trust_pool_add_system (pool);
  g_task_return_pointer (task,
                         advise (request->ders, request->lasting, request->policy, request->host,
                                 pool, g_get_real_time () / G_USEC_PER_SEC),
                         (GDestroyNotify) postern_trust_advice_free);
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, GCancellable *stop)
{
  g_cancellable_cancel (stop);
}

/* A server may send keys that take their time: nobody waits for more than the limit. */
static void
limit (Request *request, guint timeout_ms, GCancellable *cancellable)
{
  request->stop = g_cancellable_new ();
  request->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_callback (request->deadline, deadline_cb, g_object_ref (request->stop),
                         g_object_unref);
  g_source_attach (request->deadline, g_main_context_get_thread_default ());
  if (cancellable == NULL)
    return;

  request->cancellable = g_object_ref (cancellable);
  request->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb),
                                                 g_object_ref (request->stop), g_object_unref);
}

void
postern_trust_advise_async (GPtrArray *chain,
                            GPtrArray *faults,
                            const PosternTlsPolicy *policy,
                            const char *host,
                            guint timeout_ms,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  g_autoptr(GTask) task = NULL;

  limit (request, timeout_ms, cancellable);
  task = g_task_new (NULL, request->stop, callback, user_data);

  request->ders = get_ders (chain);
  request->lasting = postern_trust_repair_find_lasting (faults);
  request->policy = postern_tls_policy_copy (policy);
  /* No secret is needed for this, so none goes along. */
  g_clear_pointer (&request->policy->client_key_password, postern_secret_unref);
  g_clear_pointer (&request->policy->shared_key, postern_secret_unref);
  request->host = g_strdup (host);
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, advise_thread);
}

PosternTrustAdvice *
postern_trust_advise_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
