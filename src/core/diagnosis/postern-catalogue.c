/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-catalogue.h"

#include <glib/gi18n.h>
#include <string.h>

#define ERROR POSTERN_SEVERITY_ERROR
#define WARNING POSTERN_SEVERITY_WARNING
#define INFO POSTERN_SEVERITY_INFO

/* In the order of spec/findings.md; the exit status of a warning is 0. */
/* clang-format off */
static const PosternCatalogueEntry entries[] = {
  { "settings.connection-string", 1, ERROR, N_ ("The connection cannot be read") },
  { "settings.profile-undefined", 1, ERROR, N_ ("The TLS profile is not defined") },
  { "settings.option-unknown", 1, ERROR, N_ ("Unknown TLS option") },
  { "settings.option-duplicate", 1, ERROR, N_ ("A TLS option is given twice") },
  { "settings.option-illegal", 1, ERROR, N_ ("A TLS option has a value that it cannot have") },
  { "settings.option-incomplete", 1, ERROR, N_ ("A TLS option is incomplete") },
  { "settings.option-spacing", 0, WARNING, N_ ("Blanks around = in the TLS options") },
  { "settings.no-verification", 1, ERROR, N_ ("The TLS options name no way to verify the server") },
  { "settings.verification-off", 0, WARNING, N_ ("A check of the certificate is switched off") },
  { "settings.file-missing", 1, ERROR, N_ ("A file cannot be read") },
  { "settings.file-not-pem", 1, ERROR, N_ ("A file does not hold what it should") },
  { "settings.key-mismatch", 1, ERROR, N_ ("The key does not belong to the certificate") },
  { "settings.key-password", 1, ERROR, N_ ("The private key does not open") },
  { "settings.driver-unknown", 1, ERROR, N_ ("Unknown security driver") },
  { "settings.driver-order", 0, WARNING,
    N_ ("The security drivers are in an order that cannot work") },
  { "settings.driver-parameters", 1, ERROR,
    N_ ("The parameters of a security driver cannot work") },
  { "settings.windows-only", 0, WARNING, N_ ("This driver runs on Windows alone") },
  { "settings.driver-optional", 0, WARNING,
    N_ ("A security driver that authenticates may be passed over") },
  { "settings.driver-unused", 0, WARNING, N_ ("A security driver plays no part in this logon") },
  { "settings.clear-text-password", 0, WARNING, N_ ("The password would be sent in clear text") },
  { "settings.port-mismatch", 0, WARNING, N_ ("The port is usual for another start of TLS") },
  { "settings.stray-character", 0, WARNING,
    N_ ("A setting holds a character that does not belong there") },
  { "settings.not-supported", 1, ERROR, N_ ("This system cannot do what is asked") },

  { "dns.not-found", 10, ERROR, N_ ("The server name does not exist") },
  { "dns.no-address", 10, ERROR, N_ ("The server name has no address") },
  { "dns.temporary", 10, ERROR, N_ ("The name service did not answer") },
  { "connect.refused", 11, ERROR, N_ ("Nothing listens on this port") },
  { "connect.timeout", 11, ERROR, N_ ("No answer from the server") },
  { "connect.unreachable", 11, ERROR, N_ ("The server cannot be reached") },
  { "connect.reset", 11, ERROR, N_ ("The connection was cut off at once") },
  { "connect.family-broken", 0, WARNING, N_ ("One kind of address does not work") },
  { "connect.proxy", 11, ERROR, N_ ("The proxy refused") },

  { "greeting.silent", 19, ERROR, N_ ("The server says nothing") },
  { "tls.implicit-expected", 13, ERROR, N_ ("This port wants TLS from the first byte") },
  { "tls.plain-first", 13, ERROR, N_ ("This port does not speak TLS from the first byte") },
  { "greeting.other-protocol", 12, ERROR, N_ ("Another kind of server answers here") },
  { "greeting.refused", 12, ERROR, N_ ("The server turns everybody away") },
  { "greeting.closed", 12, ERROR, N_ ("The server hung up before it said anything") },
  { "protocol.unexpected-reply", 12, ERROR, N_ ("The server gave an answer that does not fit") },
  { "protocol.malformed", 12, ERROR, N_ ("The server does not keep to the protocol") },
  { "protocol.too-long", 12, ERROR, N_ ("The server sends more than a session may hold") },
  { "protocol.closed", 12, ERROR, N_ ("The server hung up") },
  { "protocol.ehlo-refused", 12, ERROR, N_ ("The server refused the greeting of this client") },
  { "timeout.connect", 19, ERROR, N_ ("The connection took too long") },
  { "timeout.greeting", 19, ERROR, N_ ("The greeting of the server took too long") },
  { "timeout.reply", 19, ERROR, N_ ("An answer of the server took too long") },
  { "timeout.tls", 19, ERROR, N_ ("The TLS handshake took too long") },
  { "timeout.total", 19, ERROR, N_ ("The test took longer than its limit") },
  { "middlebox.mangled", 13, ERROR, N_ ("Something between here and the server rewrites the session") },

  { "starttls.not-offered", 13, ERROR, N_ ("The server does not offer STARTTLS") },
  { "starttls.refused", 13, ERROR, N_ ("The server refused STARTTLS") },
  { "starttls.injected", 13, ERROR, N_ ("Data came before TLS began") },
  { "starttls.preauth", 13, ERROR, N_ ("The server declared the session open before TLS") },
  { "starttls.skipped", 0, WARNING, N_ ("The session went on without TLS") },
  { "tls.version-too-old", 13, ERROR, N_ ("The TLS version of the server is too old") },
  { "tls.no-common-cipher", 13, ERROR, N_ ("No TLS cipher suite in common") },
  { "tls.handshake", 13, ERROR, N_ ("The TLS handshake failed") },
  { "tls.closed", 13, ERROR, N_ ("The server hung up in the TLS handshake") },
  { "tls.client-certificate-wanted", 13, ERROR, N_ ("The server wants a client certificate") },
  { "tls.client-certificate-refused", 13, ERROR, N_ ("The server refused the client certificate") },
  { "tls.shared-key", 13, ERROR, N_ ("The server does not take the shared key") },
  { "cert.expired", 14, ERROR, N_ ("The certificate has expired") },
  { "cert.not-yet-valid", 14, ERROR, N_ ("The certificate is not valid yet") },
  { "cert.name-mismatch", 14, ERROR, N_ ("The certificate is for another name") },
  { "cert.self-signed", 14, ERROR, N_ ("The certificate is signed by itself") },
  { "cert.untrusted-root", 14, ERROR, N_ ("The certificate authority is not trusted") },
  { "cert.incomplete-chain", 14, ERROR, N_ ("A certificate is missing in the chain") },
  { "cert.chain-order", 0, WARNING, N_ ("The certificates are in the wrong order") },
  { "cert.wrong-purpose", 14, ERROR, N_ ("The certificate is not made for a server") },
  { "cert.not-a-ca", 14, ERROR, N_ ("A certificate was issued by one that may not issue any") },
  { "cert.name-constraints", 14, ERROR,
    N_ ("The authority may not issue certificates for this name") },
  { "cert.weak-key", 14, ERROR, N_ ("A key in the chain is too weak") },
  { "cert.weak-signature", 14, ERROR, N_ ("A signature in the chain is too weak") },
  { "cert.revoked", 14, ERROR, N_ ("The certificate has been revoked") },
  { "cert.must-staple", 14, ERROR, N_ ("The server does not prove that it is not revoked") },
  { "cert.staple-invalid", 14, ERROR, N_ ("The proof that it is not revoked is no good") },
  { "cert.staple-stale", 0, WARNING, N_ ("The proof that it is not revoked is out of date") },
  { "cert.staple-unknown", 0, WARNING, N_ ("It is not known whether it is revoked") },
  { "cert.crl-expired", 0, WARNING, N_ ("A list of revoked certificates is out of date") },
  { "cert.crl-invalid", 0, WARNING, N_ ("A list of revoked certificates cannot be used") },
  { "cert.no-san", 14, ERROR, N_ ("The certificate has no name where names belong") },
  { "cert.malformed", 14, ERROR, N_ ("A certificate cannot be read") },
  { "cert.bad-signature", 14, ERROR, N_ ("A signature in the chain is wrong") },
  { "cert.critical-extension", 14, ERROR,
    N_ ("A certificate has a condition that is not understood") },
  { "cert.not-conforming", 14, ERROR, N_ ("A certificate breaks the rules for certificates") },
  { "cert.key-id-mismatch", 14, ERROR, N_ ("A certificate names another key of its issuer") },
  { "cert.chain-too-long", 14, ERROR, N_ ("The server sends too many certificates") },
  { "cert.clients-differ", 14, ERROR, N_ ("Some clients refuse this chain") },
  { "cert.expires-soon", 0, WARNING, N_ ("The certificate expires soon") },
  { "cert.intercepted", 14, ERROR, N_ ("Something between here and the server reads along") },
  { "cert.clock", 14, ERROR, N_ ("The clock of this computer may be wrong") },
  { "cert.pinned", 0, WARNING, N_ ("An exception lets the certificate pass") },
  { "cert.pin-mismatch", 14, ERROR, N_ ("The exception is for another certificate") },
  { "cert.pin-unused", 0, WARNING, N_ ("The exception for a certificate does not count") },
  { "cert.accepted-unverified", 0, WARNING,
    N_ ("The certificate was accepted without being verified") },

  { "auth.not-offered", 15, ERROR, N_ ("The server offers no way to log on") },
  { "auth.mechanism-not-offered", 15, ERROR, N_ ("The server does not offer this way to log on") },
  { "auth.needs-tls", 15, ERROR, N_ ("Logging on is possible under TLS only") },
  { "auth.credentials", 16, ERROR, N_ ("Wrong user name or password") },
  { "auth.app-password", 16, ERROR, N_ ("The provider wants an application password") },
  { "auth.method-disabled", 16, ERROR,
    N_ ("Logging on with a password is switched off for this mailbox") },
  { "auth.protocol-off", 16, ERROR, N_ ("This protocol is switched off for the mailbox") },
  { "auth.needs-token", 16, ERROR, N_ ("The provider wants an OAuth 2.0 token") },
  { "auth.token-expired", 16, ERROR, N_ ("The token has expired") },
  { "auth.token-audience", 16, ERROR, N_ ("The token was made for another service") },
  { "auth.token-scope", 16, ERROR, N_ ("The token lacks a permission") },
  { "auth.token-user", 16, ERROR, N_ ("The token belongs to another user") },
  { "auth.token-refused", 16, ERROR, N_ ("The server refused the token") },
  { "auth.web-login", 16, ERROR, N_ ("The provider wants a sign-in on its web page") },
  { "auth.locked", 16, ERROR, N_ ("The account is locked") },
  { "auth.too-many-attempts", 16, ERROR, N_ ("Too many attempts to log on") },
  { "auth.mailbox-in-use", 17, ERROR, N_ ("Another session has the mailbox") },
  { "auth.temporary", 17, ERROR, N_ ("The server cannot check the password now") },
  { "auth.server-not-authentic", 17, ERROR, N_ ("The server did not prove who it is") },
  { "auth.protocol", 17, ERROR, N_ ("The exchange of credentials broke off") },
  { "auth.local", 17, ERROR, N_ ("The credentials are incomplete") },
  { "auth.unchecked", 0, WARNING, N_ ("The password was never checked") },
  { "auth.password-encoding", 0, INFO, N_ ("How the password was coded") },
  { "auth.clear-text-offered", 0, INFO, N_ ("The server takes passwords in clear text, too") },
  { "auth.refused-unexplained", 16, ERROR, N_ ("The server refused the credentials") },

  { "usable.mailbox", 18, ERROR, N_ ("Logged on, but there is no mailbox") },
  { "sender.refused", 18, ERROR, N_ ("The server refused the sender") },
  { "recipient.refused", 18, ERROR, N_ ("The server refused a recipient") },
  { "sender.needs-auth", 18, ERROR, N_ ("The server wants a logon before it takes a sender") },
  { "message.refused", 18, ERROR, N_ ("The server refused the message") },
  { "message.too-large", 18, ERROR, N_ ("The message is too large for the server") },
};
/* clang-format on */

/**
 * postern_catalogue_find:
 * @code: a code of spec/findings.md
 *
 * Returns: (transfer none) (nullable): what is fixed about it
 */
const PosternCatalogueEntry *
postern_catalogue_find (const char *code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    if (strcmp (entries[i].code, code) == 0)
      return &entries[i];
  return NULL;
}

const char *
postern_catalogue_get_title (const char *code)
{
  const PosternCatalogueEntry *entry = postern_catalogue_find (code);

  return entry != NULL ? _ (entry->title) : code;
}

/**
 * postern_catalogue_exit_status:
 * @failure: (nullable): why a run ended, or NULL when it passed
 *
 * Returns: the exit status of spec/cli.md
 */
int
postern_catalogue_exit_status (const PosternFailure *failure)
{
  const PosternCatalogueEntry *entry;

  if (failure == NULL)
    return 0;
  /* A driver whose parameters are looked at when its turn comes: something was sent before. */
  if (g_str_has_prefix (failure->code, "settings."))
    return failure->step == POSTERN_STEP_STARTTLS ? 17 : 1;
  /* A driver that asks for STARTTLS is a driver that was not offered. */
  if (failure->driver != NULL && (strcmp (failure->code, "starttls.not-offered") == 0 ||
                                  strcmp (failure->code, "starttls.refused") == 0))
    return 15;

  entry = postern_catalogue_find (failure->code);
  return entry != NULL && entry->exit_status != 0 ? entry->exit_status : 12;
}
