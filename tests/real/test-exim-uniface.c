/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-exim.h"

/* UAuthNTLMSMTP and UAuthSSPISMTP. Exim's NTLM is of the first version, and tells nothing of its
 * target; its Kerberos is of the service "smtp". */

#define UNIFACE "--system uniface --driver SMTP=UStartTLSSMTP "
#define NTLM(more) UNIFACE "--driver SMTP=UAuthNTLMSMTP --parameters 'user=@USER@" more "' "
#define SSPI(parameters) UNIFACE "--driver SMTP=UAuthSSPISMTP --parameters '" parameters "' "
#define SERVER "localhost+@SMTP@ --tls-options verify_server=yes,ca_certificate=@CA@"
#define SPN "SPN_SERVER=smtp/localhost@POSTERN.TEST"
#define OTHER ";SPN_USER=anna@POSTERN.TEST;USER=@USER@;DOMAIN=POSTERN"
#define TICKET .environment = "KRB5CCNAME=@TICKET@"
#define NO_TICKET .environment = "KRB5CCNAME=@NO_TICKET@"
#define RIGHT .secret = "@PASSWORD@"

/* A line is a fact. */
/* clang-format off */
const RealCell exim_uniface_cells[] = {
  { .name = "ntlm/right-password", RIGHT,
    .arguments = NTLM ("") SERVER,
    .status = 0, .native = 0, .tls = "starttls", .ladder = "ppp pp pppp pss p",
    .mechanism = "NTLM", .items = "POLICY=LM NTLM;TARGETINFO=FALSE;",
    .finding = "auth.clear-text-offered" },
  { .name = "ntlm/wrong-password", .secret = "@WRONG_PASSWORD@",
    .arguments = NTLM ("") SERVER,
    .status = 16, .native = -8, .tls = "starttls", .ladder = "ppp pp pppp fss n",
    .finding = "auth.credentials" },
  { .name = "ntlm/alone", RIGHT,
    .arguments = NTLM (";policy=NTLM;domain=POSTERN;workstation=HERE") SERVER,
    .status = 0, .native = 0, .tls = "starttls", .items = "POLICY=NTLM;",
    .finding = "auth.clear-text-offered" },
  /* The password is right, and Exim knows no NTLMv2. */
  { .name = "ntlm/version-2", RIGHT,
    .arguments = NTLM (";policy=LM NTLM V2") SERVER,
    .status = 16, .native = -8, .tls = "starttls", .items = "POLICY=LM NTLM VERSION 2;",
    .finding = "auth.credentials" },
  { .name = "ntlm/session-security", RIGHT,
    .arguments = NTLM (";policy=SESSION SECURITY") SERVER,
    .status = 17, .native = -8, .tls = "starttls",
    .finding = "auth.protocol", .names = "session security" },
  { .name = "ntlm/session-security-fallback", RIGHT,
    .arguments = NTLM (";policy=SESSION SECURITY,LM NTLM") SERVER,
    .status = 0, .native = 0, .tls = "starttls", .items = "POLICY=LM NTLM;",
    .finding = "auth.clear-text-offered" },
  { .name = "ntlm/clear-text", RIGHT,
    .arguments = "--system uniface --driver SMTP=UAuthNTLMSMTP --parameters user=@USER@ "
                 "localhost+@SMTP@",
    .status = 0, .native = 0, .tls = "none",
    .finding = "settings.clear-text-password" },

  { .name = "sspi/kerberos", TICKET,
    .arguments = SSPI ("SSP=Kerberos;" SPN) SERVER,
    .status = 0, .native = 0, .tls = "starttls", .ladder = "wpp pp pppp pss p",
    .mechanism = "GSSAPI",
    .items = "SSP=Kerberos;USER=anna;SPN_SERVER=smtp/localhost@POSTERN.TEST;"
             "SPN_USER=anna@POSTERN.TEST;",
    .finding = "settings.windows-only", .also = { "auth.clear-text-offered" } },
  { .name = "sspi/no-ticket", NO_TICKET,
    .arguments = SSPI ("SSP=Kerberos;" SPN) SERVER,
    .status = 17, .native = -8, .tls = "starttls",
    .finding = "auth.local", .names = "smtp/localhost@POSTERN.TEST" },
  { .name = "sspi/unknown-service", TICKET,
    .arguments = SSPI ("SSP=Kerberos;SPN_SERVER=SMTPSVC/nowhere@POSTERN.TEST") SERVER,
    .status = 17, .native = -8, .tls = "starttls",
    .finding = "auth.local", .names = "SMTPSVC/nowhere@POSTERN.TEST" },
  { .name = "sspi/negotiate", TICKET,
    .arguments = SSPI ("SSP=Negotiate;" SPN) SERVER,
    .status = 0, .native = 0, .tls = "starttls", .mechanism = "GSSAPI", .items = "SSP=Kerberos;",
    .finding = "settings.windows-only" },
  { .name = "sspi/negotiate-without-ticket", NO_TICKET, RIGHT,
    .arguments = SSPI ("SSP=Negotiate;" SPN OTHER) SERVER,
    .status = 0, .native = 0, .tls = "starttls", .mechanism = "NTLM", .items = "SSP=NTLM;",
    .finding = "settings.windows-only" },
  { .name = "sspi/ntlm", NO_TICKET, RIGHT,
    .arguments = SSPI ("SSP=NTLM" OTHER) SERVER,
    .status = 0, .native = 0, .tls = "starttls", .mechanism = "NTLM", .items = "SSP=NTLM;",
    .finding = "settings.windows-only" },
  { .name = "sspi/ntlm-of-windows",
    .arguments = SSPI ("SSP=NTLM") "localhost+@LISTEN@ --tls-options verify_server=yes,"
                 "ca_certificate=@CA@",
    .unreached = TRUE,
    .status = 1, .native = REAL_NO_NATIVE, .ladder = "fnn nn nnnn nnn n",
    .finding = "settings.not-supported", .names = "only Windows has" },
  { NULL },
};
/* clang-format on */
