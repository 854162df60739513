/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-trust-report.h"

#include "model/postern-error.h"
#include "model/postern-file-kind.h"
#include "runtime/postern-file.h"
#include "runtime/postern-tls-options.h"
#include "tls/postern-ca-contents.h"
#include "tls/postern-cert-fault.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_REPORT (64 * 1024 * 1024)
#define MAX_CHAIN 32

void
postern_cli_trust_report_free (PosternCliTrustReport *self)
{
  if (self == NULL)
    return;

  g_free (self->host);
  postern_tls_policy_free (self->policy);
  g_ptr_array_unref (self->chain);
  g_ptr_array_unref (self->faults);
  g_free (self);
}

static gboolean
fail (GError **error, const char *path, const char *message)
{
  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, "%s: %s", path, message);

  return FALSE;
}

/* A report comes from elsewhere: nothing in it is where it should be until it was looked at. */
static JsonObject *
get_object (JsonObject *object, const char *key)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, key) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *key)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, key) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static const char *
get_text (JsonObject *object, const char *key)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, key) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
}

/* The options in effect, with absolute paths, as the report of a run has them. */
static void
fill_policy (PosternTlsPolicy *policy, JsonObject *report, JsonObject *settings)
{
  JsonObject *options = get_object (settings, "tls_options");
  const char *names = get_text (options, "verify_server_name");
  g_autoptr(GPtrArray) wanted = NULL;
  gsize offset = 0;

  policy->cn_fallback = g_strcmp0 (get_text (report, "system"), "uniface") == 0;
  policy->ca_file = g_strdup (get_text (options, "ca_certificate"));
  policy->ca_dir = g_strdup (get_text (options, "ca_location"));
  policy->crl_file = g_strdup (get_text (settings, "crl"));
  policy->system_store = policy->ca_file == NULL && policy->ca_dir == NULL;
  policy->verify_name = g_strcmp0 (names, "no") != 0;
  if (names != NULL && policy->verify_name)
    wanted = postern_tls_names_parse (names, &offset, NULL);
  if (wanted != NULL)
    {
      g_ptr_array_unref (policy->names);
      policy->names = g_steal_pointer (&wanted);
    }
}

static void
fill_chain (GPtrArray *chain, JsonArray *certificates)
{
  guint n = certificates != NULL ? MIN (json_array_get_length (certificates), MAX_CHAIN) : 0;

  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (certificates, i);
      const char *pem =
        JSON_NODE_HOLDS_OBJECT (node) ? get_text (json_node_get_object (node), "pem") : NULL;
      g_autoptr(GBytes) bytes = g_bytes_new (pem, pem != NULL ? strlen (pem) : 0);
      g_autoptr(PosternCaContents) contents = postern_ca_contents_new ("", bytes);
      PosternCaEntry *entry = contents->entries->len > 0 ? contents->entries->pdata[0] : NULL;

      if (entry != NULL)
        g_ptr_array_add (chain, g_bytes_ref (postern_certificate_get_der (entry->certificate)));
    }
}

/* What a run found out of revocation may have come from the server alone, stapled. */
static void
fill_faults (GPtrArray *faults, JsonArray *findings)
{
  static const char *const codes[] = { "cert.revoked", "cert.must-staple", "cert.staple-invalid" };
  guint n = findings != NULL ? json_array_get_length (findings) : 0;

  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (findings, i);
      JsonObject *finding = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      const char *code = get_text (finding, "code");
      const char *text = get_text (finding, "explanation");

      for (gsize k = 0; k < G_N_ELEMENTS (codes); k++)
        if (g_strcmp0 (code, codes[k]) == 0)
          g_ptr_array_add (faults, postern_cert_fault_new (codes[k], 0, "verify_server",
                                                           g_strdup (text != NULL ? text : code)));
    }
}

static gboolean
read_report (PosternCliTrustReport *self, const char *path, JsonNode *root, GError **error)
{
  JsonObject *report =
    root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonObject *settings = get_object (report, "settings");

  if (g_strcmp0 (get_text (report, "schema"), "postern-report/1") != 0)
    return fail (error, path,
                 _ ("This is no report of one run, as “probe --save-report” writes it."));

  self->host = g_strdup (get_text (settings, "host"));
  fill_policy (self->policy, report, settings);
  fill_chain (self->chain, get_array (get_object (report, "tls"), "chain"));
  fill_faults (self->faults, get_array (report, "findings"));
  if (self->host == NULL || self->chain->len == 0)
    return fail (error, path,
                 _ ("There is no certificate in this report: the run did not come as far."));

  return TRUE;
}

/* People name the certificate in place of the report: then that is what is said. */
static void
fail_parsing (GError **error, const char *path, const char *bytes, gsize length, GError *reason)
{
  PosternFileKind kind = postern_file_kind_of (bytes, length);

  if (kind == POSTERN_FILE_UNKNOWN && reason != NULL)
    fail (error, path, reason->message);
  else
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("%s: This is no report of one run, as “probe --save-report” writes it. %s"),
                 path, postern_file_kind_describe (kind));
}

/**
 * postern_cli_trust_report_read:
 * @path: a file of at most 64 MiB
 *
 * Returns: (transfer full) (nullable): what a repair needs of it; %NULL with @error
 */
PosternCliTrustReport *
postern_cli_trust_report_read (const char *path, GError **error)
{
  g_autoptr(PosternCliTrustReport) self = g_new0 (PosternCliTrustReport, 1);
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  g_autoptr(GError) local = NULL;
  gsize length = 0;
  g_autofree char *bytes = postern_file_read (path, MAX_REPORT, TRUE, &length, error);

  self->policy = postern_tls_policy_new ();
  self->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->faults = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_cert_fault_free);
  if (bytes == NULL)
    return NULL;
  if (!json_parser_load_from_data (parser, bytes, (gssize) length, &local) ||
      json_parser_get_root (parser) == NULL) /* an empty file */
    {
      fail_parsing (error, path, bytes, length, local);
      return NULL;
    }
  if (!read_report (self, path, json_parser_get_root (parser), error))
    return NULL;

  return g_steal_pointer (&self);
}
