/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "session/postern-connector.h"

/* The race of addresses, on loopback: a resolver of the test's own says what the host has. */

#define HOST "mail.test"
#define MAX_STALLED 64

/* --- The resolver --- */

typedef struct
{
  GResolver parent_instance;
} TestResolver;

typedef GResolverClass TestResolverClass;

GType
test_resolver_get_type (void);

G_DEFINE_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static const char *const *answer; /* addresses, or NULL: @failure */
static GResolverError failure;

static void
lookup_async (GResolver *resolver,
              const char *host,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, user_data);

  g_assert_cmpstr (host, ==, HOST);
  g_task_return_boolean (task, TRUE);
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  GList *found = NULL;

  if (answer == NULL)
    {
      g_set_error_literal (error, G_RESOLVER_ERROR, (int) failure, "said by the test");
      return NULL;
    }
  for (gsize i = 0; answer[i] != NULL; i++)
    found = g_list_append (found, g_inet_address_new_from_string (answer[i]));
  return found;
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  klass->lookup_by_name_async = lookup_async;
  klass->lookup_by_name_finish = lookup_finish;
  klass->lookup_by_name_with_flags_finish = lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

/* --- The peers --- */

static GSocket *
listen_at (const char *host, guint16 port, int backlog)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  GSocket *socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                  G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_socket_set_listen_backlog (socket, backlog);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);
  return socket;
}

static guint16
get_port (GSocket *socket)
{
  g_autoptr(GSocketAddress) address = g_socket_get_local_address (socket, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

/* Fills the queue of a listener that nobody accepts from, until the system no longer answers: the
 * next who connects waits. */
static GPtrArray *
stall (GSocket *listener)
{
  g_autoptr(GSocketAddress) address = g_socket_get_local_address (listener, NULL);
  GPtrArray *clients = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < MAX_STALLED; i++)
    {
      g_autoptr(GError) error = NULL;
      GSocket *client =
        g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

      g_ptr_array_add (clients, client);
      g_socket_set_blocking (client, FALSE);
      g_socket_connect (client, address, NULL, &error);
      if (!g_socket_condition_timed_wait (client, G_IO_OUT, 50 * G_TIME_SPAN_MILLISECOND, NULL,
                                          NULL))
        return clients;
    }
  g_error ("The queue of a listener never filled");
  return NULL;
}

/* --- A race --- */

typedef struct
{
  PosternPlan *plan;
  GPtrArray *addresses;
  PosternConnector *connector;
  GSocketConnection *connection;
  GError *error;
  gint64 took; /* µs */
} Race;

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
stop_cb (gpointer user_data)
{
  postern_connector_stop (user_data, TRUE);
  return G_SOURCE_CONTINUE;
}

/* @stop_ms: ends the race after so long; 0: not. */
static Race *
race_new (guint16 port, gboolean prefer_ipv4, guint stop_ms)
{
  Race *race = g_new0 (Race, 1);
  g_autoptr(GAsyncResult) result = NULL;
  gint64 begun = g_get_monotonic_time ();
  guint stop = 0;

  race->plan = postern_plan_new ();
  g_free (race->plan->host);
  race->plan->host = g_strdup (HOST);
  race->plan->port = port;
  race->plan->prefer_ipv4 = prefer_ipv4;
  race->addresses = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_address_free);
  race->connector = postern_connector_new (race->plan, race->addresses);
  postern_connector_connect_async (race->connector, ready_cb, &result);
  if (stop_ms > 0)
    stop = g_timeout_add (stop_ms, stop_cb, race->connector);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_clear_handle_id (&stop, g_source_remove);
  race->took = g_get_monotonic_time () - begun;
  race->connection = postern_connector_connect_finish (race->connector, result, &race->error);

  return race;
}

static void
race_free (Race *race)
{
  g_clear_object (&race->connection);
  g_clear_object (&race->connector);
  /* An attempt that lost ends in the next turns of the loop. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_ptr_array_unref (race->addresses);
  postern_plan_unref (race->plan);
  g_clear_error (&race->error);
  g_free (race);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Race, race_free)

static void
assert_state (Race *race, guint index, const char *address, PosternAddressState state)
{
  const PosternAddress *verdict;

  g_assert_cmpuint (index, <, race->addresses->len);
  verdict = g_ptr_array_index (race->addresses, index);
  g_assert_cmpstr (verdict->address, ==, address);
  g_assert_cmpint (verdict->state, ==, state);
}

/* RFC 8305: the second address is tried when the first has said nothing for 250 ms, and wins. */
static void
test_stalled (void)
{
  static const char *const both[] = { "127.0.0.1", "127.0.0.2", NULL };
  g_autoptr(GSocket) stalled = listen_at ("127.0.0.1", 0, 1);
  g_autoptr(GSocket) good = listen_at ("127.0.0.2", get_port (stalled), 8);
  g_autoptr(GPtrArray) clients = stall (stalled);
  g_autoptr(Race) race = NULL;

  g_assert_cmpuint (clients->len, >, 0);
  answer = both;
  race = race_new (get_port (good), FALSE, 0);
  g_assert_no_error (race->error);
  g_assert_nonnull (race->connection);
  g_assert_cmpuint (race->addresses->len, ==, 2);
  assert_state (race, 0, "127.0.0.1", POSTERN_ADDRESS_NOT_TRIED);
  assert_state (race, 1, "127.0.0.2", POSTERN_ADDRESS_CONNECTED);
  /* Not at once, and long before the first would have been given up. */
  g_assert_cmpint (race->took, >=, 250 * 1000);
  g_assert_cmpint (race->took, <, 5 * G_USEC_PER_SEC);
}

/* A system that takes one address after the other waits for the first, to its limit. */
static void
test_one_after_the_other (void)
{
  static const char *const both[] = { "127.0.0.1", "127.0.0.2", NULL };
  g_autoptr(GSocket) stalled = listen_at ("127.0.0.1", 0, 1);
  g_autoptr(GSocket) good = listen_at ("127.0.0.2", get_port (stalled), 8);
  g_autoptr(GPtrArray) clients = stall (stalled);
  g_autoptr(Race) race = NULL;

  g_assert_cmpuint (clients->len, >, 0);
  answer = both;
  race = race_new (get_port (good), TRUE, 700);
  g_assert_null (race->connection);
  assert_state (race, 0, "127.0.0.1", POSTERN_ADDRESS_TIMEOUT);
  assert_state (race, 1, "127.0.0.2", POSTERN_ADDRESS_NOT_TRIED);
}

/* Refused at once: the next is tried without waiting. */
static void
test_refused (void)
{
  static const char *const both[] = { "127.0.0.1", "127.0.0.2", NULL };
  g_autoptr(GSocket) good = listen_at ("127.0.0.2", 0, 8);
  g_autoptr(Race) race = NULL;

  answer = both;
  race = race_new (get_port (good), FALSE, 0);
  g_assert_no_error (race->error);
  assert_state (race, 0, "127.0.0.1", POSTERN_ADDRESS_REFUSED);
  assert_state (race, 1, "127.0.0.2", POSTERN_ADDRESS_CONNECTED);
}

/* Families in turn, and no more than sixteen. */
static void
test_order (void)
{
  static const char *const mixed[] = { "::1", "::2", "127.0.0.3", "127.0.0.4", NULL };
  const char *many[41] = { NULL };
  g_autofree char *texts = g_malloc0 (40 * 16);
  g_autoptr(GSocket) port = listen_at ("127.0.0.9", 0, 1);
  g_autoptr(Race) race = NULL;
  g_autoptr(Race) crowd = NULL;

  answer = mixed;
  race = race_new (get_port (port), FALSE, 2000);
  g_assert_cmpuint (race->addresses->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      const PosternAddress *verdict = g_ptr_array_index (race->addresses, i);
      static const char *const order[] = { "::1", "127.0.0.3", "::2", "127.0.0.4" };

      g_assert_cmpstr (verdict->address, ==, order[i]);
    }

  for (guint i = 0; i < 40; i++)
    {
      g_snprintf (texts + i * 16, 16, "127.0.1.%u", i + 1);
      many[i] = texts + i * 16;
    }
  answer = many;
  crowd = race_new (get_port (port), FALSE, 0);
  g_assert_nonnull (crowd->error);
  g_assert_cmpuint (crowd->addresses->len, ==, 16);
}

static void
test_lookup_fails (void)
{
  static const struct
  {
    GResolverError error;
    const char *code;
  } failures[] = {
    { G_RESOLVER_ERROR_TEMPORARY_FAILURE, "dns.temporary" },
    { G_RESOLVER_ERROR_INTERNAL, "dns.temporary" },
    { G_RESOLVER_ERROR_NOT_FOUND, "dns.not-found" },
  };

  answer = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autoptr(Race) race = NULL;

      failure = failures[i].error;
      race = race_new (25, FALSE, 0);
      g_assert_nonnull (race->error);
      g_assert_cmpstr (postern_connector_get_code (race->connector), ==, failures[i].code);
      g_assert_cmpint (postern_connector_get_step (race->connector), ==, POSTERN_STEP_RESOLVE);
      g_assert_cmpuint (race->addresses->len, ==, 0);
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr(GResolver) resolver = NULL;

  g_test_init (&argc, &argv, NULL);
  resolver = g_object_new (test_resolver_get_type (), NULL);
  g_resolver_set_default (resolver);

  g_test_add_func ("/connector/stalled", test_stalled);
  g_test_add_func ("/connector/one-after-the-other", test_one_after_the_other);
  g_test_add_func ("/connector/refused", test_refused);
  g_test_add_func ("/connector/order", test_order);
  g_test_add_func ("/connector/lookup-fails", test_lookup_fails);

  return g_test_run ();
}
