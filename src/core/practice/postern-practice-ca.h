/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "practice/postern-practice-scenario.h"

G_BEGIN_DECLS

/* Makes an authority and a server certificate of the kind asked for. The private key of the
 * authority is gone when this returns: it signs nothing else. @ca_pem is the certificate that
 * a client is to trust; for an untrusted one it is that of another authority, with which the
 * server's certificate has nothing to do. For a revoked one the authority's list of these follows
 * it. */
GTlsCertificate *postern_practice_ca_make (PracticeCertificate   kind,
                                           char                **ca_pem,
                                           GError              **error);

G_END_DECLS
