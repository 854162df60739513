/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-trust.h"

#include "model/postern-fingerprint.h"
#include "tls/postern-ca-contents.h"

#include <glib/gi18n.h>

const char *
postern_cli_trust_name (PosternCertificate *certificate)
{
  const char *name = postern_certificate_get_common_name (certificate);

  if (*name != '\0')
    return name;
  name = postern_certificate_get_subject (certificate);

  return *name != '\0' ? name : _ ("without a name");
}

void
postern_cli_trust_add_text (JsonBuilder *json, const char *key, const char *value)
{
  json_builder_set_member_name (json, key);
  if (value != NULL)
    json_builder_add_string_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
add_date (JsonBuilder *json, const char *key, GDateTime *date)
{
  g_autofree char *text = date != NULL ? g_date_time_format_iso8601 (date) : NULL;

  postern_cli_trust_add_text (json, key, text);
}

void
postern_cli_trust_add_certificate (JsonBuilder *json, PosternCertificate *certificate)
{
  postern_cli_trust_add_text (json, "subject", postern_certificate_get_subject (certificate));
  postern_cli_trust_add_text (json, "issuer", postern_certificate_get_issuer (certificate));
  add_date (json, "not_before", postern_certificate_get_not_before (certificate));
  add_date (json, "not_after", postern_certificate_get_not_after (certificate));
  postern_cli_trust_add_text (json, "sha256", postern_certificate_get_sha256 (certificate));
  postern_cli_trust_add_text (json, "spki_sha256",
                              postern_certificate_get_spki_sha256 (certificate));
}

void
postern_cli_trust_print_json (JsonBuilder *json)
{
  g_autoptr(JsonNode) root = json_builder_get_root (json);
  g_autofree char *text = json_to_string (root, TRUE);

  g_print ("%s\n", text);
}

static void
print_json (const PosternCaContents *contents)
{
  g_autoptr(JsonBuilder) json = json_builder_new ();
  g_autofree char *text = postern_ca_contents_describe (contents);
  g_autofree char *command = postern_ca_contents_dup_command (contents);

  json_builder_begin_object (json);
  postern_cli_trust_add_text (json, "path", contents->path);
  postern_cli_trust_add_text (json, "code", contents->code);
  postern_cli_trust_add_text (json, "text", text);
  postern_cli_trust_add_text (json, "command", command);
  json_builder_set_member_name (json, "private_key");
  json_builder_add_boolean_value (json, contents->has_key);
  json_builder_set_member_name (json, "crls");
  json_builder_add_int_value (json, contents->crls->len);
  json_builder_set_member_name (json, "authorities");
  json_builder_add_int_value (json, contents->n_authorities);
  json_builder_set_member_name (json, "certificates");
  json_builder_begin_array (json);
  for (guint i = 0; i < contents->entries->len; i++)
    {
      const PosternCaEntry *entry = g_ptr_array_index (contents->entries, i);

      json_builder_begin_object (json);
      postern_cli_trust_add_certificate (json, entry->certificate);
      postern_cli_trust_add_text (json, "file", entry->file);
      json_builder_set_member_name (json, "line");
      json_builder_add_int_value (json, entry->line);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  json_builder_end_object (json);
  postern_cli_trust_print_json (json);
}

static void
print_entry (const PosternCaEntry *entry)
{
  PosternCertificate *certificate = entry->certificate;
  GDateTime *from = postern_certificate_get_not_before (certificate);
  GDateTime *until = postern_certificate_get_not_after (certificate);
  g_autofree char *first = from != NULL ? g_date_time_format (from, "%Y-%m-%d") : g_strdup ("?");
  g_autofree char *last = until != NULL ? g_date_time_format (until, "%Y-%m-%d") : g_strdup ("?");
  g_autofree char *sum = postern_fingerprint_format (postern_certificate_get_sha256 (certificate));

  g_print ("\n%s\n", postern_cli_trust_name (certificate));
  g_print (_ ("  Issued by  %s\n"), postern_certificate_get_issuer (certificate));
  g_print (_ ("  Valid      %s to %s\n"), first, last);
  g_print (_ ("  SHA-256    %s\n"), sum);
  g_print (_ ("  Stands in  %s, line %u\n"), entry->file, entry->line);
}

int
postern_cli_trust_inspect (const char *path, gboolean as_json)
{
  g_autoptr(PosternCaContents) contents = postern_ca_contents_read (path);
  g_autofree char *text = postern_ca_contents_describe (contents);
  g_autofree char *command = postern_ca_contents_dup_command (contents);
  gboolean good = contents->code == NULL && contents->n_authorities > 0;

  if (as_json)
    {
      print_json (contents);
    }
  else if (contents->code != NULL)
    {
      g_printerr ("postern-cli trust: %s\n", text);
      if (command != NULL)
        g_printerr (_ ("This makes a PEM file of it: %s\n"), command);
    }
  else
    {
      g_print ("%s\n", text);
      for (guint i = 0; i < contents->entries->len; i++)
        print_entry (g_ptr_array_index (contents->entries, i));
    }

  return good ? 0 : 1;
}
