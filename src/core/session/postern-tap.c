/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-tap.h"

#include "protocol/postern-personality.h"

#include <string.h>

#define MAX_KEPT 1024

/* RFC 8446, 5.1 and 4.1.3 */
#define RECORD_HEADER 5
#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define HANDSHAKE_SERVER_HELLO 2
#define EXTENSION_VERSIONS 43
#define ALERT_SIZE 2
#define ALERT_FATAL 2
#define ALERT_CLOSE_NOTIFY 0
#define ALERT_USER_CANCELLED 90
#define ALERT_NO_RENEGOTIATION 100
#define ALERT_UNRECOGNIZED_NAME 112
#define SSL_2_0 0x0002

struct _PosternTap
{
  GFilterInputStream parent_instance;

  guint8 bytes[MAX_KEPT];
  gsize length;
  gboolean ended;

  /* Of the record that goes by */
  guint8 header[RECORD_HEADER];
  guint n_header;
  gsize left;
  guint8 level; /* of an alert */
  int alert;
};

/* Whether it may be why the handshake failed. As a warning some only tell what is so: the
 * handshake goes on after a name that the server does not know (RFC 6066, 3). */
static gboolean
is_cause (guint8 level, guint8 alert)
{
  if (alert == ALERT_CLOSE_NOTIFY)
    return FALSE;

  return level == ALERT_FATAL ||
         (alert != ALERT_USER_CANCELLED && alert != ALERT_NO_RENEGOTIATION &&
          alert != ALERT_UNRECOGNIZED_NAME);
}

/* Only an alert in clear has two bytes: the level and what it is about. */
static void
follow_records (PosternTap *self, const guint8 *bytes, gsize length)
{
  gsize i = 0;

  while (i < length)
    {
      gsize size;

      if (self->n_header < RECORD_HEADER)
        {
          self->header[self->n_header++] = bytes[i++];
          self->left = (gsize) self->header[3] << 8 | self->header[4];
        }
      else
        {
          gboolean is_alert = self->header[0] == RECORD_ALERT && self->header[3] == 0 &&
                              self->header[4] == ALERT_SIZE;

          size = MIN (self->left, length - i);
          if (is_alert && self->left == ALERT_SIZE && size > 0)
            self->level = bytes[i];
          i += size;
          self->left -= size;
          if (is_alert && self->left == 0 && size > 0 && is_cause (self->level, bytes[i - 1]))
            self->alert = bytes[i - 1];
        }

      if (self->n_header == RECORD_HEADER && self->left == 0)
        self->n_header = 0;
    }
}

static void
keep (PosternTap *self, gconstpointer bytes, gssize length)
{
  gsize n;

  if (length < 0)
    return;

  n = MIN ((gsize) length, MAX_KEPT - self->length);
  memcpy (self->bytes + self->length, bytes, n);
  self->length += n;
  self->ended |= length == 0;
  follow_records (self, bytes, (gsize) length);
}

/* A reset is an end too. */
static void
note_error (PosternTap *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self->ended = TRUE;
}

static gssize
postern_tap_finish (PosternTap *self, gconstpointer bytes, gssize n, GError *own, GError **error)
{
  keep (self, bytes, n);
  if (own != NULL)
    {
      note_error (self, own);
      g_propagate_error (error, own);
    }

  return n;
}

static gssize
postern_tap_read (
  GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
  GInputStream *base = g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (stream));
  GError *own = NULL;
  gssize n = g_input_stream_read (base, buffer, count, cancellable, &own);

  return postern_tap_finish (POSTERN_TAP (stream), buffer, n, own, error);
}

static GPollableInputStream *
get_pollable (GPollableInputStream *stream)
{
  return G_POLLABLE_INPUT_STREAM (
    g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (stream)));
}

static gboolean
postern_tap_can_poll (GPollableInputStream *stream)
{
  return g_pollable_input_stream_can_poll (get_pollable (stream));
}

static gboolean
postern_tap_is_readable (GPollableInputStream *stream)
{
  return g_pollable_input_stream_is_readable (get_pollable (stream));
}

static GSource *
postern_tap_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  g_autoptr(GSource) base = g_pollable_input_stream_create_source (get_pollable (stream), NULL);

  return g_pollable_source_new_full (stream, base, cancellable);
}

static gssize
postern_tap_read_nonblocking (GPollableInputStream *stream,
                              void *buffer,
                              gsize count,
                              GError **error)
{
  GError *own = NULL;
  gssize n =
    g_pollable_input_stream_read_nonblocking (get_pollable (stream), buffer, count, NULL, &own);

  return postern_tap_finish (POSTERN_TAP (stream), buffer, n, own, error);
}

static void
pollable_iface_init (GPollableInputStreamInterface *iface)
{
  iface->can_poll = postern_tap_can_poll;
  iface->is_readable = postern_tap_is_readable;
  iface->create_source = postern_tap_create_source;
  iface->read_nonblocking = postern_tap_read_nonblocking;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternTap,
                               postern_tap,
                               G_TYPE_FILTER_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      pollable_iface_init))

static void
postern_tap_class_init (PosternTapClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = postern_tap_read;
}

static void
postern_tap_init (PosternTap *self)
{
  self->alert = -1;
}

GInputStream *
postern_tap_new (GInputStream *base)
{
  g_return_val_if_fail (G_IS_POLLABLE_INPUT_STREAM (base), NULL);

  return g_object_new (POSTERN_TYPE_TAP, "base-stream", base, "close-base-stream", FALSE, NULL);
}

GBytes *
postern_tap_dup_bytes (PosternTap *self)
{
  g_return_val_if_fail (POSTERN_IS_TAP (self), NULL);

  return g_bytes_new (self->bytes, self->length);
}

PosternTapKind
postern_tap_get_kind (PosternTap *self)
{
  g_autoptr(GBytes) kept = postern_tap_dup_bytes (self);
  gsize length = 0;
  const char *bytes = g_bytes_get_data (kept, &length);
  PosternPersonality personality;

  personality = postern_personality_of (bytes, length);
  if (personality == POSTERN_PERSONALITY_SILENT)
    return POSTERN_TAP_NOTHING;

  return personality == POSTERN_PERSONALITY_TLS ? POSTERN_TAP_TLS : POSTERN_TAP_OTHER;
}

int
postern_tap_get_alert (PosternTap *self)
{
  g_return_val_if_fail (POSTERN_IS_TAP (self), -1);

  return self->alert;
}

gboolean
postern_tap_has_ended (PosternTap *self)
{
  g_return_val_if_fail (POSTERN_IS_TAP (self), FALSE);

  return self->ended;
}

guint16
postern_tap_get_version (PosternTap *self)
{
  g_autoptr(GBytes) kept = postern_tap_dup_bytes (self);
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (kept, &length);
  const gsize hello = RECORD_HEADER + 4; /* type and length of the message */
  gsize at, end;
  guint16 version;

  /* No record of TLS at all: the hello of SSL 2.0. */
  if (length > 0 && (bytes[0] & 0x80) != 0)
    return postern_tap_get_kind (self) == POSTERN_TAP_TLS ? SSL_2_0 : 0;
  if (length < hello + 35 || bytes[0] != RECORD_HANDSHAKE ||
      bytes[RECORD_HEADER] != HANDSHAKE_SERVER_HELLO)
    return 0;

  version = (guint16) (bytes[hello] << 8 | bytes[hello + 1]);
  at = hello + 34 + 1 + bytes[hello + 34] + 3; /* random, session, cipher suite, compression */
  if (at + 2 > length)
    return version;

  end = MIN (length, at + 2 + ((gsize) bytes[at] << 8 | bytes[at + 1]));
  at += 2;
  while (at + 4 <= end)
    {
      guint type = (guint) bytes[at] << 8 | bytes[at + 1];
      gsize size = (gsize) bytes[at + 2] << 8 | bytes[at + 3];

      if (type == EXTENSION_VERSIONS && size == 2 && at + 6 <= end)
        return (guint16) (bytes[at + 4] << 8 | bytes[at + 5]);
      at += 4 + size;
    }

  return version;
}
