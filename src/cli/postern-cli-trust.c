/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-trust.h"

#include "postern-cli-trust-report.h"
#include "postern-cli.h"

#include "diagnosis/postern-trust-remedies.h"
#include "document/postern-safe-file.h"
#include "model/postern-error.h"
#include "model/postern-fingerprint.h"
#include "runtime/postern-file.h"
#include "tls/postern-trust-repair.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

/* What cannot be made to verify ends like a certificate that was refused. */
#define REFUSED 14

#define MAX_OLD (16 * 1024 * 1024)

typedef struct
{
  GStrv certificates;
  char *trust;
  char *output;
  char *format;
  GStrv rest;
  gboolean client;
  gboolean server;
  gboolean replace;
} Options;

static void
options_clear (Options *o)
{
  g_strfreev (o->certificates);
  g_free (o->trust);
  g_free (o->output);
  g_free (o->format);
  g_strfreev (o->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *const description = N_ (
  "  trust inspect FILE|FOLDER   what a CA file or folder holds, or what it is instead\n"
  "  trust repair REPORT         the certificates with which the chain in a saved report verifies\n"
  "\n"
  "No connection is made, and nothing is fetched. The chain is completed from what the server\n"
  "sent, the CA file or folder of the settings, this computer's certificates, and --certificates.\n"
  "\n"
  "Exit status of inspect: 0 there is the certificate of an authority; 1 there is none, usage, or\n"
  "a file that cannot be read. Of repair: 0 proven, and written where --output is given; 1 usage,\n"
  "or a file that cannot be read or written; 14 no certificates make the chain verify.\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv, GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (_ ("inspect|repair FILE"));
  const GOptionEntry entries[] = {
    { "certificates", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->certificates,
      N_ ("Complete the chain from this file or folder, too; may be repeated"), N_ ("PATH") },
    { "trust", 0, 0, G_OPTION_ARG_STRING, &o->trust,
      N_ ("Trust the root with this SHA-256 fingerprint, and no other"), N_ ("SHA256") },
    { "client", 0, 0, G_OPTION_ARG_NONE, &o->client,
      N_ ("Make the file to name as ca_certificate (default)"), NULL },
    { "server", 0, 0, G_OPTION_ARG_NONE, &o->server,
      N_ ("Make the file that the server should send instead"), NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
      N_ ("Write the certificates to this file; “-” is standard output"), N_ ("FILE") },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &o->replace, N_ ("Replace the file if it exists"), NULL },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, N_ ("text (default) or json"),
      N_ ("FORMAT") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, NULL },
    { NULL },
  };

  g_option_context_set_summary (context, _ ("Mends the trust in a server's certificate."));
  g_option_context_set_description (context, _ (description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, NULL);

  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
usage_error (GError **error, const char *message)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

static gboolean
check_options (const Options *o, GError **error)
{
  gboolean inspect = o->rest != NULL && g_strcmp0 (o->rest[0], "inspect") == 0;
  g_autofree char *sum = o->trust != NULL ? postern_fingerprint_parse (o->trust) : NULL;

  if (o->rest == NULL || (!inspect && strcmp (o->rest[0], "repair") != 0))
    return usage_error (error, _ ("Say “inspect FILE” or “repair REPORT”."));
  if (o->rest[1] == NULL || o->rest[2] != NULL)
    return usage_error (error, _ ("Name one file."));
  if (o->format != NULL && strcmp (o->format, "text") != 0 && strcmp (o->format, "json") != 0)
    return usage_error (error, _ ("--format takes text or json."));
  if (inspect && (o->certificates != NULL || o->trust != NULL || o->output != NULL || o->client ||
                  o->server || o->replace))
    return usage_error (error, _ ("“inspect” takes no other option than --format."));
  if (o->client && o->server)
    return usage_error (error, _ ("--client and --server exclude each other."));
  if (o->trust != NULL && sum == NULL)
    return usage_error (error, _ ("--trust takes the SHA-256 fingerprint of a root, 64 "
                                  "hexadecimal digits."));
  if (o->replace && (o->output == NULL || strcmp (o->output, "-") == 0))
    return usage_error (error, _ ("--replace needs --output FILE."));
  if (g_strcmp0 (o->output, "-") == 0 && g_strcmp0 (o->format, "json") == 0)
    return usage_error (error, _ ("Standard output takes the certificates or the JSON, not both."));

  return TRUE;
}

/* --- The certificates at hand --- */

/* What the report names may be on another computer: that is told, and is no reason to stop. */
static void
add_settings (PosternTrustPool *pool, const PosternTlsPolicy *policy)
{
  const char *const paths[] = { policy->ca_file, policy->ca_dir };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr(PosternCaContents) contents =
                   paths[i] != NULL ? postern_ca_contents_read (paths[i]) : NULL;
      g_autofree char *text =
        contents != NULL && contents->code != NULL ? postern_ca_contents_describe (contents) : NULL;

      if (text != NULL)
        g_printerr (_ ("postern-cli trust: of the settings in the report: %s\n"), text);
      if (contents != NULL)
        postern_trust_pool_add_contents (pool, contents, POSTERN_ORIGIN_PROFILE);
    }
}

static gboolean
add_given (PosternTrustPool *pool, const char *const *paths, GError **error)
{
  for (gsize i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      g_autoptr(PosternCaContents) contents = postern_ca_contents_read (paths[i]);
      g_autofree char *text = postern_ca_contents_describe (contents);

      if (contents->code != NULL)
        return usage_error (error, text);
      postern_trust_pool_add_contents (pool, contents, POSTERN_ORIGIN_GIVEN);
    }

  return TRUE;
}

static PosternTrustRepair *
make_repair (const Options *o, PosternCliTrustReport *report, GError **error)
{
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  PosternTrustRepair *repair;

  if (!add_given (pool, (const char *const *) o->certificates, error))
    return NULL;
  add_settings (pool, report->policy);
  postern_trust_pool_add_system (pool);

  repair = postern_trust_repair_new (report->chain, report->policy, report->host, pool, o->trust,
                                     g_get_real_time () / G_USEC_PER_SEC);
  postern_trust_repair_keep (repair, report->faults);

  return repair;
}

/* --- The file --- */

/* Looked at before it is replaced: only on a word, or where nothing would be lost. */
static gboolean
look_at_old (const Options *o, const char *pem, PosternFileState *state, GError **error)
{
  g_autoptr(GError) local = NULL;
  gsize length = 0;
  g_autofree char *old = postern_file_read (o->output, MAX_OLD, TRUE, &length, &local);

  if (old == NULL)
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  postern_file_state_take (state, old, length);
  if (o->replace || (length == strlen (pem) && memcmp (old, pem, length) == 0))
    return TRUE;
  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
               _ ("%s exists, and is left as it is. --replace replaces it."), o->output);

  return FALSE;
}

static gboolean
write_file (const Options *o, const char *pem, GError **error)
{
  PosternFileState state = { 0 };

  if (o->output == NULL)
    return TRUE;
  if (strcmp (o->output, "-") == 0)
    {
      fwrite (pem, 1, strlen (pem), stdout); /* as it was proven; the end of main() looks at it */
      return TRUE;
    }

  return look_at_old (o, pem, &state, error) &&
         postern_safe_file_write (o->output, pem, strlen (pem), &state, error);
}

/* --- What is printed --- */

static const char *
state_word (PosternRepairState state)
{
  static const char *const words[] = { "proven", "missing", "untrusted", "faults" };

  return words[state];
}

/* "sent", "ca.pem", "this computer", in the order of what is worth most to know. */
static char *
origin_text (const PosternPoolItem *item)
{
  if ((item->origins & POSTERN_ORIGIN_SENT) != 0)
    return g_strdup (_ ("sent by the server"));
  if (item->file != NULL)
    return g_strdup (item->file);

  return g_strdup (_ ("of this computer"));
}

static void
add_path_text (const PosternTrustRepair *repair, GString *out)
{
  for (guint i = repair->path->len; i > 0; i--)
    {
      const PosternPoolItem *item = g_ptr_array_index (repair->path, i - 1);
      g_autofree char *origin = origin_text (item);
      g_autofree char *sum =
        postern_fingerprint_format (postern_certificate_get_sha256 (item->certificate));
      int indent = 2 * (int) (repair->path->len - i);

      g_string_append_printf (out, "%*s%s (%s)\n%*s  SHA-256 %s\n", indent, "",
                              postern_cli_trust_name (item->certificate), origin, indent, "", sum);
    }
}

static char *
name_first (const PosternTrustRepair *repair)
{
  const PosternPoolItem *own = repair->path->len > 0 ? repair->path->pdata[0] : NULL;

  return own != NULL ? postern_trust_remedies_name_first (own->certificate, repair->faults) : NULL;
}

static gboolean
ends_in_wish (const Options *o, const PosternTrustRepair *repair)
{
  g_autofree char *sum = postern_fingerprint_parse (o->trust);

  return repair->root != NULL &&
         strcmp (postern_certificate_get_sha256 (repair->root->certificate), sum) == 0;
}

/* What to do with what was made, or what would help to make it. */
static void
add_advice (const Options *o, const PosternTrustRepair *repair, gboolean made, GString *out)
{
  gboolean trustable = repair->state == POSTERN_REPAIR_UNTRUSTED && repair->faults->len == 0;
  g_autofree char *name = name_first (repair);

  if (!made && name != NULL)
    g_string_append_printf (out, "%s\n", name);
  if (!made && trustable && !o->server)
    g_string_append_printf (out, _ ("To trust it: --trust %s\n"),
                            postern_certificate_get_sha256 (repair->root->certificate));
  if (!made || o->output == NULL || strcmp (o->output, "-") == 0)
    return;
  if (o->server)
    g_string_append_printf (out,
                            _ ("Written to %s, for the server's administrator: what the server is "
                               "to send, its own certificate first.\n"),
                            o->output);
  else
    g_string_append_printf (out, _ ("Written to %s. The TLS option for it: ca_certificate=%s\n"),
                            o->output, o->output);
}

static void
print_text (const Options *o, const PosternTrustRepair *repair, gboolean made)
{
  gboolean to_error = !made || g_strcmp0 (o->output, "-") == 0;
  g_autoptr(GString) out = g_string_new (NULL);
  g_autofree char *text = postern_trust_repair_describe (repair);

  add_path_text (repair, out);
  g_string_append_printf (out, "%s\n", text);
  if (o->trust != NULL && repair->state != POSTERN_REPAIR_PROVEN && !ends_in_wish (o, repair))
    g_string_append_printf (out, "%s\n",
                            _ ("The chain does not end in the root that --trust names."));
  if (!made && o->server && repair->state == POSTERN_REPAIR_PROVEN)
    g_string_append_printf (out, "%s\n",
                            _ ("There is nothing that the server could send besides."));
  add_advice (o, repair, made, out);

  if (to_error)
    g_printerr ("%s", out->str);
  else
    g_print ("%s", out->str);
}

static void
add_path (JsonBuilder *json, const PosternTrustRepair *repair)
{
  static const char *const origins[] = { "sent", "settings", "system", "given" };

  json_builder_set_member_name (json, "path");
  json_builder_begin_array (json);
  for (guint i = 0; i < repair->path->len; i++)
    {
      const PosternPoolItem *item = g_ptr_array_index (repair->path, i);

      json_builder_begin_object (json);
      postern_cli_trust_add_certificate (json, item->certificate);
      postern_cli_trust_add_text (json, "file", item->file);
      json_builder_set_member_name (json, "origins");
      json_builder_begin_array (json);
      for (gsize k = 0; k < G_N_ELEMENTS (origins); k++)
        if ((item->origins & (1 << k)) != 0)
          json_builder_add_string_value (json, origins[k]);
      json_builder_end_array (json);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_missing (JsonBuilder *json, const PosternMissing *missing)
{
  json_builder_set_member_name (json, "missing");
  if (missing == NULL)
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_object (json);
  postern_cli_trust_add_text (json, "subject", missing->issuer);
  postern_cli_trust_add_text (json, "key_id", missing->key_id);
  json_builder_set_member_name (json, "ca_issuers");
  json_builder_begin_array (json);
  for (gsize i = 0; missing->ca_issuers[i] != NULL; i++)
    json_builder_add_string_value (json, missing->ca_issuers[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static void
add_faults (JsonBuilder *json, GPtrArray *faults)
{
  json_builder_set_member_name (json, "faults");
  json_builder_begin_array (json);
  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);

      json_builder_begin_object (json);
      postern_cli_trust_add_text (json, "code", fault->code);
      postern_cli_trust_add_text (json, "text", fault->text);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
print_json (const Options *o, const PosternTrustRepair *repair, const char *pem)
{
  g_autoptr(JsonBuilder) json = json_builder_new ();
  g_autofree char *text = postern_trust_repair_describe (repair);

  json_builder_begin_object (json);
  postern_cli_trust_add_text (json, "schema", "postern-trust/1");
  postern_cli_trust_add_text (json, "side", o->server ? "server" : "client");
  postern_cli_trust_add_text (json, "state", state_word (repair->state));
  postern_cli_trust_add_text (json, "text", text);
  postern_cli_trust_add_text (
    json, "root",
    repair->root != NULL ? postern_certificate_get_sha256 (repair->root->certificate) : NULL);
  json_builder_set_member_name (json, "wished");
  json_builder_add_boolean_value (json, repair->wished);
  add_path (json, repair);
  add_missing (json, repair->missing);
  add_faults (json, repair->faults);
  postern_cli_trust_add_text (json, "pem", pem);
  postern_cli_trust_add_text (json, "written", pem != NULL ? o->output : NULL);
  json_builder_end_object (json);
  postern_cli_trust_print_json (json);
}

static int
run_repair (const Options *o, GError **error)
{
  g_autoptr(PosternCliTrustReport) report = postern_cli_trust_report_read (o->rest[1], error);
  g_autoptr(PosternTrustRepair) repair = NULL;
  const char *pem;

  if (report == NULL)
    return 1;
  repair = make_repair (o, report, error);
  if (repair == NULL)
    return 1;

  pem = o->server ? repair->server_pem : repair->client_pem;
  if (pem != NULL && !write_file (o, pem, error))
    return 1;
  if (g_strcmp0 (o->format, "json") == 0)
    print_json (o, repair, pem);
  else
    print_text (o, repair, pem != NULL);

  return pem != NULL ? 0 : REFUSED;
}

/**
 * postern_cli_trust:
 *
 * The command `trust`.
 *
 * Returns: 0, 1 or 14, see spec/cli.md
 */
int
postern_cli_trust (int argc, char **argv)
{
  g_auto (Options) options = { NULL };
  g_autoptr(GError) error = NULL;
  int status = 1;

  g_set_prgname ("postern-cli trust");
  if (parse_options (&options, &argc, &argv, &error) && check_options (&options, &error))
    status =
      strcmp (options.rest[0], "inspect") == 0
        ? postern_cli_trust_inspect (options.rest[1], g_strcmp0 (options.format, "json") == 0)
        : run_repair (&options, &error);
  if (error != NULL)
    g_printerr ("postern-cli trust: %s\n", error->message);

  return status;
}
