/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "real-matrix.h"

G_BEGIN_DECLS

/* Credentials that every site has. Of the passwords, those outside ASCII are kept as they are
 * typed, in letters with their accents and with plain blanks: `combining` and `wide_blank` are
 * theirs only after SASLprep (RFC 4013). */
extern const RealCredentials right_password;
extern const RealCredentials wrong_password;
extern const RealCredentials unknown_user;
extern const RealCredentials umlaut_password;
extern const RealCredentials combining_password;
extern const RealCredentials wide_blank_password;
extern const RealCredentials ticket;
extern const RealCredentials other_ticket;
extern const RealCredentials no_ticket;
extern const RealCredentials certificate;
extern const RealCredentials other_certificate;
extern const RealCredentials untrusted_certificate;
extern const RealCredentials nothing;
extern const RealCredentials token;
extern const RealCredentials expired_token;
extern const RealCredentials other_scope_token;
extern const RealCredentials other_issuer_token;
extern const RealCredentials other_user_token;
extern const RealCredentials forged_token;

/* What is expected in all three columns. */
#define REAL_ALL(expected) { expected, expected, expected }

/* A password in clear text is warned of where there is no TLS, and where it would have been taken
 * before STARTTLS. */
#define REAL_CLEAR { "0 settings.clear-text-password", "0 auth.clear-text-offered", "0" }
#define REAL_CODED { "0 settings.clear-text-password", "0 auth.password-encoding", \
                     "0 auth.password-encoding" }
/* Of a password that is not sent, only the latter. */
#define REAL_FINE { "0", "0 auth.clear-text-offered", "0" }

G_END_DECLS
