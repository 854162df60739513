/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-logon-private.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
has_list (const PosternPlanStep *step)
{
  return step->mechanisms != NULL && step->mechanisms[0] != NULL;
}

static gboolean
has_credentials (const PosternPlanStep *step)
{
  return !postern_secret_is_empty (step->password) || !postern_secret_is_empty (step->token);
}

static PosternSaslConditions
get_conditions (PosternLogon *self)
{
  const PosternBindings *bindings = postern_machine_get_bindings (POSTERN_MACHINE (self));
  const PosternPlan *plan = postern_logon_plan (self);
  PosternSaslConditions conditions = 0;

  if (postern_logon_has_tls (self) || plan->clear_text_allowed)
    conditions |= POSTERN_SASL_MAY_SHOW;
  if (bindings->tls_unique != NULL || bindings->tls_exporter != NULL)
    conditions |= POSTERN_SASL_HAS_BINDING;
  if (postern_logon_has_tls (self) && plan->tls_policy->client_certificate != NULL)
    conditions |= POSTERN_SASL_HAS_CERTIFICATE;
  return conditions;
}

/* One that may not be used in clear text is still the one that is wanted: it fails by that name. */
static const char *
choose_mechanism (PosternLogon *self, const PosternPlanStep *step, char **reason)
{
  const char *const *offered = (const char *const *) postern_logon_get_offer (self)->mechanisms;
  PosternSaslConditions conditions = get_conditions (self);
  const char *mechanism;

  if (step->unasked)
    {
      if (reason != NULL)
        *reason =
          g_strdup_printf (_ ("%s: used whether it is offered or not."), step->mechanisms[0]);
      return step->mechanisms[0];
    }
  mechanism = postern_sasl_choose (offered, step, conditions, reason);
  if (mechanism != NULL)
    return mechanism;
  return postern_sasl_choose (offered, step, conditions | POSTERN_SASL_MAY_SHOW, NULL);
}

/* What would have done, for the report. */
static GStrv
list_wanted (PosternLogon *self, const PosternPlanStep *step)
{
  const char *const all[] = { "OAUTHBEARER", "XOAUTH2", "SCRAM-SHA-256", "SCRAM-SHA-1",
                              "PLAIN",       "LOGIN",   "CRAM-MD5",      "DIGEST-MD5" };
  GPtrArray *wanted;

  if (has_list (step))
    return g_strdupv (step->mechanisms);

  wanted = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      const char *const one[] = { all[i], NULL };

      if (postern_sasl_choose (one, step, POSTERN_SASL_MAY_SHOW, NULL) != NULL)
        g_ptr_array_add (wanted, g_strdup (all[i]));
    }
  g_ptr_array_add (wanted, NULL);
  return (GStrv) g_ptr_array_free (wanted, FALSE);
}

/**
 * postern_logon_verify_auth:
 * @self: a machine that knows what is offered
 * @step: a step of the plan that logs on
 *
 * Returns: (nullable) (transfer full): NULL if the server offers what the step wants
 */
PosternFailure *
postern_logon_verify_auth (PosternLogon *self, const PosternPlanStep *step)
{
  const PosternOffer *offer = postern_logon_get_offer (self);
  gboolean needs_tls = offer->needs_tls && !postern_logon_has_tls (self);
  const char *mangled = postern_logon_get_mangled (self);
  g_autoptr(PosternFailure) failure = NULL;

  if (step->unasked)
    return NULL;
  if (!offer->has_auth)
    {
      failure = postern_failure_new (mangled != NULL ? "middlebox.mangled"
                                     : needs_tls     ? "auth.needs-tls"
                                                     : "auth.not-offered",
                                     POSTERN_STEP_AUTHENTICATE);
      failure->text = g_strdup (mangled);
      if (offer->has_starttls && !postern_logon_has_tls (self))
        failure->detail = g_strdup ("starttls");
    }
  else if (choose_mechanism (self, step, NULL) == NULL &&
           (has_list (step) || has_credentials (step)))
    {
      failure = postern_failure_new (needs_tls ? "auth.needs-tls" : "auth.mechanism-not-offered",
                                     POSTERN_STEP_AUTHENTICATE);
      failure->offered = g_strdupv (offer->mechanisms);
    }

  if (failure != NULL)
    {
      failure->driver = g_strdup (step->driver);
      failure->wanted = list_wanted (self, step);
    }
  return g_steal_pointer (&failure);
}

/* Where the plan says so and nothing can be sent with a mechanism: the next of its list. */
static const char *
find_next (PosternLogon *self, const char *failed)
{
  const PosternPlanStep *step = postern_logon_get_private (self)->current;
  const char *const *offered = (const char *const *) postern_logon_get_offer (self)->mechanisms;
  gboolean behind = FALSE;

  for (gsize i = 0; step->sspi != NULL && step->mechanisms[i] != NULL; i++)
    {
      if (behind && g_strv_contains (offered, step->mechanisms[i]))
        return step->mechanisms[i];
      behind = behind || g_ascii_strcasecmp (step->mechanisms[i], failed) == 0;
    }
  return NULL;
}

static gboolean
must_not_show (PosternLogon *self, const char *mechanism)
{
  return (get_conditions (self) & POSTERN_SASL_MAY_SHOW) == 0 &&
         postern_sasl_shows_password (mechanism);
}

static PosternAction
begin_exchange (PosternLogon *self, const char *mechanism)
{
  PosternMachine *machine = POSTERN_MACHINE (self);
  PosternLogonClass *klass = POSTERN_LOGON_GET_CLASS (self);
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  PosternPlan *plan = postern_logon_plan (self);
  g_autoptr(PosternPreparation) preparation = NULL;

  g_clear_pointer (&priv->sasl, postern_sasl_free);
  g_clear_pointer (&priv->mechanism, g_free);
  priv->mechanism = g_ascii_strup (mechanism, -1);
  priv->response_sent = FALSE;
  if (must_not_show (self, mechanism))
    return postern_logon_fail_locally (self, "auth.needs-tls", "local");
  if (postern_sasl_is_native (mechanism))
    {
      postern_machine_note_attempt (machine, priv->mechanism);
      return klass->log_on (self, priv->mechanism, priv->current);
    }

  priv->sasl = postern_sasl_new (mechanism, priv->current, klass->service, plan->host, plan->port,
                                 postern_machine_get_bindings (machine));
  postern_sasl_set_redactor (priv->sasl, postern_machine_get_redactor (machine));
  preparation = postern_sasl_dup_preparation (priv->sasl);
  return preparation != NULL ? POSTERN_ACTION_PREPARE : postern_logon_continue_auth (self);
}

/**
 * postern_logon_start_auth:
 * @self: a machine whose current step logs on
 *
 * Returns: what to do
 */
PosternAction
postern_logon_start_auth (PosternLogon *self)
{
  PosternMachine *machine = POSTERN_MACHINE (self);
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  g_autofree char *reason = NULL;
  const char *mechanism = choose_mechanism (self, priv->current, &reason);

  g_clear_pointer (&priv->sasl, postern_sasl_free);
  g_clear_pointer (&priv->cancelled, postern_failure_free);
  g_clear_pointer (&priv->mechanism, g_free);
  postern_machine_set_choice (machine, reason);
  postern_machine_begin_step (machine, POSTERN_STEP_AUTHENTICATE);
  if (mechanism == NULL)
    return postern_logon_fail_locally (self, "auth.local",
                                       _ ("Neither a password nor an access token was given."));

  return begin_exchange (self, mechanism);
}

/**
 * postern_logon_continue_auth:
 * @self: a machine whose exchange is prepared
 *
 * The initial response goes with the command where that is allowed and it fits; else the server
 * asks for it.
 *
 * Returns: what to do
 */
PosternAction
postern_logon_continue_auth (PosternLogon *self)
{
  PosternLogonClass *klass = POSTERN_LOGON_GET_CLASS (self);
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  g_autoptr(PosternOutput) initial = postern_output_new ();
  gboolean client_first = postern_sasl_is_client_first (priv->sasl);
  gsize length;

  if (postern_sasl_initial (priv->sasl, initial) != POSTERN_SASL_CONTINUE)
    {
      const char *next = find_next (self, priv->mechanism);

      if (next != NULL)
        return begin_exchange (self, next);
      return postern_logon_fail_locally (self, "auth.local", postern_sasl_get_detail (priv->sasl));
    }

  postern_output_get_bytes (initial, &length);
  postern_machine_note_attempt (POSTERN_MACHINE (self), priv->mechanism);
  if (client_first && !postern_sasl_is_deferred (priv->sasl) &&
      MAX (length, 1) <= klass->max_initial (self, priv->mechanism))
    {
      priv->response_sent = TRUE;
      return klass->send_auth (self, priv->mechanism, initial);
    }
  priv->response_sent = !client_first;
  return klass->send_auth (self, priv->mechanism, NULL);
}

/* RFC 4422 section 3.4: "*" ends the exchange; the server refuses then, and that ends the run. */
static PosternAction
cancel (PosternLogon *self, const char *code, const char *detail)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);

  g_clear_pointer (&priv->cancelled, postern_failure_free);
  priv->cancelled = postern_logon_failure_new (self, code);
  POSTERN_LOGON_GET_CLASS (self)->describe (self, priv->cancelled);
  priv->cancelled->detail = g_strdup (detail);
  postern_output_clear (postern_logon_output (self));
  return POSTERN_LOGON_GET_CLASS (self)->send_cancel (self);
}

/**
 * postern_logon_break_off:
 * @self: a machine in an exchange
 * @detail: (nullable): what was wrong with what the server sent
 *
 * Returns: what to do
 */
PosternAction
postern_logon_break_off (PosternLogon *self, const char *detail)
{
  return cancel (self, "auth.protocol", detail);
}

/**
 * postern_logon_challenge:
 * @self: a machine in an exchange
 * @challenge: what the server asks, in Base64 as it came
 * @length: in bytes
 *
 * Returns: what to do
 */
PosternAction
postern_logon_challenge (PosternLogon *self, const char *challenge, gsize length)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  g_autoptr(PosternOutput) response = postern_output_new ();

  if (priv->sasl == NULL)
    return postern_logon_fail_by_reply (self, "protocol.unexpected-reply");

  switch (postern_sasl_step (priv->sasl, challenge, length, response))
    {
    case POSTERN_SASL_CONTINUE:
      priv->response_sent = TRUE;
      return POSTERN_LOGON_GET_CLASS (self)->send_response (self, response);

    case POSTERN_SASL_FAILED:
      return cancel (self, "auth.local", postern_sasl_get_detail (priv->sasl));

    case POSTERN_SASL_CANCEL:
    default:
      return cancel (
        self, postern_sasl_is_refuted (priv->sasl) ? "auth.server-not-authentic" : "auth.protocol",
        postern_sasl_get_detail (priv->sasl));
    }
}

static void
note_use (PosternLogon *self, gboolean in_use)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  PosternDriverUse *use = postern_logon_get_use (self);

  use->in_use = in_use;
  g_strfreev (use->items);
  use->items = priv->sasl != NULL ? postern_sasl_dup_items (priv->sasl) : g_new0 (char *, 1);
}

/* The server says yes before the exchange is over, or without having proved itself. */
static PosternAction
fail_incomplete (PosternLogon *self)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  gboolean unproven = priv->response_sent && postern_sasl_proves_server (priv->sasl) &&
                      postern_sasl_get_oauth_error (priv->sasl) == NULL;
  PosternFailure *failure =
    postern_logon_failure_new (self, unproven ? "auth.server-not-authentic" : "auth.protocol");

  POSTERN_LOGON_GET_CLASS (self)->describe (self, failure);
  failure->detail =
    g_strdup (unproven ? _ ("The server accepted without proving that it knows the password.")
                       : _ ("The server accepted before the exchange was complete."));
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

/**
 * postern_logon_accept:
 * @self: a machine whose logon the server calls a success
 *
 * Returns: what to do
 */
PosternAction
postern_logon_accept (PosternLogon *self)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  g_autofree char *summary = NULL;

  if (priv->sasl != NULL && (!priv->response_sent || !postern_sasl_is_complete (priv->sasl)))
    return fail_incomplete (self);

  /* Translators: %s is a SASL mechanism */
  summary = g_strdup_printf (_ ("%s, accepted"), priv->mechanism);
  note_use (self, TRUE);
  postern_machine_set_authenticated (POSTERN_MACHINE (self));
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_PASSED,
                            summary);
  return postern_logon_next_step (self);
}

/**
 * postern_logon_refuse:
 * @self: a machine whose logon the server refused
 *
 * Returns: FAILED
 */
PosternAction
postern_logon_refuse (PosternLogon *self)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  PosternFailure *failure =
    postern_logon_failure_new (self, POSTERN_LOGON_GET_CLASS (self)->classify_refusal (self));

  note_use (self, FALSE);
  POSTERN_LOGON_GET_CLASS (self)->describe (self, failure);
  if (priv->sasl != NULL && postern_sasl_get_oauth_error (priv->sasl) != NULL)
    {
      if (strcmp (failure->code, "auth.refused-unexplained") == 0)
        failure->code = "auth.token-refused";
      failure->detail = g_strdup (postern_sasl_get_oauth_error (priv->sasl));
    }
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

/**
 * postern_logon_append_auth:
 * @self: a machine that writes the command that begins an exchange
 * @mechanism: its name
 * @initial: (nullable): the initial response, in Base64
 *
 * Appends both to the output. RFC 4954, RFC 5034 and RFC 4959 write an empty response "=".
 */
void
postern_logon_append_auth (PosternLogon *self, const char *mechanism, PosternOutput *initial)
{
  postern_output_append (postern_logon_output (self), mechanism);
  if (initial == NULL)
    return;

  postern_output_append (postern_logon_output (self), " ");
  if (!postern_logon_append_response (self, initial))
    postern_output_append (postern_logon_output (self), "=");
}

/**
 * postern_logon_append_response:
 * @self: a machine that answers a challenge
 * @response: the answer, in Base64
 *
 * Appends it to the output, hidden in the transcript.
 *
 * Returns: FALSE if it is empty
 */
gboolean
postern_logon_append_response (PosternLogon *self, PosternOutput *response)
{
  gsize length;
  const char *bytes = postern_output_get_bytes (response, &length);

  postern_output_append_hidden (postern_logon_output (self), bytes, length);
  return length > 0;
}

/**
 * postern_logon_cancelled:
 * @self: a machine that sent "*"
 *
 * Whatever the server says to that, or that it closes: the run fails for the reason found before.
 *
 * Returns: FAILED
 */
PosternAction
postern_logon_cancelled (PosternLogon *self)
{
  return postern_machine_fail (POSTERN_MACHINE (self),
                               g_steal_pointer (&postern_logon_get_private (self)->cancelled));
}

/* Whether "*" was sent, and postern_logon_cancelled() is due. */
gboolean
postern_logon_is_cancelled (PosternLogon *self)
{
  return postern_logon_get_private (self)->cancelled != NULL;
}

/* The exchange that runs or ran last; NULL for the protocol's own ways to log on. */
PosternSasl *
postern_logon_get_sasl (PosternLogon *self)
{
  return postern_logon_get_private (self)->sasl;
}
