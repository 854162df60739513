/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* RFC 5321 section 4.5.3.1.4, with its line end; RFC 4954 section 4 keeps it for AUTH. */
#define MAX_COMMAND_LINE 512

static gboolean
has_tls (PosternSmtp *self)
{
  return postern_machine_get_tls (POSTERN_MACHINE (self));
}

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

/* One that may not be used in clear text is still the one that is wanted: it fails by that name. */
static const char *
choose_mechanism (PosternSmtp *self, const PosternPlanStep *step)
{
  const char *const *offered = (const char *const *) self->mechanisms;
  gboolean may_show = has_tls (self) || postern_smtp_plan (self)->clear_text_allowed;
  const char *mechanism = postern_sasl_choose (offered, step, may_show);

  return mechanism != NULL ? mechanism : postern_sasl_choose (offered, step, TRUE);
}

/* What would have done, for the report. */
static GStrv
list_wanted (const PosternPlanStep *step)
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

      if (postern_sasl_choose (one, step, TRUE) != NULL)
        g_ptr_array_add (wanted, g_strdup (all[i]));
    }
  g_ptr_array_add (wanted, NULL);
  return (GStrv) g_ptr_array_free (wanted, FALSE);
}

/**
 * postern_smtp_auth_verify:
 * @self: a machine that knows the capabilities
 * @step: a step of the plan that logs on
 *
 * Returns: (nullable) (transfer full): NULL if the server offers what the step wants
 */
PosternFailure *
postern_smtp_auth_verify (PosternSmtp *self, const PosternPlanStep *step)
{
  g_autoptr(PosternFailure) failure = NULL;

  if (!self->has_auth)
    {
      failure = postern_failure_new (self->mangled ? "middlebox.mangled" : "auth.not-offered",
                                     POSTERN_STEP_AUTHENTICATE);
      if (self->has_starttls && !has_tls (self))
        failure->detail = g_strdup ("starttls");
    }
  else if (choose_mechanism (self, step) == NULL && (has_list (step) || has_credentials (step)))
    {
      failure = postern_failure_new ("auth.mechanism-not-offered", POSTERN_STEP_AUTHENTICATE);
      failure->offered = g_strdupv (self->mechanisms);
    }

  if (failure != NULL)
    {
      failure->driver = g_strdup (step->driver);
      failure->wanted = list_wanted (step);
    }
  return g_steal_pointer (&failure);
}

static gboolean
must_not_show (PosternSmtp *self, const char *mechanism)
{
  return !has_tls (self) && !postern_smtp_plan (self)->clear_text_allowed &&
         postern_sasl_shows_password (mechanism);
}

/* "AUTH PLAIN <response>" where that fits into a command line, else without the response: the
 * server asks for it then. */
static PosternAction
send_auth (PosternSmtp *self, PosternOutput *initial)
{
  const char *mechanism = postern_sasl_get_mechanism (self->sasl);
  PosternOutput *output = postern_smtp_output (self);
  gsize length;
  const char *bytes = postern_output_get_bytes (initial, &length);

  postern_output_append (output, "AUTH ");
  postern_output_append (output, mechanism);
  self->response_sent = !postern_sasl_is_client_first (self->sasl);
  if (postern_sasl_is_client_first (self->sasl) &&
      strlen ("AUTH ") + strlen (mechanism) + 1 + MAX (length, 1) + 2 <= MAX_COMMAND_LINE)
    {
      /* RFC 4954 section 4: an empty one is written "=". */
      postern_output_append (output, length > 0 ? " " : " =");
      postern_output_append_hidden (output, bytes, length);
      self->response_sent = TRUE;
    }
  postern_output_append (output, "\r\n");
  postern_machine_note_attempt (POSTERN_MACHINE (self), mechanism);
  self->state = POSTERN_SMTP_AUTH;
  return POSTERN_ACTION_SEND;
}

/**
 * postern_smtp_auth_start:
 * @self: a machine whose current step logs on
 *
 * Returns: what to do
 */
PosternAction
postern_smtp_auth_start (PosternSmtp *self)
{
  PosternPlan *plan = postern_smtp_plan (self);
  g_autoptr(PosternOutput) initial = postern_output_new ();
  const char *mechanism = choose_mechanism (self, self->current);

  g_clear_pointer (&self->sasl, postern_sasl_free);
  g_clear_pointer (&self->cancelled, postern_failure_free);
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_AUTHENTICATE);
  if (mechanism == NULL)
    return postern_smtp_fail_locally (self, "auth.local",
                                      _ ("Neither a password nor an access token was given."));

  self->sasl = postern_sasl_new (mechanism, self->current, "smtp", plan->host, plan->port);
  postern_sasl_set_redactor (self->sasl, postern_machine_get_redactor (POSTERN_MACHINE (self)));
  if (must_not_show (self, mechanism))
    return postern_smtp_fail_locally (self, "auth.needs-tls", "local");
  if (postern_sasl_initial (self->sasl, initial) != POSTERN_SASL_CONTINUE)
    return postern_smtp_fail_locally (self, "auth.local", postern_sasl_get_detail (self->sasl));
  return send_auth (self, initial);
}

/* RFC 4954 section 4: "*" ends the exchange; the server refuses then, and that ends the run. */
static PosternAction
cancel (PosternSmtp *self, const char *code)
{
  self->cancelled = postern_smtp_failure_new (self, code);
  self->cancelled->detail = g_strdup (postern_sasl_get_detail (self->sasl));
  self->cancelled->reply_code = postern_smtp_reply_get_code (self->reply);
  self->cancelled->text = postern_smtp_reply_dup_text (self->reply);
  return postern_smtp_send (self, POSTERN_SMTP_AUTH_CANCEL, "*");
}

static PosternAction
answer_challenge (PosternSmtp *self)
{
  PosternOutput *output = postern_smtp_output (self);
  gsize length;
  const char *challenge = postern_smtp_reply_peek_line (self->reply, 0, &length);
  PosternSaslResult result;

  if (postern_smtp_reply_get_n_lines (self->reply) != 1)
    result = POSTERN_SASL_CANCEL;
  else
    result = postern_sasl_step (self->sasl, challenge, length, output);

  switch (result)
    {
    case POSTERN_SASL_CONTINUE:
      postern_output_append (output, "\r\n");
      self->response_sent = TRUE;
      return POSTERN_ACTION_SEND;

    case POSTERN_SASL_FAILED:
      postern_output_clear (output);
      return cancel (self, "auth.local");

    case POSTERN_SASL_CANCEL:
    default:
      postern_output_clear (output);
      return cancel (self, postern_sasl_is_refuted (self->sasl) ? "auth.server-not-authentic"
                                                                : "auth.protocol");
    }
}

static PosternAction
accept_logon (PosternSmtp *self)
{
  g_autofree char *summary = NULL;

  if (!self->response_sent || !postern_sasl_is_complete (self->sasl))
    {
      gboolean unproven = self->response_sent && postern_sasl_proves_server (self->sasl) &&
                          postern_sasl_get_oauth_error (self->sasl) == NULL;
      PosternFailure *failure =
        postern_smtp_failure_new (self, unproven ? "auth.server-not-authentic" : "auth.protocol");

      failure->reply_code = postern_smtp_reply_get_code (self->reply);
      failure->text = postern_smtp_reply_dup_text (self->reply);
      failure->detail =
        g_strdup (unproven ? _ ("The server accepted without proving that it knows the password.")
                           : _ ("The server accepted before the exchange was complete."));
      return postern_machine_fail (POSTERN_MACHINE (self), failure);
    }

  /* Translators: %s is a SASL mechanism */
  summary = g_strdup_printf (_ ("%s, accepted"), postern_sasl_get_mechanism (self->sasl));
  postern_machine_set_authenticated (POSTERN_MACHINE (self));
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_PASSED,
                            summary);
  return postern_smtp_next_step (self);
}

static gboolean
says_starttls (PosternSmtp *self)
{
  g_autofree char *text = postern_smtp_reply_dup_text (self->reply);
  g_autofree char *upper = g_ascii_strup (text, -1);

  return strstr (upper, "STARTTLS") != NULL;
}

/* The code of a refusal as far as the reply codes of RFC 4954 section 6 tell it. What the words
 * mean is for the diagnosis to say. */
static const char *
classify_refusal (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);
  g_autofree char *enhanced = postern_smtp_reply_dup_enhanced (self->reply);

  if (code < 500)
    return "auth.temporary";
  if (!has_tls (self) &&
      (code == 530 || code == 538 || g_strcmp0 (enhanced, "5.7.11") == 0 || says_starttls (self)))
    return "auth.needs-tls";
  /* A bad sequence of commands is no verdict on the credentials (RFC 4954, section 4). */
  if (code == 503)
    return "auth.protocol";
  if (postern_sasl_get_oauth_error (self->sasl) != NULL)
    return "auth.token-refused";
  return "auth.refused-unexplained";
}

static PosternAction
refuse_logon (PosternSmtp *self)
{
  PosternFailure *failure = postern_smtp_failure_new (self, classify_refusal (self));

  failure->reply_code = postern_smtp_reply_get_code (self->reply);
  failure->enhanced = postern_smtp_reply_dup_enhanced (self->reply);
  failure->text = postern_smtp_reply_dup_text (self->reply);
  failure->detail = g_strdup (postern_sasl_get_oauth_error (self->sasl));
  if (failure->reply_code == 421)
    self->drop = TRUE;
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

/**
 * postern_smtp_auth_reply:
 * @self: a machine with a reply to AUTH or to a response
 *
 * Returns: what to do
 */
PosternAction
postern_smtp_auth_reply (PosternSmtp *self)
{
  int code = postern_smtp_reply_get_code (self->reply);

  if (code == 235)
    return accept_logon (self);
  if (code == 334)
    return answer_challenge (self);
  if (code >= 400)
    return refuse_logon (self);
  return postern_smtp_fail_by_reply (self, "protocol.unexpected-reply");
}

/**
 * postern_smtp_auth_cancel_reply:
 * @self: a machine that sent "*"
 *
 * Whatever the server says to that: the run fails for the reason that was found before.
 *
 * Returns: FAILED
 */
PosternAction
postern_smtp_auth_cancel_reply (PosternSmtp *self)
{
  return postern_machine_fail (POSTERN_MACHINE (self), g_steal_pointer (&self->cancelled));
}
