/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-refusal.h"

#include <string.h>

/* One thing that servers say when they refuse credentials. Every part that is given must hold;
 * words are looked for in any case. The first rule that holds decides: the exact ones come
 * first. */
typedef struct
{
  const char *code;
  int reply_code;            /* 0: any */
  const char *enhanced;      /* NULL: any */
  const char *words[3];      /* all of them; NULL ends */
  const char *response_code; /* of POP3 and IMAP; NULL: any */
} Rule;

static const Rule rules[] = {
  /* Several reasons in one sentence: Yandex, Tencent. None of them is proved. */
  { "auth.refused-unexplained", 0, NULL, { "or imap is disabled" } },
  { "auth.refused-unexplained", 0, NULL, { "or pop3 disabled" } },
  { "auth.refused-unexplained", 0, NULL, { "service is not open, password is incorrect" } },

  /* Microsoft: the tenant or the mailbox has SMTP AUTH, or basic authentication, switched off. */
  { "auth.method-disabled", 535, "5.7.139", { "SmtpClientAuthentication is disabled" } },
  { "auth.method-disabled", 535, "5.7.139", { "basic authentication is disabled" } },
  { "auth.method-disabled", 0, NULL, { "security defaults" } },
  { "auth.locked", 535, "5.7.139", { "locked" } },
  { "auth.credentials", 535, "5.7.139", { "user credentials were incorrect" } },
  { "auth.method-disabled", 535, "5.7.139", { "did not meet the criteria" } },
  { "auth.method-disabled", 535, "5.7.139", { "request did not meet" } },
  { "auth.method-disabled", 0, NULL, { "SmtpClientAuthentication is disabled" } },
  { "auth.method-disabled", 0, NULL, { "authentication is disabled" } },

  /* Google, and others with two-step sign-in. */
  { "auth.app-password", 534, "5.7.9", { "application-specific password" } },
  { "auth.app-password", 0, NULL, { "application-specific password" } },
  { "auth.app-password", 0, NULL, { "application specific password" } },
  { "auth.app-password", 0, NULL, { "application password is required" } },
  { "auth.app-password", 0, NULL, { "app password" } },
  { "auth.app-password", 0, NULL, { "app-specific password" } },
  { "auth.app-password", 0, NULL, { "InvalidSecondFactor" } },
  { "auth.web-login", 534, "5.7.14", { NULL } },
  { "auth.web-login", 0, NULL, { "log in via your web browser" } },
  { "auth.web-login", 0, NULL, { "web login required" } },
  { "auth.web-login", 0, NULL, { NULL }, "WEBALERT" },

  /* Not these credentials, but how many sessions or how much traffic there is. */
  { "auth.temporary", 0, NULL, { "maximum number of connections" } },
  { "auth.temporary", 0, NULL, { "too many", "connections" } },
  { "auth.temporary", 0, NULL, { "bandwidth limit" } },
  { "auth.temporary", 0, NULL, { "temporary authentication failure" } },

  { "auth.too-many-attempts", 0, NULL, { "too many", "attempt" } },
  { "auth.too-many-attempts", 0, NULL, { "too many", "login" } },
  { "auth.too-many-attempts", 0, NULL, { "too many", "fail" } },
  { "auth.too-many-attempts", 0, NULL, { "rate limit" } },
  { "auth.locked", 0, NULL, { "account", "locked" } },
  { "auth.locked", 0, NULL, { "account", "suspended" } },
  { "auth.locked", 0, NULL, { "account", "disabled" } },
  { "auth.protocol-off", 0, NULL, { "SMTP access", "disabled" } },
  { "auth.protocol-off", 0, NULL, { "IMAP access", "disabled" } },
  { "auth.protocol-off", 0, NULL, { "POP access", "disabled" } },
  { "auth.protocol-off", 0, NULL, { "POP3 access", "disabled" } },
  { "auth.protocol-off", 0, NULL, { "IMAP is disabled" } },
  { "auth.protocol-off", 0, NULL, { "POP is disabled" } },
  { "auth.protocol-off", 0, NULL, { "POP3 is disabled" } },
  { "auth.protocol-off", 0, NULL, { "IMAP disabled" } },
  { "auth.protocol-off", 0, NULL, { "POP disabled" } },
  { "auth.protocol-off", 0, NULL, { "POP3 disabled" } },
  { "auth.protocol-off", 0, NULL, { "not enabled", "IMAP" } },
  { "auth.protocol-off", 0, NULL, { "not enabled", "POP" } },
  { "auth.protocol-off", 0, NULL, { "enabled for IMAP" } },
  { "auth.protocol-off", 0, NULL, { "enabled for POP" } },
  { "auth.protocol-off", 0, NULL, { "yet to enable IMAP" } },
  { "auth.protocol-off", 0, NULL, { "yet to enable POP" } },
  { "auth.protocol-off", 0, NULL, { "not have access rights to this service" } },
  { "auth.protocol-off", 0, NULL, { "not enabled", "SMTP" } },
  { "auth.mailbox-in-use", 0, NULL, { "mailbox", "in use" } },
  { "auth.mailbox-in-use", 0, NULL, { "mailbox", "locked by" } },
  { "auth.mailbox-in-use", 0, NULL, { "maildrop", "locked" } },
  { "auth.needs-token", 0, NULL, { "oauth", "required" } },
  { "auth.needs-token", 0, NULL, { "modern authentication" } },
  { "auth.needs-token", 0, NULL, { "must authenticate using OAuth" } },

  /* Codes that say: the encryption is missing (RFC 4954). Dovecot gives POP3's [AUTH] with it. */
  { "auth.needs-tls", 538, NULL, { NULL } },
  { "auth.needs-tls", 0, "5.7.11", { NULL } },
  { "auth.needs-tls", 530, NULL, { "starttls" } },
  { "auth.needs-tls", 0, NULL, { "authentication disallowed on non-secure" } },
  { "auth.needs-tls", 0, NULL, { NULL }, "PRIVACYREQUIRED" },

  /* The plain case: RFC 4954 gives 535 5.7.8 to "authentication credentials invalid". */
  { "auth.credentials", 535, "5.7.8", { NULL } },
  { "auth.credentials", 0, NULL, { "username and password not accepted" } },
  { "auth.credentials", 0, NULL, { "incorrect", "password" } },
  { "auth.credentials", 0, NULL, { "invalid", "password" } },
  { "auth.credentials", 0, NULL, { "wrong", "password" } },
  { "auth.credentials", 0, NULL, { "bad", "password" } },
  { "auth.credentials", 0, NULL, { "invalid credentials" } },
  { "auth.credentials", 0, NULL, { "incorrect authentication data" } },
  { "auth.credentials", 0, NULL, { "authentication credentials invalid" } },
  { "auth.credentials", 0, NULL, { "bad username" } },
  { "auth.credentials", 0, NULL, { "unknown user" } },
  { "auth.credentials", 0, NULL, { "invalid login" } },
  /* Cyrus: what its SASL library calls a wrong password, and a user that there is not. */
  { "auth.credentials", 0, NULL, { "login failed: authentication failure" } },
  { "auth.credentials", 0, NULL, { "login failed: user not found" } },

  /* Cyrus, and POP3's [AUTH] with it: not the password, but what it came wrapped in. */
  { "auth.protocol", 0, NULL, { "bad protocol / cancel" } },

  /* RFC 3206 and RFC 5530: these codes are about the credentials, where the words say no more. */
  { "auth.credentials", 0, NULL, { NULL }, "AUTH" },
  { "auth.credentials", 0, NULL, { NULL }, "AUTHENTICATIONFAILED" },
  { "auth.credentials", 0, NULL, { NULL }, "EXPIRED" },
};

static gboolean
contains (const char *text, const char *words)
{
  g_autofree char *haystack = g_ascii_strdown (text, -1);
  g_autofree char *needle = g_ascii_strdown (words, -1);

  return strstr (haystack, needle) != NULL;
}

static gboolean
rule_holds (const Rule *rule, const PosternFailure *failure)
{
  if (rule->reply_code != 0 && rule->reply_code != failure->reply_code)
    return FALSE;
  if (rule->enhanced != NULL && g_strcmp0 (rule->enhanced, failure->enhanced) != 0)
    return FALSE;
  if (rule->response_code != NULL && g_strcmp0 (rule->response_code, failure->response_code) != 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (rule->words) && rule->words[i] != NULL; i++)
    if (failure->text == NULL || !contains (failure->text, rule->words[i]))
      return FALSE;
  return TRUE;
}

static const char *
classify_token (const PosternFailure *failure)
{
  static const struct
  {
    const char *words;
    const char *code;
  } hints[] = {
    { "expired", "auth.token-expired" },
    { "audience", "auth.token-audience" },
    { "insufficient_scope", "auth.token-scope" },
  };
  g_autofree char *said = g_strconcat (failure->text != NULL ? failure->text : "", "\n",
                                       failure->detail != NULL ? failure->detail : "", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (hints); i++)
    if (contains (said, hints[i].words))
      return hints[i].code;
  return failure->code;
}

/* Whether the words can say more than the code does. */
static gboolean
is_open (const PosternFailure *failure)
{
  /* RFC 9051 has the code for a limit of any kind: of sessions, of traffic, of attempts. */
  return strcmp (failure->code, "auth.refused-unexplained") == 0 ||
         (strcmp (failure->code, "auth.temporary") == 0 &&
          g_strcmp0 (failure->response_code, "LIMIT") == 0);
}

/* Exchange says the first to any command, once it has taken the logon. Cyrus says the second to a
 * POP3 logon whose user has no mailbox, with [SYS/TEMP], though it does not pass. */
static gboolean
is_not_connected (const PosternFailure *failure)
{
  return failure->refused && failure->step >= POSTERN_STEP_AUTHENTICATE && failure->text != NULL &&
         (contains (failure->text, "authenticated but not connected") ||
          contains (failure->text, "unable to open maildrop"));
}

/**
 * postern_refusal_classify:
 * @failure: a run that failed, perhaps because the server refused the logon
 *
 * Finds what the server meant, by the codes of RFC 4954, RFC 3463, RFC 3206 and RFC 5530 and by
 * what well-known servers are known to say. What no rule knows stays `auth.refused-unexplained`.
 *
 * Returns: (transfer none): a code of spec/findings.md
 */
const char *
postern_refusal_classify (const PosternFailure *failure)
{
  gboolean password_means_token;
  gboolean unexplained;

  g_return_val_if_fail (failure != NULL, NULL);

  if (is_not_connected (failure))
    return "usable.mailbox";
  if (strcmp (failure->code, "auth.token-refused") == 0)
    return classify_token (failure);
  if (!is_open (failure))
    return failure->code;

  unexplained = strcmp (failure->code, "auth.refused-unexplained") == 0;
  password_means_token = unexplained && (g_strcmp0 (failure->mechanism, "XOAUTH2") == 0 ||
                                         g_strcmp0 (failure->mechanism, "OAUTHBEARER") == 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      if (!rule_holds (&rules[i], failure))
        continue;
      if (password_means_token && strcmp (rules[i].code, "auth.credentials") == 0)
        return "auth.token-refused";
      return rules[i].code;
    }
  return password_means_token ? "auth.token-refused" : failure->code;
}
