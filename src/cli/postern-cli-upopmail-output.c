/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-upopmail.h"

#include "probe/postern-report-json.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

/* GOLD ; is printed as the manuals print it. */
static char *
show (const char *text)
{
  g_autoptr(GString) shown = g_string_new (text);

  g_string_replace (shown, "\x1b", "·;", 0);
  for (gsize i = 0; i < shown->len; i++)
    if ((guchar) shown->str[i] < 0x20 && shown->str[i] != '\n')
      shown->str[i] = ' ';
  return g_steal_pointer (&shown->str);
}

/* The variable that takes an output, or what the operation calls it. */
static const char *
name_of (const PosternProcStatement *statement, guint index)
{
  guint n_names = g_strv_length (statement->names);
  const char *name = index < n_names ? statement->names[index] : "";

  return *name != '\0' ? name : statement->call->operation->outputs[index];
}

static void
add_text (JsonBuilder *json, const char *name, const char *text)
{
  json_builder_set_member_name (json, name);
  if (text != NULL)
    json_builder_add_string_value (json, text);
  else
    json_builder_add_null_value (json);
}

static void
add_int (JsonBuilder *json, const char *name, gint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

static void
add_messages (JsonBuilder *json, const PosternProcScript *script)
{
  json_builder_set_member_name (json, "script");
  json_builder_begin_array (json);
  for (guint i = 0; i < script->messages->len; i++)
    {
      const PosternProcMessage *message = script->messages->pdata[i];

      json_builder_begin_object (json);
      add_text (json, "severity", message->is_error ? "error" : "info");
      add_int (json, "line", message->line);
      add_int (json, "column", message->column);
      add_text (json, "text", message->text);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

void
postern_cli_upopmail_begin (PosternCliUpopmailOutput *self, const PosternProcScript *script)
{
  if (self->json == NULL)
    return;

  json_builder_begin_object (self->json);
  add_text (self->json, "schema", "postern-upopmail/1");
  add_text (self->json, "postern", PACKAGE_VERSION);
  add_messages (self->json, script);
  json_builder_set_member_name (self->json, "operations");
  json_builder_begin_array (self->json);
}

static void
add_json (JsonBuilder *json,
          const PosternProcStatement *statement,
          const PosternUpopmailResult *result)
{
  json_builder_begin_object (json);
  add_int (json, "line", statement->line);
  add_text (json, "instance", statement->instance);
  add_text (json, "operation", result->operation->name);
  add_int (json, "status", result->status);
  add_text (json, "text", result->text);
  json_builder_set_member_name (json, "outputs");
  json_builder_begin_array (json);
  for (guint i = 0; result->outputs[i] != NULL; i++)
    {
      json_builder_begin_object (json);
      add_text (json, "name", result->operation->outputs[i]);
      add_text (json, "variable", name_of (statement, i));
      add_text (json, "value", result->outputs[i]);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "findings");
  json_builder_begin_array (json);
  for (guint i = 0; i < result->findings->len; i++)
    postern_report_json_add_finding (json, result->findings->pdata[i]);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "transcript");
  json_builder_begin_array (json);
  for (guint i = 0; i < result->transcripts->len; i++)
    postern_report_json_add_events (json, result->transcripts->pdata[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
}

/* The first cause is told; what a list of findings has besides is in the JSON. */
static void
print_text (const PosternCliUpopmailOutput *self,
            const PosternProcStatement *statement,
            const PosternUpopmailResult *result)
{
  g_print ("%4u  %-22s $status = %d\n", statement->line, result->operation->name, result->status);
  if (result->text != NULL)
    {
      g_autofree char *text = show (result->text);

      g_print ("      %s\n", text);
    }
  for (guint i = 0; i < result->findings->len && result->report != NULL; i++)
    g_print ("      %s: %s\n", postern_finding_get_code (result->findings->pdata[i]),
             postern_finding_get_title (result->findings->pdata[i]));
  for (guint i = 0; result->outputs[i] != NULL; i++)
    {
      g_autofree char *value = show (result->outputs[i]);

      g_print ("      %s = %s\n", name_of (statement, i), value);
    }
  for (guint i = 0; self->transcript && i < result->transcripts->len; i++)
    {
      g_autofree char *log = postern_transcript_to_text (result->transcripts->pdata[i]);
      g_auto (GStrv) lines = g_strsplit (log, "\n", -1);

      for (guint j = 0; lines[j] != NULL; j++)
        if (*lines[j] != '\0')
          g_print ("      | %s\n", lines[j]);
    }
  fflush (stdout);
}

/**
 * postern_cli_upopmail_result:
 * @statement: the activation
 * @result: what came of it
 *
 * Text is printed at once; JSON when all is done.
 */
void
postern_cli_upopmail_result (PosternCliUpopmailOutput *self,
                             const PosternProcStatement *statement,
                             PosternUpopmailResult *result)
{
  if (self->json != NULL)
    add_json (self->json, statement, result);
  else
    print_text (self, statement, result);
}

gboolean
postern_cli_upopmail_end (PosternCliUpopmailOutput *self, int exit_status)
{
  g_autoptr(JsonGenerator) generator = NULL;
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *text = NULL;

  if (self->json != NULL)
    {
      json_builder_end_array (self->json);
      add_int (self->json, "exit_status", exit_status);
      json_builder_end_object (self->json);
      generator = json_generator_new ();
      root = json_builder_get_root (self->json);
      json_generator_set_pretty (generator, TRUE);
      json_generator_set_root (generator, root);
      text = json_generator_to_data (generator, NULL);
      printf ("%s\n", text);
    }
  return fflush (stdout) == 0 && !ferror (stdout);
}
