/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-name-check.h"
#include "test-pki.h"

#include <glib/gstdio.h>
#include <string.h>

/* A name service that knows what a test tells it. */
typedef struct
{
  GResolver parent_instance;
} FakeResolver;

typedef struct
{
  GResolverClass parent_class;
} FakeResolverClass;

static const struct
{
  const char *name;
  const char *address; /* "": never an answer */
} zone[] = {
  { "mail.hoster.test", "192.0.2.1" },   { "www.hoster.test", "192.0.2.9" },
  { "smtp.hoster.test", "192.0.2.1" },   { "silent.hoster.test", "" },
  { "later.hoster.test", "192.0.2.1" },  { "mail.wild.test", "192.0.2.1" },
  { "asked.example.test", "192.0.2.1" }, { "web7.wild.test", "192.0.2.1" },
  { "web8.wild.test", "192.0.2.8" },     { "six.hoster.test", "2001:db8::1" },
};

static guint n_questions;

GType
fake_resolver_get_type (void);

G_DEFINE_TYPE (FakeResolver, fake_resolver, G_TYPE_RESOLVER)

static void
free_addresses (gpointer addresses)
{
  g_resolver_free_addresses (addresses);
}

static void
never_cb (GCancellable *cancellable, GTask *task)
{
  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
}

static void
lookup_async (GResolver *resolver,
              const char *hostname,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, user_data);

  n_questions++;
  for (gsize i = 0; i < G_N_ELEMENTS (zone); i++)
    {
      if (g_ascii_strcasecmp (zone[i].name, hostname) != 0)
        continue;
      if (*zone[i].address == '\0')
        {
          g_cancellable_connect (cancellable, G_CALLBACK (never_cb), task, NULL);
          return;
        }
      g_task_return_pointer (task,
                             g_list_append (NULL, g_inet_address_new_from_string (zone[i].address)),
                             free_addresses);
      g_object_unref (task);
      return;
    }
  g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "No such host");
  g_object_unref (task);
}

/* What the address of the server says of itself. */
static const char *reverse;

static void
reverse_async (GResolver *resolver,
               GInetAddress *address,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, user_data);

  if (reverse != NULL)
    g_task_return_pointer (task, g_strdup (reverse), g_free);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "No name");
}

static char *
reverse_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_resolver_class_init (FakeResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name_async = lookup_async;
  resolver_class->lookup_by_name_finish = lookup_finish;
  resolver_class->lookup_by_address_async = reverse_async;
  resolver_class->lookup_by_address_finish = reverse_finish;
}

static void
fake_resolver_init (FakeResolver *self)
{
}

/* A server that showed a certificate, and who judged it. */
typedef struct
{
  PosternPlan *plan;
  PosternTlsInfo tls;
  char *ca_file;
} Server;

static void
server_init (Server *server, const char *host, const TestCertSpec *spec)
{
  static const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (spec, root, NULL);
  g_autoptr(GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *pem = test_cert_pem (root, NULL);

  memset (server, 0, sizeof *server);
  server->ca_file = test_write_file (pem);
  server->plan = postern_plan_new ();
  server->plan->host = g_strdup (host);
  server->plan->tls_policy->system_store = FALSE;
  server->plan->tls_policy->ca_file = g_strdup (server->ca_file);
  server->tls.trust = postern_trust_new (server->plan->tls_policy, host);
  g_ptr_array_add (ders, test_cert_der (leaf));
  postern_trust_analyse (server->tls.trust, ders, g_get_real_time () / G_USEC_PER_SEC);
  server->tls.chain = postern_trust_get_chain (server->tls.trust);
  server->tls.faults = postern_trust_get_faults (server->tls.trust);
}

static void
server_clear (Server *server)
{
  g_object_unref (server->tls.trust);
  postern_plan_unref (server->plan);
  g_unlink (server->ca_file);
  g_free (server->ca_file);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GPtrArray **) user_data = postern_name_check_finish (result);
}

/* "mail.hoster.test same verified, …" */
static char *
look (Server *server, const char *address, guint timeout_ms, GCancellable *cancellable)
{
  static const char *const states[] = { "same", "other", "nowhere", "unknown" };
  g_autoptr(GInetAddress) connected = g_inet_address_new_from_string (address);
  g_autoptr(GPtrArray) checks = NULL;
  GString *text = g_string_new (NULL);

  postern_name_check_async (server->plan, &server->tls, connected, timeout_ms, cancellable, done_cb,
                            &checks);
  while (checks == NULL)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < checks->len; i++)
    {
      const PosternNameCheck *check = checks->pdata[i];

      g_string_append_printf (text, "%s%s %s%s", i > 0 ? ", " : "", check->name,
                              states[check->state], check->verified ? " verified" : "");
    }
  g_test_message ("%s", text->str);
  return g_string_free (text, FALSE);
}

static void
test_names (void)
{
  static const struct
  {
    TestCertSpec spec;
    const char *host;
    const char *address;
    const char *found;
  } rows[] = {
    { { .dns = "mail.hoster.test www.hoster.test gone.hoster.test" },
      "mail.example.test",
      "192.0.2.1",
      "mail.hoster.test same verified, www.hoster.test other, gone.hoster.test nowhere" },
    { { .dns = "six.hoster.test" },
      "mail.example.test",
      "2001:db8::1",
      "six.hoster.test same verified" },
    /* The nearest comes first. */
    { { .dns = "www.hoster.test mail.hoster.test" },
      "mial.hoster.test",
      "192.0.2.1",
      "mail.hoster.test same verified, www.hoster.test other" },
    /* A wildcard is tried with the first part of the name, and with what mail servers are called.
     */
    { { .dns = "*.wild.test" },
      "asked.example.test",
      "192.0.2.1",
      "asked.wild.test nowhere, mail.wild.test same verified, smtp.wild.test nowhere" },
    /* One for a whole top-level domain counts for no name. */
    { { .dns = "*.test" }, "mail.test", "192.0.2.1", "" },
    /* An address stands for itself. */
    { { .dns = "www.hoster.test", .ip = "192.0.2.1" },
      "mail.example.test",
      "192.0.2.1",
      "www.hoster.test other, 192.0.2.1 same verified" },
    /* The right name does not mend other faults. */
    { { .dns = "mail.hoster.test", .from_days = -9, .to_days = -2 },
      "mail.example.test",
      "192.0.2.1",
      "mail.hoster.test same" },
    /* A common name does not count, and what is no host is not asked for. */
    { { .cn = "mail.hoster.test" }, "mail.example.test", "192.0.2.1", "" },
    { { .dns = "a..b -x.test single b*d.test" }, "mail.example.test", "192.0.2.1", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Server server;
      g_autofree char *found = NULL;

      server_init (&server, rows[i].host, &rows[i].spec);
      found = look (&server, rows[i].address, 5000, NULL);
      g_assert_cmpstr (found, ==, rows[i].found);
      server_clear (&server);
    }
}

/* The name that the address has may be what a wildcard is for; it is believed only when it leads
 * back to the address. */
static void
test_reverse (void)
{
  static const struct
  {
    const char *reverse;
    const char *found;
  } rows[] = {
    { "web7.wild.test", ", web7.wild.test same verified" },
    { "web8.wild.test", ", web8.wild.test other" },
    { "web7.else.test", "" },
    { "mail.wild.test", "" },
    { "bad name", "" },
    { NULL, "" },
  };
  const TestCertSpec spec = { .dns = "*.wild.test" };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Server server;
      g_autofree char *found = NULL;
      g_autofree char *expected = g_strconcat (
        "asked.wild.test nowhere, mail.wild.test same verified, smtp.wild.test nowhere",
        rows[i].found, NULL);

      reverse = rows[i].reverse;
      server_init (&server, "asked.example.test", &spec);
      found = look (&server, "192.0.2.1", 5000, NULL);
      g_assert_cmpstr (found, ==, expected);
      server_clear (&server);
    }
  reverse = NULL;
}

/* The host is among what is tried where the account looks for other names. */
static void
test_list (void)
{
  const TestCertSpec spec = { .dns = "asked.example.test mail.hoster.test" };
  Server server;
  g_autofree char *found = NULL;

  server_init (&server, "asked.example.test", &spec);
  g_ptr_array_add (server.plan->tls_policy->names,
                   postern_peer_name_new (POSTERN_PEER_NAME_DNS, "else.test"));
  found = look (&server, "192.0.2.1", 5000, NULL);
  g_assert_cmpstr (found, ==, "asked.example.test same verified, mail.hoster.test same verified");
  server_clear (&server);
}

/* A certificate with very many names makes few questions. */
static void
test_many (void)
{
  g_autoptr(GString) names = g_string_new ("*.many.test");
  TestCertSpec spec = { NULL };
  Server server;
  g_autofree char *found = NULL;

  for (guint i = 0; i < 30; i++)
    g_string_append_printf (names, " n%u.many.test", i);
  spec.dns = names->str;
  server_init (&server, "mail.example.test", &spec);
  n_questions = 0;
  found = look (&server, "192.0.2.1", 5000, NULL);
  g_assert_cmpuint (n_questions, ==, POSTERN_MAX_NAME_CHECKS);
  g_assert_nonnull (strstr (found, "mail.many.test"));
  server_clear (&server);
}

/* A name without an answer holds nothing up for longer than it may, and the rest is known. */
static void
test_silent (void)
{
  const TestCertSpec spec = { .dns = "silent.hoster.test later.hoster.test" };
  Server server;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *late = NULL, *cancelled = NULL;

  server_init (&server, "mail.example.test", &spec);
  late = look (&server, "192.0.2.1", 50, NULL);
  g_assert_cmpstr (late, ==, "silent.hoster.test unknown, later.hoster.test same verified");
  g_cancellable_cancel (cancellable);
  cancelled = look (&server, "192.0.2.1", 60000, cancellable);
  g_assert_nonnull (strstr (cancelled, "silent.hoster.test unknown"));
  server_clear (&server);
}

int
main (int argc, char **argv)
{
  g_autoptr(GResolver) resolver = NULL;

  g_test_init (&argc, &argv, NULL);
  resolver = g_object_new (fake_resolver_get_type (), NULL);
  g_resolver_set_default (resolver);
  g_test_add_func ("/name-check/names", test_names);
  g_test_add_func ("/name-check/reverse", test_reverse);
  g_test_add_func ("/name-check/list", test_list);
  g_test_add_func ("/name-check/many", test_many);
  g_test_add_func ("/name-check/silent", test_silent);
  return g_test_run ();
}
