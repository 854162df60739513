/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-credentials.h"

#define CERTIFICATE(file) "verify_client=yes,client_certificate=" file ",client_key=" file

const RealCredentials right_password = { "right password", "@PASSWORD@" };
const RealCredentials wrong_password = { "wrong password", "@WRONG_PASSWORD@" };
const RealCredentials unknown_user = { "unknown user", "@PASSWORD@", .user = "unknown@DOMAIN@" };

const RealCredentials umlaut_password = {
  "password outside ASCII",
  "pässwörd € 漢字",
  .user = "umlaut@DOMAIN@",
};
const RealCredentials combining_password = {
  "letters, combining accents",
  "re\u0301sume\u0301",
  .user = "composed@DOMAIN@",
};
const RealCredentials wide_blank_password = {
  "no-break space",
  "a\u00a0b",
  .user = "blank@DOMAIN@",
};

const RealCredentials ticket = { "ticket", .environment = "KRB5CCNAME=@TICKET@" };
const RealCredentials other_ticket = {
  "ticket of another user",
  .environment = "KRB5CCNAME=@OTHER_TICKET@",
};
const RealCredentials no_ticket = { "no ticket" };

const RealCredentials certificate = { "certificate", .options = CERTIFICATE ("@CLIENT@") };
const RealCredentials other_certificate = {
  "certificate of another user",
  .options = CERTIFICATE ("@CLIENT_OF_OTHER@"),
};
const RealCredentials untrusted_certificate = {
  "untrusted certificate",
  .options = CERTIFICATE ("@CLIENT_UNTRUSTED@"),
};

const RealCredentials nothing = { "nothing" };

const RealCredentials token = { "right token", "@TOKEN@", TRUE };
const RealCredentials expired_token = { "expired token", "@EXPIRED_TOKEN@", TRUE };
const RealCredentials other_scope_token = {
  "token for another scope",
  "@OTHER_SCOPE_TOKEN@",
  TRUE,
};
const RealCredentials other_issuer_token = {
  "token of another issuer",
  "@OTHER_ISSUER_TOKEN@",
  TRUE,
};
const RealCredentials other_user_token = { "token of another user", "@OTHER_USER_TOKEN@", TRUE };
const RealCredentials forged_token = { "forged token", "@FORGED_TOKEN@", TRUE };
