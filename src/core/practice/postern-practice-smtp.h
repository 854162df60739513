/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "practice/postern-practice-peer.h"
#include "practice/postern-practice-scenario.h"

G_BEGIN_DECLS

/* The whole conversation with one client, up to the end of the connection. */
void practice_smtp_serve (PracticePeer            *peer,
                          const PracticeBehaviour *behaviour,
                          PracticeOpening          opening,
                          GTlsCertificate         *certificate);

G_END_DECLS
