/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-connector.h"

#include <glib/gi18n.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define MAX_ADDRESSES 16
#define ATTEMPT_DELAY 250 /* milliseconds; RFC 8305, section 8 */

typedef struct
{
  GSocketAddress *address;
  PosternAddress *verdict; /* in the caller's list */
  gint64 start;            /* 0: not yet */
} Attempt;

struct _PosternConnector
{
  GObject parent_instance;

  PosternPlan *plan;
  GPtrArray *addresses; /* element-type PosternAddress, shared with the caller */
  PosternStepFunc step_func;
  gpointer step_data;

  GTask *task; /* while it runs */
  GCancellable *stop;
  GArray *attempts;
  guint n_started;
  guint n_running;
  GSource *timer;

  PosternStepId step;
  const char *code;
  guint distance; /* how far the farthest attempt came */
  GError *error;  /* of that one */
};

G_DEFINE_FINAL_TYPE (PosternConnector, postern_connector, G_TYPE_OBJECT)

PosternAddress *
postern_address_new (GInetSocketAddress *address)
{
  GInetAddress *inet = g_inet_socket_address_get_address (address);
  PosternAddress *self = g_new0 (PosternAddress, 1);

  self->address = g_inet_address_to_string (inet);
  self->family = g_inet_address_get_family (inet);
  self->port = g_inet_socket_address_get_port (address);
  self->state = POSTERN_ADDRESS_NOT_TRIED;

  return self;
}

void
postern_address_free (PosternAddress *self)
{
  if (self == NULL)
    return;

  g_free (self->address);
  g_free (self->message);
  g_free (self);
}

static void
attempt_clear (Attempt *attempt)
{
  g_clear_object (&attempt->address);
}

static void
postern_connector_finalize (GObject *object)
{
  PosternConnector *self = POSTERN_CONNECTOR (object);

  g_assert (self->task == NULL);

  g_clear_pointer (&self->plan, postern_plan_unref);
  g_clear_pointer (&self->addresses, g_ptr_array_unref);
  g_clear_object (&self->stop);
  g_clear_pointer (&self->attempts, g_array_unref);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (postern_connector_parent_class)->finalize (object);
}

static void
postern_connector_class_init (PosternConnectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_connector_finalize;
}

static void
postern_connector_init (PosternConnector *self)
{
  self->stop = g_cancellable_new ();
  self->attempts = g_array_new (FALSE, TRUE, sizeof (Attempt));
  g_array_set_clear_func (self->attempts, (GDestroyNotify) attempt_clear);
}

/**
 * postern_connector_new:
 * @addresses: (element-type PosternAddress): empty; filled as the race goes
 */
PosternConnector *
postern_connector_new (PosternPlan *plan, GPtrArray *addresses)
{
  PosternConnector *self = g_object_new (POSTERN_TYPE_CONNECTOR, NULL);

  self->plan = postern_plan_ref (plan);
  self->addresses = g_ptr_array_ref (addresses);

  return self;
}

void
postern_connector_set_step_func (PosternConnector *self, PosternStepFunc func, gpointer user_data)
{
  self->step_func = func;
  self->step_data = user_data;
}

static void
report (PosternConnector *self, PosternStepId step, PosternStepState state, const char *summary)
{
  self->step = step;
  if (self->step_func != NULL)
    self->step_func (step, state, summary, self->step_data);
}

static void
clear_timer (PosternConnector *self)
{
  if (self->timer == NULL)
    return;

  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static Attempt *
get_attempt (PosternConnector *self, guint index)
{
  return &g_array_index (self->attempts, Attempt, index);
}

/* Everything that still runs gets this verdict, and ends. */
static void
end_running (PosternConnector *self, PosternAddressState state)
{
  clear_timer (self);

  for (guint i = 0; i < self->n_started; i++)
    {
      Attempt *attempt = get_attempt (self, i);

      if (attempt->start == 0)
        continue;
      attempt->verdict->state = state;
      attempt->verdict->duration = g_get_monotonic_time () - attempt->start;
      attempt->start = 0;
    }

  g_cancellable_cancel (self->stop);
}

static void
fail (PosternConnector *self, const char *code, GError *error)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  self->code = code;
  report (self, self->step, POSTERN_STATE_FAILED, error->message);
  g_task_return_error (task, error);
}

static const char *
judge (const GError *error, PosternAddressState *state, guint *distance)
{
  if (error->domain == G_IO_ERROR)
    switch (error->code)
      {
      case G_IO_ERROR_CONNECTION_CLOSED: /* reset by the peer */
        *state = POSTERN_ADDRESS_REFUSED;
        *distance = 4;
        return "connect.reset";

      case G_IO_ERROR_CONNECTION_REFUSED:
        *state = POSTERN_ADDRESS_REFUSED;
        *distance = 3;
        return "connect.refused";

      case G_IO_ERROR_TIMED_OUT:
        *state = POSTERN_ADDRESS_TIMEOUT;
        *distance = 2;
        return "connect.timeout";

      default:
        break;
      }

  *state = POSTERN_ADDRESS_UNREACHABLE;
  *distance = 1;

  return "connect.unreachable";
}

static void
start_next (PosternConnector *self);

typedef struct
{
  PosternConnector *self;
  guint index;
} AttemptData;

static void
attempt_failed (PosternConnector *self, Attempt *attempt, GError *error)
{
  PosternAddressState state;
  guint distance;
  const char *code = judge (error, &state, &distance);

  attempt->verdict->state = state;
  attempt->verdict->message = g_strdup (error->message);
  if (distance > self->distance)
    {
      self->distance = distance;
      self->code = code;
      g_clear_error (&self->error);
      self->error = error;
    }
  else
    g_error_free (error);

  if (self->n_started < self->attempts->len)
    start_next (self);
  else if (self->n_running == 0)
    fail (self, self->code, g_steal_pointer (&self->error));
}

static void
attempt_won (PosternConnector *self, Attempt *attempt, GSocketConnection *connection)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);
  g_autofree char *summary = NULL;

  attempt->verdict->state = POSTERN_ADDRESS_CONNECTED;
  end_running (self, POSTERN_ADDRESS_NOT_TRIED);

  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_NODELAY, TRUE,
                       NULL);
  summary =
    g_strdup_printf (_ ("%s, port %u"), attempt->verdict->address, (guint) attempt->verdict->port);
  report (self, POSTERN_STEP_CONNECT, POSTERN_STATE_PASSED, summary);
  g_task_return_pointer (task, connection, g_object_unref);
}

static void
attempt_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree AttemptData *data = user_data;
  g_autoptr(PosternConnector) self = data->self;
  Attempt *attempt = get_attempt (self, data->index);
  GError *error = NULL;
  g_autoptr(GSocketConnection) connection =
               g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (self->task == NULL) /* another address won, or the race was stopped */
    {
      g_clear_error (&error);
      return;
    }

  attempt->verdict->duration = g_get_monotonic_time () - attempt->start;
  attempt->start = 0;
  self->n_running--;

  if (connection != NULL)
    attempt_won (self, attempt, g_steal_pointer (&connection));
  else
    attempt_failed (self, attempt, error);
}

static gboolean
timer_cb (gpointer user_data)
{
  start_next (user_data);

  return G_SOURCE_REMOVE;
}

static void
start_next (PosternConnector *self)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  guint index = self->n_started++;
  Attempt *attempt = get_attempt (self, index);
  AttemptData *data = g_new0 (AttemptData, 1);

  clear_timer (self);

  attempt->start = g_get_monotonic_time ();
  self->n_running++;
  data->self = g_object_ref (self);
  data->index = index;
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (attempt->address), self->stop,
                                 attempt_cb, data);

  /* A system that takes IPv4 first takes one address after the other. */
  if (self->n_started < self->attempts->len && !self->plan->prefer_ipv4)
    {
      self->timer = g_timeout_source_new (ATTEMPT_DELAY);
      g_source_set_callback (self->timer, timer_cb, self, NULL);
      g_source_attach (self->timer, g_task_get_context (self->task));
    }
}

static GSocketFamily
get_family (GSocketAddress *address)
{
  return g_socket_address_get_family (address);
}

/* The order of the resolver, families in turn (RFC 8305, section 4). */
static void
arrange (PosternConnector *self, GList *found)
{
  GSocketFamily turn =
    self->plan->prefer_ipv4 || found == NULL ? G_SOCKET_FAMILY_IPV4 : get_family (found->data);
  g_autoptr(GList) left = g_list_copy (found);

  while (left != NULL && self->attempts->len < MAX_ADDRESSES)
    {
      GList *link = left;
      Attempt attempt = { NULL };

      while (link != NULL && get_family (link->data) != turn)
        link = link->next;
      if (link == NULL)
        link = left;

      attempt.address = g_object_ref (link->data);
      attempt.verdict = postern_address_new (G_INET_SOCKET_ADDRESS (attempt.address));
      g_ptr_array_add (self->addresses, attempt.verdict);
      if (!self->plan->prefer_ipv4)
        turn = get_family (link->data) == G_SOCKET_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV6
                                                               : G_SOCKET_FAMILY_IPV4;
      g_array_append_val (self->attempts, attempt);
      left = g_list_delete_link (left, link);
    }
}

static gboolean
is_wanted (PosternConnector *self, GSocketFamily family)
{
  return self->plan->family == POSTERN_FAMILY_ANY ||
         (self->plan->family == POSTERN_FAMILY_IPV4) == (family == G_SOCKET_FAMILY_IPV4);
}

/* @found: (element-type GSocketAddress) */
static void
race (PosternConnector *self, GList *found, const char *host, gboolean literal)
{
  g_autoptr(GList) wanted = NULL;
  g_autofree char *summary = NULL;

  for (GList *l = found; l != NULL; l = l->next)
    if (is_wanted (self, get_family (l->data)))
      wanted = g_list_prepend (wanted, l->data);
  wanted = g_list_reverse (wanted);

  arrange (self, wanted);
  if (self->attempts->len == 0)
    {
      fail (self, "dns.no-address",
            g_error_new (G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                         _ ("“%s” has no address of the kind that is asked for."), host));
      return;
    }

  if (literal)
    summary = g_strdup_printf (_ ("%s, no look-up needed"), host);
  else
    summary = g_strdup_printf (ngettext ("%u address", "%u addresses", self->attempts->len),
                               self->attempts->len);
  report (self, POSTERN_STEP_RESOLVE, POSTERN_STATE_PASSED, summary);
  report (self, POSTERN_STEP_CONNECT, POSTERN_STATE_RUNNING, NULL);
  start_next (self);
}

static const char *
get_host (PosternConnector *self)
{
  return self->plan->connect_host != NULL ? self->plan->connect_host : self->plan->host;
}

static guint16
get_port (PosternConnector *self)
{
  return self->plan->connect_port != 0 ? self->plan->connect_port : self->plan->port;
}

/* The resolver's error has one code for a name that does not exist and one that has no address;
 * its message holds the C library's words, in whatever language. */
static const char *
judge_lookup (const GError *error)
{
  if (!g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
    return "dns.temporary";
  if (strstr (error->message, gai_strerror (EAI_NODATA)) != NULL ||
      strstr (error->message, gai_strerror (EAI_ADDRFAMILY)) != NULL)
    return "dns.no-address";

  return "dns.not-found";
}

static void
lookup_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternConnector) self = user_data;
  GError *error = NULL;
  GList *found = g_resolver_lookup_by_name_with_flags_finish (G_RESOLVER (source), result, &error);

  if (self->task == NULL)
    {
      g_clear_error (&error);
    }
  else if (error != NULL)
    {
      fail (self, judge_lookup (error), error);
    }
  else
    {
      g_autolist (GSocketAddress) addresses = NULL;

      for (GList *l = found; l != NULL; l = l->next)
        addresses =
          g_list_prepend (addresses, g_inet_socket_address_new (l->data, get_port (self)));
      addresses = g_list_reverse (addresses);
      race (self, addresses, get_host (self), FALSE);
    }

  g_resolver_free_addresses (found);
}

void
postern_connector_connect_async (PosternConnector *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr(GResolver) resolver = NULL;
  g_autoptr(GSocketAddress) literal = NULL;
  const char *host = get_host (self);
  GResolverNameLookupFlags flags = G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT;

  g_return_if_fail (self->task == NULL && self->n_started == 0);

  self->task = g_task_new (self, NULL, callback, user_data);
  report (self, POSTERN_STEP_RESOLVE, POSTERN_STATE_RUNNING, NULL);

  literal = g_inet_socket_address_new_from_string (host, get_port (self));
  if (literal != NULL)
    {
      GList one = { literal, NULL, NULL };

      race (self, &one, host, TRUE);
      return;
    }

  if (self->plan->family == POSTERN_FAMILY_IPV4)
    flags = G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY;
  else if (self->plan->family == POSTERN_FAMILY_IPV6)
    flags = G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY;

  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_with_flags_async (resolver, host, flags, self->stop, lookup_cb,
                                              g_object_ref (self));
}

/**
 * postern_connector_connect_finish:
 *
 * Returns: (transfer full): the connection to the address that was first, with TCP_NODELAY; %NULL
 *   with the error of GIO
 */
GSocketConnection *
postern_connector_connect_finish (PosternConnector *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
postern_connector_stop (PosternConnector *self, gboolean timed_out)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  if (task == NULL)
    return;

  end_running (self, timed_out ? POSTERN_ADDRESS_TIMEOUT : POSTERN_ADDRESS_NOT_TRIED);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Stopped");
}

const char *
postern_connector_get_code (PosternConnector *self)
{
  return self->code;
}

PosternStepId
postern_connector_get_step (PosternConnector *self)
{
  return self->step;
}
