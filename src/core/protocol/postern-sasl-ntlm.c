/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-ntlm.h"
#include "protocol/postern-sasl-private.h"

#include <glib/gi18n.h>
#include <gsasl.h>
#include <string.h>

/* 1601 to 1970, in seconds. */
#define EPOCH G_GUINT64_CONSTANT (11644473600)

enum
{
  STAGE_NEW,
  STAGE_NEGOTIATED,
  STAGE_ANSWERED,
};

/* What the family keeps between the messages. */
typedef struct
{
  PosternNtlmSettings *settings;
  char *user;
  PosternNtlmChallenge *challenge;
  PosternNtlmPolicy policy;
} State;

static gboolean
is_fit (const char *text)
{
  return text == NULL ||
         (strlen (text) <= POSTERN_NTLM_MAX_TEXT && g_utf8_validate (text, -1, NULL));
}

/* "DOMAIN\\user", where the plan does not give the domain apart. */
static void
split_user (PosternSasl *self, State *state)
{
  const char *backslash = strchr (self->user, '\\');

  if (self->ntlm != NULL || backslash == NULL)
    {
      state->user = g_strdup (self->user);
      return;
    }
  state->settings->domain = g_strndup (self->user, (gsize) (backslash - self->user));
  state->user = g_strdup (backslash + 1);
}

static PosternSaslResult
ntlm_start (PosternSasl *self)
{
  const PosternNtlmSettings *settings = self->ntlm;
  State *state;
  gsize length;
  const char *password;

  if (self->user == NULL || *self->user == '\0')
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED, _ ("The user name is missing."));
  if (postern_secret_is_empty (self->password))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED, _ ("The password is missing."));
  password = postern_secret_peek (self->password, &length);
  if (!g_utf8_validate (password, (gssize) length, NULL))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED,
                                 _ ("NTLM needs a password in UTF-8, to turn it into UTF-16."));
  if (!is_fit (self->user) ||
      (settings != NULL && (!is_fit (settings->domain) || !is_fit (settings->workstation))))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED,
                                 _ ("A name is too long for NTLM, or not UTF-8."));

  state = g_new0 (State, 1);
  state->settings =
    settings != NULL ? postern_ntlm_settings_copy (settings) : postern_ntlm_settings_new ();
  self->state = state;
  split_user (self, state);
  return POSTERN_SASL_CONTINUE;
}

static PosternSaslResult
negotiate (PosternSasl *self, PosternSecret **response)
{
  State *state = self->state;
  g_autoptr(GByteArray) message = postern_ntlm_write_negotiate (state->settings);

  self->is_public = TRUE;
  self->stage = STAGE_NEGOTIATED;
  *response = postern_secret_new ((const char *) message->data, (gssize) message->len);
  return POSTERN_SASL_CONTINUE;
}

static PosternSaslResult
answer_challenge (PosternSasl *self, PosternSecret **response)
{
  State *state = self->state;
  PosternNtlmAnswer answer = {
    .settings = state->settings,
    .user = state->user,
    .password = self->password,
    .time = EPOCH * 10000000 + (guint64) g_get_real_time () * 10,
  };

  if (!postern_ntlm_choose (state->settings, state->challenge, &answer.policy))
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server does not agree to NTLM2 session security, and "
                                    "there is no policy to fall back to."));
  if (gsasl_nonce ((char *) answer.nonce, sizeof answer.nonce) != GSASL_OK)
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED, _ ("There are no random numbers."));

  state->policy = answer.policy;
  *response = postern_ntlm_write_answer (&answer, state->challenge, self->redactor);
  if (*response == NULL)
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED,
                                 _ ("A name has a character that is not in the OEM character set. "
                                    "Use Unicode."));
  self->stage = STAGE_ANSWERED;
  self->complete = TRUE;
  return POSTERN_SASL_CONTINUE;
}

static PosternSaslResult
ntlm_respond (PosternSasl *self, const char *challenge, gsize length, PosternSecret **response)
{
  State *state = self->state;

  if (challenge == NULL)
    return negotiate (self, response);
  self->complete = FALSE;
  if (self->stage != STAGE_NEGOTIATED)
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server sent a challenge out of turn."));

  state->challenge = postern_ntlm_challenge_read (challenge, length, self->redactor);
  if (state->challenge == NULL)
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server’s challenge is no message of NTLM, or cut short."));
  return answer_challenge (self, response);
}

static void
ntlm_finish (PosternSasl *self)
{
  State *state = self->state;

  if (state == NULL)
    return;

  postern_ntlm_settings_free (state->settings);
  postern_ntlm_challenge_free (state->challenge);
  g_free (state->user);
  g_free (state);
}

/* --- What Uniface's driver tells of itself, spec/uniface.md section 7.2 --- */

static const char *
name_policy (PosternNtlmPolicy policy)
{
  switch (policy)
    {
    case POSTERN_NTLM_LM_V1:
      return "LM NTLM";
    case POSTERN_NTLM_LM_V2:
      return "LM NTLM VERSION 2";
    case POSTERN_NTLM_SESSION:
      return "SESSION SECURITY";
    case POSTERN_NTLM_ALONE:
    case POSTERN_NTLM_STRONGEST:
    default:
      return "NTLM";
    }
}

static void
add_item (GStrvBuilder *items, const char *name, const char *value)
{
  g_autofree char *item = NULL;

  if (value == NULL)
    return;
  item = g_strdup_printf ("%s=%s", name, value);
  g_strv_builder_add (items, item);
}

static GStrv
ntlm_dup_items (PosternSasl *self)
{
  const State *state = self->state;
  const PosternNtlmChallenge *challenge = state != NULL ? state->challenge : NULL;
  g_autoptr(GStrvBuilder) items = g_strv_builder_new ();

  /* UAuthSSPISMTP tells nothing else of NTLM. */
  if (self->sspi != NULL)
    {
      add_item (items, "SSP", "NTLM");
      add_item (items, "USER", self->user);
    }
  else if (challenge != NULL)
    {
      gboolean unicode = postern_ntlm_is_unicode (state->settings, challenge);

      add_item (items, "CHARSET", unicode ? "UNICODE" : "OEM");
      add_item (items, "POLICY",
                self->stage == STAGE_ANSWERED ? name_policy (state->policy) : NULL);
      add_item (items, "TARGETINFO", challenge->has_info ? "TRUE" : "FALSE");
      add_item (items, "TARGETSERVER", challenge->server);
      add_item (items, "TARGETDOMAIN", challenge->domain);
      add_item (items, "DNSSERVER", challenge->dns_server);
      add_item (items, "DNSDOMAIN", challenge->dns_domain);
      add_item (items, "PARENTDNSDOMAIN", challenge->parent_dns_domain);
    }
  return g_strv_builder_end (items);
}

const PosternSaslFamily postern_sasl_ntlm_family = { ntlm_start, ntlm_respond, ntlm_finish,
                                                     ntlm_dup_items };
