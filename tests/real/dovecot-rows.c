/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "dovecot-rows.h"

#include "real-credentials.h"

#define REFUSED REAL_ALL ("16 auth.credentials")
#define NOT_OFFERED REAL_ALL ("15 auth.mechanism-not-offered")

/* A password goes through SASLprep for SCRAM, CRAM-MD5 and DIGEST-MD5 alone; PLAIN and LOGIN send
 * what was typed, and Dovecot compares bytes. */
const RealRow dovecot_rows[] = {
  { REAL_STRONGEST, &right_password, REAL_CLEAR, REAL_ALL ("SCRAM-SHA-256") },
  { "PLAIN", &right_password, REAL_CLEAR },
  { "PLAIN", &wrong_password, REFUSED },
  { "PLAIN", &unknown_user, REFUSED },
  { "PLAIN", &umlaut_password, REAL_CODED },
  { "PLAIN", &combining_password, REFUSED },
  { "PLAIN", &wide_blank_password, REFUSED },

  { "LOGIN", &right_password, REAL_CLEAR },
  { "LOGIN", &wrong_password, REFUSED },
  { "LOGIN", &umlaut_password, REAL_CODED },
  { "LOGIN", &combining_password, REFUSED },

  { "CRAM-MD5", &right_password, REAL_FINE },
  { "CRAM-MD5", &wrong_password, REFUSED },
  { "CRAM-MD5", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "CRAM-MD5", &combining_password, REAL_ALL ("0 settings.stray-character") },

  { "DIGEST-MD5", &right_password, REAL_FINE },
  { "DIGEST-MD5", &wrong_password, REFUSED },
  { "DIGEST-MD5", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },

  { "SCRAM-SHA-1", &right_password, REAL_FINE },
  { "SCRAM-SHA-1", &wrong_password, REFUSED },
  { "SCRAM-SHA-1", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-1", &combining_password, REAL_ALL ("0 settings.stray-character") },

  { "SCRAM-SHA-256", &right_password, REAL_FINE },
  { "SCRAM-SHA-256", &wrong_password, REFUSED },
  { "SCRAM-SHA-256", &unknown_user, REFUSED },
  { "SCRAM-SHA-256", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-256", &combining_password, REAL_ALL ("0 settings.stray-character") },
  { "SCRAM-SHA-256", &wide_blank_password, REAL_ALL ("0 settings.stray-character") },

  { "GSSAPI", &ticket, REAL_FINE },
  { "GSSAPI", &other_ticket, REFUSED },
  { "GSSAPI", &no_ticket, REAL_ALL ("17 auth.local") },

  { "ANONYMOUS", &nothing, REAL_FINE },

  /* Dovecot names one reason for every refusal: what can be known beyond it, the token itself
   * says. Whom it was made for and what it allows it does say, but not what the server wants. */
  { "XOAUTH2", &token, REAL_CLEAR },
  { "XOAUTH2", &expired_token, REAL_ALL ("16 auth.token-expired") },
  { "XOAUTH2", &other_scope_token, REAL_ALL ("16 auth.token-refused") },
  { "XOAUTH2", &other_issuer_token, REAL_ALL ("16 auth.token-refused") },
  { "XOAUTH2", &other_user_token, REAL_ALL ("16 auth.token-user") },
  { "XOAUTH2", &forged_token, REAL_ALL ("16 auth.token-refused") },
  { "OAUTHBEARER", &token, REAL_CLEAR },
  { "OAUTHBEARER", &expired_token, REAL_ALL ("16 auth.token-expired") },
  { "OAUTHBEARER", &other_scope_token, REAL_ALL ("16 auth.token-refused") },
  { "OAUTHBEARER", &other_issuer_token, REAL_ALL ("16 auth.token-refused") },
  { "OAUTHBEARER", &other_user_token, REAL_ALL ("16 auth.token-user") },
  { "OAUTHBEARER", &forged_token, REAL_ALL ("16 auth.token-refused") },

  { "NTLM", &right_password, NOT_OFFERED },
  { "SCRAM-SHA-1-PLUS", &right_password, NOT_OFFERED },
  { "SCRAM-SHA-256-PLUS", &right_password, NOT_OFFERED },
  { "GS2-KRB5", &ticket, NOT_OFFERED },
  { NULL },
};

/* It offers EXTERNAL without TLS, too. */
const RealRow dovecot_certificate_rows[] = {
  { "EXTERNAL", &certificate, { "16 auth.credentials", "0 auth.clear-text-offered", "0" } },
  { "EXTERNAL", &other_certificate, REFUSED },
  { "EXTERNAL", &untrusted_certificate, REFUSED },
  { "EXTERNAL", &nothing, REFUSED },
  { NULL },
};
