/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-values.h"

G_BEGIN_DECLS

/* Authorities as the values CA and OTHER_CA (files). For servers, with key and chain in one file,
 * "server.pem", "expired.pem" and "incomplete.pem" with the authority's certificate left out; and
 * "home/server.pem" with "home/ca.pem" for those that run as somebody else. For clients the
 * values CLIENT (for USER), CLIENT_OF_OTHER (for bert) and CLIENT_UNTRUSTED (for USER, from an
 * authority that no server knows). */
gboolean real_certificates_write (RealValues  *values,
                                  GError     **error);

G_END_DECLS
