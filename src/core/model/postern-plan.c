/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-plan.h"

PosternSspi *
postern_sspi_new (const char *server, const char *user)
{
  PosternSspi *self = g_new0 (PosternSspi, 1);

  self->server = g_strdup (server);
  self->user = g_strdup (user);
  return self;
}

void
postern_sspi_free (PosternSspi *self)
{
  if (self == NULL)
    return;

  g_free (self->server);
  g_free (self->user);
  g_free (self);
}

static void
plan_step_free (PosternPlanStep *step)
{
  g_free (step->driver);
  g_strfreev (step->mechanisms);
  g_free (step->user);
  g_clear_pointer (&step->password, postern_secret_unref);
  g_clear_pointer (&step->token, postern_secret_unref);
  postern_ntlm_settings_free (step->ntlm);
  postern_sspi_free (step->sspi);
  g_free (step->local_fault);
  g_free (step);
}

/**
 * postern_plan_new:
 *
 * Returns: (transfer full): a plan without a host, with the default limits of
 *   spec/hostile-peers.md
 */
PosternPlan *
postern_plan_new (void)
{
  PosternPlan *self = g_new0 (PosternPlan, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->protocol = POSTERN_PROTOCOL_SMTP;
  self->tls = POSTERN_TLS_START_NONE;
  self->tls_policy = postern_tls_policy_new ();
  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) plan_step_free);
  self->check_recipients = g_new0 (char *, 1);
  self->connect_timeout = 10000;
  self->greeting_timeout = 30000;
  self->reply_timeout = 30000;
  self->handshake_timeout = 15000;
  self->total_timeout = 30000;
  self->sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->tls_options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

PosternPlan *
postern_plan_ref (PosternPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
postern_plan_unref (PosternPlan *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->host);
  g_free (self->connect_host);
  g_free (self->ehlo_name);
  postern_tls_policy_free (self->tls_policy);
  g_ptr_array_unref (self->steps);
  g_free (self->check_sender);
  g_strfreev (self->check_recipients);
  g_free (self->send_from);
  g_free (self->send_to);
  g_clear_pointer (&self->message, g_bytes_unref);
  g_hash_table_unref (self->sources);
  g_free (self->tls_options_text);
  g_hash_table_unref (self->tls_options);
  g_free (self);
}

/**
 * postern_plan_add_step:
 * @self: a plan that nobody runs yet
 * @kind: what to do
 * @mandatory: whether the run fails when the server does not offer it
 *
 * Returns: (transfer none): the new last step, to be filled in
 */
PosternPlanStep *
postern_plan_add_step (PosternPlan *self, PosternPlanKind kind, gboolean mandatory)
{
  PosternPlanStep *step;

  g_return_val_if_fail (self != NULL, NULL);

  step = g_new0 (PosternPlanStep, 1);
  step->kind = kind;
  step->mandatory = mandatory;
  step->mechanisms = g_new0 (char *, 1);
  g_ptr_array_add (self->steps, step);
  return step;
}

/**
 * postern_plan_set_source:
 * @self: a plan
 * @setting: the name of a setting in the report
 * @source: where its value came from, such as "mail.asn:12"
 */
void
postern_plan_set_source (PosternPlan *self, const char *setting, const char *source)
{
  g_return_if_fail (self != NULL);

  g_hash_table_replace (self->sources, g_strdup (setting), g_strdup (source));
}
