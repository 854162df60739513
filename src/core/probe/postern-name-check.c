/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-name-check.h"

#include "diagnosis/postern-cert-name.h"

#include <string.h>

/* One look at where the names of a certificate lead: the data of its GTask. */
typedef struct
{
  GPtrArray *checks; /* element-type PosternNameCheck */
  PosternTrust *trust;
  GInetAddress *connected;
  GCancellable *stop; /* ours: fired by the caller's, or when the time is over */
  GSource *deadline;
  GCancellable *caller;
  gulong handler;
  guint n_pending;
} Look;

/* One name of it. */
typedef struct
{
  GTask *task;
  PosternNameCheck *check;
} Query;

static void
check_free (PosternNameCheck *check)
{
  g_free (check->name);
  g_free (check);
}

static void
look_free (Look *look)
{
  g_source_destroy (look->deadline);
  g_source_unref (look->deadline);
  if (look->handler != 0)
    g_signal_handler_disconnect (look->caller, look->handler);
  g_clear_object (&look->caller);
  g_object_unref (look->stop);
  g_object_unref (look->connected);
  g_clear_object (&look->trust);
  g_ptr_array_unref (look->checks);
  g_free (look);
}

/* A certificate may hold anything: only what can be a host is asked for. */
static gboolean
is_host (const char *name)
{
  return strlen (name) <= 253 && *name != '.' && *name != '-' && *name != '\0' &&
         strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
           strlen (name) &&
         strstr (name, "..") == NULL && !g_hostname_is_ip_address (name) &&
         (strchr (name, '.') != NULL || g_ascii_strcasecmp (name, "localhost") == 0 ||
          g_str_has_prefix (name, "ip6-"));
}

static void
add_candidate (GPtrArray *names, const char *name)
{
  if (names->len == POSTERN_MAX_NAME_CHECKS)
    return;
  for (guint i = 0; i < names->len; i++)
    if (g_ascii_strcasecmp (names->pdata[i], name) == 0)
      return;
  g_ptr_array_add (names, g_strdup (name));
}

static void
add_host (GPtrArray *names, const char *name, const char *asked)
{
  if (is_host (name) && g_ascii_strcasecmp (name, asked) != 0)
    add_candidate (names, name);
}

/* A wildcard is no name: what it may stand for is guessed from the one that was asked for, and from
 * what mail servers are called. */
static void
add_wildcard (GPtrArray *names, const char *wildcard, const PosternPlan *plan)
{
  static const char *const labels[] = {
    [POSTERN_PROTOCOL_SMTP] = "smtp",
    [POSTERN_PROTOCOL_POP3] = "pop",
    [POSTERN_PROTOCOL_IMAP] = "imap",
  };
  g_autofree char *first = g_strndup (plan->host, strcspn (plan->host, "."));
  const char *guesses[] = { first, "mail", labels[plan->protocol] };

  for (gsize i = 0; i < G_N_ELEMENTS (guesses); i++)
    {
      g_autofree char *name = g_strconcat (guesses[i], wildcard + 1, NULL);

      if (i > 0 || !g_hostname_is_ip_address (plan->host))
        add_host (names, name, plan->host);
    }
}

/* One that counts: not for a whole top-level domain. */
static gboolean
is_wildcard (const char *name)
{
  return g_str_has_prefix (name, "*.") && strchr (name + 1, '*') == NULL &&
         strchr (name + 2, '.') != NULL;
}

static void
add_certificate_names (GPtrArray *names, const char *const *given, const PosternPlan *plan)
{
  /* A few of what a wildcard may be come before the rest of a long list. */
  for (gsize i = 0; given[i] != NULL && names->len < POSTERN_MAX_NAME_CHECKS - 3; i++)
    if (!is_wildcard (given[i]))
      add_host (names, given[i], plan->host);
  for (gsize i = 0; given[i] != NULL && names->len < POSTERN_MAX_NAME_CHECKS; i++)
    if (is_wildcard (given[i]))
      add_wildcard (names, given[i], plan);
  for (gsize i = 0; given[i] != NULL && names->len < POSTERN_MAX_NAME_CHECKS; i++)
    if (!is_wildcard (given[i]))
      add_host (names, given[i], plan->host);
}

/**
 * postern_name_check_candidates:
 * @plan: of the run
 * @tls: a certificate for another name
 *
 * Returns: (transfer full): at most 8 host names that the certificate is for, the likeliest first.
 *   Where the account lists the names that count, its host comes before them
 */
GStrv
postern_name_check_candidates (PosternPlan *plan, const PosternTlsInfo *tls)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *nearest = postern_cert_name_nearest (plan, tls);
  PosternCertificate *own = tls->chain->len > 0 ? tls->chain->pdata[0] : NULL;
  const char *const *given = own != NULL ? postern_certificate_get_dns_names (own) : NULL;

  if (plan->tls_policy->names != NULL && plan->tls_policy->names->len > 0)
    add_candidate (names, plan->host);
  if (given != NULL && (given[0] != NULL || plan->tls_policy->cn_fallback))
    {
      if (nearest != NULL && is_wildcard (nearest))
        add_wildcard (names, nearest, plan);
      else if (nearest != NULL)
        add_host (names, nearest, plan->host);
      add_certificate_names (names, given, plan);
      if (given[0] == NULL)
        add_host (names, postern_certificate_get_common_name (own), plan->host);
    }

  g_ptr_array_set_free_func (names, NULL);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static PosternNameState
compare_addresses (GList *addresses, GInetAddress *connected)
{
  for (GList *l = addresses; l != NULL; l = l->next)
    if (g_inet_address_equal (l->data, connected))
      return POSTERN_NAME_SAME;
  return POSTERN_NAME_OTHER;
}

/* Takes the task when all is known. */
static void
query_done (Query *query)
{
  GTask *task = query->task;
  Look *look = g_task_get_task_data (task);

  g_free (query);
  if (--look->n_pending == 0)
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
lookup_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Query *query = user_data;
  Look *look = g_task_get_task_data (query->task);
  g_autoptr(GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (addresses != NULL)
    query->check->state = compare_addresses (addresses, look->connected);
  else if (g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
    query->check->state = POSTERN_NAME_NOWHERE;
  g_resolver_free_addresses (addresses);

  if (query->check->state == POSTERN_NAME_SAME && look->trust != NULL)
    query->check->verified = postern_trust_would_verify (look->trust, query->check->name);
  query_done (query);
}

static gboolean
is_checked (const Look *look, const char *name)
{
  for (guint i = 0; i < look->checks->len; i++)
    if (g_ascii_strcasecmp (((const PosternNameCheck *) look->checks->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

static PosternNameCheck *
add_check (Look *look, const char *name, PosternNameState state)
{
  PosternNameCheck *check = g_new0 (PosternNameCheck, 1);

  check->name = g_strdup (name);
  check->state = state;
  g_ptr_array_add (look->checks, check);
  return check;
}

/* What needs no question: the server that was asked for, and its address. */
static void
add_known (Look *look, const char *name)
{
  PosternNameCheck *check = add_check (look, name, POSTERN_NAME_SAME);

  check->verified = look->trust != NULL && postern_trust_would_verify (look->trust, name);
}

static gboolean
deadline_cb (gpointer user_data)
{
  Look *look = user_data;

  g_cancellable_cancel (look->stop);
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *caller, GCancellable *stop)
{
  g_cancellable_cancel (stop);
}

static Look *
look_new (const PosternTlsInfo *tls,
          GInetAddress *connected,
          guint timeout_ms,
          GCancellable *cancellable)
{
  Look *look = g_new0 (Look, 1);

  look->checks = g_ptr_array_new_with_free_func ((GDestroyNotify) check_free);
  look->trust = tls->trust != NULL ? g_object_ref (tls->trust) : NULL;
  look->connected = g_object_ref (connected);
  look->stop = g_cancellable_new ();
  look->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_callback (look->deadline, deadline_cb, look, NULL);
  g_source_attach (look->deadline, g_main_context_get_thread_default ());
  if (cancellable != NULL)
    {
      look->caller = g_object_ref (cancellable);
      look->handler =
        g_signal_connect (cancellable, "cancelled", G_CALLBACK (cancelled_cb), look->stop);
      if (g_cancellable_is_cancelled (cancellable))
        g_cancellable_cancel (look->stop);
    }
  return look;
}

static void
look_up (GTask *task, const char *name)
{
  Look *look = g_task_get_task_data (task);
  g_autoptr(GResolver) resolver = g_resolver_get_default ();
  Query *query = g_new0 (Query, 1);

  query->task = g_object_ref (task);
  query->check = add_check (look, name, POSTERN_NAME_UNKNOWN);
  look->n_pending++;
  g_resolver_lookup_by_name_async (resolver, name, look->stop, lookup_cb, query);
}

static gboolean
has_wildcard (const PosternTlsInfo *tls)
{
  const char *const *given =
    tls->chain->len > 0 ? postern_certificate_get_dns_names (tls->chain->pdata[0]) : NULL;

  for (gsize i = 0; given != NULL && given[i] != NULL; i++)
    if (is_wildcard (given[i]))
      return TRUE;
  return FALSE;
}

/* What the address says of itself is no proof: it is a name to look up as any other. */
static void
reverse_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Look *look = g_task_get_task_data (task);
  g_autofree char *name = g_resolver_lookup_by_address_finish (G_RESOLVER (source), result, NULL);

  if (name != NULL && is_host (name) && look->trust != NULL && !is_checked (look, name) &&
      postern_trust_would_verify (look->trust, name))
    look_up (task, name);
  if (--look->n_pending == 0)
    g_task_return_boolean (task, TRUE);
}

/* A wildcard may be for the name by which whoever runs the server calls it. */
static void
look_up_address (GTask *task)
{
  Look *look = g_task_get_task_data (task);
  g_autoptr(GResolver) resolver = g_resolver_get_default ();

  look->n_pending++;
  g_resolver_lookup_by_address_async (resolver, look->connected, look->stop, reverse_cb,
                                      g_object_ref (task));
}

/* Whoever asked for a name can be told to use the address instead, but not for an address that
 * nobody can be sure of: last. */
static void
add_address (Look *look, const PosternTlsInfo *tls)
{
  g_autofree char *address = g_inet_address_to_string (look->connected);
  PosternCertificate *own = tls->chain->len > 0 ? tls->chain->pdata[0] : NULL;

  if (own != NULL && g_strv_contains (postern_certificate_get_ip_addresses (own), address))
    add_known (look, address);
}

/**
 * postern_name_check_async:
 * @plan: of a run whose certificate was for another name
 * @tls: that certificate
 * @connected: the address of the server
 * @timeout_ms: for all names together
 * @cancellable: (nullable): ends it early, with what is known by then
 *
 * Finds out which names of a certificate lead to the server that showed it.
 */
void
postern_name_check_async (PosternPlan *plan,
                          const PosternTlsInfo *tls,
                          GInetAddress *connected,
                          guint timeout_ms,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_auto (GStrv) names = postern_name_check_candidates (plan, tls);
  Look *look = look_new (tls, connected, timeout_ms, cancellable);

  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  look->n_pending = 1; /* ours, so that it is not over before all are asked for */
  for (gsize i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], plan->host) == 0)
      add_known (look, names[i]);
    else
      look_up (task, names[i]);
  add_address (look, tls);
  if (has_wildcard (tls))
    look_up_address (task);
  if (--look->n_pending == 0)
    g_task_return_boolean (task, TRUE);
}

/**
 * postern_name_check_finish:
 *
 * Returns: (transfer full) (element-type PosternNameCheck): the likeliest first
 */
GPtrArray *
postern_name_check_finish (GAsyncResult *result)
{
  Look *look = g_task_get_task_data (G_TASK (result));

  return g_ptr_array_ref (look->checks);
}

gboolean
postern_name_check_is_wanted (const PosternTlsInfo *tls)
{
  for (guint i = 0; tls != NULL && i < tls->faults->len; i++)
    {
      const PosternCertFault *fault = tls->faults->pdata[i];

      if (!fault->warning && !fault->hidden && strcmp (fault->code, "cert.name-mismatch") == 0)
        return TRUE;
    }

  return FALSE;
}
