/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-servers.h"

G_BEGIN_DECLS

/* Postfix, which takes SASL from a Dovecot with a few mechanisms, and at the doors SMTP and SMTPS
 * from that of the site below with all of them. */
extern const RealSite site_postfix;

G_END_DECLS
