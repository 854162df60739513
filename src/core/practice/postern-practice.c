/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "practice/postern-practice-ca.h"
#include "practice/postern-practice-peer.h"
#include "practice/postern-practice-scenario.h"
#include "practice/postern-practice-serve.h"

#define N_CONNECTIONS_MAX 32
#define BACKLOG 64
#define ACCEPT_PAUSE_MS 100

/* A port, and the thread that accepts there. */
typedef struct
{
  PosternPractice *practice; /* not owned: stop() joins the thread first */
  PracticeOpening opening;
  GSocket *socket;
  GThread *thread;
} Port;

typedef struct
{
  PosternPractice *practice; /* not owned, as above */
  PracticeOpening opening;
  GSocket *socket;
  GThread *thread;
  gboolean done; /* under the lock: the thread is about to end */
} Connection;

struct _PosternPractice
{
  GObject parent_instance;

  PosternProtocol protocol;
  const PosternPracticeScenario *scenario;
  const PracticeBehaviour *behaviour;
  GTlsCertificate *certificate;
  char *ca_pem;
  char *ca_folder;
  char *ca_file;

  Port ports[2]; /* the plain one, and the one for TLS from the first byte */
  guint16 numbers[2];
  GCancellable *cancellable; /* NULL while not started */

  GMutex lock;
  GPtrArray *connections; /* (element-type Connection), under the lock */
  guint n_connections;    /* under the lock */
};

G_DEFINE_FINAL_TYPE (PosternPractice, postern_practice, G_TYPE_OBJECT)

static void
connection_free (Connection *self)
{
  if (self->thread != NULL)
    g_thread_join (self->thread);
  g_object_unref (self->socket);
  g_free (self);
}

static gpointer
connection_thread (gpointer data)
{
  Connection *self = data;
  PosternPractice *practice = self->practice;
  PracticePeer *peer =
    practice_peer_new (self->socket, practice->behaviour->delay_ms, practice->cancellable);

  practice_serve (peer, practice->protocol, practice->behaviour, self->opening,
                  practice->certificate);
  practice_peer_free (peer);

  g_mutex_lock (&practice->lock);
  self->done = TRUE;
  g_mutex_unlock (&practice->lock);
  return NULL;
}

/* With the lock held. The threads joined here hold it no more. */
static void
reap_connections (PosternPractice *self)
{
  for (guint i = self->connections->len; i > 0; i--)
    {
      Connection *connection = g_ptr_array_index (self->connections, i - 1);

      if (connection->done)
        g_ptr_array_remove_index_fast (self->connections, i - 1);
    }
}

static gboolean
is_loopback (GSocketAddress *address)
{
  return G_IS_INET_SOCKET_ADDRESS (address) &&
         g_inet_address_get_is_loopback (
           g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

static void
turn_away (PosternProtocol protocol, PracticeOpening opening, GSocket *socket)
{
  static const char *const replies[] = { "421 4.7.0 Too many connections\r\n",
                                         "-ERR [SYS/TEMP] Too many connections\r\n",
                                         "* BYE Too many connections\r\n" };

  if (opening == PRACTICE_OPENING_PLAIN)
    g_socket_send_with_blocking (socket, replies[protocol], strlen (replies[protocol]), FALSE, NULL,
                                 NULL);
  g_socket_close (socket, NULL);
}

static void
take_connection (Port *port, GSocket *socket)
{
  PosternPractice *self = port->practice;
  g_autoptr(GSocketAddress) remote = g_socket_get_remote_address (socket, NULL);
  Connection *connection = NULL;

  if (remote == NULL || !is_loopback (remote))
    {
      g_socket_close (socket, NULL);
      return;
    }

  g_mutex_lock (&self->lock);
  self->n_connections++;
  reap_connections (self);
  if (self->connections->len < N_CONNECTIONS_MAX)
    {
      connection = g_new0 (Connection, 1);
      connection->practice = self;
      connection->opening = port->opening;
      connection->socket = g_object_ref (socket);
      connection->thread = g_thread_try_new ("practice-peer", connection_thread, connection, NULL);
      if (connection->thread != NULL)
        g_ptr_array_add (self->connections, connection);
      else
        g_clear_pointer (&connection, connection_free);
    }
  g_mutex_unlock (&self->lock);

  if (connection == NULL)
    turn_away (self->protocol, port->opening, socket);
}

/* Too many open files, say: worth another try, but not at once. */
static void
pause_accepting (GCancellable *cancellable)
{
  GPollFD fd;

  if (!g_cancellable_make_pollfd (cancellable, &fd))
    return;
  g_poll (&fd, 1, ACCEPT_PAUSE_MS);
  g_cancellable_release_fd (cancellable);
}

static gpointer
port_thread (gpointer data)
{
  Port *self = data;
  GCancellable *cancellable = self->practice->cancellable;

  while (!g_cancellable_is_cancelled (cancellable))
    {
      g_autoptr(GSocket) socket = g_socket_accept (self->socket, cancellable, NULL);

      if (socket != NULL)
        take_connection (self, socket);
      else
        pause_accepting (cancellable);
    }
  return NULL;
}

static GSocket *
listen_on (guint16 number, guint16 *actual, GError **error)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) wanted = g_inet_socket_address_new (loopback, number);
  g_autoptr(GSocketAddress) local = NULL;
  g_autoptr(GSocket) socket = NULL;

  socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  if (socket == NULL)
    return NULL;

  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, wanted, TRUE, error) || !g_socket_listen (socket, error))
    {
      g_prefix_error (error, _ ("The practice server cannot use port %u: "), number);
      return NULL;
    }

  local = g_socket_get_local_address (socket, error);
  if (local == NULL)
    return NULL;

  if (!is_loopback (local))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("The practice server listens on the loopback interface alone."));
      return NULL;
    }

  *actual = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
  return g_steal_pointer (&socket);
}

static void
remove_ca_file (PosternPractice *self)
{
  if (self->ca_file != NULL)
    g_unlink (self->ca_file);
  if (self->ca_folder != NULL)
    g_rmdir (self->ca_folder);
  g_clear_pointer (&self->ca_file, g_free);
  g_clear_pointer (&self->ca_folder, g_free);
}

static void
postern_practice_finalize (GObject *object)
{
  PosternPractice *self = POSTERN_PRACTICE (object);

  postern_practice_stop (self);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->ca_pem, g_free);
  g_ptr_array_unref (self->connections);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (postern_practice_parent_class)->finalize (object);
}

static void
postern_practice_class_init (PosternPracticeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_practice_finalize;
}

static void
postern_practice_init (PosternPractice *self)
{
  g_mutex_init (&self->lock);
  self->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) connection_free);
}

static const char *const protocol_names[] = { "SMTP", "POP3", "IMAP" };

static char *
list_names (PosternProtocol protocol)
{
  gsize n_scenarios = 0;
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (&n_scenarios);
  GString *names = g_string_new (NULL);

  for (gsize i = 0; i < n_scenarios; i++)
    if ((scenarios[i].protocols & 1u << protocol) != 0)
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", scenarios[i].name);
  return g_string_free (names, FALSE);
}

/**
 * postern_practice_new_for:
 * @protocol: what it speaks
 * @scenario: (nullable): the name of a scenario, NULL for `good`
 * @error: return location
 *
 * Makes the practice server with its authority and its certificate, not yet listening. A name
 * that is none of postern_practice_list_scenarios(), or none for this protocol, is
 * `G_IO_ERROR_NOT_FOUND`; the message names those there are.
 *
 * Returns: (transfer full): a practice server, or NULL
 */
PosternPractice *
postern_practice_new_for (PosternProtocol protocol, const char *scenario, GError **error)
{
  const PosternPracticeScenario *scenarios = postern_practice_list_scenarios (NULL);
  int index = postern_practice_scenario_find (scenario != NULL ? scenario : "good");
  g_autoptr(PosternPractice) self = NULL;

  if (index < 0 || (scenarios[index].protocols & 1u << protocol) == 0)
    {
      g_autofree char *names = list_names (protocol);

      if (index < 0)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                     _ ("There is no practice scenario “%s”. Use one of: %s."), scenario, names);
      else
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                     /* Translators: the second is a protocol: SMTP, POP3 or IMAP */
                     _ ("The practice scenario “%s” does not exist for %s. Use one of: %s."),
                     scenario, protocol_names[protocol], names);
      return NULL;
    }

  self = g_object_new (POSTERN_TYPE_PRACTICE, NULL);
  self->protocol = protocol;
  self->scenario = &scenarios[index];
  self->behaviour = postern_practice_scenario_get_behaviour (index);
  self->certificate = postern_practice_ca_make (self->behaviour->certificate, &self->ca_pem, error);
  if (self->certificate == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

/* The same for SMTP. */
PosternPractice *
postern_practice_new (const char *scenario, GError **error)
{
  return postern_practice_new_for (POSTERN_PROTOCOL_SMTP, scenario, error);
}

static gboolean
start_port (PosternPractice *self, guint i, PracticeOpening opening, GError **error)
{
  Port *port = &self->ports[i];

  port->practice = self;
  port->opening = opening;
  port->thread = g_thread_try_new ("practice-port", port_thread, port, error);
  return port->thread != NULL;
}

/**
 * postern_practice_start:
 * @self: a practice server that is not running
 * @port: where to speak with STARTTLS, 0 for any free port
 * @tls_port: where to speak TLS from the first byte, 0 for any free port
 * @error: return location
 *
 * Listens on 127.0.0.1 and serves, from threads of its own, until postern_practice_stop() or the
 * last reference goes. What the scenario does may differ from what the ports are for.
 *
 * Returns: whether both ports are served; if not, none is
 */
gboolean
postern_practice_start (PosternPractice *self, guint16 port, guint16 tls_port, GError **error)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), FALSE);
  g_return_val_if_fail (self->cancellable == NULL, FALSE);

  self->cancellable = g_cancellable_new ();
  self->n_connections = 0;
  self->ports[0].socket = listen_on (port, &self->numbers[0], error);
  if (self->ports[0].socket != NULL)
    self->ports[1].socket = listen_on (tls_port, &self->numbers[1], error);

  if (self->ports[1].socket == NULL || !start_port (self, 0, self->behaviour->plain_port, error) ||
      !start_port (self, 1, self->behaviour->tls_port, error))
    {
      postern_practice_stop (self);
      return FALSE;
    }
  return TRUE;
}

/**
 * postern_practice_stop:
 * @self: a practice server
 *
 * Ends every conversation, waits for every thread, closes the ports and removes the file of
 * postern_practice_write_ca_file(). Does no harm when it is not running.
 */
void
postern_practice_stop (PosternPractice *self)
{
  g_return_if_fail (POSTERN_IS_PRACTICE (self));

  remove_ca_file (self);
  if (self->cancellable == NULL)
    return;

  g_cancellable_cancel (self->cancellable);
  for (guint i = 0; i < G_N_ELEMENTS (self->ports); i++)
    {
      g_clear_pointer (&self->ports[i].thread, g_thread_join);
      g_clear_object (&self->ports[i].socket);
      self->numbers[i] = 0;
    }

  /* Nobody adds to them any more; each joins its thread, which needs the lock to end. */
  g_ptr_array_set_size (self->connections, 0);
  g_clear_object (&self->cancellable);
}

/* 0 while the server is not running. */
guint16
postern_practice_get_port (PosternPractice *self)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), 0);

  return self->numbers[0];
}

guint16
postern_practice_get_tls_port (PosternPractice *self)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), 0);

  return self->numbers[1];
}

PosternProtocol
postern_practice_get_protocol (PosternPractice *self)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), POSTERN_PROTOCOL_SMTP);

  return self->protocol;
}

const char *
postern_practice_get_scenario (PosternPractice *self)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), NULL);

  return self->scenario->name;
}

const char *
postern_practice_get_ca_pem (PosternPractice *self)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), NULL);

  return self->ca_pem;
}

/* The runtime folder may be missing (no session); the temporary folder is not. */
static char *
make_folder (GError **error)
{
  g_autofree char *folder =
    g_build_filename (g_get_user_runtime_dir (), "postern-practice-XXXXXX", NULL);

  if (g_mkdtemp_full (folder, 0700) != NULL)
    return g_steal_pointer (&folder);
  return g_dir_make_tmp ("postern-practice-XXXXXX", error);
}

/**
 * postern_practice_write_ca_file:
 * @self: a practice server
 * @error: return location
 *
 * Writes what postern_practice_get_ca_pem() gives to a file in a folder of its own, once. There
 * is no private key in it.
 *
 * Returns: (transfer none): its name, good until the server is stopped
 */
const char *
postern_practice_write_ca_file (PosternPractice *self, GError **error)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), NULL);

  if (self->ca_file != NULL)
    return self->ca_file;

  self->ca_folder = make_folder (error);
  if (self->ca_folder == NULL)
    return NULL;

  self->ca_file = g_build_filename (self->ca_folder, "ca.pem", NULL);
  if (!g_file_set_contents (self->ca_file, self->ca_pem, -1, error))
    remove_ca_file (self);
  return self->ca_file;
}

/**
 * postern_practice_get_n_connections:
 * @self: a practice server
 *
 * Returns: how many connections were accepted since the start, those turned away included
 */
guint
postern_practice_get_n_connections (PosternPractice *self)
{
  guint n;

  g_return_val_if_fail (POSTERN_IS_PRACTICE (self), 0);

  g_mutex_lock (&self->lock);
  n = self->n_connections;
  g_mutex_unlock (&self->lock);
  return n;
}
