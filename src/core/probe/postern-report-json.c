/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-report-json.h"

#include "probe/postern-report-private.h"

#include "diagnosis/postern-cert-name.h"
#include "diagnosis/postern-tls-verdict.h"

#include "postern-enum-types.h"
#include "postern-probe-enum-types.h"
#include "postern-session-enum-types.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* JSON is UTF-8: what is not becomes the replacement character. NULL becomes null. */
static void
add_text (JsonBuilder *builder, const char *name, const char *value)
{
  g_autofree char *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;

  if (name != NULL)
    json_builder_set_member_name (builder, name);
  if (valid != NULL)
    json_builder_add_string_value (builder, valid);
  else
    json_builder_add_null_value (builder);
}

static void
add_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_nick (JsonBuilder *builder, const char *name, GType type, int value)
{
  add_text (builder, name, postern_enum_to_nick (type, value));
}

static void
add_words (JsonBuilder *builder, const char *name, const char *const *words)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (gsize i = 0; words != NULL && words[i] != NULL; i++)
    add_text (builder, NULL, words[i]);
  json_builder_end_array (builder);
}

static void
add_table (JsonBuilder *builder, const char *name, GHashTable *table)
{
  g_autoptr(GList) keys = table != NULL ? g_hash_table_get_keys (table) : NULL;

  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  for (GList *l = keys; l != NULL; l = l->next)
    add_text (builder, l->data, g_hash_table_lookup (table, l->data));
  json_builder_end_object (builder);
}

static void
add_evidence (JsonBuilder *builder, int first, int last)
{
  json_builder_set_member_name (builder, "evidence");
  json_builder_begin_array (builder);
  if (first >= 0)
    {
      json_builder_add_int_value (builder, first);
      json_builder_add_int_value (builder, MAX (first, last));
    }
  json_builder_end_array (builder);
}

static void
add_time (JsonBuilder *builder, const char *name, GDateTime *time)
{
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  add_text (builder, name, text);
}

static double
milliseconds (gint64 microseconds)
{
  return (double) microseconds / 1000.0;
}

/* The mechanisms that the plan names, in order. */
static void
add_mechanisms (JsonBuilder *builder, PosternPlan *plan)
{
  json_builder_set_member_name (builder, "mechanisms");
  json_builder_begin_array (builder);
  for (guint i = 0; plan != NULL && i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = plan->steps->pdata[i];

      if (step->kind == POSTERN_PLAN_AUTHENTICATE)
        for (gsize j = 0; step->mechanisms[j] != NULL; j++)
          add_text (builder, NULL, step->mechanisms[j]);
    }
  json_builder_end_array (builder);
}

static const char *
user_of_plan (PosternPlan *plan)
{
  for (guint i = 0; plan != NULL && i < plan->steps->len; i++)
    {
      const PosternPlanStep *step = plan->steps->pdata[i];

      if (step->kind == POSTERN_PLAN_AUTHENTICATE && step->user != NULL)
        return step->user;
    }
  return NULL;
}

static void
add_settings (JsonBuilder *builder, PosternReport *self)
{
  PosternAccount *account = postern_report_get_account (self);
  PosternPlan *plan = postern_report_get_plan (self);
  const char *user = user_of_plan (plan);
  g_autofree char *connection =
    postern_runtime_hide_password (postern_account_get_connection (account));

  json_builder_set_member_name (builder, "settings");
  json_builder_begin_object (builder);
  add_text (builder, "connection", connection);
  add_text (builder, "host", plan != NULL ? plan->host : NULL);
  json_builder_set_member_name (builder, "port");
  if (plan != NULL)
    json_builder_add_int_value (builder, plan->port);
  else
    json_builder_add_null_value (builder);
  if (plan != NULL)
    add_nick (builder, "tls", POSTERN_TYPE_TLS_START, (int) plan->tls);
  else
    add_text (builder, "tls", NULL);
  add_text (builder, "user", user != NULL ? user : postern_account_get_user (account));
  add_mechanisms (builder, plan);
  add_text (builder, "pin", postern_account_get_pin (account));
  add_text (builder, "crl", plan != NULL ? plan->tls_policy->crl_file : NULL);
  add_table (builder, "tls_options", plan != NULL ? plan->tls_options : NULL);
  add_table (builder, "sources", plan != NULL ? plan->sources : NULL);
  json_builder_end_object (builder);
}

static void
add_native (JsonBuilder *builder, PosternReport *self)
{
  const PosternNative *native = postern_report_get_native (self);

  json_builder_set_member_name (builder, "native");
  if (native == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  add_text (builder, "call", native->call);
  add_int (builder, "result", native->result);
  add_text (builder, "text", native->text);
  json_builder_end_object (builder);
}

static void
add_steps (JsonBuilder *builder, PosternReport *self)
{
  GListModel *steps = postern_report_get_steps (self);

  json_builder_set_member_name (builder, "steps");
  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr(PosternStep) step = g_list_model_get_item (steps, i);
      const char *summary = postern_step_get_summary (step);

      json_builder_begin_object (builder);
      add_nick (builder, "id", POSTERN_TYPE_STEP_ID, (int) postern_step_get_step (step));
      add_nick (builder, "state", POSTERN_TYPE_STEP_STATE, (int) postern_step_get_state (step));
      json_builder_set_member_name (builder, "start_ms");
      json_builder_add_double_value (builder, milliseconds (postern_step_get_start (step)));
      json_builder_set_member_name (builder, "duration_ms");
      json_builder_add_double_value (builder, milliseconds (postern_step_get_duration (step)));
      add_text (builder, "summary", summary != NULL ? summary : "");
      add_evidence (builder, postern_step_get_first_event (step),
                    postern_step_get_last_event (step));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_addresses (JsonBuilder *builder, PosternReport *self)
{
  static const char *const states[] = {
    [POSTERN_ADDRESS_NOT_TRIED] = "not-tried",     [POSTERN_ADDRESS_CONNECTED] = "connected",
    [POSTERN_ADDRESS_REFUSED] = "refused",         [POSTERN_ADDRESS_TIMEOUT] = "timeout",
    [POSTERN_ADDRESS_UNREACHABLE] = "unreachable",
  };
  GPtrArray *addresses = postern_report_get_addresses (self);

  json_builder_set_member_name (builder, "addresses");
  json_builder_begin_array (builder);
  for (guint i = 0; addresses != NULL && i < addresses->len; i++)
    {
      const PosternAddress *address = addresses->pdata[i];

      json_builder_begin_object (builder);
      add_text (builder, "address", address->address);
      add_int (builder, "port", address->port);
      add_text (builder, "state", states[address->state]);
      json_builder_set_member_name (builder, "duration_ms");
      json_builder_add_double_value (builder, milliseconds (address->duration));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_certificate (JsonBuilder *builder, PosternCertificate *certificate)
{
  json_builder_begin_object (builder);
  add_text (builder, "subject", postern_certificate_get_subject (certificate));
  add_text (builder, "issuer", postern_certificate_get_issuer (certificate));
  add_text (builder, "serial", postern_certificate_get_serial (certificate));
  add_time (builder, "not_before", postern_certificate_get_not_before (certificate));
  add_time (builder, "not_after", postern_certificate_get_not_after (certificate));
  add_words (builder, "dns_names", postern_certificate_get_dns_names (certificate));
  add_words (builder, "ip_addresses", postern_certificate_get_ip_addresses (certificate));
  add_text (builder, "key", postern_certificate_get_key (certificate));
  add_text (builder, "signature", postern_certificate_get_signature (certificate));
  add_text (builder, "sha256", postern_certificate_get_sha256 (certificate));
  add_text (builder, "spki_sha256", postern_certificate_get_spki_sha256 (certificate));
  add_text (builder, "pem", postern_certificate_get_pem (certificate));
  json_builder_end_object (builder);
}

static void
add_verdict (JsonBuilder *builder, const PosternTlsInfo *tls)
{
  PosternTlsVerdict verdict;

  postern_tls_verdict_fill (&verdict, tls);
  json_builder_set_member_name (builder, "verdict");
  json_builder_begin_object (builder);
  for (guint i = 0; i < POSTERN_N_CERT_ASPECTS; i++)
    add_text (builder, postern_cert_aspect_to_word ((PosternCertAspect) i),
              postern_verdict_state_to_word (verdict.states[i]));
  json_builder_end_object (builder);
}

static void
add_revocation (JsonBuilder *builder, const PosternRevocation *revocation)
{
  json_builder_set_member_name (builder, "revocation");
  json_builder_begin_object (builder);
  add_text (builder, "staple",
            postern_enum_to_nick (POSTERN_TYPE_STAPLE_STATE, (int) revocation->staple));
  add_text (builder, "crl", postern_enum_to_nick (POSTERN_TYPE_CRL_STATE, (int) revocation->crl));
  json_builder_end_object (builder);
}

/* What was asked for, which name of the certificate that was, or else which comes nearest. */
static void
add_name (JsonBuilder *builder, PosternReport *self, const PosternTlsInfo *tls)
{
  PosternPlan *plan = postern_report_get_plan (self);
  GPtrArray *wanted = plan->tls_policy->names;
  g_autofree char *nearest =
    tls->matched_name == NULL ? postern_cert_name_nearest (plan, tls) : NULL;

  json_builder_set_member_name (builder, "name");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "asked");
  json_builder_begin_array (builder);
  for (guint i = 0; i < wanted->len; i++)
    add_text (builder, NULL, ((const PosternPeerName *) wanted->pdata[i])->name);
  if (wanted->len == 0)
    add_text (builder, NULL, plan->host);
  json_builder_end_array (builder);
  add_text (builder, "matched", tls->matched_name);
  add_text (builder, "nearest", nearest);
  json_builder_end_object (builder);
}

static void
add_tls (JsonBuilder *builder, PosternReport *self)
{
  const PosternTlsInfo *tls = postern_report_get_tls_info (self);

  json_builder_set_member_name (builder, "tls");
  if (tls == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  add_text (builder, "version", tls->version);
  add_text (builder, "cipher", tls->cipher);
  add_text (builder, "sni", tls->sni);
  json_builder_set_member_name (builder, "verified");
  json_builder_add_boolean_value (builder, tls->verified);
  add_verdict (builder, tls);
  add_name (builder, self, tls);
  add_revocation (builder, &tls->revocation);
  json_builder_set_member_name (builder, "chain");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tls->chain->len; i++)
    add_certificate (builder, tls->chain->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static const char *
authentication_outcome (PosternReport *self)
{
  const PosternFailure *failure = postern_report_get_failure (self);

  if (postern_report_is_authenticated (self))
    return "accepted";
  if (failure != NULL && (g_str_has_suffix (failure->code, "not-offered")))
    return "not-offered";
  if (postern_report_get_attempts (self) == 0)
    return "not-tried";
  if (failure != NULL && strcmp (failure->code, "auth.temporary") == 0)
    return "temporary";
  return failure != NULL && failure->refused && failure->reply_code / 100 != 4 ? "refused"
                                                                               : "failed";
}

static void
add_authentication (JsonBuilder *builder, PosternReport *self)
{
  PosternStep *step = postern_report_get_step (self, POSTERN_STEP_AUTHENTICATE);

  json_builder_set_member_name (builder, "authentication");
  if (postern_report_get_plan (self) == NULL ||
      (postern_step_get_state (step) == POSTERN_STATE_SKIPPED &&
       postern_report_get_attempts (self) == 0))
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  add_text (builder, "mechanism", postern_report_get_mechanism (self));
  add_int (builder, "attempts", postern_report_get_attempts (self));
  add_text (builder, "outcome", authentication_outcome (self));
  add_text (builder, "choice", postern_report_get_choice (self));
  json_builder_end_object (builder);
}

/* The steps that are drivers of Uniface, and what each tells of itself (RuntimeInfo). */
static void
add_drivers (JsonBuilder *builder, PosternReport *self)
{
  GPtrArray *uses = postern_report_get_uses (self);

  json_builder_set_member_name (builder, "drivers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < uses->len; i++)
    {
      const PosternDriverUse *use = uses->pdata[i];

      if (use->driver == NULL)
        continue;
      json_builder_begin_object (builder);
      add_text (builder, "driver", use->driver);
      json_builder_set_member_name (builder, "in_use");
      json_builder_add_boolean_value (builder, use->in_use);
      json_builder_set_member_name (builder, "items");
      json_builder_begin_object (builder);
      for (char **item = use->items; *item != NULL; item++)
        {
          const char *equals = strchr (*item, '=');
          g_autofree char *name = g_strndup (*item, (gsize) (equals - *item));

          add_text (builder, name, equals + 1);
        }
      json_builder_end_object (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_remedies (JsonBuilder *builder, PosternFinding *finding)
{
  GPtrArray *remedies = postern_finding_get_remedies (finding);

  json_builder_set_member_name (builder, "remedies");
  json_builder_begin_array (builder);
  for (guint i = 0; i < remedies->len; i++)
    {
      const PosternRemedy *remedy = remedies->pdata[i];

      json_builder_begin_object (builder);
      add_text (builder, "text", remedy->text);
      json_builder_set_member_name (builder, "change");
      if (remedy->change != NULL)
        json_builder_add_value (builder, json_gvariant_serialize (remedy->change));
      else
        json_builder_add_null_value (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* The certificate of the chain that a finding is about, and the setting that decides about it. */
static void
add_governing (JsonBuilder *builder, PosternFinding *finding)
{
  const PosternGoverning *governing = postern_finding_get_governing (finding);
  int certificate = postern_finding_get_certificate (finding);

  json_builder_set_member_name (builder, "certificate");
  if (certificate >= 0)
    json_builder_add_int_value (builder, certificate);
  else
    json_builder_add_null_value (builder);
  json_builder_set_member_name (builder, "governed_by");
  if (governing == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  add_text (builder, "option", governing->option);
  add_text (builder, "value", governing->value);
  json_builder_set_member_name (builder, "also");
  json_builder_begin_object (builder);
  if (governing->also != NULL)
    add_text (builder, governing->also, governing->also_value);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

void
postern_report_json_add_finding (JsonBuilder *builder, PosternFinding *finding)
{
  json_builder_begin_object (builder);
  add_text (builder, "code", postern_finding_get_code (finding));
  add_nick (builder, "severity", POSTERN_TYPE_SEVERITY,
            (int) postern_finding_get_severity (finding));
  add_text (builder, "title", postern_finding_get_title (finding));
  add_text (builder, "explanation", postern_finding_get_explanation (finding));
  add_evidence (builder, postern_finding_get_first_event (finding),
                postern_finding_get_last_event (finding));
  add_text (builder, "field", postern_finding_get_field (finding));
  add_int (builder, "column", postern_finding_get_column (finding));
  add_governing (builder, finding);
  add_remedies (builder, finding);
  json_builder_end_object (builder);
}

static void
add_findings (JsonBuilder *builder, PosternReport *self)
{
  GListModel *findings = postern_report_get_findings (self);

  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (findings); i++)
    {
      g_autoptr(PosternFinding) finding = g_list_model_get_item (findings, i);

      postern_report_json_add_finding (builder, finding);
    }
  json_builder_end_array (builder);
}

/* The events of a transcript, as elements of an array. */
void
postern_report_json_add_events (JsonBuilder *builder, PosternTranscript *transcript)
{
  for (guint i = 0; i < postern_transcript_get_n_events (transcript); i++)
    {
      PosternEvent *event = postern_transcript_get_event (transcript, i);

      json_builder_begin_object (builder);
      add_int (builder, "index", postern_event_get_index (event));
      json_builder_set_member_name (builder, "t_ms");
      json_builder_add_double_value (builder, milliseconds (postern_event_get_time (event)));
      add_nick (builder, "direction", POSTERN_TYPE_DIRECTION,
                (int) postern_event_get_direction (event));
      add_nick (builder, "channel", POSTERN_TYPE_CHANNEL, (int) postern_event_get_channel (event));
      add_nick (builder, "step", POSTERN_TYPE_STEP_ID, (int) postern_event_get_step (event));
      add_text (builder, "text", postern_event_get_text (event));
      json_builder_end_object (builder);
    }
}

/* The report as one object of a larger document. */
void
postern_report_add_json (PosternReport *self, JsonBuilder *builder)
{
  PosternAccount *account = postern_report_get_account (self);
  PosternPlan *plan = postern_report_get_plan (self);

  json_builder_begin_object (builder);
  add_text (builder, "schema", "postern-report/1");
  add_text (builder, "postern", PACKAGE_VERSION);
  add_time (builder, "started", postern_report_get_started (self));
  add_int (builder, "duration_ms", postern_report_get_duration (self) / 1000);
  add_nick (builder, "system", POSTERN_TYPE_SYSTEM, (int) postern_account_get_system (account));
  add_nick (builder, "protocol", POSTERN_TYPE_PROTOCOL,
            (int) (plan != NULL ? plan->protocol : postern_account_get_protocol (account)));
  add_settings (builder, self);
  add_nick (builder, "outcome", POSTERN_TYPE_OUTCOME, (int) postern_report_get_outcome (self));
  add_int (builder, "exit_status", postern_report_get_exit_status (self));
  add_native (builder, self);
  add_steps (builder, self);
  add_addresses (builder, self);
  json_builder_set_member_name (builder, "capabilities");
  json_builder_begin_object (builder);
  add_words (builder, "clear", postern_report_get_clear_capabilities (self));
  add_words (builder, "tls", postern_report_get_tls_capabilities (self));
  json_builder_end_object (builder);
  add_tls (builder, self);
  add_authentication (builder, self);
  add_drivers (builder, self);
  add_findings (builder, self);
  json_builder_set_member_name (builder, "transcript");
  json_builder_begin_array (builder);
  postern_report_json_add_events (builder, postern_report_get_transcript (self));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/**
 * postern_report_to_json:
 * @self: a report of a run that has ended
 *
 * Writes the report of spec/cli.md ("postern-report/1"): every key is there, lists that do not
 * apply are empty, objects that do not apply are null. `field` and `column` of a finding say
 * which setting it is about.
 *
 * Returns: (transfer full): indented JSON that ends with a newline
 */
char *
postern_report_to_json (PosternReport *self)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *json = NULL;

  g_return_val_if_fail (POSTERN_IS_REPORT (self), NULL);

  postern_report_add_json (self, builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, TRUE);
  return g_strconcat (json, "\n", NULL);
}
