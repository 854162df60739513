/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-full-look.h"

#include "scan/postern-limit.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

/* All that is read of a server, and of what it sends how many certificates. */
#define MAX_BYTES (512 * 1024)
#define MAX_CHAIN 32

/* A server that has no ticket to give, and nothing to say, is not waited for longer. */
#define STAY_US (G_USEC_PER_SEC)

/* The least that a prime of DH may have: it is to be seen, not trusted. */
#define LEAST_DH_BITS 512

/* What one step of RSA with a larger key costs is for the server to say: GnuTLS would do it, for
 * minutes, in one call. OpenSSL, with which a logon is made, stops here as well. */
#define MOST_RSA_BITS 16384
#define MOST_EXPONENT_BITS 64

typedef struct
{
  PosternDialPlace place;
  PosternFullLookWish wish;
  PosternLimit limit;
  GSocketConnection *connection;
  GSocket *socket;
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  PosternFullLook *found;
  gsize n_read;
  gboolean said;
  gint64 stay_until;
} Run;

PosternFullLook *
postern_full_look_new (void)
{
  PosternFullLook *self = g_new0 (PosternFullLook, 1);

  self->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return self;
}

void
postern_full_look_free (PosternFullLook *self)
{
  g_ptr_array_unref (self->chain);
  g_clear_pointer (&self->staple, g_bytes_unref);
  g_clear_pointer (&self->session, g_bytes_unref);
  g_free (self->fault);
  g_free (self);
}

static void
run_free (Run *run)
{
  postern_limit_clear (&run->limit);
  if (run->session != NULL)
    gnutls_deinit (run->session);
  if (run->credentials != NULL)
    gnutls_certificate_free_credentials (run->credentials);
  g_clear_object (&run->connection);
  g_clear_pointer (&run->found, postern_full_look_free);
  g_clear_pointer (&run->wish.session, g_bytes_unref);
  g_object_unref (run->place.address);
  g_free ((char *) run->wish.priority);
  g_free ((char *) run->wish.server_name);
  g_free ((char *) run->wish.alpn);
  g_free (run);
}

/* --- Bytes --- */

static ssize_t
give_result (Run *run, gssize n, GError *error)
{
  if (n >= 0)
    return n;
  gnutls_transport_set_errno (
    run->session, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? EAGAIN : EIO);
  g_error_free (error);
  return -1;
}

static ssize_t
pull_cb (gnutls_transport_ptr_t data, void *bytes, size_t length)
{
  Run *run = data;
  GError *error = NULL;
  gssize n;

  if (run->n_read >= MAX_BYTES)
    {
      gnutls_transport_set_errno (run->session, EMSGSIZE);
      return -1;
    }
  n = g_socket_receive_with_blocking (run->socket, bytes, MIN (length, MAX_BYTES - run->n_read),
                                      FALSE, NULL, &error);
  if (n > 0)
    run->n_read += (gsize) n;
  return give_result (run, n, error);
}

static int
pull_timeout_cb (gnutls_transport_ptr_t data, unsigned int ms)
{
  Run *run = data;

  return (g_socket_condition_check (run->socket, G_IO_IN) & G_IO_IN) != 0;
}

static ssize_t
push_cb (gnutls_transport_ptr_t data, const void *bytes, size_t length)
{
  Run *run = data;
  GError *error = NULL;
  gssize n = g_socket_send_with_blocking (run->socket, bytes, length, FALSE, NULL, &error);

  return give_result (run, n, error);
}

/* --- What is learned --- */

static void
keep_staple (Run *run)
{
  gnutls_datum_t staple = { NULL, 0 };

  if (run->found->staple == NULL &&
      gnutls_ocsp_status_request_get2 (run->session, 0, &staple) >= 0 && staple.size > 0)
    run->found->staple = g_bytes_new (staple.data, staple.size);
}

/* During the handshake: what is refused later was seen all the same. */
static int
certificate_cb (gnutls_session_t session)
{
  Run *run = gnutls_session_get_ptr (session);
  unsigned int n = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers (session, &n);

  for (unsigned int i = 0; chain != NULL && i < MIN (n, MAX_CHAIN) && run->found->chain->len <= i;
       i++)
    g_ptr_array_add (run->found->chain, g_bytes_new (chain[i].data, chain[i].size));
  keep_staple (run);
  return 0;
}

static gsize
read_24 (const guint8 *bytes)
{
  return (gsize) bytes[0] << 16 | (gsize) bytes[1] << 8 | bytes[2];
}

/* The first certificate of the message (RFC 5246, 7.4.2; RFC 8446, 4.4.2), or nothing. */
static gnutls_datum_t
find_first (const gnutls_datum_t *message, gboolean is_1_3)
{
  gnutls_datum_t first = { NULL, 0 };
  gsize at = 3; /* the length of the list */

  if (is_1_3 && message->size > 0)
    at += 1 + message->data[0]; /* the context */
  if (message->size < at + 3)
    return first;
  first.size = (unsigned int) read_24 (message->data + at);
  first.data = message->data + at + 3;
  if (first.size > message->size - at - 3)
    first.size = 0;
  return first;
}

static guint
count_bits (const gnutls_datum_t *number)
{
  gsize i = 0;

  while (i < number->size && number->data[i] == 0)
    i++;
  return i < number->size ? (guint) (8 * (number->size - i - 1) + g_bit_storage (number->data[i]))
                          : 0;
}

/* Returns why a key is not worked with, or NULL; what is no RSA has no such choice. */
static char *
judge_key (gnutls_x509_crt_t certificate)
{
  gnutls_datum_t modulus = { NULL, 0 };
  gnutls_datum_t exponent = { NULL, 0 };
  guint bits, exponent_bits;

  if (gnutls_x509_crt_get_pk_rsa_raw (certificate, &modulus, &exponent) < 0)
    return NULL;
  bits = count_bits (&modulus);
  exponent_bits = count_bits (&exponent);
  gnutls_free (modulus.data);
  gnutls_free (exponent.data);
  if (bits <= MOST_RSA_BITS && exponent_bits <= MOST_EXPONENT_BITS)
    return NULL;
  return g_strdup_printf (_ ("The RSA key of the server has %u bits, its exponent %u: more than %u "
                             "and %u cost too much, and the handshake was ended"),
                          bits, exponent_bits, MOST_RSA_BITS, MOST_EXPONENT_BITS);
}

/* Before GnuTLS works with the key, which it does in TLS 1.3 before it asks about the chain. */
static int
message_cb (gnutls_session_t session,
            unsigned int type,
            unsigned int when,
            unsigned int incoming,
            const gnutls_datum_t *message)
{
  Run *run = gnutls_session_get_ptr (session);
  gnutls_x509_crt_t certificate;
  gnutls_datum_t first;

  if (!incoming || run->found->fault != NULL)
    return 0;
  first = find_first (message, gnutls_protocol_get_version (session) == GNUTLS_TLS1_3);
  if (first.size == 0 || gnutls_x509_crt_init (&certificate) < 0)
    return 0;
  if (gnutls_x509_crt_import (certificate, &first, GNUTLS_X509_FMT_DER) >= 0)
    run->found->fault = judge_key (certificate);
  gnutls_x509_crt_deinit (certificate);
  return run->found->fault != NULL ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

static int
asked_cb (gnutls_session_t session,
          const gnutls_datum_t *authorities,
          int n_authorities,
          const gnutls_pk_algorithm_t *algorithms,
          int n_algorithms,
          gnutls_pcert_st **chain,
          unsigned int *n_chain,
          gnutls_privkey_t *key)
{
  Run *run = gnutls_session_get_ptr (session);

  run->found->certificate_asked = TRUE;
  *n_chain = 0;
  return 0;
}

static void
keep_session (Run *run)
{
  gnutls_datum_t data = { NULL, 0 };
  gboolean has_ticket = gnutls_session_get_flags (run->session) & GNUTLS_SFLAGS_SESSION_TICKET;

  run->found->ticket = has_ticket;

  /* Without a ticket GnuTLS would wait for one in TLS 1.3. */
  if (!has_ticket && gnutls_protocol_get_version (run->session) == GNUTLS_TLS1_3)
    return;
  if (gnutls_session_get_data2 (run->session, &data) < 0)
    return;
  run->found->session = g_bytes_new (data.data, data.size);
  gnutls_free (data.data);
}

static void
keep_handshake (Run *run)
{
  gnutls_datum_t alpn;

  run->found->finished = TRUE;
  run->found->resumed = gnutls_session_is_resumed (run->session) != 0;
  keep_staple (run);
  if (gnutls_alpn_get_selected_protocol (run->session, &alpn) >= 0 &&
      alpn.size < sizeof run->found->alpn)
    memcpy (run->found->alpn, alpn.data, alpn.size);
}

/* --- The run --- */

static void
finish (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  if (run->found->finished)
    {
      keep_session (run);
      /* A session that did not end in order is not resumed. One attempt: nothing is waited for. */
      gnutls_bye (run->session, GNUTLS_SHUT_WR);
    }
  g_socket_close (run->socket, NULL);
  g_task_return_pointer (task, g_steal_pointer (&run->found),
                         (GDestroyNotify) postern_full_look_free);
}

static void
keep_failure (Run *run, int code)
{
  if (run->found->fault != NULL)
    return;
  if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
    run->found->alert = (guint) gnutls_alert_get (run->session);
  else if (code == GNUTLS_E_PREMATURE_TERMINATION || code == GNUTLS_E_PULL_ERROR ||
           code == GNUTLS_E_PUSH_ERROR)
    run->found->hung_up = TRUE;
  else
    run->found->fault = g_strdup (gnutls_strerror (code));
}

static gboolean
ready_cb (GSocket *socket, GIOCondition condition, gpointer user_data);

static void
wait_for_socket (GTask *task)
{
  Run *run = g_task_get_task_data (task);
  GIOCondition condition = gnutls_record_get_direction (run->session) == 0 ? G_IO_IN : G_IO_OUT;
  g_autoptr(GSource) source = g_socket_create_source (run->socket, condition, run->limit.stop);

  if (run->stay_until != 0)
    g_source_set_ready_time (source, run->stay_until);
  g_source_set_callback (source, G_SOURCE_FUNC (ready_cb), g_object_ref (task), g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

static gboolean
is_pending (int code)
{
  return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

/* After STARTTLS the server waits for us: so that it says something, which comes after its
 * tickets. */
static void
say_goodbye (Run *run)
{
  static const char *const words[] = {
    [POSTERN_PROTOCOL_SMTP] = "QUIT\r\n",
    [POSTERN_PROTOCOL_POP3] = "QUIT\r\n",
    [POSTERN_PROTOCOL_IMAP] = "a2 LOGOUT\r\n",
  };
  const char *word = words[run->place.protocol];

  run->said = TRUE;
  run->stay_until = g_get_monotonic_time () + STAY_US;
  if (run->place.starttls)
    gnutls_record_send (run->session, word, strlen (word));
}

/* TLS 1.3 sends tickets, and says no to a client without a certificate, after the handshake. */
static void
stay (GTask *task)
{
  Run *run = g_task_get_task_data (task);
  char byte;
  ssize_t n;

  if (!run->said)
    say_goodbye (run);
  n = gnutls_record_recv (run->session, &byte, sizeof byte);
  if ((gnutls_session_get_flags (run->session) & GNUTLS_SFLAGS_SESSION_TICKET) == 0 &&
      is_pending ((int) n) && g_get_monotonic_time () < run->stay_until)
    {
      wait_for_socket (task);
      return;
    }
  if (n == GNUTLS_E_FATAL_ALERT_RECEIVED)
    {
      run->found->finished = FALSE;
      keep_failure (run, (int) n);
    }
  finish (task);
}

static void
shake (GTask *task)
{
  Run *run = g_task_get_task_data (task);
  int code;

  do
    code = gnutls_handshake (run->session);
  while (code == GNUTLS_E_WARNING_ALERT_RECEIVED || code == GNUTLS_E_GOT_APPLICATION_DATA);

  if (is_pending (code))
    wait_for_socket (task);
  else if (code < 0)
    {
      keep_failure (run, code);
      finish (task);
    }
  else
    {
      keep_handshake (run);
      if (run->wish.stay && gnutls_protocol_get_version (run->session) == GNUTLS_TLS1_3)
        stay (task);
      else
        finish (task);
    }
}

static gboolean
ready_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (run->limit.stop, &error))
    g_task_return_error (task, postern_limit_take (&run->limit, error));
  else if (run->found->finished)
    stay (task);
  else
    shake (task);
  return G_SOURCE_REMOVE;
}

static gboolean
set_up (Run *run)
{
  const PosternFullLookWish *wish = &run->wish;
  guint flags = GNUTLS_CLIENT | GNUTLS_NONBLOCK | (wish->no_tickets ? GNUTLS_NO_TICKETS : 0);
  gsize length;

  if (gnutls_init (&run->session, flags) < 0 ||
      gnutls_certificate_allocate_credentials (&run->credentials) < 0 ||
      gnutls_priority_set_direct (run->session, wish->priority, NULL) < 0 ||
      gnutls_credentials_set (run->session, GNUTLS_CRD_CERTIFICATE, run->credentials) < 0)
    return FALSE;

  gnutls_session_set_ptr (run->session, run);
  gnutls_session_set_verify_function (run->session, certificate_cb);
  gnutls_handshake_set_hook_function (run->session, GNUTLS_HANDSHAKE_CERTIFICATE_PKT,
                                      GNUTLS_HOOK_POST, message_cb);
  gnutls_certificate_set_retrieve_function2 (run->credentials, asked_cb);
  gnutls_dh_set_prime_bits (run->session, LEAST_DH_BITS);
  gnutls_transport_set_ptr (run->session, run);
  gnutls_transport_set_pull_function (run->session, pull_cb);
  gnutls_transport_set_pull_timeout_function (run->session, pull_timeout_cb);
  gnutls_transport_set_push_function (run->session, push_cb);
  if (wish->server_name != NULL)
    gnutls_server_name_set (run->session, GNUTLS_NAME_DNS, wish->server_name,
                            strlen (wish->server_name));
  if (wish->alpn != NULL)
    {
      const gnutls_datum_t alpn = { (unsigned char *) wish->alpn, (guint) strlen (wish->alpn) };

      gnutls_alpn_set_protocols (run->session, &alpn, 1, 0);
    }
  if (wish->session != NULL)
    {
      gconstpointer data = g_bytes_get_data (wish->session, &length);

      gnutls_session_set_data (run->session, data, length);
    }
  return TRUE;
}

static void
dialled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;

  run->connection = postern_dial_finish (result, &error);
  if (run->connection == NULL)
    {
      g_task_return_error (task, postern_limit_take (&run->limit, error));
      return;
    }
  run->socket = g_socket_connection_get_socket (run->connection);
  if (set_up (run))
    shake (task);
  else
    {
      run->found->fault = g_strdup ("GnuTLS");
      finish (task);
    }
}

void
postern_full_look_async (const PosternDialPlace *place,
                         const PosternFullLookWish *wish,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Run *run = g_new0 (Run, 1);

  run->place = *place;
  g_object_ref (run->place.address);
  run->wish = *wish;
  run->wish.priority = g_strdup (wish->priority);
  run->wish.server_name = g_strdup (wish->server_name);
  run->wish.alpn = g_strdup (wish->alpn);
  if (wish->session != NULL)
    g_bytes_ref (wish->session);
  run->found = postern_full_look_new ();
  postern_limit_init (&run->limit, place->timeout_ms, cancellable, g_task_get_context (task));
  g_task_set_task_data (task, run, (GDestroyNotify) run_free);
  postern_dial_async (place, run->limit.stop, dialled_cb, g_steal_pointer (&task));
}

PosternFullLook *
postern_full_look_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
