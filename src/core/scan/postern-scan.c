/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan.h"

#include "scan/postern-look.h"
#include "scan/postern-tls-numbers.h"

#include <glib/gi18n.h>
#include <string.h>

#define DEFAULT_PARALLEL 4
#define DEFAULT_STEP_MS 5000
#define DEFAULT_TOTAL_MS 60000

#define X25519 0x001d

typedef enum
{
  TRACK_SUITES,
  TRACK_ORDER,
  TRACK_GROUPS,
  TRACK_SIGNATURES,
  TRACK_SIGNATURE, /* one alone, in TLS 1.3, where the answer does not name it */
  TRACK_ALPN,
} TrackKind;

/* Connections that have to come one after the other. */
typedef struct
{
  GTask *task;
  TrackKind kind;
  PosternScanVersion *version;
  GArray *left; /* what is still offered of that which the track eliminates */
} Track;

typedef struct
{
  PosternScanRequest request;
  PosternScanResult *result;
  GSocketAddress *address;
  GCancellable *stop;
  GCancellable *caller;
  gulong caller_id;
  GSource *deadline;
  GQueue waiting; /* of Track */
  guint n_active;
  gboolean ended;
} Scan;

static void
track_free (Track *track)
{
  g_object_unref (track->task);
  g_array_unref (track->left);
  g_free (track);
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
  g_ptr_array_unref (self->troubles);
  g_free (self->address);
  g_free (self);
}

static PosternScanResult *
result_new (void)
{
  PosternScanResult *self = g_new0 (PosternScanResult, 1);

  self->troubles = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    {
      self->versions[i].version = (guint16) (POSTERN_HELLO_1_0 + i);
      self->versions[i].suites = g_array_new (FALSE, FALSE, sizeof (guint16));
      self->versions[i].groups = g_array_new (FALSE, FALSE, sizeof (guint16));
      self->versions[i].signatures = g_array_new (FALSE, FALSE, sizeof (guint16));
    }
  return self;
}

static void
scan_free (Scan *scan)
{
  if (scan->caller != NULL)
    g_cancellable_disconnect (scan->caller, scan->caller_id);
  g_source_destroy (scan->deadline);
  g_source_unref (scan->deadline);
  g_clear_object (&scan->caller);
  g_clear_object (&scan->stop);
  g_clear_object (&scan->address);
  g_clear_pointer (&scan->result, postern_scan_result_free);
  g_free (scan->request.host);
  g_free (scan);
}

static void
add_trouble (Scan *scan, const PosternScanVersion *version, const char *message)
{
  g_ptr_array_add (
    scan->result->troubles,
    g_strdup_printf ("%s: %s", postern_tls_version_name (version->version), message));
}

/* --- What is offered --- */

static GArray *
all_of (const PosternTlsNumber *numbers, gsize n)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (guint16));

  for (gsize i = 0; i < n; i++)
    g_array_append_val (list, numbers[i].number);
  return list;
}

static GArray *
all_suites (guint16 version)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (guint16));
  gsize n;
  const PosternTlsNumber *numbers = postern_tls_suites (&n);

  for (gsize i = 0; i < n; i++)
    if (postern_tls_suite_is_1_3 (numbers[i].number) == (version >= POSTERN_HELLO_1_3))
      g_array_append_val (list, numbers[i].number);
  return list;
}

static GArray *
all_groups (void)
{
  gsize n;
  const PosternTlsNumber *numbers = postern_tls_groups (&n);

  return all_of (numbers, n);
}

static GArray *
all_signatures (void)
{
  gsize n;
  const PosternTlsNumber *numbers = postern_tls_signatures (&n);

  return all_of (numbers, n);
}

/* Those of the suites found in which the server names a group, or signs. */
static GArray *
suites_with (const PosternScanVersion *version, gboolean group)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (guint16));

  for (guint i = 0; i < version->suites->len; i++)
    {
      guint16 suite = g_array_index (version->suites, guint16, i);
      const char *name = postern_tls_suite_name (suite);

      if (version->version >= POSTERN_HELLO_1_3 ||
          (group ? g_str_has_prefix (name, "TLS_ECDH")
                 : strstr (name, "DHE_") != NULL && strstr (name, "_anon_") == NULL))
        g_array_append_val (list, suite);
    }
  return list;
}

static gboolean
has_number (const GArray *list, guint16 number)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, guint16, i) == number)
      return TRUE;
  return FALSE;
}

static gboolean
take_number (GArray *list, guint16 number)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, guint16, i) == number)
      {
        g_array_remove_index (list, i);
        return TRUE;
      }
  return FALSE;
}

/* What ALPN calls the protocol: IANA has "pop3" and "imap"; for SMTP nothing is registered. */
static const char *
alpn_of (PosternProtocol protocol)
{
  switch (protocol)
    {
    case POSTERN_PROTOCOL_POP3:
      return "pop3";

    case POSTERN_PROTOCOL_IMAP:
      return "imap";

    case POSTERN_PROTOCOL_SMTP:
    default:
      return "smtp";
    }
}

static GBytes *
make_hello (const Scan *scan, const Track *track)
{
  g_autoptr(GArray) suites = NULL;
  g_autoptr(GArray) groups = NULL;
  g_autoptr(GArray) signatures = NULL;
  PosternHello hello = { .version = track->version->version };

  if (track->kind == TRACK_SUITES || track->kind == TRACK_ORDER)
    suites = g_array_ref (track->left);
  else if (track->kind == TRACK_GROUPS || track->kind == TRACK_SIGNATURES)
    suites = suites_with (track->version, track->kind == TRACK_GROUPS);
  else
    suites = g_array_ref (track->version->suites);
  groups = track->kind == TRACK_GROUPS ? g_array_ref (track->left) : all_groups ();
  signatures = track->kind == TRACK_SIGNATURES || track->kind == TRACK_SIGNATURE
                 ? g_array_ref (track->left)
                 : all_signatures ();

  hello.suites = suites;
  hello.groups = groups;
  hello.signatures = signatures;
  hello.share = track->kind == TRACK_SIGNATURE;
  if (!g_hostname_is_ip_address (scan->request.host) && strlen (scan->request.host) < 256)
    hello.server_name = scan->request.host;
  if (track->kind == TRACK_ALPN)
    hello.alpn = alpn_of (scan->request.protocol);
  return postern_hello_write (&hello);
}

/* --- Tracks --- */

static void
pump (GTask *task);

/* @left: (transfer full) */
static void
add_track (GTask *task, TrackKind kind, PosternScanVersion *version, GArray *left)
{
  Scan *scan = g_task_get_task_data (task);
  Track *track = g_new0 (Track, 1);

  track->task = g_object_ref (task);
  track->kind = kind;
  track->version = version;
  track->left = left;
  g_queue_push_tail (&scan->waiting, track);
}

static void
add_signatures_1_3 (GTask *task, PosternScanVersion *version)
{
  g_autoptr(GArray) all = all_signatures ();

  for (guint i = 0; i < all->len; i++)
    {
      GArray *one = g_array_new (FALSE, FALSE, sizeof (guint16));

      g_array_append_val (one, g_array_index (all, guint16, i));
      add_track (task, TRACK_SIGNATURE, version, one);
    }
}

/* The suites are known: what depends on them is next. */
static void
add_second_tracks (GTask *task, PosternScanVersion *version)
{
  g_autoptr(GArray) with_group = suites_with (version, TRUE);
  g_autoptr(GArray) with_signature = suites_with (version, FALSE);

  if (version->suites->len > 1)
    {
      GArray *reversed = g_array_new (FALSE, FALSE, sizeof (guint16));

      for (guint i = version->suites->len; i > 0; i--)
        g_array_append_val (reversed, g_array_index (version->suites, guint16, i - 1));
      add_track (task, TRACK_ORDER, version, reversed);
    }
  if (version->suites->len > 0 && version->version < POSTERN_HELLO_1_3)
    add_track (task, TRACK_ALPN, version, g_array_new (FALSE, FALSE, sizeof (guint16)));
  if (with_group->len > 0)
    add_track (task, TRACK_GROUPS, version, all_groups ());
  if (version->version == POSTERN_HELLO_1_2 && with_signature->len > 0)
    add_track (task, TRACK_SIGNATURES, version, all_signatures ());
}

static void
keep_flight (PosternScanVersion *version, const PosternServerFlight *flight)
{
  version->renegotiation |= flight->renegotiation;
  version->tickets |= flight->ticket;
  version->stapled |= flight->stapled;
  version->extended_master_secret |= flight->extended_master_secret;
  if (flight->version < POSTERN_HELLO_1_3)
    version->session_ids |= flight->session_id;
  if (flight->dh_bits > 0 && (version->dh_bits == 0 || flight->dh_bits < version->dh_bits))
    version->dh_bits = flight->dh_bits;
}

static gboolean
take_suite (Track *track, const PosternServerFlight *flight)
{
  if (!take_number (track->left, flight->suite))
    return FALSE;
  track->version->spoken = TRUE;
  g_array_append_val (track->version->suites, flight->suite);
  return track->left->len > 0;
}

static gboolean
take_listed (Track *track, GArray *found, guint16 number)
{
  if (number == 0 || !take_number (track->left, number))
    return FALSE;
  g_array_append_val (found, number);
  return track->left->len > 0;
}

static void
take_order (Track *track, guint16 suite)
{
  if (suite == g_array_index (track->left, guint16, 0))
    track->version->order = POSTERN_SCAN_ORDER_CLIENT;
  else if (has_number (track->left, suite))
    track->version->order = POSTERN_SCAN_ORDER_SERVER;
}

/* What one answer tells. Returns whether the track has another connection to make. */
static gboolean
take_flight (Track *track, const PosternServerFlight *flight)
{
  PosternScanVersion *version = track->version;

  version->looked = TRUE;
  if (!flight->hello || flight->version != version->version)
    return FALSE;

  keep_flight (version, flight);
  switch (track->kind)
    {
    case TRACK_SUITES:
      return take_suite (track, flight);

    case TRACK_ORDER:
      take_order (track, flight->suite);
      return FALSE;

    case TRACK_GROUPS:
      return take_listed (track, version->groups, flight->group);

    case TRACK_SIGNATURES:
      return take_listed (track, version->signatures, flight->signature);

    case TRACK_SIGNATURE:
      if (!flight->retry)
        g_array_append_val (version->signatures, g_array_index (track->left, guint16, 0));
      return FALSE;

    case TRACK_ALPN:
    default:
      memcpy (version->alpn, flight->alpn, sizeof version->alpn);
      return FALSE;
    }
}

static void
end_track (Track *track)
{
  if (track->kind == TRACK_SUITES)
    add_second_tracks (track->task, track->version);
  else if (track->kind == TRACK_GROUPS && track->version->version >= POSTERN_HELLO_1_3 &&
           has_number (track->version->groups, X25519))
    add_signatures_1_3 (track->task, track->version);
  track_free (track);
}

static void
drop_waiting (Scan *scan)
{
  g_queue_clear_full (&scan->waiting, (GDestroyNotify) track_free);
}

static void
look_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Track *track = user_data;
  g_autoptr(GTask) task = g_object_ref (track->task);
  Scan *scan = g_task_get_task_data (task);
  PosternServerFlight flight;
  g_autoptr(GError) error = NULL;

  scan->n_active--;
  if (!postern_look_finish (result, &flight, &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        scan->result->timed_out = TRUE;
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        add_trouble (scan, track->version, error->message);
      track_free (track);
    }
  else if (take_flight (track, &flight))
    g_queue_push_head (&scan->waiting, track);
  else
    end_track (track);
  pump (task);
}

static void
end_scan (GTask *task)
{
  Scan *scan = g_task_get_task_data (task);
  GError *error = NULL;

  scan->ended = TRUE;
  g_source_destroy (scan->deadline);
  if (g_cancellable_set_error_if_cancelled (scan->caller, &error))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&scan->result),
                           (GDestroyNotify) postern_scan_result_free);
}

/* Starts what may be started, and ends the scan with the last track. */
static void
pump (GTask *task)
{
  Scan *scan = g_task_get_task_data (task);
  PosternLookPlace place = { scan->address, scan->request.protocol, scan->request.starttls,
                             scan->request.step_ms };

  if (scan->ended)
    return;
  if (g_cancellable_is_cancelled (scan->stop))
    drop_waiting (scan);
  while (scan->n_active < scan->request.parallel && !g_queue_is_empty (&scan->waiting))
    {
      Track *track = g_queue_pop_head (&scan->waiting);
      g_autoptr(GBytes) hello = make_hello (scan, track);

      scan->n_active++;
      scan->result->n_connections++;
      postern_look_async (&place, hello, scan->stop, look_cb, track);
    }
  if (scan->n_active == 0)
    end_scan (task);
}

/* --- The run --- */

static gboolean
deadline_cb (gpointer user_data)
{
  Scan *scan = user_data;

  scan->result->timed_out = TRUE;
  g_ptr_array_add (scan->result->troubles, g_strdup (_ ("The time limit ran out")));
  g_cancellable_cancel (scan->stop);
  return G_SOURCE_REMOVE;
}

static void
caller_cancelled_cb (GCancellable *caller, Scan *scan)
{
  g_cancellable_cancel (scan->stop);
}

/* The first connection finds the address that answers; all others go there. */
static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Scan *scan = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GSocketConnection) connection =
               g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &error);

  if (connection != NULL)
    scan->address = g_socket_connection_get_remote_address (connection, &error);
  if (scan->address == NULL)
    {
      scan->ended = TRUE;
      g_source_destroy (scan->deadline);
      if (scan->result->timed_out)
        {
          g_clear_error (&error);
          error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("No answer in time"));
        }
      g_task_return_error (task, error);
      return;
    }
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  scan->result->n_connections++;
  scan->result->address = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (scan->address));
  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    {
      PosternScanVersion *version = &scan->result->versions[i - 1];

      add_track (task, TRACK_SUITES, version, all_suites (version->version));
    }
  pump (task);
}

void
postern_scan_async (const PosternScanRequest *request,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  Scan *scan = g_new0 (Scan, 1);

  scan->request = *request;
  scan->request.host = g_strdup (request->host);
  if (scan->request.parallel == 0)
    scan->request.parallel = DEFAULT_PARALLEL;
  if (scan->request.step_ms == 0)
    scan->request.step_ms = DEFAULT_STEP_MS;
  if (scan->request.total_ms == 0)
    scan->request.total_ms = DEFAULT_TOTAL_MS;
  scan->result = result_new ();
  scan->stop = g_cancellable_new ();
  g_queue_init (&scan->waiting);
  scan->deadline = g_timeout_source_new (scan->request.total_ms);
  g_task_set_task_data (task, scan, (GDestroyNotify) scan_free);
  g_source_set_callback (scan->deadline, deadline_cb, scan, NULL);
  g_source_attach (scan->deadline, g_task_get_context (task));
  if (cancellable != NULL)
    {
      scan->caller = g_object_ref (cancellable);
      scan->caller_id =
        g_cancellable_connect (cancellable, G_CALLBACK (caller_cancelled_cb), scan, NULL);
    }

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_to_host_async (client, request->host, request->port, scan->stop,
                                         connected_cb, g_steal_pointer (&task));
}

PosternScanResult *
postern_scan_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
