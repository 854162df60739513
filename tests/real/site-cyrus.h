/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-servers.h"

G_BEGIN_DECLS

/* Cyrus IMAP and POP3 with all the mechanisms that Cyrus SASL has. The doors IMAP, IMAPS, POP3 and
 * POP3S have TLS 1.2; IMAP_NEW and POP3_NEW have STARTTLS with TLS 1.3; IMAP_STRICT and
 * POP3_STRICT take no password before STARTTLS; POP3_SLOW wants a minute between two logons. */
extern const RealSite site_cyrus;

G_END_DECLS
