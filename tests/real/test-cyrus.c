/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-credentials.h"
#include "real-main.h"
#include "real-sweep.h"
#include "site-cyrus.h"

#define NOT_OFFERED REAL_ALL ("15 auth.mechanism-not-offered")

/* The same words for everything that goes wrong, and no code. */
#define IMAP_SAYS "16 auth.refused-unexplained"

/* [AUTH], which is about credentials (RFC 3206). */
#define POP3_SAYS "16 auth.credentials"

/* What there is under TLS alone. */
#define UNDER_TLS                                                                                  \
  {                                                                                                \
    "15 auth.mechanism-not-offered", "0 auth.clear-text-offered", "0"                              \
  }
#define REFUSED_UNDER_TLS(code)                                                                    \
  {                                                                                                \
    "15 auth.mechanism-not-offered", code, code                                                    \
  }
#define ONLY_STARTTLS(code)                                                                        \
  {                                                                                                \
    NULL, code, NULL                                                                               \
  }

/* Cyrus SASL has its own view of GNU SASL's GS2-KRB5: it wants a context in sequence, which GNU
 * SASL does not ask for, and so no ticket is good enough. */
static const RealRow accepted_rows[] = {
  { REAL_STRONGEST,
    &right_password,
    REAL_CLEAR,
    { "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-PLUS" } },
  { "PLAIN", &right_password, REAL_CLEAR },
  { "PLAIN", &umlaut_password, REAL_CODED },
  { "LOGIN", &right_password, REAL_CLEAR },
  { "LOGIN", &umlaut_password, REAL_CODED },
  { "CRAM-MD5", &right_password, REAL_FINE },
  { "CRAM-MD5", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "CRAM-MD5", &combining_password, REAL_ALL ("0 settings.stray-character") },
  { "DIGEST-MD5", &right_password, REAL_FINE },
  { "DIGEST-MD5", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-1", &right_password, REAL_FINE },
  { "SCRAM-SHA-1", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-256", &right_password, REAL_FINE },
  { "SCRAM-SHA-256", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-256", &combining_password, REAL_ALL ("0 settings.stray-character") },
  { "SCRAM-SHA-256", &wide_blank_password, REAL_ALL ("0 settings.stray-character") },
  { "SCRAM-SHA-1-PLUS", &right_password, UNDER_TLS },
  { "SCRAM-SHA-256-PLUS", &right_password, UNDER_TLS },
  { "NTLM", &right_password, REAL_FINE },
  { "GSSAPI", &ticket, REAL_FINE },
  { "GSSAPI", &no_ticket, REAL_ALL ("17 auth.local") },
  { "GS2-KRB5", &no_ticket, REAL_ALL ("17 auth.local") },
  { "EXTERNAL", &certificate, UNDER_TLS },
  { "EXTERNAL", &untrusted_certificate, REFUSED_UNDER_TLS ("13 tls.client-certificate-refused") },
  { "EXTERNAL", &nothing, NOT_OFFERED },
  { "XOAUTH2", &token, NOT_OFFERED },
  { NULL },
};

#define REFUSED_ROWS(says)                                                                         \
  { "PLAIN", &wrong_password, REAL_ALL (says) }, { "PLAIN", &unknown_user, REAL_ALL (says) },      \
    { "PLAIN", &combining_password, REAL_ALL (says) },                                             \
    { "LOGIN", &wrong_password, REAL_ALL (says) },                                                 \
    { "CRAM-MD5", &wrong_password, REAL_ALL (says) },                                              \
    { "DIGEST-MD5", &wrong_password, REAL_ALL (says) },                                            \
    { "SCRAM-SHA-1", &wrong_password, REAL_ALL (says) },                                           \
    { "SCRAM-SHA-256", &wrong_password, REAL_ALL (says) },                                         \
    { "SCRAM-SHA-256", &unknown_user, REAL_ALL (says) },                                           \
    { "SCRAM-SHA-1-PLUS", &wrong_password, REFUSED_UNDER_TLS (says) },                             \
    { "SCRAM-SHA-256-PLUS", &wrong_password, REFUSED_UNDER_TLS (says) },                           \
    { "NTLM", &wrong_password, REAL_ALL (says) }, { "GSSAPI", &other_ticket, REAL_ALL (says) },    \
    { "GS2-KRB5", &ticket, REAL_ALL (says) },                                                      \
  {                                                                                                \
    "EXTERNAL", &other_certificate, REFUSED_UNDER_TLS (says)                                       \
  }

/* Cyrus 3.6.1 itself trips over the next command of whoever is "anonymous". */
static const RealRow imap_rows[] = {
  REFUSED_ROWS (IMAP_SAYS),
  { "LOGIN-COMMAND", &right_password, REAL_CLEAR },
  { "LOGIN-COMMAND", &wrong_password, REAL_ALL ("16 auth.credentials") },
  { "LOGIN-COMMAND", &umlaut_password, REAL_CODED },
  { "ANONYMOUS", &nothing, REAL_ALL ("12 protocol.closed") },
  { NULL },
};

static const RealRow pop3_rows[] = {
  REFUSED_ROWS (POP3_SAYS),
  { "USER", &right_password, REAL_CLEAR },
  { "USER", &wrong_password, REAL_ALL ("16 auth.credentials") },
  { "USER", &umlaut_password, REAL_CODED },
  { "APOP", &right_password, { "0", "15 auth.mechanism-not-offered", "0" } },
  { "APOP", &wrong_password, { "16 auth.credentials", NULL, "16 auth.credentials" } },
  { "ANONYMOUS", &nothing, REAL_ALL ("18 usable.mailbox") },
  { NULL },
};

/* Under TLS 1.3 Cyrus 3.6 offers -PLUS, and binds it to what TLS 1.3 does not have (RFC 9266). */
static const RealRow new_rows[] = {
  { REAL_STRONGEST, &right_password, ONLY_STARTTLS ("17 auth.protocol"),
    ONLY_STARTTLS ("SCRAM-SHA-256-PLUS") },
  { "SCRAM-SHA-256", &right_password, ONLY_STARTTLS ("0 auth.clear-text-offered") },
  { "SCRAM-SHA-256-PLUS", &right_password, ONLY_STARTTLS ("17 auth.protocol") },
  { "SCRAM-SHA-256-PLUS", &wrong_password, ONLY_STARTTLS ("17 auth.protocol") },
  { "EXTERNAL", &certificate, ONLY_STARTTLS ("0 auth.clear-text-offered") },
  { "EXTERNAL", &untrusted_certificate, ONLY_STARTTLS ("13 tls.client-certificate-refused") },
  { NULL },
};

static const RealTable imap = {
  .protocol = "imap",
  .clear = "IMAP",
  .implicit = "IMAPS",
  .options = "--check-usable",
  .ahead = 8,
  .rows = { accepted_rows, imap_rows },
};

static const RealTable pop3 = {
  .protocol = "pop3",
  .clear = "POP3",
  .implicit = "POP3S",
  .options = "--check-usable",
  .ahead = 8,
  .rows = { accepted_rows, pop3_rows },
};

static const RealTable imap_new = {
  .protocol = "imap",
  .clear = "IMAP_NEW",
  .options = "--check-usable",
  .ahead = 8,
  .rows = { new_rows },
};

static const RealTable pop3_new = {
  .protocol = "pop3",
  .clear = "POP3_NEW",
  .options = "--check-usable",
  .ahead = 8,
  .rows = { new_rows },
};

#define WITH_CA " --tls-options verify_server=yes,ca_certificate=@CA@"
#define CELL .native = REAL_NO_NATIVE, .secret = "@PASSWORD@"
#define IMAP "--protocol imap "
#define POP3 "--protocol pop3 "

/* clang-format off: a line is a fact. */
/* clang-format off */
static const RealCell cells[] = {
  { .name = "strict/imap/strongest", CELL,
    .arguments = IMAP "--tls none localhost:@IMAP_STRICT@",
    .status = 0, .tls = "none", .ladder = "wpp pp ssss pss p", .mechanism = "SCRAM-SHA-256",
    .finding = "settings.clear-text-password" },
  { .name = "strict/imap/plain", CELL,
    .arguments = IMAP "--tls none --mechanism PLAIN localhost:@IMAP_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.needs-tls" },
  { .name = "strict/imap/login-command", CELL,
    .arguments = IMAP "--tls none --mechanism LOGIN-COMMAND localhost:@IMAP_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.needs-tls" },
  { .name = "strict/pop3/user", CELL,
    .arguments = POP3 "--tls none --mechanism USER localhost:@POP3_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.mechanism-not-offered", .names = "Wanted: USER" },

  /* The password is right, and still. */
  { .name = "imap/homeless", CELL, .user = "homeless",
    .arguments = IMAP "--check-usable --tls starttls localhost:@IMAP@" WITH_CA,
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp pfs n",
    .finding = "usable.mailbox", .names = "Mailbox does not exist" },
  { .name = "pop3/homeless", CELL, .user = "homeless",
    .arguments = POP3 "--tls starttls localhost:@POP3@" WITH_CA,
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp fss n",
    .finding = "usable.mailbox", .names = "Mailbox does not exist" },
  { .name = "pop3/slow/1", CELL, .user = "slow",
    .arguments = POP3 "--tls starttls localhost:@POP3_SLOW@" WITH_CA,
    .status = 0, .tls = "starttls", .ladder = "ppp pp pppp pss p",
    .finding = "auth.clear-text-offered" },
  { .name = "pop3/slow/2", CELL, .user = "slow",
    .arguments = POP3 "--tls starttls localhost:@POP3_SLOW@" WITH_CA,
    .status = 17, .tls = "starttls", .ladder = "ppp pp pppp fss n",
    .finding = "auth.temporary", .names = "LOGIN-DELAY" },
  { NULL },
};
/* clang-format on */

/* Under TLS 1.3, and with a wrong password under TLS 1.2. */
static const RealSweep sweeps[] = {
  {
    .name = "imap",
    .arguments = IMAP "--tls starttls localhost:@IMAP_NEW@",
    .secret = "@PASSWORD@",
    .environment = "KRB5CCNAME=@TICKET@",
    .attempts = 13,
    .trials = { "PLAIN accepted", "LOGIN accepted", "CRAM-MD5 accepted", "DIGEST-MD5 accepted",
                "SCRAM-SHA-1-PLUS failed auth.protocol", "SCRAM-SHA-1 accepted",
                "SCRAM-SHA-256-PLUS failed auth.protocol", "SCRAM-SHA-256 accepted",
                "NTLM accepted", "GSSAPI-PLUS not-possible", "GSSAPI accepted",
                "GS2-KRB5-PLUS not-possible", "GS2-KRB5 refused auth.refused-unexplained",
                "ANONYMOUS accepted", "LOGIN-COMMAND accepted" },
  },
  {
    .name = "pop3",
    .arguments = POP3 "--tls implicit localhost:@POP3S@",
    .secret = "@WRONG_PASSWORD@",
    .status = 16,
    .attempts = 14,
    .trials = { "PLAIN refused auth.credentials", "LOGIN refused auth.credentials",
                "CRAM-MD5 refused auth.credentials", "DIGEST-MD5 refused auth.credentials",
                "SCRAM-SHA-1-PLUS refused auth.credentials", "SCRAM-SHA-1 refused auth.credentials",
                "SCRAM-SHA-256-PLUS refused auth.credentials",
                "SCRAM-SHA-256 refused auth.credentials", "NTLM refused auth.credentials",
                "GSSAPI-PLUS not-possible", "GSSAPI failed auth.local",
                "GS2-KRB5-PLUS not-possible", "GS2-KRB5 failed auth.local",
                "ANONYMOUS failed usable.mailbox", "USER refused auth.credentials",
                "APOP refused auth.credentials" },
  },
  { NULL },
};

static void
add_tests (RealValues *values)
{
  real_matrix_add ("cyrus", &imap, values);
  real_matrix_add ("cyrus", &pop3, values);
  real_matrix_add ("cyrus-tls13", &imap_new, values);
  real_matrix_add ("cyrus-tls13", &pop3_new, values);
  real_cells_add ("/cyrus/other", cells, values);
  real_sweeps_add ("/cyrus/sweep", sweeps, values);
}

int
main (int argc, char **argv)
{
  return real_main (&site_cyrus, add_tests, argc, argv);
}
