/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-sweep.h"

#include "probe/postern-report-private.h"

#include "model/postern-enums.h"
#include "postern-probe-enum-types.h"

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  if (text != NULL)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

static void
add_report (JsonBuilder *builder, const char *name, PosternReport *report)
{
  json_builder_set_member_name (builder, name);
  if (report != NULL)
    postern_report_add_json (report, builder);
  else
    json_builder_add_null_value (builder);
}

static void
add_trial (JsonBuilder *builder, PosternTrial *trial)
{
  json_builder_begin_object (builder);
  add_text (builder, "mechanism", postern_trial_get_mechanism (trial));
  add_text (builder, "state",
            postern_enum_to_nick (POSTERN_TYPE_TRIAL_STATE, (int) postern_trial_get_state (trial)));
  add_text (builder, "code", postern_trial_get_code (trial));
  add_text (builder, "summary", postern_trial_get_summary (trial));
  add_report (builder, "report", postern_trial_get_report (trial));
  json_builder_end_object (builder);
}

/**
 * postern_sweep_to_json:
 * @self: a sweep that has ended
 *
 * Returns: (transfer full): the look, and each mechanism with its own report
 */
char *
postern_sweep_to_json (PosternSweep *self)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  GListModel *trials = postern_sweep_get_trials (self);
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  add_text (builder, "schema", "postern-sweep/1");
  add_text (builder, "postern", PACKAGE_VERSION);
  json_builder_set_member_name (builder, "attempts");
  json_builder_add_int_value (builder, postern_sweep_get_n_attempts (self));
  json_builder_set_member_name (builder, "exit_status");
  json_builder_add_int_value (builder, postern_sweep_get_exit_status (self));
  add_text (builder, "end_reason", postern_sweep_get_end_reason (self));
  add_report (builder, "look", postern_sweep_get_look (self));
  json_builder_set_member_name (builder, "trials");
  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (trials); i++)
    {
      g_autoptr(PosternTrial) trial = g_list_model_get_item (trials, i);

      add_trial (builder, trial);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  root = json_builder_get_root (builder);
  json = json_to_string (root, TRUE);
  return g_strconcat (json, "\n", NULL);
}
