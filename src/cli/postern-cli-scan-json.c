/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-scan.h"

#include "postern-enum-types.h"
#include "model/postern-finding.h"
#include "scan/postern-hello.h"
#include "scan/postern-scan-settings.h"
#include "scan/postern-scan-staple.h"
#include "scan/postern-scan-weakness.h"
#include "scan/postern-tls-numbers.h"

#include <json-glib/json-glib.h>

#define SCHEMA "postern-scan/1"

typedef const char *(*NameFunc) (guint16 number);

static void
add_text (JsonBuilder *json, const char *key, const char *value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_string_value (json, value); /* NULL: null */
}

static void
add_flag (JsonBuilder *json, const char *key, gboolean value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_boolean_value (json, value);
}

static void
add_number (JsonBuilder *json, const char *key, gint64 value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_int_value (json, value);
}

/* What is not known is null. */
static void
add_answer (JsonBuilder *json, const char *key, PosternScanAnswer answer)
{
  json_builder_set_member_name (json, key);
  if (answer == POSTERN_SCAN_UNKNOWN)
    json_builder_add_null_value (json);
  else
    json_builder_add_boolean_value (json, answer == POSTERN_SCAN_YES);
}

static void
add_date (JsonBuilder *json, const char *key, GDateTime *date)
{
  g_autofree char *text = date != NULL ? g_date_time_format_iso8601 (date) : NULL;

  add_text (json, key, text);
}

static void
begin_list (JsonBuilder *json, const char *key)
{
  json_builder_set_member_name (json, key);
  json_builder_begin_array (json);
}

static void
add_list (JsonBuilder *json, const char *key, const GArray *list, NameFunc name)
{
  begin_list (json, key);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      guint16 number = g_array_index (list, guint16, i);
      const char *known = name (number);
      g_autofree char *unknown = g_strdup_printf ("0x%04X", number);

      json_builder_begin_object (json);
      add_number (json, "number", number);
      add_text (json, "name", known != NULL ? known : unknown);
      if (name == postern_tls_suite_name)
        {
          add_text (json, "weakness", postern_scan_suite_weakness (number));
          add_flag (json, "forward_secrecy", postern_scan_suite_keeps_secrets (number));
        }
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_version (JsonBuilder *json, const PosternScanVersion *version)
{
  static const char *const orders[] = { "unknown", "server", "client" };
  g_autofree char *alpn = g_utf8_make_valid (version->alpn, -1);

  json_builder_begin_object (json);
  add_text (json, "version", postern_tls_version_name (version->version));
  add_flag (json, "looked", version->looked);
  add_flag (json, "spoken", version->spoken);
  add_flag (json, "complete", version->complete);
  add_text (json, "order", orders[version->order]);
  add_list (json, "suites", version->suites, postern_tls_suite_name);
  add_list (json, "groups", version->groups, postern_tls_group_name);
  add_list (json, "signatures", version->signatures, postern_tls_signature_name);
  add_number (json, "dh_bits", version->dh_bits);
  add_text (json, "alpn", alpn[0] != '\0' ? alpn : NULL);
  add_flag (json, "secure_renegotiation", version->renegotiation);
  add_flag (json, "extended_master_secret", version->extended_master_secret);
  add_flag (json, "heartbeat", version->heartbeat);
  add_answer (json, "handshake", version->finished);
  add_answer (json, "ocsp_stapled", version->stapled);
  add_answer (json, "resumes_session_id", version->resumes_id);
  add_answer (json, "resumes_ticket", version->resumes_ticket);
  json_builder_end_object (json);
}

static void
add_certificate (JsonBuilder *json, PosternCertificate *certificate)
{
  json_builder_begin_object (json);
  add_text (json, "subject", postern_certificate_get_subject (certificate));
  add_text (json, "issuer", postern_certificate_get_issuer (certificate));
  add_text (json, "serial", postern_certificate_get_serial (certificate));
  add_date (json, "not_before", postern_certificate_get_not_before (certificate));
  add_date (json, "not_after", postern_certificate_get_not_after (certificate));
  add_text (json, "key", postern_certificate_get_key (certificate));
  add_text (json, "signature", postern_certificate_get_signature (certificate));
  add_text (json, "sha256", postern_certificate_get_sha256 (certificate));
  add_text (json, "pem", postern_certificate_get_pem (certificate));
  json_builder_end_object (json);
}

static void
add_chain (JsonBuilder *json, const PosternScanChain *chain)
{
  g_autofree char *reason = NULL;
  PosternStapleState state =
    postern_scan_staple_judge (chain, g_get_real_time () / G_USEC_PER_SEC, &reason);

  json_builder_begin_object (json);
  add_text (json, "version", postern_tls_version_name (chain->version));
  begin_list (json, "certificates");
  for (guint i = 0; i < chain->certificates->len; i++)
    add_certificate (json, g_ptr_array_index (chain->certificates, i));
  json_builder_end_array (json);
  json_builder_set_member_name (json, "ocsp");
  if (chain->staple == NULL)
    json_builder_add_null_value (json);
  else
    {
      json_builder_begin_object (json);
      add_text (json, "status", postern_enum_to_nick (POSTERN_TYPE_STAPLE_STATE, (int) state));
      add_text (json, "reason", reason);
      add_date (json, "this_update", chain->staple->this_update);
      add_date (json, "next_update", chain->staple->next_update);
      json_builder_end_object (json);
    }
  json_builder_end_object (json);
}

static void
add_result (JsonBuilder *json, const PosternScanResult *result)
{
  add_text (json, "address", result->address);
  add_number (json, "connections", result->n_connections);
  add_flag (json, "limited", result->limited);
  add_flag (json, "timed_out", result->timed_out);
  add_flag (json, "cancelled", result->cancelled);
  begin_list (json, "versions");
  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    add_version (json, &result->versions[i - 1]);
  json_builder_end_array (json);
  begin_list (json, "chains");
  for (guint i = 0; i < result->chains->len; i++)
    add_chain (json, g_ptr_array_index (result->chains, i));
  json_builder_end_array (json);
  add_answer (json, "server_name_matters", result->name_matters);
  add_answer (json, "client_certificate_asked", result->certificate_asked);
  add_answer (json, "client_certificate_required", result->certificate_required);
  begin_list (json, "troubles");
  for (guint i = 0; i < result->troubles->len; i++)
    json_builder_add_string_value (json, g_ptr_array_index (result->troubles, i));
  json_builder_end_array (json);
}

/* The server was not reached: the keys are the same, and nothing is known. */
static void
add_nothing (JsonBuilder *json, int status)
{
  g_autoptr(PosternScanResult) nothing = postern_scan_result_new ();

  nothing->timed_out = status == 19;
  nothing->cancelled = status == 130;
  add_result (json, nothing);
}

static void
add_weaknesses (JsonBuilder *json, GPtrArray *weaknesses)
{
  begin_list (json, "findings");
  for (guint i = 0; i < weaknesses->len; i++)
    {
      PosternFinding *finding = g_ptr_array_index (weaknesses, i);

      json_builder_begin_object (json);
      add_text (json, "code", postern_finding_get_code (finding));
      add_text (
        json, "severity",
        postern_enum_to_nick (POSTERN_TYPE_SEVERITY, postern_finding_get_severity (finding)));
      add_text (json, "title", postern_finding_get_title (finding));
      add_text (json, "explanation", postern_finding_get_explanation (finding));
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_settings (JsonBuilder *json, GPtrArray *settings)
{
  static const char *const verdicts[] = { "holds", "warning", "fails", "unknown" };

  json_builder_set_member_name (json, "settings");
  if (settings == NULL)
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_array (json);
  for (guint i = 0; i < settings->len; i++)
    {
      const PosternScanSetting *setting = g_ptr_array_index (settings, i);

      json_builder_begin_object (json);
      add_text (json, "option", setting->option);
      add_text (json, "value", setting->value);
      add_text (json, "verdict", verdicts[setting->verdict]);
      add_text (json, "code", setting->code);
      add_text (json, "text", setting->text);
      if (setting->common != NULL)
        {
          add_list (json, "common", setting->common, postern_tls_suite_name);
          add_list (json, "missing", setting->missing, postern_tls_suite_name);
        }
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

/**
 * postern_cli_scan_to_json:
 *
 * Returns: (transfer full): the scan for other programs
 */
char *
postern_cli_scan_to_json (const PosternCliScan *scan)
{
  g_autoptr(JsonBuilder) json = json_builder_new ();
  g_autoptr(JsonGenerator) generator = json_generator_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (json);
  add_text (json, "schema", SCHEMA);
  add_text (json, "postern", PACKAGE_VERSION);
  add_number (json, "exit_status", scan->status);
  add_text (json, "host", scan->request->host);
  add_number (json, "port", scan->request->port);
  add_text (json, "protocol",
            postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, (int) scan->request->protocol));
  add_flag (json, "starttls", scan->request->starttls);
  add_number (json, "duration_ms", (gint64) (scan->seconds * 1000));
  add_text (json, "error", scan->error);
  if (scan->result != NULL)
    add_result (json, scan->result);
  else
    add_nothing (json, scan->status);
  add_weaknesses (json, scan->weaknesses);
  add_settings (json, scan->settings);
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, NULL);
  return g_strconcat (text, "\n", NULL);
}
