/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The longest line taken: that of an AUTH command or answer (RFC 4954, section 4.3), which is
 * more than any other command may have. */
#define PRACTICE_LINE_MAX 12288

/**
 * PracticePeer:
 *
 * One client, seen from its own thread: blocking reads of bounded lines, replies, the change to
 * TLS. Everything ends at once when the cancellable is, and by itself after the time limits.
 */
typedef struct _PracticePeer PracticePeer;

typedef enum
{
  PRACTICE_READ_LINE,
  PRACTICE_READ_TOO_LONG,       /* the line was dropped up to its end */
  PRACTICE_READ_IDLE,           /* nothing came in time */
  PRACTICE_READ_END,            /* hung up, broken, stopped, or past all limits */
} PracticeRead;

PracticePeer *practice_peer_new          (GSocket         *socket,
                                          guint            delay_ms,
                                          GCancellable    *cancellable);
void          practice_peer_free         (PracticePeer    *self);

/* The line, without its end, stays in the peer's own buffer until the next read, which wipes
 * it: nothing that a client says is copied. It may be changed in place. */
PracticeRead  practice_peer_read_line    (PracticePeer    *self,
                                          char           **line,
                                          gsize           *length);
/* The same where the first @n_literal bytes belong to the line whatever they are, CR, LF and NUL
 * included. There are that many at least in what it gives; a line end is looked for behind them. */
PracticeRead  practice_peer_read_past    (PracticePeer    *self,
                                          gsize            n_literal,
                                          char           **line,
                                          gsize           *length);
guint64       practice_peer_get_n_read   (PracticePeer    *self);
gboolean      practice_peer_has_unread   (PracticePeer    *self);
/* Whole replies with their line ends, sent in one piece. */
gboolean      practice_peer_reply        (PracticePeer    *self,
                                          const char      *reply);
gboolean      practice_peer_replyf       (PracticePeer    *self,
                                          const char      *format,
                                          ...) G_GNUC_PRINTF (2, 3);
gboolean      practice_peer_start_tls    (PracticePeer    *self,
                                          GTlsCertificate *certificate);
gboolean      practice_peer_is_tls       (PracticePeer    *self);
/* Reads and drops until the client hangs up. */
void          practice_peer_wait_for_end (PracticePeer    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PracticePeer, practice_peer_free)

G_END_DECLS
