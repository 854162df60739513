/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-servers.h"

G_BEGIN_DECLS

/* A KDC, for the doors' names as "localhost". Tickets: the values TICKET (for anna), OTHER_TICKET
 * (for bert) and NO_TICKET, each as KRB5CCNAME has it; all use the value KRB5_CONFIG. */
gboolean           site_kerberos_prepare (RealValues  *values,
                                          GError     **error);
extern const RealServer server_kerberos;

/* IMAP and POP3 with all the mechanisms that Dovecot has. The doors IMAP and POP3 take passwords
 * before STARTTLS, IMAP_STRICT and POP3_STRICT do not, IMAP_BARE and POP3_BARE have no STARTTLS;
 * IMAPS and POP3S start with TLS. */
extern const RealServer server_dovecot;
extern const RealSite   site_dovecot;

G_END_DECLS
