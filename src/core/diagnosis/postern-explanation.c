/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-explanation.h"

#include "diagnosis/postern-cert-cause.h"
#include "diagnosis/postern-cert-findings.h"
#include "diagnosis/postern-port-words.h"
#include "postern-enum-types.h"
#include "runtime/postern-runtime.h"
#include "runtime/postern-tls-options.h"

#include <glib/gi18n.h>
#include <string.h>

/* What a server said is quoted up to this many characters; the transcript has the rest. */
#define MAX_QUOTE 300

/* One sentence that quotes the peer, or "" when it said nothing. */
static char *
quote (const PosternFailure *failure)
{
  g_autofree char *line = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *coded = NULL;

  if (failure->text == NULL || *failure->text == '\0')
    return g_strdup ("");

  line = g_utf8_make_valid (failure->text, -1);
  g_strdelimit (line, "\r\n\t", ' ');
  shown = g_utf8_strlen (line, -1) > MAX_QUOTE ? g_utf8_substring (line, 0, MAX_QUOTE) : NULL;
  if (failure->reply_code != 0 && !g_ascii_isdigit (line[0]))
    coded = g_strdup_printf ("%d ", failure->reply_code);

  /* Translators: what a server said, word for word */
  return g_strdup_printf (_ ("The server said: “%s%s%s”."), coded != NULL ? coded : "",
                          shown != NULL ? shown : line, shown != NULL ? "…" : "");
}

static char *
join_words (const char *const *words)
{
  if (words == NULL || words[0] == NULL)
    return g_strdup (_ ("nothing"));
  return g_strjoinv (", ", (char **) words);
}

/* What an attempt ended with, without the address, which stands before it. */
static const char *
skip_address (const PosternAddress *address)
{
  const char *reason =
    strstr (address->message, address->address) != NULL ? g_strrstr (address->message, ": ") : NULL;

  return reason != NULL ? reason + 2 : address->message;
}

static char *
explain_address (const PosternFacts *facts)
{
  g_autoptr(GString) text = g_string_new (NULL);
  const char *host =
    facts->plan->connect_host != NULL ? facts->plan->connect_host : facts->plan->host;

  for (guint i = 0; i < facts->addresses->len; i++)
    {
      const PosternAddress *address = facts->addresses->pdata[i];

      if (text->len > 0)
        g_string_append_c (text, ' ');
      if (address->message != NULL)
        g_string_append_printf (text, "%s, %s %u: %s.", address->address, _ ("port"), address->port,
                                skip_address (address));
    }
  if (text->len > 0)
    return g_strdup (text->str);

  if (g_str_has_prefix (facts->failure->code, "dns."))
    return g_strdup_printf (_ ("Asked for “%s”. Check the spelling of the server name, and whether "
                               "this computer can look up other names."),
                            host);
  return g_strdup_printf (_ ("Tried “%s”, port %u."), host,
                          facts->plan->connect_port != 0 ? facts->plan->connect_port
                                                         : facts->plan->port);
}

static gboolean
has_token (const char *const *mechanisms, gboolean alone)
{
  static const char *const tokens[] = { "XOAUTH2", "OAUTHBEARER", NULL };
  gboolean found = FALSE;

  for (gsize i = 0; mechanisms != NULL && mechanisms[i] != NULL; i++)
    {
      gboolean token = g_strv_contains (tokens, mechanisms[i]);

      if (alone && !token)
        return FALSE;
      found |= token;
    }
  return found;
}

/* The server takes nothing but tokens, and the account has none. */
static gboolean
needs_token (const PosternFacts *facts)
{
  const PosternFailure *failure = facts->failure;

  return strcmp (failure->code, "auth.mechanism-not-offered") == 0 &&
         has_token ((const char *const *) failure->offered, TRUE) &&
         !has_token ((const char *const *) failure->wanted, FALSE);
}

static char *
explain_mechanism (const PosternFacts *facts)
{
  g_autofree char *wanted = join_words ((const char *const *) facts->failure->wanted);
  g_autofree char *offered = join_words ((const char *const *) facts->failure->offered);

  if (needs_token (facts))
    return g_strdup_printf (_ ("The server takes access tokens only, and no passwords. Wanted: %s. "
                               "Offered: %s."),
                            wanted, offered);
  return g_strdup_printf (_ ("Wanted: %s. Offered: %s."), wanted, offered);
}

static char *
explain_not_offered (const PosternFacts *facts)
{
  if (facts->plan->protocol != POSTERN_PROTOCOL_SMTP)
    return g_strdup (g_strcmp0 (facts->failure->detail, "starttls") == 0
                       ? _ ("The server lists no way to log on in clear text, but it can start "
                            "TLS. Most servers offer to log on only after that.")
                       : _ ("The server lists neither a mechanism nor a command to log on with."));
  if (g_strcmp0 (facts->failure->detail, "starttls") == 0)
    return g_strdup (_ ("The server lists no AUTH in clear text, but it offers STARTTLS. Most "
                        "servers offer AUTH only after that."));
  return g_strdup (
    _ ("The server lists no AUTH among its capabilities. This may be a port for mail "
       "between servers, usually 25; programs log on at 587 or 465."));
}

static char *
explain_method_disabled (const PosternFacts *facts)
{
  return g_strdup (
    facts->plan->protocol == POSTERN_PROTOCOL_SMTP
      ? _ ("The password may be right: the administrator has switched off SMTP AUTH, or passwords "
           "in general, for the organisation or the mailbox.")
      : _ ("The password may be right: the administrator has switched off passwords for the "
           "organisation or the mailbox."));
}

/* SMTP: whether a check was refused or a message was to be sent. */
static char *
explain_address_refused (const PosternFacts *facts)
{
  const char *address = facts->failure->detail != NULL ? facts->failure->detail : "";

  if (strcmp (facts->failure->code, "recipient.refused") == 0)
    return g_strdup_printf (
      _ ("No message was sent. The server does not take mail for the recipient %s."), address);
  return g_strdup_printf (_ ("No message was sent. The server does not take mail from the sender "
                             "%s for this account."),
                          address);
}

static char *
explain_needs_tls (const PosternFacts *facts)
{
  if (g_strcmp0 (facts->failure->detail, "local") == 0)
    return g_strdup (
      _ ("The account does not allow a password in clear text, and the session has no "
         "TLS. Nothing was sent."));
  return g_strdup (_ ("The server takes credentials under TLS only. The session had none."));
}

static gboolean
said (const PosternFacts *facts, const char *words)
{
  g_autofree char *text =
    facts->failure->text != NULL ? g_ascii_strdown (facts->failure->text, -1) : NULL;

  return text != NULL && strstr (text, words) != NULL;
}

/* A limit is nothing that passes by itself: what holds the sessions can be closed. */
static char *
explain_temporary (const PosternFacts *facts)
{
  return g_strdup (said (facts, "connections")
                     ? _ ("This is not about the password: as many sessions are open as the server "
                          "allows. Close other programs that use the account, or try again later.")
                     : _ ("This is not about the password: try again later."));
}

/* What a response code of POP3 or IMAP says of a refusal that has no finding of its own. */
static char *
explain_unexplained (const PosternFacts *facts)
{
  static const struct
  {
    const char *code;
    const char *text;
  } codes[] = {
    { "SYS/PERM",
      N_ ("The code [SYS/PERM] means a fault of the server that does not pass by itself; its "
          "administrator has to look. User name and password may be right.") },
    { "CONTACTADMIN",
      N_ ("The code [CONTACTADMIN] means that only the administrator of the server can help. User "
          "name and password may be right.") },
    { "AUTHORIZATIONFAILED",
      N_ ("The code [AUTHORIZATIONFAILED] means that the server knows who logs on, and does not "
          "let this user into the mailbox that was asked for.") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_strcmp0 (facts->failure->response_code, codes[i].code) == 0)
      return g_strdup (_ (codes[i].text));
  return g_strdup (
    _ ("It did not say whether the user name, the password or a rule of its own is the reason."));
}

static char *
explain_mailbox (const PosternFacts *facts)
{
  if (said (facts, "authenticated but not connected"))
    return g_strdup (
      _ ("The server took the logon and gives no mailbox for it. The mailbox may not exist, lack a "
         "licence, belong to another user, or be switched off for this protocol. Exchange is "
         "reported to say this of a wrong password, and of a token without the permission, too."));
  return g_strdup (
    _ ("The server took the logon, and still the mailbox cannot be opened: it may not exist, lack "
       "a licence, be on another server, or be switched off for this protocol."));
}

/* A port that waits for something else is silent, too, when it is asked for TLS. */
static char *
explain_handshake_timeout (const PosternFacts *facts)
{
  const PosternPlan *plan = facts->plan;
  g_autofree char *text = g_strdup_printf (
    _ (
      "Port %u was asked for TLS, and the handshake did not end within the limit of %.3g seconds."),
    plan->connect_port != 0 ? plan->connect_port : plan->port, plan->handshake_timeout / 1000.0);

  if (facts->counter != POSTERN_COUNTER_SILENT)
    return g_steal_pointer (&text);
  return g_strdup_printf ("%s %s", text,
                          _ ("A counter-test in clear text got no answer either. A firewall may "
                             "hold the data back, or the server is stuck, or it serves one "
                             "connection at a time."));
}

static char *
explain_timeout (const PosternFacts *facts)
{
  const PosternPlan *plan = facts->plan;
  const char *code = facts->failure->code;
  guint limit = plan->total_timeout;

  if (strcmp (code, "timeout.connect") == 0)
    limit = plan->connect_timeout;
  else if (strcmp (code, "timeout.greeting") == 0)
    limit = plan->greeting_timeout;
  else if (strcmp (code, "timeout.reply") == 0)
    limit = plan->reply_timeout;
  return g_strdup_printf (_ ("The limit of %.3g seconds ran out."), limit / 1000.0);
}

static char *
explain_certificate (const PosternFacts *facts)
{
  const PosternCertFault *fault = postern_cert_findings_first (facts);

  if (fault == NULL)
    return g_strdup (facts->failure->detail != NULL ? facts->failure->detail : "");
  return postern_cert_findings_explain (facts, fault);
}

static char *
explain_shared_key (const PosternFacts *facts)
{
  if (facts->tls != NULL && facts->tls->chain->len > 0)
    return g_strdup (_ ("The settings want a connection by a shared key (shared_key), and the "
                        "server showed a certificate instead: it knows no such key. No mail server "
                        "is known to have one."));
  return g_strdup (_ ("The settings want a connection by a shared key (shared_key), and the server "
                      "broke off: it knows no such key, or another one. No mail server is known to "
                      "have one."));
}

static char *
explain_cause (const PosternFacts *facts)
{
  return facts->tls != NULL ? postern_cert_cause_explain (facts, facts->failure->code)
                            : g_strdup ("");
}

static char *
explain_token (const PosternFacts *facts)
{
  if (facts->token_reason != NULL && facts->failure->detail != NULL)
    /* Translators: first what the token itself says, then what the server said about it */
    return g_strdup_printf (_ ("%s The server's reason, decoded: %s."), facts->token_reason,
                            facts->failure->detail);
  if (facts->token_reason != NULL)
    return g_strdup (facts->token_reason);
  if (facts->failure->detail != NULL)
    return g_strdup_printf (_ ("The server's reason, decoded: %s."), facts->failure->detail);
  return g_strdup (_ ("A token must be fresh, for this user and for this service."));
}

static char *
explain_local (const PosternFacts *facts)
{
  return g_strdup (facts->failure->detail != NULL ? facts->failure->detail : "");
}

/* Either this end gave up and says why, or the server did. */
static char *
explain_exchange (const PosternFacts *facts)
{
  const PosternFailure *failure = facts->failure;

  if (failure->detail != NULL)
    return g_strdup (failure->detail);
  if (failure->mechanism != NULL && g_str_has_suffix (failure->mechanism, "-PLUS"))
    return g_strdup (
      _ ("The server could make nothing of an answer. A way to log on that ends in -PLUS is bound "
         "to TLS, and some servers do not know how that is done under TLS 1.3. Without -PLUS the "
         "same user name and password may be taken."));
  return g_strdup (_ ("The server could make nothing of an answer."));
}

static const struct
{
  const char *code; /* or the beginning of one, up to the dot */
  char *(*explain) (const PosternFacts *facts);
  const char *text; /* where there is nothing to compute */
} explanations[] = {
  { "settings.", explain_local, NULL },
  { "dns.", explain_address, NULL },
  { "connect.", explain_address, NULL },
  { "timeout.tls", explain_handshake_timeout, NULL },
  { "timeout.", explain_timeout, NULL },
  { "cert.clock", explain_cause, NULL },
  { "cert.intercepted", explain_cause, NULL },
  { "cert.", explain_certificate, NULL },
  { "tls.implicit-expected", postern_port_explain_implicit_expected, NULL },
  { "tls.plain-first", postern_port_explain_plain_first, NULL },
  { "tls.shared-key", explain_shared_key, NULL },
  { "tls.", explain_local, NULL },
  { "greeting.silent", postern_port_explain_silent, NULL },
  { "greeting.other-protocol", postern_port_explain_other_protocol, NULL },
  { "greeting.closed", NULL,
    N_ ("The server took the connection and closed it without a word. It may be overloaded, or "
        "refuse this address.") },
  { "middlebox.mangled", NULL,
    N_ (
      "Words of the session are overwritten with X or *. A firewall or virus scanner that inspects "
      "mail does this, and it prevents TLS. It has to let the session pass unchanged.") },
  { "starttls.not-offered", postern_port_explain_no_starttls, NULL },
  { "starttls.refused", postern_port_explain_refused_starttls, NULL },
  { "starttls.injected", NULL,
    N_ (
      "Bytes in clear text arrived together with the server's answer to STARTTLS, ahead of it, or "
      "in place of TLS. They may be an attempt to slip answers into the encrypted session; they "
      "were not used.") },
  { "greeting.refused", NULL,
    N_ ("It took the connection only to say so. It may be busy, or not want to talk to this "
        "address.") },
  { "protocol.closed", NULL,
    N_ ("The connection ended in the middle of the session. The transcript shows how far it "
        "came.") },
  { "protocol.malformed", NULL,
    N_ ("What came is no reply of the protocol, so the session ended here. The transcript shows "
        "it.") },
  { "protocol.unexpected-reply", NULL,
    N_ ("The reply is well formed, but it does not belong here, so the session ended.") },
  { "protocol.too-long", NULL,
    N_ ("A line, a reply or the whole session went past what is reasonable, so the session ended "
        "here. Servers keep lines below 1,000 bytes.") },
  { "protocol.ehlo-refused", NULL,
    N_ ("The server did not accept the name that this client greets it with.") },
  { "sender.refused", explain_address_refused, NULL },
  { "recipient.refused", explain_address_refused, NULL },
  { "message.refused", NULL,
    N_ ("The server took sender and recipient, and refused the message itself. It was not "
        "delivered.") },
  { "message.too-large", NULL,
    N_ ("The server took sender and recipient, and has no room for the message. It was not "
        "delivered.") },
  { "usable.mailbox", explain_mailbox, NULL },
  { "starttls.preauth", NULL,
    N_ ("The server took the session for logged on before TLS could begin, and after that TLS "
        "cannot begin any more. The account wants TLS, so the session ended here and no "
        "credentials were sent. Somebody on the way may have done this.") },
  { "auth.mailbox-in-use", NULL,
    N_ ("Another session has the mailbox open, and the server lets no more of them in. End the "
        "program that has it, or wait until the server lets go of it.") },
  { "auth.protocol-off", NULL,
    N_ ("The password may be right: this protocol is switched off for the mailbox. Its owner or "
        "the administrator can switch it on, usually on the provider's web page.") },
  { "auth.server-not-authentic", explain_local, NULL },
  { "sender.needs-auth", NULL,
    N_ ("The session did not log on, and the server takes mail from those who did.") },
  { "auth.not-offered", explain_not_offered, NULL },
  { "auth.mechanism-not-offered", explain_mechanism, NULL },
  { "auth.needs-tls", explain_needs_tls, NULL },
  { "auth.token-", explain_token, NULL },
  { "auth.credentials", NULL,
    N_ ("The server knows the way to log on and refused the user name or the password.") },
  { "auth.method-disabled", explain_method_disabled, NULL },
  { "auth.app-password", NULL,
    N_ ("The account is protected by two-step sign-in; the ordinary password is not accepted "
        "here.") },
  { "auth.needs-token", NULL,
    N_ ("The provider takes no passwords any more: a program shows it an access token, which the "
        "user allows on the provider's web page.") },
  { "auth.web-login", NULL,
    N_ ("The provider wants to see the user on its web page before it lets a program in. It does "
        "so when a logon looks unusual to it, whether the password is right or not.") },
  { "auth.locked", NULL,
    N_ ("The provider has locked the account, and no password opens it now. Its administrator or "
        "the provider's web page can unlock it.") },
  { "auth.too-many-attempts", NULL,
    N_ ("There were too many attempts in a short time, from here or from elsewhere. Wait before "
        "the next one: each may prolong it.") },
  { "auth.temporary", explain_temporary, NULL },
  { "auth.refused-unexplained", explain_unexplained, NULL },
  { "auth.local", explain_local, NULL },
  { "auth.protocol", explain_exchange, NULL },
};

/**
 * postern_explanation_for:
 * @facts: a run that failed
 *
 * Returns: (transfer full): what was seen and what it means, in translated sentences that end with
 *   the server's own words
 */
char *
postern_explanation_for (const PosternFacts *facts)
{
  g_autofree char *meaning = NULL;
  g_autofree char *said = quote (facts->failure);

  for (gsize i = 0; i < G_N_ELEMENTS (explanations) && meaning == NULL; i++)
    {
      const char *code = explanations[i].code;
      gsize length = strlen (code);
      gboolean is_prefix = code[length - 1] == '.' || code[length - 1] == '-';

      if (is_prefix ? strncmp (facts->failure->code, code, length) != 0
                    : strcmp (facts->failure->code, code) != 0)
        continue;
      meaning = explanations[i].explain != NULL ? explanations[i].explain (facts)
                                                : g_strdup (_ (explanations[i].text));
    }

  if (meaning == NULL || *meaning == '\0')
    return g_steal_pointer (&said);
  if (*said == '\0')
    return g_steal_pointer (&meaning);
  return g_strdup_printf ("%s %s", meaning, said);
}

static const struct
{
  const char *code;
  const char *text;
} advice[] = {
  { "auth.credentials",
    N_ ("Type the user name and password again; try them in another program.") },
  { "auth.app-password",
    N_ ("Create an application password on the provider's web page and use that instead.") },
  { "auth.method-disabled",
    N_ ("Ask the administrator to allow passwords for this mailbox, or use OAuth 2.0 (XOAUTH2).") },
  { "auth.needs-token", N_ ("Use XOAUTH2 with an access token.") },
  { "auth.web-login", N_ ("Sign in on the provider's web page, then try again.") },
  { "auth.token-expired", N_ ("Get a new access token.") },
  { "auth.token-refused",
    N_ ("Get a new access token for this user, with the scope that the provider names for this "
        "protocol.") },
  { "settings.key-password",
    N_ ("Correct client_key_password, or make a key file without a password.") },
  { "settings.no-verification",
    N_ ("Write verify_server=yes in the TLS options, and say whom to trust: name a file with "
        "ca_certificate, or the USYS folder (--usys), which holds the file that is used else.") },
  { "settings.file-missing",
    N_ ("Put the file there, or name another one. Where its name begins with “usys:”, name the "
        "USYS folder (--usys).") },
  { "settings.file-not-pem",
    N_ ("Name a PEM file that holds what the option needs: certificates for ca_certificate and "
        "client_certificate, a private key for client_key.") },
  { "settings.key-mismatch",
    N_ ("Name the key that the client certificate was made for with client_key.") },
  { "tls.version-too-old", N_ ("Have the server updated.") },
  { "tls.no-common-cipher",
    N_ ("Where a cipher_list is given, take it out, or add a suite that the server offers.") },
  { "settings.driver-order", N_ ("Put the STARTTLS driver first.") },
  { "dns.not-found", N_ ("Correct the server name.") },
};

/**
 * postern_explanation_advise:
 * @finding: an error, also of the settings, where nothing was run; what always helps is added
 */
void
postern_explanation_advise (PosternFinding *finding)
{
  for (gsize i = 0; i < G_N_ELEMENTS (advice); i++)
    if (strcmp (advice[i].code, postern_finding_get_code (finding)) == 0)
      postern_finding_add_remedy (finding, _ (advice[i].text), NULL);
}

/* The usual ports, by protocol. */
static const char *const port_advice[] = {
  [POSTERN_PROTOCOL_SMTP] = N_ ("Check the port: 587 with STARTTLS and 465 with TLS from the first "
                                "byte are usual for logging on."),
  [POSTERN_PROTOCOL_POP3] =
    N_ ("Check the port: 110 with STLS and 995 with TLS from the first byte "
        "are usual."),
  [POSTERN_PROTOCOL_IMAP] = N_ ("Check the port: 143 with STARTTLS and 993 with TLS from the first "
                                "byte are usual."),
};

/* What may stand beside shared_key is a list of ciphers for it, which is no use without. */
static void
remedy_shared_key (const PosternFacts *facts, PosternFinding *finding)
{
  GVariant *change = NULL;
  GVariantDict dict;

  if (postern_diagnosis_owns_options (facts->plan))
    {
      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "tls-options", "s", "verify_server=yes");
      change = g_variant_dict_end (&dict);
    }
  postern_finding_add_remedy (
    finding, _ ("Take shared_key out of the TLS options and add verify_server=yes."), change);
}

/* Uniface does not use what it was given before it is told to. */
static void
remedy_client_certificate (const PosternFacts *facts, PosternFinding *finding)
{
  gboolean uniface = facts->runtime == postern_runtime_get (POSTERN_SYSTEM_UNIFACE);
  const char *used = g_hash_table_lookup (facts->plan->tls_options, "verify_client");

  if (uniface && g_strcmp0 (used, "yes") != 0 &&
      g_hash_table_contains (facts->plan->tls_options, "client_certificate"))
    postern_finding_add_remedy (finding,
                                _ ("Add verify_client=yes to the TLS options: without it "
                                   "client_certificate and client_key are not used."),
                                NULL);
  else
    postern_finding_add_remedy (
      finding,
      uniface ? _ ("Name a certificate that the server accepts, and its key, in the TLS options: "
                   "client_certificate, client_key and verify_client=yes.")
              : _ ("Name a certificate that the server accepts, and its key, in the TLS options: "
                   "client_certificate and client_key."),
      NULL);
}

static void
remedy_token (const PosternFacts *facts, PosternFinding *finding)
{
  gboolean uniface = facts->runtime == postern_runtime_get (POSTERN_SYSTEM_UNIFACE);

  postern_finding_add_remedy (
    finding,
    !uniface ? _ ("Log on with an OAuth 2.0 access token in place of the password (--token-from).")
    : facts->plan->protocol == POSTERN_PROTOCOL_SMTP
      ? _ ("Log on with an OAuth 2.0 access token (--token-from), by the driver "
           "SMTP=UAuthXOAUTH2SMTP.")
      : _ ("Log on with an OAuth 2.0 access token (--token-from), by the driver "
           "POP=UAuthXOAUTH2POP."),
    NULL);
}

static gboolean
is_silent_to_tls (const PosternFacts *facts)
{
  return strcmp (facts->failure->code, "timeout.tls") == 0 && facts->tls == NULL &&
         facts->plan->tls == POSTERN_TLS_START_IMPLICIT;
}

/* The newest that the server has, as the option names it; NULL where there is no such word. One
 * that has not said it is below what was asked for. */
static const char *
allowed_version (const PosternFacts *facts)
{
  const PosternFailure *failure = facts->failure;
  const PosternTlsPolicy *policy = facts->plan->tls_policy;
  const char *offered =
    failure->offered != NULL && failure->offered[0] != NULL ? failure->offered[0] : NULL;

  if (offered == NULL)
    return policy != NULL && policy->min_version == 0x0304 ? "1.2" : "1.0";
  return g_str_has_prefix (offered, "TLS ") ? offered + strlen ("TLS ") : NULL;
}

/* NULL where the options stand in a file, or hold a secret, which the plan does not know. */
static GVariant *
change_version (const PosternPlan *plan, const char *version)
{
  GVariantDict dict;
  g_autofree char *options = NULL;

  if (!postern_diagnosis_owns_options (plan) || plan->tls_options_text == NULL ||
      strstr (plan->tls_options_text, "<hidden>") != NULL)
    return NULL;

  options =
    postern_tls_options_set (plan->tls_options_text, POSTERN_TLS_OPTION_MIN_TLS_VERSION, version);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "tls-options", "s", options);
  return g_variant_dict_end (&dict);
}

static void
remedy_version (const PosternFacts *facts, PosternFinding *finding)
{
  const char *version = allowed_version (facts);
  g_autofree char *text = NULL;

  if (version == NULL)
    return;

  text = g_strdup_printf (
    _ ("Allow what the server speaks: min_tls_version=%s in the TLS options."), version);
  postern_finding_add_remedy (finding, text, change_version (facts->plan, version));
}

/**
 * postern_explanation_remedies:
 * @facts: a run that failed
 * @finding: the first cause; what mends it is added, the best first
 */
void
postern_explanation_remedies (const PosternFacts *facts, PosternFinding *finding)
{
  const char *code = facts->failure->code;

  postern_port_add_remedies (facts, finding);
  if (strcmp (code, "tls.shared-key") == 0)
    remedy_shared_key (facts, finding);
  if (strcmp (code, "tls.version-too-old") == 0)
    remedy_version (facts, finding);
  if (strcmp (code, "connect.refused") == 0 || is_silent_to_tls (facts))
    postern_finding_add_remedy (finding, _ (port_advice[facts->plan->protocol]), NULL);
  if (strcmp (code, "tls.client-certificate-wanted") == 0)
    remedy_client_certificate (facts, finding);
  if (needs_token (facts))
    remedy_token (facts, finding);
  postern_explanation_advise (finding);
}
