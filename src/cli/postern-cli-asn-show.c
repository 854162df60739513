/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-asn.h"

#include "postern-enum-types.h"
#include "runtime/postern-asn-profile.h"
#include "runtime/postern-runtime.h"
#include "runtime/postern-tls-options.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

static const char *
severity_word (PosternFinding *finding)
{
  return postern_enum_to_nick (POSTERN_TYPE_SEVERITY, (int) postern_finding_get_severity (finding));
}

static gboolean
has_error (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      if (postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_ERROR)
        return TRUE;
    }

  return FALSE;
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_number (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
print_json (JsonBuilder *builder)
{
  g_autoptr(JsonGenerator) generator = json_generator_new ();
  JsonNode *root = json_builder_get_root (builder);
  g_autofree char *text = NULL;

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  g_print ("%s\n", text);
  json_node_unref (root);
}

/* The file that was named is called as it was; an included one by its whole path. */
static const char *
file_name (const PosternCliAsn *o, PosternAsn *asn, PosternFinding *finding)
{
  const char *file = postern_finding_get_file (finding);

  return file == NULL || strcmp (file, postern_asn_get_path (asn)) == 0 ? o->rest[1] : file;
}

static void
print_finding (const PosternCliAsn *o, PosternAsn *asn, PosternFinding *finding)
{
  g_autofree char *text =
    g_strdelimit (g_strdup (postern_finding_get_explanation (finding)), "\r\n", ' ');

  if (asn != NULL && postern_finding_get_file (finding) != NULL)
    g_print ("%s:%u:%u: ", file_name (o, asn, finding), postern_finding_get_line (finding),
             MAX (postern_finding_get_column (finding), 1));
  g_print ("%s: %s: %s\n", severity_word (finding), postern_finding_get_code (finding), text);
}

static void
add_findings (JsonBuilder *builder, const PosternCliAsn *o, PosternAsn *asn, GPtrArray *findings)
{
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < findings->len; i++)
    {
      PosternFinding *finding = findings->pdata[i];
      GPtrArray *remedies = postern_finding_get_remedies (finding);

      json_builder_begin_object (builder);
      if (asn != NULL)
        {
          add_string (builder, "file", file_name (o, asn, finding));
          add_number (builder, "line", postern_finding_get_line (finding));
          add_number (builder, "column", MAX (postern_finding_get_column (finding), 1));
        }
      add_string (builder, "code", postern_finding_get_code (finding));
      add_string (builder, "severity", severity_word (finding));
      add_string (builder, "title", postern_finding_get_title (finding));
      add_string (builder, "explanation", postern_finding_get_explanation (finding));
      json_builder_set_member_name (builder, "remedies");
      json_builder_begin_array (builder);
      for (guint k = 0; k < remedies->len; k++)
        {
          json_builder_begin_object (builder);
          add_string (builder, "text", ((PosternRemedy *) remedies->pdata[k])->text);
          json_builder_end_object (builder);
        }
      json_builder_end_array (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

int
postern_cli_asn_check (const PosternCliAsn *o)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternAsn) asn = postern_asn_check (o->rest[1], NULL, o->usys, &error);
  GPtrArray *findings;

  if (asn == NULL)
    return postern_cli_asn_fail (error->message);

  findings = postern_asn_get_findings (asn);
  if (o->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      add_string (builder, "schema", "postern-asn-check/1");
      add_string (builder, "file", o->rest[1]);
      add_string (builder, "path", postern_asn_get_path (asn));
      add_findings (builder, o, asn, findings);
      json_builder_end_object (builder);
      print_json (builder);
    }
  else
    for (guint i = 0; i < findings->len; i++)
      print_finding (o, asn, findings->pdata[i]);

  return has_error (findings) ? 1 : 0;
}

/* USYS$TLS_PARAMS and the profiles. */
static GPtrArray *
list_profiles (PosternAsn *asn)
{
  GPtrArray *profiles = postern_asn_list_settings (asn, "NET_SETTINGS");
  const PosternAsnSetting *setting = postern_asn_lookup (asn, "DRIVER_SETTINGS", "USYS$TLS_PARAMS");

  if (setting != NULL)
    g_ptr_array_insert (profiles, 0, (gpointer) setting);

  return profiles;
}

/* "mail.asn:12", and what it overrides in the global file. */
static char *
describe_place (const PosternAsnSetting *setting)
{
  if (setting->overrides == NULL)
    return postern_asn_setting_dup_place (setting);

  /* Translators: both are places, such as mail.asn:12. */
  return g_strdup_printf (_ ("%s:%u, overrides %s"), setting->file, setting->line,
                          setting->overrides);
}

static void
print_profile (PosternAsn *asn, const PosternAsnSetting *setting, const char *usys)
{
  g_autofree char *place = describe_place (setting);
  g_autoptr(GPtrArray) refused = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GPtrArray) options = postern_asn_list_options (asn, setting, usys, refused);

  g_print ("%s  (%s)\n", setting->name, place);
  if (setting->written != NULL)
    {
      g_autofree char *written = postern_tls_options_hide_secrets (setting->written);

      g_print ("  %s %s\n", _ ("written:"), written);
    }
  if (setting->fault != NULL)
    g_print ("  %s: %s\n", _ ("not evaluated"), setting->fault);
  else if (setting->encrypted)
    g_print ("  %s\n", _ ("encrypted: not read"));
  for (guint i = 0; i < options->len; i++)
    {
      const PosternAsnOption *option = options->pdata[i];

      g_print ("  %-20s %s", option->name, option->effective);
      if (option->value == NULL)
        g_print ("  (%s)", _ ("default"));
      else if (strcmp (option->value, option->effective) != 0)
        g_print ("  (%s)", option->value);
      if (option->path != NULL)
        g_print ("  → %s%s", option->path, option->missing ? _ (", which is missing") : "");
      g_print ("\n");
    }
  for (guint i = 0; i < refused->len; i++)
    if (postern_finding_get_severity (refused->pdata[i]) == POSTERN_SEVERITY_ERROR)
      g_print ("  %s %s\n", _ ("refused:"), postern_finding_get_explanation (refused->pdata[i]));
}

static void
print_others (PosternAsn *asn, const char *section)
{
  g_autoptr(GPtrArray) settings = postern_asn_list_settings (asn, section);

  if (settings->len > 0)
    g_print ("[%s]\n", section);
  for (guint i = 0; i < settings->len; i++)
    {
      const PosternAsnSetting *setting = settings->pdata[i];

      g_autofree char *place = describe_place (setting);

      if (setting->written != NULL && setting->fault == NULL)
        g_print ("  %-20s %s\n", setting->name, setting->written);
      g_print ("  %-20s %s  (%s)\n",
               setting->written == NULL || setting->fault != NULL ? setting->name : "",
               setting->encrypted ? _ ("encrypted") : setting->value, place);
    }
}

static void
add_profile (JsonBuilder *builder,
             PosternAsn *asn,
             const PosternAsnSetting *setting,
             const char *usys)
{
  g_autoptr(GPtrArray) refused = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GPtrArray) options = postern_asn_list_options (asn, setting, usys, refused);
  g_autofree char *source = postern_asn_setting_dup_place (setting);
  g_autofree char *written =
    setting->written != NULL ? postern_tls_options_hide_secrets (setting->written) : NULL;

  json_builder_begin_object (builder);
  add_string (builder, "name", setting->name);
  add_string (builder, "source", source);
  add_string (builder, "overrides", setting->overrides);
  add_string (builder, "written", written);
  add_string (builder, "fault", setting->fault);
  json_builder_set_member_name (builder, "readable");
  json_builder_add_boolean_value (builder, !setting->encrypted && !setting->expression);
  json_builder_set_member_name (builder, "options");
  json_builder_begin_array (builder);
  for (guint i = 0; i < options->len; i++)
    {
      const PosternAsnOption *option = options->pdata[i];

      json_builder_begin_object (builder);
      add_string (builder, "name", option->name);
      add_string (builder, "value", option->value);
      add_string (builder, "effective", option->effective);
      add_string (builder, "source", option->source);
      add_string (builder, "path", option->path);
      json_builder_set_member_name (builder, "missing");
      json_builder_add_boolean_value (builder, option->missing);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "refused");
  json_builder_begin_array (builder);
  for (guint i = 0; i < refused->len; i++)
    if (postern_finding_get_severity (refused->pdata[i]) == POSTERN_SEVERITY_ERROR)
      json_builder_add_string_value (builder, postern_finding_get_explanation (refused->pdata[i]));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_drivers (JsonBuilder *builder, PosternAsn *asn)
{
  g_autoptr(GPtrArray) drivers = postern_asn_list_settings (asn, "USER_3GL");

  json_builder_set_member_name (builder, "drivers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < drivers->len; i++)
    {
      const PosternAsnSetting *driver = drivers->pdata[i];
      g_autofree char *source = postern_asn_setting_dup_place (driver);

      json_builder_begin_object (builder);
      add_string (builder, "name", driver->name);
      add_string (builder, "library", driver->value);
      add_string (builder, "source", source);
      add_string (builder, "overrides", driver->overrides);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

int
postern_cli_asn_list (const PosternCliAsn *o)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternAsn) asn = postern_asn_load (o->rest[1], o->usys, &error);
  g_autoptr(GPtrArray) profiles = NULL;

  if (asn == NULL)
    return postern_cli_asn_fail (error->message);

  profiles = list_profiles (asn);
  if (o->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      add_string (builder, "schema", "postern-asn-list/1");
      add_string (builder, "file", o->rest[1]);
      add_string (builder, "path", postern_asn_get_path (asn));
      add_string (builder, "global_path", postern_asn_get_global_path (asn));
      json_builder_set_member_name (builder, "profiles");
      json_builder_begin_array (builder);
      for (guint i = 0; i < profiles->len; i++)
        add_profile (builder, asn, profiles->pdata[i], o->usys);
      json_builder_end_array (builder);
      add_drivers (builder, asn);
      json_builder_end_object (builder);
      print_json (builder);
      return 0;
    }

  for (guint i = 0; i < profiles->len; i++)
    print_profile (asn, profiles->pdata[i], o->usys);
  print_others (asn, "USER_3GL");
  print_others (asn, "FILES");

  return 0;
}

static PosternAccount *
make_account (const PosternCliAsn *o, PosternProtocol protocol)
{
  PosternAccount *account = postern_account_new (NULL);
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);

  if (o->starttls)
    g_ptr_array_add (drivers, postern_driver_new ("SMTP=UStartTLSSMTP", ""));
  g_object_set (account, "system", POSTERN_SYSTEM_UNIFACE, "protocol", protocol, "connection",
                o->rest[2], "asn-file", o->rest[1], "usys-dir", o->usys, "drivers", drivers, NULL);

  return account;
}

static void
add_sorted_options (JsonBuilder *builder, GHashTable *options)
{
  g_autoptr(GList) names = g_list_sort (g_hash_table_get_keys (options), (GCompareFunc) strcmp);

  for (const GList *l = names; l != NULL; l = l->next)
    {
      const char *value = g_hash_table_lookup (options, l->data);

      if (builder != NULL)
        add_string (builder, l->data, value);
      else
        g_print ("  %-20s %s\n", (const char *) l->data, value);
    }
}

static const char *
source_of (PosternPlan *plan, const char *setting)
{
  const char *source = g_hash_table_lookup (plan->sources, setting);

  return source != NULL ? source : "default";
}

static void
print_plan (PosternPlan *plan)
{
  const char *tls = postern_enum_to_nick (POSTERN_TYPE_TLS_START, (int) plan->tls);

  g_print ("%-22s %s\n", _ ("Host:"), plan->host);
  g_print ("%-22s %u  (%s)\n", _ ("Port:"), plan->port, source_of (plan, "port"));
  g_print ("%-22s %s  (%s)\n", _ ("TLS:"), tls, source_of (plan, "tls"));
  if (plan->tls_policy == NULL)
    return;
  g_print ("%-22s %s\n", _ ("TLS options:"), source_of (plan, "tls_options"));
  if (g_hash_table_contains (plan->sources, "tls_expression"))
    g_print ("%-22s %s\n", _ ("Written:"), source_of (plan, "tls_expression"));
  add_sorted_options (NULL, plan->tls_options);
}

static void
add_plan (JsonBuilder *builder, PosternPlan *plan)
{
  json_builder_set_member_name (builder, "settings");
  if (plan == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  add_string (builder, "host", plan->host);
  add_number (builder, "port", plan->port);
  add_string (builder, "port_source", source_of (plan, "port"));
  add_string (builder, "tls", postern_enum_to_nick (POSTERN_TYPE_TLS_START, (int) plan->tls));
  add_string (builder, "tls_options_source",
              plan->tls_policy != NULL ? source_of (plan, "tls_options") : NULL);
  add_string (builder, "tls_expression", g_hash_table_lookup (plan->sources, "tls_expression"));
  json_builder_set_member_name (builder, "tls_options");
  json_builder_begin_object (builder);
  if (plan->tls_policy != NULL)
    add_sorted_options (builder, plan->tls_options);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

/* What the runtime would do: the very plan of a probe. */
int
postern_cli_asn_explain (const PosternCliAsn *o)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternAccount) account = NULL;
  g_autoptr(PosternPlan) plan = NULL;
  int protocol = POSTERN_PROTOCOL_SMTP;

  if (o->protocol != NULL &&
      (!postern_enum_from_nick (POSTERN_TYPE_PROTOCOL, o->protocol, &protocol) ||
       protocol == POSTERN_PROTOCOL_IMAP))
    return postern_cli_asn_fail (_ ("--protocol takes smtp or pop3."));

  account = make_account (o, (PosternProtocol) protocol);
  plan =
    postern_runtime_plan (postern_runtime_get (POSTERN_SYSTEM_UNIFACE), account, NULL, findings);
  if (o->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      add_string (builder, "schema", "postern-asn-explain/1");
      add_string (builder, "file", o->rest[1]);
      add_string (builder, "connection", o->rest[2]);
      add_plan (builder, plan);
      add_findings (builder, o, NULL, findings);
      json_builder_end_object (builder);
      print_json (builder);
    }
  else
    {
      if (plan != NULL)
        print_plan (plan);
      for (guint i = 0; i < findings->len; i++)
        print_finding (o, NULL, findings->pdata[i]);
    }

  return has_error (findings) ? 1 : 0;
}
