/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice-serve.h"

static void
converse (PracticePeer *peer,
          PosternProtocol protocol,
          const PracticeBehaviour *behaviour,
          GTlsCertificate *certificate)
{
  switch (protocol)
    {
    case POSTERN_PROTOCOL_POP3:
      practice_pop3_converse (peer, behaviour, certificate);
      break;

    case POSTERN_PROTOCOL_IMAP:
      practice_imap_converse (peer, behaviour, certificate);
      break;

    case POSTERN_PROTOCOL_SMTP:
    default:
      practice_smtp_converse (peer, behaviour, certificate);
      break;
    }
}

void
practice_serve (PracticePeer *peer,
                PosternProtocol protocol,
                const PracticeBehaviour *behaviour,
                PracticeOpening opening,
                GTlsCertificate *certificate)
{
  switch (opening)
    {
    case PRACTICE_OPENING_SILENT:
      practice_peer_wait_for_end (peer);
      break;

    case PRACTICE_OPENING_CLOSED:
      break;

    case PRACTICE_OPENING_TLS_CLOSED:
      practice_peer_start_tls (peer, certificate);
      break;

    case PRACTICE_OPENING_TLS:
      if (practice_peer_start_tls (peer, certificate))
        converse (peer, protocol, behaviour, certificate);
      break;

    case PRACTICE_OPENING_PLAIN:
    default:
      converse (peer, protocol, behaviour, certificate);
      break;
    }
}
