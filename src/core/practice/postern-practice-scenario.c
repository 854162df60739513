/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice-scenario.h"

#include <glib/gi18n.h>

/* The protocols that a scenario exists for. */
#define IMAP (1u << POSTERN_PROTOCOL_IMAP)
#define MAILBOXES (1u << POSTERN_PROTOCOL_POP3 | IMAP)

/* Five replies lead to a logon with STARTTLS, one more to the end: three seconds in all. */
#define SLOW_REPLY_MS 500

typedef struct
{
  PosternPracticeScenario public;
  PracticeBehaviour behaviour;
} Entry;

static const Entry entries[] = {
  { { "good", N_ ("Everything is right: the logon passes"), NULL, FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS } },
  { { "expired", N_ ("The server's certificate has expired"), "cert.expired", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .certificate = PRACTICE_CERTIFICATE_EXPIRED } },
  { { "wrong-name", N_ ("The server's certificate is for another host, mail.hoster.example"),
      "cert.name-mismatch", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .certificate = PRACTICE_CERTIFICATE_WRONG_NAME } },
  { { "untrusted", N_ ("The server's certificate was issued by an authority that nobody trusts"),
      "cert.untrusted-root", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .certificate = PRACTICE_CERTIFICATE_UNTRUSTED } },
  { { "revoked",
      N_ ("The authority has revoked the server's certificate; its list is in the CA file"),
      "cert.revoked", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .certificate = PRACTICE_CERTIFICATE_REVOKED } },
  { { "no-starttls", N_ ("The server does not offer STARTTLS, and takes passwords in clear"),
      "starttls.not-offered", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS,
      .starttls = PRACTICE_STARTTLS_MISSING,
      .bare_greeting = TRUE } },
  { { "starttls-refused", N_ ("The server offers STARTTLS, then refuses it"), "starttls.refused",
      FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .starttls = PRACTICE_STARTTLS_REFUSED } },
  { { "injected", N_ ("Somebody on the way adds replies in clear to the go-ahead for STARTTLS"),
      "starttls.injected", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .starttls = PRACTICE_STARTTLS_INJECTED } },
  { { "tls-on-plain-port", N_ ("The port for STARTTLS wants TLS from the first byte"),
      "tls.implicit-expected", FALSE, NULL },
    { .plain_port = PRACTICE_OPENING_TLS, .tls_port = PRACTICE_OPENING_TLS } },
  { { "plain-on-tls-port",
      N_ ("The port for TLS from the first byte speaks plain text and offers STARTTLS"),
      "tls.plain-first", TRUE, NULL },
    { .tls_port = PRACTICE_OPENING_PLAIN } },
  { { "wrong-password", N_ ("The server refuses every user name and password"), "auth.credentials",
      FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS,
      .password_refusal = PRACTICE_REFUSAL_CREDENTIALS,
      .token_refusal = PRACTICE_REFUSAL_CREDENTIALS } },
  { { "tenant-disabled",
      N_ ("Signing in with a password is switched off for the whole organisation"),
      "auth.method-disabled", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS,
      .password_refusal = PRACTICE_REFUSAL_TENANT,
      .token_refusal = PRACTICE_REFUSAL_TENANT } },
  { { "app-password", N_ ("The server wants a password made for this application alone"),
      "auth.app-password", FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .password_refusal = PRACTICE_REFUSAL_APP_PASSWORD } },
  { { "xoauth2-refused", N_ ("The server takes OAuth tokens only, and refuses each of them"),
      "auth.token-refused", FALSE, "XOAUTH2" },
    { .tls_port = PRACTICE_OPENING_TLS, .tokens_only = TRUE, .tokens_refused = TRUE } },
  { { "slow", N_ ("Each reply takes half a second: the logon passes, slowly"), NULL, FALSE, NULL },
    { .tls_port = PRACTICE_OPENING_TLS, .delay_ms = SLOW_REPLY_MS } },
  { { "silent", N_ ("The server accepts the connection and never says a word"), "greeting.silent",
      FALSE, NULL },
    { .plain_port = PRACTICE_OPENING_SILENT, .tls_port = PRACTICE_OPENING_SILENT } },
  { { "closes-early", N_ ("The server closes the connection before its greeting"),
      "greeting.closed", FALSE, NULL },
    { .plain_port = PRACTICE_OPENING_CLOSED, .tls_port = PRACTICE_OPENING_TLS_CLOSED } },
  { { "mailbox-in-use", N_ ("Another session has the mailbox open"), "auth.mailbox-in-use", FALSE,
      NULL, .protocols = MAILBOXES },
    { .tls_port = PRACTICE_OPENING_TLS,
      .password_refusal = PRACTICE_REFUSAL_IN_USE,
      .token_refusal = PRACTICE_REFUSAL_IN_USE } },
  { { "preauth", N_ ("The server takes everybody for logged on at once, before TLS"),
      "starttls.preauth", FALSE, NULL, .protocols = IMAP },
    { .tls_port = PRACTICE_OPENING_TLS, .preauth = TRUE } },
  { { "logindisabled", N_ ("The server takes no password in clear text, and cannot start TLS"),
      "auth.needs-tls", FALSE, NULL, .protocols = IMAP, .tls = "none" },
    { .tls_port = PRACTICE_OPENING_TLS,
      .starttls = PRACTICE_STARTTLS_MISSING,
      .login_disabled = TRUE } },
  { { "authenticated-but-not-connected",
      N_ ("The password is right, and the mailbox cannot be opened"), "usable.mailbox", FALSE, NULL,
      .protocols = MAILBOXES, .check_usable = TRUE },
    { .tls_port = PRACTICE_OPENING_TLS, .not_connected = TRUE } },
};

/**
 * postern_practice_list_scenarios:
 * @n_scenarios: (out) (optional): how many there are
 *
 * The scenarios, `good` first. Descriptions are translated when this is called for the first
 * time; the other fields never are.
 *
 * Returns: (transfer none) (array length=n_scenarios): the scenarios; they live for ever
 */
const PosternPracticeScenario *
postern_practice_list_scenarios (gsize *n_scenarios)
{
  static PosternPracticeScenario scenarios[G_N_ELEMENTS (entries)];
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
        {
          scenarios[i] = entries[i].public;
          scenarios[i].description = _ (entries[i].public.description);
          if (scenarios[i].protocols == 0)
            scenarios[i].protocols = 1u << POSTERN_PROTOCOL_SMTP | MAILBOXES;
        }
      g_once_init_leave (&ready, 1);
    }

  if (n_scenarios != NULL)
    *n_scenarios = G_N_ELEMENTS (entries);
  return scenarios;
}

int
postern_practice_scenario_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      if (g_str_equal (entries[i].public.name, name))
        return (int) i;
    }
  return -1;
}

const PracticeBehaviour *
postern_practice_scenario_get_behaviour (int index)
{
  g_assert (index >= 0 && index < (int) G_N_ELEMENTS (entries));

  return &entries[index].behaviour;
}
