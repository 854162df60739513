/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define POSTERN_TYPE_TAP (postern_tap_get_type ())
G_DECLARE_FINAL_TYPE (PosternTap, postern_tap, POSTERN, TAP, GFilterInputStream)

typedef enum
{
  POSTERN_TAP_NOTHING,          /* the peer has sent nothing */
  POSTERN_TAP_TLS,              /* records of TLS */
  POSTERN_TAP_OTHER,            /* anything else */
} PosternTapKind;

/**
 * PosternTap:
 *
 * Passes a stream on to a TLS connection and keeps the first bytes that went by, so that a failed
 * handshake can be told apart by what the peer sent, and not by the words of a library.
 */
GInputStream   *postern_tap_new           (GInputStream *base);
PosternTapKind  postern_tap_get_kind      (PosternTap   *self);
/* The first bytes, at most 1 KiB. */
GBytes         *postern_tap_dup_bytes     (PosternTap   *self);
/* The description of an alert that the peer sent in clear (RFC 8446, 6), or -1. */
int             postern_tap_get_alert     (PosternTap   *self);
/* Whether the peer closed its side. */
gboolean        postern_tap_has_ended     (PosternTap   *self);
/* The version that the peer chose in its ServerHello, as on the wire, or 0. */
guint16         postern_tap_get_version   (PosternTap   *self);

G_END_DECLS
