/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a peer, a file or a setting did. What the network, TLS, a time-out or a cancel did keeps
 * GIO's domain and code. */
typedef enum
{
  POSTERN_ERROR_PROTOCOL,   /* the peer broke the protocol */
  POSTERN_ERROR_REFUSED,    /* the peer understood, and said no */
  POSTERN_ERROR_TOO_LONG,   /* a line, a reply or a session went past its limit */
  POSTERN_ERROR_SETTINGS,   /* a setting cannot be used; nothing was sent */
} PosternError;

#define POSTERN_ERROR (postern_error_quark ())

GQuark postern_error_quark (void);

G_END_DECLS
