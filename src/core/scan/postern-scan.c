/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan.h"

#include "scan/postern-limit.h"
#include "scan/postern-look.h"
#include "scan/postern-scan-track.h"
#include "scan/postern-tls-numbers.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define DEFAULT_PARALLEL 4
#define DEFAULT_STEP_MS 5000
#define DEFAULT_TOTAL_MS 60000

/* How long a server that turns connections away is left alone: at first, and at most; and between
 * two connections from then on. */
#define FIRST_PAUSE_MS 500
#define LAST_PAUSE_MS 16000
#define GAP_MS 20

/* By then a server has noticed that the connection before was closed. */
#define DOUBT_MS 50
#define MAX_DOUBTS 2
#define ENOUGH_HANG_UPS 2

/* RFC 6066, 3 */
#define ALERT_UNRECOGNIZED_NAME 112

/* What a connection that told nothing is followed by (see settle_doubts()). */
typedef enum
{
  ASK_NOTHING,
  ASK_AGAIN,
  ASK_KNOWN, /* what the server answered before */
} Asking;

typedef struct
{
  PosternScanRequest request;
  char *server_name; /* for SNI, or NULL */
  const char *alpn;
  PosternScanResult *result;
  GSocketAddress *address;
  PosternLimit limit;
  GQueue waiting;  /* of PosternTrack */
  GQueue doubtful; /* of PosternTrack */
  guint n_active;
  guint n_basic; /* of the tracks that have to end before it is known what is spoken */
  gboolean last_added;
  gboolean only_ipv4; /* for the first connection, so far */
  GBytes *known;      /* a ClientHello that was answered, or NULL */
  Asking asking;
  guint n_hang_ups; /* that were the answer */
  guint pause_ms;   /* the last pause for a server that turned everybody away, or 0 */
  GSource *pause;
  gboolean rested; /* there was a pause since the last connection */
  gboolean ended;
} Scan;

/* One connection of one track. */
typedef struct
{
  GTask *task;
  PosternTrack *track;
  GBytes *hello; /* NULL: a handshake that is finished */
} Attempt;

static void
scan_free (Scan *scan)
{
  postern_limit_clear (&scan->limit);
  g_clear_object (&scan->address);
  g_clear_pointer (&scan->known, g_bytes_unref);
  g_clear_pointer (&scan->result, postern_scan_result_free);
  g_free (scan->server_name);
  g_free (scan->request.host);
  g_free (scan->request.connect_host);
  g_free (scan->request.ehlo_name);
  g_free (scan);
}

static void
attempt_free (Attempt *attempt)
{
  g_object_unref (attempt->task);
  g_clear_pointer (&attempt->hello, g_bytes_unref);
  g_free (attempt);
}

/* With one more, and the newest first, however the answers came. */
static char *
add_name (const char *names, const char *name, const PosternScanResult *result)
{
  GString *all = g_string_new (NULL);

  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    {
      const char *each = postern_tls_version_name (result->versions[i - 1].version);

      if (strstr (names, each) != NULL || g_str_equal (each, name))
        g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", each);
    }
  return g_string_free (all, FALSE);
}

/* What is the same for several versions is told once. */
static void
add_trouble (Scan *scan, const PosternScanVersion *version, const char *message)
{
  GPtrArray *troubles = scan->result->troubles;
  const char *name = postern_tls_version_name (version->version);
  g_autofree char *end = g_strdup_printf (": %s", message);

  for (guint i = 0; i < troubles->len; i++)
    {
      char **text = (char **) &g_ptr_array_index (troubles, i);
      g_autofree char *before = NULL;
      g_autofree char *names = NULL;

      if (!g_str_has_suffix (*text, end))
        continue;
      before = g_strndup (*text, strlen (*text) - strlen (end));
      if (strstr (before, name) != NULL)
        return;
      names = add_name (before, name, scan->result);
      g_free (*text);
      *text = g_strconcat (names, end, NULL);
      return;
    }
  g_ptr_array_add (troubles, g_strconcat (name, end, NULL));
}

/* The name for SNI, which addresses do not go into, nor a dot at the end (RFC 6066, 3). */
static char *
make_server_name (const char *host)
{
  gsize length = strlen (host);

  if (length > 0 && host[length - 1] == '.')
    length--;
  return g_hostname_is_ip_address (host) || length == 0 || length > 255 ? NULL
                                                                        : g_strndup (host, length);
}

/* What ALPN calls the protocol: IANA has "pop3" and "imap"; for SMTP nothing is registered. */
static const char *
alpn_of (PosternProtocol protocol)
{
  static const char *const words[] = {
    [POSTERN_PROTOCOL_SMTP] = "smtp",
    [POSTERN_PROTOCOL_POP3] = "pop3",
    [POSTERN_PROTOCOL_IMAP] = "imap",
  };

  return words[protocol];
}

/* --- Tracks --- */

static gboolean
is_basic (const PosternTrack *track)
{
  return track->kind == POSTERN_TRACK_SUITES || track->kind == POSTERN_TRACK_FULL;
}

static void
add_track (PosternTrack *track, gpointer user_data)
{
  Scan *scan = user_data;

  scan->n_basic += is_basic (track);
  g_queue_push_tail (&scan->waiting, track);
}

/* Follows a track that has told all it can. */
static void
end_track (Scan *scan, PosternTrack *track)
{
  postern_track_follow (track, add_track, scan);
  scan->n_basic -= is_basic (track);
  postern_track_free (track);
  if (scan->n_basic > 0 || scan->last_added)
    return;
  scan->last_added = TRUE;
  postern_track_add_last (scan->result, scan->server_name != NULL, add_track, scan);
}

static void
drop_all (Scan *scan)
{
  g_queue_clear_full (&scan->waiting, (GDestroyNotify) postern_track_free);
  g_queue_clear_full (&scan->doubtful, (GDestroyNotify) postern_track_free);
  scan->asking = ASK_NOTHING;
}

static void
tell_progress (Scan *scan)
{
  scan->result->n_left =
    scan->n_active + g_queue_get_length (&scan->waiting) + g_queue_get_length (&scan->doubtful);
  if (scan->request.progress != NULL)
    scan->request.progress (scan->result, scan->request.progress_data);
}

/* --- Doubts --- */

static void
note_failure (Scan *scan, PosternTrack *track, const PosternFullLook *found)
{
  g_autofree char *message = NULL;

  if (found->finished || track->kind != POSTERN_TRACK_FULL ||
      scan->result->certificate_required == POSTERN_SCAN_YES)
    return;
  if (found->fault != NULL)
    message = g_strdup (found->fault);
  else if (found->hung_up)
    message = g_strdup (_ ("The server hung up in the handshake"));
  else
    message =
      g_strdup_printf (_ ("The server ended the handshake with alert %u (%s)"), found->alert,
                       gnutls_alert_get_name ((gnutls_alert_description_t) found->alert));
  add_trouble (scan, track->version, message);
}

/* Hanging up was the answer. */
static void
take_hang_up (Scan *scan, PosternTrack *track)
{
  static const PosternServerFlight nothing = { 0 };

  scan->n_hang_ups++;
  if (postern_track_is_full (track))
    {
      g_autoptr(PosternFullLook) found = postern_full_look_new ();

      found->hung_up = TRUE;
      track->without_alpn = TRUE;
      postern_track_take_full (track, scan->result, found, add_track, scan);
      note_failure (scan, track, found);
    }
  else
    postern_track_take_flight (track, &nothing);
}

/* Nothing more is to be learned. */
static void
settle (Scan *scan, PosternTrack *track)
{
  if (track->doubt == NULL)
    take_hang_up (scan, track);
  else
    {
      scan->result->timed_out |= g_error_matches (track->doubt, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      add_trouble (scan, track->version, track->doubt->message);
      /* What was not answered is no choice of the server. */
      if (track->kind == POSTERN_TRACK_SOME_SIGNATURES)
        g_array_set_size (track->left, 0);
    }
  end_track (scan, track);
}

static void
settle_all (Scan *scan)
{
  PosternTrack *track;

  while ((track = g_queue_pop_head (&scan->doubtful)) != NULL)
    settle (scan, track);
}

static void
note_limit (Scan *scan)
{
  scan->request.parallel = 1;
  if (scan->result->limited)
    return;
  scan->result->limited = TRUE;
  g_ptr_array_add (
    scan->result->troubles,
    g_strdup_printf (_ ("After %u connections the server began to turn some away. From then on it "
                        "was asked more slowly."),
                     scan->result->n_connections));
}

/* It works when nothing else is under way: so nothing else will be, from now on. */
static void
end_doubts (Scan *scan)
{
  PosternTrack *track;

  note_limit (scan);
  scan->pause_ms = 0;
  while ((track = g_queue_pop_tail (&scan->doubtful)) != NULL)
    g_queue_push_head (&scan->waiting, track);
}

static void
pump (GTask *task);

static gboolean
pause_cb (gpointer user_data)
{
  GTask *task = user_data;
  Scan *scan = g_task_get_task_data (task);

  g_clear_pointer (&scan->pause, g_source_unref);
  scan->rested = TRUE;
  pump (task);
  return G_SOURCE_REMOVE;
}

static gboolean
pause_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  return G_SOURCE_REMOVE; /* what counts is that the parent wakes up with it */
}

/* Leaves the server alone for a while, unless that was just done. Returns whether to wait for it.
 */
static gboolean
rest (GTask *task, guint ms)
{
  Scan *scan = g_task_get_task_data (task);
  g_autoptr(GSource) cancelled = NULL;

  if (scan->rested || ms == 0)
    return FALSE;
  cancelled = g_cancellable_source_new (scan->limit.stop);
  scan->pause = g_timeout_source_new (ms);
  g_source_set_callback (cancelled, G_SOURCE_FUNC (pause_cancelled_cb), NULL, NULL);
  g_source_add_child_source (scan->pause, cancelled);
  g_source_set_callback (scan->pause, pause_cb, g_object_ref (task), g_object_unref);
  g_source_attach (scan->pause, g_task_get_context (task));
  return TRUE;
}

/* --- Connections --- */

/* A track whose connection told nothing: the server hung up (@error is NULL), or it was not
 * reached, or it talks of something else. */
static void
take_doubt (GTask *task, PosternTrack *track, GError *error)
{
  Scan *scan = g_task_get_task_data (task);

  g_clear_error (&track->doubt);
  track->doubt = error;
  if (scan->asking == ASK_AGAIN)
    {
      scan->asking = ASK_KNOWN;
      g_queue_push_head (&scan->doubtful, track);
    }
  else
    g_queue_push_tail (&scan->doubtful, track);
}

static void
take_sense (Scan *scan, PosternTrack *track)
{
  g_clear_error (&track->doubt);
  track->n_doubts = 0;
  if (scan->asking != ASK_AGAIN)
    return;
  scan->asking = ASK_NOTHING;
  end_doubts (scan);
}

static void
go_on (Scan *scan, PosternTrack *track, gboolean more)
{
  if (more)
    g_queue_push_head (&scan->waiting, track);
  else
    end_track (scan, track);
}

/* A server that serves nobody under this name says nothing about the rest. */
static gboolean
take_refused_name (Scan *scan, PosternTrack *track, const PosternServerFlight *flight)
{
  g_autofree char *message = NULL;

  if (flight->alert != ALERT_UNRECOGNIZED_NAME || track->version->spoken)
    return FALSE;
  message = g_strdup_printf (_ ("The server does not know the name %s"), scan->request.host);
  add_trouble (scan, track->version, message);
  end_track (scan, track);
  return TRUE;
}

static void
look_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Attempt *attempt = user_data;
  g_autoptr(GTask) task = g_object_ref (attempt->task);
  Scan *scan = g_task_get_task_data (task);
  PosternTrack *track = attempt->track;
  PosternServerFlight flight;
  g_autoptr(GPtrArray) chain = NULL;
  GError *error = NULL;
  gboolean answered = postern_look_finish (result, &flight, &chain, &error);

  scan->n_active--;
  if (answered && (flight.hello || flight.alert != 0))
    {
      if (flight.hello && scan->known == NULL)
        scan->known = g_bytes_ref (attempt->hello);
      take_sense (scan, track);
      if (flight.hello)
        postern_scan_result_add_chain (scan->result, flight.version, chain, NULL);
      if (!take_refused_name (scan, track, &flight))
        go_on (scan, track, postern_track_take_flight (track, &flight));
    }
  else
    take_doubt (task, track, error);
  attempt_free (attempt);
  tell_progress (scan);
  pump (task);
}

static void
full_look_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Attempt *attempt = user_data;
  g_autoptr(GTask) task = g_object_ref (attempt->task);
  Scan *scan = g_task_get_task_data (task);
  PosternTrack *track = attempt->track;
  GError *error = NULL;
  g_autoptr(PosternFullLook) found = postern_full_look_finish (result, &error);

  scan->n_active--;
  if (found != NULL && (!found->hung_up || found->chain->len > 0))
    {
      gboolean more;

      take_sense (scan, track);
      more = postern_track_take_full (track, scan->result, found, add_track, scan);
      if (!more)
        note_failure (scan, track, found);
      go_on (scan, track, more);
    }
  else
    take_doubt (task, track, error);
  attempt_free (attempt);
  tell_progress (scan);
  pump (task);
}

static PosternDialPlace
place_of (const Scan *scan)
{
  return (PosternDialPlace){
    .address = scan->address,
    .protocol = scan->request.protocol,
    .starttls = scan->request.starttls,
    .ehlo_name = scan->request.ehlo_name,
    .timeout_ms = scan->request.step_ms,
  };
}

static void
start (GTask *task, PosternTrack *track)
{
  Scan *scan = g_task_get_task_data (task);
  const PosternDialPlace place = place_of (scan);
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->task = g_object_ref (task);
  attempt->track = track;
  scan->rested = FALSE;
  scan->n_active++;
  scan->result->n_connections++;
  if (postern_track_is_full (track))
    {
      PosternFullLookWish wish = { .server_name = scan->server_name, .alpn = scan->alpn };
      g_autofree char *priority = NULL;

      postern_track_make_wish (track, &wish, &priority);
      postern_full_look_async (&place, &wish, scan->limit.stop, full_look_cb, attempt);
      return;
    }
  attempt->hello = postern_track_make_hello (track, scan->server_name, scan->alpn);
  postern_look_async (&place, attempt->hello, scan->limit.stop, look_cb, attempt);
}

/* A server that has shown that it hangs up for an answer is believed sooner. */
static gboolean
is_trusted (const Scan *scan)
{
  return !scan->result->limited && scan->n_hang_ups >= ENOUGH_HANG_UPS;
}

/* The server may just have changed its mind: so it is asked twice. */
static void
take_known (Scan *scan)
{
  PosternTrack *track = g_queue_peek_head (&scan->doubtful);

  scan->pause_ms = 0;
  if (track != NULL && ++track->n_doubts >= (is_trusted (scan) ? 1 : MAX_DOUBTS))
    settle (scan, g_queue_pop_head (&scan->doubtful));
}

/* Whether the server still answers what it answered before tells what the doubt was about: the
 * question, or the number of connections. */
static void
known_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Scan *scan = g_task_get_task_data (task);
  PosternServerFlight flight;
  g_autoptr(GError) error = NULL;

  scan->n_active--;
  scan->asking = ASK_NOTHING;
  if (!postern_look_finish (result, &flight, NULL, &error) || !flight.hello)
    {
      note_limit (scan);
      scan->pause_ms =
        scan->pause_ms == 0 ? FIRST_PAUSE_MS : MIN (2 * scan->pause_ms, LAST_PAUSE_MS);
    }
  else
    take_known (scan);
  tell_progress (scan);
  pump (task);
}

static void
start_known (GTask *task)
{
  Scan *scan = g_task_get_task_data (task);
  const PosternDialPlace place = place_of (scan);

  scan->rested = FALSE;
  scan->n_active++;
  scan->result->n_connections++;
  postern_look_async (&place, scan->known, scan->limit.stop, known_cb, g_object_ref (task));
}

static guint
rest_before_asking (const Scan *scan)
{
  return scan->pause_ms == 0 && is_trusted (scan) ? 0 : MAX (scan->pause_ms, DOUBT_MS);
}

/* Some servers hang up on what they do not want, and some on everybody who connects too often. A
 * connection that told nothing is made again, while nothing else is under way. If that tells
 * nothing either, a ClientHello follows that was answered before; and all that once more. */
static void
settle_doubts (GTask *task)
{
  Scan *scan = g_task_get_task_data (task);

  if (scan->known == NULL)
    {
      settle_all (scan);
      pump (task);
    }
  else if (scan->asking == ASK_KNOWN)
    start_known (task);
  else if (!rest (task, rest_before_asking (scan)))
    {
      scan->asking = ASK_AGAIN;
      start (task, g_queue_pop_head (&scan->doubtful));
    }
}

static void
end_scan (GTask *task)
{
  Scan *scan = g_task_get_task_data (task);

  scan->ended = TRUE;
  g_source_destroy (scan->limit.deadline);
  if (scan->limit.timed_out)
    {
      scan->result->timed_out = TRUE;
      g_ptr_array_add (scan->result->troubles, g_strdup (_ ("The time limit ran out")));
    }
  else
    scan->result->cancelled = g_cancellable_is_cancelled (scan->limit.stop);
  g_task_return_pointer (task, g_steal_pointer (&scan->result),
                         (GDestroyNotify) postern_scan_result_free);
}

/* Starts what may be started, and ends the scan with the last track. */
static void
pump (GTask *task)
{
  Scan *scan = g_task_get_task_data (task);

  if (scan->ended)
    return;
  if (g_cancellable_is_cancelled (scan->limit.stop))
    drop_all (scan);
  if (scan->pause != NULL)
    return;
  while (scan->asking == ASK_NOTHING && scan->pause_ms == 0 &&
         scan->n_active < scan->request.parallel && !g_queue_is_empty (&scan->waiting))
    {
      if (scan->result->limited && rest (task, GAP_MS))
        return;
      start (task, g_queue_pop_head (&scan->waiting));
    }
  if (scan->n_active > 0)
    return;
  if (!g_queue_is_empty (&scan->doubtful))
    settle_doubts (task);
  else
    end_scan (task);
}

/* --- The run --- */

static void
fail (GTask *task, GError *error)
{
  Scan *scan = g_task_get_task_data (task);

  scan->ended = TRUE;
  g_source_destroy (scan->limit.deadline);
  g_task_return_error (task, postern_limit_take (&scan->limit, error));
}

static void
connect_first (GTask *task);

/* The first connection finds the address that answers; all others go there. */
static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Scan *scan = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GSocketConnection) connection =
               g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &error);

  if (connection == NULL && scan->only_ipv4 && !g_cancellable_is_cancelled (scan->limit.stop))
    {
      scan->only_ipv4 = FALSE;
      g_error_free (error);
      connect_first (task);
      return;
    }
  if (connection != NULL)
    scan->address = g_socket_connection_get_remote_address (connection, &error);
  if (scan->address == NULL)
    {
      fail (task, error);
      return;
    }
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  scan->result->n_connections++;
  scan->result->address = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (scan->address));
  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    add_track (postern_track_new_first (&scan->result->versions[i - 1]), scan);
  pump (task);
}

static GSocketFamily
family_of (PosternFamily family)
{
  if (family == POSTERN_FAMILY_IPV4)
    return G_SOCKET_FAMILY_IPV4;
  return family == POSTERN_FAMILY_IPV6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_INVALID;
}

/* A system that takes IPv4 first takes one address after the other. */
static void
connect_first (GTask *task)
{
  Scan *scan = g_task_get_task_data (task);
  const PosternScanRequest *request = &scan->request;
  g_autoptr(GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_family (client,
                              scan->only_ipv4 ? G_SOCKET_FAMILY_IPV4 : family_of (request->family));
  if (scan->only_ipv4)
    g_socket_client_set_timeout (client, MAX (request->step_ms / 1000, 1));
  g_socket_client_connect_to_host_async (
    client, request->connect_host != NULL ? request->connect_host : request->host,
    request->connect_port != 0 ? request->connect_port : request->port, scan->limit.stop,
    connected_cb, g_object_ref (task));
}

static Scan *
scan_new (const PosternScanRequest *request)
{
  Scan *scan = g_new0 (Scan, 1);

  scan->request = *request;
  scan->request.host = g_strdup (request->host);
  scan->request.connect_host = g_strdup (request->connect_host);
  scan->request.ehlo_name = g_strdup (request->ehlo_name);
  if (scan->request.parallel == 0)
    scan->request.parallel = DEFAULT_PARALLEL;
  if (scan->request.step_ms == 0)
    scan->request.step_ms = DEFAULT_STEP_MS;
  if (scan->request.total_ms == 0)
    scan->request.total_ms = DEFAULT_TOTAL_MS;
  scan->only_ipv4 = request->prefer_ipv4 && request->family == POSTERN_FAMILY_ANY;
  scan->server_name = make_server_name (request->host);
  scan->alpn = alpn_of (request->protocol);
  scan->result = postern_scan_result_new ();
  g_queue_init (&scan->waiting);
  g_queue_init (&scan->doubtful);
  return scan;
}

void
postern_scan_async (const PosternScanRequest *request,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Scan *scan = scan_new (request);

  postern_limit_init (&scan->limit, scan->request.total_ms, cancellable, g_task_get_context (task));
  g_task_set_task_data (task, scan, (GDestroyNotify) scan_free);
  connect_first (task);
}

PosternScanResult *
postern_scan_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
