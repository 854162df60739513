/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-sasl-private.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* SCRAM lets the server say how often the password is hashed. More would only hold us up. */
#define MAX_ITERATIONS 600000

static gboolean
needs_password (const char *mechanism)
{
  const char *const without[] = { "EXTERNAL", "ANONYMOUS", "GSSAPI", "GS2-KRB5", NULL };

  return !g_strv_contains (without, mechanism);
}

/* Handed over only where the mechanism wants it: SCRAM without -PLUS would tell the server that the
 * client could have bound the exchange, and a server that offers -PLUS takes that for an attack. */
static const char *
encode_binding (PosternSasl *self, GBytes *binding, char **encoded)
{
  gsize length = 0;
  const guchar *bytes = binding != NULL ? g_bytes_get_data (binding, &length) : NULL;

  if (bytes == NULL || !g_str_has_suffix (self->mechanism, "-PLUS"))
    return NULL;
  return *encoded = g_base64_encode (bytes, length);
}

static const char *
find_property (PosternSasl *self, Gsasl_property property, char **encoded)
{
  gboolean has_user = self->user != NULL && *self->user != '\0';

  switch ((int) property)
    {
    case GSASL_AUTHID:
      return self->user;
    /* Mechanisms that know who we are without a name: whom we want to act for. */
    case GSASL_AUTHZID:
      return has_user && !needs_password (self->mechanism) ? self->user : NULL;
    case GSASL_ANONYMOUS_TOKEN:
      return has_user ? self->user : "postern";
    case GSASL_PASSWORD:
      return self->password != NULL ? postern_secret_peek (self->password, NULL) : NULL;
    case GSASL_SERVICE:
      return self->service;
    case GSASL_HOSTNAME:
      return self->host;
    case GSASL_CB_TLS_EXPORTER:
      return encode_binding (self, self->bindings.tls_exporter, encoded);
    case GSASL_CB_TLS_UNIQUE:
      return encode_binding (self, self->bindings.tls_unique, encoded);
    default:
      return NULL;
    }
}

static int
property_cb (Gsasl *context, Gsasl_session *session, Gsasl_property property)
{
  PosternSasl *self = gsasl_session_hook_get (session);
  g_autofree char *encoded = NULL;
  const char *value = self != NULL ? find_property (self, property, &encoded) : NULL;

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

/* Before the first answer it is our ticket that is missing; after it, the server's part is wrong.
 */
static PosternSaslResult
give_up_for_kerberos (PosternSasl *self)
{
  g_autofree char *detail = NULL;

  if (self->stage > 1)
    {
      self->refuted = TRUE;
      return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                   _ ("Kerberos does not accept the server’s part of the "
                                      "exchange."));
    }
  detail = g_strdup_printf (_ ("There is no Kerberos ticket for %s@%s, and none could be had. Get "
                               "one with kinit; klist shows those at hand."),
                            self->service, self->host);
  return postern_sasl_give_up (self, POSTERN_SASL_FAILED, detail);
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

    case GSASL_GSSAPI_INIT_SEC_CONTEXT_ERROR:
    case GSASL_GSSAPI_ACQUIRE_CRED_ERROR:
    case GSASL_GSSAPI_IMPORT_NAME_ERROR:
    case GSASL_GSSAPI_UNSUPPORTED_PROTECTION_ERROR:
      return give_up_for_kerberos (self);

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
                                                      gsasl_family_finish, NULL };
