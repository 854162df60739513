/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-sasl-private.h"

#include <glib/gi18n.h>
#include <string.h>

typedef enum
{
  TRAIT_NONE = 0,
  TRAIT_CLIENT_FIRST = 1 << 0,
  TRAIT_SAFE = 1 << 1,        /* who listens cannot log on, nor try passwords at leisure */
  TRAIT_TOKEN = 1 << 2,       /* wants a token, not a password */
  TRAIT_BY_ITSELF = 1 << 3,   /* may be chosen where the account names no mechanism */
  TRAIT_NATIVE = 1 << 4,      /* the protocol's own */
  TRAIT_BINDING = 1 << 5,     /* wants to be tied to the TLS connection */
  TRAIT_CERTIFICATE = 1 << 6, /* the client's certificate is all it needs */
} Traits;

/* From the strongest down. SCRAM counts as safe: salted, slowed down, and both sides prove
 * themselves. CRAM-MD5, DIGEST-MD5 and APOP come last: under TLS they protect less than PLAIN,
 * since the server has to keep the password itself. */
static const struct
{
  const char *name;
  Traits traits;
} mechanisms[] = {
  { "EXTERNAL", TRAIT_CLIENT_FIRST | TRAIT_SAFE | TRAIT_CERTIFICATE | TRAIT_BY_ITSELF },
  { "OAUTHBEARER", TRAIT_CLIENT_FIRST | TRAIT_TOKEN | TRAIT_BY_ITSELF },
  { "XOAUTH2", TRAIT_CLIENT_FIRST | TRAIT_TOKEN | TRAIT_BY_ITSELF },
  { "SCRAM-SHA-256-PLUS", TRAIT_CLIENT_FIRST | TRAIT_SAFE | TRAIT_BINDING | TRAIT_BY_ITSELF },
  { "SCRAM-SHA-1-PLUS", TRAIT_CLIENT_FIRST | TRAIT_SAFE | TRAIT_BINDING | TRAIT_BY_ITSELF },
  { "SCRAM-SHA-256", TRAIT_CLIENT_FIRST | TRAIT_SAFE | TRAIT_BY_ITSELF },
  { "SCRAM-SHA-1", TRAIT_CLIENT_FIRST | TRAIT_SAFE | TRAIT_BY_ITSELF },
  { "PLAIN", TRAIT_CLIENT_FIRST | TRAIT_BY_ITSELF },
  { "LOGIN", TRAIT_BY_ITSELF },
  { POSTERN_MECHANISM_USER, TRAIT_NATIVE | TRAIT_BY_ITSELF },
  { POSTERN_MECHANISM_LOGIN_COMMAND, TRAIT_NATIVE | TRAIT_BY_ITSELF },
  { "CRAM-MD5", TRAIT_BY_ITSELF },
  { "DIGEST-MD5", TRAIT_BY_ITSELF },
  { POSTERN_MECHANISM_APOP, TRAIT_NATIVE | TRAIT_BY_ITSELF },
  { "GSSAPI", TRAIT_CLIENT_FIRST | TRAIT_SAFE },
  { "GS2-KRB5", TRAIT_CLIENT_FIRST | TRAIT_SAFE },
  { "NTLM", TRAIT_CLIENT_FIRST },
  { "ANONYMOUS", TRAIT_CLIENT_FIRST | TRAIT_SAFE },
};

static Traits
find_traits (const char *mechanism)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    if (g_ascii_strcasecmp (mechanisms[i].name, mechanism) == 0)
      return mechanisms[i].traits;
  return TRAIT_NONE;
}

static gboolean
is_offered (const char *const *offered, const char *mechanism)
{
  for (gsize i = 0; offered != NULL && offered[i] != NULL; i++)
    if (g_ascii_strcasecmp (offered[i], mechanism) == 0)
      return TRUE;
  return FALSE;
}

/* Whether the credentials at hand are those that a mechanism wants. */
static gboolean
has_credentials_for (const PosternPlanStep *step, Traits traits, PosternSaslConditions conditions)
{
  if ((traits & TRAIT_CERTIFICATE) != 0)
    return (conditions & POSTERN_SASL_HAS_CERTIFICATE) != 0 &&
           postern_secret_is_empty (step->password) && postern_secret_is_empty (step->token);
  return !postern_secret_is_empty ((traits & TRAIT_TOKEN) != 0 ? step->token : step->password);
}

static gboolean
may_choose (const PosternPlanStep *step, gsize index, PosternSaslConditions conditions)
{
  Traits traits = mechanisms[index].traits;

  if ((traits & TRAIT_BINDING) != 0 && (conditions & POSTERN_SASL_HAS_BINDING) == 0)
    return FALSE;
  return (traits & TRAIT_BY_ITSELF) != 0 && has_credentials_for (step, traits, conditions) &&
         ((conditions & POSTERN_SASL_MAY_SHOW) != 0 || (traits & TRAIT_SAFE) != 0) &&
         ((traits & TRAIT_NATIVE) != 0 || postern_sasl_is_supported (mechanisms[index].name));
}

/* A SCRAM that is offered, and that neither side could use: worth a word. */
static const char *
find_unused_scram (const char *const *offered, const char *chosen, PosternSaslConditions conditions)
{
  for (gsize i = 0; offered[i] != NULL; i++)
    {
      gboolean plus = g_str_has_suffix (offered[i], "-PLUS");

      if (!g_str_has_prefix (offered[i], "SCRAM-") || g_ascii_strcasecmp (offered[i], chosen) == 0)
        continue;
      if (!postern_sasl_is_supported (offered[i]) ||
          (plus && (conditions & POSTERN_SASL_HAS_BINDING) == 0))
        return offered[i];
    }
  return NULL;
}

static char *
explain_choice (const char *const *offered, const char *chosen, PosternSaslConditions conditions)
{
  const char *unused = find_unused_scram (offered, chosen, conditions);
  guint n = g_strv_length ((GStrv) offered);
  g_autofree char *reason = g_strdup_printf (
    /* Translators: %s is a mechanism */
    ngettext ("%s: the only mechanism offered.",
              "%s: the strongest of %u offered that the credentials allow.", n),
    chosen, n);

  if (unused == NULL)
    return g_steal_pointer (&reason);
  if (!postern_sasl_is_supported (unused))
    return g_strdup_printf (_ ("%s %s is offered too; GNU SASL does not have it."), reason, unused);
  return g_strdup_printf (
    _ ("%s %s is offered too; this connection gives it nothing to be tied to."), reason, unused);
}

/**
 * postern_sasl_choose:
 * @offered: (nullable) (array zero-terminated=1): the mechanisms of the server
 * @step: what the plan wants
 * @conditions: what the connection and the account allow. They do not matter where the account
 *   names its mechanisms: what was wanted is never replaced by something else.
 * @reason: (out) (optional) (transfer full): why this one, in a sentence or two
 *
 * Returns: (nullable) (transfer none): the first mechanism of the plan's list that is offered, or
 *   without a list the strongest that the credentials allow
 */
const char *
postern_sasl_choose (const char *const *offered,
                     const PosternPlanStep *step,
                     PosternSaslConditions conditions,
                     char **reason)
{
  if (step->mechanisms != NULL && step->mechanisms[0] != NULL)
    {
      for (gsize i = 0; step->mechanisms[i] != NULL; i++)
        if (is_offered (offered, step->mechanisms[i]))
          {
            if (reason != NULL)
              *reason = g_strdup_printf (_ ("%s: named by the account."), step->mechanisms[i]);
            return step->mechanisms[i];
          }
      return NULL;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    if (is_offered (offered, mechanisms[i].name) && may_choose (step, i, conditions))
      {
        if (reason != NULL)
          *reason = explain_choice (offered, mechanisms[i].name, conditions);
        return mechanisms[i].name;
      }
  return NULL;
}

gboolean
postern_sasl_is_native (const char *mechanism)
{
  return (find_traits (mechanism) & TRAIT_NATIVE) != 0;
}

gboolean
postern_sasl_is_supported (const char *mechanism)
{
  return postern_sasl_oauth_supports (mechanism) || g_ascii_strcasecmp (mechanism, "NTLM") == 0 ||
         postern_sasl_gsasl_supports (mechanism);
}

/**
 * postern_sasl_shows_password:
 * @mechanism: a mechanism
 *
 * Returns: TRUE if somebody who listens learns the password or token, or an answer on which
 *   passwords can be tried offline. What is not known counts as such.
 */
gboolean
postern_sasl_shows_password (const char *mechanism)
{
  return (find_traits (mechanism) & TRAIT_SAFE) == 0;
}

PosternSaslResult
postern_sasl_give_up (PosternSasl *self, PosternSaslResult result, const char *detail)
{
  g_free (self->detail);
  self->detail = g_strdup (detail);
  return result;
}

static gboolean
has_line_end (PosternSecret *secret)
{
  gsize length;
  const char *bytes;

  if (secret == NULL)
    return FALSE;

  bytes = postern_secret_peek (secret, &length);
  return memchr (bytes, '\0', length) != NULL || memchr (bytes, '\r', length) != NULL ||
         memchr (bytes, '\n', length) != NULL;
}

/**
 * postern_sasl_find_fault:
 * @step: credentials for one of the protocol's own ways to log on
 *
 * Returns: (nullable): what is missing, or would end the command
 */
const char *
postern_sasl_find_fault (const PosternPlanStep *step)
{
  if (step->user == NULL || *step->user == '\0')
    return _ ("The user name is missing.");
  if (postern_secret_is_empty (step->password))
    return _ ("The password is missing.");
  if (strpbrk (step->user, "\r\n") != NULL)
    return _ ("The user name holds a line end. Remove it.");
  if (has_line_end (step->password))
    return _ ("The password holds a line end or a NUL byte. Remove it.");
  return NULL;
}

static PosternSaslResult
check_bytes (PosternSasl *self)
{
  if (self->user != NULL && strpbrk (self->user, "\r\n") != NULL)
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED,
                                 _ ("The user name holds a line end. Remove it."));
  if (has_line_end (self->password))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED,
                                 _ ("The password holds a line end or a NUL byte. Remove it."));
  if (has_line_end (self->token))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED,
                                 _ ("The token holds a line end or a NUL byte. Remove it."));
  return POSTERN_SASL_CONTINUE;
}

static gboolean
names_service (PosternSasl *self)
{
  return self->sspi != NULL && self->sspi->server != NULL &&
         strcmp (self->mechanism, "GSSAPI") == 0;
}

static const PosternSaslFamily *
find_family (PosternSasl *self)
{
  if (postern_sasl_oauth_supports (self->mechanism))
    return &postern_sasl_oauth_family;
  if (strcmp (self->mechanism, "NTLM") == 0)
    return &postern_sasl_ntlm_family;
  if (names_service (self))
    return &postern_sasl_kerberos_family;
  return &postern_sasl_gsasl_family;
}

/**
 * postern_sasl_new:
 * @mechanism: the mechanism, in any case
 * @step: the credentials
 * @service: the service name of the protocol, "smtp"
 * @host: the server as the user named it
 * @port: its port
 * @bindings: (nullable): what ties a -PLUS mechanism to the TLS connection; copied
 *
 * Returns: (transfer full): an exchange. Where it cannot begin (the credentials are incomplete, the
 *   library does not have the mechanism) postern_sasl_initial() says so.
 */
PosternSasl *
postern_sasl_new (const char *mechanism,
                  const PosternPlanStep *step,
                  const char *service,
                  const char *host,
                  guint16 port,
                  const PosternBindings *bindings)
{
  PosternSasl *self = g_new0 (PosternSasl, 1);

  self->mechanism = g_ascii_strup (mechanism, -1);
  self->user = g_strdup (step->user);
  self->password = step->password != NULL ? postern_secret_ref (step->password) : NULL;
  self->token = step->token != NULL ? postern_secret_ref (step->token) : NULL;
  self->service = g_strdup (service);
  self->host = g_strdup (host != NULL ? host : "");
  self->port = port;
  if (bindings != NULL)
    postern_bindings_copy (&self->bindings, bindings);
  self->ntlm = step->ntlm != NULL ? postern_ntlm_settings_copy (step->ntlm) : NULL;
  self->deferred = self->ntlm != NULL && self->ntlm->deferred;
  self->sspi = step->sspi != NULL ? postern_sspi_new (step->sspi->server, step->sspi->user) : NULL;
  self->family = find_family (self);
  self->failed = check_bytes (self) != POSTERN_SASL_CONTINUE ||
                 self->family->start (self) != POSTERN_SASL_CONTINUE;
  return self;
}

void
postern_sasl_free (PosternSasl *self)
{
  if (self == NULL)
    return;

  if (self->family->finish != NULL)
    self->family->finish (self);
  g_clear_pointer (&self->password, postern_secret_unref);
  g_clear_pointer (&self->token, postern_secret_unref);
  g_clear_pointer (&self->first, postern_secret_unref);
  g_clear_pointer (&self->redactor, postern_redactor_unref);
  g_clear_pointer (&self->ntlm, postern_ntlm_settings_free);
  g_clear_pointer (&self->sspi, postern_sspi_free);
  postern_bindings_clear (&self->bindings);
  g_free (self->mechanism);
  g_free (self->user);
  g_free (self->service);
  g_free (self->host);
  g_free (self->detail);
  g_free (self->oauth_error);
  g_free (self);
}

/**
 * postern_sasl_dup_preparation:
 * @self: a new exchange
 *
 * Returns: (nullable) (transfer full): what the library would fetch, blocking, when the exchange
 *   begins: a Kerberos ticket; NULL where there is no such thing
 */
PosternPreparation *
postern_sasl_dup_preparation (PosternSasl *self)
{
  if (self->failed ||
      (strcmp (self->mechanism, "GSSAPI") != 0 && strcmp (self->mechanism, "GS2-KRB5") != 0))
    return NULL;
  if (names_service (self))
    return postern_preparation_new_for_service (self->sspi->server, self->sspi->user);
  return postern_preparation_new (self->mechanism, self->service, self->host);
}

const char *
postern_sasl_get_mechanism (PosternSasl *self)
{
  return self->mechanism;
}

gboolean
postern_sasl_is_client_first (PosternSasl *self)
{
  return (find_traits (self->mechanism) & TRAIT_CLIENT_FIRST) != 0;
}

/* Whether the initial response waits for the server to ask for it, though it could go along with
 * the command. */
gboolean
postern_sasl_is_deferred (PosternSasl *self)
{
  return self->deferred;
}

/**
 * postern_sasl_decode:
 * @text: Base64
 * @length: in bytes; blanks at the end do not count
 * @length_out: (out): the length of the result
 *
 * Unlike g_base64_decode() it takes nothing but Base64 with its padding (RFC 4648 section 4).
 *
 * Returns: (nullable) (transfer full): the bytes and a NUL, or NULL when it is not Base64
 */
char *
postern_sasl_decode (const char *text, gsize length, gsize *length_out)
{
  gsize n_padding = 0;
  g_autofree char *copy = NULL;

  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
    length--;
  *length_out = 0;
  if (length % 4 != 0)
    return NULL;
  if (length == 0)
    return g_strdup ("");

  while (n_padding < 2 && text[length - 1 - n_padding] == '=')
    n_padding++;
  for (gsize i = 0; i < length - n_padding; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      return NULL;

  copy = g_strndup (text, length);
  g_base64_decode_inplace (copy, length_out);
  copy[*length_out] = '\0';
  return g_steal_pointer (&copy);
}

static void
redactor_add_response (PosternSasl *self, PosternSecret *response, const char *encoded)
{
  const char *mark[] = { " ", ",p=", "response=" };
  gsize length;
  const char *bytes = postern_secret_peek (response, &length);

  if (self->redactor == NULL || self->is_public || length == 0)
    return;

  postern_redactor_add_bytes (self->redactor, bytes, length);
  postern_redactor_add_bytes (self->redactor, encoded, strlen (encoded));

  /* The digest or proof alone: the end of a CRAM-MD5 or SCRAM answer, a part of DIGEST-MD5's. */
  if (strcmp (self->mechanism, "CRAM-MD5") != 0 && !g_str_has_prefix (self->mechanism, "SCRAM-") &&
      strcmp (self->mechanism, "DIGEST-MD5") != 0)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (mark); i++)
    {
      const char *found = g_strrstr_len (bytes, (gssize) length, mark[i]);
      const char *proof = found != NULL ? found + strlen (mark[i]) : NULL;
      gsize n = proof != NULL ? strcspn (proof, ",") : 0;

      if (n >= 16)
        postern_redactor_add_bytes (self->redactor, proof, n);
    }
}

/* Encodes @response, remembers it as the first one if it is, and writes it as hidden. */
static void
append_response (PosternSasl *self, PosternSecret *response, gboolean first, PosternOutput *output)
{
  gsize length;
  const char *bytes = postern_secret_peek (response, &length);
  char *encoded = length > 0 ? g_base64_encode ((const guchar *) bytes, length) : g_strdup ("");

  redactor_add_response (self, response, encoded);
  postern_output_append_hidden (output, encoded, strlen (encoded));
  if (first)
    self->first = postern_secret_new (encoded, -1);
  postern_wipe_free (encoded);
}

static PosternSaslResult
respond (
  PosternSasl *self, const char *challenge, gsize length, gboolean first, PosternOutput *output)
{
  g_autoptr(PosternSecret) response = NULL;
  PosternSaslResult result;

  self->is_public = FALSE;
  result = self->family->respond (self, challenge, length, &response);
  if (result != POSTERN_SASL_CONTINUE)
    self->complete = FALSE;
  else if (response != NULL)
    append_response (self, response, first, output);
  return result;
}

/**
 * postern_sasl_initial:
 * @self: a new exchange
 * @output: where the initial response goes, in Base64; nothing is added when it is empty or when
 *   the server speaks first
 *
 * To be called before anything is sent, whoever speaks first: FAILED means that nothing can be.
 *
 * Returns: CONTINUE or FAILED
 */
PosternSaslResult
postern_sasl_initial (PosternSasl *self, PosternOutput *output)
{
  if (self->failed)
    return POSTERN_SASL_FAILED;
  if (!postern_sasl_is_client_first (self) || self->first != NULL)
    return POSTERN_SASL_CONTINUE;

  return respond (self, NULL, 0, TRUE, output) == POSTERN_SASL_CONTINUE ? POSTERN_SASL_CONTINUE
                                                                        : POSTERN_SASL_FAILED;
}

/**
 * postern_sasl_step:
 * @self: an exchange
 * @challenge: what the server asks, in Base64
 * @length: in bytes
 * @output: where the response goes, in Base64
 *
 * An empty challenge in the first place asks for the initial response: it was not sent with the
 * command, or the server did not take it from there.
 *
 * Returns: what to do
 */
PosternSaslResult
postern_sasl_step (PosternSasl *self, const char *challenge, gsize length, PosternOutput *output)
{
  PosternSaslResult result;
  gsize n_decoded = 0;
  char *decoded;

  if (self->failed)
    return POSTERN_SASL_FAILED;
  if (length > POSTERN_SASL_MAX_CHALLENGE)
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server’s challenge is longer than 64 KiB."));
  if (++self->n_steps > POSTERN_SASL_MAX_STEPS)
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server sends one challenge after the other."));

  /* What asks for a deferred response is no challenge: Exchange writes "NTLM supported". */
  if (self->deferred && self->n_steps == 1)
    length = 0;
  decoded = postern_sasl_decode (challenge, length, &n_decoded);
  if (decoded == NULL)
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server’s challenge is not Base64."));

  if (n_decoded == 0 && self->n_steps == 1 && self->first != NULL && !self->resent)
    {
      gsize n_first;
      const char *first = postern_secret_peek (self->first, &n_first);

      self->resent = TRUE;
      self->deferred = FALSE;
      self->n_steps = 0;
      postern_output_append_hidden (output, first, n_first);
      result = POSTERN_SASL_CONTINUE;
    }
  else
    result = respond (self, decoded, n_decoded, FALSE, output);

  postern_wipe (decoded, n_decoded);
  g_free (decoded);
  return result;
}

/**
 * postern_sasl_is_complete:
 * @self: an exchange that the server calls a success
 *
 * Returns: TRUE if everything was sent, and the server has proved what the mechanism makes it prove
 */
gboolean
postern_sasl_is_complete (PosternSasl *self)
{
  return !self->failed && self->complete;
}

/**
 * postern_sasl_is_refuted:
 * @self: an exchange
 *
 * Returns: TRUE if the server's own proof was wrong: it does not know the password
 */
gboolean
postern_sasl_is_refuted (PosternSasl *self)
{
  return self->refuted;
}

/**
 * postern_sasl_proves_server:
 * @self: an exchange
 *
 * Returns: TRUE for mechanisms in which the server has to prove itself before the end
 */
gboolean
postern_sasl_proves_server (PosternSasl *self)
{
  const char *const others[] = { "DIGEST-MD5", "GSSAPI", "GS2-KRB5", NULL };

  return g_str_has_prefix (self->mechanism, "SCRAM-") || g_strv_contains (others, self->mechanism);
}

const char *
postern_sasl_get_detail (PosternSasl *self)
{
  return self->detail;
}

const char *
postern_sasl_get_oauth_error (PosternSasl *self)
{
  return self->oauth_error;
}

GStrv
postern_sasl_dup_items (PosternSasl *self)
{
  if (self->family->dup_items == NULL)
    return g_new0 (char *, 1);
  return self->family->dup_items (self);
}

void
postern_sasl_set_redactor (PosternSasl *self, PosternRedactor *redactor)
{
  g_clear_pointer (&self->redactor, postern_redactor_unref);
  self->redactor = redactor != NULL ? postern_redactor_ref (redactor) : NULL;
}
