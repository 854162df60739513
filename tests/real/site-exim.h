/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-servers.h"

G_BEGIN_DECLS

/* Exim with authenticators of its own, and with those of Cyrus SASL. At SMTP_STRICT nobody logs on
 * before STARTTLS. Sender and recipient "refused@postern.test" are refused, and a message to
 * "spam@postern.test" is refused once it is there. */
extern const RealSite site_exim;

G_END_DECLS
