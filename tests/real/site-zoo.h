/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-servers.h"
#include "zoo-pki.h"

G_BEGIN_DECLS

/* A Dovecot and a Postfix that have every chain of the zoo that a server can have: whoever asks
 * for the name of a chain is sent this one, and where a chain is for an address, whoever connects
 * to site_zoo_address() of it. All else gets the chain "good". The doors are SMTP, SMTPS, IMAP,
 * IMAPS, POP3 and POP3S; below the value FOLDER are zoo/NAME.ca.pem, zoo/NAME.crl.pem where there
 * is one, zoo/NAME.chain.pem, zoo/NAME.rest.pem with all of it but the first, zoo/NAME.key.pem, and
 * zoo/NAME.ocsp where there is a response to staple: the two never do. */
extern const RealSite site_zoo;

gboolean    site_zoo_has     (const ZooChain *chain);
const char *site_zoo_address (const ZooChain *chain);
char       *site_zoo_path    (RealValues     *values,
                              const ZooChain *chain,
                              const char     *suffix);

G_END_DECLS
