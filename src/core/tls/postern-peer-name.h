/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-tls-policy.h"
#include "tls/postern-certificate.h"

G_BEGIN_DECLS

/**
 * postern_peer_name_find:
 * @cn_would_match: (out): no name of the certificate is right, but its common name would be, if
 *   the policy let the common name count
 *
 * Compares the names that the policy wants (the host, when it lists none) with those of a
 * server's certificate: RFC 9525, or the rules of spec/uniface.md 8.5 where the policy says
 * `cn_fallback`.
 *
 * Returns: (transfer full) (nullable): the name in the certificate that matched
 */
char *postern_peer_name_find     (PosternCertificate     *certificate,
                                  const PosternTlsPolicy *policy,
                                  const char             *host,
                                  gboolean               *cn_would_match);
/* Where no name was found: which one looks right, and why it is not, as a sentence with a blank
 * before it; or NULL. */
char *postern_peer_name_explain  (PosternCertificate     *certificate,
                                  const PosternTlsPolicy *policy,
                                  const char             *host);
/* The names that a certificate is for, and those that were wanted, for a sentence. */
char *postern_peer_name_describe (PosternCertificate     *certificate);
char *postern_peer_name_wanted   (const PosternTlsPolicy *policy,
                                  const char             *host);

G_END_DECLS
