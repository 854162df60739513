/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "practice/postern-practice-peer.h"
#include "practice/postern-practice-scenario.h"

G_BEGIN_DECLS

/* The whole conversation with one client, up to the end of the connection. */
void practice_serve         (PracticePeer            *peer,
                             PosternProtocol          protocol,
                             const PracticeBehaviour *behaviour,
                             PracticeOpening          opening,
                             GTlsCertificate         *certificate);

/* One protocol each, from the greeting on. */
void practice_smtp_converse (PracticePeer            *peer,
                             const PracticeBehaviour *behaviour,
                             GTlsCertificate         *certificate);
void practice_pop3_converse (PracticePeer            *peer,
                             const PracticeBehaviour *behaviour,
                             GTlsCertificate         *certificate);
void practice_imap_converse (PracticePeer            *peer,
                             const PracticeBehaviour *behaviour,
                             GTlsCertificate         *certificate);

G_END_DECLS
