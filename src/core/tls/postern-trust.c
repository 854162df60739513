/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust.h"

#include "tls/postern-tls-context.h"
#include "tls/postern-trust-path.h"
#include "tls/postern-trust-private.h"

#include "model/postern-error.h"

#include <openssl/ssl.h>

typedef enum
{
  LOAD_NOT_YET,
  LOAD_RUNNING,
  LOAD_DONE,
} LoadState;

/* The lock is for what is below it, down to whether it forgets, and for the secrets of the policy:
 * the files are read in a thread. The verdict belongs to the thread of the handshake. */
struct _PosternTrust
{
  GObject parent_instance;

  PosternTlsPolicy *policy;
  char *host;

  GMutex mutex;
  GCond loaded;
  LoadState load_state;
  GList *waiting; /* element-type GTask */
  PosternTrustStore *store;
  SSL_CTX *context;
  GError *load_error;
  const char *load_code;
  gboolean forgets; /* the secrets, once they are read */

  PosternVerdict verdict;
};

G_DEFINE_FINAL_TYPE (PosternTrust, postern_trust, G_TYPE_OBJECT)

static void
postern_trust_finalize (GObject *object)
{
  PosternTrust *self = POSTERN_TRUST (object);

  g_assert (self->waiting == NULL); /* each of them holds a reference */

  g_clear_pointer (&self->policy, postern_tls_policy_free);
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->store, postern_trust_store_free);
  g_clear_pointer (&self->context, SSL_CTX_free);
  g_clear_error (&self->load_error);
  postern_verdict_clear (&self->verdict);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->loaded);

  G_OBJECT_CLASS (postern_trust_parent_class)->finalize (object);
}

static void
postern_trust_class_init (PosternTrustClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_trust_finalize;
}

static void
postern_trust_init (PosternTrust *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->loaded);
}

/**
 * postern_trust_new:
 * @policy: what to trust, which is copied
 * @host: the name that a certificate must be for, where the policy lists none
 */
PosternTrust *
postern_trust_new (const PosternTlsPolicy *policy, const char *host)
{
  PosternTrust *self;

  g_return_val_if_fail (policy != NULL, NULL);
  g_return_val_if_fail (host != NULL, NULL);

  self = g_object_new (POSTERN_TYPE_TRUST, NULL);
  self->policy = postern_tls_policy_copy (policy);
  self->host = g_strdup (host);

  return self;
}

static void
return_load (PosternTrust *self, GTask *task)
{
  if (self->load_error != NULL)
    g_task_return_error (task, g_error_copy (self->load_error));
  else
    g_task_return_boolean (task, TRUE);
}

/* Called with the lock, while nothing is read. A stream may yet hold the context. */
static void
forget (PosternTrust *self)
{
  if (self->context != NULL)
    postern_tls_context_forget (self->context);
  g_clear_pointer (&self->context, SSL_CTX_free);
  g_clear_pointer (&self->policy->client_key_password, postern_secret_unref);
  g_clear_pointer (&self->policy->shared_key, postern_secret_unref);
}

/* Called without the lock, with the state RUNNING. */
static void
load_now (PosternTrust *self)
{
  GError *error = NULL;
  const char *code = NULL;
  PosternTrustStore *store = postern_trust_store_new (self->policy, &error);
  SSL_CTX *context = NULL;
  GList *waiting;

  if (store == NULL)
    code = error->domain == POSTERN_ERROR ? "settings.file-not-pem" : "settings.file-missing";
  else
    context = postern_tls_context_new (self->policy, &code, &error);

  g_mutex_lock (&self->mutex);
  self->store = store;
  self->context = context;
  self->load_error = error;
  self->load_code = error != NULL ? code : NULL;
  self->load_state = LOAD_DONE;
  if (self->forgets)
    forget (self);
  waiting = g_steal_pointer (&self->waiting);
  g_cond_broadcast (&self->loaded);
  g_mutex_unlock (&self->mutex);

  for (GList *l = waiting; l != NULL; l = l->next)
    return_load (self, l->data);
  g_list_free_full (waiting, g_object_unref);
}

static gpointer
load_thread (gpointer data)
{
  g_autoptr(PosternTrust) self = data;

  load_now (self);

  return NULL;
}

static gboolean
claim_load (PosternTrust *self)
{
  gboolean claimed;

  g_mutex_lock (&self->mutex);
  claimed = self->load_state == LOAD_NOT_YET;
  if (claimed)
    self->load_state = LOAD_RUNNING;
  g_mutex_unlock (&self->mutex);

  return claimed;
}

void
postern_trust_load_in_thread (PosternTrust *self)
{
  GThread *thread;

  g_return_if_fail (POSTERN_IS_TRUST (self));

  if (!claim_load (self))
    return;

  thread = g_thread_try_new ("postern-trust", load_thread, g_object_ref (self), NULL);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }

  load_now (self);
  g_object_unref (self);
}

/**
 * postern_trust_load:
 *
 * Reads what the policy names, or waits until it is read; blocks.
 */
gboolean
postern_trust_load (PosternTrust *self, GError **error)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), FALSE);

  if (claim_load (self))
    load_now (self);

  g_mutex_lock (&self->mutex);
  while (self->load_state != LOAD_DONE)
    g_cond_wait (&self->loaded, &self->mutex);
  g_mutex_unlock (&self->mutex);

  if (self->load_error != NULL && error != NULL)
    *error = g_error_copy (self->load_error);

  return self->load_error == NULL;
}

/**
 * postern_trust_load_async:
 *
 * As [method@Trust.load], with the work in a thread.
 */
void
postern_trust_load_async (PosternTrust *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr(GTask) task = NULL;
  gboolean done;

  g_return_if_fail (POSTERN_IS_TRUST (self));

  postern_trust_load_in_thread (self);

  task = g_task_new (self, cancellable, callback, user_data);

  g_mutex_lock (&self->mutex);
  done = self->load_state == LOAD_DONE;
  if (!done)
    self->waiting = g_list_prepend (self->waiting, g_object_ref (task));
  g_mutex_unlock (&self->mutex);

  if (done)
    return_load (self, task);
}

gboolean
postern_trust_load_finish (PosternTrust *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

const char *
postern_trust_get_load_code (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), NULL);

  return self->load_code;
}

gboolean
postern_trust_has_client_certificate (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), FALSE);

  return self->policy->client_certificate != NULL && self->load_error == NULL;
}

SSL_CTX *
postern_trust_get_context (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), NULL);

  return self->context;
}

/**
 * postern_trust_drop_secrets:
 *
 * Lets go of the client's key, its password and the shared key, when the session is over: there is
 * no context after it. The verdict stays, and so does what is trusted.
 */
void
postern_trust_drop_secrets (PosternTrust *self)
{
  g_return_if_fail (POSTERN_IS_TRUST (self));

  g_mutex_lock (&self->mutex);
  self->forgets = TRUE;
  if (self->load_state != LOAD_RUNNING)
    forget (self);
  g_mutex_unlock (&self->mutex);
}

/**
 * postern_trust_get_chain:
 *
 * Returns: (nullable) (element-type PosternCertificate): what the server sent, as it sent it,
 *   at most 32; %NULL before a look
 */
GPtrArray *
postern_trust_get_chain (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), NULL);

  return self->verdict.chain;
}

/**
 * postern_trust_get_path:
 *
 * Returns: (nullable) (element-type PosternCertificate): from the server's own certificate as far
 *   up as the issuers are known, with those of the store; %NULL before a look
 */
GPtrArray *
postern_trust_get_path (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), NULL);

  return self->verdict.path;
}

/**
 * postern_trust_get_faults:
 *
 * Returns: (nullable) (element-type PosternCertFault): what is wrong, the cause that a person would
 *   name first at the start: those that refuse, then those that the policy hides, then warnings
 */
GPtrArray *
postern_trust_get_faults (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), NULL);

  return self->verdict.faults;
}

PosternRevocation
postern_trust_get_revocation (PosternTrust *self)
{
  const PosternRevocation nothing = { POSTERN_STAPLE_NONE, POSTERN_CRL_NONE };

  g_return_val_if_fail (POSTERN_IS_TRUST (self), nothing);

  return self->verdict.revocation;
}

const char *
postern_trust_get_matched_name (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), NULL);

  return self->verdict.matched_name;
}

/**
 * postern_trust_is_verified:
 *
 * Returns: whether a chain was looked at and has no fault, whatever the policy says to it
 */
gboolean
postern_trust_is_verified (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), FALSE);

  return self->verdict.verified;
}

/**
 * postern_trust_is_accepted:
 *
 * Returns: whether a chain was looked at and the policy lets the session go on
 */
gboolean
postern_trust_is_accepted (PosternTrust *self)
{
  g_return_val_if_fail (POSTERN_IS_TRUST (self), FALSE);

  return self->verdict.accepted;
}

void
postern_trust_analyse (PosternTrust *self, GPtrArray *chain, gint64 now)
{
  postern_trust_analyse_stapled (self, chain, NULL, now);
}

void
postern_trust_analyse_stapled (PosternTrust *self, GPtrArray *chain, GPtrArray *staples, gint64 now)
{
  g_return_if_fail (POSTERN_IS_TRUST (self));
  g_return_if_fail (chain != NULL);

  /* What could not be read is trusted by nobody: the store is then empty. */
  postern_trust_load (self, NULL);
  postern_verdict_clear (&self->verdict);
  self->verdict.staples = staples != NULL ? g_ptr_array_ref (staples) : NULL;
  postern_trust_judge (&self->verdict, self->store, self->policy, self->host, chain, now);
}

/* What a name has no part in refuses the chain whatever it is called. */
static gboolean
has_other_fault (PosternTrust *self)
{
  for (guint i = 0; i < self->verdict.faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (self->verdict.faults, i);

      if ((!fault->warning || fault->hidden) && fault->aspect != POSTERN_CERT_ASPECT_NAME)
        return TRUE;
    }

  return FALSE;
}

gboolean
postern_trust_would_verify (PosternTrust *self, const char *name)
{
  g_autoptr(PosternTlsPolicy) policy = NULL;
  g_autoptr(GPtrArray) ders = NULL;
  PosternVerdict verdict = { NULL };
  gboolean verified;

  g_return_val_if_fail (POSTERN_IS_TRUST (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  if (self->verdict.chain == NULL || self->verdict.chain->len == 0 || has_other_fault (self))
    return FALSE;

  g_mutex_lock (&self->mutex);
  policy = postern_tls_policy_copy (self->policy);
  g_mutex_unlock (&self->mutex);
  g_ptr_array_set_size (policy->names, 0);
  policy->verify = POSTERN_VERIFY_YES;
  policy->verify_name = TRUE;
  g_clear_pointer (&policy->pin, postern_tls_pin_free);
  ders = g_ptr_array_new ();
  for (guint i = 0; i < self->verdict.chain->len; i++)
    g_ptr_array_add (ders, postern_certificate_get_der (self->verdict.chain->pdata[i]));

  postern_trust_judge (&verdict, self->store, policy, name, ders,
                       g_get_real_time () / G_USEC_PER_SEC);
  verified = verdict.verified;
  postern_verdict_clear (&verdict);

  return verified;
}
