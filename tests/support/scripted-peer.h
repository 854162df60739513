/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ScriptedPeer:
 *
 * A server on 127.0.0.1, on a port that the system picks, in a thread of its own. It takes one
 * connection and plays a script, a line a step:
 *
 * - `S text`: sends the text and CR LF
 * - `s text`: sends the text, with C escapes (octal for bytes), and nothing after it
 * - `B text`: as `s`, a byte a write
 * - `DRIP text`: as `s` with a byte each 20 ms, over and over; ends when the client hangs up
 * - `FLOOD text`: as `s`, over and over; ends when the client hangs up
 * - `C prefix`: reads a line, which must begin so
 * - `BYTE`: reads one byte
 * - `TLS [priorities]`: does a handshake, with GnuTLS's priorities or its own
 * - `TLS-AUTH [priorities]`: the same, and wants a certificate of the client
 * - `TLS-FAIL [priorities]`: the same as TLS; the handshake has to fail
 * - `EOF`: waits until the client hangs up; it must not say anything more
 * - `HANG`: waits until the client hangs up or the test is over, whatever the client says
 * - `RESET`: closes with a reset
 *
 * After the last line it hangs up.
 */
typedef struct _ScriptedPeer ScriptedPeer;

ScriptedPeer *scripted_peer_new      (const char *const *script);
/* @chain: certificates in PEM, the server's own first, sent as they are; @key: its key. */
ScriptedPeer *scripted_peer_new_tls  (const char *const *script,
                                      const char        *chain,
                                      const char        *key);
/* An OCSP response for its certificate; before anybody connects. */
void          scripted_peer_set_staple (ScriptedPeer    *self,
                                        GBytes          *staple);
guint16       scripted_peer_get_port (ScriptedPeer      *self);
/* Frees the peer. NULL when the script ran to its end, else what went wrong; a script that does
 * not come to its end within five seconds went wrong. */
char         *scripted_peer_finish   (ScriptedPeer      *self);
/* A port of 127.0.0.1 where nobody listened a moment ago. */
guint16       scripted_peer_dead_port (void);

G_END_DECLS
