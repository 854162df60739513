/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * CliPeer:
 *
 * A server on 127.0.0.1 that does what a function of the test says, in a thread for each
 * connection, until the function returns; then it hangs up.
 */
typedef struct _CliPeer CliPeer;

/* One connection. Every function returns FALSE or NULL once the client has gone or the test is
 * over. */
typedef struct _CliTalk CliTalk;

typedef void (*CliPeerFunc) (CliTalk  *talk,
                             gpointer  user_data);

CliPeer    *cli_peer_new               (CliPeerFunc  func,
                                        gpointer     user_data);
void        cli_peer_free              (CliPeer     *peer);
guint16     cli_peer_get_port          (CliPeer     *peer);
guint       cli_peer_get_n_connections (CliPeer     *peer);
/* Until so many clients have connected; FALSE after 20 s. */
gboolean    cli_peer_wait_for_clients  (CliPeer     *peer,
                                        guint        n_clients);
/* All that clients sent, once they have gone: in clear text, the first bytes of each handshake
 * included, or within TLS; (transfer full). Waits until each connection has come to its end. */
GBytes     *cli_peer_dup_received      (CliPeer     *peer,
                                        gboolean     tls);
/* The authority of every peer's certificate, which is for "localhost" and 127.0.0.1. */
const char *cli_peer_get_ca_file       (void);

/* Counts from 0: the first connection of the peer. */
guint       cli_talk_get_index         (CliTalk     *talk);
gboolean    cli_talk_send              (CliTalk     *talk,
                                        const char  *text);
gboolean    cli_talk_send_bytes        (CliTalk     *talk,
                                        const void  *bytes,
                                        gsize        length);
gboolean    cli_talk_sendf             (CliTalk     *talk,
                                        const char  *format,
                                        ...) G_GNUC_PRINTF (2, 3);
/* As many bytes as there are, @size at most; 0 at the end. */
gsize       cli_talk_read_bytes        (CliTalk     *talk,
                                        void        *buffer,
                                        gsize        size);
/* A line without its end; (transfer full). */
char       *cli_talk_read_line         (CliTalk     *talk);
gboolean    cli_talk_start_tls         (CliTalk     *talk);
gboolean    cli_talk_is_tls            (CliTalk     *talk);
/* Goes on after so long, or at once when the test is over (FALSE). */
gboolean    cli_talk_pause             (CliTalk     *talk,
                                        guint        milliseconds);
/* Hangs up with a reset, once the function returns. */
void        cli_talk_reset             (CliTalk     *talk);
/* Reads and drops until the client hangs up. */
void        cli_talk_wait_for_end      (CliTalk     *talk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliPeer, cli_peer_free)

G_END_DECLS
