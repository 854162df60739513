/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-dovecot.h"

/* LogonMail: with its own user name and password, and with UAuthXOAUTH2POP. */

#define UNIFACE "--system uniface --protocol pop3 --check-usable "
#define XOAUTH2 "--driver POP=UAuthXOAUTH2POP --parameters USER=@USER@ "
#define XOAUTH2_OPT "--driver 'POP=UAuthXOAUTH2POP;USE=OPT' --parameters USER=@USER@ "
#define WITH_CA(file) " --tls-options verify_server=yes,ca_certificate=" file
#define RIGHT .secret = "@PASSWORD@"
#define TOKEN .secret = "@TOKEN@", .token = TRUE

/* A line is a fact. */
/* clang-format off */
const RealCell dovecot_uniface_cells[] = {
  { .name = "tls/right-password", RIGHT,
    .arguments = UNIFACE "TLS:localhost+@POP3S@" WITH_CA ("@CA@"),
    .status = 0, .native = 0, .tls = "implicit", .mechanism = "USER",
    .ladder = "ppp pp pssp pps p" },
  { .name = "tls/wrong-password", .secret = "@WRONG_PASSWORD@",
    .arguments = UNIFACE "TLS:localhost+@POP3S@" WITH_CA ("@CA@"),
    .status = 16, .native = -2, .tls = "implicit",
    .ladder = "ppp pp pssp fns n",
    .finding = "auth.credentials" },
  { .name = "tls/wrong-ca", RIGHT,
    .arguments = UNIFACE "TLS:localhost+@POP3S@" WITH_CA ("@OTHER_CA@"),
    .status = 14, .native = -9, .tls = "implicit",
    .finding = "cert.untrusted-root" },
  { .name = "tls/no-password",
    .arguments = UNIFACE "TLS:localhost+@POP3S@" WITH_CA ("@CA@"),
    .status = 17, .native = -2, .tls = "implicit",
    .finding = "auth.local" },
  { .name = "tls/token", TOKEN,
    .arguments = UNIFACE XOAUTH2 "TLS:localhost+@POP3S@" WITH_CA ("@CA@"),
    .status = 0, .native = 0, .tls = "implicit", .mechanism = "XOAUTH2",
    .ladder = "ppp pp pssp pps p" },
  { .name = "tls/expired-token", .secret = "@EXPIRED_TOKEN@", .token = TRUE,
    .arguments = UNIFACE XOAUTH2 "TLS:localhost+@POP3S@" WITH_CA ("@CA@"),
    .status = 16, .native = -8, .tls = "implicit",
    .finding = "auth.token-expired" },
  { .name = "tls/optional-token", TOKEN,
    .arguments = UNIFACE XOAUTH2_OPT "TLS:localhost+@POP3S@" WITH_CA ("@CA@"),
    .status = 0, .native = 0, .tls = "implicit", .mechanism = "XOAUTH2",
    .finding = "settings.driver-optional" },
  { .name = "tls/on-plain-port", RIGHT,
    .arguments = UNIFACE "TLS:localhost+@POP3@" WITH_CA ("@CA@"),
    .status = 13, .native = -9, .tls = "implicit",
    .finding = "tls.plain-first" },
  { .name = "tcp/right-password", RIGHT,
    .arguments = UNIFACE "localhost+@POP3@",
    .status = 0, .native = 0, .tls = "none", .mechanism = "USER",
    .ladder = "wpp pp ssss pps p",
    .finding = "settings.clear-text-password" },
  { .name = "tcp/on-tls-port", RIGHT,
    .arguments = UNIFACE "localhost+@POP3S@",
    .status = 13, .native = -9, .tls = "none",
    .finding = "tls.implicit-expected" },
  { NULL },
};
/* clang-format on */
