/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-report.h"

#include <string.h>

/* Types: s string, b Boolean, i whole number, n number, a list, o object; a capital letter allows
 * null. A list's elements have the type of @element, 0 where they are looked at elsewhere. */
typedef struct
{
  const char *key;
  char type;
  char element;
} Key;

static const char *const clear_ladder[CLI_N_STEPS + 1] = {
  "settings",    "resolve",          "connect",      "greeting", "capabilities", "starttls", "tls",
  "certificate", "capabilities-tls", "authenticate", "usable",   "sender",       "logoff",   NULL,
};

static const char *const implicit_ladder[CLI_N_STEPS + 1] = {
  "settings",     "resolve",  "connect",          "tls",          "certificate", "greeting",
  "capabilities", "starttls", "capabilities-tls", "authenticate", "usable",      "sender",
  "logoff",       NULL,
};

static const char *const states[] = {
  "passed", "warning", "failed", "not-reached", "skipped", NULL,
};

static gboolean
has_type (JsonNode *node, char type)
{
  GType value = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (g_ascii_isupper (type) && JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  switch (g_ascii_tolower (type))
    {
    case 's':
      return value == G_TYPE_STRING;
    case 'b':
      return value == G_TYPE_BOOLEAN;
    case 'i':
      return value == G_TYPE_INT64;
    case 'n':
      return value == G_TYPE_INT64 || value == G_TYPE_DOUBLE;
    case 'a':
      return JSON_NODE_HOLDS_ARRAY (node);
    case 'o':
      return JSON_NODE_HOLDS_OBJECT (node);
    default:
      g_assert_not_reached ();
    }
}

static void
check_keys (const char *where, JsonObject *object, const Key *keys)
{
  for (; keys->key != NULL; keys++)
    {
      JsonNode *node = json_object_get_member (object, keys->key);

      if (node == NULL)
        g_error ("%s: the key “%s” is missing", where, keys->key);
      if (!has_type (node, keys->type))
        g_error ("%s: “%s” has the wrong type (wanted %c)", where, keys->key, keys->type);
      if (keys->element == 0)
        continue;
      for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
        if (!has_type (json_array_get_element (json_node_get_array (node), i), keys->element))
          g_error ("%s: “%s” has an element of the wrong type (wanted %c)", where, keys->key,
                   keys->element);
    }
}

static void
check_word (const char *where, JsonObject *object, const char *key, const char *const *words)
{
  const char *word = json_object_get_string_member (object, key);

  if (!g_strv_contains (words, word))
    g_error ("%s: “%s” is no word for “%s”", where, word, key);
}

static void
check_strings (const char *where, JsonObject *object)
{
  g_autoptr(GList) values = json_object_get_values (object);

  for (GList *l = values; l != NULL; l = l->next)
    if (!has_type (l->data, 's'))
      g_error ("%s: holds what is not a string", where);
}

static void
check_time (const char *where, const char *text)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  if (time == NULL)
    g_error ("%s: “%s” is not a time of RFC 3339", where, text);
}

/* [] or [first, last]. */
static void
check_evidence (const char *where, JsonObject *object, guint n_events)
{
  JsonArray *evidence = json_object_get_array_member (object, "evidence");
  gint64 first, last;

  if (json_array_get_length (evidence) == 0)
    return;
  g_assert_cmpuint (json_array_get_length (evidence), ==, 2);
  first = json_array_get_int_element (evidence, 0);
  last = json_array_get_int_element (evidence, 1);
  if (first < 0 || last < first || last >= (gint64) n_events)
    g_error ("%s: evidence [%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "] of %u events", where, first,
             last, n_events);
}

static void
check_settings (JsonObject *report)
{
  static const Key keys[] = {
    { "connection", 's', 0 },  { "host", 'S', 0 },    { "port", 'I', 0 },
    { "tls", 'S', 0 },         { "user", 's', 0 },    { "mechanisms", 'a', 's' },
    { "tls_options", 'o', 0 }, { "sources", 'o', 0 }, { NULL },
  };
  JsonObject *settings = json_object_get_object_member (report, "settings");

  check_keys ("settings", settings, keys);
  check_strings ("settings.tls_options", json_object_get_object_member (settings, "tls_options"));
  check_strings ("settings.sources", json_object_get_object_member (settings, "sources"));
}

static void
check_steps (JsonObject *report, guint n_events)
{
  static const Key keys[] = {
    { "id", 's', 0 },
    { "state", 's', 0 },
    { "start_ms", 'n', 0 },
    { "duration_ms", 'n', 0 },
    { "summary", 's', 0 },
    { "evidence", 'a', 'i' },
    { NULL },
  };
  JsonArray *steps = json_object_get_array_member (report, "steps");
  JsonObject *settings = json_object_get_object_member (report, "settings");
  gboolean implicit = !json_object_get_null_member (settings, "tls") &&
                      g_str_equal (json_object_get_string_member (settings, "tls"), "implicit");
  const char *const *ladder = cli_report_ladder (implicit);

  g_assert_cmpuint (json_array_get_length (steps), ==, CLI_N_STEPS);
  for (guint i = 0; i < CLI_N_STEPS; i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);

      check_keys ("step", step, keys);
      g_assert_cmpstr (json_object_get_string_member (step, "id"), ==, ladder[i]);
      check_word (ladder[i], step, "state", states);
      check_evidence (ladder[i], step, n_events);
      g_assert_cmpfloat (json_object_get_double_member (step, "start_ms"), >=, 0);
      g_assert_cmpfloat (json_object_get_double_member (step, "duration_ms"), >=, 0);
    }
}

/* Once something failed, nothing further was reached. */
static void
check_order (JsonObject *report)
{
  JsonArray *steps = json_object_get_array_member (report, "steps");
  gboolean failed = FALSE;

  for (guint i = 0; i < CLI_N_STEPS; i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);
      const char *state = json_object_get_string_member (step, "state");

      if (failed && !g_str_equal (state, "not-reached") && !g_str_equal (state, "skipped"))
        g_error ("“%s” is “%s” after a failed step", json_object_get_string_member (step, "id"),
                 state);
      failed |= g_str_equal (state, "failed");
    }
}

static void
check_addresses (JsonObject *report)
{
  static const char *const words[] = {
    "connected", "refused", "timeout", "unreachable", "not-tried", NULL,
  };
  static const Key keys[] = {
    { "address", 's', 0 },     { "port", 'i', 0 }, { "state", 's', 0 },
    { "duration_ms", 'n', 0 }, { NULL },
  };
  JsonArray *addresses = json_object_get_array_member (report, "addresses");

  for (guint i = 0; i < json_array_get_length (addresses); i++)
    {
      JsonObject *address = json_array_get_object_element (addresses, i);

      check_keys ("address", address, keys);
      check_word ("address", address, "state", words);
    }
}

static void
check_tls (JsonObject *report)
{
  static const Key keys[] = {
    { "version", 'S', 0 },
    { "cipher", 'S', 0 },
    { "verified", 'b', 0 },
    { "verdict", 'o', 0 },
    { "name", 'o', 0 },
    { "chain", 'a', 'o' },
    { NULL },
  };
  static const Key certificate_keys[] = {
    { "subject", 's', 0 },
    { "issuer", 's', 0 },
    { "serial", 's', 0 },
    { "not_before", 's', 0 },
    { "not_after", 's', 0 },
    { "dns_names", 'a', 's' },
    { "ip_addresses", 'a', 's' },
    { "key", 's', 0 },
    { "signature", 's', 0 },
    { "sha256", 's', 0 },
    { "spki_sha256", 's', 0 },
    { "pem", 's', 0 },
    { NULL },
  };
  JsonObject *tls;
  JsonArray *chain;

  if (json_object_get_null_member (report, "tls"))
    return;
  tls = json_object_get_object_member (report, "tls");
  check_keys ("tls", tls, keys);
  chain = json_object_get_array_member (tls, "chain");
  for (guint i = 0; i < json_array_get_length (chain); i++)
    {
      JsonObject *certificate = json_array_get_object_element (chain, i);

      check_keys ("certificate", certificate, certificate_keys);
      check_time ("not_before", json_object_get_string_member (certificate, "not_before"));
      check_time ("not_after", json_object_get_string_member (certificate, "not_after"));
      g_assert_true (g_str_has_prefix (json_object_get_string_member (certificate, "pem"),
                                       "-----BEGIN CERTIFICATE-----"));
    }
}

static void
check_findings (JsonObject *report, guint n_events)
{
  static const char *const words[] = { "error", "warning", "info", NULL };
  static const Key keys[] = {
    { "code", 's', 0 },        { "severity", 's', 0 },   { "title", 's', 0 },
    { "explanation", 's', 0 }, { "evidence", 'a', 'i' }, { "certificate", 'I', 0 },
    { "governed_by", 'O', 0 }, { "remedies", 'a', 'o' }, { NULL },
  };
  static const Key remedy_keys[] = { { "text", 's', 0 }, { "change", 'O', 0 }, { NULL } };
  JsonArray *findings = json_object_get_array_member (report, "findings");

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);
      const char *code = json_object_get_string_member (finding, "code");
      JsonArray *remedies;

      check_keys ("finding", finding, keys);
      check_word (code, finding, "severity", words);
      check_evidence (code, finding, n_events);
      g_assert_true (g_regex_match_simple ("^[a-z0-9]+\\.[a-z0-9-]+$", code, 0, 0));
      g_assert_cmpstr (json_object_get_string_member (finding, "title"), !=, "");
      if (*json_object_get_string_member (finding, "explanation") == '\0')
        g_error ("%s: there is no explanation", code);
      remedies = json_object_get_array_member (finding, "remedies");
      for (guint j = 0; j < json_array_get_length (remedies); j++)
        {
          JsonObject *remedy = json_array_get_object_element (remedies, j);

          check_keys (code, remedy, remedy_keys);
          g_assert_cmpstr (json_object_get_string_member (remedy, "text"), !=, "");
        }
    }
}

static void
check_transcript (JsonObject *report)
{
  static const char *const directions[] = { "client", "server", "note", NULL };
  static const char *const channels[] = { "clear", "tls", NULL };
  static const Key keys[] = {
    { "index", 'i', 0 },
    { "t_ms", 'n', 0 },
    { "direction", 's', 0 },
    { "channel", 's', 0 },
    { "step", 's', 0 },
    { "text", 's', 0 },
    { NULL },
  };
  JsonArray *transcript = json_object_get_array_member (report, "transcript");
  double before = 0;

  for (guint i = 0; i < json_array_get_length (transcript); i++)
    {
      JsonObject *event = json_array_get_object_element (transcript, i);

      check_keys ("event", event, keys);
      g_assert_cmpint (json_object_get_int_member (event, "index"), ==, i);
      g_assert_cmpfloat (json_object_get_double_member (event, "t_ms"), >=, before);
      before = json_object_get_double_member (event, "t_ms");
      check_word ("event", event, "direction", directions);
      check_word ("event", event, "channel", channels);
      check_word ("event", event, "step", clear_ladder);
    }
}

static void
check_outcome (JsonNode *node, JsonObject *report, const CliResult *result)
{
  static const char *const outcomes[] = { "passed", "failed", "cancelled", NULL };
  const char *outcome = json_object_get_string_member (report, "outcome");
  JsonArray *findings = json_object_get_array_member (report, "findings");
  gint64 status = json_object_get_int_member (report, "exit_status");
  gboolean step_failed = FALSE;
  const char *severity = "";

  check_word ("report", report, "outcome", outcomes);
  if (result != NULL)
    g_assert_cmpint (status, ==, result->status);
  for (gsize i = 0; i < CLI_N_STEPS; i++)
    step_failed |= g_str_equal (cli_report_step_state (node, clear_ladder[i]), "failed");
  if (json_array_get_length (findings) > 0)
    severity =
      json_object_get_string_member (json_array_get_object_element (findings, 0), "severity");

  if (g_str_equal (outcome, "passed"))
    {
      g_assert_cmpint (status, ==, 0);
      g_assert_cmpstr (severity, !=, "error");
      g_assert_false (step_failed);
    }
  else if (g_str_equal (outcome, "cancelled"))
    g_assert_cmpint (status, ==, 130);
  else
    {
      g_assert_cmpint (status, !=, 0);
      g_assert_cmpint (status, !=, 130);
      g_assert_cmpstr (severity, ==, "error");
      g_assert_true (step_failed);
    }
}

static void
check_report (JsonNode *node, const CliResult *result)
{
  static const Key keys[] = {
    { "schema", 's', 0 },
    { "postern", 's', 0 },
    { "started", 's', 0 },
    { "duration_ms", 'n', 0 },
    { "system", 's', 0 },
    { "protocol", 's', 0 },
    { "settings", 'o', 0 },
    { "outcome", 's', 0 },
    { "exit_status", 'i', 0 },
    { "native", 'O', 0 },
    { "steps", 'a', 'o' },
    { "addresses", 'a', 'o' },
    { "capabilities", 'o', 0 },
    { "tls", 'O', 0 },
    { "authentication", 'O', 0 },
    { "drivers", 'a', 'o' },
    { "findings", 'a', 'o' },
    { "transcript", 'a', 'o' },
    { NULL },
  };
  static const Key native_keys[] = {
    { "call", 's', 0 },
    { "result", 'i', 0 },
    { "text", 's', 0 },
    { NULL },
  };
  static const Key capability_keys[] = { { "clear", 'a', 's' }, { "tls", 'a', 's' }, { NULL } };
  static const Key authentication_keys[] = {
    { "mechanism", 'S', 0 },
    { "attempts", 'i', 0 },
    { "outcome", 's', 0 },
    { NULL },
  };
  static const char *const systems[] = { "generic", "uniface", NULL };
  static const char *const protocols[] = { "smtp", "pop3", "imap", NULL };
  JsonObject *report = json_node_get_object (node);
  guint n_events;

  check_keys ("report", report, keys);
  g_assert_cmpstr (json_object_get_string_member (report, "schema"), ==, "postern-report/1");
  check_time ("started", json_object_get_string_member (report, "started"));
  check_word ("report", report, "system", systems);
  check_word ("report", report, "protocol", protocols);
  n_events = json_array_get_length (json_object_get_array_member (report, "transcript"));

  check_settings (report);
  if (!json_object_get_null_member (report, "native"))
    check_keys ("native", json_object_get_object_member (report, "native"), native_keys);
  check_steps (report, n_events);
  check_order (report);
  check_addresses (report);
  check_keys ("capabilities", json_object_get_object_member (report, "capabilities"),
              capability_keys);
  check_tls (report);
  if (!json_object_get_null_member (report, "authentication"))
    check_keys ("authentication", json_object_get_object_member (report, "authentication"),
                authentication_keys);
  check_findings (report, n_events);
  check_transcript (report);
  check_outcome (node, report, result);
}

JsonNode *
cli_report_parse (const char *text, const CliResult *result)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  g_autoptr(GError) error = NULL;
  JsonNode *root;

  if (!g_utf8_validate (text, -1, NULL))
    g_error ("The report is not UTF-8");
  if (!json_parser_load_from_data (parser, text, -1, &error))
    g_error ("The report is not JSON: %s\n--- standard output\n%s\n--- standard error\n%s",
             error->message, text, result != NULL ? result->err : "");
  root = json_parser_steal_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    g_error (
      "There is no report (exit status %d, signal %d)\n--- standard output\n%s\n--- standard "
      "error\n%s",
      result != NULL ? result->status : 0, result != NULL ? result->signal : 0, text,
      result != NULL ? result->err : "");
  check_report (root, result);
  return root;
}

const char *
cli_report_get_string (JsonNode *report, const char *object, const char *key)
{
  JsonObject *place = json_node_get_object (report);

  if (object != NULL)
    {
      if (json_object_get_null_member (place, object))
        return NULL;
      place = json_object_get_object_member (place, object);
    }
  if (json_object_get_null_member (place, key))
    return NULL;
  return json_object_get_string_member (place, key);
}

static JsonArray *
get_findings (JsonNode *report)
{
  return json_object_get_array_member (json_node_get_object (report), "findings");
}

const char *
cli_report_first_code (JsonNode *report)
{
  JsonArray *findings = get_findings (report);

  return json_array_get_length (findings) > 0
           ? json_object_get_string_member (json_array_get_object_element (findings, 0), "code")
           : NULL;
}

gboolean
cli_report_has_code (JsonNode *report, const char *code)
{
  JsonArray *findings = get_findings (report);

  for (guint i = 0; i < json_array_get_length (findings); i++)
    if (g_str_equal (
          json_object_get_string_member (json_array_get_object_element (findings, i), "code"),
          code))
      return TRUE;
  return FALSE;
}

static JsonObject *
get_step (JsonNode *report, const char *step)
{
  JsonArray *steps = json_object_get_array_member (json_node_get_object (report), "steps");

  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      JsonObject *object = json_array_get_object_element (steps, i);

      if (g_str_equal (json_object_get_string_member (object, "id"), step))
        return object;
    }
  g_error ("There is no step “%s”", step);
}

const char *
cli_report_step_state (JsonNode *report, const char *step)
{
  return json_object_get_string_member (get_step (report, step), "state");
}

double
cli_report_step_end (JsonNode *report, const char *step)
{
  JsonObject *object = get_step (report, step);

  return json_object_get_double_member (object, "start_ms") +
         json_object_get_double_member (object, "duration_ms");
}

double
cli_report_step_duration (JsonNode *report, const char *step)
{
  return json_object_get_double_member (get_step (report, step), "duration_ms");
}

JsonArray *
cli_report_transcript (JsonNode *report)
{
  return json_object_get_array_member (json_node_get_object (report), "transcript");
}

const char *const *
cli_report_ladder (gboolean implicit)
{
  return implicit ? implicit_ladder : clear_ladder;
}
