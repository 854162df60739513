/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-sasl-private.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* SCRAM lets the server say how often the password is hashed. More would only hold us up. */
#define MAX_ITERATIONS 600000

static int
property_cb (Gsasl *context, Gsasl_session *session, Gsasl_property property)
{
  PosternSasl *self = gsasl_session_hook_get (session);
  const char *value = NULL;

  if (self == NULL)
    return GSASL_NO_CALLBACK;

  if (property == GSASL_AUTHID || property == GSASL_ANONYMOUS_TOKEN)
    value = self->user;
  else if (property == GSASL_PASSWORD && self->password != NULL)
    value = postern_secret_peek (self->password, NULL);
  else if (property == GSASL_SERVICE)
    value = self->service;
  else if (property == GSASL_HOSTNAME)
    value = self->host;

  if (value == NULL)
    return GSASL_NO_CALLBACK;
  return gsasl_property_set (session, property, value);
}

/* One for the process: it only lists the mechanisms; what belongs to a run is in the session. */
static Gsasl *
get_context (void)
{
  static gsize context;

  if (g_once_init_enter (&context))
    {
      Gsasl *made = NULL;

      if (gsasl_init (&made) == GSASL_OK)
        gsasl_callback_set (made, property_cb);
      g_once_init_leave (&context, made != NULL ? (gsize) made : 1);
    }
  return context != 1 ? (Gsasl *) context : NULL;
}

gboolean
postern_sasl_gsasl_supports (const char *mechanism)
{
  Gsasl *context = get_context ();
  g_autofree char *name = g_ascii_strup (mechanism, -1);

  return context != NULL && gsasl_client_support_p (context, name) != 0;
}

static gboolean
needs_password (const char *mechanism)
{
  const char *const without[] = { "EXTERNAL", "ANONYMOUS", "GSSAPI", "GS2-KRB5", NULL };

  return !g_strv_contains (without, mechanism);
}

static PosternSaslResult
gsasl_family_start (PosternSasl *self)
{
  Gsasl *context = get_context ();

  if (context == NULL || !postern_sasl_gsasl_supports (self->mechanism) ||
      gsasl_client_start (context, self->mechanism, &self->session) != GSASL_OK)
    {
      g_autofree char *detail = g_strdup_printf (
        _ ("GNU SASL on this computer does not have the mechanism %s."), self->mechanism);

      self->session = NULL;
      return postern_sasl_give_up (self, POSTERN_SASL_FAILED, detail);
    }

  gsasl_session_hook_set (self->session, self);
  if (!needs_password (self->mechanism))
    return POSTERN_SASL_CONTINUE;
  if (self->user == NULL || *self->user == '\0')
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED, _ ("The user name is missing."));
  if (postern_secret_is_empty (self->password))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED, _ ("The password is missing."));
  return POSTERN_SASL_CONTINUE;
}

static gboolean
is_scram (PosternSasl *self)
{
  return g_str_has_prefix (self->mechanism, "SCRAM-");
}

/* RFC 5802 section 5.1: r=…,s=…,i=4096. Every "i=" counts, so that none can hide behind another;
 * a nonce or salt with "i=" and seven digits is not to be expected. */
static gboolean
asks_too_much (const char *challenge, gsize length)
{
  const char *end = challenge + length;
  const char *found = challenge;

  while ((found = g_strstr_len (found, end - found, "i=")) != NULL)
    {
      found += 2;
      if (g_ascii_strtoull (found, NULL, 10) > MAX_ITERATIONS)
        return TRUE;
    }
  return FALSE;
}

static PosternSaslResult
give_up_for (PosternSasl *self, int result)
{
  g_autofree char *detail = NULL;

  switch (result)
    {
    case GSASL_NO_PASSWORD:
    case GSASL_NO_AUTHID:
    case GSASL_NO_CB_TLS_UNIQUE:
    case GSASL_NO_CB_TLS_EXPORTER:
    case GSASL_NO_CALLBACK:
      detail = g_strdup_printf (_ ("%s needs something that this account does not have: %s."),
                                self->mechanism, gsasl_strerror (result));
      return postern_sasl_give_up (self, POSTERN_SASL_FAILED, detail);

    case GSASL_SASLPREP_ERROR:
      return postern_sasl_give_up (
        self, POSTERN_SASL_FAILED,
        _ ("The user name or the password holds a character that SASL does not allow."));

    case GSASL_AUTHENTICATION_ERROR:
      self->refuted = postern_sasl_proves_server (self);
      return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                   _ ("The server’s own proof is wrong."));

    default:
      detail = g_strdup_printf (_ ("The server’s challenge does not fit %s: %s."), self->mechanism,
                                gsasl_strerror (result));
      return postern_sasl_give_up (self, POSTERN_SASL_CANCEL, detail);
    }
}

static PosternSaslResult
gsasl_family_respond (PosternSasl *self,
                      const char *challenge,
                      gsize length,
                      PosternSecret **response)
{
  char *output = NULL;
  gsize n_output = 0;
  int result;

  if (self->complete)
    {
      self->complete = FALSE;
      return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                   _ ("The server sent a challenge out of turn."));
    }
  if (challenge != NULL && is_scram (self))
    {
      if (asks_too_much (challenge, length))
        return postern_sasl_give_up (
          self, POSTERN_SASL_CANCEL,
          _ ("The server asks for more rounds of SCRAM than is sensible."));
      if (length >= 2 && memcmp (challenge, "e=", 2) == 0)
        {
          /* RFC 5802 section 7: a refusal. Acknowledged, it is followed by the reply that counts.
           */
          *response = postern_secret_new ("", 0);
          return POSTERN_SASL_CONTINUE;
        }
    }

  self->stage++;
  self->is_public = strcmp (self->mechanism, "LOGIN") == 0 && self->stage == 1;
  result = gsasl_step (self->session, challenge, length, &output, &n_output);
  if (result == GSASL_OK || result == GSASL_NEEDS_MORE)
    *response = postern_secret_new (n_output > 0 ? output : "", (gssize) n_output);
  postern_wipe (output, n_output);
  gsasl_free (output);

  self->complete = result == GSASL_OK;
  if (*response == NULL)
    return give_up_for (self, result);
  return POSTERN_SASL_CONTINUE;
}

/* GNU SASL frees its copies without wiping them. */
static void
gsasl_family_finish (PosternSasl *self)
{
  const Gsasl_property secrets[] = {
    GSASL_PASSWORD,        GSASL_SCRAM_SALTED_PASSWORD,      GSASL_SCRAM_SERVERKEY,
    GSASL_SCRAM_STOREDKEY, GSASL_DIGEST_MD5_HASHED_PASSWORD,
  };

  if (self->session == NULL)
    return;

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      const char *value = gsasl_property_fast (self->session, secrets[i]);

      if (value != NULL)
        postern_wipe ((gpointer) value, strlen (value));
    }
  gsasl_finish (g_steal_pointer (&self->session));
}

const PosternSaslFamily postern_sasl_gsasl_family = { gsasl_family_start, gsasl_family_respond,
                                                      gsasl_family_finish };
